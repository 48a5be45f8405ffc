"""What is rewarded: prompts, the replies drawn for one of them together, and the small interface of a reward."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from tawazun.cells import Ask
from tawazun.errors import BadStudy

REFUSED, UNREAD = -1, -2  # in place of an option


@dataclass(frozen=True, eq=False)
class Posed:
    """One prompt. Two prompts of the same text stay two: they may have been put for different people.

    number    its place in the recipe's prompts
    messages  (role, text) pairs that end with the user's turn
    ask       the question that it asks; None for an open prompt
    shares    (K,) what the people answer, in canonical order; None where nobody's answers belong to it
    people    name of their population
    """

    number: int
    messages: tuple[tuple[str, str], ...]
    ask: Ask | None = None
    shares: np.ndarray | None = None
    people: str = ""


@dataclass(frozen=True, eq=False)
class Group:
    """The replies drawn together for one prompt.

    texts     (G,) replies
    options   (G,) canonical option of each, `REFUSED` or `UNREAD`; of an open prompt the number of the distinct text
    lengths   (G,) tokens
    """

    posed: Posed
    texts: tuple[str, ...]
    options: np.ndarray
    lengths: np.ndarray

    @property
    def distinct(self) -> int:
        """How many different readable answers there are."""
        return len(set(self.options[self.options >= 0].tolist()))


class Reward(Protocol):
    """Says how good each reply of each group is."""

    def score(self, groups: Sequence[Group]) -> np.ndarray:
        """(N, G) rewards. Errors: RespondentFailed where one is not a number."""
        ...

    def merit(self, groups: Sequence[Group], rewards: np.ndarray) -> float:
        """How good the replies are together; higher is better, and the best checkpoint is the one with most of it."""
        ...


@dataclass(frozen=True, slots=True)
class Setting:
    """What a reward is made from: its options, where relative paths start, and the size of a group."""

    options: Mapping[str, Any] = field(default_factory=dict)
    folder: Path = Path()
    group: int = 8


@dataclass(frozen=True, slots=True)
class RewardPart:
    """A part of the catalogue of rewards.

    settings      dataclass of its options
    make          from options and setting to a reward
    needs_people  whether every prompt must have the shares of some people
    """

    settings: Any
    make: Callable[[Any, Setting], Reward]
    needs_people: bool
    summary: str


def read_options(part: RewardPart, name: str, given: Mapping[str, Any]) -> Any:
    """A reward's own options. Errors: BadStudy for an unknown or impossible one."""
    allowed = list(part.settings.__dataclass_fields__)
    if strange := sorted(set(given) - set(allowed)):
        raise BadStudy(f"reward {name}: unknown option {strange[0]!r}; allowed: {', '.join(allowed) or 'none'}")
    try:
        return part.settings(**given)
    except TypeError as error:
        raise BadStudy(f"reward {name}: {error}") from error
