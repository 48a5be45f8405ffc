"""`power`: the design is read from the study, spreads from a pilot or by hand; the answer agrees with verdicts."""

from typing import Any

import numpy as np
import pytest

from tawazun import api
from tawazun.claims import claim_from, decide
from tawazun.claims.planning import Planned
from tawazun.errors import BadStudy
from tawazun.runs import Run
from tawazun.study import study_from, study_toml
from tests.claims.conftest import planted_table
from tests.toys import write

SAHELIA = "atlas-1/x-sahelia"


def study_path(tmp_path: Any, **changes: Any) -> Any:
    return write(tmp_path / "study.toml", study_toml(study_from(planted_table(["healthy", "pulled"], **changes), "s")))


def plan(question: Any = "closer", effect: float = 0.1, **changes: Any) -> Planned:
    given = changes.pop("given", {"wording": 0.04, "item": 0.1})
    return Planned(question, effect, target=SAHELIA, tests=1, given=given, **changes)


def test_the_design_is_that_of_the_study(tmp_path: Any) -> None:
    path = study_path(tmp_path, ask={"orders": ["forward", "reversed"], "labels": ["letters", "digits"]})
    found = api.power(path, plan())
    design = found.design
    assert (design.wordings, design.inner, design.items, design.places, design.tests) == (4, 4, 60, 7, 1)
    assert design.replies == float("inf") and found.smallest_effect == pytest.approx(0.0413, abs=0.001)
    assert api.power(path, plan(question="closer")).spreads.human > 0
    whole = Planned("closer", 0.1, given={"wording": 0.04, "item": 0.1})
    assert api.power(path, whole).design.tests == 7


def test_more_wordings_more_power_and_the_number_needed(tmp_path: Any) -> None:
    powers = []
    for wordings in (2, 3, 5):
        found = api.power(study_path(tmp_path, ask={"wordings": wordings}), plan(effect=0.08))
        powers.append(found.power)
    assert powers == sorted(powers)
    assert found.wordings_needed is not None
    enough = api.power(study_path(tmp_path, ask={"wordings": 5}), plan(effect=0.08, power=0.5))
    assert (enough.wordings_needed or 99) < found.wordings_needed


def test_an_effect_no_larger_than_the_smallest_of_interest_cannot_be_planned_for(tmp_path: Any) -> None:
    found = api.power(study_path(tmp_path), plan(effect=0.02))
    assert found.wordings_needed is None and found.power < 0.5
    assert any("falls short of it half of the time" in note for note in found.notes)
    assert found.wordings_needed_to_find is not None or (found.found or 0) < 0.8


def test_a_family_costs_power(tmp_path: Any) -> None:
    one = api.power(study_path(tmp_path), plan(effect=0.06))
    many = api.power(
        study_path(tmp_path), Planned("closer", 0.06, "", SAHELIA, 50, 0.8, {"wording": 0.04, "item": 0.1})
    )
    assert many.power < one.power and any("50 tests" in note for note in many.notes)


def test_replies_matter_when_they_are_drawn(tmp_path: Any) -> None:
    given = {"wording": 0.01, "item": 0.1, "reply": 1.0}
    few, many = (
        api.power(study_path(tmp_path, ask={"mode": "sample", "samples": n}), plan(effect=0.07, given=given)).power
        for n in (1, 100)
    )
    assert few < many


def test_too_few_items_or_models_or_places_allow_no_test(tmp_path: Any) -> None:
    from tawazun.instruments import instrument

    items = [q.id for q in instrument("atlas").questions[:4]]
    found = api.power(study_path(tmp_path, ask={"items": items}), plan())
    assert not found.possible and found.power == 0.0
    groups = api.power(study_path(tmp_path), plan("groups", given={"model": 0.05}))
    assert not groups.possible and groups.power == 0.0
    ranks = api.power(
        study_path(tmp_path, ask={"personas": ["x-sahelia", "x-zahrania", "x-rimalia"]}), plan("ranks", 0.9)
    )
    assert not ranks.possible and ranks.minimum_p == pytest.approx(1 / 6)


def test_equivalence_and_groups(tmp_path: Any) -> None:
    found = api.power(study_path(tmp_path), plan("equivalent", 0.0, given={"wording": 0.01}))
    assert found.power > 0.8 and found.wordings_needed == pytest.approx(4, abs=1)
    tight = api.power(study_path(tmp_path), plan("equivalent", 0.0, given={"wording": 0.2}))
    assert tight.power < 0.1


def test_a_pilot_gives_spreads_that_agree_with_the_claim(planted: Run, tmp_path: Any) -> None:
    planned = Planned(
        "closer", 0.1, target=SAHELIA, tests=1, between=("healthy", "stereotype"), narrow={"persona": "own"}
    )
    found = api.power(study_path(tmp_path), planned, pilot=planted)
    claim = claim_from(
        {
            "claim": "x", "kind": "closer", "respondent": "healthy", "other": "stereotype", "persona": "own",
            "target": SAHELIA, "measure": "js_similarity",
        },
        "claim.toml",
    )  # fmt: skip
    finding = decide(api.gather_runs([planted]), claim)
    half = ((finding.high or 0) - (finding.low or 0)) / 2
    assert found.spreads.wording is not None
    own = 3.182 * found.spreads.wording / 2
    assert half == pytest.approx(float(np.hypot(own, 1.96 * found.spreads.human)), rel=0.01)
    assert "pilot" in found.spreads.origin and any("not to be used again" in note for note in found.notes)
    assert found.power > 0.99


def test_power_says_how_much_the_shape_of_wordings_matters(planted: Run, tmp_path: Any) -> None:
    given = api.power(study_path(tmp_path, ask={"wordings": 5}), plan(effect=0.08))
    assert given.bracket is not None and given.bracket[0] <= given.power <= given.bracket[1]
    assert given.bracket[1] - given.bracket[0] > 0.01
    assert any("skewed" in note and f"{given.bracket[0]:.2f}" in note for note in given.notes)
    labels = ("healthy", "stereotype")
    one, other = (
        api.power(
            study_path(tmp_path),
            Planned("closer", 0.05, target=SAHELIA, tests=1, between=pair, narrow={"persona": "own"}),
            pilot=planted,
        )
        for pair in (labels, labels[::-1])
    )
    assert one.spreads.skew == pytest.approx(other.spreads.skew) and one.spreads.skew != 0
    assert any("from the pilot" in note for note in one.notes)


@pytest.mark.parametrize(
    ("planned", "said"),
    [
        (Planned("closer", 0.1), "--sd-wording"),
        (Planned("closer", -0.1), "above 0"),
        (Planned("closer", 0.1, given={"wording": -1.0}), "not negative"),
        (Planned("closer", 0.1, power=1.5), "between 0 and 1"),
        (Planned("closer", 0.1, target="atlas-1/EGY", given={"wording": 0.1}), "atlas-1/x-sahelia"),
        (Planned("groups", 0.1), "--sd-model"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Any, planned: Planned, said: str) -> None:
    with pytest.raises(BadStudy) as caught:
        api.power(study_path(tmp_path), planned)
    assert said in str(caught.value)


def test_people_without_distributions_need_another_measure() -> None:
    from tawazun.studies import study_file

    planned = Planned("closer", 0.5, tests=1, given={"wording": 0.4})
    with pytest.raises(BadStudy, match="try --measure map_distance"):
        api.power(study_file("proxy-us"), planned)
    found = api.power(study_file("proxy-us"), Planned("closer", 0.5, "map_distance", tests=1, given={"wording": 0.4}))
    assert found.power > 0.5 and found.minimum_p is None


def test_one_wording_has_no_power_to_speak_of(tmp_path: Any) -> None:
    with pytest.raises(BadStudy, match=r"ask\.wordings"):
        api.power(study_path(tmp_path, ask={"wordings": 1}), plan())
