"""Bounds hold what a respondent would have said had it answered, and say when nothing was lost."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tawazun.instruments import Question, pair_codes
from tawazun.measures.bounds import NONE_LOST, UNSEEN, ends, lost_shares, silent
from tawazun.measures.cube import Cube, cube
from tests.measures.planted import planted_study, scored
from tests.toys import toy

ASK = {"personas": ["x-sahelia", "none"], "wordings": 2}
MEASURE = {"measures": ["refusal_bounds", "js_similarity", "index"], "draws": 100}
FACETS = ("item mean", "index without free constants", "js_similarity")


def planted(folder: Path, options: dict[str, Any], ask: dict[str, Any] | None = None) -> pl.DataFrame:
    return scored(planted_study(options, {**ASK, **(ask or {})}, MEASURE), folder / "run")


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """A respondent that never refuses: its own values, by measure."""
    return planted(tmp_path_factory.mktemp("truth"), {})


@pytest.mark.parametrize("options", [{"refuse": 0.3}, {"refuse_value": 0.6}, {"refuse": 0.1, "refuse_value": 0.3}])
def test_the_answers_that_were_withheld_lie_inside(
    truth: pl.DataFrame, options: dict[str, Any], tmp_path: Path
) -> None:
    found = planted(tmp_path, options).filter(pl.col("respondent") == "planted")
    keys = ["persona", "language", "population", "item"]
    for measure, facet in (("js_similarity", FACETS[2]), ("index", FACETS[1])):
        bounds = found.filter((pl.col("measure") == "refusal_bounds") & (pl.col("facet") == facet))
        whole = truth.filter((pl.col("measure") == measure) & (pl.col("respondent") == "planted"))
        both = bounds.join(whole.select(*keys, truth="value"), on=keys)
        assert both.height == bounds.height > 0
        assert ((both["low"] <= both["truth"] + 1e-9) & (both["truth"] <= both["high"] + 1e-9)).all()
        assert ((both["low"] < both["value"]) & (both["value"] < both["high"])).all()
        usual = found.filter(pl.col("measure") == measure).select(*keys, usual="value")
        beside = both.join(usual, on=keys)
        assert beside["value"].to_numpy() == pytest.approx(beside["usual"].to_numpy(), abs=1e-9)
        assert both["level"].null_count() == both.height
    if "refuse_value" in options:
        gap = (both["value"] - both["truth"]).abs().max()
        assert isinstance(gap, float) and gap > 1  # index points: who refuses is not who answers


def test_bounds_stand_where_the_gate_closes_the_rest(tmp_path: Path) -> None:
    found = planted(tmp_path, {"refuse": 0.3})
    rows = found.filter(pl.col("respondent") == "planted")
    assert not rows.filter(pl.col("measure") == "js_similarity")["interpretable"].any()
    bounds = rows.filter(pl.col("measure") == "refusal_bounds")
    assert bounds["interpretable"].all() and set(bounds["facet"]) == set(FACETS)
    assert bounds["method"].str.starts_with("30.0% of replies refused or unread").all()


def test_nothing_lost_and_nothing_seen_say_so(truth: pl.DataFrame) -> None:
    rows = truth.filter(pl.col("measure") == "refusal_bounds")
    assert rows["value"].null_count() == rows.height == 2 and set(rows["why"]) == {NONE_LOST}
    made = laid([(None, 1.0), (None, 1.0)])
    assert np.isnan(lost_shares(made)).all()
    assert UNSEEN.startswith("refusals")


def laid(cells: list[tuple[float | None, float]], wordings: tuple[str, ...] = ("w0", "w1", "w2")) -> Cube:
    """One subject, one item, one framing per (refused, answered) cell, all on the first of four options."""
    rows = [
        {
            "respondent": "r", "persona": "none", "perspective": "self", "language": "en", "mode": "sample",
            "decoding": "t=1", "wording": wordings[i], "order": f"shuffle-{i}", "labels": "digits",
            "placement": "system", "context": "", "instrument": "toy", "question": "q1", "error": None, "n": 10.0,
            "value": None, "sd": None,
            "off_menu": None, "refused": refused, "unread": None if refused is None else 0.0,
            "p": [answered, 0.0, 0.0, 0.0],
        }
        for i, (refused, answered) in enumerate(cells)
    ]  # fmt: skip
    kinds = {"off_menu": pl.Float64, "sd": pl.Float64, "value": pl.Float64, "error": pl.String, "unread": pl.Float64}
    made = cube(pl.DataFrame(rows, schema_overrides={**kinds, "refused": pl.Float64}), toy(items=1))
    assert made is not None
    return made


def test_a_framing_in_which_nobody_answered_counts_as_all_lost() -> None:
    made = laid([(0.0, 1.0), (1.0, 0.0)])
    mine = silent(made, 0, lost_shares(made))
    assert mine.value.tolist() == [1.0] and mine.rate.tolist() == [0.5]
    assert (mine.low.tolist(), mine.high.tolist()) == ([1.0], [2.5])  # half is known to be 1, half is 1 to 4


def test_wordings_weigh_the_same_however_many_framings_they_have() -> None:
    made = laid([(0.0, 1.0), (0.0, 1.0), (1.0, 0.0)], ("w1", "w1", "w2"))
    mine = silent(made, 0, lost_shares(made))
    assert mine.rate.tolist() == [0.5] and mine.high.tolist() == [2.5]


def test_all_refused_leaves_the_whole_scale() -> None:
    made = laid([(1.0, 0.0)])
    mine = silent(made, 0, lost_shares(made))
    assert np.isnan(mine.value).all() and (mine.low.tolist(), mine.high.tolist()) == ([1.0], [4.0])


def test_ends_of_every_kind() -> None:
    assert ends(Question("a", "one", (3.0, 1.0, 2.0))) == (1.0, 3.0)
    assert ends(Question("b", "some", (1.0, 1.0, 0.0, -1.0, -1.0, 1.0), pick=2)) == (-2.0, 2.0)
    assert ends(Question("c", "some", (1.0, 0.0, -1.0), pick=3)) == (-1.0, 1.0)
    assert ends(Question("d", "score", (-2.0, 2.0))) == (-2.0, 2.0)
    assert ends(Question("e", "pair", pair_codes(3, lambda first, second: float(first - second)))) == (-2.0, 2.0)
