"""What respondents behind a network share: asks in flight together, answered in order."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np

from tawazun.answers import Outcome
from tawazun.cells import Ask, Prompt, combine
from tawazun.respondents.endpoint_loop import Loop, News, all_of
from tawazun.respondents.endpoint_replies import or_reason, outcome_of
from tawazun.respondents.records import Early, Partly
from tawazun.seeds import seed_for

SEEDS = 2**31  # some servers keep seeds in 32 bits
Found = TypeVar("Found")
Hear = Callable[[Partly], None]


class Online(ABC):
    """A respondent whose every answer costs requests.

    early   whom to tell of what came before its turn
    """

    modes = ("logprob", "sample", "generate")

    def __init__(self, loop: Loop, ready: Callable[[], None] = lambda: None) -> None:
        """`loop` runs the requests; `ready` is called each time that asking begins."""
        self._loop = loop
        self._ready = ready
        self.early: Early | None = None

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> Iterator[Outcome]:
        """One outcome per ask, in order. Errors: RespondentFailed when no further request makes sense."""
        return self._each(lambda news: [self._outcome(ask, samples, study_seed) for ask in asks])

    def _replies(
        self, asks: Sequence[Ask], wanted: Sequence[Sequence[int]], study_seed: int
    ) -> Iterator[list[str] | Partly | Outcome]:
        """For each ask the texts of the wanted sample indices, or what went wrong, with the texts that came."""
        pairs = list(enumerate(zip(asks, wanted, strict=True)))
        return self._each(
            lambda news: [
                or_reason(self._texts(ask, own, study_seed, partial(news.add, at))) for at, (ask, own) in pairs
            ]
        )

    @abstractmethod
    async def _texts(
        self, ask: Ask, wanted: Sequence[int], study_seed: int, hear: Hear = lambda said: None
    ) -> list[str] | Partly:
        """The replies of these sample indices; at temperature 0 one stands for all. `hear` is told of each at once."""

    @abstractmethod
    async def _part(self, prompt: Prompt) -> tuple[np.ndarray, float]:
        """Shares of a prompt's options in canonical order, and what lies off the menu."""

    def _each(self, jobs: Callable[[News[Found]], Sequence[Coroutine[Any, Any, Found]]]) -> Iterator[Found]:
        self._loop.go_on()
        self._ready()
        news = News[Found](self.early)
        yield from self._loop.each(jobs(news), news)

    async def _outcome(self, ask: Ask, samples: int, study_seed: int) -> Outcome:
        if ask.framing.mode == "logprob":
            return await or_reason(self._read(ask))
        return outcome_of(ask, await or_reason(self._texts(ask, range(samples), study_seed)))

    async def _read(self, ask: Ask) -> Outcome:
        if not ask.question.cells:
            return Outcome(error=f"a question of kind {ask.question.kind!r} has no options to read: use mode sample")
        found = await all_of(self._part(prompt) for prompt in ask.prompts)
        p, off = combine(ask.question, found)
        return Outcome(p=tuple(float(one) for one in p), off_menu=float(off))


def sent_seed(ask: Ask, sample: int, study_seed: int) -> dict[str, int]:
    """The seed of a reply, as a part of its request."""
    return {"seed": seed_for(study_seed, ask.ask, sample) % SEEDS}
