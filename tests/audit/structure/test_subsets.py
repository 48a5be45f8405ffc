"""Subsets high and low on a component: matched, apart, complete, and what training on them is said to have done."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tawazun.api.components import Reading, fit_components
from tawazun.api.subset_recipes import changes_of_runs, measure_effects, write_recipes
from tawazun.api.subsets import Plan, line_of, make_subsets
from tawazun.audit.components import Fit, Size, structure_of
from tawazun.audit.interventions import (
    Pool,
    carried,
    chosen,
    contributions,
    effects_of,
    random_draw,
    unmatched_sources,
)
from tawazun.audit.interventions.choosing import grouped
from tawazun.errors import BadFile, BadStudy, Refused
from tests.audit.structure.planted import Dials, Manner, corpus, cube, design


def pool(rows: int, seed: int, sources: int = 3) -> tuple[Pool, np.ndarray]:
    """Rows whose score goes with their source and their length, as real ones' does."""
    rng = np.random.default_rng(seed)
    source, words = rng.integers(sources, size=rows), rng.integers(20, 400, size=rows)
    score = source + words / 200 + rng.normal(size=rows)
    return Pool(source, words, tuple(f"set-{i}" for i in range(sources))), score


def test_subsets_are_equal_in_size_sources_and_words_and_differ_in_score() -> None:
    made, score = pool(3000, 1)
    found = chosen(made, score, 700)
    random = [random_draw(made, np.arange(3000), 700, found.group, 1, number) for number in (1, 2, 3)]
    whole = made.shares(np.arange(3000))
    for rows in (found.high, found.low, *random):
        assert len(set(rows.tolist())) == 700
        assert made.words[rows].sum() == pytest.approx(made.words[found.high].sum(), rel=0.02)
        assert made.shares(rows) == pytest.approx(whole, abs=0.005)
    assert not set(found.high) & set(found.low)
    assert score[found.high].mean() > max(score[rows].mean() for rows in random) + 0.5
    assert score[found.low].mean() < min(score[rows].mean() for rows in random) - 0.5
    assert len({tuple(rows) for rows in random}) == 3
    assert unmatched_sources(made, score, 700)["high"]["set-2"] > 0.6


@settings(max_examples=60, deadline=None)
@given(st.integers(40, 400), st.integers(20, 200), st.integers(1, 4), st.sampled_from((8, 16, 64)), st.integers(0, 99))
def test_groups_hold_one_source_and_are_taken_from_alike(
    rows: int, size: int, sources: int, width: int, seed: int
) -> None:
    made, _ = pool(rows, seed, sources)
    size = min(size, rows // 2)
    parts = grouped(made, np.arange(rows), size, width)
    assert sum(take for _, take in parts) == size
    assert all(len(set(made.source[own])) == 1 and 0 < take <= len(own) for own, take in parts)
    seen = np.concatenate([own for own, _ in parts])
    assert len(set(seen)) == len(seen)


def test_what_cannot_be_chosen_is_refused() -> None:
    made, score = pool(200, 2)
    with pytest.raises(Refused, match="more than the 200"):
        chosen(made, score, 101)
    with pytest.raises(Refused, match="20 rows or more"):
        chosen(made, score, 5)
    with pytest.raises(Refused, match="do not differ on the component"):
        chosen(made, np.zeros(200), 50)
    one = Pool(np.zeros(100, dtype=int), np.arange(100) ** 2 + 1, ("set",))
    with pytest.raises(Refused, match="this component is length"):
        chosen(one, one.words.astype(float), 50)
    missing = np.where(np.arange(200) < 150, np.nan, score)
    with pytest.raises(Refused, match="more than the 50"):
        chosen(made, missing, 30)


def real_names(seed: int) -> object:
    """The planted cube with names of real metrics: ten of rows, four of shards."""
    rows = ("lexical.mattr", "lexical.hdd", "lexical.rarity", "lexical.word_entropy", "diversity.distinct_1",
            "diversity.distinct_2", "diversity.distinct_3", "diversity.compression")  # fmt: skip
    shard = ("lexical.pool_types", "diversity.self_bleu", "diversity.near_duplicate_share", "diversity.pool_distinct_1",
             "diversity.pool_distinct_2", "diversity.pool_distinct_3")  # fmt: skip
    base = cube(16, seed, alone=0)
    return structure_of(
        type(base)("en", base.datasets, (*rows, *shard), base.values, base.rows), Fit(draws=100, count=2)
    )


def test_components_of_whole_shards_have_no_rows_to_choose() -> None:
    structure = real_names(1)
    first = carried(structure, 0)  # type: ignore[arg-type]
    assert len(first.metrics) == 8 and first.share > 0.6
    with pytest.raises(Refused, match=r"component 2 .* rests on metrics of whole shards by \d+%"):
        carried(structure, 1)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="component 3: 'en' has 2 components"):
        carried(structure, 2)  # type: ignore[arg-type]


def test_the_mean_contribution_of_rows_is_the_score_of_the_set() -> None:
    structure = real_names(2)
    part = carried(structure, 0)  # type: ignore[arg-type]
    rng = np.random.default_rng(1)
    values = part.centre + rng.normal(size=(4000, len(part.metrics)))
    by_hand = (values.mean(axis=0) - part.centre) @ part.weights
    assert contributions(values, part).mean() == pytest.approx(by_hand, abs=0.02)
    values[0, :] = np.nan
    values[1, 0] = 1e9
    found = contributions(values, part)
    assert np.isnan(found[0]) and found[1] < found[2:].max() + 5 * found[2:].std()


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Six small sets with their components, on disk."""
    folder = tmp_path_factory.mktemp("sets")
    sets = {}
    for i, row in enumerate(design(6, 1)):
        path = folder / f"set{i}.jsonl"
        texts = corpus(Dials(row[0], 0.5, 0.0, row[3]), 44, i, Manner(sentences=3 + i % 2))
        rows = [{"instruction": f"say {n}", "output": text, "license": "CC0-1.0"} for n, text in enumerate(texts)]
        path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
        sets[f"set{i}"] = str(path)
    reading = Reading("en", ("lexical", "scripts"))
    fit_components(sets, size=Size(20, 2), fit=Fit(count=1, draws=100), reading=reading, out=folder / "comp")
    return folder, sets


def test_subsets_are_written_with_what_they_hold(audited: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    folder, sets = audited
    out = tmp_path / "subsets"
    made = make_subsets(
        sets, folder / "comp", out, plan=Plan(size=60, draws=3, licences={"set1": "MIT"}), reading=Reading("en")
    )
    assert list(made.subsets) == ["high-1", "low-1", "random-1", "random-2", "random-3"]
    scores = {name: one["scores"][0] for name, one in made.subsets.items()}
    assert scores["high-1"] > max(scores[f"random-{i}"] for i in (1, 2, 3)) > scores["low-1"]
    originals = {line for path in sets.values() for line in Path(path).read_text().split("\n")}
    for name, one in made.subsets.items():
        lines = (out / name / "data.jsonl").read_text().strip().split("\n")
        assert len(lines) == one["rows"] == 60 and set(lines) <= originals
        listed = (out / name / "rows.csv").read_text().strip().split("\n")
        assert len(listed) == 61 and listed[0] == "source,file,number,digest"
        assert one["licences"]["set0"] == "CC0-1.0" and one["licences"]["set1"] == "MIT"
        assert json.loads((out / name / "manifest.json").read_text())["data"] == one["data"]
    assert str(folder) not in (out / "subsets.json").read_text()
    again = make_subsets(sets, folder / "comp", tmp_path / "b", plan=Plan(size=60, draws=3), reading=Reading("en"))
    assert [one["data"] for one in again.subsets.values()] == [one["data"] for one in made.subsets.values()]


def test_bad_requests_for_subsets_are_refused(audited: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    folder, sets = audited
    with pytest.raises(Refused, match="files of your own"):
        make_subsets({"x": "hub:some/set"}, folder / "comp", tmp_path / "a")
    with pytest.raises(BadStudy, match="3 random subsets or more, not 2"):
        Plan(draws=2)
    with pytest.raises(BadStudy, match="components of en, not of 'ar'"):
        make_subsets(sets, folder / "comp", tmp_path / "a", reading=Reading("ar"))
    with pytest.raises(Refused, match="component 4: 'en' has 1 components"):
        make_subsets(sets, folder / "comp", tmp_path / "a", plan=Plan((4,)), reading=Reading("en"))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x")
    with pytest.raises(BadFile, match="holds something that is no subsets"):
        make_subsets(sets, folder / "comp", tmp_path / "full", plan=Plan(size=60), reading=Reading("en"))
    copies = tmp_path / "copies.jsonl"
    copies.write_text("\n".join([json.dumps({"text": "the same words again and again " * 10})] * 100))
    with pytest.raises(Refused, match="do not differ on the component"):
        make_subsets({"c": str(copies)}, folder / "comp", tmp_path / "c", reading=Reading("en"))


TEMPLATE = """
version = 1
name = "toy"
[base]
model = "planted"
[[source]]
name = "was"
files = "gone.jsonl"
language = "en"
[train]
steps = 4
"""


def test_one_recipe_and_one_command_for_each_subset(audited: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    import tomllib

    folder, sets = audited
    out = tmp_path / "subsets"
    make_subsets(sets, folder / "comp", out, plan=Plan(size=40, draws=3), reading=Reading("en"))
    (tmp_path / "planted.toml").write_text(TEMPLATE)
    made = write_recipes(out, [tmp_path / "planted.toml"], [0, 1])
    assert len(made) == 5 * 2
    table = tomllib.loads((out / made[0].recipe).read_text())
    source = table["source"][0]
    assert (out / made[0].recipe).parent.joinpath(source["files"]).resolve() == (out / "high-1/data.jsonl").resolve()
    assert source["language"] == "en" and source["licence"] == "CC0-1.0" and table["seed"] == 0
    script = (out / "train.sh").read_text()
    assert "tawazun adapt sft recipes/planted/high-1-0.toml --out runs/planted/high-1-0" in script
    (tmp_path / "bad.toml").write_text(TEMPLATE + 'speed = "fast"\n')
    with pytest.raises(BadStudy, match=r"bad.toml.*speed"):
        write_recipes(out, [tmp_path / "bad.toml"], [0])
    with pytest.raises(BadStudy, match="each once"):
        write_recipes(out, [tmp_path / "planted.toml"], [1, 1])
    with pytest.raises(BadFile, match="no finished training"):
        measure_effects(out)
    for one in made:
        run = out / one.run
        run.mkdir(parents=True)
        after = 1.0 if one.subset == "high-1" else 0.1 * one.seed
        scores = [{"measure": "index", "instrument": "atlas", "persona": None, "before": 0.0, "after": after}]
        (run / "lineage.json").write_text(json.dumps({"scores": scores}))
        (run / "manifest.json").write_text("{}")
    changes = changes_of_runs(out, ["high-1", "low-1", "random-1", "random-2", "random-3"])
    assert changes["high-1", "planted", "atlas index"] == [1.0, 1.0]
    high = next(one for one in measure_effects(out, out=tmp_path / "effects").effects if one.subset == "high-1")
    assert high.effect == pytest.approx(0.95) and high.p < 1e-6
    assert (tmp_path / "effects" / "effects.parquet").exists()


def world(
    rng: np.random.Generator, effect: float, draws: int = 5, models: int = 4
) -> dict[tuple[str, str, str], list[float]]:
    """Changes of two seeds: a subset's luck is shared by models, a model's own and a seed's are not."""
    names = ["high-1", "low-1", *(f"random-{i}" for i in range(1, draws + 1))]
    luck = dict(zip(names, rng.normal(size=len(names)), strict=True))
    return {
        (name, f"m{m}", "bench"): [
            luck[name] + (effect if name == "high-1" else 0.0) + own + float(rng.normal()) * 0.3 for _ in range(2)
        ]
        for name in names
        for m, own in enumerate(0.5 * rng.normal(size=models))
    }


def subsets_of(changes: dict[tuple[str, str, str], list[float]]) -> list[str]:
    return list(dict.fromkeys(key[0] for key in changes))


def test_effects_are_told_from_the_luck_of_subsets() -> None:
    """Without an effect 5 % of subsets seem to have one; with a large one nearly all, and bounds hold the truth."""
    rng = np.random.default_rng(1)
    null = [effects_of(one := world(rng, 0.0), subsets_of(one)).effects[0] for _ in range(400)]
    assert np.mean([one.p <= 0.05 for one in null]) <= 0.08
    real = [effects_of(one := world(rng, 6.0), subsets_of(one)).effects[0] for _ in range(100)]
    assert np.mean([one.p <= 0.05 for one in real]) > 0.8
    assert np.mean([one.low <= 6.0 <= one.high for one in real]) > 0.88
    # models differ as much as chance makes them
    squares = [np.mean(np.square([getattr(one, name) for one in null])) for name in ("between", "chance")]
    assert squares[0] == pytest.approx(squares[1], rel=0.15)


def test_rows_with_half_a_surrogate_pair_are_copied() -> None:
    for text in ("a \ud800 b", "سلام"):
        line = line_of({"text": text})
        assert json.loads(line.encode("utf-8")) == {"text": text} and ("\\ud800" in line) == (text[0] == "a")


def test_more_runs_on_random_subsets_do_not_make_luck_smaller() -> None:
    rng = np.random.default_rng(5)
    names = ["high-1", *(f"random-{i}" for i in range(1, 11))]
    sure = []
    for _ in range(200):
        made = {(one, "m", "b"): rng.normal(size=1 if one == "high-1" else 6).tolist() for one in names}
        found = effects_of(made, names)
        sure.append(found.effects[0].p <= 0.05)
    assert np.mean(sure) <= 0.1 and found.notes[0].startswith("b: m was trained 1 to 6 times")


def test_effects_need_random_subsets_and_whole_models() -> None:
    made = world(np.random.default_rng(2), 0.0, draws=3)
    found = effects_of(made, subsets_of(made))
    assert len(found.effects) == 2 and len(found.by_model) == 8 and all(one.draws == 3 for one in found.effects)
    part = {key: value for key, value in made.items() if key[:2] != ("random-2", "m1")}
    less = effects_of(part, subsets_of(part))
    assert less.effects[0].models == 3 and less.notes[0].startswith("bench: m1 has no change for random-2")
    with pytest.raises(Refused, match="2 random subsets: 3 or more"):
        effects_of(made, ["high-1", "random-1", "random-2"])
    with pytest.raises(BadFile, match="no model has a change for every subset"):
        effects_of({("high-1", "m", "b"): [1.0]}, ["high-1", "random-1", "random-2", "random-3"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("subset,model,change\nhigh-1,m,1", "no column 'benchmark'"),
        ("subset,model,benchmark,change\nhigh-9,m,b,1", "row 2: there is no subset 'high-9'"),
        ("subset,model,benchmark,change\nhigh-1,m,b,1\nhigh-1,m,b,2", "row 3: high-1, m, b stand in row 2 too"),
        ("subset,model,benchmark,change\nhigh-1,m,b,much", "row 2: change is 'much'"),
        ("subset,model,benchmark,change\nhigh-1,m,b,nan", "no model has a change for every subset"),
    ],
)
def test_bad_tables_of_effects_are_refused_by_row(text: str, said: str, tmp_path: Path) -> None:
    names = {name: {} for name in ("high-1", "low-1", "random-1", "random-2", "random-3")}
    (tmp_path / "subsets.json").write_text(json.dumps({"kind": "subsets", "subsets": names}))
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(BadFile, match=said):
        measure_effects(tmp_path, tmp_path / "r.csv")


def test_what_is_told_of_a_model_is_told_once_for_all_benchmarks() -> None:
    names = ["high-1", "random-1", "random-2", "random-3"]
    made = {(one, model, b): [float(i), *([1.0] if one == "high-1" and model == "m" else [])]
            for i, one in enumerate(names) for model in ("m", "n") for b in ("a", "b", "c")}  # fmt: skip
    (note,) = effects_of(made, names).notes
    assert note.startswith("a, b, c: m was trained 1 to 2 times on subsets; ")
