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
from tawazun.engine.model import LoadedModel
from tawazun.engine.packing import FOLDED, Owners, Row, alone, padded, rows_of
from tawazun.engine.tree import Branch

Emit = Callable[[Tensor, list[Owners]], None]


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
class Parents:
    """Rows that went through together: keys and values of their whole way, and which of them are real."""

    layers: list[tuple[Tensor, Tensor]]
    real: Tensor


@dataclass(frozen=True, slots=True)
class _Way:
    """What stays the same on the way through a tree; the words are those of `through`."""

    most: Callable[[int], int]
    emit: Emit
    folded: int


def through(
    model: LoadedModel, branches: Sequence[Branch], most: Callable[[int], int], emit: Emit, *, folded: int = FOLDED
) -> None:
    """Compute every spot of branches and of everything below them.

    most   spots of a row -> how many such rows fit one pass
    emit   takes logits (R, V) in float32 and the owners of the R spots they belong to
    folded most tokens below a branch that go through with it (`tree` only)
    Errors RespondentFailed when a single row does not fit in memory
    """
    if model.sharing == "tree":
        _level(model, rows_of(branches, 0, folded=folded, apart=True), None, _Way(most, emit, folded))
    else:
        for one in branches:
            if one.children:
                _prefix(model, one, most, emit)
        _plain(model, [one for one in branches if not one.children], most, emit)


@torch.inference_mode()
def _level(model: LoadedModel, rows: Sequence[Row], above: Parents | None, way: _Way) -> None:
    """Rows that continue the same parents: those with something below first, because that needs what they keep."""
    past = 0 if above is None else above.real.shape[1]
    for inner in (True, False):
        chosen = [one for one in rows if bool(one.below) == inner]
        if not chosen:
            continue
        # what is kept takes room as long as the children live; what is lent passes through one layer at a time
        weight = past // 2 if inner else past // 8

        def work(batch: list[int], chosen: list[Row] = chosen, inner: bool = inner) -> list[None]:
            own = [chosen[i] for i in batch]
            logits, kept = _forward(model, own, above, inner)
            if len(logits):
                way.emit(logits, [one.spots[at] for one in own for at in sorted(one.spots)])
            if kept is not None:
                below = [row for number, one in enumerate(own) for row in rows_of(one.below, number, folded=way.folded)]
                _level(model, below, kept, way)
            return [None] * len(batch)

        spots = max(len(one.spots) for one in chosen)
        fits = way.most(max(1, spots))
        in_batches([len(one.tokens) for one in chosen], model.room, fits, work, held=weight, outermost=above is None)


def advanced(model: LoadedModel, own: Sequence[tuple[int, Branch]], above: Parents | None) -> tuple[Tensor, Parents]:
    """Logits (R, V) at the spots of branches, each after its row of `above`, and what the branches leave."""
    logits, kept = _forward(model, [alone(branch, number) for number, branch in own], above, True)
    assert kept is not None
    return logits, kept


def onward(model: LoadedModel, rows: Sequence[Row], above: Parents, emit: Emit) -> None:
    """Compute every spot of rows that continue `above`; nothing they leave is kept.

    Errors   RespondentFailed when a single row does not fit in memory
    """
    vocabulary = int(model.module.config.get_text_config().vocab_size)
    spots = max(len(one.spots) for one in rows)

    def work(batch: list[int]) -> list[None]:
        own = [rows[i] for i in batch]
        logits, _ = _forward(model, own, above, False)
        emit(logits, [one.spots[at] for one in own for at in sorted(one.spots)])
        return [None] * len(batch)

    most = max(1, model.room.logits // (vocabulary * max(1, spots)))
    in_batches([len(one.tokens) for one in rows], model.room, most, work, held=above.real.shape[1] // 8)


def _forward(
    model: LoadedModel, own: Sequence[Row], above: Parents | None, keep: bool
) -> tuple[Tensor, Parents | None]:
    """Logits at the spots of some rows, and what they leave for rows below them."""
    device = model.device
    ids = torch.from_numpy(padded([one.tokens for one in own], 0)).to(device)
    width = ids.shape[1]
    added = torch.tensor([len(one.tokens) for one in own], device=device)
    real = torch.arange(width, device=device)[None, :] < added[:, None]
    spots = [(row, at) for row, one in enumerate(own) for at in sorted(one.spots)]
    where = torch.tensor(spots, dtype=torch.long, device=device).reshape(-1, 2).T
    more: dict[str, Any] = {}
    if above is not None:
        parents = torch.tensor([one.above for one in own], device=device)
        more["past_key_values"] = cache = DynamicCache()
        cache.layers = [Lent(keys, values, parents, keep) for keys, values in above.layers]
        seen = above.real[parents]
        real = torch.cat([seen, real], dim=1)
    if above is not None or any(one.forked for one in own):
        until = torch.from_numpy(padded([one.until for one in own], width)).to(device)
        places = torch.from_numpy(padded([one.places for one in own], 0)).to(device)
        more["attention_mask"] = _mask(until, None if above is None else seen, model.module.dtype)
        more["position_ids"] = places
    with gathering(model, where[0], where[1]):
        out = model.module(input_ids=ids, use_cache=keep or above is not None, **more)
    logits = out.logits.reshape(-1, out.logits.shape[-1]).float()
    if not keep:
        return logits, None
    layers = [(layer.keys, layer.values) for layer in out.past_key_values.layers]
    return logits, Parents(layers, real)


def _mask(until: Tensor, seen: Tensor | None, dtype: torch.dtype) -> Tensor:
    """What each token of some rows does not see, as numbers to be added to attention scores.

    Shapes   until: (B, W), the first place that no longer sees a token; seen: (B, P), which lent tokens are real;
             returns (B, 1, W, P + W)
    """
    at = torch.arange(until.shape[1], device=until.device)
    sees = (at[:, None] >= at[None, :]) & (at[:, None] < until[:, None, :])
    if seen is not None:
        sees = torch.cat([seen[:, None, :].expand(-1, len(at), -1), sees], dim=-1)
    hidden = torch.zeros(sees.shape, dtype=dtype, device=until.device)
    return hidden.masked_fill_(~sees, torch.finfo(dtype).min)[:, None]


@torch.inference_mode()
def _prefix(model: LoadedModel, shared: Branch, most: Callable[[int], int], emit: Emit) -> None:
    """One beginning by itself, then what follows it in batches, each on a copy of what the beginning left."""
    device = model.device
    at = torch.tensor(sorted(shared.spots), device=device, dtype=torch.long)
    with gathering(model, torch.zeros_like(at), at):
        out = model.module(input_ids=torch.tensor([shared.tokens], device=device), use_cache=True)
    if shared.spots:
        emit(out.logits.reshape(-1, out.logits.shape[-1]).float(), [shared.spots[k] for k in sorted(shared.spots)])
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
        found = [own[row].spots[place] for row, place in spots]
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
        emit(logits, [one.spots[at] for one in own for at in sorted(one.spots)])
        return [None] * len(batch)

    spots = max(len(one.spots) for one in branches)
    in_batches([len(one.tokens) for one in branches], model.room, most(max(1, spots)), work)
