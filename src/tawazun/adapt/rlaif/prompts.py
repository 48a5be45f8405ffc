"""Prompts of a run: a plan's questions beside the shares of their people, and open prompts of the user's own.

Only shares enter a reward, never a person's answer, so people whose terms allow aggregates may be used where at least
`LEAST` of them answered. What is held out or about rights is left out by the plan, as in any training on such answers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tawazun.adapt.corpora.licences import refuse_no_derivatives
from tawazun.adapt.corpora.records import Document, spoken
from tawazun.adapt.corpora.survey import Asked, SurveyPlan, asked_of, chosen_questions
from tawazun.adapt.rlaif.records import Posed
from tawazun.errors import BadStudy, Refused
from tawazun.instruments import Instrument
from tawazun.populations import Population
from tawazun.seeds import stream

LEAST = 10  # people behind a share, where the source allows aggregates only


@dataclass(frozen=True)
class Prompts:
    """What replies are drawn for.

    left_out   item -> why no prompt is made of it
    sources    (what, licence and terms) that the model inherits
    """

    posed: tuple[Posed, ...]
    left_out: Mapping[str, str]
    sources: tuple[tuple[str, str], ...] = ()

    @property
    def items(self) -> tuple[str, ...]:
        """`instrument:question` of everything trained on: no score over these may be reported as held out."""
        found = (f"{one.ask.instrument}:{one.ask.question.id}" for one in self.posed if one.ask is not None)
        return tuple(dict.fromkeys(found))

    @property
    def documents(self) -> Iterable[Document]:
        """The prompts as rows of a corpus, for the contamination check."""
        for one in self.posed:
            name = f"{one.ask.instrument}:{one.ask.question.id}" if one.ask else "open prompt"
            yield Document("prompts", name, one.number + 1, spoken(one.messages), messages=one.messages)


def survey_prompts(plan: SurveyPlan, instrument: Instrument, populations: Sequence[Population]) -> Prompts:
    """Every question of a plan, put for each place's people.

    Errors   Refused by a source's terms; BadStudy for an unknown item or people of another instrument, or when no
             prompt is left, saying why
    """
    left: dict[str, str] = {}
    questions = chosen_questions(plan, instrument, left)
    asked: list[Asked] = []
    for one in populations:
        if one.instrument != instrument.name:
            raise BadStudy(f"prompts: {one.name} answered {one.instrument!r}, not {instrument.name!r}")
        _refuse_terms(one)
        made = asked_of(plan, instrument, one, questions, left)
        asked += [each for each in made if not _too_few(each, left)]
    if not asked:
        raise BadStudy(f"prompts: none is left ({'; '.join(f'{k}: {v}' for k, v in list(left.items())[:3])})")
    posed = [
        Posed(at, each.ask.prompts[0].messages, each.ask, each.shares, each.population.name)
        for at, each in enumerate(asked)
    ]
    terms = [(one.name, f"{one.source.licence} {one.source.terms}") for one in populations]
    return Prompts(tuple(posed), left, tuple(terms))


def open_prompts(documents: Iterable[Document]) -> Prompts:
    """Prompts of conversations: the turns up to the first of the assistant. Errors: BadStudy for a row without."""
    posed: list[Posed] = []
    licences: dict[str, str] = {}
    for one in documents:
        messages = []
        for role, text in one.messages or (("user", one.text),):
            if role == "assistant":
                break
            messages.append((role, text))
        if not messages or messages[-1][0] != "user" or not messages[-1][1].strip():
            raise BadStudy(f"{one.where}: no user's turn to answer")
        refuse_no_derivatives(one.source, one.tags.licence)
        licences[one.source] = one.tags.licence
        posed.append(Posed(len(posed), tuple(messages)))
    if not posed:
        raise BadStudy("prompts: the file has no prompt")
    return Prompts(tuple(posed), {}, tuple(licences.items()))


def shuffled_people(prompts: Prompts, seed: int) -> Prompts:
    """A placebo: each question gets the shares that belong to another one with as many options.

    The same people's questions are moved around in a circle of seeded order, so none keeps its own.

    Errors   BadStudy when a question has no partner
    """
    by: dict[tuple[str, int], dict[str, np.ndarray]] = {}
    for one in prompts.posed:
        if one.ask is None or one.shares is None:
            raise BadStudy("prompts: only questions with people's answers can be shuffled")
        by.setdefault((one.people, len(one.shares)), {})[one.ask.question.id] = one.shares
    moved: dict[tuple[str, str], np.ndarray] = {}
    for (people, size), own in by.items():
        names = sorted(own)
        if len(names) < 2:
            raise BadStudy(f"prompts: {names[0]} alone has {size} options, so its people cannot be shuffled")
        order = stream("shuffled-people", seed, people, size).permutation(len(names))
        for at, to in zip(order, np.roll(order, 1), strict=True):
            moved[people, names[at]] = own[names[to]]
    posed = [replace(one, shares=moved[one.people, one.ask.question.id]) for one in prompts.posed if one.ask]
    return replace(prompts, posed=tuple(posed))


def _refuse_terms(one: Population) -> None:
    refuse_no_derivatives(one.name, f"{one.source.licence} {one.source.terms}")
    if one.source.redistribute == "no":
        raise Refused(
            f"{one.name}: its terms allow no copy ({one.source.licence}), so no reward is made of its shares; "
            "use it to measure, or people of your own"
        )


def _too_few(one: Asked, left: dict[str, str]) -> bool:
    """Whether a source that allows aggregates only has too few people here."""
    item = one.ask.question.id
    answer = one.population.answer(item)
    people = answer.n if answer is not None else None
    few = one.population.source.redistribute != "yes" and people is not None and people < LEAST
    if few:
        left[item] = f"{one.population.name} has {people:g} people, and its terms show nothing under {LEAST}"
    return few
