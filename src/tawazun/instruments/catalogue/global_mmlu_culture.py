"""Global-MMLU, culturally sensitive questions: the same items in every language that is there, translated by people.

Items are wordings of one question in several languages, so language effects are on identical items. Read from
Global-MMLU-Lite, or from the whole set under the same folder: only rows marked CS are asked.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tawazun.data.rows import Row
from tawazun.data.sets import DataSet, Part
from tawazun.instruments.building import ExamBuilder, letter_position
from tawazun.instruments.cards import Card
from tawazun.instruments.catalogue._english import harness
from tawazun.instruments.exams import Exam, Repair, Template
from tawazun.instruments.records import Instrument, Wording
from tawazun.source import Source

LANGUAGES = ("en", "ar", "hi", "ja", "zh")
OPTIONS = ("option_a", "option_b", "option_c", "option_d")
COLUMNS = ("sample_id", "subject", "subject_category", "question", *OPTIONS, "answer", "cultural_sensitivity_label")
SENSITIVE = "CS"
# what is needed to answer, where a file says so
MORE = ("region", "country", "culture")

FILES = DataSet(
    name="global_mmlu_culture",
    folder="global_mmlu",
    where="https://huggingface.co/datasets/CohereLabs/Global-MMLU-Lite",
    repo="CohereLabs/Global-MMLU-Lite",
    parts=tuple(
        Part(f"{language} {part}", (f"{language}/{part}-*", f"{language}/{part}*"), needed=False)
        for language in LANGUAGES
        for part in ("test", "dev")
    ),
)

CARD = Card(
    name="global_mmlu_culture",
    title="Global-MMLU: culturally sensitive questions, the same in several languages",
    source=Source(
        cite="Singh, S. et al. (2024). Global MMLU: Understanding and Addressing Cultural and Linguistic Biases in "
        "Multilingual Evaluation. arXiv 2412.03304",
        where=FILES.where,
        version="Lite; name the commit when you fetch it",
        licence="Apache-2.0",
        terms="cite",
        redistribute="yes",
    ),
    not_for="the culture of those who speak the language: questions are translated from exams of the United States, "
    "and about 85 % of the sensitive ones need Western knowledge. A gap between languages is a gap in translation and"
    " in knowledge of the West",
    files=FILES,
)


def load_instrument(data: Path) -> Instrument:
    """The instrument, in every language whose files are there. Errors: BadFile naming file, row and column."""
    keys: dict[str, Row] = {}
    there = [language for language in LANGUAGES if FILES.paths(data, f"{language} test")]
    if not there:
        raise FILES.absent(data)
    return _together({language: _in_one(data, language, keys) for language in there})


def _in_one(data: Path, language: str, keys: dict[str, Row]) -> Instrument:
    builder = ExamBuilder(language, author="Global-MMLU (Singh et al. 2024)", columns={"id": "sample_id"})
    for part in ("test", "dev"):
        for row in FILES.rows(data, f"{language} {part}", COLUMNS):
            if part == "dev" or row.text("cultural_sensitivity_label", empty=True) == SENSITIVE:
                _add(builder, row, part, (language, keys))
    templates = (
        Template("w1", language),
        harness("global_mmlu/default", language=language),
        Template("cot", language, reasons=True),
    )
    exam = Exam(groups=("category", "region"), clusters="subject")
    return builder.instrument(exam, templates=templates, **CARD.fields)


def _add(builder: ExamBuilder, row: Row, part: str, known: tuple[str, dict[str, Row]]) -> None:
    language, keys = known
    item = row.text("sample_id") if part == "test" else f"dev-{row.text('sample_id')}"
    options = [row.text(column) for column in OPTIONS]
    first = keys.setdefault(item, row)
    if first.text("answer") != row.text("answer"):
        other = f"{first.text('answer')} in {first.file} {first.where}"
        raise row.fault("answer", f"the key is {row.text('answer')[:40]} here and {other[:200]}")
    if len({option.casefold() for option in options}) < len(options):
        builder.repair(item, row, "doubled_option", f"left out: two options say the same in {language}")
        return
    tags = {"subject": row.text("subject"), "category": row.text("subject_category")}
    for dimension in MORE:
        tags[dimension] = _one_of(row.text(dimension, empty=True))
    builder.choice(
        row,
        item,
        row.text("question"),
        options,
        letter_position(row, "answer", len(options)),
        tags=[f"{dimension}:{group}" for dimension, group in tags.items() if group],
        example=part == "dev",
    )


def _one_of(said: str) -> str:
    """The one value of a list as it is printed (`['Africa']`); empty where there are several or none."""
    names = {name.strip(" '\"") for name in said.strip("[]").split(",")}
    return names.pop() if len(names) == 1 else ""


def _together(read: Mapping[str, Instrument]) -> Instrument:
    """One instrument of the items that every language has."""
    first = next(iter(read.values()))
    wordings: dict[str, list[Wording]] = defaultdict(list)
    for one in read.values():
        for question in (*one.questions, *one.examples):
            wordings[question.id] += question.wordings
    repairs = [repair for one in read.values() for repair in one.repairs]
    asked = set.intersection(*({question.id for question in one.questions} for one in read.values()))
    shown = set.intersection(*({example.id for example in one.examples} for one in read.values()))
    for language, one in read.items():
        if missing := len(one.questions) - len(asked):
            change = f"{missing} items in {language} are left out: another language that is there lacks them"
            repairs.append(Repair("", 0, "not_in_every_language", change))
    return replace(
        first,
        questions=tuple(replace(one, wordings=tuple(wordings[one.id])) for one in first.questions if one.id in asked),
        examples=tuple(replace(one, wordings=tuple(wordings[one.id])) for one in first.examples if one.id in shown),
        gold={item: code for item, code in first.gold.items() if item in asked | shown},
        templates=tuple(template for one in read.values() for template in one.templates),
        repairs=tuple(repairs),
    )
