"""The page of a run, put together from its folder: one file that loads nothing and sends nothing.

Nothing that came from data or a model is ever markup: templates escape, pictures are built as elements, packed data is
read back as text. A content security policy names the only style and the only script that may run by their hashes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from tawazun.report import (
    culture_map,
    embed,
    exam_tables,
    facts,
    headline,
    items,
    judge_sentences,
    matrix,
    profiles,
    rankings,
    regions,
    strips,
    tables,
)
from tawazun.report.material import Material, material
from tawazun.report.rounding import fixed
from tawazun.report.words import Words, words
from tawazun.runs import Run
from tawazun.study import study_toml
from tawazun.version import VERSION

LANGUAGE = "en"


def page(run: Run, language: str = LANGUAGE) -> str:
    """The page of a run as one HTML text. Errors: BadFile when the run has not been measured."""
    spoken = words(language)
    made = material(run, spoken)
    style, script = _asset("style.css"), _asset("page.js")
    return _environment(language).get_template("page.html.jinja").render(
        **_parts(made),
        style=style,
        script=script,
        policy=policy(style, script),
    )  # fmt: skip


def policy(style: str, script: str) -> str:
    """The content security policy: nothing from outside, one style, one script."""
    return (
        f"default-src 'none'; style-src {embed.fingerprint(style)}; script-src {embed.fingerprint(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


@cache
def _asset(name: str) -> str:
    return files("tawazun.report").joinpath(name).read_text(encoding="utf-8")


@cache
def _environment(language: str) -> Environment:
    made = Environment(
        loader=PackageLoader("tawazun.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["w"] = words(language)
    made.filters["groupby_in_order"] = _grouped
    return made


def _grouped(rows: Sequence[Any], attribute: str) -> list[tuple[str, list[Any]]]:
    """Runs of rows that share an attribute, in the order they come (jinja's own `groupby` sorts)."""
    return [(name, list(run)) for name, run in groupby(rows, key=lambda one: str(getattr(one, attribute)))]


@dataclass(frozen=True)
class Instrument:
    """Everything the page shows of one instrument that the study compares with people."""

    name: str
    title: str
    not_for: str
    strips: strips.Strips | None
    matrices: tuple[matrix.Matrix, ...]
    matrices_left: int
    regionals: tuple[regions.Regional, ...]
    sets: tuple[profiles.Profile, ...]
    sets_left: int
    ranked: tuple[rankings.Ranked, ...]
    misranked: tuple[rankings.Misranked, ...]


def _instrument(made: Material, name: str) -> Instrument:
    drawn, squares = profiles.profiles(made, name), matrix.matrices(made, name)
    return Instrument(
        name,
        made.instrument_title(name),
        str(made.instruments[name].get("not_for", "")),
        strips.strips(made, name),
        tuple(squares[: matrix.MOST_MATRICES]),
        max(0, len(squares) - matrix.MOST_MATRICES),
        tuple(regions.regionals(made, name)),
        tuple(drawn[: profiles.MOST]),
        max(0, len(drawn) - profiles.MOST),
        tuple(rankings.rankings(made, name)),
        tuple(rankings.misranked(made, name)),
    )


def _parts(made: Material) -> dict[str, Any]:
    study = made.study
    found, lost = headline.findings(made), tables.losses(made)
    closeness, closeness_left = tables.closeness_payload(made)
    scores, scores_left = tables.score_payload(made)
    browser = items.item_payload(made)
    return {
        "study": study,
        "titles": {name: made.instrument_title(name) for name in made.instruments},
        "findings": found,
        "gists": [strips.gist(made, one.instrument, one.respondent) for one in found],
        "asked": facts.asked(made),
        "unknowns": facts.unknowns(made),
        "sources": facts.source_cards(made),
        "exams": exam_tables.exams(made),
        "only_exams": bool(found) and all(headline.only_marked(made, one.instrument) for one in found),
        "only_judges": bool(found) and all(judge_sentences.judges(made, one.instrument) for one in found),
        "maps": culture_map.culture_maps(made),
        "instruments": [_instrument(made, name) for name in made.instruments],
        "losses": lost,
        "loss_names": lost[0].names if lost else (),
        "stopped": tables.stopped(made),
        "without_value": tables.without_value(made),
        "replies": tables.lost_replies(made),
        "gates": {key: value for key, value in study.gates.model_dump().items() if value is not None},
        "order": [one.name for one in study.respondent],
        "level": _percent(study.measure.level),
        "percent": _percent,
        "decimal": lambda value: fixed(value, 2),
        "arm": made.names.arm,
        "toml": study_toml(study),
        "version": VERSION,
        "rows": made.scores.height,
        "item_count": len(browser["items"]),
        "untold": items.untold(made),
        "hidden": browser["hidden"],
        "closeness_count": len(closeness["columns"][0]),
        "closeness_left": closeness_left,
        "scores_left": scores_left,
        "data_items": embed.packed(browser),
        "data_closeness": embed.packed(closeness),
        "data_scores": embed.packed(scores),
        "data_words": embed.plain_json(_script_words(made.words)),
    }


def _percent(level: float | None) -> str:
    return f"{level * 100:g} %" if level else ""


def _script_words(spoken: Words) -> dict[str, str]:
    return {**spoken.part("script"), **{name: spoken.plain(f"map.{name}") for name in ("readout", "no_interval")}}
