"""`[steering]` of a recipe for `tawazun adapt prompts`: which arms are made, and which prompts are searched."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from tawazun.adapt.recipe import Recipe, recipe_from
from tawazun.adapt.steering_arms import ARMS
from tawazun.adapt.steering_context import Told
from tawazun.catalogue import unknown
from tawazun.errors import BadStudy
from tawazun.study import RespondentKeys, read_toml

NEEDS_PEOPLE = ("near", "placebo", "examples", "examples_placebo")  # arms that rest on human answers
OF_ONE_PLACE = ("native", "people", "margins", "descriptions")


class SteeringKeys(BaseModel):
    """`[steering]`: prompt steering of any respondent.

    arms          what is made: persona, cultural, observer, native, near, placebo, mixture, examples,
                  examples_placebo, description
    from_items    items of the objective's instrument that near countries and examples come from; they are kept out of
                  the fit, and belong to no comparison afterwards
    from_source   another source of people instead (`wvs-7`), whose instrument is not the objective's
    native        language of the place; people, weight: a CSV file of people or margins; margins: the same by hand
    profiles      kinds of people at most in a mixture
    shots, told   how many examples, and how their answers are told
    descriptions  language -> text about the place; described_by: its source
    search        whether prompts are searched too, with the budget of `[search]`
    languages     of our own prompts in the pool; those of `[ask]` when empty
    prompts       a file with prompts of the user's, one on each line, naming the place in `prompts_language`
    writer        a respondent that writes prompts, so many a language as `written`
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    arms: list[str] = ["persona", "cultural"]
    from_items: list[str] = []
    from_source: str = ""
    native: str = ""
    people: str = ""
    weight: str = ""
    margins: Mapping[str, Mapping[str, float]] = {}
    profiles: int = Field(default=24, ge=1, le=1000)
    shots: int = Field(default=8, ge=1)
    told: Told = "sampled"
    descriptions: Mapping[str, str] = {}
    described_by: str = ""
    search: bool = True
    languages: list[str] = []
    prompts: str = ""
    prompts_language: str = "en"
    writer: RespondentKeys | None = None
    written: int = Field(default=8, ge=1, le=1000)

    @field_validator("arms")
    @classmethod
    def _known(cls, value: list[str]) -> list[str]:
        for name in value:
            if name not in ARMS:
                raise ValueError(unknown("arm", name, sorted(ARMS)))
        if len(set(value)) < len(value):
            raise ValueError("an arm stands twice")
        return value

    @model_validator(mode="after")
    def _whole(self) -> "SteeringKeys":
        if not self.arms and not self.search:
            raise ValueError("no arms and no search: nothing to do")
        if self.from_items and self.from_source:
            raise ValueError("give from_items or from_source, not both")
        if set(self.arms) & set(NEEDS_PEOPLE) and not (self.from_items or self.from_source):
            named = ", ".join(one for one in self.arms if one in NEEDS_PEOPLE)
            raise ValueError(f"{named} need from_items = items that are not measured, or from_source = another source")
        if self.people and self.margins:
            raise ValueError("give people or margins, not both")
        return self


def load_prompts_recipe(path: str | Path) -> tuple[Recipe, SteeringKeys]:
    """The recipe of a TOML file and its `[steering]`.

    Errors   BadFile; BadStudy naming file, key and what was allowed
    """
    table = read_toml(Path(path))
    own: Any = table.pop("steering", {})
    where = Path(path).name
    recipe = recipe_from(table, where)
    try:
        keys = SteeringKeys.model_validate(own)
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(["steering", *(str(part) for part in fault["loc"])])
        text = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            text = f"unknown key; allowed: {', '.join(SteeringKeys.model_fields)}"
        raise BadStudy(f"{where}: {key}: {text}") from error
    several = len(recipe.target.populations) > 1 or any("group:" in one for one in recipe.target.populations)
    if several and (given := next((key for key in OF_ONE_PLACE if getattr(keys, key)), "")):
        raise BadStudy(f"{where}: steering.{given} is of one place, and the recipe has several targets")
    return recipe, keys
