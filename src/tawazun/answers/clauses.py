"""What a place in a scanned reply stands under: cues, negations and doubts of its clause."""

from tawazun.answers.menus import Menu
from tawazun.answers.roles import (
    BREAK,
    CANDIDATE,
    COLON,
    COMMA,
    CONCLUDE,
    CONTRAST,
    CUES,
    DASH,
    DOUBT,
    EDGE,
    ENDS,
    FILL,
    FOLLOW,
    INVERT,
    ITEM,
    JOIN,
    LAB,
    LINES,
    LINK,
    LINKING,
    NEG,
    NOUN,
    NUM,
    OPT,
    OR,
    STARTS,
    STOP,
    TAIL,
    TIES,
    TURN,
    VERB,
    WHY,
    WRAP,
)
from tawazun.answers.scan import Scan

# how many items of a clause are looked at around a candidate
FAR = 60
OPENING = ("(", "[", "{", "«")
# how many items left and right of a candidate may hold its negation, with and without spaces between words
REACH = {True: 9, False: 24}


def governor(made: Scan, k: int) -> tuple[int, bool]:
    """The role that a candidate stands under, left of links and fillers; and whether a noun (`option`) was passed."""
    j = k - 1
    while j >= max(k - FAR, 0) and _between(made, j, k):
        j -= 1
    passed = made.role[j + 1 : k]
    noun = any(role & NOUN for role in passed)
    role = made.at(j)
    if j < 0 or starts(role):
        return STOP, noun
    if role & (CUES | VERB | CONTRAST | CANDIDATE):
        return role, noun
    if any(one & TIES for one in passed) and (cue := _far_cue(made, j)):
        return cue, noun
    return (STOP if any(one & (COLON | DASH) for one in passed) else role), noun


def _between(made: Scan, j: int, k: int) -> bool:
    """Whether an item may stand between a candidate and what it stands under."""
    role = made.role[j]
    if role & CANDIDATE and not role & FILL:
        return made.load[j] == made.load[k]
    if role & (CUES | VERB | CONTRAST):
        return False
    if role & STOP and j >= 1 and made.at(j - 1) & (LAB | NUM):
        return made.load[j - 1] == made.load[k]
    return bool(role & LINKING) or bool(role & LINES and _cue_before(made, j))


def starts(role: int) -> bool:
    """Whether a candidate under this role opens a clause."""
    return bool(role & STARTS) and not role & (JOIN | OR)


def _cue_before(made: Scan, j: int) -> bool:
    """Whether a line break only separates a cue from its answer."""
    j -= 1
    while j >= 0 and made.role[j] & (LINES | WRAP | COLON | LINK):
        j -= 1
    return j >= 0 and bool(made.role[j] & CUES)


def _far_cue(made: Scan, j: int) -> int:
    """A cue or verb further left in the segment (`my answer to this is`, `I rate it as`), with no candidate between."""
    for i in range(j, max(j - 10, -1), -1):
        if made.segment[i] != made.segment[j] or made.role[i] & CANDIDATE:
            return 0
        if made.role[i] & (CUES | VERB):
            return made.role[i] & (CUES | VERB)
    return 0


def negated(made: Scan, menu: Menu, k: int) -> bool:
    """Whether a negation stands in the clause of a candidate, outside every option text, where it turns that candidate.

    That is left of it; and right of it where the verb comes last.
    """
    words = menu.base.words
    if words.verb_final and _negated_after(made, menu, k):
        return True
    if words.verb_final and not words.spaced:
        return False
    for j in range(k - 1, max(k - REACH[words.spaced], -1), -1):
        role = made.role[j]
        if role & OPT and made.load[j] == made.load[k] and all(one & WRAP for one in made.role[j + 1 : k]):
            continue  # the same verdict twice: `wrong (false)`
        if _negative(made, menu, j):
            own = made.at(j - 1) & CANDIDATE and not (j > 1 and _negative(made, menu, j - 2))  # `न सहमत न असहमत`
            return not (words.verb_final and own)
        if role & (BREAK | COMMA | COLON | DASH | WHY) or (role & TURN and not role & JOIN):
            return False
    return False


def inverted(made: Scan, k: int) -> bool:
    """Whether a candidate is what is named as the wrong one (`worst option: B`, `❌ A`)."""
    passed = tied = False
    for j in range(k - 1, max(k - REACH[False], -1), -1):
        role = made.role[j]
        if role & INVERT and not role & CANDIDATE and (not role & ITEM or made.role[k] & LAB):
            return not made.at(j - 1) & CANDIDATE
        if role & LINES and made.at(j - 1) & COLON:
            continue
        if role & (BREAK | CONTRAST | WHY | VERB) or (role & TURN and not role & (JOIN | OR | NEG)):
            return False
        if role & COMMA and not made.at(j - 1) & CANDIDATE:
            return False
        if tied and role & NEG and not role & OPT:
            return True
        if passed and role & (COMMA | JOIN | OR | CANDIDATE | COLON):
            return False
        passed = passed or bool(role & (CUES | COLON))
        tied = bool(role & CUES or (tied and role & FILL))
    return False


def doubly_negated(made: Scan, menu: Menu, k: int) -> bool:
    """Whether a yes or no is said of another one that holds a negation (`it is not true that it is false`)."""
    pairs = [(j, k) for j in _beside(made, k, -1)] + [(k, j) for j in _beside(made, k, 1)]
    return any(
        made.first[i] != made.last[i] and set(made.keys[made.first[i] : made.last[i] + 1]) & menu.base.negations
        for i, _ in pairs
    )


def _beside(made: Scan, k: int, step: int) -> list[int]:
    """The next candidate of the clause on one side, where there is one."""
    j = k + step
    while 0 <= j < len(made.role) and abs(j - k) < REACH[True]:
        if made.role[j] & OPT:
            return [j]
        if made.role[j] & EDGE or made.role[j] & (TURN | WHY):
            return []
        j += step
    return []


def _negated_after(made: Scan, menu: Menu, k: int) -> bool:
    for j in range(k + 1, min(k + REACH[menu.base.words.spaced], len(made.role))):
        role = made.role[j]
        if role & CONTRAST:
            return False
        if _negative(made, menu, j):
            return True
        other = role & CANDIDATE and made.load[j] != made.load[k] and not made.role[j - 1] & (JOIN | OR)
        if other or role & (BREAK | COMMA | WHY | CUES):
            return False
    return False


def _negative(made: Scan, menu: Menu, j: int) -> bool:
    """Whether an item is a negation or a phrase that holds one, and no option."""
    role = made.role[j]
    if role & NEG and not role & OPT:
        return True
    if role & FILL and not role & ~(FILL | FOLLOW):
        return False
    if (role & OPT and made.first[j] != made.last[j]) or not menu.base.words.spaced:
        return False
    return any(key in menu.base.negations for key in made.keys[made.first[j] : made.last[j] + 1])


def doubted(made: Scan, k: int) -> bool:
    """Whether a candidate is only mentioned in its clause (`whether it is important`)."""
    for j in range(k - 1, max(k - FAR, -1), -1):
        if made.role[j] & (BREAK | COMMA):
            return False
        if made.role[j] & DOUBT:
            return True
    return False


def past(made: Scan, k: int) -> int:
    """The next item after a candidate and the signs and own text or label that belong to it."""
    j = k + 1
    while j < min(k + FAR, len(made.role)):
        same = made.role[j] & CANDIDATE and made.load[j] == made.load[k]
        if not (same or made.role[j] & (WRAP | TAIL)):
            break
        j += 1
    return j


def ends_well(made: Scan, k: int, also: int = 0) -> bool:
    """Whether what follows a candidate leaves it as it is: an edge, an explanation, or words that may follow."""
    if k + 1 < len(made.role) and made.tokens[made.first[k + 1]] in OPENING:
        return True
    role = made.at(past(made, k))
    if (role & OR and not role & (JOIN | also)) or (role & NEG and not role & (CONTRAST | CANDIDATE)):
        return False
    return bool(role & (ENDS | also))


def concluded(made: Scan, k: int) -> bool:
    """Whether the clause of a candidate opens as the last step of a reasoning (`therefore`)."""
    for j in range(k - 1, max(k - FAR, -1), -1):
        if made.segment[j] != made.segment[k]:
            return False
        if made.role[j] & CONCLUDE and made.at(j - 1) & (EDGE | TURN | JOIN):
            return True
    return False


def numbered_lines(made: Scan) -> int:
    """Lines that open with a number of their own, as the answers to a whole survey do."""
    found = set(made.items)
    for k in range(len(made.role)):
        opens = made.at(k - 1) & LINES if k else True
        number = made.keys[made.first[k]]
        if opens and number.isdigit() and made.at(k + 1) & (STOP | COLON | DASH | WRAP):
            found.add(number)
    return len(found)
