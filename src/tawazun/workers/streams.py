"""Any function over many items on many workers, results in order: `each`."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tawazun.workers.crew import Crew, Task
from tawazun.workers.records import Hands, Lost, Terms

Function = Callable[..., Any]


@dataclass
class ItemDoer:
    """On a worker: a function, with what it works on where that is made once for all items."""

    function: Function
    make: Callable[[], Any] | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make what the function works on."""
        self._given = () if self.make is None else (self.make(),)

    def do(self, order: Any, items: Sequence[Any]) -> tuple[list[Any], list[str]]:
        """The function's value for every item."""
        return [self.function(*self._given, item) for item in items], []


@dataclass(frozen=True)
class _Recipe:
    function: Function
    make: Callable[[], Any] | None

    def __call__(self) -> ItemDoer:
        return ItemDoer(self.function, self.make)


def here(function: Function, items: Iterable[Any], make: Callable[[], Any] | None) -> Iterator[Any]:
    """`each` in this process."""
    doer = ItemDoer(function, make)
    for item in items:
        yield doer.do(None, [item])[0][0]


def over(
    hands: Hands, count: int, function: Function, items: Iterable[Any], make: Callable[[], Any] | None, terms: Terms
) -> Iterator[Any]:
    """`each` over the workers of a crew, of which so many items are taken as keep them busy, and no more."""
    crew = Crew(hands, _Recipe(function, make), count, terms, lambda greeting: None)
    waiting: deque[Task] = deque()
    try:
        for item in items:
            waiting.append(crew.hand_in(None, [item]))
            if len(waiting) > count * (terms.depth + 1):
                yield crew.finish(waiting.popleft())[0]
        while waiting:
            yield crew.finish(waiting.popleft())[0]
    finally:
        crew.close()


class Standing:
    """Workers that stay between calls, for work whose next items depend on what came of the last. Hired when needed."""

    def __init__(
        self, hands: Hands, count: int, function: Function, make: Callable[[], Any] | None, terms: Terms
    ) -> None:
        """As `over`."""
        self.count = count
        self._crew = Crew(hands, _Recipe(function, make), count, terms, lambda greeting: None)

    def each(self, items: Iterable[Any]) -> list[Any]:
        """The function's value for every item, in order; `Lost` where none could do it. Errors: as `Crew.finish`."""
        tasks = [self.begin(item) for item in items]
        return [self.end(task) for task in tasks]

    def begin(self, item: Any) -> Task:
        """Hand an item in; what comes of it is waited for in `end`."""
        return self._crew.hand_in(None, [item])

    def end(self, task: Task) -> Any:
        """The function's value for the item of a task; `Lost` where no worker could do it. Errors: as `Crew.finish`."""
        return self._crew.finish(task)[0]

    def close(self) -> None:
        """Let the workers go."""
        self._crew.close()


__all__ = ["Function", "ItemDoer", "Lost", "Standing", "here", "over"]
