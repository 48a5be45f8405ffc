"""Asking, and putting answers down as they come.

A part is written when a second has passed or many rows have come, so a killed run loses at most the batch in flight.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import polars as pl

from tawazun.answers import SCHEMA, Outcome, check, table_of
from tawazun.cache import Item, Memory
from tawazun.cells import Framing, cell_of
from tawazun.errors import BadAnswers, BadStudy
from tawazun.instruments import Instrument
from tawazun.interview.plan import Plan
from tawazun.respondents import Recorded, Respondent, respondent_id
from tawazun.runs import POSITION, RunFolder, Shard
from tawazun.seeds import digest_of

ROWS_PER_PART = 65_536
SECONDS_PER_PART = 1.0

Progress = Callable[[int], None]
Round = tuple[list[Item], Iterable[Outcome]]  # cells, and what each came to


@dataclass
class Pad:
    """Rows on their way to disk.

    clock   seconds, injected so that tests need not wait
    """

    folder: RunFolder
    label: str
    id: str
    clock: Callable[[], float] = time.monotonic
    _rows: list[tuple[Any, ...]] = field(default_factory=list)
    _since: float = -1.0

    def __post_init__(self) -> None:
        self._schema = SCHEMA if self.folder.shard is None else {**SCHEMA, POSITION: pl.Int64}

    def add(self, ask: str, cell: str, place: tuple[str, str, Framing], outcome: Outcome, number: int) -> None:
        """Keep one row; `place` is (instrument, question, framing), `number` where the cell stands in its plan."""
        instrument, question, framing = place
        row: tuple[Any, ...] = (
            ask, cell, self.label, self.id, instrument, question, framing.persona, framing.perspective,
            framing.language, framing.wording, framing.order, framing.labels, framing.placement, framing.context,
            framing.decoding, framing.mode, outcome.p, outcome.off_menu, outcome.refused, outcome.unread, outcome.n,
            outcome.value, outcome.sd, outcome.text, outcome.loglik,
            outcome.error,
        )  # fmt: skip
        self._rows.append((*row, number) if self.folder.shard else row)

    def settle(self, *, now: bool = False) -> None:
        """Write a part when it is time, or `now`."""
        time = self.clock()
        if self._since < 0:
            self._since = time
        due = len(self._rows) >= ROWS_PER_PART or time - self._since >= SECONDS_PER_PART
        if self._rows and (now or due):
            self.folder.add_answers(table_of(self._rows, self._schema))
            self._rows = []
            self._since = self.clock()


def ask_all(
    folder: RunFolder,
    plan: Plan,
    label: str,
    respondent: Respondent,
    progress: Progress = lambda count: None,
    memory: Memory | None = None,
) -> int:
    """Answer every cell that has no answer yet; returns how many were. What `memory` knows is not asked.

    Errors   BadStudy when the respondent cannot do one of the study's modes. Whatever stops it, what came is on disk.
    """
    for mode in plan.study.ask.modes:
        if mode not in respondent.modes:
            raise BadStudy(f"ask.mode: {label} can do {', '.join(respondent.modes)}, not {mode!r}")
    rid = respondent_id(respondent.identity)
    done = folder.done()
    pad = Pad(folder, label, rid)
    desk = _Desk(pad)
    asked = 0
    try:
        opened = _open(plan, rid, done, folder.shard, progress)
        samples, seed = plan.study.ask.samples, plan.study.seed
        if memory is None:
            rounds = _rounds(opened, respondent, samples, seed, desk.put_early)
        else:
            rounds = memory.rounds(opened, label, respondent, samples, seed)
        for batch, answered in _begun(rounds, getattr(respondent, "ahead", 0)):
            for item, outcome in zip(batch, answered, strict=True):
                desk.put(item, outcome)
                asked += 1
            progress(len(batch))
    finally:
        pad.settle(now=True)
        if rest := getattr(respondent, "rest", None):
            rest()
    return asked


@dataclass
class _Desk:
    """Puts each cell down once: in its turn, or before it when it came while an earlier one was waited for."""

    pad: Pad
    ahead: set[str] = field(default_factory=set)

    def put(self, item: Item, outcome: Outcome) -> None:
        ask, cell, number = item
        if cell in self.ahead:
            self.ahead.remove(cell)
            return
        if outcome.error is None:
            check(outcome, ask.question, self.pad.label)
        self.pad.add(ask.ask, cell, (ask.instrument, ask.question.id, ask.framing), outcome, number)
        self.pad.settle()

    def put_early(self, item: Item, outcome: Outcome) -> None:
        if outcome.error is None:
            self.put(item, outcome)
            self.ahead.add(item[1])


def _open(plan: Plan, rid: str, done: set[bytes], shard: Shard | None, progress: Progress) -> Iterator[Item]:
    for number, ask in enumerate(plan):
        cell = cell_of(ask.ask, rid)
        if (shard and not shard.holds(cell)) or (done and bytes.fromhex(cell) in done):
            progress(1)
        else:
            yield ask, cell, number


def _rounds(
    opened: Iterator[Item], respondent: Respondent, samples: int, seed: int, early: Callable[[Item, Outcome], None]
) -> Iterator[tuple[list[Item], Iterable[Outcome]]]:
    while batch := list(islice(opened, respondent.batch)):
        if hasattr(respondent, "early"):
            respondent.early = lambda at, outcome, batch=batch: early(batch[at], outcome)
        yield batch, respondent.answer([ask for ask, _, _ in batch], samples, seed)


def _begun(rounds: Iterable[Round], ahead: int) -> Iterator[Round]:
    """The rounds in their order, of which `ahead` were begun before the first is read."""
    waiting: deque[Round] = deque()
    for one in rounds:
        waiting.append(one)
        if len(waiting) > ahead:
            yield waiting.popleft()
    yield from waiting


def take_recorded(
    folder: RunFolder, instruments: Sequence[Instrument], label: str, recorded: Recorded, items: Sequence[str]
) -> int:
    """Put recorded answers into the run; returns how many cells are new. Of shards, the first takes them all.

    Errors   BadAnswers for a doubled cell
    """
    if folder.shard and folder.shard.number != 1:
        return 0
    rid = respondent_id(recorded.identity)
    done = folder.done()
    pad = Pad(folder, label, rid)
    seen: set[str] = set()
    taken = 0
    wanted = {item.rpartition(":")[2] for item in items}
    for one in recorded.cells(instruments):
        if wanted and one.question not in wanted:
            continue
        framing = one.framing
        ask = digest_of({"instrument": one.instrument, "question": one.question, "framing": _plain(framing)})
        cell = cell_of(ask, rid)
        if cell in seen:
            raise BadAnswers(f"{label}: the cell {one.question} / {framing.persona} / {framing.wording} stands twice")
        seen.add(cell)
        if bytes.fromhex(cell) not in done:
            pad.add(ask, cell, (one.instrument, one.question, framing), one.outcome, len(seen) - 1)
            taken += 1
    pad.settle(now=True)
    return taken


def _plain(framing: Framing) -> dict[str, str]:
    return {name: getattr(framing, name) for name in Framing.__slots__}
