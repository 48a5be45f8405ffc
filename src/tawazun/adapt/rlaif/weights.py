"""What is trained of a model, put away and put back: ends of rounds, the best step, the reference of a KL penalty."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from tawazun.errors import BadFile, WriteFailed

REFERENCE = ".ref."  # TRL's frozen copy of low-rank additions, by the name of its parameters


def trained(model: Any) -> dict[str, torch.Tensor]:
    """A copy of every parameter that is trained, by name."""
    return {
        name: one.detach().cpu().clone().contiguous()
        for name, one in model.named_parameters()
        if one.requires_grad and REFERENCE not in name
    }


def put_back(model: Any, weights: Mapping[str, torch.Tensor]) -> None:
    """Make a model's parameters those of a copy. Errors: BadFile where they do not fit it."""
    own = dict(model.named_parameters())
    with torch.no_grad():
        for name, one in weights.items():
            if name not in own or own[name].shape != one.shape:
                raise BadFile(f"weights: {name} of the copy does not fit the model; choose another --out")
            own[name].copy_(one)


def write_weights(file: Path, weights: Mapping[str, torch.Tensor]) -> None:
    """Write a copy in one step. Errors: WriteFailed."""
    temporary = file.with_name(f".{file.name}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        save_file(dict(weights), temporary)
        temporary.replace(file)
    except (OSError, SafetensorError) as error:
        temporary.unlink(missing_ok=True)
        why = getattr(error, "strerror", None) or str(error)
        raise WriteFailed(f"{file.name} could not be written ({why}); make room and run the same command") from error


def read_weights(file: Path) -> dict[str, torch.Tensor]:
    """A copy. Errors: BadFile."""
    try:
        found: dict[str, torch.Tensor] = load_file(file)
    except (OSError, SafetensorError) as error:
        raise BadFile(f"{file}: cannot be read ({error}); choose another --out") from error
    return found
