"""A user's own names of places, people and food, with the culture each belongs to."""

from pathlib import Path

import polars as pl

from tawazun.audit.data.lexicon import Lexicon, lexicon
from tawazun.errors import BadFile

NAME, CULTURE = "Entity", "Culture"
SUFFIXES = (".csv", ".xlsx")
SHORTEST = 3


def read_entities(path: Path) -> Lexicon:
    """Names of a CSV or Excel file, or of all of a folder: columns `Entity` and `Culture`.

    `Western` is the one side, every other culture the local one. Names of one or two letters are left out, they are
    mostly other words, and so are names that both sides have. A file is a topic by its name: `food.xlsx` gives
    `local food`.
    Errors   BadFile for no file, or one that lacks a column
    """
    files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.suffix.lower() in SUFFIXES)
    if not files:
        raise BadFile(f"{path}: no file of names; it needs the columns {NAME} and {CULTURE}")
    lists: dict[str, list[str]] = {}
    for file in files:
        table = _table(file)
        for name, culture in table.select(NAME, CULTURE).iter_rows():
            if name is None or culture is None or len(str(name).strip()) < SHORTEST:
                continue
            side = "western" if str(culture).strip().lower() == "western" else "local"
            lists.setdefault(f"{side} {file.stem.replace(' ', '-')}", []).append(str(name))
    return _one_sided(lexicon(lists))


def _one_sided(found: Lexicon) -> Lexicon:
    """Without names that both sides have."""
    sides: dict[str, set[str]] = {"local": set(), "western": set()}
    for name, phrases in found.phrases.items():
        sides[name.partition(" ")[0]] |= phrases
    both = sides["local"] & sides["western"]
    return Lexicon({name: phrases - both for name, phrases in found.phrases.items()})


def _table(file: Path) -> pl.DataFrame:
    try:
        table = pl.read_excel(file) if file.suffix.lower() == ".xlsx" else pl.read_csv(file)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise BadFile(f"{file.name}: it cannot be read as a table ({str(error).splitlines()[0][:100]})") from error
    for column in (NAME, CULTURE):
        if column not in table.columns:
            raise BadFile(f"{file.name}: the column {column} is missing; it has {', '.join(table.columns[:10])}")
    return table
