"""How often the diversity measures accuse a healthy respondent, and from what sizes on they catch a sick one.

Invented countries whose answers depart from a common shape, twelve items of four options. People are sampled with
unequal weights (design effect 1.62), so that n_eff people are 1.62 n_eff interviews. A healthy respondent answers as
all people of each country do, on average over endless wordings; each wording moves every item, partly for all countries
alike. Replications run side by side through the functions that the measures are made of; a test holds them to the rows
of the measures. Every figure comes with its Monte-Carlo error.

    python benchmarks/diversity.py                          # a short run, printed
    python benchmarks/diversity.py --replications 4000 --append   # the published one, appended to RESULTS.md
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
from scipy.special import ndtri

from tawazun.measures.differences import mean_gap
from tawazun.measures.mixing import MOST_DRAWS, ROUNDS
from tawazun.stats.delta import multinomial_variance
from tawazun.stats.diversity import (
    deviation_agreement,
    identifiability,
    inter_distances,
    multinomial_noise,
    squared_distances,
)
from tawazun.stats.gap_errors import NO_ERRORS, from_mean, gap_errors, gap_ratio_excludes, pair_mean
from tawazun.stats.mixture_bounds import Spread, product_noise, weight_bounds, wording_noise
from tawazun.stats.resampling import jackknife_sd, t_interval
from tawazun.stats.simplex import gap_products, simplex_weights

ITEMS, OPTIONS, LEVEL, ALPHA = 12, 4, 0.95, 0.05
FAR, CODES = float(ndtri((1 + LEVEL) / 2)), np.arange(OPTIONS) / (OPTIONS - 1)
COMMON, APART = 0.8, 0.3  # sd of log-odds: of the common shape of an item, and of a country's departure from it
SHARED, OWN = 0.35, 0.15  # how far at most a wording moves a share, as a share of it: in all countries alike, in one
WEIGHTS, PARTS = np.array([0.3, 1.0, 2.5]), np.array([0.4, 0.4, 0.2])
DEFF = float(PARTS @ WEIGHTS**2 / (PARTS @ WEIGHTS) ** 2)
WORDINGS, PLACES, PEOPLE, LIMIT, SHUFFLES = (2, 5, 10), (4, 7, 22), (100, 1000), 40_320, 999
BLOCK = 50
# what a respondent does to a country's departure from the region
SICK = {"stereotype": 0.0, "shrunk": 0.5, "caricature": 1.5, "mirror": -1.0}
SPREAD, MIXED_ITEMS = 0.4, 30
MIXTURES = {
    "three of five": (np.array([0.5, 0.4, 0.1, 0.0, 0.0]), (0, 2, 3)),
    "nearly one": (np.array([0.95, 0.05, 0.0, 0.0, 0.0]), (1,)),
    "one alone": (np.array([1.0, 0.0, 0.0, 0.0, 0.0]), (0,)),
}


def world(rng: np.random.Generator, places: int, items: int = ITEMS, apart: float = APART) -> np.ndarray:
    """(C, I, K) shares of all people."""
    level = rng.normal(0, COMMON, (1, items, OPTIONS)) + rng.normal(0, apart, (places, items, OPTIONS))
    shares = np.exp(level)
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True))


def worded(shares: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """(C, I, K) -> (C, W, I, K) answers to `count` wordings, whose mean over endless wordings are the shares."""
    moved = rng.uniform(-SHARED, SHARED, (1, count, *shares.shape[1:]))
    moved = moved + rng.uniform(-OWN, OWN, (len(shares), count, *shares.shape[1:]))
    given = shares[:, None]
    return np.asarray(given * (1 + moved - (moved * given).sum(axis=-1, keepdims=True)))


def surveyed(shares: np.ndarray, n_eff: int, rng: np.random.Generator) -> np.ndarray:
    """Weighted shares of n_eff * DEFF interviews per row of (..., K), in three classes of weight."""
    total = np.zeros(shares.shape)
    for weight, part in zip(WEIGHTS, PARTS, strict=True):
        total += weight * rng.multinomial(round(part * n_eff * DEFF), shares)
    return total / total.sum(axis=-1, keepdims=True)


def with_factor(shares: np.ndarray, keep: float) -> np.ndarray:
    """Each country's departure from the mean over countries, times a factor, as far as shares can go."""
    mean = shares.mean(axis=0)
    found = np.maximum(mean + keep * (shares - mean), 0.0)
    return np.asarray(found / found.sum(axis=-1, keepdims=True))


@dataclass(frozen=True)
class Batch:
    """R replications at once: answers (R, W, C, I, K) to W wordings, and people (R, C, I, K)."""

    answers: np.ndarray
    people: np.ndarray
    n_eff: int

    @cached_property
    def left_out(self) -> np.ndarray:
        """(R, W, C, I, K) means over all wordings but one."""
        count = self.answers.shape[1]
        return np.asarray((self.answers.sum(axis=1, keepdims=True) - self.answers) / (count - 1))

    @property
    def mean(self) -> np.ndarray:
        """(R, C, I, K) means over wordings."""
        return np.asarray(self.answers.mean(axis=1))

    @property
    def noise(self) -> np.ndarray:
        """(R, C, I) of the people."""
        return multinomial_noise(self.people, self.n_eff)

    def form(self, kind: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """The form of a sum over all cells."""
        return kind(np.ones(self.people.shape[1:3], dtype=bool))

    def size(self, ratio: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(R,) the ratio of differences; whether its interval leaves out a ratio; whether it has an interval."""
        wordings, places = self.answers.shape[1:3]
        moved = self.answers - self.answers.mean(axis=2, keepdims=True)
        noise = moved.var(axis=1, ddof=1).sum(axis=-1) / wordings * places / (places - 1)
        above = mean_gap(inter_distances(self.mean, noise))
        below = mean_gap(inter_distances(self.people, self.noise))
        left = inter_distances(self.left_out, (noise * wordings / (wordings - 1))[:, None])
        sd = jackknife_sd(np.moveaxis(mean_gap(left), 1, 0))
        found = gap_errors(self.mean, self.people, self.n_eff, self.form(pair_mean))
        errors = replace(found, cross=NO_ERRORS.cross, both=NO_ERRORS.both)
        out = gap_ratio_excludes(ratio, above, below, sd, wordings - 1.0, errors, LEVEL)
        return above / below, out, below > FAR * np.sqrt(errors.gaps)

    def slope(self, ratio: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(R,) the slope; whether its interval leaves out a slope; the correlation."""
        agreed = deviation_agreement(self.mean, self.people, human_noise=self.noise)
        human = self.people - self.people.mean(axis=1, keepdims=True)
        cross = (self.mean * human).sum(axis=(1, 2, 3))
        left = (self.left_out * human[:, None]).sum(axis=(2, 3, 4))
        errors = gap_errors(self.mean, self.people, self.n_eff, self.form(from_mean))
        below, sd = cross / agreed.slope, jackknife_sd(left.T)
        out = gap_ratio_excludes(ratio, cross, below, sd, self.answers.shape[1] - 1.0, errors, LEVEL)
        return agreed.slope, out, agreed.correlation

    def spread(self) -> np.ndarray:
        """(R,) whether the interval of the first country's variance ratio leaves out 1."""
        answers, left, people = self.answers[:, :, 0], self.left_out[:, :, 0], self.people[:, 0]
        wordings = answers.shape[1]
        own = variance(answers.mean(axis=1)) + (answers @ CODES).var(axis=1, ddof=1) / wordings
        below = variance(people).sum(axis=-1) * self.n_eff / (self.n_eff - 1)
        value = own.sum(axis=-1) / below
        sd = jackknife_sd((variance(left).sum(axis=-1) / below[:, None]).T)
        slope = np.square(CODES) - 2 * (people @ CODES)[..., None] * CODES
        human = np.sqrt(multinomial_variance(slope, people, np.array(self.n_eff)).sum(axis=-1)) * value / below
        low, high = t_interval(value, [(sd, wordings - 1.0), (human, np.inf)], LEVEL)
        return (low > 1) | (high < 1)


def variance(shares: np.ndarray) -> np.ndarray:
    """(..., K) -> (...) variance of the codes."""
    return np.asarray(shares @ np.square(CODES) - np.square(shares @ CODES))


def batches(keep: float, size: tuple[int, int, int], count: int, rng: np.random.Generator) -> Iterator[Batch]:
    """`count` replications with a factor on the departures, in blocks; size: countries, wordings, n_eff."""
    places, wordings, n_eff = size
    for block in range(0, count, BLOCK):
        truth = np.array([world(rng, places) for _ in range(min(BLOCK, count - block))])
        answers = np.array([worded(with_factor(one, keep), wordings, rng) for one in truth]).swapaxes(1, 2)
        yield Batch(answers, surveyed(truth, n_eff, rng), n_eff)


def with_error(hits: np.ndarray) -> str:
    """Mean and Monte-Carlo error over replications."""
    return f"{hits.mean():.4f} ± {hits.std(ddof=1) / np.sqrt(len(hits)):.4f}"


def near(hits: np.ndarray, bar: float) -> bool:
    """Whether a rate is at most a bar and 2 Monte-Carlo errors (those at the bar)."""
    return bool(hits.mean() <= bar + 2 * np.sqrt(bar * (1 - bar) / len(hits)))


def verdict(ok: bool) -> str:
    """What a cell says of its bar."""
    return "meets" if ok else "FAILS"


def accusations(size: tuple[int, int, int], count: int, rng: np.random.Generator) -> np.ndarray:
    """(count, 5) who accuses a healthy respondent, and whether the ratio has no interval."""
    found = []
    for batch in batches(1.0, size, count, rng):
        _, ratio, known = batch.size(1.0)
        _, slope, correlation = batch.slope(1.0)
        found.append(np.array([ratio, slope, ~(correlation > 0), batch.spread(), ~known], dtype=float).T)
    return np.concatenate(found)


def healthy_rows(replications: int, seed: int) -> Iterator[list[str]]:
    """False accusations by countries, wordings and people."""
    for places in PLACES:
        for wordings in WORDINGS:
            for n_eff in PEOPLE:
                rng = np.random.default_rng([seed, places, wordings, n_eff])
                hits = accusations((places, wordings, n_eff), replications, rng)
                bars = " / ".join(verdict(near(hits[:, k], ALPHA)) for k in range(4))
                yield [str(places), str(wordings), str(n_eff), *(with_error(hits[:, k]) for k in range(5)), bars]


def catches(keep: float, size: tuple[int, int, int], count: int, rng: np.random.Generator) -> np.ndarray:
    """(count, 2) whether ratio and slope are seen to be other than the people's, on the planted side."""
    found = []
    for batch in batches(keep, size, count, rng):
        (ratio, seen, _), (slope, told, _) = batch.size(1.0), batch.slope(0.0 if keep < 0 else 1.0)
        sides = (ratio > 1) == (abs(keep) > 1), slope < 0 if keep < 0 else (slope > 1) == (keep > 1)
        found.append(np.array([seen & (sides[0] | (abs(keep) == 1)), told & sides[1]], dtype=float).T)
    return np.concatenate(found)


def sick_rows(replications: int, seed: int) -> Iterator[list[str]]:
    """How often the planted pathologies are caught; a quarter of the replications."""
    for name, keep in SICK.items():
        for places in (7, 22):
            for wordings in WORDINGS:
                for n_eff in (100, 300, 1000):
                    rng = np.random.default_rng([seed, 7, places, wordings, n_eff])
                    hits = catches(keep, (places, wordings, n_eff), max(2, replications // 4), rng)
                    yield [name, str(places), str(wordings), str(n_eff), *(with_error(hits[:, k]) for k in (0, 1))]


def told_apart(places: int, wordings: int, n_eff: int, rng: np.random.Generator) -> np.ndarray:
    """One replication: whether countries that have nothing to do with each other are told apart, by both statistics."""
    base = rng.normal(0, COMMON, (1, ITEMS, OPTIONS))
    sides = [np.exp(base + rng.normal(0, APART, (places, ITEMS, OPTIONS))) for _ in range(2)]
    shares = [side / side.sum(axis=-1, keepdims=True) for side in sides]
    model, people = worded(shares[0], wordings, rng).mean(axis=1), surveyed(shares[1], n_eff, rng)
    far = np.round(squared_distances(model, people, 0.0, multinomial_noise(people, n_eff)), 12)
    seed = int(rng.integers(2**31))
    tests = [
        identifiability(far, statistic=kind, limit=LIMIT, seed=seed, draws=SHUFFLES)  # type: ignore[arg-type]
        for kind in ("top", "rank")
    ]
    return np.array([float(test.p) <= ALPHA + 1e-12 for test in tests], dtype=float)


def identity_rows(replications: int, seed: int) -> Iterator[list[str]]:
    """False alarms of identifiability by countries, wordings and people."""
    for places in PLACES:
        for wordings in WORDINGS:
            for n_eff in PEOPLE:
                rng = np.random.default_rng([seed, places, wordings, n_eff])
                hits = np.array([told_apart(places, wordings, n_eff, rng) for _ in range(replications)])
                bars = " / ".join(verdict(near(hits[:, k], ALPHA)) for k in (0, 1))
                yield [str(places), str(wordings), str(n_eff), *(with_error(hits[:, k]) for k in (0, 1)), bars]


def mixed(truth: np.ndarray, asked: tuple[int, ...], size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """One replication of a mixture: which bounds hold the truth, whether all weights are within .05, lengths."""
    wordings, n_eff = size
    peoples = world(rng, len(truth), MIXED_ITEMS, SPREAD)
    answers = worded(np.tensordot(truth, peoples, axes=1)[None], wordings, rng)[0]
    sources, n = surveyed(peoples, n_eff, rng), np.full((len(truth), MIXED_ITEMS), float(n_eff))
    products = gap_products(answers.mean(axis=0), sources, multinomial_noise(sources, n).sum(axis=-1))
    spread = Spread(wording_noise(sources, answers), wordings - 1.0, product_noise(sources, sources, n))
    turn = np.eye(len(truth))[list(asked)]
    low, high = weight_bounds(products, spread, turn, level=LEVEL, draws=MOST_DRAWS, rounds=ROUNDS, rng=rng)
    held = (low - 1e-9 <= truth[list(asked)]) & (truth[list(asked)] <= high + 1e-9)
    close = np.abs(simplex_weights(products) - truth).max() <= 0.05
    return np.array([*held, close, *(high - low)], dtype=float)


def mixture_rows(replications: int, seed: int) -> Iterator[list[str]]:
    """Coverage of the bounds of mixture weights by their truth, wordings and people."""
    for name, (truth, asked) in MIXTURES.items():
        for wordings in WORDINGS:
            for n_eff in PEOPLE:
                rng = np.random.default_rng([seed, 9, wordings, n_eff])
                hits = np.array([mixed(truth, asked, (wordings, n_eff), rng) for _ in range(replications)])
                for k, m in enumerate(asked):
                    held = hits[:, k]
                    yield [
                        name,
                        f"{truth[m]:g}",
                        str(wordings),
                        str(n_eff),
                        with_error(held),
                        f"{hits[:, len(asked) + 1 + k].mean():.3f}",
                        with_error(hits[:, len(asked)]),
                        verdict(near(1 - held, ALPHA)),
                    ]


def recovered(truth: np.ndarray, size: tuple[int, int, int], rng: np.random.Generator) -> float:
    """One replication: the largest error of a weight; size: items, wordings, n_eff."""
    items, wordings, n_eff = size
    peoples = world(rng, len(truth), items, SPREAD)
    answers = worded(np.tensordot(truth, peoples, axes=1)[None], wordings, rng)[0]
    sources = surveyed(peoples, n_eff, rng)
    products = gap_products(answers.mean(axis=0), sources, multinomial_noise(sources, n_eff).sum(axis=-1))
    return float(np.abs(simplex_weights(products) - truth).max())


def recovery_rows(replications: int, seed: int) -> Iterator[list[str]]:
    """How often all weights are within .05, by items, wordings and people."""
    for items in (30, 60, 120):
        for wordings in (5, 10):
            for n_eff in (100, 300, 1000):
                rng = np.random.default_rng([seed, 11, items, wordings, n_eff])
                size, cells = (items, wordings, n_eff), []
                for truth, _ in MIXTURES.values():
                    worst = np.array([recovered(truth, size, rng) for _ in range(replications)])
                    cells.append(with_error((worst <= 0.05).astype(float)))
                yield [str(items), str(wordings), str(n_eff), *cells]


STUDIES: dict[str, tuple[str, list[str], Callable[[int, int], Iterator[list[str]]]]] = {
    "healthy": (
        "How often a respondent that answers as the people do is accused: the interval of the ratio, of the slope or "
        "of the variance ratio leaves out 1, or the correlation is not above 0; bar: .05 + 2 Monte-Carlo errors",
        [
            "countries",
            "wordings",
            "n_eff",
            "`homogenisation`",
            "`deviation_agreement`, slope",
            "the same, correlation",
            "`variance_ratio`",
            "no interval of the ratio",
            "bar",
        ],
        healthy_rows,
    ),
    "sick": (
        "How often a planted pathology is caught: the interval leaves out 1 on its side (mirror: the slope's lies "
        "below 0). Departures from the region times 0, .5, 1.5 and -1; a mirror is no smaller, so the ratio must not "
        "see it",
        ["respondent", "countries", "wordings", "n_eff", "`homogenisation`", "`deviation_agreement`, slope"],
        sick_rows,
    ),
    "identity": (
        "How often countries that have nothing in common with their people are told apart at .05; bar: .05 + 2 "
        "Monte-Carlo errors",
        ["countries", "wordings", "n_eff", "`identifiability`, top-1", "mean rank", "bar"],
        identity_rows,
    ),
    "mixtures": (
        f"`whose`: coverage of nominal 95 % bounds of planted weights of five peoples over {MIXED_ITEMS} items, their "
        "mean length, and how often all five weights are within .05; bar: .95 - 2 Monte-Carlo errors",
        ["mixture", "weight", "wordings", "n_eff", "coverage", "length", "all within .05", "bar"],
        mixture_rows,
    ),
    "recovery": (
        "`whose`: how often all five planted weights come out within .05",
        ["items", "wordings", "n_eff", *MIXTURES],
        recovery_rows,
    ),
}


def heading(names: list[str], replications: int, seed: int) -> list[str]:
    """What stands above the tables."""
    date, called = datetime.now(UTC).date().isoformat(), " ".join(names)
    return [
        f"\n## Diversity — `benchmarks/diversity.py {called} --replications {replications} --seed {seed}`, {date}\n",
        f"{ITEMS} items of {OPTIONS} options, countries that depart from a common shape with sd {APART} of log-odds, "
        f"humans sampled with weights (design effect {DEFF:.2f}); ± is the Monte-Carlo error.\n",
    ]


if __name__ == "__main__":
    from tables import run_studies

    run_studies("How often the diversity measures accuse and catch.", STUDIES, heading, 100)
