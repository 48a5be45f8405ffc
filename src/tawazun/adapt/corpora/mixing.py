"""In which order rows of many sources come: shares that change over training, and a state that fits on one line.

The next row is of the source that is furthest behind what it is due, so shares of tokens are kept exactly and not on
average. Inside a source, blocks come in a seeded order and rows of a block in a seeded order (a stream's blocks in
their own), so that where a source stands is two numbers: how often it was read through, and how many rows of this
time. Nothing is drawn from a generator that has to be saved.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tawazun.adapt.corpora.records import Document
from tawazun.adapt.corpora.sources import ROWS, CorpusSource
from tawazun.errors import BadStudy, StudyChanged
from tawazun.seeds import digest_of, stream


@dataclass(frozen=True, slots=True)
class Share:
    """A share over training: piecewise linear in progress (0 at the start, 1 at the end), level beyond its points."""

    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        """Refuse points out of order, outside training, or negative."""
        at = [x for x, _ in self.points]
        if not self.points or at != sorted(set(at)) or at[0] < 0 or at[-1] > 1:
            raise BadStudy(f"weight: progress rises from 0 to 1, not {list(at)}")
        if any(not np.isfinite(y) or y < 0 for _, y in self.points):
            raise BadStudy(f"weight: shares are 0 or more, not {[y for _, y in self.points]}")

    def at(self, progress: float) -> float:
        """The share at a moment of training."""
        x, y = zip(*self.points, strict=True)
        return float(np.interp(progress, x, y))


def share_of(weight: float | Sequence[tuple[float, float]]) -> Share:
    """A share as a recipe spells it: one number, or [[progress, share], …]. Errors: BadStudy."""
    if isinstance(weight, int | float):
        return Share(((0.0, float(weight)),))
    return Share(tuple((float(x), float(y)) for x, y in weight))


@dataclass(frozen=True)
class Mixture:
    """Sources with their shares.

    shares   of each source, in order; only their proportions count
    total    size of the whole training, in the unit of `size` (tokens, letters or rows)
    size     of one document; it has to be the same for the same document
    limits   rows that may be taken of each source in all; 0 = as many as its share asks for
    """

    sources: tuple[CorpusSource, ...]
    shares: tuple[Share, ...]
    total: float
    seed: int
    size: Callable[[Document], int] = lambda document: len(document.text)
    limits: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse nothing to mix, doubled names, and shares that are all 0 at some moment."""
        names = [one.keys.name for one in self.sources]
        if not names or len(self.shares) != len(names):
            raise BadStudy(f"a mixture needs sources with one share each, not {len(names)} and {len(self.shares)}")
        if len(set(names)) < len(names):
            raise BadStudy(f"a mixture has two sources of one name: {', '.join(sorted(names))}")
        for progress in sorted({x for share in self.shares for x, _ in share.points} | {0.0, 1.0}):
            if not sum(share.at(progress) for share in self.shares):
                raise BadStudy(f"weight: every source has share 0 at progress {progress:g}")

    @property
    def identity(self) -> str:
        """Hash of everything that decides the order."""
        sources = [[one.keys.model_dump(), dict(one.hashes)] for one in self.sources]
        points = [list(share.points) for share in self.shares]
        return digest_of([sources, points, self.total, self.seed, list(self.limits)])

    def planned(self, progress: float) -> dict[str, float]:
        """Share of each source at a moment of training, summing to 1."""
        own = [share.at(progress) for share in self.shares]
        return {one.keys.name: share / sum(own) for one, share in zip(self.sources, own, strict=True)}

    def replayed(self, progress: float) -> float:
        """Share of sources that keep what the model already knows."""
        plan = self.planned(progress)
        return sum(plan[one.keys.name] for one in self.sources if one.keys.replay)


@dataclass
class _Reader:
    """Where one source stands: its time through, rows of this time, rows in all, and whether it has ended."""

    source: CorpusSource
    seed: int
    limit: int
    epoch: int = 0
    at: int = 0
    taken: int = 0
    ended: bool = False
    _held: tuple[int, int, list[Document]] = field(default=(-1, -1, []))
    _starts: np.ndarray = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    _order: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def next(self) -> Document | None:
        """The next row; None when the source has been read as often as it may."""
        while not self.ended:
            keys = self.source.keys
            if (self.limit and self.taken == self.limit) or (keys.epochs and self.epoch == keys.epochs):
                break
            if found := self._row():
                self.at += 1
                self.taken += 1
                return found
            if not self.at:
                break
            self.epoch, self.at = self.epoch + 1, 0
        self.ended = True
        return None

    def _row(self) -> Document | None:
        place, inside = self._place()
        if place < 0:
            return None
        if self._held[:2] != (self.epoch, place):
            self._held = (self.epoch, place, self._block(place))
        rows = self._held[2]
        return rows[inside] if inside < len(rows) else None

    def _block(self, place: int) -> list[Document]:
        name = self.source.keys.name
        number = place if self.source.blocks is None else int(self._order[place])
        rows = self.source.block(number)
        turned = stream("corpus-rows", self.seed, name, self.epoch, number).permutation(len(rows))
        return [rows[i] for i in turned]

    def _place(self) -> tuple[int, int]:
        """Which block of this time through, and which of its rows; (-1, 0) at the end."""
        if self.source.blocks is None:
            return divmod(self.at, ROWS)
        if self.at == 0 or len(self._starts) == 1:
            name = self.source.keys.name
            self._order = stream("corpus-blocks", self.seed, name, self.epoch).permutation(self.source.blocks)
            sizes = np.array(self.source.sizes, dtype=np.int64)[self._order]
            self._starts = np.concatenate(([0], np.cumsum(sizes)))
        if self.at >= self._starts[-1]:
            return -1, 0
        place = int(np.searchsorted(self._starts, self.at, side="right")) - 1
        return place, int(self.at - self._starts[place])


class Mixer:
    """Rows of a mixture in their order; `state` takes it up again anywhere, to the same rows."""

    def __init__(self, mixture: Mixture, state: Mapping[str, Any] | None = None) -> None:
        """Errors: StudyChanged when a state is of another mixture."""
        self.mixture = mixture
        limits = mixture.limits or (0,) * len(mixture.sources)
        self._readers = [_Reader(one, mixture.seed, limit) for one, limit in zip(mixture.sources, limits, strict=True)]
        self._due = [0.0] * len(self._readers)
        self._spent = [0] * len(self._readers)
        if state is not None:
            self._resume(state)

    @property
    def progress(self) -> float:
        """Share of the training that has been read, at most 1."""
        return min(1.0, sum(self._spent) / self.mixture.total)

    def __iter__(self) -> Iterator[Document]:
        """Rows until the total is reached or every source has ended."""
        while sum(self._spent) < self.mixture.total:
            found = self._next()
            if found is None:
                return
            yield found

    def _next(self) -> Document | None:
        shares = [share.at(self.progress) for share in self.mixture.shares]
        while True:
            live = [i for i, one in enumerate(self._readers) if not one.ended and shares[i] > 0]
            # when all that has a share now is used up, whatever is left goes on
            live = live or [i for i, one in enumerate(self._readers) if not one.ended]
            if not live:
                return None
            whole = sum(shares[i] for i in live)
            parts = [shares[i] / whole if whole else 1 / len(live) for i in live]
            behind = [self._due[i] - self._spent[i] + part for i, part in zip(live, parts, strict=True)]
            chosen = live[int(np.argmax(behind))]
            if found := self._readers[chosen].next():
                break
        size = self.mixture.size(found)
        if size < 1:
            raise BadStudy(f"{found.where}: its size is {size}; a row has at least one token")
        self._spent[chosen] += size
        for i, part in zip(live, parts, strict=True):
            self._due[i] += size * part
        return found

    def state(self) -> dict[str, Any]:
        """Where it stands, as JSON; floats come back to the last bit."""
        places = [[one.epoch, one.at, one.taken, one.ended] for one in self._readers]
        return {"mixture": self.mixture.identity, "places": places, "due": self._due[:], "spent": self._spent[:]}

    def _resume(self, state: Mapping[str, Any]) -> None:
        if state.get("mixture") != self.mixture.identity:
            raise StudyChanged(
                "the corpus or its recipe has changed since this training began (files, weights, seed or total): "
                "start in a new folder"
            )
        for one, (epoch, at, taken, ended) in zip(self._readers, state["places"], strict=True):
            one.epoch, one.at, one.taken, one.ended = epoch, at, taken, ended
        self._due, self._spent = list(state["due"]), list(state["spent"])

    def table(self) -> list[dict[str, object]]:
        """What was read of each source: rows, its size and share, and how many times through."""
        whole = sum(self._spent) or 1
        return [
            {
                "source": one.source.keys.name,
                "language": one.source.keys.language,
                "rows": one.taken,
                "size": spent,
                "share": spent / whole,
                "times": one.taken / one.source.rows if one.source.rows else None,
                "replay": one.source.keys.replay,
            }
            for one, spent in zip(self._readers, self._spent, strict=True)
        ]
