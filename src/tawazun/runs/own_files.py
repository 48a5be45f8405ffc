"""A user's own files that a run asks: a copy in the run folder, so that it is measured again from anywhere.

`files/` holds the copies and `.files.json` says which name each is: its digest, and where the user's file lies seen
from the run folder. A path that has nothing in common with the folder's is not written down.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from tawazun.errors import BadFile, StudyChanged
from tawazun.instruments import Instrument
from tawazun.instruments.own_files import is_own, load_own, own_file
from tawazun.runs.folder import Run, RunFolder
from tawazun.runs.writing import write_bytes, write_text
from tawazun.seeds import digest_bytes

FOLDER = "files"
INDEX = ".files.json"


@dataclass(frozen=True, slots=True)
class OwnFile:
    """One file as a run asked it.

    copy     its name under `files/`; digest: of its bytes
    origin   the user's file seen from the run folder; empty where that would tell a whole path
    """

    copy: str
    digest: str
    origin: str = ""


def keep_own_files(runfolder: RunFolder, names: Sequence[str], folder: Path) -> None:
    """Copy the user's files among the instruments of a study into a run folder; once copied, they stay as they are.

    folder   where the study's relative paths start
    Errors   StudyChanged when the run asked another content before
    """
    own = [name for name in names if is_own(name)]
    kept = _index(runfolder.path)
    for name in own:
        path = folder / own_file(name)
        content = _content(path)
        if name in kept:
            if digest_bytes(content) != kept[name].digest:
                raise _changed(runfolder.path, name, kept[name])
            continue
        copy = _free(Path(own_file(name)).name, [one.copy for one in kept.values()])
        (runfolder.path / FOLDER).mkdir(exist_ok=True)
        write_bytes(runfolder.path / FOLDER / copy, content)
        kept[name] = OwnFile(copy, digest_bytes(content), _seen_from(runfolder.path, path))
        _write(runfolder.path, kept)


def pass_own_files(runfolder: RunFolder, sources: Sequence[Run]) -> None:
    """Copy the files of runs into a folder that is made of them. Errors: StudyChanged where two asked other files."""
    for source in sources:
        kept = _index(runfolder.path)
        for name, one in _index(source.path).items():
            if name in kept and kept[name].digest != one.digest:
                raise _changed(source.path, name, one)
            if name not in kept:
                (runfolder.path / FOLDER).mkdir(exist_ok=True)
                write_bytes(runfolder.path / FOLDER / one.copy, _content(source.path / FOLDER / one.copy))
                kept[name] = OwnFile(one.copy, one.digest)
                _write(runfolder.path, kept)


def own_instruments(run: Run, names: Sequence[str], folder: Path | None = None) -> dict[str, Instrument]:
    """The instruments of the user's files as a run asked them, by name; those of which it kept a copy or a digest.

    names    instruments of a study; those of the catalogue are left out
    folder   where the user's files are looked for; None for where they lay at the first ask
    Errors   StudyChanged when a user's file, or its copy, is not what was asked
    """
    found = {}
    kept = _index(run.path)
    for name in (one for one in names if is_own(one)):
        if name in kept:
            found[name] = _kept_instrument(run, name, kept[name], folder)
        elif (file := (folder or Path()) / own_file(name)).is_file():
            found[name] = _of_earlier(run, name, file)
    return found


def asked_instruments(run: Run, names: Sequence[str], folder: Path | None = None) -> dict[str, Instrument]:
    """The user's files as a run asked them, from its own copies: what became of the user's own since does not matter.

    names    instruments of a study; those of the catalogue are left out
    folder   where a file is looked for of which the run kept no copy
    Errors   StudyChanged when a copy, or a file looked for, is not what was asked; BadFile when there is neither
    """
    found = {}
    kept = _index(run.path)
    for name in (one for one in names if is_own(one)):
        file = run.path / FOLDER / kept[name].copy if name in kept else (folder or Path()) / own_file(name)
        if name not in kept:
            if not file.is_file():
                raise BadFile(f"{name}: {run.path} kept no copy of it, and {file} is not there; name its --folder")
            found[name] = _of_earlier(run, name, file)
            continue
        if digest_bytes(_content(file)) != kept[name].digest:
            raise StudyChanged(f"{file}: it is not what the run asked any more; put that file back, or run it again")
        found[name] = load_own(name, file)
    return found


def _of_earlier(run: Run, name: str, file: Path) -> Instrument:
    """A file of a run that kept no copies: its digest stands with the sources, once the run is finished."""
    loaded = load_own(name, file)
    told = run.sources if (run.path / "sources.json").exists() else []
    if any(one.get("name") == name and one.get("version") != loaded.source.version for one in told):
        raise StudyChanged(f"{file.name} changed since this run asked it; put it back, or run the study again")
    return loaded


def _kept_instrument(run: Run, name: str, kept: OwnFile, folder: Path | None) -> Instrument:
    users = run.path / kept.origin if folder is None else folder / own_file(name)
    copy = run.path / FOLDER / kept.copy
    beside = [users] if (folder is not None or kept.origin) and users.is_file() else []
    for file in (*beside, copy):
        if digest_bytes(_content(file)) != kept.digest:
            raise _changed(run.path, name, kept)
    return load_own(name, copy)


def _changed(run: Path, name: str, kept: OwnFile) -> StudyChanged:
    file = PurePosixPath(own_file(name)).name
    copy = (run / FOLDER / kept.copy).as_posix()
    return StudyChanged(
        f"{file} changed since this run asked it; put it back (as asked: {copy}), or run the study into another folder"
    )


def _index(run: Path) -> dict[str, OwnFile]:
    file = run / INDEX
    if not file.exists():
        return {}
    try:
        held: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return {name: OwnFile(**one) for name, one in held.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise BadFile(f"{file}: damaged ({str(error).splitlines()[0]})") from error


def _write(run: Path, kept: dict[str, OwnFile]) -> None:
    table = {name: {"copy": one.copy, "digest": one.digest, "origin": one.origin} for name, one in kept.items()}
    write_text(run / INDEX, json.dumps(table, ensure_ascii=False, sort_keys=True))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror})") from error


def _free(name: str, taken: Sequence[str]) -> str:
    found, number = name, 2
    while found in taken:
        found, number = f"{number}-{name}", number + 1
    return found


def _seen_from(run: Path, path: Path) -> str:
    here, there = run.resolve(), path.resolve()
    if len(Path(os.path.commonpath([here, there])).parts) < 2:
        return ""
    return Path(os.path.relpath(there, here)).as_posix()
