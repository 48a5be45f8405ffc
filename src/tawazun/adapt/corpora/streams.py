"""From a mixture to sequences for a trainer, and back to the same place after a kill."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tawazun.adapt.corpora.mixing import Mixer, Mixture
from tawazun.adapt.corpora.packing import Packer, Sequenced
from tawazun.adapt.corpora.records import Document

Encode = Callable[[str], Sequence[int]]


class SequenceStream:
    """Sequences of a mixture: rows in their order, those that `keep` refuses left out, encoded and packed."""

    def __init__(
        self,
        mixture: Mixture,
        encode: Encode,
        packer: Packer,
        *,
        keep: Callable[[Document], bool] = lambda document: True,
    ) -> None:
        """`encode` gives a text's tokens without special ones."""
        self._mixer, self._encode, self._packer, self._keep = Mixer(mixture), encode, packer, keep
        self._waiting: list[Sequenced] = []
        self._before: dict[str, Any] = {"mixer": self._mixer.state(), "packer": packer.state(), "given": 0}
        self._given = 0

    @property
    def mixer(self) -> Mixer:
        """The rows' order, with what was read of each source."""
        return self._mixer

    def __iter__(self) -> Iterator[Sequenced]:
        """The sequences to come; the last one may be short."""
        while self._waiting:
            yield self._give()
        rows = iter(self._mixer)
        while True:
            # a state stands before a row, with how many of the row's sequences were given out
            self._before, self._given = self._standing(), 0
            row = next(rows, None)
            if row is None:
                break
            if self._keep(row):
                self._waiting = list(self._packer.add(self._encode(row.text)))
            while self._waiting:
                yield self._give()
        for last in self._packer.rest():
            self._before = self._standing()
            yield last

    def _give(self) -> Sequenced:
        self._given += 1
        return self._waiting.pop(0)

    def _standing(self) -> dict[str, Any]:
        return {"mixer": self._mixer.state(), "packer": self._packer.state()}

    def state(self) -> dict[str, Any]:
        """Where it stands after the last sequence given out, as JSON."""
        return {**self._before, "given": self._given}

    def resume(self, state: Mapping[str, Any]) -> None:
        """Go on after the last sequence given out. Errors: StudyChanged for a state of another mixture."""
        self._mixer = Mixer(self._mixer.mixture, state["mixer"])
        self._packer.resume(state["packer"])
        self._before, self._given = dict(state), 0
        if state["given"]:
            row = next(iter(self._mixer))
            self._waiting = list(self._packer.add(self._encode(row.text)))[state["given"] :]
            self._given = int(state["given"])
