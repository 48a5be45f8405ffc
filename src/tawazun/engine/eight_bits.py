"""Weights in 8 bits: a quarter of the memory of float32, half of bfloat16.

Each output of a linear layer has whole numbers from -127 to 127 and one scale, so that its largest weight is kept as it
is and no other is off by more than half a step. Sums are made in the numbers of `auto` and scaled afterwards; what goes
through a layer stays whole, so a score does not depend on what else is in a batch. Embeddings, the output head, norms,
and an adapter's own weights are left alone.

Of the libraries for this, none would do: see docs/log.md.
"""

from typing import Any

import torch
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from tawazun.errors import Refused

INT8 = "int8"
MOST = 127


class EightBits(nn.Module):
    """A linear layer whose weights are held in 8 bits.

    Shapes   held (out, in) int8, scale (out,) float32, as `weight = held * scale`
    Source   symmetric absmax rounding per output, as in Dettmers et al. (2022), "LLM.int8()", NeurIPS, section 2,
             for weights alone
    """

    def __init__(self, layer: nn.Linear | Conv1D) -> None:
        """Rounds the layer's weights; GPT-2's `Conv1D` is the same layer with its table turned."""
        super().__init__()
        self.turned = isinstance(layer, Conv1D)
        whole = layer.weight.detach()
        self.kind = whole.dtype
        whole = (whole.T if self.turned else whole).float()
        scale = (whole.abs().amax(dim=1) / MOST).clamp(min=torch.finfo(torch.float32).tiny)
        held = (whole / scale[:, None]).round().to(torch.int8).contiguous()
        self.held = nn.Parameter(held, requires_grad=False)
        self.scale = nn.Parameter(scale, requires_grad=False)
        self.bias = layer.bias

    @property
    def weight(self) -> Tensor:
        """The weights as the layer had them, for architectures that use them outside of it."""
        whole = (self.held * self.scale[:, None]).to(self.kind)
        return whole.T if self.turned else whole

    def forward(self, states: Tensor) -> Tensor:
        """Shapes   (..., in) to (..., out)."""
        sums = nn.functional.linear(states, self.held.to(states.dtype)) * self.scale.to(states.dtype)
        return sums if self.bias is None else sums + self.bias


def hold_in_8_bits(module: Any, name: str) -> None:
    """Round the linear layers of a model, in place. Errors: Refused when there is nothing to round."""
    if getattr(module.config, "quantization_config", None):
        raise Refused(f"{name}: its weights are in few bits as they are; leave dtype at auto")
    head = module.get_output_embeddings()
    chosen = [
        (parent, key, layer)
        for where, parent in module.named_modules()
        for key, layer in parent.named_children()
        if type(layer) in (nn.Linear, Conv1D) and layer is not head and "lora_" not in f"{where}.{key}"
    ]
    for parent, key, layer in chosen:
        setattr(parent, key, EightBits(layer))
    if not chosen:
        raise Refused(f"{name}: has no linear layers that could be held in 8 bits; use another dtype")
