"""What a study asks, as far as power depends on it, and how much its answers will vary."""

from dataclasses import dataclass, replace

import numpy as np

from tawazun.claims.contrast import Contrast
from tawazun.claims.gathering import Gathered
from tawazun.claims.interest import Interest, from_people, nearest
from tawazun.claims.likeness import OWN
from tawazun.claims.matching import Target, check_respondent, find_target, one_view
from tawazun.claims.pairwise import Compared, compared
from tawazun.claims.yardsticks import Side, Yardstick
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument, Question, shared_wordings
from tawazun.measures.cube import Cube
from tawazun.measures.people import People
from tawazun.measures.replies import valid_replies
from tawazun.stats.delta import multinomial_variance
from tawazun.stats.power import MOST_SKEW
from tawazun.study import Study, expand_personas

# the variance 6 / n of a sample's skewness against one of .5 among studies: n / (n + 12)
SHRINK = 12


@dataclass(frozen=True)
class Design:
    """What a study asks, as far as power depends on it.

    wordings   clusters; inner: other framings inside each; replies: per framing, inf for exact probabilities
    items      that the measure can be computed on; places, indices: of a ranking
    tests      made together; alpha and 1 - level are divided by it
    models     of each kind, for groups
    """

    wordings: int
    inner: int
    replies: float
    items: int
    places: int
    indices: int
    tests: int
    models: tuple[int, int]
    alpha: float
    level: float


@dataclass(frozen=True)
class Spreads:
    """How much a difference of closeness between two respondents varies.

    wording   standard deviation of one wording's mean difference, reply noise left out
    item      of the items' differences around their mean
    human     standard error from the people
    reply     of one reply to one item
    model     between models of one kind
    skew      of the wordings' differences, towards 0 the fewer there were; 0 when it is not known
    origin    where they come from
    """

    wording: float | None = None
    item: float | None = None
    human: float = 0.0
    reply: float = 0.0
    model: float | None = None
    origin: str = "given"
    skew: float = 0.0

    def per_wording(self, design: Design) -> float:
        """Standard deviation of one wording's mean difference under a design, reply noise included."""
        assert self.wording is not None
        return float(np.sqrt(self.wording**2 + self.reply**2 / (design.items * design.inner * design.replies)))


def design_of(
    study: Study, instrument: Instrument, measure: Yardstick, side: People | None, tests: int | None
) -> Design:
    """The design of a study on one instrument.

    side    the people it is set against; None when there are none
    tests   how many tests are made together; None = every pair of respondents x population x persona x language
    """
    ask = study.ask
    questions = asked_questions(study, instrument)
    worded = [q for q in questions if q.wordings]
    have = shared_wordings(worded, ask.languages[0]) if worded else ()
    wordings = len(have) if ask.wordings == "all" else ask.wordings if isinstance(ask.wordings, int) else 1
    if isinstance(ask.wordings, list):
        wordings = len(ask.wordings)
    modes = [ask.mode] if isinstance(ask.mode, str) else list(ask.mode)
    inner = len(ask.orders) * len(ask.labels) * len(ask.placement) * max(1, len(ask.seeds))
    made = blank_cube(instrument, questions)
    items = 1 if measure.scale is None else int(measure.scale.items(made).sum())
    played = [persona for persona in expand_personas(ask.personas) if persona not in ("none", "human")]
    places = len([place for place in played if side is None or place in side.places])
    plain = len([p for p in expand_personas(ask.personas) if p in ("none", "human")])
    count = len(study.respondent)
    views = max(1, plain + bool(played)) * len(ask.languages)
    family = count * (count - 1) // 2 * max(1, len(side.names) if side else 1) * views
    return Design(
        wordings,
        inner,
        float("inf") if modes == ["logprob"] else float(ask.samples),
        items,
        places,
        len(instrument.indices),
        max(1, family if tests is None else tests),
        (count // 2, count - count // 2),
        study.measure.alpha,
        study.measure.level,
    )


def asked_questions(study: Study, instrument: Instrument) -> tuple[Question, ...]:
    """The questions of an instrument that a study asks."""
    named = {item.rpartition(":")[2].casefold() for item in study.ask.items}
    kept = [q for q in instrument.questions if not named or named & {n.casefold() for n in (q.id, *q.aliases)}]
    return tuple(kept)


def blank_cube(instrument: Instrument, questions: tuple[Question, ...]) -> Cube:
    """A cube without answers, for what depends on the questions and the people alone."""
    width = max([q.cells for q in questions], default=0)
    flat = np.zeros((0, 0, len(questions)))
    shares = np.zeros((0, 0, len(questions), width))
    return Cube(
        instrument, questions, (), (), shares, flat, flat, flat, flat, flat, flat, np.zeros(0, dtype=int)
    )  # fmt: skip


def declared_interest(study: Study, measure: Yardstick, made: Cube, target: Target | None) -> Interest:
    """The study's smallest effect of interest, else the one from the people."""
    if study.measure.smallest_effect is not None and study.measure.primary in ("", measure.name):
        return Interest(study.measure.smallest_effect, "declared by the study")
    if target is None:
        return Interest(None, "no people to take it from")
    return from_people(measure, made, target)


def human_spread(measure: Yardstick, made: Cube, target: Target) -> float | None:
    """A stand-in for the people's part of the error before there are answers.

    It is that of the closeness of each people to its nearest neighbours, taken for two respondents. None when the
    people's number is unknown.
    """
    if measure.scale is None:
        return None
    at = np.flatnonzero(measure.scale.items(made))
    total = 0.0
    for c in target.at:
        other = nearest(measure, made, target.side, c)
        if other is None:
            return None
        p, h = target.side.p[other[1]][at], target.side.p[c][at]
        both = ~(np.isnan(p).any(axis=-1) | np.isnan(h).any(axis=-1))
        slope = measure.scale.gradient(p[both], h[both], made.tight_codes[at][both])
        total += float(target.side.covariance(c, at[both], slope[None])[0][0, 0]) / both.sum() ** 2
    found = float(np.sqrt(2 * total)) / len(target.at)
    return found if np.isfinite(found) else None


def pilot_spreads(
    gathered: Gathered, measure: Yardstick, spec: str, labels: tuple[str, str], narrow: dict[str, str]
) -> tuple[Spreads, Compared]:
    """Spreads of a pilot run's difference between two respondents.

    Errors   BadStudy when the pilot has one wording only, and as `compared`
    """
    for label in labels:
        check_respondent(gathered, label)
    target = find_target(gathered, spec)
    view = one_view(gathered, target, labels, narrow)
    sides = (Side("respondent", labels[0]), Side("respondent", labels[1]))
    both = compared(gathered, measure, target, view, sides, None)
    found = both.found
    if not found.clusters or found.cluster_sd is None:
        raise BadStudy(f"the pilot cannot tell how much wordings matter: {found.why or 'it has one wording'}")
    replies, per_wording = _reply_spread(measure, both)
    one = found.cluster_sd**2 * found.clusters
    wording = float(np.sqrt(max(0.0, one - replies**2 / (len(found.items) * per_wording))))
    item = float(found.each.std(ddof=1)) if len(found.each) > 1 else None
    origin = f"pilot: {labels[0]} against {labels[1]}, {found.clusters} {found.unit}"
    return Spreads(wording, item, found.human_sd or 0.0, replies, None, origin, _skew(found)), both


def _skew(found: Contrast) -> float:
    """The pilot's skewness, turned so that its difference is above 0, shrunk as if it were .7 of either sign before."""
    if found.skew is None:
        return 0.0
    shrunk = found.skew * found.clusters / (found.clusters + SHRINK)
    return float(np.clip(np.sign(found.value) * shrunk, -MOST_SKEW, MOST_SKEW))


def _reply_spread(measure: Yardstick, both: Compared) -> tuple[float, float]:
    """(sd of one reply to one item in the difference, replies per item inside one wording); 0 for exact answers."""
    made, target = both.made, both.target
    if measure.scale is None:
        return 0.0, 1.0
    at = np.flatnonzero(measure.scale.items(made))
    counts = valid_replies(made)
    variances, sizes = [], []
    for s, one in enumerate(made.subjects):
        if one.respondent not in (both.sides[0].name, both.sides[1].name):
            continue
        places = [c for c in target.at if both.view.persona != OWN or target.side.places[c] == one.persona]
        number = counts[s][:, at]
        if not np.isfinite(number).any() or (one.language, one.perspective) != (
            both.view.language,
            both.view.perspective,
        ):
            continue
        own = np.nanmean(made.p[s][:, at], axis=0)
        for c in places:
            human = target.side.p[c][at]
            slope = measure.scale.gradient(human, own, made.tight_codes[at])
            each = multinomial_variance(slope, own, np.ones(len(at)))
            variances.append(float(np.nanmean(each)) / len(places) ** 2)
        sizes.append(float(np.nansum(number)) / len(at) / max(1, both.found.clusters))
    return float(np.sqrt(sum(variances))), min(sizes, default=1.0) or 1.0


def with_given(spreads: Spreads, given: dict[str, float | None]) -> Spreads:
    """Spreads with those that a user gave in place of the pilot's."""
    kept = {key: value for key, value in given.items() if value is not None}
    return replace(spreads, **kept) if kept else spreads  # type: ignore[arg-type]
