"""AraDiCE-Culture: 180 questions on six countries, asked in their dialects; the other options are true elsewhere.

The files have no answer column: by its authors' convention Option A is always right. Asked as they stand, a respondent
that always takes the first option would score 100 %, so options stand in an order drawn from what they say.
"""

from pathlib import Path

from tawazun.data.rows import Row
from tawazun.data.sets import DataSet, Part
from tawazun.instruments.building import ExamBuilder, slug
from tawazun.instruments.cards import Card
from tawazun.instruments.catalogue._arabic import BARE, HARNESS, PLAIN, REASONED, spread
from tawazun.instruments.exams import Exam, Template
from tawazun.instruments.records import Instrument
from tawazun.source import Source

OPTIONS = ("Option A", "Option B", "Option C")
COUNTRIES = ("Egypt", "Jordan", "Lebanon", "Palestine", "Qatar", "Syria")

FILES = DataSet(
    name="aradice_culture",
    folder="aradice_culture",
    where="https://huggingface.co/datasets/QCRI/AraDiCE-Culture",
    repo="QCRI/AraDiCE-Culture",
    parts=(Part("test", ("*/test*", "test*", "*.parquet", "*.csv", "*.jsonl", "*.json")),),
)

CARD = Card(
    name="aradice_culture",
    title="AraDiCE-Culture: what is usual in six countries",
    source=Source(
        cite="Mousi, B. et al. (2025). AraDiCE: Benchmarks for Dialectal and Cultural Capabilities in LLMs. COLING "
        "2025, arXiv 2409.11404",
        where=FILES.where,
        version="2024; name the commit when you fetch it",
        licence="as its card says (not confirmed here)",
        terms="read the card before use; texts are not shown in reports",
        redistribute="no",
    ),
    not_for="comparing countries: 30 questions each. Numbers made with the right option always in first place",
    files=FILES,
)

TEMPLATES = (
    PLAIN,
    Template(
        "published",
        "ar",
        text="سؤال : {stem}",
        instruction="",
        cue="إجابة :",
        scripts=BARE,
        author="Mousi et al. (2025)",
        source=f"{HARNESS}, aradice/cultural-benchmark: likelihood of the options' texts",
        status="official",
    ),
    REASONED,
)


def load_instrument(data: Path) -> Instrument:
    """The instrument, from a data folder. Errors: BadFile naming file, row and column."""
    names = {"id": "QID", "question": "Question", "options": "Option A-C"}
    builder = ExamBuilder("ar", author="AraDiCE (Mousi et al. 2025)", columns=names)
    counted: dict[str, int] = {}
    for row in FILES.rows(data, "test", ("Question", *OPTIONS)):
        _add(builder, row, counted)
    exam = Exam(groups=("country",), clusters="country")
    return builder.instrument(exam, templates=TEMPLATES, **CARD.fields)


def _add(builder: ExamBuilder, row: Row, counted: dict[str, int]) -> None:
    country = _country(row)
    counted[country] = counted.get(country, 0) + 1
    item = slug(country, row.text("QID") if "QID" in row.fields else str(counted[country]))
    question = row.text("Question")
    options, order = spread([row.text(column) for column in OPTIONS], country, question)
    gold = order.index(0)
    builder.choice(row, item, question, options, gold, tags=(f"country:{country}",))
    builder.repair(
        item, row, "key_by_convention", f"no key in the file: Option A is right, and is option {gold + 1} here"
    )


def _country(row: Row) -> str:
    """The country of a row, from its column, else from its file's path."""
    for column in ("Country", "country"):
        if column in row.fields:
            named = row.text(column)
            if named not in COUNTRIES:
                raise row.fault(column, f"{named[:40]!r} is none of {', '.join(COUNTRIES)}")
            return named
    inside = [country for country in COUNTRIES if country.casefold() in row.file.casefold()]
    if len(inside) != 1:
        raise row.fault("Country", f"neither a column nor the file's name says which of {', '.join(COUNTRIES)} it is")
    return inside[0]
