"""From question and framing to the messages a model sees, and back from sub-asks to one answer.

A `one` question is one prompt. In log-probability mode a `some` question is one yes/no prompt per option and a `pair`
question is one prompt for the first choice and one for the second choice after each possible first.
In reply modes every question is one prompt. Answers come back in canonical option order whatever was shown.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from tawazun.cells.frames import Frame, frame
from tawazun.cells.framing import Framing, shots_of
from tawazun.cells.labels import labels_for
from tawazun.cells.layout import Example, Layout, examples_of, layout_of
from tawazun.cells.orders import order_indices
from tawazun.cells.persona import Persona, parse_persona
from tawazun.errors import BadStudy
from tawazun.instruments import Descriptor, Instrument, Question, Wording
from tawazun.places import place


@dataclass(frozen=True, slots=True)
class Prompt:
    """What one forward pass or one call is about.

    messages  (role, text) pairs, role `system` or `user`
    labels    labels of the options in the order shown; empty for open prompts and options without labels
    options   option texts in the order shown
    order     canonical option index of each shown option
    cue       what precedes the answer where no chat template is used
    """

    messages: tuple[tuple[str, str], ...]
    labels: tuple[str, ...]
    options: tuple[str, ...]
    order: tuple[int, ...]
    cue: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A question as shown: texts in the order shown, with labels. Everything of it is part of the ask."""

    instrument: str
    question: Question
    wording: Wording
    labels: tuple[str, ...]
    order: tuple[int, ...]
    frame: Frame
    logprob: bool
    layout: Layout | None = None
    examples: tuple[Example, ...] = ()

    @property
    def options(self) -> tuple[str, ...]:
        """Option texts in the order shown."""
        return tuple(self.wording.options[i] for i in self.order)

    @property
    def identity(self) -> dict[str, object]:
        """What of the question enters the ask."""
        found: dict[str, object] = {
            "instrument": self.instrument,
            "question": self.question.id,
            "kind": self.question.kind,
            "stem": self.wording.stem,
            "options": list(self.options),
            "labels": list(self.labels),
            "order": list(self.order),
            "instruction": self.instruction,
            "sub_asks": self.logprob and self.question.kind in ("some", "pair"),
        }
        if self.layout is not None:
            found["layout"] = self.layout.identity
        if self.examples:
            found["examples"] = [asdict(one) for one in self.examples]
        return found

    @property
    def instruction(self) -> str:
        """The line under the options."""
        kind, texts = self.question.kind, self.frame
        if self.layout is not None:
            return self.layout.instruction
        if kind == "one" or (self.logprob and kind in ("some", "pair")):
            return texts.one
        if kind == "pair":
            return texts.both
        if kind == "some":
            return texts.several.format(pick=self.question.pick)
        if kind == "number":
            low, high = self.question.codes
            return texts.number.format(low=f"{low:g}", high=f"{high:g}")
        return texts.text


def shown(instrument: Instrument, question: Question, framing: Framing, study_seed: int) -> Shown:
    """Lay a question out under a framing. Errors: BadStudy when the language or wording has no text."""
    template = instrument.template(framing.language, framing.wording)
    wording = question.worded(framing.language, template.base if template else framing.wording)
    if wording is None:
        have = ", ".join(sorted({f"{w.language}/{w.id}" for w in question.wordings})) or "none"
        raise BadStudy(
            f"{instrument.name}:{question.id} has no text {framing.language}/{framing.wording}; it has: {have}"
        )
    count = len(wording.options)
    logprob = framing.mode == "logprob"
    two = logprob and question.kind == "some"
    order = order_indices(framing.order, count, study_seed, f"{instrument.name}:{question.id}")
    labels = labels_for(framing.labels, 2 if two else count) if count else ()
    texts = frame(framing.language)
    layout = layout_of(instrument, question, framing, texts)
    examples = examples_of(instrument, question, framing, study_seed)
    return Shown(instrument.name, question, wording, labels, order, texts, logprob, layout, examples)


def persona_text(framing: Framing, instrument: Instrument) -> str:
    """The sentence(s) that say who answers; empty for persona `none`.

    The descriptor goes with the wording: wording wN takes descriptor N, counted around.
    """
    persona = parse_persona(framing.persona)
    if persona.text == "none":
        return ""
    descriptor = _descriptor(framing, instrument)
    if not persona.place:
        return descriptor.human
    name = place(persona.place).called(framing.language)
    if name is None:
        raise BadStudy(f"personas: {persona.place} has no reviewed name in the language {framing.language!r}")
    text = descriptor.observer if framing.perspective == "observer" else descriptor.place
    return " ".join([text.format(place=name.name), *_attribute_sentences(persona, frame(framing.language))])


def _descriptor(framing: Framing, instrument: Instrument) -> Descriptor:
    own = [d for d in instrument.descriptors if d.language == framing.language]
    choice = own or list(frame(framing.language).descriptors)
    number = int("".join(c for c in framing.wording if c.isdigit()) or 1)
    return choice[(number - 1) % len(choice)]


def _attribute_sentences(persona: Persona, texts: Frame) -> list[str]:
    sentences = []
    for key, value in persona.attributes:
        template = texts.attributes.get(f"{key}={value}") or texts.attributes.get(key)
        if template is None:
            raise BadStudy(f"personas: {key}={value} has no sentence in the language {texts.language!r}")
        low, _, high = value.partition("-")
        sentences.append(template.format(low=low, high=high))
    return sentences


def prompts(view: Shown, framing: Framing, who: str) -> tuple[Prompt, ...]:
    """Every prompt that one cell needs, in the order that `combine` expects. `who` is `persona_text(...)`."""
    if view.logprob and view.question.kind == "some":
        return tuple(_yes_no(view, framing, who, option) for option in view.wording.options)
    if view.logprob and view.question.kind == "pair":
        firsts = range(len(view.order))
        return (_listed(view, framing, who), *(_second(view, framing, who, first) for first in firsts))
    return (_listed(view, framing, who),)


def combine(question: Question, parts: Sequence[tuple[np.ndarray, float]]) -> tuple[np.ndarray, float]:
    """One answer from the sub-asks of a cell.

    parts    per prompt: probabilities over its options in the prompt's canonical order, and the off-menu mass
    Returns  p in the question's canonical order, and off-menu mass
    """
    if question.kind == "some":
        return np.array([p[0] for p, _ in parts]), float(np.mean([off for _, off in parts]))
    if question.kind == "pair":
        (first, off), rest = parts[0], parts[1:]
        p = np.concatenate([first[i] * rest[i][0] for i in range(len(rest))])
        return p, off + float(sum(first[i] * rest[i][1] for i in range(len(rest))))
    return parts[0]


def _yes_no(view: Shown, framing: Framing, who: str, option: str) -> Prompt:
    order = (1, 0) if view.order and view.order[0] != 0 else (0, 1)
    texts = (view.frame.yes, view.frame.no)
    options = tuple(texts[i] for i in order)
    stem = f"{view.wording.stem}\n{view.frame.some.format(option=option)}"
    return _prompt(view, framing, who, stem, (options, order))


def _second(view: Shown, framing: Framing, who: str, first: int) -> Prompt:
    kept = [i for i in view.order if i != first]
    canonical = sorted(kept)
    order = tuple(canonical.index(i) for i in kept)
    stem = f"{view.wording.stem}\n{view.frame.second.format(first=view.wording.options[first])}"
    return _prompt(view, framing, who, stem, (tuple(view.wording.options[i] for i in kept), order))


def _listed(view: Shown, framing: Framing, who: str) -> Prompt:
    return _prompt(view, framing, who, view.wording.stem, (view.options, view.order))


def _prompt(
    view: Shown, framing: Framing, who: str, stem: str, layout: tuple[tuple[str, ...], tuple[int, ...]]
) -> Prompt:
    options, order = layout
    labels = view.labels[: len(options)]
    cue = view.frame.cue
    if view.layout is None:
        lines = [stem, *(f"{label}. {text}" for label, text in zip(labels, options, strict=True)), view.instruction]
        asked = "\n".join(lines)
    else:
        asked, cue = view.layout.asked(stem, options, labels, view.examples), view.layout.cue
    if framing.context and not shots_of(framing.context):
        asked = f"{framing.context}\n\n{asked}"
    if who and framing.placement == "system":
        messages: tuple[tuple[str, str], ...] = (("system", who), ("user", asked))
    else:
        messages = (("user", f"{who}\n{asked}" if who else asked),)
    return Prompt(messages, labels, options, order, cue)
