"""Several answers out of one reply: two in order for `pair`, up to `pick` for `some`.

A list is read only as a whole: an entry that names no option, an alternative, a range or one option too many leaves
the reply unread, because the mentions that were understood would be a wrong answer without it.
"""

from tawazun.answers.clauses import doubted, ends_well, governor, negated, starts
from tawazun.answers.menus import AMBIGUOUS, Menu
from tawazun.answers.roles import (
    CANDIDATE,
    COLON,
    CONTRAST,
    CUE,
    DASH,
    FILL,
    FINAL,
    JOIN,
    LAB,
    NL,
    NUM,
    OPT,
    OR,
    PARA,
    PIECE,
    PLACES,
    RANK,
    STOP,
    THROUGH,
    VERB,
    WHY,
    WORD,
    WRAP,
)
from tawazun.answers.scan import OFF_SCALE, Scan, scan

LONG = 4


def several(tokens: list[str], keys: list[str], menu: Menu, refusing: bool) -> tuple[tuple[int, ...] | None, str]:
    """The shown options that a reply names, in order, and how; None and why not."""
    words = tuple(key for key in keys if key[0].isalnum())
    if menu.kind == "some" and words in menu.base.nothing:
        return (), "none"
    made = scan(tokens, keys, menu)
    start = _region(made)
    if not _without_enumeration(made, start):
        return None, "list"
    mentions, why = _mentions(made, menu, start)
    if why:
        return None, why
    if not mentions:
        return None, "nothing"
    if refusing and not (start or any(governor(made, k)[0] & VERB for k in mentions)):
        return None, "prose"
    if _alternatives(made, menu, mentions) or not _list_is_whole(made, menu, start, mentions):
        return None, "unknown"
    named = list(dict.fromkeys(int(made.load[k]) for k in mentions))
    if menu.kind == "some":
        return (tuple(named), "list") if len(named) <= menu.pick else (None, "several")
    if len(named) != 2:
        return None, "several" if len(named) > 2 else "nothing"
    return _ranked(made, mentions, named)


def _region(made: Scan) -> int:
    """Where the answer begins: after the last announcement that a candidate follows, else at the beginning."""
    last = max((k for k, role in enumerate(made.role) if role & CANDIDATE), default=0)
    return max((k + 1 for k, role in enumerate(made.role[:last]) if role & (FINAL | CUE)), default=0)


def _without_enumeration(made: Scan, start: int) -> bool:
    """Take the numbers of a numbered list out; False when they cannot be told from labels."""
    numbered: list[tuple[int, int]] = []
    for k in range(start, len(made.role)):
        if not made.role[k] & NUM or not made.at(k + 1) & (STOP | COLON | DASH | WRAP):
            continue
        j = k + 1
        while made.at(j) & (STOP | COLON | DASH | WRAP | FILL) and j < len(made.role):
            j += 1
        if made.at(j) & NUM and not made.at(j - 1) & DASH and not _bracket_list(made, k):
            return False
        if made.at(j) & OPT:
            numbered.append((k, j))
    if all(made.load[k] == made.load[j] for k, j in numbered):
        return True
    if [made.keys[made.first[k]] for k, _ in numbered] != [str(n + 1) for n in range(len(numbered))]:
        return False
    for k, _ in numbered:
        made.role[k] = FILL
    return True


def _bracket_list(made: Scan, k: int) -> bool:
    """Whether each number stands in its own brackets (`(1) (3)`)."""
    return bool(made.at(k - 1) & WRAP and made.at(k + 1) & WRAP)


def _mentions(made: Scan, menu: Menu, start: int) -> tuple[list[int], str]:
    found: list[int] = []
    for k in range(start, len(made.role)):
        role, segment = made.role[k], made.segment[k]
        if not role & CANDIDATE or segment in made.asked or segment in made.why:
            continue
        over, noun = governor(made, k)
        if over & CONTRAST or negated(made, menu, k):
            continue
        if made.load[k] in (AMBIGUOUS, OFF_SCALE):
            return [], "off-scale"
        placed = noun or k == start or starts(over) or over & PLACES
        short = tuple(made.keys[made.first[k] : made.last[k] + 1]) in menu.base.short
        stands = placed if role & (LAB | NUM) or short else not doubted(made, k)
        if not stands or not ends_well(made, k, RANK | CANDIDATE | OR):
            return [], "prose"
        if not menu.base.words.prose and not (starts(over) or over & CANDIDATE):
            return [], "prose"
        found.append(k)
    return found, ""


def _alternatives(made: Scan, menu: Menu, mentions: list[int]) -> bool:
    """Whether the named options are alternatives or a range instead of a list."""
    for k in range(mentions[0], mentions[-1]):
        role = made.role[k]
        if role & OR and not role & (JOIN | CANDIDATE):
            return True
        between = made.at(k - 1) & NUM and made.at(k + 1) & NUM and k > mentions[0]
        if between and ((role & THROUGH and not role & JOIN) or (role & DASH and menu.kind == "some")):
            return True
    return False


def _list_is_whole(made: Scan, menu: Menu, start: int, mentions: list[int]) -> bool:
    """Whether every entry around and between the named options names an option itself."""
    held, words, noted, lead = False, 0, False, True
    known = set(mentions)
    for k in range(start, len(made.role) + 1):
        role = made.at(k)
        past = k > mentions[-1]
        if role & PIECE and not role & CANDIDATE:
            talk = (words > LONG and (lead or past)) or (words and lead and made.at(k) & (STOP | PARA))
            if words and not held and not noted and not talk:
                return False
            if past and role & (STOP | PARA):
                return True
            noted = noted and not role & (NL | PARA)
            held, words = False, 0
        elif k in known or role & CANDIDATE:
            held, lead = True, False
        elif role & (COLON | DASH) and held:
            noted = True
        elif role & WHY and not lead:
            if past:
                return True
            noted = True
        elif role & WORD and not made.keys[made.first[k]].isdigit():
            words += 1
        elif role & (COLON | VERB | CUE) and lead:
            words = 0
    return True


def _ranked(made: Scan, mentions: list[int], named: list[int]) -> tuple[tuple[int, ...] | None, str]:
    """The two options in the order that words such as `second` give them, else in the order named."""
    ranks: dict[int, float] = {}
    before = 0
    for k in mentions:
        said = [made.load[j] for j in range(before, k) if made.role[j] & RANK]
        if said and int(made.load[k]) not in ranks:
            ranks[int(made.load[k])] = said[-1]
        before = k + 1
    order = [ranks.get(index) for index in named]
    if order in ([None, None], [0, None], [None, 1], [0, 1]):
        return tuple(named), "pair"
    if order == [1, 0]:
        return (named[1], named[0]), "pair"
    return None, "several"
