"""What the recipes of all stages of training share, as strict records.

They spell what they share with studies as studies do: `[base]` is a `[[respondent]]` of kind `hf`, `[score]` holds a
study's `[ask]` and `[measure]`. A stage's recipe is a `StageRecipe` with tables of its own.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import tomli_w
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from tawazun.adapt.corpora.sources import CorpusKeys
from tawazun.errors import BadStudy
from tawazun.seeds import digest_of
from tawazun.study import AskKeys, PopulationKeys, RespondentKeys, read_toml
from tawazun.study.files import refuse_secrets
from tawazun.study.records import GateKeys, GroupKeys, MeasureKeys, PlaceKeys

Method = Literal["full", "lora", "qlora"]
Precision = Literal["auto", "float32", "bfloat16", "pure-bfloat16"]
Schedule = Literal["constant", "linear", "cosine", "constant_with_warmup", "warmup_stable_decay"]


class Strict(BaseModel):
    """A record that takes no key it does not know, and no number without an end."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class TrainKeys(Strict):
    """`[train]`: how the weights are moved.

    method       `full`: all weights; `lora`: low-rank additions (Hu et al. 2022); `qlora`: the same over a base held
                 in 4 bits (Dettmers et al. 2023), with bitsandbytes
    rank, alpha, dropout, targets   of the additions; alpha 0 = twice the rank; targets `all-linear` or names of layers
    also         layers trained whole beside the additions (`embed_tokens`, `lm_head` after new vocabulary)
    on_adapter   a base that has a LoRA adapter: `stack` trains new additions over both and keeps one adapter that is
                 the sum; `merge` keeps a whole model
    steps, epochs   how long; one of them
    batch        rows of one step over all processes; accumulation: in how many parts a step is computed
    rate, schedule, warmup, decay, clip   of AdamW; warmup below 1 is a share of the steps
    context      tokens of one row at most
    precision    `auto` = bfloat16 arithmetic on a GPU that has it, else float32; `pure-bfloat16` also holds trained
                 weights so, and Adam's numbers with them
    save_every, keep   steps between checkpoints, and how many are kept
    log_every    steps between rows of history.parquet
    gradient_checkpointing   compute activations twice to hold fewer
    """

    method: Method = "lora"
    rank: int = Field(default=16, ge=1)
    alpha: float = Field(default=0, ge=0)
    dropout: float = Field(default=0, ge=0, lt=1)
    targets: str | list[str] = "all-linear"
    also: list[str] = []
    on_adapter: Literal["stack", "merge"] = "stack"
    steps: int = Field(default=0, ge=0)
    epochs: float = Field(default=0, ge=0)
    batch: int = Field(default=8, ge=1)
    accumulation: int = Field(default=1, ge=1)
    rate: float = Field(default=2e-4, gt=0, lt=1)
    schedule: Schedule = "cosine"
    warmup: float = Field(default=0.03, ge=0)
    decay: float = Field(default=0, ge=0)
    clip: float = Field(default=1, gt=0)
    context: int = Field(default=1024, ge=2)
    precision: Precision = "auto"
    save_every: int = Field(default=100, ge=1)
    keep: int = Field(default=2, ge=1)
    log_every: int = Field(default=10, ge=1)
    gradient_checkpointing: bool = False

    @model_validator(mode="after")
    def _fits(self) -> "TrainKeys":
        if not self.steps and not self.epochs:
            raise ValueError("nothing would be trained: give steps or epochs above 0")
        if self.steps and self.epochs:
            raise ValueError("give either steps or epochs")
        if self.batch % self.accumulation:
            raise ValueError(f"batch: {self.batch} rows cannot be computed in {self.accumulation} equal parts")
        return self

    @property
    def scale(self) -> float:
        """LoRA's alpha."""
        return self.alpha or 2.0 * self.rank


class ContaminationKeys(Strict):
    """`[contamination]`: items that must not be learnt by heart.

    instruments   evaluation instruments that are looked for in what is trained on; `every` = all on this machine
    held_out      `instrument:item` that is watched; all items of the instruments when empty
    drop          leave rows out in which one is found
    go_on         a reason to train all the same, which the page prints
    """

    instruments: list[str] = []
    held_out: list[str] = []
    drop: bool = False
    go_on: str = ""

    @field_validator("held_out")
    @classmethod
    def _named(cls, value: list[str]) -> list[str]:
        if wrong := [one for one in value if ":" not in one]:
            raise ValueError(f"write INSTRUMENT:ITEM, not {wrong[0]!r}")
        return value


class ScoreKeys(Strict):
    """`[score]`: what the model is asked before and after, in `before/` and `after/`.

    study   a study file (seen from the recipe) or a shipped study's name, whose respondents are replaced; or
    ask     a study's `[ask]`, with its `[measure]` and `[gates]`
    """

    study: str = ""
    ask: AskKeys | None = None
    measure: MeasureKeys = MeasureKeys()
    gates: GateKeys = GateKeys()

    @model_validator(mode="after")
    def _one(self) -> "ScoreKeys":
        if bool(self.study) == (self.ask is not None):
            raise ValueError("give either study or ask")
        return self


def _local(base: RespondentKeys) -> RespondentKeys:
    if base.kind != "hf":
        raise ValueError(f'kind = "{base.kind}": only a model on this machine (kind "hf") can be trained')
    return base


TrainableBase = Annotated[RespondentKeys, AfterValidator(_local)]  # a `[base]` that weights can be moved of


class StageRecipe(Strict):
    """What every stage's recipe has; `[[population]]`, `[[place]]`, `[[group]]` as in a study.

    losses   texts that are not trained on, whose loss is told before and after: what the original language lost
    """

    version: Literal[1] = 1
    name: str = Field(min_length=1)
    seed: int = 0
    base: TrainableBase
    population: list[PopulationKeys] = []
    place: list[PlaceKeys] = []
    group: list[GroupKeys] = []
    train: TrainKeys
    losses: list[CorpusKeys] = []
    contamination: ContaminationKeys = ContaminationKeys()
    score: ScoreKeys | None = None

    @model_validator(mode="before")
    @classmethod
    def _named(cls, table: Any) -> Any:
        """The base is called `base`, and is a local model unless it says otherwise."""
        if isinstance(table, dict) and isinstance(table.get("base"), dict):
            return {**table, "base": {"name": "base", "kind": "hf", **table["base"]}}
        return table


Recipe = TypeVar("Recipe", bound=StageRecipe)


def load_stage(path: str | Path, model: type[Recipe]) -> Recipe:
    """The recipe of a TOML file. Errors: BadFile; BadStudy naming file, key and what was allowed; Refused."""
    return stage_from(read_toml(Path(path)), Path(path).name, model)


def stage_from(table: Mapping[str, Any], where: str, model: type[Recipe]) -> Recipe:
    """The recipe of a plain table; `where` stands for the file in the texts of errors. Errors: BadStudy, Refused."""
    refuse_secrets(table, where)
    try:
        return model.model_validate(dict(table))
    except ValidationError as error:
        raise BadStudy(f"{where}: {fault_line(error, model)}") from error


def stage_toml(recipe: StageRecipe) -> str:
    """The resolved recipe as TOML text, every default written out."""
    return tomli_w.dumps(recipe.model_dump(mode="json", exclude_none=True))


def stage_digest(recipe: StageRecipe) -> str:
    """Hash of everything that the weights depend on: a recipe without its name, `[score]` and how often is saved."""
    table = recipe.model_dump(mode="json", exclude={"name", "score", "losses"})
    table["train"] = {key: value for key, value in table["train"].items() if key not in ("keep", "log_every")}
    return digest_of(table)


def fault_line(error: ValidationError, model: type[BaseModel]) -> str:
    """The first fault of a record in one line, with the path of its key and what is allowed there."""
    fault = error.errors()[0]
    path = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "missing":
        return f"the key {path!r} is missing"
    if fault["type"] == "extra_forbidden":
        return f"unknown key {path!r}; allowed here: {', '.join(_allowed(model, fault['loc'][:-1]))}"
    came = fault.get("input")
    shown = f", not {came!r}" if isinstance(came, str | int | float | bool) else ""
    return f"{path + ': ' if path else ''}{fault['msg'].removeprefix('Value error, ')}{shown}"


def _allowed(model: Any, location: tuple[int | str, ...]) -> list[str]:
    for part in location:
        field = getattr(model, "model_fields", {}).get(part)
        if field is not None:
            parts = (field.annotation, *getattr(field.annotation, "__args__", ()))
            model = next((one for one in parts if hasattr(one, "model_fields")), model)
    return list(getattr(model, "model_fields", {}))
