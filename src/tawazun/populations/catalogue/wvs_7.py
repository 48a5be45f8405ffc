"""World Values Survey, wave 7, from the user's own copy of the cross-national file: the ten items of the cultural map.

Every item is there in full: priorities as ordered pairs (Q154, Q155), qualities for children as mentions (Q7 to Q17).
Registration with the WVS Association is required; the file stays with the user and no figure rests on fewer than 10.
"""

from tawazun.populations.interviews import Asked, Layout
from tawazun.populations.records import Universe
from tawazun.populations.valuesurvey import ValueSurvey
from tawazun.source import Source

NOT_A_NATIONAL = 5
"""Q254: `I am not of this nationality`, which is not on the scale of pride."""

LAYOUT = Layout(
    name="wvs-7",
    folder="wvs",
    get="register at https://www.worldvaluessurvey.org/WVSDocumentationWV7.jsp and put the cross-national file there",
    place=("B_COUNTRY_ALPHA", "B_COUNTRY"),
    weight=("W_WEIGHT", "S017"),
    year=("A_YEAR",),
    person=("D_INTERVIEW",),
    keep=(("A_WAVE", 7, 7),),
    by_year=False,
    asked=(
        (Asked("a008", "option", ("Q46",), 1, 4),),
        (Asked("a165", "option", ("Q57",), 1, 2),),
        (Asked("e018", "option", ("Q45",), 1, 3),),
        (Asked("e025", "option", ("Q209",), 1, 3),),
        (Asked("f063", "option", ("Q164",), 1, 10),),
        (Asked("f118", "option", ("Q182",), 1, 10),),
        (Asked("f120", "option", ("Q184",), 1, 10),),
        (Asked("g006", "option", ("Q254",), 1, 4, (NOT_A_NATIONAL,)),),
        (Asked("y002", "pair", ("Q154", "Q155"), 1, 4), Asked("y002", "value", ("Y002",), 1, 3)),
        (
            Asked("y003", "mentions", tuple(f"Q{number}" for number in range(7, 18)), 0, 2),
            Asked("y003", "value", ("Y003",), -2, 2),
        ),
    ),
)

POPULATION = ValueSurvey(
    name="wvs-7",
    instrument="cultural_map",
    source=Source(
        cite="Haerpfer, C., Inglehart, R., Moreno, A., Welzel, C. et al. (eds.) (2022). World Values Survey: Round "
        "Seven, Country-Pooled Datafile. JD Systems Institute and WVSA Secretariat, doi 10.14281/18241.24",
        where="https://www.worldvaluessurvey.org/WVSDocumentationWV7.jsp",
        version="7",
        licence="WVS terms of use",
        terms="registration; non-profit use; cite; the microdata may not be passed on",
        redistribute="aggregates",
    ),
    layout=LAYOUT,
    universe=Universe(
        who="residents in private households, whatever their citizenship",
        ages="18 and older, in some countries from 16 or 17",
        languages="national languages of each country",
        excluded="people in institutions; regions that could not be visited",
        dates="2017-2023",
        mode="mostly face to face, in some countries online, by post or by telephone",
    ),
    why="not interviewed in wave 7, or not in this file",
)
