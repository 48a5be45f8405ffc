"""BLEnD with options, in English: the right one is a place's own answer, the others are answers of other places.

The files hold hundreds of thousands of rows, which are the same few questions with other wrong options each: of every
question and country, five variants are asked, chosen by their ids and by nothing else.
"""

import json
from pathlib import Path

from tawazun.data.rows import Row
from tawazun.data.sets import Part
from tawazun.instruments.building import ExamBuilder, letter_position
from tawazun.instruments.cards import Card
from tawazun.instruments.catalogue._blend import AUTHOR, SOURCE, files
from tawazun.instruments.catalogue._english import PLAIN, REASONED
from tawazun.instruments.exams import Exam, Template
from tawazun.instruments.records import Instrument
from tawazun.seeds import digest

COLUMNS = ("MCQID", "ID", "country", "prompt", "choices", "answer_idx")
VARIANTS = 5
# what the published prompt says after the question
ASKING = " Without any explanation, choose only one from the given alphabet choices"

FILES = files("blend_mcq", Part("test", ("mc_questions_file_v1.1.*", "mc_questions_file.*", "mc_questions*")))

CARD = Card(
    name="blend_mcq",
    title="BLEnD: everyday life in 16 countries and regions, with options",
    source=SOURCE,
    not_for="counting rows as evidence: variants of one question are no new questions, so intervals are over "
    "questions. Knowledge of a place by itself: other options are other places' answers or were made up by GPT-4, and"
    " often give the right one away. blend_saq is the same without options, and much harder",
    files=FILES,
)

TEMPLATES = (
    PLAIN,
    Template(
        "published",
        "en",
        text=f'{{stem}}{ASKING}(e.g., A, B, C). Provide as JSON format: {{"answer_choice":""}}\n\n{{options}}\n',
        instruction="",
        cue="Answer:",
        scripts=("letters",),
        author="Myung et al. (2024)",
        source="BLEnD, evaluation/multiple_choice_generation.py",
        status="official",
    ),
    REASONED,
)


def load_instrument(data: Path) -> Instrument:
    """The instrument, from a data folder. Errors: BadFile naming file, row and column."""
    builder = ExamBuilder("en", author=AUTHOR, columns={"id": "MCQID", "question": "prompt", "answer": "answer_idx"})
    variants: dict[tuple[str, str], list[Row]] = {}
    for row in FILES.rows(data, "test", COLUMNS):
        variants.setdefault((row.text("country"), row.text("ID")), []).append(row)
    left = 0
    for (country, question), rows in variants.items():
        chosen = sorted(rows, key=lambda row: digest(row.text("MCQID")))[:VARIANTS]
        left += len(rows) - len(chosen)
        for row in chosen:
            _add(builder, row, country.replace("_", " "), question)
    if left:
        builder.repair(
            "", None, "variants", f"{left} rows are left out: {VARIANTS} variants of each question are asked"
        )
    exam = Exam(groups=("region",), clusters="question")
    return builder.instrument(exam, templates=TEMPLATES, **CARD.fields)


def _add(builder: ExamBuilder, row: Row, country: str, question: str) -> None:
    asked, found, _ = row.text("prompt").partition(ASKING)
    if not found:
        raise row.fault(
            "prompt", f"it does not go on with {ASKING.strip()[:40]!r}, so where the question ends is unknown"
        )
    options = _choices(row)
    gold = letter_position(row, "answer_idx", len(options))
    tags = (f"region:{country}", f"question:{question}")
    builder.choice(row, row.text("MCQID"), asked, options, gold, tags=tags, merge=True)


def _choices(row: Row) -> list[str]:
    """The options in the order of their letters, from a record or from its JSON. Errors: BadFile."""
    value = row.fields["choices"]
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise row.fault("choices", "it is not JSON") from error
    if not isinstance(value, dict) or list(value) != list("ABCDEFGHIJ"[: len(value)]):
        raise row.fault("choices", "a record of the options under A, B, C … is needed")
    return [row.holding({"choices": one}).text("choices") for one in value.values()]
