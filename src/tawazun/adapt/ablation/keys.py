"""The recipe of `tawazun adapt ablation`, as strict records.

An arm is a chain of stages, each of which begins with what the one before it left. A control is an arm as well: what it
controls for is said in `control`. Every arm is trained once for each repetition: a seed and a draw of the corpora.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import tomli_w
from pydantic import Field, ValidationError, model_validator

from tawazun.adapt.corpora.sources import CorpusKeys
from tawazun.adapt.training.keys import Strict, TrainableBase, fault_line
from tawazun.errors import BadStudy
from tawazun.study import PopulationKeys, read_toml
from tawazun.study.files import refuse_secrets
from tawazun.study.records import GroupKeys, PlaceKeys

Kind = Literal["pretrain", "sft", "preferences", "reward", "rlaif"]
Control = Literal["", "placebo", "native-only", "monolingual", "persona"]
Named = Literal["instruments", "knowledge", "trust", "harmful", "group", "original"]
KINDS: tuple[Kind, ...] = ("pretrain", "sft", "preferences", "reward", "rlaif")
BASE = "base"
FEWEST_SEEDS = 3


class StageKeys(Strict):
    """One stage of an arm.

    recipe   a recipe file (seen from the ablation's) or a shipped recipe's name; empty: `change` is the whole recipe
    change   keys that differ from the recipe's, table by table. `{preferences}` and `{reward}` in a text stand for the
             folders of earlier stages of the arm
    """

    kind: Kind
    recipe: str = ""
    change: Mapping[str, Any] = {}

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """`KIND:RECIPE` is a stage as the recipe has it."""
        if not isinstance(value, str):
            return value
        kind, colon, recipe = value.partition(":")
        if not colon or not recipe:
            raise ValueError(f"write KIND:RECIPE, such as sft:my-sft.toml, not {value!r}")
        return {"kind": kind, "recipe": recipe}

    @model_validator(mode="after")
    def _something(self) -> "StageKeys":
        if not self.recipe and not self.change:
            raise ValueError("a stage needs a recipe, or its whole recipe as change")
        return self


class ArmKeys(Strict):
    """One `[[arm]]`.

    stages    one after the other
    control   what the arm controls for; empty for an arm that something is claimed of
    persona   of a control `persona`: the place that the untrained base is told to be from, in one line
    against   the controls that this arm is held against; all of them when empty
    """

    name: str = Field(min_length=1, pattern=r"^[A-Za-z0-9_+-]+$")
    stages: list[StageKeys] = Field(default=[])
    control: Control = ""
    persona: str = ""
    against: list[str] = Field(default=[])

    @model_validator(mode="after")
    def _fits(self) -> "ArmKeys":
        if self.name == BASE:
            raise ValueError(f"{BASE!r} is the untrained model, which is an arm already")
        if (self.control == "persona") != bool(self.persona):
            raise ValueError(f'arm {self.name!r}: persona = PLACE goes with control = "persona"')
        if bool(self.stages) == bool(self.persona):
            raise ValueError(f"arm {self.name!r}: give stages, or a persona without any")
        if self.control and self.against:
            raise ValueError(f"arm {self.name!r}: a control is held against the base only")
        return self


class ValueKeys(Strict):
    """`[values]`: the held-out items and unseen wordings that decide, and whose answers are come closer to.

    survey, behaviour   tags of items that ask what one thinks, and of those that ask what one does
    """

    instrument: str = Field(min_length=1)
    population: str = Field(min_length=1)
    items: list[str] = Field(min_length=1)
    wordings: list[str] = Field(min_length=1)
    languages: list[str] = Field(default=["en"], min_length=1)
    orders: list[str] = Field(default=["forward"], min_length=1)
    survey: list[str] = Field(default=[])
    behaviour: list[str] = Field(default=[])


class TableKeys(Strict):
    """`[table]`: further columns; one that is not named is there as not measured.

    instruments, populations   other instruments and the people who answered them
    knowledge, trust   benchmarks with a key; harmful: requests that are to be refused; margin: the largest loss allowed
    group        places whose personas must not drift
    language     the original language, in which the values are asked too
    original     texts of the original language, whose loss is told: `[[table.original]]`
    without      why one of these is not named, which the page prints: `without.trust = "…"`
    """

    instruments: list[str] = Field(default=[])
    populations: list[str] = Field(default=[])
    knowledge: list[str] = Field(default=[])
    trust: list[str] = Field(default=[])
    harmful: list[str] = Field(default=[])
    margin: float = Field(default=0.05, gt=0, lt=1)
    group: list[str] = Field(default=[])
    language: str = ""
    original: list[CorpusKeys] = Field(default=[])
    without: Mapping[Named, str] = {}

    @model_validator(mode="after")
    def _either(self) -> "TableKeys":
        if both := [name for name in self.without if getattr(self, name)]:
            raise ValueError(f"{both[0]} is named, so without.{both[0]} says nothing")
        return self


class GateKeys(Strict):
    """`[gate]`: below these no claim is made. seeds, draws, items: how many at least."""

    seeds: int = Field(default=FEWEST_SEEDS, ge=FEWEST_SEEDS)
    draws: int = Field(default=1, ge=1)
    items: int = Field(default=8, ge=3)


class AblationRecipe(Strict):
    """A whole recipe.

    seeds       of the trainings
    resamples   draws of the corpora for each seed; 0: every training has the same rows
    """

    version: Literal[1] = 1
    name: str = Field(min_length=1)
    base: TrainableBase
    population: list[PopulationKeys] = Field(default=[])
    place: list[PlaceKeys] = Field(default=[])
    group: list[GroupKeys] = Field(default=[])
    seeds: list[int] = Field(min_length=1)
    resamples: int = Field(default=1, ge=0)
    arm: list[ArmKeys] = Field(min_length=1)
    values: ValueKeys
    table: TableKeys = TableKeys()
    gate: GateKeys = GateKeys()

    @model_validator(mode="before")
    @classmethod
    def _named(cls, table: Any) -> Any:
        if isinstance(table, dict) and isinstance(table.get("base"), dict):
            return {**table, "base": {"kind": "hf", **table["base"], "name": BASE}}
        return table

    @model_validator(mode="after")
    def _fits(self) -> "AblationRecipe":
        names = [one.name for one in self.arm]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"two arms have the name {twice[0]!r}")
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("seeds: one stands twice")
        if not self.treatments:
            raise ValueError("every arm is a control: nothing is claimed of any")
        if not self.placebos:
            raise ValueError(
                'no arm has control = "placebo": without one, nobody can say that the content of a corpus did it'
            )
        controls = [one.name for one in self.arm if one.control]
        for one in self.treatments:
            if wrong := [name for name in one.against if name not in controls]:
                raise ValueError(f"arm {one.name!r}: against names {wrong[0]!r}; controls are {', '.join(controls)}")
            if not set(self.placebos) & set(self.controls_of(one)):
                raise ValueError(f"arm {one.name!r}: against names no placebo; placebos are {', '.join(self.placebos)}")
        return self

    @property
    def treatments(self) -> list[ArmKeys]:
        """Arms that something is claimed of."""
        return [one for one in self.arm if not one.control]

    @property
    def placebos(self) -> list[str]:
        """Names of the placebo arms."""
        return [one.name for one in self.arm if one.control == "placebo"]

    def controls_of(self, arm: ArmKeys) -> list[str]:
        """Names of the controls that an arm is held against."""
        return arm.against or [one.name for one in self.arm if one.control]

    def before(self, arm: ArmKeys) -> str:
        """The arm that one goes on from: whose stages are the most of its own first ones; empty where none is."""
        found = [one for one in self.treatments if 0 < len(one.stages) < len(arm.stages)]
        same = [one for one in found if one.stages == arm.stages[: len(one.stages)]]
        return max(same, key=lambda one: len(one.stages)).name if same and not arm.control else ""

    def only(self, names: Sequence[str]) -> "AblationRecipe":
        """The arms of these names and the controls that they are held against. Errors: BadStudy for another name."""
        treatments = {one.name: one for one in self.treatments}
        if wrong := [name for name in names if name not in treatments]:
            raise BadStudy(f"no arm {wrong[0]!r} of which something is claimed; there are {', '.join(treatments)}")
        kept = {*names, *(control for name in names for control in self.controls_of(treatments[name]))}
        return self.model_copy(update={"arm": [one for one in self.arm if one.name in kept]})

    @property
    def own(self) -> dict[str, Any]:
        """Its own people, places and groups, as studies and stages name them."""
        return {key: [one.model_dump() for one in getattr(self, key)] for key in ("population", "place", "group")}

    def toml(self) -> str:
        """Resolved, every default written out."""
        return tomli_w.dumps(self.model_dump(mode="json", exclude_none=True))


def load_ablation(path: str | Path) -> AblationRecipe:
    """The recipe of a TOML file. Errors: BadFile; BadStudy naming file, key and what was allowed; Refused."""
    return ablation_from(read_toml(Path(path)), Path(path).name)


def ablation_from(table: Mapping[str, Any], where: str) -> AblationRecipe:
    """The recipe of a plain table; `where` stands for its file in errors. Errors: BadStudy, Refused."""
    refuse_secrets(table, where)
    try:
        return AblationRecipe.model_validate(dict(table))
    except ValidationError as error:
        raise BadStudy(f"{where}: {fault_line(error, AblationRecipe)}") from error
