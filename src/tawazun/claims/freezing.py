"""Fixing an analysis before there are answers: what `[frozen]` holds, and whether a study still keeps to it.

`freeze` writes down, as digests or as they are, the items, the arms, the framings, the people, the primary measure with
its smallest effect of interest, the levels, the gates, and the claims that will be tested. Whoever runs, measures,
compares or claims with the study later is told which key has changed since. What was not fixed is exploratory and is
called so. The time of freezing is not stored: the commit that holds the file says it better.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import tomli_w

from tawazun.errors import BadFile, BadStudy, Refused
from tawazun.instruments import Instrument, Question
from tawazun.seeds import digest_of
from tawazun.study import AskKeys, Study
from tawazun.version import PROMPT_VERSION

FROZEN_VERSION = 1
LENGTH = 12
PLAIN = ("primary", "smallest_effect", "alpha", "level", "populations", "reference", "groups")
FAMILY = "every pair of respondents x population x persona x language of one `compare`; every claim listed here"
EXCLUSIONS = ("cells that failed", "cells that not every compared respondent has", "subjects behind a closed gate")


@dataclass(frozen=True)
class Drift:
    """What a study says about being frozen.

    frozen   whether it has a `[frozen]` table
    keys     keys that have changed since, as a reader would look for them; empty when it is kept
    claims   digests of the claims that were frozen with it
    """

    frozen: bool
    keys: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()


def frozen_table(
    study: Study,
    instruments: Sequence[Instrument],
    humans: pl.DataFrame,
    claims: Mapping[str, str],
    worded: Sequence[Instrument] = (),
) -> dict[str, Any]:
    """The `[frozen]` table of a study.

    instruments   as the catalogue has them; worded: those of them with texts of the user's, with these texts
    humans   the humans table of its populations; claims: file name -> digest of the claim
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
        "measure": {key: getattr(keys, key) for key in PLAIN},
        "gates": study.gates.model_dump(mode="json", exclude_none=True),
        "family": FAMILY,
        "exclusions": list(EXCLUSIONS),
        "items": {one.name: _short(_items(study.ask, one)) for one in instruments},
        "texts": {one.name: _short(_items(study.ask, one)) for one in worded},
        "arms": {one.name: _short(one.model_dump(mode="json", exclude={"name"})) for one in study.respondent},
        "ask": {"seed": _short(study.seed)} | {k: _short(v) for k, v in study.ask.model_dump(mode="json").items()},
        "people": _people(humans),
        "claims": dict(claims),
    }


def drift_of(
    study: Study,
    instruments: Sequence[Instrument],
    humans: pl.DataFrame | None,
    worded: Sequence[Instrument] = (),
) -> Drift:
    """Whether a study keeps to its `[frozen]` table. Arms may be left out, because runs are often made one by one.

    humans   None when they are not at hand; worded: as in `frozen_table`, empty when the user's files are not at hand
    Errors   BadStudy for a `[frozen]` table that `freeze` did not write
    """
    if not study.frozen:
        return Drift(False)
    kept = study.frozen
    if kept.get("version") != FROZEN_VERSION or not isinstance(kept.get("measure"), Mapping):
        raise BadStudy("frozen: not a table that `tawazun freeze` of this version wrote; freeze the study again")
    people = humans if humans is not None else pl.DataFrame(schema={"source": pl.String})
    now = frozen_table(study, instruments, people, {}, worded)
    changed = [f"measure.{k}" for k, v in now["measure"].items() if v != kept["measure"].get(k)]
    gates = {**kept.get("gates", {})}
    changed += sorted(f"gates.{k}" for k in gates.keys() | now["gates"].keys() if gates.get(k) != now["gates"].get(k))
    changed += [f"items of {k}" for k, v in now["items"].items() if v != kept.get("items", {}).get(k)]
    changed += [f"texts of {k}" for k, v in now["texts"].items() if v != kept.get("texts", {}).get(k)]
    changed += [f"respondent {k!r}" for k, v in now["arms"].items() if v != kept.get("arms", {}).get(k)]
    asked = kept.get("ask", {})
    changed += [_key(k) for k, v in now["ask"].items() if v != (asked[k] if k in asked else _default(k))]
    if humans is not None:
        before = kept.get("people", {})
        changed += sorted(
            f"people of {k}" for k in before.keys() | now["people"].keys() if before.get(k) != now["people"].get(k)
        )
    if kept.get("prompt_version") != PROMPT_VERSION and not all(one.kind == "recorded" for one in study.respondent):
        changed.append("the version of the prompts")
    return Drift(True, tuple(changed), tuple(kept.get("claims", {}).values()))


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
