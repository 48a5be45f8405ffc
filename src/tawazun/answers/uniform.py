"""The answer of somebody who knows nothing: the floor that every score is set beside."""

from tawazun.answers.records import Outcome
from tawazun.instruments import Question


def uniform_outcome(question: Question) -> Outcome:
    """Equal shares; a `some` question mentions each option as often as `pick` of them drawn at random would."""
    if question.kind in ("one", "pair"):
        share = 1.0 / question.cells
        return Outcome(p=(share,) * question.cells, off_menu=0.0, refused=0.0, unread=0.0)
    if question.kind == "some":
        share = min(1.0, question.pick / question.cells)
        return Outcome(p=(share,) * question.cells, off_menu=0.0, refused=0.0, unread=0.0)
    if question.kind in ("number", "score"):
        return Outcome(value=sum(question.codes) / 2, refused=0.0, unread=0.0)
    return Outcome(error="the uniform respondent has no words")
