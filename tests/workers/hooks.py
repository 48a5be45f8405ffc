"""On every Ray worker of a test, before it works: the uniform respondent made slow, watched, or deadly.

Its settings lie in the file that TAWAZUN_TEST_HOOK names: log (every ask goes there), seconds (per job), fatal (a
question at which the process ends), raises (one at which it raises).
"""

import json
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tawazun.answers import Outcome
from tawazun.cells import Ask
from tawazun.respondents.catalogue import uniform

NAME = "TAWAZUN_TEST_HOOK"


def setup() -> None:
    """Change the respondent in this process."""
    told = json.loads(Path(os.environ[NAME]).read_text())
    answer = uniform.Uniform.answer
    journal = os.open(told["log"], os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def watched(self: uniform.Uniform, asks: Sequence[Ask], samples: int, seed: int) -> Iterator[Outcome]:
        time.sleep(told.get("seconds", 0.0))
        if any(ask.question.id == told.get("fatal") for ask in asks):
            os._exit(9)
        if any(ask.question.id == told.get("raises") for ask in asks):
            raise ZeroDivisionError("a bug")
        for ask, outcome in zip(asks, answer(self, asks, samples, seed), strict=True):
            os.write(journal, f"{ask.ask} {os.getpid()}\n".encode())
            yield outcome

    uniform.Uniform.answer = watched  # type: ignore[method-assign]
    uniform.Uniform.batch = 16
