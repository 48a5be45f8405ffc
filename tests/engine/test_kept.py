"""Endings after a kept beginning score what the whole prompt scores."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tawazun.engine import LoadedModel, ModelChoice, load_model, score_next
from tawazun.engine.kept import Kept, can_keep
from tawazun.errors import RespondentFailed
from tests.engine.test_virtual import block

WANTED = [5, 9, 77]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), beginnings=st.integers(1, 6), endings=st.integers(1, 40))
def test_endings_score_as_whole_prompts(
    llama_of_session: LoadedModel, seed: int, beginnings: int, endings: int
) -> None:
    model, rng = llama_of_session, np.random.default_rng(seed)
    heads = [rng.integers(4, 400, rng.integers(1, 30)).tolist() for _ in range(beginnings)]
    heads.append(heads[0])
    tails = [
        (int(rng.integers(0, len(heads))), rng.integers(4, 400, rng.integers(1, 9)).tolist()) for _ in range(endings)
    ]
    kept = Kept(model, heads)
    for _ in range(2):
        found = kept.score_next(tails, [WANTED] * endings)
        whole = score_next(model, [[*heads[at], *after] for at, after in tails], [WANTED] * endings)
        assert np.stack(found) == pytest.approx(np.stack(whole), abs=2e-5)


def test_virtual_tokens_come_after_what_is_kept(llama: LoadedModel) -> None:
    heads, held = [[5, 6, 7, 8], [9, 10]], block(3)
    kept = Kept(llama, heads)
    with llama.virtual.holding(held) as numbers:
        tails = [(at, [number, 11]) for at in (1, 0) for number in numbers]
        found = kept.score_next(tails, [WANTED] * 6)
        whole = score_next(llama, [[*heads[at], *after] for at, after in tails], [WANTED] * 6)
    assert np.stack(found) == pytest.approx(np.stack(whole), abs=2e-5)
    assert float(np.abs(found[0] - found[1]).max()) > 1e-3


def test_little_room_changes_no_score(llama: LoadedModel) -> None:
    rng = np.random.default_rng(0)
    heads = [rng.integers(4, 400, 20).tolist() for _ in range(5)]
    tails = [(at % 5, rng.integers(4, 400, 3).tolist()) for at in range(30)]
    expected = Kept(llama, heads).score_next(tails, [WANTED] * 30)
    llama.room.tokens, llama.room.logits = 30, 700
    found = Kept(llama, heads).score_next(tails, [WANTED] * 30)
    assert np.stack(found) == pytest.approx(np.stack(expected), abs=2e-5)


def test_what_cannot_be_kept_is_said(folders: Callable[[str], Path], llama: LoadedModel) -> None:
    sliding = load_model(ModelChoice(str(folders("mistral"))))
    assert not can_keep(sliding) and not can_keep(llama.shared_by("alone"))
    with pytest.raises(RespondentFailed, match="cannot go on from a kept beginning"):
        Kept(sliding, [[5, 6]])
    with pytest.raises(RespondentFailed, match="without tokens"):
        Kept(llama, [[5, 6], []])
    with pytest.raises(RespondentFailed, match="without tokens"):
        Kept(llama, [[5, 6]]).score_next([(0, [])], [WANTED])
    with pytest.raises(RespondentFailed, match="longer than the model's"):
        Kept(llama, [[5] * 500]).score_next([(0, [5] * 20)], [WANTED])
