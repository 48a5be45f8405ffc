"""The recipe of `tawazun adapt rlaif` with GRPO or RLOO, as strict records.

`[rl] method = "dpo"` and `"kto"` train on judged pairs instead and have a recipe of their own
(`tawazun.adapt.preferences.direct`).
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from tawazun.adapt.corpora.sources import CorpusKeys
from tawazun.adapt.corpora.survey import SurveyPlan
from tawazun.adapt.rlaif.collapse import Bounds
from tawazun.adapt.rlaif.records import Setting, read_options
from tawazun.adapt.rlaif.scoring import find_reward
from tawazun.adapt.training.keys import Schedule, StageRecipe, Strict, TrainKeys
from tawazun.errors import TawazunError

DIRECT = ("dpo", "kto")


class RlTrainKeys(TrainKeys):
    """`[train]` of every stage; `batch` counts replies and is whole groups. A row of history for every step."""

    batch: int = Field(default=64, ge=1)
    schedule: Schedule = "constant"
    warmup: float = Field(default=0, ge=0)
    log_every: int = Field(default=1, ge=1)
    save_every: int = Field(default=10, ge=1)


class RlKeys(Strict):
    """`[rl]`: how replies are drawn and how much the policy may move.

    beta                    weight of the KL divergence from the reference
    reference               `start`: the recipe's base in every round; `round`: what the round began with
    group                   replies of one prompt
    max_completion_length   tokens of a reply at most; 1 suffices for the label of an option
    scale_rewards           what a reward's difference from its group's mean is divided by: nothing, the spread of the
                            group (GRPO) or of the batch
    loss_type               of GRPO; `dapo` where empty
    rounds                  runs one after the other, each from where the one before it ended, with fresh replies
    score_rounds            ask the study of [score] after every round, not after the last one only
    """

    method: Literal["grpo", "rloo"]
    beta: float = Field(ge=0)
    reference: Literal["start", "round"] = "start"
    group: int = Field(default=8, ge=2)
    max_completion_length: int = Field(default=16, ge=1)
    temperature: float = Field(default=1.0, gt=0)
    scale_rewards: Literal["none", "group", "batch"] = "none"
    loss_type: Literal["", "grpo", "bnpo", "dr_grpo", "dapo"] = ""
    rounds: int = Field(default=1, ge=1)
    score_rounds: bool = True

    @model_validator(mode="after")
    def _own(self) -> "RlKeys":
        if self.method == "rloo" and self.loss_type:
            raise ValueError("loss_type is a choice of grpo; rloo has one loss")
        if self.method == "rloo" and self.scale_rewards == "group":
            raise ValueError('scale_rewards: rloo knows "none" and "batch"')
        return self


class RewardKeys(Strict):
    """One `[[reward]]`: its name, its weight in the sum, and options of its own."""

    kind: str
    weight: float = Field(default=1.0, gt=0)
    options: Mapping[str, Any] = {}

    @model_validator(mode="after")
    def _known(self) -> "RewardKeys":
        try:
            read_options(find_reward(self.kind), self.kind, self.options)
        except TawazunError as error:
            raise ValueError(str(error)) from error
        return self

    def setting(self, **given: Any) -> Setting:
        """What the reward is made from."""
        return Setting(options=self.options, **given)


class PromptKeys(Strict):
    """`[prompts]`: what replies are drawn for; questions of an instrument put for some people, or open prompts.

    instrument, populations   as in a study; the other keys are those of a survey source of `adapt sft`
    shuffled                  a placebo: each question gets the people's shares of another one
    source                    open prompts as `[prompts.source]`; only a reward model can judge them
    """

    instrument: str = ""
    populations: list[str] = Field(default=[])
    languages: list[str] = Field(default=["en"], min_length=1)
    wordings: list[str] = Field(default=[])
    items: list[str] = Field(default=[])
    held_out: list[str] = Field(default=[])
    held_wordings: list[str] = Field(default=[])
    orders: list[str] = Field(default=["forward"], min_length=1)
    labels: str = "letters"
    placement: Literal["system", "user"] = "system"
    persona: Literal["own", "none"] = "none"
    rights: str = ""
    shuffled: bool = False
    source: CorpusKeys | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "PromptKeys":
        if bool(self.instrument) == (self.source is not None):
            raise ValueError("give either an instrument with populations, or a source of open prompts")
        if self.instrument and not (self.populations and self.wordings):
            raise ValueError("questions of an instrument need populations and wordings")
        if self.source is not None and (self.shuffled or self.populations):
            raise ValueError("open prompts have no people: leave populations and shuffled out")
        return self

    def plan(self, seed: int) -> SurveyPlan:
        """What prompts are made of. Errors: BadStudy."""
        listed = ("languages", "wordings", "items", "held_out", "held_wordings", "orders")
        given: dict[str, Any] = {key: tuple(getattr(self, key)) for key in listed}
        given |= {key: getattr(self, key) for key in ("labels", "placement", "persona", "rights")}
        return SurveyPlan(**given, seed=seed)


class WatchKeys(Strict):
    """`[watch]`: when a run has collapsed; see `tawazun.adapt.rlaif.collapse`. `window` counts rows of history."""

    entropy: float = Field(default=0.3, ge=0, lt=1)
    distinct: float = Field(default=0.5, ge=0, lt=1)
    window: int = Field(default=5, ge=1)

    @property
    def bounds(self) -> Bounds:
        """The same for the watch."""
        return Bounds(self.entropy, self.distinct, self.window)


class RlaifRecipe(StageRecipe):
    """A recipe of GRPO or RLOO."""

    train: RlTrainKeys
    rl: RlKeys
    reward: list[RewardKeys] = Field(min_length=1)
    prompts: PromptKeys
    watch: WatchKeys = WatchKeys()

    @model_validator(mode="after")
    def _fits(self) -> "RlaifRecipe":
        kinds = [one.kind for one in self.reward]
        if len(set(kinds)) < len(kinds):
            raise ValueError("reward: a kind stands twice; one [[reward]] of each, with its weight")
        if self.train.batch % self.rl.group:
            raise ValueError(f"train.batch: {self.train.batch} replies are no whole groups of {self.rl.group}")
        if self.prompts.source is not None and any(find_reward(kind).needs_people for kind in kinds):
            raise ValueError("reward: nobody's answers belong to open prompts, so only kind model can judge them")
        if self.rl.rounds > 1 and self.train.on_adapter == "merge" and self.base.adapter:
            raise ValueError('train.on_adapter = "merge" goes with rounds = 1; use "stack"')
        return self
