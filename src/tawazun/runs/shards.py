"""A part of a study that one machine asks: which cells are its own, and what its folder says of the whole."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tawazun.errors import BadFile, UserError
from tawazun.runs.writing import write_text

SHARD = "shard.json"
POSITION = "position"  # column of a shard's answers: a cell's number among its respondent's, dropped when shards join


@dataclass(frozen=True, slots=True)
class Shard:
    """Shard `number` of `of`, counted from 1. A cell belongs to the same one whoever asks."""

    number: int
    of: int

    def holds(self, cell: str) -> bool:
        """Whether a cell is this shard's: its hash decides, so shards are balanced and no two share a cell."""
        return int(cell[:16], 16) % self.of == self.number - 1

    @property
    def text(self) -> str:
        """As it is written on the command line: `2/8`."""
        return f"{self.number}/{self.of}"

    @property
    def part(self) -> str:
        """How the names of its answer parts begin."""
        return f"part-{self.number}-of-{self.of}-"


def parse_shard(text: str) -> Shard:
    """The shard of `i/n`. Errors: UserError."""
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise UserError(f"--shard is i/n with i from 1 to n (1/8 … 8/8), not {text!r}")
    return Shard(int(found[1]), int(found[2]))


@dataclass(frozen=True)
class ShardRecord:
    """What a shard's folder says of itself, written before the first answer and again after the last.

    cells      label -> cells of the whole study, for respondents that are asked
    labels     every respondent in the order of the answers table
    versions   what must be the same for answers to stand in one table
    facts      what the manifest of the joined run says of versions and respondents
    """

    shard: Shard
    finished: bool
    cells: Mapping[str, int]
    labels: tuple[str, ...]
    versions: Mapping[str, str]
    facts: Mapping[str, Any] = field(default_factory=dict)


def write_record(folder: Path, record: ShardRecord) -> None:
    """Put a record down in one step. Errors: WriteFailed."""
    table = {
        "shard": record.shard.number,
        "of": record.shard.of,
        "finished": record.finished,
        "cells": dict(record.cells),
        "labels": list(record.labels),
        "versions": dict(record.versions),
        "facts": dict(record.facts),
    }
    write_text(folder / SHARD, json.dumps(table, indent=1, ensure_ascii=False) + "\n")


def read_record(folder: Path) -> ShardRecord | None:
    """The record of a folder; None where there is none. Errors: BadFile when it is damaged."""
    file = folder / SHARD
    if not file.exists():
        return None
    try:
        table = json.loads(file.read_text(encoding="utf-8"))
        shard = Shard(table["shard"], table["of"])
        if not 1 <= shard.number <= shard.of:
            raise ValueError(f"shard {shard.text}")
        labels, facts = tuple(table["labels"]), table["facts"]
        if missing := [label for label in labels if "notes" not in facts["respondents"][label]]:
            raise ValueError(f"nothing of {missing[0]}")
        cells, versions = dict(table["cells"]), dict(table["versions"])
        return ShardRecord(shard, table["finished"] is True, cells, labels, versions, facts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadFile(f"{file}: damaged ({str(error).splitlines()[0]}); run the shard again in a new folder") from error
