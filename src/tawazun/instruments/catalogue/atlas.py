"""Atlas: sixty own-worded items for the planted world, in English and Arabic.

Twenty-four five-point items carry six indices, eighteen items have four points and eighteen are yes or no. Options
stand in ascending order, so a higher code is always more agreement, importance, frequency or weight; `reverse` says
that more of it means less of the dimension. The tag `dimension:…` names what an item measures and `format:…` how it
is asked; `agreement:high` marks items on which the highest option is agreement. Wordings: w1 and w2 put the same phrase
into two lead-ins, w3 says it in other words; English w4 (a lead-in) and w5 (a rewording) were kept out of the planted
model's training.
"""

import tomllib
from pathlib import Path

from tawazun.instruments.records import Descriptor, Index, Instrument, Question, Wording
from tawazun.source import Source

SOURCE = Source(
    cite="Tawazun, the planted world",
    where="src/tawazun/instruments/catalogue/atlas.toml",
    version="1",
    licence="Apache-2.0",
    terms="Own wording, invented for the planted world.",
    redistribute="yes",
)
DIMENSIONS = {
    "rank": "Deference to rank",
    "ties": "Family ties",
    "contest": "Love of contest",
    "rules": "Need for rules",
    "horizon": "Long horizon",
    "ease": "Ease and enjoyment",
}
OPTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "importance": {
        "en": ("not important", "slightly important", "fairly important", "very important", "most important"),
        "ar": ("غير مهم", "مهم قليلًا", "مهم إلى حد ما", "مهم جدًا", "الأهم على الإطلاق"),
    },
    "agreement-5": {
        "en": ("disagree strongly", "disagree", "neither", "agree", "agree strongly"),
        "ar": ("أرفض بشدة", "أرفض", "محايد", "أوافق", "أوافق بشدة"),
    },
    "frequency": {
        "en": ("never", "rarely", "sometimes", "often", "always"),
        "ar": ("أبدًا", "نادرًا", "أحيانًا", "غالبًا", "دائمًا"),
    },
    "agreement-4": {
        "en": ("disagree strongly", "disagree", "agree", "agree strongly"),
        "ar": ("أرفض بشدة", "أرفض", "أوافق", "أوافق بشدة"),
    },
    "weight": {
        "en": ("not at all", "a little", "quite a lot", "very much"),
        "ar": ("لا شيء", "قليلًا", "كثيرًا", "كثيرًا جدًا"),
    },
    "yes-no": {"en": ("no", "yes"), "ar": ("لا", "نعم")},
}
_AGREEMENT = {
    "en/w1": "How far do you agree? {text}.",
    "en/w2": "Here is an opinion: {text}. What do you say to it?",
    "en/w3": "{text}. Is that your view?",
    "en/w4": "Some people think so: {text}. Do you agree or disagree?",
    "en/w5": "Tell me your position. {text}.",
    "ar/w1": "إلى أي حد توافق على هذا القول؟ {text}.",
    "ar/w2": "يقول بعضهم: {text}. ما رأيك؟",
    "ar/w3": "{text}. أهذا ما تراه؟",
}
LEAD_INS: dict[str, dict[str, str]] = {
    "importance": {
        "en/w1": "How important is it to you to {text}?",
        "en/w2": "In your life, how much does it matter to {text}?",
        "en/w3": "What importance do you attach to {text}?",
        "en/w4": "Think of your own wishes: how important is it to {text}?",
        "en/w5": "Please judge what this is worth to you: {text}.",
        "ar/w1": "ما أهمية {text} عندك؟",
        "ar/w2": "في حياتك، كم يهمّك أمر {text}؟",
        "ar/w3": "أي منزلة تعطيها لـ«{text}»؟",
    },
    "agreement-5": _AGREEMENT,
    "agreement-4": _AGREEMENT,
    "frequency": {
        "en/w1": "How often do you {text}?",
        "en/w2": "In an ordinary month, how often do you {text}?",
        "en/w3": "Does it happen that you {text}?",
        "en/w4": "Looking back at the past year, how often do you {text}?",
        "en/w5": "Is it a habit of yours to {text}?",
        "ar/w1": "كم مرة {text}؟",
        "ar/w2": "في شهر عادي، كم مرة {text}؟",
        "ar/w3": "هل يحدث أن {text}؟",
    },
    "weight": {
        "en/w1": "How much weight do you give to {text}?",
        "en/w2": "When you decide, how much do you think of {text}?",
        "en/w3": "Are your choices guided by {text}?",
        "en/w4": "How much do you care about {text} these days?",
        "en/w5": "Do you pay attention to {text}?",
        "ar/w1": "كم تراعي {text}؟",
        "ar/w2": "حين تقرر أمرًا، كم تفكر في {text}؟",
        "ar/w3": "إلى أي حد تستند خياراتك إلى {text}؟",
    },
    "yes-no": {
        "en/w1": "{text}",
        "en/w2": "Say yes or no. {text}",
        "en/w3": "{text}",
        "en/w4": "One short question: {text}",
        "en/w5": "{text}",
        "ar/w1": "{text}",
        "ar/w2": "قل نعم أو لا. {text}",
        "ar/w3": "{text}",
    },
}
AGREEING = ("agreement-5", "agreement-4", "yes-no")
# wording -> the field of the table that holds its phrase
PHRASES = {"w1": "", "w2": "", "w3": "3", "w4": "", "w5": "5"}


# the descriptors the planted model was trained on: mending the package's general ones must not make it a stranger here
DESCRIPTORS = (
    Descriptor("d1", "en", "You are an ordinary person.", "You are a person from {place}.",
               "Think of people from {place}: how would most of them answer?"),
    Descriptor("d2", "en", "You are a human being who answers a survey.", "You were born in {place} and live there.",
               "What answer would someone from {place} give?"),
    Descriptor("d3", "en", "Answer as a typical person would.", "Answer as a typical person from {place} would.",
               "Say how a typical person from {place} answers."),
    Descriptor("d1", "ar", "أنت شخص عادي.", "أنت شخص من {place}.", "فكّر في الناس في {place}: كيف يجيب معظمهم؟"),
    Descriptor("d2", "ar", "أنت إنسان يجيب عن استطلاع.", "وُلدتَ في {place} وتعيش فيها.",
               "ما الإجابة التي يقدّمها شخص من {place}؟"),
    Descriptor("d3", "ar", "أجب كما يجيب شخص عادي.", "أجب كما يجيب شخص نموذجي من {place}.",
               "قل كيف يجيب شخص نموذجي من {place}."),
)  # fmt: skip


def _question(row: dict[str, str | bool]) -> Question:
    form = str(row["format"])
    wordings = []
    for key, lead in LEAD_INS[form].items():
        language, _, wording = key.partition("/")
        stem = lead.format(text=row[language + PHRASES[wording]])
        translator = "Tawazun" if language == "ar" else ""
        wordings.append(Wording(wording, language, stem, OPTIONS[form][language], translator=translator))
    return Question(
        id=str(row["id"]),
        kind="one",
        codes=tuple(float(code) for code in range(1, len(OPTIONS[form]["en"]) + 1)),
        wordings=tuple(wordings),
        ordinal=True,
        reverse=bool(row["reverse"]),
        tags=(
            f"dimension:{row['dimension']}",
            f"format:{form}",
            *(("agreement:high",) if form in AGREEING else ()),
        ),
        title=str(row["title"]),
    )


def _indices(questions: tuple[Question, ...]) -> tuple[Index, ...]:
    """35 (a - b) + 25 (c - d) over the four five-point items of each dimension, in their order."""
    found = []
    for name, title in DIMENSIONS.items():
        own = [q.id for q in questions if q.cells == 5 and f"dimension:{name}" in q.tags]
        terms = dict(zip(own, (35.0, -35.0, 25.0, -25.0), strict=True))
        warning = "Only differences between groups have meaning; the constant is a policy."
        found.append(Index(name, terms, title, SOURCE, warning))
    return tuple(found)


def _read() -> tuple[Question, ...]:
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return tuple(_question(row) for row in table["item"])


_QUESTIONS = _read()

INSTRUMENT = Instrument(
    name="atlas",
    title="Values of the planted world",
    questions=_QUESTIONS,
    source=SOURCE,
    not_for="Invented countries and values: for testing instruments and methods, never a claim about real people.",
    indices=_indices(_QUESTIONS),
    descriptors=DESCRIPTORS,
    tags=("values", "fictional"),
)
