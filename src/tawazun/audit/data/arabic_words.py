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
# what most stretches are: letters with signs that are cut off at the ends, vowel signs, and alif in four spellings
ENDS = ".,:;!?()[]{}\"'-/#*%@&_\u060c\u061b\u061f\u00ab\u00bb\u201c\u201d"
VOWELS = "[\u0640\u064b-\u0652\u0670]"
ALIF = "[\u0622\u0623\u0625\u0671]"
ONE_WORD = "^[\u0621-\u063a\u0641-\u064a0-9a-z]+$"
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
def _kept() -> Cut:
    return lru_cache(KEPT)(rules())


def _words_of(stretches: pl.Series) -> pl.Series:
    """Words of each stretch: at once where it is one word with signs around it, else by the rules."""
    plain = (
        stretches.str.strip_chars(ENDS).str.replace_all(VOWELS, "").str.replace_all(ALIF, "\u0627").str.to_lowercase()
    )
    single = plain.str.contains(ONE_WORD)
    cut = _kept()
    by_rule = pl.Series([list(cut(one)) for one in stretches.filter(~single)], dtype=pl.List(pl.String))
    together = pl.concat([plain.filter(single).reshape((-1, 1)).arr.to_list(), by_rule])
    order = np.argsort(np.concatenate((np.flatnonzero(single), np.flatnonzero(~single))), kind="stable")
    return together.gather(order)


def camel_words(texts: pl.Series, segmenter: str) -> Words:
    """Words of texts. Shapes: texts (R,) of strings."""
    found = numbered(texts.str.extract_all(STRETCH), segmenter)
    own = numbered(_words_of(pl.Series(found.vocabulary, dtype=pl.String)), segmenter)
    sizes = own.lengths[found.ids]
    ends = np.cumsum(sizes)
    # words of the same stretch lie together in `own`: where each begins there, less where it begins here
    shift = own.starts[:-1][found.ids] - (ends - sizes)
    ids = own.ids[np.repeat(shift, sizes) + np.arange(int(sizes.sum()))]
    starts = np.concatenate(([0], ends))[found.starts]
    return Words(ids, starts, own.vocabulary, segmenter)
