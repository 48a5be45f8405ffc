"""Texts as vectors: the last hidden states of a model, pooled over a text's tokens.

Two kinds of model: a causal language model that is loaded anyway, whose pooling the caller chooses, and an embedding
model (`load_embedder`), whose folder says how its states are pooled and what is done with them afterwards.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import torch
from torch import Tensor, nn

from tawazun.engine.forward import in_batches
from tawazun.engine.model import LoadedModel, Room
from tawazun.errors import BadStudy, RespondentFailed

Pooling = Literal["mean", "last", "cls", "max"]
POOLINGS: tuple[Pooling, ...] = get_args(Pooling)


@dataclass(frozen=True)
class Embedder:
    """An embedding model ready to be used.

    module     the transformers model, without a head
    facts      what can move a vector: revision, weights, config, tokenizer, dtype, pooling, after, longest, prompt
    pooling    how states of tokens become one vector
    after      what is done with it then: linear layers, normalisation to length 1
    longest    tokens of a text that are read; the rest is cut off; None for no limit
    prompt     put before every text
    lower      whether texts are lower-cased first
    """

    module: Any
    tokenizer: Any
    facts: Mapping[str, str]
    device: torch.device
    pooling: Pooling
    after: nn.Module
    longest: int | None
    room: Room = field(compare=False)
    prompt: str = ""
    lower: bool = False


def embed(model: LoadedModel | Embedder, texts: Sequence[str], pooling: str = "") -> np.ndarray:
    """One vector per text, in order; a vector does not depend on what else is embedded (beyond float noise).

    pooling  for a causal model `mean` over a text's tokens or its `last` token; an embedder brings its own
    Shapes   N texts; returns (N, width) in float32
    Unit     states of the last layer, after its norm; length 1 where the embedder normalises
    Errors   BadStudy for a pooling that the model does not have; RespondentFailed for a text without tokens, states
             that are not numbers, or too little memory for one text
    """
    if isinstance(model, Embedder):
        if pooling not in ("", model.pooling):
            raise BadStudy(f"pooling: this embedding model pools by {model.pooling}, not {pooling!r}")
        return _vectors(model, texts, _with_mask(model))
    if pooling not in ("mean", "last"):
        raise BadStudy(f"pooling: a causal model is pooled by mean or last, not {pooling!r}")
    plain = Embedder(
        model.module.base_model, model.tokenizer, model.facts, model.device, _pooling(pooling), nn.Identity(),
        model.context, model.room,
    )  # fmt: skip
    # a causal model never looks at the padding on the right
    return _vectors(plain, texts, lambda ids, real: plain.module(input_ids=ids, use_cache=False).last_hidden_state)


def pooled(states: Tensor, real: Tensor, pooling: str) -> Tensor:
    """States of tokens as one vector each text.

    Shapes   states (B, T, W), real (B, T) whether a token is one; returns (B, W)
    Source   Reimers & Gurevych (2019), "Sentence-BERT", EMNLP, section 3: mean, max and first-token pooling
    """
    if pooling == "cls":
        return states[:, 0]
    if pooling == "last":
        return states[torch.arange(len(states), device=states.device), real.sum(dim=1) - 1]
    if pooling == "max":
        return states.masked_fill(~real[:, :, None], -torch.inf).amax(dim=1)
    return (states * real[:, :, None]).sum(dim=1) / real.sum(dim=1)[:, None]


def _pooling(name: str) -> Pooling:
    return next(one for one in POOLINGS if one == name)


def _with_mask(model: Embedder) -> Callable[[Tensor, Tensor], Tensor]:
    def states(ids: Tensor, real: Tensor) -> Tensor:
        found: Tensor = model.module(input_ids=ids, attention_mask=real.long()).last_hidden_state
        return found

    return states


def _vectors(model: Embedder, texts: Sequence[str], states: Callable[[Tensor, Tensor], Tensor]) -> np.ndarray:
    tokens = _tokens(model, texts)
    padding = model.tokenizer.pad_token_id or 0

    @torch.inference_mode()
    def work(batch: list[int]) -> list[np.ndarray]:
        own = [tokens[i] for i in batch]
        width = max(len(one) for one in own)
        ids = torch.tensor([[*one, *[padding] * (width - len(one))] for one in own], device=model.device)
        lengths = torch.tensor([len(one) for one in own], device=model.device)
        real = torch.arange(width, device=model.device)[None, :] < lengths[:, None]
        found = model.after(pooled(states(ids, real).float(), real, model.pooling))
        return list(found.cpu().numpy())

    vectors = in_batches([len(one) for one in tokens], model.room, len(tokens), work) if tokens else []
    found = np.stack(vectors) if vectors else np.zeros((0, 0), dtype=np.float32)
    if not np.isfinite(found).all():
        first = int(np.flatnonzero(~np.isfinite(found).all(axis=1))[0])
        raise RespondentFailed(f"text {first + 1}: the model's states are not numbers")
    return found


def _tokens(model: Embedder, texts: Sequence[str]) -> list[list[int]]:
    if not texts:
        return []
    written = [model.prompt + (text.lower() if model.lower else text) for text in texts]
    cut: dict[str, Any] = {} if model.longest is None else {"truncation": True, "max_length": model.longest}
    read = model.tokenizer(written, return_attention_mask=False, return_token_type_ids=False, **cut)["input_ids"]
    for number, one in enumerate(read, start=1):
        if not one:
            raise RespondentFailed(f"text {number} has no tokens, so it has no vector")
    return [list(one) for one in read]
