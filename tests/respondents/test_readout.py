"""Read-outs over made-up tokenisers, and shares against an enumeration of every reply."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tawazun.respondents.readout import Readout, canonical, label_readout, shares, text_readout

PROMPT = "Q:"


class Pieces:
    """Greedy longest-match tokeniser over a list of pieces; unknown characters are token 0."""

    def __init__(self, *pieces: str) -> None:
        self.pieces = ("\0", *pieces)

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        return [self.one(text) for text in texts]

    def one(self, text: str) -> list[int]:
        tokens = []
        while text:
            fits = [p for p in self.pieces if text.startswith(p)]
            best = max(fits, key=len, default="")
            tokens.append(self.pieces.index(best) if best else 0)
            text = text[len(best) or 1 :]
        return tokens


def labels(encode: Pieces, *names: str, prompt: str = PROMPT) -> Readout | None:
    return label_readout(encode, prompt, encode.one(prompt), names)


def test_both_spellings_of_single_tokens_count() -> None:
    found = labels(Pieces("Q:", "A", "B", " A", " B"), "A", "B")
    assert found == Readout("token", 1, ((2,), (3,), (4,), (5,)), (0, 1, 0, 1), (2, 3))


def test_a_spelling_of_several_tokens_makes_labels_strings() -> None:
    found = labels(Pieces("Q:", "A", "B", " A", " "), "A", "B")
    assert found == Readout("label", 1, ((2,), (3,), (4,), (5, 3)), (0, 1, 0, 1), (2, 3))


def test_a_spelling_that_melts_into_the_prompt_does_not_count() -> None:
    found = labels(Pieces("Q:", "Q:A", "A", "B", " A", " B"), "A", "B")
    assert found == Readout("token", 1, ((5,), (6,)), (0, 1), (0, 1))


def test_spellings_that_are_the_same_token_count_once() -> None:
    def blind(texts: Sequence[str]) -> list[list[int]]:
        return Pieces("Q:", "A", "B")([text.replace(" ", "") for text in texts])

    found = label_readout(blind, PROMPT, [1], ["A", "B"])
    assert found == Readout("token", 1, ((2,), (3,)), (0, 1), (0, 1))


def test_labels_of_several_tokens_are_strings() -> None:
    found = labels(Pieces("Q:", "1", "0", " "), "1", "10")
    assert found == Readout("label", 1, ((2,), (2, 3), (4, 2), (4, 2, 3)), (0, 1, 0, 1), (2, 3))


def test_labels_that_are_one_token_cannot_be_told_apart() -> None:
    assert labels(Pieces("Q:", " "), "أ", "ب") is None
    assert labels(Pieces("Q:", "A"), "A", "A") is None


def test_texts_start_where_all_of_them_leave_the_prompt() -> None:
    encode = Pieces("Q", ":", ": yes", ": no", "s")
    assert text_readout(encode, PROMPT, [1, 2], ["yes", "nos"]) == Readout("text", 1, ((3,), (4, 5)), (0, 1), (0, 1))
    assert text_readout(encode, PROMPT, [1, 2], ["yes", "yes"]) is None


def test_a_longer_label_takes_its_mass_from_the_shorter_one() -> None:
    readout = Readout("label", 1, ((2,), (2, 3), (2, 3, 4)), (0, 1, 2), (0, 1, 2))
    p, off = shares(readout, np.log(np.array([0.6, 0.3, 0.1], dtype=np.float32)), 3)
    assert p == pytest.approx([0.3, 0.2, 0.1], abs=1e-6)
    assert off == pytest.approx(0.4, abs=1e-6)


def test_texts_are_shared_out_among_themselves_even_when_all_are_unlikely() -> None:
    readout = Readout("text", 1, ((2, 3), (4, 5)), (0, 1), (0, 1))
    p, off = shares(readout, np.array([-900.0, -900.0 + np.log(3)], dtype=np.float32), 2)
    assert p == pytest.approx([0.25, 0.75], abs=1e-4)
    assert off is None


def test_rounding_never_gives_more_than_everything() -> None:
    p, off = shares(Readout("token", 1, ((2,), (3,)), (0, 1), (0, 1)), np.log(np.array([0.5, 0.500001])), 2)
    assert off == 0.0 and p.sum() == pytest.approx(1, abs=1e-12)


@given(
    st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=3).map(tuple), min_size=2, max_size=6, unique=True),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=60, deadline=None)
def test_shares_equal_an_enumeration_of_replies(sequences: list[tuple[int, ...]], seed: int) -> None:
    """Replies are three tokens drawn from a random tree; each belongs to the longest label that it begins with."""
    rng = np.random.default_rng(seed)
    owners = tuple(rng.integers(0, 2, len(sequences)).tolist())
    tree = {start: rng.dirichlet(np.ones(3)) for n in range(3) for start in product(range(3), repeat=n)}

    def chance(tokens: tuple[int, ...]) -> float:
        return float(np.prod([tree[tokens[:k]][token] for k, token in enumerate(tokens)]))

    expected = np.zeros(2)
    for reply in product(range(3), repeat=3):
        begun = [s for s in sequences if reply[: len(s)] == s]
        if begun:
            expected[owners[sequences.index(max(begun, key=len))]] += chance(reply)
    scores = np.log(np.array([chance(s) for s in sequences]))
    p, off = shares(Readout("label", 1, tuple(sequences), owners, (0, 1)), scores, 2)
    assert p == pytest.approx(expected, abs=1e-9)
    assert off == pytest.approx(1 - expected.sum(), abs=1e-9)


@given(st.permutations(range(5)))
def test_canonical_order_undoes_the_order_shown(order: list[int]) -> None:
    p = np.array([0.1, 0.2, 0.3, 0.15, 0.25])
    assert canonical(p[order], order) == pytest.approx(p)
