"""Any respondent, steered by words: it is asked in other words, and answers the study's own asks.

An ask of the study stays what it is, so paired tests join steered and plain respondents; what the model sees is the
ask as each voice restates it. One voice passes everything on, single replies included. Several are asked one by one,
`samples` replies each, and their answers averaged by weight: the answer of the mixture, not of an average person.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, cast

from tawazun.answers import Outcome
from tawazun.cells import Ask, restated, shots_of
from tawazun.cells.framing import Perspective
from tawazun.errors import BadStudy
from tawazun.respondents.records import Early, Partly, Recorded, Respondent, Settings
from tawazun.respondents.steering import FILE, Steering, Voice, listed, read_steering

UNPLAYED = ("none", "human")
Said = Sequence[str] | Partly | Outcome
T = TypeVar("T")
Voiced = tuple[tuple[float, Ask], ...]  # weight and restated ask of each voice


class Steered:
    """A respondent under a steering.

    batch   asks at once, so many that all voices together make one batch of the respondent's
    early   as the respondent's, where one voice speaks
    """

    early: Early | None

    def __init__(self, inner: Respondent, steering: Steering, label: str) -> None:
        """`label` names the respondent in errors."""
        self._inner, self._steering, self._label = inner, steering, label
        self.identity: Mapping[str, str] = {**inner.identity, "steering": steering.digest}
        self.batch = max(1, inner.batch // len(steering.voices))
        self.modes = inner.modes
        self.free = bool(getattr(inner, "free", False))
        self._left = 0
        self._alone = len(steering.voices) == 1
        if self._alone and hasattr(inner, "early"):
            self.early = None
        if self._alone and hasattr(inner, "replies"):
            self.replies = self._replies

    @property
    def notes(self) -> list[str]:
        """What the model saw, whence it came, and what the respondent itself notes."""
        steering = self._steering
        lines = [f"steered ({steering.kind}): {steering.title}", *_seen(steering)]
        lines += [f"steering: {line}" for line in (*steering.notes, *steering.sources)]
        if self._left:
            lines.append(f"last session: {self._left:,} asks that play somebody were left as they are")
        return [*lines, *getattr(self._inner, "notes", [])]

    @property
    def usage(self) -> dict[str, float]:
        """What the respondent's requests came to."""
        found: dict[str, float] = getattr(self._inner, "usage", {})
        return found

    @property
    def prices(self) -> object:
        """The respondent's prices, if it has any."""
        return getattr(self._inner, "prices", None)

    def rest(self) -> None:
        """Let go of what the respondent holds."""
        if rest := getattr(self._inner, "rest", None):
            rest()

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> Iterator[Outcome]:
        """One outcome per ask, in order; one that a voice has no words for says so."""
        voiced = [self._voiced(ask) for ask in asks]
        if self._alone:
            told = [one[0][1] for one in voiced if not isinstance(one, str)]
            self._listen(voiced)
            yield from _merged(voiced, self._inner.answer(told, samples, study_seed))
            return
        most = max((len(one) for one in voiced if not isinstance(one, str)), default=0)
        # voice by voice, so that what a voice says is computed once where a respondent shares beginnings
        at = [(i, v) for v in range(most) for i, one in enumerate(voiced) if not isinstance(one, str) and v < len(one)]
        told = [voiced[i][v][1] for i, v in at]  # type: ignore[misc]
        answered = dict(zip(at, self._inner.answer(told, samples, study_seed), strict=True)) if told else {}
        for i, one in enumerate(voiced):
            if isinstance(one, str):
                yield Outcome(error=one)
            else:
                yield average([(weight, answered[i, v]) for v, (weight, _) in enumerate(one)])

    def _replies(self, asks: Sequence[Ask], wanted: Sequence[Sequence[int]], study_seed: int) -> Iterator[Said]:
        voiced = [self._voiced(ask) for ask in asks]
        told = [one[0][1] for one in voiced if not isinstance(one, str)]
        own = [indices for one, indices in zip(voiced, wanted, strict=True) if not isinstance(one, str)]
        self._listen(voiced)
        yield from _merged(voiced, self._inner.replies(told, own, study_seed))  # type: ignore[attr-defined]

    def _listen(self, voiced: Sequence[Voiced | str]) -> None:
        """Pass on what comes before its turn."""
        early = getattr(self, "early", None)
        if hasattr(self._inner, "early"):
            at = [i for i, one in enumerate(voiced) if not isinstance(one, str)]
            self._inner.early = early and (lambda k, said: early(at[k], said))

    def _voiced(self, ask: Ask) -> Voiced | str:
        """The ask as each voice puts it, or why one cannot."""
        if self._steering.over == "nobody" and ask.framing.persona not in UNPLAYED:
            self._left += 1
            return ((1.0, ask),)
        made = [(voice.weight, voiced(ask, voice, self._steering.over)) for voice in self._steering.voices]
        if any(one is None for _, one in made):
            have = ", ".join(self._steering.languages)
            return f"{self._label}: the steering has no words in {ask.framing.language!r}; it has {have}"
        return tuple((weight, one) for weight, one in made if one is not None)


def voiced(ask: Ask, voice: Voice, over: str) -> Ask | None:
    """The ask as a voice puts it; None where the voice has no words in the ask's language."""
    framing = ask.framing
    sentence = voice.sentence(ask.instrument, framing.language, framing.wording)
    text = voice.before(framing.language)
    if sentence is None or text is None:
        return None
    played = framing.persona not in UNPLAYED
    # a persona takes the place of a generic descriptor; words over everybody stand before whoever is played
    stays = not sentence or (over == "everybody" and (played or not voice.persona))
    who = " ".join(one for one in (sentence, ask.who if stays else "") if one)
    given = "" if shots_of(framing.context) else framing.context  # worked examples stay in the layout
    context = "\n\n".join(one for one in (text, given) if one) or framing.context
    changed = replace(
        framing,
        persona=framing.persona if played or not voice.persona else voice.persona,
        perspective=framing.perspective if played or not voice.perspective else cast(Perspective, voice.perspective),
        context=context,
    )
    return restated(ask, changed, who)


def average(parts: Sequence[tuple[float, Outcome]]) -> Outcome:
    """The answer of a mixture: (weight, outcome) of each voice, weights summing to 1.

    Shares and losses are weighted means, and null where any voice's is. `n` is Kish's effective number of replies,
    1 / sum(w^2 / n); the spread of a value is that of the mixture. Replies are not kept: as a list they would not be
    in proportion. One voice that failed fails the mixture, as the rest would be another one.
    """
    if len(parts) == 1:
        return parts[0][1]
    if broken := next((one.error for _, one in parts if one.error is not None), None):
        return Outcome(error=f"one of {len(parts)} voices: {broken}")
    weights = [weight for weight, _ in parts]
    value = _mean(weights, [one.value for _, one in parts])
    ns = [one.n for _, one in parts]
    return Outcome(
        p=_means(weights, [one.p for _, one in parts]),
        off_menu=_mean(weights, [one.off_menu for _, one in parts]),
        refused=_mean(weights, [one.refused for _, one in parts]),
        unread=_mean(weights, [one.unread for _, one in parts]),
        n=None if None in ns or 0 in ns else 1 / sum(w * w / n for w, n in zip(weights, ns, strict=True) if n),
        value=value,
        sd=_spread(weights, [one.value for _, one in parts], [one.sd for _, one in parts]),
        loglik=_likelihoods(weights, [one.loglik for _, one in parts]),
    )


def _mean(weights: Sequence[float], values: Sequence[float | None]) -> float | None:
    if any(one is None for one in values):
        return None
    return math.fsum(w * one for w, one in zip(weights, values, strict=True) if one is not None)


def _means(weights: Sequence[float], rows: Sequence[tuple[float, ...] | None]) -> tuple[float, ...] | None:
    known = [row for row in rows if row is not None]
    if len(known) < len(rows):
        return None
    return tuple(math.fsum(w * one for w, one in zip(weights, cell, strict=True)) for cell in zip(*known, strict=True))


def _spread(weights: Sequence[float], values: Sequence[float | None], spreads: Sequence[float | None]) -> float | None:
    """Standard deviation of a mixture: mean square about each voice's mean, and of the means about theirs."""
    mean = _mean(weights, values)
    inside = _mean(weights, [None if one is None else one * one for one in spreads])
    if mean is None or inside is None:
        return None
    between = _mean(weights, [None if one is None else (one - mean) ** 2 for one in values])
    return math.sqrt(inside + (between or 0.0))


def _likelihoods(weights: Sequence[float], rows: Sequence[tuple[float, ...] | None]) -> tuple[float, ...] | None:
    """Log of the weighted mean likelihood of each option."""
    known = [row for row in rows if row is not None]
    if len(known) < len(rows):
        return None
    found = []
    for cell in zip(*known, strict=True):
        top = max(cell)
        inside = (
            math.fsum(w * math.exp(one - top) for w, one in zip(weights, cell, strict=True)) if top > -math.inf else 0
        )
        found.append(top + math.log(inside) if inside else -math.inf)
    return tuple(found)


def _merged(voiced: Sequence[Voiced | str], answered: Iterable[T]) -> Iterator[T | Outcome]:
    """What was answered, with a fault in the place of each ask that could not be put."""
    rest = iter(answered)
    for one in voiced:
        if isinstance(one, str):
            yield Outcome(error=one)
        elif (said := next(rest, None)) is not None:
            yield said
        else:
            return
    next(rest, None)  # a respondent says why it stops after its last outcome


def _seen(steering: Steering) -> list[str]:
    """One line per language with what stands in a prompt; of many voices the first few."""
    lines = []
    for number, voice in enumerate(steering.voices[:3], start=1):
        which = (
            f" voice {number} of {len(steering.voices)}, weight {voice.weight:.3g}" if len(steering.voices) > 1 else ""
        )
        lines += [f"steering,{which} {language}: {listed(says)}" for language, says in voice.says.items()]
        for language, text in voice.context.items():
            short = " ".join(text.split())
            shown = short if len(short) <= 300 else f"{short[:300]}…"
            lines.append(f"steering,{which} {language}, before the question ({len(text)} characters): “{shown}”")
    return lines


def find_steering(settings: Settings) -> Path | None:
    """The folder of a respondent's steering, or None where its `adapter` is none or another kind's.

    Errors   BadStudy where the kind takes no other adapter and there is no steering
    """
    if not settings.adapter:
        return None
    here = settings.folder / settings.adapter
    folder = here if here.exists() else Path(settings.adapter).expanduser()
    if (folder / FILE).is_file():
        return folder
    if settings.kind != "hf":
        raise BadStudy(
            f"respondent {settings.name}: {settings.adapter!r} has no {FILE}, and kind {settings.kind!r} takes no "
            "other adapter"
        )
    return None


def steered(made: Respondent | Recorded, folder: Path, settings: Settings) -> Respondent:
    """A respondent under the steering of a folder. Errors: BadStudy for answers that are there already; BadFile."""
    if not isinstance(made, Respondent):
        raise BadStudy(f"respondent {settings.name}: kind {settings.kind!r} was answered before; nothing can steer it")
    return Steered(made, read_steering(folder), settings.name)
