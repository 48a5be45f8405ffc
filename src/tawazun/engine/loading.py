"""Loading a causal language model, and refusing what would give numbers that mean nothing.

Refused or reported in one line: pickled weights, remote code nobody asked for, encoder-decoder and bidirectional
models, weights that lack tensors (a library would fill them with random numbers), adapters of another model.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import MODEL_FOR_CAUSAL_LM_MAPPING, AutoConfig, AutoModelForCausalLM, AutoTokenizer, GenerationConfig
from transformers.utils import logging as transformers_logging

from tawazun.data.hub import hub_folder, looks_like_hub_name
from tawazun.engine.adapter_bases import refuse_other_base
from tawazun.engine.chat import chat_template
from tawazun.engine.eight_bits import INT8, hold_in_8_bits
from tawazun.engine.forward import logits_at
from tawazun.engine.model import LoadedModel, ModelChoice
from tawazun.engine.room import room_on
from tawazun.engine.self_check import how_shared
from tawazun.engine.soft_prompts import is_soft_prompt, read_soft_prompt, stand
from tawazun.engine.virtual import VirtualTokens
from tawazun.engine.weights import (
    ADAPTER,
    MODEL,
    config_digest,
    read_json,
    tokenizer_digest,
    weight_files,
    weights_digest,
)
from tawazun.errors import BadFile, BadStudy, MissingExtra, Refused, UserError
from tawazun.seeds import digest, digest_of

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


def load_model(choice: ModelChoice) -> LoadedModel:
    """The model of a choice, checked and ready.

    Errors   BadFile (path missing, weights missing, incomplete or damaged), Refused (pickles, remote code, a model
             that is not causal, an adapter of another model), BadStudy (unknown dtype or device), MissingExtra (an
             adapter without peft)
    """
    device = device_of(choice.device)
    folder, commit = resolve(choice.path, choice.revision, MODEL, code=choice.remote_code)
    with quiet():
        config = _config(folder, choice)
        files = weight_files(folder)
        tokenizer = tokenizer_of(folder, choice)
        module = _module(folder, choice, device)
        adapter, soft = "", None
        if choice.adapter:
            adapter_folder, _ = resolve(choice.adapter, "", ADAPTER)
            if is_soft_prompt(adapter_folder):
                soft = read_soft_prompt(adapter_folder)
                adapter = f"{soft.file}@{soft.position}"
            else:
                own = {"weights": weights_digest(files), "config": config_digest(folder)}
                refuse_other_base(adapter_folder, own)
                wrapped, adapter = adapted(module, choice.adapter, adapter_folder)
                module = wrapped.get_base_model()
        if choice.dtype == INT8:
            hold_in_8_bits(module, choice.path)
    module = module.eval().requires_grad_(False).to(device)
    stops = _stops(module, tokenizer)
    module.generation_config = GenerationConfig()  # a checkpoint's own sampling habits are not ours
    template = chat_template(tokenizer)
    facts = {
        "revision": commit,
        "weights": weights_digest(files),
        "config": config_digest(folder),
        "tokenizer": tokenizer_digest(folder),
        "template": digest(template) if template else "",
        "dtype": f"{'int8/' if choice.dtype == INT8 else ''}{str(module.dtype).removeprefix('torch.')}",
        "adapter": adapter,
        "stops": ",".join(map(str, stops)),
    }
    virtual = VirtualTokens(module)
    standing = None if soft is None else stand(virtual, tokenizer, soft, facts, choice.adapter)
    model = LoadedModel(
        module,
        tokenizer,
        facts,
        device,
        _context(config),
        stops,
        room_on(device, module),
        standing=standing,
        virtual=virtual,
    )
    _check_causal(model, choice.path)
    return model.shared_by("alone" if choice.stable else how_shared(model))


def resolve(path: str, revision: str, names: tuple[str, str], *, code: bool = False) -> tuple[Path, str]:
    """The local folder of a path or Hub repository, and the commit of the latter.

    names    the files that hold its weights (`MODEL` or `ADAPTER`)
    Errors   BadFile "model path missing" and the like; BadStudy for a revision of a folder
    """
    folder = Path(path).expanduser()
    if folder.is_dir() and revision:
        raise BadStudy(
            f"revision: {revision!r} of {path!r}, which is a folder here; only Hub repositories have revisions"
        )
    if folder.is_dir():
        return folder, ""
    if folder.exists():
        raise BadFile(f"model path {path!r} is a file: give the folder that holds config.json and the weights")
    if not looks_like_hub_name(path):
        raise BadFile(f"model path missing: {path!r} is no folder here and no name of a Hub repository")
    return hub_folder(path, revision, index=names[0], single=names[1], code=code)


def device_of(name: str) -> torch.device:
    """The device of its name in a study. Errors: BadStudy."""
    kind, _, number = name.partition(":")
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cpu":
        return torch.device("cpu")
    if kind == "cuda" and (not number or number.isdigit()):
        found = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if int(number or 0) < found:
            return torch.device(name)
        raise BadStudy(f"device: {name!r} is not on this machine ({found} found); allowed here: auto, cpu")
    raise BadStudy(f"device: {name!r}; allowed: auto, cpu, cuda, cuda:N")


def _dtype(name: str, device: torch.device) -> torch.dtype | str:
    """The numbers that a model computes with; weights in 8 bits are turned into these as they are used."""
    if name in ("auto", INT8):
        return torch.float32 if device.type == "cpu" else "auto"
    if name not in DTYPES:
        raise BadStudy(f"dtype: {name!r}; allowed: auto, {', '.join(DTYPES)}, {INT8}")
    return DTYPES[name]


def _config(folder: Path, choice: ModelChoice) -> Any:
    file = folder / "config.json"
    if not file.is_file():
        weight_files(folder)  # says what is in the folder instead: pickles, an adapter, nothing
        raise BadFile(f"{folder}: config.json is missing")
    raw = read_json(file)
    if raw.get("is_encoder_decoder"):
        raise Refused(f"{choice.path}: an encoder-decoder model; only causal (decoder-only) models are scored")
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=choice.remote_code, local_files_only=True)
    except (ValueError, OSError, KeyError) as error:
        raise _unloadable(choice, raw, error) from error
    if config.is_encoder_decoder:
        raise Refused(f"{choice.path}: an encoder-decoder model; only causal (decoder-only) models are scored")
    if type(config) not in MODEL_FOR_CAUSAL_LM_MAPPING and not choice.remote_code:
        raise _unloadable(choice, raw, None)
    return config


def _unloadable(choice: ModelChoice, raw: dict[str, object], error: Exception | None) -> UserError:
    kind = raw.get("model_type", "unknown")
    if "auto_map" in raw and not choice.remote_code:
        return Refused(
            f"{choice.path}: a model of type {kind!r} brings its own code; it runs only with remote_code = true "
            "in the study and --trust-remote-code on the command line"
        )
    if error is None:
        return Refused(f"{choice.path}: a model of type {kind!r} is not a causal language model")
    why = one_line(error)
    return BadFile(f"{choice.path}: the installed transformers cannot read a model of type {kind!r} ({why})")


def tokenizer_of(folder: Path, choice: ModelChoice) -> Any:
    """The tokenizer of a model's local folder. Errors: BadFile."""
    try:
        return AutoTokenizer.from_pretrained(folder, trust_remote_code=choice.remote_code, local_files_only=True)
    except (ValueError, OSError, KeyError, TypeError, AttributeError, ImportError) as error:
        raise BadFile(f"{choice.path}: its tokenizer cannot be read ({one_line(error)})") from error


def _module(folder: Path, choice: ModelChoice, device: torch.device) -> Any:
    dtype = _dtype(choice.dtype, device)
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, use_safetensors=True, trust_remote_code=choice.remote_code,
            local_files_only=True, output_loading_info=True,
        )  # fmt: skip
    except (SafetensorError, ValueError, OSError, KeyError, RuntimeError, ImportError) as error:
        raise BadFile(f"{choice.path}: its weights cannot be read ({one_line(error)})") from error
    module, report = loaded
    lacking = sorted(str(key) for key in [*report["missing_keys"], *report["mismatched_keys"]])
    if lacking:
        raise BadFile(
            f"{choice.path}: {len(lacking)} tensors of the model are missing from its weights or of another shape "
            f"(such as {lacking[0]}); its answers would come from random numbers"
        )
    return module


def adapted(module: Any, path: str, folder: Path) -> tuple[Any, str]:
    """A module with a weight adapter in its layers, as the library `peft` wraps it, and the adapter's digest.

    path     as the user wrote it, for the texts of errors
    Errors   MissingExtra without peft; BadFile for a folder that is no adapter of this module
    """
    try:
        from peft import PeftModel
    except ModuleNotFoundError as error:
        raise MissingExtra(f"adapter {path!r} needs the library peft: pip install 'tawazun[adapt]'") from error
    settings = folder / "adapter_config.json"
    if not settings.is_file():
        raise BadFile(f"{folder}: adapter_config.json is missing, so this is no adapter")
    raw = read_json(settings)
    files = weight_files(folder, ADAPTER)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            wrapped = PeftModel.from_pretrained(module, str(folder), local_files_only=True)
        except (SafetensorError, ValueError, OSError, KeyError, RuntimeError) as error:
            raise BadFile(f"adapter {path!r} does not fit the model ({one_line(error)})") from error
    if any("missing adapter keys" in str(one.message).lower() for one in said):
        raise BadFile(f"adapter {path!r} lacks tensors that its configuration asks for")
    settled = {key: raw[key] for key in raw if key not in {"base_model_name_or_path", "revision", "inference_mode"}}
    return wrapped, digest_of([weights_digest(files), settled])


def _stops(module: Any, tokenizer: Any) -> tuple[int, ...]:
    found: list[int] = []
    for value in (module.generation_config.eos_token_id, tokenizer.eos_token_id):
        for token in value if isinstance(value, list) else [value]:
            if token is not None and token not in found:
                found.append(int(token))
    return tuple(found)


def _context(config: Any) -> int | None:
    limit = getattr(config.get_text_config(), "max_position_embeddings", None)
    return limit if isinstance(limit, int) and limit > 0 else None


def _check_causal(model: LoadedModel, name: str) -> None:
    """Two texts that part after four tokens must agree on what follows the fourth. Errors: Refused."""
    vocabulary = int(model.module.config.get_text_config().vocab_size)
    first: Sequence[int] = [token % vocabulary for token in range(5, 13)]
    other: Sequence[int] = [*first[:4], *(token % vocabulary for token in range(20, 24))]
    logits = logits_at(model, [first, other], [(3,), (3,)])
    if bool(torch.isfinite(logits).all()) and float((logits[0] - logits[1]).abs().max()) > 0.05 * float(logits.std()):
        raise Refused(f"{name}: not a causal model: a later token changes what is expected before it")


@contextmanager
def quiet() -> Iterator[None]:
    """Without the library's own bars and reports: what matters in them is checked here and said in one line."""
    level, bars = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(level)
        if bars:
            transformers_logging.enable_progress_bar()


def one_line(error: Exception) -> str:
    """What another library says, cut to a part of a line."""
    return " ".join(str(error).split())[:160]
