"""Two LoRA adapters of one base as one that is exactly their sum, its rank the sum of theirs.

W + s1 B1 A1 + s2 B2 A2 = W + [s1 B1, s2 B2] [A1; A2].
"""

import json
import math
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from tawazun.errors import Refused

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
PLAIN = ("use_dora", "modules_to_save", "rank_pattern", "alpha_pattern", "trainable_token_indices")


def stacked(first: Path, second: Path) -> None:
    """Make the second adapter the sum of both, in its place. Errors: Refused for one that is not plain LoRA."""
    config = [json.loads((one / CONFIG).read_text(encoding="utf-8")) for one in (first, second)]
    for folder, own in zip((first, second), config, strict=True):
        if odd := [key for key in PLAIN if own.get(key)]:
            raise Refused(f'adapter {folder.name}: adapters with {odd[0]} cannot be added up; use on_adapter = "merge"')
    ranks = [int(own["r"]) for own in config]
    found = [_scaled(one, own) for one, own in zip((first, second), config, strict=True)]
    made: dict[str, torch.Tensor] = {}
    for name in sorted({*found[0], *found[1]}):
        parts = [own.get(name) for own in found]
        down = ".lora_A." in name or ".lora_embedding_A" in name
        shape = next(part for part in parts if part is not None).shape
        filled = [_or_zeros(part, shape, rank, down) for part, rank in zip(parts, ranks, strict=True)]
        made[name] = torch.cat(filled, dim=0 if down else 1).contiguous()
    targets = sorted({name.rsplit(".lora_", 1)[0].removeprefix("base_model.model.") for name in made})
    whole = sum(ranks)
    config[1] |= {"r": whole, "lora_alpha": whole, "use_rslora": False, "target_modules": targets}
    save_file(made, second / WEIGHTS, metadata={"format": "pt"})
    (second / CONFIG).write_text(json.dumps(config[1], indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _scaled(folder: Path, config: dict[str, Any]) -> dict[str, torch.Tensor]:
    """Tensors of an adapter, its scale taken into B."""
    rank = int(config["r"])
    scale = config["lora_alpha"] / (math.sqrt(rank) if config.get("use_rslora") else rank)
    tensors: dict[str, torch.Tensor] = load_file(folder / WEIGHTS)
    return {name: one * scale if "lora_B" in name or "embedding_B" in name else one for name, one in tensors.items()}


def _or_zeros(part: torch.Tensor | None, shape: torch.Size, rank: int, down: bool) -> torch.Tensor:
    """An adapter's part, or nothing where it leaves a layer alone."""
    if part is not None:
        return part.float()
    return torch.zeros((rank, shape[1]) if down else (shape[0], rank))
