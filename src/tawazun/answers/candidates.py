"""Every place in a scanned reply that may name an answer, weighed by what it stands under."""

from dataclasses import dataclass

from tawazun.answers.clauses import (
    FAR,
    concluded,
    doubly_negated,
    doubted,
    ends_well,
    governor,
    inverted,
    negated,
    past,
    starts,
)
from tawazun.answers.hedging import hedged
from tawazun.answers.menus import AMBIGUOUS, Menu
from tawazun.answers.roles import (
    CANDIDATE,
    CONTRAST,
    CUE,
    CUES,
    DEGREE,
    DOUBT,
    ENDING,
    ENDS,
    FILL,
    FINAL,
    FIT,
    FOLLOW,
    JOIN,
    LAB,
    NEG,
    NUM,
    OPT,
    OR,
    PURE,
    SPELLED,
    TAIL,
    TURN,
    VERB,
    WORD,
    WRAP,
)
from tawazun.answers.scan import OFF_SCALE, Scan

BARRED, WEAK, PLAIN, LEAD, VERBAL, CUED, CONCLUDED, LAST = range(8)


@dataclass(slots=True)
class Candidate:
    """One place where the reply may name an answer; `answer` is None when it is off the scale or ambiguous."""

    item: int
    answer: float | None
    rank: int


def candidates(made: Scan, menu: Menu) -> list[Candidate]:
    """Every candidate with its rank."""
    pure = _pure_segments(made)
    found = []
    for k, role in enumerate(made.role):
        if role & CANDIDATE and made.segment[k] not in made.asked:
            rank = _rank(made, menu, k, made.segment[k] in pure)
            if made.segment[k] in made.why and rank < VERBAL:
                continue
            found.append(Candidate(k, _answer(made, menu, k), rank))
    return found


def _answer(made: Scan, menu: Menu, k: int) -> float | None:
    load = made.load[k]
    if menu.kind == "number":
        return load if load == load else None
    return None if load in (AMBIGUOUS, OFF_SCALE) else load


def _pure_segments(made: Scan) -> set[int]:
    """Segments that are nothing but one answer."""
    impure: set[int] = set()
    held: dict[int, set[float]] = {}
    for k, role in enumerate(made.role):
        if role & CANDIDATE:
            held.setdefault(made.segment[k], set()).add(made.load[k])
        elif not role & PURE or (role & (TURN | OR) and not role & FILL):
            impure.add(made.segment[k])
    return {segment for segment, loads in held.items() if len(loads) == 1 and segment not in impure}


def _rank(made: Scan, menu: Menu, k: int, pure: bool) -> int:
    over, noun = governor(made, k)
    if over & CONTRAST or negated(made, menu, k) or inverted(made, k):
        return BARRED
    if menu.yes_no and menu.base.words.spaced and doubly_negated(made, menu, k):
        return WEAK
    if menu.hedging and hedged(made, k, menu.base.words.verb_final):
        return WEAK
    if made.role[k] & OPT and k and _degree(made, menu, k - 1) and made.load[k] in menu.nested:
        return BARRED
    if made.role[k] & OPT and k and made.key(k - 1) in menu.base.topics:
        return BARRED
    if over & DOUBT or not ends_well(made, k) or _completed(made, menu, k):
        return WEAK
    if over & (CUES | VERB):
        rank = LAST if over & FINAL else CONCLUDED if concluded(made, k) else CUED if over & CUE else VERBAL
        return rank if not (rank == VERBAL and made.role[k] & SPELLED and made.role[k] & FILL) else WEAK
    first = starts(over)
    closing = past(made, k)
    if made.at(closing) & ENDING and not menu.base.words.spaced and not _complete(made, menu, closing + 1):
        return WEAK
    if made.at(closing) & (ENDING | FIT):
        if first:
            return CONCLUDED if concluded(made, k) else CUED
        if menu.base.words.verb_final and not over & (CANDIDATE | OR | JOIN):
            return VERBAL
    if pure and first:
        return CONCLUDED if concluded(made, k) else LEAD
    return PLAIN if _stands(made, menu, k, first, noun) else WEAK


def _complete(made: Scan, menu: Menu, j: int) -> bool:
    """Whether what was said before an item is not part of a longer word or of a clause about it (`を選ぶ人`)."""
    return bool(made.at(j) & ENDS or (made.at(j) & TAIL and not menu.base.words.verb_final))


def _inside_word(made: Scan, menu: Menu, k: int) -> bool:
    """Whether a short option may be the end of a longer word, where words are not set apart."""
    brief = made.last[k] - made.first[k] < 2
    return brief and not menu.base.words.spaced and made.at(k - 1) == WORD


def _degree(made: Scan, menu: Menu, j: int) -> bool:
    """Whether an item would make another option of the one after it (`extremely`)."""
    return bool(made.role[j] & DEGREE) or made.key(j) in menu.base.degrees


def _short(made: Scan, menu: Menu, k: int) -> bool:
    """Whether an option is so common a word that it is no answer wherever it stands in a text."""
    return menu.yes_no or tuple(made.keys[made.first[k] : made.last[k] + 1]) in menu.base.short


def _completed(made: Scan, menu: Menu, k: int) -> bool:
    """Whether the segment holds words that would make a longer option of this one (`agree with it strongly`)."""
    if not made.role[k] & OPT or made.load[k] not in menu.nested:
        return False
    longer, segment = menu.nested[int(made.load[k])], made.segment[k]
    for j in range(max(k - FAR, 0), min(k + FAR, len(made.role))):
        loose = not made.role[j] & CANDIDATE and (menu.base.words.spaced or made.role[j] & (WORD | NEG | DEGREE))
        if loose and made.segment[j] == segment and made.key(j) in longer:
            return True
    return False


def _stands(made: Scan, menu: Menu, k: int, first: bool, noun: bool) -> bool:
    """Whether a candidate in prose says what is answered rather than what is talked about."""
    role = made.role[k]
    if role & OPT:
        if _inside_word(made, menu, k):
            return False
        return (first or not _short(made, menu, k)) and not doubted(made, k)
    if (role & SPELLED and not noun) or (
        role & NUM and made.at(past(made, k)) & FOLLOW and not menu.base.words.verb_final
    ):
        return False  # `I have two`, `2 for sure`: how many, not which
    if role & LAB and made.at(k - 1) & WRAP and made.at(k + 1) & WRAP:
        return True
    return first or noun or bool(made.at(k - 2) & OPT and made.load[k - 2] == made.load[k])
