"""Mixture weights for many targets or many resampled sources at once: the inner products are made in one pass."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import nnls


def gap_products(targets: ArrayLike, sources: ArrayLike, noise: ArrayLike) -> np.ndarray:
    """Inner products of the gaps (source - target) between all pairs of sources, sampling noise taken out.

    Shapes   targets: (..., I, K); sources: (..., S, I, K), leading axes broadcast; noise: (..., S) summed sampling
             variance of each source over all items. Returns (..., S, S).
    Returns  w' G w is the squared misfit of the mixture w; noise only lowers the diagonal.
    Unit     squared share, summed over items.
    Errors   ValueError when items or options differ.
    Source   definition.

    >>> gap_products([[0.5, 0.5]], [[[1.0, 0.0]], [[0.0, 1.0]]], 0.0).tolist()
    [[0.5, -0.5], [-0.5, 0.5]]
    """
    wanted, offered = np.asarray(targets, dtype=float), np.asarray(sources, dtype=float)
    if offered.ndim < 3 or wanted.ndim < 2 or wanted.shape[-2:] != offered.shape[-2:]:
        raise ValueError(f"need targets (..., I, K) and sources (..., S, I, K), got {wanted.shape} and {offered.shape}")
    target, flat = wanted.reshape(*wanted.shape[:-2], -1), offered.reshape(*offered.shape[:-2], -1)
    inner = flat @ np.swapaxes(flat, -1, -2)
    cross = (flat @ target[..., None])[..., 0]
    own = np.square(target).sum(axis=-1)[..., None, None]
    found = inner - cross[..., :, None] - cross[..., None, :] + own
    spread = np.broadcast_to(np.asarray(noise, dtype=float), found.shape[:-1])
    return np.asarray(found - spread[..., None] * np.eye(found.shape[-1]))


def simplex_weights(products: ArrayLike) -> np.ndarray:
    """Weights of at least 0 that sum to 1 and make w' G w smallest, one row per matrix.

    Shapes   products: (..., S, S) from `gap_products`. Returns (..., S).
    Returns  exact; where noise made a matrix indefinite, its negative directions count as 0.
    Unit     shares of 1.
    Errors   ValueError for a NaN.
    Source   Haskell & Hanson (1981), Math. Program. 21: minimising |M u|^2 + (1 - sum u)^2 over u >= 0 gives a multiple
             of the best weights.

    >>> simplex_weights([[0.5, -0.5], [-0.5, 0.5]]).round(6).tolist()
    [0.5, 0.5]
    """
    squares = np.asarray(products, dtype=float)
    if np.isnan(squares).any():
        raise ValueError("inner products hold a NaN: leave those items out first")
    count = squares.shape[-1]
    values, vectors = np.linalg.eigh(squares.reshape(-1, count, count))
    roots = np.sqrt(np.maximum(values, 0.0))[:, :, None] * np.swapaxes(vectors, -1, -2)
    wanted = np.append(np.zeros(count), 1.0)
    found = np.empty((len(roots), count))
    for row, root in zip(found, roots, strict=True):
        free, _ = nnls(np.vstack([root, np.ones(count)]), wanted)
        row[:] = free / free.sum()
    return found.reshape(squares.shape[:-1])
