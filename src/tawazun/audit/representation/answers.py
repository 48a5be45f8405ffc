"""What people in a data set said of themselves, read from a table or as printed by the makers of a set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tawazun.audit.representation.tags import field, texts, weight
from tawazun.catalogue import load, names
from tawazun.data.rows import read_rows
from tawazun.errors import BadFile
from tawazun.source import Source

FOLDER = "tawazun.audit.representation.catalogue"
PLACES = ("birth", "residence")
SELF = "self"

# (what was said, people who said it); nothing said = an empty tuple
Said = Sequence[tuple[tuple[str, ...], int]]


@dataclass(frozen=True, slots=True)
class Answers:
    """People of a data set. `by`: `birth`, `residence`, `self` or a demographic -> what was said, by how many."""

    total: int
    by: Mapping[str, Said]


def recorded_names() -> list[str]:
    """Sets whose makers printed whom they asked."""
    return names(FOLDER)


def recorded(name: str) -> tuple[Answers, Source]:
    """Counts as printed by the makers of a set. Errors: UnknownName."""
    counts: Sequence[tuple[str, str, int]] = load(FOLDER, name, "COUNTS")
    by: dict[str, list[tuple[tuple[str, ...], int]]] = {}
    for definition, answer, people in counts:
        by.setdefault(definition, []).append(((answer,), people))
    totals = {sum(people for _, people in said) for said in by.values()}
    return Answers(max(totals), by), load(FOLDER, name, "SOURCE")


def read_people(path: Path, columns: Mapping[str, str] | None = None) -> Answers:
    """A table of people: a row each, or a row per kind of people with a column `count`.

    columns   `birth`, `residence`, `self`, `count`, or any demographic -> its column; a dot goes into nested records
    Errors    BadFile when the file cannot be read, has no column of birth, residence or self, or lacks a named one
    """
    wanted = dict(columns or {})
    rows = read_rows(path)
    for ours, theirs in wanted.items():
        if not any(field(row, theirs) is not None for row in rows):
            raise BadFile(f"{path}: column {theirs!r} (for {ours}) is missing or empty in every row")
    there = {ours: wanted.get(ours, ours) for ours in (*PLACES, SELF)}
    there = {ours: theirs for ours, theirs in there.items() if any(field(row, theirs) is not None for row in rows)}
    if not there:
        raise BadFile(f"{path}: no column of birth, residence or self; name them with --column birth=THEIRS")
    there |= {ours: theirs for ours, theirs in wanted.items() if ours not in there and ours != "count"}
    weights = [weight(row, wanted.get("count", "count")) for row in rows]
    by = {
        ours: [(tuple(texts(field(row, theirs))), count) for row, count in zip(rows, weights, strict=True)]
        for ours, theirs in there.items()
    }
    return Answers(sum(weights), by)
