"""What the tool itself costs: plan -> asks -> answers -> store with the `uniform` respondent, and the import.

Asserts first that a small run stores exactly the cells of its plan, then prints cells per CPU-second and peak memory
for 10,000, 100,000 and 1,000,000 cells (median of three; each size in a fresh process).

    python benchmarks/overhead.py
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = (10_000, 100_000, 1_000_000)
RATE, MEMORY_GB, IMPORT_SECONDS = 50_000, 2.0, 0.3
FRAMINGS_PER_PERSONA = 5 * 4


def one_run(cells: int) -> dict[str, float]:
    """Cells per CPU-second and peak memory of one run in this process."""
    from tawazun.instruments import instrument
    from tawazun.interview import ask_all, make_plan
    from tawazun.respondents import Respondent, Settings, make_respondent
    from tawazun.runs import RunFolder, open_run
    from tawazun.study import study_from

    vsm = instrument("vsm13")
    count = max(1, round(cells / (len(vsm.questions) * FRAMINGS_PER_PERSONA)))
    codes = [f"x-bench-{n}" for n in range(count)]
    study = study_from(
        {
            "name": "overhead",
            "respondent": [{"name": "uniform", "kind": "uniform"}],
            "place": [{"code": code, "names": {"en": f"Place {n}"}} for n, code in enumerate(codes)],
            "ask": {
                "instruments": ["vsm13"],
                "personas": codes,
                "wordings": 5,
                "orders": ["forward", "reversed", "rotate-1", "rotate-2"],
            },
        },
        "benchmark",
    )
    respondent = make_respondent(Settings("uniform", "uniform"))
    assert isinstance(respondent, Respondent)
    with tempfile.TemporaryDirectory() as folder:
        run = RunFolder.start(Path(folder) / "run", study)
        start = time.process_time()
        plan = make_plan(study, [vsm])
        asked = ask_all(run, plan, "uniform", respondent)
        stored = run.gather_answers()
        seconds = time.process_time() - start
        assert asked == stored == len(plan), (asked, stored, len(plan))
        if cells == min(SIZES):
            table = open_run(run.path).answers
            assert table["ask"].to_list() == [ask.ask for ask in plan], "the store keeps the plan's order"
            assert abs(table["p"].list.sum() - 1).max() < 1e-9
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {"cells": asked, "cpu_s": seconds, "rate": asked / seconds, "gb": peak}


def import_seconds() -> float:
    """CPU-seconds of `import tawazun` above a bare interpreter, median of five each."""

    def cost(code: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    whole, bare = (statistics.median(cost(code) for _ in range(5)) for code in ("import tawazun", "pass"))
    return whole - bare


def main() -> int:
    """Print the table; exit 1 when a bar is missed."""
    missed = False
    print(f"{'cells':>10} {'CPU-s':>8} {'cells/CPU-s':>12} {'peak GB':>8}")
    for size in SIZES:
        runs = []
        for _ in range(3):
            ran = subprocess.run([sys.executable, __file__, str(size)], check=True, capture_output=True, text=True)
            runs.append(json.loads(ran.stdout))
        middle = sorted(runs, key=lambda run: run["cpu_s"])[1]
        print(f"{middle['cells']:>10,} {middle['cpu_s']:>8.2f} {middle['rate']:>12,.0f} {middle['gb']:>8.2f}")
        missed |= middle["rate"] < RATE or middle["gb"] > MEMORY_GB
    seconds = import_seconds()
    print(f"import tawazun: {seconds:.3f} CPU-s above a bare interpreter")
    missed |= seconds > IMPORT_SECONDS
    print("bars missed" if missed else f"bars met: {RATE:,} cells/CPU-s, {MEMORY_GB} GB, import {IMPORT_SECONDS} s")
    return int(missed)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(one_run(int(sys.argv[1]))))
    else:
        sys.exit(main())
