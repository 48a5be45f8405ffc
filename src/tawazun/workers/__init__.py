"""Many workers, on this machine or on many: the only room that knows Ray, which is loaded when it is asked for.

An engine makes respondents (`maker`) and does any function over many items (`each`), the same way here or on a cluster.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from tawazun.errors import UserError
from tawazun.respondents import Recorded, Respondent, Settings, make_respondent
from tawazun.study import Study
from tawazun.workers.records import Lost, Terms
from tawazun.workers.streams import Standing, here

ENGINES = ("local", "ray")


class Engine(Protocol):
    """Where work is done."""

    def maker(self, study: Study) -> Callable[[Settings], Respondent | Recorded]:
        """What makes the respondents of a study."""
        ...

    def each(
        self, function: Callable[..., Any], items: Iterable[Any], make: Callable[[], Any] | None = None,
        *, gpus: float = 0,
    ) -> Iterator[Any]:  # fmt: skip
        """The function's value for every item, in order; `Lost` where no worker could do it.

        make   makes, once per worker, what the function takes as its first argument; gpus: of one worker
        """
        ...

    def stay(self, function: Callable[..., Any], make: Callable[[], Any], like: Settings | None) -> Standing | None:
        """Workers for `each` that stay between calls; None where there are none.

        like   a respondent on whose device they work; None: each has a CPU slot
        """
        ...


@dataclass(frozen=True)
class Local:
    """This process."""

    def maker(self, study: Study) -> Callable[[Settings], Respondent | Recorded]:
        """What makes the respondents of a study."""
        return make_respondent

    def each(
        self, function: Callable[..., Any], items: Iterable[Any], make: Callable[[], Any] | None = None,
        *, gpus: float = 0,
    ) -> Iterator[Any]:  # fmt: skip
        """The function's value for every item, in order, one after another; its errors are raised as they are."""
        return here(function, items, make)

    def stay(self, function: Callable[..., Any], make: Callable[[], Any], like: Settings | None) -> Standing | None:
        """None: this process is all there is."""
        return None


@contextmanager
def open_engine(
    name: str = "local", address: str = "", workers: int = 0, terms: Terms | None = None
) -> Iterator[Engine]:
    """The engine of a name for as long as it is needed; address: of a Ray cluster, else one is started here.

    Errors   UserError for an unknown name, for options that the engine does not have, and for a cluster out of reach
    """
    if name not in ENGINES:
        raise UserError(f"--engine is {' or '.join(ENGINES)}, not {name!r}")
    if name == "local":
        if workers:
            raise UserError("--workers goes with --engine ray")
        yield Local()
        return
    from tawazun.workers.cluster import open_cluster

    with open_cluster(address, workers, terms) as cluster:
        yield cluster


__all__ = ["ENGINES", "Engine", "Local", "Lost", "Standing", "Terms", "open_engine"]
