"""What is looked for: every text of every item of the instruments that a study evaluates with."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tawazun.adapt.corpora.codes import alike, coded
from tawazun.errors import TawazunError
from tawazun.instruments import Instrument, Question, Wording, instrument, instrument_names
from tawazun.instruments.own_files import is_own, load_own, own_file

WORDS, LETTERS = 5, 16  # a shorter stem is looked for together with its options
OPTION_WORDS = 8  # a shorter option is ordinary language
EVERY = "every"  # instead of a name: every instrument whose questions are on this machine


@dataclass(frozen=True, slots=True)
class Needle:
    """One text of one item.

    item      `instrument:question`
    options   texts of its options where the stem alone says too little; empty otherwise
    """

    item: str
    language: str
    wording: str
    part: Literal["stem", "option"]
    text: str
    options: tuple[str, ...] = ()


def evaluation_instruments(names: Iterable[str], data: Path | None, folder: Path) -> tuple[Instrument, ...]:
    """The instruments of these names, files of the user's own (`custom:FILE`) from `folder`.

    names    `every` stands for all that are offered, without those whose questions are not on this machine
    Errors   UnknownName, or BadFile where a named instrument's questions or a file are missing: what cannot be read
             cannot be looked for, so nothing that was named is passed over
    """
    wanted = list(dict.fromkeys(names))
    named = [name for name in wanted if name != EVERY]
    found = [load_own(name, folder / own_file(name)) if is_own(name) else instrument(name, data) for name in named]
    return (*found, *(_on_hand(set(named), data) if EVERY in wanted else ()))


def _on_hand(named: set[str], data: Path | None) -> Iterator[Instrument]:
    for name in instrument_names():
        if name not in named:
            with suppress(TawazunError):
                yield instrument(name, data)


def needles_of(instruments: Sequence[Instrument]) -> tuple[tuple[Needle, ...], tuple[str, ...]]:
    """What to look for: stems and long options, in every wording and language; and items that are too short for it.

    Returns  needles, and `instrument:question` of items of which no text is long enough (or has none at all)
    """
    needles: dict[Needle, None] = {}
    short: list[str] = []
    for one in instruments:
        for question in one.questions:
            found = list(_of(one.name, question))
            needles.update(dict.fromkeys(found))
            if not found:
                short.append(f"{one.name}:{question.id}")
    return tuple(needles), tuple(short)


def _of(name: str, question: Question) -> Iterator[Needle]:
    item = f"{name}:{question.id}"
    for wording in question.wordings:
        if long_enough(wording.stem):
            yield Needle(item, wording.language, wording.id, "stem", wording.stem)
        elif _words(wording.stem) >= 2 and len(set(wording.options)) > 1:
            yield Needle(item, wording.language, wording.id, "stem", wording.stem, _distinct(wording))
        for option in wording.options:
            if _words(option) >= OPTION_WORDS:
                yield Needle(item, wording.language, wording.id, "option", option)


def _distinct(wording: Wording) -> tuple[str, ...]:
    return tuple(dict.fromkeys(alike(option) for option in wording.options if alike(option)))


def long_enough(text: str) -> bool:
    """Whether a text says enough to be found by itself."""
    return _words(text) >= WORDS and len(alike(text)) >= LETTERS


def _words(text: str) -> int:
    return int(coded([text]).starts[-1])
