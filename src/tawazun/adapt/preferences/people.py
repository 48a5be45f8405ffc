"""Pairs of survey answers, judged by people whose shares are known: an oracle to hold judges and trainers against.

Two different options of a question are drawn; a person of the place is drawn from its shares, as often as needed until
one would give either, and that answer is chosen (Luce's choice: share over the sum of the two shares). With `lot` the
verdict is a coin's, so nothing can be learnt: the placebo.

A preference over pairs is not a distribution. What DPO with beta b comes to is the model's own shares times the
people's to the power 1/b: nearer to the people where the model is far from them, too sharp where it is near.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tawazun.adapt.corpora.licences import refuse_aggregates
from tawazun.adapt.corpora.survey import Asked, SurveyPlan, asked_of, chosen_questions
from tawazun.adapt.preferences.sets import Preference
from tawazun.cells.prompts import Prompt
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument
from tawazun.populations import Population
from tawazun.seeds import stream


@dataclass(frozen=True, slots=True)
class PeoplePairs:
    """What pairs are made of.

    each   pairs of each question as asked
    lot    verdicts by lot instead of people's
    """

    plan: SurveyPlan
    each: int = 4
    lot: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        """Errors: BadStudy for no pairs."""
        if self.each < 1:
            raise BadStudy("pairs: at least one of each question")


def people_pairs(
    made: PeoplePairs, instrument: Instrument, populations: Sequence[Population]
) -> tuple[list[Preference], dict[str, str]]:
    """Pairs of a plan's questions, and items left out with the reason.

    Errors   Refused for people whose answers stay aggregates; BadStudy for an unknown item, or when no pair is left
    """
    left: dict[str, str] = {}
    questions = chosen_questions(made.plan, instrument, left)
    found: list[Preference] = []
    for one in populations:
        refuse_aggregates(one.name, one.source)
        for asked in asked_of(made.plan, instrument, one, questions, left):
            found += _pairs(made, asked)
    if not found:
        raise BadStudy(f"pairs: none can be made ({'; '.join(f'{k}: {v}' for k, v in list(left.items())[:3])})")
    return found, left


def _pairs(made: PeoplePairs, asked: Asked) -> Iterator[Preference]:
    ask, prompt, shares = asked.ask, asked.ask.prompts[0], asked.shares
    for number in range(made.each):
        draw = stream("people-pair", made.seed, ask.ask, asked.population.name, number)
        one, other = draw.permutation(len(shares))[:2].tolist()
        both = float(shares[one] + shares[other])
        first = 0.5 if made.lot or both <= 0 else float(shares[one]) / both
        # each is drawn whether it is needed or not, so that the placebo has the same pairs
        chosen, rejected = (one, other) if draw.random() < first else (other, one)
        texts = [_said(prompt, option) for option in (chosen, rejected)]
        item = f"{ask.question.id}-{ask.ask[:8]}-{asked.population.place}-{number}"
        yield Preference(item, prompt.messages, texts[0], texts[1], asked.population.place, ask.framing.language)


def _said(prompt: Prompt, option: int) -> str:
    shown = prompt.order.index(option)
    return prompt.labels[shown] if prompt.labels else prompt.options[shown]


def shares_after(before: np.ndarray, people: np.ndarray, beta: float) -> np.ndarray:
    """(K,) where DPO on the people's verdicts leads: before x people^(1 / beta), made to sum to 1.

    Shapes   before, people: (K,) shares
    Returns  shares; the people's own weight grows as beta falls
    Unit     none
    Source   Rafailov et al. (2023), eq. 4, with Luce's choice as the preference, whose reward is log people
    """
    weighed = before * people ** (1 / beta)
    made: np.ndarray = weighed / weighed.sum()
    return made
