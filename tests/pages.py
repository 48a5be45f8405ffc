"""Runs what stands on a page of the docs, in order, in one folder.

A block whose first line is `# file: NAME` is a file (`.csv` and `.jsonl` without that line); `sh` lines are commands;
`python` blocks run in a process of their own; a block without a language is only shown. `tawazun` at the start of a
line is called in this process, which has already imported what each would spend seconds on.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from pathlib import Path

from tests.commands import tawazun

REPO = Path(__file__).resolve().parent.parent
DOCS = REPO / "docs"
WITHOUT_MARK = (".csv", ".jsonl")
TAWAZUN = re.compile(r"^tawazun\b")


def blocks(page: str) -> list[tuple[str, str]]:
    """(language, text) of the fenced blocks of a page."""
    return re.findall(r"^```(\w*)[^\n]*\n(.*?)^```", page, re.M | re.S)


def run_page(page: Path, folder: Path, swaps: Mapping[str, str] | None = None, start: str = "") -> int:
    """Do everything on a page; how many commands and programs ran.

    swaps   text of the page -> what stands for it here (the address of a server)
    start   what replaces `tawazun` at the start of a command line, in a process of its own
    """
    text = page.read_text()
    for old, new in (swaps or {}).items():
        assert old in text, f"{page.name} has no {old!r} to swap"
        text = text.replace(old, new)
    ran = 0
    for language, block in blocks(text):
        named = re.match(r"# file: (\S+)\n", block)
        if named:
            file = folder / named.group(1)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block[named.end() :] if file.suffix in WITHOUT_MARK else block)
        elif language == "sh":
            for line in block.strip().splitlines():
                _type(line, folder, start, page.name)
                ran += 1
        elif language == "python":
            _run([sys.executable, "-W", "error", "-c", block], folder, f"{page.name}:\n{block}")
            ran += 1
    return ran


def _type(line: str, folder: Path, start: str, page: str) -> None:
    if start or not TAWAZUN.match(line):
        _run(TAWAZUN.sub(start, line), folder, f"{page}: {line}")
        return
    done = tawazun(*shlex.split(line, comments=True)[1:], folder=folder)
    assert done.returncode == 0, f"{page}: {line}\n{done.stdout}{done.stderr}"


def _run(command: str | list[str], folder: Path, shown: str) -> None:
    done = subprocess.run(command, shell=isinstance(command, str), capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, f"{shown}\n{done.stdout}{done.stderr}"


@contextmanager
def parts_of(checkout: Path) -> Iterator[str]:
    """A `tawazun` command that finds the catalogue files under a folder beside the package's own, as in a checkout."""
    script = checkout / "with_parts.py"
    lines = ["import importlib, sys"]
    for folder in sorted(checkout.glob("src/tawazun/*/catalogue")):
        room = folder.parent.name
        lines.append(f"importlib.import_module('tawazun.{room}.catalogue').__path__.append({str(folder)!r})")
    script.write_text("\n".join([*lines, "from tawazun.cli import main", "main()", ""]))
    with chdir(checkout):
        yield f"{sys.executable} {script}"
