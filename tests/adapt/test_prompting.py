"""`tawazun adapt prompts`: a recipe becomes arms, a searched prompt, runs before and after, lineage and manifest."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tawazun.adapt.prompts import Fit
from tawazun.adapt.steering_keys import load_prompts_recipe
from tawazun.api import prompting_desk
from tawazun.api.prompting import adapt_prompts
from tawazun.api.prompting_desk import prepare_prompts
from tawazun.errors import BadFile, BadStudy, StudyChanged, UserError
from tawazun.instruments import instrument
from tawazun.respondents import read_steering
from tawazun.runs import open_run
from tests.adapt.test_prompts import Writer
from tests.commands import one_line, tawazun
from tests.fault_server import serve

ITEMS = [question.id for question in instrument("atlas").questions]
RECIPE = """
name = "steering"
[base]
{base}
[target]
populations = ["atlas-1/x-ngalessa"]
[objective]
instrument = "atlas"
loss = "js_divergence"
items = {items}
{readout}
[ask]
languages = ["en"]
[search]
evaluations = {evaluations}
[steering]
arms = {arms}
from_items = {kept}
{more}
"""
ARMS = ("persona", "cultural", "near", "placebo", "mixture", "examples", "native", "observer")


def recipe(folder: Path, **changes: Any) -> Path:
    keys: dict[str, Any] = {
        "base": 'kind = "planted"', "items": ITEMS[:12], "kept": ITEMS[40:], "arms": list(ARMS), "evaluations": 50,
        "readout": "", "more": 'native = "ar"\nmargins = {sex = {f = 0.5, m = 0.5}}\nshots = 4',
    }  # fmt: skip
    file = folder / "recipe.toml"
    file.write_text(RECIPE.format(**{**keys, **changes}), encoding="utf-8")
    return file


def adapted(file: Path, out: Path) -> Any:
    loaded, keys = load_prompts_recipe(file)
    return adapt_prompts(loaded, keys, out, folder=file.parent)


def test_a_recipe_becomes_arms_that_any_study_can_name(tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = tawazun("adapt", "prompts", str(recipe(tmp_path)), "--out", str(out))
    assert ran.returncode == 0, ran.stderr
    assert "x-ngalessa, near: a person of" in ran.stdout and "flattered by the choice" in ran.stdout
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["kind"], manifest["method"]) == ("adapt", "prompts")
    after, before = open_run(out / "after").answers, open_run(out / "before").answers
    assert set(after["respondent"]) == set(ARMS) and set(before["respondent"]) == {"base"}
    for arm in ARMS:
        assert read_steering(out / "adapter" / "x-ngalessa" / arm).kind == arm
        own = after.filter(respondent=arm)
        assert own["error"].null_count() == own.height == 60
        assert set(own["ask"]) == set(before["ask"])
    assert "steered (near): a person of" in (out / "after" / "manifest.json").read_text(encoding="utf-8")


def test_the_search_picks_the_near_country_and_never_the_control(tmp_path: Path) -> None:
    done = adapted(recipe(tmp_path), tmp_path / "out")
    (searched,) = done.searched
    assert searched.found.best.kind == "near" and searched.found.stopped == "done"
    trials = pl.read_parquet(tmp_path / "out" / "trials.parquet")
    placebo = done.arms["x-ngalessa"]["placebo"]
    assert trials.height == len(ARMS) - 1 + 8 and placebo.digest not in set(trials["digest"])
    history = pl.read_parquet(tmp_path / "out" / "history.parquet")
    assert history["evaluations"].to_list() == list(range(1, trials.height + 1))
    lineage = json.loads((tmp_path / "out" / "lineage.json").read_text(encoding="utf-8"))
    assert lineage["searched"][0]["respondent"] == "near"
    assert lineage["objective"]["items"] == ITEMS[:12] and lineage["objective"]["held_out"] == ITEMS[12:40]
    assert any("placebo for" in note for note in lineage["arms"]["x-ngalessa"]["placebo"]["notes"])
    shown = next(note for note in lineage["arms"]["x-ngalessa"]["examples"]["notes"] if " examples (" in note)
    assert not set(ITEMS[:40]) & set(shown.replace(",", "").split())


def test_a_killed_search_is_taken_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, real, tried = recipe(tmp_path, arms=["persona", "near"]), Fit.attempt, []

    def attempt(self: Fit, steering: Any) -> Any:
        if len(tried) == 5:
            raise KeyboardInterrupt
        tried.append(steering.digest)
        return real(self, steering)

    monkeypatch.setattr(Fit, "attempt", attempt)
    with pytest.raises(KeyboardInterrupt):
        adapted(file, tmp_path / "out")
    assert not (tmp_path / "out" / "manifest.json").exists()
    before = len(tried)
    tried.clear()
    monkeypatch.setattr(Fit, "attempt", lambda self, one: (tried.append(one.digest), real(self, one))[1])
    done = adapted(file, tmp_path / "out")
    assert len(tried) + before == len(done.searched[0].found.trials) == 10
    with pytest.raises(StudyChanged, match="another recipe"):
        adapted(recipe(tmp_path, arms=["persona"]), tmp_path / "out")


def test_seeds_matter_only_where_the_budget_leaves_some_of_the_pool_out(tmp_path: Path) -> None:
    few = adapted(recipe(tmp_path, evaluations=4, arms=["near", "persona"]), tmp_path / "few")
    assert [one.seed for one in few.searched] == [0, 1, 2]
    assert all(len(one.found.trials) == 4 for one in few.searched)
    assert (tmp_path / "few" / "adapter" / "x-ngalessa" / "searched" / "seed-2" / "steering.json").is_file()
    lineage = json.loads((tmp_path / "few" / "lineage.json").read_text(encoding="utf-8"))
    named = {one["respondent"] for one in lineage["searched"]}
    assert named <= set(open_run(tmp_path / "few" / "after").answers["respondent"]) <= {*named, "persona", "near"}


def test_an_endpoint_that_shows_no_probabilities_is_steered_and_searched(tmp_path: Path) -> None:
    with serve() as server:
        base = f'kind = "endpoint"\nmodel = "planted"\nbase_url = "{server.url}"'
        file = recipe(
            tmp_path, base=base, items=ITEMS[:2], arms=["persona"], evaluations=3, kept=[],
            readout='readout = "sampled"\nsamples = 2', more='prompts = "mine.txt"',
        )  # fmt: skip
        (tmp_path / "mine.txt").write_text("Speak as people of {place} speak.\n", encoding="utf-8")
        done = adapted(file, tmp_path / "out")
    assert len(done.searched) == 3 and all(len(one.found.trials) == 3 for one in done.searched)
    assert not any("logprobs" in body for _, body in server.bodies)


def test_people_of_the_users_own_are_seen_from_the_recipes_folder(tmp_path: Path) -> None:
    """Target, near country and examples are of the user's file, wherever the command is typed."""
    lines = ["place,question,option,share,n"]
    for place, first in (("x-ngalessa", 0.6), ("x-norvane", 0.5), ("x-sahelia", 0.1)):
        for item in [*ITEMS[:2], *ITEMS[40:44]]:
            cells = len(instrument("atlas").question(item).codes)  # type: ignore[union-attr]
            shares = (first, *[(1 - first) / (cells - 1)] * (cells - 1))
            lines += [f"{place},{item},{code},{share},100" for code, share in enumerate(shares, 1)]
    (tmp_path / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    own = '[[population]]\nname = "mine-1"\nfile = "people.csv"\ninstrument = "atlas"\n'
    more = "search = false\nshots = 2"
    file = recipe(tmp_path, items=ITEMS[:2], kept=ITEMS[40:44], arms=["near", "examples"], more=more)
    text = file.read_text(encoding="utf-8").replace("atlas-1/x-ngalessa", "mine-1/x-ngalessa")
    file.write_text(text + own, encoding="utf-8")
    done = adapted(file, tmp_path / "out")
    near = json.loads((tmp_path / "out" / "adapter" / "x-ngalessa" / "near" / "steering.json").read_text("utf-8"))
    assert "near country of x-ngalessa: x-norvane" in " ".join(near["notes"])
    after = open_run(done.path / "after")
    assert after.humans["population"].unique().to_list() == ["mine-1/x-ngalessa"]


def test_indices_are_reached_for_too(tmp_path: Path) -> None:
    text = recipe(tmp_path, arms=["persona", "near"], kept=ITEMS[48:]).read_text(encoding="utf-8")
    text = text.replace('loss = "js_divergence"', "").replace(f"items = {ITEMS[:12]}", "")
    (tmp_path / "recipe.toml").write_text(text, encoding="utf-8")
    done = adapted(tmp_path / "recipe.toml", tmp_path / "out")
    assert done.searched[0].found.value > 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"arms": ["nearby"]}, "steering.arms: "),
        ({"arms": []}, "no arms and no search"),
        ({"kept": []}, "near, placebo, examples need from_items"),
        ({"kept": ITEMS[10:20]}, "steering.from_items: 'a11' is part of the fit"),
        ({"kept": ["zz"]}, "steering.from_items: 'zz' is no item of atlas"),
        ({"more": "profiles = 0"}, "steering.profiles: "),
        ({"more": 'colour = "red"'}, "steering.colour: unknown key; allowed: arms, from_items"),
        ({"more": 'native = "ar"'}, "the arm mixture needs the people of the place"),
        ({"more": 'native = "ar"\npeople = "none.csv"'}, "not there"),
        ({"base": 'kind = "recorded"\nfile = "x.csv"'}, "x.csv"),
        ({"arms": ["persona"], "more": 'prompts = "none.txt"'}, "none.txt"),
        ({"arms": ["persona"], "kept": [], "more": 'from_source = "atlas_exact-1"'}, "is about atlas too"),
        ({"arms": ["persona"], "more": "shots = 99", "evaluations": 0}, "evaluations"),
    ],
)
def test_a_recipe_that_cannot_be_says_why(tmp_path: Path, changes: Any, says: str) -> None:
    if changes.get("arms") == []:
        changes = {**changes, "more": "search = false"}
    with pytest.raises(UserError) as caught:
        adapted(recipe(tmp_path, **changes), tmp_path / "out")
    assert says in str(caught.value) and "\n" not in str(caught.value)


def test_a_users_mistake_is_one_line_and_exit_2(tmp_path: Path) -> None:
    ran = tawazun("adapt", "prompts", str(recipe(tmp_path, arms=["nearby"])), "--out", str(tmp_path / "out"))
    one_line(ran, 2, "recipe.toml: steering.arms: ")


def test_what_is_of_one_place_is_refused_for_several(tmp_path: Path) -> None:
    file = recipe(tmp_path)
    text = file.read_text(encoding="utf-8").replace(
        '["atlas-1/x-ngalessa"]', '["atlas-1/x-ngalessa", "atlas-1/x-badiyan"]'
    )
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadStudy, match=r"steering\.native is of one place"):
        load_prompts_recipe(file)
    file.write_text(text.replace('native = "ar"\nmargins = {sex = {f = 0.5, m = 0.5}}', ""), encoding="utf-8")
    loaded, keys = load_prompts_recipe(file)
    assert len(prepare_prompts(loaded, keys).ground.targets) == 2


def test_the_recipe_of_the_docs_runs(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "steering.md").read_text(encoding="utf-8")
    file = tmp_path / "recipe.toml"
    file.write_text(page.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    done = adapted(file, tmp_path / "out")
    assert len(done.searched[0].found.trials) == 15
    made = sorted(one.name for one in (tmp_path / "out").iterdir() if not one.name.startswith("."))
    assert made == sorted(["adapter", "after", "before", "checkpoints", "history.parquet", "lineage.json",
                           "manifest.json", "recipe.toml", "trials.parquet"])  # fmt: skip


def test_what_a_respondent_wrote_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second start reads the prompts that were written: asked again, the respondent would write others."""
    real, writer = prompting_desk._respondent, Writer("Answer as people there do.", "Be one of them, always.")
    monkeypatch.setattr(
        prompting_desk,
        "_respondent",
        lambda keys, folder, remote_code: writer if keys.name == "w" else real(keys, folder, remote_code=remote_code),
    )
    more = 'writer = {name = "w", kind = "endpoint", model = "m"}\nwritten = 2'
    file = recipe(tmp_path, arms=["near"], more=more)
    done = adapted(file, tmp_path / "out")
    titles = {one.title for one in done.searched[0].found.trials}
    assert {"Answer as people there do.", "Be one of them, always."} <= titles and len(writer.asked) == 1
    (tmp_path / "out" / "manifest.json").unlink()
    again = adapted(file, tmp_path / "out")
    assert len(writer.asked) == 1 and again.searched[0].found.trials == done.searched[0].found.trials
    (tmp_path / "out" / "checkpoints" / "x-ngalessa" / "written.json").write_text("{", encoding="utf-8")
    with pytest.raises(BadFile, match="delete it to have prompts written again"):
        adapted(file, tmp_path / "out")
