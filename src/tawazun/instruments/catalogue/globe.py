"""globe: eighteen society-practice items of Project GLOBE on four dimensions; ids and scales, for recorded answers.

The items' texts are the authors' and are not here, in no wording: nothing can be asked, only answers that were
collected elsewhere are read. Codes are the printed numbers, 1 to 7. A dimension is the mean of its items after those
whose 1 is the dimension's high end are turned round (8 - answer): all of uncertainty avoidance and in-group
collectivism, none of gender egalitarianism, and four of five of power distance. A table that averages printed numbers
without turning is this one upside down (8 - mean) on the first two and mixes directions on power distance.
"""

from tawazun.instruments.records import Index, Instrument, Question
from tawazun.source import Source

HOUSE = Source(
    cite="House, R. J., Hanges, P. J., Javidan, M., Dorfman, P. W. & Gupta, V. (eds.) (2004). Culture, Leadership, and "
    "Organizations: The GLOBE Study of 62 Societies. Sage",
    where="https://globeproject.com",
    version="2004",
    licence="scales and their direction used as published facts; the questionnaire's text is copyright, not included",
    terms="cite; scores of societies, not of individuals",
    redistribute="yes",
)

ENDS = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)

# item -> (short title, whether its 1 is the dimension's high end), by dimension
DIMENSIONS: dict[str, tuple[str, dict[str, tuple[str, bool]]]] = {
    "ua": ("uncertainty avoidance", {
        "ua1": ("order before experiment", True),
        "ua2": ("structured lives", True),
        "ua3": ("requirements in detail", True),
        "ua4": ("rules for most situations", True),
    }),
    "ega": ("gender egalitarianism", {
        "ega1": ("whose higher education is encouraged", False),
        "ega2": ("whose sports are stressed", False),
        "ega3": ("whose failing at school is worse", False),
        "ega4": ("physical or not", False),
        "ega5": ("who serves in high office", False),
    }),
    "igc": ("in-group collectivism", {
        "igc1": ("children proud of parents", True),
        "igc2": ("parents proud of children", True),
        "igc3": ("ageing parents at home", True),
        "igc4": ("children at home until marriage", True),
    }),
    "pd": ("power distance", {
        "pd1": ("influence by ability or by position", False),
        "pd2": ("obeying or questioning leaders", True),
        "pd3": ("distance kept by the powerful", True),
        "pd4": ("privileges of rank", True),
        "pd5": ("power at the top or shared", True),
    }),
}  # fmt: skip

SINGLE = "items of different directions make it up; a mean of the printed numbers is not this score"


def _question(item: str, title: str, topic: str, turned: bool, number: int) -> Question:
    return Question(
        item, "one", ENDS, ordinal=True, reverse=turned, tags=(topic, "practices"), aliases=(str(number),), title=title
    )


def _questions() -> tuple[Question, ...]:
    rows = [
        (item, title, turned, name) for name, items in DIMENSIONS.values() for item, (title, turned) in items.items()
    ]
    return tuple(_question(item, title, name, turned, n) for n, (item, title, turned, name) in enumerate(rows, 1))


def _index(name: str) -> Index:
    title, items = DIMENSIONS[name]
    terms = {item: (-1 if turned else 1) / len(items) for item, (_, turned) in items.items()}
    turned = sum(turned for _, turned in items.values())
    return Index(
        name,
        terms,
        f"{title}, society practices (scale points, 1 to 7)",
        HOUSE,
        warning=SINGLE if 0 < turned < len(items) else "",
        constant=8.0 * turned / len(items),
    )


INSTRUMENT = Instrument(
    name="globe",
    title="GLOBE society practices, ids and scales for recorded answers",
    questions=_questions(),
    source=HOUSE,
    not_for="asking: it has no texts. Not for individuals. Its people are middle managers of three industries, asked "
    "how their society is, not what they value; a model asked the same reports a reputation, not its own opinion",
    indices=tuple(_index(name) for name in DIMENSIONS),
    tags=("practices", "nations"),
)
