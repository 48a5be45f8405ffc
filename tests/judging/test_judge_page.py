"""The page and the console say what a judge is worth: what it keeps, how people agree with it, and where least."""

from pathlib import Path

import pytest

from tawazun.cli.verdict_lines import judge_lines
from tawazun.report.headline import Finding, findings
from tawazun.report.material import material
from tawazun.report.words import words
from tawazun.runs import Run
from tests.judging.planted import grades, judged, lines, pairs
from tests.judging.test_recorded_judge import recorded


def told(run: Run) -> tuple[Finding, str]:
    """The one finding of a run, and all it says without mark-up."""
    (found,) = findings(material(run, words("en")))
    return found, " ".join(text.striptags() for text in (found.lead, *found.more))


def test_a_faultless_judge_and_people_stand_side_by_side(tmp_path: Path) -> None:
    run = judged(tmp_path / "run", pairs(tmp_path / "p.jsonl"), "pairs")
    found, text = told(run)
    assert found.tone == "said" and text.startswith("Rubric fit (English, written replies). It kept 100")
    assert "of 40 verdicts" in text and "0 went to whatever stood first" in text
    assert "are what most people said (40 pairs)" in text and "A person agrees with most of the others in 100" in text
    assert "What each judge\u2019s verdicts are worth" in (run.path / "report.html").read_text(encoding="utf-8")
    assert [line.split(":")[0] for line in judge_lines(run.scores, 9)] == ["judge on pairs"] * 2


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ({"position_bias": 1.0}, "40 went to whatever stood first"),
        ({"position_bias": -1.0}, "0 went to whatever stood first, 40 to whatever stood last"),
        ({"country_blind": 1.0}, "Least for Morocco, 0"),
    ],
)
def test_a_planted_fault_is_in_the_sentences(tmp_path: Path, faults: dict[str, float], said: str) -> None:
    run = judged(tmp_path / "run", pairs(tmp_path / "p.jsonl"), "pairs", ask=None, **faults)
    assert said in told(run)[1]


def test_a_judge_that_likes_length_stands_beside_people(tmp_path: Path) -> None:
    file = pairs(tmp_path / "p.jsonl")
    file.write_text(file.read_text().replace("Answer 0", "Answer, as long as can be, with nothing in it, on and on"))
    text = told(judged(tmp_path / "run", file, "pairs", length_bias=10))[1]
    assert "Of 40 kept verdicts on labelled pairs 100" in text and "of people\u2019s on the same pairs, 50" in text


def test_a_silent_judge_is_not_to_be_read(tmp_path: Path) -> None:
    found, text = told(judged(tmp_path / "run", pairs(tmp_path / "p.jsonl"), "pairs", fails=1.0))
    assert found.tone == "withheld" and "unread rate 1.000" in text and "How close" not in text


def test_one_order_says_so_and_gives_no_agreement(tmp_path: Path) -> None:
    run = judged(tmp_path / "run", pairs(tmp_path / "p.jsonl"), "pairs", ask={"orders": ["forward"]})
    assert "No verdict counts: judged in one order only" in told(run)[1]
    row = run.scores.filter(measure="agreement", respondent="judge")
    assert row["value"].to_list() == [None] and "one order only" in row["why"][0]


def test_answers_that_nobody_labelled_make_no_claim(tmp_path: Path) -> None:
    rows = [{"id": f"x{k}", "prompt": "p", "answer_1": f"a{k} [q=3]", "answer_2": f"b{k} [q=5]"} for k in range(6)]
    run = judged(tmp_path / "run", lines(tmp_path / "x.jsonl", rows), "pairs")
    assert "No person labelled these answers" in told(run)[1]


def test_grades_are_ranked_beside_people_and_make_ratios(tmp_path: Path) -> None:
    text = told(judged(tmp_path / "run", grades(tmp_path / "g.jsonl"), "grades", ask={"seeds": [0, 1, 2]}))[1]
    assert "as people\u2019s do by a correlation of 1.00" in text and "Answers of b get 0.5" in text
    assert "times the grades of turbo; failed grades: 0." in text


def test_a_judge_that_always_says_seven_is_found_out(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"question": f"{system}{k}", "text": "7/10"} for k in range(24) for system in ("a", "b", "turbo")
    ]
    run = recorded(tmp_path, "grades", rows, {"wording": "help"})
    why = "the judge gives every answer the same grade"
    text = told(run)[1]
    assert f"How far people agree with it cannot be said: {why}." in text and text.count(why) == 3
    ratio = run.scores.filter(measure="judge_ratio").filter(run.scores.filter(measure="judge_ratio")["value"] == 1.0)
    assert ratio.height == 4 and ratio["low"].null_count() == 4 and all(why in one for one in ratio["why"])
