"""The plan is the product of a study's factors, and says what is not there."""

from itertools import pairwise

import pytest

from tawazun.errors import BadStudy
from tawazun.instruments import instrument
from tawazun.interview import make_plan
from tests.toys import study

ATLAS = instrument("atlas")


def test_the_plan_is_the_product_of_its_factors() -> None:
    made = study(
        ask={
            "personas": ["none", "human", "group:atlas-arab@1"],
            "languages": ["en", "ar"],
            "perspectives": ["self", "persona", "observer"],
            "wordings": 2,
            "orders": ["forward", "reversed"],
            "labels": ["letters", "digits"],
        }
    )
    plan = make_plan(made, [ATLAS])
    assert len(plan) == 60 * (2 * 1 + 7 * 2) * 2 * 2 * 2 * 2
    asks = [ask.ask for ask in plan]
    assert len(asks) == len(set(asks)) == len(plan)
    assert asks == [ask.ask for ask in make_plan(made, [ATLAS])]


def test_a_persona_lies_in_one_stretch() -> None:
    plan = make_plan(study(ask={"personas": ["none", "x-sahelia", "x-qamaria"], "wordings": 2}), [ATLAS])
    changes = sum(a.framing.persona != b.framing.persona for a, b in pairwise(plan))
    assert changes == 2


def test_items_by_id_alias_and_instrument() -> None:
    vsm = instrument("vsm13")
    for spelled in ("m01", "q1", "vsm13:m01", "M01"):
        plan = make_plan(study(ask={"instruments": ["vsm13"], "items": [spelled]}), [vsm])
        assert [ask.question.id for ask in plan] == ["m01"]
    with pytest.raises(BadStudy, match="m99"):
        make_plan(study(ask={"instruments": ["vsm13"], "items": ["m99"]}), [vsm])


def test_a_named_variant_is_asked_of_the_items_that_have_it() -> None:
    cultural = instrument("cultural_map")
    made = study(ask={"instruments": ["cultural_map"], "items": ["f063"], "wordings": ["w1-religion"]})
    assert len(make_plan(made, [cultural])) == 1
    with pytest.raises(BadStudy, match="w1-religion"):
        make_plan(made.model_copy(update={"ask": made.ask.model_copy(update={"items": []})}), [cultural])


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        ({"languages": ["fr"]}, "no wording in 'fr'; it has ar, en"),
        ({"wordings": 40}, "not 40"),
        ({"wordings": ["w77"]}, "not 'w77'"),
        ({"personas": ["x-sahelia"], "perspectives": ["self"]}, "nothing to ask"),
    ],
)
def test_what_is_not_there_is_named(ask: dict[str, object], said: str) -> None:
    with pytest.raises(BadStudy, match=said):
        make_plan(study(ask=ask), [ATLAS])


def test_size_counts_sub_asks_and_samples() -> None:
    cultural = instrument("cultural_map")
    one = make_plan(study(ask={"instruments": ["cultural_map"], "items": ["y002", "y003", "a008"]}), [cultural]).size()
    assert (one.cells, one.prompts) == (3, 5 + 11 + 1)
    ask = {"instruments": ["cultural_map"], "items": ["a008"], "mode": "sample", "samples": 30}
    many = make_plan(study(ask=ask), [cultural]).size()
    assert (many.cells, many.prompts) == (1, 30)
    assert many.tokens > 30 * 10


def test_reasoning_and_early_stops_are_asks_of_their_own_and_thoughts_are_counted() -> None:
    levels = [{"max_tokens": 40}, {"max_tokens": 40, "reasoning": 500}, {"max_tokens": 40, "stop": "answer"}]
    sizes, asks = [], set()
    for level in levels:
        plan = make_plan(study(ask={"items": ["a01"], "mode": "sample", "decoding": [level]}), [ATLAS])
        sizes.append(plan.size())
        asks |= {one.ask for one in plan}
    assert len(asks) == 3
    assert sizes[0] == sizes[2] and sizes[1].reply_tokens == sizes[0].reply_tokens + 500
