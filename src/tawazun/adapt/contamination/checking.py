"""Holding a corpus against the items of a study, row by row in bounded memory, and stopping where one is in it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from time import process_time

import polars as pl

from tawazun.adapt.contamination.haystack import WAYS, Haystack, Hit, How
from tawazun.adapt.contamination.views import laid_bare, seam
from tawazun.adapt.corpora.records import Document
from tawazun.errors import Refused

BATCH = 1_000_000  # letters held against the index at once
Place = tuple[str, str, str, int]  # item, source, file, row


@dataclass(frozen=True, slots=True)
class Leak:
    """One item in one row."""

    item: str
    language: str
    wording: str
    part: str
    how: How
    share: float
    source: str
    file: str
    row: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class Contamination:
    """What a check came to.

    rows, letters  how much was read; seconds of processor it took
    unchecked      items whose texts are too short to be told from ordinary language
    """

    leaks: tuple[Leak, ...]
    rows: int
    letters: int
    megabytes: float
    seconds: float
    looked_for: int
    unchecked: tuple[str, ...] = ()

    @property
    def items(self) -> tuple[str, ...]:
        """Items that were found, in order."""
        return tuple(sorted({one.item for one in self.leaks}))

    @property
    def speed(self) -> float:
        """Megabytes of text (UTF-8) in a second of one processor."""
        return self.megabytes / self.seconds if self.seconds else float("nan")

    @property
    def words(self) -> str:
        """One line: how many items in how many rows, the first of them, and what could not be looked for."""
        rows = len({(one.source, one.file, one.row) for one in self.leaks})
        how = Counter(one.how for one in self.leaks)
        ways = ", ".join(f"{count} {way}" for way, count in sorted(how.items()))
        left = f"; {len(self.unchecked)} items are too short to be looked for" if self.unchecked else ""
        if not self.leaks:
            return f"no item of {self.looked_for} texts found in {self.rows:,} rows{left}"
        first = self.leaks[0]
        named = ", ".join(self.items[:5]) + (f" and {len(self.items) - 5} more" if len(self.items) > 5 else "")
        spot = f"{first.source}: {first.file} row {first.row} ({first.how})"
        return f"{len(self.items)} items in {rows} of {self.rows:,} rows ({ways}): {named}; first {spot}{left}"

    def table(self) -> pl.DataFrame:
        """One row per leak, for `contamination.parquet`."""
        schema = dict.fromkeys(Leak.__dataclass_fields__, pl.String) | {"share": pl.Float64, "row": pl.Int64}
        return pl.DataFrame([asdict(one) for one in self.leaks], schema=schema)


def check_corpus(documents: Iterable[Document], haystack: Haystack, unchecked: tuple[str, ...] = ()) -> Contamination:
    """Every row held against every item: questions and answers alike, as written and laid bare, and where rows meet."""
    # a row that was read in parts may hold the same item in two of them
    leaks: dict[Place, Leak] = {}
    rows = letters = 0
    size, began = 0.0, process_time()
    last: Document | None = None
    for batch in _batches(documents):
        rows += len(batch)
        letters += sum(len(one.text) for one in batch)
        size += sum(len(one.text.encode("utf-8", "surrogatepass")) for one in batch) / 1e6
        _search(leaks, batch, haystack)
        _search_seams(leaks, [last, *batch], haystack)
        last = batch[-1]
    took = process_time() - began
    return Contamination(tuple(leaks.values()), rows, letters, size, took, len(haystack.needles), unchecked)


def _search(leaks: dict[Place, Leak], batch: Sequence[Document], haystack: Haystack) -> None:
    for hit in haystack.search([one.text for one in batch]):
        _add(leaks, _leak(batch[hit.row], hit))
    bare = [(one, text) for one in batch if (text := laid_bare(one.text)) != one.text]
    for hit in haystack.search([text for _, text in bare]):
        # letter by letter it is not what the row has
        how: How = "normalised" if hit.how == "exact" else hit.how
        _add(leaks, _leak(bare[hit.row][0], replace(hit, how=how)))


def _search_seams(leaks: dict[Place, Leak], batch: Sequence[Document | None], haystack: Haystack) -> None:
    """Whole items that begin in one row and end in the next; both rows hold them."""
    pairs = [(one, two, text) for one, two in pairwise(batch) if one and two and (text := seam(one, two))]
    for hit in haystack.search([text for _, _, text in pairs], whole=True):
        made = [_leak(one, replace(hit, how="normalised")) for one in pairs[hit.row][:2]]
        # a row that holds it whole is enough; a part of it may have been found as a paraphrase
        if not any((held := leaks.get(_place(one))) and held.how != "paraphrase" for one in made):
            for one in made:
                _add(leaks, one)


def _place(one: Leak) -> Place:
    return one.item, one.source, one.file, one.row


def _add(leaks: dict[Place, Leak], one: Leak) -> None:
    held = leaks.get(_place(one))
    if held is None or WAYS.index(one.how) > WAYS.index(held.how):
        leaks[_place(one)] = one


def refuse_leaks(found: Contamination, go_on: str = "") -> str:
    """Stop where an item was found, unless a reason to go on is given.

    Returns  what the page prints: the finding, and the reason where training went on in spite of it
    Errors   Refused naming items, the first row and what to do
    """
    if found.leaks and not go_on.strip():
        raise Refused(
            f"the corpus holds {found.words}. Scores on these items would measure memory: take the rows out "
            '(contamination.drop = true), evaluate without the items, or give contamination.go_on = "a reason"'
        )
    return f"{found.words}; trained all the same: {go_on.strip()}" if found.leaks else found.words


def without_leaks(documents: Iterable[Document], found: Contamination) -> Iterator[Document]:
    """Documents in which nothing was found."""
    bad = {(one.source, one.file, one.row) for one in found.leaks}
    return (one for one in documents if (one.source, one.file, one.number) not in bad)


def _leak(document: Document, hit: Hit) -> Leak:
    one = hit.needle
    place = (document.source, document.file, document.number)
    return Leak(one.item, one.language, one.wording, one.part, hit.how, hit.share, *place, hit.excerpt[:300])


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Runs of documents; one that is longer than a batch comes in parts that overlap."""
    batch: list[Document] = []
    size = 0
    for one in documents:
        for at in range(0, max(1, len(one.text)), BATCH):
            part = one if len(one.text) <= BATCH else replace(one, text=one.text[max(0, at - 4000) : at + BATCH])
            batch.append(part)
            size += len(part.text)
            if size >= BATCH:
                yield batch
                batch, size = [], 0
    if batch:
        yield batch
