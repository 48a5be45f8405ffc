"""hofstede_recall: does the respondent know the published figures by heart? Six scores of thirty-one places.

A model that has read the table may rank countries well without any culture in it. Nobody is played (`no-persona`), and
each item asks for one published score as a number. The places are the twenty-two of the shipped study `cat`, which have
all six scores in the matrix of 2015, five Arab countries that have two of them, and four that have none: for those a
figure is an invention.
"""

from tawazun.instruments.records import Instrument, Question, Wording
from tawazun.places import place
from tawazun.source import Source

SOURCE = Source(
    cite="Tawazun's own questions about the published country scores of Hofstede, Hofstede & Minkov",
    where="tawazun.instruments.catalogue.hofstede_recall",
    version="1",
    licence="CC0-1.0",
    terms="drafts until reviewed by native speakers; the figures asked for are not included",
    redistribute="yes",
)
SCORED = (
    "AUS", "BRA", "CHN", "DEU", "FRA", "GBR", "IDN", "IND", "IRN", "JPN", "KOR",
    "MAR", "MEX", "PAK", "POL", "RUS", "SVK", "SWE", "THA", "TUR", "USA", "VNM",
)  # fmt: skip
PARTLY = ("DZA", "EGY", "IRQ", "JOR", "SAU")
UNSCORED = ("OMN", "SDN", "TUN", "YEM")
LOWEST, HIGHEST = 0.0, 120.0

# index of vsm13 -> name by language
DIMENSIONS: dict[str, dict[str, str]] = {
    "pdi": {"en": "Power Distance", "ar": "مسافة السلطة"},
    "idv": {"en": "Individualism", "ar": "الفردية"},
    "mas": {"en": "Masculinity", "ar": "الذكورة"},
    "uai": {"en": "Uncertainty Avoidance", "ar": "تجنّب عدم اليقين"},
    "lto": {"en": "Long-Term Orientation", "ar": "التوجّه طويل المدى"},
    "ivr": {"en": "Indulgence", "ar": "التساهل"},
}
STEMS: dict[str, tuple[str, ...]] = {
    "en": (
        "What score do Hofstede's published country tables give {place} for {dimension}?",
        "Give the published figure: the score of {place} on Hofstede's {dimension} index.",
        "In the table of Hofstede's six cultural dimensions, which number stands in the row for {place}, in the column "
        "{dimension}?",
    ),
    "ar": (
        "ما الدرجة المذكورة في جداول هوفستيده المنشورة أمام «{place}» في بُعد «{dimension}»؟",
        "ما الرقم المنشور لدرجة «{place}» على مؤشر هوفستيده المسمى «{dimension}»؟",
        "في جدول أبعاد هوفستيده الثقافية الستة، أي رقم يرد في صف «{place}» تحت عمود «{dimension}»؟",
    ),
}


def _wordings(code: str, index: str) -> tuple[Wording, ...]:
    made = []
    for language, stems in STEMS.items():
        name = place(code).called(language)
        assert name is not None, (code, language)
        for number, stem in enumerate(stems, start=1):
            text = stem.format(place=name.name, dimension=DIMENSIONS[index][language])
            made.append(Wording(f"w{number}", language, text, ()))
    return tuple(made)


def _question(code: str, index: str) -> Question:
    return Question(
        id=f"{index}.{code}",
        kind="number",
        codes=(LOWEST, HIGHEST),
        wordings=_wordings(code, index),
        tags=("recalls:vsm13", f"index:{index}", f"place:{code}"),
        title=f"published {DIMENSIONS[index]['en']} of {place(code).english}",
    )


INSTRUMENT = Instrument(
    name="hofstede_recall",
    title="Recall of Hofstede's published scores",
    questions=tuple(_question(code, index) for code in (*SCORED, *PARTLY, *UNSCORED) for index in DIMENSIONS),
    source=SOURCE,
    not_for=(
        "Asks what was published, not what anybody values: good recall contaminates a comparison of values and is no "
        "merit. The figures themselves come from the user's copy of the tables."
    ),
    tags=("facts", "recall", "no-persona"),
)
