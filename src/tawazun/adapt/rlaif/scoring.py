"""Rewards of a recipe mixed with their weights, and what each batch of replies came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tawazun.adapt.rlaif.records import REFUSED, UNREAD, Group, Reward, RewardPart, Setting, read_options
from tawazun.catalogue import load, names, unknown
from tawazun.errors import BadStudy, Failure, UnknownName

FOLDER = "tawazun.adapt.rlaif.rewards"
PATIENCE = 5  # batches without any difference between the rewards of a group before a run is stopped


@dataclass(frozen=True, slots=True)
class Weighed:
    """One reward of a mix, its name and weight."""

    name: str
    weight: float
    reward: Reward


def reward_names() -> list[str]:
    """Rewards on offer."""
    return names(FOLDER)


def find_reward(name: str) -> RewardPart:
    """The part of a name. Errors: UnknownName."""
    if name not in reward_names():
        raise UnknownName(unknown("reward", name, reward_names()))
    part: RewardPart = load(FOLDER, name, "REWARD")
    return part


def make_reward(name: str, weight: float, setting: Setting) -> Weighed:
    """One reward of a recipe. Errors: UnknownName; BadStudy for its options; those of the reward itself."""
    part = find_reward(name)
    return Weighed(name, weight, part.make(read_options(part, name, setting.options), setting))


@dataclass
class Mix:
    """A weighted sum of rewards, which watches itself: a reward that cannot teach anything stops the run.

    still   batches in a row in which every group's replies had the same reward
    """

    parts: Sequence[Weighed]
    still: int = field(default=0)

    def score(self, groups: Sequence[Group]) -> tuple[np.ndarray, Mapping[str, float]]:
        """(N, G) rewards, and the batch's numbers: `merit`, `distinct`, `refused`, `unread`, `reward_NAME`.

        Errors   Failure for a reward that is not a number; BadStudy for one that never differs within a group
        """
        each = {one.name: one.reward.score(groups) for one in self.parts}
        for name, found in each.items():
            self._refuse_nan(name, found, groups)
        total = np.sum([one.weight * each[one.name] for one in self.parts], axis=0)
        self._refuse_constant(total)
        options = np.array([one.options for one in groups])
        facts = {
            "merit": sum(one.weight * one.reward.merit(groups, each[one.name]) for one in self.parts),
            "distinct": float(np.mean([one.distinct for one in groups])),
            "refused": float((options == REFUSED).mean()),
            "unread": float((options == UNREAD).mean()),
            **{f"reward_{name}": float(found.mean()) for name, found in each.items()},
        }
        return total, facts

    def _refuse_nan(self, name: str, found: np.ndarray, groups: Sequence[Group]) -> None:
        bad = np.argwhere(~np.isfinite(found))
        if not len(bad):
            return
        row, column = bad[0]
        one = groups[row]
        raise Failure(
            f"reward {name}: not a number for the reply {one.texts[column][:60]!r} to prompt {one.posed.number}; "
            "the last checkpoint is whole"
        )

    def _refuse_constant(self, total: np.ndarray) -> None:
        self.still = self.still + 1 if np.allclose(total, total[:, :1], rtol=0, atol=1e-9) else 0
        if self.still >= PATIENCE:
            raise BadStudy(
                f"rewards: the same for every reply of a group in {PATIENCE} batches, so nothing can be learnt; "
                "give a reward that tells replies apart, larger groups, or a higher temperature"
            )
