"""Recorded verdicts of a judge: what a file must say that has no default."""

from collections.abc import Mapping

from tawazun.errors import BadAnswers
from tawazun.instruments import Instrument, Question


def check_sitting(
    instrument: Instrument, question: Question, given: Mapping[str, str], spot: str, *, texts: bool
) -> None:
    """Refuse a verdict without its rubric, of a pair without its order, and a reply without the labels it names.

    given    the columns of a row that say where its cell is; texts: whether replies are read
    Errors   BadAnswers naming file and row
    """
    rubrics = ", ".join(sorted({template.id for template in instrument.templates}))
    wording = given.get("wording", "")
    if wording not in rubrics.split(", "):
        came = f"{wording!r} is none of them" if wording else "it is not said under which"
        raise _unsaid(spot, "wording", f"{instrument.name} is judged under {rubrics}, and {came}")
    pair = question.options > 0
    if pair and not given.get("order"):
        raise _unsaid(spot, "order", f"the order in which {question.id} showed its answers is not said")
    if pair and texts and not given.get("labels"):
        raise _unsaid(spot, "labels", f"the labels that the reply to {question.id} chooses from are not said")


def _unsaid(spot: str, column: str, why: str) -> BadAnswers:
    return BadAnswers(f"{spot}: {why}; give the file a column {column}, or the respondent fill = {{{column} = …}}")
