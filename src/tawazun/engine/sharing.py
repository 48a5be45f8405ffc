"""Forward passes over a tree of sequences: what several have in common is computed once.

A branch's keys and values are lent to the branches below it and never written to, so there is nothing to undo. How, is
decided by what a model's cache can do (`how_shared` finds out when a model is loaded, by trying):

`tree`     every layer attends to everything before it: branches of any parents go through together. Rows are padded on
           the right, so lent keys have holes; a mask closes them, and every token is told its true position
`prefix`   sliding windows, recurrent states: no holes are allowed, so one beginning is computed by itself, copied for
           as many rows as follow it, and what follows is padded on the right
`none`     neither gives the numbers that one sequence alone gives: every sequence is computed by itself
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from tawazun.engine.forward import gathering, in_batches, logits_at
from tawazun.engine.model import LoadedModel, Sharing
from tawazun.engine.tree import Branch, grow

AGREEMENT = 1e-4  # largest difference of log-probabilities, relative to float32, that still counts as the same
Row = tuple[Branch, int]
Emit = Callable[[Tensor, list[Row]], None]


class Lent(DynamicLayer):
    """Keys and values of parents, seen by the rows of their children.

    rows   parent of each row; keep: whether what is added is kept for children of its own
    """

    def __init__(self, keys: Tensor, values: Tensor, rows: Tensor, keep: bool) -> None:
        """Take the tensors as they are; nothing is copied until a layer asks for its own."""
        super().__init__()
        self.keys, self.values = keys, values
        self.dtype, self.device = keys.dtype, keys.device
        self.is_initialized = True
        self._rows = rows
        self._keep = keep

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """What is lent and what is new, side by side."""
        assert self.keys is not None and self.values is not None
        keys = torch.cat([_spread(self.keys, self._rows), key_states], dim=-2)
        values = torch.cat([_spread(self.values, self._rows), value_states], dim=-2)
        if self._keep:
            self.keys, self.values = keys, values
        return keys, values


def _spread(held: Tensor, rows: Tensor) -> Tensor:
    return held.expand(len(rows), -1, -1, -1) if held.shape[0] == 1 else held.index_select(0, rows)


@dataclass(slots=True)
class _Parents:
    """Branches that went through together: keys and values of their whole way, which of them are real, true lengths."""

    layers: list[tuple[Tensor, Tensor]]
    real: Tensor
    lengths: Tensor


def through(model: LoadedModel, branches: Sequence[Branch], most: Callable[[int], int], emit: Emit) -> None:
    """Compute every spot of branches and of everything below them.

    most   spots of a branch -> how many such branches fit one pass
    emit   takes logits (R, V) in float32 and the R spots they belong to
    Errors RespondentFailed when a single branch does not fit in memory
    """
    if model.sharing == "tree":
        _level(model, [(0, one) for one in branches], None, most, emit)
    else:
        for one in branches:
            if one.children:
                _prefix(model, one, most, emit)
        alone = [one for one in branches if not one.children]
        _plain(model, alone, most, emit)


@torch.inference_mode()
def _level(
    model: LoadedModel, branches: Sequence[tuple[int, Branch]], above: _Parents | None, most: Callable[[int], int],
    emit: Emit,
) -> None:  # fmt: skip
    """Branches below the same parents: those with children first, because theirs need what they keep."""
    past = 0 if above is None else above.real.shape[1]
    for inner in (True, False):
        chosen = [one for one in branches if bool(one[1].children) == inner]
        if not chosen:
            continue
        # what is kept takes room as long as the children live; what is lent passes through one layer at a time
        weight = past // 2 if inner else past // 8

        def work(batch: list[int], chosen: list[tuple[int, Branch]] = chosen, inner: bool = inner) -> list[None]:
            own = [chosen[i] for i in batch]
            rows = [(one, at) for _, one in own for at in sorted(one.spots)]
            logits, kept = _forward(model, own, above, inner)
            if rows:
                emit(logits, rows)
            if kept is not None:
                below = [(number, child) for number, (_, one) in enumerate(own) for child in one.children]
                _level(model, below, kept, most, emit)
            return [None] * len(batch)

        lengths = [len(one.tokens) for _, one in chosen]
        spots = max(len(one.spots) for _, one in chosen)
        in_batches(lengths, model.room, most(max(1, spots)), work, held=weight, outermost=above is None)


def _forward(
    model: LoadedModel, own: Sequence[tuple[int, Branch]], above: _Parents | None, keep: bool
) -> tuple[Tensor, _Parents | None]:
    device = model.device
    width = max(len(one.tokens) for _, one in own)
    ids = torch.tensor([[*one.tokens, *[0] * (width - len(one.tokens))] for _, one in own], device=device)
    added = torch.tensor([len(one.tokens) for _, one in own], device=device)
    real = torch.arange(width, device=device)[None, :] < added[:, None]
    spots = [(row, at) for row, (_, one) in enumerate(own) for at in sorted(one.spots)]
    where = (torch.tensor([row for row, _ in spots], device=device, dtype=torch.long),
             torch.tensor([at for _, at in spots], device=device, dtype=torch.long))  # fmt: skip
    more: dict[str, Any] = {}
    lengths = added
    if above is not None:
        parents = torch.tensor([number for number, _ in own], device=device)
        cache = DynamicCache()
        cache.layers = [Lent(keys, values, parents, keep) for keys, values in above.layers]
        lengths = above.lengths[parents] + added
        places = above.lengths[parents][:, None] + torch.arange(width, device=device)[None, :]
        if model.context is not None:
            places = places.clamp(max=model.context - 1)  # padding may lie beyond the last position
        real = torch.cat([above.real[parents], real], dim=1)
        more = {"past_key_values": cache, "attention_mask": real.long(), "position_ids": places}
    with gathering(model, *where):
        out = model.module(input_ids=ids, use_cache=keep or above is not None, **more)
    logits = out.logits.reshape(-1, out.logits.shape[-1]).float()
    if not keep:
        return logits, None
    layers = [(layer.keys, layer.values) for layer in out.past_key_values.layers]
    return logits, _Parents(layers, real, lengths)


@torch.inference_mode()
def _prefix(model: LoadedModel, shared: Branch, most: Callable[[int], int], emit: Emit) -> None:
    """One beginning by itself, then what follows it in batches, each on a copy of what the beginning left."""
    device = model.device
    rows = [(shared, at) for at in sorted(shared.spots)]
    at = torch.tensor([place for _, place in rows], device=device, dtype=torch.long)
    with gathering(model, torch.zeros_like(at), at):
        out = model.module(input_ids=torch.tensor([shared.tokens], device=device), use_cache=True)
    if rows:
        emit(out.logits.reshape(-1, out.logits.shape[-1]).float(), rows)
    held = out.past_key_values
    before = len(shared.tokens)

    def work(batch: list[int]) -> list[None]:
        own = [shared.children[i] for i in batch]
        width = max(len(one.tokens) for one in own)
        ids = torch.tensor([[*one.tokens, *[0] * (width - len(one.tokens))] for one in own], device=device)
        real = torch.ones(len(own), before + width, dtype=torch.long, device=device)
        for row, one in zip(real, own, strict=True):
            row[before + len(one.tokens) :] = 0
        spots = [(row, place) for row, one in enumerate(own) for place in sorted(one.spots)]
        found = [(own[row], place) for row, place in spots]
        where = (torch.tensor([row for row, _ in spots], device=device, dtype=torch.long),
                 torch.tensor([place for _, place in spots], device=device, dtype=torch.long))  # fmt: skip
        cache = _copied(held, len(own))
        with gathering(model, *where):
            logits = model.module(input_ids=ids, attention_mask=real, past_key_values=cache, use_cache=True).logits
        emit(logits.reshape(-1, logits.shape[-1]).float(), found)
        return [None] * len(batch)

    spots = max(len(one.spots) for one in shared.children)
    in_batches([len(one.tokens) for one in shared.children], model.room, most(max(1, spots)), work, held=before)


def _copied(held: Any, rows: int) -> Any:
    """A cache of one row copied for many, states of every kind included; the one that was held stays as it is."""
    cache = copy.deepcopy(held)
    cache.reorder_cache(torch.zeros(rows, dtype=torch.long))
    return cache


def _plain(model: LoadedModel, branches: Sequence[Branch], most: Callable[[int], int], emit: Emit) -> None:
    """Branches that share nothing."""
    if not branches:
        return

    def work(batch: list[int]) -> list[None]:
        own = [branches[i] for i in batch]
        logits = logits_at(model, [one.tokens for one in own], [sorted(one.spots) for one in own])
        emit(logits, [(one, at) for one in own for at in sorted(one.spots)])
        return [None] * len(batch)

    spots = max(len(one.spots) for one in branches)
    in_batches([len(one.tokens) for one in branches], model.room, most(max(1, spots)), work)


def how_shared(model: LoadedModel) -> Sharing:
    """The best way of sharing that gives this model's own numbers, found by trying it on a few short sequences."""
    probes = _probes(model)
    spots = [(len(one) - 1,) for one in probes]
    alone = [torch.log_softmax(logits_at(model, [one], [spot]), -1) for one, spot in zip(probes, spots, strict=True)]
    if not all(bool(torch.isfinite(one).all()) for one in alone):
        return "none"
    half = next(model.module.parameters()).dtype in (torch.float16, torch.bfloat16)
    limit = AGREEMENT if not half else 0.15
    ways: list[Sharing] = ["tree", "prefix"] if _attends_to_all(model, probes[0]) else ["prefix"]
    for way in ways:
        tried = model.shared_by(way)
        branches = grow(probes, spots, levels=8 if way == "tree" else 2)
        worst = [0.0]

        def emit(logits: Tensor, rows: list[Row], worst: list[float] = worst) -> None:
            for line, (branch, at) in zip(torch.log_softmax(logits, -1), rows, strict=True):
                for i, _ in branch.spots[at]:
                    gap = (line - alone[i][0]).abs()
                    # only what matters to a probability: tails of float32 noise are not looked at
                    worst[0] = max(worst[0], float((gap * (alone[i][0] > -20)).max()), float(not gap.isfinite().all()))

        try:
            through(tried, branches, lambda spots: 64, emit)
        except (AttributeError, IndexError, KeyError, NotImplementedError, RuntimeError, TypeError, ValueError):
            continue  # this architecture's cache cannot be lent that way; the next way is tried
        if worst[0] <= limit:
            return way
    return "none"


def _probes(model: LoadedModel) -> list[list[int]]:
    """Three sequences that share two nested beginnings, longer than a sliding window where that is short."""
    config = model.module.config.get_text_config()
    vocabulary = int(config.vocab_size)
    window = getattr(config, "sliding_window", None) or 0
    body = 24 + (window if window <= 600 else 0)
    if model.context is not None:
        body = max(1, min(body, model.context - 24))

    def run(first: int, count: int) -> list[int]:
        return [(first + 7 * i) % max(2, vocabulary - 8) + 4 for i in range(count)]

    start = run(3, body)
    return [start + run(11, 9) + run(2, 3), start + run(11, 9) + run(5, 5), start + run(17, 7)]


def _attends_to_all(model: LoadedModel, probe: Sequence[int]) -> bool:
    """Whether every layer of the cache grows by one entry per token and nothing else."""
    try:
        with torch.inference_mode():
            out = model.module(input_ids=torch.tensor([list(probe)], device=model.device), use_cache=True)
        cache = out.past_key_values
        return type(cache) is DynamicCache and all(type(layer) is DynamicLayer for layer in cache.layers)
    except (AttributeError, RuntimeError, TypeError, ValueError):
        return False
