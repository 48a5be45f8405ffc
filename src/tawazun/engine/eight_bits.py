"""Weights in 8 bits, by the library torchao: a quarter of the memory of float32, half of bfloat16.

Only weights of linear layers are held in 8 bits, one scale per output; they are turned back as they are used and
everything is computed in the numbers of `auto`. Activations stay whole, so a score does not depend on what else is in
a batch. Embeddings and the output head are left alone.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from tawazun.engine.weights import read_json
from tawazun.errors import MissingExtra, Refused

INT8 = "int8"


def in_8_bits(folder: Path, name: str) -> Any:
    """What tells transformers to hold weights in 8 bits. Errors: MissingExtra, Refused."""
    if find_spec("torchao") is None:
        raise MissingExtra("dtype 'int8' needs the library torchao: pip install 'tawazun[int8]'")
    if "quantization_config" in read_json(folder / "config.json"):
        raise Refused(f"{name}: its weights are in few bits as they are; leave dtype at auto")
    from torchao.quantization import Int8WeightOnlyConfig
    from transformers import TorchAoConfig

    return TorchAoConfig(Int8WeightOnlyConfig())


def check_8_bits(module: Any, name: str) -> None:
    """Refuse a model in which nothing is in 8 bits, or one that does not compute with such weights."""
    from torchao.utils import TorchAOBaseTensor

    if not any(isinstance(weights, TorchAOBaseTensor) for weights in module.parameters()):
        raise Refused(f"{name}: has no linear layers that torchao holds in 8 bits; use another dtype")
    try:
        with torch.inference_mode():
            module(input_ids=torch.zeros(1, 2, dtype=torch.long), use_cache=False)
    except (NotImplementedError, RuntimeError, TypeError) as error:
        kind = getattr(module.config, "model_type", "unknown")
        raise Refused(
            f"{name}: a model of type {kind!r} does not compute with 8-bit weights; use another dtype"
        ) from error
