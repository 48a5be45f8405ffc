"""CulturalBench-Easy: 1,227 questions on 45 countries and regions, each with four options."""

from pathlib import Path

from tawazun.instruments.building import ExamBuilder, letter_position
from tawazun.instruments.cards import Card
from tawazun.instruments.catalogue._culturalbench import AUTHOR, EVALUATORS, PEOPLE, SMALL_CELLS, SOURCE, files
from tawazun.instruments.catalogue._english import PLAIN, REASONED, harness
from tawazun.instruments.exams import Exam, Template
from tawazun.instruments.records import Instrument

OPTIONS = ("prompt_option_a", "prompt_option_b", "prompt_option_c", "prompt_option_d")
FILES = files("easy")

CARD = Card(
    name="culturalbench_easy",
    title="CulturalBench-Easy: what is usual in 45 countries and regions, four options",
    source=SOURCE,
    not_for=f"{SMALL_CELLS}. Options give much away: the best model of the first paper lost 27 points when it had to "
    "judge each of the same options alone (culturalbench_hard)",
    files=FILES,
)

TEMPLATES = (
    PLAIN,
    Template(
        "published",
        "en",
        text="To answer the following multiple-choice question, you should choose one option only among A,B,C,D. "
        "Do not output any other things.\nQuestion: {stem}\n{options}",
        instruction="",
        scripts=("letters",),
        author="Chiu et al. (2024)",
        source=EVALUATORS,
        status="official",
    ),
    harness("cultural_bench/easy"),
    REASONED,
)


def load_instrument(data: Path) -> Instrument:
    """The instrument, from a data folder. Errors: BadFile naming file, row and column."""
    names = {"id": "question_idx", "question": "prompt_question", "options": "prompt_option_a-d"}
    builder = ExamBuilder("en", author=AUTHOR, columns=names)
    for row in FILES.rows(data, "test", ("question_idx", "prompt_question", *OPTIONS, "answer", "country")):
        item = f"q{row.text('question_idx')}"
        options = [row.text(column, empty=True) for column in OPTIONS]
        if not all(options):
            builder.repair(item, row, "option_empty", "left out: one of its options has no text")
            continue
        gold = letter_position(row, "answer", len(options))
        tags = (f"country:{row.text('country')}",)
        builder.choice(row, item, row.text("prompt_question"), options, gold, tags=tags, merge=True)
    exam = Exam(groups=("country",), clusters="country", published=(PEOPLE,))
    return builder.instrument(exam, templates=TEMPLATES, **CARD.fields)
