"""Benchmarks: reference numbers of real keys, planted respondents with one fault each, modes and prompts kept apart."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from tawazun.estimates import Estimate
from tawazun.instruments import Exam, Instrument, Question, Template, instrument
from tawazun.interview import make_plan
from tawazun.measures import measure_answers
from tawazun.populations.records import HUMANS
from tawazun.respondents import Respondent, Settings, make_respondent
from tests.measures import exam_toys as toys
from tests.measures.by_hand import answers, one
from tests.toys import study, toy

SHEET = "prompt=w1 letters 0-shot;norm=none"


def value(rows: list[Estimate], respondent: str = "model", facet: str = SHEET, group: str = "") -> float:
    found = one(rows, respondent=respondent, facet=facet, group=group).value
    assert found is not None
    return found


# ---- reference numbers


def test_baselines_of_acva_are_those_that_were_published(data_folder: Path) -> None:
    acva = toys.acva(data_folder)
    cells = toys.choosing(acva, lambda question: 0, language="ar")
    shares, f1 = (toys.scores(name, acva, cells) for name in ("accuracy", "macro_f1"))
    for floor, accuracy, score in (
        ("always-yes", 0.600, 0.375),
        ("group-majority", 0.642, 0.596),
        ("random", 0.500, 0.495),
    ):
        assert value(shares, f"floor:{floor}", "") == pytest.approx(accuracy, abs=5e-4)
        assert value(f1, f"floor:{floor}", "") == pytest.approx(score, abs=5e-4)
    assert value(f1) == pytest.approx(0.375, abs=5e-4)
    above = one(f1, facet=f"{SHEET};above the best floor")
    assert above.reference == "floor:others-majority" and above.high < 0
    whole = one(shares, facet=SHEET, group="")
    assert "58 groups of topic" in whole.method and 0.09 < whole.high - whole.low < 0.11
    assert "read off the key" in one(shares, respondent="floor:group-majority", group="").method


def test_baselines_of_aratrust_are_those_that_were_published(data_folder: Path) -> None:
    aratrust = toys.aratrust(data_folder)
    rows = toys.scores("accuracy", aratrust, toys.choosing(aratrust, lambda question: 2, language="ar"))
    assert value(rows, facet=f"{SHEET};pooled") == pytest.approx(191 / 522)
    # the first of those that tie would score 33.7 %
    assert value(rows, "floor:longest", "pooled") == pytest.approx(0.349, abs=5e-4)
    each = [row.value for row in rows if row.respondent == "model" and row.group.startswith("category:")]
    assert len(each) == 8 and value(rows) == pytest.approx(np.mean(each))
    assert toys.scores("macro_f1", aratrust, toys.choosing(aratrust, lambda question: 2)) == []


# ---- against scikit-learn


@given(st.integers(2, 40), st.integers(0, 2**31))
def test_scores_agree_with_scikit_learn(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = toys.topical([count], clusters="", groups=())
    said = {question.id: int(rng.integers(2)) for question in made.questions}
    cells = toys.choosing(made, lambda question: said[question.id])
    gold = [made.gold[item] for item in said]
    given_ = [at + 1.0 for at in said.values()]
    assert value(toys.scores("accuracy", made, cells)) == pytest.approx(accuracy_score(gold, given_))
    expected = f1_score(gold, given_, average="macro", labels=np.unique(gold))
    assert value(toys.scores("macro_f1", made, cells)) == pytest.approx(expected)


# ---- planted respondents


def test_one_that_always_says_yes_is_seen() -> None:
    made = toys.topical([30] * 20, positive=1.0)
    rows = toys.scores("macro_f1", made, toys.choosing(made, lambda question: 0))
    assert value(rows, facet=f"{SHEET};share answering yes") == 1.0
    assert value(rows, facet=f"{SHEET};recall of no") == 0.0
    assert value(rows) == value(rows, "floor:always-yes", "") == pytest.approx(1 / 3)


def test_one_that_is_right_on_one_topic_only_is_seen() -> None:
    made = toys.topical([40, 40, 40], options=4)
    right = toys.right(made)
    cells = toys.choosing(made, lambda q: right(q) if q.tagged("topic") == "t1" else (right(q) + 1) % 4)
    rows = toys.scores("accuracy", made, cells)
    assert [value(rows, group=f"topic:t{k}") for k in range(3)] == [0.0, 1.0, 0.0]
    assert value(rows) == pytest.approx(1 / 3)
    assert one(rows, respondent="model", group="topic:t1").low > 0.9
    assert "3 of topic, under 20, are too few" in one(rows, facet=SHEET, group="").method


@pytest.mark.parametrize("mode", ["logprob", "generate"])
def test_refusals_count_as_wrong(mode: str) -> None:
    made = toys.topical([10, 10])
    right = toys.right(made)
    cells = toys.choosing(made, lambda q: right(q) if q.tagged("topic") == "t0" else -1, mode=mode, decoding="t=0")
    facet = SHEET if mode == "logprob" else "prompt=w1 letters 0-shot"
    rows = toys.scores("accuracy", made, cells)
    whole = one(rows, respondent="model", facet=facet, group="")
    assert (whole.value, whole.n) == (0.5, 20.0)
    refusals = one(toys.scores("refusal_rate", made, cells))
    assert refusals.value == 0.5
    share = toys.scores("macro_f1", made, cells)
    assert value(share, facet=f"{facet};share answering yes") == 0.25


def test_what_was_not_asked_is_left_out_and_said() -> None:
    made = toys.topical([10])
    cells = toys.choosing(made, toys.right(made))[:7]
    made = replace(made, exam=Exam(groups=()))
    row = one(toys.scores("accuracy", made, [*cells, {"question": "t0-8", "p": None, "refused": None, "unread": None}]),
              respondent="model", facet=SHEET)  # fmt: skip
    assert row.n == 7 and "1 left out without an answer" in row.method


def test_a_majority_of_small_groups_reads_the_key_and_that_of_the_others_does_not() -> None:
    rng = np.random.default_rng(2)
    made = toys.topical([4] * 60, options=3)
    made = replace(made, gold={question.id: float(rng.integers(1, 4)) for question in made.questions})
    rows = toys.scores("accuracy", made, toys.choosing(made, lambda question: 0))
    assert value(rows, "floor:group-majority", "") > 0.55
    assert value(rows, "floor:others-majority", "") < 0.43
    assert one(rows, facet=f"{SHEET};above the best floor").reference != "floor:group-majority"


def test_refused_and_unread_replies_stand_beside_every_prompt() -> None:
    made = toys.topical([10])
    reply = {"mode": "sample", "decoding": "t=1", "p": [0.5, 0.1], "n": 10.0}
    lost = {"": (0.4, 0.0), "shots=5": (0.0, 0.4)}
    cells = [
        {"question": question.id, "context": context, "refused": refused, "unread": unread, **reply}
        for context, (refused, unread) in lost.items()
        for question in made.questions
    ]
    rows = toys.scores("accuracy", made, cells)
    found = {
        row.facet: row.value
        for row in rows
        if row.respondent == "model" and row.facet.endswith((";refused", ";unread"))
    }
    expected = {
        "prompt=w1 letters 0-shot;refused": 0.4, "prompt=w1 letters 0-shot;unread": 0.0,
        "prompt=w1 letters 5-shot;refused": 0.0, "prompt=w1 letters 5-shot;unread": 0.4,
    }  # fmt: skip
    assert found == pytest.approx(expected)


# ---- modes, prompts and rules


def texts_exam() -> Instrument:
    """Two items whose right option is long, and one template over them."""
    items = [toys.item(f"q{k}", ("oak", "a weeping willow")) for k in (1, 2)]
    made = toys.exam(items, {"q1": 2.0, "q2": 2.0})
    return replace(made, templates=(Template("bare", "en"),))


def test_one_read_out_is_marked_with_and_without_length() -> None:
    made = texts_exam()
    loglik = [[-3.0, -8.0], [-1.0, -8.0]]
    cells = [
        {"question": f"q{k + 1}", "p": [0.9, 0.1], "loglik": loglik[k], "labels": "cloze", "wording": "bare"}
        for k in range(2)
    ]
    rows = toys.scores("accuracy", made, cells)
    prompt = "prompt=bare cloze 0-shot"
    # per character: -1 against -.5, and -.33 against -.5
    assert value(rows, facet=f"{prompt};norm=none") == 0.0 and value(rows, facet=f"{prompt};norm=chars") == 0.5
    assert value(rows, "floor:longest", "") == 1.0


def test_ties_are_shared_and_shares_are_read_where_there_is_no_likelihood() -> None:
    made = texts_exam()
    rows = toys.scores("accuracy", made, [{"question": "q1", "p": [0.5, 0.5]}, {"question": "q2", "p": [0.4, 0.6]}])
    assert value(rows) == 0.75


def test_replies_are_marked_by_their_shares_and_modes_stand_apart() -> None:
    made = texts_exam()
    cells = [{"question": "q1", "p": [0.3, 0.6], "unread": 0.1, "n": 10.0, "mode": "sample", "decoding": "t=1"}]
    rows = toys.scores("accuracy", made, [*cells, {"question": "q1", "p": [0.4, 0.6]}])
    assert value([r for r in rows if r.mode == "sample"], facet="prompt=w1 letters 0-shot") == pytest.approx(0.6)
    assert value([r for r in rows if r.mode == "logprob"]) == 1.0


def test_every_prompt_is_a_score_of_its_own_and_orders_are_pooled() -> None:
    made = texts_exam()
    levels: list[dict[str, Any]] = [
        {}, {"context": "shots=5"}, {"wording": "bare"}, {"labels": "digits"}, {"placement": "user"},
        {"order": "reversed"},
    ]  # fmt: skip
    cells = [{"question": "q1", "p": [0.0, 1.0] if k < 5 else [1.0, 0.0], **level} for k, level in enumerate(levels)]
    rows = [row for row in toys.scores("accuracy", made, cells) if row.respondent == "model"]
    found = {row.facet.removesuffix(";norm=none").removeprefix("prompt="): row.value for row in rows
             if "floor" not in row.facet}  # fmt: skip
    assert found == {
        "w1 letters 0-shot": 0.5, "w1 letters 5-shot": 1.0, "bare letters 0-shot": 1.0, "w1 digits 0-shot": 1.0,
        "w1 letters 0-shot in-user": 1.0,
    }  # fmt: skip


def test_views_and_suspected_keys_stand_beside_the_score() -> None:
    made = toys.topical([4], clusters="", groups=(), suspect={"t0-1": 1.0}, views={"deduplicated": frozenset({"t0-0"})})
    rows = toys.scores("accuracy", made, toys.choosing(made, lambda question: 0))
    assert value(rows) == 0.5
    assert value(rows, facet=f"{SHEET};key=suspected") == 0.75
    assert value(rows, facet=f"{SHEET};view=deduplicated") == 1.0
    assert value(rows, "floor:position-1", "key=suspected") == 0.75


# ---- questions made of statements


def bundled(questions: int) -> Instrument:
    """Four statements a question, one of them true."""
    made = [
        toys.item(f"q{q}-{s}", ("true", "false"), f"question:{q}", f"region:{q % 3}")
        for q in range(questions)
        for s in range(4)
    ]
    gold = {one.id: 1.0 if one.id.endswith(f"-{int(one.tagged('question')) % 4}") else 2.0 for one in made}
    return toys.exam(made, gold, bundle="question", positive=1.0, groups=("region",))


def test_a_question_is_right_when_all_its_statements_are() -> None:
    made = bundled(12)
    right = toys.right(made)
    # wrong on one statement of every second question
    cells = toys.choosing(made, lambda q: right(q) if int(q.tagged("question")) % 2 or q.id[-1] > "0" else 1 - right(q))
    rows = toys.scores("accuracy", made, cells)
    assert value(rows) == 0.5 and one(rows, facet=SHEET, group="").n == 12
    assert value(rows, facet=f"{SHEET};statements") == pytest.approx(1 - 6 / 48)
    assert value(rows, "floor:random", "") == 1 / 16 and value(rows, "floor:one-true", "") == 1 / 4
    assert value(rows, "floor:always-yes", "") == 0.0 and value(rows, "floor:random", "statements") == 0.5
    assert one(rows, facet=f"{SHEET};above the best floor").reference == "floor:one-true"


def test_a_question_asked_in_part_is_not_scored() -> None:
    made = bundled(3)
    cells = [cell for cell in toys.choosing(made, toys.right(made)) if cell["question"] != "q1-2"]
    row = one(toys.scores("accuracy", made, cells), respondent="model", facet=SHEET, group="")
    assert (row.value, row.n) == (1.0, 2.0)


# ---- whole studies


def planted(options: dict[str, Any], **ask: Any) -> pl.DataFrame:
    """Scores of the planted respondent on the facts of its world, in memory."""
    facts = instrument("atlas_facts")
    asked = {"instruments": ["atlas_facts"], "personas": ["none"], "languages": ["en"], **ask}
    made = study(ask=asked, measure={"measures": ["accuracy", "permutation_consistency", "macro_f1"]})
    respondent = make_respondent(Settings(name="planted", kind="planted", options=options))
    assert isinstance(respondent, Respondent)
    asks = list(make_plan(made, [facts]))
    outcomes = respondent.answer(asks, made.ask.samples, made.seed)
    cells = list(_cells(asks, outcomes))
    found = measure_answers(made, answers(facts, cells), pl.DataFrame(schema=HUMANS), [facts])
    return pl.DataFrame([{name: getattr(row, name) for name in Estimate.__slots__} for row in found])


def _cells(asks: Any, outcomes: Any) -> Iterator[dict[str, Any]]:
    for ask, outcome in zip(asks, outcomes, strict=True):
        framing = {name: getattr(ask.framing, name) for name in type(ask.framing).__slots__}
        shown = {name: getattr(outcome, name) for name in ("p", "off_menu", "refused", "unread", "n", "text")}
        yield {"question": ask.question.id, **framing, **{k: list(v) if k == "p" else v for k, v in shown.items()}}


def test_the_planted_respondent_knows_the_facts_of_its_world() -> None:
    table = planted({}, orders=["forward", "reversed"])
    own = table.filter(pl.col("respondent") == "floor")
    assert own.is_empty()
    whole = table.filter((pl.col("measure") == "accuracy") & (pl.col("facet") == SHEET) & (pl.col("group") == ""))
    assert whole["value"].to_list() == [1.0]
    assert table.filter(pl.col("measure") == "macro_f1").is_empty()
    stays = table.filter(pl.col("facet") == f"{SHEET};same option in every order")
    assert stays["value"][0] == 1.0


@pytest.mark.parametrize("mode", ["logprob", "sample"])
def test_a_planted_liking_for_the_first_position_is_seen(mode: str) -> None:
    table = planted({"order_bias": 0.9}, orders=["forward", "reversed"], mode=mode, samples=20)
    prompt = SHEET if mode == "logprob" else "prompt=w1 letters 0-shot"
    rows = {row["facet"].removeprefix(f"{prompt};"): row for row in table.iter_rows(named=True)
            if row["measure"] == "permutation_consistency" and row["respondent"] != "floor:random"}  # fmt: skip
    assert rows["right option shown at 1"]["low"] > 0.8 and rows["right option shown at 4"]["high"] < 0.35
    assert rows["picks shown at 1"]["value"] > 0.8


def test_surveys_and_benchmarks_without_a_key_have_no_such_rows() -> None:
    survey = toy()
    cells = [{"question": question.id, "p": [0.25] * 4} for question in survey.questions]
    for measure in ("accuracy", "macro_f1", "sem_b", "sem_w", "permutation_consistency"):
        assert toys.scores(measure, survey, cells) == []
        assert toys.scores(measure, replace(survey, exam=Exam()), cells) == []


def test_no_number_is_made_from_nothing() -> None:
    made = toys.topical([5])
    broken: list[Question] = list(made.questions)
    cells = [{"question": q.id, "p": None, "refused": 1.0, "unread": 0.0, "off_menu": None} for q in broken]
    row = one(toys.scores("accuracy", made, cells), respondent="model", facet=SHEET, group="")
    assert row.value == 0.0 and row.low == 0.0 and row.high > 0.3
