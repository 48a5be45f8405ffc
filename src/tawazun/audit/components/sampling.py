"""Equal samples of sets: as many rows of a language from each, drawn at random in one pass, cut into equal shards.

Sizes confound nearly every measure of diversity; sets are therefore never compared by all their rows.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tawazun.audit.components.records import Drawn
from tawazun.audit.data import Fault, Raw, Sample
from tawazun.audit.data.languages import identified
from tawazun.audit.data.shapes import sample_of
from tawazun.errors import BadStudy
from tawazun.seeds import seed_for

# rows identified at once; an answer shorter than this is identified together with what was asked
LOOK, SHORT = 256, 60


@dataclass(frozen=True, slots=True)
class Size:
    """How much of every set is measured: `shards` of `rows` each; sets with fewer rows are left out."""

    rows: int = 500
    shards: int = 4
    seed: int = 1

    def __post_init__(self) -> None:
        """Errors: BadStudy."""
        if self.rows < 10:
            raise BadStudy(f"--rows: a shard has 10 rows or more, not {self.rows}")
        if self.shards < 2:
            raise BadStudy(f"--shards: 2 or more, not {self.shards}: one tells nothing of how much a set varies")


@dataclass
class _Reservoir:
    """A simple random sample of a stream of unknown length (Vitter 1985, algorithm R)."""

    most: int
    draw: random.Random
    seen: int = 0
    kept: list[Sample] = field(default_factory=list)

    def add(self, sample: Sample) -> None:
        self.seen += 1
        if len(self.kept) < self.most:
            self.kept.append(sample)
        elif (at := self.draw.randrange(self.seen)) < self.most:
            self.kept[at] = sample


def drawn(
    dataset: str,
    rows: Iterable[Raw | Fault],
    size: Size,
    *,
    language: str = "",
    columns: Mapping[str, str] | None = None,
) -> list[Drawn]:
    """Equal shards of one set, one `Drawn` for each language with rows in it, the commonest first.

    The draw depends on the seed and the language alone, so a set under two names is drawn alike and can be told.

    language  of every row where it is known; empty = each row's is identified
    """
    kept: dict[str, _Reservoir] = {}
    for sample, own in told(rows, language, columns or {}):
        if own not in kept:
            kept[own] = _Reservoir(size.rows * size.shards, random.Random(seed_for("components", size.seed, own)))
        kept[own].add(sample)
    seen = Counter({own: one.seen for own, one in kept.items()})
    return [Drawn(dataset, own, count, _cut(kept[own], size)) for own, count in seen.most_common()]


def _cut(reservoir: _Reservoir, size: Size) -> tuple[tuple[Sample, ...], ...]:
    if len(reservoir.kept) < size.rows * size.shards:
        return ()
    reservoir.draw.shuffle(reservoir.kept)
    return tuple(tuple(reservoir.kept[i * size.rows : (i + 1) * size.rows]) for i in range(size.shards))


def told(rows: Iterable[Raw | Fault], language: str, columns: Mapping[str, str]) -> Iterator[tuple[Sample, str]]:
    """Rows that can be measured, with their language; identified where none is given."""
    waiting: list[Sample] = []
    for one in rows:
        sample = None if isinstance(one, Fault) else sample_of(one, columns)[0]
        if sample is None:
            continue
        if language:
            yield sample, language
            continue
        waiting.append(sample)
        if len(waiting) >= LOOK:
            yield from _identified(waiting)
            waiting = []
    yield from _identified(waiting)


def _identified(samples: list[Sample]) -> Iterator[tuple[Sample, str]]:
    found = identified([one.response if len(one.response) >= SHORT else one.text for one in samples])
    for sample, own in zip(samples, found, strict=True):
        yield sample, own.language
