"""Reward models of `tawazun adapt reward`, opened for scoring replies."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError

from tawazun.adapt.training.folder import trained_folder, trained_weights
from tawazun.adapt.training.models import ADAPTER_FOLDER
from tawazun.atlas import model_folder
from tawazun.engine.adapter_bases import refuse_other_base
from tawazun.engine.loading import device_of, one_line, quiet
from tawazun.engine.weights import MODEL, config_digest, read_json, weight_files, weights_digest
from tawazun.errors import BadFile, BadStudy, RespondentFailed
from tawazun.respondents.catalogue.hf import PLANTED

Talk = tuple[Sequence[tuple[str, str]], str]  # messages that end with the user's turn, and the reply


@dataclass(frozen=True)
class JudgeModel:
    """A reward model: one number for a prompt with its reply."""

    module: Any
    tokenizer: Any
    device: torch.device
    rows: int
    context: int | None

    @torch.no_grad()
    def scores(self, talks: Sequence[Talk]) -> np.ndarray:
        """(N,) scores, higher is better. Errors: RespondentFailed for a conversation longer than the model takes."""
        ids = [self._encoded(one) for one in talks]
        found = np.zeros(len(ids))
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        for at in range(0, len(order), self.rows):
            some = order[at : at + self.rows]
            batch = self.tokenizer.pad(
                {"input_ids": [ids[i] for i in some]}, padding=True, padding_side="right", return_tensors="pt"
            )
            logits = self.module(**{name: one.to(self.device) for name, one in batch.items()}).logits
            found[some] = _value(logits.float()).cpu().numpy()
        return found

    def _encoded(self, talk: Talk) -> list[int]:
        messages, reply = talk
        turns = [{"role": role, "content": text} for role, text in (*messages, ("assistant", reply))]
        ids: list[int] = self.tokenizer.apply_chat_template(turns, tokenize=True, return_dict=True)["input_ids"]
        if self.context is not None and len(ids) > self.context:
            raise RespondentFailed(
                f"reward model: a prompt with its reply has {len(ids)} tokens, the model takes {self.context}; lower "
                "rl.max_completion_length"
            )
        return ids


def open_judge(folder: Path, device: str, rows: int) -> JudgeModel:
    """The reward model of a folder that `adapt reward` wrote.

    Errors   BadFile for a folder without one, or a tokenizer that is not its own; BadStudy without a chat template;
             Refused for additions that were trained on another base
    """
    kept = _kept(folder)
    where = device_of(device)
    try:
        with quiet():
            module, tokenizer = _opened(kept, folder)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise BadFile(f"reward model {folder.name}: cannot be loaded ({one_line(error)})") from error
    if not getattr(tokenizer, "chat_template", None):
        raise BadStudy(f"reward model {folder.name}: its tokenizer has no chat template, so it cannot read a reply")
    table = module.get_input_embeddings().weight.shape[0]
    if len(tokenizer) > table:
        raise BadFile(
            f"reward model {folder.name}: its tokenizer has {len(tokenizer)} tokens and its table {table}; it is the "
            "tokenizer of another model"
        )
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    # the score is read at the last token that is no padding
    module.config.get_text_config().pad_token_id = tokenizer.pad_token_id
    context = getattr(module.config.get_text_config(), "max_position_embeddings", None)
    return JudgeModel(module.to(where).eval(), tokenizer, where, rows, context)


def judge_digest(folder: Path) -> str:
    """Hash of a reward model's weights. Errors: BadFile for a folder without one."""
    return trained_weights(_kept(folder))


def _kept(folder: Path) -> Path:
    kept = trained_folder(folder)
    if kept is None:
        raise BadFile(f"reward model: {folder} has no adapter/ or model/; name the folder that adapt reward wrote")
    return kept


def _opened(kept: Path, folder: Path) -> tuple[Any, Any]:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    if kept.name != ADAPTER_FOLDER:
        module = AutoModelForSequenceClassification.from_pretrained(kept, dtype=torch.float32, local_files_only=True)
        return module, AutoTokenizer.from_pretrained(kept, local_files_only=True)
    from peft import PeftModel

    config = read_json(kept / "adapter_config.json")
    base = _base(str(config.get("base_model_name_or_path") or ""), folder)
    weights = weights_digest(weight_files(base, MODEL))
    refuse_other_base(kept, {"weights": weights, "config": config_digest(base)})
    head = _labels(kept)
    module = AutoModelForSequenceClassification.from_pretrained(
        base, num_labels=head, dtype=torch.float32, local_files_only=True
    )
    adapted = PeftModel.from_pretrained(module, str(kept), local_files_only=True)
    return adapted.merge_and_unload(), AutoTokenizer.from_pretrained(base, local_files_only=True)


def _labels(kept: Path) -> int:
    """Numbers of the head, from its own weights."""
    from safetensors import safe_open

    with safe_open(kept / "adapter_model.safetensors", "pt") as file:
        for name in file.keys():  # noqa: SIM118
            if "score" in name and name.endswith("weight"):
                return int(file.get_slice(name).get_shape()[0])
    raise BadFile(f"reward model {kept.parent.name}: its adapter has no head that scores; it is no reward model")


def _base(named: str, folder: Path) -> Path:
    """The base that an adapter names: the planted model, or a folder seen from the reward model's or as given."""
    if named == PLANTED:
        return model_folder()
    here = [folder.parent / named, Path(named).expanduser()]
    found = next((one for one in here if one.is_dir()), None)
    if found is None:
        raise BadFile(f"reward model {folder.name}: its base {named!r} is not a folder here")
    return found


def _value(logits: torch.Tensor) -> torch.Tensor:
    """(N,) one number for each row of a head (N, L): the number itself, or the expected class of several."""
    if logits.shape[1] == 1:
        return logits[:, 0]
    return logits.softmax(-1) @ torch.arange(logits.shape[1], dtype=logits.dtype, device=logits.device)
