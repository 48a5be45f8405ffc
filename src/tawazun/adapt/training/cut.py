"""A model that the launcher cuts over its processes (FSDP): each holds parts of all weights, and what is kept is whole.

The second version only (`fully_shard` of torch), which cuts a model in its place and works on CPUs too.
"""

import os
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from accelerate.utils import DistributedType
from torch import distributed
from torch.distributed.tensor import DTensor

from tawazun.errors import BadFile, BadStudy

PARTS = "pytorch_model_fsdp.bin"  # transformers' name for the weights of a cut model in a checkpoint
WANTED = {
    "FSDP_VERSION": ("2", "fsdp_version: 2"),
    "FSDP_STATE_DICT_TYPE": (
        "FULL_STATE_DICT",
        "fsdp_state_dict_type: FULL_STATE_DICT, for checkpoints that are whole",
    ),
    "FSDP_CPU_RAM_EFFICIENT_LOADING": (
        "false",
        "fsdp_cpu_ram_efficient_loading: false, as every process reads the base",
    ),
    "FSDP_ACTIVATION_CHECKPOINTING": ("false", "gradient_checkpointing = true in the recipe's [train] instead of it"),
}


def cutting() -> bool:
    """Whether the launcher asked for models that are cut."""
    return os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true"


def refuse_other_cuts() -> None:
    """Refuse what the launcher can ask for and a training cannot keep. Errors: BadStudy naming the key to change."""
    if not cutting():
        return
    for name, (value, said) in WANTED.items():
        if os.environ.get(name, value).lower() != value.lower():
            raise BadStudy(f"the launcher's fsdp_config: a model is trained in parts with {said}")


def cut_on_cpus() -> None:
    """Let Accelerate cut on CPUs too; called after a trainer's arguments are made, which begin its state anew.

    It takes FSDP into account for accelerators alone, and without a word gives each process on a CPU the whole model.
    """
    state = PartialState()
    if cutting() and state.distributed_type == DistributedType.MULTI_CPU:
        state.distributed_type = DistributedType.MULTI_GPU


def is_cut(module: Any) -> bool:
    """Whether a model's weights lie in parts."""
    return any(isinstance(one, DTensor) for one in module.parameters())


def here(tensor: torch.Tensor) -> torch.Tensor:
    """The part of a weight that this process holds."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def first_said(found: str) -> str:
    """The first of what the processes have to say, in all of them; empty where none has anything to say."""
    if not distributed.is_initialized():
        return found
    every: list[Any] = [None] * distributed.get_world_size()
    distributed.all_gather_object(every, found)
    return next((one for one in every if one), "")


def gathered(module: Any) -> dict[str, torch.Tensor]:
    """Every trained weight of a cut model, whole, in the first process; the others call it too and get none."""
    found = {}
    first = not distributed.is_initialized() or distributed.get_rank() == 0
    for name, one in module.named_parameters():
        if one.requires_grad:
            held: Any = one.detach()
            whole = held.full_tensor() if isinstance(one, DTensor) else held
            if first:
                found[name] = whole.cpu().clone()
    return found


def put_in(module: Any, weights: dict[str, torch.Tensor]) -> None:
    """Make a model's weights those that were gathered. Errors: BadFile where they are of another model."""
    if strange := module.load_state_dict(weights, strict=False).unexpected_keys:
        raise BadFile(f"weights: {strange[0]} is not in the model; choose another --out")


def refuse_other_checkpoint(checkpoint: Path, cut: bool) -> None:
    """Refuse a checkpoint that was written the other way. Errors: BadStudy."""
    was = (checkpoint / PARTS).is_file()
    if was != cut:
        how = "with a model cut over processes (FSDP)" if was else "with the whole model in each process"
        raise BadStudy(
            f"{checkpoint.name} was written {how}; go on with the launcher's configuration of then, or choose another "
            "--out"
        )
