"""What training on a new set would change, by a line over the fitted sets, with the error it had on sets left out."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from tawazun.audit.components import Cube, Structure
from tawazun.audit.components.fitting import off_components
from tawazun.audit.prediction.leaving_out import (
    LeftOut,
    Skill,
    line_of,
    scores_without,
    skills_of,
    usable_components,
    without_both,
    without_sets,
)
from tawazun.audit.prediction.panels import Panel
from tawazun.errors import Refused

NEW = "another family's model"
WORTH = 0.05


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of one benchmark for one model.

    change, low, high   by the components, with a prediction interval from the errors on sets left out
    mean, mean_low, mean_high   the mean of the other sets, with its own
    better      whether the components predicted sets left out better than the mean (skill above 0, q at most .05); for
                another family's model, sets and families left out together
    error       root mean square error on sets left out; `floor` the mean's
    """

    benchmark: str
    model: str
    change: float
    low: float
    high: float
    mean: float
    mean_low: float
    mean_high: float
    better: bool
    error: float
    floor: float


def usable(structure: Structure, panel: Panel, cube: Cube) -> np.ndarray:
    """Scores (K,) of a new set on the components that the line uses.

    Errors   Refused for scores outside those of the fitted sets, or a set further off the components than any of them;
             BadStudy for another language or other shards
    """
    used = usable_components(structure, panel)
    scores = structure.projected(cube).mean(axis=(0, 1))[:used]
    rows = [structure.cube.datasets.index(name) for name in panel.datasets]
    fitted = structure.set_scores[rows][:, :used]
    for k in range(used):
        low, high = fitted[:, k].min(), fitted[:, k].max()
        if not low <= scores[k] <= high:
            raise Refused(
                f"{cube.datasets[0]}: its score on component {k + 1} ({structure.names[k]}) is {scores[k]:.2f}, "
                f"outside {low:.2f} to {high:.2f} of the sets with results; nothing is known there"
            )
    own, furthest = off_components(structure, cube)
    if own > furthest:
        raise Refused(
            f"{cube.datasets[0]}: its metrics lie {own:.2f} standard deviations off the components, those of the "
            f"fitted sets up to {furthest:.2f}; it differs from them in a way that they did not differ from each other"
        )
    return np.asarray(scores)


def forecast(structure: Structure, panel: Panel, scores: np.ndarray, level: float = 0.9) -> list[Forecast]:
    """The change on every benchmark, for every model of the panel and for a model of another family.

    The interval is Student's, D - K - 1 degrees of freedom, with the root mean square error that the line had for this
    model on sets left out; for another family's model, on sets and families left out together, with no more degrees
    of freedom than there are families less one.

    D counts origins of sets.

    Shapes   scores: (K,) of the new set, from `usable`
    Source   prediction error sum of squares: Allen (1974), Technometrics 16(1)
    """
    used = len(scores)
    rows = [structure.cube.datasets.index(name) for name in panel.datasets]
    fitted = structure.set_scores[rows][:, :used]
    without = scores_without(structure, panel, used)
    better = {(one.benchmark, one.left_out): _worth(one) for one in skills_of(structure, panel)}
    made: list[Forecast] = []
    for b, benchmark in enumerate(panel.benchmarks):
        change = panel.change[:, :, b]
        line, sets = line_of(fitted, change), without_sets(without, change, panel)
        said = line.at(scores)
        for m, model in enumerate(panel.models):
            if np.isfinite(said[m]):
                own = LeftOut(sets.by_line[:, [m]], sets.by_mean[:, [m]])
                mean = float(np.nanmean(change[:, m]))
                ends = _freedom(panel, sets.by_line[:, [m]], used, None)
                made.append(_forecast(benchmark, model, said[m], mean, own, ends, level, better[benchmark, "set"]))
        if len(panel.groups) > 1:
            both = without_both(without, change, panel)
            level_of_models = np.nanmean(change, axis=0)
            mean = float(np.nanmean(level_of_models))
            value = float(np.nanmean(said))
            families = len(panel.groups) - 1
            ends = _freedom(panel, both.by_line, used, families)
            made.append(_forecast(benchmark, NEW, value, mean, both, ends, level, better[benchmark, "both"]))
    return made


def _worth(one: Skill) -> bool:
    return bool(one.skill > 0 and one.q <= WORTH)


def _freedom(panel: Panel, errors: np.ndarray, used: int, most: int | None) -> tuple[int, int]:
    """Degrees of freedom of the line's error and of the mean's: by origins of sets, and no more than `most`."""
    there = np.isfinite(errors).any(axis=1)
    sets = sum(bool(there[part].any()) for part in panel.parts)
    line, mean = sets - used - 1, sets - 1
    return (line, mean) if most is None else (min(line, most), min(mean, most))


def _forecast(
    benchmark: str, model: str, value: float, mean: float, left: LeftOut, freedom: tuple[int, int], level: float,
    better: bool,
) -> Forecast:  # fmt: skip
    error, floor = (float(np.sqrt(np.nanmean(np.square(one)))) for one in (left.by_line, left.by_mean))
    ends = []
    for size, free in zip((error, floor), freedom, strict=True):
        ends.append(size * float(student.ppf((1 + level) / 2, free)) if free > 0 else float("inf"))
    value = float(value)
    return Forecast(
        benchmark, model, value, value - ends[0], value + ends[0], mean, mean - ends[1], mean + ends[1], better,
        error, floor,
    )  # fmt: skip
