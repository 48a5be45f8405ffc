"""How often what the measures say is so: coverage of intervals, false alarms of tests, power, on a planted world.

Twenty-two countries of invented people, twelve items of four options, three indices. Humans are sampled with unequal
weights (design effect 1.62), so that n_eff people are 1.62 n_eff interviews. A respondent plays every country under
wordings that shift every item, mostly alike for all countries. Intervals and tests are those of the product: the
closeness and index intervals through the measures' own code on cubes in memory, the permutation tests through `stats`.
Every figure comes with its Monte-Carlo error; replications are fresh wordings and fresh people each.

    python benchmarks/calibration.py                         # a short run, printed
    python benchmarks/calibration.py --replications 4000 --append   # the published one, appended to RESULTS.md
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from scipy.stats import rankdata

from tawazun.answers.records import SCHEMA
from tawazun.instruments import Index, Instrument, Question
from tawazun.measures.averages import averages
from tawazun.measures.context import Context, make_context
from tawazun.measures.corrected import pooled
from tawazun.measures.indexing import formulas, subject_values
from tawazun.measures.spread import interval
from tawazun.populations import HumanAnswer, Population, humans_table
from tawazun.source import Source
from tawazun.stats.delta import js_distance_gradient, js_divergence_gradient, multinomial_variance
from tawazun.stats.distances import js_bias, js_distance, js_divergence
from tawazun.stats.equivalence import equivalence_power, superiority_power
from tawazun.stats.permutation import mantel
from tawazun.stats.ranks import joint_permutation_tau, kendall_tau_b, orders
from tawazun.stats.resampling import jackknife_bias, jackknife_sd, t_interval
from tawazun.study import MeasureKeys

RESULTS = Path(__file__).with_name("RESULTS.md")
SOURCE = Source("a benchmark", "benchmarks/calibration.py", "1", "CC0-1.0", "none", "yes")
COUNTRIES, ITEMS, OPTIONS, LEVEL, ALPHA = 22, 12, 4, 0.95, 0.05
INDICES = {"a": (0, 1, 2, 3), "b": (4, 5, 6, 7), "c": (8, 9, 10, 11)}
WEIGHTS, PARTS = np.array([0.3, 1.0, 2.5]), np.array([0.4, 0.4, 0.2])
DEFF = float(PARTS @ WEIGHTS**2 / (PARTS @ WEIGHTS) ** 2)
SHARED, OWN = 0.4, 0.15  # sd of what a wording does to log-odds: to all countries alike, and to one
WORDINGS, PLACES, PEOPLE = (2, 5, 10), (4, 7, 22), (100, 1000)
ENOUGH = 20
CODES = np.arange(1.0, OPTIONS + 1)
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


# ---- equivalence and power

Pair = tuple[np.ndarray, np.ndarray]


# how far two respondents are from the people: sd of the first one's error in log-odds, and the second one's multiple
PAIRS = {"near": (0.35, 1.6), "far": (1.0, 1.25)}


def pair_of(planted: World, how: str, seed: int) -> Pair:
    """Log-odds (1, I, K) of two respondents that play one country, the second a little farther from its people."""
    size, more = PAIRS[how]
    error = np.random.default_rng(seed).normal(0, size, (1, ITEMS, OPTIONS))
    return planted.people[:1] + error, planted.people[:1] + more * error


@dataclass(frozen=True)
class Differences:
    """(R,) differences between two respondents on shared wordings, with what a test of them is made of.

    wording, people   standard errors from wordings and from people
    shift             what few wordings and few people alone do to `value`, to first order
    """

    value: np.ndarray
    wording: np.ndarray
    people: np.ndarray
    shift: np.ndarray

    def bounds(self, wordings: int, level: float) -> tuple[np.ndarray, np.ndarray]:
        """The interval of the product."""
        return t_interval(self.value, [(self.wording, wordings - 1.0), (self.people, np.inf)], level)

    def freed(self) -> "Differences":
        """The same with the shift taken out."""
        return replace(self, value=self.value - self.shift, shift=0.0 * self.shift)


@dataclass(frozen=True)
class Gauge:
    """One figure of closeness to people: its value (p, h), slope by h, and first-order shift by people, per item."""

    value: Callable[[np.ndarray, np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray, np.ndarray], np.ndarray]
    shift: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


SIMILARITY = Gauge(
    lambda p, h: 1 - js_distance(p, h),
    lambda p, h: -js_distance_gradient(p, h, js_distance(p, h)),
    lambda p, h, n: -js_bias(p, h, None, n) / (2 * np.maximum(js_distance(p, h), 1e-12)),
)
DIVERGENCE = Gauge(js_divergence, js_divergence_gradient, lambda p, h, n: js_bias(p, h, None, n))
MEAN = Gauge(lambda p, h: p @ CODES, lambda p, h: 0.0 * h, lambda p, h, n: np.zeros(p.shape[:-1]))


def differences(pair: Pair, human: np.ndarray, size: tuple[int, int], count: int, seed: int) -> list[Differences]:
    """The differences of the mean code, JS similarity and JS divergence; size: wordings and n_eff."""
    wordings, n_eff = size
    rng = np.random.default_rng([seed, *size])
    shift = rng.normal(0, SHARED, (count, wordings, ITEMS, OPTIONS))
    people = surveyed(np.broadcast_to(human, (count, ITEMS, OPTIONS)), n_eff, rng)
    sizes = np.full(people.shape[:-1], float(n_eff))
    each = [softmax(logits[0] + shift + rng.normal(0, OWN, shift.shape)) for logits in pair]
    whole = [one.mean(axis=1) for one in each]
    jack = [(one.sum(axis=1, keepdims=True) - one) / (wordings - 1) for one in each]

    def of(gauge: Gauge) -> Differences:
        a, b = (gauge.value(one, people).mean(axis=-1) for one in whole)
        one, two = (np.moveaxis(gauge.value(left, people[:, None]).mean(axis=-1), 1, 0) for left in jack)
        slopes = [gauge.slope(side, people) for side in whole]
        variance = multinomial_variance(slopes[0] - slopes[1], people, sizes)
        moved = [gauge.shift(side, people, sizes).mean(axis=-1) for side in whole]
        shift = jackknife_bias(a - b, one - two) + moved[0] - moved[1]
        return Differences(a - b, jackknife_sd(one - two), np.sqrt(variance.sum(axis=-1)) / ITEMS, shift)

    return [of(gauge) for gauge in (MEAN, SIMILARITY, DIVERGENCE)]


def tost_rows(replications: int, seed: int) -> Iterator[list[str]]:
    """How often two respondents that differ by exactly the bound are called equivalent."""
    planted = world(seed)
    human, error = planted.human[0], np.sqrt(ALPHA * (1 - ALPHA) / replications)
    for how in PAIRS:
        pair, rng = pair_of(planted, how, seed), np.random.default_rng(seed)
        truth = [np.mean([worded(one, 250, rng).mean(axis=0)[0] for _ in range(80)], axis=0) for one in pair]
        for wordings in (*WORDINGS, ENOUGH):
            for n_eff in PEOPLE:
                found = differences(pair, human, (wordings, n_eff), replications, seed)
                for name, one, gauge in (
                    ("mean code", found[0], MEAN),
                    ("`js_similarity`, as claims rule", found[1], SIMILARITY),
                    ("divergence, shift taken out", found[2].freed(), DIVERGENCE),
                ):
                    true = float((gauge.value(truth[0], human) - gauge.value(truth[1], human)).mean())
                    bound = abs(true)
                    low, high = one.bounds(wordings, 1 - 2 * ALPHA)
                    said = (low > -bound) & (high < bound)
                    if one is found[1]:
                        said &= np.abs(one.shift) <= bound / 2  # claims call it undecided beyond
                    wide = one.bounds(wordings, LEVEL)
                    covered = (wide[0] <= true) & (true <= wide[1])
                    moved = np.sign(true) * (one.value.mean() - true)
                    yield [
                        how, name, str(wordings), str(n_eff), f"{bound:.4f}", f"{moved:+.4f}",
                        with_error(1.0 * said), with_error(1.0 * covered), verdict(said.mean() <= ALPHA + 2 * error),
                    ]  # fmt: skip


def power_rows(replications: int, seed: int) -> Iterator[list[str]]:
    """Power of a paired test over wordings as predicted and as simulated, for normal and skewed effects of wordings."""
    rng = np.random.default_rng(seed)
    for shape in ("normal", "skewed"):
        for wordings in (5, 10, ENOUGH):
            for effect in (0.5, 1.0):
                size = (replications, wordings)
                # both have sd 1; the skewness of the second is 1
                drawn = rng.normal(size=size) if shape == "normal" else rng.gamma(4.0, 0.5, size) - 2.0
                parts = [(drawn.std(axis=1, ddof=1) / np.sqrt(wordings), wordings - 1.0)]
                value, bound, true_se = drawn.mean(axis=1), 1.5 * effect, 1 / np.sqrt(wordings)
                low, _ = t_interval(value + effect, parts, 1 - 2 * ALPHA)
                inside = t_interval(value, parts, 1 - 2 * ALPHA)
                better = float(superiority_power(effect, true_se, wordings - 1, alpha=ALPHA))
                same = float(equivalence_power(0.0, true_se, wordings - 1, bounds=(-bound, bound), alpha=ALPHA))
                pairs = ((better, low > 0), (same, (inside[0] > -bound) & (inside[1] < bound)))
                cells = [cell for predicted, seen in pairs for cell in (f"{predicted:.3f}", with_error(1.0 * seen))]
                bar = verdict(all(abs(predicted - seen.mean()) <= 0.05 for predicted, seen in pairs))
                yield [shape, str(wordings), f"{effect:g} / {bound:g}", *cells, bar]


# ---- the table


def with_error(hits: np.ndarray) -> str:
    """Mean and Monte-Carlo error over replications."""
    return f"{hits.mean():.4f} ± {hits.std(ddof=1) / np.sqrt(len(hits)):.4f}"


def verdict(ok: bool | np.bool_) -> str:
    """What a cell says of its bar."""
    return "meets" if ok else "FAILS"


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
        "Two respondents whose true difference is the bound: how often they are called equivalent at .05, and coverage "
        "of the 95 % interval; bar .05 + 2 Monte-Carlo errors",
        [
            "respondents",
            "difference of",
            "wordings",
            "n_eff",
            "bound",
            "bias outward",
            "called equivalent",
            "coverage",
            "bar",
        ],
        tost_rows,
    ),
    "power": (
        "Power over wordings, predicted and simulated; bar: within .05",
        [
            "effects of wordings",
            "wordings",
            "effect / bound",
            "superiority",
            "simulated",
            "equivalence",
            "simulated",
            "bar",
        ],
        power_rows,
    ),
}


def report(names: list[str], replications: int, seed: int) -> str:
    """The Markdown of the chosen studies."""
    date = datetime.now(UTC).date().isoformat()
    lines = [
        f"\n## Calibration — `benchmarks/calibration.py --replications {replications} --seed {seed}`, {date}\n",
        f"22 planted countries, {ITEMS} items, humans sampled with weights (design effect {DEFF:.2f}); ± is the "
        "Monte-Carlo error.\n",
    ]
    for name in names:
        title, head, study = STUDIES[name]
        start = time.process_time()
        rows = list(study(replications, seed))
        spent = time.process_time() - start
        lines += [f"\n### {name}: {title} ({spent:.0f} CPU-s)\n"]
        lines += ["| " + " | ".join(head) + " |", "|" + "---:|" * (len(head) - 1) + "---|"]
        lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="How often what the measures say is so.")
    parser.add_argument("studies", nargs="*", metavar="STUDY", help=f"of {', '.join(STUDIES)}; all when none is named")
    parser.add_argument("--replications", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--append", action="store_true", help="append to RESULTS.md")
    given = parser.parse_args()
    if unknown := set(given.studies) - set(STUDIES):
        parser.error(f"no study {sorted(unknown)[0]!r}; there are {', '.join(STUDIES)}")
    text = report(given.studies or list(STUDIES), given.replications, given.seed)
    print(text)
    if given.append:
        with RESULTS.open("a", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()
