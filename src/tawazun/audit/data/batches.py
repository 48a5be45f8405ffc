"""Rows measured together: their texts, and what several metrics need of them, made once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl

from tawazun.audit.data.characters import Characters, characters
from tawazun.audit.data.countries import EATEN, country_names, eaten
from tawazun.audit.data.lexicon import Lexicon, hits, substring_hits
from tawazun.audit.data.records import Sample
from tawazun.audit.data.segmenters import segmented
from tawazun.audit.data.words import Words

UNSPACED = ("zh", "ja")
Embed = Callable[[Sequence[str]], np.ndarray]


@dataclass(frozen=True)
class Batch:
    """Rows of one language.

    language   BCP 47, `und` where it is not known
    entities   names of places, people, food … that a user brought beside our own
    embed      texts to vectors, for the semantic family; None leaves it out
    """

    samples: tuple[Sample, ...]
    language: str
    entities: Lexicon = field(default_factory=Lexicon)
    embed: Embed | None = None

    @cached_property
    def texts(self) -> list[str]:
        """What was asked and what was answered, of every row."""
        return [one.text for one in self.samples]

    @cached_property
    def characters(self) -> Characters:
        """Characters of `texts`."""
        return characters(self.texts)

    @cached_property
    def words(self) -> Words:
        """Words of `texts`."""
        return segmented(self.texts, self.language)

    @cached_property
    def series(self) -> pl.Series:
        """`texts` as a column; half a surrogate pair, which has no UTF-8, is replaced."""
        if self.characters.count("broken").any():
            return pl.Series([text.encode("utf-8", "replace").decode() for text in self.texts], dtype=pl.String)
        return pl.Series(self.texts, dtype=pl.String)

    @cached_property
    def countries(self) -> np.ndarray:
        """How often every text names every country of `country_names`, food left out. Shapes: (R, countries)."""
        named = self.found(country_names(self.primary))
        return named if self.primary not in EATEN else np.maximum(named - self.found(eaten(self.primary)), 0.0)

    def found(self, listed: Lexicon) -> np.ndarray:
        """How often phrases of every class stand in every text, in the way of the language. Shapes: (R, classes)."""
        if self.primary in UNSPACED:
            return substring_hits(self.series, listed)
        return hits(self.words, listed, clitics=self.primary == "ar")

    @property
    def primary(self) -> str:
        """The language without region or script."""
        return self.language.partition("-")[0]


def batch_of(texts: Sequence[str], language: str = "und", embed: Embed | None = None) -> Batch:
    """Plain texts as a batch."""
    rows = tuple(Sample("", number, "text", "", text) for number, text in enumerate(texts, start=1))
    return Batch(rows, language, embed=embed)
