"""cultural_map: the ten items behind the Inglehart-Welzel map in our own words, with the published projection.

Numbers and directions are those of the Integrated Values Surveys. The items are asked for answers, or their ready
values are accepted from recorded files (`y002` 1-3, `y003` -2 to 2). `y002` is 1 when both choices are materialist
(order, prices), 3 when both are post-materialist (a voice, free speech) and 2 otherwise; `y003` is
independence + determination - religious faith - obedience, each 1 when named: its codes weigh the shares of naming.
"""

from tawazun.instruments.records import Instrument, Kind, Projection, Question, pair_codes
from tawazun.instruments.texts import cultural_map_ar, cultural_map_en, wordings
from tawazun.source import Source

TAO = Source(
    cite=(
        "Tao, Y., Viberg, O., Baker, R. S. & Kizilcec, R. F. (2024). Cultural bias and cultural alignment of large "
        "language models. PNAS Nexus 3(9), pgae346"
    ),
    where="https://doi.org/10.1093/pnasnexus/pgae346",
    version="2024",
    licence="constants used as published facts",
    terms="cite the paper and the Integrated Values Surveys it was fitted on (waves of 2005-2022, weight S017)",
    redistribute="yes",
)
SOURCE = Source(
    cite=(
        "Tawazun's own wordings of the ten items of the Inglehart-Welzel cultural map "
        "(Inglehart & Welzel 2005, Modernization, Cultural Change, and Democracy); drafts"
    ),
    where="tawazun.instruments.texts",
    version="1",
    licence="CC0-1.0",
    terms="drafts until reviewed by native speakers; not the questionnaire of the World or European Values Study",
    redistribute="yes",
)

MATERIALIST = frozenset({0, 2})  # order, prices
POST_MATERIALIST = frozenset({1, 3})  # a voice in government, free speech


def _priorities(first: int, second: int) -> float:
    chosen = {first, second}
    if chosen == MATERIALIST:
        return 1
    return 3 if chosen == POST_MATERIALIST else 2


# manners, independence, work, responsibility, imagination, tolerance, thrift, determination, faith, others, obedience
AUTONOMY = (0, 1, 0, 0, 0, 0, 0, 1, -1, 0, -1)
STEPS = tuple(float(step) for step in range(1, 11))


def _item(item: str, title: str, codes: tuple[float, ...], tags: tuple[str, ...], kind: Kind = "one") -> Question:
    return Question(
        id=item,
        kind=kind,
        codes=codes,
        wordings=(
            *wordings("en", cultural_map_en.TEXTS[item], cultural_map_en.VARIANTS.get(item)),
            *wordings("ar", cultural_map_ar.TEXTS[item], cultural_map_ar.VARIANTS.get(item)),
        ),
        ordinal=kind == "one",
        pick=5 if kind == "some" else 1,
        tags=(*tags, "values"),
        title=title,
    )


INSTRUMENT = Instrument(
    name="cultural_map",
    title="Inglehart-Welzel cultural map, own wordings",
    questions=(
        _item("a008", "happiness", (1, 2, 3, 4), ("well-being",)),
        _item("a165", "trust in people", (1, 2), ("trust",)),
        _item("e018", "more respect for authority", (1, 2, 3), ("authority",)),
        _item("e025", "signing a petition", (1, 2, 3), ("politics",)),
        _item("f063", "importance of God", STEPS, ("religion",)),
        _item("f118", "homosexuality justified", STEPS, ("sexuality", "rights")),
        _item("f120", "abortion justified", STEPS, ("sexuality", "rights")),
        _item("g006", "pride in nationality", (1, 2, 3, 4), ("nation",)),
        _item("y002", "aims for the country", pair_codes(4, _priorities), ("politics", "rights"), "pair"),
        _item("y003", "qualities for children", AUTONOMY, ("family",), "some"),
    ),
    source=SOURCE,
    not_for=(
        "A descriptive, formative index of national averages: no claims about individuals or groups within a country. "
        "Its dimensions are not shown to mean the same everywhere (Aleman & Woods 2016, Comp. Polit. Stud. 49(8); "
        "Sokolov 2018, Am. Polit. Sci. Rev. 112(4)), so read distances as description and look at the items first. "
        "Coordinates from our wordings are not those of the official questionnaire."
    ),
    projection=Projection(
        items=("a008", "a165", "e018", "e025", "f063", "f118", "f120", "g006", "y002", "y003"),
        centre=(1.8943346824, 1.7249291681, 1.5375948814, 2.1269639031, 7.1949652909,
                3.9094104719, 3.8423957313, 1.5694507646, 1.7972968314, 0.19721005786),
        scale=(0.71428942794, 0.44655054645, 0.72791694544, 0.82373260626, 3.2116353258,
               3.3945220392, 3.0616139885, 0.73247264575, 0.61878304245, 1.1374858635),
        weights=(
            (-0.23807309806, 0.49269801609),
            (-0.2251712732, 0.1488361647),
            (-0.014293231158, 0.32860123575),
            (-0.27281863433, 0.12800336475),
            (-0.18470853804, -0.21524790046),
            (0.31012187775, -0.010659178321),
            (0.2628449143, 0.090593025901),
            (-0.082774181417, 0.49177541639),
            (0.1796722504, -0.080708482322),
            (0.15181160734, 0.18147842385),
        ),
        stretch=(1.81, 1.61),
        shift=(0.38, -0.01),
        axes=("survival to self-expression", "traditional to secular"),
        source=TAO,
    ),
    descriptors=(*cultural_map_en.DESCRIPTORS, *cultural_map_ar.DESCRIPTORS),
    tags=("values", "nations"),
)  # fmt: skip
