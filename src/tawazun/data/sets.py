"""Data sets that are read from local copies of their own files: which files, at which commit, with which checksums.

A set lies in one folder of the data folder, laid out as its source lays it out. `tawazun fetch` makes such a copy and
writes down what came (`fetched.json`); a copy that the user made serves as well. Either is checked before it is read.
"""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from tawazun.data.rows import SUFFIXES, Row, read_rows
from tawazun.errors import BadFile

RECORD = "fetched.json"


@dataclass(frozen=True, slots=True)
class Part:
    """Files of a set that are read together.

    name      `test`, `dev` …
    files     patterns, matched from the right as paths (`Egypt/test-*`); the first that fits anything is taken
    sha256    of its one file at the pinned commit; empty = not pinned
    needed    the set cannot do without it
    """

    name: str
    files: tuple[str, ...]
    sha256: str = ""
    needed: bool = True


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set in a folder of its own.

    name       what errors and `fetch` call it
    folder     under the data folder
    where      the page that it comes from
    parts      what is read of it
    repo       its id as a data set on the Hugging Face Hub; empty = it is not there in this form
    revision   the commit it is pinned to (whole, or its first digits); empty = no commit is vouched for yet
    """

    name: str
    folder: str
    where: str
    parts: tuple[Part, ...]
    repo: str = ""
    revision: str = ""

    def part(self, name: str) -> Part:
        """The part of a name. Errors: KeyError for one that the set does not have."""
        return {part.name: part for part in self.parts}[name]

    def paths(self, data: Path, name: str) -> list[Path]:
        """The local files of a part, in order; empty when there are none."""
        return [path for path, _ in matching(self.part(name), files_below(data / self.folder))]

    def rows(self, data: Path, name: str, columns: tuple[str, ...] = ()) -> list[Row]:
        """Every row of a part, after its checksums were compared; empty for a part that is absent and not needed.

        Errors   BadFile: absent, of another schema (naming file, row and column), or not the file it should be
        """
        part, found = self.part(name), self.paths(data, name)
        if not found and part.needed:
            raise self.absent(data, part)
        for path in found:
            self._check(data, part, path)
        return [row for path in found for row in read_rows(path, columns, root=data)]

    def absent(self, data: Path, part: Part | None = None) -> BadFile:
        """The error for a part (else the first) that is not there."""
        first = (part or self.parts[0]).files[0]
        return BadFile(f"{self.name} needs {self.folder}/{first}, which is not in {data}: {self.how(data)}")

    def how(self, data: Path) -> str:
        """How to come by it, in a few words."""
        if self.repo:
            named = "" if self.revision else " --revision COMMIT"
            return f"tawazun fetch {self.name}{named} --data {data}, or copy it from {self.where}"
        return f"get it from {self.where}, then tawazun fetch {self.name} --from ARCHIVE --data {data}"

    def _check(self, data: Path, part: Part, path: Path) -> None:
        local = path.relative_to(data / self.folder).as_posix()
        shown = f"{self.folder}/{local}"
        found = checksum(path)
        pinned = part.sha256 if local == part.files[0] else ""
        if pinned and found != pinned:
            raise BadFile(
                f"{shown}: {differs(found, pinned)}; it is not the file of {self.where}"
                + ("" if self.revision in self.where else f" at {self.revision}")
            )
        came = fetched(data / self.folder).get(local, "")
        if came and found != came:
            raise BadFile(f"{shown}: {differs(found, came)}; it was changed after it was fetched")


def matching(part: Part, paths: list[tuple[Path, str]]) -> list[tuple[Path, str]]:
    """Of (path, path inside the set), those that belong to a part: all that fit its first pattern that fits any."""
    for pattern in part.files:
        found = [(path, local) for path, local in paths if PurePosixPath(local).match(pattern)]
        if found:
            return found
    return []


def files_below(folder: Path) -> list[tuple[Path, str]]:
    """(path, path under the folder with `/`) of every file that rows can be read from, in order."""
    if not folder.is_dir():
        return []
    every = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    locals_ = [(path, path.relative_to(folder).as_posix()) for path in every]
    return [(path, local) for path, local in locals_ if local != RECORD]


def checksum(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits."""
    made = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            made.update(block)
    return made.hexdigest()


def differs(found: str, wanted: str) -> str:
    """`checksum 1234abcd… is not 5678cdef…`."""
    return f"checksum {found[:12]}… is not {wanted[:12]}…"


def fetched(folder: Path) -> dict[str, str]:
    """Local path -> SHA-256 of what `fetch` put into a folder; empty without a record. Errors: BadFile."""
    record = folder / RECORD
    if not record.is_file():
        return {}
    try:
        files = json.loads(record.read_text(encoding="utf-8"))["files"]
        return {str(local): str(digest) for local, digest in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadFile(f"{record}: not a record of what was fetched; fetch the set again") from error
