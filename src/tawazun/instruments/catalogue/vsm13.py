"""vsm13: the 24 content items of Hofstede's Values Survey Module 2013 in our own words, with the official six formulas.

The official text is copyright and is not here; a user who may use it loads it with `instruments.official.with_texts`.
Numbers and directions are the official ones: 1 is the most important, the most frequent (items 15-17), the best health,
the most proud and the strongest agreement; item 20 alone runs from never (1) to always (5).

MAS has 35 twice, as in the manual. The CAT paper (Masoud et al. 2023, arXiv 2309.12342) prints 25 for the second
term; that is a misprint: the figures of its own tables agree with 35.
"""

from tawazun.instruments.records import Index, Instrument, Question
from tawazun.instruments.texts import vsm13_ar, vsm13_en, vsm13_hi, vsm13_zh, wordings
from tawazun.source import Source

MANUAL = Source(
    cite="Hofstede, G. & Minkov, M. (2013). Values Survey Module 2013 Manual. May 2013.",
    where="https://geerthofstede.com/research-and-vsm/vsm-2013/",
    version="2013-05",
    licence="formulas used as published facts; the questionnaire's text is copyright and not included",
    terms="for matched samples of two or more countries; the constants are free, so levels mean nothing alone",
    redistribute="yes",
)
SOURCE = Source(
    cite="Tawazun's own wordings of the contents of the Values Survey Module 2013 (Hofstede & Minkov 2013); drafts",
    where="tawazun.instruments.texts",
    version="1",
    licence="CC0-1.0",
    terms="drafts until reviewed by native speakers; neither made nor approved by the authors of the VSM 2013",
    redistribute="yes",
)

_MINKOV = "Minkov 2018, CCSM 25(2), 231-256"
_GERLACH = "Gerlach & Eriksson 2021, Front. Psychol. 12, 662604"
_WEAK = f"weak validity and poor internal consistency in 57 countries ({_GERLACH}); exploratory"
_SISTERS = f"its sister scales were inconsistent in 57 countries ({_GERLACH}); exploratory"

# item -> (title, topic); the layer `values` is added below
ITEMS: dict[str, tuple[str, str]] = {
    "m01": ("time for oneself and the home", "work"),
    "m02": ("a superior one respects", "work"),
    "m03": ("credit for good work", "work"),
    "m04": ("a secure job", "work"),
    "m05": ("pleasant colleagues", "work"),
    "m06": ("interesting tasks", "work"),
    "m07": ("being asked by one's superior", "work"),
    "m08": ("living in an attractive place", "work"),
    "m09": ("a job that family and friends respect", "work"),
    "m10": ("openings for advancement", "work"),
    "m11": ("free time for enjoyment", "private-life"),
    "m12": ("few wants", "private-life"),
    "m13": ("helping a friend", "private-life"),
    "m14": ("thrift", "private-life"),
    "m15": ("nervous or tense", "well-being"),
    "m16": ("happy", "well-being"),
    "m17": ("held back by others or conditions", "well-being"),
    "m18": ("health", "well-being"),
    "m19": ("pride as a citizen", "nation"),
    "m20": ("fear of contradicting a superior", "authority"),
    "m21": ("managers without exact answers", "work"),
    "m22": ("perseverance brings results", "achievement"),
    "m23": ("avoiding two superiors", "work"),
    "m24": ("keeping the rules of the organisation", "rules"),
}
# items on which the lowest option is agreement
AGREEING = ("m21", "m22", "m23", "m24")


def _question(item: str) -> Question:
    number = int(item[1:])
    title, topic = ITEMS[item]
    return Question(
        id=item,
        kind="one",
        codes=(1, 2, 3, 4, 5),
        wordings=(
            *wordings("en", vsm13_en.TEXTS[item]),
            *wordings("ar", vsm13_ar.TEXTS[item]),
            *wordings("zh", vsm13_zh.TEXTS[item]),
            *wordings("hi", vsm13_hi.TEXTS[item]),
        ),
        ordinal=True,
        tags=(topic, "values", *(("agreement:low",) if item in AGREEING else ())),
        aliases=tuple(dict.fromkeys(f"{head}{n}" for head in ("", "q", "m") for n in (number, f"{number:02d}"))),
        title=title,
    )


def _index(name: str, title: str, terms: dict[str, float], warning: str = "") -> Index:
    return Index(name=name, terms=terms, title=title, source=MANUAL, warning=warning)


INSTRUMENT = Instrument(
    name="vsm13",
    title="Values Survey Module 2013, own wordings",
    questions=tuple(_question(item) for item in ITEMS),
    source=SOURCE,
    not_for=(
        "Not for individuals and not for organisations: it describes national samples. Only matched comparisons, that "
        "is, respondents who differ in nothing but the country, asked in one way. Scores cannot be compared with "
        "published scores unless they are anchored to them, because the constants are free. Not the official text. "
        "Exploratory."
    ),
    indices=(
        _index("pdi", "power distance", {"m07": 35, "m02": -35, "m20": 25, "m23": -25},
               f"a facet of individualism rather than its own dimension ({_MINKOV}); {_WEAK}"),
        _index("idv", "individualism", {"m04": 35, "m01": -35, "m09": 35, "m06": -35}, _WEAK),
        _index("mas", "masculinity", {"m05": 35, "m03": -35, "m08": 35, "m10": -35},
               f"lacks coherence: its goals are related positively, not negatively ({_MINKOV}); {_SISTERS}"),
        _index("uai", "uncertainty avoidance", {"m18": 40, "m15": -40, "m21": 25, "m24": -25},
               f"lacks internal reliability and predicts none of its presumed correlates ({_MINKOV}); {_SISTERS}"),
        _index("lto", "long-term orientation", {"m13": 40, "m14": -40, "m19": 25, "m22": -25}),
        _index("ivr", "indulgence", {"m12": 35, "m11": -35, "m17": 40, "m16": -40}, _WEAK),
    ),
    tags=("values", "nations"),
)  # fmt: skip
