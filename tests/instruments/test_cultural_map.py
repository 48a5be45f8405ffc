"""cultural_map: codes, composites, named variants and the published projection."""

import csv
import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from tawazun.answers import Outcome, check
from tawazun.cells import Framing, persona_text
from tawazun.errors import BadAnswers
from tawazun.instruments import Question, instrument
from tawazun.stats.projection import project

MAP = instrument("cultural_map")


def item(name: str) -> Question:
    """An item that must be there."""
    found = MAP.question(name)
    assert found is not None
    return found


def test_items_scales_and_kinds() -> None:
    assert MAP.projection is not None
    assert [question.id for question in MAP.questions] == list(MAP.projection.items)
    ends = {
        question.id: (question.codes[0], question.codes[-1]) for question in MAP.questions if question.kind == "one"
    }
    assert ends == {
        "a008": (1, 4), "a165": (1, 2), "e018": (1, 3), "e025": (1, 3),
        "f063": (1, 10), "f118": (1, 10), "f120": (1, 10), "g006": (1, 4),
    }  # fmt: skip
    assert (item("Y002").kind, item("Y003").kind, item("Y003").pick, item("Y003").options) == ("pair", "some", 5, 11)


def test_aims_are_scored_by_the_pair_whatever_its_order() -> None:
    order, voice, prices, speech = range(4)
    codes = dict(zip(permutations(range(4), 2), item("y002").codes, strict=True))
    assert {pair for pair, code in codes.items() if code == 1} == {(order, prices), (prices, order)}
    assert {pair for pair, code in codes.items() if code == 3} == {(voice, speech), (speech, voice)}
    assert sorted(set(codes.values())) == [1, 2, 3] and len(codes) == 12


def test_qualities_are_scored_on_four_of_eleven() -> None:
    wording = item("y003").worded("en", "w1")
    assert wording is not None
    scored = {option: code for option, code in zip(wording.options, item("y003").codes, strict=True) if code}
    assert scored == {
        "being able to manage on one's own": 1,
        "not giving up: determination": 1,
        "faith in a religion": -1,
        "doing as one is told": -1,
    }


@pytest.mark.parametrize(("name", "values"), [("y002", (1, 2, 3)), ("y003", (-2, 0, 2))])
def test_ready_composites_are_accepted(name: str, values: tuple[float, ...]) -> None:
    for value in values:
        assert check(Outcome(value=value), item(name), "row 2").value == value


@pytest.mark.parametrize(("name", "value"), [("y002", 0), ("y002", 4), ("y003", 3), ("y003", -3)])
def test_composites_outside_their_scale_are_refused(name: str, value: float) -> None:
    with pytest.raises(BadAnswers, match=rf"row 2: {name} lies between"):
        check(Outcome(value=value), item(name), "row 2")


def test_ten_step_options_carry_their_numbers_in_order() -> None:
    for name in ("f063", "f118", "f120"):
        for wording in item(name).wordings:
            assert [option.split(" ")[0] for option in wording.options] == [str(n) for n in range(1, 11)]


def test_what_rises_with_the_code_is_the_same_in_every_first_wording() -> None:
    ends = {q.id: (w.options[0], w.options[-1]) for q in MAP.questions if (w := q.worded("en", "w1"))}
    assert ends["a008"] == ("very happy", "not happy at all")
    assert ends["a165"] == ("Most people are trustworthy.", "One has to be very cautious with others.")
    assert ends["e018"] == ("good", "bad")
    assert ends["e025"] == ("I have done so.", "I would never do so, whatever the situation.")
    assert ends["f063"] == ("1 — no importance at all", "10 — very great importance")
    assert ends["f118"] == ends["f120"] == ("1 — it can never be justified", "10 — it can always be justified")
    assert ends["g006"] == ("a great deal", "none at all")


def test_wordings_and_named_variants() -> None:
    assert MAP.wording_ids("en") == tuple(f"w{n}" for n in range(1, 11))
    assert MAP.wording_ids("ar") == tuple(f"w{n}" for n in range(1, 6))
    variants = {"f063": "w1-religion", "f118": "w1-same-sex", "f120": "w1-ending-pregnancy"}
    for question in MAP.questions:
        for language in ("en", "ar"):
            named = [w for w in question.wordings if w.language == language and "-" in w.id]
            assert [w.id for w in named] == ([variants[question.id]] if question.id in variants else [])
            for variant in named:
                base = question.worded(language, "w1")
                assert base is not None and variant.stem != base.stem and variant.options == base.options


def test_sensitive_items_are_tagged() -> None:
    assert [question.id for question in MAP.questions if "rights" in question.tags] == ["f118", "f120", "y002"]
    assert all("values" in question.tags for question in MAP.questions)


def test_each_wording_has_its_own_descriptor() -> None:
    for language, count in (("en", 10), ("ar", 5)):
        for persona, perspective in (("human", "self"), ("EGY", "persona"), ("EGY", "observer")):
            texts = {
                persona_text(Framing(persona, perspective, language, wording), MAP)
                for wording in MAP.wording_ids(language)
            }
            assert len(texts) == count


@pytest.mark.data
def test_constants_are_the_published_ones(data_folder: Path) -> None:
    published = json.loads((data_folder / "cultural_map" / "iw_projection_final.json").read_text(encoding="utf-8"))
    plane = MAP.projection
    assert plane is not None
    assert list(plane.items) == published["items"]
    assert list(plane.centre) == published["center"] and list(plane.scale) == published["scale"]
    assert [list(pair) for pair in plane.weights] == published["weights"]
    assert (plane.stretch[0], plane.shift[0]) == tuple(published["rc1"])
    assert (plane.stretch[1], plane.shift[1]) == tuple(published["rc2"])


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "point", "distance"),
    [("gpt_S1_gpt35.csv", (3.41, 0.78), 3.36), ("gpt_S2_gpt4.csv", (2.83, -0.05), 2.71)],
)
def test_recorded_answers_land_where_published(
    file: str, point: tuple[float, float], distance: float, data_folder: Path
) -> None:
    plane = MAP.projection
    assert plane is not None
    with (data_folder / "cultural_map" / file).open(encoding="utf-8") as rows:
        answers = [row for row in csv.DictReader(rows) if row["country"] == "general"]
    values = np.array([[float(row[name]) for name in plane.items] for row in answers])
    assert values.shape == (10, 10)
    mean = project(values.mean(axis=0), plane)
    assert mean == pytest.approx(point, abs=0.01)
    assert project(values, plane).mean(axis=0) == pytest.approx(mean)
    with (data_folder / "cultural_map" / "coords.csv").open(encoding="utf-8") as rows:
        people = np.array([[float(row["x"]), float(row["y"])] for row in csv.DictReader(rows)])
    assert len(people) == 107
    assert np.linalg.norm(people - mean, axis=1).mean() == pytest.approx(distance, abs=0.01)
