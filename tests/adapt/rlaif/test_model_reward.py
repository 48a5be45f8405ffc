"""The reward of a reward model: its own numbers, by its own tokenizer, and what is refused."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from transformers import LlamaConfig, LlamaForSequenceClassification

from tawazun.adapt.rlaif.records import Group, Posed, Setting
from tawazun.adapt.rlaif.scoring import make_reward
from tawazun.api.rlaif import adapt_rlaif, rlaif_from
from tawazun.api.training import Given
from tawazun.errors import BadFile, BadStudy, RespondentFailed, TawazunError
from tests import tiny_models
from tests.adapt.rlaif.test_rlaif import table

TALK = (("user", "How important is time?"),)


def judge_folder(path: Path, *, chat: str | None = tiny_models.CHAT, fewer: int = 0, context: int = 512) -> Path:
    """A folder as `adapt reward` leaves one: a random head on a random model of another tokenizer than the policy's."""
    words = tiny_models.tokenizer(chat=chat)
    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=len(words) - fewer, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=context, num_labels=1, pad_token_id=0, initializer_range=0.3,
    )  # fmt: skip
    LlamaForSequenceClassification(config).save_pretrained(path / "model")
    words.save_pretrained(path / "model")
    (path / "reward.json").write_text(json.dumps({"head": "pairwise", "levels": [], "mean": 0.5, "sd": 2.0}))
    return path


def groups(*texts: str) -> list[Group]:
    return [Group(Posed(0, TALK), texts, np.arange(len(texts)), np.ones(len(texts), dtype=int))]


def test_rewards_are_the_head_s_standardised_numbers(tmp_path: Path) -> None:
    judge_folder(tmp_path / "rm")
    reward = make_reward("model", 1.0, Setting({"folder": "rm", "device": "cpu"}, tmp_path, 2)).reward
    found = reward.score(groups("very important", "of little importance to me"))
    model = LlamaForSequenceClassification.from_pretrained(tmp_path / "rm" / "model").eval()
    words = tiny_models.tokenizer()
    for text, value in zip(("very important", "of little importance to me"), found[0], strict=True):
        turns = [{"role": "user", "content": TALK[0][1]}, {"role": "assistant", "content": text}]
        ids = words.apply_chat_template(turns, tokenize=True, return_dict=True, return_tensors="pt")
        with torch.no_grad():
            own = float(model(**ids).logits[0, 0])
        assert value == pytest.approx((own - 0.5) / 2.0, abs=1e-5)
    assert reward.merit(groups("a", "b"), found) == pytest.approx(found.mean())


def test_what_is_no_reward_model_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    judge_folder(tmp_path / "mute", chat=None)
    judge_folder(tmp_path / "other", fewer=5)
    for folder, kind, words in (
        ("empty", BadFile, "reward model"),
        ("mute", BadStudy, "no chat template"),
        ("other", BadFile, "tokenizer of another model"),
    ):
        with pytest.raises(TawazunError, match=words) as caught:
            make_reward("model", 1.0, Setting({"folder": folder, "device": "cpu"}, tmp_path, 2))
        assert isinstance(caught.value, kind) and "\n" not in str(caught.value)


def test_a_reply_too_long_for_the_reward_model_says_what_to_lower(tmp_path: Path) -> None:
    judge_folder(tmp_path / "rm", context=24)
    reward = make_reward("model", 1.0, Setting({"folder": "rm", "device": "cpu"}, tmp_path, 1)).reward
    with pytest.raises(RespondentFailed, match=r"lower rl\.max_completion_length"):
        reward.score(groups("very important " * 20))


def test_a_mix_trains_and_the_lineage_names_the_reward_model_and_its_terms(tmp_path: Path) -> None:
    judge_folder(tmp_path / "rm")
    (tmp_path / "rm" / "lineage.json").write_text(json.dumps({"method": "reward", "non_commercial": True}))
    rewards = [{"kind": "distribution"}, {"kind": "model", "weight": 0.1, "options": {"folder": "rm", "device": "cpu"}}]
    keys = table(reward=rewards, rl={"rounds": 1, "beta": 0.0}, train={"steps": 1})
    done = adapt_rlaif(rlaif_from(keys, "t"), tmp_path / "out", Given(folder=tmp_path))
    history = pl.read_parquet(tmp_path / "out" / "history.parquet").row(0, named=True)
    assert history["reward"] == pytest.approx(history["reward_distribution"] + 0.1 * history["reward_model"], abs=1e-6)
    assert "reward model rm" in done.lineage["hashes"]
    assert done.lineage["non_commercial"] and done.lineage["non_commercial_because"] == ["reward model rm"]


def test_open_prompts_are_judged_by_a_reward_model_alone(tmp_path: Path) -> None:
    judge_folder(tmp_path / "rm")
    rows = [{"prompt": f"Tell me about harbour number {at}."} for at in range(4)]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    keys = table(
        reward=[{"kind": "model", "options": {"folder": "rm", "device": "cpu"}}],
        rl={"rounds": 1, "beta": 0.0, "max_completion_length": 4, "temperature": 2.0},
        train={"steps": 1, "batch": 8},
    )
    keys["prompts"] = {"source": {"name": "own", "files": "p.jsonl", "text": "prompt", "licence": "CC0-1.0"}}
    done = adapt_rlaif(rlaif_from(keys, "t"), tmp_path / "out", Given(folder=tmp_path))
    assert done.lineage["data"]["prompts"] == 4 and done.lineage["data"]["items"] == []
    assert pl.read_parquet(tmp_path / "out" / "history.parquet")["distinct"][0] > 1
