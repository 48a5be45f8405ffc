"""NormAd-Eti: is what somebody does in a short story socially acceptable? Yes, no, or the rule does not reach it.

How much a respondent is told are wordings: the story alone (`w1`), with the country, with country and value, or with
the rule itself. Neutral stories were made by pairing a story of one country with the rule of another: in the first
release the column Country is the story's, and the rule's is Other Country; a later release of its authors turns them
round. What is told here is always the country of the rule, since that is what the key is about.

Its repository holds several prompts that differ (with `unsure`, with `neither`), and which of them made the printed
figures is not known: there is no published layout here.
"""

from pathlib import Path

from tawazun.data.rows import Row
from tawazun.data.sets import DataSet, Part
from tawazun.instruments.building import ExamBuilder
from tawazun.instruments.cards import Card
from tawazun.instruments.exams import Exam, Published, Template
from tawazun.instruments.records import Instrument
from tawazun.source import Source

LABELS = ("yes", "no", "neutral")
OPTIONS = ("Yes", "No", "Neutral")
COLUMNS = ("ID", "Country", "Axis", "Subaxis", "Value", "Rule-of-Thumb", "Story", "Gold Label")
LEVELS = ("w1", "w1-country", "w1-value", "w1-rule")
TURNED = "neutral_fixed"

FILES = DataSet(
    name="normad",
    folder="normad",
    where="https://huggingface.co/datasets/akhilayerukola/NormAd (the zip of its repository needs a password)",
    repo="akhilayerukola/NormAd",
    revision="0ea94a1eb4a9c9495cd7c3248a6e8dd9a307feb0",
    parts=(
        Part(
            "all",
            (f"normad_etiquette_final_data_{TURNED}.csv", "normad_etiquette_final_data.csv", "normad_etiquette*"),
        ),
    ),
)

CARD = Card(
    name="normad",
    title="NormAd-Eti: is it acceptable there? Stories of 75 countries",
    source=Source(
        cite="Rao, A. S. et al. (2025). NormAd: A Framework for Measuring the Cultural Adaptability of Large Language "
        "Models. NAACL 2025, 2373-2403, arXiv 2404.12464",
        where=FILES.where,
        version="0ea94a1",
        licence="CC BY 4.0",
        terms="name the source; rules come from the Cultural Atlas, stories were written by a GPT model",
        redistribute="yes",
    ),
    not_for="ranking countries: about 35 stories each, from one source, told in English by a model. Accuracy alone: "
    "models find accepted stories more easily than others, so read macro F1 and the recall of each label. Neutral "
    "stories follow the rule of another country, and in the first release say the story's country beside it",
    files=FILES,
)

ASKED = "Is what they do socially acceptable? Say neutral if it is neither accepted nor against the rules."
LAID = f"{ASKED}\n{{stem}}\n{{options}}\n{{instruction}}"
TEMPLATES = (
    *(Template(level, "en", text=LAID, base=level) for level in LEVELS),
    *(
        Template(level.replace("w1", "cot"), "en", text=LAID, base=level, reasons=True)
        for level in LEVELS
    ),
)  # fmt: skip

_PAPER = "Rao et al. (2025), abstract"
PUBLISHED = (
    Published("people", "accuracy", 0.95, "more than this; the rule is told", _PAPER),
    Published("people", "accuracy", 0.90, "more than this; country and value are told", _PAPER),
    Published("the best models", "accuracy", 0.82, "less than this; the rule is told", _PAPER),
    Published("the best models", "accuracy", 0.60, "less than this; country and value are told", _PAPER),
)


def load_instrument(data: Path) -> Instrument:
    """The instrument, from a data folder. Errors: BadFile naming file, row and column."""
    names = {"id": "ID", "question": "Story", "answer": "Gold Label"}
    builder = ExamBuilder("en", author="NormAd (Rao et al. 2025)", columns=names)
    for row in FILES.rows(data, "all", COLUMNS):
        _add(builder, row)
    exam = Exam(
        metric="macro_f1",
        groups=("country", "subaxis"),
        clusters="country",
        positive=1.0,
        published=PUBLISHED,
    )
    return builder.instrument(exam, templates=TEMPLATES, **CARD.fields)


def _add(builder: ExamBuilder, row: Row) -> None:
    label = row.text("Gold Label").casefold()
    if label not in LABELS:
        raise row.fault("Gold Label", f"the key {label[:40]!r} is none of {', '.join(LABELS)}")
    item = f"normad-{row.text('ID')}"
    place = _place(builder, row, item, label)
    story, value, rule = row.text("Story"), row.text("Value"), row.text("Rule-of-Thumb")
    stems = {
        "w1": f"Story: {story}",
        "w1-country": f"Country: {place}\nStory: {story}",
        "w1-value": f"Country: {place}\nValue: {value}\nStory: {story}",
        "w1-rule": f"Rule: {rule}\nStory: {story}",
    }
    tags = {"country": place, "axis": row.text("Axis", empty=True), "subaxis": row.text("Subaxis", empty=True)}
    builder.choice(
        row,
        item,
        stems,
        OPTIONS,
        LABELS.index(label),
        tags=[f"{dimension}:{group}" for dimension, group in tags.items() if group],
    )


def _place(builder: ExamBuilder, row: Row, item: str, label: str) -> str:
    """The country whose rule a story is judged by, as words (`saudi_arabia` -> Saudi Arabia)."""
    place = row.text("Country")
    if label == "neutral" and TURNED not in row.file:
        other = row.text("Other Country", empty=True)
        if other:
            builder.repair(item, row, "country_of_the_rule", f"told with {other}, whose rule it is, and not {place}")
            place = other
        else:
            change = "the file does not say whose rule it is: told with the country of the story"
            builder.repair(item, row, "country_of_the_story", change)
    words = place.replace("_", " ")
    return words if words != words.lower() else words.title()
