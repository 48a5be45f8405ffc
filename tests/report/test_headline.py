"""The first screen says what the numbers carry: with a floor, with gates closed, with nothing to compare."""

from pathlib import Path
from typing import Any

import pytest

from tawazun.estimates import Estimate
from tawazun.report.headline import Finding, findings
from tawazun.report.material import material
from tawazun.report.words import words
from tests.report.toy_run import Texts, answers, estimate, floor, humans, sources, toy_study, write_run

TEXTS = Texts()


def only_finding(path: Path, scores: list[Estimate], **parts: Any) -> Finding:
    found = findings(material(write_run(path, scores, **parts), words("en")))
    assert len(found) == 1
    return found[0]


def text(finding: Finding) -> str:
    """All sentences as a reader sees them."""
    return " ".join(sentence.striptags() for sentence in (finding.lead, *finding.more))


def test_a_number_comes_with_its_interval_and_its_floors(tmp_path: Path) -> None:
    scores = [estimate(TEXTS), floor("uniform", 0.7), floor("modal", 0.95), floor("regional", 0.9)]
    found = only_finding(tmp_path / "run", scores)
    assert found.tone == "said"
    assert "Asked in English as Egypt" in found.lead and "Egypt" in found.lead
    assert "0.900 [0.880, 0.920]" in found.lead.striptags().replace("\xa0", " ")
    assert "answers at random would be 0.700" in found.lead
    assert "better than answers at random (0.700)" in text(found)
    assert "worse than everyone giving the people’s commonest answer (0.950)" in text(found)
    assert "not told apart from the region without this place (0.900)" in text(found)


def test_without_an_interval_the_reason_stands_in_its_place_and_no_floor_is_beaten(tmp_path: Path) -> None:
    bare = estimate(TEXTS, low=None, high=None, level=None, why=TEXTS.why)
    found = only_finding(tmp_path / "run", [bare, floor("uniform", 0.7)])
    assert f"(no interval: {TEXTS.why})" in text(found)
    assert "better than" not in text(found) and "answers at random would have 0.700" in text(found)


def test_without_a_floor_the_worth_is_unknown(tmp_path: Path) -> None:
    found = only_finding(tmp_path / "run", [estimate(TEXTS)])
    assert "answers at random would be unknown" in text(found)
    assert "unknown what this is worth" in text(found)


def test_several_places_are_counted_against_every_floor_and_against_each_other(tmp_path: Path) -> None:
    scores = [
        estimate(TEXTS),
        estimate(TEXTS, population="people-1/JOR", value=0.95, low=0.93, high=0.97),
        estimate(TEXTS, persona="JOR", population="people-1/JOR", value=0.6, low=0.55, high=0.65),
        estimate(TEXTS, persona="JOR", population="people-1/EGY", value=0.5, low=0.45, high=0.55),
        floor("uniform", 0.7),
        floor("uniform", 0.7, "people-1/JOR"),
    ]
    found = only_finding(tmp_path / "run", scores, answers=answers(TEXTS, ("EGY", "JOR")))
    assert "Playing 2 places in English" in found.lead
    assert "better than answers at random in 1 of 2" in text(found)
    assert "the ones it plays in 1 of 2" in text(found)  # Egypt's persona is nearest to Jordan


def test_who_plays_nobody_is_placed_with_everyone_that_cannot_be_told_apart(tmp_path: Path) -> None:
    scores = [
        estimate(TEXTS, persona="none", perspective="self"),
        estimate(TEXTS, persona="none", perspective="self", population="people-1/JOR", value=0.89, low=0.87, high=0.91),
        floor("uniform", 0.7),
    ]
    found = only_finding(tmp_path / "run", scores)
    assert "Asked in English with no persona" in found.lead
    assert "1 other people cannot be told apart" in text(found)


def test_a_closed_gate_withholds_the_sentence_and_says_why(tmp_path: Path) -> None:
    why = "not interpretable: allowed mass 0.420 is below the gate 0.9"
    found = only_finding(tmp_path / "run", [estimate(TEXTS, interpretable=False, why=why), floor("uniform", 0.7)])
    assert found.tone == "withheld"
    assert "allowed mass 0.420 is below the gate 0.9" in found.lead
    assert "0.900" not in text(found)


def test_where_some_gates_are_closed_the_rest_is_said_and_the_gap_named(tmp_path: Path) -> None:
    why = "not interpretable: refusal rate 0.400 is above the gate 0.1"
    closed = estimate(TEXTS, language="ar", interpretable=False, why=why)
    found = only_finding(tmp_path / "run", [estimate(TEXTS), closed, floor("uniform", 0.7)])
    assert found.tone == "said"
    assert "For 1 of the ways of asking, gates are closed" in text(found) and "refusal rate 0.400" in text(found)


def test_nobody_to_compare_with(tmp_path: Path) -> None:
    found = only_finding(
        tmp_path / "run", [], humans=humans(()), sources=sources(TEXTS)[:1], study=toy_study(TEXTS, measure={})
    )
    assert found.tone == "unsaid" and "names no people" in found.lead


def test_a_measure_that_could_not_be_had_gives_its_reason(tmp_path: Path) -> None:
    nothing = estimate(TEXTS, value=None, low=None, high=None, why="no item that both answered")
    found = only_finding(tmp_path / "run", [nothing])
    assert found.tone == "unsaid" and "no item that both answered" in found.lead


def test_answers_at_random_are_named_as_the_floor_they_are(tmp_path: Path) -> None:
    study = toy_study(TEXTS, respondent=[{"name": TEXTS.respondent, "kind": "uniform"}])
    found = only_finding(tmp_path / "run", [estimate(TEXTS)], study=study)
    assert found.tone == "floor" and "answers at random" in found.lead


@pytest.mark.parametrize(
    ("low", "high", "words_"),
    [(3.0, 3.4, "farther than answers at random"), (1.0, 1.4, "nearer than"), (1.9, 2.6, "not told apart from")],
)
def test_the_mean_distance_on_the_map_stands_beside_that_of_random_answers(
    tmp_path: Path, low: float, high: float, words_: str
) -> None:
    common = {"measure": "map_distance", "population": "people-1", "persona": "human", "facet": "mean over 107"}
    scores = [
        estimate(TEXTS, **common, perspective="self", value=(low + high) / 2, low=low, high=high),
        floor("uniform", 2.2, "people-1", measure="map_distance", facet="mean over 107"),
    ]
    found = only_finding(tmp_path / "run", scores)
    assert words_ in text(found) and "all 107 peoples" in text(found)


@pytest.mark.parametrize(
    ("p", "why", "words_"),
    [
        (0.012, "", "(people-1) more than chance explains"),
        (0.4, "", "(people-1) no more than chance explains"),
        (None, "no test: the smallest attainable p is 0.125", "not tested: the smallest attainable p is 0.125"),
    ],
)
def test_a_ranking_is_told_from_chance_or_not_tested(tmp_path: Path, p: float | None, why: str, words_: str) -> None:
    row = estimate(
        TEXTS, measure="rank_agreement", population="people-1", persona="", value=0.3, low=0.1, high=0.5, p=p, why=why,
        facet="places by persona;average over indices", n=6,
    )  # fmt: skip
    found = only_finding(tmp_path / "run", [row])
    assert words_ in text(found) and "mean tau-b 0.30" in text(found) and "6 indices" in text(found)


def test_of_the_corrected_similarity_one_variant_is_read_with_floors_of_the_same(tmp_path: Path) -> None:
    facets = ("noise-floor", "uncorrected", "deff=2", "deff=1.5", "deff=1")
    corrected = {"measure": "js_similarity_corrected"}
    scores = [
        *(estimate(TEXTS, facet=facet, value=0.80 + n / 100, **corrected) for n, facet in enumerate(facets)),
        *(
            floor("uniform", value, facet=facet, **corrected)
            for facet, value in (("deff=1", 0.7), ("deff=1.5", 0.72), ("deff=2", 0.75), ("excludes human error", 0.65))
        ),
    ]
    found = only_finding(tmp_path / "run", scores)
    assert "0.840" in text(found) and "answers at random would be 0.700" in text(found)


def test_a_reason_is_told_once_for_all_and_not_again_for_a_place() -> None:
    from tawazun.report.headline import _reasons

    rows = [{"why": "1 framing, the gate asks for 3"}, {"why": "x-sahelia: 1 framing, the gate asks for 3"}]
    assert _reasons(words("en"), rows) == "1 framing, the gate asks for 3"
    both = _reasons(words("en"), [rows[1], {"why": "no people"}])
    assert both == "x-sahelia: 1 framing, the gate asks for 3; no people"


def test_a_run_in_which_every_cell_failed_says_so_and_why(tmp_path: Path) -> None:
    import polars as pl

    whole = answers(TEXTS)
    failed = whole.with_columns(error=pl.lit("no server at <b>127.0.0.1</b>"))
    found = only_finding(tmp_path / "all", [], answers=failed)
    assert found.tone == "unsaid" and f"asked {whole.height} cells, and every one failed" in found.lead
    assert "&lt;b&gt;127.0.0.1" in found.lead
    some = whole.with_columns(error=pl.when(pl.int_range(pl.len()) > 0).then(pl.lit("no server")))
    assert "failed" not in only_finding(tmp_path / "some", [], answers=some).lead
