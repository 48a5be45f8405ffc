"""Closeness of subjects to peoples, read from the scores: one record per subject and population, floors beside it.

A measure of closeness says in which direction it runs; nothing else here knows which one is shown. Where a run has
several, the first of `MEASURES` that it has for an instrument is the one in the headline; the others are in the table.
Of a measure that comes in several variants (design effects) one is read, and floors of the same variant beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tawazun.report.material import Material, Row, is_floor, subject
from tawazun.report.naming import Subject
from tawazun.report.rounding import Shown, known, shown

# measure -> +1 when more is closer, -1 when less is
MEASURES = {
    "js_similarity": 1,
    "w1_similarity": 1,
    "js_similarity_corrected": 1,
    "js_divergence": -1,
    "map_distance": -1,
}
FLOORS = ("uniform", "modal", "regional")
# variants of the corrected similarity: the first two stand for a subject, the others are there to read them by
READ = ("deff=1", "excludes human error")
ASIDE = ("deff=1.5", "deff=2", "item_correlation=0", "item_correlation=0.3", "uncorrected", "noise-floor")


@dataclass(frozen=True)
class Against:
    """How close one subject is to one population.

    floors   `uniform`, `modal`, `regional` -> value of the same measure for the same population; the highest where
             a population lies in several groups
    skills   the same keys -> the skill row against that floor
    own      whether the population is that of the place the subject stands for
    """

    subject: Subject
    population: str
    place: str
    source: str
    row: Row
    toward: int
    own: bool
    floors: Mapping[str, float] = field(default_factory=dict)
    skills: Mapping[str, Row] = field(default_factory=dict)

    @property
    def value(self) -> float:
        """The estimate."""
        return float(self.row["value"])

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The interval, or None."""
        low, high = self.row["low"], self.row["high"]
        return (low, high) if known(low) and known(high) else None

    @property
    def shown(self) -> Shown:
        """The estimate as printed."""
        return shown(self.value, self.row["low"], self.row["high"])

    @property
    def best_floor(self) -> float | None:
        """The floor that is hardest to beat."""
        if not self.floors:
            return None
        return (max if self.toward > 0 else min)(self.floors.values())

    def beats(self, floor: float | None) -> bool | None:
        """True when the whole interval is on the good side of a floor, False on the bad side, None when undecided."""
        if floor is None or self.bounds is None:
            return None
        low, high = self.bounds if self.toward > 0 else (-self.bounds[1], -self.bounds[0])
        line = floor * self.toward
        if low > line:
            return True
        return False if high < line else None

    def overlaps(self, other: "Against") -> bool:
        """Whether the intervals of two records share a point; True when either has none."""
        if self.bounds is None or other.bounds is None:
            return True
        return self.bounds[0] <= other.bounds[1] and other.bounds[0] <= self.bounds[1]


def against(material: Material, instrument: str, measure: str) -> list[Against]:
    """Every subject × population with a value, subjects in the study's order, populations in the table's."""
    return material.keep(("against", instrument, measure), lambda: _against(material, instrument, measure))


def _against(material: Material, instrument: str, measure: str) -> list[Against]:
    rows = [row for row in material.measures.get(measure, []) if row["instrument"] == instrument]
    floors = _floors(rows, MEASURES[measure])
    skills = _skills(material, instrument) if measure == "js_similarity" else {}
    found: dict[tuple[Subject, str], Against] = {}
    for row in rows:
        name = row["population"]
        if is_floor(row) or name not in material.places or not known(row["value"]) or _summary(row) or _aside(row):
            continue
        one = subject(row)
        if (one, name) in found:
            continue
        place, source = material.places[name]
        own = bool(place) and material.names.stands_for(one) == place
        beside = floors.get((name, _variant(row)), {})
        found[one, name] = Against(
            one, name, place, source, row, MEASURES[measure], own, beside, skills.get((one, name), {})
        )
    return sorted(found.values(), key=lambda one: material.position(one.subject))


def measure_of(material: Material, instrument: str) -> str:
    """The measure of closeness that an instrument's headline uses, or empty when it has none with a value."""
    for measure in MEASURES:
        rows = material.measures.get(measure, [])
        if any(
            row["instrument"] == instrument and known(row["value"]) and not is_floor(row) and row["population"]
            for row in rows
        ):
            return measure
    return ""


def arms(records: Sequence[Against]) -> dict[Subject, list[Against]]:
    """Records by subject, in order."""
    found: dict[Subject, list[Against]] = {}
    for one in records:
        found.setdefault(one.subject, []).append(one)
    return found


def nearest(records: Sequence[Against]) -> Against:
    """The closest population of one subject."""
    return max(records, key=lambda one: one.value * one.toward)


def _summary(row: Row) -> bool:
    """Rows over many populations that carry one population's name: the nearest one, the mean."""
    return any(part == "nearest" or part.startswith("mean over") for part in row["facet"].split(";"))


def _variant(row: Row) -> str:
    return next((part for part in row["facet"].split(";") if part in READ), "")


def _aside(row: Row) -> bool:
    return any(part in ASIDE for part in row["facet"].split(";"))


def _floors(rows: Sequence[Row], toward: int) -> dict[tuple[str, str], dict[str, float]]:
    found: dict[tuple[str, str], dict[str, float]] = {}
    for row in rows:
        head, _, floor = row["respondent"].partition(":")
        if head != "floor" or floor not in FLOORS or not known(row["value"]) or _summary(row) or _aside(row):
            continue
        own = found.setdefault((row["population"], _variant(row)), {})
        value = float(row["value"])
        own[floor] = value if floor not in own else (max if toward > 0 else min)(own[floor], value)
    return found


def _skills(material: Material, instrument: str) -> dict[tuple[Subject, str], dict[str, Row]]:
    found: dict[tuple[Subject, str], dict[str, Row]] = {}
    for row in material.measures.get("skill", []):
        if row["instrument"] != instrument or not known(row["value"]):
            continue
        facets = dict(part.split("=", 1) for part in row["facet"].split(";") if "=" in part)
        own = found.setdefault((subject(row), row["population"]), {})
        kept = own.get(facets.get("floor", ""))
        if kept is None or row["value"] < kept["value"]:
            own[facets.get("floor", "")] = row
    return found
