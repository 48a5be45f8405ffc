"""The arms of prompt steering by name, for one target: what a table compares with a soft prompt."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tawazun.adapt.steering import cultural_steering, native_steering, observer_steering, persona_steering
from tawazun.adapt.steering_context import Shots, description_steering, examples_steering
from tawazun.adapt.steering_leaks import Measured, said_again
from tawazun.adapt.steering_mixture import People, mixture_steering
from tawazun.adapt.steering_near import Nearness, near_steering, nearness, placebo_steering
from tawazun.catalogue import unknown
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument
from tawazun.populations import Population
from tawazun.respondents import Steering


@dataclass(frozen=True, eq=False)
class Setting:
    """What the arms of one target are made from.

    target       the people to come closer to
    everybody    people of one source, the target's among them: examples and near countries come from their answers
    instrument   what they answered
    measured     what the study measures: no choice and no text may rest on it
    languages    of the asks
    instruments  those that are asked, for descriptors of their own
    native       language of the place, for `native`
    people       whom the place consists of, and how many `profiles` stand for them, for `mixture`
    description  language -> text, and where it comes from, for `description`
    """

    target: str
    everybody: Sequence[Population]
    instrument: Instrument
    measured: Measured
    languages: Sequence[str]
    seed: int
    instruments: Sequence[Instrument] = ()
    shots: Shots = field(default_factory=lambda: Shots(8))
    native: str = ""
    people: People | None = None
    profiles: int = 24
    description: Mapping[str, str] = field(default_factory=dict)
    described_by: str = ""

    @property
    def near(self) -> Nearness:
        """How far everybody is from the target, on items that are not measured, here or by another instrument."""
        own = [item for one, items in self.measured if one.name == self.instrument.name for item in items]
        return nearness(
            self.target, self.everybody, self.instrument, [*own, *said_again(self.instrument, self.measured)]
        )


def _native(one: Setting) -> Steering:
    if not one.native:
        raise BadStudy("steering: the arm native needs the language of the place")
    return native_steering(one.target, one.native, one.instruments)


def _mixture(one: Setting) -> Steering:
    if one.people is None:
        raise BadStudy("steering: the arm mixture needs the people of the place: margins, or a file of people")
    return mixture_steering(
        one.target, one.people, one.languages, count=one.profiles, seed=one.seed, instruments=one.instruments
    )


def _answers(one: Setting, code: str) -> Population:
    own = next((people for people in one.everybody if people.place == code), None)
    if own is None:
        raise BadStudy(f"steering: the arm examples needs answers of the people of {code}")
    return own


def _examples(one: Setting) -> Steering:
    own = _answers(one, one.target)
    return examples_steering(own, one.instrument, one.measured, one.shots, one.languages, seed=one.seed)


def _examples_placebo(one: Setting) -> Steering:
    """The same examples with the answers of a far country under the target's name: what any examples gain."""
    _answers(one, one.target)
    far = placebo_steering(one.near, one.languages, one.seed).voices[0].persona
    forged = replace(_answers(one, far), place=one.target)
    made = examples_steering(forged, one.instrument, one.measured, one.shots, one.languages, seed=one.seed)
    note = f"placebo: the answers are those of {far}, a far country, under the name of {one.target}"
    return replace(made, kind="examples_placebo", title=f"{made.title}, answered by {far} (placebo)",
                   notes=(note, *made.notes))  # fmt: skip


CONTROLS = ("placebo", "examples_placebo")  # made and measured, never chosen by a search

ARMS: Mapping[str, Callable[[Setting], Steering]] = {
    "persona": lambda one: persona_steering(one.target, one.languages, one.instruments),
    "observer": lambda one: observer_steering(one.target, one.languages, one.instruments),
    "cultural": lambda one: cultural_steering(one.target, one.languages),
    "native": _native,
    "near": lambda one: near_steering(one.near, one.languages, one.instruments),
    "placebo": lambda one: placebo_steering(one.near, one.languages, one.seed, one.instruments),
    "mixture": _mixture,
    "examples": _examples,
    "examples_placebo": _examples_placebo,
    "description": lambda one: description_steering(one.target, one.description, one.measured, source=one.described_by),
}


def make_arm(name: str, setting: Setting) -> Steering:
    """The steering of an arm. Errors: BadStudy for an unknown arm, and for one that lacks what it is made from."""
    if name not in ARMS:
        raise BadStudy(f"steering: {unknown('arm', name, sorted(ARMS))}")
    return ARMS[name](setting)
