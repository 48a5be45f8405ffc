"""A reward model that gives rewards: one number an answer, whatever its head is.

pairwise     the head's number, less its mean over the training answers, over their standard deviation
classes      the expected grade, on the same scale
regression   the grade, on the same scale
Standardised rewards of different heads can be mixed; how sure a head is that one answer is better is `better`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.special import expit, ndtr, softmax
from transformers import AutoModelForSequenceClassification

from tawazun.adapt.preferences.tokens import whole
from tawazun.adapt.reward.rows import Turns
from tawazun.adapt.training.folder import base_settings
from tawazun.adapt.training.keys import load_stage
from tawazun.atlas import model_folder
from tawazun.engine.adapter_bases import refuse_other_base
from tawazun.engine.loading import device_of, one_line, quiet, resolve, tokenizer_of
from tawazun.engine.model import ModelChoice
from tawazun.engine.weights import MODEL, config_digest, weight_files, weights_digest
from tawazun.errors import BadFile, BadStudy
from tawazun.respondents.catalogue.hf import PLANTED

RECORD = "reward.json"
ROWS = 16  # answers computed at once
Asked = tuple[Turns, str]  # a prompt's turns, and the answer


@dataclass(frozen=True)
class RewardModel:
    """A model with a head, and what its numbers mean.

    facts   head, levels (classes), mean and sd of raw rewards over the training answers, error (regression)
    """

    model: Any
    tokenizer: Any
    device: torch.device
    facts: Mapping[str, Any]

    def raw(self, rows: Sequence[Asked]) -> np.ndarray:
        """(N, L) what the head gives, L = 1 but for classes. Errors: BadStudy for messages without a chat template."""
        plain = all(prompt[0][0] == "text" for prompt, _ in rows)
        if rows and not plain and not getattr(self.tokenizer, "chat_template", None):
            raise BadStudy("the reward model has no chat template, and it is shown messages")
        ids = [whole(self.tokenizer, prompt, answer) for prompt, answer in rows]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        found = np.zeros((len(ids), max(1, len(self.facts.get("levels") or (0,)))))
        was = self.model.training
        self.model.eval()
        for at in range(0, len(order), ROWS):
            some = order[at : at + ROWS]
            found[some] = self._forward([ids[i] for i in some])
        self.model.train(was)
        return found

    @torch.no_grad()
    def _forward(self, ids: Sequence[Sequence[int]]) -> np.ndarray:
        longest = max(map(len, ids))
        padded = torch.full((len(ids), longest), int(self.model.config.get_text_config().pad_token_id))
        mask = torch.zeros_like(padded)
        for row, one in enumerate(ids):
            padded[row, : len(one)] = torch.tensor(one)
            mask[row, : len(one)] = 1
        given = {"input_ids": padded.to(self.device), "attention_mask": mask.to(self.device)}
        made: np.ndarray = self.model(**given).logits.float().double().cpu().numpy()
        return made

    def rewards(self, raw: np.ndarray) -> np.ndarray:
        """(N,) standardised rewards of what the head gave."""
        own = expected(raw, self.facts)
        return np.asarray((own - self.facts.get("mean", 0.0)) / (self.facts.get("sd", 1.0) or 1.0))

    def score(self, rows: Sequence[Asked]) -> np.ndarray:
        """(N,) rewards: mean 0 and standard deviation 1 over the answers that it was trained on."""
        return self.rewards(self.raw(rows)) if rows else np.zeros(0)


def expected(raw: np.ndarray, facts: Mapping[str, Any]) -> np.ndarray:
    """(N,) one number an answer, before it is standardised: the head's, or the expected grade."""
    if facts["head"] != "classes":
        return np.asarray(raw[:, 0])
    return np.asarray(softmax(raw, axis=1) @ np.array(facts["levels"], dtype=float))


def better(one: np.ndarray, other: np.ndarray, facts: Mapping[str, Any]) -> np.ndarray:
    """(N,) probability that the first answer is the better one, as the head has it.

    Shapes   one, other: (N, L) what the head gave two answers to the same prompts
    Returns  [0, 1]: the logistic of the difference (pairwise); that a grade drawn for one is higher than one drawn for
             the other, ties halved (classes); the same with normal errors as large as in training (regression)
    Unit     probability
    Source   Bradley & Terry (1952), Biometrika 39; Thurstone (1927), case V
    """
    if facts["head"] == "pairwise":
        return np.asarray(expit(one[:, 0] - other[:, 0]))
    if facts["head"] == "regression":
        spread = np.sqrt(2) * max(float(facts["error"]), 1e-6)
        return np.asarray(ndtr((one[:, 0] - other[:, 0]) / spread))
    first, second = softmax(one, axis=1), softmax(other, axis=1)
    below = np.cumsum(second, axis=1) - second
    return np.asarray((first * (below + second / 2)).sum(axis=1))


def open_reward(
    folder: str | Path, device: str = "auto", root: Path = Path(), *, remote_code: bool = False
) -> RewardModel:
    """The reward model of a folder of `tawazun adapt reward`.

    root     where the base of its recipe is looked for, when the recipe names it by a relative path
    remote_code  whether code of the base's own may run, where the recipe says so too
    Errors   BadFile for a folder that holds none; Refused for an adapter of another base; those of loading a model
    """
    path = Path(folder)
    try:
        facts = json.loads((path / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadFile(f"{path}: no reward model is there; make one with tawazun adapt reward") from error
    where = device_of(device)
    try:
        with quiet():
            model, tokenizer = _loaded(path, facts, root, remote_code)
    except (OSError, ValueError, RuntimeError) as error:
        raise BadFile(f"{path}: the reward model cannot be loaded ({one_line(error)})") from error
    return RewardModel(model.to(where).eval(), tokenizer, where, facts)


def _loaded(path: Path, facts: Mapping[str, Any], root: Path, remote_code: bool) -> tuple[Any, Any]:
    size = max(1, len(facts.get("levels") or (0,)))
    kind = AutoModelForSequenceClassification
    if (path / "model").is_dir():
        own = path / "model"
        model = kind.from_pretrained(
            own, dtype=torch.float32, num_labels=size, use_safetensors=True, local_files_only=True
        )
        return model, tokenizer_of(own, ModelChoice(str(own)))
    from peft import PeftModel

    from tawazun.adapt.reward.keys import RewardRecipe

    settings = base_settings(load_stage(path / "recipe.toml", RewardRecipe), root, remote_code)
    named = str(model_folder()) if settings.model == PLANTED else settings.model
    named = str(root / named) if (root / named).exists() else named
    base, _ = resolve(named, settings.revision, MODEL, code=settings.remote_code)
    refuse_other_base(path / "adapter", {"weights": weights_digest(weight_files(base)), "config": config_digest(base)})
    model = kind.from_pretrained(
        base, dtype=torch.float32, num_labels=size, use_safetensors=True, local_files_only=True,
        trust_remote_code=settings.remote_code,
    )  # fmt: skip
    tokenizer = tokenizer_of(base, ModelChoice(named))
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    if model.config.get_text_config().pad_token_id is None:
        model.config.get_text_config().pad_token_id = tokenizer.pad_token_id
    return PeftModel.from_pretrained(model, str(path / "adapter"), local_files_only=True), tokenizer
