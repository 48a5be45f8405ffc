"""Distances between places and studies of variance: what is planted is what stands on the page."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tawazun.report import page
from tawazun.report.distances import distance_payload, distances
from tawazun.report.material import material
from tawazun.report.variances import variances
from tawazun.report.words import words
from tests.report.parsed import parsed
from tests.report.toy_run import Texts, answers, estimate, humans, write_run

TEXTS = Texts()
PLACES = ("EGY", "JOR", "SAU")
APART = {"EGY": [1.0, 0.0, 0.0], "JOR": [0.0, 1.0, 0.0], "SAU": [0.0, 0.0, 1.0]}


def run(folder: Path, scores: list[Any], **parts: Any) -> Any:
    """People who differ as far as can be, and a respondent that gives all of them one answer."""
    people = humans(PLACES).with_columns(
        p=pl.Series([APART[place] for place in PLACES for _ in (1, 2)], dtype=pl.List(pl.Float64))
    )
    return write_run(folder / "run", scores, answers=answers(TEXTS, ("none", *PLACES)), **{"humans": people, **parts})


def test_a_model_without_differences_beside_people_who_differ(tmp_path: Path) -> None:
    made = material(run(tmp_path, [estimate(TEXTS)]), words("en"))
    found = distances(made)
    assert [(one.respondent, one.source, one.items) for one in found] == [(TEXTS.respondent, "people-1", 2)] * 2
    off = ~np.eye(3, dtype=bool)
    assert found[0].values[0][off] == pytest.approx(1) and found[0].values[1][off] == pytest.approx(0)
    assert found[0].people.count("h9.6") == 6 and 'class="s5"' in found[0].people and 'class="s0"' in found[0].model
    table = distance_payload(made, found)
    assert len(table["columns"][0]) == 6 and table["numbers"]["6"] == [1.0] * 6 and table["numbers"]["7"] == [0.0] * 6


def test_shares_are_of_those_who_answered(tmp_path: Path) -> None:
    made = run(tmp_path, [], humans=humans(PLACES))
    found = distances(material(made, words("en")))
    assert found[0].values == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("places", [(), ("EGY",), ("EGY", "JOR")])
def test_fewer_than_three_places_have_no_square(tmp_path: Path, places: tuple[str, ...]) -> None:
    made = write_run(tmp_path / "run", [], answers=answers(TEXTS, ("none", *places)), humans=humans(PLACES))
    assert distances(material(made, words("en"))) == []
    assert not parsed(page(made)).has("structure")


def test_an_item_that_one_place_lacks_is_left_out(tmp_path: Path) -> None:
    people = humans(PLACES).filter(~((pl.col("place") == "JOR") & (pl.col("item") == "q2")))
    found = distances(material(run(tmp_path, [], humans=people), words("en")))
    assert {one.items for one in found} == {1}


def study(**values: float) -> list[Any]:
    rows = []
    for kind, value in values.items():
        name = {"asked": "wordings=3;as asked", "needed": "wordings needed for 0.8"}.get(
            kind, f"component={kind.replace('_', ' ')}"
        )
        rows.append(
            estimate(TEXTS, measure="generalisability", population="", persona="", facet=f"level=items;{name}",
                     value=value, low=None, high=None)
        )  # fmt: skip
    return rows


def test_components_are_shares_of_their_sum_and_a_negative_one_counts_as_nothing(tmp_path: Path) -> None:
    rows = study(signal=3.0, error=1.0, shared_shift=-0.5, asked=0.9, needed=2)
    found, left = variances(material(run(tmp_path, rows), words("en")))
    assert left == 0 and len(found) == 1
    assert found[0].shares == pytest.approx((0.75, 0.25, 0)) and found[0].parts == ("3.00", "1.00", "−0.500")
    assert (found[0].asked, found[0].needed, found[0].about) == ("0.900", "2", "all items, mean answers")
    assert "country 75 %, wording of one place 25 %" in page(run(tmp_path / "b", rows))


def test_a_study_without_components_is_not_drawn(tmp_path: Path) -> None:
    made = run(tmp_path, study(asked=0.9))
    assert variances(material(made, words("en"))) == ([], 0)
    assert not parsed(page(made)).has("wording")
