"""PalmX 2025, general Arabic culture: 2,000 four-option questions on 22 countries, 500 more for worked examples."""

from pathlib import Path

from tawazun.data.rows import Row
from tawazun.data.sets import DataSet, Part
from tawazun.instruments.building import ExamBuilder, letter_position
from tawazun.instruments.cards import Card
from tawazun.instruments.catalogue._arabic import PLAIN, REASONED
from tawazun.instruments.exams import Exam, Published, Template
from tawazun.instruments.records import Instrument
from tawazun.source import Source

OPTIONS = ("A", "B", "C", "D")

FILES = DataSet(
    name="palmx",
    folder="palmx",
    where="https://huggingface.co/datasets/UBC-NLP/palmx_2025_subtask1_culture",
    repo="UBC-NLP/palmx_2025_subtask1_culture",
    parts=(Part("test", ("test*",)), Part("dev", ("dev*", "validation*"), needed=False)),
)

CARD = Card(
    name="palmx",
    title="PalmX 2025: general Arabic culture",
    source=Source(
        cite="PalmX 2025: the first shared task on benchmarking LLMs on Arabic and Islamic culture. ArabicNLP 2025; "
        "after Alwajih, F. et al. (2025), Palm, arXiv 2503.00151",
        where=FILES.where,
        version="2025; name the commit when you fetch it",
        licence="no licence tag; the task's terms are non-commercial",
        terms="non-commercial; read the task's terms; texts are not shown in reports",
        redistribute="aggregates",
    ),
    not_for="claims about single countries: rows do not say which country they are about. Options flatter: the same "
    "models do much worse when they must answer in their own words (arXiv 2510.24328)",
    files=FILES,
)

TEMPLATES = (
    PLAIN,
    Template(
        "published",
        "ar",
        text="{stem}\n\n{options}",
        instruction="",
        cue="الجواب:",
        scripts=("letters",),
        author="PalmX 2025",
        source="UBC-NLP/palmx_2025, palmx_eval/processor.py: likelihood of the letters A to D",
        status="official",
    ),
    REASONED,
)
PUBLISHED = (
    Published("NileChat-3B", "accuracy", 0.6755, "test, likelihood of letters", "PalmX 2025, the task's baseline"),
)


def load_instrument(data: Path) -> Instrument:
    """The instrument, from a data folder. Errors: BadFile naming file, row and column."""
    builder = ExamBuilder("ar", author="PalmX 2025", columns={"options": "A-D"})
    for part, example in (("test", False), ("dev", True)):
        for row in FILES.rows(data, part, ("id", "question", *OPTIONS, "answer")):
            _add(builder, row, part, example)
    return builder.instrument(Exam(published=PUBLISHED), templates=TEMPLATES, **CARD.fields)


def _add(builder: ExamBuilder, row: Row, part: str, example: bool) -> None:
    options = [row.text(column) for column in OPTIONS]
    item = f"{part}-{row.text('id')}"
    gold = letter_position(row, "answer", len(options))
    builder.choice(row, item, row.text("question"), options, gold, example=example, merge=True)
