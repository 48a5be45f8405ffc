"""Prompts computed once, with what they leave for the tokens after them: keys and values of every layer.

For models of which every layer attends to everything before it (`tree`). The prompts of a batch form a tree of
prefixes; each branch goes through the model once, after copies of what stands above it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from tawazun.engine.forward import in_batches
from tawazun.engine.model import LoadedModel
from tawazun.engine.sharing import Parents, advanced
from tawazun.engine.tree import Branch, grow

Layers = list[tuple[Tensor, Tensor]]


class Roomy(DynamicLayer):
    """Keys and values of one layer with room for what is to come: a step writes in place and copies nothing."""

    def __init__(self, keys: Tensor, values: Tensor, filled: int) -> None:
        """Take buffers of which the first `filled` columns are in use."""
        super().__init__()
        self._whole = (keys, values)
        self._filled = filled
        self.dtype, self.device = keys.dtype, keys.device
        self.is_initialized = True
        self._show()

    def _show(self) -> None:
        self.keys, self.values = (one[:, :, : self._filled] for one in self._whole)

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Everything so far with the new columns at the end."""
        end = self._filled + key_states.shape[-2]
        for held, new in zip(self._whole, (key_states, value_states), strict=True):
            held[:, :, self._filled : end] = new
        self._filled = end
        self._show()
        assert self.keys is not None and self.values is not None
        return self.keys, self.values

    def reorder_cache(self, beam_idx: Tensor) -> None:
        """Go on with these rows only, at most as many as there are."""
        keys, values = (held[: len(beam_idx)] for held in self._whole)
        for kept, held in ((keys, self._whole[0]), (values, self._whole[1])):
            kept[:, :, : self._filled] = held[beam_idx, :, : self._filled]
        self._whole = (keys, values)
        self._show()


def roomy(layers: Layers, rows: Tensor, room: int) -> DynamicCache:
    """A cache whose rows begin with copies of these rows of `layers` and have `room` columns to grow; uses them up.

    Shapes   layers: (U, H, W, D) each; rows: (R,) in 0 … U - 1
    """
    cache = DynamicCache()
    cache.layers = []
    while layers:
        keys, values = (_with_room(one, rows, room) for one in layers.pop(0))
        cache.layers.append(Roomy(keys, values, keys.shape[2] - room))
    return cache


def _with_room(held: Tensor, rows: Tensor, room: int) -> Tensor:
    made = held.new_empty(len(rows), held.shape[1], held.shape[2] + room, held.shape[3])
    made[:, :, : held.shape[2]] = held[rows]
    return made


@dataclass(slots=True)
class Prompted:
    """Prompts that went through a model.

    layers   keys and values (U, H, W, D) of each layer: a prompt's own columns first, 0 behind them
    lengths  (U,) tokens of each prompt
    logits   (U, V) after each prompt, in float32
    """

    layers: Layers
    lengths: Tensor
    logits: Tensor


def prompted(model: LoadedModel, prompts: Sequence[tuple[int, ...]]) -> Prompted:
    """All of some different prompts, what they share computed once.

    Errors   whatever the device raises when memory runs out
    """
    vocabulary = int(model.module.config.get_text_config().vocab_size)
    numbers: list[int] = []
    found: list[Prompted] = []

    def down(branches: Sequence[tuple[int, Branch]], above: Parents | None) -> None:
        def work(batch: list[int]) -> list[None]:
            own = [branches[i] for i in batch]
            logits, kept = advanced(model, own, above)
            ends = [row for row, (_, one) in enumerate(own) if one.spots]
            if ends:
                numbers.extend(own[row][1].spots[len(own[row][1].tokens) - 1][0][0] for row in ends)
                found.append(_even(kept, torch.tensor(ends, device=model.device), logits))
            below = [(row, child) for row, (_, one) in enumerate(own) for child in one.children]
            if below:
                down(below, kept)
            return [None] * len(batch)

        held = 0 if above is None else above.real.shape[1] // 2
        most = max(1, model.room.logits // vocabulary)
        in_batches([len(one.tokens) for _, one in branches], model.room, most, work, held=held, outermost=False)

    down([(0, one) for one in grow(prompts, [(len(one) - 1,) for one in prompts])], None)
    return _joined(found, torch.tensor(numbers, device=model.device).argsort())


def _even(held: Parents, rows: Tensor, logits: Tensor) -> Prompted:
    """Some rows with their real columns moved together to the front, and 0 behind them."""
    real = held.real[rows]
    lengths = real.sum(dim=1)
    width = int(lengths.max())
    order = (~real).long().argsort(dim=1, stable=True)[:, :width]
    kept = torch.arange(width, device=real.device)[None, :] < lengths[:, None]

    def moved(one: Tensor) -> Tensor:
        at = order[:, None, :, None].expand(-1, one.shape[1], -1, one.shape[3])
        return one[rows].gather(2, at).masked_fill(~kept[:, None, :, None], 0)

    return Prompted([(moved(keys), moved(values)) for keys, values in held.layers], lengths, logits)


def _joined(parts: Sequence[Prompted], order: Tensor) -> Prompted:
    """All parts as one, its rows in another order; uses the parts' layers up, so that nothing is held twice."""
    lengths = torch.cat([one.lengths for one in parts])[order]
    width = int(lengths.max())
    layers: Layers = []
    for _ in range(len(parts[0].layers)):
        pairs = [one.layers.pop(0) for one in parts]
        keys, values = (torch.cat([_widened(pair[side], width) for pair in pairs])[order] for side in (0, 1))
        layers.append((keys, values))
    return Prompted(layers, lengths, torch.cat([one.logits for one in parts])[order])


def _widened(held: Tensor, width: int) -> Tensor:
    return torch.nn.functional.pad(held, (0, 0, 0, width - held.shape[2]))
