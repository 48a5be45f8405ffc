"""The few lines that a run prints: a benchmark's own measure of every respondent before anything else."""

import polars as pl
import pytest

from tawazun.cli.output import _headlines
from tawazun.estimates import Estimate, scores_table

MOST = 12


def table(respondents: int, prompts: int) -> pl.DataFrame:
    """Accuracy, then macro F1, of each respondent under each prompt."""
    rows = [
        Estimate(
            measure, f"model {who}", "exam", persona="none", perspective="self", language="ar", value=0.5,
            mode="logprob", facet=f"prompt=w{prompt} letters 0-shot",
        )
        for measure in ("accuracy", "macro_f1")
        for who in range(respondents)
        for prompt in range(prompts)
    ]  # fmt: skip
    return scores_table(rows)


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1"])
@pytest.mark.parametrize(("respondents", "prompts"), [(1, 20), (3, 9), (12, 2), (5, 1)])
def test_the_headline_measure_of_every_respondent_is_printed_first(metric: str, respondents: int, prompts: int) -> None:
    lines = [line for line in _headlines(table(respondents, prompts), MOST, {"exam": metric}) if " on exam " in line]
    assert len(lines) == min(MOST, 2 * respondents * prompts)
    first = lines[:respondents]
    assert all(f": {metric} " in line for line in first)
    assert {line.split(" on ")[0] for line in first} == {f"model {who}" for who in range(respondents)}


def test_what_is_left_out_is_counted() -> None:
    assert _headlines(table(3, 9), MOST, {"exam": "macro_f1"})[-1].startswith("… 42 more scores of benchmarks")
