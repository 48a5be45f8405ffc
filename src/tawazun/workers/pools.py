"""Work begun now and waited for later, in this process, in several of this machine, or on the workers of Ray.

Whatever does the work, the same items give the same values, so what is made of them in order is the same too.
"""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, Protocol

from tawazun.errors import Failure, UserError
from tawazun.workers.records import Lost
from tawazun.workers.streams import Function, ItemDoer, Standing

Make = Callable[[], Any]


class Pool(Protocol):
    """A function of what was made once and of an item, done somewhere. `ahead` is how many items keep it busy."""

    ahead: int

    def begin(self, item: Any) -> Any:
        """Begin with an item; returns a ticket."""
        ...

    def end(self, ticket: Any) -> Any:
        """The function's value for the item of a ticket. Errors: those of the function; Failure for a lost worker."""
        ...


class Here:
    """This process: an item is done when it is begun."""

    ahead = 0

    def __init__(self, function: Function, make: Make) -> None:
        """`make` makes what the function takes as its first argument."""
        self._doer = ItemDoer(function, make)

    def begin(self, item: Any) -> Any:
        """The value itself."""
        return self._doer.do(None, [item])[0][0]

    def end(self, ticket: Any) -> Any:
        """The ticket, which is the value."""
        return ticket


class Processes:
    """Several processes of this machine, each with its own of what is made."""

    def __init__(self, function: Function, make: Make, jobs: int) -> None:
        """A function and a maker that a fresh process can import."""
        # a copy of this process (fork) could hold the locks of libraries that run threads here
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(jobs, context, _prepare, (function, make))
        self.ahead = 2 * jobs

    def begin(self, item: Any) -> Future[Any]:
        """Hand an item over."""
        try:
            return self._pool.submit(_do, item)
        except BrokenProcessPool as error:
            raise _gone() from error

    def end(self, ticket: Any) -> Any:
        """Wait for a value. Errors: those of the function; Failure when a process was killed."""
        try:
            return ticket.result()
        except BrokenProcessPool as error:
            raise _gone() from error

    def close(self) -> None:
        """Let the processes go, whatever they have not begun."""
        self._pool.shutdown(cancel_futures=True)


class _OnWorkers:
    """The workers of a cluster."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self.ahead = 2 * standing.count

    def begin(self, item: Any) -> Any:
        return self._standing.begin(item)

    def end(self, ticket: Any) -> Any:
        """Errors   those of the function that are a user's; Failure when no worker could do the item."""
        found = self._standing.end(ticket)
        if isinstance(found, Lost):
            raise Failure(f"a part of the work was lost with {found.reason}; nothing was left out: start it again")
        return found


@contextmanager
def open_pool(
    function: Function, make: Make, *, jobs: int = 1, engine: str = "local", address: str = "", workers: int = 0
) -> Iterator[Pool]:
    """A pool for as long as it is needed.

    jobs     processes on this machine; 1 = this one
    engine   `ray`: workers of a cluster at the address, or of one that is started here
    Errors   UserError for options that do not go together; those of `open_engine`
    """
    if jobs < 1:
        raise UserError(f"--jobs is a number from 1 up, not {jobs}")
    if engine != "local" and jobs > 1:
        raise UserError("--jobs counts processes of this machine; --engine ray takes --workers")
    if engine == "local" and jobs > 1:
        if workers:
            raise UserError("--workers goes with --engine ray; processes of this machine are --jobs")
        several = Processes(function, make, jobs)
        try:
            yield several
        finally:
            several.close()
        return
    from tawazun.workers import open_engine

    with open_engine(engine, address, workers) as opened:
        standing = opened.stay(function, make, None)
        if standing is None:
            yield Here(function, make)
            return
        try:
            yield _OnWorkers(standing)
        finally:
            standing.close()


_recipe: tuple[Function, Make] | None = None
_doer: ItemDoer | None = None


def _prepare(function: Function, make: Make) -> None:
    global _recipe
    _recipe = function, make


def _do(item: Any) -> Any:
    # made with the first item and not before: an error of making is then told as what it is
    global _doer
    if _doer is None:
        assert _recipe is not None
        _doer = ItemDoer(*_recipe)
    return _doer.do(None, [item])[0][0]


def _gone() -> Failure:
    return Failure("a process was killed, most often because memory ran out; give fewer --jobs, or a smaller --shard")
