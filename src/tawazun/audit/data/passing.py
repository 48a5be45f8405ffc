"""One pass over a training set: rows in, metrics of every shard and of the whole out, in bounded memory.

Rows are looked at in chunks and measured in shards, wherever a pool does it; both come back in order, and only then
anything is counted, so that the result is the same for any pool, bit for bit.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import polars as pl

from tawazun.audit.data.ends import Ends
from tawazun.audit.data.languages import identifier
from tawazun.audit.data.measuring import Choice, DataAudit, family
from tawazun.audit.data.reading import Raw
from tawazun.audit.data.records import Fault, Sample, Values
from tawazun.audit.data.tallies import FaultTally, Moments, Repeats, RowSample
from tawazun.audit.data.work import LETTERS, Look, Looked, Shard, Weighed, done
from tawazun.errors import BadFile
from tawazun.seeds import stream
from tawazun.workers.pools import Here, Pool

# rows of one look, letters of one look, letters of one shard
LOOK, LOOK_LETTERS, MOST_LETTERS = 256, 4_000_000, 8_000_000
RowSink = Callable[[pl.DataFrame], None]


def audit_rows(
    rows: Iterable[Raw | Fault], choice: Choice = Choice(), keep: RowSink | None = None, pool: Pool | None = None
) -> DataAudit:
    """Measure a set.

    keep    takes the table of every shard's rows (file, number, shape, language, metrics); None = they are not kept
    pool    of `work.done` with the same choice; None = this process
    Errors  BadFile when no row can be measured; UnknownName for a family
    """
    for name in choice.families:
        family(name)
    state = _Pass(choice, keep, pool or Here(done, lambda: choice))
    for chunk in _chunks(rows):
        state.look(chunk)
    state.finish()
    return state.audit()


def _chunks(rows: Iterable[Raw | Fault]) -> Iterator[list[Raw | Fault]]:
    chunk: list[Raw | Fault] = []
    letters = 0
    for one in rows:
        chunk.append(one)
        letters += 0 if isinstance(one, Fault) else _letters(one.fields)
        if len(chunk) >= LOOK or letters >= LOOK_LETTERS:
            yield chunk
            chunk, letters = [], 0
    if chunk:
        yield chunk


def _letters(value: Any) -> int:
    """Letters of all texts in a row, 1 for anything else; walked with a list, for a row may have lists in lists."""
    count, left = 0, [value]
    while left:
        one = left.pop()
        if isinstance(one, dict | list):
            left.extend(one.values() if isinstance(one, dict) else one)
        else:
            count += len(one) if isinstance(one, str) else 1
    return count


class _Pass:
    """What one pass over a set keeps: work that is under way, open shards by language, and counts."""

    def __init__(self, choice: Choice, keep: RowSink | None, pool: Pool) -> None:
        self.choice, self.keep, self.pool = choice, keep, pool
        self.looks: deque[Any] = deque()
        self.closed: deque[tuple[Shard, bool, Any]] = deque()
        self.faults, self.repeats = FaultTally(), Repeats()
        self.shapes: Counter[str] = Counter()
        self.languages: Counter[str] = Counter()
        self.scripts: Counter[str] = Counter()
        self.open: dict[str, list[Sample]] = {}
        self.letters: Counter[str] = Counter()
        self.means: dict[str, Moments] = {}
        self.ends: dict[str, Ends] = {}
        self.spreads: dict[str, RowSample] = {}
        self.shards: list[dict[str, object]] = []
        self.countries: dict[str, Counter[str]] = {}
        self.tools: dict[str, str] = {"language": choice.language or identifier()}

    def look(self, chunk: list[Raw | Fault]) -> None:
        """Have rows looked at, and take in what came of earlier ones."""
        self.looks.append(self.pool.begin(Look(chunk)))
        self.take_looks(self.pool.ahead)

    def take_looks(self, left: int) -> None:
        """Take in looks until only `left` are under way."""
        while len(self.looks) > left:
            for one in self.pool.end(self.looks.popleft()):
                self.sort(one)

    def sort(self, one: Looked) -> None:
        """Count a row and put it to the open shard of its language, which is closed when it is full."""
        for fault in one.faults:
            self.faults.add(fault)
        if one.sample is None:
            return
        self.shapes[one.sample.shape] += 1
        self.repeats.add_code(one.code)
        language = one.found.language
        self.languages[language] += 1
        if one.found.script:
            self.scripts[one.found.script] += 1
        shard = self.open.setdefault(language, [])
        shard.append(one.sample)
        self.letters[language] += len(one.sample.instruction) + len(one.sample.response)
        if len(shard) >= self.choice.shard or self.letters[language] >= MOST_LETTERS:
            self.close(language, whole=len(shard) >= self.choice.shard)
        if sum(self.letters.values()) >= 2 * MOST_LETTERS:
            self.close(self.letters.most_common(1)[0][0], whole=False)

    def close(self, language: str, *, whole: bool) -> None:
        """Have the open shard of a language measured, and take in what came of earlier ones."""
        shard = Shard(tuple(self.open.pop(language)), language)
        del self.letters[language]
        self.closed.append((shard, whole, self.pool.begin(shard)))
        self.take_shards(self.pool.ahead)

    def take_shards(self, left: int) -> None:
        """Take in shards until only `left` are under way."""
        while len(self.closed) > left:
            shard, whole, ticket = self.closed.popleft()
            self.add(shard, whole, self.pool.end(ticket))

    def add(self, shard: Shard, whole: bool, found: Weighed) -> None:
        """Count what a shard came to."""
        language, samples = shard.language, shard.samples
        number = len(self.shards) + 1
        for kind, counts in found.faulty.items():
            for i in np.flatnonzero(counts):
                one = samples[i]
                self.faults.add(Fault(one.file, one.number, kind, LETTERS[kind].format(counts[i]), True))
        self.means.setdefault(language, Moments()).add(found.rows)
        self.ends.setdefault(language, Ends()).add(found.rows, samples)
        keys = stream("row-sample", language, number).random(len(samples))
        self.spreads.setdefault(language, RowSample()).add(found.rows, keys)
        means = {name: _mean(values) for name, values in found.rows.items()}
        head = {"shard": number, "language": language, "rows": len(samples), "whole": whole}
        self.shards.append({**head, **means, **found.shard})
        if found.countries is not None:
            self.countries.setdefault(language, Counter()).update(found.countries)
        if found.segmenter:
            self.tools[f"words:{language}"] = found.segmenter
        if found.parser:
            self.tools[f"parser:{language}"] = found.parser
        if self.keep is not None:
            self.keep(_row_table(samples, language, found.rows))

    def finish(self) -> None:
        """Wait for everything, and close what is still open."""
        self.take_looks(0)
        for language in sorted(self.open):
            self.close(language, whole=False)
        self.take_shards(0)

    def audit(self) -> DataAudit:
        """What the pass came to. Errors: BadFile when nothing was measured."""
        total = sum(self.shapes.values())
        if not total:
            said = next(
                (f"; {one[0].why} ({one[0].file} row {one[0].number})" for one in self.faults.first.values()), ""
            )
            raise BadFile(f"no row of this set can be measured{said or '; its files hold no row'}")
        names = dict.fromkeys(name for row in self.shards for name in row)
        table = pl.DataFrame([{name: row.get(name) for name in names} for row in self.shards], infer_schema_length=None)
        return DataAudit(
            total, dict(self.shapes), dict(self.languages), dict(self.scripts), self.faults, table, self.means,
            self.repeats, self.countries, self.tools, self.ends, self.spreads,
        )  # fmt: skip


def _mean(values: np.ndarray) -> float | None:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else None


def _row_table(samples: tuple[Sample, ...], language: str, rows: Values) -> pl.DataFrame:
    table = {
        "file": [one.file for one in samples],
        "number": [one.number for one in samples],
        "shape": [one.shape for one in samples],
        "language": [language] * len(samples),
    }
    return pl.DataFrame({**table, **rows}).with_columns(pl.selectors.float().fill_nan(None))
