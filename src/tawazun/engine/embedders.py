"""Embedding models from disk or the Hub: folders of sentence-transformers, and plain encoders.

`modules.json` names the steps: a transformer, a pooling, and then linear layers and a normalisation in any order. Their
settings are followed to the letter; a step that is not known here is refused, because leaving it out would give other
vectors. A folder without `modules.json` says nothing of pooling, so the caller must.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel

from tawazun.engine.embedding import POOLINGS, Embedder, Pooling
from tawazun.engine.loading import device_of, one_line, quiet, resolve, tokenizer_of
from tawazun.engine.model import ModelChoice
from tawazun.engine.room import room_on
from tawazun.engine.weights import MODEL, config_digest, read_json, tokenizer_digest, weight_files, weights_digest
from tawazun.errors import BadFile, BadStudy, Refused
from tawazun.seeds import digest_of

MODULES = "modules.json"
SETTINGS = "sentence_*_config.json"  # `bert` in the middle, or the name of an older architecture
WHERE = "sentence_embedding"  # what a step after the pooling takes and gives
PROMPTS = "config_sentence_transformers.json"
POOLING_KEYS: dict[str, Pooling] = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "cls",
    "pooling_mode_lasttoken": "last",
    "pooling_mode_max_tokens": "max",
}
POOLING_NAMES: dict[str, Pooling] = {"mean": "mean", "cls": "cls", "lasttoken": "last", "max": "max"}
KNOWN_POOLING = "one of mean, cls, lasttoken and max is known"
ACTIVATIONS: dict[str, type[nn.Module]] = {"Identity": nn.Identity, "Tanh": nn.Tanh, "ReLU": nn.ReLU, "GELU": nn.GELU}


class Normalise(nn.Module):
    """Vectors of length 1; a vector of zeros stays one."""

    def forward(self, vectors: Tensor) -> Tensor:
        """Shapes   (B, W) to (B, W)."""
        return nn.functional.normalize(vectors, p=2, dim=1)


@dataclass(frozen=True, slots=True)
class _Steps:
    """What `modules.json` asks for: folder of the transformer, pooling, and the steps after it with their folders."""

    transformer: str
    pooling: Pooling
    after: tuple[tuple[str, str], ...]


def load_embedder(path: str, *, revision: str = "", pooling: str = "", device: str = "auto") -> Embedder:
    """An embedding model from a folder or a Hub repository, in float32.

    pooling  only for a folder without `modules.json`: `mean`, `cls`, `last` or `max`; such vectors are not normalised
    Errors   BadFile (path or weights missing, damaged or incomplete), Refused (pickles, remote code, encoder-decoder
             models, unknown steps), BadStudy (a pooling missing or given twice, an unknown device)
    """
    place = device_of(device)
    folder, commit = resolve(path, revision, MODEL)
    steps = _steps(folder, path, pooling)
    root = folder / steps.transformer
    after = [_step(folder, kind, where, path, commit) for kind, where in steps.after]
    files = [*weight_files(root), *(file for _, files in after for file in files)]
    with quiet():
        module = _encoder(root, path)
        tokenizer = tokenizer_of(root if (root / "tokenizer_config.json").is_file() else folder, ModelChoice(path=path))
    settings = next((read_json(file) for file in sorted(root.glob(SETTINGS)) if file.name != PROMPTS), {})
    longest = _longest(settings, module.config, tokenizer)
    prompt = _prompt(folder, steps)
    facts = {
        "revision": commit,
        "weights": weights_digest(tuple(files)),
        "config": config_digest(root),
        "tokenizer": digest_of([tokenizer_digest(root), bool(settings.get("do_lower_case"))]),
        "dtype": "float32",
        "pooling": steps.pooling,
        "after": ",".join(kind for kind, _ in steps.after),
        "longest": str(longest or ""),
        "prompt": prompt,
    }
    ending = nn.Sequential(*(made for made, _ in after)).eval().requires_grad_(False).to(place)
    module = module.eval().requires_grad_(False).to(place)
    return Embedder(
        module, tokenizer, facts, place, steps.pooling, ending, longest,
        room_on(place, module), prompt, bool(settings.get("do_lower_case")),
    )  # fmt: skip


def _steps(folder: Path, name: str, pooling: str) -> _Steps:
    if not (folder / MODULES).is_file():
        chosen = next((one for one in POOLINGS if one == pooling), None)
        if chosen is None:
            allowed = ", ".join(POOLINGS)
            raise BadStudy(f"{name}: has no {MODULES}, so pooling must be given as one of {allowed}, not {pooling!r}")
        return _Steps("", chosen, ())
    listed = _listed(folder / MODULES)
    kinds = [kind for kind, _ in listed]
    if kinds[:2] != ["Transformer", "Pooling"] or not set(kinds[2:]) <= {"Dense", "Normalize"}:
        raise Refused(f"{name}: its steps are {', '.join(kinds)}; Transformer, Pooling, Dense and Normalize are known")
    own = _pooled_by(folder / listed[1][1] / "config.json", name)
    if pooling not in ("", own):
        raise BadStudy(f"{name}: its {MODULES} pools by {own}, not {pooling!r}")
    return _Steps(listed[0][1], own, tuple(listed[2:]))


def _listed(file: Path) -> list[tuple[str, str]]:
    """Kind and folder of each step. The file is a list, which `read_json` does not take."""
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        listed = [(str(row["type"]).rsplit(".", 1)[-1], str(row["path"])) for row in rows]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadFile(f"{file}: expected a list of steps with type and path") from error
    if not listed:
        raise BadFile(f"{file}: expected a list of steps with type and path")
    root = file.parent.resolve()
    if not all((root / where).resolve().is_relative_to(root) for _, where in listed):
        raise Refused(f"{file}: a step lies outside the folder")
    return listed


def _pooled_by(file: Path, name: str) -> Pooling:
    settings = read_json(file)
    if settings.get("include_prompt") is False:
        raise Refused(f"{name}: leaves its prompt out of the pooling, which is not supported")
    said = settings.get("pooling_mode")
    chosen = [
        POOLING_KEYS.get(key, key)
        for key, value in settings.items()
        if key.startswith("pooling_mode_") and value is True
    ]
    if said is not None:
        chosen = [POOLING_NAMES.get(one, one) for one in (said if isinstance(said, list) else [str(said)])]
    found = next((one for one in POOLINGS if chosen == [one]), None)
    if found is None:
        raise Refused(f"{name}: pools by {' and '.join(map(str, chosen)) or 'nothing'}; {KNOWN_POOLING}")
    return found


def _step(folder: Path, kind: str, where: str, path: str, commit: str) -> tuple[nn.Module, tuple[Path, ...]]:
    """A step after the pooling, and the files its weights came from."""
    if kind == "Normalize":
        return Normalise(), ()
    if commit:
        resolve(path, commit, (f"{where}/{MODEL[0]}", f"{where}/{MODEL[1]}"))
    settings = read_json(folder / where / "config.json")
    activation = str(settings.get("activation_function", "Tanh")).rsplit(".", 1)[-1]
    if activation not in ACTIVATIONS:
        raise Refused(f"{path}: the activation {activation} of {where}; known: {', '.join(ACTIVATIONS)}")
    if settings.get("use_residual") or {settings.get(f"module_{end}_name", WHERE) for end in ("input", "output")} != {
        WHERE
    }:
        raise Refused(f"{path}: the linear layer {where} takes or gives something else than the pooled vector")
    files = weight_files(folder / where)
    try:
        held = {key.removeprefix("linear."): value.float() for key, value in load_file(files[0]).items()}
        out_features, in_features = held["weight"].shape
        linear = nn.Linear(in_features, out_features, bias="bias" in held)
        linear.load_state_dict(held)
    except (SafetensorError, OSError, KeyError, ValueError, RuntimeError) as error:
        raise BadFile(f"{path}: the linear layer {where} cannot be read ({one_line(error)})") from error
    return nn.Sequential(linear, ACTIVATIONS[activation]()), files


def _encoder(folder: Path, name: str) -> Any:
    raw = read_json(folder / "config.json") if (folder / "config.json").is_file() else None
    if raw is None:
        raise BadFile(f"{name}: config.json is missing")
    if raw.get("is_encoder_decoder"):
        raise Refused(f"{name}: an encoder-decoder model; texts are embedded by encoders and by causal models")
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        if config.is_encoder_decoder:
            raise Refused(f"{name}: an encoder-decoder model; texts are embedded by encoders and by causal models")
        module, report = AutoModel.from_pretrained(
            folder, config=config, dtype=torch.float32, use_safetensors=True, local_files_only=True,
            output_loading_info=True,
        )  # fmt: skip
    except (SafetensorError, ValueError, OSError, KeyError, RuntimeError, ImportError) as error:
        if "auto_map" in raw:
            raise Refused(f"{name}: brings its own code, which is not run for embeddings") from error
        raise BadFile(f"{name}: cannot be read as an encoder ({one_line(error)})") from error
    keys = sorted(str(key) for key in [*report["missing_keys"], *report["mismatched_keys"]])
    lacking = [key for key in keys if not key.startswith("pooler.")]  # a head that no vector here goes through
    if lacking:
        raise BadFile(
            f"{name}: {len(lacking)} tensors are missing from its weights or of another shape (such as {lacking[0]}); "
            "its vectors would come from random numbers"
        )
    return module


def _longest(settings: dict[str, object], config: Any, tokenizer: Any) -> int | None:
    """Tokens of a text that are read: what the folder says, else what the model has positions for."""
    said = settings.get("max_seq_length")
    if isinstance(said, int) and said > 0:
        return said
    limits = [tokenizer.model_max_length, getattr(config.get_text_config(), "max_position_embeddings", None)]
    known = [int(limit) for limit in limits if isinstance(limit, int) and 0 < limit < 10**9]
    return min(known) if known else None


def _prompt(folder: Path, steps: _Steps) -> str:
    """The text that the folder puts before every text when nothing else is said."""
    file = folder / PROMPTS
    if not file.is_file() or not (folder / MODULES).is_file():
        return ""
    settings = read_json(file)
    prompts, name = settings.get("prompts"), settings.get("default_prompt_name")
    return str(prompts[name]) if isinstance(prompts, dict) and name in prompts else ""
