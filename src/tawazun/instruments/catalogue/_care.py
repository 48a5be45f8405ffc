"""What the languages of CARE share: its files, and questions whose answers are judged beside a person's own.

The question is asked alone. What its authors put around it is not known: the prompts of their repository are the
judge's. Reasoning first makes no sense where the whole reply is judged.
"""

from dataclasses import replace
from pathlib import Path

from tawazun.data.sets import DataSet, Part
from tawazun.instruments.building import ExamBuilder, slug
from tawazun.instruments.cards import Card
from tawazun.instruments.exams import Exam, Template
from tawazun.instruments.records import Instrument
from tawazun.source import Source

COLUMNS = ("question", "answer", "culture_type", "associated_culture", "geographic_scope")
TYPES = ("Cultural commonsense", "Cultural entities", "Literacy", "Opinion", "Social norms")

FILES = DataSet(
    name="care",
    folder="care",
    where="https://github.com/Guochry/CARE (data) at commit d614cfe",
    revision="d614cfe",
    parts=(
        Part(
            "ar",
            ("Arabic-test.json",),
            "4c19b656ffa8d4194ce4164290ceedbe7d0fc94a9203d88afffec077778b8dc3",
            needed=False,
        ),
        Part(
            "zh",
            ("Chinese-test.json",),
            "b0553d8771be582d7d64d36f300280f62a07c5f0f279c2af003a2302cf65a535",
            needed=False,
        ),
        Part(
            "ja",
            ("Japanese-test.json",),
            "c0ddc6f6f82d04870c1e9ada1a8784201093ee548b311ae3ad2f9272aefe1512",
            needed=False,
        ),
    ),
)
NAMES = {"ar": "Arabic", "zh": "Chinese", "ja": "Japanese"}


def card(language: str) -> Card:
    """The card of one language; fetching any of them brings all three."""
    name = f"care_{language}"
    parts = tuple(replace(part, needed=part.name == language) for part in FILES.parts)
    order = tuple(sorted(parts, key=lambda part: not part.needed))
    return Card(
        name=name,
        title=f"CARE: 150 questions on culture in {NAMES[language]}, answered freely",
        source=Source(
            cite="Guo, G. et al. (2025). CARE: Aligning Language Models for Regional Cultural Awareness. arXiv "
            "2504.05154",
            where=FILES.where,
            version="d614cfe",
            licence="MIT",
            terms="cite",
            redistribute="yes",
        ),
        not_for="a score without a judge that was itself measured: an answer may differ from the person's in words, "
        "or on questions of opinion (30 of 150) in substance, and be as good. Single kinds of culture: 30 questions "
        "each",
        files=replace(FILES, name=name, parts=order),
    )


def read(known: Card, data: Path, language: str) -> Instrument:
    """The questions of one language. Errors: BadFile naming file, row and column."""
    builder = ExamBuilder(language, author="CARE (Guo et al. 2025)")
    for row in known.files.rows(data, language, COLUMNS):
        kind = row.text("culture_type")
        if kind not in TYPES:
            raise row.fault("culture_type", f"{kind[:40]!r} is none of {', '.join(TYPES)}")
        tags = (f"type:{kind}", f"scope:{row.text('geographic_scope')}", f"culture:{row.text('associated_culture')}")
        item = f"care-{language}-{slug(kind)}-{row.number}"
        builder.open(row, item, row.text("question"), {row.text("answer"): 1.0}, tags=tags)
    exam = Exam(metric="judge", groups=("type", "scope"))
    return builder.instrument(
        exam, templates=(Template("w1", language, text="{stem}", instruction="", cue=""),), **known.fields
    )
