"""The three shifts of answers: what is gained, what stays behind at the default, and what goes past the people."""

import numpy as np

from tawazun.measures.shifts import Shift, Terms
from tawazun.stats.delta import js_distance_gradient
from tawazun.stats.distances import js_distance


def gain_terms(shift: Shift) -> Terms:
    """Numerator: JS distance of the default to the people minus that of the persona; denominator: number of items."""
    used = shift.items
    model, start, human = (np.where(used[:, None], x, 0.0) for x in _sides(shift))
    own, before = (_distance(x, human, used) for x in (model, start))
    jack = np.array([_gain_sums(p, s, human, used) for p, s in _left_out(shift)]).reshape(shift.groups, 2)
    none = np.zeros_like(human)
    toward = js_distance_gradient(start, human, before) - js_distance_gradient(model, human, own)
    return Terms(
        shift,
        np.array([(before - own)[used].sum(), used.sum()], dtype=float),
        jack,
        np.stack([toward, none]),
        np.stack([-js_distance_gradient(human, model, own), none]),
        np.stack([js_distance_gradient(human, start, before), none]),
        int(used.sum()),
    )


def pull_terms(shift: Shift) -> Terms:
    """Numerator: (persona - people) on (default - people); denominator: that way squared. Noise taken out of both."""
    used = shift.items
    model, start, human = _sides(shift)
    wordings, shared = _wording_noise(shift)
    noise = np.array([shared + shift.noise[used].sum(), wordings + shift.noise[used].sum()])
    off, way = model - human, start - human
    jack = [_pull_sums(p, s, human, used) - noise for p, s in _left_out(shift)]
    return Terms(
        shift,
        _pull_sums(model, start, human, used) - noise,
        np.array(jack).reshape(shift.groups, 2),
        _masked(used, -off - way, -2 * way),
        _masked(used, way, 0 * way),
        _masked(used, off, 2 * way),
        int(used.sum()),
    )


def overshoot_terms(shift: Shift) -> Terms:
    """Numerator: per item how far the persona goes past the people, along the way from the default, none where short.

    Noise is taken out before what is short of the people is cut off, because noise shared by both factors shortens all.
    Cutting off makes noise itself look like going past; what a persona exactly at its people would have is subtracted,
    so that nobody is blamed for it. A persona that does go past on most items is understated by as much at most.
    """
    used = shift.items
    model, start, human = _sides(shift)
    wordings, _ = _wording_noise(shift)
    shared = (_shared_noise(shift) + shift.noise)[used]
    noise = np.array([overshoot_of_noise(shift), wordings + shift.noise[used].sum()])
    off, way = model - human, human - start
    along = (off * way).sum(axis=-1)
    past = np.zeros((len(used), 1))
    past[used, 0] = along[used] + shared > 0
    jack = [_past_sums(p, s, human, used, shared) - noise for p, s in _left_out(shift)]
    return Terms(
        shift,
        _past_sums(model, start, human, used, shared) - noise,
        np.array(jack).reshape(shift.groups, 2),
        _masked(used, past * (off - way), 2 * way),
        _masked(used, past * way, 0 * way),
        _masked(used, -past * off, -2 * way),
        int(used.sum()),
    )


def overshoot_of_noise(shift: Shift) -> float:
    """The numerator of `overshoot_terms` that a persona exactly at the people would have from noise alone."""
    used = shift.items
    way = (shift.human - shift.default.whole)[used]
    square = np.zeros(len(way))
    if shift.groups:
        along = (shift.persona.each[:, used] * way).sum(axis=-1)
        square = along.var(axis=0, ddof=1) / shift.groups
    elif shift.persona.sampled:
        square = _multinomial(shift.human[used], way, shift.persona.replies[used])
    people = np.nan_to_num(_multinomial(shift.human[used], way, shift.n_eff[used]))
    return float(np.sqrt(np.nan_to_num(square) + people).sum() / np.sqrt(2 * np.pi))


def _multinomial(shares: np.ndarray, slope: np.ndarray, n: np.ndarray) -> np.ndarray:
    mean = (shares * slope).sum(axis=-1)
    return np.asarray(np.maximum((shares * slope**2).sum(axis=-1) - mean**2, 0.0) / n)


def _sides(shift: Shift) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return shift.persona.whole, shift.default.whole, shift.human


def _left_out(shift: Shift) -> list[tuple[np.ndarray, np.ndarray]]:
    if not shift.groups:
        return []
    return list(zip(shift.persona.jack, shift.default.jack, strict=True))


def _masked(used: np.ndarray, above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.where(used[:, None], np.stack([above, below]), 0.0)


def _distance(model: np.ndarray, human: np.ndarray, used: np.ndarray) -> np.ndarray:
    found = np.zeros(len(used))
    found[used] = js_distance(model[used], human[used])
    return found


def _gain_sums(model: np.ndarray, start: np.ndarray, human: np.ndarray, used: np.ndarray) -> np.ndarray:
    gained = js_distance(start[used], human[used]) - js_distance(model[used], human[used])
    return np.array([gained.sum(), used.sum()])


def _pull_sums(model: np.ndarray, start: np.ndarray, human: np.ndarray, used: np.ndarray) -> np.ndarray:
    off, way = (model - human)[used], (start - human)[used]
    return np.array([(off * way).sum(), np.square(way).sum()])


def _past_sums(
    model: np.ndarray, start: np.ndarray, human: np.ndarray, used: np.ndarray, shared: np.ndarray
) -> np.ndarray:
    off, way = (model - human)[used], (human - start)[used]
    return np.array([np.maximum((off * way).sum(axis=-1) + shared, 0.0).sum(), np.square(way).sum()])


def _shared_noise(shift: Shift) -> np.ndarray:
    """(Q,) covariance of the noise of default and persona, summed over options."""
    if not shift.groups:
        return np.zeros(len(shift.items))
    both = [x.each - x.each.mean(axis=0) for x in (shift.default, shift.persona)]
    return np.asarray((both[0] * both[1]).sum(axis=(0, -1)) / (shift.groups * (shift.groups - 1)))


def _wording_noise(shift: Shift) -> tuple[float, float]:
    """Sampling variance of the default and its covariance with the persona, summed over items."""
    used = shift.items
    if not shift.groups:
        return float(np.nan_to_num(shift.default.variance[used]).sum()), 0.0
    own = shift.default.each[:, used] - shift.default.each[:, used].mean(axis=0)
    spare = shift.groups * (shift.groups - 1)
    return float(np.square(own).sum() / spare), float(_shared_noise(shift)[used].sum())
