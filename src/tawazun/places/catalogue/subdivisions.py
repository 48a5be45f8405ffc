"""Parts of countries: ISO 3166-2 where there is a code, else a registered slug.

Only those that a source of human answers uses, and India's states and union territories in full.
"""

from tawazun.places.naming import named_places
from tawazun.places.records import Group
from tawazun.source import Source

_STATES = "AP AR AS BR CG GA GJ HP HR JH KA KL MH ML MN MP MZ NL OD PB RJ SK TN TR TS UK UP WB"
_UNION_TERRITORIES = "AN CH DH DL JK LA LD PY"
INDIA_STATES = tuple(f"IN-{code}" for code in _STATES.split())
INDIA_UNION_TERRITORIES = tuple(f"IN-{code}" for code in _UNION_TERRITORIES.split())

CODES = (
    "CA-QC",
    "GB-ENG",
    "GB-NIR",
    "GB-SCT",
    "GB-WLS",
    *INDIA_STATES,
    *INDIA_UNION_TERRITORIES,
    # areas of a survey that have no ISO code
    "x-belgium-dutch",
    "x-belgium-french",
    "x-germany-east",
    "x-kosovo",
    "x-northern-cyprus",
    "x-south-africa-white",
    "x-switzerland-french",
    "x-switzerland-german",
)

ALIASES: dict[str, tuple[str, ...]] = {
    "CA-QC": ("Canada French", "Québec"),
    "GB-NIR": ("North Ireland",),
    "IN-OD": ("Orissa",),
    "IN-PY": ("Pondicherry",),
    "IN-UK": ("Uttaranchal",),
    "x-belgium-dutch": ("Belgium Netherl", "Belgium Dutch"),
    "x-belgium-french": ("Belgium French",),
    "x-germany-east": ("Germany East", "East Germany"),
    "x-northern-cyprus": ("North Cyprus", "Turkish Republic of Northern Cyprus"),
    "x-south-africa-white": ("South Africa white",),
    "x-switzerland-french": ("Switzerland French",),
    "x-switzerland-german": ("Switzerland German",),
}

PLACES = named_places(CODES, ALIASES, "subdivision")

GROUPS = (
    Group(
        "group:india-states@2023-11",
        "States and union territories of India",
        (*INDIA_STATES, *INDIA_UNION_TERRITORIES),
        Source(
            cite="ISO 3166-2:IN, as changed on 2023-11-23; Constitution of India, First Schedule",
            where="https://www.iso.org/obp/ui/#iso:code:3166:IN",
            version="2023-11",
            licence="facts",
            terms="codes and names only",
            redistribute="yes",
        ),
        {"states": INDIA_STATES, "union-territories": INDIA_UNION_TERRITORIES},
    ),
)
