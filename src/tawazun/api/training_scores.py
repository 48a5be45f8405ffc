"""What a model is asked before and after a training: two ordinary runs of one study, and their scores side by side."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.adapt.training.keys import StageRecipe
from tawazun.api.finding import check_measured, find_instruments, find_populations, prepare
from tawazun.api.running import find_memories, run_prepared
from tawazun.data import data_folder
from tawazun.respondents import Recorded, Respondent, Settings, make_respondent
from tawazun.runs import open_run
from tawazun.studies import find_study
from tawazun.study import Study, load_study, study_from

JOIN = (
    "measure",
    "instrument",
    "population",
    "persona",
    "perspective",
    "language",
    "item",
    "reference",
    "group",
    "facet",
)
BEFORE, AFTER = "before", "after"


def side_study(recipe: StageRecipe, side: str, kept: str = "", folder: Path = Path()) -> Study:
    """The study that the untrained or the trained model answers.

    kept   folder of what was trained as the study names it, `…/adapter` or `…/model`; empty for the base
    Errors BadStudy for keys that do not fit
    """
    assert recipe.score is not None
    base = recipe.base.model_dump()
    if kept.endswith("model"):
        # a whole model needs neither the base's revision nor its adapter
        base |= {"model": kept, "revision": "", "adapter": ""}
    elif kept:
        base |= {"adapter": kept}
    base["name"] = "base" if side == BEFORE else "adapted"
    own = {key: [one.model_dump() for one in getattr(recipe, key)] for key in ("population", "place", "group")}
    name = f"{recipe.name}: {side}"
    if recipe.score.study:
        found = load_study(_study_file(recipe.score.study, folder)).model_dump(mode="json", exclude_none=True)
        merged = {key: [*found.get(key, []), *own[key]] for key in own}
        return study_from({**found, **merged, "name": name, "respondent": [base], "frozen": {}}, side)
    score = recipe.score.model_dump(mode="json", exclude_none=True, exclude={"study"})
    return study_from({"name": name, "seed": recipe.seed, "respondent": [base], **own, **score}, side)


def check_score(recipe: StageRecipe, folder: Path, data: str | Path | None) -> None:
    """Everything that `[score]` names is there, before anything is trained. Errors: the first user's mistake."""
    if recipe.score is None:
        return
    study = side_study(recipe, BEFORE, folder=folder)
    where = data_folder(data)
    check_measured(study, find_instruments(study, folder, where), find_populations(study, folder, where))


def run_before(recipe: StageRecipe, out: Path, base: Respondent, folder: Path, data: str | Path | None) -> None:
    """Ask the base, which is loaded already, into `before/`; a run there is taken up."""
    study = side_study(recipe, BEFORE, folder=folder)
    found = prepare(study, folder=folder, data=data, remote_code=True, make=lambda settings: base)
    run_prepared(found, out / BEFORE)


def run_after(recipe: StageRecipe, out: Path, kept: Path, folder: Path, data: str | Path | None, code: bool) -> None:
    """Ask what was trained, into `after/` of a folder; a run there is taken up.

    What was trained is named as seen from `after/`: the same wherever the recipe lies, so that a shipped recipe of
    another installation takes the run up too.
    """
    study = side_study(recipe, AFTER, Path(os.path.relpath(kept, out / AFTER)).as_posix(), folder)
    place = str(kept.resolve())

    def make(settings: Settings) -> Respondent | Recorded:
        whole = kept.name == "model"
        return make_respondent(replace(settings, model=place) if whole else replace(settings, adapter=place))

    found = prepare(study, folder=folder, data=data, remote_code=code, make=make)
    run_prepared(found, out / AFTER, memories=find_memories(found, None))


def score_rows(before: Path, after: Path) -> list[dict[str, Any]]:
    """Scores before and after, side by side: whole instruments and indices, not single items."""
    sides = []
    for path, label, name in ((before, "base", BEFORE), (after, "adapted", AFTER)):
        scores = open_run(path).scores.filter(pl.col("respondent") == label)
        whole = scores.filter((pl.col("item").fill_null("") == "") | (pl.col("measure") == "index"))
        sides.append(whole.select(*JOIN, pl.col("value").alias(name)).unique(subset=JOIN, maintain_order=True))
    joined = sides[0].join(sides[1], on=list(JOIN), how="full", coalesce=True, nulls_equal=True, maintain_order="left")
    rows = joined.filter(pl.col(BEFORE).is_not_null() | pl.col(AFTER).is_not_null()).to_dicts()
    return [{key: value for key, value in row.items() if value is not None} for row in rows]


def _study_file(word: str, folder: Path) -> Path:
    here = folder / word
    return here if here.is_file() else find_study(word)
