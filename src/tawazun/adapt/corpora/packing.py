"""Documents laid end to end in sequences of one length, each kept to itself.

Every document ends with the end-of-text token. Positions begin again at 0 with each document, and `segments` says which
document a token is of, so that a trainer can keep documents from seeing each other (`block_mask`, or position ids with
a kernel for sequences of several lengths). A document that does not fit in what is left of a sequence goes on in the
next one as a segment of its own, without what came before it. What is carried from one sequence to the next is less
than one context: the whole state.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from tawazun.errors import BadStudy

Longer = Literal["split", "cut", "drop"]


@dataclass(frozen=True, slots=True, eq=False)
class Sequenced:
    """One sequence.

    tokens     (T,) ids; T is the context, less in the last sequence only
    positions  (T,) from 0 in each document
    segments   (T,) which of the sequence's documents a token is of, from 0
    """

    tokens: npt.NDArray[np.int64]
    positions: npt.NDArray[np.int64]
    segments: npt.NDArray[np.int64]


@dataclass
class Packer:
    """Makes sequences from the tokens of documents.

    end      id of the end-of-text token
    longer   what becomes of a document longer than a context (its end token counted): `split` over sequences, `cut` to
             one, or `drop`
    counts   documents, tokens, and what became of long ones
    """

    context: int
    end: int
    longer: Longer
    counts: dict[str, int] = field(
        default_factory=lambda: {"documents": 0, "tokens": 0, "split": 0, "cut": 0, "dropped": 0, "tokens_lost": 0}
    )
    _left: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Refuse a context that holds no document."""
        if self.context < 2:
            raise BadStudy(f"context: at least 2 tokens, not {self.context}")
        if self.longer not in ("split", "cut", "drop"):
            raise BadStudy(f"longer: split, cut or drop, not {self.longer!r}")

    def add(self, tokens: Sequence[int]) -> Iterator[Sequenced]:
        """Every sequence that a document fills. An empty document is none."""
        if not tokens:
            return
        own = [*tokens, self.end]
        self.counts["documents"] += 1
        if len(own) > self.context:
            own = self._shortened(own)
        self.counts["tokens"] += len(own)
        while own:
            room = self.context - sum(map(len, self._left))
            self._left.append(own[:room])
            own = own[room:]
            if sum(map(len, self._left)) == self.context:
                yield self._made()

    def _shortened(self, own: list[int]) -> list[int]:
        fate = {"split": "split", "cut": "cut", "drop": "dropped"}[self.longer]
        self.counts[fate] += 1
        if self.longer == "split":
            return own
        kept = [*own[: self.context - 1], self.end] if self.longer == "cut" else []
        self.counts["tokens_lost"] += len(own) - len(kept)
        return kept

    def rest(self) -> Iterator[Sequenced]:
        """What is left at the end, shorter than a context; nothing where nothing is left."""
        if self._left:
            yield self._made()

    def _made(self) -> Sequenced:
        parts, self._left = self._left, []
        return Sequenced(
            np.array([token for part in parts for token in part], dtype=np.int64),
            np.concatenate([np.arange(len(part)) for part in parts]),
            np.repeat(np.arange(len(parts)), [len(part) for part in parts]),
        )

    def state(self) -> dict[str, Any]:
        """What is carried over, as JSON."""
        return {"left": [part[:] for part in self._left], "counts": dict(self.counts)}

    def resume(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self._left = [list(part) for part in state["left"]]
        self.counts = dict(state["counts"])


def packed(documents: Iterable[Sequence[int]], packer: Packer) -> Iterator[Sequenced]:
    """Every sequence of a finite run of documents, the short last one included."""
    for tokens in documents:
        yield from packer.add(tokens)
    yield from packer.rest()


def block_mask(segments: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which token may see which: itself and earlier ones of its own document. Shapes: (T,); returns (T, T)."""
    same = segments[:, None] == segments[None, :]
    return same & np.tri(len(segments), dtype=bool)


def check_batch(sequences: int, batch: int, left_out: int = 0) -> None:
    """Refuse a corpus that does not fill one batch. Errors: BadStudy saying how much there is.

    left_out   rows that stand in its files and are not trained on
    """
    if sequences < batch:
        gone = f" ({left_out} of its rows are left out, as doubles or items of the evaluation)" if left_out else ""
        raise BadStudy(
            f"the corpus makes {sequences} sequence{'s' * (sequences != 1)}{gone}, fewer than a batch of {batch}: add "
            "text, let epochs repeat it, or make context or batch smaller"
        )
