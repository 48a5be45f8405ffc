"""Exact answers of a local model: an ask becomes prompts, tokens and a read-out; scores become an outcome.

Used by the `hf` respondent, and wherever the same asks are put to one model again and again (a search over soft
prompts): what depends on the asks alone is worked out once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tawazun.answers import Outcome
from tawazun.cells import UNLABELLED, Ask, Prompt, combine
from tawazun.engine import MARK, Chat, LoadedModel, marked, score_continuations, score_next
from tawazun.errors import RespondentFailed
from tawazun.respondents.readout import Readout, Tokens, canonical, label_readout, likelihoods, shares, text_readout

NOT_NUMBERS = "the model's logits are not numbers"
NOTES = {
    "token": "each label is one token, read at the last position",
    "label": "labels are not all single tokens: the probability that the reply begins with the label",
    "text": "labels cannot be told apart: option texts scored among themselves, mass outside the menu unknown",
}
UNLABELLED_NOTE = "option texts scored among themselves, mass outside the menu unknown"


@dataclass(slots=True)
class Part:
    """One prompt of an ask: its text and tokens, how it is read, and the scores of what was looked for."""

    prompt: Prompt
    text: str
    tokens: list[int]
    readout: Readout | None = None
    scores: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Laid:
    """An ask laid out for one model: its prompts, each with its read-out, or why it cannot be read."""

    ask: Ask
    parts: list[Part]
    fault: str


class Reader:
    """One model and its chat layout.

    notes   what a reader of the run should know about how answers were read, one line each
    """

    def __init__(self, model: LoadedModel, chat: Chat) -> None:
        """A soft prompt that stands in the model's prompts is put in its place."""
        self.model, self.chat = model, chat
        self._standing = model.standing
        before = self._standing.tokens if self._standing and self._standing.position == "before" else ()
        opening = () if self._templated else model.opening
        self._opening = [*before, *opening]  # where PEFT puts virtual tokens: before the beginning of the text
        self._labels: dict[tuple[Tokens, tuple[str, ...]], Readout | None] = {}
        self.notes: list[str] = []

    def read(self, asks: Sequence[Ask]) -> list[Outcome]:
        """One outcome per ask, in order."""
        laid = self.laid(asks)
        self.score([part for one in laid if not one.fault for part in one.parts])
        return [Outcome(error=one.fault) if one.fault else outcome(one.ask, one.parts) for one in laid]

    def laid(self, asks: Sequence[Ask]) -> list[Laid]:
        """The asks with their tokens and read-outs; nothing goes through the model."""
        found = []
        for ask in asks:
            prompts = ask.prompts if ask.question.cells else ()
            texts = [self.text(ask, prompt) for prompt in prompts]
            parts = [Part(*one) for one in zip(prompts, texts, self.encode(texts), strict=True)]
            found.append(Laid(ask, parts, self._plan(ask, parts)))
        return found

    def score(self, parts: Sequence[Part]) -> None:
        """Fill in the scores of parts that have a read-out."""
        planned = [(part, part.readout) for part in parts if part.readout is not None]
        single = [(part, readout) for part, readout in planned if readout.kind == "token"]
        wanted = [[one[0] for one in readout.sequences] for _, readout in single]
        found = score_next(self.model, [part.tokens for part, _ in single], wanted)
        for (part, _), scores in zip(single, found, strict=True):
            part.scores = scores
        longer = [(part, readout) for part, readout in planned if readout.kind != "token"]
        starts = [part.tokens[: readout.keep] for part, readout in longer for _ in readout.sequences]
        ends = [one for _, readout in longer for one in readout.sequences]
        sums = score_continuations(self.model, starts, ends)
        at = 0
        for part, readout in longer:
            part.scores = sums[at : at + len(readout.sequences)]
            at += len(readout.sequences)

    def text(self, ask: Ask, prompt: Prompt, *, thinking: bool = False) -> str:
        """The text that a prompt is to the model, with the place of a soft prompt marked in it.

        thinking  it ends where a thought has been opened
        """
        if self._standing is None or self._standing.position == "before":
            return self.chat.text(prompt.messages, prompt.cue, thinking=thinking)
        with_user = ask.framing.placement == "user"
        messages = marked(prompt.messages, self._standing.position, with_user=with_user)
        text = self.chat.text(messages, prompt.cue, thinking=thinking)
        if text.count(MARK) != 1:
            raise RespondentFailed("the chat template has no single place for the adapter's virtual tokens")
        return text

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Tokens of whole prompts, with what always stands before them."""
        return [[*self._opening, *ids] for ids in self.model.encode(texts)]

    def _plan(self, ask: Ask, parts: Sequence[Part]) -> str:
        """Decide how each part is read; returns why the ask cannot be read, or nothing."""
        if not parts:
            return f"a question of kind {ask.question.kind!r} has no options to read: use mode sample or generate"
        for part in parts:
            part.readout = self._by_label(part)
        if any(part.readout is None for part in parts):
            for part in parts:
                part.readout = self._by_text(part)
        context = self.model.context
        for part in parts:
            if part.readout is None:
                return "neither labels nor option texts can be told apart by the model's tokeniser"
            most = len(part.tokens) + max(len(one) for one in part.readout.sequences) - 1
            if context is not None and most > context:
                return f"a prompt of {most} tokens is longer than the model's {context}"
            self._note(ask, part.readout.kind)
        return ""

    def _by_label(self, part: Part) -> Readout | None:
        """The read-out of the labels, worked out once per distinct end of a prompt after its last added token."""
        added = self.model.added
        tokens = part.tokens
        start = next((at for at in range(len(tokens) - 1, 0, -1) if tokens[at] in added), 0)
        key = (tuple(tokens[start:]), part.prompt.labels)
        if start and key in self._labels:
            kept = self._labels[key]
            # a label follows the whole prompt, and prompts that end alike differ in length
            return kept and replace(kept, keep=len(tokens))
        found = label_readout(self.encode, part.text, tokens, part.prompt.labels, chat=self._templated)
        if start:
            self._labels[key] = found
        return found

    def _by_text(self, part: Part) -> Readout | None:
        return text_readout(self.encode, part.text, part.tokens, part.prompt.options, chat=self._templated)

    @property
    def _templated(self) -> bool:
        return self.chat.facts["layout"] == "template"

    def _note(self, ask: Ask, kind: str) -> None:
        note = NOTES[kind] if ask.framing.labels not in UNLABELLED else UNLABELLED_NOTE
        line = f"{ask.framing.labels} ({ask.framing.language}): {note}"
        if line not in self.notes:
            self.notes.append(line)


def outcome(ask: Ask, parts: Sequence[Part]) -> Outcome:
    """What the scores of an ask's parts come to."""
    read: list[tuple[np.ndarray, float | None]] = []
    for part in parts:
        if part.readout is None or part.scores is None or np.isnan(part.scores).any():
            return Outcome(error=NOT_NUMBERS)
        p, off = shares(part.readout, part.scores, len(part.prompt.options))
        read.append((canonical(p, part.prompt.order), off))
    p, off = combine(ask.question, [(p, off or 0.0) for p, off in read])
    unknown = any(one is None for _, one in read)
    loglik = None
    if ask.question.kind == "one" and parts[0].readout is not None and parts[0].scores is not None:
        loglik = tuple(likelihoods(parts[0].readout, parts[0].scores, parts[0].prompt.order).tolist())
    return Outcome(p=tuple(p.tolist()), off_menu=None if unknown else float(off), loglik=loglik)
