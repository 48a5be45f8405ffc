"""One question as shown, ready for reading many replies to it."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tawazun.answers.letters import twins
from tawazun.answers.lexicon import Base, Keys, Phrases, base_for, indexed, is_number
from tawazun.answers.plain import plain
from tawazun.answers.roles import JOIN, LAB, OPT

AMBIGUOUS = -1

_LABEL_EDGE = re.compile(r"[^\w]+")
_PARTS = re.compile(r"[,،、;/()\[\]:]| [-–—] ")
_LEADING = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(?:$|[-–—=:.)(,]\s*\D|\s[^\W\d])")
_WITHOUT_LEADING = re.compile(r"^\s*-?\d+(?:\.\d+)?\s*[-–—=:.)]?\s*(?=\D)")


@dataclass(frozen=True)
class Menu:
    """What can be read in a reply.

    phrases   options and labels, by their first word
    table     replies that are an answer as a whole, as tuples of words -> shown option
    numbers   number -> shown option (AMBIGUOUS when a label and an option text disagree)
    yes_no    the options are a yes and a no, which other words may name too
    hedging   an option is a verdict (`wrong`), and what is only held possible (`might be wrong`) is none; not so where
              an option itself says `maybe`
    nested    option whose text is part of another's -> what the others say besides
    low, high ends of the numbers on the menu, or the bounds of a `number`
    """

    base: Base
    kind: str
    pick: int
    phrases: Phrases
    table: Mapping[Keys, int]
    numbers: Mapping[float, int]
    yes_no: bool
    hedging: bool
    nested: Mapping[int, frozenset[str]]
    low: float
    high: float


def make_menu(
    options: Sequence[str],
    labels: Sequence[str],
    language: str,
    kind: str,
    pick: int,
    bounds: tuple[float, float] | None,
    asked: str = "",
) -> Menu:
    """The menu of a question as shown; `bounds` are the ends of a `number`.

    language   of the reply; asked is that of the options, where it is another
    """
    base = base_for(language)
    keys = [base.keys(option) for option in options]
    texts = [_words(one) for one in keys]
    spelled_out = [_LABEL_EDGE.sub("", plain(label)) for label in labels]
    spelled = [base.key(label) for label in spelled_out]
    families = _families((base, base_for(asked)) if asked else (base,), kind, options)
    named = _names(base, options, keys, texts, families)
    letters: dict[str, int] = {}
    numbers: dict[float, int] = {}
    for index, label in enumerate(spelled):
        if label and is_number(label):
            _name(numbers, float(label), index)
        elif label:
            _name(letters, label, index)
    for letter, index in twins(spelled_out).items():
        letters.setdefault(base.key(letter), index)
    for index, option in enumerate(options):
        if found := _LEADING.match(plain(option)):
            _name(numbers, float(found[1]), index)
    ends = bounds or (min(numbers, default=0.0), max(numbers, default=0.0))
    phrases = _phrases(base, named, letters, len(options) if kind == "one" else 0, not numbers)
    hedging = kind == "one" and _verdicts(base, texts) and not any(_hedges(base, option) for option in options)
    table = _table(base, named, letters, numbers, list(zip(spelled, texts, strict=False)))
    return Menu(base, kind, pick, phrases, table, numbers, bool(families), hedging, _nested(texts), *ends)


def _words(keys: Sequence[str]) -> Keys:
    return tuple(key for key in keys if key[0].isalnum())


def _name(names: dict, key: object, index: int) -> None:
    """Give a name to an option; a name of two options is ambiguous."""
    names[key] = index if names.get(key, index) == index else AMBIGUOUS


def _names(
    base: Base,
    options: Sequence[str],
    keys: Sequence[Sequence[str]],
    texts: Sequence[Keys],
    families: Sequence[tuple[Keys, int]],
) -> dict[Keys, int]:
    """Every word sequence that is the name of an option."""
    named: dict[Keys, int] = {}
    for index, text in enumerate(texts):
        if text:
            _name(named, tuple(keys[index]), index)
            if text != tuple(keys[index]):
                _name(named, text, index)
    for text, index in (*_parts(base, options, texts), *families):
        named.setdefault(text, index)
    return named


def _parts(base: Base, options: Sequence[str], texts: Sequence[Keys]) -> list[tuple[Keys, int]]:
    """Names that an option's own signs set off (`Determination, perseverance`), where no other option has them."""
    found: dict[Keys, int] = {}
    for index, option in enumerate(options):
        folded = plain(option)
        rest = _WITHOUT_LEADING.sub("", folded)
        pieces = [*_PARTS.split(folded), rest] if _PARTS.search(folded) or rest != folded else []
        for piece in pieces:
            words = _words(base.keys(piece))
            if len("".join(words)) > 2 and not is_number(words[0]):
                _name(found, words, index)
    return [
        (words, index)
        for words, index in found.items()
        if index != AMBIGUOUS and not any(_inside(words, text) for i, text in enumerate(texts) if i != index)
    ]


def _families(bases: Collection[Base], kind: str, options: Sequence[str]) -> list[tuple[Keys, int]]:
    """Words that mean the same as an option `yes` or `no` in a language, where there is exactly one of each."""
    positive: set[int] = set()
    negative: set[int] = set()
    for base in bases:
        texts = [_words(base.keys(option)) for option in options]
        positive |= {i for i, text in enumerate(texts) if text in base.yes}
        negative |= {i for i, text in enumerate(texts) if text in base.no}
    if kind != "one" or len(positive) != 1 or len(negative) != 1:
        return []
    yes, no = positive.pop(), negative.pop()
    return [(keys, index) for base in bases for names, index in ((base.yes, yes), (base.no, no)) for keys in names]


def _verdicts(base: Base, texts: Sequence[Keys]) -> bool:
    """Whether an option is a verdict (`true`, `wrong`)."""
    return any(text in base.yes or text in base.no for text in texts)


def _hedges(base: Base, option: str) -> bool:
    return base.hedges is not None and base.hedges.search(base.folded(option)) is not None


def _inside(part: Keys, whole: Keys) -> bool:
    return any(whole[i : i + len(part)] == part for i in range(len(whole) - len(part) + 1))


def _nested(texts: Sequence[Keys]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for i, one in enumerate(texts):
        for j, other in enumerate(texts):
            if i != j and one and _inside(one, other):
                found.setdefault(i, set()).update(set(other) - set(one))
    return {index: frozenset(words) for index, words in found.items()}


def _phrases(base: Base, named: Mapping[Keys, int], letters: Mapping[str, int], count: int, lettered: bool) -> Phrases:
    found = [(keys, OPT, index) for keys, index in named.items() if not (len(keys) == 1 and is_number(keys[0]))]
    for keys, _, index in tuple(found):
        if len(keys[0]) > 2:
            found += [((prefix + keys[0], *keys[1:]), OPT | JOIN, index) for prefix in base.words.prefixes]
    found += [(keys, OPT, at) for keys, at in base.positions if at < count and keys not in named]
    if lettered:
        found += [((*noun, f"{at + 1}"), OPT, at) for noun in base.choosers for at in range(count)]
    for letter, index in letters.items():
        shared = named.get((letter,), index)
        found = [one for one in found if one[0] != (letter,)]
        found.append(((letter,), LAB, index if shared == index else AMBIGUOUS))
    return indexed(found)


def _table(
    base: Base,
    named: Mapping[Keys, int],
    letters: Mapping[str, int],
    numbers: Mapping[float, int],
    labelled: Sequence[tuple[str, Keys]],
) -> dict[Keys, int]:
    table: dict[Keys, int] = {}
    for keys, index in named.items():
        if len(_words(keys)) == len(keys):
            _name(table, keys, index)
    for letter, index in letters.items():
        _name(table, (letter,), index)
    for number, index in numbers.items():
        _name(table, (f"{number:g}",), index)
    for index, (label, text) in enumerate(labelled):
        if label and text:
            _name(table, (label, *text), index)
            _name(table, (*text, label), index)
    for keys, value in base.numbers:
        if value in numbers:
            _name(table, keys, numbers[value])
    return table
