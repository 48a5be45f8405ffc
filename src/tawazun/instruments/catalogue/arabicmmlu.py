"""ArabicMMLU: school, university and professional exams of eight countries, written in Arabic, two to five options."""

from pathlib import Path

from tawazun.data.rows import Row
from tawazun.data.sets import DataSet, Part
from tawazun.instruments.building import ExamBuilder, first_options, letter_position, slug
from tawazun.instruments.cards import Card
from tawazun.instruments.catalogue._arabic import ARALLAMA, HARNESS, LIGHTEVAL, PLAIN, REASONED
from tawazun.instruments.exams import Exam, Published, Template
from tawazun.instruments.records import Instrument
from tawazun.source import Source

OPTIONS = tuple(f"Option {number}" for number in range(1, 6))
COLUMNS = ("ID", "Group", "Subject", "Level", "Country", "Question", "Answer Key", *OPTIONS[:4])
LEVELS = {
    "Primary": "primary school",
    "Middle": "middle school",
    "High": "high school",
    "Univ": "university",
    "Prof": "professional",
}

FILES = DataSet(
    name="arabicmmlu",
    folder="arabicmmlu",
    where="https://huggingface.co/datasets/MBZUAI/ArabicMMLU",
    repo="MBZUAI/ArabicMMLU",
    parts=(Part("test", ("All/test*", "test*")), Part("dev", ("All/dev*", "dev*"), needed=False)),
)

CARD = Card(
    name="arabicmmlu",
    title="ArabicMMLU: exams of eight Arab countries in 40 tasks",
    source=Source(
        cite="Koto, F. et al. (2024). ArabicMMLU: Assessing Massive Multitask Language Understanding in Arabic. "
        "Findings of ACL 2024, arXiv 2402.12840",
        where=FILES.where,
        version="2024; name the commit when you fetch it",
        licence="CC BY-NC-SA 4.0",
        terms="non-commercial, share alike; texts are not shown in reports",
        redistribute="aggregates",
    ),
    not_for="claims about culture as a whole: it is school knowledge, most of it from Jordan, Egypt and Palestine, and "
    "the translated Arabic MMLU is another benchmark. An outside review discarded 3.1 % of its items",
    files=FILES,
)

TEMPLATES = (
    PLAIN,
    Template(
        "published",
        "ar",
        text="{stem}\n{options}\n",
        instruction="",
        cue="Answer:",
        base="published",
        scripts=("letters",),
        author="Koto et al. (2024)",
        source=f"English prompt of the paper, as in {HARNESS}, arabicmmlu",
        status="official",
    ),
    Template(
        "oall",
        "ar",
        text="{stem}\n{options}",
        instruction="",
        head="السؤال التالي هو سؤال متعدد الإختيارات. اختر الإجابة الصحيحة:",
        cue="الإجابة:",
        scripts=("ar-letters",),
        author="OALL",
        source=LIGHTEVAL,
        status="official",
    ),
    REASONED,
)

_PAPER = "Koto et al. (2024), as quoted elsewhere"
PUBLISHED = (
    Published("GPT-4", "accuracy", 0.725, "English prompt", _PAPER),
    Published("Jais-chat-30B", "accuracy", 0.623, "English prompt", _PAPER),
    Published("AceGPT-7B-chat", "accuracy", 0.3631, "zero-shot, generation", ARALLAMA),
    Published("AceGPT-13B-chat", "accuracy", 0.5261, "zero-shot, generation", ARALLAMA),
    Published("GPT-3.5", "accuracy", 0.5772, "zero-shot, generation", ARALLAMA),
)


def load_instrument(data: Path) -> Instrument:
    """The instrument, from a data folder. Errors: BadFile naming file, row and column."""
    names = {"id": "ID", "question": "Question", "options": "Option 1-5", "answer": "Answer Key"}
    builder = ExamBuilder("ar", author="ArabicMMLU (Koto et al. 2024)", columns=names)
    for part, example in (("test", False), ("dev", True)):
        for row in FILES.rows(data, part, COLUMNS):
            _add(builder, row, example)
    exam = Exam(groups=("group", "subject", "level", "country"), clusters="task", published=PUBLISHED)
    return builder.instrument(exam, templates=TEMPLATES, **CARD.fields)


def _add(builder: ExamBuilder, row: Row, example: bool) -> None:
    subject, level, country = row.text("Subject"), row.text("Level", empty=True), row.text("Country", empty=True)
    if level and level not in LEVELS:
        raise row.fault("Level", f"{level[:40]!r} is none of {', '.join(LEVELS)}")
    options = first_options(row, OPTIONS)
    context, question = row.text("Context", empty=True), row.text("Question")
    asked = f"{context}\n\n{question}" if context else question
    about = f"{subject} question" + (f" for {LEVELS[level]}" if level else "") + (f" in {country}" if country else "")
    task = f"{subject} ({level})" if level else subject
    tags = {"group": row.text("Group"), "subject": subject, "level": level, "country": country, "task": task}
    builder.choice(
        row,
        f"{slug(subject, level)}-{row.text('ID')}",
        {"w1": asked, "published": f"This is a {about}. Select the correct answer!\n\nQuestion: {asked}"},
        options,
        letter_position(row, "Answer Key", len(options)),
        tags=[f"{dimension}:{group}" for dimension, group in tags.items() if group],
        example=example,
        merge=True,
    )
