"""A recipe of preferences as a strict record: which answers are paired, who judges them, and when to stop.

`[model]` and `[judge]` are spelled as a study's `[[respondent]]`, `[contamination]` as in every training. Bounds of
`[check]`, the whole `[export]` and what to do about leaks can be changed afterwards; nothing is asked again for them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from tawazun.adapt.training.keys import ContaminationKeys
from tawazun.errors import BadStudy
from tawazun.instruments.judged import load_pairs
from tawazun.instruments.rubrics import LANGUAGES, RUBRICS
from tawazun.seeds import digest_of
from tawazun.study import RespondentKeys, read_toml

FIT = "fit"
NONE, CAPITALS = "none", "capitals"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class PromptKeys(_Strict):
    """`[prompts]`: what the model is asked, word for word.

    file      rows with `prompt` (or question, instruction, query); id, country, topic, dialect where there are any
    language  of the prompts (BCP 47); licence: of the prompts
    """

    file: str = Field(min_length=1)
    language: str = Field(min_length=2)
    licence: str = ""


class SampleKeys(_Strict):
    """`[sample]`: how answers are drawn.

    answers  of each prompt; pairs: how many pairs of different ones are judged
    """

    answers: int = Field(default=2, ge=2, le=64)
    pairs: int = Field(default=1, ge=1)
    temperature: float = Field(default=1.0, gt=0, le=10)
    top_p: float = Field(default=1.0, gt=0, le=1)
    max_tokens: int = Field(default=512, ge=1)

    @model_validator(mode="after")
    def _enough(self) -> "SampleKeys":
        most = self.answers * (self.answers - 1) // 2
        if self.pairs > most:
            raise ValueError(f"{self.answers} answers make {most} pairs at most, not {self.pairs}")
        return self


class PairKeys(_Strict):
    """`[pairs]`: answers that are paired already, instead of a model and prompts; a file as `pairs:FILE` has it."""

    file: str = Field(min_length=1)
    language: str = Field(min_length=2)
    licence: str = ""


class JudgingKeys(_Strict):
    """`[judging]`: how the judge is asked, every pair in both orders.

    rubrics   judged one by one: help, fit (to people of the country, which is named), harmless
    language  of the rubric; languages that rubrics are written in: en, ar
    """

    rubrics: list[Literal["help", "fit", "harmless"]] = Field(default=["fit", "harmless"], min_length=1)
    language: str = "en"
    mode: Literal["generate", "sample", "logprob"] = "generate"
    labels: str = "letters"
    temperature: float = Field(default=0.0, ge=0, le=10)
    max_tokens: int = Field(default=64, ge=1)
    reasoning: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _known(self) -> "JudgingKeys":
        if self.language not in LANGUAGES:
            raise ValueError(f"rubrics are written in {', '.join(LANGUAGES)}, not {self.language!r}")
        if len(set(self.rubrics)) < len(self.rubrics):
            raise ValueError(f"a rubric stands twice; allowed: {', '.join(RUBRICS)}")
        return self


class CheckKeys(_Strict):
    """`[check]`: what a judge must stand before anything is exported.

    labels           pairs that people labelled (`tawazun rate import`), judged beside the others and never exported;
                     "none" says that nobody did
    labels_rubric    what people were asked; the first rubric unless given
    probes           the same answers under two countries, with the right verdict as `human`: a file, "capitals" for
                     our own, or "none"
    elsewhere        places that pairs are judged for besides their own; the other places of the pairs when empty
    elsewhere_pairs  how many pairs are judged again for another place, and without a place
    min_yield        share of pairs whose verdict is kept; min_agreement: with people; min_seen: probes right everywhere
    max_lean         difference of shares that go with the first and the last place; max_failed: not read or refused
    max_length_lean  how far from one half the share of kept verdicts may be that went to the longer answer; 0.5 never
                     stops
    """

    labels: str = Field(min_length=1)
    labels_rubric: str = ""
    probes: str = CAPITALS
    elsewhere: list[str] = []
    elsewhere_pairs: int = Field(default=100, ge=0)
    min_yield: float = Field(default=0.2, ge=0, le=1)
    max_lean: float = Field(default=0.2, ge=0, le=1)
    max_length_lean: float = Field(default=0.35, ge=0, le=0.5)
    max_failed: float = Field(default=0.1, ge=0, le=1)
    min_agreement: float = Field(default=0.6, ge=0, le=1)
    min_seen: float = Field(default=0.5, ge=0, le=1)


class ExportKeys(_Strict):
    """`[export]`: what becomes of the kept verdicts.

    held_out  share of the prompts that no training row has
    shape     `conversational` (messages) or `plain` (texts), both as TRL reads them
    go_on     why the export goes on although a gate is closed
    """

    held_out: float = Field(default=0.1, ge=0, lt=1)
    shape: Literal["conversational", "plain"] = "conversational"
    go_on: str = ""


class PreferenceRecipe(_Strict):
    """A whole recipe, resolved."""

    version: Literal[1] = 1
    name: str = Field(min_length=1)
    seed: int = 0
    model: RespondentKeys | None = None
    prompts: PromptKeys | None = None
    sample: SampleKeys = SampleKeys()
    pairs: PairKeys | None = None
    judge: RespondentKeys
    judging: JudgingKeys = JudgingKeys()
    check: CheckKeys
    contamination: ContaminationKeys = ContaminationKeys()
    export: ExportKeys = ExportKeys()

    @field_validator("model", "judge", mode="before")
    @classmethod
    def _named(cls, value: Any, info: Any) -> Any:
        return {"name": info.field_name, **value} if isinstance(value, Mapping) else value

    @model_validator(mode="after")
    def _whole(self) -> "PreferenceRecipe":
        if (self.model is None) != (self.prompts is None):
            raise ValueError("model and prompts go together: one is asked the other")
        if (self.model is None) == (self.pairs is None):
            raise ValueError("give a model with prompts, or a file of pairs")
        for who in (self.model, self.judge):
            if who is not None and who.answered_before:
                raise ValueError(f"{who.name}: a respondent that can be asked is needed, not kind {who.kind!r}")
        if self.rubric_of_people not in self.judging.rubrics:
            raise ValueError(f"check.labels_rubric: {self.rubric_of_people!r} is not one of judging.rubrics")
        return self

    @property
    def rubric_of_people(self) -> str:
        """The rubric that people's labels stand beside."""
        return self.check.labels_rubric or self.judging.rubrics[0]

    @property
    def culture(self) -> bool:
        """Whether fit to a country is judged, so that a judge that does not see the country would matter."""
        return FIT in self.judging.rubrics

    @property
    def source(self) -> PromptKeys | PairKeys:
        """Where prompts come from."""
        found = self.prompts or self.pairs
        assert found is not None
        return found


def load_preference_recipe(path: str | Path) -> PreferenceRecipe:
    """The recipe of a TOML file. Errors: BadFile; BadStudy naming file, key and what is allowed."""
    return preference_recipe(read_toml(Path(path)), Path(path).name)


def preference_recipe(table: Mapping[str, Any], where: str) -> PreferenceRecipe:
    """The recipe of a plain table; `where` stands for its file in errors. Errors: BadStudy."""
    try:
        return PreferenceRecipe.model_validate(dict(table))
    except ValidationError as error:
        raise BadStudy(f"{where}: {fault_of(error, PreferenceRecipe)}") from error


def fault_of(error: ValidationError, model: Any) -> str:
    """The first fault in one line: the path of its key, and what is allowed there."""
    fault = error.errors()[0]
    path = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "missing":
        return f"the key {path!r} is missing"
    if fault["type"] == "extra_forbidden":
        return f"unknown key {path!r}; allowed here: {', '.join(_allowed(model, fault['loc'][:-1]))}"
    text = fault["msg"].removeprefix("Value error, ")
    came = fault.get("input")
    shown = f", not {came!r}" if isinstance(came, str | int | float | bool) else ""
    return f"{path}: {text}{shown}" if path else text


def _allowed(model: Any, location: tuple[int | str, ...]) -> list[str]:
    for part in location:
        inner = getattr(model, "model_fields", {}).get(part)
        kinds = [inner.annotation, *getattr(inner.annotation, "__args__", ())] if inner is not None else []
        model = next((kind for kind in kinds if hasattr(kind, "model_fields")), None)
    return list(getattr(model, "model_fields", {}))


def recipe_text(recipe: PreferenceRecipe) -> str:
    """The resolved recipe as TOML, every default written out."""
    return tomli_w.dumps(recipe.model_dump(mode="json", exclude_none=True))


def asked_digest(recipe: PreferenceRecipe) -> str:
    """Hash of what answers and verdicts depend on: everything but the name, bounds, leaks and the export."""
    table = recipe.model_dump(mode="json", exclude={"name", "export", "contamination"})
    asked = ("labels", "probes", "elsewhere", "elsewhere_pairs")
    return digest_of({**table, "check": {key: table["check"][key] for key in asked}})


def check_labels(path: Path) -> int:
    """How many pairs of a file people labelled. Errors: BadFile; BadStudy when nobody labelled any."""
    labelled = load_pairs(path).references
    if not labelled:
        raise BadStudy(f"check.labels: no row of {path.name} has a verdict of people in the column human")
    return len(labelled)
