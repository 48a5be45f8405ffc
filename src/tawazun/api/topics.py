"""What a first study can be about: which instrument and which people's answers go with a place and a language."""

from collections.abc import Mapping
from dataclasses import dataclass

from tawazun.errors import UserError
from tawazun.places import Group, Place, groups

ATLAS = ("en", "ar")
# benchmarks whose own headline is another measure than their topic's
HEADLINES = {"acva": "macro_f1"}
# whose group stands for "the region" of a place, in this order
REGIONS = ("group:arab-league@", "group:asean@", "group:eu@", "group:india-states@", "group:atlas-", "group:iw-")
MENA = ("IRN", "TUR")  # in the surveys of MENAValues besides the Arab countries


@dataclass(frozen=True, slots=True)
class Pick:
    """Instruments by language, the people they are set beside (none for questions with right answers), and the measure
    that the study stands or falls by."""

    instruments: Mapping[str, str]
    primary: str
    populations: tuple[str, ...] = ()
    wordings: int = 1
    notes: tuple[str, ...] = ()

    @property
    def exam(self) -> bool:
        """Whether answers are right or wrong."""
        return not self.populations


@dataclass(frozen=True, slots=True)
class Topic:
    """One answer to "what": what it asks, of places and of the planted world."""

    title: str
    here: Pick | None = None
    planted: Pick | None = None
    mena: Pick | None = None


MAP_NOTE = "Points on a map of 107 countries; people's points come without an error, and some countries are not there."
SHARES_NOTE = "The sheet has shares without numbers of people, so that no interval covers the human side."
TOPICS: dict[str, Topic] = {
    "values": Topic(
        "where it stands on the map of the world's values (needs no data)",
        Pick(dict.fromkeys(("en", "ar"), "cultural_map"), "map_distance", ("cultural_map-2022",), 3, (MAP_NOTE,)),
        Pick(dict.fromkeys(ATLAS, "atlas"), "js_similarity", ("atlas-1",), 3),
    ),
    "opinions": Topic(
        "whose survey answers its own are like (needs a data folder)",
        Pick({"en": "globalopinionqa"}, "js_similarity", ("globalopinionqa-2023",)),
        mena=Pick(
            {"en": "menavalues"}, "js_similarity", ("menavalues_wvs-7", "menavalues_aoi-2022"), notes=(SHARES_NOTE,)
        ),
    ),
    "knowledge": Topic(
        "what it knows of everyday life and culture (needs a data folder)",
        Pick(
            {
                "en": "culturalbench_easy",
                "ar": "acva",
                "zh": "include_culture_zh",
                "ja": "include_culture_ja",
                "hi": "include_culture_hi",
            },
            "accuracy",
            notes=("Other benchmarks: tawazun list instruments",),
        ),
        Pick(dict.fromkeys(ATLAS, "atlas_facts"), "accuracy"),
    ),
    "trust": Topic(
        "what it knows of safety and good conduct, in Arabic (needs a data folder)",
        Pick(
            {"ar": "aratrust"},
            "accuracy",
            notes=("It asks what a model knows of good conduct; it does not show good conduct.",),
        ),
    ),
}


def members_of(people: Place | Group) -> tuple[str, ...]:
    """Codes of the places."""
    return people.members if isinstance(people, Group) else (people.code,)


def is_planted(people: Place | Group) -> bool:
    """Whether these are people of the planted world."""
    return all(code in groups()["group:atlas@1"].members for code in members_of(people))


def region_of(people: Place | Group) -> str:
    """The group that a place stands in, or the group itself; empty where there is none."""
    if isinstance(people, Group):
        return people.id
    for begin in REGIONS:
        for name, one in sorted(groups().items()):
            if name.startswith(begin) and people.code in one.members:
                return name
    return ""


def pick(topic: str, people: Place | Group) -> Pick | None:
    """What a topic asks for these people; None where it has nothing for them."""
    one = TOPICS[topic]
    if is_planted(people):
        return one.planted
    arab = next(group for name, group in groups().items() if name.startswith(REGIONS[0]))
    if one.mena and set(members_of(people)) <= {*arab.members, *MENA}:
        return one.mena
    return one.here


def offered_topics(people: Place | Group) -> dict[str, str]:
    """Name -> title of the topics that have something for these people."""
    return {name: topic.title for name, topic in TOPICS.items() if pick(name, people)}


def find_pick(topic: str, people: Place | Group, languages: tuple[str, ...]) -> Pick:
    """What is asked. Errors: UserError for a topic, a language or a mixture that there is nothing for."""
    offered = offered_topics(people)
    if topic not in offered:
        raise UserError(f"there is nothing on {topic!r} for these people; on offer: {', '.join(offered)}")
    found = pick(topic, people)
    assert found is not None
    if absent := [language for language in languages if language not in found.instruments]:
        raise UserError(
            f"{topic} is not asked in {absent[0]!r} for these people, only in {', '.join(found.instruments)}"
        )
    if len({found.instruments[language] for language in languages}) > 1:
        raise UserError(f"{topic}: one language at a time, because each language has questions of its own")
    return found


def usual_languages(topic: str, people: Place | Group) -> tuple[str, ...]:
    """The people's own language where the topic has it, and English where both are the same questions."""
    found = pick(topic, people)
    assert found is not None
    own = next((x for x in found.instruments if x != "en" and set(members_of(people)) <= _speakers(x)), "")
    if not own:
        return ("en",) if "en" in found.instruments else tuple(found.instruments)[:1]
    both = found.instruments[own] == found.instruments.get("en")
    return ("en", own) if both else (own,)


def _speakers(language: str) -> set[str]:
    if language == "ar":
        return {code for name, one in groups().items() if "arab" in name for code in one.members}
    states = {code for name, one in groups().items() if "india-states" in name for code in one.members}
    return {"zh": {"CHN", "TWN", "HKG", "MAC"}, "ja": {"JPN"}, "hi": {"IND", *states}}.get(language, set())
