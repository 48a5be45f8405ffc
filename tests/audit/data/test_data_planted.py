"""Planted corpora whose order is known are ranked by the metric that is named for what was dialled."""

import random
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from tawazun.audit.data import batch_of, family, measured

LETTERS = "bcdfgklmnprstvz"


def vocabulary(size: int, seed: int = 1) -> list[str]:
    draw = random.Random(seed)
    made: dict[str, None] = {}
    while len(made) < size:
        made["".join(draw.choice(LETTERS) + draw.choice("aeiou") for _ in range(draw.randint(2, 4)))] = None
    return list(made)


def corpus(size: int, rows: int = 60, words: int = 220, seed: int = 2) -> list[str]:
    """Texts over a vocabulary of a size, its words drawn by Zipf's law."""
    draw = random.Random(seed)
    known = vocabulary(size)
    weights = [1 / (i + 1) for i in range(size)]
    return [" ".join(draw.choices(known, weights, k=words)) + "." for _ in range(rows)]


def mean(texts: Sequence[str], name: str, language: str = "en", **more: object) -> float:
    group = family(name.partition(".")[0])
    rows, shard = measured(batch_of(texts, language, **more), [group])  # type: ignore[arg-type]
    return shard[name] if name in shard else float(np.nanmean(rows[name]))


def rising(values: list[float], margin: float = 0.0) -> bool:
    return all(after > before + margin for before, after in pairwise(values))


@pytest.mark.parametrize(
    "name",
    ["lexical.mattr", "lexical.mtld", "lexical.hdd", "lexical.word_entropy", "lexical.pool_types", "lexical.rarity",
     "diversity.distinct_2", "diversity.pool_distinct_2"],
)  # fmt: skip
def test_a_larger_vocabulary_is_richer(name: str) -> None:
    assert rising([mean(corpus(size), name) for size in (60, 240, 1000, 4000)])


@pytest.mark.parametrize(
    "name", ["lexical.yules_k", "lexical.pool_yules_k", "diversity.pool_compression", "diversity.self_bleu"]
)
def test_a_larger_vocabulary_repeats_less(name: str) -> None:
    assert rising([-mean(corpus(size, rows=100), name) for size in (60, 240, 1000, 4000)])


def test_richness_does_not_follow_length_where_it_should_not() -> None:
    for name, allowed in (("lexical.mattr", 0.02), ("lexical.hdd", 0.02)):
        values = [mean(corpus(500, words=count), name) for count in (100, 400, 1600)]
        assert max(values) - min(values) < allowed
    falls = [mean(corpus(500, words=count), "lexical.hapax_share") for count in (100, 400, 1600)]
    assert rising([-one for one in falls], 0.05)


def test_copied_rows_are_near_duplicates() -> None:
    fresh = corpus(3000, rows=200)
    draw = random.Random(4)

    def copied(share: float) -> list[str]:
        copies = []
        for text in fresh[: int(share * len(fresh))]:
            words = text.split()
            words[draw.randrange(len(words))] = "changed"
            copies.append(" ".join(words))
        return [*fresh, *copies]

    shares = (0.0, 0.1, 0.25, 0.5)
    values = [mean(copied(share), "diversity.near_duplicate_share") for share in shares]
    assert rising(values, 0.04)
    for share, value in zip(shares, values, strict=True):
        assert value == pytest.approx(share / (1 + share), abs=0.02)


def test_repeated_runs_inside_a_row_are_seen() -> None:
    base = [text.split()[:60] for text in corpus(2000)]
    repeated = [[" ".join([*text, *text[:cut]]) for text in base] for cut in (0, 10, 30, 60)]
    assert rising([mean(texts, "diversity.repetition_3") for texts in repeated], 0.05)


@pytest.mark.parametrize(("language", "other"), [("en", "كلمة عربية "), ("ar", "english words "), ("hi", "english ")])
def test_switched_scripts_are_seen(language: str, other: str) -> None:
    own = {"en": "these are plain words ", "ar": "هذه كلمات عادية جدا ", "hi": "यह एक सामान्य वाक्य है "}[language]
    texts = [[own * (10 - k) + other * k for _ in range(3)] for k in (0, 1, 3, 6)]
    assert rising([mean(one, "scripts.code_switch_share", language) for one in texts], 0.02)
    mixed = [[(own + other * k) * 3 for _ in range(3)] for k in (0, 1)]
    assert rising([mean(one, "scripts.script_switches", language) for one in mixed])


def test_coherence_falls_as_sentences_are_mixed() -> None:
    """A bag-of-words embedding over planted topics; sentences of other topics are put in with a known share."""
    topics = [vocabulary(40, seed) for seed in range(1, 7)]
    index = {word: i for i, word in enumerate(sorted({word for topic in topics for word in topic}))}

    def embed(texts: Sequence[str]) -> np.ndarray:
        made = np.zeros((len(texts), len(index)))
        for row, text in enumerate(texts):
            for word in text.rstrip(".").replace(".", "").split():
                made[row, index[word]] += 1
        return made

    def text(draw: random.Random, share: float) -> str:
        own = draw.randrange(len(topics))
        sentences = []
        for _ in range(8):
            topic = draw.randrange(len(topics)) if draw.random() < share else own
            sentences.append(" ".join(draw.choices(topics[topic], k=25)))
        return ". ".join(sentences) + "."

    values, entropies = [], []
    for share in (0.0, 0.3, 0.6, 1.0):
        draw = random.Random(7)
        texts = [text(draw, share) for _ in range(40)]
        values.append(mean(texts, "semantics.coherence", embed=embed))
        entropies.append(mean(texts, "semantics.pairwise_similarity", embed=embed))
    assert rising([-one for one in values], 0.05)
    assert rising(entropies)


def test_local_names_move_the_local_share() -> None:
    local, western = "أكلنا الكبسة في الرياض مع خالد ", "أكلنا البيتزا في نيويورك مع مايكل "
    values = [mean([local * k + western * (4 - k)] * 3, "culture.local_share", "ar") for k in range(5)]
    assert values == pytest.approx([0, 0.25, 0.5, 0.75, 1])
