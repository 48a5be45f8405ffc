"""Distributional reward: the people's share of the answer given, less how often the others of its group gave it.

    r_i = p(y_i) - c f_{-i}(y_i),   f_{-i}(y) = share of the other G - 1 replies that are y

Over replies drawn from q the expected reward's policy gradient is that of -1/2 ||q - p||^2, so the optimum is the
people's whole distribution and not its most frequent answer. Trainers that take a group's mean reward off each reward
(GRPO, RLOO) put a part of f back, as the others' rewards depend on y_i too: with c = 1 the optimum is
q = (p - 1 / (K (G - 1))) (G - 1) / (G - 2), too sharp. c = (G - 1) / (G - 2) makes it p again.

A refusal or a reply that cannot be read is an answer of its own that nobody gave, at -`penalty` instead of a share.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tawazun.adapt.rlaif.records import Group, RewardPart, Setting
from tawazun.errors import BadStudy


@dataclass(frozen=True, slots=True)
class Options:
    """Options.

    penalty   what a refused or unread reply gets instead of a share, negated
    exact     make up for the trainer's group mean (c above); needs groups of three or more
    """

    penalty: float = 1.0
    exact: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.penalty < float("inf"):
            raise BadStudy(f"reward distribution: penalty is a number from 0, not {self.penalty!r}")


class Distribution:
    """See the module."""

    def __init__(self, options: Options, setting: Setting) -> None:
        if options.exact and setting.group < 3:
            raise BadStudy("reward distribution: groups of 3 or more, or exact = false")
        self._penalty = options.penalty
        self._scale = (setting.group - 1) / (setting.group - 2) if options.exact else 1.0

    def score(self, groups: Sequence[Group]) -> np.ndarray:
        """(N, G) rewards."""
        return np.array([self._of(one) for one in groups])

    def merit(self, groups: Sequence[Group], rewards: np.ndarray) -> float:
        """Minus the squared distance between the model's and the people's shares, without bias from small groups."""
        return -float(np.mean([squared_distance(one) for one in groups]))

    def _of(self, group: Group) -> np.ndarray:
        own = shares_of(group)
        target = np.where(group.options >= 0, own[np.maximum(group.options, 0)], -self._penalty)
        same = (group.options[:, None] == group.options[None, :]).sum(axis=1) - 1
        return target - self._scale * same / (len(group.options) - 1)


def squared_distance(group: Group) -> float:
    """Unbiased estimate of sum_y (q(y) - p(y))^2 from one group; refusals and unread replies are answers with p = 0."""
    own, options = shares_of(group), group.options
    size = len(options)
    pairs = (options[:, None] == options[None, :]).sum() - size
    hits = np.where(options >= 0, own[np.maximum(options, 0)], 0.0)
    return float(pairs / (size * (size - 1)) - 2 * hits.mean() + (own**2).sum())


def shares_of(group: Group) -> np.ndarray:
    """(K,) the people's shares. Errors: BadStudy for a prompt without any."""
    if group.posed.shares is None:
        raise BadStudy(
            f"prompt {group.posed.number}: nobody's answers belong to it, so only a reward model can be used"
        )
    return group.posed.shares


REWARD = RewardPart(
    Options,
    Distribution,
    needs_people=True,
    summary="people's share of the answer, less its frequency among the group's other replies",
)
