"""A soft prompt on a model that is loaded already: many adapters of one model, and its weights once."""

from dataclasses import replace
from pathlib import Path

from tawazun.engine.soft_prompts import read_soft_prompt, stand
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
