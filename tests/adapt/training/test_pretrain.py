"""Continued pre-training: the same rows after a kill, documents kept apart, doubles, leaks, new pieces."""

import json
import os
import signal
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback

from tawazun.adapt.corpora.mixing import Mixture, share_of
from tawazun.adapt.corpora.sources import CorpusKeys, open_source
from tawazun.adapt.pretrain import stage
from tawazun.adapt.pretrain.corpus import Packed, Sequences, Tokens, reads_documents_apart, row_of
from tawazun.adapt.pretrain.keys import PretrainRecipe
from tawazun.adapt.training import leaks
from tawazun.adapt.training.keys import stage_from
from tawazun.adapt.training.running import train as train_as_it_is
from tawazun.api.training import Given
from tawazun.api.training_pretrain import adapt_pretrain, pretrain_size
from tawazun.atlas import model_folder
from tawazun.errors import BadStudy, Refused, TrainingFailed, UserError
from tests import tiny_models
from tests.adapt.training.conftest import killed_while, weights

LINES = [f"The {n} carts reach the market before {n + 1} boats leave the harbour of town {n}." for n in range(60)]


def corpus(folder: Path, lines: list[str] = LINES, name: str = "texts") -> dict[str, Any]:
    """A source of plain texts in a file of its own."""
    (folder / f"{name}.jsonl").write_text("".join(json.dumps({"text": one}) + "\n" for one in lines))
    return {"name": name, "files": f"{name}.jsonl", "language": "en", "licence": "CC0-1.0"}


def recipe(**changes: Any) -> PretrainRecipe:
    """A small recipe; keys of `train` are changed one by one."""
    train = {"method": "lora", "rank": 2, "steps": 6, "batch": 2, "rate": 1e-3, "save_every": 2, "context": 48}
    table: dict[str, Any] = {"name": "a test", "base": {"model": "planted", "device": "cpu"}, "doubles": "same"}
    given = {**table, **changes, "train": {**train, **changes.get("train", {})}}
    return stage_from(given, "pretrain.toml", PretrainRecipe)


class _Words:
    """A tokenizer of one token a letter."""

    def __call__(self, text: str, **keys: Any) -> dict[str, list[int]]:
        return {"input_ids": [ord(letter) for letter in text]}


def _sequences(folder: Path, state: Any = None, context: int = 32) -> Sequences:
    sources = tuple(
        open_source(CorpusKeys(**corpus(folder, LINES[:n], name)), folder) for n, name in ((9, "a"), (5, "b"))
    )
    tokens = Tokens(_Words())
    mixture = Mixture(sources, (share_of(0.7), share_of([(0, 0.1), (1, 0.9)])), 4000, 3, tokens.size)
    return Sequences(mixture, tokens, context, 0, "split", state)


@settings(max_examples=15, deadline=None)
@for_all(stop=st.integers(1, 100), context=st.sampled_from([16, 32, 200]))
def test_a_corpus_goes_on_from_any_sequence(tmp_path_factory: pytest.TempPathFactory, stop: int, context: int) -> None:
    folder = tmp_path_factory.mktemp("corpus")
    whole = [one.tokens.tolist() for one in _sequences(folder, context=context)]
    first = _sequences(folder, context=context)
    read = [one.tokens.tolist() for one in islice(first, min(stop, len(whole)))]
    state = json.loads(json.dumps(first.at))
    rest = [one.tokens.tolist() for one in _sequences(folder, state, context=context)]
    assert read + rest == whole and len(whole) > 15


def test_steps_states_are_those_of_their_last_sequence_however_far_a_loader_reads(tmp_path: Path) -> None:
    rows = Packed(_sequences(tmp_path), 3, apart=True)
    made = [row["input_ids"].tolist() for row in islice(rows, 20)]
    again = Packed(_sequences(tmp_path, rows.state_of(4)), 3, apart=True, read=12)
    assert [row["input_ids"].tolist() for row in islice(again, 8)] == made[12:]
    assert again.state_of(6) == rows.state_of(6)
    with pytest.raises(TrainingFailed, match="the corpus ended after"):
        next(iter(again))


def test_documents_do_not_see_each_other_and_are_not_learnt_from_each_other(tmp_path: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(model_folder(), dtype=torch.float32)
    assert reads_documents_apart(model)
    assert not reads_documents_apart(tiny_models.model("mamba", 100))
    made = next(iter(_sequences(tmp_path, context=200)))
    row = row_of(made, apart=True)
    starts = np.flatnonzero(made.positions == 0)
    assert len(starts) > 2 and (row["labels"][starts] == -100).all()
    assert (np.delete(row["labels"].numpy(), starts) == np.delete(made.tokens, starts)).all()
    assert row_of(made, apart=False)["position_ids"].tolist() == list(range(200))


class _Kill(TrainerCallback):  # type: ignore[misc]
    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step == 5:
            os.kill(os.getpid(), signal.SIGKILL)


def _deadly(trainer: Any, keys: Any, **more: Any) -> Any:
    trainer.add_callback(_Kill())
    return train_as_it_is(trainer, keys, **more)


@pytest.mark.parametrize("method", ["full", pytest.param("lora", marks=pytest.mark.slow)])
def test_a_killed_training_reads_the_same_rows_to_the_same_weights(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = recipe(source=[corpus(tmp_path)], train={"method": method, "rate": 1e-4, "accumulation": 2, "log_every": 1})
    given = Given(folder=tmp_path)
    whole = adapt_pretrain(made, tmp_path / "whole", given)
    with monkeypatch.context() as patch:
        patch.setattr(stage, "train", _deadly)
        assert killed_while(lambda: adapt_pretrain(made, tmp_path / "killed", given)) == signal.SIGKILL
    again = adapt_pretrain(made, tmp_path / "killed", given)
    assert weights(again.kept) == weights(whole.kept)
    losses = [pl.read_parquet(tmp_path / name / "history.parquet")["tokens"].to_list() for name in ("whole", "killed")]
    assert losses[0] == losses[1]


def test_doubles_and_leaks_are_found_before_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tawazun.instruments import instrument

    stem = next(one for one in instrument("atlas").questions if one.id == "a01").wordings[0].stem
    source = corpus(tmp_path, [*LINES, LINES[0], f"He was asked: {stem} He said nothing."])
    given = Given(folder=tmp_path)
    made = recipe(source=[source], contamination={"instruments": ["atlas"]})
    with pytest.raises(Refused, match=r"atlas:a01.*texts.jsonl row 62"):
        adapt_pretrain(made, tmp_path / "one", given)
    assert not (tmp_path / "one" / "checkpoints").exists()
    told = recipe(source=[source], contamination={"instruments": ["atlas"], "go_on": "a trial"})
    done = adapt_pretrain(told, tmp_path / "two", given)
    with monkeypatch.context() as patch:
        # a training that is taken up goes over the corpus once
        patch.setattr(leaks, "check_corpus", lambda *rows: pytest.fail("the corpus was read again"))
        assert adapt_pretrain(told, tmp_path / "two", given).lineage == done.lineage
    assert "trained all the same: a trial" in done.lineage["data"]["contamination"]["said"]
    assert (
        done.lineage["data"]["doubles"] == {"texts": {"exact within": 1}}
        and done.lineage["data"]["rows"]["texts"] == 61
    )


def test_the_lineage_says_what_came_of_the_shares(tmp_path: Path) -> None:
    """A source that may be read once only gives less than it is due; what was planned does not say so."""
    few = {**corpus(tmp_path, LINES[:4], "few"), "weight": 0.9, "epochs": 1}
    more = {**corpus(tmp_path, LINES, "more"), "weight": 0.1, "replay": True}
    done = adapt_pretrain(recipe(source=[few, more]), tmp_path / "out", Given(folder=tmp_path))
    data = done.lineage["data"]
    assert data["shares"]["0.5"] == {"few": pytest.approx(0.9), "more": pytest.approx(0.1)}
    one, two = data["read"]
    assert (one["source"], one["rows"], one["times"]) == ("few", 4, 1.0) and one["share"] < 0.5
    assert two["replay"] and one["share"] + two["share"] == pytest.approx(1)


def test_a_corpus_that_is_too_small_is_refused_before_training(tmp_path: Path) -> None:
    given = Given(folder=tmp_path)
    small = recipe(source=[{**corpus(tmp_path, LINES[:3]), "epochs": 1}], train={"batch": 8})
    with pytest.raises(BadStudy, match=r"the corpus makes \d sequences?, fewer than a batch of 8"):
        adapt_pretrain(small, tmp_path / "one", given)
    endless = recipe(source=[corpus(tmp_path, LINES[:3])], train={"batch": 8})  # and would be read over and over
    with pytest.raises(BadStudy, match=r"the corpus makes \d sequences?, fewer than a batch of 8"):
        adapt_pretrain(endless, tmp_path / "endless", given)
    twice = recipe(source=[corpus(tmp_path, LINES[:3] * 20)], train={"batch": 8}, doubles="same")
    with pytest.raises(BadStudy, match=r"the corpus makes \d sequences? \(57 of its rows are left out, as doubles"):
        adapt_pretrain(twice, tmp_path / "twice", given)
    short = recipe(source=[{**corpus(tmp_path), "epochs": 1}], train={"steps": 500})
    with pytest.raises(BadStudy, match=r"the corpus makes \d+ steps of 2 sequences, fewer than 500"):
        adapt_pretrain(short, tmp_path / "two", given)
    done = adapt_pretrain(recipe(source=[corpus(tmp_path)], train={"steps": 0, "epochs": 1}), tmp_path / "three", given)
    assert 10 < done.lineage["data"]["steps"] < 40


def test_a_model_that_cannot_keep_documents_apart_is_told(tmp_path: Path) -> None:
    base = {"model": str(tiny_models.save(tmp_path / "mamba", "mamba")), "device": "cpu"}
    with pytest.raises(Refused, match='packing = "through"'):
        adapt_pretrain(recipe(base=base, source=[corpus(tmp_path)]), tmp_path / "one", Given(folder=tmp_path))


def test_new_pieces_and_the_loss_on_what_is_not_trained_on(tmp_path: Path) -> None:
    made = recipe(
        source=[corpus(tmp_path)],
        losses=[corpus(tmp_path, ["Completely other words stand here.", "And here too."], "other")],
        vocabulary={"pieces": 20},
        train={"method": "full", "rate": 1e-4},
    )
    done = adapt_pretrain(made, tmp_path / "out", Given(folder=tmp_path))
    grown = done.lineage["data"]["vocabulary"]
    assert 0 < grown["pieces"] <= 20
    assert grown["after"]["texts"]["tokens"] < grown["before"]["texts"]["tokens"]
    assert done.kept.name == "model"
    tokenizer = AutoTokenizer.from_pretrained(done.kept)
    assert len(tokenizer) == len(AutoTokenizer.from_pretrained(model_folder())) + grown["pieces"]
    (one,) = done.lineage["losses"]
    assert one["source"] == "other" and one["bits_per_letter_before"] > 0 < one["bits_per_letter_after"]


def test_a_planted_corpus_is_learnt(tmp_path: Path) -> None:
    planted = {
        "name": "native", "kind": "native", "place": "x-marsouk", "items": ["a25", "a28"], "rows": 60, "held": 12,
    }  # fmt: skip
    done = adapt_pretrain(recipe(planted=[planted], train={"steps": 12, "rate": 5e-3}), tmp_path / "out")
    (one,) = done.lineage["losses"]
    assert one["source"] == "native, held out" and one["tokens"] > 100
    assert one["nats_per_token_after"] < 0.9 * one["nats_per_token_before"]
    assert str(tmp_path) not in (tmp_path / "out" / "recipe.toml").read_text()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, r"nothing to learn from: give a \[\[source\]\]"),
        ({"source": [{"name": "x", "files": "none-*.jsonl"}]}, "none-"),
        ({"source": [{"name": "x", "hub": "a/b", "files": "c"}]}, "give either files or hub"),
        ({"vocabulary": {"pieces": 5}, "source": [{"name": "x", "files": "c"}]}, "learnt only where embeddings are"),
    ],
)
def test_bad_recipes(table: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        pretrain_size(recipe(**table))
