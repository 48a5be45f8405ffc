"""The squared distance of cumulative shares: what W1 is to its own square, with a noise that is known exactly.

W1 over its scale is the mean of |F - G| along the codes; here it is the mean of (F - G)^2, which sampling raises by
F (1 - F) / n on either side, without remainder. Its root is never below W1.
"""

import numpy as np


def squared_gap(p: np.ndarray, h: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Mean squared difference of cumulative shares along the scale.

    Shapes   p, h: (..., K); codes: (J, K) in any order, ends repeated where there is no option. Returns (...).
    Unit     share squared, 0 to 1
    """
    first, steps = _climbing(p, codes)
    second, _ = _climbing(h, codes)
    found: np.ndarray = (np.square(first - second) * steps).sum(axis=-1)
    return found


def squared_gap_gradient(p: np.ndarray, h: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Gradient of `squared_gap` by h: (..., K)."""
    first, steps = _climbing(p, codes)
    second, _ = _climbing(h, codes)
    slope = -2 * (first - second) * steps
    # a share enters every cumulative one from its own code on
    onward = np.cumsum(slope[..., ::-1], axis=-1)[..., ::-1]
    whole = np.concatenate([onward, np.zeros((*onward.shape[:-1], 1))], axis=-1)
    back = np.argsort(np.argsort(codes, axis=-1, kind="stable"), axis=-1, kind="stable")
    return np.take_along_axis(whole, np.broadcast_to(back, whole.shape), axis=-1)


def squared_gap_noise(shares: np.ndarray, codes: np.ndarray, n: np.ndarray) -> np.ndarray:
    """What drawing `shares` from n people adds to `squared_gap`: (...). n: (...), inf for exact shares."""
    climbing, steps = _climbing(shares, codes)
    found: np.ndarray = (climbing * (1 - climbing) * steps).sum(axis=-1) / n
    return found


def _climbing(shares: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cumulative shares (..., K - 1) up to each code but the last, and steps between codes as parts of the scale."""
    order = np.argsort(codes, axis=-1, kind="stable")
    steps = np.diff(np.take_along_axis(codes, order, axis=-1), axis=-1)
    length = np.maximum(steps.sum(axis=-1, keepdims=True), 1e-12)
    ordered = np.take_along_axis(shares, np.broadcast_to(order, shares.shape), axis=-1)
    return np.cumsum(ordered, axis=-1)[..., :-1], steps / length
