"""Gates judge the measurement, never the finding: a closed gate marks or withholds, and says which and why."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context
from tawazun.measures.cube import Cube
from tawazun.measures.replies import valid_replies
from tawazun.study import GateKeys

# rows that describe the measurement itself stay readable whatever the gates say
QUALITY = frozenset({"allowed_mass", "refusal_rate", "unread_rate", "order_effect", "mismatch_rate"})

Key = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Closed:
    """The gates that are closed for one subject, as sentences."""

    reasons: tuple[str, ...]


def closed_gates(context: Context, gates: GateKeys) -> dict[Key, Closed]:
    """(respondent, instrument, persona, perspective, language) -> closed gates; subjects with none are absent."""
    found: dict[Key, Closed] = {}
    for name, made in context.cubes.items():
        for s, subject in enumerate(made.subjects):
            reasons = tuple(_reasons(made, s, gates))
            if reasons:
                key = (subject.respondent, name, subject.persona, subject.perspective, subject.language)
                found[key] = Closed(reasons)
    return found


def _reasons(made: Cube, subject: int, gates: GateKeys) -> Iterable[str]:
    mass = _mean(1 - made.off_menu[subject])
    if mass is not None and mass < gates.allowed_mass:
        yield f"allowed mass {mass:.3f} is below the gate {gates.allowed_mass:g}"
    for array, rate, limit in (
        (made.refused, "refusal rate", gates.refusal_rate),
        (made.unread, "unread rate", gates.unread_rate),
    ):
        mean = _mean(array[subject])
        if mean is not None and mean > limit:
            yield f"{rate} {mean:.3f} is above the gate {limit:g}"
    framings = int((~np.isnan(made.value[subject])).any(axis=-1).sum())
    if framings < gates.framings:
        yield f"{framings} framing(s), the gate asks for {gates.framings}"
    replies = valid_replies(made)[subject]
    fewest = float(np.nanmin(np.nansum(replies, axis=0))) if np.isfinite(replies).any() else np.inf
    if fewest < gates.replies:
        yield f"an item has {fewest:g} readable replies, the gate asks for {gates.replies}"


def _mean(array: np.ndarray) -> float | None:
    return None if np.isnan(array).all() else float(np.nanmean(array))


def apply_gates(
    estimates: Sequence[Estimate], closed: dict[Key, Closed], gates: GateKeys, withheld: Callable[[str], bool]
) -> list[Estimate]:
    """Estimates with closed gates marked. A ranking (`withheld`) loses its value when any of its subjects is closed."""
    return [_gated(one, closed, gates, withheld) for one in estimates]


def _gated(one: Estimate, closed: dict[Key, Closed], gates: GateKeys, withheld: Callable[[str], bool]) -> Estimate:
    if one.measure in QUALITY or one.respondent.startswith(("floor:", "ceiling:")):
        return one
    if withheld(one.measure):
        stopped = _of_ranking(one, closed)
        if stopped:
            blank = replace(one, value=None, low=None, high=None, level=None, p=None, interpretable=False)
            return blank.because(f"withheld: {stopped[0]}")
        return one
    key = (one.respondent, one.instrument, one.persona, one.perspective, one.language)
    reasons = closed[key].reasons if key in closed else ()
    wide = _too_wide(one, gates)
    if reasons or wide:
        return replace(one, interpretable=False).because("not interpretable: " + "; ".join((*reasons, *wide)))
    return one


def _of_ranking(one: Estimate, closed: dict[Key, Closed]) -> list[str]:
    return [
        f"{persona or language}: {gate.reasons[0]}"
        for (respondent, instrument, persona, perspective, language), gate in closed.items()
        if (respondent, instrument, perspective) == (one.respondent, one.instrument, one.perspective)
        and (one.language in ("", language))
        and (not one.persona or one.persona == persona)
    ]


def _too_wide(one: Estimate, gates: GateKeys) -> tuple[str, ...]:
    if gates.half_width is None or one.low is None or one.high is None or one.item:
        return ()
    half = (one.high - one.low) / 2
    if half <= gates.half_width:
        return ()
    return (f"interval half-width {half:.3g} is above the smallest effect of interest {gates.half_width:g}",)
