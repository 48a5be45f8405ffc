"""Palm: questions and answers that people of 22 Arab countries wrote, in Modern Standard Arabic and ten dialects.

Only the test split is read: its licence allows no derivatives, so nothing of it may be trained on, and its training
split is not read at all. Answers are for a judge to compare with the people's; there is no layout that reasons first.
What its authors put around an instruction when they ask a model is not known.
"""

from pathlib import Path

from tawazun.data.rows import Row
from tawazun.data.sets import DataSet, Part
from tawazun.instruments.building import ExamBuilder
from tawazun.instruments.cards import Card
from tawazun.instruments.exams import Exam, Template
from tawazun.instruments.records import Instrument
from tawazun.source import Source

COLUMNS = ("instruction", "output", "country", "topic")
# dimension of ours -> column, where a file has it
MORE = {"variety": "language_variety", "form": "question_type"}

FILES = DataSet(
    name="palm",
    folder="palm",
    where="https://huggingface.co/datasets/UBC-NLP/palm",
    repo="UBC-NLP/palm",
    revision="8ec8fb36b85317d4933f2ed9939801e0740da39c",
    parts=(Part("test", ("test-*", "test.*", "test*")),),
)

CARD = Card(
    name="palm",
    title="Palm: instructions of 22 Arab countries, answered freely",
    source=Source(
        cite="Alwajih, F. et al. (2025). Palm: A Culturally Inclusive and Linguistically Diverse Dataset for Arabic "
        "LLMs. ACL 2025, arXiv 2503.00151",
        where=FILES.where,
        version="8ec8fb3",
        licence="CC BY-NC-ND 4.0, gated",
        terms="non-commercial, no derivatives: never for training, in whole or in part; texts are not shown in reports",
        redistribute="no",
    ),
    not_for="training of any kind. A score without a judge that was itself measured: its authors' own judge drops what "
    "it cannot read from the mean. Ranking countries: 44 people wrote for 22 of them, and its authors call Iraq, "
    "Mauritania and Yemen the weakest",
    files=FILES,
)


def load_instrument(data: Path) -> Instrument:
    """The instrument, from a data folder. Errors: BadFile naming file, row and column."""
    names = {"question": "instruction", "answer": "output"}
    builder = ExamBuilder("ar", author="Palm (Alwajih et al. 2025)", columns=names)
    for row in FILES.rows(data, "test", COLUMNS):
        _add(builder, row)
    exam = Exam(metric="judge", groups=("country", "topic", *MORE), clusters="country")
    template = Template("w1", "ar", text="{stem}", instruction="", cue="")
    return builder.instrument(exam, templates=(template,), **CARD.fields)


def _add(builder: ExamBuilder, row: Row) -> None:
    item = f"palm-{row.text('id') if row.fields.get('id') is not None else row.number}"
    tags = {"country": row.text("country"), "topic": row.text("topic")}
    for dimension, column in MORE.items():
        tags[dimension] = row.text(column, empty=True)
    more = row.text("input", empty=True)
    asked = row.text("instruction")
    builder.open(
        row,
        item,
        f"{asked}\n{more}" if more else asked,
        {row.text("output"): 1.0},
        tags=[f"{dimension}:{group}" for dimension, group in tags.items() if group],
    )
