"""The people of the planted world as a survey would see them: 1,000 people a country, with a design effect.

The sample is drawn with a fixed seed, so it is the same in every process, and it carries the error that samples have.
`atlas_exact-1` is the same world without sampling error.
"""

import math
from collections.abc import Sequence

import numpy as np

from tawazun.atlas import world
from tawazun.atlas.people import humans, tally
from tawazun.instruments import Question, instrument
from tawazun.places.catalogue.atlas import SOURCE
from tawazun.populations.records import HumanAnswer, Population, Request, Universe
from tawazun.source import Source

PEOPLE = 1000
SEED = 1
DEFF = 1.5
UNIVERSE = Universe(
    who="invented people of an invented country", languages="en, ar", dates="none", mode="drawn from a formula"
)


def human_answer(question: Question, shares: np.ndarray, sample: tuple[float, float] | None) -> HumanAnswer:
    """The answer to one item from its shares; `sample` is (n, n_eff), None for exact shares."""
    p = np.asarray(shares[: question.cells], dtype=float)
    codes = np.array(question.codes)
    mean = float(p @ codes)
    sd = math.sqrt(max(0.0, float(p @ (codes - mean) ** 2)))
    n, n_eff = sample or (None, None)
    deff = n / n_eff if n and n_eff else None
    return HumanAnswer(question.id, tuple(p.tolist()), mean, sd, n, n_eff, deff)


def asked_places(request: Request) -> list[str]:
    """Places of the planted world that a request names; all of them when it names none."""
    return [code for code in world().places if not request.places or code in request.places]


def not_planted(request: Request) -> dict[str, str]:
    """Places of a request that are outside the planted world, with the reason."""
    return {code: "not a country of the planted world" for code in request.places if code not in world().places}


class Atlas:
    """Sampled people of the planted world."""

    name = "atlas-1"
    instrument = "atlas"
    source: Source = SOURCE

    def load(self, request: Request) -> Sequence[Population]:
        """One population a country: weighted shares of 1,000 people with n, n_eff and deff."""
        questions = instrument("atlas").questions
        found = []
        for code in asked_places(request):
            shares, n_eff = tally(humans(PEOPLE, SEED, places=(code,), deff=DEFF), code)
            sample = (float(PEOPLE), n_eff)
            answers = tuple(human_answer(q, shares[i], sample) for i, q in enumerate(questions))
            found.append(
                Population(
                    f"{self.name}/{code}", code, self.instrument, "distributions", answers, self.source, "sampled",
                    UNIVERSE, "invented people, drawn with a fixed seed",
                )
            )  # fmt: skip
        return found

    def absent(self, request: Request) -> dict[str, str]:
        """Places outside the planted world."""
        return not_planted(request)


POPULATION = Atlas()
