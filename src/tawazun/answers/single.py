"""One answer out of a scanned reply: the best candidate, unless another contradicts it."""

from tawazun.answers.candidates import BARRED, CONCLUDED, CUED, LEAD, PLAIN, VERBAL, Candidate, candidates
from tawazun.answers.clauses import numbered_lines
from tawazun.answers.menus import Menu
from tawazun.answers.roles import BREAK, COMMA, CUES, DASH, JOIN, LAB, LINES, NEG, NUM, OPT, OR, TURN, VERB, WORD, WRAP
from tawazun.answers.scan import Scan, scan

WHYS = ("nothing", "nothing", "prose", "line", "verb", "cue", "conclusion", "final")
# how many unknown words lie between two last words of one reasoning, of which only the later one counts
REASONING = 8


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
