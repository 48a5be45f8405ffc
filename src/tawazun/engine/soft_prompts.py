"""Soft prompts on disk: a block of vectors, where it stands, and the model it was tuned for.

`before` everything is the classic position: a plain PEFT `PROMPT_TUNING` adapter that loads with PEFT alone. The
other positions have a file of ours, because PEFT has no words for them:

    adapter_config.json + adapter_model.safetensors   position `before`
    soft_prompt.safetensors                           positions `persona` and `after`, tensor `prompt_embeddings`
    soft_prompt.json                                  version, position, tokens, width, base, start

`base` holds hashes of the model's `config` and `weights` (absent from an adapter that was made elsewhere), `start` says
what the search began with.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from transformers import AddedToken

from tawazun.engine.chat import MARK
from tawazun.engine.model import LoadedModel, Position, Standing
from tawazun.engine.virtual import VirtualTokens
from tawazun.engine.weights import ADAPTER, read_json, weight_files, weights_digest
from tawazun.errors import BadFile, Refused

VERSION = 1
PEFT_SETTINGS = "adapter_config.json"
SETTINGS = "soft_prompt.json"
WEIGHTS = "soft_prompt.safetensors"
TENSOR = "prompt_embeddings"
OTHER_WEIGHTS = "the soft prompt was tuned on other weights of this architecture"
# kinds of PEFT whose tokens are made by a network, or that stand in every layer
OTHER_PEFT = {"P_TUNING", "PREFIX_TUNING", "MULTITASK_PROMPT_TUNING", "CPT"}


@dataclass(frozen=True, eq=False)
class SoftPrompt:
    """Vectors that stand in every prompt.

    vectors   (tokens, width), float32
    position  `before`, `persona` or `after`
    base      `config` and `weights` of the model they were tuned for, as in `LoadedModel.facts`; may be empty
    start     what the search began with (text, tokens, seed …)
    file      hash of the file they were read from; empty for new ones
    """

    vectors: Tensor
    position: Position = "before"
    base: Mapping[str, str] = field(default_factory=dict)
    start: Mapping[str, object] = field(default_factory=dict)
    file: str = ""


def is_soft_prompt(folder: Path) -> bool:
    """Whether an adapter folder holds a soft prompt.

    Errors   BadFile for broken settings; Refused for a kind of PEFT that is no block of vectors
    """
    if (folder / SETTINGS).is_file():
        return True
    if not (folder / PEFT_SETTINGS).is_file():
        return False
    kind = read_json(folder / PEFT_SETTINGS).get("peft_type")
    if kind in OTHER_PEFT:
        raise Refused(
            f"adapter {str(folder)!r}: a soft prompt of kind {kind}; only PROMPT_TUNING is a block of vectors"
        )
    return kind == "PROMPT_TUNING"


def read_soft_prompt(folder: Path) -> SoftPrompt:
    """The soft prompt of a folder. Errors: BadFile, Refused."""
    settings: dict[str, Any] = {}
    if (folder / SETTINGS).is_file():
        settings = _checked(folder / SETTINGS)
    position: Position = settings.get("position", "before")
    if position == "before":
        tokens, width = _peft_shape(folder)
        files = weight_files(folder, ADAPTER)
        if len(files) > 1:
            raise BadFile(f"{folder}: a soft prompt in {len(files)} files; expected {ADAPTER[1]}")
        file = files[0]
    else:
        tokens, width = settings["tokens"], settings["width"]
        file = folder / WEIGHTS
    vectors = _vectors(file)
    if tuple(vectors.shape) != (tokens, width):
        raise BadFile(f"{file}: vectors of shape {tuple(vectors.shape)}, but its settings say {(tokens, width)}")
    return SoftPrompt(
        vectors, position, settings.get("base", {}), settings.get("start", {}), weights_digest((file,))
    )  # fmt: skip


def write_soft_prompt(folder: Path, prompt: SoftPrompt, *, base_name: str = "") -> Path:
    """Write a soft prompt and return its folder; for `before` PEFT alone can load it.

    base_name   what PEFT shall call the base model
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokens, width = prompt.vectors.shape
    held = {TENSOR: prompt.vectors.detach().to("cpu", torch.float32).contiguous()}
    before = prompt.position == "before"
    file = folder / (ADAPTER[1] if before else WEIGHTS)
    save_file(held, f"{file}.part", metadata={"format": "pt"})
    os.replace(f"{file}.part", file)
    if before:
        _write(folder / PEFT_SETTINGS, _peft_settings(tokens, width, base_name))
    own = {"version": VERSION, "position": prompt.position, "tokens": tokens, "width": width}
    _write(folder / SETTINGS, {**own, "base": dict(prompt.base), "start": dict(prompt.start)})
    return folder


def base_of(model: LoadedModel) -> dict[str, str]:
    """What of a model a soft prompt tuned on it is bound to."""
    return {key: model.facts[key] for key in ("config", "weights")}


def stand(virtual: VirtualTokens, tokenizer: Any, prompt: SoftPrompt, facts: Mapping[str, str], name: str) -> Standing:
    """Hold a soft prompt's vectors for as long as the model lives.

    facts    the model's `config` and `weights`; other weights under the same configuration are noted, not refused
    Errors   Refused when it was tuned on another model or the model takes no vectors
    """
    width = prompt.vectors.shape[1]
    if prompt.base.get("config", facts["config"]) != facts["config"]:
        raise Refused(
            f"adapter {name!r} was tuned on a model of another configuration; if this is the same model saved anew, "
            f"take `base` out of its {SETTINGS}"
        )
    if width != virtual.width:
        raise Refused(
            f"adapter {name!r} was tuned on another model: its vectors have {width} numbers, not {virtual.width}"
        )
    mark = -1 if prompt.position == "before" else mark_of(tokenizer)
    same = prompt.base.get("weights", facts["weights"]) == facts["weights"]
    return Standing(prompt.position, tuple(virtual.hold(prompt.vectors)), mark, "" if same else OTHER_WEIGHTS)


def mark_of(tokenizer: Any) -> int:
    """The token that stands for `MARK` in a text; the tokenizer is taught it. Errors: Refused."""
    tokenizer.add_tokens([AddedToken(MARK, normalized=False, special=True)], special_tokens=True)
    number = int(tokenizer.convert_tokens_to_ids(MARK))
    read = tokenizer(f"a{MARK}b", add_special_tokens=False)["input_ids"]
    if list(read).count(number) != 1:
        raise Refused("the model's tokenizer cannot be taught a place for vectors: use position `before`")
    return number


def _checked(file: Path) -> dict[str, Any]:
    settings: dict[str, Any] = read_json(file)
    if settings.get("version") != VERSION:
        raise BadFile(f"{file}: version {settings.get('version')!r}; this release reads version {VERSION}")
    if settings.get("position") not in get_args(Position):
        allowed = ", ".join(get_args(Position))
        raise BadFile(f"{file}: position is one of {allowed}, not {settings.get('position')!r}")
    for key in ("tokens", "width"):
        if not isinstance(settings.get(key), int) or isinstance(settings[key], bool) or settings[key] < 1:
            raise BadFile(f"{file}: {key} is a whole number from 1, not {settings.get(key)!r}")
    for key in ("base", "start"):
        if not isinstance(settings.get(key, {}), dict):
            raise BadFile(f"{file}: {key} is an object, not {settings[key]!r}")
    return settings


def _peft_shape(folder: Path) -> tuple[int, int]:
    """Tokens and width that a PEFT configuration promises."""
    file = folder / PEFT_SETTINGS
    if not file.is_file():
        raise BadFile(f"{folder}: {PEFT_SETTINGS} is missing, so this is no soft prompt for position `before`")
    raw = read_json(file)
    if raw.get("task_type") == "SEQ_2_SEQ_LM" or raw.get("num_transformer_submodules") not in (None, 1):
        raise Refused(f"adapter {str(folder)!r}: a soft prompt for encoder-decoder models")
    tokens, width = raw.get("num_virtual_tokens"), raw.get("token_dim")
    if not isinstance(tokens, int) or not isinstance(width, int):
        raise BadFile(f"{file}: num_virtual_tokens and token_dim are whole numbers, not {tokens!r} and {width!r}")
    return tokens, width


def _peft_settings(tokens: int, width: int, base_name: str) -> dict[str, object]:
    """What PEFT writes for such an adapter, without what it does not need to read one."""
    return {
        "peft_type": "PROMPT_TUNING",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base_name or None,
        "inference_mode": True,
        "num_virtual_tokens": tokens,
        "token_dim": width,
        "num_transformer_submodules": 1,
        "prompt_tuning_init": "RANDOM",
    }


def _vectors(file: Path) -> Tensor:
    if not file.is_file():
        raise BadFile(f"{file.parent}: {file.name} is missing")
    try:
        with safe_open(file, framework="pt") as held:
            names = set(held.keys())
            vectors = held.get_tensor(TENSOR) if TENSOR in names else None
    except (SafetensorError, OSError) as error:
        raise BadFile(f"{file}: cannot be read as safetensors") from error
    if vectors is None:
        raise BadFile(f"{file}: has no tensor {TENSOR}")
    if vectors.ndim != 2 or not vectors.is_floating_point():
        raise BadFile(f"{file}: {TENSOR} is a table of numbers (tokens, width), not {tuple(vectors.shape)}")
    if not bool(torch.isfinite(vectors).all()):
        raise BadFile(f"{file}: {TENSOR} holds values that are no numbers")
    return vectors.float()


def _write(file: Path, value: Mapping[str, object]) -> None:
    part = file.with_name(f"{file.name}.part")
    part.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    os.replace(part, file)
