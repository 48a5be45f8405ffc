"""A gate looks at items too: a few that cannot be read must not hide in an average of many."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from tawazun.cli.output import _headlines
from tawazun.estimates import SCORES, Estimate
from tawazun.instruments import Exam, Instrument, Question, Wording
from tawazun.measures import find_measure
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


EXAM = replace(SURVEY, name="exam", exam=Exam(), gold={f"q{i}": 1.0 for i in range(60)})


def marked(cells: list[dict[str, Any]]) -> list[Estimate]:
    context = by_hand.context([EXAM], by_hand.answers(EXAM, cells), by_hand.humans("exam", []))
    found = [row for row in find_measure("accuracy").compute(context) if row.respondent == "model"]
    return apply_gates(found, closed_gates(context, GateKeys()), GateKeys(), lambda name: False)


def test_an_item_that_was_refused_is_marked_wrong_and_closes_nothing() -> None:
    told = {"mode": "generate", "decoding": "t=0,p=1,max=8,seed=0", "n": 1.0, "off_menu": None}
    right = [{"question": f"q{i}", "p": [1.0, 0.0], **told} for i in range(59)]
    for lost in ("refused", "unread"):
        rows = marked([*right, {"question": "q59", "p": [0.0, 0.0], lost: 1.0, **told}])
        assert all(row.interpretable for row in rows)
        assert rows[0].value == pytest.approx(59 / 60)


def test_one_prompt_does_not_close_another() -> None:
    good = [{"question": f"q{i}", "p": [1.0, 0.0], "labels": "digits"} for i in range(60)]
    poor = [{"question": f"q{i}", "p": [0.2, 0.1], "off_menu": 0.7, "labels": "letters"} for i in range(60)]
    rows = marked(good + poor)
    closed = {row.facet.split(";")[0]: row.interpretable for row in rows if row.facet}
    assert closed == {"prompt=w1 digits 0-shot": True, "prompt=w1 letters 0-shot": False}
    assert not any(row.interpretable for row in marked(poor))


@pytest.mark.parametrize("weak", [0, 5])
def test_a_run_of_which_nothing_can_be_read_says_so(weak: int) -> None:
    table = pl.DataFrame([{name: getattr(row, name) for name in SCORES} for row in rows(weak)], schema=SCORES)
    said = "\n".join(_headlines(table))
    assert ("NOTHING HERE IS INTERPRETABLE (3 scores): 5 of 60 items" in said) == (weak == 5)


def test_a_run_of_which_a_part_cannot_be_read_says_which_share_and_why() -> None:
    good = [{"question": f"q{i}", "p": [1.0, 0.0], "labels": "digits"} for i in range(60)]
    poor = [{"question": f"q{i}", "p": [0.2, 0.1], "off_menu": 0.7, "labels": "letters"} for i in range(60)]
    both = marked(good + poor)
    table = pl.DataFrame([{name: getattr(row, name) for name in SCORES} for row in both], schema=SCORES)
    closed = sum(not row.interpretable for row in both)
    assert f"model: {closed} of {len(both)} scores are not interpretable; mostly allowed mass 0.3" in "\n".join(
        _headlines(table)
    )
