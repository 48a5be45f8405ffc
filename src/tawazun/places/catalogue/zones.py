"""Cultural zones of the Inglehart-Welzel world map, as the 107 countries and territories of Tao et al. carry them.

The zones are labels of a drawn map, not findings about people: two neighbours on the map may stand in two zones, and
some placements (Malta in Latin America) are the source's own.
"""

from tawazun.places.records import Group, Place
from tawazun.source import Source

SOURCE = Source(
    cite="Tao, Viberg, Baker & Kizilcec (2024), PNAS Nexus 3(9) pgae346, archived analysis files; zones after the "
    "Inglehart-Welzel World Cultural Map 2023",
    where="https://doi.org/10.1093/pnasnexus/pgae346",
    version="2023",
    licence="facts",
    terms="cite; terms of the archived files unchecked",
    redistribute="yes",
)

ZONES = {
    "african-islamic": (
        "African-Islamic",
        "ALB DZA AZE BGD ETH PSE GHA IRN IRQ KAZ JOR KEN KGZ LBN LBY MDV MLI MAR NGA PAK RWA ZAF ZWE TUN TUR BFA YEM "
        "ZMB x-kosovo",
    ),
    "catholic-europe": ("Catholic Europe", "AND AUT BEL HRV CZE FRA HUN ITA LVA LTU LUX POL PRT SVK SVN ESP"),
    "confucian": ("Confucian", "CHN TWN HKG JPN KOR MAC MNG"),
    "english-speaking": ("English-Speaking", "AUS CAN IRL NZL GBR USA GB-NIR"),
    "latin-america": ("Latin America", "ARG BOL BRA CHL COL ECU GTM HTI MLT MEX NIC PER PHL PRI TTO URY VEN"),
    "orthodox-europe": ("Orthodox Europe", "ARM BIH BGR BLR EST GEO GRC MDA MNE ROU RUS SRB UKR MKD"),
    "protestant-europe": ("Protestant Europe", "DNK FIN DEU ISL NLD NOR SWE CHE"),
    "west-south-asia": ("West & South Asia", "MMR CYP x-northern-cyprus IND IDN MYS SGP VNM THA"),
}

PLACES: tuple[Place, ...] = ()

GROUPS = tuple(
    Group(f"group:iw-{slug}@2023", f"{title} (Inglehart-Welzel zone)", tuple(members.split()), SOURCE)
    for slug, (title, members) in ZONES.items()
)
