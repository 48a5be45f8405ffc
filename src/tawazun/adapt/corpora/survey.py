"""Survey answers as instruction data: a persona, a question, and an answer drawn from what its people say.

Each row is a question as a study asks it and one person's answer, so a model that learns the rows learns shares and
not the most frequent answer. Rows are made when they are read, from their number alone. Items and wordings that are
held out are in no row; items on rights are left out unless a reason is given; people whose answers may be shown as
aggregates only are refused, as rows drawn from them would be a copy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tawazun.adapt.corpora.licences import refuse_aggregates
from tawazun.adapt.corpora.records import Document, Message, Tags, spoken
from tawazun.adapt.corpora.sources import ROWS, CorpusKeys
from tawazun.cells import Ask, Asker, Decoding, Framing
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument, Question
from tawazun.populations import Population
from tawazun.seeds import digest_of, stream


@dataclass(frozen=True, slots=True)
class SurveyPlan:
    """What rows are made of.

    items       of the fit; empty = all but those held out
    held_out    items that no row may have; held_wordings likewise
    persona     `own` = the question is asked of a person of the place; `none` = of nobody in particular
    people      answers drawn for each question as asked
    rights      why items on rights are trained on; empty = they are not
    """

    languages: tuple[str, ...]
    wordings: tuple[str, ...]
    items: tuple[str, ...] = ()
    held_out: tuple[str, ...] = ()
    held_wordings: tuple[str, ...] = ()
    orders: tuple[str, ...] = ("forward",)
    labels: str = "letters"
    placement: str = "system"
    persona: str = "own"
    people: int = 1
    rights: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what is held out and used at once."""
        if both := sorted(set(self.items) & set(self.held_out)):
            raise BadStudy(f"survey: {both[0]} is both trained on and held out")
        if both := sorted(set(self.wordings) & set(self.held_wordings)):
            raise BadStudy(f"survey: the wording {both[0]} is both trained on and held out")
        if self.persona not in ("own", "none"):
            raise BadStudy(f"survey: persona is own or none, not {self.persona!r}")
        if self.people < 1 or not self.languages or not self.wordings:
            raise BadStudy("survey: at least one language, one wording and one person for each question")


@dataclass(frozen=True, eq=False)
class Asked:
    """One question as asked of the people of one place, and the running sum of their shares."""

    ask: Ask
    population: Population
    upto: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """(K,) shares of the people in canonical order; they sum to 1."""
        return np.diff(self.upto, prepend=0.0)


@dataclass(frozen=True, eq=False)
class SurveySource:
    """Rows of a plan, as a source that a composition takes like any other.

    left_out   item -> why no row is made of it
    """

    keys: CorpusKeys
    instrument: Instrument
    populations: tuple[Population, ...]
    plan: SurveyPlan
    left_out: Mapping[str, str] = field(init=False)
    _asked: tuple[Asked, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Errors: Refused by a source's terms; BadStudy for an unknown item, or when no row is left."""
        for one in self.populations:
            if one.instrument != self.instrument.name:
                raise BadStudy(f"survey: {one.name} answered {one.instrument!r}, not {self.instrument.name!r}")
            refuse_aggregates(one.name, one.source)
        left: dict[str, str] = {}
        questions = chosen_questions(self.plan, self.instrument, left)
        asked = tuple(
            one
            for population in self.populations
            for one in asked_of(self.plan, self.instrument, population, questions, left)
        )
        if not asked:
            raise BadStudy(f"survey: no row can be made ({'; '.join(f'{k}: {v}' for k, v in list(left.items())[:3])})")
        object.__setattr__(self, "left_out", left)
        object.__setattr__(self, "_asked", asked)

    @property
    def rows(self) -> int:
        """Answers in all."""
        return len(self._asked) * self.plan.people

    @property
    def blocks(self) -> int:
        """Blocks of `ROWS` answers."""
        return -(-self.rows // ROWS)

    @property
    def sizes(self) -> Sequence[int]:
        """Rows of each block."""
        return [min(ROWS, self.rows - at) for at in range(0, self.rows, ROWS)]

    @property
    def hashes(self) -> Mapping[str, str]:
        """What decides the rows: every ask, the shares behind it and the seed."""
        return {
            one.ask.ask + one.population.name: digest_of([*one.upto.tolist(), self.plan.seed]) for one in self._asked
        }

    @property
    def items(self) -> tuple[str, ...]:
        """Items that rows are made of: what a score must not be reported over as held out."""
        return tuple(dict.fromkeys(one.ask.question.id for one in self._asked))

    def block(self, number: int) -> list[Document]:
        """The rows of a block."""
        return [self.row(at) for at in range(number * ROWS, min(self.rows, (number + 1) * ROWS))]

    def row(self, number: int) -> Document:
        """One answer of one person."""
        one, person = self._asked[number // self.plan.people], number % self.plan.people
        ask, prompt = one.ask, one.ask.prompts[0]
        draw = stream("survey-answer", self.plan.seed, ask.ask, one.population.name, person).random()
        option = min(int(np.searchsorted(one.upto, draw, side="right")), len(one.upto) - 1)
        shown = prompt.order.index(option)
        reply = prompt.labels[shown] if prompt.labels else prompt.options[shown]
        messages: tuple[Message, ...] = (*prompt.messages, ("assistant", reply))
        facts = {
            "population": one.population.name,
            "item": f"{ask.instrument}:{ask.question.id}",
            "wording": ask.framing.wording,
            "ask": ask.ask,
        }
        tags = Tags(ask.framing.language, one.population.place, "", "native", one.population.source.licence)
        return Document(
            self.keys.name,
            one.population.name,
            number + 1,
            spoken(messages),
            tags,
            messages,
            tuple(sorted(facts.items())),
        )


def chosen_questions(plan: SurveyPlan, instrument: Instrument, left: dict[str, str]) -> list[Question]:
    """The questions that a plan trains on; `left` is told why each of the others is not.

    Errors   BadStudy for an item that the instrument does not have
    """
    known = {one.id: one for one in instrument.questions}
    for item in (*plan.items, *plan.held_out):
        if item not in known:
            raise BadStudy(f"survey: {item!r} is not an item of {instrument.name}")
    made = []
    for item in plan.items or tuple(known):
        question = known[item]
        why = (
            "held out" if item in plan.held_out
            else "on rights, and no reason is given" if "rights" in question.tags and not plan.rights.strip()
            else f"of kind {question.kind}" if question.kind != "one"
            else ""
        )  # fmt: skip
        if why:
            left[item] = why
        else:
            made.append(question)
    return made


def asked_of(
    plan: SurveyPlan,
    instrument: Instrument,
    population: Population,
    questions: Sequence[Question],
    left: dict[str, str],
) -> list[Asked]:
    """Every question in every framing of a plan, beside the shares of one place's people; `left` as above."""
    asker, made = Asker(plan.seed), []
    for question in questions:
        answer = population.answer(question.id)
        if answer is None or answer.p is None or sum(answer.p) <= 0:
            left[question.id] = f"{population.name} has no shares of it"
            continue
        upto = np.cumsum(answer.p) / sum(answer.p)
        for framing in _framings(plan, population.place):
            made.append(Asked(asker.ask(instrument, question, framing), population, upto))
    return made


def _framings(plan: SurveyPlan, place: str) -> list[Framing]:
    own = plan.persona == "own"
    return [
        Framing(
            persona=place if own else "none",
            perspective="persona" if own else "self",
            language=language,
            wording=wording,
            order=order,
            labels=plan.labels,
            placement="user" if plan.placement == "user" else "system",
            decoding=Decoding(max_tokens=16).text,
            mode="generate",
        )
        for language in plan.languages
        for wording in plan.wordings
        for order in plan.orders
    ]
