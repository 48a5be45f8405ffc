"""What the measures cost: CPU-seconds of each on a run that is made up in memory, with nothing read or written.

The run: 10 respondents x 22 countries of the Arab League (and nobody) x 300 items x 8 framings (4 wordings x 2 option
orders), against 22 populations of 1,000 people with a design effect of 1.5. Respondents lie between the people and one
regional stereotype. Prints CPU-seconds of each measure, their sum and the peak of memory.

    python benchmarks/measures.py [MEASURE ...]
"""

import resource
import sys
import time
from collections.abc import Sequence

import numpy as np
import polars as pl

from tawazun.answers.records import SCHEMA
from tawazun.instruments import Instrument, Question, Wording
from tawazun.measures import find_measure, measure_names
from tawazun.measures.context import Context, make_context
from tawazun.places import group
from tawazun.populations import HumanAnswer, Population, humans_table
from tawazun.source import Source
from tawazun.study import MeasureKeys

REGION = "group:arab-league@2023-05"
SECONDS, MEMORY_GB = 60.0, 3.0
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
        *(pl.lit(None, dtype=SCHEMA[name]).alias(name) for name in ("n", "value", "sd", "text", "error")),
    )
    return table.select(list(SCHEMA))


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


def main(chosen: Sequence[str]) -> int:
    """Print the table; exit 1 when a bar is missed."""
    start = time.process_time()
    context = make_run()
    print(f"{'make the arrays':<28} {time.process_time() - start:>8.2f} CPU-s")
    total = 0.0
    for name in chosen or measure_names():
        start = time.process_time()
        rows = sum(1 for _ in find_measure(name).compute(context))
        seconds = time.process_time() - start
        total += seconds
        print(f"{name:<28} {seconds:>8.2f} CPU-s {rows:>9,} rows", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{'all together':<28} {total:>8.2f} CPU-s, peak {peak:.2f} GB")
    missed = total > SECONDS or peak > MEMORY_GB
    print("bars missed" if missed else f"bars met: {SECONDS:g} CPU-s, {MEMORY_GB:g} GB")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
