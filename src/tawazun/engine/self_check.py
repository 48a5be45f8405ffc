"""How a model shares what sequences have in common, found out when it is loaded: by trying, against one by one."""

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from tawazun.engine.forward import logits_at
from tawazun.engine.model import LoadedModel, Sharing
from tawazun.engine.packing import Owners
from tawazun.engine.sharing import through
from tawazun.engine.tree import grow

AGREEMENT = 1e-4  # largest difference of log-probabilities, relative to float32, that still counts as the same


def how_shared(model: LoadedModel) -> Sharing:
    """The best way of sharing that gives this model's own numbers, found by trying it on a few short sequences."""
    probes = _probes(model)
    spots = [(len(one) - 1,) for one in probes]
    plain = [torch.log_softmax(logits_at(model, [one], [spot]), -1) for one, spot in zip(probes, spots, strict=True)]
    if not all(bool(torch.isfinite(one).all()) for one in plain):
        return "none"
    half = next(model.module.parameters()).dtype in (torch.float16, torch.bfloat16)
    limit = AGREEMENT if not half else 0.15
    ways: list[Sharing] = ["tree", "prefix"] if _attends_to_all(model, probes[0]) else ["prefix"]
    for way in ways:
        if _agrees(model.shared_by(way), probes, plain, limit):
            return way
    return "none"


def _agrees(tried: LoadedModel, probes: list[list[int]], plain: list[Tensor], limit: float) -> bool:
    """Whether a way of sharing gives what each sequence gives alone, in rows of their own and side by side."""
    worst = [0.0]

    def emit(logits: Tensor, spots: list[Owners]) -> None:
        for line, owners in zip(torch.log_softmax(logits, -1), spots, strict=True):
            for i, _ in owners:
                gap = (line - plain[i][0]).abs()
                # only what matters to a probability: tails of float32 noise are not looked at
                worst[0] = max(worst[0], float((gap * (plain[i][0] > -20)).max()), float(not gap.isfinite().all()))

    branches = grow(probes, [(len(one) - 1,) for one in probes], levels=8 if tried.sharing == "tree" else 2)
    try:
        for folded in (2, 8):
            through(tried, branches, lambda spots: 64, emit, folded=folded)
    except (AttributeError, IndexError, KeyError, NotImplementedError, RuntimeError, TypeError, ValueError):
        return False  # this architecture's cache cannot be lent that way
    return worst[0] <= limit


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
