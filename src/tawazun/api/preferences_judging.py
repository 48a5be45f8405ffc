"""Answers sampled and pairs judged for `adapt preferences`: ordinary asking, in run folders of their own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.adapt.preferences.elsewhere import elsewhere_rows, probes_of
from tawazun.adapt.preferences.exporting import with_choice
from tawazun.adapt.preferences.findings import Elsewhere, Judged, choices
from tawazun.adapt.preferences.keys import FIT, NONE, PreferenceRecipe
from tawazun.adapt.preferences.sampling import Prompt, sample_pairs
from tawazun.adapt.preferences.sets import jsonl
from tawazun.api.finding import prepare
from tawazun.api.preferences_leaks import clean_pairs
from tawazun.api.running import find_memories, run_prepared
from tawazun.data.rows import read_rows
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument
from tawazun.instruments.judged import PAIRS, load_pairs, said
from tawazun.judging.kept import verdict_table
from tawazun.respondents import Recorded, Respondent, Settings
from tawazun.runs import Run
from tawazun.runs.writing import write_bytes, write_text
from tawazun.study import RespondentKeys, Study, study_from

Progress = Callable[[str, int], None]  # what is being done, and how much more of it is done
Say = Callable[[str], None]  # a line of the report, before anything is exported
Make = Callable[[Settings], Respondent | Recorded]
SAMPLED, PAIRED, LABELLED, PROBES = "answers.jsonl", "pairs.jsonl", "labels", "elsewhere.jsonl"
MEASURES = ["judge_yield", "judge_position_bias", "judge_length_bias", "agreement"]


@dataclass(frozen=True)
class Desk:
    """What one call works with: the recipe, where it lies, its folder, and who answers and judges.

    leaks   what was found of evaluation items, filled as it is looked for
    """

    recipe: PreferenceRecipe
    folder: Path
    out: Path
    judge: Respondent
    model: Respondent | None
    data: str | Path | None
    cache: bool | None
    progress: Progress
    say: Say
    leaks: dict[str, object] = field(default_factory=dict)


def made_respondent(keys: RespondentKeys, make: Make, settings: Mapping[str, Any]) -> Respondent:
    """A respondent that can be asked, of a recipe's keys. Errors: BadStudy for one that only holds answers."""
    given = dict(settings)
    trusted = given.pop("remote_code")
    if keys.remote_code and not trusted:
        raise BadStudy(f"{keys.name}: remote_code = true also needs --trust-remote-code on the command line")
    made = make(Settings(**keys.model_dump(exclude={"instruments"}), **given))
    if not isinstance(made, Respondent):
        raise BadStudy(f"{keys.name}: a respondent that can be asked is needed, not kind {keys.kind!r}")
    return made


# ---- pairs


def own_pairs(recipe: PreferenceRecipe, folder: Path) -> list[dict[str, Any]]:
    """The pairs of the recipe's file, checked, with the columns that say where a prompt comes from."""
    assert recipe.pairs is not None
    path = folder / recipe.pairs.file
    checked = load_pairs(path)
    rows = read_rows(path)
    carried = ("country", "topic", "dialect", "system_1", "system_2")
    return [
        {
            "id": question.id,
            "prompt": question.wordings[0].stem,
            "answer_1": question.wordings[0].options[0],
            "answer_2": question.wordings[0].options[1],
            **{name: text for name in carried if (text := said(row, name))},
        }
        for question, row in zip(checked.questions, rows, strict=True)
    ]


def find_pairs(desk: Desk, prompts: Sequence[Prompt]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The pairs to be judged, and what sampling came to; written before the judge sees any."""
    if desk.model is None:
        rows, told = own_pairs(desk.recipe, desk.folder), {}
    else:
        tick = lambda count: desk.progress("answers", count)  # noqa: E731
        sampled = sample_pairs(desk.recipe, desk.model, prompts, desk.out / SAMPLED, tick)
        rows = sampled.rows
        told = {
            "prompts": len(prompts),
            "answers": sampled.answers,
            **{f"left out: {k}": v for k, v in sampled.left.items()},
        }
    rows, desk.leaks["pairs"] = clean_pairs(desk.recipe, rows, desk.folder, desk.data)
    if not rows:
        raise BadStudy(
            f"{desk.recipe.source.file}: every pair holds an item of the evaluation, so none is left to judge"
        )
    write_text(desk.out / PAIRED, jsonl(rows))
    return rows, told


# ---- verdicts


def judge_all(desk: Desk, pairs: Sequence[Mapping[str, Any]]) -> tuple[list[Judged], Elsewhere]:
    """Verdicts of every rubric on all pairs, and of some of them with other places named or none."""
    labels = _copied_labels(desk)
    judged = [_judge(desk, rubric, labels) for rubric in desk.recipe.judging.rubrics]
    again = elsewhere_rows(desk.recipe, pairs)
    probes = probes_of(desk.recipe, pairs, desk.folder)
    if not again and not probes.rows:
        return judged, Elsewhere()
    write_text(desk.out / PROBES, jsonl([*again, *probes.rows]))
    run, found = _ask(desk, FIT, [PROBES], "elsewhere")
    name = f"{PAIRS}{PROBES}"
    return judged, Elsewhere(choices(_table(run, found[name]), name), probes)


def _copied_labels(desk: Desk) -> str:
    """The file of people's labels, copied beside the pairs; empty without one."""
    if desk.recipe.check.labels == NONE:
        return ""
    own = desk.folder / desk.recipe.check.labels
    name = f"{LABELLED}{own.suffix}"
    write_bytes(desk.out / name, own.read_bytes())
    return name


def _judge(desk: Desk, rubric: str, labels: str) -> Judged:
    run, found = _ask(desk, rubric, [PAIRED, *([labels] if labels else [])], f"judged/{rubric}")
    name = f"{PAIRS}{PAIRED}"
    return Judged(
        rubric,
        pl.concat([_table(run, one) for one in found.values()]),
        run.answers,
        run.scores,
        name,
        found.get(f"{PAIRS}{labels}") if labels else None,
    )


def _ask(desk: Desk, rubric: str, files: Sequence[str], where: str) -> tuple[Run, dict[str, Instrument]]:
    """A run of the judge over files of the folder, and the files as instruments."""
    study = _study(desk.recipe, rubric, files)
    prepared = prepare(study, folder=desk.out, data=desk.data, make=lambda settings: desk.judge)
    (desk.out / where).parent.mkdir(exist_ok=True)
    memories = find_memories(prepared, desk.cache)
    tick = lambda count: desk.progress(f"verdicts, {where}", count)  # noqa: E731
    run = run_prepared(prepared, desk.out / where, progress=tick, memories=memories)
    return run, {one.name: one for one in prepared.instruments}


def _study(recipe: PreferenceRecipe, rubric: str, files: Sequence[str]) -> Study:
    keys = recipe.judging
    drawn = {"temperature": keys.temperature, "max_tokens": keys.max_tokens, "reasoning": keys.reasoning}
    table = {
        "name": f"{recipe.name}: {rubric}",
        "seed": recipe.seed,
        "respondent": [recipe.judge.model_dump()],
        "ask": {
            "instruments": [f"{PAIRS}{file}" for file in files],
            "languages": [keys.language],
            "wordings": [rubric],
            "orders": ["forward", "reversed"],
            "labels": [keys.labels],
            "mode": keys.mode,
            "decoding": [drawn],
        },
        "measure": {"measures": MEASURES},
    }
    return study_from(table, recipe.name)


def _table(run: Run, instrument: Instrument) -> pl.DataFrame:
    own = run.answers.filter(pl.col("instrument") == instrument.name)
    return with_choice(verdict_table(own, instrument), instrument)
