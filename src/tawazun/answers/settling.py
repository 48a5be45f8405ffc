"""Whether the beginning of a reply can already be read, so that writing the rest of it can be spared.

Conservative: only a reply that opens with its answer and has closed it (a blank line, or the word that opens the
explanation), a final answer on a closed line, or a JSON object whose first key is the answer. What may still become a
list of the options, another answer, a refusal or a longer option text is not settled.
"""

import re
from collections.abc import Sequence

from tawazun.answers.candidates import BARRED, CUED, LAST, LEAD, Candidate, candidates
from tawazun.answers.clauses import numbered_lines, past
from tawazun.answers.lexicon import tokens
from tawazun.answers.menus import Menu
from tawazun.answers.plain import spoken
from tawazun.answers.readers import ANSWER_KEYS, Reading, menu_of, read, read_reply
from tawazun.answers.roles import CANDIDATE, LINES, OPT, PARA, STOP, TURN, WHY, WORD
from tawazun.answers.scan import Scan, scan

# how many items of the paragraph behind an answer must be there, so that it is seen to be no list
PARAGRAPH = 6

_JSON = re.compile(r"\A\s*(?:```(?:json)?\s*)?\{\s*\"([^\"\n]{1,30})\"\s*:\s*(?:\"([^\"\n]{1,90})\"|(\d+))\s*[,}]")


def settled(
    partial: str,
    shown_options: Sequence[str],
    labels: Sequence[str],
    language: str,
    kind: str = "one",
    pick: int = 1,
    *,
    bounds: tuple[float, float] | None = None,
) -> Reading | None:
    """The reading of a reply that is still being written, when more text of the usual kind would not change it.

    partial    the text so far, with the mark that opens a thought where the prompt already wrote it (`<think>`), for
               nothing settles inside a thought; the other arguments, and the errors, are those of `read_reply`
    Returns    the Reading, always an answer; None while nothing is certain. `pair`, `some` and `text` never settle
    """
    menu = menu_of(tuple(shown_options), tuple(labels), language, kind, pick, bounds)
    if menu.kind not in ("one", "number"):
        return None
    if "</" not in partial and (held := _JSON.match(partial)) and held[1].strip().casefold() in ANSWER_KEYS:
        reading = read_reply(held[2] or held[3], shown_options, labels, language, kind, pick, bounds=bounds)
        return reading if _answers(reading) else None
    said = spoken(partial)
    if "{" in said and "boxed" not in said:
        return None
    reading = read(partial, menu)
    return reading if _answers(reading) and _closed(said, menu, reading) else None


def _answers(reading: Reading) -> bool:
    return reading.chosen is not None or reading.number is not None


def _closed(said: str, menu: Menu, reading: Reading) -> bool:
    """Whether the answer that was read stands closed, with nothing beside it that could still win."""
    base = menu.base
    folded = base.folded(said)
    if base.refusal is not None and base.refusal.search(folded):
        return False
    found = tokens(base.heard(folded))
    made = scan(found, [base.key(token) for token in found], menu)
    named = [one for one in candidates(made, menu) if one.rank > BARRED]
    answer = reading.number if reading.chosen is None else float(reading.chosen[0])
    if not named:
        return False
    top = max(named, key=lambda one: (one.rank, -one.item))
    others = [one for one in named if one.answer != answer]
    if top.rank == LAST:
        return all(one.rank < CUED and one.item < top.item for one in others) and _line_ended(made, top)
    return top.rank >= LEAD and not others and not numbered_lines(made) and _answered_first(made, top)


def _line_ended(made: Scan, top: Candidate) -> bool:
    after = past(made, top.item)
    role = made.at(after) if after < len(made.role) else 0
    return bool(role & LINES or (role & STOP and after + 1 < len(made.role)))


def _answered_first(made: Scan, top: Candidate) -> bool:
    """Whether the reply opens with the answer and goes on to something else; the first option may open a list."""
    opening = made.segment[top.item]
    if any(role & WORD for role, at in zip(made.role, made.segment, strict=True) if at < opening):
        return False
    after = past(made, top.item)
    while after < len(made.role) and made.role[after] & STOP and not made.role[after] & CANDIDATE:
        after += 1
    behind = len(made.role) - after - 1
    if (behind > 0 and made.role[after] & WHY) or (behind > 1 and made.role[after + 1] & WHY):
        return True
    if behind < PARAGRAPH or made.role[after + 1] & (CANDIDATE | TURN):
        return False
    texts = any(made.role[k] & OPT for k in range(after) if made.segment[k] == opening)
    listed = top.answer == 0.0 and top.rank == LEAD and texts
    return bool(made.role[after] & PARA) and not listed
