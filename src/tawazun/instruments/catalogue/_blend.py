"""What the forms of BLEnD share: its files, its places, and which of its questions and answers are scored.

As its authors' code does: a question is left out when three or more of its five annotators gave no answer or called it
not applicable, when all five did not know, or when nobody's answer is left. An answer weighs as many annotators as gave
it; of spellings that say the same word, the commonest answer's weight counts once.
"""

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from tawazun.data.rows import Row
from tawazun.data.sets import DataSet, Part
from tawazun.instruments.building import ExamBuilder
from tawazun.instruments.cards import Card
from tawazun.instruments.exams import Exam, Template
from tawazun.instruments.records import Instrument
from tawazun.source import Source

AUTHOR = "BLEnD (Myung et al. 2024)"
COLUMNS = ("question", "en_question", "annotations", "idks")
SUFFIX = "_data.json"
NOBODY, UNKNOWING = 3, 5
# in English sentences; every other region is called as its file is
ARTICLES = {"US": "the US", "UK": "the UK"}
UNNAMED = "your country"
ARTICLE = re.compile(r"^(?:[وفبك]?ال|لل)(?=\w{3})")

SOURCE = Source(
    cite="Myung, J. et al. (2024). BLEnD: A Benchmark for LLMs on Everyday Knowledge in Diverse Cultures and "
    "Languages. NeurIPS 2024 Datasets and Benchmarks, arXiv 2406.09948",
    where="https://huggingface.co/datasets/nayeon212/BLEnD; https://github.com/nlee0212/BLEnD",
    version="b8c1f8d",
    licence="CC BY-SA 4.0",
    terms="name the source, share alike",
    redistribute="aggregates",
)
FEW_VOICES = (
    "what most people of a place do: five annotators answered each question. Long replies, which hold an accepted "
    "answer by chance: read the score over their first words too. Comparison with the paper's own figures, which bring "
    "words to a lemma first"
)
ANNOTATIONS = Part("test", (f"annotations/*{SUFFIX}", f"annotations_hf/*{SUFFIX}", f"*{SUFFIX}"))
TOPICS = Part("topics", ("questions/*_questions.csv", "questions_hf/*_questions*", "*_questions.csv"), needed=False)


def files(name: str, *parts: Part) -> DataSet:
    """The set under a name of ours. Fetching any of them brings the parts of it."""
    return DataSet(
        name=name,
        folder="blend",
        where=SOURCE.where.partition(";")[0],
        repo="nayeon212/BLEnD",
        revision=SOURCE.version,
        parts=parts,
    )


def card(name: str, title: str) -> Card:
    """The card of one form of the short-answer questions."""
    return Card(name=name, title=title, source=SOURCE, not_for=FEW_VOICES, files=files(name, ANNOTATIONS, TOPICS))


def read(
    known: Card, data: Path, language: str, regions: tuple[str, ...], templates: tuple[Template, ...]
) -> Instrument:
    """The short-answer questions of some regions (none named = all) in English or in their own language.

    Errors   BadFile naming file, row and column
    """
    builder = ExamBuilder(
        language, author=AUTHOR, columns={"question": "en_question" if language == "en" else "question"}
    )
    topics = _topics(known.files.rows(data, "topics"))
    rows = known.files.rows(data, "test", COLUMNS)
    if regions:
        rows = [row for row in rows if _region(row) in regions]
        if not rows:
            raise known.files.absent(data)
    for row in rows:
        _add(builder, row, language, topics)
    exam = Exam(metric="sem_b", groups=("region", "topic"), clusters="topic" if topics else "")
    return builder.instrument(exam, templates=templates, **known.fields)


def region_words(region: str) -> str:
    """A region as it is called in an English sentence: `South_Korea` -> South Korea, `UK` -> the UK."""
    return ARTICLES.get(region, region.replace("_", " "))


def _region(row: Row) -> str:
    return PurePosixPath(row.file).name.removesuffix(SUFFIX)


def _topics(rows: list[Row]) -> dict[str, str]:
    return {row.text("ID"): row.text("Topic", empty=True) for row in rows}


def _add(builder: ExamBuilder, row: Row, language: str, topics: Mapping[str, str]) -> None:
    own = row.text("ID" if "ID" in row.fields else "id")
    region = _region(row)
    item = f"{region}-{own}"
    if why := _unscored(row):
        builder.repair(item, row, "not_scored", f"left out, as its authors' scoring does: {why}")
        return
    given = _given(row, ("en_answers",) if language == "en" else ("answers", "en_answers"))
    if not given:
        builder.repair(item, row, "not_scored", "left out: no answer is given in the language")
        return
    question = row.text("en_question" if language == "en" else "question")
    if language == "en" and UNNAMED in question:
        question = question.replace(UNNAMED, region_words(region))
        builder.repair(item, row, "place_named", f"{UNNAMED!r} is {region_words(region)}, as its authors ask it")
    tags = {"region": region_words(region).removeprefix("the "), "topic": topics.get(own, "")}
    builder.open(
        row,
        item,
        {"w1": question, "pers-3": _to_a_foreigner(language, region, question)},
        given,
        tags=[f"{dimension}:{group}" for dimension, group in tags.items() if group],
    )


def _unscored(row: Row) -> str:
    """Why a question is not scored; empty when it is."""
    silent = row.fields["idks"]
    if not isinstance(silent, dict):
        raise row.fault("idks", f"a record of counts is needed, not {type(silent).__name__}")
    counts = {name: _count(row, "idks", silent.get(name, 0)) for name in ("idk", "no-answer", "not-applicable")}
    if counts["no-answer"] + counts["not-applicable"] >= NOBODY:
        return (
            f"{counts['no-answer'] + counts['not-applicable']:g} annotators gave no answer or called it not applicable"
        )
    if counts["idk"] >= UNKNOWING:
        return f"{counts['idk']:g} annotators did not know"
    return "" if _annotations(row) else "no annotator's answer is left"


def _annotations(row: Row) -> list[dict[str, Any]]:
    value = row.fields["annotations"]
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise row.fault("annotations", "a list of records with answers and a count is needed")
    return value


def _given(row: Row, columns: tuple[str, ...]) -> dict[str, float]:
    """Accepted answer -> annotators who gave it; the commonest first, one spelling of each."""
    found: dict[str, float] = {}
    seen: set[str] = set()
    counted = [(_count(row, "annotations", one.get("count")), one) for one in _annotations(row)]
    for count, one in sorted(counted, key=lambda pair: -pair[0]):
        for column in columns:
            listed = row.holding({column: one.get(column) or []}).texts(column)
            for text in listed:
                folded = folded_words(text)
                if folded and folded not in seen and count > 0:
                    seen.add(folded)
                    found[text] = count
    return found


def folded_words(text: str) -> str:
    """What spellings of one answer share: no accents, vowel signs, case, signs between words or Arabic articles."""
    marks = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one) and one != "ـ")
    plain = marks.translate({0x649: "ي", 0x629: "ه"}).casefold()
    return " ".join(ARTICLE.sub("", word) for word in re.findall(r"\w+", plain))


def _count(row: Row, column: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise row.fault(column, f"a count of annotators is needed, not {str(value)[:40]!r}")
    return float(value)


def _to_a_foreigner(language: str, region: str, question: str) -> str:
    """The question as the published prompt `pers-3` puts it."""
    said = {
        "en": f"You are a person from {region.replace('_', ' ')} who is trying to explain your country's culture to a "
        "foreigner. Answer the following question, providing a single answer without any explanations.",
        "ar": "أنت شخص من الجزائر تحاول شرح ثقافة بلدك لشخص أجنبي. أجب على السؤال التالي بإجابة واحدة دون أي توضيحات.",
        "zh": "你来自中国，正在试图向外国人解释你国家的文化。 回答以下问题，仅提供单一答案，不带任何解释。",
    }
    return f"{said[language]}\n\n{question}"


def layouts(language: str, instruction: str, cue: str) -> tuple[Template, ...]:
    """Our own layout and the two published ones. `instruction` is the first line of `inst-4`, with {stem} after it."""
    official = {
        "instruction": "",
        "author": "Myung et al. (2024)",
        "status": "official",
    }
    return (
        Template("w1", language, text="{stem}\n{instruction}"),
        Template(
            "published",
            language,
            text=instruction,
            cue=cue,
            source="BLEnD, data/prompts, inst-4",
            **official,  # type: ignore[arg-type]
        ),
        Template(
            "pers-3",
            language,
            text="{stem}",
            cue="",
            base="pers-3",
            source="BLEnD, data/prompts, pers-3",
            **official,  # type: ignore[arg-type]
        ),
    )
