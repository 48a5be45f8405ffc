"""Gates judge the measurement, never the finding: a closed gate marks or withholds, and says which and why."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context
from tawazun.measures.cube import Cube
from tawazun.measures.exams import prompt_kinds
from tawazun.measures.mismatch import excess_by_readout
from tawazun.measures.replies import valid_replies
from tawazun.study import GateKeys

# rows that describe the measurement itself stay readable whatever the gates say
QUALITY = frozenset(
    {
        "allowed_mass",
        "refusal_rate",
        "refusal_bounds",
        "unread_rate",
        "order_effect",
        "label_effect",
        "decoding_effect",
        "mismatch_rate",
        "generalisability",
        "acquiescence",
        "central_tendency",
    }
)

# share of items below the mass gate from which the whole is not read either
WEAK_ITEMS = 0.05

# rankings of places leave out personas with attributes and nobody in particular
BY_PERSONA = "places by persona"

# respondent, instrument, persona, perspective, language, mode, setting
Key = tuple[str, str, str, str, str, str, str]


@dataclass(frozen=True)
class Closed:
    """The gates that are closed for one subject, as sentences.

    items    items that cannot be read on their own although the whole may be -> why
    prompts  of a benchmark asked under several prompts, those that cannot be read, as they stand in a facet -> why
    """

    reasons: tuple[str, ...]
    items: Mapping[str, str] = field(default_factory=dict)
    prompts: Mapping[str, str] = field(default_factory=dict)


def closed_gates(context: Context, gates: GateKeys) -> dict[Key, Closed]:
    """Subject -> closed gates; subjects with none are absent."""
    found: dict[Key, Closed] = {}
    for name, made in context.cubes.items():
        mismatch = excess_by_readout(context, made)
        for s, subject in enumerate(made.subjects):
            prompts = _prompts(made, s, gates)
            mass = tuple(prompts.values())[:1] if len(prompts) == _asked_prompts(made, s) else ()
            reasons = (*mass, *_reasons(made, s, gates), *_mismatched(mismatch.get(s), gates))
            weak = _weak_items(made, s, gates)
            if reasons or weak or prompts:
                who = (subject.respondent, name, subject.persona, subject.perspective, subject.language)
                found[(*who, subject.mode, subject.setting)] = Closed(reasons, weak, prompts)
    return found


def _prompts(made: Cube, subject: int, gates: GateKeys) -> dict[str, str]:
    """Prompts whose options hold too little of the probability -> why; a survey is one prompt in many framings.

    A benchmark's score under one prompt is not to be closed by what another prompt did to the same model.
    """
    if made.instrument.exam is None:
        whole = _massless(made.off_menu[subject], gates)
        return {"": whole} if whole else {}
    found = {
        f"prompt={kind.words}": _massless(made.off_menu[subject, at], gates) for kind, at in prompt_kinds(made, subject)
    }
    return {prompt: why for prompt, why in found.items() if why}


def _asked_prompts(made: Cube, subject: int) -> int:
    return 1 if made.instrument.exam is None else len(prompt_kinds(made, subject))


def _massless(off: np.ndarray, gates: GateKeys) -> str:
    """Why read-outs with so much probability outside the menu are not read; off: (F, Q). Empty when they are."""
    mass = _mean(1 - off)
    if mass is not None and mass < gates.allowed_mass:
        return f"allowed mass {mass:.3f} is below the gate {gates.allowed_mass:g}"
    each = _item_mass(off)
    count, weak = int(np.isfinite(each).sum()), int((each < gates.allowed_mass).sum())
    if count and weak / count > WEAK_ITEMS:
        return f"{weak} of {count} items have an allowed mass below the gate {gates.allowed_mass:g}"
    return ""


def _item_mass(off: np.ndarray) -> np.ndarray:
    """(Q,) mean probability inside the menu, NaN where none was observed; off: (F, Q)."""
    there = ~np.isnan(off)
    counts = there.sum(axis=0)
    outside = np.divide(
        np.where(there, off, 0.0).sum(axis=0), counts, out=np.full(len(counts), np.nan), where=counts > 0
    )
    return np.asarray(1 - outside)


def _reasons(made: Cube, subject: int, gates: GateKeys) -> Iterable[str]:
    for array, rate, limit in (
        (made.refused, "refusal rate", gates.refusal_rate),
        (made.unread, "unread rate", gates.unread_rate),
    ):
        mean = _mean(array[subject])
        if mean is not None and mean > limit:
            yield f"{rate} {mean:.3f} is above the gate {limit:g}"
    framings = int(_answered(made, subject).any(axis=-1).sum())
    if framings < gates.framings:
        yield f"{framings} framing(s), the gate asks for {gates.framings}"
    replies = valid_replies(made)[subject]
    # an item of which nobody recorded replies (a ready value, or none of this subject's) is not one without replies
    uncounted = np.isnan(replies).all(axis=0)
    counted = np.where(uncounted, np.nan, np.nansum(replies, axis=0))
    if made.instrument.exam is not None:
        # an item of a benchmark that nobody answered is marked wrong, and counted by the refusal and unread rates
        counted = np.where(counted == 0, np.nan, counted)
    fewest = float(np.nanmin(counted)) if np.isfinite(counted).any() else np.inf
    if fewest < gates.replies:
        yield f"an item has {fewest:g} readable replies, the gate asks for {gates.replies}"


def _answered(made: Cube, subject: int) -> np.ndarray:
    """(F, Q) cells with an answer; of an open question that is a reply, which has no value."""
    there = ~np.isnan(made.value[subject])
    opened = np.array([question.kind == "text" for question in made.questions], dtype=bool)
    if made.texts is not None and opened.any():
        there |= opened & np.vectorize(bool, otypes=[bool])(made.texts[subject])
    elif opened.any():
        there |= opened & (made.refused[subject] + made.unread[subject] < 1)
    return np.asarray(there)


def _weak_items(made: Cube, subject: int, gates: GateKeys) -> dict[str, str]:
    """Items whose options hold too little of the probability: what is left of it would be read as an answer."""
    mass = _item_mass(made.off_menu[subject])
    weak = np.flatnonzero(mass < gates.allowed_mass)
    return {
        made.questions[q].id: f"allowed mass {mass[q]:.2g} of this item is below the gate {gates.allowed_mass:g}"
        for q in weak
    }


def _mismatched(rates: tuple[float, float] | None, gates: GateKeys) -> tuple[str, ...]:
    """A read-out that the replies do not bear out is not to be read; the replies themselves stand."""
    rate, chance = rates or (0.0, 0.0)
    if rate - chance <= gates.mismatch_rate:
        return ()
    return (
        f"mismatch rate {rate:.3f} is more than the gate {gates.mismatch_rate:g} above {chance:.3f}, which sampling "
        f"alone would give: read the replies instead of the read-out",
    )


def _mean(array: np.ndarray) -> float | None:
    return None if np.isnan(array).all() else float(np.nanmean(array))


def apply_gates(
    estimates: Sequence[Estimate], closed: dict[Key, Closed], gates: GateKeys, withheld: Callable[[str], bool]
) -> list[Estimate]:
    """Estimates with closed gates marked. A ranking (`withheld`) loses its value when any of its subjects is closed."""
    found: dict[tuple[str, ...], list[tuple[Key, Closed]]] = {}
    for key, gate in closed.items():
        for persona in (key[2], ""):
            found.setdefault((*key[:2], persona), []).append((key, gate))
    near = [found.get((one.respondent, one.instrument, one.persona), []) for one in estimates]
    return [_gated(one, gates_of, gates, withheld) for one, gates_of in zip(estimates, near, strict=True)]


def _gated(
    one: Estimate, closed: Sequence[tuple[Key, Closed]], gates: GateKeys, withheld: Callable[[str], bool]
) -> Estimate:
    if one.measure in QUALITY or one.respondent.startswith(("floor:", "ceiling:")):
        return one
    covering = [(key, gate) for key, gate in closed if _covers(one, key)]
    stopped = [(key, gate) for key, gate in covering if gate.reasons]
    if withheld(one.measure):
        if stopped:
            key, gate = stopped[0]
            blank = replace(one, value=None, low=None, high=None, level=None, p=None, interpretable=False)
            return blank.because(f"withheld: {key[2] or key[4]}: {gate.reasons[0]}")
        return one
    reasons = stopped[0][1].reasons if stopped else ()
    named = [part for part in one.facet.split(";") if part.startswith("prompt=")]
    if named and not reasons:
        reasons = tuple(gate.prompts[named[0]] for _, gate in covering if named[0] in gate.prompts)[:1]
    if one.item and not reasons:
        reasons = tuple(gate.items[one.item] for _, gate in covering if one.item in gate.items)[:1]
    wide = _too_wide(one, gates)
    if reasons or wide:
        return replace(one, interpretable=False).because("not interpretable: " + "; ".join((*reasons, *wide)))
    return one


def _covers(one: Estimate, key: Key) -> bool:
    """Whether a subject is (one of) those behind an estimate; what an estimate leaves empty it was made over."""
    _, _, persona, perspective, language, mode, setting = key
    if BY_PERSONA in one.facet and ("?" in persona or persona in ("none", "human")):
        return False
    own = (one.persona, one.perspective, one.language, one.mode)
    if any(part and part != theirs for part, theirs in zip(own, (persona, perspective, language, mode), strict=True)):
        return False
    named = [part.removeprefix("decoding=") for part in one.facet.split(";") if part.startswith("decoding=")]
    return not named or setting in named


def _too_wide(one: Estimate, gates: GateKeys) -> tuple[str, ...]:
    if gates.half_width is None or one.low is None or one.high is None or one.item:
        return ()
    half = (one.high - one.low) / 2
    if half <= gates.half_width:
        return ()
    return (f"interval half-width {half:.3g} is above the smallest effect of interest {gates.half_width:g}",)
