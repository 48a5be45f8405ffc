"""Dependency depth: formulas by hand, a parser where one is installed, and the reason where none is."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.audit.data import Choice, Raw, audit_rows
from tawazun.audit.data.families.syntax import adjacent, depth, distance
from tawazun.audit.data.parsers import parser_for


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        ([1, 1, 1, 2], (2, (1 + 0 + 1 + 1) / 4, 3 / 4)),
        ([0], (0, 0.0, 0.0)),
        ([0, 0, 1, 2], (3, 3 / 4, 3 / 4)),
        ([3, 3, 3, 3, 3], (1, (3 + 2 + 1 + 0 + 1) / 5, 2 / 5)),
    ],
)
def test_formulas_by_hand(heads: list[int], expected: tuple[int, float, float]) -> None:
    assert (depth(heads), distance(heads), adjacent(heads)) == pytest.approx(expected)


@given(st.integers(1, 30), st.integers(0, 10_000))
def test_the_depth_of_any_tree_equals_that_of_a_walk_from_the_root(size: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    order = draw.permutation(size)
    heads = [0] * size
    for i, token in enumerate(order):
        heads[token] = int(order[draw.integers(0, i)]) if i else int(token)
    level, deepest = [int(order[0])], 0
    while level := [one for one in range(size) if heads[one] in level and heads[one] != one]:
        deepest += 1
    assert depth(heads) == deepest


def test_heads_in_a_circle_are_refused() -> None:
    with pytest.raises(ValueError, match="circle"):
        depth([1, 0])


@pytest.fixture
def fresh() -> Iterator[None]:
    """No parser remembered from another test."""
    parser_for.cache_clear()
    yield
    parser_for.cache_clear()


def test_without_a_parser_there_is_no_value_and_a_reason(fresh: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    rows = [Raw("x", i, {"text": "A sentence is here. And another one."}) for i in range(3)]
    done = audit_rows(rows, Choice(language="en", families=("structure",), parse=True))
    assert "parser:en" not in done.tools
    done = audit_rows(rows, Choice(language="en", families=("syntax",)))
    assert done.tools["parser:en"].startswith("none: spaCy is not installed")
    assert "syntax.dependency_depth" not in done.means["en"].mean
    assert "parser:en" not in audit_rows(rows, Choice(language="en")).tools


@dataclass
class Token:
    i: int
    head: Any = None


class Sentence(list[Token]):
    start = 0


@dataclass
class Parsed:
    sents: list[Sentence]


class Chain:
    """A pipeline that makes every word depend on the word before it."""

    meta = {"version": "1.0"}  # noqa: RUF012
    pipe_names = ("parser",)

    def pipe(self, texts: Iterator[str]) -> Iterator[Parsed]:
        for text in texts:
            sents, at = [], 0
            for part in filter(str.strip, text.split(".")):
                tokens = Sentence(Token(at + i) for i in range(len(part.split())))
                for i, one in enumerate(tokens):
                    one.head = tokens[max(0, i - 1)]
                tokens.start = at
                at += len(tokens)
                sents.append(tokens)
            yield Parsed(sents)


def test_an_installed_pipeline_is_used_and_named(fresh: None, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = ModuleType("spacy")
    asked: list[str] = []

    def load(name: str, exclude: Sequence[str]) -> Chain:
        asked.append(name)
        return Chain()

    fake.load = load  # type: ignore[attr-defined]
    fake.util = ModuleType("util")  # type: ignore[attr-defined]
    fake.util.get_installed_models = lambda: ["de_core_news_sm", "en_core_web_lg", "en_core_web_sm"]
    monkeypatch.setitem(sys.modules, "spacy", fake)
    rows = [Raw("x", 1, {"text": "one two three. one two three four five."}), Raw("x", 2, {"text": "alone"})]
    done = audit_rows(rows, Choice(language="en-GB", families=("syntax",)))
    assert asked == ["en_core_web_sm"] and done.tools["parser:en-GB"] == "en_core_web_sm 1.0"
    own = done.means["en-GB"]
    assert own.mean["syntax.dependency_depth"] == pytest.approx((2 + 4) / 2)
    assert own.mean["syntax.dependency_distance"] == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert own.count["syntax.dependency_depth"] == 1
    assert parser_for("ar").parse is None and "for ar" in parser_for("ar").name
