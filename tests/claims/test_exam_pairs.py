"""Respondents compared on a benchmark: paired by item, by topic, and refused when the prompts were not the same."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from tawazun.answers import SCHEMA
from tawazun.claims import Gathered, Part, gather
from tawazun.claims.asked import Asked
from tawazun.claims.comparison import Comparison, compare
from tawazun.errors import BadStudy, Refused
from tawazun.instruments import Instrument, Question
from tawazun.populations.records import HUMANS
from tawazun.seeds import digest
from tests.claims.making import study_of
from tests.measures import exam_toys as toys
from tests.measures.by_hand import CELL

Choose = Callable[[Question], int]
MADE = toys.topical([20] * 24, options=4)


def part(answers: Mapping[str, Choose], name: str = "run", made: Instrument = MADE, **level: Any) -> Part:
    """A finished run of respondents that give each item one option wholly."""
    rows = []
    for label, choose in answers.items():
        for cell in toys.choosing(made, choose):
            row = dict.fromkeys(SCHEMA) | CELL | {"instrument": made.name} | cell | level
            asked = digest(str([row[key] for key in ("question", "wording", "labels", "context", "order", "mode")]))
            row |= {"respondent": label, "respondent_id": digest(label), "ask": asked, "cell": digest(asked + label)}
            rows.append(row)
    kinds = {key: kind for key, kind in SCHEMA.items() if key != "text"}
    table = pl.DataFrame([{key: row[key] for key in kinds} for row in rows], schema=kinds)
    study = study_of(list(answers)).model_copy(update={"ask": study_of(["x"]).ask})
    return Part(name, study, table, pl.DataFrame(schema=HUMANS), pl.DataFrame(), {"kind": "study", "prompt_version": 1})


def laid_out(*parts: Part, made: Instrument = MADE) -> Gathered:
    return gather(parts, instruments=[made])


def knowing(share: float, seed: int, made: Instrument = MADE) -> Choose:
    """Right on this share of the items, drawn by seed, else on the next option."""
    right, rng = toys.right(made), np.random.default_rng(seed)
    knows = {question.id: bool(rng.random() < share) for question in made.questions}
    return lambda q: right(q) if knows[q.id] else (right(q) + 1) % q.cells


def outcome(found: Comparison) -> str:
    assert len(found.differences) == 1
    return found.differences[0].outcome


def test_the_one_that_knows_more_scores_higher() -> None:
    found = compare(laid_out(part({"base": knowing(0.5, 1), "tuned": knowing(0.8, 2)})), Asked("accuracy"))
    row = found.differences[0]
    assert row.outcome == "second scores higher" and row.value == pytest.approx(
        row.first_closeness - row.second_closeness
    )
    assert row.high < 0 and row.clusters == 24 and "groups of topic" in row.method
    assert row.population == "toy_exam, w1 letters 0-shot, norm=none"
    assert {one.respondent: (one.best, one.worst) for one in found.places} == {"tuned": (1, 1), "base": (2, 2)}


def test_swapping_the_two_swaps_the_finding() -> None:
    answers = {"base": knowing(0.5, 1), "tuned": knowing(0.8, 2)}
    turned = compare(laid_out(part(dict(reversed(answers.items())))), Asked("accuracy")).differences[0]
    straight = compare(laid_out(part(answers)), Asked("accuracy")).differences[0]
    assert turned.outcome == "first scores higher"
    assert (turned.value, turned.low, turned.p) == pytest.approx((-straight.value, -straight.high, straight.p))


def test_two_that_know_as_much_are_equivalent_only_where_a_size_was_declared() -> None:
    # one is the other but for one item of every topic
    def nearly(question: Question) -> int:
        return toys.right(MADE)(question) if question.id.endswith("-7") else base(question)

    base = knowing(0.6, 3)
    gathered = laid_out(part({"one": base, "other": lambda q: base(q) if q.id.endswith("-3") else nearly(q)}))
    assert outcome(compare(gathered, Asked("accuracy"))) != "equivalent"
    found = compare(gathered, Asked("accuracy", smallest_effect=0.1))
    assert outcome(found) in ("equivalent", "differ by less than matters")
    same = compare(laid_out(part({"one": base, "two": base})), Asked("accuracy", smallest_effect=0.1)).differences[0]
    assert same.value == 0 and same.p is None and "cannot be told from nothing" in same.why


@pytest.mark.parametrize(
    ("level", "what"),
    [
        ({"wording": "w2"}, "wording"),
        ({"labels": "digits"}, "labels"),
        ({"context": "shots=5"}, "worked examples"),
        ({"placement": "user"}, "placement"),
        ({"mode": "generate", "decoding": "t=0,p=1,max=8,seed=0"}, "mode"),
        ({"order": "reversed"}, "orders"),
    ],
)
def test_runs_that_were_asked_otherwise_are_not_compared(level: dict[str, str], what: str) -> None:
    runs = part({"base": knowing(0.5, 1)}), part({"tuned": knowing(0.8, 2)}, "other", **level)
    with pytest.raises(Refused, match=what):
        compare(laid_out(*runs), Asked("accuracy"))


def test_several_prompts_are_several_comparisons_corrected_together() -> None:
    answers = {"base": knowing(0.5, 1), "tuned": knowing(0.8, 2)}
    runs = part(answers), part(answers, "more", context="shots=5")
    found = compare(laid_out(*runs), Asked("accuracy"))
    assert {row.population.split(", ")[1] for row in found.differences} == {"w1 letters 0-shot", "w1 letters 5-shot"}
    assert found.tests == 2 and all(row.p_holm == min(1, 2 * row.p) for row in found.differences[:1])


def test_f1_is_compared_where_items_share_labels() -> None:
    made = toys.topical([20] * 24, positive=1.0)
    answers = {"knows": knowing(0.8, 2, made), "yes": lambda q: 0}
    found = compare(laid_out(part(answers, made=made), made=made), Asked("macro_f1"))
    assert outcome(found) == "first scores higher" and found.differences[0].unit == "F1"
    assert found.differences[0].second_closeness == pytest.approx(1 / 3)


def test_surveys_have_no_accuracy() -> None:
    survey = replace(MADE, exam=None, gold={})
    with pytest.raises(BadStudy, match="an instrument with a key"):
        compare(laid_out(part({"a": lambda q: 0, "b": lambda q: 1}), made=survey), Asked("accuracy"))


def test_tests_hold_their_level_when_topics_differ_in_luck() -> None:
    """Two respondents of equal knowledge whose luck goes by topic: items alone would call a quarter different."""
    made, hits, reps = toys.topical([10] * 20, clusters="topic"), 0, 50
    rng, right = np.random.default_rng(9), toys.right(made)
    for _ in range(reps):
        knows = []
        for _ in range(2):
            luck = rng.beta(2, 2, 20)
            knows.append({q.id: bool(rng.random() < luck[int(q.tagged("topic")[1:])]) for q in made.questions})
        answers = {
            f"r{k}": (lambda q, known=known: right(q) if known[q.id] else (right(q) + 1) % 2)
            for k, known in enumerate(knows)
        }
        hits += compare(laid_out(part(answers, made=made), made=made), Asked("accuracy")).differences[0].p <= 0.05
    assert hits / reps < 0.15
