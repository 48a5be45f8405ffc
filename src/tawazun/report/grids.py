"""Tile grids: where each country's tile lies, from `grids.toml`; and tiles as a picture."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from markupsafe import Markup

from tawazun.report.svg import element, markup, path, picture, titled

SIZE = 10.0
INSIDE = 9.2
FEWEST = 2
WHOLE = 22
# pixels across a tile, where the page is wide enough
WIDE = {"arab": 48, "atlas": 44, "world": 36}


@dataclass(frozen=True)
class Grid:
    """A grid: place -> (column, row), and how many of each there are."""

    name: str
    at: Mapping[str, tuple[int, int]]
    columns: int
    rows: int


@dataclass(frozen=True)
class Tile:
    """One country on a map: its class for the style sheet, the sentence that reads it, the sign inside it."""

    place: str
    label: str
    class_: str
    title: str
    sign: str = ""


@cache
def grids() -> tuple[Grid, ...]:
    """The grids that there are, the smallest parts of the world first."""
    text = files("tawazun.report").joinpath("grids.toml").read_text(encoding="utf-8")
    found = []
    for name, table in tomllib.loads(text).items():
        rows = [line.split() for line in table["rows"]]
        at = {code: (x, y) for y, row in enumerate(rows) for x, code in enumerate(row) if code != "."}
        found.append(Grid(name, at, len(rows[0]), len(rows)))
    return tuple(found)


def grid_of(places: Collection[str]) -> Grid | None:
    """The first grid that holds all of the places that any grid has; None under two places."""
    known = {one for one in places if any(one in grid.at for grid in grids())}
    held = [(len(known & grid.at.keys()), -i, grid) for i, grid in enumerate(grids())]
    count, _, best = max(held, key=lambda one: one[:2])
    return _cut(best, known) if count >= FEWEST else None


def _cut(grid: Grid, known: Collection[str]) -> Grid:
    """The rectangle of a grid in which some places lie; a grid of few tiles stays whole."""
    if len(grid.at) <= WHOLE:
        return grid
    spots = [at for code, at in grid.at.items() if code in known]
    left, right = min(x for x, _ in spots), max(x for x, _ in spots)
    top, bottom = min(y for _, y in spots), max(y for _, y in spots)
    inside = {
        code: (x - left, y - top) for code, (x, y) in grid.at.items() if left <= x <= right and top <= y <= bottom
    }
    return Grid(grid.name, inside, right - left + 1, bottom - top + 1)


def drawn(grid: Grid, tiles: Sequence[Tile], title: str, description: str) -> Markup:
    """Tiles on their grid; the grid's other places are outlines."""
    size = (grid.columns * SIZE, grid.rows * SIZE)
    root = picture(size, title, description, f"tilemap {grid.name}")
    root.set("width", f"{grid.columns * WIDE[grid.name]:g}")
    known = {tile.place for tile in tiles}
    empty = [_square(grid, code) for code in grid.at if code not in known]
    if empty:
        element(root, "path", "", class_="tile none", d=" ".join(empty))
    for tile in tiles:
        x, y = (part * SIZE for part in grid.at[tile.place])
        group = element(root, "g", "", class_="tile-group", data_at="{}-{}".format(*grid.at[tile.place]))
        titled(group, "path", tile.title, class_=f"tile {tile.class_}", d=_square(grid, tile.place))
        text_y = y + (4.4 if tile.sign else 6.1)
        element(group, "text", tile.label, x=x + SIZE / 2, y=text_y, class_="tile-label")
        if tile.sign:
            element(group, "path", "", class_=f"sign {tile.class_}", d=SIGNS[tile.sign](x + SIZE / 2, y + 7.1))
    return markup(root)


def _square(grid: Grid, code: str) -> str:
    x, y = (part * SIZE + (SIZE - INSIDE) / 2 for part in grid.at[code])
    return path([(x, y), (x + INSIDE, y), (x + INSIDE, y + INSIDE), (x, y + INSIDE)])


def _tick(x: float, y: float) -> str:
    return path([(x - 1.6, y), (x - 0.4, y + 1.2), (x + 1.7, y - 1.3)], closed=False)


def _equal(x: float, y: float) -> str:
    return " ".join(path([(x - 1.6, y + dy), (x + 1.6, y + dy)], closed=False) for dy in (-0.7, 0.8))


def _cross(x: float, y: float) -> str:
    return " ".join(path([(x - 1.3, y - dy), (x + 1.3, y + dy)], closed=False) for dy in (1.3, -1.3))


def _dash(x: float, y: float) -> str:
    return path([(x - 1.7, y), (x + 1.7, y)], closed=False)


SIGNS = {"own": _tick, "tied": _equal, "other": _cross, "low": _dash}
