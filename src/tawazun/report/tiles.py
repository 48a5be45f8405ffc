"""Country tile maps: closeness to each country's people, whose people a persona is nearest to, what the source covers.

All tiles have one size, so that Bahrain is read as easily as Algeria; colour runs in one hue and never stands alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from markupsafe import Markup

from tawazun.places import places
from tawazun.report.closeness import Against, against, measure_of, nearest
from tawazun.report.grids import Grid, Tile, drawn, grid_of
from tawazun.report.material import Material
from tawazun.report.naming import Subject
from tawazun.report.rounding import count_text, fixed, known

SHADES = 6
MOST = 12
MOST_WORLD = 4


@dataclass(frozen=True)
class Line:
    """One country in the table behind the maps of an arm."""

    place: str
    value: str
    interval: str
    floor: str
    nearest: str
    told: str


@dataclass(frozen=True)
class ArmMaps:
    """The maps of one respondent in one way of asking; `identity` is None where nobody is played."""

    respondent: str
    arm: str
    closeness: Markup
    identity: Markup | None
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Coverage:
    """What a source knows of one country: answered items, people, and whether it was played without having people."""

    place: str
    items: int
    people: str


@dataclass(frozen=True)
class TileMaps:
    """Maps of one instrument against one source.

    ends  the values of the palest and the darkest tile; left_out: arms that were not drawn
    """

    source: str
    measure: str
    grid: str
    ends: tuple[str, str]
    arms: tuple[ArmMaps, ...]
    coverage: Markup
    covered: tuple[Coverage, ...]
    asked: int
    left_out: int


def tile_maps(material: Material, instrument: str) -> list[TileMaps]:
    """Maps of every source with two or more countries that a grid holds."""
    measure = measure_of(material, instrument)
    by_source: dict[str, list[Against]] = {}
    for one in against(material, instrument, measure) if measure else []:
        if one.place:
            by_source.setdefault(one.source, []).append(one)
    made = (_maps(material, instrument, measure, source, records) for source, records in by_source.items())
    return [one for one in made if one is not None]


def _maps(
    material: Material, instrument: str, measure: str, source: str, records: Sequence[Against]
) -> TileMaps | None:
    absent = _played_alone(material, records)
    grid = grid_of({one.place for one in records} | absent)
    if grid is None:
        return None
    inside = [one for one in records if one.place in grid.at]
    arms = {arm: rows for arm, rows in _arms(inside).items() if len(rows) > 1}
    if not arms:
        return None
    most = MOST if grid.name != "world" else MOST_WORLD
    values = [one.value for rows in list(arms.values())[:most] for one in rows]
    ends = (min(values), max(values))
    every = _by_subject(records)
    asked, covered = _covered(material, instrument, source, grid, absent)
    toward = inside[0].toward
    return TileMaps(
        source,
        measure,
        grid.name,
        tuple(fixed(value, 2) for value in (ends if toward > 0 else ends[::-1])),  # type: ignore[arg-type]
        tuple(_arm_maps(material, grid, key, rows, every, ends) for key, rows in list(arms.items())[:most]),
        _coverage_map(material, grid, source, asked, covered),
        tuple(covered),
        asked,
        max(0, len(arms) - most),
    )


def _arms(records: Sequence[Against]) -> dict[tuple[str, str], list[Against]]:
    """(respondent, way of asking) -> its own countries where places are played, every country where nobody is.

    Arms that play places come first.
    """
    found: dict[tuple[str, str], list[Against]] = {}
    for one in records:
        who = one.subject
        if who.place and not one.own:
            continue
        kind = "played" if who.place else who.persona
        key = "|".join((kind, who.perspective, who.language, who.mode, who.setting, who.attributes))
        found.setdefault((who.respondent, key), []).append(one)
    return dict(sorted(found.items(), key=lambda pair: not pair[1][0].subject.place))


def _by_subject(records: Sequence[Against]) -> dict[Subject, list[Against]]:
    found: dict[Subject, list[Against]] = {}
    for one in records:
        found.setdefault(one.subject, []).append(one)
    return found


def _arm_maps(
    material: Material,
    grid: Grid,
    key: tuple[str, str],
    rows: Sequence[Against],
    every: Mapping[Subject, Sequence[Against]],
    ends: tuple[float, float],
) -> ArmMaps:
    first, words = rows[0].subject, material.words
    arm = _arm(material, first)
    ordered = sorted(rows, key=lambda one: (grid.at[one.place][1], grid.at[one.place][0]))
    named = words.plain("tile.closeness", respondent=key[0], arm=arm)
    closeness = drawn(grid, [_shaded(material, one, ends) for one in ordered], named, words.plain("tile.described"))
    identity = None
    if first.place:
        tiles = [_identified(material, one, every[one.subject]) for one in ordered]
        named = words.plain("tile.identity", respondent=key[0], arm=arm)
        identity = drawn(grid, tiles, named, words.plain("tile.described"))
    lines = tuple(_line(material, one, every[one.subject]) for one in ordered)
    return ArmMaps(key[0], arm, closeness, identity, lines)


def _arm(material: Material, one: Subject) -> str:
    words = material.words
    played = words.plain("tile.observed" if one.perspective == "observer" else "tile.played")
    parts = [played if one.place else material.names.persona(one), material.names.language(one.language)]
    return words.plain("list.comma").join(part for part in (*parts, one.attributes, one.setting) if part)


def label_of(code: str, name: str) -> str:
    """What stands on a tile: the country's code, or the first letters of a made-up name."""
    return code if not code.startswith("x-") else name[:3].upper()


def _shaded(material: Material, one: Against, ends: tuple[float, float]) -> Tile:
    low, high = ends
    share = (one.value - low) / (high - low) if high > low else 1.0
    shade = min(SHADES - 1, int((share if one.toward > 0 else 1 - share) * SHADES))
    floor = one.floors.get("uniform")
    under = one.beats(floor) is not True and floor is not None
    name = material.names.place(one.place)
    classes = f"s{shade}" + (" closed" if not one.row["interpretable"] else "")
    return Tile(one.place, label_of(one.place, name), classes, _said(material, one), "low" if under else "")


def _said(material: Material, one: Against) -> str:
    words = material.words
    floor = one.floors.get("uniform")
    beside = words.plain("tile.floor", value=fixed(floor, one.shown.decimals)) if floor is not None else ""
    none = "" if one.shown.interval else words.plain("tile.no_interval")
    said = words.plain("tile.value", place=material.names.place(one.place), value=f"{one.shown.text}{none}")
    return "; ".join(part for part in (said, beside) if part)


def told(one: Against, every: Sequence[Against]) -> str:
    """`own` where a persona's own people are the nearest of all, `tied` where the nearest cannot be told from them."""
    best = nearest(every)
    if best is one:
        return "own"
    return "tied" if best.overlaps(one) and best.bounds and one.bounds else "other"


def _identified(material: Material, one: Against, every: Sequence[Against]) -> Tile:
    name, verdict, best = material.names.place(one.place), told(one, every), nearest(every)
    title = material.words.plain(
        f"tile.{verdict}",
        place=name,
        nearest=material.names.population(best.population),
        value=best.shown.text,
        own=one.shown.text,
    )
    classes = f"id-{verdict}" + ("" if one.row["interpretable"] else " closed")
    return Tile(one.place, label_of(one.place, name), classes, title, verdict)


def _line(material: Material, one: Against, every: Sequence[Against]) -> Line:
    floor, words = one.floors.get("uniform"), material.words
    played = bool(one.subject.place)
    return Line(
        material.names.place(one.place),
        one.shown.value,
        one.shown.interval,
        fixed(floor, one.shown.decimals) if floor is not None else "",
        material.names.population(nearest(every).population) if played else "",
        words.plain(f"tile.told_{told(one, every)}") if played else "",
    )


def _played_alone(material: Material, records: Sequence[Against]) -> set[str]:
    """Countries that were played, on grids, and have no people here."""
    there = {one.place for one in records}
    played = {one.partition("?")[0] for one in material.answers["persona"].unique().to_list() if one}
    return {one for one in played - there if one in places()}


def _covered(
    material: Material, instrument: str, source: str, grid: Grid, absent: set[str]
) -> tuple[int, list[Coverage]]:
    """How many items (or ready scores) there are to have, and what the source has of each country of the grid."""
    asked = material.answers.filter(pl.col("instrument") == instrument)["question"].unique()
    every = material.humans.filter((pl.col("instrument") == instrument) & (pl.col("source") == source))
    own = every.filter(pl.col("item").is_in(asked.implode()))
    if own.is_empty():  # a source of ready scores, whose names are no items
        own, asked = every, every["item"].unique()
    counted = own.group_by("place").agg(pl.col("item").n_unique(), pl.col("n").min().alias("least"), pl.col("n").max())
    found = {place: (items, least, most) for place, items, least, most in counted.iter_rows() if place in grid.at}
    lines = [Coverage(place, items, _people(material, least, most)) for place, (items, least, most) in found.items()]
    lines += [Coverage(place, 0, material.words.plain("tile.no_people")) for place in absent if place in grid.at]
    return len(asked), sorted(lines, key=lambda one: (grid.at[one.place][1], grid.at[one.place][0]))


def _people(material: Material, least: float | None, most: float | None) -> str:
    if not known(least) or not known(most) or least is None or most is None:
        return material.words.plain("tile.uncounted")
    if round(least) == round(most):
        return material.words.plain("tile.people", n=count_text(round(most)))
    return material.words.plain("tile.people_from", low=count_text(round(least)), high=count_text(round(most)))


def _coverage_map(material: Material, grid: Grid, source: str, asked: int, covered: Sequence[Coverage]) -> Markup:
    words = material.words
    tiles = []
    for one in covered:
        name = material.names.place(one.place)
        shade = min(SHADES - 1, one.items * SHADES // max(1, asked))
        title = words.plain("tile.covered", place=name, k=one.items, n=asked, people=one.people)
        class_ = f"s{shade}" if one.items else "id-other"
        tiles.append(Tile(one.place, label_of(one.place, name), class_, title, "" if one.items else "other"))
    return drawn(grid, tiles, words.plain("tile.coverage", source=source), words.plain("tile.described"))
