"""Steering by many people of a place: profiles in proportion to its population, their answers weighted together.

Profiles are the cells of a table of people (age, sex, education, settlement). From margins alone the table is their
product, so that attributes are taken as independent, and that is said. Where there are more cells than profiles, a
systematic sample of cells is weighted to the margins by raking.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl

from tawazun.adapt.steering import DRAFT, voice_of
from tawazun.cells import parse_persona
from tawazun.cells.persona import ATTRIBUTES
from tawazun.errors import BadAnswers, BadFile, BadStudy
from tawazun.instruments import Instrument
from tawazun.places import place
from tawazun.respondents.steering import MOST_VOICES, Steering
from tawazun.seeds import stream

Profile = tuple[tuple[str, str], ...]  # attributes of one kind of people, in alphabetical order
Margins = Mapping[str, Mapping[str, float]]
SUMS = 0.005  # how far published shares may be from summing to 1
CELLS = 100_000
ROUNDS, CLOSE = 1000, 1e-9
NOT_MET = 1e-3
ARGYLE = (
    "Argyle et al. (2023), Out of one, many: using language models to simulate human samples, Political Analysis 31(3)"
)
RAKING = "Deming & Stephan (1940), Annals of Mathematical Statistics 11(4): raking"


@dataclass(frozen=True)
class People:
    """Whom a place consists of.

    cells    profile -> share, summing to 1
    source   where the shares come from, in words
    joint    whether attributes are known together; else they are taken as independent
    """

    cells: Mapping[Profile, float]
    source: str
    joint: bool

    @property
    def margins(self) -> dict[str, dict[str, float]]:
        """Attribute -> value -> share."""
        found: dict[str, dict[str, float]] = {}
        for profile, share in self.cells.items():
            for key, value in profile:
                found.setdefault(key, {}).setdefault(value, 0.0)
                found[key][value] += share
        return found


def people_of(margins: Margins, source: str) -> People:
    """People of whom the margins are known: attribute -> value -> share.

    Errors   BadStudy for an attribute or value that no persona can have, shares that are none or do not sum to 1
    """
    if not margins:
        raise BadStudy("steering: a mixture needs margins of at least one attribute")
    keys = sorted(margins)
    for key in keys:
        _check(key, margins[key])
    size = math.prod(len(margins[key]) for key in keys)
    if size > CELLS:
        raise BadStudy(f"steering: {size:,} kinds of people are too many; give fewer attributes or wider ages")
    cells: dict[Profile, float] = {}
    for values in product(*(margins[key] for key in keys)):
        share = math.prod(margins[key][value] for key, value in zip(keys, values, strict=True))
        if share > 0:
            cells[tuple(zip(keys, values, strict=True))] = share
    total = math.fsum(cells.values())
    return People({profile: share / total for profile, share in cells.items()}, source, joint=len(keys) == 1)


def _check(key: str, values: Mapping[str, float]) -> None:
    if key not in ATTRIBUTES:
        raise BadStudy(f"steering: margins of {key!r}; people have {', '.join(ATTRIBUTES)}")
    for value, share in values.items():
        _profile({key: value})
        if not math.isfinite(share) or share < 0:
            raise BadStudy(f"steering: margins of {key}: the share of {value} is from 0, not {share}")
    total = math.fsum(values.values())
    if abs(total - 1) > SUMS:
        hint = "; they look like percentages, divide by 100" if abs(total - 100) < 1 else ""
        raise BadStudy(f"steering: margins of {key} sum to {total:.4g}, not 1{hint}")


def _profile(attributes: Mapping[str, str]) -> Profile:
    """A checked profile. Errors: BadStudy naming the attribute and what it may be."""
    query = "&".join(f"{key}={value}" for key, value in attributes.items())
    return parse_persona(f"USA?{query}").attributes


def read_people(path: Path, weight: str = "") -> People:
    """People of a user's CSV file: margins in columns attribute, value and share (or count), or one row a person (or
    kind of people) with columns among age, sex, education and settlement.

    weight   name of the column of weights of rows that are people; every row counts 1 when empty
    Errors   BadFile for a file of neither shape, BadAnswers for a row that cannot be, naming it
    """
    table = _table(path)
    columns = set(table.columns)
    if {"attribute", "value"} <= columns and columns & {"share", "count"}:
        return people_of(_margins(table, path), path.name)
    known = [key for key in ATTRIBUTES if key in columns]
    if not known:
        raise BadFile(
            f"{path}: needs columns attribute, value and share (or count), or some of {', '.join(ATTRIBUTES)}; it has "
            f"{', '.join(table.columns)}"
        )
    if weight and weight not in columns:
        raise BadFile(f"{path}: no column of weights {weight!r}; it has {', '.join(table.columns)}")
    return _counted(table, known, weight, path)


def _table(path: Path) -> pl.DataFrame:
    try:
        return pl.read_csv(path, infer_schema=False)
    except FileNotFoundError:
        raise BadFile(f"{path}: not there") from None
    except (OSError, pl.exceptions.PolarsError) as error:
        raise BadFile(f"{path}: not a CSV file ({str(error).splitlines()[0]})") from None


def _margins(table: pl.DataFrame, path: Path) -> Margins:
    column = "share" if "share" in table.columns else "count"
    found: dict[str, dict[str, float]] = {}
    for at, (key, value, share) in enumerate(table.select("attribute", "value", column).iter_rows(), start=2):
        own = found.setdefault(key, {})
        if value in own:
            raise BadAnswers(f"{path}, line {at}: {key}={value} stands twice")
        own[value] = _number(share, path, at)
    if column == "count":
        totals = {key: math.fsum(values.values()) or 1.0 for key, values in found.items()}
        found = {key: {value: one / totals[key] for value, one in values.items()} for key, values in found.items()}
    return found


def _counted(table: pl.DataFrame, known: Sequence[str], weight: str, path: Path) -> People:
    totals: dict[Profile, float] = {}
    columns = [*known, weight] if weight else list(known)
    for at, row in enumerate(table.select(columns).iter_rows(), start=2):
        if any(one is None for one in row):
            raise BadAnswers(f"{path}, line {at}: an empty cell; leave out people of whom an attribute is not known")
        try:
            profile = _profile(dict(zip(known, row, strict=False)))
        except BadStudy as error:
            raise BadAnswers(f"{path}, line {at}: {error}") from None
        totals[profile] = totals.get(profile, 0.0) + (_number(row[-1], path, at) if weight else 1.0)
    total = math.fsum(totals.values())
    if total <= 0:
        raise BadAnswers(f"{path}: no people, or weights that are all 0")
    return People({one: share / total for one, share in totals.items() if share > 0}, path.name, joint=True)


def _number(text: str | None, path: Path, at: int) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise BadAnswers(f"{path}, line {at}: a share, count or weight is a number from 0, not {text!r}")
    return value


@dataclass(frozen=True)
class Sample:
    """Profiles with weights that sum to 1. `gap` is the largest difference from the people's margins."""

    profiles: tuple[Profile, ...]
    weights: tuple[float, ...]
    gap: float
    whole: bool


def sample_people(people: People, count: int, seed: int) -> Sample:
    """At most `count` profiles that stand for the people: all there are, or a systematic sample raked to the margins.

    Errors   BadStudy where some value of an attribute has nobody in the sample, or its margins cannot be met
    """
    if not 1 <= count <= MOST_VOICES:
        raise BadStudy(f"steering: a mixture has 1 to {MOST_VOICES} profiles, not {count}")
    cells = sorted(people.cells)
    if len(cells) <= count:
        return Sample(tuple(cells), tuple(people.cells[one] for one in cells), 0.0, True)
    rng = stream("mixture", seed)
    order = rng.permutation(len(cells))
    reached = np.cumsum([people.cells[cells[i]] for i in order])
    ticks = (np.arange(count) + rng.random()) / count
    hits = np.minimum(np.searchsorted(reached, ticks * reached[-1], side="right"), len(cells) - 1)
    drawn, times = np.unique(order[hits], return_counts=True)
    profiles = tuple(cells[i] for i in drawn)
    weights, gap = rake(profiles, times / count, people.margins)
    if gap > NOT_MET:
        raise BadStudy(f"steering: {len(profiles)} profiles cannot meet the margins (largest gap {gap:.3f}); take more")
    return Sample(profiles, tuple(weights.tolist()), gap, False)


def rake(profiles: Sequence[Profile], weights: np.ndarray, margins: Margins) -> tuple[np.ndarray, float]:
    """Weights (n,) of profiles such that every margin is met, and the largest gap that is left.

    Unit     share.
    Errors   BadStudy where a value with people has no profile.
    Source   Deming & Stephan (1940): iterative proportional fitting.
    """
    made = weights / weights.sum()
    rows = {
        (key, value): np.array([(key, value) in one for one in profiles]) for key in margins for value in margins[key]
    }
    for (key, value), own in rows.items():
        if margins[key][value] > 0 and not own.any():
            raise BadStudy(
                f"steering: nobody of {key}={value} (share {margins[key][value]:.3g}) is among {len(profiles)} "
                "profiles; take more"
            )
    for _ in range(ROUNDS):
        before = made.copy()
        for (key, value), own in rows.items():
            if own.any():
                made[own] *= margins[key][value] / made[own].sum()
        if np.abs(made - before).max() < CLOSE:
            break
    made /= made.sum()
    return made, max(abs(float(made[own].sum()) - margins[key][value]) for (key, value), own in rows.items())


def mixture_steering(
    code: str,
    people: People,
    languages: Sequence[str],
    *,
    count: int,
    seed: int,
    instruments: Sequence[Instrument] = (),
) -> Steering:
    """A place's people as a mixture of profiles: each answers by itself, and answers are averaged by their shares.

    count    profiles at most; every ask is put so many times
    Errors   BadStudy where a language lacks a sentence for an attribute; those of `sample_people`
    """
    own = place(code).code
    drawn = sample_people(people, count, seed)
    voices = []
    for profile, weight in zip(drawn.profiles, drawn.weights, strict=True):
        query = "&".join(f"{key}={value}" for key, value in profile)
        voices.append(voice_of(f"{own}?{query}", languages, instruments, weight=weight))
    how = (
        f"all {len(voices)} kinds of people"
        if drawn.whole
        else f"{len(voices)} of {len(people.cells)} kinds of people, drawn with seed {seed}, raked to the margins "
        f"(largest gap {drawn.gap:.1e})"
    )
    known = "attributes known together" if people.joint else "margins only: attributes are taken as independent"
    kish = 1 / sum(weight * weight for weight in drawn.weights)
    notes = (DRAFT, f"{how}; {known}; shares from {people.source}; effective number {kish:.1f}")
    title = f"{len(voices)} kinds of people of {place(own).english}, weighted together"
    return Steering("mixture", title, tuple(voices), sources=(ARGYLE, RAKING), notes=notes)
