"""CulturalBench-Hard: the options of CulturalBench as statements that are true or false, asked one by one.

A question is right when its four statements are. Who throws a coin for each gets 6.25 % of the questions, who takes one
statement of each question for true at random gets 25 % of those with one true statement: both stand beside every score.
"""

from collections.abc import Sequence
from pathlib import Path

from tawazun.data.rows import Row
from tawazun.instruments.building import ExamBuilder
from tawazun.instruments.cards import Card
from tawazun.instruments.catalogue._culturalbench import (
    ABSTRACT,
    AUTHOR,
    EVALUATORS,
    PEOPLE,
    SMALL_CELLS,
    SOURCE,
    files,
    truth,
)
from tawazun.instruments.catalogue._english import BARE, HARNESS
from tawazun.instruments.exams import Exam, Published, Template
from tawazun.instruments.records import Instrument

COLUMNS = ("question_idx", "prompt_question", "prompt_option", "answer", "country")
STATEMENTS = 4
FILES = files("hard")

CARD = Card(
    name="culturalbench_hard",
    title="CulturalBench-Hard: four statements on each of 1,227 questions, true or false",
    source=SOURCE,
    not_for=f"{SMALL_CELLS}. The share of right statements: three of four are false, so a respondent that calls "
    "everything false gets most of them and no question. Comparison with scores of statements, which some harnesses "
    "report",
    files=FILES,
)

TEMPLATES = (
    Template("w1", "en", text="Is this answer to the question right?\n{stem}\n{options}\n{instruction}"),
    Template(
        "published",
        "en",
        text="{stem}\nIs this answer true or false for this question? You must choose either True or False.",
        instruction="",
        scripts=BARE,
        author="Chiu et al. (2024)",
        source=EVALUATORS,
        status="official",
    ),
    Template(
        "harness",
        "en",
        text="{stem}",
        instruction="",
        cue="Answer:",
        base="harness",
        scripts=BARE,
        author="EleutherAI",
        source=f"{HARNESS}, cultural_bench/hard, which scores statements and not questions",
        status="official",
    ),
    Template("cot", "en", text="Is this answer to the question right?\n{stem}\n{options}\n{instruction}", reasons=True),
)

PUBLISHED = (
    PEOPLE,
    Published("GPT-4o", "accuracy", 0.615, "questions, all four statements right", ABSTRACT),
    Published("Llama-3-8B", "accuracy", 0.214, "questions, all four statements right", ABSTRACT),
)


def load_instrument(data: Path) -> Instrument:
    """The instrument, from a data folder. Errors: BadFile naming file, row and column."""
    names = {"id": "question_idx", "question": "prompt_question", "options": "prompt_option"}
    builder = ExamBuilder("en", author=AUTHOR, columns=names)
    questions: dict[str, list[Row]] = {}
    for row in FILES.rows(data, "test", COLUMNS):
        questions.setdefault(row.text("question_idx"), []).append(row)
    for index, rows in questions.items():
        _add(builder, f"q{index}", rows)
    exam = Exam(groups=("country",), clusters="country", bundle="question", positive=1.0, published=PUBLISHED)
    return builder.instrument(exam, templates=TEMPLATES, **CARD.fields)


def _add(builder: ExamBuilder, item: str, rows: Sequence[Row]) -> None:
    asked, country = rows[0].text("prompt_question"), rows[0].text("country")
    for row in rows[1:]:
        for column, first in (("prompt_question", asked), ("country", country)):
            if row.text(column) != first:
                raise row.fault(column, f"it differs from that of {rows[0].where} of the same question")
    statements = [row.text("prompt_option", empty=True) for row in rows]
    if len(rows) != STATEMENTS or not all(statements):
        why = "one of its statements has no text" if len(rows) == STATEMENTS else f"it has {len(rows)} statements"
        builder.repair(item, rows[0], "statements", f"left out: {why}, and a question is scored as a whole")
        return
    for number, (row, statement) in enumerate(zip(rows, statements, strict=True), start=1):
        builder.choice(
            row,
            f"{item}-{number}",
            {"w1": f"Question: {asked}\nAnswer: {statement}", "harness": f"{asked}\n{statement}"},
            ("True", "False"),
            0 if truth(row, "answer") else 1,
            tags=(f"country:{country}", f"question:{item}"),
        )
