"""Closeness of one side to one population, always so that more is closer, with everything that an error is made of.

Four measures can be claimed about: `js_similarity`, `w1_similarity` and `js_divergence` item by item, and
`map_distance`, which has one number and no items. A side is a respondent, other people, or a floor.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from tawazun.catalogue import unknown
from tawazun.claims.cumulative import squared_gap, squared_gap_gradient, squared_gap_noise
from tawazun.errors import BadStudy, UnknownName
from tawazun.measures.closeness import JS_DIVERGENCE, JS_SIMILARITY, W1_SIMILARITY, Scale
from tawazun.measures.context import Context
from tawazun.measures.cube import Cube
from tawazun.measures.maps import AXES, on_map
from tawazun.measures.people import People
from tawazun.measures.replies import reply_draws, value_draws
from tawazun.measures.spread import Replicates, fixed, replicates
from tawazun.places import group
from tawazun.stats.delta import multinomial_variance
from tawazun.stats.distances import js_bias
from tawazun.stats.resampling import bootstrap_bias, jackknife_bias

MAP = "map_distance"
SCORES = ("accuracy", "macro_f1")


@dataclass(frozen=True)
class Yardstick:
    """One way to say how close somebody is.

    short    the unit of a difference, for sentences
    toward   1 when more of the measure is closer, -1 when less is
    scale    the item-wise score; None for distances on the map
    """

    name: str
    unit: str
    short: str
    toward: int
    scale: Scale | None

    @property
    def bits(self) -> bool:
        """Whether the measure is a Jensen-Shannon one, whose first-order bias is known."""
        return self.name.startswith("js_")

    @property
    def bare(self) -> "Yardstick | None":
        """The scale from which noise can be taken out, itself or the square of the measure; None on the map."""
        return BARE.get(self.name)


YARDSTICKS = {
    scale.name: Yardstick(scale.name, scale.unit, short, toward, scale)
    for scale, short, toward in (
        (JS_SIMILARITY, "of JS similarity", 1),
        (W1_SIMILARITY, "of W1 similarity", 1),
        (JS_DIVERGENCE, "bits of JS divergence", -1),
    )
} | {MAP: Yardstick(MAP, "map units", "map units", -1, None)}

# the variance is for rows of the scores table, where this scale never stands
SQUARED = Scale(
    "squared_cumulative",
    "mean squared difference of cumulative shares",
    squared_gap,
    squared_gap_gradient,
    lambda p, h, codes, n_eff: multinomial_variance(squared_gap_gradient(p, h, codes), h, n_eff),
    W1_SIMILARITY.items,
)
BARE = {
    "js_similarity": YARDSTICKS["js_divergence"],
    "js_divergence": YARDSTICKS["js_divergence"],
    "w1_similarity": Yardstick(SQUARED.name, SQUARED.unit, "of squared cumulative shares", -1, SQUARED),
}


def yardstick(name: str) -> Yardstick:
    """The yardstick of a measure. Errors: UnknownName with those that claims can be made about; BadStudy for scores."""
    if name in SCORES:
        raise BadStudy(
            f"measure: {name} is a score on a benchmark and no closeness to people; claim it with the kind "
            "scores-higher, scores-alike or scores-above-floor"
        )
    if name not in YARDSTICKS:
        raise UnknownName(unknown("measure for a comparison", name, list(YARDSTICKS)))
    return YARDSTICKS[name]


@dataclass(frozen=True)
class Side:
    """One of the two that are set against each other.

    kind    a `respondent`, the `people` of a population, or a floor
    name    label, population name, or the group of a regional floor
    """

    kind: Literal["respondent", "people", "uniform", "modal", "regional"]
    name: str

    @property
    def words(self) -> str:
        """How the side is called in a sentence."""
        if self.kind == "respondent":
            return self.name
        if self.kind == "people":
            return f"the people of {self.name}"
        return f"the {self.kind} floor" + (f" of {self.name}" if self.name else "")


@dataclass(frozen=True)
class Closeness:
    """Closeness of a side to one population, item by item (one column for the map); more is closer.

    whole         (J,), NaN where an item is missing on either side
    jack          (G, J) with one wording left out; drawn: (D, J) with replies drawn again
    gradient      (J, K) of `whole` by the population's shares; None without shares
    own           people that the side is made of: (population of the same source, (J, K) gradient by its shares)
    shift         (J,) first-order shift that sampling and wordings alone give to `whole`
    unit          `wordings` or `framings`
    """

    whole: np.ndarray
    jack: np.ndarray
    drawn: np.ndarray
    gradient: np.ndarray | None
    own: tuple[tuple[int, np.ndarray], ...]
    shift: np.ndarray
    unit: str


def items_of(measure: Yardstick, made: Cube) -> tuple[str, ...]:
    """Names of the columns of a `Closeness`: question ids, or `map`. Errors: BadStudy when the measure has none."""
    if measure.scale is None:
        if made.instrument.projection is None:
            raise BadStudy(f"{made.instrument.name} has no map; choose one of {', '.join(list(YARDSTICKS)[:3])}")
        return ("map",)
    wanted = measure.scale.items(made)
    if not wanted.any():
        raise BadStudy(f"{made.instrument.name}: no item that {measure.name} can be computed on; try map_distance")
    return tuple(q.id for q, there in zip(made.questions, wanted, strict=True) if there)


def closeness(context: Context, measure: Yardstick, made: Cube, side: Side, who: tuple[int, People, int]) -> Closeness:
    """Closeness of a side to one population.

    who      (the respondent's subject or -1, the people, the population's position)
    Errors   BadStudy for a map point that cannot be had, or a side that has no answers of this kind
    """
    if measure.scale is None:
        return _on_map(context, measure, made, side, who)
    return _by_item(context, measure, measure.scale, made, side, who)


def _by_item(
    context: Context, measure: Yardstick, scale: Scale, made: Cube, side: Side, who: tuple[int, People, int]
) -> Closeness:
    _, people, c = who
    at = np.flatnonzero(scale.items(made))
    human, codes = people.p[c][at], made.tight_codes[at]
    reps, members = _shares(context, made, side, who)
    reps = reps.only(at)
    there = ~(np.isnan(reps.whole).any(axis=-1) | np.isnan(human).any(axis=-1))
    own, sizes = np.where(there[:, None], reps.whole, np.nan), np.where(there, people.n_eff[c][at], np.nan)
    toward = measure.toward

    def score(block: np.ndarray) -> np.ndarray:
        return toward * np.asarray(scale.score(block, human, codes))

    gradient = toward * scale.gradient(own, human, codes)
    moved = _moved(toward * scale.gradient(human, own, codes), people, members, at)
    found = Closeness(score(own), score(reps.jack), score(reps.drawn), gradient, moved, np.zeros(len(at)), reps.unit)
    shift = _model_shift(found)
    if measure.bits or scale is SQUARED:
        known = np.where(np.isfinite(sizes), sizes, np.inf)
        of_side = _as_one_sample([people.n_eff[m][at] for m in members], len(known))
        shift = shift + _human_shift(measure, (own, human), (of_side, known), codes)
    return replace(found, shift=shift)


def _shares(context: Context, made: Cube, side: Side, who: tuple[int, People, int]) -> tuple[Replicates, list[int]]:
    """A side's shares with replicates, and the populations that it is the mean of."""
    subject, people, c = who
    if side.kind == "respondent":
        return replicates(made, subject, made.p, reply_draws(context, made, subject)), []
    human = people.p[c]
    if side.kind == "uniform":
        cells = np.array([q.cells for q in made.questions])[:, None]
        return fixed(np.where(np.arange(human.shape[-1]) < cells, 1.0 / np.maximum(cells, 1), 0.0)), []
    if side.kind == "modal":
        shares, known = np.full_like(human, np.nan), ~np.isnan(human).any(axis=-1)
        shares[known] = np.eye(human.shape[-1])[human[known].argmax(axis=-1)]
        return fixed(shares), []
    if side.kind == "people":
        at = people.names.index(side.name)
        return fixed(people.p[at]), [at]
    others = [i for i, place in enumerate(people.places) if place in group(side.name).members and i != c]
    if not others:
        raise BadStudy(f"the regional floor of {people.names[c]} needs other people of {side.name} in the runs")
    block = people.p[others]
    there = ~np.isnan(block).any(axis=-1, keepdims=True)
    count = there.sum(axis=0)
    total = np.where(there, block, 0.0).sum(axis=0)
    mean = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return fixed(mean), others


def _moved(
    gradient: np.ndarray, people: People, members: Sequence[int], at: np.ndarray
) -> tuple[tuple[int, np.ndarray], ...]:
    """How each member of a mean of peoples moves it; one without an item does not move it there."""
    there = np.array([~np.isnan(people.p[m][at]).any(axis=-1) for m in members]).reshape(len(members), len(at))
    count = np.maximum(there.sum(axis=0), 1)
    return tuple(
        (m, np.where(own[:, None], gradient / count[:, None], 0.0)) for m, own in zip(members, there, strict=True)
    )


def _model_shift(found: Closeness) -> np.ndarray:
    """What averaging over few wordings (or few replies) does to closeness: the jackknife's or bootstrap's bias."""
    if len(found.jack):
        return jackknife_bias(found.whole, found.jack)
    if len(found.drawn):
        return bootstrap_bias(found.whole, found.drawn)
    return np.zeros(found.whole.shape)


def people_covariance(
    weighted: Sequence[Sequence[Closeness]], kept: np.ndarray, side: People, at: tuple[Sequence[int], np.ndarray]
) -> tuple[np.ndarray, float]:
    """Covariance of J means over items and populations from the sampling of people, and its degrees of freedom.

    Every population's people answered all items, and stand on both sides where a side is made of them.

    weighted   J lists of closeness, one per population of the target, each mean's own
    kept       items that enter; at: the target's populations, and the questions that `kept` stands for
    Returns    (J, J), NaN where a number of people is unknown
    """
    targets, questions = at
    moves: dict[int, np.ndarray] = {}
    shape = (len(weighted), len(kept), side.p.shape[-1])
    for j, closenesses in enumerate(weighted):
        for one, c in zip(closenesses, targets, strict=True):
            assert one.gradient is not None
            for population, slope in ((c, one.gradient), *one.own):
                moves.setdefault(population, np.zeros(shape))[j] += slope[kept]
    parts = [side.covariance(population, questions, slopes) for population, slopes in moves.items()]
    total = np.sum([part for part, _ in parts], axis=0) / (len(targets) * len(kept)) ** 2
    sizes = np.array([np.trace(part) for part, _ in parts])
    rest = sum(size**2 / df for size, (_, df) in zip(sizes, parts, strict=True))
    return np.asarray(total), float(sizes.sum() ** 2 / rest) if rest > 0 else np.inf


def _as_one_sample(sizes: Sequence[np.ndarray], items: int) -> np.ndarray:
    """(J,) how large a single sample would vary as the mean of M samples of n_i people does: M^2 / sum(1 / n_i)."""
    inverse = sum((np.where(np.isfinite(n), 1 / n, 0.0) for n in sizes), np.zeros(items))
    return np.divide(len(sizes) ** 2, inverse, out=np.full(items, np.inf), where=inverse > 0)


def _human_shift(
    measure: Yardstick, shares: tuple[np.ndarray, np.ndarray], sizes: tuple[np.ndarray, np.ndarray], codes: np.ndarray
) -> np.ndarray:
    """What sampling people does to closeness: minus the divergence's first-order bias, through the root for a distance.

    People whose number is unknown count as exact here: what they do is unknown too, and the limits say so.
    """
    own, human = shares
    assert measure.scale is not None
    if measure.scale is SQUARED:
        return -squared_gap_noise(own, codes, sizes[0]) - squared_gap_noise(human, codes, sizes[1])
    bias = js_bias(own, human, *sizes)
    if measure.name == "js_divergence":
        return -bias
    distance = 1 - measure.scale.score(own, human, np.zeros(0))
    return -bias / (2 * np.maximum(np.maximum(distance, np.sqrt(bias)), 1e-12))


def _on_map(context: Context, measure: Yardstick, made: Cube, side: Side, who: tuple[int, People, int]) -> Closeness:
    subject, people, c = who
    projection = made.instrument.projection
    assert projection is not None
    missing = [axis for axis in AXES if axis not in people.ready or np.isnan(people.ready[axis][c])]
    if missing:
        raise BadStudy(f"{people.names[c]} has no point on the map ({', '.join(missing)} is missing)")
    target = np.array([people.ready[axis][c] for axis in AXES])
    nothing = np.zeros((0, 1))
    if side.kind == "people":
        here = np.array([people.ready[axis][people.names.index(side.name)] for axis in AXES])
        whole = np.array([-np.linalg.norm(here - target)])
        return Closeness(whole, nothing, nothing, None, (), np.zeros(1), "wordings")
    if side.kind != "respondent":
        raise BadStudy(f"on the map a respondent is set against people or respondents, not against {side.words}")
    reps = replicates(made, subject, made.value, value_draws(context, made, subject))
    at = {question.id: i for i, question in enumerate(made.questions)}
    absent = [item for item in projection.items if item not in at or np.isnan(reps.whole[at[item]])]
    if absent:
        raise BadStudy(f"{side.name}: the map needs all its items; without a readable answer: {', '.join(absent)}")
    reps = reps.only(np.array([at[item] for item in projection.items]))
    place = on_map(projection)

    def score(block: np.ndarray) -> np.ndarray:
        return -np.linalg.norm(place(block) - target, axis=-1)[:, None]

    found = Closeness(score(reps.whole[None])[0], score(reps.jack), score(reps.drawn), None, (), np.zeros(1), reps.unit)
    return replace(found, shift=_model_shift(found))
