"""Many questions in flight at once, outcomes in the order of the questions.

The event loop has a thread of its own, so that callers need not be asynchronous and a notebook's loop is left alone.
"""

import asyncio
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, wait
from functools import partial
from typing import Any, Generic, TypeVar

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


class News(Generic[Found]):
    """What has come of a batch of jobs before its turn, told once a while to whoever wants to keep it.

    early   told (number of the job, what came)
    turn    number of the job that is waited for; of those before it nothing more is told
    """

    def __init__(self, early: Callable[[int, Any], None] | None) -> None:
        """Nothing has come."""
        self._early = early
        self._came: deque[tuple[int, Any]] = deque()
        self._told = time.monotonic()
        self.turn = 0

    def add(self, at: int, said: object) -> None:
        """Something came; may be called in any thread."""
        if self._early:
            self._came.append((at, said))

    def done(self, at: int, job: "Future[Found]") -> None:
        """A job came to its end; may be called in any thread."""
        if not job.cancelled() and job.exception() is None:
            self.add(at, job.result())

    def wait_for(self, job: "Future[Found]") -> None:
        """Wait for a job, telling all the while."""
        if self._early:
            while not wait([job], timeout=PATIENCE).done or time.monotonic() - self._told > PATIENCE:
                self.tell()

    def tell(self) -> None:
        """Tell what has come since the last time."""
        self._told = time.monotonic()
        for at, said in [self._came.popleft() for _ in range(len(self._came))]:
            if self._early and at > self.turn:
                self._early(at, said)


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

    def each(self, jobs: Sequence[Coroutine[Any, Any, Found]], news: "News[Found] | None" = None) -> Iterator[Found]:
        """What the jobs come to, in their order; what comes before its turn is news.

        Errors   RespondentFailed after the last outcome, when something happened after which no request makes sense
        """
        loop, news = self._running(), news or News(None)
        waiting = [asyncio.run_coroutine_threadsafe(job, loop) for job in jobs]
        for at, one in enumerate(waiting):
            one.add_done_callback(partial(news.done, at))
        try:
            for news.turn, one in enumerate(waiting):
                news.wait_for(one)
                yield self._counted(one)
        finally:
            news.tell()
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
