"""What a question, an index and an instrument are. Gold keys and scoring live in the instrument, never in the question.

Every kind of answer is read by one linear rule: `codes` holds one number per cell of the answer `p`, so that
value = sum(p * codes) / sum(p) for `one` and `pair`, and value = sum(p * codes) for `some`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Literal

from tawazun.errors import BadStudy
from tawazun.instruments.exams import Exam, Repair, Status, Template
from tawazun.source import Source

Kind = Literal["one", "some", "pair", "number", "text", "score"]


@dataclass(frozen=True, slots=True)
class Wording:
    """One text of a question in one language.

    id        `w1`, `w2` …; the same id in two languages is a translation pair, in other items the same style
    options   option texts in canonical order; empty for `number`, `text` and `score`
    """

    id: str
    language: str
    stem: str
    options: tuple[str, ...]
    author: str = "Tawazun"
    translator: str = ""
    native_reviewer: str = ""
    status: Status = "draft"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    id        unique inside its instrument
    kind      one | some | pair | number | text | score
    codes     one number per cell of `p` in canonical order: K for `one` and `some`, K(K-1) for `pair`
              (ordered pairs, see `pair_codes`); for `number` and `score` the two ends (lowest, highest) allowed
    ordinal   options are ordered, so that means and W1 make sense (`one` only)
    reverse   reverse-keyed against its scale
    pick      most options a respondent may name (`some` only)
    aliases   other ids that recorded files use (`1`, `q1`, `A008`), matched without case
    """

    id: str
    kind: Kind
    codes: tuple[float, ...]
    wordings: tuple[Wording, ...] = ()
    ordinal: bool = False
    reverse: bool = False
    pick: int = 1
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    title: str = ""

    def __post_init__(self) -> None:
        """Refuse a wording whose options do not fit the codes."""
        for wording in self.wordings:
            options = len(wording.options)
            need = {"one": options, "some": options, "pair": options * (options - 1)}.get(self.kind)
            if need is not None and need != len(self.codes):
                raise BadStudy(
                    f"question {self.id}: wording {wording.id}/{wording.language} has {options} options, "
                    f"which need {need} codes, not {len(self.codes)}"
                )

    @property
    def cells(self) -> int:
        """Length of the answer `p`; 0 for `number`, `text` and `score`."""
        return len(self.codes) if self.kind in ("one", "some", "pair") else 0

    @property
    def options(self) -> int:
        """Number of options shown."""
        if self.kind == "pair":
            return round((1 + (1 + 4 * len(self.codes)) ** 0.5) / 2)
        return self.cells

    def tagged(self, dimension: str) -> str:
        """The group of a question in a dimension, from its tag `dimension:group`; empty when it has none."""
        start = f"{dimension}:"
        return next((tag[len(start) :] for tag in self.tags if tag.startswith(start)), "")

    def worded(self, language: str, wording: str) -> Wording | None:
        """The wording in a language (`ar-EG` does not fall back to `ar`: dialects are their own texts), or None."""
        for one in self.wordings:
            if one.language == language and one.id == wording:
                return one
        return None


@dataclass(frozen=True, slots=True)
class Descriptor:
    """How a respondent is described before the question, in one language; part of a wording.

    human    a generic person: `You are an average human being.`
    place    a person of a place, with {place}: `You are an average person from {place}.`
    observer how the question is introduced when asked about others, with {place}
    """

    id: str
    language: str
    human: str
    place: str
    observer: str
    author: str = "Tawazun"
    status: Status = "draft"


@dataclass(frozen=True, slots=True)
class Index:
    """A linear index over item means: value = sum(coefficient * item mean) + constant.

    terms     item -> coefficient, in index points per code
    warning   what is known against reading it, printed with every value
    constant  the formula's own (8 where a seven-point scale is turned round); free constants belong to a study's policy
    """

    name: str
    terms: Mapping[str, float]
    title: str
    source: Source
    warning: str = ""
    constant: float = 0.0


@dataclass(frozen=True, slots=True)
class Projection:
    """A fixed two-dimensional map of item values: z = (x - centre) / scale; (z @ weights) * stretch + shift."""

    items: tuple[str, ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[tuple[float, float], ...]
    stretch: tuple[float, float]
    shift: tuple[float, float]
    axes: tuple[str, str]
    source: Source


@dataclass(frozen=True, slots=True)
class Instrument:
    """Questions with their scoring.

    not_for       what it may not be used for; printed with every result
    descriptors   own respondent descriptors; empty = the package's general ones
    exam          how it is scored when it is a benchmark; None for surveys
    gold          item -> code of its right option, of questions and examples; no respondent sees a question's
    references    item -> accepted answers of an open question -> weight (how many people gave it)
    examples      worked examples of the development split, shown as shots and never asked
    templates     layouts that are chosen as wordings, beside or instead of the items' own
    repairs       what the loader changed
    """

    name: str
    title: str
    questions: tuple[Question, ...]
    source: Source
    not_for: str
    indices: tuple[Index, ...] = ()
    projection: Projection | None = None
    descriptors: tuple[Descriptor, ...] = ()
    tags: tuple[str, ...] = ()
    exam: Exam | None = None
    gold: Mapping[str, float] = field(default_factory=dict)
    references: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    examples: tuple[Question, ...] = ()
    templates: tuple[Template, ...] = ()
    repairs: tuple[Repair, ...] = ()
    _by_id: dict[str, Question] = field(default_factory=dict, init=False, repr=False, compare=False)
    _by_name: dict[str, Question] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse doubled ids and formulas over items that do not exist."""
        for question in self.questions:
            if question.id in self._by_id:
                raise BadStudy(f"instrument {self.name}: item {question.id} stands twice")
            self._by_id[question.id] = question
            for name in (question.id, *question.aliases):
                self._by_name.setdefault(name.casefold(), question)
        for index in self.indices:
            for item in index.terms:
                if item not in self._by_id:
                    raise BadStudy(f"instrument {self.name}: index {index.name} names the unknown item {item}")
        for item in self.projection.items if self.projection else ():
            if item not in self._by_id:
                raise BadStudy(f"instrument {self.name}: the map names the unknown item {item}")
        known = {**{one.id: one for one in self.examples}, **self._by_id}
        if len(known) < len(self.examples) + len(self._by_id):
            raise BadStudy(f"instrument {self.name}: an item is both a worked example and a question, or stands twice")
        for item, code in self.gold.items():
            if item not in known or code not in known[item].codes:
                raise BadStudy(f"instrument {self.name}: gold names {item} = {code:g}, which is no option of an item")
        for item in self.references:
            if item not in known:
                raise BadStudy(f"instrument {self.name}: references name the unknown item {item}")

    def question(self, item: str) -> Question | None:
        """The question of an id or alias (without case), or None."""
        if item in self._by_id:
            return self._by_id[item]
        return self._by_name.get(item.strip().casefold())

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages in which every worded question has a text."""
        sets = [{w.language for w in q.wordings} for q in self.questions if q.wordings]
        return tuple(sorted(set.intersection(*sets))) if sets else ()

    def wording_ids(self, language: str) -> tuple[str, ...]:
        """Wordings in which every worded question can be asked in a language, templates first, in order."""
        return self.wordings_of([question for question in self.questions if question.wordings], language)

    def wordings_of(self, questions: Sequence[Question], language: str) -> tuple[str, ...]:
        """Wordings in which every one of these questions can be asked: templates, then texts of their own."""
        own = shared_wordings(questions, language)
        laid = [one.id for one in self.templates if one.language == language and one.base in own]
        return tuple(dict.fromkeys((*laid, *own)))

    def template(self, language: str, wording: str) -> Template | None:
        """The template of that name in a language, or None where a wording is a text of the item itself."""
        for one in self.templates:
            if one.language == language and one.id == wording:
                return one
        return None


def shared_wordings(questions: Sequence[Question], language: str) -> tuple[str, ...]:
    """Wordings that every one of these questions has in a language, in order (`w2` before `w10`)."""
    sets = [{w.id for w in question.wordings if w.language == language} for question in questions]
    return tuple(sorted(set.intersection(*sets), key=lambda w: (len(w), w))) if sets else ()


def pair_codes(options: int, code: Callable[[int, int], float]) -> tuple[float, ...]:
    """Codes of a `pair` question: one per ordered pair (first, second) of 0-based options, in lexical order."""
    return tuple(code(first, second) for first, second in permutations(range(options), 2))
