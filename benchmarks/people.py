"""How well intervals hold when the same people answer every item, so that their answers go together.

One population, ordinal items of four options, a person's answers tied by one normal factor (latent correlation rho).
Two respondents lean to opposite sides of the people by the same amount on every item, so neither is closer; that all
items are missed the same way is the worst case, for then people's errors add up. A third leans to either side by
chance. Twenty wordings move little. Intervals and verdicts are those of the product: measures and claims on cubes in
memory, once with halves of the people (as microdata give them), once with shares and n alone and a declared
`item_correlation`. Every replication draws new people, new halves and new wordings.

    nice -n 10 python benchmarks/people.py                               # a short run, printed
    nice -n 10 python benchmarks/people.py --replications 1000 --append  # the published one, appended to RESULTS.md
"""

import argparse
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from scipy.special import ndtr

from tawazun.answers.records import SCHEMA
from tawazun.claims import Gathered, Part, claim_from, decide, gather
from tawazun.claims.contrast import contrast
from tawazun.claims.likeness import View
from tawazun.claims.matching import Target
from tawazun.claims.yardsticks import Side, yardstick
from tawazun.instruments import Instrument, Question
from tawazun.measures.averages import averages
from tawazun.measures.closeness import W1_SIMILARITY, pair
from tawazun.measures.corrected import pooled
from tawazun.measures.people import People
from tawazun.measures.spread import joined, replicates
from tawazun.populations import HumanAnswer, Population, humans_table
from tawazun.seeds import digest
from tawazun.source import Source
from tawazun.stats.distances import js_divergence, w1_similarity
from tawazun.study import ITEM_CORRELATION, study_from

RESULTS = Path(__file__).with_name("RESULTS.md")
SOURCE = Source("a benchmark", "benchmarks/people.py", "1", "CC0-1.0", "none", "yes")
WHO = ("left", "right", "mixed")
OPTIONS, WORDINGS, LEAN, NOISE, SPLITS, LEVEL, DELTA = 4, 20, 0.6, 0.03, 20, 0.95, 0.005
CODES = np.arange(1.0, OPTIONS + 1)
RHOS, PEOPLE, ITEMS = (0.0, ITEM_CORRELATION, 0.3), (300, 1000), (30, 100)
COLUMNS = (
    "`js_similarity_corrected`", "the same, mixed leans", "`w1_similarity`",
    "`closer`, js: coverage", "false verdicts", "`closer`, w1: coverage", "false verdicts",
)  # fmt: skip


def survey(items: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Cuts (Q, K - 1), symmetric around 0, and the leans (3, Q) of the respondents."""
    cuts = np.sort(rng.normal(0, 0.8, (items, OPTIONS - 1)), axis=1)
    cuts = (cuts - cuts[:, ::-1]) / 2
    return cuts, LEAN * np.array([np.ones(items), -np.ones(items), rng.choice([-1.0, 1.0], items)])


def shares(cuts: np.ndarray, lean: np.ndarray | float) -> np.ndarray:
    """(..., Q, K) shares of a normal position moved by `lean`."""
    below = ndtr(cuts - np.asarray(lean)[..., None])
    ends = np.zeros((*below.shape[:-1], 1))
    return np.diff(np.concatenate([ends, below, ends + 1], axis=-1), axis=-1)


def asked(cuts: np.ndarray, rho: float, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Shares (Q, K) of n people, and of random halves of them (R, 2, Q, K)."""
    stands = np.sqrt(rho) * rng.standard_normal((n, 1)) + np.sqrt(1 - rho) * rng.standard_normal((n, len(cuts)))
    chosen = (stands[:, :, None] > cuts).sum(axis=-1)
    table = (chosen[:, :, None] == np.arange(OPTIONS)).reshape(n, -1).astype(float)
    first = rng.permuted(np.tile(np.arange(n) < n // 2, (SPLITS, 1)), axis=1)
    halves = np.stack([first.astype(float) @ table, (~first).astype(float) @ table], axis=1) / (n // 2)
    shape = (len(cuts), OPTIONS)
    return table.mean(axis=0).reshape(shape), halves.reshape(SPLITS, 2, *shape)


def worded(truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(S, Q, K) -> (S, W, Q, K): every wording moves every answer a little, at random."""
    move = rng.normal(0, NOISE, (len(truth), WORDINGS, *truth.shape[1:]))
    moved = truth[:, None] * (1 + move - (move * truth[:, None]).sum(axis=-1, keepdims=True))
    return np.asarray(moved / moved.sum(axis=-1, keepdims=True))


def laid_out(items: int) -> Gathered:
    """A finished run of three respondents whose figures are replaced in every replication."""
    questions = tuple(Question(f"q{i}", "one", tuple(CODES), ordinal=True) for i in range(items))
    instrument = Instrument("planted", "A planted survey", questions, SOURCE, "anything real")
    even = [1 / OPTIONS] * OPTIONS
    framed = {
        "instrument": "planted", "persona": "none", "perspective": "self", "language": "en", "order": "forward",
        "labels": "digits", "placement": "system", "context": "", "decoding": "readout", "mode": "logprob", "p": even,
    }  # fmt: skip
    rows = []
    for question in questions:
        for w in range(WORDINGS):
            ask = digest(f"{question.id} {w}")
            own = {"question": question.id, "wording": f"w{w}", "ask": ask}
            rows += [
                {**framed, **own, "respondent": who, "respondent_id": digest(who), "cell": digest(ask + who)}
                for who in WHO
            ]
    kinds = {name: kind for name, kind in SCHEMA.items() if name != "text"}
    answers = pl.DataFrame([{name: row.get(name) for name in kinds} for row in rows], schema=kinds)
    held = tuple(HumanAnswer(question.id, tuple(even), 2.5, n=100.0, n_eff=100.0) for question in questions)
    people = [Population("planted-1/EGY", "EGY", "planted", "distributions", held, SOURCE, "sampled")]
    study = study_from(
        {
            "name": "planted", "seed": 1, "ask": {"instruments": ["planted"]},
            "respondent": [{"name": who, "kind": "recorded", "file": f"{who}.csv"} for who in WHO],
        },
        "planted.toml",
    )  # fmt: skip
    texts = pl.DataFrame({"instrument": ["planted"], "language": ["en"], "status": ["draft"]})
    part = Part("planted", study, answers, humans_table(people), texts, {"kind": "study", "prompt_version": 1})
    return gather([part], instruments=[instrument])


VIEW = View("planted", "none", "self", "en", "logprob", "readout")
SIDES = (Side("respondent", "left"), Side("respondent", "right"))
CLAIMS = {
    name: claim_from(
        {
            "claim": "one is closer", "kind": "closer", "respondent": "left", "other": "right",
            "target": "planted-1/EGY", "measure": name, "smallest_effect": DELTA,
        },
        "claim.toml",
    )
    for name in ("js_similarity", "w1_similarity")
}  # fmt: skip


def outcomes(blank: Gathered, cuts: np.ndarray, model: np.ndarray, sides: list[People]) -> np.ndarray:
    """(sides, 7): coverage of each kind of interval, and whether a verdict was given where none is true."""
    truth = shares(cuts, 0.0)
    cube = replace(blank.context.cubes["planted"], p=model, value=model @ CODES)
    found, whole, held, averaged = [], {}, {}, []
    for side in sides:
        context = replace(blank.context, cubes={"planted": cube}, people={"planted": [side]})
        own = []
        averaged = averaged or averages(context, cube)
        for s, lean in ((0, LEAN), (2, None)):
            far = float(js_divergence(shares(cuts, LEAN if lean else -LEAN), truth).mean())
            key = s, bool(side.halved)
            if key not in held:
                held[key] = pooled(cube, averaged[s], replace(side, item_correlation=ITEM_CORRELATION))
            told = side.halved or side.item_correlation == ITEM_CORRELATION
            one = held[key] if told else held[key].under(side.item_correlation)
            low, high, _ = one.bounds(averaged[s], 1.0, LEVEL)
            own.append(float(max(low[0], 0.0) <= far <= high[0]))
        both = pair(cube, replicates(cube, 0, cube.p, None), side, 0, cube.ordinal)
        assert both is not None
        scores = both.scores(W1_SIMILARITY)
        sd, df = both.average_error(W1_SIMILARITY, both.human_sd(W1_SIMILARITY))
        part = scores.part(lambda block: block.mean(axis=-1, keepdims=True), "wordings")
        row = joined(scores.whole.mean(keepdims=True), part, np.array([sd]), LEVEL, (0.0, 1.0), "people", df)[0]
        close = float(w1_similarity(shares(cuts, LEAN), truth, np.broadcast_to(CODES, truth.shape)).mean())
        own.append(float((row.low or 0.0) <= close <= (row.high or 0.0)))
        target = Target("planted-1/EGY", side, (0,))
        for name, claim in CLAIMS.items():
            measure = yardstick(name)
            if name not in whole:
                whole[name] = contrast(context, measure, cube, target, VIEW, SIDES, ((0,), (1,)))
            one = whole[name]
            if side is not sides[0]:  # all but the people's error is the same for every kind of human side
                assert measure.scale is not None
                ends = [measure.scale.gradient(each.whole, side.p[0], cube.tight_codes) for each in averaged[:2]]
                table, df = side.covariance(0, np.arange(len(cuts)), (ends[0] - ends[1])[None])
                one = replace(one, human_sd=float(np.sqrt(table[0, 0])) / len(cuts), human_df=df)
            low, high = one.interval(LEVEL) or (np.nan, np.nan)
            covered = bool(low <= 0 <= high)
            # a verdict needs an interval on one side of 0 and an estimate that matters: only then is the rule asked
            given = not covered and abs(one.value) >= DELTA
            if given:
                given = decide(replace(blank, context=context), claim).verdict != "undecided"
            own += [float(covered), float(given)]
        found.append(own)
    return np.array(found)


def rows(replications: int, seed: int) -> tuple[list[list[str]], bool]:
    """One row per design and kind of human side, and whether all that were promised meet their bar."""
    table, fine = [], True
    for items in ITEMS:
        blank = laid_out(items)
        base = blank.context.people["planted"][0]
        cuts, leans = survey(items, np.random.default_rng([seed, items]))
        model = np.array([shares(cuts, lean) for lean in leans])
        for n in PEOPLE:
            for rho in RHOS:
                rng = np.random.default_rng([seed, items, n, round(100 * rho)])
                declared = RHOS if rho else RHOS[:2]
                hits = []
                for _ in range(replications):
                    p, halves = asked(cuts, rho, n, rng)
                    bare = replace(
                        base, p=p[None], value=(p @ CODES)[None], n_eff=np.full((1, items), float(n)), halved=()
                    )
                    told = replace(bare, halved=(halves,))
                    sides = [told, *(replace(bare, item_correlation=one) for one in declared)]
                    hits.append(outcomes(blank, cuts, worded(model, rng), sides))
                seen = np.array(hits)
                for k, name in enumerate(("microdata", *(f"{one:g} declared" for one in declared))):
                    own = seen[:, k]
                    promised = k == 0 or declared[k - 1] >= rho
                    error = np.sqrt(0.05 * 0.95 / replications)
                    held = [own[:, j].mean() >= (0.93 if k == 0 else 0.95) - 2 * error for j in (0, 1, 2, 3, 5)]
                    held += [k > 0 or own[:, j].mean() <= 0.97 + 2 * error for j in (0, 1, 2, 3, 5)]
                    held += [own[:, j].mean() <= 0.05 + 2 * error for j in (4, 6)]
                    fine &= all(held) or not promised
                    said = ("meets" if all(held) else "FAILS") if promised else "below the truth: no promise"
                    table.append([str(items), str(n), f"{rho:g}", name, *(f"{x:.3f}" for x in own.mean(axis=0)), said])
                    print(" | ".join(table[-1]), flush=True)
    return table, fine


def main() -> None:
    """Run, print, and append on request."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replications", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--append", action="store_true", help="append the table to RESULTS.md")
    given = parser.parse_args()
    started = time.process_time()
    table, fine = rows(given.replications, given.seed)
    spent = time.process_time() - started
    header = ("items", "people", "true rho", "human side", *COLUMNS, "bar")
    lines = [
        "",
        f"## Answers of the same people — `benchmarks/people.py --replications {given.replications} --seed "
        f"{given.seed}`, {datetime.now(UTC):%Y-%m-%d}",
        "",
        "Coverage of nominal 95 % intervals and false verdicts of `closer` (two equal respondents, smallest effect "
        f"{DELTA:g}) when a person's answers hang together; Monte-Carlo error "
        f"{np.sqrt(0.05 * 0.95 / given.replications):.4f}. Bars, each give or take 2 Monte-Carlo errors: with "
        "microdata .93 to .97; with a declared correlation at or above the true one at least .95; false verdicts .05. "
        f"{spent:.0f} CPU-s.",
        "",
        "| " + " | ".join(header) + " |",
        "|" + "---|" * len(header),
        *("| " + " | ".join(row) + " |" for row in table),
    ]
    if given.append:
        RESULTS.write_text(RESULTS.read_text(encoding="utf-8").rstrip() + "\n" + "\n".join(lines) + "\n", "utf-8")
    print(f"{spent:.0f} CPU-s; {'all bars met' if fine else 'some bars missed'}")


if __name__ == "__main__":
    main()
