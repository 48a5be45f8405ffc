"""From the replies to one ask to its outcome: every reply is read, what cannot be read is counted."""

from collections import Counter
from collections.abc import Sequence
from statistics import fmean, stdev

from tawazun.answers import Outcome
from tawazun.answers.readers import Reading, read_reply
from tawazun.cells import Ask


def told(ask: Ask, replies: Sequence[str]) -> Outcome:
    """The outcome of replies: shares of all replies, in canonical order, with refused and unread ones beside them.

    ask      an ask in a reply mode: one prompt shows every option
    replies  at least one text
    """
    prompt, question = ask.prompts[0], ask.question
    bounds = (min(question.codes), max(question.codes)) if question.codes else None
    read = {
        text: read_reply(
            text, prompt.options, prompt.labels, ask.framing.language, question.kind, question.pick, bounds=bounds
        )
        for text in set(replies)
    }
    readings = [read[text] for text in replies]
    n = len(readings)
    p = _shares(ask, readings, prompt.order) if question.cells else None
    numbers = [one.number for one in readings if one.number is not None]
    return Outcome(
        p=p,
        refused=sum(one.refused for one in readings) / n,
        unread=sum(one.unread for one in readings) / n,
        n=float(n),
        value=fmean(numbers) if numbers else None,
        sd=stdev(numbers) if len(numbers) > 1 else None,
        text=tuple(replies),
    )


def _shares(ask: Ask, readings: Sequence[Reading], order: Sequence[int]) -> tuple[float, ...]:
    kind, options = ask.question.kind, ask.question.options
    counts: Counter[int] = Counter()
    for one in readings:
        chosen = [order[at] for at in one.chosen or ()]
        if kind == "pair" and len(chosen) == 2:
            first, second = chosen
            counts[first * (options - 1) + second - (second > first)] += 1
        else:
            counts.update(chosen)
    return tuple(counts[cell] / len(readings) for cell in range(ask.question.cells))
