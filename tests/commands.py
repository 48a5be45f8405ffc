"""The command line as a user types it, with and without a process of its own.

A fresh process spends seconds on imports before it does anything, so most tests call the same entry in this one.
"""

import io
import os
import subprocess
import sys
from contextlib import ExitStack, chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from tawazun.cli import main

Done = subprocess.CompletedProcess[str]


def tawazun(*words: str | Path, folder: Path | None = None, **environment: str) -> Done:
    """What `tawazun WORDS` prints and how it exits, in this process.

    folder        where the command is typed; else where the tests run
    environment   variables that only this command sees
    """
    line = ["tawazun", *(str(word) for word in words)]
    out, error, code = io.StringIO(), io.StringIO(), 0
    place = folder or Path.cwd()
    with ExitStack() as around:
        for one in (patch.dict(os.environ, environment), patch.object(sys, "argv", line), chdir(place)):
            around.enter_context(one)
        around.enter_context(redirect_stdout(out))
        around.enter_context(redirect_stderr(error))
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return subprocess.CompletedProcess(line, code, out.getvalue(), error.getvalue())


def in_a_process(*words: str | Path, **environment: str) -> Done:
    """The same in a fresh process, where that the process begins and ends is what is tested."""
    line = [sys.executable, "-m", "tawazun", *(str(word) for word in words)]
    return subprocess.run(line, capture_output=True, text=True, env={**os.environ, **environment})


def one_line(done: Done, code: int, *said: str) -> None:
    """The command failed with one clear line."""
    assert done.returncode == code, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("tawazun: "), done.stderr
    assert [word for word in said if word not in lines[0]] == []
