"""From the replies to one ask to its outcome: every reply is read, what cannot be read is counted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from tawazun.answers import Outcome
from tawazun.answers.readers import Reading, read_reply
from tawazun.cells import Ask
from tawazun.instruments import Question


def told(ask: Ask, replies: Sequence[str]) -> Outcome:
    """The outcome of replies: shares of all replies, in canonical order, with refused and unread ones beside them.

    ask      an ask in a reply mode: one prompt shows every option
    replies  at least one text
    """
    prompt = ask.prompts[0]
    menu = Layout(ask.framing.language, prompt.options, prompt.labels, prompt.order)
    return pooled(ask.question, menu, replies)


@dataclass(frozen=True, slots=True)
class Layout:
    """What was shown with a question: language, option texts and labels as shown, canonical option of each."""

    language: str
    options: tuple[str, ...]
    labels: tuple[str, ...]
    order: tuple[int, ...]


def pooled(question: Question, menu: Layout, replies: Sequence[str]) -> Outcome:
    """The outcome of replies to a question of which the menu was shown; see `told`."""
    bounds = (min(question.codes), max(question.codes)) if question.codes else None
    read = {
        text: read_reply(text, menu.options, menu.labels, menu.language, question.kind, question.pick, bounds=bounds)
        for text in set(replies)
    }
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
