"""Replies and options as plain text: what differs between two spellings of the same answer is folded away here.

Thoughts in tags, bidirectional marks, vowel signs, tatweel, full-width forms and digits of other scripts go; case is
kept, because a single capital letter is a label where a small one is a word.
"""

import re
import unicodedata

# what is read of a very long reply: its beginning and its end, with a sign between that opens no clause
HEAD, TAIL, CUT = 4_000, 12_000, "\n\n~ "
THOUGHTS = ("think", "thinking", "thought", "thoughts", "reasoning", "analysis", "reflection", "scratchpad")
# other marks that models set around their thoughts
_MARKED_THOUGHTS = re.compile(r"\[(/?)THINK\]|◁(/?)think▷|<(/?)seed:think>|<\|(begin|end)_of_(?:thought|solution)\|>")
# the channels of the harmony format, with and without its own tokens: only the last one is spoken
_LAST_CHANNEL = re.compile(
    r"<\|channel\|>\s*final\s*(?:<\|message\|>)?|(?:^|(?<=[.!?\w]))assistantfinal(?=\W|[A-Z]|\b)"
)
_FIRST_CHANNEL = re.compile(r"\A\s*(?:<\|channel\|>\s*)?(?:analysis|commentary)(?:<\|message\|>|(?=[A-Z]))")
# type setting around an answer: `\boxed{\text{B}}`, `$B$`, `\(B\)`
_SETTING = re.compile(r"\\(?:text|textbf|mathrm|mathbf|mathit|rm|bf|displaystyle)\b ?|\\[()\[\],;! ]")
_MATHS = re.compile(r"\$\$?(?=[^$\n\d]{1,40}\$)|(?<=[^$\s\d])\$\$?")
# the zero digits of the scripts that labels may come in; each is followed by its one to nine
ZEROS = (
    0x660,
    0x6F0,
    0x7C0,
    0x966,
    0x9E6,
    0xA66,
    0xAE6,
    0xB66,
    0xBE6,
    0xC66,
    0xCE6,
    0xD66,
    0xE50,
    0xED0,
    0xF20,
    0x1040,
)
_DIGITS = {zero + n: str(n) for zero in ZEROS for n in range(10)}
_LETTERS = {0x649: "ي", 0x6CC: "ي", 0x629: "ه", 0x671: "ا", 0x6A9: "ك", 0x2019: "'", 0x2018: "'", 0x2BC: "'"}
_TABLE = _DIGITS | _LETTERS | {0x2212: "-", 0x2011: "-", 0x2010: "-", 0x66B: ".", 0x66C: ",", 0x61B: ";"}
# combining accents of Latin, Greek and Cyrillic; Hebrew points; Arabic marks and tatweel; invisible marks
_MARKS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06ed"
    "\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]"
)
# the Arabic preposition "with" written before a label or a digit (it is not the label of the same letter)
_WITH = re.compile(r"(?<![\w\u064b-\u065f\u0670])(?:بـ+\s*(?=[\"'«(\[]?\w(?!\w))|[بل]ـ+\s*(?=[\"'«(\[]|\d)|[بل](?=\d))")
_AND = re.compile(r"(?<!\w)و(?=\d)")
_TAG = re.compile(r"<(/?)([A-Za-z]{1,12})(?:\s[^<>\n]{0,80})?/?>")
# white space of any kind, and signs without width, may stand before the mark of a quoted line
_QUOTED_LINE = re.compile(r"^(?:[^\S\n]|[\u200b-\u200f\u2060\ufeff])*>+[^\S\n]", re.M)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[A-Za-z]*[ \t]*$", re.M)


def spoken(text: str) -> str:
    """The part of a reply that is addressed to the reader: without thoughts, code fences and markup tags.

    A thought that was never closed swallows the rest, for then the reply was cut before its answer.
    """
    if "analysis" in text[:40] or "final" in text:
        text = _last_channel(text)
    if "think" in text or "THINK" in text or "_of_" in text:
        text = _MARKED_THOUGHTS.sub(_as_tag, text)
    if "<" in text:
        text = _without_thoughts(text)
        text = _TAG.sub(lambda tag: "\nfinal answer: " if tag[2].lower() == "answer" and not tag[1] else "\n", text)
    if "```" in text or "~~~" in text:
        text = _FENCE.sub("", text)
    if "\\" in text:
        text = _SETTING.sub("", text)
    if "$" in text:
        text = _MATHS.sub("", text)
    if ">" in text:
        text = _QUOTED_LINE.sub("", text)
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}{CUT}{text[-TAIL:]}"


def _last_channel(text: str) -> str:
    marks = list(_LAST_CHANNEL.finditer(text))
    last = marks[-1] if marks else None
    if last is not None and (text[last.start()] == "<" or _FIRST_CHANNEL.match(text)):
        return text[last.end() :]
    return "" if _FIRST_CHANNEL.match(text) else text


def _as_tag(mark: re.Match[str]) -> str:
    if mark[4]:
        return "<think>" if mark[0] == "<|begin_of_thought|>" else "</think>" if mark[0] == "<|end_of_thought|>" else ""
    return f"<{mark[1] or mark[2] or mark[3] or ''}think>"


def _without_thoughts(text: str) -> str:
    low = text.lower() if len(text.lower()) == len(text) else text
    end = max((low.rfind(f"</{tag}>") + len(tag) + 3 for tag in THOUGHTS if f"</{tag}>" in low), default=0)
    text, low = text[end:], low[end:]
    starts = [at for tag in THOUGHTS if (at := low.find(f"<{tag}>")) >= 0]
    return text[: min(starts)] if starts else text


def plain(text: str) -> str:
    """The text with letter variants, marks and digits folded; case and line breaks stay."""
    if text.isascii():
        return text
    folded = _MARKS.sub("", unicodedata.normalize("NFKD", _WITH.sub("", text)))
    return _AND.sub("و ", unicodedata.normalize("NFC", folded).translate(_TABLE))
