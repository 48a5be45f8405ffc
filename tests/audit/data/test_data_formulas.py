"""Formulas against independent implementations: lexicalrichness, sacrebleu, scikit-learn, counting by hand."""

import math
import random
from collections import Counter
from fractions import Fraction
from itertools import islice, pairwise
from math import comb
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy

from tawazun.audit.data import batch_of, family, measured
from tawazun.audit.data.bleu import self_bleu
from tawazun.audit.data.contrasts import area, contrast
from tawazun.audit.data.duplicates import near_duplicate_share, signatures
from tawazun.audit.data.families.diversity import distinct
from tawazun.audit.data.families.semantics import cluster_entropy
from tawazun.audit.data.reading import Raw, read_files
from tawazun.audit.data.richness import hapax_share, hdd, mattr, mtld, rarity, word_entropy, yules_k
from tawazun.audit.data.segmenters import segmented
from tawazun.audit.data.shapes import sample_of
from tawazun.audit.data.words import Words

WORDS = st.lists(st.sampled_from([f"w{i}" for i in range(40)]), max_size=160)
TEXTS = st.lists(WORDS, min_size=1, max_size=5)
SHARED = {
    "ar": ("cidar_keywords/keywords", "cidar_*.txt"), "zh": ("zh_demo", "alpaca_zh*.json"),
    "ja": ("rakuda_ja/answers", "*.json*"), "en": ("zh_demo", "alpaca_en*.json"),
}  # fmt: skip


def shared_texts(data: Path, language: str, most: int = 60) -> list[str]:
    """The longest of the first 300 texts of a shared set."""
    folder, pattern = SHARED[language]
    read = (one for path in sorted((data / folder).glob(pattern)) for one in read_files(path, "*********"))
    samples = [sample_of(one)[0] for one in islice((one for one in read if isinstance(one, Raw)), 300)]
    texts = [one.response for one in samples if one is not None]
    return sorted(texts, key=len, reverse=True)[:most]


def words_of(texts: list[list[str]]) -> Words:
    return segmented([" ".join(text) for text in texts], "en")


def zipf(count: int, size: int, seed: int) -> list[str]:
    draw = random.Random(seed)
    weights = [1 / (i + 1) for i in range(size)]
    return [f"w{i}" for i in draw.choices(range(size), weights, k=count)]


@given(TEXTS)
@settings(max_examples=40)
def test_richness_equals_lexicalrichness(texts: list[list[str]]) -> None:
    lexicalrichness = pytest.importorskip("lexicalrichness")
    words = words_of(texts)
    found = {"mattr": mattr(words), "mtld": mtld(words), "hdd": hdd(words), "yules_k": yules_k(words)}
    for row, text in enumerate(texts):
        theirs = lexicalrichness.LexicalRichness(text, preprocessor=None, tokenizer=None)
        if not text:
            assert all(math.isnan(values[row]) for values in found.values())
            continue
        assert found["mtld"][row] == pytest.approx(theirs.mtld(), rel=1e-12)
        assert found["yules_k"][row] == pytest.approx(theirs.yulek, rel=1e-9, abs=1e-9)
        for name, least in (("mattr", 50), ("hdd", 42)):
            if len(text) < least:
                assert math.isnan(found[name][row])
        if len(text) >= 50:
            assert found["mattr"][row] == pytest.approx(theirs.mattr(window_size=50), rel=1e-12)
        if len(text) >= 42:
            assert found["hdd"][row] == pytest.approx(theirs.hdd(draws=42), rel=1e-9)


def mtld_by_definition(text: list[str]) -> float:
    factors, run = 0.0, list[str]()
    for word in text:
        run.append(word)
        if len(set(run)) / len(run) <= 0.72:
            factors, run = factors + 1, []
    if run:
        factors += (1 - len(set(run)) / len(run)) / (1 - 0.72)
    return len(text) / (factors or 1)


@given(st.lists(WORDS.filter(lambda one: len(one) >= 50), min_size=1, max_size=3))
@settings(max_examples=25)
def test_richness_is_what_its_papers_define(texts: list[list[str]]) -> None:
    """HD-D over exact binomials, MATTR window by window, MTLD word by word."""
    words = words_of(texts)
    for row, text in enumerate(texts):
        n = len(text)
        windows = [len(set(text[i : i + 50])) / 50 for i in range(n - 49)]
        drawn = [1 - Fraction(comb(n - count, 42), comb(n, 42)) for count in Counter(text).values()]
        assert mattr(words)[row] == pytest.approx(sum(windows) / len(windows), rel=1e-9)
        assert hdd(words)[row] == pytest.approx(float(sum(drawn) / 42), rel=1e-9)
        both = (mtld_by_definition(text) + mtld_by_definition(text[::-1])) / 2
        assert mtld(words)[row] == pytest.approx(both, rel=1e-9)


@given(st.lists(st.lists(st.lists(st.sampled_from(["one", "longer", "Words", "x"]), min_size=1, max_size=9),
                         min_size=1, max_size=6), min_size=1, max_size=4))  # fmt: skip
@settings(max_examples=40)
def test_lengths_equal_counting_by_hand(texts: list[list[list[str]]]) -> None:
    """Mean lengths of sentences and words as textdescriptives defines them: over words, signs left out."""
    written = [" ".join(" ".join(sentence) + "." for sentence in text) for text in texts]
    found = dict(measured(batch_of(written, "en"), [family("structure")])[0])
    for row, text in enumerate(texts):
        words = [word for sentence in text for word in sentence]
        assert found["structure.sentences"][row] == len(text)
        assert found["structure.sentence_words"][row] == pytest.approx(np.mean([len(one) for one in text]), rel=1e-9)
        assert found["structure.word_letters"][row] == pytest.approx(np.mean([len(one) for one in words]), rel=1e-9)
        assert found["structure.punctuation_share"][row] == pytest.approx(len(text) / len(written[row]), rel=1e-9)


@given(TEXTS)
@settings(max_examples=25)
def test_entropy_equals_scipy(texts: list[list[str]]) -> None:
    found = word_entropy(words_of(texts))
    for row, text in enumerate(texts):
        if text:
            expected = entropy(list(Counter(text).values()), base=2)
            assert found[row] == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.data
@pytest.mark.parametrize("language", SHARED)
def test_real_texts_have_the_values_of_other_libraries(data_folder: Path, language: str) -> None:
    lexicalrichness = pytest.importorskip("lexicalrichness")
    words = segmented(shared_texts(data_folder, language), language)
    found = {"mattr": mattr(words), "mtld": mtld(words), "hdd": hdd(words), "yulek": yules_k(words)}
    bounds, checked = words.starts.tolist(), 0
    for row, (begin, end) in enumerate(pairwise(bounds)):
        if end - begin < 50:
            continue
        text = [words.vocabulary[i] for i in words.ids[begin:end]]
        theirs = lexicalrichness.LexicalRichness(text, preprocessor=None, tokenizer=None)
        expected = {"mattr": theirs.mattr(50), "mtld": theirs.mtld(), "hdd": theirs.hdd(42), "yulek": theirs.yulek}
        for name, value in expected.items():
            assert found[name][row] == pytest.approx(value, rel=1e-9), (language, row, name)
        checked += 1
    assert checked >= 20


@given(TEXTS)
@settings(max_examples=40)
def test_counts_equal_counting_by_hand(texts: list[list[str]]) -> None:
    words = words_of(texts)
    everything = Counter(word for text in texts for word in text)
    total = sum(everything.values())
    for row, text in enumerate(texts):
        counts = Counter(text)
        if not text:
            assert math.isnan(hapax_share(words)[row]) and math.isnan(word_entropy(words)[row])
            continue
        n = len(text)
        assert hapax_share(words)[row] == pytest.approx(sum(c == 1 for c in counts.values()) / n)
        assert word_entropy(words)[row] == pytest.approx(-sum(c / n * math.log2(c / n) for c in counts.values()))
        assert rarity(words)[row] == pytest.approx(sum(-math.log2(everything[word] / total) for word in text) / n)
        for size in (1, 2, 3):
            runs = Counter(tuple(text[i : i + size]) for i in range(n - size + 1))
            share, repeated = (values[row] for values in distinct(words, size))
            if not runs:
                assert math.isnan(share) and math.isnan(repeated)
                continue
            assert share == pytest.approx(len(runs) / runs.total())
            assert repeated == pytest.approx(sum(c for c in runs.values() if c > 1) / runs.total())


@pytest.mark.parametrize("seed", range(4))
def test_self_bleu_equals_sacrebleu(seed: int) -> None:
    bleu = pytest.importorskip("sacrebleu.metrics").BLEU(effective_order=True, tokenize="none")
    draw = random.Random(seed)
    texts = [zipf(draw.randint(1, 40), 12, seed * 100 + i) for i in range(12)]
    texts += [texts[0], ["never", "seen", "before", "anywhere"]]
    found = self_bleu(words_of(texts))
    for i, text in enumerate(texts):
        others = [" ".join(other) for j, other in enumerate(texts) if j != i]
        assert found[i] == pytest.approx(bleu.sentence_score(" ".join(text), others).score, rel=1e-9, abs=1e-9)


def test_minhash_estimates_the_jaccard_similarity() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    base = [f"b{i}" for i in range(400)]
    texts = [base] + [base[: 400 - cut] + [f"n{cut}-{i}" for i in range(cut)] for cut in (10, 60, 150, 300, 400)]
    found = signatures(words_of(texts))
    shingles = [{tuple(text[i : i + 3]) for i in range(len(text) - 2)} for text in texts]
    every = sorted(set.union(*shingles))
    flags = np.array([[one in own for one in every] for own in shingles])
    for i in range(1, len(texts)):
        exact = metrics.jaccard_score(flags[0], flags[i])
        estimate = float((found[0] == found[i]).mean())
        assert abs(estimate - exact) < 4 * math.sqrt(max(exact * (1 - exact), 0.01) / 64)


def test_near_duplicates_are_groups_and_not_pairs() -> None:
    first, second = ([f"{name}{i}" for i in range(80)] for name in "ab")
    close = [*first[:78], "x", "y"]
    others = [[f"o{j}-{i}" for i in range(60)] for j in range(5)]
    assert near_duplicate_share(words_of([first, first, close, second, *others])) == pytest.approx(2 / 9)
    assert near_duplicate_share(words_of([first] * 50)) == pytest.approx(49 / 50)
    assert near_duplicate_share(words_of([["one"], ["two"], ["one"]])) == pytest.approx(1 / 3)
    assert math.isnan(near_duplicate_share(words_of([first])))
    assert math.isnan(near_duplicate_share(words_of([[], []])))


def test_cluster_entropy_of_even_and_of_single_clusters() -> None:
    even = np.repeat(np.eye(10), 30, axis=0)
    assert cluster_entropy(even) == pytest.approx(1.0)
    assert cluster_entropy(np.repeat(np.eye(10)[:1], 300, axis=0)) == pytest.approx(0.0)
    uneven = np.repeat(np.eye(10), [255, *[5] * 9], axis=0)
    assert 0.1 < cluster_entropy(uneven) < 0.5
    assert math.isnan(cluster_entropy(even[:9]))


def test_the_area_equals_sklearn_and_a_contrast_holds_it() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    draw = np.random.default_rng(3)
    a, b = np.round(draw.normal(0.5, 1, 80), 1), np.round(draw.normal(0, 1, 60), 1)
    expected = metrics.roc_auc_score([1] * 80 + [0] * 60, np.concatenate((a, b)))
    assert area(a, b) == pytest.approx(expected)
    found = contrast(np.append(a, np.nan), b, draws=300)
    assert found.auc == pytest.approx(expected) and found.auc_low < expected < found.auc_high
    assert found.low < found.difference < found.high and found.n == (80, 60)
    assert math.isnan(contrast(a[:1], b).difference)


def test_a_contrast_of_equal_sets_covers_nothing_in_nineteen_of_twenty() -> None:
    draw = np.random.default_rng(5)
    covered = 0
    for _ in range(100):
        found = contrast(draw.normal(size=40), draw.normal(size=40), draws=200)
        covered += found.low <= 0 <= found.high
    assert covered >= 87
