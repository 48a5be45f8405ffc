"""One answer out of a scanned reply: candidates are weighed by what they stand under, and contradictions end it."""

from dataclasses import dataclass

from tawazun.answers.hedging import hedged
from tawazun.answers.menus import AMBIGUOUS, Menu
from tawazun.answers.roles import (
    BREAK,
    CANDIDATE,
    COLON,
    COMMA,
    CONCLUDE,
    CONTRAST,
    CUE,
    CUES,
    DASH,
    DEGREE,
    DOUBT,
    EDGE,
    ENDING,
    ENDS,
    FILL,
    FINAL,
    FIT,
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
    PURE,
    SPELLED,
    STARTS,
    STOP,
    TAIL,
    TIES,
    TURN,
    VERB,
    WHY,
    WORD,
    WRAP,
)
from tawazun.answers.scan import OFF_SCALE, Scan, scan

# how many items of a clause are looked at around a candidate
FAR = 60
OPENING = ("(", "[", "{", "«")
BARRED, WEAK, PLAIN, LEAD, VERBAL, CUED, CONCLUDED, LAST = range(8)
WHYS = ("nothing", "nothing", "prose", "line", "verb", "cue", "conclusion", "final")
# how many unknown words lie between two last words of one reasoning, of which only the later one counts
REASONING = 8
# how many items left and right of a candidate may hold its negation, with and without spaces between words
REACH = {True: 9, False: 24}


@dataclass(slots=True)
class Candidate:
    """One place where the reply may name an answer; `answer` is None when it is off the scale or ambiguous."""

    item: int
    answer: float | None
    rank: int


def single(tokens: list[str], keys: list[str], menu: Menu, refusing: bool) -> tuple[float | None, str]:
    """The one shown option (or number) that a reply names, and how; None and why not.

    refusing   the reply also refuses: then prose about the options is not an answer
    """
    made = scan(tokens, keys, menu)
    found = candidates(made, menu)
    live = [one for one in found if one.rank >= PLAIN]
    if not live:
        return None, "undecided" if refusing and _opens_with_answer(made, found) else "nothing"
    rank = max(one.rank for one in live)
    top = _latest(made, [one for one in live if one.rank == rank])
    if len({one.answer for one in top}) > 1:
        return None, "several"
    answer = top[0].answer
    if answer is None:
        return None, "off-scale"
    if rank == PLAIN and (refusing or not menu.base.words.prose):
        return None, "prose"
    if rank <= LEAD and numbered_lines(made) > 1:
        return None, "list"
    if _contradicted(made, found, top, rank) or (menu.yes_no and rank < VERBAL and _denied(made, menu, found, top)):
        return None, "several"
    return answer, WHYS[rank]


def _latest(made: Scan, top: list[Candidate]) -> list[Candidate]:
    """The last conclusion of a reasoning, where it lies well behind those that it replaces; else all of them."""
    last = top[-1]
    replaced = [one.item for one in top if one.answer != last.answer]
    if last.rank < CONCLUDED or not replaced:
        return top
    between = sum(bool(role & WORD) for role in made.role[replaced[-1] : last.item])
    return [one for one in top if one.item > replaced[-1]] if between >= REASONING else top


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
    if menu.yes_no and menu.base.words.spaced and _doubly_negated(made, menu, k):
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
        rank = LAST if over & FINAL else CONCLUDED if _concluded(made, k) else CUED if over & CUE else VERBAL
        return rank if not (rank == VERBAL and made.role[k] & SPELLED and made.role[k] & FILL) else WEAK
    first = starts(over)
    closing = past(made, k)
    if made.at(closing) & ENDING and not menu.base.words.spaced and not _complete(made, menu, closing + 1):
        return WEAK
    if made.at(closing) & (ENDING | FIT):
        if first:
            return CONCLUDED if _concluded(made, k) else CUED
        if menu.base.words.verb_final and not over & (CANDIDATE | OR | JOIN):
            return VERBAL
    if pure and first:
        return CONCLUDED if _concluded(made, k) else LEAD
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


def _concluded(made: Scan, k: int) -> bool:
    """Whether the clause of a candidate opens as the last step of a reasoning (`therefore`)."""
    for j in range(k - 1, max(k - FAR, -1), -1):
        if made.segment[j] != made.segment[k]:
            return False
        if made.role[j] & CONCLUDE and made.at(j - 1) & (EDGE | TURN | JOIN):
            return True
    return False


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


def _doubly_negated(made: Scan, menu: Menu, k: int) -> bool:
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


def numbered_lines(made: Scan) -> int:
    """Lines that open with a number of their own, as the answers to a whole survey do."""
    found = set(made.items)
    for k in range(len(made.role)):
        opens = made.at(k - 1) & LINES if k else True
        number = made.keys[made.first[k]]
        if opens and number.isdigit() and made.at(k + 1) & (STOP | COLON | DASH | WRAP):
            found.add(number)
    return len(found)


def _contradicted(made: Scan, found: list[Candidate], top: list[Candidate], rank: int) -> bool:
    answer, last = top[0].answer, top[-1].item
    others = [one for one in found if one.rank > BARRED and one.answer != answer]
    if not others:
        return False
    listed = _listed(made)
    leads = {one.answer for one in found if one.rank == LEAD and not (one.item in listed and one.item < last)}
    if rank in (VERBAL, CUED, CONCLUDED) and len(leads) == 1 and leads != {answer}:
        return True
    if rank == VERBAL and any(one.rank == PLAIN for one in _stated(made, found, others)):
        return True
    if rank == CUED and any(one.rank == VERBAL and one.item > top[0].item for one in others):
        return True
    beside = {made.segment[one.item]: one.item for one in reversed(top)}
    for one in others:
        start = beside.get(made.segment[one.item])
        if start is not None and (one.item > start or rank == PLAIN):
            return True
        if one.item > last and (one.rank == LEAD or _turned(made, one.item)):
            return True
    return False


def _denied(made: Scan, menu: Menu, found: list[Candidate], top: list[Candidate]) -> bool:
    """Whether the same sentence also denies the answer (`no, it is not false`)."""
    places = {made.segment[one.item] for one in top}
    if any(one.rank == BARRED and one.answer == top[0].answer and made.segment[one.item] in places for one in found):
        return True
    said = tuple(made.keys[made.first[top[0].item] : made.last[top[0].item] + 1])
    return said in menu.base.no and any(
        made.role[k] & made.role[k + 1] & NEG and not (made.role[k] | made.role[k + 1]) & OPT
        for k in range(top[0].item + 1, len(made.role) - 1)
        if made.segment[k + 1] in places
    )


def _opens_with_answer(made: Scan, found: list[Candidate]) -> bool:
    """Whether a reply begins by announcing a candidate, whatever it says afterwards (`answer: A or C`)."""
    return any(
        one.rank > BARRED
        and any(role & CUES for role in made.role[: one.item])
        and not any(role & (NEG | VERB | WORD | BREAK) for role in made.role[: one.item])
        for one in found
    )


def _listed(made: Scan) -> set[int]:
    """Labels and texts of the options, where a reply repeats several of them, a line for each."""
    loads, items = set(), set()
    for k in range(len(made.role) - 2):
        own = made.role[k + 2] & OPT and made.load[k + 2] == made.load[k]
        if own and made.role[k] & (LAB | NUM) and (made.at(k - 1) & (LINES | WRAP | DASH) or not k):
            loads.add(made.load[k])
            items |= {k, k + 2}
    return items if len(loads) > 1 else set()


def _stated(made: Scan, found: list[Candidate], others: list[Candidate]) -> list[Candidate]:
    """Candidates that stand alone in their segment, not in a list of the options as when the question is repeated."""
    answers: dict[int, set[float | None]] = {}
    for one in found:
        answers.setdefault(made.segment[one.item], set()).add(one.answer)
    return [one for one in others if len(answers[made.segment[one.item]]) == 1]


def _turned(made: Scan, k: int) -> bool:
    """Whether the segment of a candidate opens by taking something back."""
    j = k
    while j > 0 and made.segment[j - 1] == made.segment[k]:
        j -= 1
    taken_back = made.at(k + 1) & COMMA and made.at(k + 2) & TURN and not made.at(k + 2) & JOIN
    return bool(taken_back) or any(made.role[i] & (TURN | OR) for i in range(j, min(j + 3, k)))
