"""What a comparison of respondents says, laid out for a page: who is ahead where, by how much, and who is not.

Nothing is computed here: differences, corrected tests and shared places come from `claims.comparison`. Respondents that
cannot be told apart from the best stand in one set, without an order that the data do not give.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from tawazun.claims.comparison import Comparison
from tawazun.claims.differences import AHEAD, BEHIND, Difference
from tawazun.report.naming import Names, measure_name
from tawazun.report.rounding import known, p_text, shown
from tawazun.report.strips import HEIGHT, at_percent, axis
from tawazun.report.svg import Scale, element, markup, ticks, titled
from tawazun.report.tables import Columns

MOST_PAIRS = 12
COLUMNS = (
    "people", "arm", "first", "second", "difference", "interval", "p_holm", "outcome", "smallest_effect", "why",
    "measure", "source", "instrument",
)  # fmt: skip
NUMERIC = ("difference", "p_holm", "smallest_effect")
# what differs from row to row comes first, so that the finding is in view without scrolling
BEST_COLUMNS = ("people", "arm", "set", "count", "rest", "measure", "source", "instrument")


@dataclass(frozen=True)
class Standing:
    """A respondent over everything that was compared by one measure.

    alone   targets for which it is shown ahead of everybody; among: in the set that cannot be told from the best
    behind  targets for which somebody is shown ahead of it; of: targets that may be read
    """

    respondent: str
    alone: int
    among: int
    behind: int
    of: int


@dataclass(frozen=True)
class Best:
    """One target: the respondents that nobody is shown ahead of, and the others with the ranks they may have."""

    people: str
    source: str
    instrument: str
    arm: str
    best: tuple[tuple[str, str], ...]
    rest: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Forest:
    """Differences of one pair, target by target."""

    first: str
    second: str
    axis: Markup
    lines: tuple[tuple[str, Markup, str, str], ...]


@dataclass(frozen=True)
class Board:
    """One measure's comparison.

    title         what the measure is called; measure: its name in studies and files
    family        what it was corrected for, in words
    forests_left  pairs that are in the table only
    """

    measure: str
    title: str
    unit: str
    tests: int
    alpha: float
    exploratory: bool
    limits: tuple[str, ...]
    family: str
    standings: tuple[Standing, ...]
    best: tuple[Best, ...]
    unread: int
    forests: tuple[Forest, ...]
    forests_left: int


def board(comparison: Comparison, names: Names, titles: Mapping[str, str]) -> Board:
    """A comparison laid out; `titles` are those of instruments. At least one difference is in it."""
    rows = comparison.differences
    best = _best(comparison, names, titles)
    blocks = {_block(row) for row in rows}
    forests = _forests(rows, names)
    return Board(
        rows[0].measure, measure_name(names.words, rows[0].measure), rows[0].unit, comparison.tests, comparison.alpha,
        comparison.exploratory, comparison.limits, comparison.family, _standings(rows, best), best,
        len(blocks) - len(best), tuple(forests[:MOST_PAIRS]), max(0, len(forests) - MOST_PAIRS),
    )  # fmt: skip


def _block(row: Difference) -> tuple[str, str, str]:
    return (row.population, row.persona, row.language)


def _arm(names: Names, persona: str, language: str) -> str:
    if persona in ("none", "human", ""):
        asked = names.words.plain(f"persona.{persona or 'none'}")
    elif names.words.has(f"site.persona_{persona}"):
        asked = names.words.plain(f"site.persona_{persona}")
    else:
        asked = names.words.plain("persona.place", place=names.spoken(persona))
    parts = (asked, names.language(language) if language else "")
    return names.words.plain("list.comma").join(part for part in parts if part)


def _people(names: Names, population: str) -> tuple[str, str]:
    """(name, source) of a target: a place of a source, a group, a whole source or a benchmark."""
    source, _, place = population.partition("/")
    return (names.place(place), source) if place else (population, "")


def _best(comparison: Comparison, names: Names, titles: Mapping[str, str]) -> tuple[Best, ...]:
    instruments = {_block(row): row.instrument for row in comparison.differences}
    blocks: dict[tuple[str, str, str], list[Any]] = {}
    for place in comparison.places:
        blocks.setdefault((place.population, place.persona, place.language), []).append(place)
    found = []
    for key, places in blocks.items():
        people, source = _people(names, key[0])
        best = tuple((one.respondent, shown(one.closeness).value) for one in places if one.best == 1)
        rest = tuple(
            (one.respondent, f"{one.best}–{one.worst}" if one.best < one.worst else str(one.best))
            for one in places
            if one.best > 1
        )
        instrument = instruments[key]
        found.append(Best(people, source, titles.get(instrument, instrument), _arm(names, key[1], key[2]), best, rest))
    return tuple(found)


def _standings(rows: Sequence[Difference], best: Sequence[Best]) -> tuple[Standing, ...]:
    labels = dict.fromkeys(name for row in rows for name in (row.first, row.second))
    found = []
    for label in labels:
        there = [one for one in best if label in dict(one.best) or label in dict(one.rest)]
        among = [one for one in there if label in dict(one.best)]
        alone = sum(len(one.best) == 1 for one in among)
        found.append(Standing(label, alone, len(among), len(there) - len(among), len(there)))
    return tuple(sorted(found, key=lambda one: (-one.alone, -one.among)))


def outcome(names: Names, row: Difference) -> str:
    """What a pair came to, with the respondents' names instead of first and second."""
    key = row.outcome.replace(" ", "_").replace(",", "").replace(":", "")
    ahead = row.first if row.outcome in AHEAD else row.second if row.outcome in BEHIND else ""
    return names.words.plain(f"site.outcome.{key}", ahead=ahead)


def _forests(rows: Sequence[Difference], names: Names) -> list[Forest]:
    pairs: dict[tuple[str, str], list[Difference]] = {}
    for row in rows:
        pairs.setdefault((row.first, row.second), []).append(row)
    ends = [abs(end) for row in rows for end in (row.value, row.low, row.high) if known(end) and end is not None]
    reach = max(ends, default=1.0) * 1.05 or 1.0
    scale = Scale((-reach, reach), (0.0, 100.0))
    return [
        Forest(*pair, axis(scale), tuple(_forest_line(names, scale, row) for row in own)) for pair, own in pairs.items()
    ]


def _forest_line(names: Names, scale: Scale, row: Difference) -> tuple[str, Markup, str, str]:
    people, _ = _people(names, row.population)
    label = ", ".join(part for part in (people, _arm(names, row.persona, row.language)) if part)
    value, said = shown(row.value, row.low, row.high), outcome(names, row)
    title = f"{label}: {value.text}; {said}"
    root = element(None, "svg", class_="strip forest", height=HEIGHT, width="100%", role="img", aria_label=title)
    if row.smallest_effect is not None:
        left, right = (max(0.0, min(100.0, scale(sign * row.smallest_effect))) for sign in (-1, 1))
        band = element(root, "rect", class_="small", x=f"{left:.1f}%", width=f"{right - left:.1f}%", y=0, height=HEIGHT)
        element(band, "title", names.words.plain("site.small", value=shown(row.smallest_effect).value))
    for mark in ticks(*scale.data, 5):
        at = at_percent(scale(mark))
        element(root, "line", class_="grid zero" if mark == 0 else "grid", x1=at, x2=at, y1=0, y2=HEIGHT)
    middle = HEIGHT / 2
    if known(row.low) and known(row.high) and row.low is not None and row.high is not None:
        low, high = at_percent(scale(row.low)), at_percent(scale(row.high))
        element(root, "line", class_="bar own", x1=low, x2=high, y1=middle, y2=middle)
    kind = "own" if row.outcome in (*AHEAD, *BEHIND) else "closed" if row.outcome == "not interpretable" else "near"
    titled(root, "circle", title, class_=f"mark {kind}", cx=at_percent(scale(row.value)), cy=middle, r=5)
    return label, markup(root), value.text, said


def differences_payload(comparisons: Sequence[Comparison], names: Names, titles: Mapping[str, str]) -> dict[str, Any]:
    """Every difference of every comparison, for the page's script; `titles` are those of instruments."""
    table = Columns.of(COLUMNS, NUMERIC)
    for row in (row for one in comparisons for row in one.differences):
        people, source = _people(names, row.population)
        value, delta = shown(row.value, row.low, row.high), row.smallest_effect
        p = p_text(row.p_holm).removeprefix("= ") if row.p_holm is not None and known(row.p_holm) else ""
        texts = (
            people, _arm(names, row.persona, row.language), row.first, row.second,
            value.value, value.interval, p, outcome(names, row), "" if delta is None else shown(delta).value, row.why,
            measure_name(names.words, row.measure), source, titles.get(row.instrument, row.instrument),
        )  # fmt: skip
        numbers = {"difference": row.value, "p_holm": row.p_holm, "smallest_effect": delta}
        table.add((text, numbers.get(name)) for name, text in zip(COLUMNS, texts, strict=True))
    return table.payload([names.words.plain(f"column.{name}") for name in COLUMNS])


def best_payload(boards: Sequence[Board], names: Names) -> dict[str, Any]:
    """Per target the set that cannot be told from the best, for the page's script."""
    table = Columns.of(BEST_COLUMNS, ("count",))
    for made in boards:
        for one in made.best:
            best = ", ".join(f"{name} {value}" for name, value in one.best)
            rest = ", ".join(f"{name} ({ranks})" for name, ranks in one.rest)
            count = len(one.best)
            texts = (one.people, one.arm, best, str(count), rest, made.title, one.source, one.instrument)
            pairs = zip(BEST_COLUMNS, texts, strict=True)
            table.add((text, float(count) if name == "count" else None) for name, text in pairs)
    return table.payload([names.words.plain(f"column.{name}") for name in BEST_COLUMNS])
