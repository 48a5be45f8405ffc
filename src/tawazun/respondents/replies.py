"""From the replies to one ask to its outcome: every reply is read, what cannot be read is counted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from tawazun.answers import Outcome, settled
from tawazun.answers.readers import Reading, read_reply
from tawazun.cells import Ask
from tawazun.instruments import Question


def told(ask: Ask, replies: Sequence[str]) -> Outcome:
    """The outcome of replies: shares of all replies, in canonical order, with refused and unread ones beside them.

    ask      an ask in a reply mode: one prompt shows every option
    replies  at least one text
    """
    return pooled(ask.question, layout_of(ask), replies)


@dataclass(frozen=True, slots=True)
class Layout:
    """What was shown with a question: language, option texts and labels as shown, canonical option of each."""

    language: str
    options: tuple[str, ...]
    labels: tuple[str, ...]
    order: tuple[int, ...]


def layout_of(ask: Ask) -> Layout:
    """What an ask in a reply mode shows: one prompt with every option."""
    prompt = ask.prompts[0]
    return Layout(ask.framing.language, prompt.options, prompt.labels, prompt.order)


def answered(question: Question, menu: Layout, text: str) -> bool:
    """Whether a reply that is still being written may stop here: its answer is settled, and is what it is read as.

    text     the reply so far, after the mark of a thought that is still open when it begins inside one
    """
    early = settled(
        text, menu.options, menu.labels, menu.language, question.kind, question.pick, bounds=_bounds(question)
    )
    if early is None:
        return False
    read = _read(question, menu, text)
    return (early.chosen, early.number) == (read.chosen, read.number)


def pooled(question: Question, menu: Layout, replies: Sequence[str]) -> Outcome:
    """The outcome of replies to a question of which the menu was shown; see `told`."""
    read = {text: _read(question, menu, text) for text in set(replies)}
    readings = [read[text] for text in replies]
    n = len(readings)
    numbers = [one.number for one in readings if one.number is not None]
    return Outcome(
        p=_shares(question, readings, menu.order) if question.cells else None,
        refused=sum(one.refused for one in readings) / n,
        unread=sum(one.unread for one in readings) / n,
        n=float(n),
        value=fmean(numbers) if numbers else None,
        sd=stdev(numbers) if len(numbers) > 1 else None,
        text=tuple(replies),
    )


def _read(question: Question, menu: Layout, text: str) -> Reading:
    return read_reply(
        text, menu.options, menu.labels, menu.language, question.kind, question.pick, bounds=_bounds(question)
    )


def _bounds(question: Question) -> tuple[float, float] | None:
    return (min(question.codes), max(question.codes)) if question.codes else None


def _shares(question: Question, readings: Sequence[Reading], order: Sequence[int]) -> tuple[float, ...]:
    kind, options = question.kind, question.options
    counts: Counter[int] = Counter()
    for one in readings:
        chosen = [order[at] for at in one.chosen or ()]
        if kind == "pair" and len(chosen) == 2:
            first, second = chosen
            counts[first * (options - 1) + second - (second > first)] += 1
        else:
            counts.update(chosen)
    return tuple(counts[cell] / len(readings) for cell in range(question.cells))
