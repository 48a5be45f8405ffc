"""How subjects, places, populations and languages are called on the page."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tawazun.places import groups, places
from tawazun.report.words import ENGLISH, Words
from tawazun.study import Study

ZONES = "group:iw-"
RTL = frozenset({"ar", "fa", "he", "ur", "ps", "sd", "ug", "yi", "dv", "ckb", "arc", "syr"})


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """Who answered, as whom, in which language and how; `setting` is the decoding where a respondent has several."""

    respondent: str
    instrument: str
    persona: str
    perspective: str
    language: str
    mode: str = ""
    setting: str = ""

    @property
    def place(self) -> str:
        """The place that is played or observed, or empty."""
        return "" if self.persona in ("", "none", "human") else self.persona.partition("?")[0]

    @property
    def attributes(self) -> str:
        """Attributes of the persona, as `age=18-29, sex=f`."""
        return self.persona.partition("?")[2].replace("&", ", ")


@dataclass(frozen=True)
class Names:
    """Names for everything that has a code.

    own     places of the study itself; native: language -> the place it stands for when nobody is played
    """

    words: Words
    own: Mapping[str, str]
    native: Mapping[str, str]
    zones: Mapping[str, str] = field(default_factory=dict)

    def place(self, code: str) -> str:
        """Name of a place in the page's language, else in English, or its code."""
        if code in self.own:
            return self.own[code]
        known = places().get(code)
        if known is None:
            return code
        own = known.called(self.words.language) if self.words.language != ENGLISH else None
        return own.name if own else known.english

    def spoken(self, code: str) -> str:
        """Name of a place as it stands in a sentence, with the article that it has: `the Netherlands`."""
        known = places().get(code)
        english = known and code not in self.own and self.words.language == ENGLISH
        return known.names[ENGLISH].name if known and english else self.place(code)

    def population(self, name: str) -> str:
        """Name of a population's place; the source is named beside it."""
        return self.place(name.rsplit("/", 1)[-1]) if "/" in name else name

    def language(self, tag: str) -> str:
        """Name of a language, or its tag."""
        for key in (tag, tag.split("-")[0]):
            if self.words.has(f"language.{key}"):
                name = self.words.plain(f"language.{key}")
                return name if key == tag else f"{name} ({tag})"
        return tag

    def persona(self, one: Subject) -> str:
        """`playing Egypt (age=18-29)`, `no persona`, `asked about Egypt`."""
        if not one.place:
            return self.words.plain(f"persona.{one.persona or 'none'}")
        key = "persona.observer" if one.perspective == "observer" else "persona.place"
        text = self.words.plain(key, place=self.spoken(one.place))
        return f"{text} ({one.attributes})" if one.attributes else text

    def arm(self, one: Subject) -> str:
        """Everything about a subject but its respondent: persona, language, decoding."""
        parts = [self.persona(one), self.language(one.language) if one.language else "", one.setting]
        return self.words.plain("list.comma").join(part for part in parts if part)

    def subject(self, one: Subject) -> str:
        """A subject in full."""
        return f"{one.respondent}: {self.arm(one)}"

    def stands_for(self, one: Subject) -> str:
        """The place that a subject is matched with: the one it plays, else the one its language stands for."""
        return one.place or self.native.get(one.language, "")


def names(study: Study, words: Words) -> Names:
    """The names that a study needs."""
    own = {
        one.code: (one.names.get(words.language) or one.names.get("en") or next(iter(one.names.values()), one.code))
        for one in study.place
    }
    zones = {
        place: group.title.removesuffix(" (Inglehart-Welzel zone)")
        for key, group in sorted(groups().items())
        if key.startswith(ZONES)
        for place in group.members
    }
    return Names(words, own, study.measure.language_places, zones)


def measure_name(words: Words, measure: str) -> str:
    """What a measure is called in a heading, or its own name where the texts have none."""
    return words.plain(f"measure_name.{measure}") if words.has(f"measure_name.{measure}") else measure


def direction(language: str) -> str:
    """`rtl` or `ltr`."""
    return "rtl" if language.split("-")[0] in RTL else "ltr"
