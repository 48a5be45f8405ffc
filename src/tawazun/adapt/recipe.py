"""A recipe file as a strict record: what a model is brought closer to, on which items, and how that is searched for.

Recipes spell what they share with studies as studies do: `[base]` is a `[[respondent]]`, `[ask]` is a study's `[ask]`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tawazun.adapt.recipe_keys import ObjectiveKeys, SearchKeys, TableKeys, TargetKeys
from tawazun.errors import BadStudy, TawazunError
from tawazun.seeds import digest_of
from tawazun.study import AskKeys, PopulationKeys, RespondentKeys, Study, read_toml, study_from
from tawazun.study.records import GroupKeys, PlaceKeys


class Recipe(BaseModel):
    """A whole recipe, resolved: every default written out. `[[population]]`, `[[place]]`, `[[group]]` as in a study."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    name: str = Field(min_length=1)
    seed: int = 0
    base: RespondentKeys
    population: list[PopulationKeys] = []
    place: list[PlaceKeys] = []
    group: list[GroupKeys] = []
    target: TargetKeys
    objective: ObjectiveKeys
    ask: AskKeys
    search: SearchKeys = SearchKeys()
    table: TableKeys = TableKeys()

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, table: Any) -> Any:
        """The base is called `base`, and what is asked is the instrument of the objective."""
        if not isinstance(table, dict):
            return table
        made = dict(table)
        objective = made.get("objective")
        if isinstance(made.get("base"), dict):
            made["base"] = {"name": "base", **made["base"]}
        if isinstance(objective, dict) and isinstance(made.get("ask", {}), dict):
            made["ask"] = {"instruments": [objective.get("instrument", "")], **made.get("ask", {})}
        return made

    @model_validator(mode="after")
    def _fits(self) -> "Recipe":
        if self.ask.instruments != [self.objective.instrument]:
            raise ValueError("ask.instruments: the fit asks the objective's instrument; others belong to [table]")
        if self.ask.mode != "logprob" or self.ask.samples != 1:
            raise ValueError("ask.mode: objective.readout and objective.samples decide how the fit is read")
        if self.ask.items:
            raise ValueError("ask.items: the objective's items decide what is asked")
        if (self.objective.constants == "relative") != bool(self.target.reference):
            raise ValueError('target.reference = a persona goes with objective.constants = "relative"')
        if self.search.position == "persona" and self.ask.personas != ["none"]:
            raise ValueError('search.position = "persona" stands in the persona\'s place: ask.personas = ["none"]')
        return self

    @property
    def own(self) -> dict[str, Any]:
        """The user's own people, places and groups, as tables of a study."""
        return {key: [one.model_dump() for one in getattr(self, key)] for key in ("population", "place", "group")}

    def own_for(self, specs: Sequence[str]) -> dict[str, Any]:
        """`own` with those people alone that a study's `measure.populations` names; it refuses others."""
        named = {spec.partition("/")[0] for spec in specs}
        return {**self.own, "population": [one for one in self.own["population"] if one["name"] in named]}

    @property
    def reading(self) -> dict[str, Any]:
        """How answers are taken, as keys of a study's `[ask]`: of the fit, and of the runs before and after."""
        drawn = self.objective.readout == "sampled"
        return {"mode": "sample", "samples": self.objective.samples} if drawn else {"mode": "logprob", "samples": 1}

    def study(self, *, personas: tuple[str, ...] = (), items: tuple[str, ...] = ()) -> Study:
        """The study of the fit: the base asked in the recipe's framings, as these personas instead of its own."""
        changes: dict[str, Any] = {**self.reading, "items": list(items)}
        if personas:
            changes |= {"personas": list(personas), "perspectives": ["persona"]}
        table = {
            "name": self.name,
            "seed": self.seed,
            "respondent": [self.base.model_dump()],
            "ask": {**self.ask.model_dump(), **changes},
        }
        return study_from({**table, **self.own}, "recipe")


def load_recipe(path: str | Path) -> Recipe:
    """The recipe of a TOML file. Errors: BadFile; BadStudy naming file, key and what was allowed; Refused."""
    return recipe_from(read_toml(Path(path)), Path(path).name)


def recipe_from(table: Mapping[str, Any], where: str) -> Recipe:
    """The recipe of a plain table; `where` stands for the file in the texts of errors.

    Errors   BadStudy for a key or value; Refused for a credential; both name the key
    """
    try:
        recipe = Recipe.model_validate(dict(table))
    except ValidationError as error:
        raise BadStudy(f"{where}: {_fault(error)}") from error
    try:
        recipe.study()
    except TawazunError as error:
        raise type(error)(f"{where}: {str(error).removeprefix('recipe: ')}") from error
    return recipe


def recipe_toml(recipe: Recipe) -> str:
    """The resolved recipe as TOML text, every default written out."""
    return tomli_w.dumps(recipe.model_dump(mode="json"))


def fit_facts(recipe: Recipe) -> dict[str, Any]:
    """Everything of a recipe that a fit depends on: all but its name, its list of seeds and `[table]`."""
    table = recipe.model_dump(mode="json", exclude={"name", "table"})
    table["search"] = {key: value for key, value in table["search"].items() if key not in ("seeds", "optimiser")}
    return table


def recipe_digest(recipe: Recipe) -> str:
    """Hash of what is made: a recipe without its name, and without `[table]`, which only measures what was made."""
    return digest_of(recipe.model_dump(mode="json", exclude={"name", "table"}))


def _fault(error: ValidationError) -> str:
    """The first fault in one line, with the path of its key."""
    fault = error.errors()[0]
    path = ".".join(str(part) for part in fault["loc"])
    text = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "missing":
        return f"the key {path!r} is missing"
    if fault["type"] == "extra_forbidden":
        return f"unknown key {path!r}; allowed here: {', '.join(_allowed(fault['loc'][:-1]))}"
    came = fault.get("input")
    shown = f", not {came!r}" if isinstance(came, str | int | float | bool) else ""
    return f"{path}: {text}{shown}" if path else text


def _allowed(location: tuple[int | str, ...]) -> list[str]:
    model: Any = Recipe
    for part in location:
        inner = getattr(model, "model_fields", {}).get(part)
        model = inner.annotation if inner is not None else model
    return list(getattr(model, "model_fields", {}))
