"""Survey against advice: a frame that changes answers is found, twins that are only other wordings are not."""

from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from tawazun.estimates import Estimate
from tawazun.instruments import instrument
from tests.measures.by_hand import answers, context, measured, one

VSM, ADVICE = instrument("vsm13"), instrument("vsm13_advice")
TWINS = {q.id: q.id.removesuffix("-advice") for q in ADVICE.questions}
PLACES = ("EGY", "MAR", "JOR")


def cells(moved: float, seed: int, wordings: tuple[int, int] = (5, 3), personas: tuple[str, ...] = PLACES) -> Any:
    """Answers in both frames: one distribution per item, wordings around it, and the frame moving some of the mass."""
    rng = np.random.default_rng(seed)
    base = {item: rng.dirichlet(np.ones(5) * 3) for item in TWINS.values()}
    noise = {
        (frame, w, item): rng.dirichlet(np.ones(5))
        for frame, count in zip(("survey", "advice"), wordings, strict=True)
        for w in range(count)
        for item in base
    }
    made = []
    for persona in ("none", *personas):
        for (frame, w, item), other in noise.items():
            p = 0.9 * base[item] + 0.1 * other
            if frame == "advice":
                p = (1 - moved) * p + moved * np.array([1.0, 0, 0, 0, 0])
            made.append(
                {
                    "persona": persona,
                    "wording": f"w{w + 1}",
                    "question": item if frame == "survey" else f"{item}-advice",
                    "instrument": "vsm13" if frame == "survey" else "vsm13_advice",
                    "p": p.tolist(),
                }
            )
    return made


def rows_of(made: list[dict[str, Any]]) -> list[Estimate]:
    return measured("frame_gap", context([VSM, ADVICE], answers(VSM, made)))


def test_a_frame_that_changes_answers_is_found_for_everybody() -> None:
    rows = rows_of(cells(0.4, 0))
    for persona in ("none", *PLACES):
        row = one(rows, persona=persona, facet="beyond wordings")
        assert row.p is not None and row.p <= 0.01 and row.low is not None and row.low > 0.1
        assert row.reference == "vsm13" and row.n == 8
    whole = one(rows, facet="mean over 3 places;beyond wordings")
    assert whole.value == pytest.approx(one(rows, persona="none", facet="beyond wordings").value)
    assert whole.p is not None and whole.p <= 0.01
    shifts = [row for row in rows if row.facet == "shift"]
    assert len(shifts) == 8 and {row.item for row in shifts} == set(TWINS.values())
    assert all(row.value is not None and row.value < 0 for row in shifts), "towards the first option"
    assert sum(row.high is not None and row.high < 0 for row in shifts) >= 5


def test_the_distance_is_that_of_the_averages() -> None:
    made = cells(0.4, 1, personas=())
    rows = rows_of(made)
    means: dict[str, np.ndarray] = {}
    for name in ("vsm13", "vsm13_advice"):
        for item in TWINS.values():
            own = [c["p"] for c in made if c["instrument"] == name and c["question"].startswith(item)]
            means[f"{name}.{item}"] = np.mean(own, axis=0)
    truth = np.mean([jensenshannon(means[f"vsm13.{i}"], means[f"vsm13_advice.{i}"], base=2) for i in TWINS.values()])
    assert one(rows, facet="distance").value == pytest.approx(float(truth))


def test_twins_that_are_only_other_wordings_are_no_gap() -> None:
    found = [one(rows_of(cells(0.0, seed, personas=())), facet="beyond wordings") for seed in range(30)]
    assert sum(row.p is not None and row.p <= 0.05 for row in found) <= 5, "a chance of 1 in 300 at a rate of .05"
    assert 0.3 < np.mean([row.p for row in found]) < 0.7
    assert np.mean([row.low == 0 for row in found]) > 0.8
    assert np.mean([row.value for row in found]) < 0.03


def test_what_is_missing_is_said() -> None:
    one_wording = rows_of(cells(0.4, 0, wordings=(1, 3), personas=()))
    row = one(one_wording, facet="beyond wordings")
    assert row.value is None and "one wording" in row.why
    assert one(one_wording, facet="distance").value is not None
    only = [cell for cell in cells(0.4, 0, personas=()) if cell["instrument"] == "vsm13_advice"]
    assert one(rows_of(only)).why == "the same subject was not asked vsm13"
    survey = [cell for cell in cells(0.4, 0, personas=()) if cell["instrument"] == "vsm13"]
    assert "vsm13_advice" in one(rows_of(survey)).why


def test_twins_are_there_with_the_same_codes_and_have_no_indices() -> None:
    for question in ADVICE.questions:
        twin = VSM.question(TWINS[question.id])
        assert twin is not None and twin.codes == question.codes
        assert f"twin:vsm13.{twin.id}" in question.tags and "frame:advice" in question.tags
    assert ADVICE.indices == () and len(ADVICE.questions) == 8
    assert ADVICE.wording_ids("en") == ADVICE.wording_ids("ar") == ("w1", "w2", "w3")
