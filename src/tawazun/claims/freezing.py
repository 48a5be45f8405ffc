"""Fixing an analysis before there are answers: what `[frozen]` holds, and whether a study still keeps to it.

`freeze` writes down, as digests or as they are, the items and their texts, the arms and the files of recorded ones, the
framings, the people, own places and the members of groups, the whole of `[measure]` and `[gates]`, and the claims that
will be tested. Whoever runs, measures, compares or claims with the study later is told which key has changed since.
What was not fixed is exploratory and is called so.

A run folder keeps the digest of what was frozen when its first answer was asked for. A `[frozen]` that was put in or
changed later is not what was frozen before answers, and recorded answers existed before anything could be. What no tool
can see is a look at the same answers elsewhere: the commit that holds the frozen file, and its date, are the witness.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import tomli_w

from tawazun.errors import BadFile, BadStudy, Refused
from tawazun.instruments import Instrument, Question
from tawazun.places import group
from tawazun.seeds import digest_of
from tawazun.study import AskKeys, MeasureKeys, Study
from tawazun.version import PROMPT_VERSION

FROZEN_VERSION = 2
LENGTH = 12
# what is looked at as far as a study still has it (arms are run one by one), and what must be there as it was
PARTLY = {
    "items": "items of {}",
    "texts": "texts of {}",
    "arms": "respondent {!r}",
    "files": "the file of respondent {!r}",
}
WHOLLY = {"places": "place {}", "groups": "the members of {}", "people": "people of {}"}
LATE = "frozen after answers were seen"
UNKNOWN = f"{LATE}, or in a run that kept no record of it"
FAMILY = "every pair of respondents x population x persona x language of one `compare`; every claim listed here"
EXCLUSIONS = ("cells that failed", "cells that not every compared respondent has", "subjects behind a closed gate")


@dataclass(frozen=True)
class Drift:
    """What a study says about being frozen.

    frozen   whether it has a `[frozen]` table
    keys     keys that have changed since, as a reader would look for them; empty when it is kept
    claims   digests of the claims that were frozen with it
    late     why it does not count as frozen before answers; empty when it does
    """

    frozen: bool
    keys: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    late: str = ""


def frozen_table(
    study: Study,
    instruments: Sequence[Instrument],
    humans: pl.DataFrame,
    claims: Mapping[str, str],
    worded: Sequence[Instrument] = (),
    files: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The `[frozen]` table of a study whose own places and groups are registered.

    instruments   as the catalogue has them; worded: those of them with texts of the user's, with these texts
    humans   the humans table of its populations; claims: file name -> digest of the claim
    files    label of a recorded respondent -> digest of its files
    Errors   BadStudy when the study names no primary measure or no smallest effect of interest
    """
    keys = study.measure
    for key, value in (("primary", keys.primary), ("smallest_effect", keys.smallest_effect)):
        if not value:
            example = '"js_similarity"' if key == "primary" else "0.05"
            raise BadStudy(f"measure.{key} is missing: a study is frozen with one, such as {key} = {example}")
    return {
        "version": FROZEN_VERSION,
        "prompt_version": PROMPT_VERSION,
        "measure": keys.model_dump(mode="json", exclude_none=True),
        "gates": study.gates.model_dump(mode="json", exclude_none=True),
        "family": FAMILY,
        "exclusions": list(EXCLUSIONS),
        "items": {one.name: _short(_items(study.ask, one)) for one in instruments},
        "texts": {one.name: _short(_items(study.ask, one)) for one in worded},
        "arms": {one.name: _short(one.model_dump(mode="json", exclude={"name"})) for one in study.respondent},
        "ask": {"seed": _short(study.seed)} | {k: _short(v) for k, v in study.ask.model_dump(mode="json").items()},
        "places": {one.code: _short(one.model_dump(mode="json")) for one in study.place},
        "groups": {name: _short(list(group(name).members)) for name in _groups(study)},
        "people": _people(humans),
        "recorded": recorded_arms(study),
        "files": dict(files or {}),
        "claims": dict(claims),
    }


def drift_of(
    study: Study,
    instruments: Sequence[Instrument],
    humans: pl.DataFrame | None,
    worded: Sequence[Instrument] = (),
    files: Mapping[str, str] | None = None,
    stored: Mapping[str, Any] | None = None,
) -> Drift:
    """Whether a study keeps to its `[frozen]` table. Arms may be left out, because runs are often made one by one.

    humans   None when they are not at hand; worded: as in `frozen_table`, empty when the user's files are not at hand
    files    as in `frozen_table`; stored: what the run folder kept at its first answer; None when there is no run
    Errors   BadStudy for a `[frozen]` table that `freeze` did not write
    """
    if not study.frozen:
        return Drift(False)
    kept = study.frozen
    if kept.get("version") != FROZEN_VERSION or not isinstance(kept.get("measure"), Mapping):
        raise BadStudy("frozen: not a table that `tawazun freeze` of this version wrote; freeze the study again")
    people = humans if humans is not None else pl.DataFrame(schema={"source": pl.String})
    now = frozen_table(study, instruments, people, {}, worded, files)
    usual = MeasureKeys().model_dump(mode="json", exclude_none=True)
    changed = [f"measure.{k}" for k in _differing({**usual, **kept["measure"]}, now["measure"])]
    changed += [f"gates.{k}" for k in _differing(kept.get("gates", {}), now["gates"])]
    for part, words in PARTLY.items():
        changed += [words.format(k) for k, v in now[part].items() if v != kept.get(part, {}).get(k)]
    asked = kept.get("ask", {})
    changed += [_key(k) for k, v in now["ask"].items() if v != (asked[k] if k in asked else _default(k))]
    for part, words in WHOLLY.items():
        if part != "people" or humans is not None:
            changed += [words.format(k) for k in _differing(kept.get(part, {}), now[part])]
    if kept.get("prompt_version") != PROMPT_VERSION and not all(one.answered_before for one in study.respondent):
        changed.append("the version of the prompts")
    late = "" if stored is None else late_of(study, stored)
    return Drift(True, tuple(changed), tuple(kept.get("claims", {}).values()), late)


def _differing(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))


def frozen_digest(study: Study) -> str:
    """Digest of a study's `[frozen]` table; empty when it has none."""
    return digest_of(study.model_dump(mode="json")["frozen"]) if study.frozen else ""


def late_of(study: Study, stored: Mapping[str, Any]) -> str:
    """Why a study's `[frozen]` does not count as frozen before answers; empty when it does, or when it has none.

    stored   what the run folder kept at its first answer; empty for a run that kept nothing
    """
    if not study.frozen or stored.get("digest") == frozen_digest(study):
        return ""
    return LATE if "digest" in stored else UNKNOWN


def recorded_arms(study: Study) -> list[str]:
    """Labels of the respondents whose answers existed before the study."""
    return [one.name for one in study.respondent if one.answered_before]


def freeze_text(table: Mapping[str, Any]) -> str:
    """The `[frozen]` table as TOML."""
    return tomli_w.dumps({"frozen": dict(table)})


def refuse_frozen(study: Study, path: Path) -> None:
    """Refuse what it is too late for. Errors: Refused for a study that is frozen already."""
    if study.frozen:
        raise Refused(f"{path}: frozen already; to freeze it anew, remove [frozen] and say why in your notes")


def refuse_answers(folder: Path) -> None:
    """Refuse a run folder that has answers. Errors: Refused; BadFile when the folder holds no run."""
    if not (folder / "study.toml").is_file():
        raise BadFile(f"{folder}: no run here (no study.toml)")
    if (folder / "answers.parquet").exists() or any((folder / "answers").glob("part-*.parquet")):
        raise Refused(f"{folder}: there are answers already; an analysis is frozen before anybody has seen one")


def _groups(study: Study) -> list[str]:
    """Groups that a study describes or uses."""
    keys = study.measure
    named = [name.rpartition("/")[2] for name in keys.populations]
    every = [*(one.id for one in study.group), *keys.groups, *named, *study.ask.personas]
    return sorted({name for name in every if name.startswith("group:")})


def _key(key: str) -> str:
    return "seed" if key == "seed" else f"ask.{key}"


def _default(key: str) -> str:
    """The digest of a key's default, for keys that the freezing version did not know."""
    field = AskKeys.model_fields.get(key)
    if field is None or field.is_required():
        return ""
    return _short(field.get_default(call_default_factory=True))


def _items(ask: AskKeys, instrument: Instrument) -> list[Any]:
    wanted = {item.rpartition(":")[2].casefold() for item in ask.items}
    kept = [q for q in instrument.questions if not wanted or wanted & {n.casefold() for n in (q.id, *q.aliases)}]
    return [_question(question, ask) for question in kept]


def _question(question: Question, ask: AskKeys) -> list[Any]:
    texts = [[w.id, w.language, w.stem, list(w.options)] for w in question.wordings if w.language in ask.languages]
    return [question.id, question.kind, list(question.codes), question.ordinal, texts]


def _people(humans: pl.DataFrame) -> dict[str, str]:
    found = {}
    for (source,), rows in humans.group_by("source", maintain_order=True):
        plain = rows.select("population", "item", "p", "value", "n_eff").sort("population", "item")
        found[str(source)] = _short(plain.write_json())
    return found


def _short(value: object) -> str:
    return digest_of(value)[:LENGTH]
