"""Tables of the page: closeness of everyone to everyone, what was lost, what the gates stopped, every score.

Big tables travel as columns with numbered texts, so that they pack well; they are drawn as far as they are looked at.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tawazun.answers.thoughts import without_thought
from tawazun.report.closeness import FLOORS, against, measure_of
from tawazun.report.material import Material, Row, reason, subject
from tawazun.report.naming import Subject
from tawazun.report.reasons import reason_in
from tawazun.report.rounding import fixed, known, p_text, percent, shown

MOST_SCORES = 20_000
MOST_CLOSENESS = 20_000
ITEM_MEASURES = ("js_divergence", "w1_similarity", "js_similarity_corrected", "js_similarity")
ALWAYS = ("allowed_mass", "refusal_rate", "unread_rate")
LOSSES = (*ALWAYS, "mismatch_rate", "order_effect", "label_effect", "decoding_effect")
REPLIES = 12
REPLY_LENGTH = 280


@dataclass
class Columns:
    """A table as columns; texts are numbered. `sort` columns hold numbers for ordering, null last."""

    names: tuple[str, ...]
    texts: dict[str, int]
    rows: list[list[int]]
    numbers: dict[int, list[float | None]]

    @staticmethod
    def of(names: Sequence[str], numeric: Sequence[str]) -> "Columns":
        """An empty table; the `numeric` columns are ordered by number."""
        return Columns(tuple(names), {}, [[] for _ in names], {names.index(name): [] for name in numeric})

    def add(self, values: Iterable[tuple[str, float | None]]) -> None:
        """One row of (text, number to order by)."""
        for i, (text, order) in enumerate(values):
            self.rows[i].append(self.texts.setdefault(text, len(self.texts)))
            if i in self.numbers:
                self.numbers[i].append(None if not known(order) else float(f"{order:.6g}"))

    def payload(self, titles: Sequence[str]) -> dict[str, Any]:
        """The table for the page's script."""
        return {
            "titles": list(titles),
            "texts": list(self.texts),
            "columns": self.rows,
            "numbers": {str(i): values for i, values in self.numbers.items()},
        }


def closeness_payload(material: Material) -> tuple[dict[str, Any], int]:
    """Subject × population closeness with floors and skills, and how many rows were left out."""
    names = ["respondent", "instrument", "arm", "people", "source", "value", "interval"]
    names += [f"{kind}_{floor}" for floor in FLOORS for kind in ("floor", "skill")] + ["note"]
    numeric = ["value", *(f"{kind}_{floor}" for floor in FLOORS for kind in ("floor", "skill"))]
    table, left_out = Columns.of(names, numeric), 0
    for instrument in material.instruments:
        measure = measure_of(material, instrument)
        records = against(material, instrument, measure) if measure else []
        records = sorted(records, key=lambda one: (not one.own, -one.value * one.toward))
        for one in records:
            if len(table.rows[0]) >= MOST_CLOSENESS:
                left_out += 1
                continue
            value = one.shown
            cells: list[tuple[str, float | None]] = [
                (one.subject.respondent, None),
                (material.instrument_title(instrument), None),
                (material.names.arm(one.subject), None),
                (material.names.population(one.population), None),
                (one.source, None),
                (value.value, one.value),
                (value.interval, None),
            ]
            for floor in FLOORS:
                line, skill = one.floors.get(floor), one.skills.get(floor)
                cells.append((fixed(line, value.decimals) if line is not None else "", line))
                cells.append(_skill(skill))
            own = material.words.plain("table.own_people") if one.own else ""
            why = reason_in(material.words, one.row["why"])
            cells.append((material.words.plain("reason.join").join(part for part in (own, why) if part), None))
            table.add(cells)
    return table.payload([material.words.plain(f"column.{name}") for name in names]), left_out


def _skill(row: Row | None) -> tuple[str, float | None]:
    return (shown(row["value"], row["low"], row["high"]).text, row["value"]) if row else ("", None)


COLUMNS = (
    "measure", "respondent", "instrument", "persona", "perspective", "language", "item", "population", "group", "facet",
    "value", "interval", "n", "p", "unit", "mode", "method", "why",
)  # fmt: skip


def score_payload(material: Material) -> tuple[dict[str, Any], int]:
    """Every score, without those about single items where there are too many; and how many were left out."""
    scores = material.scores
    whole = scores.height
    for measure in ITEM_MEASURES:
        if scores.height > MOST_SCORES:
            scores = scores.filter((pl.col("measure") != measure) | (pl.col("item") == ""))
    scores = scores.head(MOST_SCORES)
    table = Columns.of(COLUMNS, ("value", "n", "p"))
    for row in scores.iter_rows(named=True):
        table.add(_score_cells(material, row))
    return table.payload([material.words.plain(f"column.{name}") for name in COLUMNS]), whole - scores.height


def _score_cells(material: Material, row: Row) -> list[tuple[str, float | None]]:
    value = shown(row["value"], row["low"], row["high"]) if known(row["value"]) else None
    marked = "" if row["interpretable"] else material.words.plain("table.not_readable")
    texts = {
        "measure": _labelled(material, "judging", row["measure"]),
        "facet": _facet(material, row),
        "value": value.value if value else "",
        "interval": value.interval if value else "",
        "n": f"{row['n']:g}" if known(row["n"]) else "",
        "p": p_text(row["p"]).removeprefix("= ") if known(row["p"]) else "",
        "why": "; ".join(part for part in (marked, row["why"]) if part),
    }
    return [
        (texts.get(name, row.get(name) or ""), row.get(name) if name in ("value", "n", "p") else None)
        for name in COLUMNS
    ]


def _labelled(material: Material, part: str, name: str) -> str:
    """What the page calls a name where it has words for it, else the name."""
    words = material.words
    return words.plain(f"{part}.{name}") if name and words.has(f"{part}.{name}") else name


def _facet(material: Material, row: Row) -> str:
    if not material.words.has(f"judging.{row['measure']}"):
        return str(row["facet"])
    return "; ".join(_labelled(material, "judging.facet", part) for part in str(row["facet"]).split(";"))


@dataclass(frozen=True)
class Loss:
    """What was lost, as printed, for the ways of asking that lost the same; `cells` and `failed` are their counts.

    names      the losses of the columns: the first three, and those of which the run has a value
    measured   (value, interval, why there is none) for each of them
    """

    respondent: str
    instrument: str
    arms: tuple[str, ...]
    cells: int
    failed: int
    names: tuple[str, ...]
    measured: tuple[tuple[str, str, str], ...]
    closed: bool


def losses(material: Material) -> list[Loss]:
    """One line per respondent, instrument and outcome, in the study's order."""
    counts = _cell_counts(material)
    rows: dict[Subject, dict[str, Row]] = {}
    for measure in LOSSES:
        for row in material.measures.get(measure, []):
            if _key(subject(row)) in counts:
                rows.setdefault(subject(row), {})[measure] = row
    counted = {_key(one) for one in rows}
    rows |= {Subject(*key): {} for key in counts if key not in counted}
    valued = {name for own in rows.values() for name, row in own.items() if known(row["value"])}
    names = tuple(name for name in LOSSES if name in ALWAYS or name in valued)
    closed = {subject(row) for one in material.measures.values() for row in one if not row["interpretable"]}
    lines: dict[tuple[Any, ...], list[Subject]] = {}
    for one in sorted(rows, key=material.position):
        measured = tuple(_loss(rows[one].get(name)) for name in names)
        lines.setdefault((one.respondent, one.instrument, measured, one in closed), []).append(one)
    found = []
    for (respondent, instrument, measured, shut), subjects in lines.items():
        cells, failed = (sum(counts.get(_key(one), (0, 0))[i] for one in subjects) for i in (0, 1))
        arms = tuple(dict.fromkeys(material.names.arm(one) for one in subjects))
        found.append(
            Loss(respondent, material.instrument_title(instrument), arms, cells, failed, names, measured, shut)
        )
    return sorted(found, key=lambda one: [each.name for each in material.study.respondent].index(one.respondent))


def _cell_counts(material: Material) -> dict[tuple[str, ...], tuple[int, int]]:
    keys = ("respondent", "instrument", "persona", "perspective", "language", "mode")
    counted = material.answers.group_by(keys, maintain_order=True).agg(
        pl.len().alias("cells"), pl.col("error").is_not_null().sum().alias("failed")
    )
    return {values[:-2]: (values[-2], values[-1]) for values in counted.iter_rows()}


def _key(one: Subject) -> tuple[str, ...]:
    return (one.respondent, one.instrument, one.persona, one.perspective, one.language, one.mode)


def _loss(row: Row | None) -> tuple[str, str, str]:
    if row is None:
        return "", "", ""
    if not known(row["value"]):
        return "", "", row["why"]
    share = not row["measure"].endswith("_effect")
    value = (percent if share else shown)(row["value"], row["low"], row["high"])
    return f"{value.value}{' %' if share else ''}", value.interval, row["why"]


@dataclass(frozen=True)
class Stopped:
    """Rows that may not be read, or that have no value, for one reason."""

    why: str
    rows: int
    measures: tuple[str, ...]
    respondents: tuple[str, ...]
    subjects: tuple[str, ...]


def stopped(material: Material) -> list[Stopped]:
    """What closed gates marked or withheld, by reason."""
    return _grouped(material, material.scores.filter(~pl.col("interpretable")))


def without_value(material: Material) -> list[Stopped]:
    """Scores that could not be had although no gate is closed, by reason."""
    floor = pl.col("respondent").str.contains("^(floor|ceiling):")
    return _grouped(material, material.scores.filter(pl.col("interpretable") & pl.col("value").is_null() & ~floor))


def _grouped(material: Material, table: pl.DataFrame) -> list[Stopped]:
    groups: dict[str, list[Row]] = {}
    for row in table.iter_rows(named=True):
        groups.setdefault(reason(row) or "—", []).append(row)
    found = []
    for why, rows in groups.items():
        subjects = sorted({subject(row) for row in rows}, key=material.position)
        arms = tuple(dict.fromkeys(material.names.subject(one) for one in subjects))
        respondents = tuple(dict.fromkeys(one.respondent for one in subjects))
        measures = tuple(dict.fromkeys(str(row["measure"]) for row in rows))
        found.append(Stopped(why, len(rows), measures, respondents, arms))
    return sorted(found, key=lambda one: -one.rows)


@dataclass(frozen=True)
class Reply:
    """A reply in which a cell lost something."""

    respondent: str
    arm: str
    question: str
    text: str


def lost_replies(material: Material) -> list[Reply]:
    """Some replies of cells with a refusal or an unreadable reply, spread over respondents."""
    lost = (pl.col("refused").fill_null(0) > 0) | (pl.col("unread").fill_null(0) > 0)
    table = material.answers.filter(lost & pl.col("text").is_not_null() & (pl.col("text").list.len() > 0))
    each = max(1, REPLIES // max(1, table["respondent"].n_unique()))
    found = []
    for row in table.group_by("respondent", maintain_order=True).head(each).head(REPLIES).iter_rows(named=True):
        one = Subject(row["respondent"], row["instrument"], row["persona"], row["perspective"], row["language"])
        text = without_thought(str(row["text"][0] or ""))
        cut = text if len(text) <= REPLY_LENGTH else f"{text[:REPLY_LENGTH]}…"
        found.append(Reply(one.respondent, material.names.arm(one), row["question"], cut))
    return found
