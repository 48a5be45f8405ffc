"""Pictures and their tables show the numbers of the scores, and nothing else."""

import re
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from tawazun.estimates import Estimate
from tawazun.report import culture_map, matrix, profiles, rankings, regions, strips
from tawazun.report.labels import Box, free_box
from tawazun.report.material import Material, material
from tawazun.report.svg import Scale, symbol, ticks
from tawazun.report.words import words
from tests.report.toy_run import Texts, answers, estimate, floor, humans, sources, toy_study, write_run

TEXTS = Texts()
PLACES = ("EGY", "JOR", "MAR")


def made(path: Path, scores: Sequence[Estimate], **parts: Any) -> Material:
    parts.setdefault("answers", answers(TEXTS, ("none", *PLACES)))
    return material(write_run(path, scores, **parts), words("en"))


def people_at(values: dict[str, dict[str, float]]) -> pl.DataFrame:
    """Ready values of peoples: place -> item -> value."""
    base = humans(tuple(values)).unique("population", maintain_order=True)
    return pl.concat(
        base.filter(pl.col("place") == place).with_columns(
            item=pl.lit(item), value=pl.lit(value), p=pl.lit(None, pl.List(pl.Float64))
        )
        for place, items in values.items()
        for item, value in items.items()
    )


def index(place: str, value: float, **changes: Any) -> Estimate:
    return estimate(
        TEXTS, measure="index", population="", persona=place, item="pdi", value=value, low=value - 2, high=value + 2,
        unit="index points", facet="constants=none", **changes,
    )  # fmt: skip


def test_profiles_show_differences_from_the_mean_over_the_places_that_both_sides_have(tmp_path: Path) -> None:
    scores = [index("EGY", 10.0), index("JOR", 20.0), index("MAR", 99.0)]
    people = people_at({"EGY": {"pdi": 70.0}, "JOR": {"pdi": 50.0}})
    (profile,) = profiles.profiles(made(tmp_path / "run", scores, humans=people), "toy")
    (panel,) = profile.panels
    found = {one.place: (one.model, one.human, one.half) for one in panel.placed}
    assert found == {"Egypt": (-5.0, 10.0, (-2.0, 2.0)), "Jordan": (5.0, -10.0, (-2.0, 2.0))}
    assert panel.absent == ("Morocco",) and profile.constants == "none"
    marks = ET.fromstring(panel.picture).findall(".//circle")
    assert len(marks) == 4


def test_profiles_of_people_with_item_means_use_the_formula_that_the_run_holds(tmp_path: Path) -> None:
    formula = {"pdi": {"title": "power distance", "terms": {"q1": 2.0, "q2": -1.0}, "warning": ""}}
    held = sources(TEXTS)
    held[0]["indices"] = formula
    people = people_at({"EGY": {"q1": 3.0, "q2": 1.0}, "JOR": {"q1": 1.0, "q2": 1.0}})
    loaded = made(tmp_path / "run", [index("EGY", 1.0), index("JOR", 2.0)], humans=people, sources=held)
    assert profiles.human_indices(loaded, "toy") == {"people-1": {"pdi": {"EGY": 5.0, "JOR": 1.0}}}
    assert profiles.profiles(loaded, "toy")[0].panels[0].index == "power distance (pdi)"


def test_people_of_a_source_that_may_not_be_shown_are_not_drawn(tmp_path: Path) -> None:
    people = people_at({"EGY": {"pdi": 70.0}, "JOR": {"pdi": 50.0}})
    held = sources(TEXTS, redistribute="no")
    loaded = made(tmp_path / "run", [index("EGY", 1.0), index("JOR", 2.0)], humans=people, sources=held)
    assert profiles.profiles(loaded, "toy") == []


def test_a_language_that_stands_for_a_place_is_drawn_as_that_place(tmp_path: Path) -> None:
    study = toy_study(TEXTS, measure={"language_places": {"ar": "EGY", "en": "JOR"}})
    scores = [
        index("none", 4.0, perspective="self", language="ar"),
        index("none", 8.0, perspective="self", language="en"),
    ]
    people = people_at({"EGY": {"pdi": 70.0}, "JOR": {"pdi": 50.0}})
    (profile,) = profiles.profiles(made(tmp_path / "run", scores, humans=people, study=study), "toy")
    assert {one.place: one.model for one in profile.panels[0].placed} == {"Jordan": 2.0, "Egypt": -2.0}
    assert "language" in profile.arm


def close(persona: str, people: str, value: float, **changes: Any) -> Estimate:
    changes.setdefault("perspective", "self" if persona == "none" else "persona")
    return estimate(
        TEXTS, persona=persona, population=f"people-1/{people}", value=value, low=value - 0.02, high=value + 0.02,
        **changes,
    )  # fmt: skip


def test_a_stereotype_shows_as_a_column(tmp_path: Path) -> None:
    near_jordan = {"EGY": 0.6, "JOR": 0.9, "MAR": 0.5}
    scores = [close(persona, people, value) for persona in ("none", *PLACES) for people, value in near_jordan.items()]
    (found,) = matrix.matrices(made(tmp_path / "run", scores, humans=humans(PLACES)), "toy")
    assert found.peoples == ("Egypt", "Jordan", "Morocco") and (found.hits, found.played, found.all_peoples) == (
        1,
        3,
        3,
    )
    for line in found.lines:
        assert line.nearest == "Jordan"
        jordan = line.cells[1]
        assert jordan is not None and jordan.nearest and jordan.shade == matrix.SHADES - 1
    assert [line.hit for line in found.lines] == [None, False, True, False]
    assert [[cell.own for cell in line.cells if cell] for line in found.lines[1:]] == [
        [True, False, False], [False, True, False], [False, False, True],
    ]  # fmt: skip


def test_strips_hold_each_subject_against_its_own_people_else_the_nearest(tmp_path: Path) -> None:
    scores = [
        close("none", "EGY", 0.6), close("none", "JOR", 0.9), close("EGY", "EGY", 0.7), close("EGY", "JOR", 0.8),
        close("MAR", "JOR", 0.8), floor("uniform", 0.5), floor("modal", 0.3, "people-1/JOR"),
    ]  # fmt: skip
    found = strips.strips(made(tmp_path / "run", scores), "toy")
    assert found is not None
    assert [(one.arm, one.focus, one.own, one.value) for one in found.strips] == [
        ("no persona, English", "Jordan", False, "0.900"), ("as Egypt, English", "Egypt", True, "0.700"),
    ]  # fmt: skip
    assert found.absent == ("Morocco",)
    assert dict(found.strips[1].floors) == {"uniform": "0.500"}
    root = ET.fromstring(found.strips[1].picture)
    mark = root.find(".//circle")
    line = next(one for one in root.iter("line") if "floor" in one.get("class", ""))
    bar = next(one for one in root.iter("line") if "bar" in one.get("class", ""))
    assert mark is not None
    at, low, high, random = (
        float(text.removesuffix("%"))
        for text in (mark.get("cx", ""), bar.get("x1", ""), bar.get("x2", ""), line.get("x1", ""))
    )
    unit = (at - random) / (0.7 - 0.5)
    assert (low, high) == (pytest.approx(at - 0.02 * unit, abs=0.2), pytest.approx(at + 0.02 * unit, abs=0.2))
    assert 0 < random < at < at + (1 - 0.7) * unit == pytest.approx(100, abs=0.5)


def points(path: Path, **changes: Any) -> culture_map.CultureMap:
    scores = [
        estimate(TEXTS, measure=f"map_{axis}", population="", persona=persona, perspective="persona", value=value,
                 low=value - 0.2, high=value + 0.2, unit=f"map units, axis {axis}", **changes)
        for axis, value in (("x", 2.0), ("y", 0.5))
        for persona in ("EGY", "human")
    ]  # fmt: skip
    scores += [floor("uniform", 0.4, "", measure=f"map_{axis}", unit=f"map units, axis {axis}") for axis in "xy"]
    at = {"EGY": (-1.0, -1.0), "JPN": (1.7, 1.7), "DNK": (3.4, 0.0), "MAR": (-1.0, -0.2)}
    people = people_at({place: {"map_x": x, "map_y": y} for place, (x, y) in at.items()})
    (found,) = culture_map.culture_maps(made(path, scores, humans=people))
    return found


def test_the_map_has_one_unit_on_both_axes_zones_labels_and_intervals(tmp_path: Path) -> None:
    found = points(tmp_path / "run")
    assert found.axes == ("axis x", "axis y")
    assert {zone for zone, _, _ in found.zones} == {"no zone", "African-Islamic", "Confucian", "Protestant Europe"}
    for drawn, size in ((found.wide, culture_map.WIDE), (found.narrow, culture_map.NARROW)):
        root = ET.fromstring(drawn)
        width, height = (float(part) for part in root.get("viewBox", "").split()[2:])
        assert width == size.width
        group = next(one for one in root.iter("g") if "random" not in one.get("class", ""))
        across, up = list(group.iter("line"))
        x = float(across.get("x2", "")) - float(across.get("x1", ""))
        y = float(up.get("y1", "")) - float(up.get("y2", ""))
        assert x == pytest.approx(y, abs=0.21) and x > 0 and height < width
        labels = {one.text for one in root.iter("text") if "label" in one.get("class", "")}
        assert {"Denmark", "answers at random"} <= labels
        assert len([one for one in root.iter("path") if one.get("class") == "toward"]) == 1  # to Egypt, whom it plays
        assert len(list(root.iter("title"))) >= 1 + len(found.people) + len(found.points)


def test_a_point_whose_gate_is_closed_looks_like_it(tmp_path: Path) -> None:
    root = ET.fromstring(points(tmp_path / "run", interpretable=False).wide)
    assert {one.get("class") for one in root.iter("g")} == {"point r0 closed", "point r0 random"}


def test_labels_never_cover_each_other() -> None:
    taken: list[Box] = []
    for n in range(40):
        box = free_box(f"a place {n}", 60 + 7.0 * n, 50 + (n % 5) * 9.0, 5, 12, taken, (400, 200))
        if box is not None:
            taken.append(box)
    assert len(taken) > 5
    assert not any(one.meets(other) for one, other in combinations(taken, 2))
    assert all(box.left >= 0 and box.right <= 400 and box.top >= 0 and box.bottom <= 200 for box in taken)


def test_rankings_put_the_average_first_with_the_smallest_p_that_was_possible(tmp_path: Path) -> None:
    common: dict[str, Any] = {"measure": "rank_agreement", "population": "people-1", "persona": "", "n": 4}
    scores = [
        estimate(TEXTS, **common, item="pdi", value=0.33, low=0.1, high=0.5, p=0.2, facet="places by persona",
                 method="tau-b; smallest attainable p 0.0417"),
        estimate(TEXTS, **common, value=0.5, low=0.3, high=0.7, facet="places by persona;average over indices"),
        estimate(TEXTS, measure="misranked", population="people-1", persona="", value=0.5, low=None, high=None,
                 facet="places by persona;mean over places"),
        estimate(TEXTS, measure="misranked", respondent="floor:random-ranking", population="people-1", persona="",
                 value=0.75, low=None, high=None,
                 facet=f"places by persona;mean over places;chance;of={TEXTS.respondent}"),
    ]  # fmt: skip
    loaded = made(tmp_path / "run", scores)
    first, second = rankings.rankings(loaded, "toy")
    assert first.average and first.value == "0.50" and first.p == ""
    assert (second.index, second.p, second.least_p) == ("pdi", "0.20", "0.0417")
    (line,) = rankings.misranked(loaded, "toy")
    assert (line.value, line.chance) == ("50.0 %", "75.0 %")


def test_a_region_is_read_beside_chance(tmp_path: Path) -> None:
    common: dict[str, Any] = {
        "measure": "identifiability", "population": "people-1", "persona": "", "facet": "top-1",
        "group": "group:arab-league@2023-05",
    }  # fmt: skip
    scores = [
        estimate(TEXTS, **common, value=0.8, low=0.6, high=1.0, p=0.02, p_adjusted=0.06),
        estimate(
            TEXTS, **common, respondent="floor:chance", reference=TEXTS.respondent, value=0.2, low=None, high=None
        ),
        estimate(TEXTS, **{**common, "facet": "mean rank"}, value=1.2),
    ]  # fmt: skip
    (line,) = regions.regionals(made(tmp_path / "run", scores), "toy")
    assert (line.value, line.interval, line.p, line.beside) == ("0.80", "[0.60, 1.00]", "0.060", "chance: 0.200")
    assert "League of Arab States" in line.region


def test_ticks_are_round_and_inside() -> None:
    assert ticks(-1.3, 2.2, 4) == [-1.0, 0.0, 1.0, 2.0]
    assert ticks(0.62, 1.0, 4) == [0.7, 0.8, 0.9, 1.0]
    assert Scale((0.0, 2.0), (100.0, 0.0))(0.5) == 75.0


@pytest.mark.parametrize("kind", range(8))
def test_eight_shapes_differ_and_stay_in_their_place(kind: int) -> None:
    drawn = symbol(kind, 50, 50, 5)
    assert drawn not in {symbol(other, 50, 50, 5) for other in range(8) if other != kind}
    if kind:
        numbers = [float(text) for text in re.findall(r"-?\d+\.?\d*", drawn)]
        assert all(40 <= value <= 60 for value in numbers)
