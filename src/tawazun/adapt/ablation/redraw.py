"""Corpora drawn anew for a repetition, so that an interval over repetitions holds for other corpora of the kind too.

A file's rows: half of them without replacement. The mean over half of n rows varies about that over all of them as the
mean over n rows does about the truth: s^2/(n/2) - s^2/n = s^2/n. Rows that a stage makes itself from people's shares,
or makes up, follow from the repetition's seed: they are drawn anew already. What can be drawn in neither way is told.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.adapt.ablation.chains import Repetition
from tawazun.errors import BadFile
from tawazun.runs.writing import write_parquet, write_text
from tawazun.seeds import stream

FILES = (("source", "files"), ("prompts", "file"), ("pairs", "file"), ("graded", "file"))
FEWEST_ROWS = 4


def redrawn(table: Mapping[str, Any], folder: Path, out: Path, repetition: Repetition) -> dict[str, Any]:
    """A stage's table whose corpora are half of their rows, written under `out`; as it is for draw 0.

    folder   where the table's relative paths start
    Errors   BadFile for a file that is not there or too short
    """
    found = dict(table)
    if not repetition.draw:
        return found
    for part, key in FILES:
        held = found.get(part)
        if isinstance(held, list):
            found[part] = [_halved(one, key, folder, out, repetition, part) for one in held]
        elif isinstance(held, Mapping):
            found[part] = _halved(held, key, folder, out, repetition, part)
    return found


def fixed(table: Mapping[str, Any]) -> list[str]:
    """Names of a stage's corpora that cannot be drawn anew: streams of the Hub, patterns, folders of texts."""
    found = []
    for part, key in FILES:
        held = table.get(part)
        for one in held if isinstance(held, list) else [held]:
            if isinstance(one, Mapping) and (one.get("hub") or one.get(key)) and not _drawable(one, key):
                found.append(str(one.get("name") or one.get(key)))
    return found


def _drawable(part: Mapping[str, Any], key: str) -> bool:
    name = str(part.get(key, ""))
    own = "{" in name  # what an earlier stage made of rows that were drawn anew
    return own or (Path(name).suffix in (".jsonl", ".csv", ".parquet") and not any(mark in name for mark in "*?["))


def _halved(
    part: Mapping[str, Any], key: str, folder: Path, out: Path, repetition: Repetition, where: str
) -> dict[str, Any]:
    name = str(part.get(key, ""))
    if not name or "{" in name or not _drawable(part, key):
        return dict(part)
    file = folder / name
    if not file.is_file():
        raise BadFile(f"{name}: no such file, seen from {folder.name or 'this folder'}")
    made = out / f"{where}-{part.get('name', '')}{file.stem}{file.suffix}"
    if not made.is_file():
        _write_half(file, made, repetition, where)
    return {**part, key: os.path.relpath(made, folder)}


def _write_half(file: Path, made: Path, repetition: Repetition, where: str) -> None:
    made.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".jsonl":
        lines = [one for one in file.read_text(encoding="utf-8").split("\n") if one.strip()]
        kept = _half(len(lines), file, repetition, where)
        write_text(made, "".join(f"{lines[number]}\n" for number in kept))
        return
    try:
        rows = pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise BadFile(f"{file.name}: cannot be read as a table ({str(error).splitlines()[0]})") from error
    half = rows[_half(rows.height, file, repetition, where)]
    if file.suffix == ".parquet":
        write_parquet(made, half)
    else:
        write_text(made, half.write_csv())


def _half(rows: int, file: Path, repetition: Repetition, where: str) -> list[int]:
    if rows < FEWEST_ROWS:
        raise BadFile(f"{file.name}: {rows} rows are too few to draw half of them; give more, or say resamples = 0")
    draw = stream("ablation-rows", repetition.seed, repetition.draw, where, file.name)
    return sorted(draw.choice(rows, size=(rows + 1) // 2, replace=False).tolist())
