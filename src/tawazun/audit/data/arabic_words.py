"""Arabic cut into words by the rules of CAMeL tools; none of its models or databases is loaded.

Texts are brought into one form of Unicode, vowel signs and stretching are taken off, every alif is written alike, and
words are cut at white space, punctuation, symbols and emoji. The rules look at one stretch between white space at a
time, so each different stretch is cut once; a test holds the words equal to those of the rules on whole texts.

Source   Obeid et al. (2020), LREC: CAMeL Tools. Used are `normalize_unicode`, `dediac_ar`, `normalize_alef_ar` and
         `simple_word_tokenize`, which need `emoji` and `regex` beside camel-tools and nothing else of what it names
"""

import re
from functools import cache, lru_cache
from importlib.util import find_spec
from typing import Protocol

import numpy as np
import polars as pl

from tawazun.audit.data.words import Words, numbered

# white space as Python's str.split sees it
STRETCH = r"[^\s\x1c-\x1f]+"
# dediac_ar leaves stretching and the signs of the Quran
SIGNS = re.compile("[\u0640\u0653-\u065f\u06d6-\u06ed]")
# letters that no rule changes or cuts at
UNTOUCHED = re.compile("[\u0621\u0624\u0626-\u063a\u0641-\u064a]+")
NEEDED = ("camel_tools", "emoji", "regex")
KEPT = 100_000


class Cut(Protocol):
    """A stretch, or a text, to its words."""

    def __call__(self, text: str, /) -> tuple[str, ...]:
        """Words in lower case, in order."""


def installed() -> bool:
    """Whether the rules of CAMeL tools can be used."""
    return all(find_spec(name) for name in NEEDED)


@cache
def rules() -> Cut:
    """The rules on any text. Errors: ImportError where camel-tools or what the rules need is not installed."""
    from camel_tools.tokenizers.word import simple_word_tokenize
    from camel_tools.utils.dediac import dediac_ar
    from camel_tools.utils.normalize import normalize_alef_ar, normalize_unicode

    def cut(text: str, /) -> tuple[str, ...]:
        plain = normalize_alef_ar(SIGNS.sub("", dediac_ar(normalize_unicode(text))))
        return tuple(word.lower() for word in simple_word_tokenize(plain) if any(letter.isalnum() for letter in word))

    return cut


@cache
def _stretches() -> Cut:
    cut = lru_cache(KEPT)(rules())

    def known(text: str, /) -> tuple[str, ...]:
        return (text,) if UNTOUCHED.fullmatch(text) else cut(text)

    return known


def camel_words(texts: pl.Series, segmenter: str) -> Words:
    """Words of texts. Shapes: texts (R,) of strings."""
    found = numbered(texts.str.extract_all(STRETCH), segmenter)
    cut = _stretches()
    own = numbered(pl.Series([list(cut(one)) for one in found.vocabulary], dtype=pl.List(pl.String)), segmenter)
    sizes = own.lengths[found.ids]
    ends = np.cumsum(sizes)
    # words of the same stretch lie together in `own`: where each begins there, less where it begins here
    shift = own.starts[:-1][found.ids] - (ends - sizes)
    ids = own.ids[np.repeat(shift, sizes) + np.arange(int(sizes.sum()))]
    starts = np.concatenate(([0], ends))[found.starts]
    return Words(ids, starts, own.vocabulary, segmenter)
