"""What each optimiser finds at the same number of evaluations, and what it costs beside the model.

No model here: an invented survey stands for it. Twenty-four items answer by a logistic curve of the 16 coordinates of
the search, six scores are weighted sums of four items each, and the objective is their mean absolute distance to those
of a hidden person. That has the shape of the real one (many to one, corners, flat far out) without its noise. The same
seeds make the same surveys and starts for every optimiser, so that differences to random search are paired.

    python benchmarks/search.py                          # a short run, printed
    python benchmarks/search.py --replications 60 --append   # the published one, appended to RESULTS.md
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import numpy as np
from tables import run_studies

from tawazun.adapt.search import Budget, Space, box, make_optimiser, optimiser_names, search
from tawazun.stats.resampling import t_interval

DIMENSIONS, ITEMS, SCORES = 16, 24, 6
BUDGETS = (320, 640, 1280)
ARMS = [name for name in optimiser_names() if name not in ("fixed", "random_search")]
Objective = Callable[[np.ndarray], np.ndarray]


def survey(seed: int) -> tuple[Space, Objective]:
    """One invented survey: the space of its search, and the distance (n,) of candidates (n, d) in index points."""
    rng = np.random.default_rng(seed)
    slopes = rng.normal(0, 1, (DIMENSIONS, ITEMS)) / np.sqrt(DIMENSIONS) * 2
    level, signs = rng.normal(0, 1, ITEMS), rng.choice([-1.0, 1.0], (ITEMS // SCORES, SCORES))

    def scores(z: np.ndarray) -> np.ndarray:
        answers = 1 / (1 + np.exp(-(z @ slopes + level)))
        return np.asarray(100 * (answers.reshape(len(z), ITEMS // SCORES, SCORES) * signs).sum(axis=1))

    hidden = scores(rng.normal(0, 2 / 3, (1, DIMENSIONS)))
    return box(DIMENSIONS, -2, 2, spread=2 / 3), lambda z: np.asarray(np.abs(scores(z) - hidden).mean(axis=1))


def reached(name: str, evaluations: int, seed: int) -> float:
    """What one search ends with, as a share of where it started."""
    space, objective = survey(seed)
    found = search(make_optimiser(name, space, Budget(evaluations), seed=seed), objective)
    return found.best.value / float(objective(np.zeros((1, DIMENSIONS)))[0])


def quality(replications: int, seed: int) -> Iterator[list[str]]:
    """Rows: an optimiser at a budget beside random search."""
    seeds = range(seed, seed + replications)
    for evaluations in BUDGETS:
        control = np.array([reached("random_search", evaluations, one) for one in seeds])
        yield [str(evaluations), "`random_search`", f"{np.median(control):.3f}", "", ""]
        for name in ARMS:
            ours = np.array([reached(name, evaluations, one) for one in seeds])
            gap = ours - control
            sd = gap.std(ddof=1) / np.sqrt(len(gap))
            low, high = t_interval(gap.mean(), [(sd, len(gap) - 1)], 0.95)
            won = f"{(gap < 0).mean():.2f}"
            yield [str(evaluations), f"`{name}`", f"{np.median(ours):.3f}", f"{low:+.3f} to {high:+.3f}", won]


def overhead(replications: int, seed: int) -> Iterator[list[str]]:
    """Rows: milliseconds of the optimiser alone, per candidate, in a small and in a whole soft prompt."""
    for name in [*ARMS, "random_search"]:
        cells = [f"`{name}`"]
        for dimensions in (DIMENSIONS, 20 * 4096):
            if name == "cma_es" and dimensions > DIMENSIONS:
                cells += ["refused", "refused"]
                continue
            evaluations = 640 if dimensions == DIMENSIONS else 200
            space = box(dimensions, -3, 3, spread=0.5)
            options = {"candidates": 20}
            optimiser = make_optimiser(name, space, Budget(evaluations), seed=seed, options=options)
            begun = time.process_time()
            search(optimiser, lambda z: (z[:, :DIMENSIONS] ** 2).sum(axis=1))
            spent = time.process_time() - begun
            again = make_optimiser(name, space, Budget(evaluations), seed=seed, options=options)
            begun = time.process_time()
            again.restore(optimiser.state())
            cells += [f"{1000 * part / evaluations:.2f}" for part in (spent, time.process_time() - begun)]
        yield cells


STUDIES = {
    "quality": (
        f"Best distance, {DIMENSIONS} coordinates, as a share of the start's; and its difference to random search",
        ["evaluations", "optimiser", "median", "mean difference, 95 %", "won"],
        quality,
    ),
    "overhead": (
        "CPU-milliseconds per candidate, of the search itself and of its replay after a restart; 20 candidates",
        ["optimiser", "d = 16", "replay", "d = 81,920", "replay "],
        overhead,
    ),
}


def heading(names: list[str], replications: int, seed: int) -> list[str]:
    """Lines above the tables."""
    command = f"benchmarks/search.py {' '.join(names)}".strip()
    return [
        f"\n## Searching — `{command} --replications {replications} --seed {seed}`, {datetime.now(UTC).date()}\n",
        "An invented survey of 24 items and six scores stands for the model; every optimiser with its defaults, the",
        "same surveys and starts for all.\n",
    ]


if __name__ == "__main__":
    run_studies(__doc__ or "", STUDIES, heading, 10)
