"""`distinguishable`: the personas of a region can be told apart, and they differ in the direction in which people do.

Two things are asked for together. Can the country that is played be told from the answers (top-1 accuracy against 1/k,
relabelled)? And does a country's answer leave the regional mean the way its people do (deviations relabelled, each cut
to length 1, so that being far out on both sides is no agreement)? A respondent that mirrors every deviation, or that
gives one regional stereotype, fails the second. The effect is the slope of the model's deviations on the people's: 1 is
as far as people, 0 no difference, below 0 reversed. Its interval is that of a ratio.
"""

from dataclasses import dataclass, replace

import numpy as np
from pydantic import Field

from tawazun.claims.contrast import CONSTANT, NOTHING
from tawazun.claims.gathering import Gathered
from tawazun.claims.likeness import OWN, View, wordings_of
from tawazun.claims.limits import general_limits, one_wording
from tawazun.claims.matching import Target, check_respondent, find_target, one_view, subjects_of
from tawazun.claims.pairwise import closed_reasons
from tawazun.claims.records import ClaimKeys, Found, Kind, Levels, Need
from tawazun.claims.verdicts import Evidence, at_least
from tawazun.errors import BadStudy
from tawazun.measures.deviations import SAME, Moves, centred, direction_test
from tawazun.measures.ratios import HUMAN_WORDS, UNBOUNDED
from tawazun.measures.replies import reply_draws
from tawazun.measures.spread import FEW, replicates
from tawazun.seeds import seed_for
from tawazun.stats.combined import Part, clusters_needed
from tawazun.stats.diversity import deviation_agreement, identifiability, multinomial_noise, squared_distances
from tawazun.stats.gap_errors import NO_ERRORS, GapErrors, from_mean, gap_errors, gap_ratio_interval
from tawazun.stats.resampling import bootstrap_sd, jackknife_sd

FEWEST = 3
EXACT_UP_TO = 40_320


class Keys(ClaimKeys):
    """`target`: the people of the region, such as `wvs-7/group:arab-league@2023-05`; each is played by its persona.

    smallest_effect   the smallest slope that would count as telling them apart
    """

    respondent: str
    target: str
    smallest_effect: float | None = Field(default=None, gt=0, le=1)


@dataclass(frozen=True)
class Region:
    """Answers of the personas of a region beside their people, over the items that all of them have.

    model    (C, I, K); jack: (G, C, I, K) with a wording left out; drawn: (D, C, I, K) with replies drawn again
    human    (C, I, K); n_eff: (C, I), inf where the number of people is unknown
    """

    model: np.ndarray
    jack: np.ndarray
    drawn: np.ndarray
    human: np.ndarray
    n_eff: np.ndarray
    unit: str
    error_known: bool
    wordings: int

    @property
    def noise(self) -> np.ndarray:
        """(C, I) summed sampling variance of the people's shares."""
        return multinomial_noise(self.human, self.n_eff)

    @property
    def there(self) -> np.ndarray:
        """(C, I) cells: every place has every item."""
        return np.ones(self.human.shape[:2], dtype=bool)

    def moves(self) -> Moves:
        """Deviations of both sides from their regional means."""
        # of each place's noise, 1 - 1/C is left in its deviation from a mean that contains it
        noise = self.noise.sum(axis=-1) * (1 - 1 / len(self.human))
        return Moves(centred(self.model, self.there), centred(self.human, self.there), noise)


@dataclass(frozen=True)
class Slope:
    """Two sums whose ratio is the slope, and their errors.

    above, below  products of both sides' deviations; the people's squared deviations, their sampling taken out
    sd, df        standard error of `above` from wordings or replies, with its degrees of freedom; NaN for none
    errors        of both sums from the people; clusters: wordings or framings that `sd` is of
    why           why there is no interval, else empty
    """

    above: float
    below: float
    sd: float
    df: float
    errors: GapErrors
    clusters: int
    why: str

    @property
    def value(self) -> float:
        """The slope; NaN where people do not differ beyond their sampling."""
        return self.above / self.below if self.below > 0 else float("nan")

    def interval(self, level: float) -> tuple[float, float] | None:
        """All ratios that the two sums allow at a level; None where there is no such interval."""
        if self.why or not self.below > 0:
            return None
        found = gap_ratio_interval(self.above, self.below, self.sd, self.df, self.errors, level)
        return found if np.isfinite(found).all() else None

    def parts(self) -> list[Part]:
        """Standard errors of the slope to first order, for planning; none where there is no slope or error."""
        if self.why or not self.below > 0:
            return []
        people = self.errors.cross - 2 * self.value * self.errors.both + self.value**2 * self.errors.gaps
        return [(self.sd / self.below, self.df), (float(np.sqrt(np.maximum(people, 0.0))) / self.below, float("inf"))]


def judge(gathered: Gathered, keys: Keys, levels: Levels) -> Found:
    """Identifiability and the direction of deviations, both shown or neither."""
    label = check_respondent(gathered, keys.respondent)
    target = find_target(gathered, keys.target)
    if len(target.at) < FEWEST:
        raise BadStudy(f"target: {keys.target} has {len(target.at)} people in the runs; a region needs {FEWEST}")
    if keys.persona not in ("", OWN):
        raise BadStudy(f'persona: the people of {keys.target} are each played by their own, so it is "own" or left out')
    view = one_view(gathered, target, [label], {**keys.narrow, "persona": OWN})
    region = _region(gathered, target, view, label)
    slope = _slope(region)
    value, parts, clusters = slope.value, slope.parts(), slope.clusters
    interval, inner = (slope.interval(level) for level in (levels.level, 1 - 2 * levels.alpha))
    tests = _tests(gathered, region, label, target)
    evidence = Evidence(
        value=value if np.isfinite(value) else None,
        interval=interval,
        inner=inner,
        p_for=tests["p"],
        p_against=tests["p reversed"],
        minimum_p=tests["smallest p"],
        delta=keys.smallest_effect,
        closed=closed_reasons(gathered, [label], view, target),
        why=(slope.why or ("" if interval else UNBOUNDED)) if np.isfinite(value) else SAME,
        open=one_wording(region.wordings, keys.words or gathered.words),
    )
    correlation = float(deviation_agreement(region.model, region.human, human_noise=region.noise).correlation)
    varied = slope.why or (f"jackknife over {clusters} {region.unit}, t" if clusters else "replies drawn again")
    people = HUMAN_WORDS if region.error_known else "excludes human error"
    return Found(
        evidence=evidence,
        ruling=at_least(evidence, levels.alpha),
        unit="slope of the model's deviations from the regional mean on the people's",
        short="slope of its deviations from the region on the people's",
        method="relabelled countries: top-1 accuracy and direction of deviations, the larger p counts; "
        + "; ".join((varied, people, "bounds of a ratio by Fieller")),
        origin="declared" if keys.smallest_effect else "not declared: any slope above 0 counts",
        respondents=(label,),
        instrument=view.instrument,
        language=view.language,
        subject=f"{label} as each of {len(target.at)} peoples of {target.name}, {region.model.shape[1]} items of "
        f"{view.instrument}, in {view.language}: own people nearest in {100 * tests['accuracy']:.0f} % "
        f"(chance {100 / len(target.at):.0f} %)",
        facts={
            "places": len(target.at),
            "items": region.model.shape[1],
            "top-1 accuracy": tests["accuracy"],
            "accuracy by chance": 1 / len(target.at),
            "p of identifiability": tests["p identifiability"],
            "p of the slope": tests["p slope"],
            "correlation of deviations": correlation if np.isfinite(correlation) else None,
        },
        needs=_needs(target, parts, clusters, tests["smallest p"], keys.smallest_effect, levels),
        limits=tuple(_limits(gathered, view, label, region)),
    )


def _region(gathered: Gathered, target: Target, view: View, label: str) -> Region:
    made = gathered.context.cubes[view.instrument]
    own = subjects_of(made, label, view, target)
    reps = [replicates(made, s, made.p, reply_draws(gathered.context, made, s)) for s in own]
    human = target.side.p[list(target.at)]
    whole = np.array([one.whole for one in reps])
    there = ~(np.isnan(whole).any(axis=(0, 2)) | np.isnan(human).any(axis=(0, 2))) & made.distributed
    items = np.flatnonzero(there)
    if not len(items):
        raise BadStudy(f"{label} and the people of {target.name} share no item answered as a distribution by all")
    n_eff = target.side.n_eff[list(target.at)][:, items]
    return Region(
        whole[:, items],
        _stacked([one.jack[:, items] for one in reps]),
        _stacked([one.drawn[:, items] for one in reps]),
        human[:, items],
        np.where(np.isfinite(n_eff), n_eff, np.inf),
        reps[0].unit,
        bool(np.isfinite(n_eff).all()),
        wordings_of(made, own),
    )


def _stacked(blocks: list[np.ndarray]) -> np.ndarray:
    """(B, C, I, K); B = 0 when the places were asked under different numbers of framings."""
    sizes = {len(block) for block in blocks}
    if len(sizes) > 1:
        return np.zeros((0, len(blocks), *blocks[0].shape[1:]))
    return np.stack(blocks, axis=1)


def _slope(region: Region) -> Slope:
    own, errors = region.moves(), NO_ERRORS
    people = own.human.ravel()
    below = float(people @ people - own.noise.sum())
    if region.error_known:
        errors = gap_errors(region.model, region.human, region.n_eff, from_mean(region.there))
    jack, drawn = (
        np.tensordot(block, own.human.reshape(region.human.shape), axes=3) for block in (region.jack, region.drawn)
    )
    clusters, sd, df, why = len(jack) if len(jack) > 1 else 0, float("nan"), float("inf"), ""
    if clusters:
        sd, df = float(jackknife_sd(jack)), clusters - 1.0
    elif len(drawn) > 1:
        sd = float(bootstrap_sd(drawn))
    else:
        why = FEW
    above = float(own.model.ravel() @ people)
    if not why and (not np.isfinite(sd) or max(sd, float(errors.cross) ** 0.5) < NOTHING * max(below, NOTHING)):
        why = CONSTANT.format(unit=region.unit)
    return Slope(above, below, sd, df, errors, clusters, why)


def _tests(gathered: Gathered, region: Region, label: str, target: Target) -> dict[str, float]:
    """One-sided p-values by relabelling countries, those of `identifiability` and `deviation_agreement`."""
    key = seed_for("distinguishable", gathered.context.seed, label, target.name) % 2**32
    distances = np.round(squared_distances(region.model, region.human, 0.0, region.noise), 12)
    shown = identifiability(distances, statistic="top", limit=EXACT_UP_TO, seed=key)
    own = region.moves()
    same, opposite = (direction_test(gathered.context, moved) for moved in (own, replace(own, model=-own.model)))
    return {
        "accuracy": float(shown.value),
        "p identifiability": float(shown.p),
        "p slope": float(same.p),
        "p": max(float(shown.p), float(same.p)),
        "p reversed": float(opposite.p),
        "smallest p": max(float(shown.minimum_p), float(same.minimum_p)),
    }


def _needs(
    target: Target, parts: list[Part], clusters: int, least: float, delta: float | None, levels: Levels
) -> tuple[Need, ...]:
    needs = []
    if least > levels.alpha:
        places, ways = 1, 1
        while 1 / ways > levels.alpha:
            places += 1
            ways *= places
        if places > len(target.at):
            needs.append(Need("places", len(target.at), places, "for relabelling to reach alpha"))
    if delta is not None and parts and clusters:
        own, people = parts[0][0], parts[1][0]
        need = clusters_needed(own * clusters**0.5, people, width=delta, level=levels.level)
        needs.append(Need("wordings", clusters, need, "for an interval no wider than the smallest effect of interest"))
    return tuple(needs)


def _limits(gathered: Gathered, view: View, label: str, region: Region) -> list[str]:
    found = list(general_limits(gathered, view, [label]))
    found.append("That personas can be told apart does not make any one of them accurate: see closeness.")
    if not region.error_known:
        found.append("The number of people is unknown: their sampling is not taken out of the slope.")
    return found


KIND = Kind(
    "distinguishable",
    "the personas of a region can be told apart, in the direction in which people differ",
    Keys,
    judge,
)
