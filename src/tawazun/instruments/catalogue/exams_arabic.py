"""EXAMS in Arabic, as AceGPT cut it: school exams in five subjects, four options, 25 questions kept for examples."""

from pathlib import Path

from tawazun.data.rows import Row
from tawazun.data.sets import DataSet, Part
from tawazun.instruments.building import ExamBuilder, letter_position
from tawazun.instruments.cards import Card
from tawazun.instruments.catalogue._arabic import ARALLAMA, PLAIN, REASONED
from tawazun.instruments.exams import Exam, Published, Template
from tawazun.instruments.records import Instrument
from tawazun.source import Source

OPTIONS = ("A", "B", "C", "D")
SUBJECTS = {
    "Biology": "علم الأحياء",
    "Islamic Studies": "الدراسات الإسلامية",
    "Physics": "علم الفيزياء",
    "Science": "العلوم",
    "Social": "الاجتماعيات",
}

FILES = DataSet(
    name="exams_arabic",
    folder="exams_arabic",
    where="https://github.com/FreedomIntelligence/AceGPT (eval/benchmark_eval/benchmarks) at commit 061a656",
    revision="061a656",
    parts=(
        Part("test", ("exam_test.jsonl",), "8e9d92e76882ba63adcd7f53443f0ee0f2bd1718f3ade3ce3c190abdc2af37ce"),
        Part("dev", ("exam_dev.jsonl",), "4384ee610f1179b1576b741758122d07d1ff8554c4f11d59e894b0c4487a2431"),
    ),
)

CARD = Card(
    name="exams_arabic",
    title="EXAMS in Arabic: school exams in five subjects",
    source=Source(
        cite="Hardalov, M. et al. (2020). EXAMS: A Multi-Subject High School Examinations Dataset for Cross-Lingual "
        "and Multilingual Question Answering. EMNLP 2020; Arabic part as cut by Huang et al. (2024), AceGPT",
        where=FILES.where,
        version="061a656",
        licence="Apache-2.0 for AceGPT's repository; EXAMS itself is CC BY-SA 4.0",
        terms="cite both; share alike",
        redistribute="aggregates",
    ),
    not_for="claims about culture: these are school exams, with scanning errors in stems; physics and biology have "
    "about forty questions each",
    files=FILES,
)

_ACEGPT = {
    "author": "Huang et al. (2024)",
    "source": "AceGPT, eval/benchmark_eval/data_utils.py",
    "status": "official",
    "scripts": ("letters",),
    "instruction": "",
    "cue": "إجابة:",
}
TEMPLATES = (
    PLAIN,
    Template(
        "published",
        "ar",
        text="سؤال: {stem}\n{options}\nمن فضلك اختر إجابة واحدة من بين 'A، B، C، D' دون شرح.",
        head="فيما يلي أسئلة الاختيار من متعدد حول {subject_ar}",
        **_ACEGPT,  # type: ignore[arg-type]
    ),
    Template(
        "published-shots",
        "ar",
        text="سؤال: {stem}\n{options}",
        head="فيما يلي أسئلة الاختيار من متعدد (مع الإجابات) حول {subject_ar}",
        **_ACEGPT,  # type: ignore[arg-type]
    ),
    REASONED,
)

EARLY = "AceGPT's model card (early), five-shot base models"
PUBLISHED = (
    Published("AceGPT-7B-chat", "accuracy", 0.3373, "zero-shot, generation", ARALLAMA),
    Published("AceGPT-13B-chat", "accuracy", 0.3872, "zero-shot, generation", ARALLAMA),
    Published("GPT-3.5", "accuracy", 0.4563, "zero-shot, generation", ARALLAMA),
    Published("AceGPT-7B-base", "accuracy", 0.3196, "few-shot, generation", EARLY),
    Published("AceGPT-13B-base", "accuracy", 0.3663, "few-shot, generation", EARLY),
)


def load_instrument(data: Path) -> Instrument:
    """The instrument, from the two splits in a data folder. Errors: BadFile naming file, row and column."""
    builder = ExamBuilder("ar", author="EXAMS (Hardalov et al. 2020)", columns={"options": "A-D"})
    for part, example in (("test", False), ("dev", True)):
        for row in FILES.rows(data, part, ("id", "question", *OPTIONS, "answer")):
            _add(builder, row, example)
    exam = Exam(groups=("subject",), clusters="subject", published=PUBLISHED)
    return builder.instrument(exam, templates=TEMPLATES, **CARD.fields)


def _add(builder: ExamBuilder, row: Row, example: bool) -> None:
    item = row.text("id")
    subject = item.rpartition("-")[0]
    if subject not in SUBJECTS:
        raise row.fault("id", f"{item[:40]!r} begins with none of the subjects {', '.join(SUBJECTS)}")
    builder.choice(
        row,
        item,
        row.text("question"),
        [row.text(column) for column in OPTIONS],
        letter_position(row, "answer", len(OPTIONS)),
        tags=(f"subject:{subject}", f"subject_ar:{SUBJECTS[subject]}"),
        example=example,
        merge=True,
    )
