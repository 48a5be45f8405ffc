"""Checkpoints of a search: one `.npz` per generation, the last two kept, each whole or not there at all.

A file holds arrays and one JSON text (no pickle): what recipe and model it belongs to, in full, so that a refusal can
name the first difference; the optimiser's state; the history; and a digest of the arrays.
"""

import io
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tawazun.adapt.search.loop import OnGeneration
from tawazun.adapt.search.optimiser import Optimiser
from tawazun.adapt.search.records import Generation
from tawazun.errors import BadFile, StudyChanged, WriteFailed
from tawazun.runs.writing import write_bytes
from tawazun.seeds import canonical_json, digest_bytes

FORMAT = 1
KEPT = 2
PATTERN = "checkpoint-*.npz"
# what zipfile, zlib, JSON and NumPy raise on bytes that were changed ("encrypted" is a RuntimeError)
UNREADABLE = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, EOFError, OverflowError, RuntimeError)


@dataclass(frozen=True)
class Owner:
    """Whose checkpoint it is: every fact of the recipe and of the model that can move a number, as JSON values."""

    recipe: Mapping[str, Any]
    model: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A search as it was after a generation; `skipped` names newer files that could not be read."""

    state: Mapping[str, np.ndarray | int | str]
    history: tuple[Generation, ...]
    best: np.ndarray
    skipped: tuple[str, ...]


def save_checkpoint(folder: Path, owner: Owner, optimiser: Optimiser, history: Sequence[Generation]) -> Path:
    """Write where the search stands and drop all but the last two. Errors: WriteFailed; older files stay."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteFailed(f"no folder for checkpoints at {folder.name}: {error.strerror or error}") from error
    state = optimiser.state()
    arrays = {name: part for name, part in state.items() if isinstance(part, np.ndarray)}
    arrays["best"] = np.empty(0) if optimiser.best is None else optimiser.best.x
    about = {
        "format": FORMAT,
        "recipe": owner.recipe,
        "model": owner.model,
        "state": {name: part for name, part in state.items() if name not in arrays},
        "history": [astuple(row) for row in history],
        "arrays": {name: digest_bytes(np.ascontiguousarray(part).tobytes()) for name, part in arrays.items()},
    }
    path = folder / f"checkpoint-{optimiser.generations:06d}.npz"
    write_bytes(path, _packed(arrays, canonical_json(about)))
    for old in [p for p in _files(folder) if p.name > path.name] + _files(folder)[KEPT:]:
        old.unlink(missing_ok=True)
    # what a killed process left half written
    for half in folder.glob(f".{PATTERN}.*.tmp"):
        half.unlink(missing_ok=True)
    return path


def latest_checkpoint(folder: Path, owner: Owner) -> Checkpoint | None:
    """The newest checkpoint that can be read, or None where there is none.

    Errors   StudyChanged for another recipe or model; BadFile when there are files and none can be read.
    """
    skipped: list[str] = []
    for path in _files(folder):
        try:
            arrays, about = _unpacked(_read(path))
        except _Damaged as error:
            skipped.append(f"{path.name} ({error})")
            continue
        _check_owner(path, about, owner)
        best = arrays.pop("best")
        history = tuple(Generation(*row) for row in about["history"])
        return Checkpoint({**arrays, **about["state"]}, history, best, tuple(skipped))
    if skipped:
        listed = ", ".join(skipped)
        raise BadFile(f"no checkpoint in {folder.name} can be read: {listed}; move the folder away to start again")
    return None


def keep_checkpoints(folder: Path, owner: Owner) -> OnGeneration:
    """What `search` is given to save after every generation.

    Errors   those of `latest_checkpoint`, before anything is overwritten.
    """
    latest_checkpoint(folder, owner)

    def save(optimiser: Optimiser, history: tuple[Generation, ...]) -> None:
        save_checkpoint(folder, owner, optimiser, history)

    return save


def resume(optimiser: Optimiser, folder: Path, owner: Owner) -> Checkpoint | None:
    """Put an optimiser where its newest readable checkpoint was; None, and nothing done, where there is none.

    Errors   StudyChanged, BadFile.
    """
    found = latest_checkpoint(folder, owner)
    if found is not None:
        optimiser.restore(found.state)
    return found


class _Damaged(Exception):
    """A checkpoint that is cut, changed or of another format."""


def _files(folder: Path) -> list[Path]:
    """Checkpoints, newest first."""
    return sorted(folder.glob(PATTERN), reverse=True)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _Damaged(error.strerror or str(error)) from error


def _packed(arrays: Mapping[str, np.ndarray], about: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, part in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, part, allow_pickle=False)
            file.writestr(f"{name}.npy", member.getvalue())
        file.writestr("about.json", about)
    return buffer.getvalue()


def _unpacked(content: bytes) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            about = json.loads(file.read("about.json"))
            arrays = {name: _array(file.read(f"{name}.npy")) for name in about["arrays"]}
    except UNREADABLE as error:
        raise _Damaged("it is cut or changed") from error
    if about.get("format") != FORMAT:
        raise _Damaged(f"it has format {about.get('format')}, this version reads {FORMAT}")
    wrong = [name for name, part in arrays.items() if digest_bytes(part.tobytes()) != about["arrays"][name]]
    if wrong:
        raise _Damaged(f"its {wrong[0]} do not match their digest")
    return arrays, about


def _array(content: bytes) -> np.ndarray:
    return np.asarray(np.lib.format.read_array(io.BytesIO(content), allow_pickle=False))


def _check_owner(path: Path, about: Mapping[str, Any], owner: Owner) -> None:
    """Refuse the checkpoint of another recipe or model, naming the first fact that differs."""
    for part, wanted in (("recipe", owner.recipe), ("model", owner.model)):
        found, asked = about[part], json.loads(canonical_json(wanted))
        for key in sorted(found.keys() | asked.keys()):
            if found.get(key) != asked.get(key):
                raise StudyChanged(
                    f"{path.name} belongs to another {part}: {key} is {_short(found.get(key))} there and "
                    f"{_short(asked.get(key))} here; use another output folder or the same {part}"
                )


def _short(value: object) -> str:
    text = canonical_json(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
