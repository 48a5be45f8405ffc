"""How much goes through a model at once is planned from free memory."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import LlamaConfig

from tawazun.engine.room import MOST_LOGITS, MOST_TOKENS, TOKENS_ON_CPU, room_for, room_on

GIB = 1 << 30


def shaped(dtype: torch.dtype = torch.bfloat16, **sizes: int) -> Any:
    """What is looked at of an 8 B model, or of one with other sizes."""
    shape: dict[str, Any] = {
        "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
        "intermediate_size": 14336,
    }  # fmt: skip
    return SimpleNamespace(config=LlamaConfig(**shape | sizes), dtype=dtype)


def test_a_processor_has_a_fixed_room() -> None:
    assert room_on(torch.device("cpu"), shaped()).tokens == TOKENS_ON_CPU


def test_half_of_free_memory_is_planned() -> None:
    # keys and values 2 x 32 x 8 x 128, widths 8 x 4096, inner 3 x 14336, two bytes each
    token = 2 * (65536 + 32768 + 43008)
    assert room_for(4 * GIB, shaped()).tokens == 2 * GIB // token
    assert room_for(4 * GIB, shaped(torch.float32)).tokens == pytest.approx(GIB // token, abs=1)


@given(st.integers(0, 200 * GIB), st.integers(0, 200 * GIB))
def test_more_memory_is_never_less_room(one: int, other: int) -> None:
    small, large = (room_for(free, shaped()) for free in sorted((one, other)))
    assert 1 <= small.tokens <= large.tokens <= MOST_TOKENS
    assert 1 <= small.logits <= large.logits <= MOST_LOGITS


def test_a_smaller_model_has_more_room() -> None:
    small = shaped(hidden_size=896, num_hidden_layers=24, num_attention_heads=14, num_key_value_heads=2,
                   intermediate_size=4864)  # fmt: skip
    assert room_for(GIB, small).tokens > 5 * room_for(GIB, shaped()).tokens
