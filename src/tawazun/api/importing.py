"""Other tools' runs as a study: whose items they are, a benchmark of their own for the rest, and who answered."""

import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from tawazun.api.finding import find_instrument
from tawazun.cells import Framing
from tawazun.data import data_folder
from tawazun.data.logs import Log, Logged, language_of, read_log
from tawazun.errors import BadFile, UserError, WriteFailed
from tawazun.instruments import Instrument, instrument_names
from tawazun.instruments.building import slug
from tawazun.instruments.custom import PREFIX, load_custom
from tawazun.instruments.own_files import is_own, load_own, own_file
from tawazun.respondents.logged import Matcher, cells_of

STUDY = "study.toml"
ENOUGH = 0.5  # share of a task's items by which a benchmark is recognised
MEASURES = ["accuracy", "macro_f1", "refusal_rate", "unread_rate"]


@dataclass(frozen=True, slots=True)
class Imported:
    """What was made: the study file, items found per instrument, and what was left out."""

    study: str
    found: dict[str, int]
    notes: tuple[str, ...]


def import_logs(
    paths: Sequence[Path],
    out: Path,
    *,
    names: Sequence[str] = (),
    language: str = "",
    data: str | Path | None = None,
) -> Imported:
    """Write a study of logs into a folder; nothing is scored yet.

    names      instruments in which the items are looked for; all benchmarks that can be read when empty
    language   of items that none of them has; told by their script when empty
    Errors     BadFile naming file and row; UnknownName; WriteFailed
    """
    logs = [read_log(path) for path in paths]
    offered = _offered(names, logs, data_folder(data))
    found: Counter[str] = Counter()
    notes: list[str] = []
    custom: dict[str, list[Logged]] = {}
    for log in logs:
        own = _recognised(log, offered)
        if own is None and names:
            raise BadFile(f"{log.file}: under half of its items are in {', '.join(names)}, by id or by text")
        if own is None:
            custom.setdefault(log.task, []).extend(log.items)
        else:
            matcher = Matcher([own])
            found[own.name] = max(found[own.name], sum(matcher.find(item) is not None for item in log.items))
    for task, items in custom.items():
        file = out / f"{slug(task)}.jsonl"
        count, left = _write_custom(file, items, language or language_of(item.stem for item in items), task)
        found[f"{PREFIX}{file.name}"] = count
        if left:
            notes.append(f"{task}: {left} items without a text, two different options or one key were left out")
    asked = [one for one in offered if one.name in found]
    made = [load_own(f"{PREFIX}{slug(task)}.jsonl", out / f"{slug(task)}.jsonl") for task in custom]
    _refuse_twice(logs, paths, [*asked, *made])
    placed = {one.name: _placed(one.name, out) for one in asked}
    found = Counter({placed.get(name, name): count for name, count in found.items()})
    spoken = {w.language for one in asked for question in one.questions[:1] for w in question.wordings}
    own_languages = {language or language_of(item.stem for item in items) for items in custom.values()}
    table: dict[str, Any] = {
        "version": 1,
        "name": "logs",
        "respondent": [_respondent(log, own, out) for log, own in _by_model(logs, paths).values()],
        "ask": {"instruments": sorted(found), "languages": sorted(spoken | own_languages)[:1]},
        "measure": {"measures": MEASURES},
    }
    _write(out / STUDY, tomli_w.dumps(table))
    return Imported(str(out / STUDY), dict(sorted(found.items())), tuple(notes))


def _placed(name: str, out: Path) -> str:
    """The name under which a study in `out` finds an instrument; a user's file is copied there where that keeps it.

    Errors   BadFile when another file of that name is there already
    """
    if not is_own(name) or Path(own_file(name)).is_absolute():
        return name
    file = Path(own_file(name))
    target = out / file
    if ".." in file.parts:
        return f"{name.partition(':')[0]}:{Path(os.path.relpath(file.resolve(), out.resolve())).as_posix()}"
    if target.resolve() != file.resolve():
        content = file.read_bytes()
        if target.is_file() and target.read_bytes() != content:
            raise BadFile(f"{target}: another file than {file}, which the logs are about; choose another --out")
        _write_bytes(target, content)
    return name


def _refuse_twice(logs: Sequence[Log], paths: Sequence[Path], instruments: Sequence[Instrument]) -> None:
    """Errors: BadFile naming two logs of one model that answer one question in the same way."""
    seen: dict[tuple[str, str, str, Framing], Path] = {}
    for log, path in zip(logs, paths, strict=True):
        matcher = Matcher(instruments)
        matches = [(item, match) for item in log.items if (match := matcher.find(item)) is not None]
        for cell in cells_of(log, matches):
            key = (log.model, cell.instrument, cell.question, cell.framing)
            if seen.setdefault(key, path) != path:
                raise BadFile(
                    f"{seen[key]} and {path}: both have {log.model}'s answer to {cell.question} of {log.task}, asked "
                    "in one way as far as they tell; import one of them"
                )


def _offered(names: Sequence[str], logs: Sequence[Log], data: Path | None) -> list[Instrument]:
    if names:
        return [find_instrument(name, Path(), data) for name in names]
    said = {str(item.ours["instrument"]) for log in logs for item in log.items if item.ours.get("instrument")}
    wanted = [*said] if said and all(item.ours for log in logs for item in log.items) else instrument_names()
    found = []
    for name in wanted:
        try:
            one = find_instrument(name, Path(), data)
        except UserError:
            if name in said:
                raise
            continue  # its questions are not on this machine
        if one.exam is not None or one.name in said:
            found.append(one)
    return found


def _recognised(log: Log, offered: Sequence[Instrument]) -> Instrument | None:
    """The instrument that has most of a log's items, if that is half of them or more."""
    counts = []
    for one in offered:
        matcher = Matcher([one])
        counts.append(sum(matcher.find(item) is not None for item in log.items))
    best = max(counts, default=0)
    return offered[counts.index(best)] if best >= ENOUGH * len(log.items) else None


def _write_custom(file: Path, items: Sequence[Logged], language: str, task: str) -> tuple[int, int]:
    """The items as a benchmark of their own, each text once; returns how many were kept and left out."""
    rows: dict[str, dict[str, object]] = {}
    left = 0
    for item in items:
        usable = item.stem and (item.gold is not None if item.options else item.accepted)
        if not usable or len(set(item.options)) < len(item.options):
            left += 1
            continue
        answer: object = item.options[item.gold] if item.options and item.gold is not None else list(item.accepted)
        row: dict[str, object] = {"id": item.item, "question": item.stem, "answer": answer, "language": language}
        row |= {"options": list(item.options)} if item.options else {"kind": "open"}
        row["source"] = task
        rows.setdefault(item.item, row)
    if not rows:
        raise BadFile(f"{task}: no item of the log has a text, options that differ and one key; nothing can be scored")
    _write(file, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows.values()))
    load_custom(file)
    return len(rows), left


def _by_model(logs: Sequence[Log], paths: Sequence[Path]) -> dict[str, tuple[Log, list[Path]]]:
    found: dict[str, tuple[Log, list[Path]]] = {}
    for log, path in zip(logs, paths, strict=True):
        found.setdefault(log.model, (log, []))[1].append(path)
    return found


def _respondent(log: Log, paths: Sequence[Path], out: Path) -> dict[str, Any]:
    files = [Path(os.path.relpath(path.resolve(), out.resolve())).as_posix() for path in paths]
    name = re.sub(r"\s+", " ", log.model).strip() or "unknown"
    return {"name": name, "kind": "log", "options": {"files": files, "partial": True}}


def _write(file: Path, text: str) -> None:
    _write_bytes(file, text.encode())


def _write_bytes(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        raise WriteFailed(f"{file}: cannot be written ({error.strerror})") from error
