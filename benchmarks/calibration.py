"""How often what the measures say is so: coverage of intervals, false alarms of tests, power, on a planted world.

Twenty-two countries of invented people, twelve items of four options, three indices. Humans are sampled with unequal
weights (design effect 1.62), so that n_eff people are 1.62 n_eff interviews. A respondent plays every country under
wordings that shift every item, mostly alike for all countries. Intervals and tests are those of the product: the
closeness and index intervals through the measures' own code on cubes in memory, the permutation tests through `stats`.
Every figure comes with its Monte-Carlo error; replications are fresh wordings and fresh people each.

    python benchmarks/calibration.py                         # a short run, printed
    python benchmarks/calibration.py --replications 4000 --append   # the published one, appended to RESULTS.md
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import polars as pl
from scipy.optimize import brentq
from scipy.stats import rankdata

from tawazun.answers.records import SCHEMA
from tawazun.claims.cumulative import squared_gap, squared_gap_gradient, squared_gap_noise
from tawazun.claims.design import SHRINK
from tawazun.claims.power import SKEWS
from tawazun.instruments import Index, Instrument, Question
from tawazun.measures.averages import averages
from tawazun.measures.context import Context, make_context
from tawazun.measures.corrected import pooled
from tawazun.measures.indexing import formulas, subject_values
from tawazun.measures.spread import interval
from tawazun.populations import HumanAnswer, Population, humans_table
from tawazun.source import Source
from tawazun.stats.delta import js_distance_gradient, js_divergence_gradient, multinomial_variance, w1_gradient
from tawazun.stats.distances import js_bias, js_distance, js_divergence, w1_similarity
from tawazun.stats.equivalence import root_bound
from tawazun.stats.permutation import mantel
from tawazun.stats.power import equivalence_verdict_power, skewness, verdict_power
from tawazun.stats.ranks import joint_permutation_tau, kendall_tau_b, orders
from tawazun.stats.resampling import jackknife_bias, jackknife_sd, t_interval
from tawazun.study import MeasureKeys

SOURCE = Source("a benchmark", "benchmarks/calibration.py", "1", "CC0-1.0", "none", "yes")
COUNTRIES, ITEMS, OPTIONS, LEVEL, ALPHA = 22, 12, 4, 0.95, 0.05
INDICES = {"a": (0, 1, 2, 3), "b": (4, 5, 6, 7), "c": (8, 9, 10, 11)}
WEIGHTS, PARTS = np.array([0.3, 1.0, 2.5]), np.array([0.4, 0.4, 0.2])
DEFF = float(PARTS @ WEIGHTS**2 / (PARTS @ WEIGHTS) ** 2)
SHARED, OWN = 0.4, 0.15  # sd of what a wording does to log-odds: to all countries alike, and to one
WORDINGS, PLACES, PEOPLE = (2, 5, 10), (4, 7, 22), (100, 1000)
ENOUGH = 20
CODES = np.arange(1.0, OPTIONS + 1)
TIGHT = np.tile(CODES, (ITEMS, 1))
LIMIT, SHUFFLES = 40_320, 999


def softmax(logits: np.ndarray) -> np.ndarray:
    """Shares over the last axis."""
    lifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return lifted / lifted.sum(axis=-1, keepdims=True)


@dataclass(frozen=True)
class World:
    """Log-odds (C, I, K) of people and of the respondent; `truth` (C, I, K): its shares over endless wordings."""

    people: np.ndarray
    model: np.ndarray
    truth: np.ndarray

    @property
    def human(self) -> np.ndarray:
        """(C, I, K) shares of all people."""
        return softmax(self.people)


def worded(logits: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """(..., C, I, K) log-odds under `count` wordings: (..., W, C, I, K) shares."""
    lead = logits.shape[:-3]
    shift = rng.normal(0, SHARED, (*lead, count, 1, *logits.shape[-2:]))
    own = rng.normal(0, OWN, (*lead, count, *logits.shape[-3:]))
    return softmax(logits[..., None, :, :, :] + shift + own)


def world(seed: int) -> World:
    """The planted world of the interval studies."""
    rng = np.random.default_rng(seed)
    base = rng.normal(0, 0.8, (1, ITEMS, OPTIONS))
    people = base + rng.normal(0, 0.5, (COUNTRIES, ITEMS, OPTIONS))
    model = people + rng.normal(0, 0.4, people.shape)
    truth = np.mean([worded(model, 250, rng).mean(axis=0) for _ in range(80)], axis=0)
    return World(people, model, truth)


def surveyed(shares: np.ndarray, n_eff: int, rng: np.random.Generator) -> np.ndarray:
    """Weighted shares of n_eff * DEFF interviews per row of (..., K), in three classes of weight."""
    total = np.zeros(shares.shape)
    for weight, part in zip(WEIGHTS, PARTS, strict=True):
        total += weight * rng.multinomial(round(part * n_eff * DEFF), shares)
    return total / total.sum(axis=-1, keepdims=True)


# ---- intervals


def laid_out(wordings: int) -> Context:
    """A context of one subject and 22 populations whose figures are replaced in every replication."""
    questions = tuple(Question(f"q{i}", "one", tuple(CODES), ordinal=True) for i in range(ITEMS))
    signs = (1, -1, 1, -1)
    made = tuple(
        Index(name, {f"q{i}": 25.0 * sign for i, sign in zip(at, signs, strict=True)}, name, SOURCE)
        for name, at in INDICES.items()
    )
    instrument = Instrument("planted", "A planted survey", questions, SOURCE, "anything real", indices=made)
    even = [1 / OPTIONS] * OPTIONS
    rows = [
        {
            "respondent": "m", "respondent_id": "m", "instrument": "planted", "question": question.id,
            "persona": "none", "perspective": "self", "language": "en", "wording": f"w{w}", "order": "forward",
            "labels": "digits",
            "placement": "system", "context": "", "decoding": "readout", "mode": "logprob", "p": even,
        }
        for question in questions
        for w in range(wordings)
    ]  # fmt: skip
    answers = pl.DataFrame([{**dict.fromkeys(SCHEMA), **row} for row in rows], schema=SCHEMA)
    held = tuple(HumanAnswer(question.id, tuple(even), 2.5, n=100.0, n_eff=100.0) for question in questions)
    people = [
        Population(f"planted-1/x-p{c}", f"x-p{c}", "planted", "distributions", held, SOURCE, "sampled")
        for c in range(COUNTRIES)
    ]
    return make_context(answers, humans_table(people), [instrument], MeasureKeys(level=LEVEL), 0)


def interval_hits(planted: World, blank: Context, wordings: int, n_eff: int, rng: np.random.Generator) -> np.ndarray:
    """One replication: share of covered indices, of covered closenesses, of those whose design effect is ignored."""
    c = int(rng.integers(COUNTRIES))
    shares = worded(planted.model[c : c + 1], wordings, rng)[:, 0]
    people = surveyed(planted.human, n_eff, rng)
    cube = replace(blank.cubes["planted"], p=shares[None], value=(shares @ CODES)[None])
    context = replace(blank, cubes={"planted": cube})
    side = replace(blank.people["planted"][0], p=people, value=people @ CODES)
    reps, truth = subject_values(context, cube)[0], planted.truth[c]
    found = [interval(reps, one.statistic, LEVEL, 0.0) for one in formulas(cube)]
    wanted = [float(one.statistic((truth @ CODES)[None])[0]) for one in formulas(cube)]
    ends = [(one.low or 0.0, one.high or 0.0) for one in found]
    index = np.mean([low <= value <= high for (low, high), value in zip(ends, wanted, strict=True)])
    average = averages(context, cube)[0]
    far = js_divergence(truth[None], planted.human).mean(axis=-1)
    covered = []
    for size in (n_eff, n_eff * DEFF):
        held = pooled(cube, average, replace(side, n_eff=np.full(people.shape[:2], float(size))))
        low, high, _ = held.bounds(average, 1.0, LEVEL)
        covered.append(np.mean((np.maximum(low, 0) <= far) & (far <= high)))
    return np.array([index, *covered])


def interval_rows(replications: int, seed: int) -> Iterator[list[str]]:
    """Coverage by number of wordings and of people."""
    planted = world(seed)
    for wordings in (*WORDINGS, ENOUGH):
        blank = laid_out(wordings)
        for n_eff in PEOPLE:
            rng = np.random.default_rng([seed, wordings, n_eff])
            hits = np.array([interval_hits(planted, blank, wordings, n_eff, rng) for _ in range(replications)])
            cells = [with_error(hits[:, k]) for k in range(3)]
            bar = "published as it is"
            if wordings >= ENOUGH:
                bar = verdict(all(0.93 <= hits[:, k].mean() <= 0.97 for k in (0, 1)))
            yield [str(wordings), str(n_eff), *cells, bar]


# ---- permutation tests


def strangers(places: int, wordings: int, n_eff: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(C, I, K) answers of a respondent and of people whose countries have nothing to do with each other."""
    base = rng.normal(0, 0.8, (1, ITEMS, OPTIONS))
    model = base + rng.normal(0, 0.5, (places, ITEMS, OPTIONS))
    people = base + rng.normal(0, 0.5, (places, ITEMS, OPTIONS))
    return worded(model, wordings, rng).mean(axis=0), surveyed(softmax(people), n_eff, rng)


def scores(shares: np.ndarray) -> np.ndarray:
    """(C, D) indices of (C, I, K) shares."""
    means = shares @ CODES
    return np.array([means[:, list(at)] @ np.array([25.0, -25.0, 25.0, -25.0]) for at in INDICES.values()]).T


def apart(shares: np.ndarray) -> np.ndarray:
    """(C, C) mean JS distance between countries."""
    i, j = np.triu_indices(len(shares), 1)
    out = np.zeros((len(shares), len(shares)))
    out[i, j] = out[j, i] = js_distance(shares[i], shares[j]).mean(axis=-1)
    return out


def permutation_hits(places: int, wordings: int, n_eff: int, rng: np.random.Generator) -> np.ndarray:
    """One replication: whether p <= alpha for one index, for the average over indices, and for the structure."""
    model, people = strangers(places, wordings, n_eff, rng)
    seed = int(rng.integers(2**31))
    tau = joint_permutation_tau(scores(model), scores(people), rounding=6, limit=LIMIT, seed=seed, draws=SHUFFLES)
    structure = mantel(
        apart(model), apart(people), correlation="spearman", alternative="greater", rounding=12, limit=LIMIT, seed=seed,
        draws=SHUFFLES,
    )  # fmt: skip
    return np.array([tau.p[0], tau.p_mean, float(structure.p)]) <= ALPHA + 1e-12


def attained(seen: np.ndarray) -> float:
    """The size a permutation test has with these values over relabellings: the largest p it can give up to alpha."""
    _, counts = np.unique(seen.round(9), return_counts=True)
    tails = counts[::-1].cumsum() / len(seen)
    return float(tails[tails <= ALPHA + 1e-12].max(initial=0.0))


def sizes(places: int, wordings: int, n_eff: int, rng: np.random.Generator) -> np.ndarray:
    """One data set: the sizes of the three tests of `permutation_hits`, ties between relabellings counted."""
    model, people = strangers(places, wordings, n_eff, rng)
    shuffles, _ = orders(places, LIMIT, SHUFFLES, int(rng.integers(2**31)))
    mine, theirs = scores(model), scores(people)
    taus = np.array([kendall_tau_b(mine[:, d], theirs[shuffles, d], 6) for d in range(mine.shape[1])])
    i, j = np.triu_indices(places, 1)
    square = np.zeros((places, places))
    square[i, j] = square[j, i] = rankdata(apart(people)[i, j].round(12))
    return np.array(
        [attained(x) for x in (taus[0], taus.mean(axis=0), spearman_of(apart(model)[i, j], square, shuffles))]
    )


def spearman_of(distances: np.ndarray, square: np.ndarray, shuffles: np.ndarray) -> np.ndarray:
    """(B,) correlations of the ranks of distances with a square of ranks whose places are relabelled."""
    i, j = np.triu_indices(len(square), 1)
    ranks = rankdata(distances.round(12))
    moved = square[shuffles[:, i], shuffles[:, j]]
    both = (moved - moved.mean(axis=-1, keepdims=True)) @ (ranks - ranks.mean())
    return np.asarray(both / (len(ranks) * ranks.std() * moved[0].std()))


def permutation_rows(replications: int, seed: int) -> Iterator[list[str]]:
    """False alarms by countries, wordings and people, beside the size that the tests have with such data."""
    for places in PLACES:
        for wordings in WORDINGS:
            for n_eff in PEOPLE:
                rng = np.random.default_rng([seed, places, wordings, n_eff])
                hits = np.array([permutation_hits(places, wordings, n_eff, rng) for _ in range(replications)], float)
                own = np.array([sizes(places, wordings, n_eff, rng) for _ in range(max(2, replications // 10))])
                best = own.mean(axis=0)
                error = np.sqrt(best * (1 - best) / replications + own.var(axis=0) / len(own))
                near = np.abs(hits.mean(axis=0) - best) <= 2 * error
                cells = [f"{with_error(hits[:, k])} ({best[k]:.4f})" for k in range(3)]
                yield [str(places), str(wordings), str(n_eff), *cells, " / ".join(verdict(ok) for ok in near)]


# ---- equivalence


@dataclass(frozen=True)
class Pair:
    """Two respondents that play one country: log-odds (1, I, K), the second farther from its people."""

    logits: tuple[np.ndarray, np.ndarray]
    truth: tuple[np.ndarray, np.ndarray]


# error of both in log-odds: (size, multiple of the second), items on which the second is as good as the first
PAIRS = {"near": (0.35, 1.6), "far": (1.0, 1.25), "exact": (0.0, 0.4), "uneven": (1.2, 1.0)}
MODELS, MODEL_SD = 5, 0.15


def pair_of(planted: World, how: str, seed: int) -> Pair:
    """A planted pair with its shares over endless wordings.

    near, far   the second errs more on every item
    exact       the first is the people
    uneven      both err alike on half of the items; on the others the first hardly errs and the second does
    """
    error = np.random.default_rng(seed).normal(0, 1.0, (1, ITEMS, OPTIONS))
    size, more = PAIRS[how]
    one, two = size * error, (more * size if size else more) * error
    if how == "uneven":
        half = (np.arange(ITEMS) < ITEMS // 2)[:, None]
        one, two = np.where(half, 0.15 * error, one), np.where(half, 0.6 * error, two)
    logits = planted.people[:1] + one, planted.people[:1] + two
    rng = np.random.default_rng(seed)
    truth = [np.mean([worded(side, 250, rng).mean(axis=0)[0] for _ in range(80)], axis=0) for side in logits]
    return Pair(logits, (truth[0], truth[1]))


@dataclass(frozen=True)
class Gauge:
    """One figure of distance to people: its value (p, h), slope by h, and first-order shift by n people, per item."""

    value: Callable[[np.ndarray, np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray, np.ndarray], np.ndarray]
    shift: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]

    def true(self, pair: Pair, human: np.ndarray) -> tuple[float, float]:
        """The figure of both respondents over endless wordings and people."""
        one, two = (float(self.value(side, human).mean()) for side in pair.truth)
        return one, two


DISTANCE = Gauge(
    js_distance,
    lambda p, h: js_distance_gradient(p, h, js_distance(p, h)),
    lambda p, h, n: js_bias(p, h, None, n) / (2 * np.maximum(js_distance(p, h), 1e-12)),
)
DIVERGENCE = Gauge(js_divergence, js_divergence_gradient, lambda p, h, n: js_bias(p, h, None, n))
W1 = Gauge(
    lambda p, h: 1 - w1_similarity(p, h, CODES),
    lambda p, h: w1_gradient(p, h, CODES) / (OPTIONS - 1),
    lambda p, h, n: np.zeros(p.shape[:-1]),
)
SQUARED = Gauge(
    lambda p, h: squared_gap(p, h, TIGHT),
    lambda p, h: squared_gap_gradient(p, h, TIGHT),
    lambda p, h, n: squared_gap_noise(h, TIGHT, n),
)
MEAN = Gauge(lambda p, h: p @ CODES, lambda p, h: 0.0 * (p + h), lambda p, h, n: np.zeros(p.shape[:-1]))


@dataclass(frozen=True)
class Seen:
    """What one gauge says of N respondents on shared wordings, in R replications.

    value   (N, R); jack: (W, N, R) with a wording left out; shift: (N, R) what few wordings and people add to `value`
    slope   (N, R, I, K) by the people; people: (R, I, K)
    """

    value: np.ndarray
    jack: np.ndarray
    shift: np.ndarray
    slope: np.ndarray
    people: np.ndarray
    n_eff: float

    def error_of_people(self, weights: np.ndarray) -> np.ndarray:
        """(R,) standard error from the people of a sum with weights (N, R)."""
        slope = np.einsum("nr,nrik->rik", np.broadcast_to(weights, self.value.shape), self.slope)
        variance = multinomial_variance(slope, self.people, np.full(self.people.shape[:-1], self.n_eff))
        return np.sqrt(variance.sum(axis=-1)) / ITEMS

    def bounds(self, weights: np.ndarray, level: float, estimate: np.ndarray | None = None) -> tuple[np.ndarray, ...]:
        """The product's interval of a sum with weights (N, R): jackknife over wordings, delta method for people."""
        wide = np.broadcast_to(weights, self.value.shape)
        parts = [(jackknife_sd((wide * self.jack).sum(axis=1)), len(self.jack) - 1.0)]
        value = (wide * self.value).sum(axis=0) if estimate is None else estimate
        return t_interval(value, [*parts, (self.error_of_people(wide), np.inf)], level)


def seen(
    logits: np.ndarray, human: np.ndarray, size: tuple[int, int], rng: np.random.Generator, gauges: Sequence[Gauge]
) -> list[Seen]:
    """N respondents (R, N, I, K) on shared wordings against one sample of people each; size: wordings and n_eff."""
    wordings, n_eff = size
    count = len(logits)
    shift = rng.normal(0, SHARED, (count, 1, wordings, ITEMS, OPTIONS))
    own = rng.normal(0, OWN, (*logits.shape[:2], *shift.shape[2:]))
    each = np.moveaxis(softmax(logits[:, :, None] + shift + own), 1, 0)
    people = surveyed(np.broadcast_to(human, (count, ITEMS, OPTIONS)), n_eff, rng)
    sizes = np.full(people.shape[:-1], float(n_eff))
    whole = each.mean(axis=2)
    left = (each.sum(axis=2, keepdims=True) - each) / (wordings - 1)
    found = []
    for gauge in gauges:
        value = gauge.value(whole, people).mean(axis=-1)
        jack = np.moveaxis(gauge.value(left, people[:, None]).mean(axis=-1), 2, 0)
        shift_by_people = gauge.shift(whole, np.broadcast_to(people, whole.shape), sizes).mean(axis=-1)
        moved = jackknife_bias(value, jack) + shift_by_people
        found.append(Seen(value, jack, moved, gauge.slope(whole, people), people, float(n_eff)))
    return found


SAME = "mean of the roots"
APART = np.array([[-1.0], [1.0]])  # the second minus the first


def as_measured(plain: Seen, bound: float, *, guard: bool) -> np.ndarray:
    """(R,) whether two one-sided tests of the difference as it is measured find it inside the bound."""
    low, high = plain.bounds(APART, 1 - 2 * ALPHA)
    inside = (low > -bound) & (high < bound)
    # a shift above half the bound is left undecided
    return inside & (np.abs(plain.shift[1] - plain.shift[0]) <= bound / 2) if guard else inside


def freed(bare: Seen, bound: float, *, root: bool) -> np.ndarray:
    """(R,) whether the two divergences lie inside the bound with noise taken out: the rule of claims/sameness.py."""
    one, two = bare.value - bare.shift
    reach, slope = root_bound(one, two, bound) if root else (np.full(one.shape, bound), np.zeros(one.shape))
    above = bare.bounds(np.array([-1 - slope, 1 - slope]), 1 - 2 * ALPHA, two - one - reach)[1] < 0
    below = bare.bounds(np.array([1 - slope, -1 - slope]), 1 - 2 * ALPHA, one - two - reach)[1] < 0
    return above & below


def tost_rows(replications: int, seed: int) -> Iterator[list[str]]:
    """How often two respondents that differ by exactly the bound, or by more, are called equivalent."""
    planted = world(seed)
    human, error = planted.human[0], np.sqrt(ALPHA * (1 - ALPHA) / replications)
    for how in PAIRS:
        pair = pair_of(planted, how, seed)
        gauges = (MEAN, DISTANCE, DIVERGENCE, W1, SQUARED)
        (m1, m2), (d1, d2), (v1, v2), (w1, w2), (q1, q2) = (one.true(pair, human) for one in gauges)
        # name, bound, the figure as it is measured, the one that noise is taken out of
        rules = (
            ("linear: mean code", abs(m2 - m1), 0, None),
            ("`js_similarity`, roots of the means", np.sqrt(v2) - np.sqrt(v1), 1, 2),
            (f"`js_similarity`, {SAME}", d2 - d1, 1, 2),
            ("`js_divergence`", v2 - v1, 2, 2),
            ("`w1_similarity`, roots of the means", np.sqrt(q2) - np.sqrt(q1), 3, 4),
            (f"`w1_similarity`, {SAME}", w2 - w1, 3, 4),
        )
        for wordings in (*WORDINGS, ENOUGH):
            for n_eff in PEOPLE:
                rng = np.random.default_rng([seed, wordings, n_eff])
                logits = np.broadcast_to(np.stack(pair.logits, axis=1), (replications, 2, ITEMS, OPTIONS))
                found = seen(logits, human, (wordings, n_eff), rng, gauges)
                for name, bound, plain, bare in rules:
                    alone, hits = [], []
                    for at in (bound, bound / 1.5, 2 * bound):
                        alone.append(as_measured(found[plain], at, guard=bare is not None))
                        free = bare is None or freed(found[bare], at, root=bare != plain)
                        hits.append(alone[-1] & free)
                    passed = hits[0].mean() <= ALPHA + 2 * error
                    # a linear figure is there to compare with: with two wordings t alone lets more through
                    far_off = 0.01 + 2 * np.sqrt(0.01 * 0.99 / replications)
                    passed &= bare is None or hits[1].mean() <= far_off
                    yield [
                        how, name, str(wordings), str(n_eff), f"{bound:.4f}", f"{alone[0].mean():.3f}",
                        with_error(1.0 * hits[0]),
                        f"{hits[1].mean():.4f}", f"{hits[2].mean():.3f}",
                        "a limit, see the log" if how == "uneven" and SAME in name else verdict(passed),
                    ]  # fmt: skip


def welch(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Standard error and degrees of freedom of the difference of the means of (M, R) and (M, R)."""
    each = values.reshape(2, MODELS, -1).var(axis=1, ddof=1) / MODELS
    total = each.sum(axis=0)
    return np.sqrt(total), total**2 / (each**2 / (MODELS - 1)).sum(axis=0)


def group_rows(replications: int, seed: int) -> Iterator[list[str]]:
    """How often two kinds of models whose means differ by exactly the bound are called equivalent, or no better."""
    planted = world(seed)
    human, error = planted.human[0], np.sqrt(ALPHA * (1 - ALPHA) / replications)
    for how in ("near", "far", "exact"):
        pair, rng = pair_of(planted, how, seed), np.random.default_rng(seed)
        centre = np.repeat(np.concatenate(pair.logits), MODELS, axis=0)

        def drawn(count: int, rng: np.random.Generator, centre: np.ndarray = centre) -> np.ndarray:
            return centre + rng.normal(0, MODEL_SD, (count, *centre.shape))

        many = [worded(one[:, None], 250, rng).mean(axis=1)[:, 0] for one in np.moveaxis(drawn(300, rng), 1, 0)]
        near, far = (
            [np.mean([gauge.value(one, human).mean() for one in kind]) for gauge in (DISTANCE, DIVERGENCE)]
            for kind in (many[:MODELS], many[MODELS:])
        )
        bounds = {"roots of the means": np.sqrt(far[1]) - np.sqrt(near[1]), "mean of the roots": far[0] - near[0]}
        for name, bound in bounds.items():
            for wordings in WORDINGS:
                for n_eff in PEOPLE:
                    rng = np.random.default_rng([seed, wordings, n_eff])
                    hits = np.concatenate([
                        group_hits(drawn(250, rng), human, (wordings, n_eff), bound, rng)
                        for _ in range(max(1, replications // 250))
                    ])  # fmt: skip
                    passed = hits[:, 1].mean() <= ALPHA + 2 * error and hits[:, 2].mean() <= ALPHA + 2 * error
                    yield [
                        how, name, str(wordings), str(n_eff), f"{bound:.4f}", f"{hits[:, 0].mean():.3f}",
                        with_error(hits[:, 1]), with_error(hits[:, 2]), f"{hits[:, 3].mean():.4f}",
                        f"{hits[:, 4].mean():.3f}", verdict(passed),
                    ]  # fmt: skip


def group_hits(
    logits: np.ndarray, human: np.ndarray, size: tuple[int, int], bound: float, rng: np.random.Generator
) -> np.ndarray:
    """(R, 5): equivalent as measured, equivalent, no better (of the better group), equivalent at 1.5 and .5 bounds."""
    plain, bare = seen(logits, human, size, rng, (DISTANCE, DIVERGENCE))
    sign = np.repeat([-1.0, 1.0], MODELS)[:, None] / MODELS
    gap = (sign * plain.value).sum(axis=0)
    values = bare.value - bare.shift
    one, two = values.reshape(2, MODELS, -1).mean(axis=1)
    found = []
    for at in (bound, bound / 1.5, 2 * bound):
        se, df = welch(plain.value)
        low, high = t_interval(gap, [(se, df)], 1 - 2 * ALPHA)
        reach, slope = root_bound(one, two, at)
        sides = []
        for a, b, estimate in ((-1 - slope, 1 - slope, two - one - reach), (1 - slope, -1 - slope, one - two - reach)):
            weights = np.repeat(np.array([a, b]), MODELS, axis=0)
            se, df = welch(weights * values)
            people = bare.error_of_people(weights / MODELS)
            worded_sd = jackknife_sd((weights / MODELS * bare.jack).sum(axis=1))
            parts = [(se, df), (people, np.inf), (worded_sd, size[0] - 1.0)]
            sides.append(t_interval(estimate, parts, 1 - 2 * ALPHA)[1] < 0)
        inside = (low > -at) & (high < at)
        found += [inside, inside & sides[0] & sides[1], (high < at) & sides[0]]
    return np.array([found[0], found[1], found[2], found[4], found[7]], dtype=float).T


# ---- power


def gamma_effects(skew: float, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Effects of wordings with mean 0, sd 1 and a skewness, long on one side."""
    shape = 4 / skew**2
    return np.sign(skew) * (rng.gamma(shape, size=size) - shape) / np.sqrt(shape)


def lognormal_effects(skew: float, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """The same as logarithms."""
    spread = brentq(lambda s: (np.exp(s * s) + 2) * np.sqrt(np.exp(s * s) - 1) - abs(skew), 1e-4, 2)
    sd = np.sqrt((np.exp(spread**2) - 1) * np.exp(spread**2))
    return np.sign(skew) * (np.exp(spread * rng.standard_normal(size)) - np.exp(spread**2 / 2)) / sd


def odd_effects(skew: float, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """The same with one kind of wording that stands apart from the rest."""
    noise = 0.6
    rest = 1 - noise**2
    part = brentq(lambda q: (1 - 2 * q) / np.sqrt(q * (1 - q)) * rest**1.5 - abs(skew), 1e-3, 0.5)
    apart = ((rng.random(size) < part) - part) / np.sqrt(part * (1 - part)) * np.sqrt(rest)
    return np.sign(skew) * apart + noise * rng.standard_normal(size)


def normal_effects(skew: float, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Normal ones."""
    del skew
    return rng.standard_normal(size)


SHAPES = {"gamma": gamma_effects, "lognormal": lognormal_effects, "one kind apart": odd_effects}
PILOTS = (5, 10, ENOUGH)
Foreseen = tuple[float, float]


def foreseen(effect: float, wordings: int, skew: float) -> Foreseen:
    """Power of superiority at an effect, and of equivalence at 0 inside 1.5 times that effect, as `power` has it."""
    keys = {"sd": 1.0, "clusters": wordings, "fixed_sd": 0.0, "skew": skew}
    better = verdict_power(effect, bar=0.0, level=1 - 2 * ALPHA, **keys)
    return better, equivalence_verdict_power(0.0, bound=1.5 * effect, alpha=ALPHA, **keys)


def power_seen(drawn: np.ndarray, effect: float) -> tuple[np.ndarray, np.ndarray]:
    """Which replications (R, W) find superiority, and equivalence."""
    wordings = drawn.shape[1]
    parts = [(drawn.std(axis=1, ddof=1) / np.sqrt(wordings), wordings - 1.0)]
    low, high = t_interval(drawn.mean(axis=1), parts, 1 - 2 * ALPHA)
    return low + effect > 0, (low > -1.5 * effect) & (high < 1.5 * effect)


def power_rows(replications: int, seed: int) -> Iterator[list[str]]:
    """Power over wordings as foreseen with and without their skewness, as bracketed, and as simulated."""
    rng = np.random.default_rng(seed)
    for shape, skew in (("normal", 0.0), *((shape, skew) for shape in SHAPES for skew in (1.0, -1.0))):
        for wordings in (5, 10, ENOUGH):
            for effect in (0.5, 1.0):
                drawn = SHAPES.get(shape, normal_effects)(skew, (replications, wordings), rng)
                every = [foreseen(effect, wordings, one) for one in SKEWS]
                plain, known = foreseen(effect, wordings, 0.0), foreseen(effect, wordings, skew)
                cells, fits = [], []
                for k, hits in enumerate(power_seen(drawn, effect)):
                    rate, ends = hits.mean(), (min(one[k] for one in every), max(one[k] for one in every))
                    fits += [abs(known[k] - rate) <= 0.05, ends[0] - 0.05 <= rate <= ends[1] + 0.05]
                    cells += [
                        f"{plain[k]:.3f}",
                        f"{known[k]:.3f}",
                        f"{ends[0]:.2f}-{ends[1]:.2f}",
                        with_error(1.0 * hits),
                    ]
                yield [shape, f"{skew:g}", str(wordings), f"{effect:g} / {1.5 * effect:g}", *cells, verdict(all(fits))]


def pilot_rows(replications: int, seed: int) -> Iterator[list[str]]:
    """How often power foreseen from a pilot's shape lies within .05 of the power that there is; its spread is known."""
    rng = np.random.default_rng(seed)
    tries = max(20, replications // 40)
    for shape, skew in (("normal", 0.0), *((shape, skew) for shape in SHAPES for skew in (1.0, -1.0))):
        make = SHAPES.get(shape, normal_effects)
        for pilot in PILOTS:
            near = []
            for wordings in (5, 10):
                for effect in (0.5, 1.0):
                    true = [hits.mean() for hits in power_seen(make(skew, (20_000, wordings), rng), effect)]
                    for sample in make(skew, (tries, pilot), rng):
                        own = skewness(sample) or 0.0
                        ways = [foreseen(effect, wordings, one) for one in (
                            0.0, round(np.clip(own, -2, 2), 1), round(np.clip(own * pilot / (pilot + SHRINK), -2, 2), 1)
                        )]  # fmt: skip
                        again = rng.choice((sample - sample.mean()) / sample.std(), (2000, wordings))
                        ways.append(tuple(hits.mean() for hits in power_seen(again, effect)))
                        near.append([abs(way[k] - true[k]) <= 0.05 for way in ways for k in (0, 1)])
            shares = np.mean(near, axis=0).reshape(4, 2).mean(axis=1)
            yield [shape, f"{skew:g}", str(pilot), *(f"{share:.2f}" for share in shares)]


# ---- the table


def with_error(hits: np.ndarray) -> str:
    """Mean and Monte-Carlo error over replications."""
    return f"{hits.mean():.4f} ± {hits.std(ddof=1) / np.sqrt(len(hits)):.4f}"


def verdict(ok: bool | np.bool_) -> str:
    """What a cell says of its bar."""
    return "meets" if ok else "FAILS"


FORESEEN = ("normal", "with skewness", "bracket", "simulated")
STUDIES = {
    "intervals": (
        "Coverage of nominal 95 % intervals, by wordings (clusters) and n_eff; bar .93 to .97 at 20 or more clusters",
        ["wordings", "n_eff", "`index`", "`js_similarity_corrected`", "the same, design effect ignored", "bar"],
        interval_rows,
    ),
    "permutations": (
        "False alarms at .05 of permutation tests when countries have nothing in common; in brackets the size a test "
        "has with such data, since few relabellings and ties between them leave steps; bar: that size ± 2 Monte-Carlo "
        "errors, which one test in twenty misses by chance",
        [
            "countries",
            "wordings",
            "n_eff",
            "tau, one index",
            "tau, average of three",
            "`structure`",
            "bar",
        ],
        permutation_rows,
    ),
    "equivalence": (
        "Two respondents whose true difference is the bound: how often they are called equivalent at .05, by the "
        "difference as measured alone and by the rule of claims, at true differences of 1.5 bounds and half a bound "
        "(power); bar: .05, and .01 at 1.5 bounds, + 2 Monte-Carlo errors",
        [
            "respondents",
            "bound on",
            "wordings",
            "n_eff",
            "bound",
            "as measured alone",
            "called equivalent",
            "at 1.5 bounds",
            "at half a bound",
            "bar",
        ],
        tost_rows,
    ),
    "groups": (
        f"Two kinds of {MODELS} models each whose true difference is the bound, on `js_similarity`: how often they are "
        "called equivalent (as measured alone, and by the rule of claims), and the better kind no better; bar: .05 + 2 "
        "Monte-Carlo errors",
        [
            "models",
            "bound on",
            "wordings",
            "n_eff",
            "bound",
            "as measured alone",
            "called equivalent",
            "called no better",
            "equivalent at 1.5 bounds",
            "at half a bound",
            "bar",
        ],
        group_rows,
    ),
    "power": (
        "Power over wordings at .05 with a known spread: foreseen as if their effects were normal, with their "
        "skewness, bracketed over skewnesses from -1 to 1, and simulated; bar: with the skewness within .05, and "
        "inside the bracket give or take .05",
        [
            "effects of wordings",
            "skewness",
            "wordings",
            "effect / bound",
            *(f"{what}: {how}" for what in ("superiority", "equivalence") for how in FORESEEN),
            "bar",
        ],
        power_rows,
    ),
    "pilots": (
        "How often power lies within .05 of the truth when the shape of the effects comes from a pilot (5 and 10 "
        "wordings, effects .5 and 1, superiority and equivalence; spread known)",
        [
            "effects of wordings",
            "skewness",
            "wordings in the pilot",
            "normal",
            "the pilot's skewness",
            "the same, shrunk",
            "the pilot's effects drawn again",
        ],
        pilot_rows,
    ),
}


def heading(names: list[str], replications: int, seed: int) -> list[str]:
    """What stands above the tables."""
    date = datetime.now(UTC).date().isoformat()
    return [
        f"\n## Calibration — `benchmarks/calibration.py --replications {replications} --seed {seed}`, {date}\n",
        f"22 planted countries, {ITEMS} items, humans sampled with weights (design effect {DEFF:.2f}); ± is the "
        "Monte-Carlo error.\n",
    ]


if __name__ == "__main__":
    from tables import run_studies

    run_studies("How often what the measures say is so.", STUDIES, heading, 200)
