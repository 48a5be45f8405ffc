"""People drawn from the planted world, as a survey would bring them home: one row a person, weighted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tawazun.atlas.world import PERSON_SPREAD, Floats, graded, world
from tawazun.errors import BadStudy
from tawazun.seeds import stream


@dataclass(frozen=True, slots=True, eq=False)
class Humans:
    """Sampled people.

    place     (N,) code of each person's country
    answers   (N, I) 0-based option of each person on each item, in canonical order
    weights   (N,) mean 1 inside each country
    """

    place: tuple[str, ...]
    answers: npt.NDArray[np.int64]
    weights: Floats


def humans(n: int, seed: int, *, places: Sequence[str] = (), deff: float = 1.0) -> Humans:
    """`n` people of each country (all thirty when `places` is empty), each answering all sixty items.

    A person's answers hang together, because they come from one position on the six dimensions. Weights are
    log-normal and have nothing to do with the answers, so they cost precision and move no expectation: by Kish's
    rule n_eff is about n / deff. A country's people depend on seed and country only.

    Errors   BadStudy when n < 1 or deff < 1; UnknownName for a place outside the planted world.
    """
    if n < 1 or deff < 1:
        raise BadStudy(f"humans: n is at least 1 and deff at least 1, not n={n} and deff={deff:g}")
    wanted = tuple(places) or world().places
    drawn = [_country(code, n, seed, deff) for code in wanted]
    return Humans(
        place=tuple(code for code in wanted for _ in range(n)),
        answers=np.concatenate([answers for answers, _ in drawn]),
        weights=np.concatenate([weights for _, weights in drawn]),
    )


def _country(code: str, n: int, seed: int, deff: float) -> tuple[npt.NDArray[np.int64], Floats]:
    here, draw = world(), stream("atlas-people", seed, code)
    stands = here.means[here.row(code)] + PERSON_SPREAD * draw.standard_normal((n, here.means.shape[1]))
    below = np.cumsum(graded(stands @ here.loads.T, here.cuts), axis=-1)[..., :-1]
    answers = (draw.random((n, len(here.items), 1)) > below).sum(axis=-1)
    answers = np.minimum(answers, here.cells - 1)
    weights = np.exp(np.sqrt(np.log(deff)) * draw.standard_normal(n))
    return answers, weights / weights.mean()


def tally(people: Humans, place: str) -> tuple[Floats, float]:
    """Weighted answers of one country's people.

    Returns  (I, 5) shares, 0 beyond an item's options, and Kish's effective n.
    Unit     share; people.
    Source   Kish (1965), Survey Sampling, ch. 11: n_eff = (sum w)^2 / sum w^2.
    """
    own = np.array([code == place for code in people.place])
    weights, answers = people.weights[own], people.answers[own]
    shares = np.stack([((answers == k) * weights[:, None]).sum(axis=0) for k in range(5)], axis=-1)
    return shares / weights.sum(), float(weights.sum() ** 2 / (weights**2).sum())
