"""A population of soft prompts put to the same prompts at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from tawazun.engine import score_next
from tawazun.engine.kept import Kept, can_keep
from tawazun.engine.model import LoadedModel


class Bank:
    """Room for the vectors of several candidates behind one model's virtual tokens, until it is closed.

    tokens, candidates   virtual tokens of a prompt, and how many prompts there is room for
    numbers              of the virtual tokens, candidate after candidate
    """

    def __init__(self, model: LoadedModel, tokens: int, candidates: int) -> None:
        """Errors: Refused for a model that takes no virtual tokens."""
        self.tokens, self.candidates = tokens, candidates
        self._store = model.virtual
        self._held = torch.zeros(candidates * tokens, model.virtual.width, device=model.device)
        self.numbers = self._store.hold(self._held)

    def put(self, vectors: np.ndarray) -> None:
        """Put candidates (n, tokens, width) behind the numbers, from the first on."""
        flat = torch.from_numpy(np.ascontiguousarray(vectors, dtype=np.float32)).reshape(-1, self._held.shape[1])
        with torch.inference_mode():
            self._held[: len(flat)] = flat.to(self._held.device)

    def of(self, candidate: int) -> range:
        """The numbers of a candidate's virtual tokens."""
        return self.numbers[candidate * self.tokens : (candidate + 1) * self.tokens]

    def close(self) -> None:
        """Let go of the virtual tokens."""
        self._store.release(self.numbers)


@dataclass(frozen=True, slots=True)
class Cut:
    """A prompt cut at its virtual tokens, and the tokens looked for after it."""

    head: tuple[int, ...]
    tail: tuple[int, ...]
    wanted: tuple[int, ...]


class Population:
    """Prompts that every candidate of a bank is put into.

    Where the vectors come last (`after` the question), what stands before them is computed once and kept; in other
    places a candidate changes all that follows it, and only what its own prompts have in common is shared.
    """

    def __init__(self, model: LoadedModel, bank: Bank, cuts: Sequence[Cut], *, keep: bool) -> None:
        """keep   whether beginnings are kept, where the model can"""
        self._model, self._bank, self._cuts = model, bank, tuple(cuts)
        kept = keep and bool(cuts) and can_keep(model) and all(one.head for one in cuts)
        self._kept = Kept(model, [one.head for one in cuts]) if kept else None

    def score(self, count: int) -> list[np.ndarray]:
        """Log-probabilities (count, wanted) of each prompt under the first `count` candidates of the bank."""
        asked = [(c, number) for number in range(len(self._cuts)) for c in range(count)]
        wanted = [self._cuts[number].wanted for _, number in asked]
        if self._kept is not None:
            endings = [(number, [*self._bank.of(c), *self._cuts[number].tail]) for c, number in asked]
            found = self._kept.score_next(endings, wanted)
        else:
            found = score_next(self._model, [self._prompt(number, c) for c, number in asked], wanted)
        return [np.stack(found[at : at + count]) for at in range(0, len(found), max(1, count))]

    def _prompt(self, number: int, candidate: int) -> list[int]:
        one = self._cuts[number]
        return [*one.head, *self._bank.of(candidate), *one.tail]
