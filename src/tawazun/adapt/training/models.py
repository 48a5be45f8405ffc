"""The model that a stage trains: its base opened for training, and what comes out written in one step.

full          every weight; written to `model/`, an ordinary folder of transformers with its tokenizer
lora, qlora   low-rank additions; written to `adapter/`, a plain PEFT adapter of the recipe's base

A base with a LoRA adapter is that adapter merged into the weights, so whatever a trainer compares with (the reference
of DPO, of a KL penalty) is the adapted model. New additions are then kept as the exact sum of both (`stack`), or merged
too (`merge`).
"""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, BitsAndBytesConfig, set_seed

from tawazun.adapt.training.cut import cutting
from tawazun.adapt.training.keys import TrainKeys
from tawazun.adapt.training.stacking import stacked
from tawazun.atlas import model_folder
from tawazun.engine.adapter_bases import BASE_FACTS, BASE_FILE, refuse_other_base
from tawazun.engine.loading import device_of, one_line, quiet, resolve, tokenizer_of
from tawazun.engine.model import ModelChoice
from tawazun.engine.weights import ADAPTER, MODEL
from tawazun.errors import BadStudy, Failure, MissingExtra, Refused, WriteFailed
from tawazun.respondents import Settings
from tawazun.respondents.catalogue.hf import PLANTED
from tawazun.seeds import seed_for

Head = Literal["causal", "score"]
AS_CAUSAL: Head = "causal"
ADAPTER_FOLDER, MODEL_FOLDER = "adapter", "model"


@dataclass(frozen=True)
class Opened:
    """A base that is ready to be trained.

    model      of transformers, or of PEFT around it
    tokenizer  with a token for padding
    device     where it is trained
    base       `weights` and `config` of the base (facts of the respondent), which the adapter is of
    named      the base as the recipe names it
    under      the adapter that was merged into the base, if there was one
    whole      a whole model is kept, whatever is trained
    """

    model: Any
    tokenizer: Any
    device: torch.device
    keys: TrainKeys
    base: Mapping[str, str]
    named: str
    under: Path | None = None
    whole: bool = False

    @property
    def additions(self) -> bool:
        """Whether low-rank additions are trained, and not the weights."""
        return self.keys.method != "full"

    @property
    def kept(self) -> str:
        """Name of the folder of what comes out: `adapter` or `model`."""
        merged = self.under is not None and self.keys.on_adapter == "merge"
        whole = self.whole or merged or not self.additions
        return MODEL_FOLDER if whole else ADAPTER_FOLDER


def open_base(
    settings: Settings,
    facts: Mapping[str, str],
    keys: TrainKeys,
    seed: int,
    *,
    head: Head = AS_CAUSAL,
    labels: int = 1,
    whole: bool = False,
) -> Opened:
    """The base of a recipe, ready to be trained; what is drawn for it follows from the seed alone.

    facts    of the respondent that the base is (its identity), as `base_of` found them
    head     `causal`, or `score`: a new head of `labels` numbers in place of the words (reward models)
    whole    keep a whole model, whatever is trained
    Errors   those of loading a model; MissingExtra for 4 bits without bitsandbytes; Refused for another base's adapter
    """
    path = str(model_folder()) if settings.model == PLANTED else _local(settings, settings.model)
    choice = ModelChoice(path, settings.revision, device=settings.device, remote_code=settings.remote_code)
    device = device_of(settings.device)
    folder = base_folder(settings)
    set_seed(seed_for("train", seed) % 2**31)
    with quiet():
        tokenizer = tokenizer_of(folder, choice)
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        module = _loaded(folder, keys, device, head, labels, code=settings.remote_code)
    under = resolve(_local(settings, settings.adapter), "", ADAPTER)[0] if settings.adapter else None
    if under is not None:
        module = _merged(module, under, facts, keys)
    if module.config.get_text_config().pad_token_id is None:
        module.config.get_text_config().pad_token_id = tokenizer.pad_token_id
    if keys.method != "full":
        module = _with_additions(module, keys, head)
        if keys.gradient_checkpointing:
            module.enable_input_require_grads()
    base = {key: facts[key] for key in BASE_FACTS}
    return Opened(module, tokenizer, device, keys, base, settings.model, under, whole)


def base_folder(settings: Settings) -> Path:
    """Where the files of a base lie. Errors: BadFile."""
    path = str(model_folder()) if settings.model == PLANTED else _local(settings, settings.model)
    return resolve(path, settings.revision, MODEL, code=settings.remote_code)[0]


def _loaded(folder: Path, keys: TrainKeys, device: torch.device, head: Head, labels: int, *, code: bool) -> Any:
    kind: Any = AutoModelForCausalLM if head == "causal" else AutoModelForSequenceClassification
    more: dict[str, Any] = {} if head == "causal" else {"num_labels": labels}
    if keys.method == "qlora":
        more |= {"quantization_config": _four_bits(keys, device), "device_map": {"": device}}
    dtype = weights_dtype(keys, device)
    module = kind.from_pretrained(
        folder, dtype=dtype, use_safetensors=True, trust_remote_code=code, local_files_only=True, **more
    )
    # weights in 4 bits are there already; a model that is going to be cut may not fit
    return module if keys.method == "qlora" or cutting() else module.to(device)


def weights_dtype(keys: TrainKeys, device: torch.device) -> torch.dtype:
    """What weights are held in while training: float32 where they are trained, less where they stand still."""
    if keys.precision == "pure-bfloat16":
        return torch.bfloat16
    return torch.bfloat16 if keys.method != "full" and in_bfloat16(keys, device) else torch.float32


def in_bfloat16(keys: TrainKeys, device: torch.device) -> bool:
    """Whether arithmetic is in bfloat16."""
    if keys.precision == "auto":
        return device.type == "cuda" and torch.cuda.is_bf16_supported()
    return keys.precision != "float32"


def _four_bits(keys: TrainKeys, device: torch.device) -> BitsAndBytesConfig:
    try:
        import bitsandbytes  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingExtra('train.method = "qlora" needs the library bitsandbytes: pip install bitsandbytes') from error
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16 if in_bfloat16(keys, device) else torch.float32,
    )


def _merged(module: Any, adapter: Path, facts: Mapping[str, str], keys: TrainKeys) -> Any:
    """The weights with an adapter's additions in them. Errors: Refused, BadStudy."""
    from peft import PeftConfig, PeftModel

    if keys.method == "qlora":
        raise BadStudy('base.adapter: weights in 4 bits take no adapter in; use method = "lora"')
    if not (adapter / "adapter_config.json").is_file() or _config(adapter).get("peft_type") != "LORA":
        raise Refused(f"base.adapter: {adapter.name} is no LoRA adapter, so nothing can be trained on top of it")
    refuse_other_base(adapter, facts)
    try:
        config = PeftConfig.from_pretrained(str(adapter))
        config.task_type = None  # of a causal model, which a reward model is not
        return PeftModel.from_pretrained(module, str(adapter), config=config, local_files_only=True).merge_and_unload()
    except (SafetensorError, ValueError, OSError, KeyError, RuntimeError) as error:
        raise Refused(f"base.adapter: {adapter.name} does not fit the model ({one_line(error)})") from error


def _with_additions(module: Any, keys: TrainKeys, head: Head) -> Any:
    from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training

    if keys.method == "qlora":
        module = prepare_model_for_kbit_training(module, use_gradient_checkpointing=keys.gradient_checkpointing)
    also = [*keys.also, *(["score"] if head == "score" else [])]
    config = LoraConfig(
        r=keys.rank, lora_alpha=keys.scale,  # type: ignore[arg-type]
         lora_dropout=keys.dropout, target_modules=keys.targets,
        modules_to_save=also or None, task_type="CAUSAL_LM" if head == "causal" else "SEQ_CLS",
    )  # fmt: skip
    try:
        return get_peft_model(module, config)
    except ValueError as error:
        raise BadStudy(f"train.targets: {one_line(error)}") from error


def save_trained(opened: Opened, module: Any, out: Path, *, template: str = "") -> Path:
    """Write what was trained to `out/adapter` or `out/model` in one step, and return that folder.

    module   the trained model, without a trainer's wrappers; template: a chat template that it was trained with
    Errors   WriteFailed
    """

    def fill(folder: Path) -> None:
        if not opened.additions:
            module.save_pretrained(folder)
        elif opened.kept == MODEL_FOLDER:
            module.merge_and_unload().save_pretrained(folder)
        else:
            module.save_pretrained(folder)
            if opened.under is not None:
                stacked(opened.under, folder)
            (folder / "README.md").unlink(missing_ok=True)
            _name_base(folder, opened.named)
            (folder / BASE_FILE).write_text(json.dumps(dict(opened.base), indent=2) + "\n", encoding="utf-8")
        if opened.kept == MODEL_FOLDER:
            if template:
                opened.tokenizer.chat_template = template
            opened.tokenizer.save_pretrained(folder)

    with quiet():
        return placed(out / opened.kept, fill)


def placed(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Put a folder in place in one step: it is there whole, or as it was. Errors: WriteFailed."""
    temporary = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir(parents=True)
        fill(temporary)
        shutil.rmtree(folder, ignore_errors=True)
        temporary.replace(folder)
    except (OSError, SafetensorError, RuntimeError) as error:
        shutil.rmtree(temporary, ignore_errors=True)
        if isinstance(error, Failure):
            raise
        why = getattr(error, "strerror", None) or one_line(error)
        raise WriteFailed(f"{folder.name} could not be written ({why}); make room and run the same command") from error
    return folder


def _name_base(adapter: Path, named: str) -> None:
    """The base as the recipe names it, not by where it lies on this machine."""
    table = {**_config(adapter), "base_model_name_or_path": named}
    (adapter / "adapter_config.json").write_text(json.dumps(table, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _config(adapter: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    return found


def _local(settings: Settings, path: str) -> str:
    """A path seen from the recipe's folder when it is there, else as it was given."""
    here = settings.folder / path
    return str(here) if path and here.exists() else path
