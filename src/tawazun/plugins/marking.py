"""What a reply to one of our asks says, and whether it is right: the same readers as everywhere, for any harness."""

from collections.abc import Mapping
from dataclasses import dataclass

from tawazun.answers import Reading, read_reply
from tawazun.cells import Ask
from tawazun.instruments import Instrument
from tawazun.measures.exams_open import accepted_answers, answer_words, points


@dataclass(frozen=True, slots=True)
class Mark:
    """One reply marked.

    answer    what it says, in words: an option's text, a number, several options
    codes     codes of the options that it names, in canonical order of the question
    right     1 or 0 (a share for open questions with several answers); None where nothing is right or wrong
    """

    answer: str
    codes: tuple[float, ...]
    right: float | None
    refused: bool
    unread: bool
    why: str


def mark(instrument: Instrument, ask: Ask, reply: str) -> Mark:
    """Read a reply to an ask and mark it; a refused or unread reply is not right, and is told from a wrong one."""
    question, prompt = ask.question, ask.prompts[0]
    bounds = (min(question.codes), max(question.codes)) if question.codes else None
    reading = read_reply(
        reply, prompt.options, prompt.labels, ask.framing.language, question.kind, question.pick, bounds=bounds
    )
    chosen = [prompt.order[at] for at in reading.chosen or ()]
    codes = tuple(question.codes[at] for at in chosen) if question.kind == "one" else tuple(at + 1.0 for at in chosen)
    right = _right(instrument, ask, reading, codes, reply)
    return Mark(_answer(ask, reading, chosen, reply), codes, right, reading.refused, reading.unread, reading.why)


def _right(instrument: Instrument, ask: Ask, reading: Reading, codes: tuple[float, ...], reply: str) -> float | None:
    item = ask.question.id
    if item in instrument.gold:
        return float(codes == (instrument.gold[item],))
    if instrument.exam is not None and instrument.exam.judged:
        return None
    if accepted := accepted_answers(instrument.references.get(item, {})):
        return 0.0 if reading.refused else points(answer_words(reply), accepted, False)
    return None


def _answer(ask: Ask, reading: Reading, chosen: list[int], reply: str) -> str:
    if reading.number is not None:
        return f"{reading.number:g}"
    if ask.question.kind == "text":
        return "" if reading.refused or reading.unread else reply.strip()
    return "; ".join(ask.shown.wording.options[at] for at in chosen)


def classes_of(instrument: Instrument) -> tuple[float, ...]:
    """Codes that all items with a key share, where F1 over them means something; empty otherwise."""
    exam = instrument.exam
    if exam is None or not (exam.metric == "macro_f1" or exam.positive is not None):
        return ()
    return tuple(sorted({code for one in instrument.questions if one.id in instrument.gold for code in one.codes}))


def shares_of(made: Mark, classes: tuple[float, ...]) -> Mapping[str, float]:
    """How much of an answer each class got, under the names that `macro_f1` of the Inspect plugin looks for."""
    return {f"said_{code:g}": float(made.codes == (code,)) for code in classes}
