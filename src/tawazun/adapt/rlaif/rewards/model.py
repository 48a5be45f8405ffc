"""The reward of a reward model that `tawazun adapt reward` made, for a prompt with the reply.

The model reads texts with its own tokenizer and chat template, so it need not share the policy's. Its rewards have mean
0 and standard deviation 1 over the answers it was trained on, whatever its head, so they can be mixed with others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tawazun.adapt.rlaif.records import Group, RewardPart, Setting
from tawazun.errors import BadFile, BadStudy, RespondentFailed


@dataclass(frozen=True, slots=True)
class Options:
    """Options.

    folder   of the reward model: what `adapt reward` wrote, seen from the recipe
    device   `auto`, `cpu`, `cuda`
    """

    folder: str = ""
    device: str = "auto"

    def __post_init__(self) -> None:
        if not self.folder:
            raise BadStudy("reward model: options.folder = the folder that adapt reward wrote")


class Model:
    """See the module."""

    def __init__(self, options: Options, setting: Setting) -> None:
        # torch is loaded where a reward model is used, not where recipes are read
        from tawazun.adapt.reward.scoring import open_reward

        self._name = options.folder
        self._judge = open_reward(setting.folder / options.folder, options.device, setting.folder)
        if not getattr(self._judge.tokenizer, "chat_template", None):
            raise BadStudy(
                f"reward model {self._name}: it has no chat template, so it cannot be shown a prompt's turns"
            )
        known, rows = len(self._judge.tokenizer), self._judge.model.get_input_embeddings().weight.shape[0]
        if known > rows:
            raise BadFile(
                f"reward model {self._name}: its tokenizer has {known} tokens and the model {rows}, so it is "
                "the tokenizer of another model"
            )
        self._context = getattr(self._judge.model.config.get_text_config(), "max_position_embeddings", None)

    def score(self, groups: Sequence[Group]) -> np.ndarray:
        """(N, G) rewards. Errors: RespondentFailed for a reply that is too long for the reward model."""
        from tawazun.adapt.preferences.tokens import whole

        rows = [(one.posed.messages, text) for one in groups for text in one.texts]
        longest = max(len(whole(self._judge.tokenizer, *one)) for one in rows)
        if self._context is not None and longest > self._context:
            raise RespondentFailed(
                f"reward model {self._name}: a prompt with its reply has {longest} tokens, the model takes "
                f"{self._context}; lower rl.max_completion_length"
            )
        return self._judge.score(rows).reshape(len(groups), -1)

    def merit(self, groups: Sequence[Group], rewards: np.ndarray) -> float:
        """Mean reward."""
        return float(rewards.mean())


REWARD = RewardPart(Options, Model, needs_people=False, summary="the reward of a model that adapt reward made")
