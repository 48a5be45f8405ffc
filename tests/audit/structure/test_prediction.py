"""Components held against results: planted effects, planted nulls, what is left out, what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tawazun.audit.components import Fit, Structure, structure_of
from tawazun.audit.components.kept import content_of as structures_content
from tawazun.audit.prediction import Panel, associated, forecast, panel_of, skills_of, usable
from tawazun.audit.prediction.association import draws_for
from tawazun.audit.prediction.kept import content_of, read_model
from tawazun.audit.prediction.leaving_out import components_used, line_of, without_sets
from tawazun.audit.prediction.versions import look_alike
from tawazun.errors import BadFile, BadStudy, Refused
from tawazun.stats.permutation import benjamini_hochberg
from tests.audit.structure.planted import cube
from tests.audit.structure.results import lines, panel

FIT = Fit(count=2, draws=100)


@pytest.fixture(scope="module")
def fitted() -> Structure:
    return structure_of(cube(16, 1), FIT)


def test_a_planted_effect_is_found_at_its_component_and_nowhere_else(fitted: Structure) -> None:
    found = associated(fitted.set_scores, panel(fitted, 1, slope=2.5, shared=0.3), effect=0.7)
    hits = [one for one in found.cells if one.q <= 0.05]
    assert len(hits) == 12 and {one.component for one in hits} == {0} and all(one.rho > 0.6 for one in hits)
    assert all(one.low < one.rho < one.high and one.n == 16 for one in found.cells)
    assert found.tests == 24 and 0 < found.power < 1 and found.needed is not None and found.needed > 16


def test_families_that_answer_differently_are_told(fitted: Structure) -> None:
    made = panel(fitted, 2, slope=0.0, families=3, shared=0.3)
    turned = made.change + fitted.set_scores[:, 0][:, None, None] * np.repeat([2.0, 0.0, -2.0], 2)[None, :, None]
    first, second = associated(fitted.set_scores, replace(made, change=turned), effect=0.7).families
    assert first.q < 0.01 and list(np.sign(list(first.slopes.values()))[[0, 2]]) == [1, -1]
    assert second.q > 0.05
    same = associated(fitted.set_scores, panel(fitted, 3, slope=2.0), effect=0.7).families
    assert all(one.q > 0.05 for one in same)
    assert associated(fitted.set_scores, panel(fitted, 3, families=1), effect=0.7).families == ()


def test_components_predict_sets_and_families_left_out_where_there_is_an_effect_only(fitted: Structure) -> None:
    with_effect = skills_of(fitted, panel(fitted, 4, slope=2.5))
    assert {one.left_out for one in with_effect} == {"set", "family", "both"}
    assert all(one.skill > 0.5 for one in with_effect if one.left_out == "set")
    assert all(one.p <= 0.05 for one in with_effect if one.left_out == "set")
    without = skills_of(fitted, panel(fitted, 5))
    assert all(one.skill < 0.3 and one.p > 0.05 for one in without if one.left_out == "set")


def test_what_is_left_out_has_no_say() -> None:
    """Whatever a set's own changes are, its prediction stays as it is."""
    scores = [np.random.default_rng(1).normal(size=(8, 1))] * 8
    change = np.random.default_rng(2).normal(size=(8, 3))
    names, none = tuple(f"s{i}" for i in range(8)), np.full((8, 3, 1), np.nan)
    made = Panel(names, ("x", "y", "z"), ("f",) * 3, ("b",), change[:, :, None], none)
    before = without_sets(scores, change, made)
    moved = change.copy()
    moved[3] += 100
    after = without_sets(scores, moved, made)
    assert after.by_line[3] + moved[3] == pytest.approx(before.by_line[3] + change[3])
    assert after.by_mean[3] + moved[3] == pytest.approx(change[np.arange(8) != 3].mean(axis=0))
    versions = replace(made, origins=("s0", "s1", "s2", "s2", *names[4:]))
    before, after = (without_sets(scores, one, versions) for one in (change, moved))
    assert after.by_line[2] == pytest.approx(before.by_line[2]), "nor on a set of the same origin"


def test_a_line_without_noise_is_found_with_gaps_too() -> None:
    scores = np.random.default_rng(3).normal(size=(9, 2))
    change = np.array([1.0, -2.0, 0.5]) + (scores @ [0.7, -1.5])[:, None]
    change[2, 1] = change[5, 0] = np.nan
    line = line_of(scores, change)
    assert line.slopes == pytest.approx([0.7, -1.5])
    assert line.at(np.array([1.0, 1.0])) == pytest.approx(np.array([1.0, -2.0, 0.5]) - 0.8)
    assert [components_used(sets, 4) for sets in (5, 9, 10, 30)] == [1, 1, 2, 4]


def test_forecasts_come_with_errors_and_say_when_the_mean_is_as_good(fitted: Structure) -> None:
    new = cube(1, 5)
    new = replace(new, values=fitted.cube.values[[4]] * 0.5 + fitted.cube.values[[7]] * 0.5)
    made = panel(fitted, 6, slope=2.5)
    scores = usable(fitted, made, new)
    found = forecast(fitted, made, scores)
    assert len(found) == 2 * 7 and all(one.low < one.change < one.high and one.better for one in found)
    by_hand = line_of(fitted.set_scores, made.change[:, :, 0]).at(scores)
    assert [one.change for one in found[:6]] == pytest.approx(list(by_hand))
    last = found[6]
    assert last.model == "another family's model" and last.high - last.low > max(o.high - o.low for o in found[:6])
    assert not any(one.better for one in forecast(fitted, panel(fitted, 5), scores))
    wider = forecast(fitted, made, scores, 0.99)[0]
    assert wider.high - wider.low > found[0].high - found[0].low


def test_new_sets_out_of_range_or_language_are_refused(fitted: Structure) -> None:
    made = panel(fitted, 6)
    top = int(fitted.set_scores[:, 0].argmax())
    beyond = fitted.cube.values[[top]] + 3 * fitted.scale.mean() * np.sign(
        [
            fitted.loadings[fitted.metrics.index(name), 0] if name in fitted.metrics else 0
            for name in fitted.cube.metrics
        ]
    )
    with pytest.raises(Refused, match=r"score on component 1 .* outside .* nothing is known there"):
        usable(fitted, made, replace(cube(1, 1), values=beyond))
    with pytest.raises(BadStudy, match="say nothing of a set in 'ja'"):
        usable(fitted, made, cube(1, 1, language="ja"))


def test_new_sets_off_the_components_are_refused(fitted: Structure) -> None:
    """Metrics that always rose together and now go apart: the scores are in the middle, and nothing is known of it."""
    strange = fitted.cube.values.mean(axis=0, keepdims=True).copy()
    strange[:, :, [0, 2, 4, 6]] += 3.0
    strange[:, :, [1, 3, 5, 7]] -= 3.0
    with pytest.raises(Refused, match=r"standard deviations off the components, those of the fitted sets up to"):
        usable(fitted, panel(fitted, 6), replace(cube(1, 1), values=strange))


def test_too_few_sets_are_refused_and_told_how_many_are_needed(fitted: Structure) -> None:
    few = structure_of(cube(6, 1), FIT)
    with pytest.raises(Refused, match=r"6 sets with results: with 24 tests none .* below 7 sets, and 26 are needed"):
        associated(few.set_scores, panel(few, 1), effect=0.7)
    with pytest.raises(Refused, match="no component stands above chance"):
        associated(np.zeros((16, 0)), panel(fitted, 1), effect=0.7)
    four = panel(fitted, 1)
    part = replace(four, datasets=four.datasets[:4], change=four.change[:4], variance=four.variance[:4])
    with pytest.raises(Refused, match="4 sets with results"):
        skills_of(fitted, part)


def rows(text: str) -> list[tuple[int, dict[str, str | None]]]:
    header, *body = [line.split(",") for line in text.strip().split("\n")]
    return [(i, {k: v or None for k, v in zip(header, line, strict=True)}) for i, line in enumerate(body, start=2)]


HEAD = "dataset,model,family,benchmark,change"


def test_a_table_of_results_is_read_into_a_panel() -> None:
    text = f"{HEAD},se,seed\nb,m1,f,x,1.0,.3,1\nb,m1,f,x,3.0,.4,2\na,m1,f,x,nan,,1\na,m2,g,x,-1,,1\na,m2,g,y,2,,1"
    found = panel_of(rows(text), ["a", "b", "c"], "results.csv")
    assert (found.datasets, found.models, found.families, found.benchmarks) == (
        ("a", "b"), ("m1", "m2"), ("f", "g"), ("x", "y"),
    )  # fmt: skip
    assert found.change[1, 0, 0] == 2.0 and found.variance[1, 0, 0] == pytest.approx(0.25 / 4)
    assert found.change[0, 1].tolist() == [-1, 2] and np.isnan(found.change[0, 0]).all()
    assert found.notes == (
        "1 rows have no change and are left out (rows 4)", "1 audited sets have no results: c",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dataset,model,benchmark,change\na,m,x,1", "no column 'family'"),
        (f"{HEAD}\na,m,f,x,1\nzz,m,f,x,1", "row 3: the set 'zz' was not audited; audited are a, b"),
        (f"{HEAD}\na,m,f,x,1\na,m,f,x,2", "row 3: a, m, x stand in row 2 too"),
        (f"{HEAD}\na,m,f,x,1\nb,m,g,x,2", "row 3: the model 'm' is of 'f' above and 'g' here"),
        (f"{HEAD}\na,m,f,x,much", "row 2: change is 'much', not a number"),
        (f"{HEAD}\na,m,f,x,inf", "row 2: change is infinite"),
        (f"{HEAD}\na,,f,x,1", "row 2: model is empty"),
        (f"{HEAD}\na,m,f,x,nan\nb,m,f,x,", "no row has a change"),
        (f"{HEAD},se\na,m,f,x,1,-2", "row 2: se is -2"),
    ],
)
def test_bad_tables_are_refused_by_row(text: str, said: str) -> None:
    with pytest.raises(BadFile, match=said):
        panel_of(rows(text), ["a", "b"], "results.csv")


def test_gaps_and_constant_changes_are_not_tested(fitted: Structure) -> None:
    made = panel(fitted, 8)
    change = made.change.copy()
    change[4:, 0, 0] = np.nan
    change[:, 1, 0] = 3.0
    found = associated(fitted.set_scores, replace(made, change=change), effect=0.7)
    untested = [one for one in found.cells if one.benchmark == "bench-0" and one.model in ("model-0", "model-1")]
    assert len(untested) == 4 and all(np.isnan(one.q) for one in untested)
    assert {one.n for one in untested} == {4, 16}
    skills_of(fitted, replace(made, change=change))


def test_a_model_comes_back_from_its_file(fitted: Structure, tmp_path: Path) -> None:
    made = panel(fitted, 9)
    choice = {"rows": 100, "shards": 4, "seed": 1, "families": [], "embedder": {}}
    (tmp_path / "model.json").write_text(json.dumps(content_of(fitted, made, choice), allow_nan=False))
    structure, back, kept = read_model(tmp_path)
    assert np.array_equal(back.change, made.change) and back.models == made.models and kept == choice
    assert np.array_equal(structure.set_scores, fitted.set_scores)
    (tmp_path / "model.json").write_text('{"kind": "prediction", "version": 1, "choice": {}}')
    with pytest.raises(BadFile, match="a model that cannot be read"):
        read_model(tmp_path)
    with pytest.raises(BadFile, match="cannot be read; `tawazun audit association"):
        read_model(tmp_path / "none")


def test_from_a_table_to_a_folder(fitted: Structure, tmp_path: Path) -> None:
    from tawazun.api.predicting import associate

    choice = {"rows": 100, "shards": 4, "seed": 1, "families": [], "embedder": {}}
    (tmp_path / "components.json").write_text(json.dumps(structures_content({"en": fitted}, choice)))
    (tmp_path / "results.csv").write_text("\n".join(lines(panel(fitted, 4, slope=2.5))))
    done = associate(tmp_path / "results.csv", tmp_path / "components.json", out=tmp_path / "out")
    assert {one.name for one in (tmp_path / "out").iterdir()} >= {"model.json", "associations.parquet", "manifest.json"}
    structure, back, _ = read_model(tmp_path / "out")
    assert np.array_equal(back.change, done.panel.change) and structure.names == fitted.names
    with pytest.raises(BadStudy, match="components of en, not of 'ar'"):
        associate(tmp_path / "results.csv", tmp_path / "components.json", language="ar")


def null_world(seed: int, sets: int, slope: float = 0.0) -> tuple[Structure, Panel]:
    structure = structure_of(cube(sets, seed), FIT)
    return structure, panel(structure, 10_000 + seed, slope=slope)


def versions(seed: int, origins: int, each: int) -> tuple[Structure, Panel]:
    """A null world in which sets are versions of a few, alike in metrics and in what they do to models."""
    rng = np.random.default_rng(seed)
    base = cube(origins, seed)
    names = tuple(f"{name}-{i}" for name in base.datasets for i in range(each))
    values = np.repeat(base.values, each, axis=0)
    whole = replace(base, datasets=names, values=values + 0.3 * rng.normal(size=values.shape))
    structure = structure_of(whole, FIT)
    made = panel(structure, 10_000 + seed)
    change = made.change + np.repeat(2 * rng.normal(size=(origins, 1, 1)), each, axis=0)
    return structure, replace(made, change=change, origins=tuple(name.rpartition("-")[0] for name in names))


def test_sets_of_one_origin_count_as_one() -> None:
    """Taken for sets of their own, versions of one set make an association of nothing."""
    alarms: dict[bool, list[bool]] = {True: [], False: []}
    for seed in range(12):
        structure, made = versions(seed, 7, 4)
        for told, listed in alarms.items():
            known = made if told else replace(made, origins=())
            found = associated(structure.set_scores, known, effect=0.7)
            assert found.sets == (7 if told else 28)
            listed.append(min(one.q for one in found.cells) <= 0.05)
    assert sum(alarms[False]) >= 3 and sum(alarms[True]) <= 2
    structure, made = versions(3, 7, 4)
    first = next(one for one in skills_of(structure, made) if one.left_out == "set")
    assert first.n == 7
    wide, narrow = (forecast(structure, one, np.zeros(1)) for one in (made, replace(made, origins=())))
    assert wide[0].high - wide[0].low > narrow[0].high - narrow[0].low


def test_the_origin_of_sets_is_read_and_must_be_one() -> None:
    text = "dataset,model,family,benchmark,change,origin\na,m,f,b,1,x\nb,m,f,b,2,x\nc,m,f,b,3,"
    made = panel_of(rows(text), ("a", "b", "c"), "r.csv")
    assert made.origins == ("x", "x", "c") and "3 sets of 2 origins" in made.notes[0]
    with pytest.raises(BadFile, match="the set 'a' is of 'x' above and of 'y' here"):
        panel_of(rows(text + "\na,m2,f,b,1,y"), ("a", "b", "c"), "r.csv")


@pytest.mark.parametrize(
    ("names", "alike"),
    [
        (("cidar", "cidar-clean", "aya"), [("cidar", "cidar-clean")]),
        (("Owner/Alpaca_v1.1", "me/alpaca-52k", "alpaca-gpt4-data"),
         [("Owner/Alpaca_v1.1", "me/alpaca-52k", "alpaca-gpt4-data")]),
        (("set-1", "set-2", "s3", "s30"), []),
        (("news-ar", "news-en", "ar-poems", "ar-tales", "ar"), []),
    ],
)  # fmt: skip
def test_sets_that_look_like_versions_are_told_where_no_column_says_so(
    names: tuple[str, ...], alike: list[tuple[str, ...]]
) -> None:
    assert look_alike(names) == alike
    text = "dataset,model,family,benchmark,change" + "".join(f"\n{name},m,f,b,1" for name in names)
    notes = panel_of(rows(text), names, "r.csv").notes
    assert len(notes) == len(alike) and all("a column origin" in one and names[0] in one for one in notes)
    said = text.replace("change\n", "change,origin\n", 1).replace(",1", ",1,")
    assert panel_of(rows(said), names, "r.csv").notes == ()


def test_many_benchmarks_do_not_make_one_that_is_predicted(fitted: Structure) -> None:
    """What counts as better than the mean is adjusted over the benchmarks, for what was left out apart."""
    made = skills_of(fitted, panel(fitted, 3, benchmarks=6, shared=0.0))
    for kind in ("set", "both"):
        own = [one for one in made if one.left_out == kind]
        assert [one.q for one in own] == pytest.approx(benjamini_hochberg([one.p for one in own]).tolist())


def test_luck_that_all_families_share_is_no_skill_for_a_new_family(fitted: Structure) -> None:
    """What a set does to every model whatever its score is predicted for a family left out, and for no new set."""
    made = [skills_of(fitted, panel(fitted, seed, families=8, shared=0.95, benchmarks=1)) for seed in range(20)]
    families, both = ([next(one for one in own if one.left_out == kind) for own in made] for kind in ("family", "both"))
    assert np.mean([one.skill > 0 and one.better >= 7 for one in families]) > 0.3
    assert all(np.isnan(one.p) and np.isnan(one.q) for one in families)
    assert np.mean([one.skill > 0 and one.q <= 0.05 for one in both]) <= 0.15


def test_a_lone_association_can_be_found_in_a_grid_of_any_size() -> None:
    assert (draws_for(24), draws_for(500), draws_for(10**9)) == (9_999, 49_999, 99_999)
    assert all(1 / (1 + draws_for(tests)) * tests <= 0.05 for tests in (24, 500, 4_000))


@pytest.mark.slow
@pytest.mark.parametrize("sets", [8, 12, 20])
def test_planted_nulls_raise_no_more_than_five_percent_false_alarms(sets: int) -> None:
    """400 worlds in which what sets do to models has nothing to do with their components."""
    grid, families, better = [], [], []
    for seed in range(400):
        structure, made = null_world(seed, sets)
        found = associated(structure.set_scores, made, effect=0.7)
        grid.append(min(one.q for one in found.cells) <= 0.05)
        families.append(min(one.q for one in found.families) <= 0.05)
        better.append(any(one.skill > 0 and one.q <= 0.05 for one in skills_of(structure, made)))
    print(f"{sets} sets: any association {np.mean(grid):.3f}, families {np.mean(families):.3f}, "
          f"better than the mean {np.mean(better):.3f}")  # fmt: skip
    # three standard errors of 400 draws at 5 % above the bar
    assert max(np.mean(grid), np.mean(families), np.mean(better)) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
