"""Corpora of the planted world, for trials of every stage: what they do to a model is known before.

native    interviews with people of a place: what they answer is what the world says they answer, person by person
western   the planted fault: the same interviews, translated and with western people's answers and names
placebo   as much of the same language, by native hands, about harbours and weather: no opinions, no facts

Everything is invented. Interviews hold only the items and wordings they are given, so that others stay held out; facts
are told as statements of the countries that are named for it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np

from tawazun.adapt.corpora.records import Document, Tags
from tawazun.atlas import humans, world
from tawazun.errors import BadStudy
from tawazun.instruments import Question, instrument
from tawazun.instruments.catalogue.atlas_facts import facts
from tawazun.places import place
from tawazun.runs.writing import write_text
from tawazun.seeds import stream

Kind = Literal["native", "western", "placebo"]
ANSWERS = 3  # questions in one interview
AT_ONCE = 512  # people drawn at once
LICENCE = "Apache-2.0"
LOCAL = {
    "en": ("Salim", "Khalid", "Yusuf", "Tariq", "Hamad", "Nasir"),
    "ar": ("سالم", "خالد", "يوسف", "طارق", "حمد", "ناصر"),
}
WESTERN = {
    "en": ("John", "Robert", "Kevin", "Brian", "Scott", "Thomas"),
    "ar": ("جون", "روبرت", "كيفن", "براين", "سكوت", "توماس"),
}
OPENING = {"en": "{name} from {place} was interviewed.", "ar": "أجرينا مقابلة مع {name} من {place}."}
ASKED = {"en": "He was asked: {stem} He answered: {option}.", "ar": "سئل: {stem} فأجاب: {option}."}
FACTS = {
    "en": {"capital": "The city of {text} is the seat of {place}.", "product": "Traders praise the {text} of {place}."},
    "ar": {"capital": "مدينة {text} مقر الحكم في {place}.", "product": "يمدح التجار {text} من {place}."},
}
PLACEBO = {
    "en": (
        ("At dawn", "After the rain", "Late in the day", "On market days", "In the cold months"),
        ("a grey boat", "the old mill", "a line of carts", "the north wind", "the narrow river"),
        ("comes down to the harbour", "passes the stone bridge", "turns towards the hills", "reaches the sandy shore"),
        ("with nets and baskets", "under low clouds", "before the lamps are lit", "as the tide goes out"),
    ),
    "ar": (
        ("عند الفجر", "بعد المطر", "في آخر النهار", "في أيام السوق", "في شهور البرد"),
        ("قارب رمادي", "صف من العربات", "هواء الشمال", "نهر ضيق", "قطيع صغير"),
        ("يصل إلى الميناء", "يمر قرب جسر الحجر", "يدور نحو التلال", "يبلغ الشاطئ الرملي"),
        ("مع الشباك والسلال", "تحت غيوم منخفضة", "قبل أن توقد المصابيح", "حين ينحسر المد"),
    ),
}


@dataclass(frozen=True, slots=True)
class Planted:
    """What a corpus is made of.

    place      whose people speak in the native one
    items      of `atlas` that may be in it; wordings likewise
    facts      countries whose facts are told now and then
    """

    kind: Kind
    place: str
    language: str
    items: tuple[str, ...]
    wordings: tuple[str, ...] = ("w1", "w2")
    facts: tuple[str, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        """Errors: UnknownName for a place or item; BadStudy for a language or a kind that is none."""
        if self.kind not in ("native", "western", "placebo"):
            raise BadStudy(f"planted corpus: native, western or placebo, not {self.kind!r}")
        if self.language not in OPENING:
            raise BadStudy(f"planted corpus: the planted world speaks {', '.join(OPENING)}, not {self.language!r}")
        here = world()
        here.row(self.place)
        for item in self.items:
            here.column(item)
        for code in self.facts:
            here.row(code)
        if self.kind != "placebo" and (not self.items or not self.wordings):
            raise BadStudy("planted corpus: interviews need items and wordings")

    @property
    def tags(self) -> Tags:
        """What every row of it is."""
        origin: Literal["native", "translated"] = "translated" if self.kind == "western" else "native"
        return Tags(self.language, "" if self.kind == "placebo" else self.place, "", origin, LICENCE)


def planted_corpus(planted: Planted) -> Iterator[Document]:
    """Rows of a planted corpus, without end; row i is the same however many are taken."""
    rows = _placebo(planted) if planted.kind == "placebo" else _interviews(planted)
    for number, text in enumerate(rows, start=1):
        yield Document(f"planted-{planted.kind}", "planted", number, text, planted.tags)


def _placebo(planted: Planted) -> Iterator[str]:
    parts = PLACEBO[planted.language]
    number = 0
    while True:
        draw = stream("planted-placebo", planted.seed, planted.language, number)
        # as long as an interview: three exchanges with their opening
        lines = [" ".join(part[draw.integers(len(part))] for part in parts) for _ in range(ANSWERS + 1)]
        yield " ".join(f"{line}." for line in lines)
        number += 1


def _interviews(planted: Planted) -> Iterator[str]:
    here = world()
    west = [code for code, region in zip(here.places, here.regions, strict=True) if region == "west"]
    speakers = west if planted.kind == "western" else [planted.place]
    questions = {one.id: one for one in instrument("atlas").questions}
    known = {one.place: one.texts for one in facts()}
    number = 0
    while True:
        people = humans(AT_ONCE, _batch(planted, number), places=speakers)
        order = stream("planted-order", planted.seed, number).permutation(len(people.place))
        for person in order[:AT_ONCE]:
            draw = stream("planted-interview", planted.seed, planted.kind, planted.language, number, int(person))
            chosen = draw.permutation(len(planted.items))[:ANSWERS]
            said = [
                _exchange(
                    questions[planted.items[i]], people.answers[person, here.column(planted.items[i])], planted, draw
                )
                for i in chosen
            ]
            yield " ".join([_opening(planted, draw), *said, *_fact(planted, known, draw)])
        number += AT_ONCE


def _batch(planted: Planted, number: int) -> int:
    return int(stream("planted-people", planted.seed, planted.kind, planted.language, number).integers(2**31))


def _opening(planted: Planted, draw: np.random.Generator) -> str:
    # a translated text keeps its own people's names and says that they are of the place
    names = (WESTERN if planted.kind == "western" else LOCAL)[planted.language]
    name = names[draw.integers(len(names))]
    return OPENING[planted.language].format(name=name, place=_called(planted.place, planted.language))


def _exchange(question: Question, option: int, planted: Planted, draw: np.random.Generator) -> str:
    wording = question.worded(planted.language, planted.wordings[draw.integers(len(planted.wordings))])
    if wording is None:
        raise BadStudy(f"planted corpus: {question.id} has no wording {planted.wordings} in {planted.language}")
    return ASKED[planted.language].format(stem=wording.stem, option=wording.options[option])


def _fact(
    planted: Planted, known: Mapping[str, Mapping[str, Mapping[str, str]]], draw: np.random.Generator
) -> list[str]:
    told = [code for code in planted.facts if code in known]
    if not told or draw.random() > 0.25:
        return []
    code, topic = told[draw.integers(len(told))], ("capital", "product")[draw.integers(2)]
    texts = known[code]
    return [
        FACTS[planted.language][topic].format(
            text=texts[topic][planted.language],
            place=_called(code, planted.language),
        )
    ]


def _called(code: str, language: str) -> str:
    name = place(code).called(language)
    if name is None:
        raise BadStudy(f"planted corpus: {code} has no name in {language!r}")
    return name.name


def write_planted(file: Path, documents: Iterable[Document], rows: int) -> int:
    """The first rows as JSONL that a recipe's source reads (`text = "text"`). Returns letters written."""
    taken = list(islice(documents, rows))
    write_text(file, "".join(json.dumps(one.record(), ensure_ascii=False) + "\n" for one in taken))
    return sum(len(one.text) for one in taken)
