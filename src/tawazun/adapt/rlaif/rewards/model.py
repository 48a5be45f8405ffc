"""The score of a reward model that `tawazun adapt reward` made: its one number for a prompt with the reply.

The model reads texts with its own tokenizer and chat template, so it need not share the policy's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tawazun.adapt.rlaif.records import Group, RewardPart, Setting
from tawazun.errors import BadStudy


@dataclass(frozen=True, slots=True)
class Options:
    """Options.

    folder   of the reward model: what `adapt reward` wrote, seen from the recipe
    rows     replies scored at once
    device   `auto`, `cpu`, `cuda`
    """

    folder: str = ""
    rows: int = 32
    device: str = "auto"

    def __post_init__(self) -> None:
        if not self.folder:
            raise BadStudy("reward model: options.folder = the folder that adapt reward wrote")
        if self.rows < 1:
            raise BadStudy(f"reward model: rows is a number from 1, not {self.rows}")


class Model:
    """See the module."""

    def __init__(self, options: Options, setting: Setting) -> None:
        # torch is loaded where a reward model is used, not where recipes are read
        from tawazun.adapt.rlaif.judge_models import open_judge

        self._judge = open_judge(setting.folder / options.folder, options.device, options.rows)

    def score(self, groups: Sequence[Group]) -> np.ndarray:
        """(N, G) scores, in the reward model's own unit."""
        talks = [(one.posed.messages, text) for one in groups for text in one.texts]
        return self._judge.scores(talks).reshape(len(groups), -1)

    def merit(self, groups: Sequence[Group], rewards: np.ndarray) -> float:
        """Mean score."""
        return float(rewards.mean())


REWARD = RewardPart(Options, Model, needs_people=False, summary="the score of a reward model of adapt reward")
