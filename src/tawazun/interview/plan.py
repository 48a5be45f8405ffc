"""From a study to its asks: the product of its factors, in one order that depends on the study alone.

Factors that mean nothing for an instrument are not multiplied out: questions without options have no option order and
no labels, and an instrument with the tag `no-persona` (what a respondent knows, not what it would answer) is asked of
nobody played. Questions without options cannot be read out, so they are asked in the reply modes only.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from tawazun.cells import Ask, Asker, Framing, parse_decoding, parse_persona, perspective_fits, shots_text
from tawazun.cells.framing import Perspective
from tawazun.cells.layout import check_shots
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument, Question
from tawazun.study import AskKeys, Study, expand_personas

UNPLAYED = "no-persona"


@dataclass(frozen=True, slots=True)
class Size:
    """What a study costs: cells, prompts (sub-asks and samples counted), characters of prompt text.

    reply_tokens   tokens of all replies when each is as long as it may be; a read-out takes one
    """

    cells: int
    prompts: int
    characters: int
    reply_tokens: int

    @property
    def tokens(self) -> int:
        """A rough number of prompt tokens: a quarter of the UTF-8 bytes is usual for English, so characters / 4."""
        return self.characters // 4


@dataclass(frozen=True, slots=True)
class Plan:
    """Every ask of a study, made lazily.

    framings    per instrument, in order
    questions   per instrument, in order
    """

    study: Study
    instruments: tuple[Instrument, ...]
    framings: tuple[tuple[Framing, ...], ...]
    questions: tuple[tuple[Question, ...], ...]

    def __len__(self) -> int:
        """Number of asks."""
        found = 0
        for framings, questions in zip(self.framings, self.questions, strict=True):
            asked = {mode: len(own) for mode, own in self._asked(questions).items()}
            found += sum(asked[framing.mode] for framing in framings)
        return found

    def __iter__(self) -> Iterator[Ask]:
        """The asks: instrument, then framing, then question, so that a persona's prompts lie side by side."""
        asker = Asker(self.study.seed)
        for instrument, framings, questions in zip(self.instruments, self.framings, self.questions, strict=True):
            asked = self._asked(questions)
            for framing in framings:
                for question in asked[framing.mode]:
                    yield asker.ask(instrument, question, framing)

    def _asked(self, questions: Sequence[Question]) -> dict[str, list[Question]]:
        return {mode: [one for one in questions if fits(one, mode)] for mode in self.study.ask.modes}

    def size(self, part: Callable[[str], bool] = lambda ask: True) -> Size:
        """What the plan costs one respondent; of it only the asks of a `part`."""
        cells = prompts = characters = told = 0
        longest: dict[str, int] = {}
        for ask in self:
            if not part(ask.ask):
                continue
            made = ask.prompts
            decoding = ask.framing.decoding
            replies = 1 if ask.framing.mode == "logprob" else self.study.ask.samples
            if decoding not in longest:
                longest[decoding] = 1 if ask.framing.mode == "logprob" else _longest(decoding)
            cells += 1
            prompts += len(made) * replies
            told += len(made) * replies * longest[decoding]
            characters += replies * sum(len(text) for one in made for _, text in one.messages)
        return Size(cells, prompts, characters, told)


def _longest(decoding: str) -> int:
    """Most tokens of one reply, with the reasoning before it."""
    found = parse_decoding(decoding)
    return found.max_tokens + found.reasoning


def fits(question: Question, mode: str) -> bool:
    """Whether a question can be asked in a mode: a read-out needs options."""
    return mode != "logprob" or question.cells > 0


def make_plan(study: Study, instruments: Sequence[Instrument]) -> Plan:
    """The plan of a study over its instruments. Errors: BadStudy naming the key that asks for what is not there."""
    _check_items(study.ask.items, instruments)
    questions = tuple(_questions(study.ask, one) for one in instruments)
    _check_modes(study.ask, instruments, questions)
    pairs = zip(instruments, questions, strict=True)
    framings = tuple(tuple(_framings(study.ask, one, own)) if own else () for one, own in pairs)
    for one, own, asked in zip(instruments, questions, framings, strict=True):
        _check_shots(one, own, asked)
    plan = Plan(study, tuple(instruments), framings, questions)
    if len(plan) == 0:
        raise BadStudy("ask: nothing to ask (no persona fits a perspective, or no item is left)")
    return plan


def _questions(ask: AskKeys, instrument: Instrument) -> tuple[Question, ...]:
    worded = tuple(question for question in instrument.questions if question.wordings)
    if not ask.items:
        return worded
    named = [_named(item, instrument) for item in ask.items]
    return tuple(question for question in worded if question in named)


def _named(item: str, instrument: Instrument) -> Question | None:
    """The question that `ID`, an alias, or `INSTRUMENT:ID` means in an instrument."""
    name, _, own = item.rpartition(":")
    return instrument.question(own) if name in ("", instrument.name) else None


def _check_items(items: Sequence[str], instruments: Sequence[Instrument]) -> None:
    for item in items:
        if not any(_named(item, one) for one in instruments):
            names = ", ".join(one.name for one in instruments)
            raise BadStudy(f"ask.items: no item {item!r} in {names}; write the id, or INSTRUMENT:ID")


def _check_modes(ask: AskKeys, instruments: Sequence[Instrument], questions: Sequence[Sequence[Question]]) -> None:
    for one, own in zip(instruments, questions, strict=True):
        for question in own:
            if not any(fits(question, mode) for mode in ask.modes):
                raise BadStudy(
                    f"ask.mode: {one.name}:{question.id} is a question of kind {question.kind!r}, which has no options "
                    f"to read out; use sample or generate, or a list of modes with one of them"
                )


def _check_shots(instrument: Instrument, questions: Sequence[Question], framings: Sequence[Framing]) -> None:
    """Errors: BadStudy naming the topic that has fewer worked examples than a level shows."""
    levels = {(one.language, one.wording, one.context): one for one in framings}
    for one in levels.values():
        check_shots(instrument, questions, one)


def _framings(ask: AskKeys, instrument: Instrument, questions: Sequence[Question]) -> Iterator[Framing]:
    personas = ("none",) if UNPLAYED in instrument.tags else expand_personas(ask.personas)
    optioned = any(question.options for question in questions)
    orders, labels_of = (ask.orders, ask.labels) if optioned else (ask.orders[:1], ask.labels[:1])
    # a survey has no worked examples, so the factor means nothing for it
    counts = (ask.shots if isinstance(ask.shots, list) else [ask.shots]) if instrument.exam else [0]
    contexts = [shots_text(count) for count in counts]
    decodings = [(mode, decoding) for mode in ask.modes for decoding in ask.decodings(mode)]
    for persona, language in product(personas, ask.languages):
        who = parse_persona(persona)
        offered: Sequence[Perspective] = ("self",) if UNPLAYED in instrument.tags else ask.perspectives
        fitting = [p for p in offered if perspective_fits(who, p)]
        wordings = _wordings(ask, instrument, questions, language)
        levels = product(fitting, wordings, orders, labels_of, ask.placement, contexts, decodings)
        for perspective, wording, order, labels, placement, context, (mode, decoding) in levels:
            yield Framing(
                persona=persona,
                perspective=perspective,
                language=language,
                wording=wording,
                order=order,
                labels=labels,
                placement=placement,
                context=context,
                decoding=decoding,
                mode=mode,
            )


def _wordings(ask: AskKeys, instrument: Instrument, questions: Sequence[Question], language: str) -> tuple[str, ...]:
    have = instrument.wordings_of(questions, language)
    if not have:
        offered = ", ".join(instrument.languages) or "no language"
        raise BadStudy(f"ask.languages: {instrument.name} has no wording in {language!r}; it has {offered}")
    if ask.wordings == "all":
        return have
    if isinstance(ask.wordings, int):
        if not 1 <= ask.wordings <= len(have):
            raise BadStudy(f"ask.wordings: {instrument.name} has {len(have)} in {language!r}, not {ask.wordings}")
        return have[: ask.wordings]
    wanted = [ask.wordings] if isinstance(ask.wordings, str) else ask.wordings
    for name in wanted:
        if name not in have:
            raise BadStudy(f"ask.wordings: {instrument.name} has {', '.join(have)} in {language!r}, not {name!r}")
    return tuple(wanted)
