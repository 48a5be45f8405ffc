"""Replies of an Inspect log read again: by Inspect's own parser, as its log says, and by our readers.

Inspect's multiple choice reads `ANSWER: X` with a Latin letter or a digit and nothing else. A reply that names its
option in another way, or in another script, counts there as a wrong answer. Here it is listed, with the reason.
"""

import re
from collections import Counter
from dataclasses import dataclass

from tawazun.answers import Reading, read_reply
from tawazun.data.logs import Log, Logged, language_of
from tawazun.errors import BadFile

MARKER = re.compile(r"ANSWER\s*:\s*(.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Difference:
    """One reply that the two read differently; an empty option is none."""

    item: str
    epoch: int
    reply: str
    theirs: str
    ours: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reread:
    """A log read twice.

    both, theirs_only, ours_only, neither   replies that were read by whom
    right_theirs, right_ours   right answers among replies that both read; share_theirs, share_ours: among all replies
    reasons                    of the differences, counted
    """

    file: str
    task: str
    model: str
    replies: int
    both: int
    theirs_only: int
    ours_only: int
    neither: int
    right_theirs: int
    right_ours: int
    share_theirs: float
    share_ours: float
    differences: tuple[Difference, ...]
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Pair:
    item: Logged
    epoch: int
    reply: str
    theirs: int | None
    reading: Reading

    @property
    def ours(self) -> int | None:
        return self.reading.chosen[0] if self.reading.chosen else None


def reread(log: Log, language: str = "") -> Reread:
    """Read every reply of a log again. Errors: BadFile for a log without multiple choice as Inspect does it."""
    if not any(one.theirs for one in log.items):
        raise BadFile(f"{log.file}: no sample was scored by Inspect's own choice, so nothing stands beside our reading")
    language = language or language_of(one.stem for one in log.items)
    pairs = [
        _Pair(one, epoch, reply, theirs, read_reply(reply, one.options, one.marks, language))
        for one in log.items
        for epoch, (reply, theirs) in enumerate(zip(one.replies, one.theirs, strict=False), start=1)
    ]
    both = [one for one in pairs if one.theirs is not None and one.ours is not None]
    found = tuple(_difference(one) for one in pairs if one.theirs != one.ours)
    keyed = [one for one in pairs if one.item.gold is not None]
    return Reread(
        file=log.file,
        task=log.task,
        model=log.model,
        replies=len(pairs),
        both=len(both),
        theirs_only=sum(one.theirs is not None and one.ours is None for one in pairs),
        ours_only=sum(one.theirs is None and one.ours is not None for one in pairs),
        neither=sum(one.theirs is None and one.ours is None for one in pairs),
        right_theirs=sum(one.theirs == one.item.gold for one in both),
        right_ours=sum(one.ours == one.item.gold for one in both),
        share_theirs=sum(one.theirs == one.item.gold for one in keyed) / max(1, len(keyed)),
        share_ours=sum(one.ours == one.item.gold for one in keyed) / max(1, len(keyed)),
        differences=found,
        reasons=dict(Counter(one.reason for one in found).most_common()),
    )


def _difference(one: _Pair) -> Difference:
    marks = one.item.marks
    theirs, ours = ("" if at is None else marks[at] for at in (one.theirs, one.ours))
    return Difference(one.item.item, one.epoch, one.reply, theirs, ours, _reason(one))


def _reason(one: _Pair) -> str:
    if one.theirs is not None and one.ours is not None:
        return "both read an option, and not the same"
    if one.ours is None:
        return "we read a refusal" if one.reading.refused else f"we read no option ({one.reading.why})"
    found = MARKER.findall(one.reply)
    if not found:
        return "Inspect looks for ANSWER:, which the reply does not say"
    said = found[-1].strip(" .*$()")
    if not said or not said[0].isascii():
        return "what follows ANSWER: is not a Latin letter"
    return "more than one letter of the menu follows ANSWER:"
