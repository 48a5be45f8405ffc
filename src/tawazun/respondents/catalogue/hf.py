"""Any local causal language model that the transformers library can load.

In `logprob` mode answers are exact probabilities read after the prompt (see `tawazun.respondents.reading`); in
`sample` and `generate` mode they are shares of replies.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tawazun.answers import Outcome
from tawazun.answers.thoughts import OPEN
from tawazun.atlas import model_folder
from tawazun.cells import STOP_AT_ANSWER, Ask, Decoding, parse_decoding
from tawazun.engine import Chat, LoadedModel, ModelChoice, Sampling, Thoughts, Until, generate, load_model, opened
from tawazun.engine.weights import config_digest, tokenizer_digest, weight_files, weights_digest
from tawazun.errors import BadStudy
from tawazun.respondents.reading import NOT_NUMBERS, Reader
from tawazun.respondents.records import Settings
from tawazun.respondents.replies import answered, layout_of, told
from tawazun.seeds import seed_for

PLANTED = "planted"
ASK_TOKENS = 64  # a typical prompt
UNSHARED = "this architecture cannot share what prompts have in common: each is computed by itself"


class HF:
    """A model of the transformers library, from a folder, a Hub repository, or the shipped `planted` one.

    batch   asks that take a few seconds at most, so that a run that is killed loses little
    reader  how its exact answers are read
    notes   what a reader of the run should know about how answers were read, one line each
    """

    portable = "gpu"
    modes: tuple[str, ...] = ("logprob", "sample", "generate")

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
        standing = self._model.standing
        self.reader = Reader(self._model, self._chat)
        self.notes = self.reader.notes
        if self._model.sharing == "none":
            self.notes.append(UNSHARED)
        if standing and standing.note:
            self.notes.append(standing.note)
        named = settings.model == PLANTED or self._model.facts["revision"]
        # other last bits are another respondent, or a stable run would be answered from what was kept of another
        stable = {"stable": "true"} if self._model.sharing == "alone" else {}
        self.identity: Mapping[str, str] = {
            "kind": "hf",
            "model": settings.model if named else "folder",
            **self._model.facts,
            **self._chat.facts,
            **stable,
        }

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> list[Outcome]:
        """One outcome per ask, in order."""
        exact = [i for i, ask in enumerate(asks) if ask.framing.mode == "logprob"]
        told = [i for i, ask in enumerate(asks) if ask.framing.mode != "logprob"]
        outcomes = dict(zip(exact, self.reader.read([asks[i] for i in exact]), strict=True))
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
        prompts = [self.reader.text(ask, ask.prompts[0], thinking=decoding.reasoning > 0) for ask in asks]
        tokens = self.reader.encode(prompts)
        context = self._model.context
        most = None if context is None else context - sampling.longest
        fits = [i for i, one in enumerate(tokens) if most is None or len(one) <= most]
        drawn = wanted if decoding.temperature > 0 else [(0,)] * len(asks)
        rows = [(i, k) for i in fits for k in drawn[i]]
        seeds = [seed_for(study_seed, asks[i].ask, k) for i, k in rows]
        untils = [until_of(asks[i], prompts[i], decoding) for i, _ in rows]
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


def until_of(ask: Ask, prompt: str, decoding: Decoding) -> Until | None:
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
