"""The recipe of `tawazun adapt pretrain`, as strict records."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tawazun.adapt.corpora.sources import CorpusKeys
from tawazun.adapt.training.keys import StageRecipe


class VocabularyKeys(BaseModel):
    """`[vocabulary]`: new pieces for the tokenizer, learnt from the corpus before it is read.

    pieces   how many at most
    rows     of each source that they are learnt from, and whose tokens per word are told before and after
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    pieces: int = Field(ge=1)
    rows: int = Field(default=2000, ge=1)


class PlantedKeys(BaseModel):
    """One `[[planted]]`: a corpus of the planted world, made into the training's folder.

    kind, place, language, items, wordings, facts   of `tawazun.adapt.corpora.planted`
    rows           how many are trained on; held: how many more only have their loss told before and after
    weight, epochs, replay   as of a `[[source]]`
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, pattern=r"^[A-Za-z0-9_-]+$")
    kind: Literal["native", "western", "placebo"]
    place: str
    language: Literal["en", "ar"] = "en"
    items: list[str] = Field(default=[])
    wordings: list[str] = Field(default=["w1", "w2"])
    facts: list[str] = Field(default=[])
    rows: int = Field(ge=1, le=1_000_000)
    held: int = Field(default=0, ge=0, le=100_000)
    weight: float | list[tuple[float, float]] = 1.0
    epochs: int = Field(default=0, ge=0)
    replay: bool = False


class PretrainRecipe(StageRecipe):
    """A recipe of continued pre-training.

    planted      corpora of the planted world, for trials
    source       texts with their `weight` (a share, or shares over progress); `replay` marks what keeps the original
                 language; `epochs` says how often each is read at most
    packing      `documents`: each is read as if it stood alone; `through`: a sequence is read through its documents
    longer       what becomes of a document longer than a context: `split`, `cut` or `drop`
    doubles      leave out rows that repeat an earlier one: `near` finds nearly equal ones too
    """

    source: list[CorpusKeys] = Field(default=[])
    planted: list[PlantedKeys] = Field(default=[])
    packing: Literal["documents", "through"] = "documents"
    longer: Literal["split", "cut", "drop"] = "split"
    doubles: Literal["near", "same", "keep"] = "near"
    vocabulary: VocabularyKeys | None = None

    @model_validator(mode="after")
    def _fits(self) -> "PretrainRecipe":
        if not self.source and not self.planted:
            raise ValueError("nothing to learn from: give a [[source]]")
        if self.train.epochs and self.train.epochs != int(self.train.epochs):
            raise ValueError("train.epochs: a corpus is read a whole number of times; give steps for less")
        if self.vocabulary and self.base.adapter:
            raise ValueError("vocabulary: new pieces go into a base without an adapter; merge it first")
        if self.vocabulary and self.train.method != "full" and "embed_tokens" not in self.train.also:
            raise ValueError(
                'vocabulary: vectors of new pieces are learnt only where embeddings are: method = "full", or '
                'train.also = ["embed_tokens", "lm_head"]'
            )
        return self
