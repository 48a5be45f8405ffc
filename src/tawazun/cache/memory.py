"""Between the plan and a respondent: what is remembered is not asked, what was asked is remembered.

Replies are kept one by one where a respondent can be asked for single ones, so thirty samples after three ask for
twenty-seven, and a cell that failed at one reply asks for that one only. Failed cells are never kept. Nor are keys: a
value holds an outcome or a reply and nothing else.
"""

import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol, runtime_checkable

from tawazun.answers import Outcome, check
from tawazun.cache.place import cache_cap, cache_file
from tawazun.cache.store import Store
from tawazun.cache.values import exact_key, pack, reply_key, shares_key, unpack
from tawazun.cells import Ask, parse_decoding
from tawazun.errors import BadAnswers, BadFile, RespondentFailed
from tawazun.respondents import Partly, Respondent, respondent_id
from tawazun.respondents.replies import told

Rows = list[tuple[bytes, bytes]]
Asked = Iterator[Any] | None
Item = tuple[Ask, str, int]  # an ask, its cell, and its number in the plan
LOOK = 512  # cells looked up together
MOST = 16_384  # cells handed on together, however many are remembered
SECONDS = 1.0  # that an answer may wait to be kept

log = logging.getLogger("tawazun")


@runtime_checkable
class Replying(Protocol):
    """A respondent that can be asked for single replies, each of which depends on its own sample index only."""

    def replies(
        self, asks: Sequence[Ask], wanted: Sequence[Sequence[int]], study_seed: int
    ) -> Iterable[Sequence[str] | Partly | Outcome]:
        """For each ask, the texts of the wanted sample indices in order, or what went wrong, with what came if any."""
        ...


@dataclass
class _Cell:
    """One cell on its way: what is remembered of it, and under which keys."""

    item: Item
    keys: list[bytes]
    single: bool
    outcome: Outcome | None = None
    known: dict[int, str] = field(default_factory=dict)


@dataclass
class Memory:
    """The cache as a run uses it; without a store it remembers nothing and forgets nothing.

    recalled   cells that were answered from memory alone
    """

    store: Store | None
    recalled: int = 0

    def rounds(
        self, opened: Iterable[Item], label: str, respondent: Respondent, samples: int, study_seed: int
    ) -> Iterator[tuple[list[Item], Iterator[Outcome]]]:
        """Cells in the order they came, with their outcomes; of each round at most a batch is asked."""
        asking = _Asking(self, label, respondent, samples, study_seed)
        for cells in asking.batches(opened):
            yield [one.item for one in cells], asking.answered(cells, *asking.begun(cells))

    def find(self, keys: Sequence[bytes]) -> dict[bytes, Outcome | str]:
        """What is remembered under these keys; what is damaged is forgotten."""
        if self.store is None:
            return {}
        try:
            read = {key: unpack(value) for key, value in self.store.find(keys).items()}
            if broken := [key for key, value in read.items() if value is None]:
                self.store.drop(broken)
        except sqlite3.Error as error:
            self._without(error)
            return {}
        return {key: value for key, value in read.items() if value is not None}

    def notes(self, rid: str) -> list[str]:
        """What a respondent had to say of how its answers came about when it was asked."""
        try:
            return [] if self.store is None else self.store.notes(rid)
        except (sqlite3.Error, ValueError):
            return []

    def keep(self, rid: str, label: str, rows: Sequence[tuple[bytes, bytes]], notes: Sequence[str]) -> None:
        """Remember these rows."""
        if self.store is None or not rows:
            return
        try:
            self.store.put(rid, label, rows, notes)
        except sqlite3.Error as error:
            self._without(error)

    def _without(self, error: sqlite3.Error) -> None:
        assert self.store is not None
        log.warning("tawazun: %s: %s; going on without the answer cache", self.store.file, error)
        self.store = None


@dataclass
class _Asking:
    memory: Memory
    label: str
    respondent: Respondent
    samples: int
    study_seed: int

    def __post_init__(self) -> None:
        self.rid = respondent_id(self.respondent.identity)
        self.replying = self.respondent if isinstance(self.respondent, Replying) else None
        # notes that are kept with a respondent tell of its answers; those it makes up when asked, of one session
        noted = vars(self.respondent).get("notes") if hasattr(self.respondent, "__dict__") else None
        self.noted: list[str] = noted if isinstance(noted, list) else []
        self.reminded = False

    def batches(self, opened: Iterable[Item]) -> Iterator[list[_Cell]]:
        """Cells with what is remembered of them, until a batch of them is left to ask."""
        batch: list[_Cell] = []
        left = 0
        for cell in self._looked_up(opened):
            batch.append(cell)
            left += cell.outcome is None
            if left >= self.respondent.batch or len(batch) >= MOST:
                yield batch
                batch, left = [], 0
        if batch:
            yield batch

    def _looked_up(self, opened: Iterable[Item]) -> Iterator[_Cell]:
        opened = iter(opened)
        while some := [self._cell(item) for item in islice(opened, LOOK)]:
            found = self.memory.find([key for cell in some for key in cell.keys])
            for cell in some:
                self._recall(cell, found)
                yield cell

    def _cell(self, item: Item) -> _Cell:
        ask, cell, _ = item
        if ask.framing.mode == "logprob":
            return _Cell(item, [exact_key(cell)], single=False)
        if self.replying is None:
            return _Cell(item, [shares_key(cell, self.study_seed, self.samples)], single=False)
        return _Cell(item, [reply_key(cell, self.study_seed, k) for k in range(self.samples)], single=True)

    def _recall(self, cell: _Cell, found: dict[bytes, Outcome | str]) -> None:
        values = [found.get(key) for key in cell.keys]
        if cell.single:
            cell.known = {k: value for k, value in enumerate(values) if isinstance(value, str)}
            if cell.known and parse_decoding(cell.item[0].framing.decoding).temperature == 0:
                # nothing is drawn, so one reply stands for all
                cell.known = dict.fromkeys(range(self.samples), next(iter(cell.known.values())))
            if len(cell.known) == self.samples:
                cell.outcome = told(cell.item[0], [cell.known[k] for k in range(self.samples)])
        elif isinstance(values[0], Outcome) and self._sound(cell.item[0], values[0]):
            cell.outcome = values[0]
        if cell.outcome is not None:
            self.memory.recalled += 1
            self._note()

    def _note(self) -> None:
        """What the respondent would have noted had it been asked."""
        if not self.reminded:
            self.noted += [line for line in self.memory.notes(self.rid) if line not in self.noted]
            self.reminded = True

    def _sound(self, ask: Ask, outcome: Outcome) -> bool:
        try:
            return check(outcome, ask.question, self.label).error is None
        except BadAnswers:
            return False

    def begun(self, cells: Sequence[_Cell]) -> tuple[Asked, Asked]:
        """What a respondent that is asked ahead was asked just now; any other is asked when it is read."""
        if not getattr(self.respondent, "ahead", 0):
            return None, None
        whole, single = _left(cells, single=False), _left(cells, single=True)
        return self._ask(whole) if whole else None, self._ask_single(single) if single else None

    def answered(self, cells: Sequence[_Cell], begun: Asked = None, begun_single: Asked = None) -> Iterator[Outcome]:
        """The outcome of each cell as it comes, asking for what is not remembered; what came is kept, come what may."""
        rows: Rows = []
        since = time.monotonic()
        whole = self._whole(_left(cells, single=False), begun)
        single = self._single(_left(cells, single=True), begun_single)
        try:
            for cell in cells:
                if cell.outcome is None:
                    outcome, own = next(single if cell.single else whole, (None, []))
                    if outcome is None:
                        raise RespondentFailed(f"{self.label}: gave fewer outcomes than it was asked for")
                    rows += own
                    if time.monotonic() - since >= SECONDS:
                        self._keep(rows)
                        rows, since = [], time.monotonic()
                    yield outcome
                else:
                    yield cell.outcome
            _hear_out(whole)
            _hear_out(single)
        finally:
            self._keep(rows)

    def _keep(self, rows: Rows) -> None:
        self.memory.keep(self.rid, self.label, rows, self.noted)

    def _listen(self, rows_of: Callable[[_Cell, Any], Rows], cells: Sequence[_Cell]) -> None:
        """Keep what comes before its turn at once, where a respondent tells of it."""
        if hasattr(self.respondent, "early"):
            self.respondent.early = lambda at, said: self._keep(rows_of(cells[at], said))

    def _ask(self, cells: Sequence[_Cell]) -> Iterator[Any]:
        self._listen(self._whole_rows, cells)
        return iter(self.respondent.answer([one.item[0] for one in cells], self.samples, self.study_seed))

    def _whole(self, cells: Sequence[_Cell], begun: Asked) -> Iterator[tuple[Outcome, Rows]]:
        if not cells:
            return
        answered = begun or self._ask(cells)
        for cell, outcome in zip(cells, answered, strict=False):
            yield outcome, self._whole_rows(cell, outcome)
        _hear_out(answered)

    def _whole_rows(self, cell: _Cell, outcome: Outcome) -> Rows:
        return [(cell.keys[0], pack(outcome))] if self._sound(cell.item[0], outcome) else []

    def _ask_single(self, cells: Sequence[_Cell]) -> Iterator[Any]:
        assert self.replying is not None
        wanted = [[k for k in range(self.samples) if k not in one.known] for one in cells]
        self._listen(self._single_rows, cells)
        return iter(self.replying.replies([one.item[0] for one in cells], wanted, self.study_seed))

    def _single(self, cells: Sequence[_Cell], begun: Asked) -> Iterator[tuple[Outcome, Rows]]:
        if not cells:
            return
        asked = begun or self._ask_single(cells)
        for cell, said in zip(cells, asked, strict=False):
            if isinstance(said, Outcome | Partly):
                yield said.outcome if isinstance(said, Partly) else said, self._single_rows(cell, said)
                continue
            every = cell.known | self._texts(cell, said)
            outcome = told(cell.item[0], [every[k] for k in range(self.samples)])
            yield outcome, self._single_rows(cell, said)
        _hear_out(asked)

    def _texts(self, cell: _Cell, said: Sequence[str]) -> dict[int, str]:
        """The replies that were missing, by sample index."""
        missing = [k for k in range(self.samples) if k not in cell.known]
        return dict(zip(missing, said, strict=True))

    def _single_rows(self, cell: _Cell, said: Sequence[str] | Partly | Outcome) -> Rows:
        if isinstance(said, Outcome):
            return []
        texts = said.texts if isinstance(said, Partly) else self._texts(cell, said)
        return [(cell.keys[k], pack(text)) for k, text in texts.items()]


def _left(cells: Sequence[_Cell], *, single: bool) -> list[_Cell]:
    """The cells that are not remembered and are asked whole, or reply by reply."""
    return [one for one in cells if one.outcome is None and one.single == single]


def _hear_out(rest: Iterator[object]) -> None:
    """Let a respondent say why it stops, which it does after its last outcome. Errors: RespondentFailed."""
    next(rest, None)


def open_memory(megabytes: float | None = None) -> Memory:
    """The memory of this machine; one that remembers nothing, after one line, when its file is no good.

    Errors   UserError for a size that is none
    """
    file, cap = cache_file(), cache_cap(megabytes)
    if file is None:
        return Memory(None)
    try:
        return Memory(Store(file, cap))
    except BadFile as error:
        log.warning("tawazun: %s; going on without the answer cache", error)
        return Memory(None)
