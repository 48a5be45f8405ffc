"""Texts cut into words. Which way a language is cut is part of every result.

Chinese and Japanese are cut by jieba and SudachiPy (extra `text`) and by single characters without them; Arabic by the
rules of CAMeL tools where these are installed, else with vowel signs and stretching taken off first; everything else is
runs of letters, marks and digits.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.util import find_spec

import polars as pl

from tawazun.audit.data.arabic_words import camel_words, installed
from tawazun.audit.data.chinese_words import Cutter
from tawazun.audit.data.words import Words, numbered

WORD = r"[\p{L}\p{M}\p{N}_\x{200c}\x{200d}]+"
CHARACTER = r"[\p{Han}\p{Hiragana}\p{Katakana}ー]|[\p{L}\p{M}\p{N}_--[\p{Han}\p{Hiragana}\p{Katakana}ー]]+"
ARABIC_SIGNS = "[\u0640\u064b-\u065f\u0670\u06d6-\u06ed]"
# SudachiPy refuses inputs above 49,149 bytes; cut well below it, at the end of a line or sentence where there is one
PIECE = 12_000


def segmented(texts: Sequence[str], language: str) -> Words:
    """Words of texts in lower case, in the way of a language (BCP 47)."""
    primary = language.partition("-")[0]
    way = SEGMENTERS.get(primary, _plain)
    return way(texts)


def _plain(texts: Sequence[str]) -> Words:
    return _cut(_series(texts).str.to_lowercase(), WORD, "regex")


def _arabic(texts: Sequence[str]) -> Words:
    """Letters only: the same word with and without vowel signs or stretching is one word."""
    if installed():
        return camel_words(_series(texts), f"camel-tools {_version('camel-tools')} rules")
    return _cut(_series(texts).str.replace_all(ARABIC_SIGNS, "").str.to_lowercase(), WORD, "arabic-light")


def _chinese(texts: Sequence[str]) -> Words:
    if not find_spec("jieba"):
        return _cut(_series(texts).str.to_lowercase(), CHARACTER, "characters")
    return _listed(texts, _jieba(), f"jieba {_version('jieba')}")


def _japanese(texts: Sequence[str]) -> Words:
    if not (find_spec("sudachipy") and find_spec("sudachidict_core")):
        return _cut(_series(texts).str.to_lowercase(), CHARACTER, "characters")
    return _listed(texts, _sudachi(), f"sudachipy {_version('sudachipy')} mode C")


def _cut(series: pl.Series, pattern: str, name: str) -> Words:
    return numbered(series.str.extract_all(pattern), name)


def _series(texts: Sequence[str]) -> pl.Series:
    # half a surrogate pair is no character and has no UTF-8
    return pl.Series([text.encode("utf-8", "replace").decode() for text in texts], dtype=pl.String)


def _listed(texts: Sequence[str], cut: Callable[[str], Iterable[str]], name: str) -> Words:
    lists = [
        [word.lower() for word in cut(text) if any(letter.isalnum() for letter in word)] for text in _series(texts)
    ]
    return numbered(pl.Series(lists, dtype=pl.List(pl.String)), name)


@cache
def _jieba() -> Callable[[str], Iterable[str]]:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    return Cutter(jieba)


@cache
def _sudachi() -> Callable[[str], Iterable[str]]:
    from sudachipy import Dictionary, SplitMode

    # every field is looked up, although only surfaces are used: without parts of speech numbers come digit by digit
    tokenizer = Dictionary().tokenizer(mode=SplitMode.C)

    def cut(text: str) -> Iterable[str]:
        for piece in pieces(text):
            for word in tokenizer.tokenize(piece):
                yield word.surface()

    return cut


def pieces(text: str) -> Iterable[str]:
    """A text in pieces of at most `PIECE` letters, cut behind a line or sentence where one ends in the last third."""
    at = 0
    while at < len(text):
        end = min(len(text), at + PIECE)
        if end < len(text):
            behind = max(text.rfind(mark, at + 2 * PIECE // 3, end) for mark in "\n。.!?！？ ")
            end = behind + 1 if behind >= 0 else end
        yield text[at:end]
        at = end


@cache
def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)


SEGMENTERS: dict[str, Callable[[Sequence[str]], Words]] = {"ar": _arabic, "zh": _chinese, "ja": _japanese}
