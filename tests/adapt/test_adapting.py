"""One command from a recipe to adapters, the runs before and after, and a manifest."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
import tomli_w
from typer.testing import CliRunner

from tawazun.adapt.recipe import recipe_from
from tawazun.adapt.targets import people_of
from tawazun.api.adapting import adapt_soft_prompt, adaptation_size, prepare_adaptation, side_study
from tawazun.api.finding import find_populations
from tawazun.cli import app
from tawazun.engine import read_soft_prompt
from tawazun.errors import BadFile, Refused, StudyChanged
from tawazun.runs import open_run
from tests.adapt.conftest import recipe, table

Folder = Callable[[str], Path]


def written(path: Path, **changes: Any) -> Path:
    path.write_text(tomli_w.dumps(table(**changes)), encoding="utf-8")
    return path


def told(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_recipe_makes_the_whole_folder(tiny: Folder, tmp_path: Path) -> None:
    said: list[str] = []
    out, begun = tmp_path / "out", []

    def progress(what: str, row: Any) -> None:
        begun.append((what, row.evaluations, list(said), (out / "constants.json").is_file()))

    made = recipe(base={"model": str(tiny("llama"))})
    adapt_soft_prompt(made, out, folder=tmp_path, progress=progress, say=said.append)
    # constants are said and stored before the first candidate is scored
    assert begun[0] == ("x-marsouk, seed 0", 8, ["atlas_exact-1/x-marsouk: constants=fixed: +0.0"], True)
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["kind"] == "adapt" and manifest["counts"] == {"adapters": 1, "evaluations": 24}
    assert str(tmp_path) not in (out / "manifest.json").read_text()
    assert read_soft_prompt(out / "adapter").position == "persona"
    assert pl.read_parquet(out / "history.parquet").height == 3
    assert json.loads((out / "constants.json").read_text())["atlas_exact-1/x-marsouk"]["policy"] == "fixed"
    before, after = open_run(out / "before").answers, open_run(out / "after").answers
    assert before.height == after.height == 60
    assert before["ask"].to_list() == after["ask"].to_list()
    assert before["respondent"].unique().to_list() == ["base"]
    assert before["p"].to_list() != after["p"].to_list()


def test_after_is_what_the_search_saw(tiny: Folder, tmp_path: Path) -> None:
    made = recipe(base={"model": str(tiny("llama"))})
    done = adapt_soft_prompt(made, tmp_path / "out", folder=tmp_path)
    (one,) = done.fitted
    scores = open_run(tmp_path / "out" / "after").scores
    rank = scores.filter(
        (pl.col("measure") == "index") & (pl.col("item") == "rank") & (pl.col("respondent") == "adapted")
    )
    assert rank["value"][0] == pytest.approx(one.indices["rank"], abs=1e-3)


def test_what_is_searched_by_replies_is_asked_by_replies(tmp_path: Path) -> None:
    made = recipe(objective={"readout": "sampled", "samples": 3})
    asked = side_study(SimpleNamespace(recipe=made), "before").ask  # type: ignore[arg-type]
    assert (asked.mode, asked.samples) == ("sample", 3)
    assert made.study().ask.samples == 3


def test_a_finished_adaptation_is_taken_up_and_another_recipe_is_not(tiny: Folder, tmp_path: Path) -> None:
    made = recipe(base={"model": str(tiny("llama"))})
    first = adapt_soft_prompt(made, tmp_path / "out", folder=tmp_path)
    rows: list[Any] = []
    again = adapt_soft_prompt(made, tmp_path / "out", folder=tmp_path, progress=lambda what, row: rows.append(row))
    assert rows == [] and again.fitted[0].value == first.fitted[0].value
    kept = (tmp_path / "out" / "manifest.json").read_bytes()
    with pytest.raises(StudyChanged, match="begun with another recipe"):
        adapt_soft_prompt(recipe(base={"model": str(tiny("llama"))}, seed=9), tmp_path / "out", folder=tmp_path)
    assert (tmp_path / "out" / "manifest.json").read_bytes() == kept
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x")
    with pytest.raises(BadFile, match="holds no adaptation"):
        adapt_soft_prompt(made, tmp_path / "full", folder=tmp_path)


def test_a_group_and_seeds_lie_below_each_other(tiny: Folder, tmp_path: Path) -> None:
    people = {"populations": ["atlas_exact-1/x-marsouk", "atlas_exact-1/x-norvane"]}
    search = {"evaluations": 8, "seeds": [0, 1]}
    made = recipe(base={"model": str(tiny("llama"))}, target=people, search=search)
    done = adapt_soft_prompt(made, tmp_path / "out", folder=tmp_path)
    places = [one.folder.relative_to(tmp_path / "out").as_posix() for one in done.fitted]
    assert places == [f"adapter/{code}/seed-{seed}" for code in ("x-marsouk", "x-norvane") for seed in (0, 1)]
    assert all((tmp_path / "out" / place.replace("adapter", "after") / "manifest.json").is_file() for place in places)
    history = pl.read_parquet(tmp_path / "out" / "history.parquet")
    assert history.group_by("target", "seed").len()["len"].to_list() == [1, 1, 1, 1]


def test_a_dry_run_says_what_it_costs_and_writes_nothing(tiny: Folder, tmp_path: Path) -> None:
    keys = {"constants": "anchor", "panel": ["x-sahelia", "x-norvane"]}
    file = written(tmp_path / "r.toml", base={"model": str(tiny("llama"))}, objective=keys, search={"seeds": [0, 1]})
    done = told("adapt", "soft-prompt", file, "--out", tmp_path / "out", "--dry-run", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert {key: found[key] for key in ("searches", "evaluations", "prompts", "panel")} == {
        "searches": 2, "evaluations": 48, "prompts": 4, "panel": 2,
    }  # fmt: skip
    assert found["tokens"] > 4 * 20 and not (tmp_path / "out").exists()


def test_the_size_of_a_shared_search_counts_every_target(tiny: Folder) -> None:
    people = {"populations": ["atlas_exact-1/x-marsouk", "atlas_exact-1/x-norvane"]}
    made = recipe(base={"model": str(tiny("llama"))}, target=people, search={"shared": True})
    size = adaptation_size(prepare_adaptation(made))
    assert (size.searches, size.evaluations, size.prompts) == (1, 24, 8)


def test_what_is_wrong_leaves_no_folder(tmp_path: Path) -> None:
    file = written(tmp_path / "r.toml", base={"kind": "endpoint", "model": "m", "base_url": "http://localhost:1"})
    done = told("adapt", "soft-prompt", file, "--out", tmp_path / "out", "--dry-run")
    assert isinstance(done.exception, Refused) and "tawazun adapt prompts" in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_a_recipe_with_own_texts_is_resolved(tiny: Folder, tmp_path: Path) -> None:
    made = recipe_from(table(base={"model": str(tiny("llama"))}, ask={"texts": ["atlas=none.csv"]}), "r.toml")
    with pytest.raises(BadFile, match=r"none\.csv"):
        prepare_adaptation(made, folder=tmp_path)


def test_the_card_says_where_the_adapter_loads(tiny: Folder, tmp_path: Path) -> None:
    for position, says in (("before", "PeftModel.from_pretrained"), ("after", "does NOT load with PEFT")):
        made = recipe(base={"model": str(tiny("llama"))}, search={"position": position, "evaluations": 8})
        done = adapt_soft_prompt(made, tmp_path / position, folder=tmp_path)
        page = (done.fitted[0].folder / "README.md").read_text(encoding="utf-8")
        assert says in page and "atlas_exact-1/x-marsouk" in page and "a01, a02, a03, a04" in page


def test_a_group_of_the_users_own_people_is_found_as_a_recipe_finds_it(tmp_path: Path) -> None:
    rows = [f"{place},a01,4.0" for place in ("EGY", "MAR", "JPN")]
    (tmp_path / "own.csv").write_text("place,question,value\n" + "\n".join(rows) + "\n", encoding="utf-8")
    made = recipe_from(
        {
            **table(),
            "base": {"kind": "hf", "model": "planted"},
            "population": [{"name": "mine-1", "file": "own.csv", "instrument": "atlas"}],
            "target": {"populations": ["mine-1/group:arab-league@2023-05"]},
        },
        "r.toml",
    )
    found = find_populations(side_study(SimpleNamespace(recipe=made), "before"), tmp_path, None)  # type: ignore[arg-type]
    own = people_of(made, made.target.populations[0], None, tmp_path)
    assert [one.name for one in found] == [one.name for one in own] == ["mine-1/EGY", "mine-1/MAR"]


def test_people_and_questions_of_the_users_own_can_be_the_target(tiny: Folder, tmp_path: Path) -> None:
    """Two files of people: the target's, and those that the table's other instrument needs."""
    asked = [
        {"question": f"Is it good to be {word}?", "options": ["yes", "no"], "answer": "A"}
        for word in "early late".split()
    ]
    (tmp_path / "mine.jsonl").write_text("\n".join(json.dumps({"id": f"q{at}", **one}) for at, one in enumerate(asked)))
    rows = [f"x-home,q{item},{code},{share},90" for item in (0, 1) for code, share in ((1, 0.75), (2, 0.25))]
    (tmp_path / "home.csv").write_text("place,question,option,share,n\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "other.csv").write_text("place,question,value\nx-home,a01,4.0\n", encoding="utf-8")
    made = recipe_from(
        {
            **table(base={"model": str(tiny("llama"))}),
            "place": [{"code": "x-home", "names": {"en": "Home"}}],
            "population": [
                {"name": "mine-1", "file": "home.csv", "instrument": "custom:mine.jsonl"},
                {"name": "other-1", "file": "other.csv", "instrument": "atlas"},
            ],
            "target": {"populations": ["mine-1/x-home"]},
            "objective": {"instrument": "custom:mine.jsonl", "loss": "js_divergence", "items": ["q0"]},
            "search": {"evaluations": 8, "anchors": ["group:atlas-west@1"], "components": 3, "seeds": [0]},
            "table": {"instruments": ["atlas"], "populations": ["other-1"]},
        },
        "r.toml",
    )
    done = adapt_soft_prompt(made, tmp_path / "out", folder=tmp_path)
    (one,) = done.fitted
    assert one.target.shares == {"q0": (0.75, 0.25), "q1": (0.75, 0.25)}
    p = np.array(open_run(tmp_path / "out" / "after").answers.row(0, named=True)["p"])
    h, p = np.array([0.75, 0.25]), p / p.sum()
    by_hand = sum((a * np.log2(a / ((p + h) / 2))).sum() for a in (p, h)) / 2
    assert one.value == pytest.approx(by_hand, abs=1e-6)


def test_people_of_the_users_own_can_be_the_target(tiny: Folder, tmp_path: Path) -> None:
    rows = [f"x-home,a0{item},{score}" for item, score in ((1, 4.0), (2, 2.0), (3, 4.5), (4, 1.5))]
    (tmp_path / "home.csv").write_text("place,question,value\n" + "\n".join(rows) + "\n", encoding="utf-8")
    made = recipe_from(
        {
            **table(base={"model": str(tiny("llama"))}),
            "place": [{"code": "x-home", "names": {"en": "Home"}}],
            "population": [{"name": "mine-1", "file": "home.csv", "instrument": "atlas"}],
            "target": {"populations": ["mine-1/x-home"], "dimensions": ["rank"]},
            "search": {"evaluations": 8, "anchors": ["group:atlas-west@1"], "components": 3, "seeds": [0]},
        },
        "r.toml",
    )
    done = adapt_soft_prompt(made, tmp_path / "out", folder=tmp_path)
    (one,) = done.fitted
    assert one.target.name == "mine-1/x-home" and one.target.scores == {"rank": 35 * (4 - 2) + 25 * (4.5 - 1.5)}
    assert open_run(tmp_path / "out" / "after").humans["population"].unique().to_list() == ["mine-1/x-home"]
