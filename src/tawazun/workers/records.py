"""What workers are asked to keep to, and what comes of work that none of them could do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Terms:
    """How much is borne before work is given up.

    tries      workers that may be lost over one job before it is cut in two, and in the end given up
    depth      jobs that a worker has at once, so that it need not wait for the next
    most_lost  items in a row that may be given up; a few of the first ones already, while nothing was done at all
    patience   seconds to wait for the first worker, or for another when all are lost
    """

    tries: int = 3
    depth: int = 2
    most_lost: int = 20
    patience: float = 900.0

    @property
    def most_lost_at_first(self) -> int:
        """Items that may be given up while no work was ever done."""
        return min(3, self.most_lost)


@dataclass(frozen=True, slots=True)
class Lost:
    """In the place of a result: the item was tried as often as the terms allow. `reason` is one line."""

    reason: str


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a worker says of itself when it is ready: facts that must be the same everywhere, and where it is."""

    facts: dict[str, Any]
    host: str


class Gone(Exception):
    """A worker, or the machine it was on, is no more."""


class Raised(Exception):
    """A job raised on a worker; `cause` is what."""

    def __init__(self, cause: BaseException) -> None:
        """Keep the cause."""
        super().__init__(str(cause))
        self.cause = cause


class Doer(Protocol):
    """What a worker makes of itself: `facts` for its greeting, and the doing of jobs."""

    facts: dict[str, Any]

    def do(self, order: Any, items: Sequence[Any]) -> tuple[list[Any], list[str]]:
        """One result per item, and lines that a reader should know."""
        ...


class Hands(Protocol):
    """The way to workers, wherever they are. A handle and a ticket are whatever it gives out."""

    def hire(self, make: Callable[[], Doer]) -> tuple[Any, Any]:
        """Start a worker; returns its handle, and a ticket for its greeting."""
        ...

    def give(self, hand: Any, order: Any, items: Sequence[Any]) -> Any:
        """Give a worker a job to do after those it has; returns a ticket for (results, notes)."""
        ...

    def wait(self, tickets: Sequence[Any], seconds: float) -> list[Any]:
        """The tickets that are ready, at least one unless time runs out."""
        ...

    def fetch(self, ticket: Any) -> Any:
        """What a ready ticket stands for. Errors: Gone, Raised."""
        ...

    def dismiss(self, hand: Any) -> None:
        """Let a worker go, whatever it is doing."""
        ...
