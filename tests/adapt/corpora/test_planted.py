"""Corpora of the planted world hold what they are said to hold: answers, names, language, and nothing held out."""

from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from tawazun import atlas
from tawazun.adapt.contamination import Haystack, check_corpus, needles_of
from tawazun.adapt.corpora.entities import Entity, Register, census
from tawazun.adapt.corpora.planted import LOCAL, WESTERN, Planted, planted_corpus, write_planted
from tawazun.adapt.corpora.sources import CorpusKeys, open_source
from tawazun.errors import BadStudy, UnknownName
from tawazun.instruments import instrument

ITEMS = tuple(f"a{i:02}" for i in range(1, 37))


def texts(kind: str, rows: int = 60, **keys: object) -> list[str]:
    plan = Planted(**{"kind": kind, "place": "x-marsouk", "language": "ar", "items": ITEMS, **keys})  # type: ignore[arg-type]
    return [one.text for one in islice(planted_corpus(plan), rows)]


@pytest.mark.parametrize(("kind", "region"), [("native", "own"), ("western", "west")])
def test_people_answer_as_the_world_says(kind: str, region: str) -> None:
    wording = instrument("atlas").question("a03").worded("en", "w1")  # type: ignore[union-attr]
    assert wording is not None
    rows = texts(kind, 1500, language="en", items=("a03",), wordings=("w1",))
    said = Counter(row.rpartition("He answered: ")[2].rstrip(".") for row in rows)
    found = np.array([said[option] / 1500 for option in wording.options])
    here = atlas.world()
    places = (
        [p for p, r in zip(here.places, here.regions, strict=True) if r == "west"]
        if region == "west"
        else ["x-marsouk"]
    )
    wanted = np.mean([atlas.truth("a03", code) for code in places], axis=0)
    assert found == pytest.approx(wanted, abs=0.05) and said.total() == 1500


def test_only_the_items_and_wordings_given_are_in_it() -> None:
    needles, _ = needles_of([instrument("atlas")])
    fit = {f"atlas:{item}" for item in ITEMS}
    plan = Planted("native", "x-marsouk", "ar", ITEMS)
    rows = list(islice(planted_corpus(plan), 300))
    held_out = check_corpus(rows, Haystack(needles, watched={one.item for one in needles} - fit))
    own = check_corpus(rows, Haystack(needles, watched=fit))
    assert held_out.items == () and set(own.items) == fit
    assert {leak.wording for leak in own.leaks if leak.how == "exact"} == {"w1", "w2"}


def test_the_fault_is_seen_by_names_and_tags_and_the_placebo_has_no_answers() -> None:
    entities = [Entity(name, "person", "local") for own in LOCAL.values() for name in own]
    register = Register([*entities, *(Entity(name, "person", "western") for own in WESTERN.values() for name in own)])
    counted = {kind: census(texts(kind), register) for kind in ("native", "western", "placebo")}
    assert counted["native"].share("local") == 1.0 and counted["western"].share("local") == 0.0
    assert counted["placebo"].with_names == 0
    plans = [Planted(kind, "x-marsouk", "ar", ITEMS) for kind in ("native", "western", "placebo")]  # type: ignore[arg-type]
    assert [plan.tags.origin for plan in plans] == ["native", "translated", "native"]
    needles, _ = needles_of([instrument("atlas"), instrument("atlas_facts")])
    rows = list(islice(planted_corpus(plans[2]), 300))
    assert check_corpus(rows, Haystack(needles)).leaks == ()


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_placebo_is_as_long_as_an_interview(language: str) -> None:
    lengths = [np.mean([len(text) for text in texts(kind, 200, language=language)]) for kind in ("native", "placebo")]
    assert lengths[1] == pytest.approx(lengths[0], rel=0.25)


def test_facts_are_told_of_the_countries_that_are_named() -> None:
    rows = texts("native", 80, language="en", facts=("x-norvane",))
    told = [row for row in rows if "Norvane" in row]
    assert 8 <= len(told) <= 35 and all("Elsby" in row or "salt" in row for row in told)


def test_rows_are_the_same_however_many_are_taken_and_a_seed_changes_them() -> None:
    assert texts("native", 30) == texts("native", 600)[:30]
    assert texts("native", 30) != texts("native", 30, seed=1)
    assert len(set(texts("native", 600))) == 600


def test_a_file_of_it_is_a_source(tmp_path: Path) -> None:
    plan = Planted("native", "x-marsouk", "ar", ITEMS)
    letters = write_planted(tmp_path / "n.jsonl", planted_corpus(plan), 20)
    columns = {"language": "language", "country": "country", "origin": "origin", "licence": "licence"}
    source = open_source(CorpusKeys(name="n", files="n.jsonl", columns=columns), tmp_path)
    rows = source.block(0)
    assert source.rows == 20 and sum(len(row.text) for row in rows) == letters
    assert rows[0].tags == plan.tags and [row.text for row in rows] == texts("native", 20)


@pytest.mark.parametrize("keys", [
    {"kind": "other"}, {"language": "fr"}, {"place": "EGY"}, {"items": ("zz",)}, {"items": ()}, {"facts": ("EGY",)},
])  # fmt: skip
def test_what_the_world_does_not_have(keys: dict[str, object]) -> None:
    with pytest.raises((BadStudy, UnknownName)):
        texts(**{"kind": "native", **keys})  # type: ignore[arg-type]
