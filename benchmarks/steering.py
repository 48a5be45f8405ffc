"""Soft prompts on the planted model: what a search reaches, and whether it carries over to items it never saw.

The planted model knows most of thirty invented countries, half knows some, and has never heard of three. For countries
it does not know or half knows, Differential Evolution on the anchor basis (the directions in which known countries'
names differ, the target's not among them) is held against the untuned model, the country's own persona, and random
search with the same budget, space and seeds. Two measures, both against the exact people: the objective of the fit
(mean |difference| of six index scores over 24 items) and the mean Jensen-Shannon divergence (bits) over the 36 items
that no candidate was scored on. Intervals of the fit are over seeds; of the held-out items over seeds and items.

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
from typing import NamedTuple

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


class Found(NamedTuple):
    """Distance of the fit (index points) and divergence of every held-out item (bits), of one respondent."""

    fit: float
    unseen: np.ndarray

    @property
    def bits(self) -> float:
        """Mean over the held-out items."""
        return float(self.unseen.mean())


Plain = dict[str, tuple[Found, Found]]  # place -> untuned, under the own persona
Runs = dict[tuple[str, str, int], Found]  # place, arm, seed


class Table:
    """Both measures of whatever answers, for one target after another."""

    def __init__(self, own: Ground) -> None:
        self._ground = own
        self._unseen = [one for one in own.instrument.questions if one.id in set(own.held_out)]
        self._study = [one.id for one in self._unseen]

    def plain(self, target: Target, persona: str) -> Found:
        """The untuned model under a persona."""
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
        return Found(self._fit(target, found[0]), self._divergences(target, found[1]))

    def tuned(self, one: Fitted) -> Found:
        """An adapter, read back from its folder."""
        vectors = read_soft_prompt(one.folder).vectors.numpy()[None]
        study = self._ground.recipe.study(items=tuple(self._study))
        asks = list(make_plan(study, [self._ground.instrument]))
        place = Place(self._ground.recipe.search.position, vectors.shape[1], 1)
        with Layout(self._ground.respondent.reader, asks, self._unseen, place) as layout:
            p, _ = layout.shares(vectors)
        return Found(one.value, self._divergences(one.target, p[0]))

    def _fit(self, target: Target, p: np.ndarray) -> float:
        objective = self._ground.objective(target, self._ground.constants(target))
        return float(objective.losses(p[None, :, : objective.codes.shape[1]])[0])

    def _divergences(self, target: Target, p: np.ndarray) -> np.ndarray:
        pairs = [(row[: one.cells], np.array(target.shares[one.id])) for one, row in zip(self._unseen, p, strict=True)]
        return np.array([js_divergence(ours, theirs) for ours, theirs in pairs])


def run(own: Ground, seeds: int, work: Path) -> list[str]:
    """The lines of the section; seeds outermost, so that a stopped run has whole seeds."""
    table = Table(own)
    plain = {one.place: (table.plain(one, "none"), table.plain(one, one.place)) for one in own.targets}
    found: Runs = {}
    for seed in range(seeds):
        for target in own.targets:
            for arm in ARMS:
                place = work / target.place / arm / f"seed-{seed}"
                made = fit(
                    own, [target], seed=seed, optimiser=arm, folders=[place / "adapter"], checkpoints=place / "saved"
                )[0]
                one = found[target.place, arm, seed] = table.tuned(made)
                print(f"{target.place} {arm} seed {seed}: {one.fit:.2f} {one.bits:.4f}", flush=True)
    places = [one.place for one in own.targets]
    return [*_rows(places, plain, found, range(seeds)), *_paired(places, plain, found, range(seeds))]


def _rows(places: Sequence[str], plain: Plain, found: Runs, seeds: range) -> list[str]:
    lines = [
        "| target | default | own persona | DE | random | DE / default | held out: default | persona | DE | random |",
        "|---|" + "---:|" * 9,
    ]
    for place in places:
        default, persona = plain[place]
        runs = {arm: [found[place, arm, seed] for seed in seeds] for arm in ARMS}
        fits = {arm: np.array([one.fit for one in ones]) for arm, ones in runs.items()}
        bits = {arm: np.array([one.bits for one in ones]) for arm, ones in runs.items()}
        de, control = ARMS
        lines.append(
            f"| {place} | {default.fit:.1f} | {persona.fit:.1f} | {fits[de].mean():.1f} (worst {fits[de].max():.1f}) | "
            f"{fits[control].mean():.1f} | {100 * fits[de].mean() / default.fit:.0f} % (worst "
            f"{100 * fits[de].max() / default.fit:.0f} %) | {default.bits:.3f} | {persona.bits:.3f} | "
            f"{bits[de].mean():.3f} (worst {bits[de].max():.3f}) | {bits[control].mean():.3f} |"
        )
    return lines


def _paired(places: Sequence[str], plain: Plain, found: Runs, seeds: range) -> list[str]:
    """DE less random search (same target and seed) and less the own persona: per target, and over targets."""
    de, control = ARMS
    lines = [""]
    for other in ("random search", "own persona"):
        fits, bits = [], []
        for place in places:
            ours = [found[place, de, seed] for seed in seeds]
            theirs = [found[place, control, seed] if other == "random search" else plain[place][1] for seed in seeds]
            fits.append(np.array([a.fit - b.fit for a, b in zip(ours, theirs, strict=True)]))
            bits.append(np.array([a.unseen - b.unseen for a, b in zip(ours, theirs, strict=True)]))
            lines.append(f"- fit, index points, {place}: DE less {other} {_interval(fits[-1][:, None])}")
            lines.append(f"- held out, bits, {place}: DE less {other} {_interval(bits[-1])}")
        for what, gaps in (("fit, index points", fits), ("held out, bits", bits)):
            means = np.array([one.mean() for one in gaps])
            lines.append(f"- {what}, over the {len(places)} targets: DE less {other} {_interval(means[:, None])}")
    return lines


def _interval(gaps: np.ndarray) -> str:
    """Mean of gaps (seeds, items) with its 95 % interval: spread over seeds, and over items where there are several."""
    mean, (seeds, items) = gaps.mean(), gaps.shape
    if seeds < 2:
        return f"{mean:+.3f} (one seed: no interval)"
    parts = [(gaps.mean(axis=1).std(ddof=1) / np.sqrt(seeds), seeds - 1)]
    if items > 1:
        parts.append((gaps.mean(axis=0).std(ddof=1) / np.sqrt(items), items - 1))
    low, high = t_interval(mean, parts, 0.95)
    verdict = "DE wins" if high < 0 else "DE loses" if low > 0 else "a tie"
    return f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]: {verdict}"


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
