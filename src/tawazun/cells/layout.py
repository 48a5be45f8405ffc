"""How an item of a benchmark is laid out: its template, options without labels, and worked examples before it.

A survey's question under lettered options needs none of this and keeps the plain layout of `prompts`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice

from tawazun.cells.frames import Frame
from tawazun.cells.framing import Framing, at_most, shots_of
from tawazun.cells.labels import UNLABELLED, labels_for
from tawazun.cells.orders import order_indices
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument, Question, Template, Wording

PLAIN = Template("", "")
FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Example:
    """One worked example as shown: stem, options and labels in the order shown, and the right one's position."""

    stem: str
    options: tuple[str, ...]
    labels: tuple[str, ...]
    right: int


@dataclass(frozen=True, slots=True)
class Layout:
    """A template with everything filled in that is not the item's own text.

    hidden   options are not shown
    """

    text: str
    option: str
    instruction: str
    head: str
    answer: str
    cue: str
    hidden: bool

    @property
    def identity(self) -> Mapping[str, object]:
        """What of it enters the ask."""
        return asdict(self)

    def asked(self, stem: str, options: Sequence[str], labels: Sequence[str], examples: Sequence[Example] = ()) -> str:
        """The text of an item after its worked examples."""
        worked = [self._worked(one) for one in examples]
        blocks = [self.head, *worked, self._item(stem, options, labels)]
        return "\n\n".join(block for block in blocks if block)

    def _worked(self, one: Example) -> str:
        answer = one.labels[one.right] if one.labels else one.options[one.right]
        ending = _filled(self.answer, {"cue": self.cue, "answer": answer})
        return f"{self._item(one.stem, one.options, one.labels)}\n{ending}"

    def _item(self, stem: str, options: Sequence[str], labels: Sequence[str]) -> str:
        marks = labels or [""] * len(options)
        option = self.option if labels else "- {text}"
        menu = [_filled(option, {"label": mark, "text": text}) for mark, text in zip(marks, options, strict=True)]
        instruction = _filled(self.instruction, {"labels": _listed(labels)})
        parts = {"stem": stem, "options": "" if self.hidden else "\n".join(menu), "instruction": instruction}
        # a line whose only content is a part that is empty goes, and no other
        lines = [
            line
            for line in self.text.split("\n")
            if line.strip() not in {f"{{{k}}}" for k, v in parts.items() if not v}
        ]
        return _filled("\n".join(lines), parts)


def layout_of(instrument: Instrument, question: Question, framing: Framing, texts: Frame) -> Layout | None:
    """The layout of a question under a framing; None for the plain one.

    Errors   BadStudy when a template cannot be shown with these labels or read in this mode.
    """
    template = instrument.template(framing.language, framing.wording)
    unlabelled = framing.labels in UNLABELLED and question.options > 0
    if template is None and not unlabelled and not shots_of(framing.context):
        return None
    chosen = template or PLAIN
    if chosen.scripts and question.options and framing.labels not in chosen.scripts:
        raise BadStudy(
            f"labels: {instrument.name} lays {chosen.id!r} out with {', '.join(chosen.scripts)}, not {framing.labels!r}"
        )
    if chosen.reasons and framing.mode == "logprob":
        raise BadStudy(f"wordings: {instrument.name}/{chosen.id} reasons first, so it is asked in sample or generate")
    if unlabelled and question.kind != "one":
        raise BadStudy(
            f"labels: {question.id} is of kind {question.kind!r}, which needs labels, not {framing.labels!r}"
        )
    hidden = framing.labels == "cloze" or "{options}" not in chosen.text
    groups = _groups(question, framing.language)
    return Layout(
        text=chosen.text,
        option=chosen.option,
        instruction=_filled(_instruction(chosen, question, framing, texts), groups),
        head=_filled(chosen.head, groups),
        answer=chosen.answer,
        cue=texts.cue if chosen.cue is None else chosen.cue,
        hidden=hidden,
    )


def _groups(question: Question, language: str) -> dict[str, str]:
    """The dimensions of an item's tags; `NAME_ar` stands for `NAME` where the language is Arabic."""
    groups = {tag.partition(":")[0]: tag.partition(":")[2] for tag in question.tags if ":" in tag}
    ending = f"_{language.split('-')[0]}"
    own = {name.removesuffix(ending): text for name, text in groups.items() if name.endswith(ending)}
    return {name: text for name, text in {**groups, **own}.items() if name != "labels"}


def _instruction(chosen: Template, question: Question, framing: Framing, texts: Frame) -> str:
    if chosen.instruction is not None:
        return chosen.instruction
    if not question.options:
        return texts.text
    if chosen.reasons:
        return texts.reason
    return {"text": texts.exact, "cloze": ""}.get(framing.labels, texts.one)


def examples_of(instrument: Instrument, question: Question, framing: Framing, study_seed: int) -> tuple[Example, ...]:
    """The worked examples before a question: the first of its own topic that are not the question itself.

    Where the question stands among its topic's examples and one is short without it, the first of another topic comes
    after them, so that every prompt has as many as its level says. A level of `up to K` shows what its topic has, one
    at least, and takes nothing from another topic.

    Errors   BadStudy when the instrument has none, or fewer with a text in this wording than are asked for
    """
    count = shots_of(framing.context)
    if not count:
        return ()
    if not instrument.examples:
        raise BadStudy(f"shots: {instrument.name} has no development split to take worked examples from")
    topic, language, wording = _topic(instrument, question), framing.language, framing.wording
    asked = question.worded(language, _base(instrument, language, wording))
    own = _same(asked.stem) if asked else ""

    def others(here: bool) -> Iterator[tuple[Question, Wording]]:
        usable = _usable(instrument, language, wording, topic if here else "", apart="" if here else topic)
        return ((one, text) for one, text in usable if _same(text.stem) != own)

    found = list(islice(others(here=True), count))
    least = 1 if at_most(framing.context) else count
    if len(found) < least:
        _check_count(instrument, topic, least, sum(1 for _ in _usable(instrument, language, wording, topic)))
        if topic and least == count:
            found += islice(others(here=False), count - len(found))
    if len(found) < least:
        raise BadStudy(f"shots: {instrument.name} has {len(found)} worked examples beside {question.id}, not {least}")
    return tuple(_example(instrument, one, text, framing, study_seed) for one, text in found)


def check_shots(instrument: Instrument, questions: Sequence[Question], framing: Framing) -> None:
    """Every topic of some questions has as many worked examples as a framing shows. Errors: BadStudy naming one."""
    count = shots_of(framing.context)
    if not count:
        return
    if not instrument.examples:
        raise BadStudy(f"shots: {instrument.name} has no development split to take worked examples from")
    for topic in dict.fromkeys(_topic(instrument, question) for question in questions):
        there = sum(1 for _ in _usable(instrument, framing.language, framing.wording, topic))
        _check_count(instrument, topic, 1 if at_most(framing.context) else count, there)


def _check_count(instrument: Instrument, topic: str, count: int, there: int) -> None:
    if there < count:
        where = f" in the topic {topic}" if topic else ""
        more = f'; "up to {count}" shows what there is' if there else ""
        raise BadStudy(f"shots: {instrument.name} has {there} worked examples{where}, not {count}{more}")


def _topic(instrument: Instrument, question: Question) -> str:
    clusters = instrument.exam.clusters if instrument.exam else ""
    return question.tagged(clusters) if clusters else ""


def _base(instrument: Instrument, language: str, wording: str) -> str:
    template = instrument.template(language, wording)
    return template.base if template else wording


def _usable(
    instrument: Instrument, language: str, wording: str, topic: str = "", *, apart: str = ""
) -> Iterator[tuple[Question, Wording]]:
    """The worked examples with a key and a text in a wording: of a topic where one is given, not of the one `apart`."""
    base = _base(instrument, language, wording)
    for one in instrument.examples:
        here = _topic(instrument, one)
        if (topic and here != topic) or (apart and here == apart):
            continue
        text = one.worded(language, base)
        if text is not None and one.id in instrument.gold:
            yield one, text


def _example(instrument: Instrument, one: Question, text: Wording, framing: Framing, study_seed: int) -> Example:
    order = order_indices(framing.order, len(text.options), study_seed, f"{instrument.name}:{one.id}")
    right = order.index(one.codes.index(instrument.gold[one.id]))
    labels = labels_for(framing.labels, len(text.options))
    return Example(text.stem, tuple(text.options[i] for i in order), labels, right)


def _same(text: str) -> str:
    """What two texts share that differ in case, spacing and signs only."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(labels)


def _filled(text: str, parts: Mapping[str, str]) -> str:
    """The text with its fields filled in one pass, so that braces inside what is filled in stay as they are."""
    return FIELD.sub(lambda found: parts.get(found[1], found[0]), text)
