"""Principal components of sets' metrics, their number by parallel analysis, and bootstrap bounds over sets.

Shards make a component steady; sets are what was sampled. Everything that says how sure something is therefore moves
whole sets: the shuffles of the parallel analysis as much as the bootstrap.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from tawazun.audit.components.cubes import cleaned
from tawazun.audit.components.records import Cube, Structure, above_chance
from tawazun.errors import BadStudy
from tawazun.seeds import stream
from tawazun.stats.agreement import procrustes, tucker_phi
from tawazun.stats.factors import varimax

FEWEST_SETS, FEW_SETS = 5, 12
TOP, NAMED_BY = 0.5, 3
ONE_SET, BETWEEN = 0.6, 400


@dataclass(frozen=True, slots=True)
class Fit:
    """How components are fitted.

    rotate  `none` (principal components) or `varimax` (turned so that each metric loads on few)
    count   components to keep; 0 = as many as stand above chance
    draws   of the parallel analysis and of the bootstrap
    """

    rotate: str = "none"
    count: int = 0
    draws: int = 400
    seed: int = 1

    def __post_init__(self) -> None:
        """Errors: BadStudy."""
        if self.rotate not in ("none", "varimax"):
            raise BadStudy(f"--rotate: none or varimax, not {self.rotate!r}")
        if self.count < 0:
            raise BadStudy(f"--count: 0 or more components, not {self.count}")
        if self.draws < 100:
            raise BadStudy(f"--draws: 100 or more, not {self.draws}")


def structure_of(cube: Cube, fit: Fit = Fit()) -> Structure:
    """The components of the metrics of sets of one language.

    Source   parallel analysis: Horn (1965), Psychometrika 30(2), in the permutation form of Buja & Eyuboglu (1992),
             Multivariate Behavioral Research 27(4); bootstrap loadings: Timmerman, Kiers & Smilde (2007), Br. J. Math.
             Stat. Psychol. 60(2).
    Errors   BadStudy for fewer than five sets, two sets with the same rows, or too few metrics that vary
    """
    _enough(cube)
    metrics, dropped = cleaned(cube)
    _apart(cube)
    values = cube.chosen(metrics)
    centre, scale = _moments(values)
    eigenvalues, chance, p = parallel_analysis(values, fit.draws, fit.seed)
    shared = p
    p = np.maximum(p, between_sets((values - centre) / scale, fit.draws, fit.seed))
    above = above_chance(p)
    count = min(fit.count or above, len(eigenvalues) - 1)
    loadings, weights = _components((values - centre) / scale, count, fit.rotate)
    low, high, stability, subspace = _bootstrap(values, loadings, fit)
    names = tuple(_name(metrics, loadings[:, k], low[:, k], high[:, k]) for k in range(count))
    share = np.square(loadings).sum(axis=0) / len(metrics)
    return Structure(
        cube, metrics, dropped, centre, scale, weights, loadings, low, high, share, eigenvalues, chance, p,
        stability, subspace, names, fit.rotate,
        (*_notes(cube, above, count, above_chance(shared)), *_alone(cube, (values - centre) / scale @ weights)),
    )  # fmt: skip


def _enough(cube: Cube) -> None:
    sets = len(cube.datasets)
    if sets < FEWEST_SETS:
        raise BadStudy(
            f"{sets} set{'s' * (sets != 1)} in {cube.language!r}: components say how sets differ and need "
            f"{FEWEST_SETS} or more of one language, {FEW_SETS} for bounds that can be relied on"
        )


def _apart(cube: Cube) -> None:
    for i in range(len(cube.datasets)):
        for j in range(i):
            if np.array_equal(cube.values[i], cube.values[j], equal_nan=True):
                raise BadStudy(f"{cube.datasets[j]} and {cube.datasets[i]} hold the same rows; leave one out")


def _notes(cube: Cube, above: int, count: int, shared: int) -> tuple[str, ...]:
    notes = []
    sets = len(cube.datasets)
    if sets < FEW_SETS:
        notes.append(
            f"{sets} sets: components of fewer than {FEW_SETS} move with each of them; read bounds as too narrow"
        )
    if shared > above:
        notes.append(
            f"on component {above + 1} sets differ no more than shards of one set do: its metrics go together, but it "
            "does not tell these sets apart, so it and those after it are not counted"
        )
    elif not above:
        notes.append(
            "no component stands above chance: these sets' metrics vary independently, or there are too few sets"
        )
    if count > above:
        notes.append(f"{count - above} of {count} components were asked for and do not stand above chance")
    return tuple(notes)


def _alone(cube: Cube, scores: np.ndarray) -> list[str]:
    """Components that are one set against all others. Shapes: scores (D, S, K)."""
    squares = np.square(scores.mean(axis=1))
    found = []
    for k, share in enumerate(squares.max(axis=0, initial=0.0) / np.maximum(squares.sum(axis=0), 1e-12)):
        if share > ONE_SET:
            name = cube.datasets[int(squares[:, k].argmax())]
            found.append(
                f"component {k + 1} is mostly how {name} differs from all others ({share:.0%} of its variance over "
                "sets); look at that set, or leave it out and fit again"
            )
    return found


def _moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of every metric over all shards, (M,) each; a constant one has deviation 1."""
    table = values.reshape(-1, values.shape[-1])
    scale = table.std(axis=0)
    tiny = 1e-12 * np.maximum(1.0, np.abs(table).max(axis=0))
    return table.mean(axis=0), np.where(scale > tiny, scale, 1.0)


def _standardised(values: np.ndarray) -> np.ndarray:
    centre, scale = _moments(values)
    return (values - centre) / scale


def eigenvalues_of(values: np.ndarray) -> np.ndarray:
    """Eigenvalues of the correlations of metrics over all shards, largest first. Shapes: values (D, S, M)."""
    table = _standardised(values).reshape(-1, values.shape[-1])
    return np.linalg.svd(table, compute_uv=False) ** 2 / len(table)


def parallel_analysis(values: np.ndarray, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Eigenvalues beside those of metrics that are made independent by shuffling.

    For every metric on its own whole sets change places, and shards inside a set: how much sets differ in a metric
    stays as it is, and only what metrics share is taken away. Shuffling shards freely would take a set's shards for
    independent and call chance a component.

    Shapes   values (D, S, M). Returns eigenvalues, their 95th percentile by chance, and p, each (min(D S, M),)
    """
    found = eigenvalues_of(values)
    rng = stream("parallel analysis", seed, *values.shape)
    sets, shards, metrics = values.shape
    made = np.empty((draws, len(found)))
    for i in range(draws):
        order = rng.random((sets, 1, metrics)).argsort(axis=0)
        moved = np.take_along_axis(values, np.broadcast_to(order, values.shape), axis=0)
        inside = rng.random((sets, shards, metrics)).argsort(axis=1)
        made[i] = eigenvalues_of(np.take_along_axis(moved, inside, axis=1))
    p = (1 + (made >= found).sum(axis=0)) / (1 + draws)
    return found, np.percentile(made, 95, axis=0), p


def between_sets(z: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """p of whether sets differ on each component by more than shards of one set do.

    Metrics that go together inside a text (two measures of one property) make a component of samples of one and the
    same set, too. Components do not know which shard is of which set, so shards can change places: the test is exact.

    Shapes   z (D, S, M) standardised. Returns (min(D S, M),)
    """
    sets, shards, _ = z.shape
    left, sizes, _ = np.linalg.svd(z.reshape(sets * shards, -1), full_matrices=False)
    scores = left * (sizes > 1e-12)
    rng = stream("sets or shards", seed, *z.shape)
    orders = [np.arange(len(scores)), *(rng.permutation(len(scores)) for _ in range(max(draws, BETWEEN)))]
    found = np.array([np.square(scores[one].reshape(sets, shards, -1).sum(axis=1)).sum(axis=0) for one in orders])
    return np.asarray((found >= found[0] * (1 - 1e-9)).mean(axis=0))


def _components(z: np.ndarray, count: int, rotate: str) -> tuple[np.ndarray, np.ndarray]:
    """Loadings and weights (M, K) of standardised values (D, S, M); the largest loading of each is positive."""
    table = z.reshape(-1, z.shape[-1])
    _, singular, right = np.linalg.svd(table / np.sqrt(len(table)), full_matrices=False)
    axes, sizes = right[:count].T, singular[:count]
    sizes = np.maximum(sizes, 1e-12)
    loadings, weights = axes * sizes, axes / sizes
    if rotate == "varimax" and count > 1:
        loadings, turn = varimax(loadings)
        weights = weights @ turn
        order = np.argsort(-np.square(loadings).sum(axis=0), kind="stable")
        loadings, weights = loadings[:, order], weights[:, order]
    top = loadings[np.abs(loadings).argmax(axis=0), np.arange(count)] if count else np.zeros(0)
    sign = np.where(top < 0, -1.0, 1.0)
    return loadings * sign, weights * sign


def _bootstrap(
    values: np.ndarray, loadings: np.ndarray, fit: Fit
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Bounds of loadings, and how alike components are in draws of whole sets: low, high (M, K); stability, subspace.

    Draws are matched by order and sign alone, so that a component that blends with its neighbour has wide bounds.
    """
    count = loadings.shape[1]
    if not count:
        empty = np.zeros((len(loadings), 0))
        return empty, empty, np.zeros(0), np.zeros(0)
    rng = stream("bootstrap of components", fit.seed, *values.shape)
    sets = len(values)
    made: list[np.ndarray] = []
    alike: list[np.ndarray] = []
    turned: list[np.ndarray] = []
    while len(made) < fit.draws:
        chosen = rng.integers(sets, size=sets)
        if len(np.unique(chosen)) < 3:
            continue
        own, _ = _components(_standardised(values[chosen]), count, fit.rotate)
        own = aligned(own, loadings)
        made.append(own)
        alike.append(tucker_phi(own, loadings))
        turned.append(tucker_phi(procrustes(own, loadings)[0], loadings))
    low, high = np.percentile(np.array(made), (2.5, 97.5), axis=0)
    return low, high, np.nanmean(alike, axis=0), np.nanmean(turned, axis=0)


def aligned(loadings: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Components in the order and direction that fits a target's best, (M, K) each."""
    order, sign = _order(loadings, target)
    return np.asarray(loadings[:, order] * sign)


def _order(loadings: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which component is each of the target's, and with which sign: (K,) each."""
    length = np.linalg.norm(loadings, axis=0)[:, None] * np.linalg.norm(target, axis=0)
    phi = np.divide(loadings.T @ target, length, out=np.zeros(length.shape), where=length > 0)
    rows, columns = linear_sum_assignment(-np.abs(phi))
    order = np.empty(len(rows), dtype=int)
    order[columns] = rows
    return order, np.where(phi[order, np.arange(len(order))] < 0, -1.0, 1.0)


def _name(metrics: tuple[str, ...], loading: np.ndarray, low: np.ndarray, high: np.ndarray) -> str:
    sure = (np.abs(loading) >= TOP) & ((low > 0) | (high < 0))
    order = [i for i in np.argsort(-np.abs(loading), kind="stable") if sure[i]][:NAMED_BY]
    return " ".join(f"{'+' if loading[i] > 0 else '-'}{metrics[i]}" for i in order) or "unnamed"


def projected_without(structure: Structure, *datasets: str) -> np.ndarray:
    """Scores (D, K) of all sets on components that were fitted without some of them, in the order and direction of the
    whole ones. The metrics stay those of the whole structure."""
    z, loadings, weights = _without(structure, *datasets)
    turn, sign = _order(loadings, structure.loadings)
    return np.asarray((z @ weights)[:, turn] * sign)


def off_components(structure: Structure, cube: Cube) -> tuple[float, float]:
    """How far a new set lies off the components, and the furthest of the fitted sets when each is left out in turn.

    The root mean square over metrics of what components leave of a set's standardised means.
    Source   squared prediction error: Jackson & Mudholkar (1979), Technometrics 21(3)
    """
    z = ((cube.chosen(structure.metrics) - structure.centre) / structure.scale).mean(axis=1)
    own = _off(z, structure.loadings, structure.weights)[0]
    furthest = 0.0
    for d, name in enumerate(structure.cube.datasets):
        others, loadings, weights = _without(structure, name)
        furthest = max(furthest, float(_off(others, loadings, weights)[d]))
    return float(own), furthest


def _without(structure: Structure, *datasets: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Standardised means (D, M) of all sets, loadings and weights, by the other sets alone."""
    cube = structure.cube
    rest = np.array([name not in datasets for name in cube.datasets])
    values = cube.chosen(structure.metrics)
    centre, scale = _moments(values[rest])
    loadings, weights = _components((values[rest] - centre) / scale, structure.count, structure.rotate)
    return ((values - centre) / scale).mean(axis=1), loadings, weights


def _off(z: np.ndarray, loadings: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Shapes: z (D, M). Returns (D,)."""
    return np.asarray(np.sqrt(np.square(z - z @ weights @ loadings.T).mean(axis=1)))
