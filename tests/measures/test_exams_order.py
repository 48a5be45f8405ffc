"""Option orders: knowledge stays, position bias moves, and chance is what answers without knowledge give."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.cells import order_indices
from tawazun.estimates import Estimate
from tawazun.instruments import Question
from tawazun.measures.exams_order import stable_points
from tests.measures import exam_toys as toys
from tests.measures.by_hand import one

STAYS = "prompt=w1 letters 0-shot;norm=none;same option in every order"


def rows_of(made: toys.Instrument, choose: toys.Callable[[Question, str], int], orders: list[str]) -> list[Estimate]:
    cells = [cell for order in orders for cell in toys.choosing(made, lambda q, o=order: choose(q, o), order=order)]
    return toys.scores("permutation_consistency", made, cells)


def at(order: str, question: Question, position: int) -> int:
    """Canonical option that stands at a shown position; by_hand's contexts have seed 1."""
    return order_indices(order, question.cells, 1, f"toy_exam:{question.id}")[position]


def test_one_that_knows_stays_and_one_that_likes_a_position_moves() -> None:
    made = toys.topical([20], options=4)
    right = toys.right(made)
    orders = ["forward", "reversed", "shuffle-3"]
    knows = rows_of(made, lambda q, order: right(q), orders)
    row = one(knows, respondent="model", facet=STAYS)
    assert row.value == 1.0 and row.low > 0.8 and row.n == 20
    likes = rows_of(made, lambda q, order: at(order, q, 0), orders)
    assert one(likes, respondent="model", facet=STAYS).value == 0.0
    prefix = STAYS.partition(";same")[0]
    shown = {k: one(likes, facet=f"{prefix};right option shown at {k}").value for k in (1, 2, 3, 4)}
    assert shown == {1: 1.0, 2: 0.0, 3: 0.0, 4: 0.0}
    picks = one(likes, facet=f"{prefix};picks shown at 1")
    assert picks.value == 1.0 and "equal shares would be 0.25" in picks.method


def test_chance_levels_are_those_of_answers_without_knowledge() -> None:
    made = toys.topical([12], options=3)
    right = toys.right(made)
    found = rows_of(made, lambda q, order: right(q), ["forward", "reversed"])
    chance = {row.respondent: row.value for row in found if row.facet == STAYS and row.respondent != "model"}
    # the middle of three stays in the middle when the order is turned round
    expected = {"floor:random": 1 / 3, "floor:position": 1 / 3, "floor:own-shares": 1 / 3}
    assert chance == pytest.approx(expected)
    yes = rows_of(made, lambda q, order: 0, ["forward", "reversed"])
    assert one(yes, respondent="model", facet=STAYS).value == one(yes, respondent="floor:own-shares").value == 1.0


@given(st.integers(1, 3), st.integers(2, 4), st.integers(0, 2**31))
def test_consistency_is_the_chance_that_one_answer_of_each_order_agrees(orders: int, options: int, seed: int) -> None:
    choices = np.random.default_rng(seed).dirichlet(np.ones(options), size=(orders, 1))
    agree = sum(
        np.prod([choices[o, 0, k] for o, k in enumerate(said)])
        for said in product(range(options), repeat=orders)
        if len(set(said)) == 1
    )
    assert stable_points(choices)[0] == pytest.approx(agree)


def test_one_order_says_that_two_are_needed() -> None:
    made = toys.topical([4])
    found = rows_of(made, lambda q, order: 0, ["forward"])
    row = one(found, facet=STAYS)
    assert row.value is None and "at least two" in row.why
    assert one(found, facet=f"{STAYS.partition(';same')[0]};picks shown at 1").value == 1.0


def test_orders_of_somebody_else_are_not_guessed() -> None:
    made = toys.topical([4])
    cells = toys.choosing(made, lambda q: 0, order="as printed", mode="recorded", decoding="unknown")
    row = one(toys.scores("permutation_consistency", made, cells))
    assert row.value is None and "positions are unknown" in row.why
