"""Who is in the data: annotators and participants by birth, residence and self-description, each on its own.

The three are different claims: who was born in a country may never have lived there, and who describes herself as Arab
may be neither born nor resident in an Arab state. They are never pooled. Shares have Wilson intervals, as if the people
at hand were drawn from those who might have taken part; where terms ask for it, cells under ten are withheld, and one
more with them where a single withheld cell could be worked out from the total.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tawazun.audit.representation.answers import PLACES, SELF, Answers, Said
from tawazun.audit.representation.tags import place_code
from tawazun.places import Group, place
from tawazun.source import Redistribute

SMALLEST = 10
LEVEL = 0.95
# answers that are known and name no place of the group: what is left of a table that breaks down a part only
ELSEWHERE = ("elsewhere", "other country", "another country")
# words by which people describe themselves as of a group; a user's own go before them
SELF_WORDS: dict[str, tuple[str, ...]] = {
    "group:arab-league": ("arab", "arabs", "arabic", "middle eastern", "عربي", "عربية")
}


@dataclass(frozen=True, slots=True)
class Definition:
    """People counted by one definition of belonging.

    name       `birth`, `residence`, `self`
    known      people of whom it is known, of `total`; unread: answers that no place or word was found for
    inside     of them in the group; None when withheld
    share, low, high   of those known, with a Wilson interval; None when withheld or nobody is known
    counts     member of the group -> people, None when withheld; those without anybody are left out
    absent     members without anybody, which is no small cell; empty where cells are withheld
    """

    name: str
    total: int
    known: int
    inside: int | None
    share: float | None
    low: float | None
    high: float | None
    counts: Mapping[str, int | None]
    absent: tuple[str, ...]
    unread: Mapping[str, int]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """One value of a demographic beside the people it should speak for.

    ratio   share here / share there: 1 = as among the people, below 1 = too few; None when either is not known
    """

    dimension: str
    value: str
    n: int | None
    share: float | None
    low: float | None
    high: float | None
    expected: float | None
    ratio: float | None


@dataclass(frozen=True, slots=True)
class People:
    """Everybody in a data set, against a group they are said to speak for."""

    group: str
    total: int
    definitions: tuple[Definition, ...]
    demographics: tuple[Compared, ...]
    notes: tuple[str, ...]


def who_is_in(
    answers: Answers,
    group: Group,
    *,
    self_words: Sequence[str] = (),
    expected: Mapping[str, Mapping[str, float]] | None = None,
    redistribute: Redistribute = "yes",
) -> People:
    """Count people by each definition of belonging to a group, and their demographics beside those of its people.

    self_words   words of a self-description that put a person in the group; else the words we have for it
    expected     demographic -> value -> share among the people it should speak for
    redistribute `aggregates` or `no`: cells under ten are withheld
    """
    hide = redistribute != "yes"
    words = tuple(self_words) or SELF_WORDS.get(group.id.partition("@")[0], ())
    there = [name for name in (*PLACES, SELF) if name in answers.by]
    made = [_definition(name, answers.by[name], group, words, hide) for name in there]
    demographics = [
        one
        for name, said in answers.by.items()
        if name not in there
        for one in _compared(name, said, (expected or {}).get(name, {}), hide)
    ]
    missing = [f"{name} is not recorded here" for name in (*PLACES, SELF) if name not in there]
    return People(group.id, answers.total, tuple(made), tuple(demographics), (*missing, *_apart(made, hide)))


def _definition(name: str, said: Said, group: Group, words: Sequence[str], hide: bool) -> Definition:
    total = sum(count for _, count in said)
    if name == SELF and not words:
        return _unsaid(name, total, f"no words are known by which people describe themselves as of {group.title}")
    found: Counter[str] = Counter()
    unread: Counter[str] = Counter()
    known = inside = 0
    for values, count in said:
        if not values:
            continue
        if name == SELF:
            hits = [value for value in values if _described(value, words)]
            known += count
            inside += count if hits else 0
            found.update({hits[0]: count} if hits else {})
            continue
        codes = [code for value in values if (code := place_code(value))]
        if not codes and values[0].casefold() not in ELSEWHERE:
            unread[" ".join(values)[:60]] += count
            continue
        known += count
        mine = [code for code in codes if code in group.members]
        inside += count if mine else 0
        found.update({mine[0]: count} if mine else {})
    return _told(name, total, known, inside, found, unread, group, hide)


def _told(
    name: str,
    total: int,
    known: int,
    inside: int,
    found: Counter[str],
    unread: Counter[str],
    group: Group,
    hide: bool,
) -> Definition:
    hidden = hide and (0 < inside < SMALLEST or 0 < known - inside < SMALLEST)
    share, low, high = (None, None, None) if hidden or not known else interval(inside, known)
    counts = withheld(dict(found.most_common())) if hide else dict(found.most_common())
    absent = () if name == SELF or hide else tuple(code for code in group.members if not found.get(code))
    why = (
        f"fewer than {SMALLEST} inside or outside: withheld, as the source's terms ask"
        if hidden
        else ""
        if known
        else "nobody said"
    )
    if hidden:
        counts = dict.fromkeys(counts)
    told = {} if hide else dict(unread.most_common())
    return Definition(name, total, known, None if hidden else inside, share, low, high, counts, absent, told, why)


def _unsaid(name: str, total: int, why: str) -> Definition:
    return Definition(name, total, 0, None, None, None, None, {}, (), {}, why)


def _described(text: str, words: Sequence[str]) -> bool:
    plain = text.casefold()
    return any(re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", plain) for word in words)


def interval(k: int, n: int) -> tuple[float, float, float]:
    """A share with its Wilson interval at 95 %.

    Source   Wilson (1927), Journal of the American Statistical Association 22.

    >>> tuple(round(x, 4) for x in interval(2, 1500))
    (0.0013, 0.0004, 0.0048)
    """
    from scipy.stats import binomtest

    bounds = binomtest(k, n).proportion_ci(LEVEL, method="wilson")
    return k / n, float(bounds.low), float(bounds.high)


def withheld(counts: Mapping[str, int]) -> dict[str, int | None]:
    """Counts with those under ten withheld, and the next smallest with them where one alone could be worked out.

    >>> withheld({"a": 40, "b": 20, "c": 3})
    {'a': 40, 'b': None, 'c': None}
    """
    small = {name for name, n in counts.items() if 0 < n < SMALLEST}
    large = [name for name, n in counts.items() if n >= SMALLEST]
    if len(small) == 1 and large:
        small.add(min(large, key=lambda name: counts[name]))
    return {name: None if name in small else n for name, n in counts.items()}


def _compared(dimension: str, said: Said, expected: Mapping[str, float], hide: bool) -> list[Compared]:
    found: Counter[str] = Counter()
    for values, count in said:
        if values:
            found[values[0]] += count
    known = sum(found.values())
    shown = withheld(found) if hide else dict(found)
    for value in expected:
        shown.setdefault(value, 0)
    made = []
    for value, n in sorted(shown.items(), key=lambda pair: (-(found[pair[0]]), pair[0])):
        share, low, high = interval(n, known) if n is not None and known else (None, None, None)
        wanted = expected.get(value)
        ratio = share / wanted if share is not None and wanted else None
        made.append(Compared(dimension, value, n, share, low, high, wanted, ratio))
    return made


def _apart(made: Sequence[Definition], hide: bool) -> list[str]:
    """How far the definitions are apart, since one is often quoted for another."""
    told = {one.name: one.inside for one in made if one.inside is not None}
    if hide or len(told) < 2 or len(set(told.values())) == 1:
        return []
    parts = ", ".join(f"{n} by {name}" for name, n in told.items())
    return [f"the definitions differ: {parts}; they are different people and are not added up"]


def line(one: Definition, group: Group) -> str:
    """One definition in words."""
    if one.inside is None or one.share is None or one.low is None or one.high is None:
        return f"by {one.name}: {one.why or 'nobody is known'}"
    names = ", ".join(
        f"{place(code).english if one.name != SELF else code} {'<10' if n is None else f'{n:,}'}"
        for code, n in list(one.counts.items())[:12]
    )
    span = f"{100 * one.share:.1f} % [{100 * one.low:.1f}, {100 * one.high:.1f}]"
    none = f"; nobody from {len(one.absent)} of {len(group.members)}" if one.absent else ""
    return f"by {one.name}: {one.inside:,} of {one.known:,} known ({span}){': ' if names else ''}{names}{none}"
