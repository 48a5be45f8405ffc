"""What many workers cost: cells per second with two Ray workers against this process, the same study.

Asserts first that both runs store the same answers, then times asking alone (workers are up, the study is planned).
`uniform` answers at once, so it shows the overhead; the planted model (one thread each) shows the gain.

    python benchmarks/workers.py
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from tawazun import api
from tawazun.interview import ask_all
from tawazun.runs import RunFolder
from tawazun.study import Study, study_from
from tawazun.workers import Engine, Local, open_engine

WORKERS, TIMES, SETTLE = 2, 3, 15
MODEL = {"name": "asked", "kind": "hf", "model": "planted", "device": "cpu"}
SIZES = {"uniform": 20, "planted model": 2}


def made(kind: str) -> Study:
    """A study of atlas: 60 items x personas x 5 wordings x 4 orders."""
    codes = [f"x-bench-{n}" for n in range(SIZES[kind])]
    return study_from(
        {
            "name": "workers",
            "respondent": [{"name": "asked", "kind": "uniform"} if kind == "uniform" else MODEL],
            "place": [{"code": code, "names": {"en": f"Place {n}"}} for n, code in enumerate(codes)],
            "ask": {
                "instruments": ["atlas"],
                "languages": ["en"],
                "personas": codes,
                "wordings": 5,
                "orders": ["forward", "reversed", "rotate-1", "rotate-2"],
            },
        },
        "benchmark",
    )


def timed(study: Study, engine: Engine) -> tuple[float, pl.DataFrame]:
    """Seconds of asking every cell, and the answers."""
    prepared = api.prepare(study, make=engine.maker(study))
    if not isinstance(engine, Local):
        time.sleep(SETTLE)  # the first worker is waited for, the others come up meanwhile
    with tempfile.TemporaryDirectory() as folder:
        run = RunFolder.start(Path(folder) / "run", study)
        began = time.perf_counter()
        ask_all(run, prepared.plans["asked"], "asked", prepared.asked["asked"])
        seconds = time.perf_counter() - began
        run.gather_answers()
        return seconds, api.open_run(run.path).answers


def alike(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    """The same cells in the same order, with shares that differ by less than 1e-4."""
    apart = float((one["p"].explode() - other["p"].explode()).abs().max())  # type: ignore[arg-type]
    return one["cell"].equals(other["cell"]) and apart < 1e-4


def main() -> int:
    """Print the table; exit 1 when answers differ."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    print(f"| respondent | cells | this process, cells/s | {WORKERS} Ray workers, cells/s | ratio |")
    print("|---|---:|---:|---:|---:|")
    differ = False
    with open_engine("ray", workers=WORKERS) as ray:
        for kind in SIZES:
            study = made(kind)
            seconds: dict[str, list[float]] = {"here": [], "ray": []}
            for _ in range(TIMES):
                here, answers = timed(study, Local())
                there, spread = timed(study, ray)
                differ |= not alike(answers, spread)
                seconds["here"].append(here)
                seconds["ray"].append(there)
            cells = answers.height
            one, other = (cells / statistics.median(own) for own in seconds.values())
            print(f"| {kind} | {cells:,} | {one:,.0f} | {other:,.0f} | {other / one:.2f} |", flush=True)
    print("ANSWERS DIFFER" if differ else "cells are the same and in the same order, shares within 1e-4")
    return int(differ)


if __name__ == "__main__":
    sys.exit(main())
