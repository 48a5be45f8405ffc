"""Comparisons: families, ties, groups, and everything that is refused by name instead of being ranked."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

import tawazun
from tawazun import api
from tawazun.claims import Gathered, gather
from tawazun.claims.asked import Asked
from tawazun.claims.comparison import compare
from tawazun.claims.group_comparison import compare_groups
from tawazun.claims.matching import find_target
from tawazun.claims.models import Groups
from tawazun.errors import BadFile, BadStudy, Refused, UnknownName, UserError
from tawazun.runs import Run
from tawazun.stats.permutation import benjamini_hochberg, holm
from tawazun.study import study_from
from tests.claims.conftest import PEOPLE
from tests.claims.making import claimed, instrument_of, laid_out, noisy, part, study_of
from tests.claims.test_kinds import PEOPLE_SHARES, models, named

OPEN = ("healthy", "twin", "pulled", "mirror", "stereotype")


def test_every_pair_is_compared_and_corrected_as_one_family(side_by_side: Gathered) -> None:
    found = compare(side_by_side, Asked("js_similarity", (PEOPLE,), OPEN))
    assert len(found.differences) == found.tests == 10
    p = [row.p for row in found.differences]
    assert [row.p_holm for row in found.differences] == pytest.approx(holm(p).tolist())
    assert [row.p_bh for row in found.differences] == pytest.approx(benjamini_hochberg(p).tolist())
    assert all((row.minimum_p or 1) <= 0.001 for row in found.differences)
    assert found.table.height == 10 and found.exploratory
    outcome = {(row.first, row.second): row.outcome for row in found.differences}
    assert outcome["healthy", "twin"] == "equivalent"
    assert outcome["healthy", "pulled"] == outcome["healthy", "mirror"] == "first is closer"


def test_those_that_cannot_be_told_apart_share_places(side_by_side: Gathered) -> None:
    found = compare(side_by_side, Asked("js_similarity", (PEOPLE,), OPEN))
    places = {one.respondent: (one.best, one.worst) for one in found.places}
    assert places["healthy"] == places["twin"] == (1, 2)
    assert places["stereotype"] == (3, 3)
    closeness = {one.respondent: one.closeness for one in found.places}
    assert closeness["healthy"] > closeness["stereotype"] > closeness["pulled"]


def test_a_closed_gate_ranks_nobody(side_by_side: Gathered) -> None:
    found = compare(side_by_side, Asked("js_similarity", (PEOPLE,)))
    assert {row.outcome for row in found.differences if "absent" in (row.first, row.second)} == {"not interpretable"}
    assert not found.places


def test_a_family_may_be_larger_or_one_per_people(side_by_side: Gathered) -> None:
    specs = ("atlas-1/x-sahelia", "atlas-1/x-zahrania")
    base = Asked("js_similarity", specs, ("healthy", "pulled", "mirror"))
    whole, each, planned = (
        compare(side_by_side, one) for one in (base, replace(base, family="population"), replace(base, tests=100))
    )
    one = [(a.p_holm or 0, b.p_holm or 0, c.p_holm or 0) for a, b, c in zip(
        whole.differences, each.differences, planned.differences, strict=True
    )]  # fmt: skip
    assert all(small <= middle <= large for middle, small, large in one)
    assert planned.tests == 100 and any(large > middle for middle, _, large in one)
    with pytest.raises(BadStudy, match="alone makes 6"):
        compare(side_by_side, replace(base, tests=3))


def test_the_python_front_door(planted: Run) -> None:
    found = tawazun.compare([planted], measure="js_similarity", populations=[PEOPLE])
    assert len(found.differences) == 15
    assert isinstance(found.table, pl.DataFrame)


def test_recorded_models_on_the_map(recorded: Run) -> None:
    found = compare(api.gather_runs([recorded]), Asked("map_distance", ("cultural_map-2022/IND",)))
    (row,) = found.differences
    assert (row.first_closeness, row.second_closeness) == (
        pytest.approx(3.907, abs=0.001),
        pytest.approx(3.191, abs=0.001),
    )
    assert row.outcome == "second is closer" and row.value == pytest.approx(3.191 - 3.907, abs=0.002)
    assert row.minimum_p is None and row.low is not None
    with pytest.raises(BadStudy, match="map_distance"):
        compare(api.gather_runs([recorded]), Asked("js_similarity"))


# --- what is refused -----------------------------------------------------------------------------------------------


def shares(seed: int = 1, wordings: int = 3, items: int = 8) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    people = {place: np.tile(p, (items, 1)) for place, p in PEOPLE_SHARES.items()}
    return people, {"a": noisy(people["EGY"], wordings, 100, rng), "b": noisy(people["USA"], wordings, 100, rng)}


def two_runs(first: dict[str, Any], second: dict[str, Any], **shape: int) -> Gathered:
    people, answers = shares(**shape)
    one = part({"a": answers["a"]}, people, name="one", **first)
    trimmed = {"b": answers["b"][: second.pop("wordings", None)]}
    two = part(trimmed, second.pop("people", people), name="two", **second)
    return gather([one, two], instruments=[instrument_of(answers)])


ASKED = Asked("js_similarity", ("made-1/EGY",))


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ({"mode": "sample", "n": 30.0}, ["mode", "logprob against sample"]),
        ({"wordings": 2}, ["wordings", "w1, w2, w3 against w1, w2"]),
        ({"order": "reversed"}, ["orders", "forward against reversed"]),
        ({"labels": "digits"}, ["label scripts"]),
        ({"placement": "user"}, ["placement"]),
        ({"language": "ar"}, ["languages", "en against ar"]),
        ({"prompt_version": 2}, ["prompt version", "1 against 2"]),
        ({"decoding": "t=1,p=1,max=8,seed=0", "mode": "sample", "n": 9.0}, ["mode"]),
    ],
)
def test_runs_that_were_not_asked_alike_are_not_ranked(second: dict[str, Any], said: list[str]) -> None:
    with pytest.raises(Refused) as caught:
        compare(two_runs({}, second), ASKED)
    assert [word for word in ["a and b differ in", "not ranked", *said] if word not in str(caught.value)] == []


def test_two_runs_that_were_asked_alike_are_compared() -> None:
    (row,) = compare(two_runs({}, {}), ASKED).differences
    assert (row.first, row.second, row.outcome) == ("a", "b", "first is closer")


def test_other_people_are_refused() -> None:
    people, _ = shares()
    other = {**people, "EGY": people["MAR"]}
    with pytest.raises(Refused, match="other figures for the people of made-1/EGY"):
        two_runs({}, {"people": other})


def test_other_texts_under_one_name_are_refused() -> None:
    people, answers = shares()
    one, two = (part({label: answers[label]}, people, name=label) for label in "ab")
    two = replace(two, answers=two.answers.with_columns(ask=pl.col("ask").str.reverse()))
    with pytest.raises(Refused, match="in other words"):
        compare(gather([one, two], instruments=[instrument_of(answers)]), ASKED)


def test_own_groups_of_several_runs_are_all_known() -> None:
    people, answers = shares()
    groups = [{"id": "group:near@1", "members": ["EGY", "MAR"]}, {"id": "group:far@1", "members": ["USA"]}]
    studies = [
        study_of([label]).model_dump(mode="json") | {"group": [own]} for label, own in zip("ab", groups, strict=True)
    ]
    parts = [
        part({label: answers[label]}, people, name=label, study=study_from(study, "s"))
        for label, study in zip("ab", studies, strict=True)
    ]
    made = gather(parts, instruments=[instrument_of(answers)])
    for spec, count in (("made-1/group:near@1", 2), ("made-1/group:far@1", 1)):
        assert len(find_target(made, spec).at) == count
    other = studies[1] | {"group": [{**groups[0], "members": ["USA"]}]}
    with pytest.raises(Refused, match="other members"):
        gather([parts[0], replace(parts[1], study=study_from(other, "s"))], instruments=[instrument_of(answers)])


def test_one_label_for_two_respondents_is_told_apart_by_the_run() -> None:
    people, answers = shares()
    parts = [part({"m": answers[k]}, people, name=f"run-{k}", id=k) for k in "ab"]
    found = compare(gather(parts, instruments=[instrument_of(answers)]), ASKED)
    assert {found.differences[0].first, found.differences[0].second} == {"m @run-a", "m @run-b"}
    with pytest.raises(Refused, match="rename a folder"):
        gather([replace(one, name="same") for one in parts], instruments=[instrument_of(answers)])


def test_one_respondent_in_two_runs_is_one_unless_it_answered_otherwise() -> None:
    people, answers = shares()
    one, again = part(answers, people, name="one"), part(answers, people, name="two")
    assert len(compare(gather([one, again], instruments=[instrument_of(answers)]), ASKED).differences) == 1
    rounded = part({"a": answers["a"] + 1e-6 * np.array([1, -1, 0, 0]), "b": answers["b"]}, people, name="two")
    (row,) = compare(gather([one, rounded], instruments=[instrument_of(answers)]), ASKED).differences
    assert row.outcome == "first is closer"
    changed = part({"a": answers["b"], "b": answers["b"]}, people, name="two")
    with pytest.raises(Refused, match="different answers"):
        gather([one, changed], instruments=[instrument_of(answers)])


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        (Asked("js_similarity", ("made-1/FRA",)), UnknownName, "made-1/EGY"),
        (Asked("js_similarity", ("wvs-7/EGY",)), UnknownName, "made-1"),
        (Asked("js_similarity", ("made-1/group:arab-league@2023-05",), ("a", "nobody")), UnknownName, "nobody"),
        (Asked("map_distance", ("made-1/EGY",)), BadStudy, "nothing to compare"),
        (Asked("rank_agreement", ("made-1/EGY",)), UnknownName, "js_similarity"),
        (Asked("js_similarity", ("made-1/EGY",), ("a",)), BadStudy, "nothing to compare"),
        (Asked("js_similarity", narrow={"language": "fr"}), BadStudy, "nothing to compare"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(asked: Asked, error: type[UserError], said: str) -> None:
    people, answers = shares()
    with pytest.raises(error) as caught:
        compare(laid_out(answers, people), asked)
    assert said in str(caught.value)


def test_unfinished_and_foreign_folders_are_refused(planted: Run, tmp_path: Any) -> None:
    import shutil

    copy = tmp_path / "half"
    shutil.copytree(planted.path, copy)
    (copy / "manifest.json").unlink()
    with pytest.raises(BadFile, match="not finished"):
        api.gather_runs([copy])
    (copy / "manifest.json").write_text('{"kind": "audit"}')
    with pytest.raises(BadFile, match="audit"):
        api.gather_runs([copy])
    with pytest.raises(BadFile, match="no run"):
        api.gather_runs([])
    with pytest.raises(BadFile, match="no run here"):
        api.gather_runs([tmp_path])


# --- groups of models ----------------------------------------------------------------------------------------------


def test_groups_are_tested_with_models_as_units() -> None:
    groups = Groups(("regional", tuple(named("regional"))), ("global", tuple(named("global"))), {})
    found = compare_groups(models(0.4), Asked("js_similarity", ("made-1/EGY", "made-1/USA")), groups)
    assert found.outcomes == ("regional closer", "global closer")
    (row, other) = found.rows
    assert row["models"] == (5, 5) and row["minimum_p"] == pytest.approx(2 / 252)
    assert row["p_holm"] == pytest.approx(min(1.0, 2 * (row["p"] or 1))) and set(other["closeness"]) == set(
        groups.labels
    )


def test_no_difference_is_not_called_equivalence_unless_shown() -> None:
    groups = Groups(("regional", tuple(named("regional"))), ("global", tuple(named("global"))), {})
    wide = compare_groups(models(0.0, spread=0.3), Asked("js_similarity", ("made-1/EGY",)), groups)
    assert wide.outcomes == ("superiority not shown (which is not equivalence)",)
    tight = compare_groups(models(0.0), Asked("js_similarity", ("made-1/EGY",)), groups)
    assert tight.outcomes == ("equivalent",) and (tight.rows[0]["p_equivalent"] or 1) < 0.05
    few = Groups(("regional", tuple(named("regional", 2))), ("global", tuple(named("global"))), {})
    small = compare_groups(models(0.4), Asked("js_similarity", ("made-1/EGY",)), few)
    assert "2 of regional" in small.outcomes[0] and small.rows[0]["p"] is None


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        (Groups(("x", ("regional0",)), ("y", ("nobody",)), {}), "nobody"),
        (Groups(("x", ()), ("y", ("global0",)), {}), "no model in it"),
        (Groups(("x", ("regional0",)), ("y", ("regional0",)), {}), "stands twice"),
        (Groups(("x", ("regional0",)), ("y", ("global0",)), {"regional0": "f"}), "'global0' is in no block"),
        (Groups(("x", ("regional0",)), ("y", ("global0",)), {"regional0": "f", "global0": "f", "z": "f"}), "'z'"),
    ],
)
def test_bad_groups_are_refused(groups: Groups, said: str) -> None:
    with pytest.raises(BadStudy) as caught:
        compare_groups(models(0.4), Asked("js_similarity", ("made-1/EGY",)), groups)
    assert said in str(caught.value)


# --- claims about what is not there --------------------------------------------------------------------------------


BASE = {"kind": "closer", "respondent": "a", "other": "b", "target": "made-1/EGY"}


@pytest.mark.parametrize(
    ("keys", "error", "said"),
    [
        ({"respondent": "c"}, UnknownName, "The runs hold the respondents: a, b"),
        ({"target": "made-1/FRA"}, UnknownName, "made-1/USA"),
        ({"target": "made-1/group:asean@2023-01"}, UserError, "asean"),
        ({"target": "made-1/group:eu@2020-02"}, UserError, "eu"),
        ({"language": "fr"}, BadStudy, "language = 'fr'"),
        ({"persona": "EGY"}, BadStudy, "persona = 'EGY'"),
        ({"kind": "nearer"}, UnknownName, "closer"),
        ({"measur": "x"}, BadStudy, "Allowed here: alpha, claim"),
        ({"smallest_effect": -1}, BadStudy, "greater than 0, not -1"),
        ({"alpha": 0.9}, BadStudy, "alpha"),
        ({"other": None}, BadStudy, "other"),
        ({"measure": "index"}, UnknownName, "map_distance"),
    ],
)
def test_a_claim_about_nothing_is_one_clear_line(keys: dict[str, Any], error: type[UserError], said: str) -> None:
    people, answers = shares()
    table = {k: v for k, v in {**BASE, **keys}.items() if v is not None}
    with pytest.raises(error) as caught:
        claimed(laid_out(answers, people), **table)
    assert said in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"kind": "closer-than-people", "people": "made-1/EGY"}, "is the target itself"),
        ({"kind": "closer-than-people", "people": "made-1"}, "one population"),
        ({"kind": "above-floor", "floor": "regional"}, "needs the group"),
        ({"kind": "above-floor", "floor": "uniform", "group": "group:x@1"}, "only a regional floor"),
    ],
)
def test_combinations_that_make_no_sense(keys: dict[str, Any], said: str) -> None:
    people, answers = shares()
    table = {k: v for k, v in {**BASE, **keys}.items() if k != "other"}
    with pytest.raises(BadStudy) as caught:
        claimed(laid_out(answers, people), **table)
    assert said in str(caught.value)


def test_several_personas_must_be_named() -> None:
    people, answers = shares()
    both = {**answers, **{(label, "human"): p for label, p in answers.items()}}
    with pytest.raises(BadStudy, match=r"more than one persona: .*human"):
        claimed(laid_out(both, people), **BASE)
    assert claimed(laid_out(both, people), **BASE, persona="human").verdict == "supported"
