"""Preferences of a recipe: answers sampled, judged, checked against people, and exported for training.

Sampling and judging are ordinary: replies are kept as they come, and each rubric's verdicts are a run folder of their
own (`judged/RUBRIC`), taken up where it was stopped. The report is written before anything is exported, and a closed
gate stops the export unless the recipe says why to go on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.adapt.corpora.licences import training_terms
from tawazun.adapt.preferences.elsewhere import probes_of
from tawazun.adapt.preferences.exporting import Exported, Hands, export
from tawazun.adapt.preferences.findings import Elsewhere, Judged, findings_table
from tawazun.adapt.preferences.gates import Gate, closed, gates_of
from tawazun.adapt.preferences.keys import (
    CAPITALS,
    NONE,
    PreferenceRecipe,
    asked_digest,
    check_labels,
    recipe_text,
)
from tawazun.adapt.preferences.lines import report_lines
from tawazun.adapt.preferences.sampling import Prompt, read_prompts
from tawazun.adapt.preferences.sets import jsonl, read_preferences, refuse_one_sided
from tawazun.api.preferences_judging import Desk, Make, Progress, Say, find_pairs, judge_all, made_respondent, own_pairs
from tawazun.api.preferences_leaks import clean_prompts
from tawazun.errors import Refused, RespondentFailed
from tawazun.instruments.judged import load_pairs
from tawazun.respondents import make_respondent, respondent_id
from tawazun.runs.adaptations import AdaptFolder
from tawazun.runs.writing import write_text
from tawazun.seeds import digest_bytes
from tawazun.version import RUN_FORMAT, VERSION

EXPORTS = ("train.jsonl", "held_out.jsonl")


@dataclass(frozen=True)
class Preferences:
    """A finished folder of preferences: what was found, which gates are open, how many rows were exported."""

    path: Path
    findings: pl.DataFrame
    gates: tuple[Gate, ...]
    train: int
    held_out: int
    left: Mapping[str, int]


@dataclass(frozen=True)
class PreferenceSize:
    """What a recipe would ask: answers of the model, and verdicts of the judge at most (both orders counted)."""

    prompts: int
    answers: int
    verdicts: int


def make_preferences(
    recipe: PreferenceRecipe,
    out: str | Path,
    *,
    folder: Path = Path(),
    data: str | Path | None = None,
    remote_code: bool = False,
    allow_hosts: Sequence[str] = (),
    cache: bool | None = None,
    make: Make = make_respondent,
    progress: Progress = lambda what, count: None,
    say: Say = lambda line: None,
) -> Preferences:
    """Carry out a recipe in a folder, or take up one that was stopped; nothing is asked twice.

    folder   where the recipe's relative paths start; cache, allow_hosts, remote_code: as for a run
    Errors   UserError for the recipe and its files, before anything is asked; Refused when a gate is closed, with the
             report written; RespondentFailed when the model or the judge gave nothing that could be used
    """
    training_terms([(recipe.source.file, recipe.source.licence)])
    prompts = check_files(recipe, folder)
    leaks: dict[str, object] = {}
    if recipe.prompts is not None:
        prompts, leaks["prompts"] = clean_prompts(recipe, prompts, folder, data)
    settings = {"folder": folder, "remote_code": remote_code, "allow_hosts": tuple(allow_hosts)}
    model = made_respondent(recipe.model, make, settings) if recipe.model else None
    judge = made_respondent(recipe.judge, make, settings)
    digests = {"recipe": asked_digest(recipe), "judge": respondent_id(judge.identity)}
    if model is not None:
        digests["model"] = respondent_id(model.identity)
    with AdaptFolder.hold(out, recipe_text(recipe), digests) as held:
        desk = Desk(recipe, folder, held.path, judge, model, data, cache, progress, say, leaks)
        pairs, sampled = find_pairs(desk, prompts)
        judged, elsewhere = judge_all(desk, pairs)
        return _report(desk, held, pairs, sampled, judged, elsewhere)


def preference_size(recipe: PreferenceRecipe, folder: Path = Path()) -> PreferenceSize:
    """What a recipe would ask; nothing is asked. Errors: as `make_preferences` before it asks."""
    prompts = check_files(recipe, folder)
    if recipe.pairs is None:
        count, answers = len(prompts) * recipe.sample.pairs, len(prompts) * recipe.sample.answers
    else:
        count, answers = len(own_pairs(recipe, folder)), 0
    labels = 0 if recipe.check.labels == NONE else len(load_pairs(folder / recipe.check.labels).questions)
    again = 2 * min(count, recipe.check.elsewhere_pairs) if recipe.culture else 0
    probes = len(probes_of(recipe, [], folder).rows)
    return PreferenceSize(len(prompts), answers, 2 * (len(recipe.judging.rubrics) * (count + labels) + again + probes))


def check_files(recipe: PreferenceRecipe, folder: Path) -> list[Prompt]:
    """The recipe's files, read whole before anything is asked; its prompts. Errors: BadFile, BadStudy."""
    if recipe.check.labels != NONE:
        check_labels(folder / recipe.check.labels)
    probes_of(recipe, [], folder)
    if recipe.prompts is not None:
        return read_prompts(recipe.prompts, folder)
    own_pairs(recipe, folder)
    return []


# ---- report and export


def _report(
    desk: Desk,
    held: AdaptFolder,
    pairs: Sequence[Mapping[str, Any]],
    sampled: Mapping[str, Any],
    judged: Sequence[Judged],
    elsewhere: Elsewhere,
) -> Preferences:
    recipe = desk.recipe
    findings = findings_table(judged, elsewhere, recipe.judge.name)
    labels = next((one.labels for one in judged if one.labels), None)
    gates = tuple(gates_of(recipe, findings, judged[0].pairs, labels.name if labels else ""))
    for name in EXPORTS:
        # rows of an earlier export, before a bound was changed
        (held.path / name).unlink(missing_ok=True)
    held.write_table("findings", findings)
    held.write_json("gates", {"gates": [asdict(one) for one in gates], "sampled": dict(sampled)})
    for line in report_lines(findings, gates, sampled):
        desk.say(line)
    _refuse_nothing(recipe, judged)
    if (shut := closed(gates)) and not recipe.export.go_on.strip():
        raise Refused(
            f"nothing is exported: {shut[0].line}{f' (and {len(shut) - 1} more)' if len(shut) > 1 else ''}; see "
            f'gates.json, mend the judge, or say export.go_on = "a reason"'
        )
    hands = Hands(recipe.judge.name, respondent_id(desk.judge.identity))
    if desk.model is not None and recipe.model is not None:
        hands = replace(hands, model=recipe.model.name, model_id=respondent_id(desk.model.identity))
    labelled = [question.wordings[0].stem for question in labels.questions] if labels else []
    own = {one.rubric: one.table.filter(pl.col("instrument") == one.pairs) for one in judged}
    made = export(recipe, pairs, own, hands, labelled)
    doubts = _write(desk, made)
    held.write_json("lineage", _lineage(desk, hands, gates, made, doubts))
    held.finish(_manifest(recipe, hands, made))
    return Preferences(held.path, findings, gates, len(made.train), len(made.held_out), made.left)


def _refuse_nothing(recipe: PreferenceRecipe, judged: Sequence[Judged]) -> None:
    """A judge that never decided anything leaves nothing to export, whatever the recipe says."""
    fates: dict[str, int] = {}
    for one in judged:
        own = one.table.filter(pl.col("instrument") == one.pairs)
        for row in own.group_by("fate").len().iter_rows(named=True):
            fates[row["fate"]] = fates.get(row["fate"], 0) + row["len"]
    if not fates.get("kept"):
        told = ", ".join(f"{count} {fate}" for fate, count in sorted(fates.items())) or "no pair was judged"
        raise RespondentFailed(
            f"{recipe.judge.name}: no verdict was kept under both orders ({told}); nothing to export"
        )


def _write(desk: Desk, made: Exported) -> list[str]:
    """The rows, as files; what is doubtful about them. Errors: BadStudy for a set that is empty or one-sided."""
    for name, rows in zip(EXPORTS, (made.train, made.held_out), strict=True):
        write_text(desk.out / name, jsonl(rows))
    where = f"{desk.out.name}/{EXPORTS[0]}"
    pairs = read_preferences(desk.out / EXPORTS[0]) if made.train else []
    return refuse_one_sided(pairs, where, desk.recipe.export.go_on)


def _lineage(desk: Desk, hands: Hands, gates: Sequence[Gate], made: Exported, doubts: Sequence[str]) -> dict[str, Any]:
    recipe = desk.recipe
    terms = training_terms([(recipe.source.file, recipe.source.licence)])
    return {
        "tawazun": VERSION,
        "method": "preferences",
        "recipe": asked_digest(recipe),
        "hashes": _hashes(desk),
        "contamination": dict(desk.leaks),
        "seed": recipe.seed,
        "judge": dict(desk.judge.identity),
        "model": dict(desk.model.identity) if desk.model is not None else {},
        "judges_itself": bool(hands.model_id) and hands.model_id == hands.judge_id,
        "gates": [asdict(one) for one in gates],
        "go_on": recipe.export.go_on,
        "doubts": list(doubts),
        "left_out": dict(made.left),
        "non_commercial": terms.mark == "NC",
        "licence": recipe.source.licence or "unknown",
        "licences": [{"source": recipe.source.file, "licence": recipe.source.licence}],
    }


def _hashes(desk: Desk) -> dict[str, str]:
    """Hash of every file that was read, and of what was made of them."""
    recipe, check = desk.recipe, desk.recipe.check
    named = (recipe.source.file, *(one for one in (check.labels, check.probes) if one not in (NONE, CAPITALS)))
    files = {one: desk.folder / one for one in named} | {one: desk.out / one for one in EXPORTS}
    return {name: digest_bytes(file.read_bytes()) for name, file in files.items()}


def _manifest(recipe: PreferenceRecipe, hands: Hands, made: Exported) -> dict[str, Any]:
    asked = {"judge": hands.judge_id, **({"model": hands.model_id} if hands.model_id else {})}
    return {
        "name": recipe.name,
        "method": "preferences",
        "format": RUN_FORMAT,
        "versions": {"tawazun": VERSION},
        "seeds": [recipe.seed],
        "respondents": asked,
        "counts": {"train": len(made.train), "held_out": len(made.held_out)},
    }
