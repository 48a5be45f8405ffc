"""A gate looks at items too: a few that cannot be read must not hide in an average of many."""

import numpy as np
import polars as pl
import pytest

from tawazun.cli.output import _headlines
from tawazun.estimates import SCORES, Estimate
from tawazun.instruments import Instrument, Question, Wording
from tawazun.measures.gates import apply_gates, closed_gates
from tawazun.source import Source
from tawazun.study import GateKeys
from tests.measures import by_hand

SURVEY = Instrument(
    "survey", "a survey",
    tuple(Question(f"q{i}", "one", (1.0, 2.0), (Wording("w1", "en", "?", ("a", "b")),)) for i in range(60)),
    Source("none", "none", "1", "none", "none", "yes"), "anything",
)  # fmt: skip


def rows(weak: int) -> list[Estimate]:
    mass = np.where(np.arange(60) < weak, 1e-6, 1.0)
    cells = [{"question": f"q{i}", "p": [m / 2, m / 2], "off_menu": 1 - m} for i, m in enumerate(mass)]
    context = by_hand.context([SURVEY], by_hand.answers(SURVEY, cells), by_hand.humans("survey", []))
    gates = GateKeys()
    told = [Estimate("js_similarity", "model", "survey", persona="none", perspective="self", language="en",
                     mode="logprob", item=item, value=0.9) for item in ("", "q0", "q59")]  # fmt: skip
    return apply_gates(told, closed_gates(context, gates), gates, lambda name: False)


def test_items_without_probability_close_the_gate_when_they_are_many() -> None:
    assert [row.interpretable for row in rows(0)] == [True, True, True]
    assert [row.interpretable for row in rows(2)] == [True, False, True]
    assert [row.interpretable for row in rows(5)] == [False, False, False]
    assert "allowed mass 1e-06 of this item is below the gate 0.9" in rows(2)[1].why
    assert "5 of 60 items have an allowed mass below the gate 0.9" in rows(5)[0].why


@pytest.mark.parametrize("weak", [0, 5])
def test_a_run_of_which_nothing_can_be_read_says_so(weak: int) -> None:
    table = pl.DataFrame([{name: getattr(row, name) for name in SCORES} for row in rows(weak)], schema=SCORES)
    said = "\n".join(_headlines(table))
    assert ("NOTHING HERE IS INTERPRETABLE (3 scores); not interpretable: 5 of 60 items" in said) == (weak == 5)
