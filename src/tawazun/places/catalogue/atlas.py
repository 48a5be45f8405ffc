"""The thirty countries of the planted world. Every name is invented, and so is everything said about them.

The regions are loosely shaped like regions of the real world so that a study of the planted world reads like a real
one; the Arab-like region matters because the planted model has another default in Arabic than in English.
"""

from tawazun.places.records import Group, Name, Place
from tawazun.source import Source

SOURCE = Source(
    cite="Tawazun, the planted world",
    where="src/tawazun/places/catalogue/atlas.py",
    version="1",
    licence="Apache-2.0",
    terms="Invented countries; nothing here is a statement about real people.",
    redistribute="yes",
)

# region -> (English name, Arabic name) of its countries; the code is `x-` and the English name in lower case
REGIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "west": (
        ("Norvane", "نورفان"), ("Estmark", "إستمارك"), ("Callowry", "كالوري"),
        ("Bresmond", "بريسموند"), ("Ulvergate", "أولفرغيت"), ("Havenreach", "هافنريش"),
    ),
    "arab": (
        ("Sahelia", "ساهيليا"), ("Rimalia", "ريماليا"), ("Zahrania", "زهرانيا"), ("Qamaria", "قماريا"),
        ("Badiyan", "باديان"), ("Jazalia", "جزاليا"), ("Marsouk", "مرسوق"),
    ),
    "south": (
        ("Tumbarra", "تومبارا"), ("Okelani", "أوكيلاني"), ("Luvesha", "لوفيشا"),
        ("Mbezari", "مبيزاري"), ("Kotavia", "كوتافيا"), ("Ngalessa", "نغاليسا"),
    ),
    "east": (
        ("Shenrai", "شنراي"), ("Takumo", "تاكومو"), ("Hwanlo", "هوانلو"),
        ("Minzhara", "مينزارا"), ("Paloran", "بالوران"), ("Suvarin", "سوفارين"),
    ),
    "isles": (
        ("Corvella", "كورفيلا"), ("Maravosa", "مارافوسا"), ("Tiquano", "تيكوانو"),
        ("Solivera", "سوليفيرا"), ("Yacanto", "ياكانتو"),
    ),
}  # fmt: skip

TITLES = {
    "west": "Western countries of the planted world",
    "arab": "Arab-like countries of the planted world",
    "south": "Southern countries of the planted world",
    "east": "Eastern countries of the planted world",
    "isles": "Island countries of the planted world",
}


def code_of(english: str) -> str:
    """Place code of an English name: `x-sahelia`."""
    return f"x-{english.lower()}"


_CODES = {region: tuple(code_of(english) for english, _ in countries) for region, countries in REGIONS.items()}

PLACES: tuple[Place, ...] = tuple(
    Place(code_of(english), {"en": Name(english), "ar": Name(arabic)}, kind="fictional")
    for countries in REGIONS.values()
    for english, arabic in countries
)

GROUPS: tuple[Group, ...] = (
    Group(
        "group:atlas@1",
        "All countries of the planted world",
        tuple(one.code for one in PLACES),
        SOURCE,
        parts=_CODES,
    ),
    *(Group(f"group:atlas-{region}@1", TITLES[region], codes, SOURCE) for region, codes in _CODES.items()),
)
