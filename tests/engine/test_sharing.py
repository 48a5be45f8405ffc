"""What sequences share is computed once, and every number is the one that a sequence gives by itself."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tawazun.engine import LoadedModel, ModelChoice, load_model, score_continuations, score_next
from tawazun.engine import sharing as sharing_room
from tawazun.engine.packing import Row, rows_of
from tawazun.engine.tree import LEAST, Branch, grow, size

HOW = {
    "llama": "tree", "gpt2": "tree", "qwen": "tree", "mistral": "prefix", "gemma": "prefix", "gemma3": "prefix",
    "lfm2": "prefix", "falcon_h1": "prefix", "mamba": "none",
}  # fmt: skip
SEQUENCES = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=30), min_size=1, max_size=25)


def spelled(branches: Sequence[Branch], above: tuple[int, ...] = ()) -> list[tuple[tuple[int, ...], Branch]]:
    """Every branch with all tokens from the beginning to its end."""
    found = []
    for one in branches:
        assert one.start == len(above) and one.tokens
        whole = (*above, *one.tokens)
        found += [(whole, one), *spelled(one.children, whole)]
    return found


@given(SEQUENCES, st.integers(1, 5))
def test_every_spot_lies_where_its_sequence_says(sequences: list[list[int]], levels: int) -> None:
    spots = [tuple(range(len(one) - 1, -1, -3)) for one in sequences]
    branches = grow(sequences, spots, levels=levels)
    seen = []
    for whole, branch in spelled(branches):
        for at, owners in branch.spots.items():
            for i, k in owners:
                assert spots[i][k] == branch.start + at
                assert list(whole[: branch.start + at + 1]) == sequences[i][: spots[i][k] + 1]
                seen.append((i, k))
    assert sorted(seen) == [(i, k) for i, own in enumerate(spots) for k in range(len(own))]
    assert size(branches) <= sum(len(one) for one in {tuple(one) for one in sequences})


def test_a_shared_beginning_stands_once() -> None:
    start, middle = list(range(50)), list(range(60, 80))
    sequences = [[*start, *middle, 90], [*start, *middle, 91, 92], [*start, 93], start]
    branches = grow(sequences, [(len(one) - 1,) for one in sequences])
    assert size(branches) == 50 + 20 + 1 + 2 + 1
    assert len(branches) == 1 and len(branches[0].children) == 2
    assert branches[0].spots == {49: [(3, 0)]}


def test_what_saves_little_is_not_cut_off() -> None:
    few = [[*range(LEAST - 1), 90], [*range(LEAST - 1), 91]]
    assert [len(one.tokens) for one in grow(few, [(0,), (0,)])] == [LEAST, LEAST]


def test_one_cut_is_made_where_it_saves_most() -> None:
    start = list(range(10))
    long = [[*start, *range(100, 200), i] for i in range(5)]
    other = [[*start, *range(300, 400), i] for i in range(5)]
    branches = grow([*long, *other], [(0,)] * 10, levels=2)
    assert [len(one.tokens) for one in branches] == [110, 110]


def seen(row: Row) -> list[tuple[int, ...]]:
    """What each token of a row sees of it, itself included, as tokens."""
    return [tuple(row.tokens[k] for k in range(at + 1) if at < row.until[k]) for at in range(len(row.tokens))]


@given(SEQUENCES, st.sampled_from([0, 3, 20, 500]))
def test_a_token_in_a_row_sees_its_own_sequence_only(sequences: list[list[int]], folded: int) -> None:
    spots = [tuple(range(len(one))) for one in sequences]
    done = []

    def down(branches: Sequence[Branch], above: tuple[int, ...], *, apart: bool) -> None:
        for row in rows_of(branches, 0, folded=folded, apart=apart):
            ways = [(*above, *one) for one in seen(row)]
            assert [len(one) - 1 for one in ways] == row.places
            for at, owners in row.spots.items():
                for i, k in owners:
                    assert list(ways[at]) == sequences[i][: spots[i][k] + 1]
                    done.append((i, k))
            if row.below:
                assert not row.forked
                down(row.below, ways[-1], apart=False)

    down(grow(sequences, spots), (), apart=True)
    assert sorted(done) == [(i, k) for i, own in enumerate(spots) for k in range(len(own))]


def test_options_of_a_prompt_share_its_row() -> None:
    prompt = list(range(100, 150))
    branches = grow([[*prompt, *([option] * 4)] for option in range(5)], [(0,)] * 5)
    (row,) = rows_of(branches, 0, apart=True)
    assert len(row.tokens) == 50 + 5 * 4 and not row.below
    assert [one.below != [] for one in rows_of(branches, 0, folded=8, apart=True)] == [True]


def test_rows_of_neighbours_are_not_too_wide() -> None:
    branches = [Branch([i] * 50, 7) for i in range(10)]
    rows = rows_of(branches, 3)
    assert [len(one.tokens) for one in rows] == [150, 150, 150, 50]
    assert {one.above for one in rows} == {3}
    assert [len(one.tokens) for one in rows_of(branches, 3, apart=True)] == [50] * 10


def nested(seed: int, vocabulary: int = 400) -> list[list[int]]:
    """Prompts of three personas, four questions, three orders, each of any length, past a sliding window of eight."""
    rng = np.random.default_rng(seed)

    def some(low: int, high: int) -> list[int]:
        return rng.integers(4, vocabulary, rng.integers(low, high)).tolist()

    heads, stems = [some(20, 40) for _ in range(3)], [some(9, 20) for _ in range(4)]
    return [[*head, *stem, *some(1, 12)] for head in heads for stem in stems for _ in range(3)]


@torch.inference_mode()
def alone(model: LoadedModel, tokens: Sequence[int]) -> np.ndarray:
    logits = model.module(torch.tensor([list(tokens)]), use_cache=False).logits[0, -1]
    return torch.log_softmax(logits.double(), dim=-1).numpy()


def test_nested_prompts_equal_one_by_one(model: LoadedModel) -> None:
    prompts = nested(0)
    found = score_next(model, prompts, [[5, 9, 77, 301]] * len(prompts))
    for prompt, scores in zip(prompts, found, strict=True):
        assert scores == pytest.approx(alone(model, prompt)[[5, 9, 77, 301]], abs=1e-4)


@pytest.mark.parametrize("kind", HOW)
def test_each_architecture_shares_as_its_cache_allows(folders: Callable[[str], Path], kind: str) -> None:
    assert load_model(ModelChoice(str(folders(kind)))).sharing == HOW[kind]


def test_few_tokens_are_computed_twice(llama: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    computed = [0]
    through = type(llama.module).forward

    def watched(self: object, *args: object, **kwargs: object) -> object:
        ids = kwargs["input_ids"]
        assert isinstance(ids, torch.Tensor)
        computed[0] += ids.numel()
        return through(self, *args, **kwargs)

    prompts = nested(3)
    unique = len({tuple(one[: k + 1]) for one in prompts for k in range(len(one))})
    monkeypatch.setattr(type(llama.module), "forward", watched)
    score_next(llama, prompts, [[5]] * len(prompts))
    assert unique <= computed[0] <= 1.5 * unique < 0.8 * sum(map(len, prompts))


def test_a_cache_that_cannot_be_lent_is_not_used(
    folders: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(held: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        return held.index_select(0, rows) * 1.5

    monkeypatch.setattr(sharing_room, "_spread", wrong)
    assert load_model(ModelChoice(str(folders("llama")))).sharing == "prefix"
    monkeypatch.setattr(sharing_room, "_copied", lambda held, rows: held)
    model = load_model(ModelChoice(str(folders("llama"))))
    assert model.sharing == "none"
    prompts = nested(4)[:6]
    for prompt, scores in zip(prompts, score_next(model, prompts, [[5, 9]] * 6), strict=True):
        assert scores == pytest.approx(alone(model, prompt)[[5, 9]], abs=1e-5)


def together(model: LoadedModel, asked: Sequence[tuple[list[int], list[int]]]) -> list[bytes]:
    """The bits of every score: of tokens after each prompt, and of its continuation."""
    prompts = [prompt for prompt, _ in asked]
    nexts = score_next(model, prompts, [[5, 9, 77]] * len(asked))
    sums = score_continuations(model, prompts, [end for _, end in asked])
    return [one.tobytes() + total.tobytes() for one, total in zip(nexts, sums, strict=True)]


@pytest.mark.parametrize("kind", ["llama", "gpt2", "gemma3", "falcon_h1", "mamba"])
def test_stable_scores_do_not_move_by_a_bit(folders: Callable[[str], Path], kind: str) -> None:
    model = load_model(ModelChoice(str(folders(kind)), stable=True))
    assert model.sharing == "alone"
    # ends of one prompt that begin alike or contain each other, and equal prompts
    ends = [[7], [20, 7], [20, 8, 9], [20, 8, 9, 11], [21, 6]]
    asked = [(prompt, end) for prompt in nested(5)[:6] for end in ends]
    whole = together(model, asked)
    rng = np.random.default_rng(0)
    for room in (1, 64, 10_000):
        model.room.tokens = room
        some = rng.choice(len(asked), size=rng.integers(1, 12), replace=False)
        assert together(model, [asked[i] for i in some]) == [whole[i] for i in some]
    assert together(model, asked[::-1])[::-1] == whole


def test_company_moves_usual_scores_by_less_than_the_tolerance(model: LoadedModel) -> None:
    ends = [[7], [20, 7], [20, 8, 9], [21, 6, 5, 4]]
    asked = [(prompt, end) for prompt in nested(6)[:8] for end in ends]
    whole = score_continuations(model, *map(list, zip(*asked, strict=True)))
    rng = np.random.default_rng(1)
    for room in (30, 300, 10_000):
        model.room.tokens = room
        some = rng.permutation(len(asked))[: rng.integers(1, len(asked))]
        moved = score_continuations(model, [asked[i][0] for i in some], [asked[i][1] for i in some])
        assert moved == pytest.approx(whole[some], abs=1e-4)
