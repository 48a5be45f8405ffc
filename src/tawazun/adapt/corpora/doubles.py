"""Rows that say the same as an earlier row, within a source or across sources: to the letter, but for signs, or nearly.

One pass in file order. What was seen is kept in a database file, so memory stays bounded and a killed pass goes on.
Nearly the same: MinHash signatures of runs of five words, compared where a band of them is equal (Broder 1997,
Compression and Complexity of Sequences; bands as in Lee et al. 2022, ACL, arXiv 2107.06499). The first one stays.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from tawazun.adapt.corpora.codes import Coded, Codes, coded
from tawazun.adapt.corpora.records import Document
from tawazun.adapt.corpora.sources import CorpusSource
from tawazun.errors import StudyChanged, WriteFailed
from tawazun.seeds import digest_of, stream

How = Literal["exact", "normalised", "near"]
SHINGLE = 5
HASHES = 80
BAND = 8  # 10 bands of 8: a pair at similarity .8 is looked at with probability .84, at .5 with .04
ALIKE = 0.8
BATCH = 256
SCHEMA = """
create table if not exists state (key text primary key, value text);
create table if not exists exact (code integer primary key, row integer) without rowid;
create table if not exists loose (code integer primary key, row integer) without rowid;
create table if not exists bands (code integer primary key, row integer) without rowid;
create table if not exists signs (row integer primary key, sign blob);
create table if not exists rows (row integer primary key, source text, file text, number integer);
create table if not exists doubles (source text, file text, number integer, how text, first integer, alike real);
create index if not exists doubles_at on doubles (source, file, number);
"""


@dataclass(frozen=True, slots=True)
class Double:
    """A row that repeats an earlier one.

    alike   share of equal places of the signatures; 1 for `exact` and `normalised`
    """

    source: str
    file: str
    number: int
    how: How
    first: tuple[str, str, int]
    alike: float


class Doubles:
    """The doubles of some sources, found block by block and kept in a file."""

    def __init__(self, path: Path, sources: Sequence[CorpusSource], *, near: bool = True) -> None:
        """Errors: StudyChanged when the file is of other sources."""
        self._sources, self._near = tuple(sources), near
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript("pragma journal_mode = wal; pragma synchronous = normal; pragma cache_size = -65536;")
        self._db.executescript(SCHEMA)
        own = digest_of([[[one.keys.name, dict(one.hashes)] for one in sources], near, SHINGLE, HASHES, BAND, ALIKE])
        found = self._value("of")
        if found not in ("", own):
            raise StudyChanged(f"{path.name} is of other sources or settings: remove it, or keep to the old ones")
        self._db.execute("insert or replace into state values ('of', ?)", (own,))

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def find(self) -> Iterator[tuple[str, int]]:
        """Go on to the end; after each block its source and number, saved. Errors: WriteFailed for a full disk."""
        done = int(self._value("done") or 0)
        steps = ((one, number) for one in self._sources for number in _blocks(one))
        for at, (source, number) in enumerate(steps):
            if at < done:
                continue
            rows = source.block(number)
            try:
                self._db.execute("begin")
                for start in range(0, len(rows), BATCH):
                    self._take(rows[start : start + BATCH])
                self._db.execute("insert or replace into state values ('done', ?)", (str(at + 1),))
                self._db.execute("commit")
            except sqlite3.OperationalError as error:
                raise WriteFailed(f"the list of doubles could not be written ({error}); run it again") from error
            yield source.keys.name, number

    def has(self, document: Document) -> bool:
        """Whether a row is a double of an earlier one."""
        key = (document.source, document.file, document.number)
        sql = "select 1 from doubles where source = ? and file = ? and number = ?"
        return self._db.execute(sql, key).fetchone() is not None

    def __iter__(self) -> Iterator[Double]:
        """Every double, in order of the sources."""
        sql = (
            "select d.source, d.file, d.number, d.how, r.source, r.file, r.number, d.alike "
            "from doubles d join rows r on r.row = d.first order by d.rowid"
        )
        for source, file, number, how, *first, alike in self._db.execute(sql):
            yield Double(source, file, number, how, (first[0], first[1], first[2]), alike)

    def counts(self) -> dict[str, dict[str, int]]:
        """Source -> how -> rows, with `within` and `across` sources counted apart: `exact within`, `near across` …"""
        made: dict[str, dict[str, int]] = {one.keys.name: {} for one in self._sources}
        for one in self:
            kind = f"{one.how} {'within' if one.first[0] == one.source else 'across'}"
            made[one.source][kind] = made[one.source].get(kind, 0) + 1
        return made

    def _value(self, key: str) -> str:
        found = self._db.execute("select value from state where key = ?", (key,)).fetchone()
        return found[0] if found else ""

    # ---- a batch

    def _take(self, rows: Sequence[Document]) -> None:
        texts = [row.text for row in rows]
        words = coded(texts)
        loose = _signed(_wholes(words))
        signs = signatures(words) if self._near else np.zeros((len(rows), 0), dtype=np.uint32)
        bands = _signed(_banded(signs))
        first = self._db.execute("select coalesce(max(row), 0) + 1 from rows").fetchone()[0]
        for i, row in enumerate(rows):
            number = first + i
            self._db.execute("insert into rows values (?, ?, ?, ?)", (number, row.source, row.file, row.number))
            exact = int(letter_code(row.text))
            keys = (exact, int(loose[i])) if words.starts[i + 1] > words.starts[i] else (exact, exact)
            if found := self._same(keys) or self._alike(signs[i], bands[i]):
                self._db.execute(
                    "insert into doubles values (?, ?, ?, ?, ?, ?)", (row.source, row.file, row.number, *found)
                )
                continue
            self._db.execute("insert or ignore into exact values (?, ?)", (keys[0], number))
            self._db.execute("insert or ignore into loose values (?, ?)", (keys[1], number))
            if self._near:
                self._db.execute("insert into signs values (?, ?)", (number, signs[i].tobytes()))
                self._db.executemany("insert or ignore into bands values (?, ?)", [(int(b), number) for b in bands[i]])

    def _same(self, keys: tuple[int, int]) -> tuple[str, int, float] | None:
        for how, table, key in (("exact", "exact", keys[0]), ("normalised", "loose", keys[1])):
            found = self._db.execute(f"select row from {table} where code = ?", (key,)).fetchone()
            if found:
                return how, found[0], 1.0
        return None

    def _alike(self, sign: npt.NDArray[np.uint32], bands: npt.NDArray[np.int64]) -> tuple[str, int, float] | None:
        marks = ",".join("?" * len(bands))
        sql = f"select distinct s.row, s.sign from bands b join signs s on s.row = b.row where b.code in ({marks})"
        best: tuple[str, int, float] | None = None
        for row, other in self._db.execute(sql, [int(b) for b in bands]):
            alike = float((np.frombuffer(other, dtype=np.uint32) == sign).mean())
            if alike >= ALIKE and (best is None or alike > best[2]):
                best = ("near", row, alike)
        return best


def letter_code(text: str) -> int:
    """A signed 64-bit code of a text, letter by letter."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True)


def signatures(words: Coded) -> npt.NDArray[np.uint32]:
    """Smallest hash of a text's runs of five words under each hash function; shorter texts go by all their words.

    The share of equal places of two signatures estimates the Jaccard similarity of their runs, with a standard error of
    at most .5 / sqrt(HASHES). Shapes: returns (R, HASHES); a text without words has the largest number everywhere
    """
    codes, at = words.every(SHINGLE)
    rows = words.rows[at]
    lengths = np.diff(words.starts)
    short = np.flatnonzero((lengths > 0) & (lengths < SHINGLE))
    codes = np.concatenate((codes, words.runs(words.starts[short], lengths[short])))
    rows = np.concatenate((rows, short))
    order = np.argsort(rows, kind="stable")
    codes, rows = codes[order], rows[order]
    found = np.full((len(lengths), HASHES), np.iinfo(np.uint32).max, dtype=np.uint32)
    if not len(codes):
        return found
    heads = np.flatnonzero(np.diff(rows, prepend=-1))
    high, low = (codes >> np.uint64(32)).astype(np.uint32), codes.astype(np.uint32)
    draws = stream("corpus-minhash", HASHES).integers(0, 2**32, size=(HASHES, 2), dtype=np.uint64).astype(np.uint32)
    with np.errstate(over="ignore"):
        for i, (times, plus) in enumerate(draws):
            mixed = (low * (times | np.uint32(1))) ^ (high + plus)
            found[rows[heads], i] = np.minimum.reduceat(mixed * np.uint32(0x9E3779B1), heads)
    return found


def _wholes(words: Coded) -> Codes:
    """One code for all words of each text. Shapes: (R,)."""
    return words.runs(words.starts[:-1], np.diff(words.starts))


def _banded(signs: npt.NDArray[np.uint32]) -> Codes:
    """One code for each band of each signature. Shapes: (R, bands)."""
    bands = signs.shape[1] // BAND
    cut = signs[:, : bands * BAND].reshape(len(signs), bands, BAND).astype(np.uint64)
    found = np.broadcast_to(np.arange(bands, dtype=np.uint64), (len(signs), bands)).copy()
    with np.errstate(over="ignore"):
        for i in range(BAND):
            found = found * np.uint64(0x100000001B3) + cut[:, :, i] + np.uint64(1)
            found ^= found >> np.uint64(29)
    return found


def _signed(codes: Codes) -> npt.NDArray[np.int64]:
    return codes.view(np.int64)


def _blocks(source: CorpusSource) -> Iterator[int]:
    if source.blocks is not None:
        yield from range(source.blocks)
        return
    number = 0
    while source.block(number):
        yield number
        number += 1
