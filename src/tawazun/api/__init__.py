"""The Python interface: load a study, run it, open a run. The command line says the same in words.

run = study in -> people loaded -> respondents asked -> answers stored -> scores -> page -> manifest
"""

from tawazun.api.finding import Prepared, prepare
from tawazun.api.freezing import freeze, power
from tawazun.api.inferring import claim, compare, gather_runs, usual_measure
from tawazun.api.measuring import measure, report
from tawazun.api.running import find_memories, run, run_prepared
from tawazun.api.sharding import merge, run_shard
from tawazun.runs import open_run
from tawazun.study import load_study
from tawazun.workers import open_engine

__all__ = [
    "Prepared",
    "claim",
    "compare",
    "find_memories",
    "freeze",
    "gather_runs",
    "load_study",
    "measure",
    "merge",
    "open_engine",
    "open_run",
    "power",
    "prepare",
    "report",
    "run",
    "run_prepared",
    "run_shard",
    "usual_measure",
]
