"""Many questions in flight at once, outcomes in the order of the questions.

The event loop has a thread of its own, so that callers need not be asynchronous and a notebook's loop is left alone.
"""

import asyncio
import threading
import weakref
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, wait
from typing import Any, TypeVar

from tawazun.answers import Outcome
from tawazun.errors import RespondentFailed
from tawazun.respondents.endpoint_faults import CellFailed, Halt, Malformed, Stopped

PATIENCE = 0.5  # seconds that an answer may wait for its turn before it is told of
Found = TypeVar("Found")
Close = Callable[[], Coroutine[Any, Any, None]]


async def each_of(parts: Sequence[Coroutine[Any, Any, Found]], halt: Halt) -> list[Found | Exception]:
    """What every part comes to, or how it failed. The first failure is put into `halt`; what was sent is heard out."""

    async def heard(part: Coroutine[Any, Any, Found]) -> Found | Exception:
        try:
            return await part
        except (CellFailed, Malformed, Stopped) as error:
            halt.why = halt.why or str(error)
            return error

    return await asyncio.gather(*(heard(part) for part in parts))


async def all_of(parts: Iterable[Coroutine[Any, Any, Found]]) -> list[Found]:
    """What every part comes to; the first that fails ends the others."""
    tasks = [asyncio.ensure_future(one) for one in parts]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


def _run(loop: asyncio.AbstractEventLoop, closers: Sequence[Close]) -> None:
    """The life of a loop: connections are closed before it ends."""
    loop.run_forever()
    loop.run_until_complete(_closed(closers))
    loop.close()


async def _closed(closers: Sequence[Close]) -> None:
    await asyncio.gather(*(close() for close in closers), return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()


def _tell(untold: "dict[int, Future[Found]]", early: Callable[[int, Found], None]) -> None:
    """Tell of the jobs that have come to something, each once."""
    for at in [at for at, one in untold.items() if one.done()]:
        one = untold.pop(at)
        if not one.cancelled() and one.exception() is None:
            early(at, one.result())


class Loop:
    """Runs jobs, and counts those that fail.

    halt      shared with whoever sends requests
    failed    outcomes with an error so far
    closers   what to call, in the loop, when nobody needs it any more
    """

    def __init__(self, who: str, halt: Halt, max_failures: int) -> None:
        """`who` begins every error; `max_failures` 0 for no limit."""
        self._who = who
        self._max_failures = max_failures
        self._loop: asyncio.AbstractEventLoop | None = None
        self.halt = halt
        self.failed = 0
        self.closers: list[Close] = []

    def each(
        self, jobs: Sequence[Coroutine[Any, Any, Found]], early: Callable[[int, Any], None] | None = None
    ) -> Iterator[Found]:
        """What the jobs come to, in their order.

        early    told, while a job is waited for, of what later ones have come to (number of the job, what it came to)
        Errors   RespondentFailed after the last outcome, when something happened after which no request makes sense
        """
        loop = self._running()
        waiting = [asyncio.run_coroutine_threadsafe(job, loop) for job in jobs]
        untold = dict(enumerate(waiting))
        try:
            for at, one in enumerate(waiting):
                while early and not wait([one], timeout=PATIENCE).done:
                    _tell(untold, early)
                untold.pop(at, None)
                yield self._counted(one)
        finally:
            for one in waiting:
                one.cancel()
        self.go_on()

    def go_on(self) -> None:
        """Nothing, while requests make sense. Errors: RespondentFailed with what speaks against them."""
        if self.halt.why:
            raise RespondentFailed(f"{self._who}: {self.halt.why}")

    def _counted(self, future: "Future[Found]") -> Found:
        try:
            outcome = future.result()
        except CancelledError as error:
            raise RespondentFailed(f"{self._who}: stopped while it was asked") from error
        if isinstance(outcome, Outcome) and outcome.error is not None:
            self.failed += 1
            if self._max_failures and self.failed > self._max_failures and not self.halt.why:
                self.halt.why = f"more than {self._max_failures} cells failed, the last one: {outcome.error}"
        return outcome

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            loop = asyncio.new_event_loop()
            thread = threading.Thread(target=_run, args=(loop, self.closers), name="tawazun-endpoint", daemon=True)
            thread.start()
            weakref.finalize(self, loop.call_soon_threadsafe, loop.stop)
            self._loop = loop
        return self._loop
