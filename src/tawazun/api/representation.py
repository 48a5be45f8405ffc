"""Representation: what a data set covers of a group of places, and who is in it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

from tawazun.audit.records import Finding
from tawazun.audit.representation import (
    Coverage,
    Interests,
    People,
    cover,
    interests,
    read_people,
    read_tags,
    recorded,
    recorded_names,
    who_is_in,
)
from tawazun.audit.representation.tags import place_code
from tawazun.data.rows import read_rows
from tawazun.errors import BadFile, BadStudy
from tawazun.instruments import instrument
from tawazun.places import Group, group, groups
from tawazun.populations import load_populations
from tawazun.runs.audits import write_audit
from tawazun.source import Redistribute, Source
from tawazun.version import VERSION

ARAB = "group:arab-league@2023-05"


@dataclass(frozen=True, slots=True)
class Represented:
    """Coverage of a data set with its topic maps, one per population asked for."""

    coverage: Coverage
    maps: tuple[Interests, ...]


def named_group(name: str) -> Group:
    """A group by its id, or by the id without `group:` and date where only one fits. Errors: UnknownName."""
    fitting = [one for one in groups() if one.removeprefix("group:").partition("@")[0] == name]
    return group(fitting[0] if len(fitting) == 1 else name)


def representation(
    path: Path,
    *,
    of: str = ARAB,
    columns: Mapping[str, str] | None = None,
    weights: Path | None = None,
    populations: Sequence[str] = (),
    topics: Mapping[str, str] | None = None,
    data: Path | None = None,
    out: Path | None = None,
) -> Represented:
    """What the rows of a data set cover of a group of places.

    columns       `country`, `topic`, `variety`, `origin`, `count` -> their columns
    weights       a table of `country, weight` (people, speakers): what shares should be; equal when left out
    populations   people (`menavalues_wvs-7/EGY`) whose survey answers say what matters; `data`: where their files lie
    topics        topic -> survey item; the six of the World Values Survey when left out
    out           a folder for findings, numbers and their page
    Errors        BadFile, UnknownName
    """
    tags = read_tags(path, columns)
    covered = cover(tags, named_group(of), _weights(weights) if weights else None)
    people = [one for spec in populations for one in load_populations(spec, data=data)]
    maps = tuple(interests(tags, one, instrument(one.instrument, data), topics) for one in people)
    if out is not None:
        from tawazun.report.coverage import coverage_page

        findings = [*covered.gaps, *covered.warnings, *(one for made in maps for one in _neglected(made))]
        facts = {"group": covered.group, "rows": covered.total}
        page = coverage_page(covered, maps, path.name)
        _write(out, path.name, findings, _numbers(covered, maps), facts, page)
    return Represented(covered, maps)


def people_in(
    name: str,
    *,
    of: str = ARAB,
    columns: Mapping[str, str] | None = None,
    self_words: Sequence[str] = (),
    expected: Path | None = None,
    redistribute: str = "yes",
    out: Path | None = None,
) -> People:
    """Who is in a data set: a table of people, or a set whose makers printed whom they asked (`prism`).

    expected       a table of `dimension, value, share` of the people it should speak for
    redistribute   `aggregates` or `no` withholds cells under ten; a printed set brings its own terms
    Errors         BadFile, BadStudy, UnknownName
    """
    if redistribute not in get_args(Redistribute):
        raise BadStudy(f"--terms {redistribute!r}: one of {', '.join(get_args(Redistribute))}")
    terms: Redistribute = redistribute  # type: ignore[assignment]
    source: Source | None = None
    if name in recorded_names():
        if columns:
            raise BadStudy(f"--column goes with a file of your own; {name} is as its makers printed it")
        answers, source = recorded(name)
        terms = terms if terms != "yes" else source.redistribute
    else:
        answers = read_people(Path(name), columns)
    made = who_is_in(
        answers,
        named_group(of),
        self_words=self_words,
        expected=_expected(expected) if expected else None,
        redistribute=terms,
    )
    if out is not None:
        facts = {"group": made.group, "people": made.total, "source": source.record() if source else None}
        findings = [Finding("note", "note", (), text, "people by definition") for text in made.notes]
        _write(out, Path(name).name, findings, _people_numbers(made), facts)
    return made


def _weights(path: Path) -> dict[str, float]:
    found = {}
    for row in read_rows(path, ("country", "weight")):
        code = place_code(row.text("country"))
        if not code:
            raise row.fault("country", f"no place is called {row.text('country')!r}")
        found[code] = _number(row.text("weight"), row.where, path)
    return found


def _expected(path: Path) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for row in read_rows(path, ("dimension", "value", "share")):
        share = _number(row.text("share"), row.where, path)
        found.setdefault(row.text("dimension"), {})[row.text("value")] = share
    for dimension, shares in found.items():
        if sum(shares.values()) > 1 + 1e-6:
            raise BadFile(f"{path}: the shares of {dimension} sum to {sum(shares.values()):.3f}, more than 1")
    return found


def _number(text: str, where: str, path: Path) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise BadFile(f"{path} {where}: {text[:40]!r} is no number from 0 up")
    return value


def _neglected(made: Interests) -> list[Finding]:
    return [
        Finding(
            "neglected-topic",
            "note",
            (made.place,),
            f"{made.place}: {one.topic} ranks {one.rank_people:g} among its people and {one.rank_data:g} in the data",
            made.population,
            one.gap,
        )
        for one in made.topics
        if one.gap >= 2
    ]


def _numbers(covered: Coverage, maps: Sequence[Interests]) -> list[dict[str, Any]]:
    made = [{"check": f"rows:{name}", "name": value, "value": n} for name, own in covered.counts.items()
            for value, n in own.items()]  # fmt: skip
    made += [{"check": "rows:member", "name": code, "value": n} for code, n in covered.members.items()]
    made += [{"check": f"rows:country x {name}", "name": f"{country} | {value}", "value": n}
             for name, cross in covered.crosses.items() for (country, value), n in cross.items()]  # fmt: skip
    made.append({"check": "effective countries", "name": covered.group, "value": covered.effective})
    for one in maps:
        made += [{"check": f"importance:{one.population}", "name": each.topic, "value": each.importance}
                 for each in one.topics]  # fmt: skip
        made += [{"check": f"share:{one.population}", "name": each.topic, "value": each.share} for each in one.topics]
    return made


def _people_numbers(made: People) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for one in made.definitions:
        inside = None if one.inside is None else float(one.inside)
        rows.append({"check": f"people:{one.name}", "name": "known", "value": float(one.known)})
        rows.append({"check": f"people:{one.name}", "name": made.group, "value": inside})
        rows += [{"check": f"share:{one.name}", "name": name, "value": value}
                 for name, value in (("share", one.share), ("low", one.low), ("high", one.high))]  # fmt: skip
    rows += [
        {"check": f"ratio:{each.dimension}", "name": each.value, "value": each.ratio} for each in made.demographics
    ]
    return rows


def _write(
    out: Path,
    subject: str,
    findings: Sequence[Finding],
    numbers: Sequence[Mapping[str, Any]],
    facts: Mapping[str, Any],
    page: str = "",
) -> None:
    rows = [{"check": "representation", **asdict(one), "items": list(one.items)} for one in findings]
    manifest = {"version": VERSION, "subject": subject, "facts": dict(facts), "counts": {"findings": len(rows)}}
    write_audit(out, rows, numbers, manifest, page=page)
