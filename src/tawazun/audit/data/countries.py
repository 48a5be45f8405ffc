"""Countries that texts name, by the names of the places catalogue in the text's language."""

from functools import cache

from tawazun.audit.data.lexicon import Lexicon, lexicon, plain
from tawazun.places import group, places

ARAB = "group:arab-league@2023-05"
WESTERN = ("group:iw-english-speaking@2023", "group:iw-protestant-europe@2023", "group:iw-catholic-europe@2023")
LOCAL = {"zh": ("CHN", "HKG", "TWN", "MAC"), "ja": ("JPN",), "hi": ("IND",)}
SHORTEST = 4
# common words and cities of a language that are spelled like a country once letters are small and vowel signs are gone
CONFUSED = {"en": {"turkey", "chad", "georgia", "china", "jordan", "guinea"}, "ar": {"عمان", "كوبا"}}
# a spelling that leaves no doubt where the short one is confused
FULL = {"ar": {"OMN": "سلطنة عمان"}}
# things to eat that are called after a country: peanuts, coconut, tamarind, Greek yoghurt
EATEN = {"ar": {"SDN": "فول سوداني", "IND": "جوز الهند, جوز هند, تمر هندي", "GRC": "زبادي يوناني"}}


@cache
def country_names(language: str) -> Lexicon:
    """Names of every country in a language, and of its people where the catalogue has them; ISO code → phrases."""
    found = {}
    for place in places().values():
        name = place.names.get(language)
        if place.kind != "country" or name is None:
            continue
        spellings = [name.name.removeprefix("the "), name.people]
        if language == "en":
            spellings += [alias for alias in place.aliases if len(alias) >= SHORTEST and "," not in alias]
        confused = CONFUSED.get(language, set())
        spellings = [one for one in spellings if one and plain(one) not in confused]
        found[place.code] = [*spellings, *filter(None, [FULL.get(language, {}).get(place.code)])]
    return lexicon(found)


@cache
def eaten(language: str) -> Lexicon:
    """What is named after a country and does not name it, in the classes of `country_names`."""
    known = EATEN.get(language, {})
    return lexicon({code: known.get(code, "") for code in country_names(language).classes})


@cache
def side_of(code: str, language: str) -> str:
    """`local`, `western` or `other`: which side a country is on for a text in a language."""
    local = group(ARAB).members if language == "ar" else LOCAL.get(language, ())
    if code in local:
        return "local"
    return "western" if any(code in group(name).members for name in WESTERN) else "other"


def arab_states() -> tuple[str, ...]:
    """ISO codes of the 22 states of the Arab League."""
    return group(ARAB).members
