"""The recipe of `tawazun adapt sft`, as strict records."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tawazun.adapt.corpora.sources import CorpusKeys
from tawazun.adapt.corpora.survey import SurveyPlan
from tawazun.adapt.training.keys import StageRecipe
from tawazun.seeds import seed_for
from tawazun.study import RespondentKeys

LOST = 0.1  # share of rows that may have a prompt longer than the context


class SurveyKeys(BaseModel):
    """One `[[survey]]`: rows made of a persona, a question and an answer drawn from what its people say.

    instrument, populations   as in a study; the other keys are those of `SurveyPlan`
    weight                    how many times the rows are taken
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "survey"
    instrument: str = Field(min_length=1)
    populations: list[str] = Field(min_length=1)
    languages: list[str] = ["en"]
    wordings: list[str] = Field(min_length=1)
    items: list[str] = []
    held_out: list[str] = []
    held_wordings: list[str] = []
    orders: list[str] = ["forward"]
    labels: str = "letters"
    placement: Literal["system", "user"] = "system"
    persona: Literal["own", "none"] = "own"
    people: int = Field(default=16, ge=1)
    rights: str = ""
    weight: float = Field(default=1, gt=0)

    def plan(self, seed: int) -> SurveyPlan:
        """What rows are made of, with draws that follow from the recipe's seed. Errors: BadStudy."""
        listed = ("languages", "wordings", "items", "held_out", "held_wordings", "orders")
        same = ("labels", "placement", "persona", "people", "rights")
        given: dict[str, Any] = {key: tuple(getattr(self, key)) for key in listed}
        given |= {key: getattr(self, key) for key in same}
        return SurveyPlan(**given, seed=seed_for("survey", seed, self.name) % 2**31)


class TeacherKeys(BaseModel):
    """`[teacher]`: who answers anew what was translated.

    respondent   any respondent that can reply in words, as `[teacher.respondent]`
    answers      whose answers are given anew: of `translated` rows, of `every` row, of `none`
    rewrite      an instruction with {prompt}, by which prompts with common English names are put anew
    temperature, max_tokens   of its replies
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    respondent: RespondentKeys
    answers: Literal["translated", "every", "none"] = "translated"
    rewrite: str = ""
    temperature: float = Field(default=0.7, ge=0)
    max_tokens: int = Field(default=1024, ge=1)

    @model_validator(mode="after")
    def _sees(self) -> "TeacherKeys":
        if self.rewrite and "{prompt}" not in self.rewrite:
            raise ValueError("rewrite: the instruction has no {prompt}, so the teacher would not see what to rewrite")
        if self.answers == "none" and not self.rewrite:
            raise ValueError('answers = "none" and no rewrite: the teacher has nothing to do')
        return self


class EntityKeys(BaseModel):
    """`[entities]`: names that are counted in prompts and answers, before and after.

    lists   a table of `entity, culture, kind`, or a folder of tables (`data/camel_entities/entities`)
    local   the culture whose share is told; skip: names that are words as well
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    lists: str = Field(min_length=1)
    local: str = "Arab"
    skip: list[str] = []


class SftRecipe(StageRecipe):
    """A recipe of supervised tuning.

    source          conversations; `weight` = how many times each is taken
    survey          survey answers as instruction data
    chat_template   a file with the template to train with, for a base that has none
    """

    source: list[CorpusKeys] = Field(default=[])
    survey: list[SurveyKeys] = Field(default=[])
    teacher: TeacherKeys | None = None
    entities: EntityKeys | None = None
    chat_template: str = ""

    @model_validator(mode="after")
    def _something(self) -> "SftRecipe":
        if not self.source and not self.survey:
            raise ValueError("nothing to learn from: give a [[source]] or a [[survey]]")
        names = [*(one.name for one in self.source), *(one.name for one in self.survey)]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"two sources have the name {twice[0]!r}")
        return self
