"""How alike are the people to themselves? Random halves of a sample, and what they say about a full one.

Two halves of n people differ by sampling alone, so their likeness bounds what any respondent can reach: a ceiling.
But they are halves. The squared Jensen-Shannon distance of two samples of one population shrinks as 1/n, because it is
a sum of squared share differences to first order: with n/2 people a side it is twice that of two samples of n, and
four times that of the people themselves against one sample of n. So a distance between halves is divided by the root
of 2 or of 4 (`full_size_distance`); this is the 1/n rule for the divergence, as Spearman and Brown's formula is for a
correlation. A simulation in the tests holds it to a few percent from 200 people on.

Halves are split by person and by nothing else, with their weights. Where interviews were clustered, both halves share
the clusters and are more alike than two surveys would be: the ceiling is then a little too high.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Literal

import numpy as np

from tawazun.populations.records import Halves
from tawazun.populations.tallies import LEAST, tally
from tawazun.seeds import stream
from tawazun.stats.distances import js_distance

SEED = 1
"""Halves belong to the human side: they are the same in every run, whatever the seed of a study."""
Against = Literal["survey", "people"]
_SHRINKS = {"survey": 2.0, "people": 4.0}


def random_halves(groups: Sequence[str], *, times: int, seed: int, name: str) -> np.ndarray:
    """Which half every person falls into, time after time, halving every group on its own.

    A group's halves depend on its name and size alone, so they are the same whichever other groups are read with it.

    Shapes   groups: (N,) labels. Returns (times, N) of bool: True is the first half, the larger one when odd.
    Returns  each group is halved to within one person
    Unit     none.
    Errors   none.
    Source   random permutation per group and time.
    """
    labels = np.asarray(groups, dtype=str)
    first = np.zeros((times, len(labels)), dtype=bool)
    order = np.argsort(labels, kind="stable")
    names, starts = np.unique(labels[order], return_index=True)
    for label, members in zip(names.tolist(), np.split(order, starts[1:]), strict=True):
        rng = stream(seed, "halves", name, label)
        for time in range(times):
            first[time, rng.permutation(members)[: (len(members) + 1) // 2]] = True
    return first


def split_half(
    values: np.ndarray,
    weights: np.ndarray,
    groups: Sequence[str],
    first: np.ndarray,
    *,
    cells: int,
    codes: Sequence[float],
) -> dict[str, Halves]:
    """One item in the two halves of every group, time after time: the data behind a ceiling.

    Shapes   values: (N,) chosen option from 0 to cells - 1; or (N,) ready numbers with cells = 0; or (N, K) mentions of
             0 and 1; NaN is no answer. weights: (N,) above 0; groups: (N,); first: (R, N) from `random_halves`;
             codes: (K,), used for mentions only.
    Returns  group -> R pairs of shares (of mentions; of one mean); a group is left out when fewer than 10 people of a
             half answered in any of the splits, for so few are no figure
    Unit     shares of 1, or units of the ready number.
    Errors   ValueError for other shapes, an option outside the range, or a weight that is not above 0.
    Source   split-half reliability; see this module's first lines for what it says about the full sample.
    """
    values, weights = np.asarray(values, dtype=float), np.asarray(weights, dtype=float)
    people = len(groups)
    if len(values) != people or weights.shape != (people,) or first.ndim != 2 or first.shape[1] != people:
        raise ValueError(f"{people} people need as many values, weights and halves, got {values.shape}, {first.shape}")
    known = values[~np.isnan(values)]
    if not (weights > 0).all() or (cells and ((known < 0) | (known >= cells) | (known % 1 != 0)).any()):
        raise ValueError(f"options are whole numbers from 0 to {cells - 1}, and weights are above 0")
    labels, group = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    shares, least = [], np.full(len(labels), np.inf)
    for half in first:
        found = tally(values, cells, codes, group * 2 + np.where(half, 0, 1), 2 * len(labels), weights)
        shares.append(found.shares.reshape(len(labels), 2, -1))
        least = np.minimum(least, found.n.reshape(len(labels), 2).min(axis=1))
    if not shares:
        return {}
    table = np.stack(shares, axis=1)
    return {label: as_halves(table[g]) for g, label in enumerate(labels.tolist()) if least[g] >= LEAST}


def as_halves(shares: np.ndarray) -> Halves:
    """(R, 2, K) as the nested tuples of a record."""
    return tuple((tuple(a.tolist()), tuple(b.tolist())) for a, b in shares)


def as_array(halves: Halves) -> np.ndarray:
    """The nested tuples (or lists, as a humans table has them) as (R, 2, K)."""
    return np.asarray(halves, dtype=float)


def full_size_distance(halves: Halves, against: Against) -> float:
    """Jensen-Shannon distance that is left between like and like at the size of the full sample.

    Shapes   halves: R pairs of shares of one item.
    Returns  mean over splits of the distance between halves, over root 2 (`survey`: another survey of as many people)
             or root 4 (`people`: the people themselves, as a respondent with exact shares would be judged)
    Unit     root of bits; 1 minus it is the ceiling of `js_similarity` on the item.
    Errors   ValueError without halves.
    Source   own derivation, first order: see this module's first lines; verified by simulation.
    """
    table = as_array(halves)
    if table.ndim != 3 or table.shape[1] != 2:
        raise ValueError("no halves: the source has no microdata, or too few people answered")
    return float(js_distance(table[:, 0], table[:, 1]).mean()) / sqrt(_SHRINKS[against])
