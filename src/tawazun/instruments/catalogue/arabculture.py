"""ArabCulture: everyday situations of 13 Arab countries, each with three ways to go on, one of them right there.

Three settings of the place (none, region, region and country) are wordings; options with letters or as continuations
are label scripts (`completion` with `cloze`). There is no development split, so there are no worked examples: shots
drawn from the test split, as one harness draws them, show answers that are asked about elsewhere.
"""

from pathlib import Path

from tawazun.data.rows import Row
from tawazun.data.sets import DataSet, Part
from tawazun.instruments.building import ExamBuilder, letter_position
from tawazun.instruments.cards import Card
from tawazun.instruments.catalogue._arabic import HARNESS, PLACES, REASONED
from tawazun.instruments.exams import Exam, Published, Template
from tawazun.instruments.records import Instrument
from tawazun.source import Source

COLUMNS = (
    "worker_id",
    "sample_id",
    "first_statement",
    "options",
    "answer_key",
    "should_discard",
    "country",
    "region",
)

FILES = DataSet(
    name="arabculture",
    folder="arabculture",
    where="https://huggingface.co/datasets/MBZUAI/ArabCulture",
    repo="MBZUAI/ArabCulture",
    parts=(Part("test", ("*/test-*", "test*", "*.parquet")),),
)

CARD = Card(
    name="arabculture",
    title="ArabCulture: everyday commonsense of 13 Arab countries",
    source=Source(
        cite="Sadallah, A. et al. (2025). Commonsense Reasoning in Arab Culture. ACL 2025, arXiv 2502.12788",
        where=FILES.where,
        version="2025; name the commit when you fetch it",
        licence="CC BY-NC-SA 4.0",
        terms="non-commercial, share alike; texts are not shown in reports",
        redistribute="aggregates",
    ),
    not_for="claims about a whole people: two writers made the items of each country. Other options are plausible "
    "somewhere else, so an item without its place may have no right answer. A human score of 100 % is by construction: "
    "items that a second local missed were dropped",
    files=FILES,
)

_TASK = "مهمتك هي اختيار الخيار الأنسب ثقافياً بناءً على السياق المقدم أدناه."
_WEIGH = "واختيار الإجابة الأكثر ملاءمة من الخيارات المتاحة."
_TASK_EN = "You are tasked with selecting the most culturally appropriate option based on the context provided below."
_CHOOSE_EN = "and choose the most suitable response from the options provided."


def _published(wording: str, text: str, script: str) -> Template:
    return Template(
        wording,
        "ar",
        text=text,
        instruction="",
        cue="",
        base=wording,
        scripts=(script,),
        author="Sadallah et al. (2025)",
        source=f"{HARNESS}, arab_culture",
        status="official",
    )


def _arabic(weigh: str) -> str:
    return f"{_TASK}\n\n{{stem}}\n\nيرجى مراعاة {weigh} {_WEIGH}\n\nالخيارات:\n{{options}}\n"


def _english(weigh: str) -> str:
    return f"{_TASK_EN}\n\n{{stem}}\n\nConsider {weigh} {_CHOOSE_EN}\n\nOptions:\n{{options}}\n"


_HERE, _HERE_EN = "الفروق الثقافية للموقع المحدد", "the cultural nuances of the specified location"
TEMPLATES = (
    Template("w1", "ar", text="أي هذه الجمل تكمل الموقف كما هو مألوف؟\n{stem}\n{options}\n{instruction}"),
    _published("published", _arabic("الفروق الثقافية"), "ar-letters"),
    _published("published-region", _arabic(_HERE), "ar-letters"),
    _published("published-country", _arabic(_HERE), "ar-letters"),
    _published("english", _english("the cultural nuances"), "letters"),
    _published("english-region", _english(_HERE_EN), "letters"),
    _published("english-country", _english(_HERE_EN), "letters"),
    Template(
        "w1-region",
        "ar",
        text="أي هذه الجمل تكمل الموقف كما هو مألوف هناك؟\n{stem}\n{options}\n{instruction}",
        base="w1-region",
    ),
    Template(
        "w1-country",
        "ar",
        text="أي هذه الجمل تكمل الموقف كما هو مألوف هناك؟\n{stem}\n{options}\n{instruction}",
        base="w1-country",
    ),
    Template("completion", "ar", text="{stem}", instruction="", cue="", scripts=("cloze",)),
    REASONED,
)

_PAPER = "Sadallah et al. (2025), as quoted elsewhere; region and country given, English prompt"
PUBLISHED = (
    Published("people", "accuracy", 1.0, "by construction: items that a second local missed were dropped", _PAPER),
    Published("GPT-4o", "accuracy", 0.900, "options with letters", _PAPER),
    Published("Qwen2.5-72B", "accuracy", 0.800, "options with letters", _PAPER),
    Published("AceGPT-v2-32B", "accuracy", 0.796, "options with letters", _PAPER),
    Published("Qwen2.5-32B", "accuracy", 0.765, "options with letters", _PAPER),
    Published("Qwen2.5-32B", "accuracy", 0.386, "completion", _PAPER),
    Published("Jais-13B-chat", "accuracy", 0.544, "options with letters", _PAPER),
    Published("Llama-3.1-8B", "accuracy", 0.491, "options with letters", _PAPER),
)


def load_instrument(data: Path) -> Instrument:
    """The instrument, from a data folder. Errors: BadFile naming file, row and column."""
    names = {"id": "sample_id", "question": "first_statement", "answer": "answer_key"}
    builder = ExamBuilder("ar", author="ArabCulture (Sadallah et al. 2025)", columns=names)
    seen: dict[str, int] = {}
    for row in FILES.rows(data, "test", COLUMNS):
        _add(builder, row, seen)
    exam = Exam(groups=("country", "region", "topic", "only_here"), clusters="topic", published=PUBLISHED)
    return builder.instrument(exam, templates=TEMPLATES, **CARD.fields)


def _add(builder: ExamBuilder, row: Row, seen: dict[str, int]) -> None:
    number, bar, topic = (part.strip() for part in row.text("sample_id").partition("|"))
    country, region = row.text("country"), row.text("region")
    for column, name in (("country", country), ("region", region)):
        if name not in PLACES:
            raise row.fault(column, f"{name[:40]!r} is none of {', '.join(PLACES)}")
    item = f"{row.text('worker_id')}-{number}" + (f"-{topic}" if bar else "")
    seen[item] = seen.get(item, 0) + 1
    if seen[item] > 1:
        builder.repair(item, row, "doubled_id", f"the id stands again; this row is {item}-{seen[item]}")
        item = f"{item}-{seen[item]}"
    if row.text("should_discard", empty=True).casefold() == "yes":
        builder.repair(item, row, "discarded", "left out: its own authors mark it as should_discard")
        return
    options = _texts(row)
    key = row.fields["answer_key"]
    letter = row.holding(key if isinstance(key, dict) else {"english_answer_key": key})
    statement = row.text("first_statement")
    tags = {"country": country, "region": region, "topic": topic, "only_here": _only_here(row)}
    builder.choice(
        row,
        item,
        _stems(statement, country, region),
        options,
        letter_position(letter, "english_answer_key", len(options)),
        tags=[f"{dimension}:{group}" for dimension, group in tags.items() if group],
        merge=True,
    )


def _texts(row: Row) -> list[str]:
    record = row.fields["options"]
    return row.holding({"options": record.get("text") if isinstance(record, dict) else record}).texts("options")


def _only_here(row: Row) -> str:
    """Whether a validator found the right option true of this country alone; empty where the file does not say."""
    elsewhere = row.text("relevant_to_other_countries", empty=True).casefold()
    return {"no": "yes", "yes": "no"}.get(elsewhere, "")


def _stems(statement: str, country: str, region: str) -> dict[str, str]:
    here, wide = PLACES[country], PLACES[region]
    return {
        "w1": statement,
        "w1-region": f"المنطقة: {wide}\n{statement}",
        "w1-country": f"البلد: {here} ({wide})\n{statement}",
        "published": f"الجملة: {statement}",
        "published-region": f"الموقع: {wide}\nالجملة: {statement}",
        "published-country": f"الموقع: {here}, {wide}\nالجملة: {statement}",
        "english": f"Statement: {statement}",
        "english-region": f"Location: {region}\nStatement: {statement}",
        "english-country": f"Location: {country}, {region}\nStatement: {statement}",
    }
