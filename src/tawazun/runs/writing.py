"""Atomic writes: a file is either the old one or the whole new one, and a full disk is one clear line."""

import fcntl
import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from tawazun.errors import UserError, WriteFailed


def write_bytes(path: Path, content: bytes) -> None:
    """Put a file in place in one step. Errors: WriteFailed naming the file; the old file stays as it was."""
    _placed(path, lambda temporary: _dump(temporary, content))


def write_text(path: Path, content: str) -> None:
    """`write_bytes` of a UTF-8 text."""
    write_bytes(path, content.encode())


def write_parquet(path: Path, table: pl.DataFrame) -> None:
    """Put a table in place in one step, compressed with zstd."""
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd")
    write_bytes(path, buffer.getvalue())


def sink_parquet(path: Path, table: pl.LazyFrame) -> None:
    """Stream a table to a file in one step, in bounded memory."""

    def sink(temporary: Path) -> None:
        try:
            table.sink_parquet(temporary, compression="zstd")
        except pl.exceptions.ComputeError as error:
            raise OSError(str(error)) from error

    _placed(path, sink)


@contextmanager
def restored(paths: Iterable[Path], earlier: Mapping[Path, bytes]) -> Iterator[None]:
    """Files as they were, where what is done with them fails or is interrupted; new ones are taken away again.

    earlier   what files held that were written already, in the place of what they hold now
    """
    before = {path: path.read_bytes() if path.exists() else None for path in paths} | dict(earlier)
    try:
        yield
    except BaseException:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            elif not path.exists() or path.read_bytes() != content:
                write_bytes(path, content)
        raise


def _dump(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _placed(path: Path, fill: Callable[[Path], None]) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        fill(temporary)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        why = error.strerror or str(error)
        raise WriteFailed(f"{path.name} could not be written ({why}); what was written before is kept") from error


@contextmanager
def locked(folder: Path, what: str) -> Iterator[None]:
    """Hold a folder for this process; `what` names it in the line that another process gets.

    Errors   UserError when another process writes to it; WriteFailed when none may
    """
    try:
        file = (folder / ".lock").open("w")
    except OSError as error:
        raise WriteFailed(f"{folder}: cannot be written to ({error.strerror})") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UserError(f"{folder}: another process is writing to this {what}") from error
        yield
