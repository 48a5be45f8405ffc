"""One SQLite file that any number of processes read and write at once, and that never outgrows its cap.

Keys are hashes, values are bytes; the store knows nothing of answers. Beyond the cap, what was used longest ago goes.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tawazun.errors import BadFile

OURS = 0x54575A4E  # the application id in the file's header: TWZN
FORMAT = 1
BUSY_SECONDS = 60.0
ROW_BYTES = 150  # what a row takes on disk beside its value: key, time, two trees filled to two thirds
FRESH_SECONDS = 3600  # a use is written down when the last one is longer ago
KEYS_PER_QUERY = 500
KEPT_SHARE = 0.9  # of the cap, after something had to go
TABLES = """
CREATE TABLE respondents (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, name TEXT NOT NULL,
    notes TEXT NOT NULL DEFAULT '[]', entries INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE answers (
    key BLOB PRIMARY KEY, respondent INTEGER NOT NULL, used INTEGER NOT NULL, bytes INTEGER NOT NULL,
    value BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX by_use ON answers (used);
CREATE TRIGGER came AFTER INSERT ON answers BEGIN
    UPDATE respondents SET entries = entries + 1, bytes = bytes + new.bytes WHERE number = new.respondent;
END;
CREATE TRIGGER went AFTER DELETE ON answers BEGIN
    UPDATE respondents SET entries = entries - 1, bytes = bytes - old.bytes WHERE number = old.respondent;
END;
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the cache holds of one respondent: its id, the name it was last asked by, entries, and bytes."""

    id: str
    name: str
    entries: int
    bytes: int


class Store:
    """The file. Every method may raise `sqlite3.Error` when the disk or the file lets us down.

    cap     bytes, keys and trees counted in
    clock   seconds since 1970, injected so that tests need not wait
    """

    def __init__(self, file: Path, cap: int, clock: Callable[[], float] = time.time) -> None:
        """Open the file, or make it. Errors: BadFile in one line when it is damaged, foreign or out of reach."""
        self.file, self.cap, self._clock = file, cap, clock
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise BadFile(f"{file}: no answer cache can be kept there ({error})") from error
        try:
            self._begin()
        except (sqlite3.Error, BadFile) as error:
            self._db.close()
            if isinstance(error, BadFile):
                raise
            raise BadFile(f"{file}: the answer cache cannot be read ({error}); delete it if it is damaged") from error

    def _begin(self) -> None:
        """Make the tables in an empty file; refuse a file that is not ours."""
        with self._writing(patient=True):
            mark, version = self._one("PRAGMA application_id"), self._one("PRAGMA user_version")
            if not mark and not version and not self._one("SELECT count(*) FROM sqlite_master"):
                for statement in _statements(TABLES):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA application_id = {OURS}")
                self._db.execute(f"PRAGMA user_version = {FORMAT}")
            elif mark != OURS:
                raise BadFile(f"{self.file}: a database of something else, not an answer cache")
            elif version != FORMAT:
                raise BadFile(f"{self.file}: an answer cache of another version ({version}); delete it")
        self._patiently("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")

    def _one(self, query: str) -> int:
        found: int = self._db.execute(query).fetchone()[0]
        return found

    def _patiently(self, statement: str) -> None:
        """Run a statement that SQLite gives up at once, busy timeout or not, while others open the same file."""
        until = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self._db.execute(statement)
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(0.01)

    @contextmanager
    def _writing(self, *, patient: bool = False) -> Iterator[None]:
        """One transaction: all of it or nothing."""
        if patient:
            self._patiently("BEGIN IMMEDIATE")
        else:
            self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def find(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The values of those keys that are here."""
        found: dict[bytes, bytes] = {}
        stale: list[tuple[int, bytes]] = []
        now = int(self._clock())
        for start in range(0, len(keys), KEYS_PER_QUERY):
            some = keys[start : start + KEYS_PER_QUERY]
            marks = ",".join("?" * len(some))
            query = f"SELECT key, used, value FROM answers WHERE key IN ({marks})"
            for key, used, value in self._db.execute(query, some):
                found[key] = value
                if used < now - FRESH_SECONDS:
                    stale.append((now, key))
        if stale:
            # what was found is worth more than when it was used
            with suppress(sqlite3.OperationalError), self._writing():
                self._db.executemany("UPDATE answers SET used = ? WHERE key = ?", stale)
        return found

    def notes(self, respondent: str) -> list[str]:
        """What a reader should know of how this respondent's answers came about, as it was put here."""
        row = self._db.execute("SELECT notes FROM respondents WHERE id = ?", (respondent,)).fetchone()
        found: list[str] = json.loads(row[0]) if row else []
        return found

    def put(self, respondent: str, name: str, rows: Sequence[tuple[bytes, bytes]], notes: Sequence[str] = ()) -> None:
        """Keep (key, value) pairs of a respondent, and its notes; a key that is here already stays as it is."""
        now = int(self._clock())
        with self._writing():
            self._db.execute(
                "INSERT INTO respondents (id, name, notes) VALUES (?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET name = excluded.name, notes = excluded.notes",
                (respondent, name, json.dumps(list(dict.fromkeys([*self.notes(respondent), *notes])))),
            )
            (number,) = self._db.execute("SELECT number FROM respondents WHERE id = ?", (respondent,)).fetchone()
            self._db.executemany(
                "INSERT OR IGNORE INTO answers (key, respondent, used, bytes, value) VALUES (?, ?, ?, ?, ?)",
                [(key, number, now, len(value) + ROW_BYTES, value) for key, value in rows],
            )
            self._shrink()

    def drop(self, keys: Sequence[bytes]) -> None:
        """Forget these keys."""
        with self._writing():
            self._db.executemany("DELETE FROM answers WHERE key = ?", [(key,) for key in keys])

    def _shrink(self) -> None:
        held = self._one("SELECT coalesce(sum(bytes), 0) FROM respondents")
        if held <= self.cap:
            return
        gone: list[tuple[bytes]] = []
        for key, size in self._db.execute("SELECT key, bytes FROM answers ORDER BY used"):
            gone.append((key,))
            held -= size
            if held <= KEPT_SHARE * self.cap:
                break
        self._db.executemany("DELETE FROM answers WHERE key = ?", gone)

    def kept(self) -> list[Kept]:
        """What is here, respondent by respondent, the largest first."""
        rows = self._db.execute(
            "SELECT id, name, entries, bytes FROM respondents WHERE entries > 0 ORDER BY bytes DESC"
        )
        return [Kept(*row) for row in rows]

    def clear(self) -> None:
        """Forget everything, and give the room on disk back unless another process is reading."""
        with self._writing():
            self._db.execute("DELETE FROM answers")
            self._db.execute("DELETE FROM respondents")
        with suppress(sqlite3.OperationalError):
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _statements(script: str) -> Iterator[str]:
    """The statements of a script one by one: `executescript` would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
