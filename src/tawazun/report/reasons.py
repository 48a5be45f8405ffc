"""Why a number may not be read or has no interval, in the page's language.

Scores carry their reasons in English. Those of gates, and the common ones of measures, come from a closed set and are
said in the page's own words; what is in no list stays English and keeps its direction inside a mirrored sentence.
"""

import re
from functools import cache

from tawazun.report.words import ENGLISH, Words, words

HEAD = "no interval: "
TEXTS = "reason"
OWN = ("join", "no_interval")  # texts that join others and are no reason themselves
LEFT_TO_RIGHT, END = "\u2066", "\u2069"


def reason_in(spoken: Words, why: str) -> str:
    """A reason in the page's language; parts that stand between semicolons are said one by one."""
    if spoken.language == ENGLISH or not why:
        return why
    return spoken.plain(f"{TEXTS}.join").join(_part(spoken, part) for part in why.split("; "))


def _part(spoken: Words, part: str) -> str:
    if part.startswith(HEAD):
        return spoken.plain(f"{TEXTS}.no_interval", why=_part(spoken, part.removeprefix(HEAD)))
    for key, pattern in _patterns():
        if found := pattern.fullmatch(part):
            return spoken.plain(key, **found.groupdict())
    return f"{LEFT_TO_RIGHT}{part}{END}"


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The English texts as patterns: each blank is a number as gates write it."""
    texts = words(ENGLISH).part(TEXTS)
    return tuple((f"{TEXTS}.{key}", _pattern(text)) for key, text in texts.items() if key not in OWN)


def _pattern(text: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", text)
    return re.compile("".join(f"(?P<{one}>[^ ,;]+)" if i % 2 else re.escape(one) for i, one in enumerate(parts)))
