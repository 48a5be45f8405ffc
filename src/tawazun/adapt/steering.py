"""Steering by who is said to answer: personas, cultural prompting, a persona in its own language, an observer.

Each function gives a `Steering`, which `write_steering` puts into a folder that any respondent takes as its adapter.
"""

from collections.abc import Sequence
from typing import Literal

from tawazun.adapt.steering_words import words
from tawazun.cells import Framing, parse_persona, persona_text
from tawazun.cells.frames import frame
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument
from tawazun.places import place
from tawazun.respondents.steering import ANY, Steering, Voice
from tawazun.source import Source

Played = Literal["persona", "observer"]
DRAFT = "our own words, drafts that no native speaker has reviewed yet"
TAO = (
    "Tao, Viberg, Baker & Kizilcec (2024), Cultural bias and cultural alignment of large language models, PNAS Nexus "
    "3(9), pgae346: cultural prompting"
)
ALKHAMISSI = "AlKhamissi et al. (2024), Investigating cultural alignment of large language models, ACL 2024"
# an instrument without descriptors of its own: the package's general ones are then taken
_GENERAL = Instrument("", "", (), Source("", "", "", "", "", "yes"), "")


def persona_steering(
    persona: str, languages: Sequence[str], instruments: Sequence[Instrument] = (), *, title: str = ""
) -> Steering:
    """A respondent that answers as a person of a place: descriptor N with wording N, as a study's own personas do.

    persona      `EGY`, or `EGY?age=18-29&sex=f`
    languages    of the asks
    instruments  those whose own descriptors are to be used where they have some
    Errors       BadStudy or UnknownName for a persona, and where a language has no name or sentence for it
    """
    voice = voice_of(persona, languages, instruments)
    return Steering(
        "persona", title or f"a person of {_called(persona)}", (voice,), sources=(ALKHAMISSI,), notes=(DRAFT,)
    )


def observer_steering(persona: str, languages: Sequence[str], instruments: Sequence[Instrument] = ()) -> Steering:
    """A respondent that says how people of a place would answer: another construct than playing one of them."""
    voice = voice_of(persona, languages, instruments, perspective="observer")
    notes = (DRAFT, "an observer reports what others would say: never pool it with a persona's own answers")
    return Steering("observer", f"asked what people of {_called(persona)} would answer", (voice,), notes=notes)


def cultural_steering(code: str, languages: Sequence[str]) -> Steering:
    """Cultural prompting: told to be an average human being of a place, or to answer as its people would."""
    named = {language: _name(code, language) for language in _checked(languages)}
    says = {one: tuple(text.format(place=name) for text in words(one).cultural) for one, name in named.items()}
    voice = Voice(persona=place(code).code, perspective="persona", says=says)
    return Steering("cultural", f"cultural prompting for {_called(code)}", (voice,), sources=(TAO,), notes=(DRAFT,))


def native_steering(persona: str, language: str, instruments: Sequence[Instrument] = ()) -> Steering:
    """A person of a place, told so in the place's own language whatever language the question is asked in."""
    voice = voice_of(persona, [language], instruments)
    own = {name: {ANY: says[language]} for name, says in voice.own.items()}
    native = Voice(persona=voice.persona, perspective="persona", says={ANY: voice.says[language]}, own=own)
    title = f"a person of {_called(persona)}, told so in the language {language}"
    note = f"the persona is in {language}, the question in whatever language it is asked"
    return Steering("native", title, (native,), sources=(ALKHAMISSI,), notes=(DRAFT, note))


def voice_of(
    persona: str,
    languages: Sequence[str],
    instruments: Sequence[Instrument] = (),
    *,
    perspective: Played = "persona",
    weight: float = 1.0,
) -> Voice:
    """The voice of a place's person, in every descriptor of every language. Errors: BadStudy, UnknownName."""
    spelled = parse_persona(persona)
    if not spelled.place:
        raise BadStudy(f"steering: persona {persona!r} is nobody's; name a place")
    framings = [Framing(spelled.text, perspective, language, "w1") for language in _checked(languages)]
    own = {one.name: _own(one, framings) for one in instruments}
    return Voice(
        weight=weight,
        persona=spelled.text,
        perspective=perspective,
        says={one.language: _sentences(_GENERAL, one, len(frame(one.language).descriptors)) for one in framings},
        own={name: says for name, says in own.items() if says},
    )


def _own(instrument: Instrument, framings: Sequence[Framing]) -> dict[str, tuple[str, ...]]:
    """Sentences of an instrument with descriptors of its own, by language."""
    counts = {one: sum(d.language == one.language for d in instrument.descriptors) for one in framings}
    return {one.language: _sentences(instrument, one, count) for one, count in counts.items() if count}


def _sentences(instrument: Instrument, framing: Framing, count: int) -> tuple[str, ...]:
    wordings = [f"w{number}" for number in range(1, count + 1)]
    return tuple(
        persona_text(Framing(framing.persona, framing.perspective, framing.language, one), instrument)
        for one in wordings
    )


def _checked(languages: Sequence[str]) -> Sequence[str]:
    if isinstance(languages, str) or not languages:
        raise BadStudy("steering: languages is a list with at least one language")
    return languages


def _name(code: str, language: str) -> str:
    name = place(code).called(language)
    if name is None:
        raise BadStudy(f"steering: {code} has no reviewed name in the language {language!r}")
    return name.name


def _called(persona: str) -> str:
    spelled = parse_persona(persona)
    among = f" ({', '.join(f'{key} {value}' for key, value in spelled.attributes)})" if spelled.attributes else ""
    return f"{place(spelled.place).english}{among}"
