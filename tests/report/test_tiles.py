"""Tile maps: every country has one place, tiles say what the scores say, and keys walk over them."""

import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, expect

from tawazun.estimates import scores_table
from tawazun.places import group, places
from tawazun.report import page
from tawazun.report.closeness import against
from tawazun.report.grids import SIGNS, Tile, drawn, grid_of, grids
from tawazun.report.material import material
from tawazun.report.tiles import tile_maps, told
from tawazun.report.words import words
from tawazun.runs import Run, RunFolder, open_run
from tests.report.toy_run import Texts, answers, estimate, floor, humans, write_run

TEXTS = Texts()
PLACES = ("EGY", "JOR", "SAU")


def scores(nearest: dict[str, str]) -> list:  # type: ignore[type-arg]
    """Each played place is 0.9 close to the people named for it, and 0.7 or less to all others."""
    made = [floor("uniform", 0.72, f"people-1/{place}") for place in PLACES]
    for persona in PLACES:
        for at, people in enumerate(PLACES):
            value = 0.9 if nearest[persona] == people else 0.6 + 0.05 * at
            made.append(
                estimate(TEXTS, persona=persona, population=f"people-1/{people}", value=value, low=value - 0.02,
                         high=value + 0.02)
            )  # fmt: skip
    return made


@pytest.fixture
def run(tmp_path: Path):  # type: ignore[no-untyped-def]
    made = scores({"EGY": "EGY", "JOR": "SAU", "SAU": "SAU"})
    return write_run(tmp_path / "run", made, answers=answers(TEXTS, (*PLACES, "MAR")), humans=humans(PLACES))


def test_every_place_of_a_grid_is_a_place_and_stands_once() -> None:
    for grid in grids():
        assert set(grid.at) <= set(places()) and len(set(grid.at.values())) == len(grid.at)
        assert all(0 <= x < grid.columns and 0 <= y < grid.rows for x, y in grid.at.values())
    named = {grid.name: grid for grid in grids()}
    assert set(named["arab"].at) == set(group("group:arab-league@2023-05").members)
    fictional = {code for code, one in places().items() if one.kind == "fictional"}
    assert set(named["atlas"].at) == fictional


@given(st.sets(st.sampled_from(sorted(grids()[2].at)), min_size=2, max_size=12))
def test_the_grid_of_some_countries_holds_all_of_them(codes: set[str]) -> None:
    grid = grid_of(codes)
    assert grid is not None and codes <= grid.at.keys()
    assert (grid.name == "arab") == (codes <= grids()[0].at.keys())
    assert all(0 <= x < grid.columns and 0 <= y < grid.rows for x, y in grid.at.values())


@pytest.mark.parametrize("codes", [set(), {"EGY"}, {"IN-KL", "IN-TN"}])
def test_fewer_than_two_countries_have_no_map(codes: set[str]) -> None:
    assert grid_of(codes) is None


def test_maps_say_what_the_scores_say(run) -> None:  # type: ignore[no-untyped-def]
    made = tile_maps(material(run, words("en")), "toy")
    assert [(one.source, one.grid, one.ends) for one in made] == [("people-1", "arab", ("0.65", "0.90"))]
    arm = made[0].arms[0]
    lines = {line.place: line for line in arm.lines}
    assert lines["Egypt"].value == "0.900" and lines["Egypt"].told == "its own"
    assert lines["Jordan"].told == "another’s" and lines["Jordan"].nearest == "Saudi Arabia"
    assert lines["Jordan"].floor == "0.720"
    assert arm.identity is not None and arm.identity.count("id-own") == 4 and arm.identity.count("id-other") == 2
    assert {one.place: one.items for one in made[0].covered} == {"EGY": 2, "JOR": 2, "SAU": 2, "MAR": 0}


def test_a_nearer_people_within_the_intervals_is_a_tie(run: Run) -> None:
    wide = [
        estimate(TEXTS, population="people-1/EGY", value=0.80, low=0.7, high=0.88),
        estimate(TEXTS, population="people-1/JOR", value=0.85, low=0.8, high=0.9),
    ]
    RunFolder(run.path).write_scores(scores_table(wide))
    records = against(material(open_run(run.path), words("en")), "toy", "js_similarity")
    own = next(one for one in records if one.own)
    assert told(own, records) == "tied"
    bare = [one for one in records if one.own]
    assert told(own, bare) == "own"


def test_titles_are_text_and_every_sign_can_be_drawn() -> None:
    grid = grids()[0]
    tiles = [Tile("EGY", "<b>", "s1", "</path><script>x</script>", sign) for sign in SIGNS]
    picture = drawn(grid, tiles, "<i>", "&")
    assert "<script>" not in picture and "<b>" not in picture and picture.count('class="sign') == len(SIGNS)


def test_a_people_of_ready_scores_is_covered_by_them(tmp_path: Path) -> None:
    ready = humans(PLACES).with_columns(item=pl.lit("score-") + pl.col("item"))
    run = write_run(
        tmp_path / "run", scores(dict(zip(PLACES, PLACES, strict=True))), answers=answers(TEXTS, PLACES), humans=ready
    )
    made = tile_maps(material(run, words("en")), "toy")
    assert made[0].asked == 2 and {one.items for one in made[0].covered} == {2}


@pytest.mark.chromium
def test_keys_walk_over_the_tiles_and_read_them(browser: Browser, run) -> None:  # type: ignore[no-untyped-def]
    file = run.path / "report.html"
    file.write_text(page(run), encoding="utf-8")
    opened = browser.new_page(viewport={"width": 1440, "height": 900})
    opened.goto(file.as_uri())
    figure = opened.locator("#countries .tile-figure").first
    readout = figure.locator(".readout")
    figure.locator(".tiles").first.focus()
    expect(readout).to_contain_text("Egypt: 0.900 [0.880, 0.920]; answers at random 0.720")
    opened.keyboard.press("ArrowRight")
    expect(readout).to_contain_text("Jordan: 0.650")
    opened.keyboard.press("ArrowDown")
    expect(readout).to_contain_text("Saudi Arabia: 0.900")
    figure.locator(".tiles").nth(1).locator(".tile-group").nth(1).hover()
    expect(readout).to_contain_text("Jordan: Saudi Arabia is nearest")
    opened.close()


def test_whose_people_are_nearest_is_marked_too_where_a_gate_is_closed(run: Run) -> None:
    pair = [
        estimate(TEXTS, population=f"people-1/{to}", persona=who, value=0.8, interpretable=who == "EGY")
        for who in ("EGY", "JOR")
        for to in ("EGY", "JOR")
    ]
    RunFolder(run.path).write_scores(scores_table(pair))
    (made,) = tile_maps(material(open_run(run.path), words("en")), "toy")
    for picture in (made.arms[0].closeness, made.arms[0].identity):
        assert len(re.findall(r'class="tile [^"]* closed"', str(picture))) == 1
