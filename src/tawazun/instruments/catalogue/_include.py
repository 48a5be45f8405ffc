"""What the languages of INCLUDE share: exam questions of a region that need its culture, one set per language.

Questions of two languages come from different exams and are no translations, so each language is an instrument. Left
out are those that its authors call agnostic: true everywhere.
"""

from pathlib import Path

from tawazun.data.rows import Row
from tawazun.data.sets import DataSet, Part
from tawazun.instruments.building import ExamBuilder, letter_position, slug
from tawazun.instruments.cards import Card
from tawazun.instruments.catalogue._english import harness
from tawazun.instruments.exams import Exam, Template
from tawazun.instruments.records import Instrument
from tawazun.source import Source

NAMES = {"ar": "Arabic", "hi": "Hindi", "ja": "Japanese", "zh": "Chinese"}
OPTIONS = ("option_a", "option_b", "option_c", "option_d")
COLUMNS = ("question", *OPTIONS, "answer", "regional_feature", "domain", "subject", "country")
WHERE = "https://huggingface.co/datasets/CohereLabs/include-base-44"
# what the column regional_feature says, without case and hyphens -> our word
FEATURES = {
    "agnostic": "",
    "region agnostic": "",
    "culture": "culture",
    "cultural": "culture",
    "region explicit": "region explicit",
    "region implicit": "region implicit",
}


def card(language: str) -> Card:
    """The card of one language; fetching any of them brings all of them that are there."""
    name = f"include_culture_{language}"
    return Card(
        name=name,
        title=f"INCLUDE in {NAMES[language]}: exam questions that need the region's culture",
        source=Source(
            cite="Romanou, A. et al. (2025). INCLUDE: Evaluating Multilingual Language Understanding with Regional "
            "Knowledge. ICLR 2025, arXiv 2411.19799",
            where=WHERE,
            version="base-44; name the commit when you fetch it",
            licence="Apache-2.0",
            terms="cite; questions were collected from exams whose own terms may apply",
            redistribute="aggregates",
        ),
        not_for="comparing languages: each has its own exams, of other subjects and other difficulty. Everyday "
        "culture: exams ask for history, law and licences. Scores over all of INCLUDE, whose agnostic questions are "
        "left out",
        files=_files(name, language),
    )


def _files(name: str, language: str) -> DataSet:
    mine = NAMES[language]
    names = [mine, *(other for other in NAMES.values() if other != mine)]
    parts = [
        Part(
            part if other == mine else f"{other} {part}",
            (f"{other}/{part}-*", f"{other}/{part}*"),
            needed=other == mine and part == "test",
        )
        for other in names
        for part in ("test", "validation")
    ]
    return DataSet(
        name=name, folder="include_base_44", where=WHERE, repo="CohereLabs/include-base-44", parts=tuple(parts)
    )


def read(known: Card, data: Path, language: str) -> Instrument:
    """The questions of one language. Errors: BadFile naming file, row and column."""
    builder = ExamBuilder(language, author="INCLUDE (Romanou et al. 2025)", columns={"options": "option_a-d"})
    counted: dict[str, int] = {}
    left = 0
    for part in ("test", "validation"):
        for row in known.files.rows(data, part, COLUMNS):
            left += not _add(builder, row, part, counted)
    if left:
        builder.repair("", None, "agnostic", f"{left} questions that its authors call agnostic are left out")
    exam = Exam(groups=("feature", "domain", "country"), clusters="subject")
    head = "The following is multiple-choice question about {domain}."
    templates = (
        Template("w1", language),
        harness("include/default; the stray blank before the letter D is not kept", head=head, language=language),
        Template("cot", language, reasons=True),
    )
    return builder.instrument(exam, templates=templates, **known.fields)


def _add(builder: ExamBuilder, row: Row, part: str, counted: dict[str, int]) -> bool:
    said = row.text("regional_feature").casefold().replace("-", " ")
    if said not in FEATURES:
        raise row.fault("regional_feature", f"{said[:40]!r} is none of {', '.join(FEATURES)}")
    if not FEATURES[said]:
        return False
    country, domain, subject = row.text("country"), row.text("domain"), row.text("subject")
    name = slug(part, country, subject)
    counted[name] = counted.get(name, 0) + 1
    options = [row.text(column) for column in OPTIONS]
    tags = (f"feature:{FEATURES[said]}", f"country:{country}", f"domain:{domain}", f"subject:{subject}")
    builder.choice(
        row,
        f"{name}-{counted[name]}",
        row.text("question"),
        options,
        _key(row, len(options)),
        tags=tags,
        example=part == "validation",
        merge=True,
    )
    return True


def _key(row: Row, count: int) -> int:
    """The right option's place: a number from 0, as the files have it, or a letter."""
    found = row.text("answer")
    if not found.isdecimal():
        return letter_position(row, "answer", count)
    if int(found) >= count:
        raise row.fault("answer", f"{found} is none of its {count} options, which count from 0")
    return int(found)
