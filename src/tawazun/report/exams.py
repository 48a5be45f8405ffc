"""Scores on benchmarks, read from the score rows: one line per subject, prompt and way of choosing an answer.

Scores under two prompts are two scores. Lines stand in the order in which the study asks, never by their score.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from tawazun.report.material import Material, Row, is_floor, reason, subject
from tawazun.report.naming import Subject
from tawazun.report.rounding import Shown, known, shown

MEASURES = ("accuracy", "macro_f1", "sem_b", "sem_w")
ABOVE = "above the best floor"
LOST = ("refused", "unread")
VARIANT = re.compile(r"view=.+|key=suspected|pooled|statements|first \d+ words")
LEAST_WIDTH = 1e-9
NOTHING = Shown("—", "", "", 0)
Told = Literal["better", "worse", "same", "unsure", "alone"]


@dataclass(frozen=True)
class Mark:
    """A score with what it is above the best floor by; `above` is None where no floor could be had."""

    row: Row
    above: Row | None = None

    @property
    def shown(self) -> Shown:
        """The score as printed; a dash where there is none."""
        if not known(self.row["value"]):
            return NOTHING
        return shown(self.row["value"], *(bounds(self.row) or (None, None)))

    @property
    def why(self) -> str:
        """Why there is no score, no interval, or nothing to be read."""
        return reason(self.row)

    @property
    def closed(self) -> bool:
        """Whether a gate is closed."""
        return not self.row["interpretable"]

    @property
    def floor(self) -> str:
        """Name of the best trivial floor, or empty."""
        return str(self.above["reference"]).removeprefix("floor:") if self.above else ""

    @property
    def floor_value(self) -> float | None:
        """What the best trivial floor scores on the same items."""
        if self.above is None or not known(self.above["value"]) or not known(self.row["value"]):
            return None
        return float(self.row["value"] - self.above["value"])

    @property
    def gap(self) -> Shown | None:
        """The difference to the best floor as printed."""
        if self.above is None or not known(self.above["value"]):
            return None
        return shown(self.above["value"], *(bounds(self.above) or (None, None)))

    @property
    def told(self) -> Told:
        """Whether the score is told from the best floor; words never say more than the interval of the difference."""
        if self.floor_value is None or self.above is None:
            return "alone"
        found = bounds(self.above)
        if found is None:
            # no difference and nothing that varies: the same points unit by unit
            alike = self.above["value"] == 0 and known(self.above["low"])
            return "same" if alike else "unsure"
        return "better" if found[0] > 0 else "worse" if found[1] < 0 else "same"


def bounds(row: Row) -> tuple[float, float] | None:
    """The interval of a row, or None where it has none or nothing varied."""
    low, high = row["low"], row["high"]
    if not (known(low) and known(high)) or high - low < LEAST_WIDTH:
        return None
    return (low, high)


@dataclass
class Line:
    """One subject under one prompt, read by one rule.

    prompt    as in the facet: `w1 letters 0-shot`
    norm      `none` or `chars` where options are scored by their probability, else empty
    marks     measure -> score; variants: what a second score is about -> measure -> score
    groups    group (`topic:Egypt`) -> measure -> row
    lost      `refused` and `unread` -> row
    """

    subject: Subject
    prompt: str
    norm: str
    marks: dict[str, Mark] = field(default_factory=dict)
    variants: dict[str, dict[str, Mark]] = field(default_factory=dict)
    groups: dict[str, dict[str, Row]] = field(default_factory=dict)
    lost: dict[str, Row] = field(default_factory=dict)

    @property
    def mode(self) -> str:
        """How answers were taken."""
        return self.subject.mode


@dataclass(frozen=True)
class Bench:
    """A benchmark of a run: its lines in the study's order, and what needs no model.

    metric    the measure that the headline reads; measures: those that the run has, the headline's first
    floors    (language, variant, group) -> measure -> floor -> value
    published figures printed elsewhere
    """

    instrument: str
    metric: str
    measures: tuple[str, ...]
    lines: tuple[Line, ...]
    floors: Mapping[tuple[str, str, str], Mapping[str, Mapping[str, float]]]
    published: Sequence[Mapping[str, Any]]

    @cached_property
    def variants(self) -> tuple[str, ...]:
        """Every second score that any line has."""
        return tuple(dict.fromkeys(name for line in self.lines for name in line.variants))

    def of(self, respondent: str) -> list[Line]:
        """The lines of one respondent."""
        return [line for line in self.lines if line.subject.respondent == respondent]


def benches(material: Material) -> list[Bench]:
    """Every benchmark that has a score of anybody."""
    return [found for name in material.instruments if (found := bench(material, name)) is not None]


def bench(material: Material, instrument: str) -> Bench | None:
    """One benchmark, or None where nobody has a score on it."""
    key = ("bench", instrument)
    if key not in material.kept:
        material.kept[key] = _bench(material, instrument)
    found: Bench | None = material.kept[key]
    return found


def is_exam(material: Material, instrument: str) -> bool:
    """Whether the run knows an instrument as a benchmark."""
    return bool(material.instruments.get(instrument, {}).get("exam"))


def _bench(material: Material, instrument: str) -> Bench | None:
    lines: dict[tuple[Subject, str, str], Line] = {}
    above: dict[tuple[Any, ...], Row] = {}
    floors: dict[tuple[str, str, str], dict[str, dict[str, float]]] = {}
    plain: list[tuple[Line, str, Row]] = []
    for measure in MEASURES:
        for row in material.measures.get(measure, []):
            if row["instrument"] != instrument:
                continue
            prompt, norm, rest = _parted(row["facet"])
            if is_floor(row):
                _add_floor(floors, row, ";".join(rest))
            elif prompt:
                key = (subject(row), prompt, norm)
                line = lines.setdefault(key, Line(*key))
                if rest[-1:] == (ABOVE,):
                    above[(*key, measure, ";".join(rest[:-1]))] = row
                elif rest in ((LOST[0],), (LOST[1],)):
                    line.lost[rest[0]] = row
                elif row["group"]:
                    line.groups.setdefault(row["group"], {})[measure] = row
                elif not rest or (len(rest) == 1 and VARIANT.fullmatch(rest[0])):
                    plain.append((line, "".join(rest), row))
    for line, variant, row in plain:
        found = above.get((line.subject, line.prompt, line.norm, row["measure"], variant))
        into = line.variants.setdefault(variant, {}) if variant else line.marks
        into[row["measure"]] = Mark(row, found)
    made = [line for line in lines.values() if line.marks]
    if not made:
        return None
    exam = material.instruments[instrument].get("exam") or {}
    there = [name for name in MEASURES if any(name in line.marks for line in made)]
    metric = str(exam.get("metric", there[0]))
    ordered = sorted(there, key=lambda name: name != metric)
    wordings = _order(material.answers["wording"].unique(maintain_order=True).to_list(), material.study.ask.wordings)
    made.sort(key=lambda line: (material.position(line.subject), line.mode, _place(line, wordings), line.norm))
    return Bench(instrument, ordered[0], tuple(ordered), tuple(made), floors, exam.get("published", ()))


def _order(came: Sequence[str], asked: object) -> dict[str, int]:
    named = list(asked) if isinstance(asked, list | tuple) else []
    return {name: i for i, name in enumerate(dict.fromkeys([*named, *came]))}


def _place(line: Line, wordings: Mapping[str, int]) -> tuple[int, str]:
    return wordings.get(line.prompt.partition(" ")[0], len(wordings)), line.prompt


def _add_floor(floors: dict[Any, Any], row: Row, variant: str) -> None:
    if known(row["value"]):
        of_key = floors.setdefault((row["language"], variant, row["group"]), {})
        of_key.setdefault(row["measure"], {})[row["respondent"].removeprefix("floor:")] = row["value"]


def _parted(facet: str) -> tuple[str, str, tuple[str, ...]]:
    """Prompt, norm and the rest of a facet; the decoding is part of the subject."""
    parts = [part for part in facet.split(";") if part and not part.startswith("decoding=")]
    prompt = norm = ""
    if parts and parts[0].startswith("prompt="):
        prompt = parts.pop(0).removeprefix("prompt=")
        if parts and parts[0].startswith("norm="):
            norm = parts.pop(0).removeprefix("norm=")
    return prompt, norm, tuple(parts)
