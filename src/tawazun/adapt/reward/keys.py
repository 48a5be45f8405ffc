"""A recipe of a reward model as a strict record."""

from typing import Literal

from pydantic import Field, model_validator

from tawazun.adapt.preferences.direct import PeopleKeys, SetKeys
from tawazun.adapt.training.keys import StageRecipe, Strict

Head = Literal["pairwise", "classes", "regression"]


class RewardKeys(Strict):
    """`[reward]`: what the head gives, and how it is judged.

    head     `pairwise`: one number, learnt from which of two is better (Bradley & Terry 1952); `classes`: a share for
             each grade; `regression`: the grade itself. A pair is two grades, 1 for chosen and 0 for rejected
    center   weight of the squared sum of the two rewards of a pair, which keeps rewards near 0 (pairwise)
    bins     of the reliability table
    alike    answers of a pair are of one length where the longer has at most this share more characters
    """

    head: Head = "pairwise"
    center: float = Field(default=0.01, ge=0)
    bins: int = Field(default=5, ge=2, le=50)
    alike: float = Field(default=0.1, ge=0)


class GradedKeys(Strict):
    """`[graded]`: answers with grades, as a `grades:` file: prompt, answer, and `grade` (or the mean of `human`).

    held_out   a file of graded answers that are not trained on
    """

    file: str = Field(min_length=1)
    held_out: str = ""
    too_long: Literal["refuse", "drop"] = "refuse"
    licence: str = ""


class RewardRecipe(StageRecipe):
    """A recipe of a reward model, on `[pairs]`, `[people]` or `[graded]`."""

    reward: RewardKeys = RewardKeys()
    pairs: SetKeys | None = None
    people: PeopleKeys | None = None
    graded: GradedKeys | None = None

    @model_validator(mode="after")
    def _whole(self) -> "RewardRecipe":
        if sum(one is not None for one in (self.pairs, self.people, self.graded)) != 1:
            raise ValueError("give one of pairs, people and graded")
        if self.score is not None:
            raise ValueError(
                "score: a reward model answers no questions, so leave [score] out; it is judged on held-out pairs"
            )
        if self.base.adapter and self.train.method != "full" and self.train.on_adapter == "stack":
            raise ValueError('train.on_adapter: a new head cannot be stacked on an adapter; say on_adapter = "merge"')
        return self
