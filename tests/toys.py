"""Small instruments and studies for tests; everything in them is made up here."""

from pathlib import Path
from typing import Any

from tawazun.instruments import Instrument, Question, Wording
from tawazun.source import Source
from tawazun.study import Study, study_from

SOURCE = Source("a test", "tests/toys.py", "1", "CC0-1.0", "none", "yes")


def question(number: int, options: int = 4, wordings: int = 3) -> Question:
    """A made-up ordinal question."""
    texts = tuple(f"level {k}" for k in range(1, options + 1))
    made = tuple(Wording(f"w{w}", "en", f"Wording {w} of thing {number}?", texts) for w in range(1, wordings + 1))
    return Question(f"q{number}", "one", tuple(float(k) for k in range(1, options + 1)), made, ordinal=True)


def toy(items: int = 4, **keys: int) -> Instrument:
    """An instrument of made-up questions."""
    return Instrument("toy", "A toy", tuple(question(n, **keys) for n in range(1, items + 1)), SOURCE, "anything real")


def study(**changes: Any) -> Study:
    """A small study of the planted world that the uniform respondent can answer."""
    table: dict[str, Any] = {
        "name": "a test",
        "respondent": [{"name": "floor", "kind": "uniform"}],
        "ask": {"instruments": ["atlas"], "languages": ["en"], "personas": ["none"]},
    }
    for key, value in changes.items():
        table[key] = {**table[key], **value} if isinstance(value, dict) and key in table else value
    return study_from(table, "test.toml")


def write(path: Path, text: str) -> Path:
    """A text file."""
    path.write_text(text, encoding="utf-8")
    return path
