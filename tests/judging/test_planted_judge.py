"""Faults planted in a judge are found by its yield, its position bias and its agreement with people, by country."""

from pathlib import Path

import polars as pl
import pytest

from tawazun.errors import BadStudy
from tawazun.respondents import Settings, make_respondent
from tawazun.runs import Run
from tests.judging.planted import COUNTRIES, grades, judged, pairs


def value(run: Run, measure: str, facet: str = "", group: str = "", respondent: str = "judge") -> float:
    """The one value of a measure; the facet is what comes after the prompt."""
    found = run.scores.filter(
        (pl.col("measure") == measure) & (pl.col("group") == group) & (pl.col("respondent") == respondent)
    ).filter(pl.col("facet").str.replace(r"^prompt=[^;]*;?", "") == facet)
    assert found.height == 1, found
    row = found.row(0, named=True)
    assert row["value"] is not None, row
    assert row["low"] is None or row["low"] <= row["value"] <= row["high"]
    return float(row["value"])


def test_a_faultless_judge_passes(tmp_path: Path) -> None:
    run = judged(tmp_path / "run", pairs(tmp_path / "p.jsonl"), "pairs")
    assert value(run, "judge_yield") == 1.0
    assert value(run, "judge_position_bias") == 0.0
    assert value(run, "judge_position_bias", "lean") == 0.0
    for group in ("", *(f"country:{code}" for code in COUNTRIES)):
        assert value(run, "agreement", "share", group) == 1.0
        assert value(run, "agreement", "kappa", group) == pytest.approx(1.0)
        assert value(run, "agreement", "alpha", group) == pytest.approx(1.0)
        assert value(run, "agreement", "share", group, "ceiling:people") == 1.0


@pytest.mark.parametrize(("bias", "sign"), [(0.6, 1), (-0.6, -1)])
def test_position_bias_is_found_with_its_direction(tmp_path: Path, bias: float, sign: int) -> None:
    run = judged(tmp_path / "run", pairs(tmp_path / "p.jsonl", 120), "pairs", position_bias=bias)
    # one order of every pair shows the worse answer at the favoured place
    assert value(run, "judge_position_bias") == pytest.approx(0.6, abs=0.12)
    assert sign * value(run, "judge_position_bias", "lean") == pytest.approx(0.6, abs=0.12)
    assert value(run, "judge_yield") == pytest.approx(0.4, abs=0.12)
    assert value(run, "judge_yield", "first" if sign > 0 else "last") == pytest.approx(0.6, abs=0.12)
    # what was kept is still right
    assert value(run, "agreement", "share") == 1.0


def test_noise_lowers_the_yield_and_leans_nowhere(tmp_path: Path) -> None:
    run = judged(tmp_path / "run", pairs(tmp_path / "p.jsonl", 200), "pairs", noise=1.0)
    assert value(run, "judge_yield") == pytest.approx(0.5, abs=0.12)
    assert value(run, "judge_position_bias", "lean") == pytest.approx(0.0, abs=0.15)
    assert value(run, "agreement", "share") == pytest.approx(0.5, abs=0.15)
    assert value(run, "agreement", "kappa") == pytest.approx(0.0, abs=0.3)


def test_a_country_blind_judge_is_caught_in_the_country_it_does_not_see(tmp_path: Path) -> None:
    run = judged(tmp_path / "run", pairs(tmp_path / "p.jsonl"), "pairs", country_blind=1.0)
    assert value(run, "judge_yield") == 1.0 and value(run, "judge_position_bias") == 0.0
    assert value(run, "agreement", "share", "country:EGY") == 1.0
    assert value(run, "agreement", "share", "country:MAR") == 0.0
    assert value(run, "agreement", "kappa", "country:MAR") < -0.5


def test_unread_verdicts_are_counted_and_never_dropped(tmp_path: Path) -> None:
    run = judged(tmp_path / "run", pairs(tmp_path / "p.jsonl", 100), "pairs", fails=0.3)
    failed = value(run, "judge_yield", "failed")
    assert failed == pytest.approx(1 - 0.7**2, abs=0.14)
    assert value(run, "judge_yield") == pytest.approx(1 - failed)
    shares = run.scores.filter((pl.col("measure") == "judge_yield") & (pl.col("group") == ""))
    assert shares["value"].sum() == pytest.approx(1.0) and set(shares["n"]) == {100.0}


def test_a_pair_that_fails_in_every_cell_is_counted_too(tmp_path: Path) -> None:
    file = pairs(tmp_path / "p.jsonl", 10)
    file.write_text(file.read_text().replace("Answer 0 to 3 [q", "Answer 0 to 3 [x"))
    run = judged(tmp_path / "run", file, "pairs")
    assert value(run, "judge_yield", "failed") == pytest.approx(0.1)
    assert value(run, "judge_yield") == pytest.approx(0.9)
    assert value(run, "judge_yield", group="country:MAR") == pytest.approx(0.8)


def test_length_bias_loses_people(tmp_path: Path) -> None:
    file = pairs(tmp_path / "p.jsonl")
    text = file.read_text().replace("Answer 0", "Answer, as long as can be, with nothing in it, which goes on and on")
    file.write_text(text)
    fair, biased = (judged(tmp_path / f"run{bias}", file, "pairs", length_bias=bias) for bias in (0, 10))
    assert value(fair, "agreement", "share") == 1.0
    assert value(biased, "agreement", "share") == pytest.approx(0.5, abs=0.05)
    assert value(biased, "judge_position_bias") == 0.0
    # people prefer the long answer in half of the pairs; so does the fair judge
    for run, share in ((fair, 0.5), (biased, 1.0)):
        assert value(run, "judge_length_bias") == value(run, "judge_length_bias", "labelled") == share
        assert value(run, "judge_length_bias", "people") == 0.5


def test_answers_of_one_length_and_one_order_give_no_length_bias(tmp_path: Path) -> None:
    same = judged(tmp_path / "same", pairs(tmp_path / "p.jsonl", 8), "pairs")
    once = judged(tmp_path / "once", tmp_path / "p.jsonl", "pairs", ask={"orders": ["forward"]})
    for run, why in ((same, "nothing to take a share of"), (once, "one order")):
        row = run.scores.filter(measure="judge_length_bias")
        assert row["value"].to_list() == [None] and why in row["why"][0]


def test_read_outs_give_the_same_verdicts(tmp_path: Path) -> None:
    run = judged(tmp_path / "run", pairs(tmp_path / "p.jsonl"), "pairs", ask={"mode": "logprob"}, position_bias=1.0)
    assert value(run, "judge_yield") == 0.0 and value(run, "judge_position_bias", "lean") == 1.0


def test_one_order_alone_is_no_verdict(tmp_path: Path) -> None:
    run = judged(tmp_path / "run", pairs(tmp_path / "p.jsonl"), "pairs", ask={"orders": ["forward"]})
    rows = run.scores.filter(pl.col("measure").is_in(["judge_yield", "judge_position_bias"]))
    assert rows.height == 2 and rows["value"].null_count() == 2 and "one order" in rows["why"][0]


def test_grades_agree_with_people_and_make_a_ratio(tmp_path: Path) -> None:
    run = judged(tmp_path / "run", grades(tmp_path / "g.jsonl"), "grades", ask={"seeds": [0, 1, 2]})
    assert value(run, "agreement", "spearman") == pytest.approx(1.0)
    assert value(run, "agreement", "alpha") > 0.9
    assert value(run, "agreement", "spearman", respondent="ceiling:people") > 0.75
    a = sum(k % 9 for k in range(24)) / (8 * 24)
    for treatment in ("failed=left out", "failed=0"):
        assert value(run, "judge_ratio", treatment, "system:a") == pytest.approx(a)
        assert value(run, "judge_ratio", treatment, "system:b") == pytest.approx(0.5)
        assert value(run, "judge_ratio", f"{treatment};sd over runs", "system:b") == 0.0
    assert value(run, "judge_ratio", "failed", "system:a") == 0.0


def test_failed_grades_are_counted_and_shown_both_ways(tmp_path: Path) -> None:
    file = grades(tmp_path / "g.jsonl", 60)
    run = judged(tmp_path / "run", file, "grades", ask={"seeds": [0, 1, 2]}, fails=0.2)
    assert value(run, "judge_ratio", "failed", "system:b") == pytest.approx(0.2, abs=0.08)
    left_out, as_zero = (value(run, "judge_ratio", f"failed={how}", "system:b") for how in ("left out", "0"))
    assert left_out == pytest.approx(0.5)
    assert as_zero != pytest.approx(0.5, abs=1e-6)
    assert value(run, "judge_ratio", "failed=0;sd over runs", "system:b") > 0
    row = run.scores.filter((pl.col("measure") == "agreement") & (pl.col("respondent") == "judge")).row(0, named=True)
    assert "of 180 answers" in row["method"]


def test_a_noisy_judge_of_grades_loses_its_correlation(tmp_path: Path) -> None:
    run = judged(tmp_path / "run", grades(tmp_path / "g.jsonl", 40), "grades", noise=1.0)
    assert abs(value(run, "agreement", "spearman")) < 0.35


@pytest.mark.parametrize("options", [{"position_bias": 2}, {"fails": -0.1}, {"noise": True}, {"mood": 1}])
def test_impossible_faults_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(BadStudy, match="respondent x"):
        make_respondent(Settings("x", "planted_judge", options=options))
