"""Words and phrases by which varieties, registers and cultures are recognised, written for this project.

One JSON file a list: class → phrases. They are short lists of frequent words, not exhaustive: what is found with them
is a lower bound and a cue. Words that are common in another sense (`turkey`, `rice`) are left out, and a word that two
spoken varieties share stands in both. English is local to no place, so what is listed for it is Western.
"""

import json
from functools import cache
from pathlib import Path

from tawazun.audit.data.lexicon import Lexicon, lexicon

TOPICS = ("people", "cities", "food", "religion", "calendar", "currency", "measures")


@cache
def listed(name: str) -> Lexicon:
    """A list by the name of its file."""
    return lexicon(json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8")))


@cache
def cues(language: str) -> Lexicon | None:
    """Classes `local TOPIC` and `western TOPIC` of a language; None where there is no list."""
    lists = json.loads((Path(__file__).parent / "culture.json").read_text(encoding="utf-8"))
    return lexicon(lists[language]) if language in lists else None


@cache
def translated(language: str) -> Lexicon:
    """Wordings that translations into a language favour."""
    lists = json.loads((Path(__file__).parent / "translated.json").read_text(encoding="utf-8"))
    return lexicon({"translated": lists[language]})
