"""The page as a document: whole, offline, sound, honest about what it leaves out."""

import base64
import hashlib
import re
from itertools import pairwise
from pathlib import Path

import pytest

from tawazun.report import page
from tests.report.parsed import Parsed, parsed
from tests.report.toy_run import Texts, answers, estimate, floor, humans, questions, sources, toy_study, write_run

TEXTS = Texts()


def scores() -> list:  # type: ignore[type-arg]
    made = [
        estimate(TEXTS),
        estimate(TEXTS, item="q1", n=1),
        estimate(TEXTS, population="people-1/JOR", value=0.8, low=0.77, high=0.83),
        estimate(TEXTS, persona="none", perspective="self", value=0.75, low=0.7, high=0.8),
        estimate(TEXTS, measure="skill", facet="floor=uniform;ceiling=identical", value=0.6, low=0.5, high=0.7),
        estimate(TEXTS, measure="refusal_rate", population="", value=0.1, low=0.08, high=0.12, unit="share"),
        estimate(TEXTS, measure="order_effect", population="", value=None, low=None, high=None, why="one order only"),
        floor("uniform", 0.7),
        floor("uniform", 0.72, "people-1/JOR"),
    ]
    return made


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    return page(write_run(tmp_path_factory.mktemp("page") / "run", scores()))


@pytest.fixture(scope="module")
def document(html: str) -> Parsed:
    return parsed(html)


def test_it_is_well_formed_with_one_title_and_headings_in_order(document: Parsed) -> None:
    assert document.faults == [] and document.open == []
    assert len(list(document.all("h1"))) == 1
    levels = [int(one.tag[1]) for one in document.elements if re.fullmatch("h[1-6]", one.tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [one.attributes["id"] for one in document.elements if "id" in one.attributes]
    assert len(ids) == len(set(ids))


def test_nothing_is_loaded_and_only_the_one_style_and_script_may_run(document: Parsed, html: str) -> None:
    policy = next(one.attributes["content"] for one in document.all("meta") if "http-equiv" in one.attributes)
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy and "http" not in policy
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        code = [one.text for one in document.all(tag) if "type" not in one.attributes]
        assert len(code) == 1
        digest = base64.b64encode(hashlib.sha256(code[0].encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert not any("style" in one.attributes for one in document.elements)
    assert not any(name.startswith("on") for one in document.elements for name in one.attributes)
    assert not re.search(r"url\(|@import|\bsrc=", html)
    links = [one.attributes["href"] for one in document.all("a") if "href" in one.attributes]
    assert {link for link in links if not link.startswith(("#", "http"))} == {"scores.csv"}


def test_navigation_leads_to_the_sections_that_are_there(document: Parsed) -> None:
    targets = [one.attributes["href"][1:] for one in document.all("a") if one.attributes["href"].startswith("#")]
    assert len(targets) >= 5 and all(document.has(target) for target in targets)
    sections = {one.attributes["id"] for one in document.all("section")}
    assert sections <= set(targets)


def test_every_picture_says_what_it_shows_and_every_table_has_headers(document: Parsed) -> None:
    pictures = list(document.all("svg"))
    assert pictures
    for one in pictures:
        own = one.attributes
        nested = "svg" in one.inside
        assert nested or own.get("aria-hidden") == "true" or (own["role"] == "img" and len(own) > 2)
    assert all("scope" in one.attributes for one in document.all("th"))


def test_equal_runs_give_equal_bytes(tmp_path: Path, html: str) -> None:
    assert page(write_run(tmp_path / "again", scores())) == html


def test_parts_that_a_run_lacks_are_absent(document: Parsed) -> None:
    for absent in ("map", "profiles", "whom"):
        assert not document.has(absent)


def test_a_run_without_people_or_scores_still_has_a_page(tmp_path: Path) -> None:
    run = write_run(
        tmp_path / "run", [], humans=humans(()), sources=sources(TEXTS)[:1], study=toy_study(TEXTS, measure={})
    )
    document = parsed(page(run))
    assert not document.has("closeness") and document.has("items")
    assert "Cannot be said" in document.one("answer").text


def test_the_first_screen_says_what_was_asked_and_what_is_not_known(document: Parsed) -> None:
    first = document.one("answer").text
    for fact in ("Toy (2 items)", "toy model", "Egypt", "English and Arabic", "1 wording", "2 peoples of people-1"):
        assert fact in first
    assert "8 cells" in first
    for gap in ("one wording only", "drafts that no native speaker has reviewed", "exploratory", "anything real"):
        assert gap in first


def test_a_persona_without_people_is_named(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", scores(), answers=answers(TEXTS, ("EGY", "SAU")))
    assert "personas of Saudi Arabia" in parsed(page(run)).one("answer").text


def test_unknown_human_error_is_said_on_the_first_screen(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", scores(), humans=humans(n=None), sources=sources(TEXTS, human_error="none"))
    assert "people-1 give no number of people" in parsed(page(run)).one("answer").text


def test_losses_gates_and_missing_values_are_shown_with_their_reasons(tmp_path: Path) -> None:
    why = "not interpretable: allowed mass 0.5 is below the gate 0.9"
    run = write_run(tmp_path / "run", [*scores(), estimate(TEXTS, language="ar", interpretable=False, why=why)])
    losses = parsed(page(run)).one("losses").text
    assert "10.0 %" in losses and "[8.0, 12.0]" in losses
    assert "allowed mass 0.5 is below the gate 0.9" in losses and "one order only" in losses
    assert TEXTS.reply in losses


def test_the_study_can_be_run_again_from_the_page(document: Parsed) -> None:
    again = document.one("sources").text
    assert "tawazun run study.toml --out" in again
    assert 'name = "A toy study"' in again and "draws = 1000" in again


def test_tables_hold_every_score_rounded_and_the_closeness_of_everyone(document: Parsed) -> None:
    table = document.data("data-scores")
    assert len(table["columns"][0]) == len(scores())
    texts = table["texts"]
    column = table["titles"].index("Value")
    assert texts[table["columns"][column][0]] == "0.900" and table["numbers"][str(column)][0] == 0.9
    closeness = document.data("data-closeness")
    assert len(closeness["columns"][0]) == 3  # two peoples for Egypt's persona, one without a persona


def test_too_many_rows_about_items_are_left_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tawazun.report.tables.MOST_SCORES", 8)
    document = parsed(page(write_run(tmp_path / "run", scores())))
    assert len(document.data("data-scores")["columns"][0]) == len(scores()) - 1
    assert "1 rows about single items are left out" in document.one("scores").text


def test_a_source_that_may_not_be_shown_stays_out_of_the_whole_file(tmp_path: Path) -> None:
    run = write_run(
        tmp_path / "run", scores(), questions=questions(TEXTS, shown=False), sources=sources(TEXTS, redistribute="no")
    )
    document = parsed(page(run))
    browser = document.data("data-items")
    assert browser["populations"] == [] and browser["human"] == [] and browser["hidden"] == ["people-1"]
    assert all(one["texts"] == [] for one in browser["items"])
    shown = document.one("items").text
    assert "ids stand for them" in shown and "people-1" in shown


def test_a_big_run_stays_light(tmp_path: Path) -> None:
    personas = ["none", *("EGY", "JOR", "SAU", "MAR", "TUN", "DZA", "LBY", "SDN", "IRQ", "SYR", "LBN", "YEM")]
    places = personas[1:]
    made = [
        estimate(TEXTS, persona=persona, population=f"people-1/{place}", value=0.5 + 0.01 * (i + j) % 0.4, low=0.4,
                 high=0.95)
        for i, persona in enumerate(personas)
        for j, place in enumerate(places)
    ]  # fmt: skip
    run = write_run(tmp_path / "run", made, answers=answers(TEXTS, personas), humans=humans(places))
    assert len(page(run).encode()) < 400_000


def test_sources_come_with_terms_error_universe_and_whom_they_leave_out(tmp_path: Path, document: Parsed) -> None:
    cards = document.one("sources").text
    for part in ("CC0-1.0", "everything", "anything real", "who: people", "known: the source gives the number"):
        assert part in cards
    assert "the source does not say whom it leaves out" in cards
    named = sources(TEXTS, redistribute="aggregates", human_error="none")
    named[1]["universe"]["excluded"] = "prisons"
    other = parsed(page(write_run(tmp_path / "run", scores(), sources=named))).one("sources").text
    assert "left out: prisons" in other and "does not say whom it leaves out" not in other
    assert "figures; no texts, no cell under ten people" in other and "unknown: the source gives no number" in other
