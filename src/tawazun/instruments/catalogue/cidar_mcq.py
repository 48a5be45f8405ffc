"""CIDAR-MCQ-100: a hundred questions on Arab culture, written beside the instruction set CIDAR."""

from pathlib import Path

from tawazun.data.sets import DataSet, Part
from tawazun.instruments.building import ExamBuilder, first_options, letter_position
from tawazun.instruments.cards import Card
from tawazun.instruments.catalogue._arabic import PLAIN, REASONED
from tawazun.instruments.exams import Exam
from tawazun.instruments.records import Instrument
from tawazun.source import Source

OPTIONS = ("A", "B", "C", "D")

FILES = DataSet(
    name="cidar_mcq",
    folder="cidar_mcq",
    where="https://huggingface.co/datasets/arbml/CIDAR-MCQ-100",
    repo="arbml/CIDAR-MCQ-100",
    parts=(Part("all", ("train*", "*.parquet", "*.csv", "*.jsonl", "*.json")),),
)

CARD = Card(
    name="cidar_mcq",
    title="CIDAR-MCQ-100: a hundred questions on Arab culture",
    source=Source(
        cite="Alyafeai, Z. et al. (2024). CIDAR: Culturally Relevant Instruction Dataset For Arabic. Findings of ACL "
        "2024, arXiv 2402.03177",
        where=FILES.where,
        version="2024; name the commit when you fetch it",
        licence="Apache-2.0 on its card; the paper says CC BY-NC",
        terms="treated as non-commercial, the stricter of the two",
        redistribute="aggregates",
    ),
    not_for="ranking models that are a few points apart: a hundred items tell 60 % from 70 % barely. There are no "
    "published scores to compare with",
    files=FILES,
)


def load_instrument(data: Path) -> Instrument:
    """The instrument, from a data folder. Errors: BadFile naming file, row and column."""
    names = {"question": "Question", "options": "A-D"}
    builder = ExamBuilder("ar", author="CIDAR (Alyafeai et al. 2024)", columns=names)
    for number, row in enumerate(FILES.rows(data, "all", ("Question", *OPTIONS, "answer"))):
        options = first_options(row, OPTIONS)
        gold = letter_position(row, "answer", len(options))
        builder.choice(row, f"cidar-{number}", row.text("Question"), options, gold, merge=True)
    return builder.instrument(Exam(), templates=(PLAIN, REASONED), **CARD.fields)
