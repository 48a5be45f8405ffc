"""Mode-seeking reward, a control: minus the distance of an answer from the people's mean, in scale lengths.

Its optimum gives everybody the one option nearest to the mean, whatever the people differ in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tawazun.adapt.rlaif.records import Group, RewardPart, Setting
from tawazun.adapt.rlaif.rewards.distribution import shares_of
from tawazun.errors import BadStudy


@dataclass(frozen=True, slots=True)
class Options:
    """Options: what a refused or unread reply gets, negated; 1 is the far end of the scale."""

    penalty: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.penalty < float("inf"):
            raise BadStudy(f"reward mode: penalty is a number from 0, not {self.penalty!r}")


class Mode:
    """See the module."""

    def __init__(self, options: Options, setting: Setting) -> None:
        self._penalty = options.penalty

    def score(self, groups: Sequence[Group]) -> np.ndarray:
        """(N, G) rewards."""
        return np.array([self._of(one) for one in groups])

    def merit(self, groups: Sequence[Group], rewards: np.ndarray) -> float:
        """Mean reward."""
        return float(rewards.mean())

    def _of(self, group: Group) -> np.ndarray:
        assert group.posed.ask is not None
        codes = np.array(group.posed.ask.question.codes, dtype=np.float64)
        mean = float(shares_of(group) @ codes)
        far = np.abs(codes[np.maximum(group.options, 0)] - mean) / (codes.max() - codes.min())
        return np.where(group.options >= 0, -far, -self._penalty)


REWARD = RewardPart(Options, Mode, needs_people=True, summary="control: minus the distance from the people's mean")
