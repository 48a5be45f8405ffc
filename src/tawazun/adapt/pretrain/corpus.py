"""A corpus as an endless run of packed sequences, with a state from which it goes on to the same token."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.utils.data import IterableDataset

from tawazun.adapt.corpora.mixing import Mixer, Mixture
from tawazun.adapt.corpora.packing import Longer, Packer, Sequenced
from tawazun.adapt.corpora.records import Document
from tawazun.adapt.corpora.sources import CorpusKeys, CorpusSource
from tawazun.errors import BadStudy, TrainingFailed
from tawazun.seeds import digest_of

AHEAD = 64  # steps that a loader may have read before they are computed


@dataclass(frozen=True, eq=False)
class Thinned:
    """A source without some of its rows; blocks stay where they are.

    keeps   whether a row stays; why: what decides that, for the hash
    """

    source: CorpusSource
    keeps: Callable[[Document], bool]
    why: str
    sizes: Sequence[int] = field(init=False)

    def __post_init__(self) -> None:
        """Count what is left. Errors: BadStudy for a stream, or when nothing is left."""
        if self.source.blocks is None:
            raise BadStudy(
                f"source {self.keys.name!r}: rows cannot be left out of a stream of the Hub; keep it as a file first, "
                'or give doubles = "keep"'
            )
        object.__setattr__(self, "sizes", [len(self.block(at)) for at in range(self.source.blocks)])
        if not sum(self.sizes):
            raise BadStudy(f"source {self.keys.name!r}: no row is left ({self.why})")

    @property
    def keys(self) -> CorpusKeys:
        """The source's own."""
        return self.source.keys

    @property
    def blocks(self) -> int | None:
        """As before; some may be empty."""
        return self.source.blocks

    @property
    def rows(self) -> int | None:
        """What is left."""
        return sum(self.sizes)

    @property
    def hashes(self) -> Mapping[str, str]:
        """Of the files, and of what was left out."""
        return {**self.source.hashes, "left out": digest_of([self.why, list(self.sizes)])}

    def block(self, number: int) -> list[Document]:
        """The rows of a block that stay."""
        return [one for one in self.source.block(number) if self.keeps(one)]


class Tokens:
    """The tokens of documents; the last one's are kept, as a mixture asks for its size first."""

    def __init__(self, tokenizer: Any) -> None:
        """`tokenizer` of transformers."""
        self._tokenizer = tokenizer
        self._last: tuple[Document | None, list[int]] = (None, [])

    def of(self, document: Document) -> list[int]:
        """Its tokens, without special ones."""
        if self._last[0] is not document:
            self._last = document, self._tokenizer(document.text, add_special_tokens=False)["input_ids"]
        return self._last[1]

    def size(self, document: Document) -> int:
        """How much it counts in a mixture: its tokens and the one that ends it."""
        return len(self.of(document)) + 1


@dataclass
class Sequences:
    """Packed sequences of a mixture, in one order.

    at      state after the sequence that came last; `Sequences(…, state=at)` goes on with the next one
    mixer   what was read of each source
    """

    mixture: Mixture
    tokens: Tokens
    context: int
    end: int
    longer: Longer
    state: Mapping[str, Any] | None = None
    at: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Stand where the state says. Errors: StudyChanged for the state of another corpus."""
        self.packer = Packer(self.context, self.end, self.longer)
        self.mixer = Mixer(self.mixture, self.state["mixer"] if self.state else None)
        if self.state:
            self.packer.resume(self.state["packer"])

    def __iter__(self) -> Iterator[Sequenced]:
        """Every whole sequence; what does not fill the last one is left out."""
        skipped = int(self.state["taken"]) if self.state else 0
        rows = iter(self.mixer)
        while True:
            before = {"mixer": self.mixer.state(), "packer": self.packer.state()}
            document = next(rows, None)
            if document is None:
                return
            # a document may fill several sequences: those of it that were taken are passed over
            for number, made in enumerate(self.packer.add(self.tokens.of(document)), start=1):
                if number > skipped:
                    self.at = {**before, "taken": number}
                    yield made
            skipped = 0


class Packed(IterableDataset):  # type: ignore[misc,type-arg]
    """Sequences as a trainer takes them, with the state after each step's last one."""

    def __init__(self, sequences: Sequences, batch: int, *, apart: bool, read: int = 0) -> None:
        """`batch` sequences make a step; apart: documents do not see each other; read: sequences read before."""
        self.sequences, self._batch, self._apart = sequences, batch, apart
        self._read, self._began = read, False
        self._states: deque[tuple[int, Mapping[str, Any]]] = deque(maxlen=AHEAD)

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        """Rows: input_ids, labels, position_ids (T,). Errors: TrainingFailed when the corpus ends before its time."""
        if self._began:
            raise TrainingFailed(
                f"the corpus ended after {self._read} sequences, before its time: let epochs repeat it"
            )
        self._began = True
        for made in self.sequences:
            self._read += 1
            if self._read % self._batch == 0:
                self._states.append((self._read // self._batch, self.sequences.at))
            yield row_of(made, apart=self._apart)

    def state_of(self, step: int) -> Mapping[str, Any]:
        """Where the corpus stood after a step."""
        return next(state for at, state in self._states if at == step)


def row_of(made: Sequenced, *, apart: bool) -> dict[str, torch.Tensor]:
    """One sequence as tensors (T,); no token is learnt from the end of the document before it where they are apart."""
    ids = torch.from_numpy(made.tokens)
    labels = ids.clone()
    positions = torch.from_numpy(made.positions) if apart else torch.arange(len(ids))
    if apart:
        labels[positions == 0] = -100
    return {"input_ids": ids, "labels": labels, "position_ids": positions}


def collated(rows: Sequence[Mapping[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Rows as a batch (B, T). There is no mask: the library tells documents apart by their positions."""
    return {key: torch.stack([row[key] for row in rows]) for key in rows[0]}


def steps_of(sequences: Sequences, batch: int) -> int:
    """Whole steps that a corpus makes, counted by reading it through once."""
    return sum(1 for _ in sequences) // batch


def reads_documents_apart(module: Any) -> bool:
    """Whether a model reads a packed document as if it stood alone: tried on two made-up ones."""
    vocabulary = int(module.config.get_text_config().vocab_size)
    one, two = ([(5 + 3 * k + 11 * n) % vocabulary for k in range(6)] for n in (0, 1))
    device = next(module.parameters()).device
    positions = torch.tensor([[*range(6), *range(6)]], device=device)
    with torch.no_grad():
        together = module(torch.tensor([one + two], device=device), position_ids=positions, use_cache=False).logits[
            0, 6:
        ]
        alone = module(torch.tensor([two], device=device), use_cache=False).logits[0]
    return bool((together - alone).abs().max() <= 0.02 * alone.std())
