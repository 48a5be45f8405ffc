"""Whether components, associations, predictions and subsets of training sets can be trusted, on worlds that are known.

    python benchmarks/structure.py --part alarms|power|coverage|components [--worlds N] [--sets 8,12,20]

components  planted loadings: how often their number is found, and how often metrics that load on nothing are in a name
alarms      worlds in which components have nothing to do with results: how often anything is said to be there
power       worlds with an effect: how often it is found, beside the power that the audit states
coverage    prediction intervals of a new set, and of a model of a new family
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.audit.structure.planted import cube
from tests.audit.structure.results import panel

from tawazun.audit.components import Cube, Fit, Structure, structure_of
from tawazun.audit.components.fitting import _components, _moments
from tawazun.audit.prediction import Panel, associated, forecast, skills_of
from tawazun.audit.prediction.leaving_out import components_used

FIT = Fit(count=2, draws=100)


def components(sets: int, worlds: int) -> str:
    """How often both planted components are found, and a component where there is none."""
    found, none, named = [], [], []
    for seed in range(worlds):
        one = structure_of(cube(sets, seed), Fit(draws=200))
        found.append(one.above == 2)
        named.append(any("own" in name for name in one.names))
        none.append(structure_of(cube(sets, seed, strength=0.0), Fit(draws=200)).above > 0)
    return f"both found {np.mean(found):.3f}, a lone metric in a name {np.mean(named):.3f}, false {np.mean(none):.3f}"


def components_of(sets: int, seed: int) -> Structure:
    """Two components without bounds and tests, which what follows does not look at: a hundred times faster."""
    values = cube(sets, seed)
    centre, scale = _moments(values.values)
    z = (values.values - centre) / scale
    loadings, weights = _components(z, 2, "none")
    none = np.zeros(2)
    return Structure(values, values.metrics, {}, centre, scale, weights, loadings, loadings, loadings, none, none, none,
                     none, none, none, ("first", "second"), "none")  # fmt: skip


def alarms(sets: int, worlds: int) -> str:
    """How often a null world gives any association, any difference of families, any skill that is called one.

    Half of the worlds have six families and sets that do much the same to all models by luck.
    """
    grid, families, better = [], [], []
    for seed in range(worlds):
        structure = components_of(sets, seed)
        made = panel(structure, 10_000 + seed, **({"families": 6, "shared": 0.9} if seed % 2 else {}))
        found = associated(structure.set_scores, made, effect=0.7)
        grid.append(min(one.q for one in found.cells) <= 0.05)
        families.append(min(one.q for one in found.families) <= 0.05)
        skills = [one for one in skills_of(structure, made) if one.skill > 0 and one.q <= 0.05]
        better.append([any(one.left_out == kind for one in skills) for kind in ("set", "both")])
    sets_left, both_left = np.mean(better, axis=0)
    return (
        f"association {np.mean(grid):.3f}, families {np.mean(families):.3f}, better than the mean on sets left out "
        f"{sets_left:.3f}, on sets and families left out {both_left:.3f}"
    )


def power(sets: int, worlds: int) -> str:
    """How often an effect is found whose correlation is .7 or so in each cell, beside the power that is stated."""
    cells, any_cell, skill, true, stated = [], [], [], [], 0.0
    for seed in range(worlds):
        structure = components_of(sets, seed)
        made = panel(structure, 20_000 + seed, slope=1.0, shared=0.5)
        found = associated(structure.set_scores, made, effect=0.7)
        own = [one for one in found.cells if one.component == 0]
        cells.append(np.mean([one.p <= 0.05 / found.tests for one in own]))
        any_cell.append(any(one.q <= 0.05 for one in own))
        true.append(np.mean([one.rho for one in own]))
        skill.append(next(one for one in skills_of(structure, made) if one.left_out == "set").p <= 0.05)
        stated = found.power
    return (
        f"mean rho {np.mean(true):.2f}: a cell found {np.mean(cells):.3f} (stated for .7: {stated:.3f}), "
        f"any cell {np.mean(any_cell):.3f}, better than the mean {np.mean(skill):.3f}"
    )


def coverage(sets: int, worlds: int) -> str:
    """Share of new sets' changes within 90 % intervals, without and with an effect."""
    said = []
    for slope in (0.0, 1.5):
        inside, new = [], []
        for seed in range(worlds):
            whole = structure_of(cube(sets + 1, seed), FIT)
            made = panel(whole, 30_000 + seed, slope=slope, families=4)
            last = whole.cube.datasets[-1]
            structure = structure_of(whole.cube.without(last), FIT)
            known = made.members("family-3") == 0
            part = Panel(made.datasets[:-1], tuple(np.array(made.models)[known]), tuple(np.array(made.families)[known]),
                         made.benchmarks, made.change[:-1, known], made.variance[:-1, known])  # fmt: skip
            own = Cube("en", (last,), whole.cube.metrics, whole.cube.values[-1:], whole.cube.rows)
            scores = structure.projected(own).mean(axis=(0, 1))[: components_used(sets, 2)]
            for one in forecast(structure, part, scores):
                b = made.benchmarks.index(one.benchmark)
                if one.model in made.models:
                    inside.append(one.low <= made.change[-1, made.models.index(one.model), b] <= one.high)
                else:
                    new += [one.low <= value <= one.high for value in made.change[-1, ~known, b]]
        said.append(f"slope {slope}: {np.mean(inside):.3f}, another family's model {np.mean(new):.3f}")
    return "; ".join(said)


PARTS: dict[str, Callable[[int, int], str]] = {
    "components": components, "alarms": alarms, "power": power, "coverage": coverage,
}  # fmt: skip


def main() -> None:
    """Print one line for each number of sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--worlds", type=int, default=400)
    parser.add_argument("--sets", default="8,12,20")
    given = parser.parse_args()
    for sets in map(int, given.sets.split(",")):
        print(f"{given.part}, {sets} sets, {given.worlds} worlds: {PARTS[given.part](sets, given.worlds)}", flush=True)


if __name__ == "__main__":
    main()
