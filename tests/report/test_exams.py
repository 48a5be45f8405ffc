"""Benchmarks on the page: the score beside the best floor, told apart or not, never one prompt against another."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.estimates import Estimate
from tawazun.instruments import instrument, instrument_names
from tawazun.report import page
from tawazun.report.exam_names import floor_text
from tawazun.report.exams import ABOVE, Mark, bench
from tawazun.report.headline import findings
from tawazun.report.material import material
from tawazun.report.words import words
from tests.report.parsed import Parsed, parsed
from tests.report.test_hostile import ATTACKS
from tests.report.toy_run import (
    SOURCE,
    Texts,
    answers,
    estimate,
    floor,
    humans,
    questions,
    sources,
    toy_study,
    write_run,
)

TEXTS = Texts()
W1, W2 = "prompt=w1 letters 0-shot", "prompt=w2 letters 2-shot;norm=chars"


def score(texts: Texts = TEXTS, **changes: Any) -> Estimate:
    """The toy respondent's accuracy under the first prompt."""
    common = {"measure": "accuracy", "population": "", "persona": "none", "perspective": "self", "facet": W1, "n": 40}
    common |= {"value": 0.7, "low": 0.55, "high": 0.82, "mode": "generate", "source": "", "unit": "share of points"}
    return estimate(texts, **{**common, **changes})


def scored(texts: Texts = TEXTS) -> list[Estimate]:
    """Two prompts in two measures, a second score, a group, what was lost, and three floors."""
    return [
        score(texts),
        score(texts, facet=f"{W1};{ABOVE}", value=0.3, low=0.1, high=0.5, reference="floor:longest"),
        score(texts, facet=f"{W1};view=deduplicated", value=0.6, low=0.4, high=0.8),
        score(texts, facet=f"{W1};view=deduplicated;{ABOVE}", value=0.05, low=-0.1, high=0.2, reference="floor:random"),
        score(texts, facet=f"{W1};key=suspected", value=0.65, low=0.45, high=0.8),
        score(texts, facet=f"{W1};refused", value=0.1, low=0.05, high=0.2),
        score(texts, facet=f"{W1};unread", value=0.2, low=0.1, high=0.3),
        score(texts, group=f"topic:{texts.title}", value=0.75, low=0.5, high=0.9),
        score(texts, facet=W2, value=0.9, low=0.8, high=0.96),
        score(texts, facet=f"{W2};{ABOVE}", value=0.5, low=None, high=None, reference="floor:longest", why="one unit"),
        score(texts, measure="macro_f1", value=0.44, low=0.3, high=0.6),
        floor("random", 0.25, "", measure="accuracy", language="en"),
        floor("longest", 0.4, "", measure="accuracy", language="en"),
        floor("position-2", 0.3, "", measure="accuracy", language="en"),
        floor("longest", 0.55, "", measure="accuracy", language="en", facet="view=deduplicated"),
    ]


def toy_exam(texts: Texts = TEXTS, metric: str = "accuracy", redistribute: str = "yes") -> list[dict[str, Any]]:
    figure = {"who": texts.respondent, "metric": metric, "value": 0.8123, "setting": texts.why, "source": texts.cite}
    exam = {"metric": metric, "over": "", "groups": ["topic"], "published": [figure]}
    return [{**sources(texts)[0], **SOURCE, "redistribute": redistribute, "exam": exam}]


def benchmark_page(path: Path, scores: Sequence[Estimate], texts: Texts = TEXTS, **parts: Any) -> Parsed:
    parts = {"humans": humans(()), "sources": toy_exam(texts), "study": toy_study(texts, measure={}), **parts}
    return parsed(page(write_run(path, scores, texts, answers=answers(texts, ("none",)), **parts)))


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Parsed:
    return benchmark_page(tmp_path_factory.mktemp("exam") / "run", scored())


def plain(text: str) -> str:
    return " ".join(text.replace("\xa0", " ").split())


def test_the_first_screen_says_the_score_and_whether_it_is_told_from_the_best_floor(document: Parsed) -> None:
    first = plain(document.one("answer").text)
    assert "toy model has accuracy 0.70 [0.55, 0.82] on Toy" in first
    assert "wording w1, labels letters, no worked examples" in first
    assert "better than the best trivial floor, always the longest option (0.40): difference 0.30 [0.10, 0.50]" in first
    assert "whether the two differ cannot be said: one unit" in first  # the second prompt has no interval there
    assert "names no people" not in first and "How close" not in first


@pytest.mark.parametrize(
    ("low", "high", "said"), [(0.01, 0.4, "better than"), (-0.4, -0.01, "worse than"), (-0.1, 0.4, "not told apart")]
)
def test_words_say_no_more_than_the_interval(tmp_path: Path, low: float, high: float, said: str) -> None:
    gap = score(facet=f"{W1};{ABOVE}", value=(low + high) / 2, low=low, high=high, reference="floor:random")
    first = plain(benchmark_page(tmp_path / "run", [score(), gap]).one("answer").text)
    assert f"{said} " in first
    assert sum(words_ in first for words_ in ("better than", "worse than", "not told apart")) == 1


@given(st.floats(-1, 1), st.floats(0, 1))
def test_better_and_worse_need_the_whole_interval(value: float, half: float) -> None:
    row = {"value": value, "low": value - half, "high": value + half, "reference": "floor:random"}
    told = Mark({"value": 0.5, "low": None, "high": None}, row).told
    if half < 1e-10:
        assert told == ("same" if value == 0 else "unsure")
    elif told == "better":
        assert value - half > 0
    elif told == "worse":
        assert value + half < 0


def test_a_closed_gate_withholds_the_score(tmp_path: Path) -> None:
    closed = score(interpretable=False, why="not interpretable: unread rate 0.6 is above the gate 0.1")
    made = benchmark_page(tmp_path / "run", [closed])
    assert "unread rate 0.6 is above the gate" in made.one("answer").text
    assert "0.70" not in made.one("answer").text and "gate closed" in made.one("benchmarks").text


def test_a_benchmark_that_no_measure_marked_says_so(tmp_path: Path) -> None:
    made = benchmark_page(tmp_path / "run", [])
    assert "chose no measure that marks a benchmark" in made.one("answer").text and not made.has("benchmarks")


def test_the_section_has_every_number_of_every_prompt(document: Parsed) -> None:
    section = plain(document.one("benchmarks").text)
    for part in (
        "0.70 [0.55, 0.82]", "0.44 [0.30, 0.60]", "0.60 [0.40, 0.80]", "0.65 [0.45, 0.80]", "10.0 % [5.0, 20.0]",
        "20 % [10, 30]", "0.75 [0.50, 0.90]", "by probability per character", "Only deduplicated items",
        "With the suspected keys", "always option 2", "best floor: guessing 0.55", "anything real", "CC0-1.0",
        "other prompts: not to be ranked with these", "0.812",
    ):  # fmt: skip
        assert part in section, part


def test_pictures_say_the_score_and_the_floors(document: Parsed) -> None:
    inside = [one.attributes for one in document.all("svg") if one.attributes.get("role") == "img"]
    said = [own["aria-label"] for own in inside if "Floors:" in own.get("aria-label", "")]
    assert len(said) == 2 and "accuracy 0.70 [0.55, 0.82]" in said[0]
    assert "guessing 0.250, always the longest option 0.400, always option 2 0.300" in said[0]


def test_prompts_stand_in_the_order_asked_not_by_their_score(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", list(reversed(scored())), TEXTS, humans=humans(()), sources=toy_exam())
    found = bench(material(run, words("en")), "toy")
    assert found is not None and [line.prompt[:2] for line in found.lines] == ["w1", "w2"]
    assert [line.marks["accuracy"].row["value"] for line in found.lines] == [0.7, 0.9]


def test_the_headline_reads_the_measure_that_the_benchmark_names(tmp_path: Path) -> None:
    made = benchmark_page(tmp_path / "run", scored(), sources=toy_exam(metric="macro_f1"))
    assert "has macro F1 0.44 [0.30, 0.60]" in plain(made.one("answer").text)


def test_a_survey_keeps_its_headline_and_the_benchmark_has_its_own_line(tmp_path: Path) -> None:
    made = [estimate(TEXTS), floor("uniform", 0.7), *(score(instrument="exam", facet=W1) for _ in (1,))]
    both = answers(TEXTS, ("EGY",)), answers(TEXTS, ("none",)).with_columns(instrument=pl.lit("exam"))
    exam = {**toy_exam()[0], "name": "exam", "title": "Exam"}
    study = toy_study(TEXTS, ask={"instruments": ["exam", "toy"]})
    run = write_run(
        tmp_path / "run", made, TEXTS, study=study, sources=[*sources(TEXTS), exam], answers=pl.concat(both)
    )
    leads = [plain(str(one.lead.striptags())) for one in findings(material(run, words("en")))]
    assert len(leads) == 2 and "similar to those of the people of Egypt" in leads[0]
    assert "has accuracy 0.70 [0.55, 0.82] on Exam" in leads[1]
    assert "How close" in parsed(page(run)).one("answer").text


@pytest.mark.parametrize(
    ("name", "redistribute", "said"),
    [
        ("toy", "yes", "may be passed on, but are not Tawazun’s own"),
        ("toy", "aggregates", "terms of Toy do not let"),
        ("toy", "no", "terms of Toy do not let"),
        ("custom:mine.jsonl", "aggregates", "those of your own file"),
    ],
)
def test_why_texts_are_not_shown(tmp_path: Path, name: str, redistribute: str, said: str) -> None:
    named = pl.lit(name)
    run = write_run(
        tmp_path / "run",
        [],
        TEXTS,
        study=toy_study(TEXTS, ask={"instruments": [name]}, measure={}),
        questions=questions(TEXTS, shown=False).with_columns(instrument=named),
        answers=answers(TEXTS, ("none",)).with_columns(instrument=named),
        humans=humans(()),
        sources=[{**toy_exam(redistribute=redistribute)[0], "name": name}],
    )
    shown = parsed(page(run)).one("items").text
    assert said in shown and shown.count("ids stand for them") == 1


def test_texts_that_are_shown_need_no_excuse(document: Parsed) -> None:
    assert "ids stand for them" not in document.one("items").text


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_stays_text(tmp_path: Path, attack: str) -> None:
    texts = Texts(respondent=attack.replace("\x00", ""), cite=attack, title=attack, why=attack)
    made = [*scored(texts), score(texts, measure="macro_f1", facet=f"prompt={attack.replace(';', ',')} letters 0-shot")]
    document = benchmark_page(tmp_path / "run", made, texts)
    assert document.faults == [] and document.open == [] and document.has("benchmarks")
    assert not any(name.startswith("on") for one in document.elements for name in one.attributes)
    assert not list(document.all("img")) and sum("type" not in one.attributes for one in document.all("script")) == 1


def test_measures_of_judges_have_labels_in_the_table(tmp_path: Path) -> None:
    rows = [
        score(measure="judge_yield", facet="prompt=w1 letters 0-shot;first"),
        score(measure="agreement", facet=""),
        score(measure="judge_ratio", facet="failed=0"),
    ]
    table = benchmark_page(tmp_path / "run", rows).data("data-scores")
    for label in (
        "judge_yield: verdicts kept when the order is swapped",
        "agreement: of a judge with people",
        "judge_ratio: grades over the reference’s grades",
        "failed=0: failed grades count as 0",
    ):
        assert label in table["texts"]
    assert any(text.endswith("first: whatever stood first won twice") for text in table["texts"])


def test_every_floor_has_words() -> None:
    names = "random majority always-yes group-majority others-majority longest position-3 one-true".split()
    assert [name for name in names if floor_text(words("en"), name) == name] == []


def test_every_shipped_benchmark_reads_a_measure_that_the_page_names() -> None:
    assert "atlas_facts" in instrument_names()
    exam = instrument("atlas_facts").exam
    assert exam is not None and words("en").has(f"exam.measure.{exam.metric}")
