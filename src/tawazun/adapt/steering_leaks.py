"""Whether a text gives away what is measured: the item itself, the same item in other words, or a near-duplicate.

Texts are compared by runs of letters. Runs that many of an instrument's items share (`How important is it to you to`)
say nothing of one item and are left out; what is left of an item must not stand in the text.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tawazun.errors import BadStudy
from tawazun.instruments import Instrument, Question

RUN = 4  # letters in a run
COMMON = 0.1  # share of the items in whose texts a run may stand before it says nothing of any
FEWEST = 6  # runs of its own that an item needs to be looked for by them
ALIKE = 0.6  # share of an item's own runs that a text may not have
REPEATED = 0.9  # share of each other's own runs from which two items are one and the same


@dataclass(frozen=True)
class Leak:
    """A text that gives an item away: which, in which wording (`en/w1`), and how much of it stands there."""

    item: str
    wording: str
    share: float

    @property
    def words(self) -> str:
        """The leak in a few words."""
        return f"{self.item} ({self.wording}, {self.share:.0%} of its own words)"


# instruments with the ids of those items of theirs that nothing may give away
Measured = Sequence[tuple[Instrument, Collection[str]]]


class Leaks:
    """Finds measured items in texts."""

    def __init__(self, measured: Measured) -> None:
        """Errors: BadStudy for an item that its instrument does not have."""
        self._measured: list[tuple[str, Question]] = []
        self._looked: list[tuple[str, str, str, frozenset[str]]] = []
        for instrument, items in measured:
            rare = _rare(instrument.questions)
            for item in items:
                question = instrument.question(item)
                if question is None:
                    raise BadStudy(f"steering: no item {item!r} in {instrument.name}, so nothing can be kept from it")
                self._measured.append((instrument.name, question))
                for one in question.wordings:
                    runs = runs_of(one.stem) & rare.get(one.language, frozenset())
                    at = f"{one.language}/{one.id}"
                    self._looked.append((f"{instrument.name}:{question.id}", at, letters(one.stem), runs))

    def found(self, text: str) -> Leak | None:
        """The measured item that a text gives away most, or None."""
        whole, runs = letters(text), runs_of(text)
        worst: Leak | None = None
        for item, at, stem, own in self._looked:
            share = len(own & runs) / len(own) if len(own) >= FEWEST else 0.0
            if stem and stem in whole:
                share = 1.0
            if share >= ALIKE and (worst is None or share > worst.share):
                worst = Leak(item, at, share)
        return worst

    def same(self, instrument: str, question: Question) -> str:
        """The measured item (`INSTRUMENT:ITEM`) that a question is, also in another frame; or empty."""
        for name, one in self._measured:
            if (name, one.id) == (instrument, question.id) or _twins((instrument, question), (name, one)):
                return f"{name}:{one.id}"
        return ""


def said_again(instrument: Instrument, measured: Measured) -> list[str]:
    """Items of an instrument that are a measured item of another: in another frame, or nearly its letters."""
    others = [(one, items) for one, items in measured if one.name != instrument.name and items]
    if not others:
        return []
    leaks = Leaks(others)
    return [
        one.id
        for one in instrument.questions
        if leaks.same(instrument.name, one) or any(leaks.found(text.stem) for text in one.wordings)
    ]


def repeated(instrument: Instrument, measured: Measured) -> list[str]:
    """Items that ask a measured item once more, of the same instrument or another: its twin in another frame, or its
    letters but for a few. An item that merely stands inside another is another item.
    """
    leaks = Leaks(measured)
    known = {f"{one.name}:{item}": one.question(item) for one, items in measured for item in items}
    found = []
    for one in instrument.questions:
        if f"{instrument.name}:{one.id}" in known:
            continue
        seen = [leak for text in one.wordings if (leak := leaks.found(text.stem)) and leak.share >= REPEATED]
        if leaks.same(instrument.name, one) or any(_back(instrument, one, known[leak.item]) for leak in seen):
            found.append(one.id)
    return found


def _back(instrument: Instrument, one: Question, measured: Question | None) -> bool:
    """Whether the measured item gives the other one away as well."""
    leaks = Leaks([(instrument, [one.id])])
    shares = [leak.share for text in measured.wordings if (leak := leaks.found(text.stem))] if measured else []
    return max(shares, default=0.0) >= REPEATED


def _twins(one: tuple[str, Question], other: tuple[str, Question]) -> bool:
    """Whether two items are one in different frames: `twin:INSTRUMENT.ITEM` names the item that both ask for."""
    meant = [question.tagged("twin") or f"{name}.{question.id}" for name, question in (one, other)]
    return meant[0] == meant[1]


def letters(text: str) -> str:
    """What two texts share that differ in case, spacing and signs only."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


@lru_cache(maxsize=65_536)
def runs_of(text: str) -> frozenset[str]:
    """Every run of letters of a text."""
    whole = letters(text)
    return frozenset(whole[at : at + RUN] for at in range(len(whole) - RUN + 1))


def _rare(questions: Sequence[Question]) -> dict[str, frozenset[str]]:
    """By language, the runs that stand in the texts of few items."""
    counts: dict[str, Counter[str]] = {}
    items: Counter[str] = Counter()
    for question in questions:
        for language in {one.language for one in question.wordings}:
            own = frozenset().union(*(runs_of(one.stem) for one in question.wordings if one.language == language))
            counts.setdefault(language, Counter()).update(own)
            items[language] += 1
    return {
        language: frozenset(run for run, count in own.items() if count <= max(2, COMMON * items[language]))
        for language, own in counts.items()
    }
