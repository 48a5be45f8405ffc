"""What is to be reached is what people's numbers say, and what is missing is named."""

from dataclasses import replace

import numpy as np
import pytest

from tawazun.adapt.objective import make_objective, torch_loss
from tawazun.adapt.recipe_keys import Loss
from tawazun.adapt.targets import (
    Constants,
    Target,
    anchored,
    dimensions_of,
    fit_items,
    load_targets,
    panel_of,
    reference_of,
    source_targets,
    target_of,
)
from tawazun.atlas import world
from tawazun.errors import BadStudy, UnknownName
from tawazun.instruments import instrument
from tawazun.populations import load_populations
from tawazun.stats.distances import js_divergence
from tests.adapt.conftest import recipe

ATLAS = instrument("atlas")
NONE = Constants("fixed", np.zeros(1))


def people(place: str) -> Target:
    return target_of(load_populations(f"atlas_exact-1/{place}", data=None)[0], ATLAS)


def test_index_scores_are_the_formula_over_the_people() -> None:
    here, found = world(), people("x-sahelia")
    rank = next(one for one in ATLAS.indices if one.name == "rank")
    means = {item: here.shares[here.row("x-sahelia"), here.column(item), :5] @ np.arange(1, 6) for item in rank.terms}
    codes = {item: np.array(ATLAS.question(item).codes) for item in rank.terms}  # type: ignore[union-attr]
    shift = {item: codes[item][0] - 1 for item in rank.terms}
    expected = sum(weight * (means[item] + shift[item]) for item, weight in rank.terms.items())
    assert found.scores["rank"] == pytest.approx(expected)


def test_scores_by_hand_need_no_source() -> None:
    keys = {"populations": [], "scores": {"RANK": 30.0}, "place": "x-sahelia", "dimensions": ["rank"]}
    made = recipe(target=keys)
    (found,) = load_targets(made, ATLAS, None)
    assert found.name == "by hand/x-sahelia" and found.scores == {"rank": 30.0}
    with pytest.raises(BadStudy, match="no index 'PDI'; it has rank"):
        load_targets(recipe(target={**keys, "scores": {"PDI": 1.0}}), ATLAS, None)


def test_a_missing_dimension_is_named_and_can_be_left_out() -> None:
    keys = {"populations": [], "scores": {"rank": 30.0, "ties": 1.0}, "place": "x-sahelia"}
    with pytest.raises(BadStudy, match="no score for contest, rules, horizon, ease"):
        load_targets(recipe(target={**keys, "dimensions": []}), ATLAS, None)
    made = recipe(target={**keys, "dimensions": ["rank", "Ties"]})
    assert [one.name for one in dimensions_of(made, ATLAS)] == ["rank", "ties"]
    assert load_targets(made, ATLAS, None)[0].scores["ties"] == 1.0


def test_items_on_rights_are_in_no_objective_without_a_reason() -> None:
    questions = tuple(replace(one, tags=(*one.tags, "rights")) if one.id == "a02" else one for one in ATLAS.questions)
    marked = replace(ATLAS, questions=questions)
    with pytest.raises(BadStudy, match="a02 of the indices are about rights"):
        fit_items(recipe(), marked)
    assert "a02" in [one.id for one in fit_items(recipe(objective={"rights": "asked for by them"}), marked)]
    items = {"loss": "js_divergence", "items": ["a01", "a02", "a30"]}
    assert [one.id for one in fit_items(recipe(objective=items), marked)] == ["a01", "a30"]
    with pytest.raises(BadStudy, match="nothing is left"):
        fit_items(recipe(objective={**items, "items": ["a02"]}), marked)


def test_items_that_do_not_fit_are_named() -> None:
    with pytest.raises(BadStudy, match="no item 'b99'"):
        fit_items(recipe(objective={"loss": "w1", "items": ["b99"]}), ATLAS)
    with pytest.raises(BadStudy, match="the indices need a03, a04 too"):
        fit_items(recipe(objective={"items": ["a01", "a02"]}), ATLAS)
    with pytest.raises(BadStudy, match="has no indices"):
        dimensions_of(recipe(), replace(ATLAS, indices=()))


def test_people_of_another_instrument_are_refused() -> None:
    with pytest.raises(BadStudy, match="answered 'atlas', the objective is about 'other'"):
        target_of(load_populations("atlas_exact-1/x-sahelia", data=None)[0], replace(ATLAS, name="other"))


def test_an_anchor_is_the_mean_gap_of_a_panel_without_the_target() -> None:
    made = recipe(objective={"constants": "anchor"})
    everybody = source_targets(made, ATLAS, None)
    panel = panel_of(made.objective, everybody, [people("x-marsouk")])
    assert len(panel) == 29 and "x-marsouk" not in [one.place for one in panel]
    model, human = np.array([[1.0, 2.0], [3.0, 6.0], [np.nan, 0.0]]), np.array([[11.0, 0.0], [11.0, 8.0], [5.0, 5.0]])
    found = anchored(model, human, ("a", "b", "c"))
    assert found.values.tolist() == [9.0, 0.0] and found.panel == ("a", "b")
    assert found.words == "constants=anchor over 2 places: +9.0, +0.0"
    with pytest.raises(BadStudy, match="only 1 places"):
        anchored(model[1:], human[1:], ("b", "c"))


def test_a_panel_must_not_hold_the_target_or_strangers() -> None:
    everybody = source_targets(recipe(), ATLAS, None)
    for panel, error, says in (
        (["x-marsouk", "x-sahelia"], BadStudy, "is a target"),
        (["EGY", "x-sahelia"], UnknownName, "nobody of EGY"),
        (["x-sahelia"], BadStudy, "needs 2 places or more"),
    ):
        keys = recipe(objective={"constants": "anchor", "panel": panel}).objective
        with pytest.raises(error, match=says):
            panel_of(keys, everybody, [people("x-marsouk")])


def test_a_reference_needs_scores() -> None:
    made = recipe(target={"reference": "EGY"}, objective={"constants": "relative"})
    with pytest.raises(BadStudy, match="no scores of 'EGY'"):
        reference_of(made, source_targets(made, ATLAS, None), ATLAS, dimensions_of(made, ATLAS))


# ---- the objective


def shares(count: int, questions: int, cells: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.ones(cells), (count, questions))


@pytest.mark.parametrize("loss", ["index", "js_divergence", "w1"])
def test_the_same_shares_score_nothing_and_others_score_more(loss: Loss) -> None:
    found = people("x-sahelia")
    keys = {} if loss == "index" else {"loss": loss, "items": ["a01", "a05", "a30", "a50"] if loss != "w1" else ["a01"]}
    made = recipe(objective=keys)
    questions, indices = fit_items(made, ATLAS), dimensions_of(made, ATLAS)
    constants = Constants("fixed", np.zeros(len(indices)))
    objective = make_objective(loss, found, questions, indices, weights={}, constants=constants)
    own = np.zeros((1, len(questions), objective.codes.shape[1]))
    for row, one in enumerate(questions):
        own[0, row, : one.cells] = found.shares[one.id]
    assert objective.losses(own)[0] == pytest.approx(0, abs=1e-9)
    others = np.zeros((3, *own.shape[1:]))
    for row, one in enumerate(questions):
        others[:, row, : one.cells] = shares(3, 1, one.cells, row)[:, 0]
    assert (objective.losses(others) > 0.001).all()


def test_losses_over_items_are_those_of_the_measures() -> None:
    found = people("x-sahelia")
    items = ["a01", "a25", "a45"]
    for loss in ("js_divergence", "w1"):
        made = recipe(objective={"loss": loss, "items": items})
        questions = fit_items(made, ATLAS)
        one = make_objective(
            loss,
            found,
            questions,
            (),
            weights={"a01": 2.0},
            constants=Constants("none", np.zeros(0)),  # type: ignore[arg-type]
        )
        p = np.zeros((1, 3, one.codes.shape[1]))
        expected = []
        for row, question in enumerate(questions):
            own = shares(1, 1, question.cells, row)[0, 0]
            p[0, row, : question.cells] = own
            human = np.array(found.shares[question.id])
            gap = np.abs(np.cumsum(own - human))[:-1] @ np.diff(question.codes) / np.ptp(question.codes)
            expected.append(float(js_divergence(own, human)) if loss == "js_divergence" else float(gap))
        assert one.losses(p)[0] == pytest.approx(np.average(expected, weights=[2, 1, 1]), abs=1e-9)


def test_weights_of_strangers_and_of_nothing_are_refused() -> None:
    made = recipe()
    args = ("index", people("x-sahelia"), fit_items(made, ATLAS), dimensions_of(made, ATLAS))
    with pytest.raises(BadStudy, match="'ties' is not in the objective"):
        make_objective(*args, weights={"ties": 1.0}, constants=NONE)  # type: ignore[arg-type]
    with pytest.raises(BadStudy, match="all weights are 0"):
        make_objective(*args, weights={"rank": 0.0}, constants=NONE)  # type: ignore[arg-type]


def test_constants_shift_the_goal() -> None:
    made, found = recipe(), people("x-sahelia")
    args = ("index", found, fit_items(made, ATLAS), dimensions_of(made, ATLAS))
    p = shares(2, 4, 5)
    plain = make_objective(*args, weights={}, constants=NONE)  # type: ignore[arg-type]
    moved = make_objective(*args, weights={}, constants=Constants("fixed", np.array([7.0])))  # type: ignore[arg-type]
    assert moved.goals == pytest.approx(plain.goals - 7.0)
    assert moved.losses(p) == pytest.approx(np.abs(plain.indices(p)[:, 0] + 7.0 - found.scores["rank"]))


def test_nan_shares_have_a_nan_loss() -> None:
    made = recipe()
    one = make_objective(
        "index", people("x-sahelia"), fit_items(made, ATLAS), dimensions_of(made, ATLAS), weights={}, constants=NONE
    )
    p = shares(2, 4, 5)
    p[1, 2] = np.nan
    assert np.isfinite(one.losses(p)).tolist() == [True, False]


@pytest.mark.parametrize("loss", ["index", "js_divergence", "w1"])
def test_tensors_and_arrays_have_one_loss(loss: Loss) -> None:
    import torch

    keys = {} if loss == "index" else {"loss": loss, "items": ["a01", "a02"]}
    made = recipe(objective=keys)
    questions, indices = fit_items(made, ATLAS), dimensions_of(made, ATLAS)
    constants = Constants("fixed", np.zeros(len(indices)))
    one = make_objective(loss, people("x-sahelia"), questions, indices, weights={}, constants=constants)
    p = shares(3, len(questions), 5)
    assert torch_loss(one, torch.tensor(p)).numpy() == pytest.approx(one.losses(p), abs=1e-9)
