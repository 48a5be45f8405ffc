"""What stands on the page of a run, as plain values, section by section; nothing here knows of mark-up or scripts."""

from dataclasses import dataclass
from typing import Any

from tawazun.report import (
    culture_map,
    distances,
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
    tiles,
    variances,
)
from tawazun.report.bibtex import bibtex
from tawazun.report.material import Material
from tawazun.report.rounding import fixed
from tawazun.study import study_toml
from tawazun.version import VERSION


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
    tiles: tuple[tiles.TileMaps, ...]


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
        tuple(tiles.tile_maps(made, name)),
    )


def parts(made: Material) -> dict[str, Any]:
    """Everything that the template of a run's page needs; `payloads` holds what only the script reads."""
    study = made.study
    found = headline.findings(made)
    closeness, closeness_left = tables.closeness_payload(made)
    scores, scores_left = tables.score_payload(made)
    browser = items.item_payload(made)
    apart, (studies, studies_left) = distances.distances(made), variances.variances(made)
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
        "distances": apart,
        "distances_most": distances.MOST,
        "variances": studies,
        "variances_left": studies_left,
        **_lost(made),
        "order": [one.name for one in study.respondent],
        "level": _percent(study.measure.level),
        "percent": _percent,
        "decimal": lambda value: fixed(value, 2),
        "arm": made.names.arm,
        "place_name": made.names.place,
        "toml": study_toml(study),
        "bibtex": bibtex(made.sources),
        "version": VERSION,
        "rows": made.scores.height,
        "item_count": len(browser["items"]),
        "untold": items.untold(made),
        "hidden": browser["hidden"],
        "closeness_count": len(closeness["columns"][0]),
        "closeness_left": closeness_left,
        "scores_left": scores_left,
        "payloads": {
            "data-items": browser,
            "data-closeness": closeness,
            "data-scores": scores,
            **({"data-distances": distances.distance_payload(made, apart)} if apart else {}),
        },
    }


def _lost(made: Material) -> dict[str, Any]:
    """What was lost, and what the gates stopped."""
    lost = tables.losses(made)
    return {
        "losses": lost,
        "loss_names": lost[0].names if lost else (),
        "stopped": tables.stopped(made),
        "without_value": tables.without_value(made),
        "replies": tables.lost_replies(made),
        "gates": {key: value for key, value in made.study.gates.model_dump().items() if value is not None},
    }


def _percent(level: float | None) -> str:
    return f"{level * 100:g} %" if level else ""
