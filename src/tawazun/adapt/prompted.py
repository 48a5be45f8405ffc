"""Adapters on a model that is loaded already: soft prompts and weight adapters of one model, and its weights once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tawazun.answers import Outcome
from tawazun.cells import Ask
from tawazun.engine.soft_prompts import read_soft_prompt, stand
from tawazun.engine.worn import wearing
from tawazun.respondents.catalogue.hf import HF
from tawazun.respondents.reading import Reader


class Prompted(HF):
    """The respondent that `adapter = FOLDER` gives, on the weights of another that is loaded."""

    def __init__(self, base: HF, folder: Path) -> None:
        """Errors: BadFile, Refused for a soft prompt of another model."""
        model = base.reader.model
        soft = read_soft_prompt(folder)
        facts = {**model.facts, "adapter": f"{soft.file}@{soft.position}"}
        standing = stand(model.virtual, model.tokenizer, soft, model.facts, str(folder))
        self._model = replace(model, facts=facts, standing=standing)
        self.batch = base.batch
        self._chat = base.reader.chat
        self.reader = Reader(self._model, self._chat)
        self.notes = self.reader.notes
        self.identity = {**base.identity, "adapter": facts["adapter"]}

    def close(self) -> None:
        """Let go of the vectors."""
        assert self._model.standing is not None
        self._model.virtual.release(range(self._model.standing.tokens[0], self._model.standing.tokens[-1] + 1))


class Tuned(HF):
    """The respondent that `adapter = FOLDER` of a weight adapter gives, on the weights of another that is loaded.

    The adapter is put on for each batch of answers and taken off again, so that any number of them, and the base
    itself, answer in turns.
    """

    def __init__(self, base: HF, folder: Path) -> None:
        """Errors: BadFile for a folder that is no adapter of the model."""
        self._folder, self._on = folder, False
        model = base.reader.model
        with wearing(model.module, folder) as digest:
            self._model = replace(model, facts={**model.facts, "adapter": digest})
        self.batch = base.batch
        self._chat = base.reader.chat
        self.reader = Reader(self._model, self._chat)
        self.notes = self.reader.notes
        self.identity = {**base.identity, "adapter": digest}

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> list[Outcome]:
        """One outcome per ask, in order."""
        with self._worn():
            return super().answer(asks, samples, study_seed)

    def replies(
        self, asks: Sequence[Ask], wanted: Sequence[Sequence[int]], study_seed: int
    ) -> list[tuple[str, ...] | Outcome]:
        """For each ask the texts of the wanted sample indices, in order, or an outcome that says what went wrong."""
        with self._worn():
            return super().replies(asks, wanted, study_seed)

    @contextmanager
    def _worn(self) -> Iterator[None]:
        """Put on, once, however the calls stand in each other."""
        if self._on:
            yield
            return
        with wearing(self._model.module, self._folder):
            self._on = True
            try:
                yield
            finally:
                self._on = False
