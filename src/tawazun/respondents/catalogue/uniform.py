"""The floor: every option equally likely, whatever is asked."""

from collections.abc import Iterator, Mapping, Sequence

from tawazun.answers import Outcome
from tawazun.cells import Ask
from tawazun.instruments import Question
from tawazun.respondents.records import Settings


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


class Uniform:
    """Answers at once and costs nothing, so it measures the overhead of everything else."""

    batch = 16384
    modes = ("logprob", "sample", "generate")

    def __init__(self, settings: Settings) -> None:
        """Takes no settings of its own."""
        self.identity: Mapping[str, str] = {"kind": "uniform"}
        self._made: dict[tuple[str, str], Outcome] = {}

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> Iterator[Outcome]:
        """Equal shares for each ask."""
        made = self._made
        for ask in asks:
            key = (ask.instrument, ask.question.id)
            if key not in made:
                made[key] = uniform_outcome(ask.question)
            yield made[key]


RESPONDENT = Uniform
