"""Jobs in, results out in the same order, whichever workers are lost on the way.

A worker does its jobs in the order given, so when it is lost the first of them is the one it was lost over: that job
is charged a try, the others go to other workers as they are. A job that used up its tries is cut in two until the item
that cannot be done stands alone; only that one is given up, with its reason. Nothing here knows what carries the jobs.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tawazun.errors import Failure, UserError
from tawazun.workers.records import Doer, Gone, Greeting, Hands, Lost, Raised, Terms

log = logging.getLogger("tawazun")


@dataclass
class Task:
    """Items that were handed in together; `results` has one per item once `left` is 0."""

    results: list[Any]
    left: int
    notes: list[str] = field(default_factory=list)


@dataclass
class _Job:
    task: Task
    start: int
    order: Any
    items: Sequence[Any]
    tries: int


@dataclass
class _Worker:
    handle: Any
    greeting: Any  # the ticket
    host: str = ""
    jobs: deque[tuple[_Job, Any]] = field(default_factory=deque)

    @property
    def ready(self) -> bool:
        return bool(self.host)

    @property
    def ticket(self) -> Any:
        """What is waited for: the greeting, then the first job; None for an idle worker."""
        return self.greeting if not self.ready else self.jobs[0][1] if self.jobs else None


class Crew:
    """Workers that all make the same thing of themselves. Hired when there is something to do, replaced when lost."""

    def __init__(
        self, hands: Hands, make: Callable[[], Doer], count: int, terms: Terms, welcome: Callable[[Greeting], None]
    ) -> None:
        """`welcome` looks at each worker's greeting and may refuse it with an error of its own."""
        self.count = count
        self._hands, self._make, self._terms, self._welcome = hands, make, terms, welcome
        self._workers: list[_Worker] = []
        self._queue: deque[_Job] = deque()
        self._lost_in_row = self._failed_starts = 0
        self._done_any = False

    def greet(self) -> None:
        """Start, and wait until one worker was welcomed. Errors: as `finish`."""
        while not any(one.ready for one in self._workers):
            self._turn()

    def hand_in(self, order: Any, items: Sequence[Any]) -> Task:
        """Begin with some items; what comes of them is waited for in `finish`."""
        task = Task([None] * len(items), len(items))
        if items:
            self._queue.append(_Job(task, 0, order, items, self._terms.tries))
            self._hire()
            self._assign()
        return task

    def finish(self, task: Task) -> list[Any]:
        """One result per item of a task, `Lost` where it was given up.

        Errors   a UserError that a worker raised; Failure when there are no workers, or nothing can be done any more
        """
        while task.left:
            self._turn()
        return task.results

    def close(self) -> None:
        """Let every worker go and forget what is not finished."""
        for worker in self._workers:
            self._hands.dismiss(worker.handle)
        self._workers.clear()
        self._queue.clear()

    def _turn(self) -> None:
        """Hand out what waits, then take in what came."""
        self._hire()
        self._assign()
        waited = [one for one in self._workers if one.ticket is not None]
        began = time.monotonic()
        ready = self._hands.wait([one.ticket for one in waited], self._terms.patience)
        if not ready and not any(one.ready for one in self._workers):
            raise Failure(f"no worker came up within {time.monotonic() - began:.0f} s: {self._short()}")
        came = {id(ticket) for ticket in ready}
        for worker in waited:
            if id(worker.ticket) in came and worker in self._workers:
                self._take(worker)
        self._assign()

    def _short(self) -> str:
        return f"{len(self._workers)} asked for and none has a place; see what the cluster has left (ray status)"

    def _hire(self) -> None:
        while len(self._workers) < self.count:
            self._workers.append(_Worker(*self._hands.hire(self._make)))

    def _assign(self) -> None:
        """Jobs to the workers that have the fewest."""
        ready = [one for one in self._workers if one.ready]
        while self._queue and ready:
            worker = min(ready, key=lambda one: len(one.jobs))
            if len(worker.jobs) >= self._terms.depth:
                return
            job = self._queue.popleft()
            worker.jobs.append((job, self._hands.give(worker.handle, job.order, job.items)))

    def _take(self, worker: _Worker) -> None:
        """What came from a worker: its greeting, the results of its first job, or the news that it is lost."""
        try:
            found = self._hands.fetch(worker.ticket)
        except Gone as error:
            self._replace(worker, f"the worker was lost ({_line(error)})")
            return
        except Raised as error:
            if isinstance(error.cause, UserError):
                raise type(error.cause)(f"{_line(error.cause)}") from error
            # what it raised may have left it, or its GPU, in no state to go on
            self._replace(worker, f"{type(error.cause).__name__}: {_line(error.cause)}")
            return
        if worker.ready:
            self._settle(worker, *found)
        else:
            self._welcome(found)
            worker.host = found.host or "?"
            self._failed_starts = 0

    def _settle(self, worker: _Worker, results: Sequence[Any], notes: Sequence[str]) -> None:
        job, _ = worker.jobs.popleft()
        job.task.results[job.start : job.start + len(job.items)] = results
        job.task.left -= len(job.items)
        job.task.notes += [line for line in notes if line not in job.task.notes]
        self._lost_in_row, self._done_any = 0, True

    def _replace(self, worker: _Worker, reason: str) -> None:
        """Let a worker go; its first job was tried, the others wait their turn again."""
        self._workers.remove(worker)
        self._hands.dismiss(worker.handle)
        if not worker.ready:
            self._failed_start(reason)
        else:
            log.warning("tawazun: on %s %s; its work goes to another", worker.host, reason)
        others = list(worker.jobs)[1:]
        self._queue.extendleft(job for job, _ in reversed(others))
        if worker.jobs:
            self._again(worker.jobs[0][0], reason)

    def _failed_start(self, reason: str) -> None:
        log.warning("tawazun: a worker did not come up: %s", reason)
        self._failed_starts += 1
        if self._failed_starts < self._terms.tries:
            return
        if not any(one.ready for one in self._workers):
            raise Failure(f"no worker could be started, {self._failed_starts} were tried; the last one: {reason}")
        self.count = max(1, self.count - 1)  # go on with those that there are
        self._failed_starts = 0

    def _again(self, job: _Job, reason: str) -> None:
        """Put a job that failed at the end of the queue, whole or in halves, or give its only item up."""
        job.tries -= 1
        if job.tries > 0:
            self._queue.append(job)
        elif len(job.items) > 1:
            half = len(job.items) // 2
            self._queue.append(_Job(job.task, job.start, job.order, job.items[:half], 1))
            self._queue.append(_Job(job.task, job.start + half, job.order, job.items[half:], 1))
        else:
            self._lose(job, reason)

    def _lose(self, job: _Job, reason: str) -> None:
        job.task.results[job.start] = Lost(reason)
        job.task.left -= 1
        self._lost_in_row += 1
        most = self._terms.most_lost if self._done_any else self._terms.most_lost_at_first
        if self._lost_in_row >= most:
            raise Failure(f"the workers fail at everything, {self._lost_in_row} in a row; the last one: {reason}")


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
