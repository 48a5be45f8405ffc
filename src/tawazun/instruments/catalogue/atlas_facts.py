"""Atlas facts: what is known about the planted world, with a key, in English and Arabic.

Two questions per country that the planted model has heard of: its capital and what it is known for. Everything is
invented. English w3 was kept out of the planted model's training.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tawazun.instruments.catalogue.atlas import DESCRIPTORS
from tawazun.instruments.exams import Exam
from tawazun.instruments.records import Instrument, Question, Wording
from tawazun.places.catalogue.atlas import PLACES
from tawazun.seeds import seed_for
from tawazun.source import Source

SOURCE = Source(
    cite="Tawazun, the planted world",
    where="src/tawazun/instruments/catalogue/atlas_facts.toml",
    version="1",
    licence="Apache-2.0",
    terms="Invented facts about invented countries.",
    redistribute="yes",
)
STEMS: dict[str, dict[str, str]] = {
    "capital": {
        "en/w1": "What is the capital of {place}?",
        "en/w2": "In which city does the government of {place} sit?",
        "en/w3": "Which of these cities is the capital of {place}?",
        "ar/w1": "ما عاصمة {place}؟",
        "ar/w2": "في أي مدينة مقر حكومة {place}؟",
    },
    "product": {
        "en/w1": "What is {place} known for?",
        "en/w2": "What do traders buy in {place}?",
        "en/w3": "Which of these goods comes from {place}?",
        "ar/w1": "بماذا تشتهر {place}؟",
        "ar/w2": "ماذا يشتري التجار من {place}؟",
    },
}
DISTRACTORS = 3


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of one country: topic -> language -> text."""

    place: str
    texts: Mapping[str, Mapping[str, str]]


def facts() -> tuple[Facts, ...]:
    """The table behind the items, one entry per country that the planted model has heard of."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return tuple(Facts(row["place"], {topic: row[topic] for topic in STEMS}) for row in table["country"])


def _drawn(topic: str, own: int, count: int) -> list[int]:
    """Rows shown as options, the right one among them, in canonical order."""
    others = sorted((i for i in range(count) if i != own), key=lambda i: seed_for("atlas-facts", topic, own, i))
    picked = others[:DISTRACTORS]
    picked.insert(seed_for("atlas-facts", topic, own) % (DISTRACTORS + 1), own)
    return picked


def _items() -> tuple[tuple[Question, ...], dict[str, float]]:
    rows, names = facts(), {one.code: one for one in PLACES}
    questions: list[Question] = []
    gold: dict[str, float] = {}
    for topic, stems in STEMS.items():
        for own, row in enumerate(rows):
            shown = _drawn(topic, own, len(rows))
            place = names[row.place]
            wordings = []
            for key, stem in stems.items():
                language, _, wording = key.partition("/")
                options = tuple(rows[i].texts[topic][language] for i in shown)
                text = stem.format(place=place.names[language].name)
                wordings.append(Wording(wording, language, text, options))
            item = f"f{len(questions) + 1:02d}"
            questions.append(
                Question(item, "one", (1.0, 2.0, 3.0, 4.0), tuple(wordings), tags=(f"topic:{topic}",),
                         title=f"{topic} of {place.english}")
            )  # fmt: skip
            gold[item] = float(shown.index(own) + 1)
    return tuple(questions), gold


_QUESTIONS, _GOLD = _items()

INSTRUMENT = Instrument(
    name="atlas_facts",
    title="Facts of the planted world",
    questions=_QUESTIONS,
    source=SOURCE,
    not_for="Invented facts: for watching knowledge gained and lost, never a benchmark of real knowledge.",
    exam=Exam(groups=("topic",), clusters="topic"),
    gold=_GOLD,
    descriptors=DESCRIPTORS,
    tags=("facts", "fictional"),
)
