"""Workers that are objects of this process, so that any of them can be lost at any moment, as a seed says."""

import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tawazun.workers.records import Doer, Gone, Greeting, Raised


@dataclass(eq=False)
class Ticket:
    """What is promised; None until it is there."""

    worker: "Worker"
    order: Any
    items: Sequence[Any]
    value: Any = None
    error: Exception | None = None


@dataclass(eq=False)
class Worker:
    """One worker and what it has to do."""

    name: str
    make: Callable[[], Doer]
    doer: Doer | None = None
    dead: bool = False
    queue: deque[Ticket] = field(default_factory=deque)


@dataclass
class FakeHands:
    """Does one job of a random worker whenever it is waited for.

    fatal    whether these items kill the worker that does them
    flaky    share of jobs at which the worker dies for no reason of theirs
    stillborn  how many of the first workers die before they greet
    """

    seed: int = 0
    fatal: Callable[[Any], bool] = lambda item: False
    flaky: float = 0.0
    stillborn: int = 0
    hired: list[Worker] = field(default_factory=list)
    done: list[Any] = field(default_factory=list)
    most_queued: int = 0

    def __post_init__(self) -> None:
        self._draw = random.Random(self.seed)

    def hire(self, make: Callable[[], Doer]) -> tuple[Worker, Ticket]:
        worker = Worker(f"host-{len(self.hired)}", make)
        self.hired.append(worker)
        ticket = Ticket(worker, "begin", [])
        worker.queue.append(ticket)
        return worker, ticket

    def give(self, hand: Worker, order: Any, items: Sequence[Any]) -> Ticket:
        ticket = Ticket(hand, order, items)
        if hand.dead:
            ticket.error = Gone("was dead already")
        else:
            hand.queue.append(ticket)
        self.most_queued = max(self.most_queued, sum(len(one.queue) for one in self.hired))
        return ticket

    def wait(self, tickets: Sequence[Ticket], seconds: float) -> list[Ticket]:
        while not (ready := [one for one in tickets if one.value is not None or one.error is not None]):
            busy = [one for one in self.hired if one.queue and not one.dead]
            if not busy:
                return []
            self._work(self._draw.choice(busy))
        return ready

    def fetch(self, ticket: Ticket) -> Any:
        if ticket.error is not None:
            raise ticket.error
        return ticket.value

    def dismiss(self, hand: Worker) -> None:
        hand.dead = True

    def _work(self, worker: Worker) -> None:
        ticket = worker.queue.popleft()
        begins = ticket.order == "begin"
        early = begins and self.hired.index(worker) < self.stillborn
        if early or any(self.fatal(item) for item in ticket.items) or (not begins and self._draw.random() < self.flaky):
            worker.dead = True
            for one in (ticket, *worker.queue):
                one.error = Gone("killed")
            return
        try:
            if begins:
                worker.doer = worker.make()
                ticket.value = Greeting(worker.doer.facts, worker.name)
            else:
                assert worker.doer is not None
                ticket.value = worker.doer.do(ticket.order, ticket.items)
                self.done.extend(ticket.items)
        except Exception as error:
            ticket.error = Raised(error)
