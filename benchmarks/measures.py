"""What the measures cost: CPU-seconds of each on a run that is made up in memory, with nothing read or written.

The run: 10 respondents x 22 countries of the Arab League (and nobody) x 300 items x 8 framings (4 wordings x 2 option
orders), against 22 populations of 1,000 people with a design effect of 1.5. Respondents lie between the people and one
regional stereotype.

First it asserts that the numbers are right: closeness of some cells against a slow computation of their own, and that
the respondent nearest to the people is told apart from the one nearest to the stereotype by every measure that says so.
Then CPU-seconds of each measure, median of three fresh processes; those that live on permutations, or on components of
variance, are counted apart.

    python benchmarks/measures.py [MEASURE ...]
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from statistics import median

import numpy as np
import polars as pl
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance

from tawazun.answers.records import SCHEMA
from tawazun.estimates import Estimate
from tawazun.instruments import Instrument, Question, Wording
from tawazun.measures import find_measure, measure_names
from tawazun.measures.context import Context, make_context
from tawazun.places import group
from tawazun.populations import HumanAnswer, Population, humans_table
from tawazun.source import Source
from tawazun.study import MeasureKeys

REGION = "group:arab-league@2023-05"
SECONDS, MEMORY_GB, TIMES = 60.0, 3.0, 3
PERMUTED = ("rank_agreement", "structure", "deviation_agreement", "identifiability", "factor_congruence", "recall",
            "kogut_singh", "cross_topic_agreement")  # fmt: skip
COMPONENTS = ("generalisability", "variance_ratio", "homogenisation")
RESPONDENTS, ITEMS, OPTIONS = 10, 300, 5
WORDINGS, ORDERS = ("w1", "w2", "w3", "w4"), ("forward", "reversed")
PEOPLE, DEFF = 1000.0, 1.5
SOURCE = Source("a benchmark", "benchmarks/measures.py", "1", "CC0-1.0", "none", "yes")


def toy() -> Instrument:
    """Ordinal items, five options each."""
    options = tuple(f"level {k}" for k in range(1, OPTIONS + 1))
    codes = tuple(float(k) for k in range(1, OPTIONS + 1))
    questions = tuple(
        Question(f"q{n}", "one", codes, tuple(Wording(w, "en", f"{w} {n}?", options) for w in WORDINGS), ordinal=True)
        for n in range(ITEMS)
    )
    return Instrument("toy", "A made-up survey", questions, SOURCE, "anything real")


def truths(rng: np.random.Generator, places: int) -> np.ndarray:
    """(C, Q, K) answers of the people of each place."""
    level = rng.normal(0, 0.8, (1, ITEMS, OPTIONS)) + rng.normal(0, 0.4, (places, ITEMS, OPTIONS))
    shares = np.exp(level)
    return shares / shares.sum(axis=-1, keepdims=True)


def answers(rng: np.random.Generator, truth: np.ndarray, places: Sequence[str]) -> pl.DataFrame:
    """Respondent r keeps (10 - r) tenths of each country's difference from the region; the default is the region."""
    mean = truth.mean(axis=0)
    framings = [(w, o) for w in WORDINGS for o in ORDERS]
    blocks = []
    for r in range(RESPONDENTS):
        kept = 1 - r / RESPONDENTS
        shares = np.concatenate([mean[None], mean + kept * (truth - mean)])
        noise = rng.normal(0, 0.15, (len(shares), len(framings), ITEMS, OPTIONS))
        p = shares[:, None] * np.exp(noise)
        p /= p.sum(axis=-1, keepdims=True)
        s, f, q = (axis.ravel() for axis in np.indices(p.shape[:-1]))
        personas = np.array(["none", *places])
        blocks.append(
            pl.DataFrame(
                {
                    "respondent": pl.Series([f"model {r}"] * len(s)),
                    "question": pl.Series(np.array([f"q{n}" for n in range(ITEMS)])[q]),
                    "persona": pl.Series(personas[s]),
                    "perspective": pl.Series(np.where(s == 0, "self", "persona")),
                    "wording": pl.Series(np.array([w for w, _ in framings])[f]),
                    "order": pl.Series(np.array([o for _, o in framings])[f]),
                    "p": pl.Series(p.reshape(-1, OPTIONS), dtype=pl.Array(pl.Float64, OPTIONS)).cast(
                        pl.List(pl.Float64)
                    ),
                }
            )
        )
    constant = {"instrument": "toy", "language": "en", "labels": "letters", "placement": "system", "context": "",
                "decoding": "readout", "mode": "logprob", "ask": "", "cell": "", "respondent_id": ""}  # fmt: skip
    table = pl.concat(blocks).with_columns(
        *(pl.lit(value).alias(name) for name, value in constant.items()),
        *(pl.lit(0.0).alias(name) for name in ("off_menu", "refused", "unread")),
    )
    absent = [pl.lit(None, dtype=kind).alias(name) for name, kind in SCHEMA.items() if name not in table.columns]
    return table.with_columns(*absent).select(list(SCHEMA))


def people(rng: np.random.Generator, truth: np.ndarray, places: Sequence[str]) -> pl.DataFrame:
    """The humans table: sampled shares with n, n_eff and deff."""
    n_eff = PEOPLE / DEFF
    sampled = rng.multinomial(round(n_eff), truth) / round(n_eff)
    codes = np.arange(1, OPTIONS + 1)
    return humans_table(
        [
            Population(
                f"toy-1/{place}", place, "toy", "distributions",
                tuple(
                    HumanAnswer(f"q{q}", tuple(p), float(p @ codes), None, PEOPLE, n_eff, DEFF)
                    for q, p in enumerate(sampled[c])
                ),
                SOURCE, "sampled",
            )
            for c, place in enumerate(places)
        ]
    )  # fmt: skip


def make_run(seed: int = 1) -> Context:
    """The run as the measures see it."""
    rng = np.random.default_rng(seed)
    places = group(REGION).members
    truth = truths(rng, len(places))
    keys = MeasureKeys(groups=[REGION], reference=f"toy-1/{places[0]}", draws=200)
    return make_context(answers(rng, truth, places), people(rng, truth, places), [toy()], keys, seed)


def one(rows: Sequence[Estimate], **wanted: str) -> Estimate:
    """The only row with these fields."""
    found = [row for row in rows if all(getattr(row, key) == value for key, value in wanted.items())]
    assert len(found) == 1, f"{len(found)} rows for {wanted}"
    return found[0]


def check(context: Context, places: Sequence[str]) -> None:
    """Closeness equals a slow computation of its own on a subset; AssertionError when it does not."""
    made, side = context.cubes["toy"], context.people["toy"][0]
    rows = {name: list(find_measure(name).compute(context)) for name in ("js_similarity", "w1_similarity", "skill")}
    codes = np.arange(1, OPTIONS + 1)
    for respondent in (0, RESPONDENTS // 2, RESPONDENTS - 1):
        for place in (places[0], places[-1]):
            at = next(
                i for i, s in enumerate(made.subjects) if (s.respondent, s.persona) == (f"model {respondent}", place)
            )
            human = side.p[side.places.index(place)]
            average = np.nanmean(made.p[at], axis=0)
            js = [1 - jensenshannon(p, h, base=2) for p, h in zip(average, human, strict=True)]
            w1 = [1 - wasserstein_distance(codes, codes, p, h) / (OPTIONS - 1)
                  for p, h in zip(average, human, strict=True)]  # fmt: skip
            flat = np.mean([1 - jensenshannon(np.full(OPTIONS, 1 / OPTIONS), h, base=2) for h in human])
            who = {"respondent": f"model {respondent}", "persona": place, "population": f"toy-1/{place}"}
            found = [one(rows["js_similarity"], item="", **who), one(rows["w1_similarity"], item="", **who)]
            skill = one(rows["skill"], facet="floor=uniform;ceiling=identical", **who)
            slow = [np.mean(js), np.mean(w1), (np.mean(js) - flat) / (1 - flat)]
            assert np.allclose([row.value for row in (*found, skill)], slow, atol=1e-9), who
            assert np.isclose(one(rows["js_similarity"], item="q7", **who).value or 0, js[7], atol=1e-9), who


def check_told_apart(context: Context) -> None:
    """Who keeps every difference between countries is told from who keeps a tenth of them, by every measure for it."""
    near, far = "model 0", f"model {RESPONDENTS - 1}"
    skills = list(find_measure("country_skill").compute(context))
    mean = [row for row in skills if not row.persona and "places" in row.facet and not row.respondent.startswith("f")]
    best, worst = (next(row for row in mean if row.respondent == who) for who in (near, far))
    assert best.low is not None and worst.high is not None and best.low > worst.high, (best, worst)
    slopes = [row for row in find_measure("deviation_agreement").compute(context) if row.facet == "slope"]
    best, worst = (next(row for row in slopes if row.respondent == who) for who in (near, far))
    assert best.value is not None and worst.value is not None and best.value > 0.8 > 0.3 > worst.value, (best, worst)


def timed(name: str, context: Context) -> tuple[float, int]:
    """CPU-seconds and rows of one measure."""
    start = time.process_time()
    rows = sum(1 for _ in find_measure(name).compute(context))
    return time.process_time() - start, rows


def once(chosen: Sequence[str]) -> dict[str, tuple[float, int]]:
    """Seconds and rows of every measure in this process, in order, and the peak of memory in kB."""
    context = make_run()
    found = {name: timed(name, context) for name in chosen}
    return {**found, "peak": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, 0)}


def kind(name: str) -> str:
    """Under which sum a measure counts."""
    return "permutations" if name in PERMUTED else "variance components" if name in COMPONENTS else "measures"


def main(chosen: Sequence[str]) -> int:
    """Print the table; exit 1 when a bar is missed."""
    context = make_run()
    check(context, group(REGION).members)
    check_told_apart(context)
    print("equal to a slow computation of their own; the nearest respondent told apart from the stereotype", flush=True)
    names = list(chosen) or list(measure_names())
    command = [sys.executable, __file__, "--once", *names]
    runs = [json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(TIMES)]
    for name in names:
        print(f"{name:<28} {median(run[name][0] for run in runs):>8.2f} CPU-s {runs[0][name][1]:>9,} rows")
    sums = {}
    for one_kind in ("measures", "permutations", "variance components"):
        each = [sum(run[name][0] for name in names if kind(name) == one_kind) for run in runs]
        sums[one_kind] = median(each)
        spread = ", ".join(f"{seconds:.1f}" for seconds in each)
        print(f"{one_kind:<28} {sums[one_kind]:>8.2f} CPU-s, median of {spread}")
    peak = max(run["peak"][0] for run in runs) / 1e6
    everything = sum(sums.values())
    missed = sums["measures"] > SECONDS or peak > MEMORY_GB
    print(f"{'all together':<28} {everything:>8.2f} CPU-s, peak {peak:.2f} GB")
    print("bars missed" if missed else f"bars met: {SECONDS:g} CPU-s, {MEMORY_GB:g} GB")
    return int(missed)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        print(json.dumps(once(sys.argv[2:])))
        sys.exit(0)
    sys.exit(main(sys.argv[1:]))
