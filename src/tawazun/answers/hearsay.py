"""What a reply only reports, supposes or leaves open, settled before it is read.

What is reported or supposed is taken out (`you might think it is A`, `if this were 1940`); a hedge (`might be`) is
replaced by a sign, and a yes or no beside it is no answer.

A clause goes as a whole, up to the word that turns against it, so that `you might think A, but it is B` says B.
"""

import re
from collections.abc import Iterable

# how far to the left of a phrase its clause is looked for, and what stands where the clause stood
FAR, GONE = 300, " ~ "
# the sign that stands for a hedge, which is no letter of any language
MARK = "≟"


def pattern(parts: Iterable[str]) -> re.Pattern[str] | None:
    """One pattern of several, case ignored; None of none."""
    held = "|".join(parts)
    return re.compile(held, re.I) if held else None


def heard(text: str, reported: re.Pattern[str] | None, clauses: re.Pattern[str] | None) -> str:
    """A folded text without the clauses in which a phrase of `reported` stands; `clauses` is what ends a clause."""
    if reported is None or clauses is None or (found := reported.search(text)) is None:
        return text
    kept, at = [], 0
    while found is not None:
        near = max(at, found.start() - FAR)
        start = max((edge.end() for edge in clauses.finditer(text, near, found.start())), default=near)
        edge = clauses.search(text, found.end())
        kept += [text[at:start], GONE]
        at = edge.start() if edge else len(text)
        found = reported.search(text, max(at, found.end()))
    return "".join((*kept, text[at:]))


def marked(text: str, hedges: re.Pattern[str] | None) -> str:
    """A folded text with `MARK` for each phrase of `hedges` (`might be`)."""
    return text if hedges is None else hedges.sub(f" {MARK} ", text)
