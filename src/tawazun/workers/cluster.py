"""Ray, joined at an address or started here; nothing else of the package knows that it is there.

Started here it is quiet: no dashboard, no usage statistics sent, little memory for objects, because jobs are small.
"""

import logging
import os
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tawazun.catalogue import load
from tawazun.errors import BadStudy, Failure, MissingExtra, UserError
from tawazun.respondents import FOLDER, Recorded, Respondent, Settings, make_respondent
from tawazun.study import Study
from tawazun.workers.records import Terms
from tawazun.workers.spread import Spread
from tawazun.workers.streams import Function, Standing, over

OBJECT_BYTES = 256 * 2**20
ANSWER_SECONDS = 5.0
# the opening of every gRPC conversation, and the type of frame that a server sends back first
PREFACE, SETTINGS_FRAME = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]), 4


@dataclass(frozen=True)
class Cluster:
    """Many workers.

    workers   how many per respondent; 0 for one per GPU where a respondent can use it, else one per CPU slot
    """

    workers: int = 0
    terms: Terms = Terms()  # noqa: RUF009 - frozen

    def maker(self, study: Study) -> Callable[[Settings], Respondent | Recorded]:
        """What makes the respondents of a study: those that any machine can be, on the workers; all others here."""
        portable = [one for one in study.respondent if _kind(one.kind).portable]
        return lambda settings: self._respondent(settings, study, alone=len(portable) == 1)

    def each(
        self, function: Function, items: Iterable[Any], make: Callable[[], Any] | None = None, *, gpus: float = 0
    ) -> Iterator[Any]:
        """The function's value for every item, in order; `Lost` where no worker could do it.

        make     makes, once per worker, what the function takes as its first argument
        Errors   a UserError that the function raises; Failure when workers cannot be had or fail at everything
        """
        from tawazun.workers.ray_hands import RayHands

        return over(RayHands(gpus), self._places(gpus), function, items, make, self.terms)

    def stay(self, function: Function, make: Callable[[], Any], like: Settings | None) -> Standing:
        """Workers for `each` that stay between calls, with a GPU each where a respondent of those settings has one."""
        from tawazun.workers.ray_hands import RayHands

        gpus = self._gpus(like) if like is not None and _kind(like.kind).portable == "gpu" else 0
        return Standing(RayHands(gpus), self._places(gpus), function, make, self.terms)

    def _respondent(self, settings: Settings, study: Study, *, alone: bool) -> Respondent | Recorded:
        from tawazun.workers.ray_hands import RayHands

        kind = _kind(settings.kind)
        if not kind.portable:
            return make_respondent(settings)
        gpus = self._gpus(settings) if kind.portable == "gpu" else 0
        absolute = from_anywhere(settings)
        known = kind.file_facts(absolute) if kind.file_facts else {}
        count = self._places(gpus)
        recipe = absolute, study
        return Spread(recipe, lambda: RayHands(gpus), count, terms=self.terms, known=known, keep=alone)

    def _gpus(self, settings: Settings) -> int:
        """GPUs of one worker. Errors: BadStudy for a device that the cluster lacks, or that names one GPU."""
        if settings.device.startswith("cuda:"):
            raise BadStudy(
                f"respondent {settings.name}: device {settings.device!r} names one GPU, and each worker has its own; "
                'write "cuda" or "auto" for --engine ray'
            )
        held = _resources().get("GPU", 0) >= 1
        if settings.device == "cuda" and not held:
            raise BadStudy(f'respondent {settings.name}: device = "cuda", and the Ray cluster has no GPU')
        return int(held and settings.device != "cpu")

    def _places(self, gpus: float) -> int:
        """Workers to ask for. Errors: UserError when the cluster has no place for a single one."""
        have = _resources()
        places = int(min(have.get("CPU", 0), have.get("GPU", 0) / gpus if gpus else have.get("CPU", 0)))
        if places < 1:
            lack = "GPU" if gpus and have.get("GPU", 0) < gpus else "CPU slot"
            raise UserError(f"the Ray cluster has no {lack} to work on; see what it has with: ray status")
        return min(self.workers, places) if self.workers else places


@dataclass(frozen=True)
class _Kind:
    portable: str
    file_facts: Callable[[Settings], dict[str, str]] | None


def _kind(name: str) -> _Kind:
    found = load(FOLDER, name, "RESPONDENT")
    return _Kind(getattr(found, "portable", ""), getattr(found, "file_facts", None))


def from_anywhere(settings: Settings) -> Settings:
    """Settings whose paths mean the same in another folder: seen from the study's folder, else from this one."""
    folder = settings.folder.resolve()

    def seen(path: str) -> str:
        local = Path(path).expanduser()
        return str(local.resolve()) if path and not (folder / path).exists() and local.exists() else path

    return replace(settings, folder=folder, model=seen(settings.model), adapter=seen(settings.adapter))


def _resources() -> dict[str, float]:
    import ray

    found: dict[str, float] = ray.cluster_resources()
    return found


@contextmanager
def open_cluster(address: str = "", workers: int = 0, terms: Terms | None = None) -> Iterator[Cluster]:
    """A cluster for as long as it is needed: one that this process joined already, that of the address, or a local one.

    Errors   MissingExtra without ray; UserError when no cluster answers at the address, or for a bad number of workers
    """
    if workers < 0:
        raise UserError(f"--workers is a number from 1 up, not {workers}")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ModuleNotFoundError as error:
        raise MissingExtra("--engine ray needs the library ray: pip install 'tawazun[ray]'") from error
    mine = not ray.is_initialized()
    if not mine:
        yield Cluster(workers, terms or Terms())
        return
    with _hushed():
        _begin(address, workers)
        try:
            yield Cluster(workers, terms or Terms())
        finally:
            ray.shutdown()


@contextmanager
def _hushed() -> Iterator[None]:
    """Ray prints what becomes of workers on standard output, where `--json` stands; the crew tells of it on its own."""
    from ray._private import worker

    printed: Any = getattr(worker, "print_to_stdstream", None)
    worker.print_to_stdstream = lambda *given, **named: None
    try:
        yield
    finally:
        worker.print_to_stdstream = printed


def _begin(address: str, workers: int) -> None:
    import ray

    given: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    if address:
        _reach(address)
        given["address"] = address
    else:
        given |= {"address": "local", "num_cpus": workers or os.cpu_count(), "include_dashboard": False}
        given["object_store_memory"] = OBJECT_BYTES
    try:
        ray.init(**given)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        where = f"at {address}" if address else "on this machine"
        raise Failure(f"no Ray cluster could be used {where}: {' '.join(str(error).split())[:300]}") from error


def _reach(address: str) -> None:
    """See that a cluster answers, because Ray itself would try for many minutes. Errors: UserError."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if "://" in address or not host or not port.isdigit():
        raise UserError(
            f"--ray-address is HOST:PORT of the cluster's head (6379 unless told otherwise) or auto, not {address!r}"
        )
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=ANSWER_SECONDS) as line:
            line.sendall(PREFACE)
            frame = line.recv(9)
    except (OSError, OverflowError) as error:
        raise UserError(
            f"no Ray cluster answers at {address} ({error}); start one there: ray start --head --port {port}"
        ) from error
    if os.environ.get("RAY_USE_TLS", "0") != "1" and frame[3:4] != bytes([SETTINGS_FRAME]):
        raise UserError(
            f"what answers at {address} is no Ray cluster; give the address that `ray start --head` printed"
        )
