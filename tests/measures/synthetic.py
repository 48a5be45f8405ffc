"""Contexts made straight from arrays: a model and people whose truth is known, without tables in between."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tawazun.estimates import Estimate
from tawazun.instruments import Instrument, Question
from tawazun.measures.context import Context
from tawazun.measures.cube import Cube, Subject
from tawazun.measures.people import People
from tawazun.measures.registry import find_measure
from tawazun.places import group
from tawazun.study import MeasureKeys
from tests.toys import SOURCE

REGION = "group:arab-league@2023-05"
PLACES = group(REGION).members
SOURCE_NAME = "synthetic-1"


def instrument(items: int, options: int) -> Instrument:
    """Ordinal items without wordings."""
    codes = tuple(float(k) for k in range(1, options + 1))
    return Instrument(
        "synthetic", "s", tuple(Question(f"q{q}", "one", codes, ordinal=True) for q in range(items)), SOURCE, "use"
    )


def context(
    model: np.ndarray,
    human: np.ndarray,
    *,
    personas: Sequence[str],
    n_eff: float | np.ndarray = np.nan,
    replies: float = np.inf,
    places: Sequence[str] = (),
    itself: float = np.nan,
    mode: str = "logprob",
    halved: Sequence[np.ndarray | None] = (),
    **keys: Any,
) -> Context:
    """One respondent.

    model    (S, G, Q, K): personas, wordings; NaN where nobody answered
    human    (C, Q, K); places: their codes (the first C of the Arab League when empty)
    replies  behind every cell; inf for exact probabilities
    halved   per population (R, 2, Q, K) in random halves of its people
    """
    made = instrument(*model.shape[2:])
    subjects = tuple(
        Subject("model", one, "self" if one in ("none", "human") else "persona", "en", mode, "readout")
        for one in personas
    )
    framings = tuple((f"w{g}", "forward", "letters", "system", "", "") for g in range(model.shape[1]))
    shape = model.shape[:3]
    codes = np.array([q.codes for q in made.questions])
    zero = np.where(np.isnan(model).any(axis=-1), np.nan, 0.0)
    cube = Cube(
        instrument=made,
        questions=made.questions,
        subjects=subjects,
        framings=framings,
        p=model,
        value=np.einsum("sgqk,qk->sgq", model, codes),
        spread=np.full(shape, np.nan),
        replies=np.broadcast_to(replies, shape) + zero,
        off_menu=zero,
        refused=zero,
        unread=zero,
        clusters=np.arange(model.shape[1]),
    )
    given = MeasureKeys(**{"groups": [REGION], "draws": 200, **keys})
    names = tuple(places) or PLACES[: len(human)]
    side = People(
        SOURCE_NAME,
        "synthetic",
        tuple(f"{SOURCE_NAME}/{place}" for place in names),
        names,
        human,
        np.einsum("cqk,qk->cq", human, codes),
        np.broadcast_to(n_eff, human.shape[:2]).astype(float),
        {},
        np.zeros(len(human)),
        np.full(human.shape[:2], itself),
        tuple(halved),
        given.item_correlation,
    )
    return Context(given, 1, {"synthetic": made}, {"synthetic": cube}, {"synthetic": [side]})


def world(
    rng: np.random.Generator, places: int, items: int, options: int = 4, spread: float = 0.4, common: float = 0.8
) -> np.ndarray:
    """(C, Q, K) true shares: each item has a shape of its own, each place departs from it."""
    level = rng.normal(0, common, (1, items, options)) + rng.normal(0, spread, (places, items, options))
    shares = np.exp(level)
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True))


def worded(rng: np.random.Generator, shares: np.ndarray, wordings: int, noise: float) -> np.ndarray:
    """(S, Q, K) -> (S, G, Q, K): each wording moves every answer at random, away and back, around the given shares."""
    move = rng.normal(0, noise, (len(shares), wordings, *shares.shape[1:]))
    move = move - (move * shares[:, None]).sum(axis=-1, keepdims=True)
    moved = shares[:, None] * (1 + np.clip(move, -0.9, None))
    return np.asarray(moved / moved.sum(axis=-1, keepdims=True))


def asked(rng: np.random.Generator, truth: np.ndarray, n: int) -> np.ndarray:
    """Shares of n people (or replies) drawn from the truth."""
    return np.asarray(rng.multinomial(n, truth) / n)


def estimates(name: str, made: Context) -> list[Estimate]:
    """Every estimate of a measure."""
    return list(find_measure(name).compute(made))


def one(rows: Sequence[Estimate], **wanted: str) -> Estimate:
    """The only row with these fields; `facet` is a part of the row's facet."""
    facet = wanted.pop("facet", None)
    wanted.setdefault("respondent", "model")
    found = [
        row
        for row in rows
        if all(getattr(row, key) == value for key, value in wanted.items())
        and (facet is None or facet in (row.facet, *row.facet.split(";")))
    ]
    assert len(found) == 1, f"{len(found)} rows for {wanted} {facet}: {[r.facet for r in rows][:12]}"
    return found[0]


def value(rows: Sequence[Estimate], **wanted: str) -> float:
    """The value of the only row with these fields."""
    found = one(rows, **wanted)
    assert found.value is not None, found.why
    return found.value
