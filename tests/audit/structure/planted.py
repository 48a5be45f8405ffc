"""Corpora with four dials, and cubes of metrics whose components are known.

vocabulary  how many different words the language of a corpus has
coherence   share of sentences that keep to their row's topic
copies      share of rows that stand in the corpus before, with one word changed
switching   share of words written in Arabic letters, letter by letter
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from tawazun.audit.components import Cube
from tawazun.audit.data import Raw

LETTERS, VOWELS = "bcdfgklmnprstvz", "aeiou"
ARABIC = dict(zip(LETTERS + VOWELS, "بتثجحخدذرزسشصضطظعغفق", strict=True))
TOPICS, MARKERS = 6, 12
DIALS = ("vocabulary", "coherence", "copies", "switching")


@dataclass(frozen=True)
class Dials:
    """Each from 0 to 1."""

    vocabulary: float = 0.5
    coherence: float = 0.5
    copies: float = 0.5
    switching: float = 0.5


@cache
def words_of(size: int, seed: int) -> tuple[str, ...]:
    """Different words."""
    draw = random.Random(seed)
    made: dict[str, None] = {}
    while len(made) < size:
        made["".join(draw.choice(LETTERS) + draw.choice(VOWELS) for _ in range(draw.randint(2, 4)))] = None
    return tuple(made)


@dataclass(frozen=True)
class Manner:
    """What corpora differ in besides their dials, so that no two metrics of one dial are the same number.

    flat       how evenly words are used; topics a corpus has; changed words of a copy
    run        words that are switched together
    """

    flat: float = 5.0
    topics: int = 6
    changed: int = 2
    run: int = 1
    sentences: int = 6
    length: int = 18

    @classmethod
    def drawn(cls, seed: int) -> "Manner":
        """One at random."""
        draw = random.Random(seed)
        return cls(
            draw.uniform(3, 8), draw.randint(5, TOPICS), draw.randint(1, 4), draw.choice((1, 2, 4, 8)),
            draw.randint(6, 7), draw.randint(17, 20),
        )  # fmt: skip


def corpus(dials: Dials, rows: int, seed: int, manner: Manner = Manner()) -> list[str]:
    """Rows of sentences; every sentence begins with markers of its topic, as many in any corpus."""
    draw = random.Random(seed)
    size = round(150 * 30**dials.vocabulary)
    known = words_of(size, 1)
    weights = np.cumsum([1 / (i + manner.flat) for i in range(size)]).tolist()
    markers = [[f"zz{word}" for word in words_of(MARKERS, 100 + topic)] for topic in range(manner.topics)]
    made: list[str] = []
    for _ in range(rows):
        if made and draw.random() < 0.5 * dials.copies:
            words = draw.choice(made).split(" ")
            for _ in range(manner.changed):
                words[draw.randrange(1, len(words) - 1)] = draw.choice(known)
            made.append(" ".join(words))
            continue
        own, said = draw.randrange(manner.topics), []
        for _ in range(manner.sentences):
            topic = own if draw.random() < dials.coherence else draw.randrange(manner.topics)
            words = draw.choices(markers[topic], k=4) + draw.choices(known, cum_weights=weights, k=manner.length)
            said.append(" ".join(words))
        made.append(". ".join(said) + ".")
    return [_switched(text, 0.4 * dials.switching, manner.run) for text in made]


@cache
def lot_of(text: str) -> float:
    """From 0 to 1, the same for the same text."""
    return random.Random(text).random()


def _switched(text: str, share: float, run: int) -> str:
    """A text with a share of its words in Arabic letters: run by run."""
    words = text.split(" ")
    made = list(words)
    for i, word in enumerate(words):
        bare = word.rstrip(".")
        lot = lot_of(" ".join(words[i - i % run : i - i % run + run]))
        if bare and not bare.startswith("zz") and lot < share:
            made[i] = "".join(ARABIC.get(letter, letter) for letter in bare) + word[len(bare) :]
    return " ".join(made)


def rows_of(texts: Sequence[str], name: str = "set.jsonl") -> list[Raw]:
    """Texts as rows of a set."""
    return [Raw(name, number, {"text": text}) for number, text in enumerate(texts, start=1)]


def embed(texts: Sequence[str]) -> np.ndarray:
    """An embedding that knows topics by their markers and nothing else but a little of the rest."""
    index = topic_of_marker()
    made = np.zeros((len(texts), TOPICS + 8))
    for row, text in enumerate(texts):
        for word in text.replace(".", "").split():
            made[row, index.get(word, TOPICS + hash_of(word))] += 1
    return made


@cache
def topic_of_marker() -> dict[str, int]:
    """Marker → topic."""
    return {f"zz{word}": topic for topic in range(TOPICS) for word in words_of(MARKERS, 100 + topic)}


@cache
def hash_of(word: str) -> int:
    """One of eight, the same in every process."""
    return sum(map(ord, word)) % 8


def design(sets: int, seed: int, tries: int = 300) -> np.ndarray:
    """Dials of sets, (sets, 4): even steps from 0 to 1 in an order by which no two dials go together."""
    rng = np.random.default_rng(seed)
    made = [np.stack([rng.permutation(sets) / (sets - 1) for _ in DIALS], axis=1) for _ in range(tries)]
    return min(made, key=lambda one: float(np.abs(np.corrcoef(one.T) - np.eye(len(DIALS))).max()))


def cube(sets: int, seed: int, *, strength: float = 0.9, language: str = "en", shards: int = 4, alone: int = 8) -> Cube:
    """Two components of eight and six metrics, and metrics that vary alone; strength 0 = all vary alone.

    What is a metric's own varies between sets as much as what it shares, so that shards of a set are alike in any case.
    """
    rng = np.random.default_rng(seed)
    metrics = 14 + alone
    loading = np.zeros((2, metrics))
    loading[0, :8] = loading[1, 8:14] = strength
    shared = rng.normal(size=(sets, 1, 2)) @ loading
    own = rng.normal(size=(sets, 1, metrics)) * np.sqrt(1 - np.square(loading).sum(axis=0))
    values = shared + own + 0.3 * rng.normal(size=(sets, shards, metrics))
    names = tuple(f"toy.{'a' if i < 8 else 'b' if i < 14 else 'own'}{i}" for i in range(metrics))
    return Cube(language, tuple(f"set-{i}" for i in range(sets)), names, values, 100)
