"""Whether a yes or no is only held possible (`it might be wrong`), so that it is no answer."""

from tawazun.answers.roles import (
    BREAK,
    CANDIDATE,
    COLON,
    COMMA,
    CONTRAST,
    EDGE,
    FOLLOW,
    HEDGE,
    JOIN,
    TAIL,
    TURN,
    WHY,
    WRAP,
)
from tawazun.answers.scan import Scan

# how many items of a clause are looked at on either side of a candidate
NEAR = 16


def hedged(made: Scan, k: int, verb_final: bool) -> bool:
    """Whether a hedge stands before a candidate in its clause, after it where the verb does, or as an afterthought."""
    return _in_clause(made, k, -1) or (verb_final and _in_clause(made, k, 1)) or _afterthought(made, k)


def _in_clause(made: Scan, k: int, step: int) -> bool:
    j = k + step
    while 0 <= j < len(made.role) and abs(j - k) <= NEAR:
        role = made.role[j]
        if role & HEDGE:
            return True
        if role & (BREAK | COMMA | COLON | CONTRAST | WHY) or (role & TURN and not role & (JOIN | CANDIDATE)):
            return False
        j += step
    return False


def _afterthought(made: Scan, k: int) -> bool:
    """Whether nothing but a hedge follows a candidate (`false, perhaps`)."""
    j = k + 1
    while made.at(j) & (WRAP | TAIL | COMMA | FOLLOW) and not made.at(j) & HEDGE and j < k + NEAR:
        j += 1
    return bool(made.at(j) & HEDGE and made.at(j + 1) & (EDGE | FOLLOW))
