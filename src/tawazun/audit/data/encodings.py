"""Bytes of a row as text when they are not UTF-8: the old encoding under which most of it is plausible writing."""

import numpy as np

from tawazun.audit.data.characters import CODE, characters

# encoding → scripts that text in it is expected to be in
CANDIDATES = (
    ("cp1256", ("Arabic",)), ("shift_jis", ("Hiragana", "Katakana", "Han")), ("gb18030", ("Han",)),
    ("cp1251", ("Cyrillic",)), ("cp1252", ("Latin",)),
)  # fmt: skip
COMMON_HAN = (0x4E00, 0x9FA5)
PLAUSIBLE = 0.7
MIXED = 0.5
LOOKED_AT = 2_000


def decoded(content: bytes) -> tuple[str, str]:
    """A text, and the encoding that was guessed: empty for UTF-8, `unknown` where none is plausible.

    A byte order mark is taken off. Bytes that fit nothing become U+FFFD.
    """
    try:
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    best, chosen = PLAUSIBLE, ""
    for encoding, scripts in CANDIDATES:
        share = _plausible(content[:LOOKED_AT], encoding, scripts)
        if share > best:
            best, chosen = share, encoding
    if not chosen:
        return content.decode("utf-8", "replace"), "unknown"
    return content.decode(chosen, "replace"), chosen


def _plausible(content: bytes, encoding: str, scripts: tuple[str, ...]) -> float:
    """Share of what is not ASCII that reads as letters of the expected scripts."""
    text = content.decode(encoding, "replace")
    found = characters([text])
    foreign = found.points > 127
    if not foreign.any():
        return 0.0
    wanted = foreign & np.isin(found.kinds, [CODE[name] for name in scripts])
    if "Han" in scripts:
        common = (found.points >= COMMON_HAN[0]) & (found.points <= COMMON_HAN[1])
        wanted &= common | (found.kinds != CODE["Han"])
    # an accented letter stands beside plain Latin letters; a letter of another script stands beside its own
    plain = (found.kinds == CODE["Latin"]) & ~foreign
    beside = np.zeros_like(plain)
    beside[1:] |= plain[:-1]
    beside[:-1] |= plain[1:]
    mixed = bool(beside[foreign].mean() > MIXED)
    if mixed != (scripts == ("Latin",)):
        return 0.0
    signs = np.isin(found.kinds, [CODE[name] for name in ("punctuation", "final", "symbol", "space")])
    return float(wanted.sum()) / max(1, int((foreign & ~signs).sum()))
