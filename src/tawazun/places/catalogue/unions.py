"""Leagues and unions of states, as they stood on the date in the name.

The parts of the Arab League follow the regions of the Arab Opinion Index (Maghreb, Nile valley, Mashreq, Gulf), which
are also the usual large areas of Arabic dialects; `levant` is the Mashreq with Iraq, `gulf` the Arabian Peninsula with
Yemen, and `horn` the Horn of Africa with the Comoros. They split the members: each stands in one part.
"""

from tawazun.places.records import Group, Place
from tawazun.source import Source

ARAB_LEAGUE = {
    "maghreb": ("DZA", "LBY", "MAR", "MRT", "TUN"),
    "nile": ("EGY", "SDN"),
    "levant": ("IRQ", "JOR", "LBN", "PSE", "SYR"),
    "gulf": ("ARE", "BHR", "KWT", "OMN", "QAT", "SAU", "YEM"),
    "horn": ("COM", "DJI", "SOM"),
}

_EU = "AUT BEL BGR CYP CZE DEU DNK ESP EST FIN FRA GRC HRV HUN IRL ITA LTU LUX LVA MLT NLD POL PRT ROU SVK SVN SWE"


def _public_record(cite: str, where: str, version: str) -> Source:
    return Source(cite, where, version, "facts", "membership is a public fact", "yes")


PLACES: tuple[Place, ...] = ()

GROUPS = (
    Group(
        "group:arab-league@2023-05",
        "League of Arab States (Syria readmitted on 2023-05-07)",
        tuple(sorted(code for part in ARAB_LEAGUE.values() for code in part)),
        _public_record(
            "League of Arab States, decision of the Council on 7 May 2023", "http://www.lasportal.org", "2023-05"
        ),
        ARAB_LEAGUE,
    ),
    Group(
        "group:gcc@2023-05",
        "Gulf Cooperation Council",
        ("ARE", "BHR", "KWT", "OMN", "QAT", "SAU"),
        _public_record("Charter of the Gulf Cooperation Council, 25 May 1981", "https://www.gcc-sg.org", "2023-05"),
    ),
    Group(
        "group:eu@2020-02",
        "European Union of 27 (after the United Kingdom left on 2020-01-31)",
        tuple(_EU.split()),
        _public_record("European Union, list of member countries", "https://european-union.europa.eu", "2020-02"),
    ),
    Group(
        "group:asean@2024-12",
        "Association of Southeast Asian Nations (ten members)",
        ("BRN", "IDN", "KHM", "LAO", "MMR", "MYS", "PHL", "SGP", "THA", "VNM"),
        _public_record("ASEAN, member states", "https://asean.org/member-states/", "2024-12"),
    ),
)
