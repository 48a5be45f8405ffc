"""How much goes through a model at once, from the memory that is free on its device."""

from typing import Any

import torch

from tawazun.engine.model import Room

TOKENS_ON_CPU = 2048  # a small model's activations still fit the cache; 4096 was 1.4 times slower at 1 M parameters
MOST_TOKENS = 65536  # more tokens at once do not make a GPU faster, they only take memory
MOST_LOGITS = 1 << 29
SHARE = 0.5  # of the free memory that tokens are planned to take; what is asked of it in between is left
LOGIT_SHARE = 0.15
WIDTHS = 8  # vectors of the hidden size that are alive at once in a layer: input, residual, norm, queries, output ...


def room_on(device: torch.device, module: Any) -> Room:
    """Room for a loaded model. It is a plan only: it is halved when memory runs out all the same."""
    if device.type != "cuda":
        return Room(TOKENS_ON_CPU)
    free, _ = torch.cuda.mem_get_info(device)
    return room_for(free, module)


def room_for(free: int, module: Any) -> Room:
    """Room for a model in so many free bytes.

    A token takes its keys and values in every layer, and in one layer at a time the widest intermediate states. A
    logit takes three float32: itself, a copy while it is made, and one while it is normalised.
    """
    config = module.config.get_text_config()
    bytes_each = torch.finfo(module.dtype).bits // 8
    hidden = int(config.hidden_size)
    heads = int(getattr(config, "num_attention_heads", None) or 1)
    lent = int(getattr(config, "num_key_value_heads", None) or heads)
    head = int(getattr(config, "head_dim", None) or hidden // heads)
    inner = int(getattr(config, "intermediate_size", None) or 4 * hidden)
    layers = int(config.num_hidden_layers)
    token = bytes_each * (2 * layers * lent * head + WIDTHS * hidden + 3 * inner)
    tokens = min(MOST_TOKENS, int(SHARE * free) // token)
    return Room(max(1, tokens), logits=max(1, min(MOST_LOGITS, int(LOGIT_SHARE * free) // 12)))
