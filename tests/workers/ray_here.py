"""Ray for tests: small, quiet, and always shut down; and the processes of its workers, to be killed."""

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.workers.hooks import NAME

OBJECTS = 80 * 2**20


@contextmanager
def joined(address: str = "", cpus: int = 2) -> Iterator[None]:
    """Ray with the test's hook on every worker: a cluster of its own, or the one at an address."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray

    setup = {"worker_process_setup_hook": "tests.workers.hooks.setup", "env_vars": {NAME: os.environ[NAME]}}
    own: dict[str, Any] = {
        "address": "local",
        "num_cpus": cpus,
        "object_store_memory": OBJECTS,
        "include_dashboard": False,
    }
    where: dict[str, Any] = {"address": address} if address else own
    ray.init(**where, runtime_env=setup, logging_level=logging.ERROR, log_to_driver=False)
    try:
        yield
    finally:
        ray.shutdown()


def workers_of(ancestor: int) -> list[int]:
    """Process ids of Ray's actors below a process."""
    return [pid for pid in _pids() if _named(pid).startswith("ray::_Actor") and ancestor in _ancestors(pid)]


def below(ancestor: int) -> list[int]:
    """Process ids of everything below a process."""
    return [pid for pid in _pids() if ancestor in _ancestors(pid)]


def alive(pids: list[int]) -> list[int]:
    """Those that still run."""
    return [pid for pid in pids if _stat(pid) and _stat(pid)[0] not in "ZX"]


def kill_one_worker() -> int:
    """Kill one actor's process of this test; returns its id."""
    pid = workers_of(os.getpid())[0]
    os.kill(pid, signal.SIGKILL)
    return pid


def _pids() -> list[int]:
    return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]


def _named(pid: int) -> str:
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def _stat(pid: int) -> list[str]:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _ancestors(pid: int) -> set[int]:
    found: set[int] = set()
    while (told := _stat(pid)) and (pid := int(told[1])) > 1:
        found.add(pid)
    return found
