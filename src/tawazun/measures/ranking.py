"""Rankings of places on an index: the groups of subjects that are ranked, and what they share."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, row, several_settings
from tawazun.measures.cube import Cube
from tawazun.measures.indexing import formulas, index_matrix, matched_place, subject_values
from tawazun.measures.people import People, index_values
from tawazun.measures.spread import Interval, Replicates
from tawazun.seeds import stream
from tawazun.stats.resampling import bootstrap_sd, cluster_sd, cluster_weights, t_interval

ROUND = 6
FEWEST = 3
STILL = 1e-9
UNEVEN = (
    "no interval: nothing varies (one framing, no repeated replies), or the places were not all asked every item in "
    "the same number of wordings"
)


@dataclass(frozen=True)
class Ranking:
    """One set of places ranked by a respondent and by people.

    base     an estimate with the respondent, language … filled in
    places   C codes, in order
    model    (C, I) index points; human: (C, I); NaN where absent
    values   replicates of the item means of each place's subject
    indices  names of the I indices
    subjects the C subjects of the cube; side: the people
    """

    base: Estimate
    made: Cube
    places: tuple[str, ...]
    model: np.ndarray
    human: np.ndarray
    values: tuple[Replicates, ...]
    indices: tuple[str, ...]
    subjects: tuple[int, ...]
    side: People

    def known(self, index: int) -> np.ndarray:
        """(C,) places for which both sides have this index."""
        return np.isfinite(self.model[:, index]) & np.isfinite(self.human[:, index])

    @property
    def complete(self) -> np.ndarray:
        """(C,) places for which both sides have every index."""
        return np.asarray(np.isfinite(self.model).all(axis=1) & np.isfinite(self.human).all(axis=1))


def rankings(context: Context, measure: str) -> Iterator[Ranking]:
    """Every ranking: per respondent, places played in one language, and native languages without a persona."""
    for name, made in context.cubes.items():
        if not made.instrument.indices:
            continue
        values = subject_values(context, made)
        matrix = index_matrix(made, values)
        for base, members in _groups(context, measure, made):
            for side in context.people[name]:
                found = _ranking(context, made, (base, members), (values, matrix), side)
                if found is not None:
                    yield found


def _groups(context: Context, measure: str, made: Cube) -> Iterator[tuple[Estimate, list[int]]]:
    groups: dict[tuple[str, ...], list[int]] = {}
    for s, one in enumerate(made.subjects):
        native = not one.place
        if native and one.language not in context.keys.language_places:
            continue
        if one.place and one.persona != one.place:
            continue
        language = "" if native else one.language
        key = (one.respondent, one.perspective, language, one.mode, one.setting, one.persona if native else "places")
        groups.setdefault(key, []).append(s)
    several = several_settings(made)
    for group, members in groups.items():
        first = made.subjects[members[0]]
        base = row(measure, made.instrument.name, first, (first.respondent, first.mode) in several)
        yield _labelled(base, group), members


def _labelled(base: Estimate, key: tuple[str, ...]) -> Estimate:
    facet = ";".join(part for part in (base.facet, "places by persona" if key[2] else "places by language") if part)
    return replace(base, persona="" if key[2] else base.persona, language=key[2], facet=facet)


def _ranking(
    context: Context,
    made: Cube,
    group: tuple[Estimate, list[int]],
    model: tuple[list[Replicates], np.ndarray],
    side: People,
) -> Ranking | None:
    base, members = group
    human = index_values(side, made.instrument, made.questions)
    if not human:
        return None
    names = tuple(index.name for index in made.instrument.indices)
    kept = [(s, side.where(matched_place(context, made, s))) for s in members]
    matched = [(s, c) for s, c in kept if c is not None]
    return Ranking(
        replace(base, population=side.source, source=side.source, unit="tau-b"),
        made,
        tuple(side.places[c] for _, c in matched),
        np.array([model[1][s] for s, _ in matched]).reshape(len(matched), len(names)),
        np.array([[human[n][c] if n in human else np.nan for n in names] for _, c in matched]).reshape(
            len(matched), len(names)
        ),
        tuple(model[0][s] for s, _ in matched),
        names,
        tuple(s for s, _ in matched),
        side,
    )


def index_draws(context: Context, ranking: Ranking) -> tuple[np.ndarray, int]:
    """(D, C, I) index points with framings (or replies) drawn again, and G clusters (0 = replies were drawn).

    Wordings are drawn jointly for all places, because a wording's shift is shared by the places it is put to.
    D = 0 when nothing varies, or when the places were asked under different numbers of framings.
    """
    groups = {len(reps.each) for reps in ranking.values}
    weights = np.array([formula.weights for formula in formulas(ranking.made)])
    if groups == {0}:
        return _reply_index_draws(ranking, weights), 0
    if len(groups) != 1:
        return np.zeros((0, len(ranking.places), len(weights))), 0
    used = (weights != 0).any(axis=0)
    if any(np.isnan(reps.jack[:, used]).any() for reps in ranking.values):
        return np.zeros((0, len(ranking.places), len(weights))), 0
    count = groups.pop()
    rng = stream("rank", context.seed, ranking.made.instrument.name)
    drawn = cluster_weights(count, context.keys.draws, rng) / count
    each = np.array([reps.each for reps in ranking.values])
    return np.einsum("dg,cgi->dci", drawn, np.nan_to_num(each) @ weights.T), count


def _reply_index_draws(ranking: Ranking, weights: np.ndarray) -> np.ndarray:
    drawn = [reps.drawn for reps in ranking.values]
    fewest = min((len(block) for block in drawn), default=0)
    if fewest == 0:
        return np.zeros((0, len(ranking.places), len(weights)))
    return np.stack([np.nan_to_num(block[:fewest]) @ weights.T for block in drawn], axis=1)


def rank_interval(
    context: Context, value: float, drawn: np.ndarray, clusters: int, bounds: tuple[float, float]
) -> Interval:
    """Bounds of a ranking statistic from its draws: sd of the draws, t with G - 1 degrees of freedom for framings.

    drawn   (D,), NaN where a draw leaves it undefined
    """
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return Interval(None, None, None, "", UNEVEN)
    if len(known) < 0.9 * len(drawn):
        return Interval(None, None, None, "", "undefined in more than a tenth of the draws: no interval")
    sd, df = float(bootstrap_sd(known)), np.inf
    words = f"{len(drawn)} draws of replies"
    if clusters:
        sd, df = float(cluster_sd(known, clusters)), clusters - 1
        words = f"{len(drawn)} bootstrap draws of {clusters} framing clusters, t"
    if sd < STILL:
        return Interval(None, None, None, words, "no draw changed the ranking: too few draws of framings to say more")
    low, high = (float(x) for x in t_interval(value, [(sd, df)], context.keys.level))
    return Interval(max(low, bounds[0]), min(high, bounds[1]), context.keys.level, words, "")
