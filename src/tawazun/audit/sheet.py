"""A benchmark laid out for checks: one line per item of either split, in the first text it has."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tawazun.instruments import Instrument, Question

_MARKS = re.compile(r"[\u0640\u064b-\u065f\u0670]")
_SAME = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه"})


@dataclass(frozen=True, slots=True)
class Item:
    """One item.

    split    `test` for what is asked, `dev` for worked examples
    right    position of the right option, -1 where there is none
    groups   dimension -> group, from its tags
    """

    id: str
    split: str
    stem: str
    options: tuple[str, ...]
    right: int
    groups: Mapping[str, str]

    @property
    def exact(self) -> tuple[str, ...]:
        """What it asks, letter by letter: stem, and options in any order where they differ from item to item."""
        return (self.stem, *sorted(self.options))

    @property
    def answer(self) -> str:
        """Text of the right option; empty without."""
        return self.options[self.right] if self.right >= 0 else ""


@dataclass(frozen=True)
class Sheet:
    """Every item of a benchmark.

    answers   respondent -> item -> position it chose, where runs were given
    faults    rows that could not be made into items, as lines; only where a file was read leniently
    """

    instrument: Instrument
    items: tuple[Item, ...]
    answers: Mapping[str, Mapping[str, int]]
    faults: tuple[str, ...] = ()

    @cached_property
    def asked(self) -> tuple[Item, ...]:
        """Items of the test split."""
        return tuple(one for one in self.items if one.split == "test")

    @cached_property
    def keyed(self) -> tuple[Item, ...]:
        """Items of the test split that have a right option."""
        return tuple(one for one in self.asked if one.right >= 0)

    @cached_property
    def fixed(self) -> bool:
        """Whether every item has the same options (true or false), so that a label means the same everywhere."""
        return len({one.options for one in self.keyed}) == 1

    @property
    def dimension(self) -> str:
        """The dimension by which labels and words are looked at."""
        return self.instrument.exam.subject if self.instrument.exam else ""

    def grouped(self, items: Sequence[Item]) -> dict[str, list[Item]]:
        """Items by their group in `dimension`."""
        found: dict[str, list[Item]] = defaultdict(list)
        for one in items:
            found[one.groups.get(self.dimension, "")].append(one)
        return dict(found)


def sheet(
    instrument: Instrument, answers: Mapping[str, Mapping[str, int]] | None = None, faults: Sequence[str] = ()
) -> Sheet:
    """A benchmark for its checks."""
    lines = [_item(instrument, one, "test") for one in instrument.questions]
    lines += [_item(instrument, one, "dev") for one in instrument.examples]
    return Sheet(instrument, tuple(lines), answers or {}, tuple(faults))


def _item(instrument: Instrument, question: Question, split: str) -> Item:
    text = question.wordings[0] if question.wordings else None
    code = instrument.gold.get(question.id)
    right = question.codes.index(code) if code is not None and code in question.codes else -1
    groups = {tag.partition(":")[0]: tag.partition(":")[2] for tag in question.tags if ":" in tag}
    return Item(question.id, split, text.stem if text else "", text.options if text else (), right, groups)


def normal(text: str) -> str:
    """What is left of a text without case, marks, stretching, spelling of alif, spacing and signs."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKC", text)).translate(_SAME).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def words(text: str) -> list[str]:
    """The words of a text without marks, in order."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return re.findall(r"\w+", plain)
