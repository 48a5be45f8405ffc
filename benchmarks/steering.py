"""Soft prompts on the planted model: what a search reaches, and whether it carries over to items it never saw.

The planted model knows most of thirty invented countries, half knows some, and has never heard of three. For countries
it does not know or half knows, Differential Evolution on the anchor basis (the directions in which known countries'
names differ, the target's not among them) is held against the untuned model, the country's own persona, and random
search with the same budget, space and seeds. Two measures, both against the exact people: the objective of the fit
(mean |difference| of six index scores over 24 items) and the mean Jensen-Shannon divergence (bits) over the 36 items
that no candidate was scored on.

    python benchmarks/steering.py                                # one seed, printed
    python benchmarks/steering.py --seeds 5 --append             # the published one
    python benchmarks/steering.py --seeds 5 --work DIR           # fits are kept there and taken up again
"""

import argparse
import os
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from tables import RESULTS

from tawazun.adapt.ground import Ground, prepare
from tawazun.adapt.layout import Layout, Place
from tawazun.adapt.recipe import recipe_from
from tawazun.adapt.soft_prompt import Fitted, fit
from tawazun.adapt.targets import Target
from tawazun.engine import read_soft_prompt
from tawazun.instruments import instrument
from tawazun.interview import make_plan
from tawazun.stats.distances import js_divergence
from tawazun.stats.resampling import t_interval

TARGETS = ("x-marsouk", "x-yacanto", "x-badiyan", "x-ngalessa")  # never heard of, twice; half known, twice
ARMS = ("de_pbest_1", "random_search")
BUDGET = 640


def ground(budget: int = BUDGET, dtype: str = "float32", targets: Sequence[str] = TARGETS) -> Ground:
    """The planted model and the exact people of the targets; no free constants, because both sides have the same."""
    recipe = recipe_from(
        {
            "name": "steering",
            "base": {"kind": "hf", "model": "planted", "device": "cpu", "dtype": dtype},
            "target": {"populations": [f"atlas_exact-1/{one}" for one in targets]},
            "objective": {"instrument": "atlas", "constants": "fixed"},
            "search": {"evaluations": budget, "population": 32, "components": 16, "tokens": 1, "space": "anchors"},
        },
        "benchmark",
    )
    return prepare(recipe, instrument("atlas"), folder=Path(), data=None)


class Table:
    """Both measures of whatever answers, for one target after another."""

    def __init__(self, own: Ground) -> None:
        self._ground = own
        self._unseen = [one for one in own.instrument.questions if one.id in set(own.held_out)]
        self._study = [one.id for one in self._unseen]

    def plain(self, target: Target, persona: str) -> tuple[float, float]:
        """Distance of the fit and held-out divergence of the untuned model under a persona."""
        found = []
        for questions in (self._ground.questions, self._unseen):
            study = self._ground.recipe.study(
                personas=() if persona == "none" else (persona,), items=tuple(one.id for one in questions)
            )
            asks = list(make_plan(study, [self._ground.instrument]))
            outcomes = self._ground.respondent.answer(asks, 1, 0)
            p = np.zeros((len(questions), 5))
            for row, outcome in zip(p, outcomes, strict=True):
                assert outcome.p is not None
                row[: len(outcome.p)] = np.array(outcome.p) / sum(outcome.p)
            found.append(p)
        return self._fit(target, found[0]), self._divergence(target, found[1])

    def tuned(self, one: Fitted) -> tuple[float, float]:
        """The same of an adapter, read back from its folder."""
        vectors = read_soft_prompt(one.folder).vectors.numpy()[None]
        study = self._ground.recipe.study(items=tuple(self._study))
        asks = list(make_plan(study, [self._ground.instrument]))
        place = Place(self._ground.recipe.search.position, vectors.shape[1], 1)
        with Layout(self._ground.respondent.reader, asks, self._unseen, place) as layout:
            p, _ = layout.shares(vectors)
        return one.value, self._divergence(one.target, p[0])

    def _fit(self, target: Target, p: np.ndarray) -> float:
        objective = self._ground.objective(target, self._ground.constants(target))
        return float(objective.losses(p[None, :, : objective.codes.shape[1]])[0])

    def _divergence(self, target: Target, p: np.ndarray) -> float:
        pairs = [(row[: one.cells], np.array(target.shares[one.id])) for one, row in zip(self._unseen, p, strict=True)]
        return float(np.mean([js_divergence(ours, theirs) for ours, theirs in pairs]))


def run(own: Ground, seeds: int, work: Path) -> list[str]:
    """The lines of the section; seeds outermost, so that a stopped run has whole seeds."""
    table = Table(own)
    plain = {one.place: (table.plain(one, "none"), table.plain(one, one.place)) for one in own.targets}
    found: dict[tuple[str, str, int], tuple[float, float]] = {}
    for seed in range(seeds):
        for target in own.targets:
            for arm in ARMS:
                place = work / target.place / arm / f"seed-{seed}"
                made = fit(
                    own, [target], seed=seed, optimiser=arm, folders=[place / "adapter"], checkpoints=place / "saved"
                )[0]
                found[target.place, arm, seed] = table.tuned(made)
                print(f"{target.place} {arm} seed {seed}: {found[target.place, arm, seed]}", flush=True)
    return [*_rows(own, plain, found, range(seeds)), *_paired(own, found, range(seeds))]


def _rows(
    own: Ground,
    plain: dict[str, tuple[tuple[float, float], tuple[float, float]]],
    found: dict[tuple[str, str, int], tuple[float, float]],
    seeds: range,
) -> list[str]:
    lines = [
        "| target | default | own persona | DE | random | DE / default | held out: default | persona | DE | random |",
        "|---|" + "---:|" * 9,
    ]
    for target in own.targets:
        place = target.place
        (default, unseen), (persona, persona_unseen) = plain[place]
        arms = {arm: np.array([found[place, arm, seed] for seed in seeds]) for arm in ARMS}
        means = {arm: values.mean(axis=0) for arm, values in arms.items()}
        de, control = means["de_pbest_1"], means["random_search"]
        worst = arms["de_pbest_1"].max(axis=0)
        lines.append(
            f"| {place} | {default:.1f} | {persona:.1f} | {de[0]:.1f} (worst {worst[0]:.1f}) | {control[0]:.1f} | "
            f"{100 * de[0] / default:.0f} % (worst {100 * worst[0] / default:.0f} %) | {unseen:.3f} | "
            f"{persona_unseen:.3f} | {de[1]:.3f} (worst {worst[1]:.3f}) | {control[1]:.3f} |"
        )
    return lines


def _paired(own: Ground, found: dict[tuple[str, str, int], tuple[float, float]], seeds: range) -> list[str]:
    """DE less random search, same target and seed: interval over seeds in each target, and over the targets' means."""
    lines, means = [""], []
    for column, what in enumerate(("fit, index points", "held out, bits")):
        per = []
        for target in own.targets:
            gaps = np.array(
                [found[target.place, ARMS[0], s][column] - found[target.place, ARMS[1], s][column] for s in seeds]
            )
            per.append(gaps)
            lines.append(f"- {what}, {target.place}: DE less random {_interval(gaps)}")
        means = [one.mean() for one in per]
        lines.append(f"- {what}, over the {len(means)} targets: {_interval(np.array(means))}")
    return lines


def _interval(gaps: np.ndarray) -> str:
    if len(gaps) < 2:
        return f"{gaps.mean():+.3f} (one seed: no interval)"
    error = gaps.std(ddof=1) / np.sqrt(len(gaps))
    low, high = t_interval(gaps.mean(), [(error, len(gaps) - 1)], 0.95)
    verdict = "DE wins" if high < 0 else "DE loses" if low > 0 else "a tie"
    return f"{gaps.mean():+.3f} [{low:+.3f}, {high:+.3f}]: {verdict}"


def heading(seeds: int, budget: int, dtype: str) -> list[str]:
    """Lines above the table."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return [
        f"\n## Steering: soft prompts on the planted model — `benchmarks/steering.py --seeds {seeds} "
        f"--evaluations {budget} --dtype {dtype}`, {datetime.now(UTC).date()}\n",
        f"Commit {commit.stdout.strip() or 'unknown'}. {budget} evaluations a search, 16 anchor components, one",
        "virtual token in the persona's place, population 32; means over seeds, the worst seed in brackets. Fit: mean",
        "|difference| of six index scores; held out: Jensen-Shannon divergence in bits over 36 items never scored.",
        "Lower is better.\n",
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--evaluations", type=int, default=BUDGET)
    parser.add_argument("--dtype", default="float32", help="numbers of the planted model")
    parser.add_argument("--work", type=Path, default=None, help="where fits are kept")
    parser.add_argument("--append", action="store_true", help="append to RESULTS.md")
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as scratch:
        text = (
            "\n".join(
                [
                    *heading(given.seeds, given.evaluations, given.dtype),
                    *run(ground(given.evaluations, given.dtype), given.seeds, given.work or Path(scratch)),
                ]
            )
            + "\n"
        )
    print(text)
    if given.append:
        with RESULTS.open("a", encoding="utf-8") as file:
            file.write(text)
