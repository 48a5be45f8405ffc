"""Integrated Values Surveys, waves 5 to 7 (2005-2022), from the user's own merged trend file of EVS and WVS.

The people behind the published cultural map: every country-year counts alike in its country's average, weight S017.
The two composites Y002 (1 materialist to 3 post-materialist) and Y003 (autonomy, -2 to 2) are ready numbers; where an
interview of the EVS has no Y003 it is made from its four parts, independence and perseverance less faith and obedience.
"""

from tawazun.populations.interviews import Asked, Layout
from tawazun.populations.records import Universe
from tawazun.populations.valuesurvey import ValueSurvey
from tawazun.source import Source

LAYOUT = Layout(
    name="ivs-2022",
    folder="ivs",
    get="merge the EVS Trend File 1981-2017 (GESIS ZA7503) and the WVS Trend File as "
    "https://www.worldvaluessurvey.org/WVSEVStrend.jsp says, and put the table there",
    place=("S003", "COUNTRY_ALPHA", "cntry_AN", "cntry"),
    weight=("S017",),
    year=("S020", "year"),
    person=("S007_01", "S007"),
    keep=(("S002VS", 5, 7), ("S020", 2005, 2022)),
    by_year=True,
    asked=(
        (Asked("a008", "option", ("A008",), 1, 4),),
        (Asked("a165", "option", ("A165",), 1, 2),),
        (Asked("e018", "option", ("E018",), 1, 3),),
        (Asked("e025", "option", ("E025",), 1, 3),),
        (Asked("f063", "option", ("F063",), 1, 10),),
        (Asked("f118", "option", ("F118",), 1, 10),),
        (Asked("f120", "option", ("F120",), 1, 10),),
        (Asked("g006", "option", ("G006",), 1, 4, (5,)),),
        (Asked("y002", "value", ("Y002",), 1, 3),),
        (Asked("y003", "value", ("Y003",), -2, 2, (), (("A029", 1), ("A039", 1), ("A040", -1), ("A042", -1))),),
    ),
)

POPULATION = ValueSurvey(
    name="ivs-2022",
    instrument="cultural_map",
    source=Source(
        cite="EVS (2022), EVS Trend File 1981-2017, GESIS ZA7503 v3.0.0, doi 10.4232/1.14021; Inglehart, R., Haerpfer, "
        "C., Moreno, A. et al. (eds.) (2022), World Values Survey: All Rounds, Country-Pooled Datafile, doi "
        "10.14281/18241.17",
        where="https://www.worldvaluessurvey.org/WVSEVStrend.jsp",
        version="2022",
        licence="terms of use of EVS (GESIS) and WVS",
        terms="registration; non-profit use; cite both; the microdata may not be passed on",
        redistribute="aggregates",
    ),
    layout=LAYOUT,
    universe=Universe(
        who="residents in private households, whatever their citizenship",
        ages="18 and older, in some countries from 15, 16 or 17",
        languages="national languages of each country",
        excluded="people in institutions; regions that could not be visited",
        dates="2005-2022",
        mode="mostly face to face; EVS 2017 and WVS wave 7 partly online or by post",
    ),
    why="not interviewed in waves 5 to 7, or not in this file",
)
