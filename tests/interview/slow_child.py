"""A run of the whole main path, slowed down so that it can be killed anywhere; every answered ask goes to a log.

Called as: slow_child.py STUDY OUT LOG [SHARD]
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tawazun import api
from tawazun.answers import Outcome
from tawazun.cells import Ask
from tawazun.interview import asking
from tawazun.respondents.catalogue import uniform
from tawazun.runs import parse_shard


def main(study: str, out: str, log: str, shard: str = "") -> None:
    asking.SECONDS_PER_PART = 0.01
    uniform.Uniform.batch = 16
    answer = uniform.Uniform.answer
    journal = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def logged(self: uniform.Uniform, asks: Sequence[Ask], samples: int, seed: int) -> Iterator[Outcome]:
        time.sleep(0.002)
        for ask, outcome in zip(asks, answer(self, asks, samples, seed), strict=True):
            os.write(journal, f"{ask.ask}\n".encode())
            yield outcome

    uniform.Uniform.answer = logged  # type: ignore[method-assign]
    if shard:
        api.run_shard(api.prepare(api.load_study(study)), Path(out), parse_shard(shard))
    else:
        api.run(api.load_study(study), Path(out))


if __name__ == "__main__":
    main(*sys.argv[1:])
