"""`tawazun adapt sft` in Python: what the recipe names is found, then the one flow of every stage."""

from dataclasses import dataclass
from pathlib import Path

from tawazun.adapt.corpora.composition import parts_of
from tawazun.adapt.corpora.licences import training_terms
from tawazun.adapt.corpora.sources import CorpusKeys
from tawazun.adapt.corpora.survey import SurveySource
from tawazun.adapt.sft.keys import SftRecipe, SurveyKeys
from tawazun.adapt.sft.stage import Ground, prepare
from tawazun.adapt.training.keys import load_stage
from tawazun.api.finding import find_instrument, find_populations
from tawazun.api.training import Given, Trained, adapt_stage
from tawazun.data import data_folder
from tawazun.errors import BadStudy
from tawazun.respondents import Respondent, Settings, make_respondent
from tawazun.study import Study, study_from


@dataclass(frozen=True)
class SftSize:
    """What a tuning would take: rows by source, rows in all, steps."""

    rows: dict[str, int]
    total: int
    steps: int


def adapt_sft(recipe: SftRecipe, out: str | Path, given: Given = Given()) -> Trained:
    """Tune a model on instruction data and survey answers. Errors: as `adapt_stage`."""
    ground = find_ground(recipe, given)
    return adapt_stage(recipe, "sft", lambda base, folder: prepare(ground, base, folder), out, given)


def sft_size(recipe: SftRecipe, given: Given = Given()) -> SftSize:
    """What a tuning would take; nothing is asked, trained or written. Errors: what the sources and terms say."""
    ground = find_ground(recipe, given)
    training_terms((one.keys.name, one.keys.licence) for one in ground.sources)
    parts = {one.name: one.taken for one in parts_of(ground.sources)}
    total = sum(parts.values())
    steps = recipe.train.steps or round(recipe.train.epochs * total / recipe.train.batch)
    return SftSize(parts, total, steps)


def load_sft(path: str | Path) -> SftRecipe:
    """The recipe of a TOML file. Errors: BadFile, BadStudy, Refused."""
    return load_stage(path, SftRecipe)


def find_ground(recipe: SftRecipe, given: Given) -> Ground:
    """Everything that the recipe names. Errors: the first user's mistake."""
    data = data_folder(given.data)
    survey = tuple(survey_source(recipe, keys, given.folder, data) for keys in recipe.survey)
    return Ground(recipe, survey, lambda: _teacher(recipe, given), given.folder, data)


def survey_source(recipe: SftRecipe, keys: SurveyKeys, folder: Path, data: Path | None) -> SurveySource:
    """Survey answers of one `[[survey]]`. Errors: BadStudy; Refused by the terms of a population."""
    people = find_populations(_asked(recipe, keys), folder, data)
    own = CorpusKeys(name=keys.name, files="people", weight=keys.weight, origin="native")
    return SurveySource(own, find_instrument(keys.instrument, folder, data), people, keys.plan(recipe.seed))


def _asked(recipe: SftRecipe, keys: SurveyKeys) -> Study:
    """A study that names these people, so that they are found as those of any study are."""
    own = {key: [one.model_dump() for one in getattr(recipe, key)] for key in ("place", "group")}
    named = {spec.partition("/")[0] for spec in keys.populations}
    people = [one.model_dump() for one in recipe.population if one.name in named]
    asked = {"instruments": [keys.instrument]}
    table = {"name": recipe.name, "respondent": [recipe.base.model_dump()], "ask": asked, "population": people, **own}
    return study_from({**table, "measure": {"populations": keys.populations, "halves": 0}}, f"survey {keys.name}")


def _teacher(recipe: SftRecipe, given: Given) -> Respondent:
    assert recipe.teacher is not None
    keys = recipe.teacher.respondent
    if keys.remote_code and not given.remote_code:
        raise BadStudy("teacher: remote_code = true also needs --trust-remote-code on the command line")
    made = make_respondent(Settings(**keys.model_dump(exclude={"instruments"}), folder=given.folder))
    if not isinstance(made, Respondent):
        raise BadStudy(f"teacher {keys.name!r}: recorded answers answer no new prompt")
    return made
