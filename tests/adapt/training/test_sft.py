"""Supervised tuning: what is learnt from, what is refused before any weight is moved, and what is kept of it."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from transformers import TrainerCallback

from tawazun.adapt.sft import stage
from tawazun.adapt.sft.keys import SftRecipe
from tawazun.adapt.training.keys import stage_from
from tawazun.adapt.training.running import train as train_as_it_is
from tawazun.api.training import Given
from tawazun.api.training_sft import adapt_sft, sft_size
from tawazun.errors import BadStudy, Refused, StudyChanged, UserError
from tests import tiny_models
from tests.adapt.training.conftest import killed_while, weights

SURVEY: dict[str, Any] = {
    "name": "people", "instrument": "atlas", "populations": ["atlas_exact-1/x-marsouk"], "wordings": ["w1"],
    "items": ["a25", "a28", "a46"], "persona": "none", "people": 4,
}  # fmt: skip


def recipe(**changes: Any) -> SftRecipe:
    """A small recipe; keys of `train` are changed one by one."""
    train = {"method": "lora", "rank": 2, "steps": 4, "batch": 4, "rate": 1e-3, "save_every": 2, "context": 128}
    table: dict[str, Any] = {"name": "a test", "base": {"model": "planted", "device": "cpu"}, "survey": [SURVEY]}
    return stage_from(
        {**table, **changes, "train": {**train, **changes.get("train", {})}}, "sft.toml", SftRecipe
    )  # fmt: skip


def chats(folder: Path, rows: list[dict[str, Any]], **keys: Any) -> dict[str, Any]:
    """A source of conversations in a file of its own."""
    name = keys.get("name", "chats")
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows))
    return {"files": f"{name}.jsonl", "language": "en", "licence": "CC0-1.0", "name": name, **keys}


TALK = [{"instruction": f"Say {n}.", "output": f"{n} it is."} for n in range(12)]


def test_what_is_learnt_and_what_is_kept_of_it(tmp_path: Path) -> None:
    tagged = [{**one, "country": ""} for one in TALK]
    source = chats(tmp_path, [*tagged, {**TALK[0], "country": "JOR"}], weight=2, columns={"country": "country"})
    done = adapt_sft(recipe(source=[source]), tmp_path / "out", Given(folder=tmp_path))
    rows = pl.read_parquet(tmp_path / "out" / "rows.parquet")
    assert dict(rows.group_by("source").len().iter_rows()) == {"chats": 26, "people": 12}
    assert set(rows.filter(pl.col("source") == "people")["item"]) == {"atlas:a25", "atlas:a28", "atlas:a46"}
    assert rows.filter(pl.col("country") == "JOR").height == 2  # tags travel with the row, each time it is taken
    assert (rows["learnt"] > 0).all() and (rows["learnt"] < rows["tokens"]).all()
    facts = done.lineage["data"]
    assert facts["rows"] == 38 and facts["survey_items"] == {"people": ["a25", "a28", "a46"]}
    assert {one["source"] for one in done.lineage["licences"]} >= {"chats", "people"}
    table = pl.read_parquet(tmp_path / "out" / "composition.parquet")
    assert dict(zip(table["source"], table["taken"], strict=True)) == {"chats": 26, "people": 12, "sum": 38}


class _Kill(TrainerCallback):  # type: ignore[misc]
    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step == 3:
            os.kill(os.getpid(), signal.SIGKILL)


def _deadly(trainer: Any, keys: Any, **more: Any) -> Any:
    trainer.add_callback(_Kill())
    return train_as_it_is(trainer, keys, **more)


def test_a_killed_tuning_comes_to_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = adapt_sft(recipe(), tmp_path / "whole")
    with monkeypatch.context() as patch:
        patch.setattr(stage, "train", _deadly)
        assert killed_while(lambda: adapt_sft(recipe(), tmp_path / "killed")) == signal.SIGKILL
    again = adapt_sft(recipe(), tmp_path / "killed")
    assert weights(again.kept) == weights(whole.kept)
    assert again.lineage["hashes"] == whole.lineage["hashes"]


def test_other_rows_are_not_taken_up(tmp_path: Path) -> None:
    made = recipe(survey=[], source=[chats(tmp_path, TALK)])
    adapt_sft(made, tmp_path / "out", Given(folder=tmp_path))
    chats(tmp_path, [*TALK[1:], {"instruction": "New.", "output": "Row."}])
    with pytest.raises(StudyChanged, match="rows, source chats changed since this training began"):
        adapt_sft(made, tmp_path / "out", Given(folder=tmp_path))


def test_items_of_the_evaluation_stop_it(tmp_path: Path) -> None:
    from tawazun.instruments import instrument

    question = next(one for one in instrument("atlas").questions if one.id == "a01")
    leak = {"instruction": question.wordings[0].stem, "output": question.wordings[0].options[0]}
    source = chats(tmp_path, [*TALK, leak])
    made = recipe(source=[source], contamination={"instruments": ["atlas"]})
    with pytest.raises(Refused, match=r"atlas:a01.*chats.jsonl row 13"):
        adapt_sft(made, tmp_path / "one", Given(folder=tmp_path))
    dropped = recipe(source=[source], contamination={"instruments": ["atlas"], "drop": True})
    # a folder in which nothing was trained takes the mended recipe
    done = adapt_sft(dropped, tmp_path / "one", Given(folder=tmp_path))
    assert done.lineage["data"]["contamination"]["dropped"] == 1 and done.lineage["data"]["rows"] == 24
    # an item that survey rows are made of is learnt on purpose; held out by name, it is found in them
    held = recipe(contamination={"instruments": ["atlas"], "held_out": ["atlas:a25"]})
    with pytest.raises(Refused, match="atlas:a25"):
        adapt_sft(held, tmp_path / "three")


def test_too_long_prompts_and_too_few_rows_are_told_before_training(tmp_path: Path) -> None:
    long = [{"instruction": "word " * 200, "output": "yes"}] * 3
    made = recipe(survey=[], source=[chats(tmp_path, [*TALK, *long])])
    with pytest.raises(BadStudy, match=r"3 of 15 prompts are longer than train.context = 128"):
        adapt_sft(made, tmp_path / "out", Given(folder=tmp_path))
    few = recipe(survey=[], source=[chats(tmp_path, TALK[:3])])
    with pytest.raises(BadStudy, match="3 rows are fewer than a batch of 4"):
        adapt_sft(few, tmp_path / "few", Given(folder=tmp_path))
    # one of many is left out, and counted
    some = recipe(survey=[], source=[chats(tmp_path, [*TALK, long[0]])])
    done = adapt_sft(some, tmp_path / "few", Given(folder=tmp_path))
    assert done.lineage["data"]["left_out"] == {"prompt longer than the context": 1}


def test_a_model_without_a_chat_template_needs_one(tmp_path: Path) -> None:
    folder = tiny_models.save(tmp_path / "plain", words=tiny_models.tokenizer(None))
    source = chats(tmp_path, TALK)
    base = {"model": str(folder), "device": "cpu"}
    with pytest.raises(BadStudy, match=r"no chat template.*chat_template = FILE"):
        adapt_sft(recipe(base=base, survey=[], source=[source]), tmp_path / "one", Given(folder=tmp_path))
    (tmp_path / "chat.jinja").write_text(tiny_models.CHAT)
    keys = {"base": base, "survey": [], "source": [source], "chat_template": "chat.jinja"}
    with pytest.raises(BadStudy, match=r'an adapter keeps no template.*method = "full"'):
        adapt_sft(recipe(**keys), tmp_path / "two", Given(folder=tmp_path))
    done = adapt_sft(recipe(**keys, train={"method": "full"}), tmp_path / "three", Given(folder=tmp_path))
    assert done.kept.name == "model" and (done.kept / "chat_template.jinja").read_text() == tiny_models.CHAT


def test_terms_are_kept(tmp_path: Path) -> None:
    def with_licence(licence: str) -> SftRecipe:
        return recipe(survey=[], source=[chats(tmp_path, TALK, licence=licence)])

    with pytest.raises(Refused, match="allows no derivatives"):
        sft_size(with_licence("CC-BY-ND-4.0"), Given(folder=tmp_path))
    done = adapt_sft(with_licence("CC-BY-NC-4.0"), tmp_path / "out", Given(folder=tmp_path))
    assert done.lineage["non_commercial"] and done.lineage["non_commercial_because"] == ["chats"]
    # what is tuned on top of it is not freer
    base = {"model": "planted", "device": "cpu", "adapter": str(done.kept)}
    again = adapt_sft(recipe(base=base), tmp_path / "again")
    assert again.lineage["non_commercial"] and again.lineage["parent"]["name"] == "a test"


def test_an_answer_is_given_anew_and_the_names_are_counted(tmp_path: Path) -> None:
    row = {"instruction": "Tell me of Kevin.", "output": "Kevin eats in London."}
    source = chats(tmp_path, [row, *TALK], origin="translated")
    (tmp_path / "names.csv").write_text("entity,culture,kind\nLondon,Western,place\nCairo,Arab,place\n")
    teacher = {"respondent": {"name": "me", "kind": "hf", "model": "planted", "device": "cpu"}, "max_tokens": 4}
    made = recipe(survey=[], source=[source], teacher=teacher, entities={"lists": "names.csv"})
    done = adapt_sft(made, tmp_path / "out", Given(folder=tmp_path))
    rows = pl.read_parquet(tmp_path / "out" / "rows.parquet")
    assert set(rows["origin"]) == {"regenerated"} and set(rows["teacher"]) == {"me"}
    assert list(done.lineage["data"]["provenance"]["origins"]) == ["regenerated by me"]
    names = pl.read_parquet(tmp_path / "out" / "entities.parquet")
    answers = names.filter((pl.col("side") == "answers") & (pl.col("kind") == "all")).row(0, named=True)
    assert answers["mentions_before"] == 1 and answers["before"] == 0 and answers["mentions_after"] == 0


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"survey": []}, r"nothing to learn from: give a \[\[source\]\]"),
        ({"survey": [SURVEY, SURVEY]}, "two sources have the name 'people'"),
        ({"survey": [{**SURVEY, "item": []}]}, r"unknown key 'survey.0.item'; allowed here: name, instrument"),
        ({"survey": [{**SURVEY, "items": ["zz"]}]}, "'zz' is not an item of atlas"),
        ({"survey": [{**SURVEY, "populations": ["hofstede_cat-2023/CHN"]}]}, "answered '"),
    ],
)
def test_bad_recipes(table: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        sft_size(recipe(**table))
    assert "\n" not in str(caught.value)
