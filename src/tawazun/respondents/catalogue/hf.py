"""Any local causal language model that the transformers library can load.

In `logprob` mode answers are exact probabilities read after the prompt (see `tawazun.respondents.readout`); in
`sample` and `generate` mode they are shares of replies.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tawazun.answers import Outcome
from tawazun.answers.thoughts import OPEN
from tawazun.atlas import model_folder
from tawazun.cells import STOP_AT_ANSWER, UNLABELLED, Ask, Decoding, Prompt, combine, parse_decoding
from tawazun.engine import (
    MARK,
    Chat,
    LoadedModel,
    ModelChoice,
    Sampling,
    Thoughts,
    Until,
    generate,
    load_model,
    marked,
    opened,
    score_continuations,
    score_next,
)
from tawazun.engine.weights import config_digest, tokenizer_digest, weight_files, weights_digest
from tawazun.errors import BadStudy, RespondentFailed
from tawazun.respondents.readout import Readout, Tokens, canonical, label_readout, likelihoods, shares, text_readout
from tawazun.respondents.records import Settings
from tawazun.respondents.replies import answered, layout_of, told
from tawazun.seeds import seed_for

PLANTED = "planted"
ASK_TOKENS = 64  # a typical prompt
NOT_NUMBERS = "the model's logits are not numbers"
NOTES = {
    "token": "each label is one token, read at the last position",
    "label": "labels are not all single tokens: the probability that the reply begins with the label",
    "text": "labels cannot be told apart: option texts scored among themselves, mass outside the menu unknown",
}
UNSHARED = "this architecture cannot share what prompts have in common: each is computed by itself"
UNLABELLED_NOTE = "option texts scored among themselves, mass outside the menu unknown"


@dataclass(slots=True)
class _Part:
    """One prompt of an ask: its text and tokens, how it is read, and the scores of what was looked for."""

    prompt: Prompt
    text: str
    tokens: list[int]
    readout: Readout | None = None
    scores: np.ndarray | None = None


class HF:
    """A model of the transformers library, from a folder, a Hub repository, or the shipped `planted` one.

    batch   asks that take a few seconds at most, so that a run that is killed loses little
    notes   what a reader of the run should know about how answers were read, one line each
    """

    portable = "gpu"
    modes = ("logprob", "sample", "generate")

    def __init__(self, settings: Settings) -> None:
        """Loads the model. Errors: those of `load_model`; BadStudy for a missing model or an unknown option."""
        who = f"respondent {settings.name}"
        if not settings.model:
            raise BadStudy(f'{who}: kind "hf" needs model = a folder, a Hub name, or "planted"')
        if unknown := sorted(set(settings.options) - {"stable"}):
            raise BadStudy(f'{who}: kind "hf" takes the option stable, not {unknown[0]!r}')
        if not isinstance(settings.options.get("stable", False), bool):
            raise BadStudy(f"{who}: options.stable is true or false, not {settings.options['stable']!r}")
        self._model: LoadedModel = load_model(_choice(settings))
        self.batch = _batch(self._model)
        self._chat = Chat(self._model.tokenizer)
        self._standing = self._model.standing
        before = self._standing.tokens if self._standing and self._standing.position == "before" else ()
        opening = () if self._chat.facts["layout"] == "template" else self._model.opening
        self._opening = [*before, *opening]  # where PEFT puts virtual tokens: before the beginning of the text
        self._labels: dict[tuple[Tokens, tuple[str, ...]], Readout | None] = {}
        self.notes: list[str] = [UNSHARED] if self._model.sharing == "none" else []
        if self._standing and self._standing.note:
            self.notes.append(self._standing.note)
        named = settings.model == PLANTED or self._model.facts["revision"]
        self.identity: Mapping[str, str] = {
            "kind": "hf",
            "model": settings.model if named else "folder",
            **self._model.facts,
            **self._chat.facts,
        }

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> list[Outcome]:
        """One outcome per ask, in order."""
        exact = [i for i, ask in enumerate(asks) if ask.framing.mode == "logprob"]
        told = [i for i, ask in enumerate(asks) if ask.framing.mode != "logprob"]
        outcomes = dict(zip(exact, self._read([asks[i] for i in exact]), strict=True))
        outcomes.update(zip(told, self._replies([asks[i] for i in told], samples, study_seed), strict=True))
        return [outcomes[i] for i in range(len(asks))]

    @staticmethod
    def file_facts(settings: Settings) -> dict[str, str]:
        """Facts of the identity that the model's files decide, where they lie on this machine; nothing is loaded."""
        folder = Path(_choice(settings).path).expanduser()
        if not folder.is_dir():
            return {}
        weights = weights_digest(weight_files(folder))
        return {"weights": weights, "config": config_digest(folder), "tokenizer": tokenizer_digest(folder)}

    # ---- exact probabilities

    def _read(self, asks: Sequence[Ask]) -> list[Outcome]:
        laid = [self._parts(ask) for ask in asks]
        faults = [self._plan(ask, parts) for ask, parts in zip(asks, laid, strict=True)]
        self._score([part for parts, fault in zip(laid, faults, strict=True) if not fault for part in parts])
        return [
            Outcome(error=fault) if fault else self._outcome(ask, parts)
            for ask, parts, fault in zip(asks, laid, faults, strict=True)
        ]

    def _parts(self, ask: Ask) -> list[_Part]:
        prompts = ask.prompts if ask.question.cells else ()
        texts = [self._text(ask, prompt) for prompt in prompts]
        tokens = self._encode(texts)
        return [_Part(*one) for one in zip(prompts, texts, tokens, strict=True)]

    def _text(self, ask: Ask, prompt: Prompt, *, thinking: bool = False) -> str:
        """The text that a prompt is to the model, with the place of a soft prompt marked in it.

        thinking  it ends where a thought has been opened
        """
        if self._standing is None or self._standing.position == "before":
            return self._chat.text(prompt.messages, prompt.cue, thinking=thinking)
        with_user = ask.framing.placement == "user"
        messages = marked(prompt.messages, self._standing.position, with_user=with_user)
        text = self._chat.text(messages, prompt.cue, thinking=thinking)
        if text.count(MARK) != 1:
            raise RespondentFailed("the chat template has no single place for the adapter's virtual tokens")
        return text

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        return [[*self._opening, *ids] for ids in self._model.encode(texts)]

    def _plan(self, ask: Ask, parts: Sequence[_Part]) -> str:
        """Decide how each part is read; returns why the ask cannot be read, or nothing."""
        if not parts:
            return f"a question of kind {ask.question.kind!r} has no options to read: use mode sample or generate"
        for part in parts:
            part.readout = self._by_label(part)
        if any(part.readout is None for part in parts):
            for part in parts:
                part.readout = self._by_text(part)
        context = self._model.context
        for part in parts:
            if part.readout is None:
                return "neither labels nor option texts can be told apart by the model's tokeniser"
            most = len(part.tokens) + max(len(one) for one in part.readout.sequences) - 1
            if context is not None and most > context:
                return f"a prompt of {most} tokens is longer than the model's {context}"
            self._note(ask, part.readout.kind)
        return ""

    def _by_label(self, part: _Part) -> Readout | None:
        """The read-out of the labels, worked out once per distinct end of a prompt after its last added token."""
        added = self._model.added
        tokens = part.tokens
        start = next((at for at in range(len(tokens) - 1, 0, -1) if tokens[at] in added), 0)
        key = (tuple(tokens[start:]), part.prompt.labels)
        if start and key in self._labels:
            return self._labels[key]
        found = label_readout(self._encode, part.text, tokens, part.prompt.labels, chat=self._templated)
        if start:
            self._labels[key] = found
        return found

    def _by_text(self, part: _Part) -> Readout | None:
        return text_readout(self._encode, part.text, part.tokens, part.prompt.options, chat=self._templated)

    @property
    def _templated(self) -> bool:
        return self._chat.facts["layout"] == "template"

    def _note(self, ask: Ask, kind: str) -> None:
        note = NOTES[kind] if ask.framing.labels not in UNLABELLED else UNLABELLED_NOTE
        line = f"{ask.framing.labels} ({ask.framing.language}): {note}"
        if line not in self.notes:
            self.notes.append(line)

    def _score(self, parts: Sequence[_Part]) -> None:
        planned = [(part, part.readout) for part in parts if part.readout is not None]
        single = [(part, readout) for part, readout in planned if readout.kind == "token"]
        wanted = [[one[0] for one in readout.sequences] for _, readout in single]
        found = score_next(self._model, [part.tokens for part, _ in single], wanted)
        for (part, _), scores in zip(single, found, strict=True):
            part.scores = scores
        longer = [(part, readout) for part, readout in planned if readout.kind != "token"]
        starts = [part.tokens[: readout.keep] for part, readout in longer for _ in readout.sequences]
        ends = [one for _, readout in longer for one in readout.sequences]
        sums = score_continuations(self._model, starts, ends)
        at = 0
        for part, readout in longer:
            part.scores = sums[at : at + len(readout.sequences)]
            at += len(readout.sequences)

    def _outcome(self, ask: Ask, parts: Sequence[_Part]) -> Outcome:
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

    # ---- replies

    def replies(
        self, asks: Sequence[Ask], wanted: Sequence[Sequence[int]], study_seed: int
    ) -> list[tuple[str, ...] | Outcome]:
        """For each ask the texts of the wanted sample indices, in order, or an outcome that says what went wrong."""
        found: dict[int, tuple[str, ...] | Outcome] = {}
        for decoding in sorted({ask.framing.decoding for ask in asks}):
            chosen = [i for i, ask in enumerate(asks) if ask.framing.decoding == decoding]
            own, indices = [asks[i] for i in chosen], [wanted[i] for i in chosen]
            said = self._spoken(own, indices, parse_decoding(decoding), study_seed)
            found.update(zip(chosen, said, strict=True))
        return [found[i] for i in range(len(asks))]

    def _replies(self, asks: Sequence[Ask], samples: int, study_seed: int) -> list[Outcome]:
        said = self.replies(asks, [range(samples)] * len(asks), study_seed)
        pairs = zip(asks, said, strict=True)
        return [one if isinstance(one, Outcome) else told(ask, one) for ask, one in pairs]

    def _sampling(self, decoding: Decoding) -> Sampling:
        """How tokens are drawn. Errors: BadStudy when a model that cannot think is asked to."""
        thoughts = None
        if decoding.reasoning:
            if self._chat.thoughts is None:
                raise BadStudy(
                    f"ask.decoding: reasoning = {decoding.reasoning}, but the model's chat template knows no reasoning "
                    "passage: leave it out for this respondent"
                )
            close = self._chat.thoughts[1]
            thoughts = Thoughts(decoding.reasoning, close, tuple(self._model.encode([f"\n{close}\n\n"])[0]))
        return Sampling(decoding.max_tokens, decoding.temperature, decoding.top_p, thoughts)

    def _spoken(
        self, asks: Sequence[Ask], wanted: Sequence[Sequence[int]], decoding: Decoding, study_seed: int
    ) -> list[tuple[str, ...] | Outcome]:
        """Replies under one decoding; at temperature 0 one reply stands for all samples."""
        sampling = self._sampling(decoding)
        prompts = [self._text(ask, ask.prompts[0], thinking=decoding.reasoning > 0) for ask in asks]
        tokens = self._encode(prompts)
        context = self._model.context
        most = None if context is None else context - sampling.longest
        fits = [i for i, one in enumerate(tokens) if most is None or len(one) <= most]
        drawn = wanted if decoding.temperature > 0 else [(0,)] * len(asks)
        rows = [(i, k) for i in fits for k in drawn[i]]
        seeds = [seed_for(study_seed, asks[i].ask, k) for i, k in rows]
        untils = [_until(asks[i], prompts[i], decoding) for i, _ in rows]
        made = generate(self._model, [tokens[i] for i, _ in rows], sampling, seeds, untils)
        texts = dict(zip(rows, made, strict=True))
        found: list[tuple[str, ...] | Outcome] = [
            Outcome(error=f"a prompt of {len(one)} tokens and a reply of {sampling.longest} do not fit {context}")
            for one in tokens
        ]
        for i in fits:
            said = [texts[i, k if decoding.temperature > 0 else 0] for k in wanted[i]]
            whole = tuple(text for text in said if text is not None)
            found[i] = whole if len(whole) == len(said) else Outcome(error=NOT_NUMBERS)
        return found


def _until(ask: Ask, prompt: str, decoding: Decoding) -> Until | None:
    """What says that a reply may stop; None where it is to be written to its end."""
    if decoding.stop != STOP_AT_ANSWER or ask.question.kind not in ("one", "number", "score"):
        return None
    inside = OPEN if not decoding.reasoning and opened(prompt) else ""
    menu = layout_of(ask)
    return lambda said: answered(ask.question, menu, inside + said)


def _batch(model: LoadedModel) -> int:
    """Asks worth about ten seconds: two operations per parameter and token, at speeds most machines reach."""
    per_second = 2e10 if model.device.type == "cpu" else 1e14
    per_ask = 2.0 * ASK_TOKENS * sum(weights.numel() for weights in model.module.parameters())
    return int(min(512, max(16, 10 * per_second / per_ask)))


def _choice(settings: Settings) -> ModelChoice:
    model = settings.model
    if model == PLANTED:
        model = str(model_folder())
    return ModelChoice(
        path=_local(settings, model),
        revision=settings.revision,
        dtype=settings.dtype,
        device=settings.device,
        adapter=_local(settings, settings.adapter),
        remote_code=settings.remote_code,
        stable=bool(settings.options.get("stable", False)),
    )


def _local(settings: Settings, path: str) -> str:
    """A path seen from the study's folder when it is there, else as it was given."""
    here = settings.folder / path
    return str(here) if path and here.exists() else path


RESPONDENT = HF
