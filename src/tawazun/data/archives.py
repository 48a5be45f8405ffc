"""Reading chosen files out of a ZIP or TAR archive that somebody else made.

Nothing is unpacked by name: a member is read into memory, in bounded size, and handed over under its path in the
archive. An archive that tries to be more than files in folders (a path that climbs out, a link, a device, a password,
members that grow out of proportion) is refused as a whole.
"""

import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from tawazun.errors import BadFile

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
MOST_MEMBERS = 50_000
LARGEST_MEMBER = 500_000_000
LARGEST_TOTAL = 2_000_000_000
HIGHEST_RATIO = 200
SMALL = 1_000_000

_DRIVE = re.compile(r"^[A-Za-z]:")
Wanted = Callable[[str], bool]


def is_archive(path: Path) -> bool:
    """Whether a file's name is an archive's."""
    return path.name.lower().endswith(SUFFIXES)


def read_members(path: Path, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    """The members that are wanted, as (path inside the archive with `/`, content), in the archive's order.

    Errors   BadFile naming the archive and the member: not an archive, damaged, a path that leads out of it, a link or
             another special file, encrypted, doubled, or larger than its limits allow
    """
    if not path.is_file():
        raise BadFile(f"{path}: there is no such archive")
    if not is_archive(path):
        raise BadFile(f"{path}: archives are {', '.join(SUFFIXES)}")
    read = _zip if path.name.lower().endswith(".zip") else _tar
    try:
        yield from read(path, wanted)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, NotImplementedError, ValueError) as error:
        raise BadFile(f"{path}: cannot be read as an archive ({str(error).splitlines()[0]})") from error
    except OSError as error:
        raise BadFile(f"{path}: cannot be read as an archive ({error.strerror or error})") from error


def _zip(path: Path, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        seen: set[str] = set()
        total = 0
        for count, member in enumerate(members, start=1):
            name = _safe(path, member.filename, seen, count)
            if stat.S_ISLNK(member.external_attr >> 16):
                raise BadFile(f"{path}: member {name} is a link; archives of data have none")
            if member.is_dir() or not wanted(name):
                continue
            if member.flag_bits & 0x1:
                raise BadFile(f"{path}: member {name} is encrypted; unpack it yourself and give the folder")
            total += _fits(path, name, member.file_size, member.compress_size, total)
            with archive.open(member) as file:
                yield name, _content(path, name, file, member.file_size)


def _tar(path: Path, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    packed = path.stat().st_size
    with tarfile.open(path, "r|*") as archive:
        seen: set[str] = set()
        total = 0
        for count, member in enumerate(archive, start=1):
            name = _safe(path, member.name, seen, count)
            if member.isdir():
                continue
            if not member.isreg() or member.issparse():
                raise BadFile(f"{path}: member {name} is a link or another special file; archives of data have none")
            # every member is unpacked on the way to the next one, so all of them count
            total += member.size
            if total > LARGEST_TOTAL or (total > SMALL and total > HIGHEST_RATIO * packed):
                raise BadFile(f"{path}: member {name} makes it {total / max(packed, 1):.0f} times as large as the file")
            if not wanted(name):
                continue
            _fits(path, name, member.size, member.size, 0)
            file = archive.extractfile(member)
            if file is not None:
                yield name, _content(path, name, file, member.size)


def _safe(path: Path, raw: str, seen: set[str], count: int) -> str:
    if count > MOST_MEMBERS:
        raise BadFile(f"{path}: more than {MOST_MEMBERS:,} members")
    name = raw.removeprefix("./").rstrip("/")
    parts = name.split("/")
    if raw.startswith("/") or "\\" in raw or _DRIVE.match(raw) or ".." in parts or "\x00" in raw:
        raise BadFile(f"{path}: member {raw[:80]!r} has a path that leads out of the archive")
    if name and name in seen:
        raise BadFile(f"{path}: member {name} stands twice")
    seen.add(name)
    return name


def _fits(path: Path, name: str, size: int, packed: int, before: int) -> int:
    if size > LARGEST_MEMBER or before + size > LARGEST_TOTAL:
        raise BadFile(f"{path}: member {name} is {size / 1e6:,.0f} MB; that is more than a data set has")
    if size > SMALL and size > HIGHEST_RATIO * max(packed, 1):
        raise BadFile(f"{path}: member {name} unpacks to {size / max(packed, 1):,.0f} times its size")
    return size


def _content(path: Path, name: str, file: IO[bytes], size: int) -> bytes:
    content = file.read(size + 1)
    if len(content) != size:
        raise BadFile(f"{path}: member {name} is {len(content):,} bytes long and says {size:,}")
    return content
