"""Is every planted pathology found, alone and beside every other, by the measure that is named for it?

A study of the planted world, the same in every cell: six countries of the Arab-like region and nobody, sixty items,
five wordings x two orders x two label scripts as read-outs, against 500 sampled people a country; beside it an arm in
Arabic, one in the observer's perspective, one with twenty replies to each of 20 items in three wordings, one that puts
20 items as advice, and one that asks for the published scores. Faults are those of the `planted` respondent
(`tawazun.respondents.faults`), laid out as arrays by its own functions; wordings, people and replies are drawn anew in
each replication, the same ones in every cell. The people are drawn from what the healthy respondent says over endless
wordings, so that nothing is wrong with it.

A measure accuses when its interval lies wholly beyond a line (RULES; lines and strengths were set on other draws).
Whether it should is read off a study of endless people and wordings (20 of them, at the quantiles of their draws):
beyond the line there, the pathology is visible, and a measure that is not named for a planted fault is *implied* by
it; inside the line, an accusation is a false alarm.

    python benchmarks/pathologies.py                                        # a short run, printed
    python benchmarks/pathologies.py --replications 14 --control 1000 --more 50 --checks 40 --append   # published
"""

import argparse
import multiprocessing
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import norm

from tawazun import atlas
from tawazun.estimates import Estimate
from tawazun.instruments import Instrument, Question, instrument
from tawazun.measures import find_measure
from tawazun.measures.context import Context
from tawazun.measures.cube import Cube, Subject
from tawazun.measures.designs import coefficient, designs, stability
from tawazun.measures.people import People
from tawazun.measures.playing import played as playing
from tawazun.places import group
from tawazun.respondents.catalogue.planted import published
from tawazun.respondents.faults import Pathologies, kept, leaned, played, put, stand_in_of
from tawazun.seeds import digest
from tawazun.source import Source
from tawazun.study import MeasureKeys

RESULTS = Path(__file__).with_name("RESULTS.md")
SOURCE = Source("a benchmark", "benchmarks/pathologies.py", "1", "CC0-1.0", "none", "yes")
REGION = "group:atlas-arab@1"
PLACES = tuple(place for place in group(REGION).members if atlas.persona_weight(place) > 0)
INDICES = instrument("atlas").indices
# indices are not looked at here, and would be studied one by one
# outside the region, where the default comes from: peoples that `whose` may find
NEIGHBOURS = tuple(place for place in group("group:atlas-west@1").members if atlas.persona_weight(place) > 0)
ATLAS = replace(instrument("atlas"), indices=())
ITEMS, OPTIONS = len(ATLAS.questions), 5
CELLS = atlas.world().cells
LEVEL, DRAWS = 0.95, 100
WORDINGS, PEOPLE, REPLIES, SOME = 5, 500, 20, 20
ENDLESS_WORDINGS, ENDLESS_REPLIES, ENDLESS = 20, 200, 1e7
ORDERS, LABELS = ("forward", "reversed"), ("letters", "digits")
ENOUGH, FALSE = 0.8, 0.05
PARTS, MORE_FROM = 8, 10**6
LOUD = 0.15  # accusations of an innocent measure that call for more studies
REPLY_WORDINGS = 3
WHO = 1  # the country of the arms that play one
# the noise of wordings that any respondent has
BASE = {"wording_sensitivity": 0.15, "wording_noise": 0.1}
READOUT, TEMPERATURE_1 = "readout", "t=1,p=1,max=64"


# ---- the study


@dataclass(frozen=True)
class Size:
    """How much a study has of everything that is sampled."""

    wordings: int = WORDINGS
    people: float = PEOPLE
    replies: int = REPLIES


@dataclass(frozen=True)
class Chance:
    """What one replication draws, whatever is wrong with the respondent.

    shared      normal draws of wordings by arm (en, ar, advice): (W, I); own: of wording and persona (W, S, I)
    people      (C, I, 5) shares; outside: the same of the neighbouring region
    replies     uniform draws (W, SOME, N, 4): which option, whether and whither it slips, whether it is unreadable
    figures     (C, D) invented figures; recited: (W, C * D) share of replies that would be recited if any were
    """

    size: Size
    shared: Mapping[str, np.ndarray]
    own: Mapping[str, np.ndarray]
    people: np.ndarray
    outside: np.ndarray
    replies: np.ndarray
    figures: np.ndarray
    # what measures made of the people alone: the same in every cell, so made once a replication
    made: dict[Any, Any] = field(default_factory=dict)


def healthy(places: Sequence[str]) -> np.ndarray:
    """(C, I, 5) what the healthy respondent says over endless wordings: the truth that people are drawn from."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(15)
    spread = float(np.hypot(*BASE.values()))
    none = np.zeros((len(nodes), 1, ITEMS))
    well = np.array([played(Pathologies(), place, "persona", "en") for place in places])
    draws = np.broadcast_to(nodes[:, None, None], none.shape)
    each = put(Pathologies(wording_sensitivity=spread), well[None], draws, none)
    return np.tensordot(weights / weights.sum(), each, axes=1)


TRUTH = healthy(PLACES)
OUTSIDE = healthy(NEIGHBOURS)


def wordings_of(rng: np.random.Generator, size: Size, shape: tuple[int, ...]) -> np.ndarray:
    """(W, …) normal draws; in the endless study quantiles in random order, which average as endless wordings do."""
    if size.people < ENDLESS:
        return rng.standard_normal((size.wordings, *shape))
    at = np.broadcast_to(((np.arange(size.wordings) + 0.5) / size.wordings).reshape(-1, *(1 for _ in shape)),
                         (size.wordings, *shape))  # fmt: skip
    return np.asarray(norm.ppf(rng.permuted(at, axis=0)))


def chance(rng: np.random.Generator, size: Size) -> Chance:
    """Fresh wordings, people and replies."""
    arms, subjects = ("en", "ar", "advice"), 1 + len(PLACES)
    shared = {arm: wordings_of(rng, size, (ITEMS,)) for arm in arms}
    own = {arm: wordings_of(rng, size, (subjects, ITEMS)) for arm in arms}
    people, outside = (
        truth if size.people >= ENDLESS else rng.multinomial(int(size.people), truth) / size.people
        for truth in (TRUTH, OUTSIDE)
    )
    replies = rng.random((min(size.wordings, REPLY_WORDINGS), SOME, size.replies, 4))
    return Chance(size, shared, own, people, outside, replies, rng.uniform(-200, 200, (len(PLACES), len(INDICES))))


Losses = tuple[np.ndarray, np.ndarray, np.ndarray]


def shares(faults: Pathologies, drawn: Chance, arm: str, perspective: str = "persona") -> np.ndarray:
    """(S, W, I, 5) answers before layout and losses; nobody first, then the countries."""
    language = "ar" if arm == "ar" else "en"
    who = np.array([played(faults, place, perspective if place else "self", language) for place in ("", *PLACES)])
    made = put(faults, who[None], drawn.shared[arm][:, None], drawn.own[arm], advice=arm == "advice")
    return np.swapaxes(made, 0, 1)


def marked(option: np.ndarray) -> np.ndarray:
    """(I, 5) 1 at one option of each item."""
    return (np.arange(OPTIONS) == option[:, None]).astype(float)


def laid_out(faults: Pathologies, p: np.ndarray, order: str, labels: str) -> np.ndarray:
    """Shares after the bias towards a position and towards the label B."""
    first, second = (0 * CELLS, 0 * CELLS + 1) if order == "forward" else (CELLS - 1, CELLS - 2)
    if faults.order_bias:
        p = leaned(p, marked(first), faults.order_bias)
    if faults.label_bias and labels == "letters":
        p = leaned(p, marked(second), faults.label_bias)
    return p


def lost(faults: Pathologies, p: np.ndarray) -> Losses:
    """Shares among those who answered, refused, and off the menu."""
    given = kept(faults, p)
    stays = given.sum(axis=-1)
    return given / stays[..., None], np.maximum(0.0, 1 - stays), faults.low_mass * stays


Rows = Mapping[str, list[Estimate]]


def cube(subjects: list[Subject], framings: list[tuple[str, ...]], found: Losses, of: Instrument = ATLAS) -> Cube:
    """A cube of read-outs (S, F, Q, 5)."""
    p, refused, off = found
    codes = np.zeros((len(of.questions), OPTIONS))
    for line, question in zip(codes, of.questions, strict=True):
        line[: question.cells] = question.codes[: question.cells]
    order = {name: i for i, name in enumerate(dict.fromkeys(framing[0] for framing in framings))}
    exact = np.full(p.shape[:-1], np.inf)
    return Cube(
        of, of.questions, tuple(subjects), tuple(framings), p, np.einsum("sfqk,qk->sfq", p, codes), exact * np.nan,
        exact, off, refused, 0.0 * refused, np.array([order[framing[0]] for framing in framings]),
    )  # fmt: skip


def subject(place: str, language: str = "en", perspective: str = "persona", mode: str = "logprob") -> Subject:
    """A persona of a place, or nobody."""
    setting = READOUT if mode == "logprob" else TEMPERATURE_1
    return Subject("m", place or "none", perspective if place else "self", language, mode, setting)


def framing(w: int, order: str = "forward", labels: str = "letters") -> tuple[str, ...]:
    """One framing of a cube."""
    return (f"w{w}", order, labels, "system", "", "")


def people_of(drawn: Chance, *, wide: bool = False) -> People:
    """The human side; `wide` with the neighbouring region, for whose answers these are."""
    codes = np.array([[*q.codes, *[0.0] * (OPTIONS - q.cells)] for q in ATLAS.questions])
    places = (*PLACES, *NEIGHBOURS) if wide else PLACES
    p = np.concatenate([drawn.people, drawn.outside]) if wide else drawn.people
    scores = {one.name: np.array([published(one.name, place) for place in places]) for one in INDICES}
    n = np.full(p.shape[:2], float(drawn.size.people))
    names = tuple(f"planted-1/{place}" for place in places)
    nothing = np.zeros(len(places))
    return People("planted-1", "atlas", names, places, p, (p * codes).sum(-1), n, scores, nothing, n * np.nan)


def context(drawn: Chance, cubes: Sequence[Cube], *, wide: bool = False) -> Context:
    """Cubes and people as the measures see them."""
    keys = MeasureKeys(groups=[REGION], level=LEVEL, draws=DRAWS)
    sides = {"atlas": [people_of(drawn, wide=wide)], TWINS.name: [], FIGURES.name: [], SHORT.name: []}
    instruments = {**{one.instrument.name: one.instrument for one in cubes}, "atlas": instrument("atlas")}
    return Context(keys, 1, instruments, {one.instrument.name: one for one in cubes}, sides)


OF_PEOPLE = ("latest", "region", "skill floors", "peoples")
measure = cache(find_measure)


def estimates(drawn: Chance, cubes: Sequence[Cube], *names: str, wide: bool = False) -> dict[str, list[Estimate]]:
    """Rows of some measures."""
    made = context(drawn, cubes, wide=wide)
    known = drawn.made.setdefault(wide, {})
    made._kept.update(known)
    found = {name: list(measure(name).compute(made)) for name in names}
    known.update({key: value for key, value in made._kept.items() if key[0] in OF_PEOPLE})
    return found


# ---- the arms: what each measure is asked about


def main_arm(faults: Pathologies, drawn: Chance) -> Losses:
    """(S, F, I, …) all read-outs in English, nobody first."""
    base = shares(faults, drawn, "en")
    laid = np.stack([laid_out(faults, base, order, labels) for order in ORDERS for labels in LABELS], axis=2)
    return lost(faults, laid.reshape(len(base), -1, ITEMS, OPTIONS))


def main_cube(drawn: Chance, found: Losses) -> Cube:
    """The cube of the main arm."""
    framings = [framing(w, o, x) for w in range(drawn.size.wordings) for o in ORDERS for x in LABELS]
    return cube([subject(place) for place in ("", *PLACES)], framings, found)


def of(made: Cube, subjects: list[int]) -> Cube:
    """A cube of some subjects."""
    arrays = ("p", "value", "spread", "replies", "off_menu", "refused", "unread")
    return replace(
        made,
        subjects=tuple(made.subjects[s] for s in subjects),
        **{one: getattr(made, one)[subjects] for one in arrays},
    )


def main_rows(drawn: Chance, found: Losses) -> Rows:
    """Measures of what was answered: from nobody to the countries, between the countries, and of one country."""
    made = main_cube(drawn, found)
    return {
        **estimates(drawn, [made], "default_pull", "overshoot"),
        **estimates(
            drawn, [of(made, list(range(1, 1 + len(PLACES))))],
            "homogenisation", "country_skill", "deviation_agreement", "acquiescence", "central_tendency",
        ),
        **studied(drawn, made),
        **estimates(
            drawn, [of(made, [1 + WHO])], "variance_ratio", "skill", "order_effect", "label_effect"
        ),
        **estimates(drawn, [of(made, [1 + WHO])], "whose", wide=True),
    }  # fmt: skip


def studied(drawn: Chance, made: Cube) -> Rows:
    """The rows of `generalisability` that are read here; the measure itself makes twenty more."""
    found = next(one for one in playing("generalisability", "atlas", made) if one.places)
    design = next(designs(found))
    base = replace(found.base, facet="level=items;stability ratio")
    ratio, mean = stability(design, LEVEL), coefficient(design, 1, LEVEL)
    facet = "level=items;wordings=1"
    rows = ((base, ratio), (replace(base, facet=facet), mean))
    return {"generalisability": [replace(row, value=x.value, low=x.low, high=x.high) for row, x in rows]}


def structure_rows(drawn: Chance, found: Losses) -> Rows:
    """Mantel's test, which does not see a reversal."""
    return estimates(drawn, [main_cube(drawn, found)], "structure")


def loss_rows(drawn: Chance, found: Losses) -> Rows:
    """What was lost."""
    return estimates(drawn, [main_cube(drawn, found)], "refusal_rate", "allowed_mass")


def language_arm(faults: Pathologies, drawn: Chance) -> Losses:
    """(2 C, W, I, …) the countries in English, then in Arabic."""
    both = [laid_out(faults, shares(faults, drawn, arm)[1:], "forward", "letters") for arm in ("en", "ar")]
    return lost(faults, np.concatenate(both))


def language_rows(drawn: Chance, found: Losses) -> Rows:
    """The shift with the language."""
    who = [subject(place, language) for language in ("en", "ar") for place in PLACES]
    made = cube(who, [framing(w) for w in range(drawn.size.wordings)], found)
    return estimates(drawn, [made], "language_shift")


def observer_arm(faults: Pathologies, drawn: Chance) -> Losses:
    """(2 C, W, I, …) the countries played, then told of."""
    both = [shares(faults, drawn, "en", perspective)[1:] for perspective in ("persona", "observer")]
    return lost(faults, laid_out(faults, np.concatenate(both), "forward", "letters"))


def observer_rows(drawn: Chance, found: Losses) -> Rows:
    """The gap between playing and telling."""
    who = [subject(place, perspective=how) for how in ("persona", "observer") for place in PLACES]
    made = cube(who, [framing(w) for w in range(drawn.size.wordings)], found)
    return estimates(drawn, [made], "perspective_gap")


TWINS = Instrument(
    "atlas_twins", "Items of atlas put as advice",
    tuple(replace(q, id=f"t{q.id}", wordings=(), tags=(f"twin:atlas.{q.id}",)) for q in ATLAS.questions[:SOME]),
    SOURCE, "anything real",
)  # fmt: skip


def advice_arm(faults: Pathologies, drawn: Chance) -> Losses:
    """(2, W, I, …) one country in the survey and put as advice."""
    both = [shares(faults, drawn, arm)[1 + WHO] for arm in ("en", "advice")]
    return lost(faults, laid_out(faults, np.stack(both), "forward", "letters"))


def advice_rows(drawn: Chance, found: Losses) -> Rows:
    """The gap between the frames."""
    framings, who = [framing(w) for w in range(drawn.size.wordings)], [subject(PLACES[WHO])]
    survey = cube(who, framings, tuple(one[:1] for one in found))  # type: ignore[arg-type]
    advice = cube(who, framings, tuple(one[1:, :, :SOME] for one in found), TWINS)  # type: ignore[arg-type]
    return estimates(drawn, [survey, advice], "frame_gap")


def reply_arm(faults: Pathologies, drawn: Chance) -> Losses:
    """Read-outs and replies of one country: (2, W, SOME, 5), refused, and (2, W, SOME) what could not be read."""
    asked = shares(faults, drawn, "en")[1 + WHO, : len(drawn.replies)]
    laid = laid_out(faults, asked, "forward", "letters")
    p, refused, off = (one[:, :SOME] for one in lost(faults, laid))
    ends = np.concatenate([p * (1 - refused - off)[..., None], refused[..., None]], axis=-1).cumsum(axis=-1)
    which, slips, whither, unread = np.moveaxis(drawn.replies, -1, 0)
    at = (which[..., None] >= ends[..., None, :] - 1e-12).sum(axis=-1)
    cells = CELLS[:SOME, None]
    moved = (at + 1 + (whither * (cells - 1)).astype(int)) % cells
    at = np.where((at < OPTIONS) & (slips < faults.mismatch), moved, at)
    at = np.where(unread < faults.unread, OPTIONS + 1, at)
    counts = (at[..., None] == np.arange(OPTIONS + 2)).mean(axis=-2)
    named = counts[..., :OPTIONS].sum(axis=-1, keepdims=True)
    told = np.divide(counts[..., :OPTIONS], named, out=np.full(p.shape, np.nan), where=named > 0)
    return np.stack([p, told]), np.stack([refused, counts[..., OPTIONS]]), np.stack([off, counts[..., OPTIONS + 1]])


def reply_rows(drawn: Chance, found: Losses) -> Rows:
    """Do the replies say what the read-out said, and can they be read?"""
    p, refused, gone = found
    who = [subject(PLACES[WHO], mode=mode) for mode in ("logprob", "sample")]
    made = cube(who, [framing(w) for w in range(len(drawn.replies))], (p, refused, gone), SHORT)
    nothing = np.zeros_like(gone[0])
    made = replace(
        made, replies=np.stack([np.full(nothing.shape, np.inf), np.full(nothing.shape, float(drawn.size.replies))]),
        off_menu=np.stack([gone[0], nothing * np.nan]), unread=np.stack([nothing, gone[1]]),
    )  # fmt: skip
    rows = estimates(drawn, [made], "mismatch_rate", "unread_rate")
    return {name: [one for one in found if one.mode == "sample"] for name, found in rows.items()}


SHORT = replace(ATLAS, name="atlas_short", questions=ATLAS.questions[:SOME])
FIGURES = Instrument(
    "atlas_figures", "Published scores of atlas",
    tuple(
        Question(f"{one.name}.{place}", "number", (-300.0, 300.0),
                 tags=("recalls:atlas", f"index:{one.name}", f"place:{place}"))
        for place in PLACES for one in INDICES
    ),
    SOURCE, "anything real",
)  # fmt: skip


def recall_arm(faults: Pathologies, drawn: Chance) -> Losses:
    """(1, W, C * D) figures given, their spread over replies, and nothing lost."""
    scores = np.array([[published(one.name, place) for one in INDICES] for place in PLACES])
    share = faults.recite
    given = share * scores + (1 - share) * drawn.figures
    spread = np.sqrt(share * (1 - share)) * np.abs(scores - drawn.figures)
    whole = np.broadcast_to(given.ravel(), (1, drawn.size.wordings, given.size))
    return whole, np.broadcast_to(spread.ravel(), whole.shape), np.zeros(whole.shape)


def recall_rows(drawn: Chance, found: Losses) -> Rows:
    """Are the published figures known by heart?"""
    value, spread, nothing = found
    wordings = drawn.size.wordings
    made = Cube(
        FIGURES, FIGURES.questions, (subject("", mode="sample"),), tuple(framing(w) for w in range(wordings)),
        np.full((*value.shape, 2), np.nan), value, spread, np.full(value.shape, float(drawn.size.replies)),
        nothing * np.nan, nothing, nothing, np.arange(wordings),
    )  # fmt: skip
    return estimates(drawn, [made], "recall")


@dataclass(frozen=True)
class Arm:
    """One arm of the study: its arrays, and the groups of measures that are asked of them."""

    make: Callable[[Pathologies, Chance], Losses]
    groups: tuple[Callable[[Chance, Losses], Rows], ...]


ARMS = {
    "main": Arm(main_arm, (main_rows,)),
    "losses": Arm(main_arm, (loss_rows,)),
    "replies": Arm(reply_arm, (reply_rows,)),
    "language": Arm(language_arm, (language_rows,)),
    "observer": Arm(observer_arm, (observer_rows,)),
    "advice": Arm(advice_arm, (advice_rows,)),
    "recall": Arm(recall_arm, (recall_rows,)),
}


# ---- the lines


@dataclass(frozen=True)
class Rule:
    """When a measure accuses: its interval lies beyond a line.

    facet    parts that the facet must have (all of them); exact: nothing else
    side     above, below, or outside (of minus the line and the line)
    most     rows of countries: more than half of them must lie beyond it
    tested   the row's p must be at most .05 and its value beyond the line
    point    the value must be beyond the line; the row has no interval
    """

    measure: str
    arm: str
    side: str
    line: float
    facet: str = ""
    most: bool = False
    tested: bool = False
    point: bool = False
    exact: bool = False
    only: Callable[[Estimate], bool] = lambda one: True

    def rows(self, found: Rows) -> list[Estimate]:
        """The rows that the rule reads."""
        own = [one for one in found[self.measure] if one.respondent == "m" and not one.item and self.only(one)]
        if self.exact:
            return [one for one in own if one.facet == self.facet]
        return [one for one in own if set(self.facet.split(";")) - {""} <= set(one.facet.split(";"))]

    def beyond(self, low: float, high: float) -> bool:
        """Whether a range lies beyond the line."""
        above, below = low > self.line, high < self.line
        return {"above": above, "below": below, "outside": above or high < -self.line}[self.side]

    def verdict(self, found: Rows) -> tuple[bool, bool, float]:
        """Whether the rule accuses, whether its value alone is beyond the line, and the value."""
        rows = self.rows(found)
        assert rows, f"no row of {self.measure} {self.facet}"
        values = [np.nan if one.value is None else one.value for one in rows]
        near = [bool(np.isfinite(value)) and self.beyond(value, value) for value in values]
        if self.point:
            sure = near
        elif self.tested:
            sure = [ok and one.p is not None and one.p <= 0.05 for ok, one in zip(near, rows, strict=True)]
        else:
            sure = [one.low is not None and one.high is not None and self.beyond(one.low, one.high) for one in rows]
        enough = len(rows) / 2 if self.most else 0.5
        return sum(sure) > enough, sum(near) > enough, float(np.mean(values))


def of_stand_in(row: Estimate) -> bool:
    """The weight of the region's first country in the answers of the others."""
    first = stand_in_of(PLACES[0])
    return row.persona != first and row.population == f"planted-1/{first}"


def of_a_place(row: Estimate) -> bool:
    """A persona of a place against its own people, or without any."""
    return row.persona in PLACES and row.population in ("", f"planted-1/{row.persona}")


def mean_of(count: int) -> str:
    """The facet of a mean over places."""
    return f"mean over {count} places"


C = len(PLACES)
# averaging over wordings or orders that disagree looks like a people: variance is read inside framings
INSIDE = "readout=logprob;temperature=1;within framings"
RULES: dict[str, Rule] = {
    "default_pull": Rule("default_pull", "main", "above", 0.1, "over places"),
    "overshoot": Rule("overshoot", "main", "above", 0.15, "over places"),
    "homogenisation": Rule("homogenisation", "main", "below", 0.75, exact=True),
    "country_skill": Rule("country_skill", "main", "below", 0.1, "floor=regional-with-own;over places"),
    "deviation_agreement, reversed": Rule("deviation_agreement", "main", "below", 0.0, "slope"),
    "deviation_agreement, exaggerated": Rule("deviation_agreement", "main", "outside", 1.4, "slope"),
    "whose": Rule("whose", "main", "above", 0.1, exact=True, only=of_stand_in),
    "order_effect": Rule("order_effect", "main", "above", 0.05, only=of_a_place),
    "label_effect": Rule("label_effect", "main", "above", 0.05, only=of_a_place),
    "generalisability, stability": Rule("generalisability", "main", "below", 1.3, "level=items;stability ratio"),
    "generalisability, coefficient": Rule(
        "generalisability", "main", "below", 0.6, "level=items;wordings=1", exact=True
    ),
    "acquiescence": Rule("acquiescence", "main", "above", 0.05, "against people;" + mean_of(C)),
    "central_tendency": Rule("central_tendency", "main", "above", 0.05, "against people;" + mean_of(C)),
    "variance_ratio": Rule("variance_ratio", "main", "below", 0.6, INSIDE, point=True, exact=True, only=of_a_place),
    "skill": Rule("skill", "main", "below", 0.5, "floor=uniform", only=of_a_place),
    "refusal_rate": Rule("refusal_rate", "losses", "above", 0.05, most=True, only=of_a_place),
    "allowed_mass": Rule("allowed_mass", "losses", "below", 0.9, most=True, only=of_a_place),
    "unread_rate": Rule("unread_rate", "replies", "above", 0.05),
    "mismatch_rate": Rule("mismatch_rate", "replies", "above", 0.1, "distance;beyond reply noise", tested=True),
    "language_shift": Rule("language_shift", "language", "above", 0.05, mean_of(C)),
    "perspective_gap": Rule("perspective_gap", "observer", "above", 0.02, mean_of(C)),
    "frame_gap": Rule("frame_gap", "advice", "above", 0.05, "beyond wordings", tested=True),
    "recall": Rule("recall", "recall", "above", 0.3, "all indices;figures;rank agreement", tested=True),
}


@dataclass(frozen=True)
class Fault:
    """A planted pathology: its dials and the rules that are named for it."""

    options: Mapping[str, float]
    named: tuple[str, ...]


FAULTS: dict[str, Fault] = {
    "default pull": Fault({"default_pull": 0.5}, ("default_pull",)),
    "overshoot": Fault({"overshoot": 1.0}, ("overshoot",)),
    "homogenised": Fault({"homogenise": 0.7}, ("homogenisation",)),
    "stereotype": Fault({"homogenise": 1.0}, ("country_skill",)),
    "mirror": Fault({"mirror": 1.0}, ("deviation_agreement, reversed",)),
    "caricature": Fault({"caricature": 2.0}, ("deviation_agreement, exaggerated",)),
    "stand-in": Fault({"stand_in": 0.6}, ("whose",)),
    "order bias": Fault({"order_bias": 0.2}, ("order_effect",)),
    "label bias": Fault({"label_bias": 0.2}, ("label_effect",)),
    "wording shift": Fault({"wording_sensitivity": 2.0}, ("generalisability, stability",)),
    "wording noise": Fault({"wording_noise": 3.0}, ("generalisability, coefficient",)),
    "acquiescence": Fault({"acquiescence": 1.5}, ("acquiescence",)),
    "middle": Fault({"central": 0.3}, ("central_tendency",)),
    "collapse": Fault({"dispersion_collapse": 0.8}, ("variance_ratio",)),
    "guessing": Fault({"guess": 0.6}, ("skill",)),
    "refusal": Fault({"refuse": 0.2}, ("refusal_rate",)),
    "refusal by value": Fault({"refuse_value": 0.5}, ("refusal_rate",)),
    "low mass": Fault({"low_mass": 0.3}, ("allowed_mass",)),
    "unread": Fault({"unread": 0.2}, ("unread_rate",)),
    "mismatch": Fault({"mismatch": 0.8}, ("mismatch_rate",)),
    "language pull": Fault({"language_pull": 1.0}, ("language_shift",)),
    "hearsay": Fault({"hearsay": 1.0}, ("perspective_gap",)),
    "advice": Fault({"advice_lift": 1.5}, ("frame_gap",)),
    "recital": Fault({"recite": 1.0}, ("recall",)),
}

# pairs that cannot be planted together, and why
EXCLUDED: dict[frozenset[str], str] = {
    frozenset(pair): why
    for pair, why in (
        (("default pull", "overshoot"), "one is short of the people and the other past them, on the same way"),
        (("homogenised", "stereotype"), "two strengths of one dial"),
        (("homogenised", "caricature"), "one undoes the other: both multiply the same deviation"),
        (("stereotype", "caricature"), "no deviation is left to exaggerate"),
        (("stereotype", "mirror"), "no deviation is left to turn round"),
        (("stereotype", "hearsay"), "no deviation is left to lose"),
    )
}


Cell = tuple[str, ...]


def options_of(cell: Cell) -> dict[str, float]:
    """The dials of a cell, over the noise that any respondent has."""
    return {**BASE, **{key: value for name in cell for key, value in FAULTS[name].options.items()}}


def run_cells(cells: list[Cell], drawn: Chance) -> dict[Cell, np.ndarray]:
    """Cell -> (R, 3) verdicts of all rules. Arms whose arrays are the same in two cells are measured once."""
    known: dict[tuple[Any, ...], Rows] = {}
    out = {}
    for cell in cells:
        faults = Pathologies(**options_of(cell))
        rows: dict[str, Rows] = {}
        made: dict[Any, Losses] = {}
        for name, arm in ARMS.items():
            if arm.make not in made:
                made[arm.make] = arm.make(faults, drawn)
            found = made[arm.make]
            # refusals and lost mass at random leave what was answered as it is
            seen = found[:1] if name == "main" else found
            key = (name, *((np.nan_to_num(one, nan=-1.0).round(9) + 0.0).tobytes() for one in seen))
            if key not in known:
                merged: dict[str, list[Estimate]] = {}
                for measured in arm.groups:
                    merged.update(measured(drawn, found))
                known[key] = merged
            rows[name] = known[key]
        out[cell] = np.array([rule.verdict(rows[rule.arm]) for rule in RULES.values()], dtype=float)
    return out


# ---- the table


def all_cells() -> list[Cell]:
    """Healthy, every pathology alone, and every pair that can be planted together."""
    pairs = [pair for pair in combinations(FAULTS, 2) if frozenset(pair) not in EXCLUDED]
    return [(), *((name,) for name in FAULTS), *pairs]


def endless(cells: list[Cell], seed: int) -> dict[Cell, np.ndarray]:
    """Verdicts with endless people and wordings, and 200 replies."""
    return run_cells(cells, chance(np.random.default_rng([seed, 0]), Size(ENDLESS_WORDINGS, ENDLESS, ENDLESS_REPLIES)))


def replication(cells: list[Cell], seed: int, number: int) -> dict[Cell, np.ndarray]:
    """Verdicts of one study of the size that is asked about."""
    return run_cells(cells, chance(np.random.default_rng([seed, 1, number]), Size()))


@dataclass(frozen=True)
class Job:
    """One part of the work: the endless study of some cells, or one replication of all (or of the healthy alone)."""

    kind: str
    cells: list[Cell]
    seed: int
    number: int

    @property
    def name(self) -> str:
        """Where its verdicts are kept."""
        return f"{self.kind}-{self.seed}-{len(self.cells)}-{self.number}.npy"


def work(job: Job, keep: Path | None, until: float) -> np.ndarray | None:
    """(cells, R, 3) verdicts of one job, kept for another time where a folder is given; None when time is up."""
    if keep is not None and (keep / job.name).exists():
        return np.asarray(np.load(keep / job.name))
    if time.time() > until and job.kind != "endless":
        return None
    found = (endless if job.kind == "endless" else partial(replication, number=job.number))(job.cells, job.seed)
    made = np.array([found[cell] for cell in job.cells])
    if keep is not None:
        np.save(keep / job.name, made)
    return made


@dataclass(frozen=True)
class Found:
    """What came out.

    hits    cell -> (N, R) accusations in the studies of every cell; more: in further studies of unsettled cells
    limit   cell -> (R, 3) the verdicts of the endless study
    """

    hits: Mapping[Cell, np.ndarray]
    limit: Mapping[Cell, np.ndarray]
    more: Mapping[Cell, np.ndarray] = field(default_factory=dict)

    def of(self, cell: Cell) -> np.ndarray:
        """(N, R) accusations that a cell is judged by: those made after it was chosen, where it was."""
        return self.more.get(cell, self.hits[cell])

    def named(self, cell: Cell) -> set[int]:
        """Rules that are named for what is planted in a cell."""
        return {list(RULES).index(rule) for name in cell for rule in FAULTS[name].named}

    def visible(self, cell: Cell, rule: int) -> bool:
        """Whether a rule should accuse."""
        return bool(self.limit[cell][rule, 1])

    def rate(self, cell: Cell, rule: int) -> float:
        """Share of replications in which a rule accuses."""
        return float(self.of(cell)[:, rule].mean())

    def innocent(self, cell: Cell, rule: int) -> bool:
        """Whether nothing that is planted in a cell gives a rule cause to accuse."""
        return bool(cell) and not self.visible(cell, rule) and rule not in self.named(cell)

    def unsettled(self) -> list[Cell]:
        """Cells in which a visible pathology was missed, or an innocent measure accused more often than by chance."""
        out = []
        for cell, seen in self.hits.items():
            rates = seen.mean(axis=0)
            missed = any(self.visible(cell, rule) and rates[rule] < 1 for rule in self.named(cell))
            loud = [rule for rule in range(len(RULES)) if self.innocent(cell, rule) and rates[rule] > LOUD]
            if cell and (missed or loud):
                out.append(cell)
        return out


def jobs(replications: int, control: int, seed: int) -> Iterator[Job]:
    """The endless study in parts, every cell in each replication, and the healthy respondent in those beyond."""
    cells = all_cells()
    for part in range(PARTS):
        yield Job("endless", cells[part::PARTS], seed, part)
    for number in range(max(replications, control)):
        yield Job("study", cells if number < replications else [()], seed, number)


def done(planned: Sequence[Job], told: argparse.Namespace, until: float) -> Iterator[tuple[Job, np.ndarray]]:
    """Every job that there was time for, with its verdicts."""
    with multiprocessing.Pool(told.processes) as pool:
        for job, made in zip(planned, pool.imap(partial(work, keep=told.keep, until=until), planned), strict=True):
            if made is not None:
                yield job, made


def simulated(told: argparse.Namespace, until: float) -> Found:
    """Every cell, then more of the unsettled ones."""
    hits: dict[Cell, list[np.ndarray]] = defaultdict(list)
    more: dict[Cell, list[np.ndarray]] = defaultdict(list)
    limit: dict[Cell, np.ndarray] = {}
    for job, made in done(list(jobs(told.replications, told.control, told.seed)), told, until):
        for cell, seen in zip(job.cells, made, strict=True):
            if job.kind == "endless":
                limit[cell] = seen
            else:
                hits[cell].append(seen[:, 0])
    first = Found({cell: np.array(rows) for cell, rows in hits.items()}, limit)
    cells = first.unsettled()
    # numbers that no study of the first round has
    numbers = range(MORE_FROM, MORE_FROM + (told.more if cells else 0))
    kind = f"more-{digest(str(cells))[:8]}"
    for job, made in done([Job(kind, cells, told.seed, number) for number in numbers], told, until):
        for cell, seen in zip(job.cells, made, strict=True):
            more[cell].append(seen[:, 0])
    return replace(first, more={cell: np.array(rows) for cell, rows in more.items()})


def percent(share: float) -> str:
    """A share as a whole percentage."""
    return f"{100 * share:.0f}"


def error(share: float, count: int) -> str:
    """A share in percent with its Monte-Carlo error."""
    return f"{100 * share:.1f} ± {100 * np.sqrt(share * (1 - share) / count):.1f}"


def table(header: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def line_of(rule: Rule) -> str:
    """A rule in words."""
    where = {"above": "above", "below": "below", "outside": "beyond ±"}[rule.side]
    what = "p ≤ .05 and value" if rule.tested else "value" if rule.point else "interval"
    most = ", most countries" if rule.most and rule.arm == "losses" else ""
    facet = f" ({rule.facet})" if rule.facet else ""
    return f"`{rule.measure}`{facet}: {what} {where} {rule.line:g}{most}"


def lines_table(found: Found) -> str:
    """Pathology, dial, rule, detection alone, and what else it implies."""
    rows = []
    names = list(RULES)
    for name, fault in FAULTS.items():
        cell = (name,)
        own = found.named(cell)
        implied = [names[r] for r in range(len(names)) if r not in own and found.visible(cell, r)]
        at = min(own)
        dials = ", ".join(f"`{key}` {value:g}" for key, value in fault.options.items())
        count = len(found.of(cell))
        rows.append([
            name, dials, line_of(RULES[names[at]]), f"{found.limit[cell][at, 2]:.2f}",
            error(found.rate(cell, at), count), ", ".join(implied) or "nothing",
        ])  # fmt: skip
    return table(
        ["pathology", "dial", "line", "endless study", "found alone, %", "what else it moves beyond its line"], rows
    )


def pairs_table(found: Found) -> str:
    """How often the row's pathology is found beside the column's, in percent."""
    names, rules = list(FAULTS), list(RULES)
    rows = []
    for name in names:
        at = rules.index(FAULTS[name].named[0])
        line = [name]
        for other in names:
            cell = next((one for one in found.hits if len(one) == 2 and set(one) == {name, other}), None)
            if name == other:
                line.append(f"**{percent(found.rate((name,), at))}**")
            elif cell is None:
                line.append("–")
            else:
                text = percent(found.rate(cell, at))
                line.append(text if found.visible(cell, at) else f"({text})")
        rows.append(line)
    return table(["found ↓ beside →", *(str(n + 1) for n in range(len(names)))],
                 [[f"{n + 1} {line[0]}", *line[1:]] for n, line in enumerate(rows)])  # fmt: skip


def weak_pairs(found: Found) -> Iterator[str]:
    """Pairs in which a pathology is found in fewer than 80 %, with what the endless study says."""
    rules = list(RULES)
    for cell in found.hits:
        for name in cell if len(cell) == 2 else ():
            at = rules.index(FAULTS[name].named[0])
            if found.rate(cell, at) < ENOUGH:
                other = next(one for one in cell if one != name)
                value = found.limit[cell][at, 2]
                why = "visible" if found.visible(cell, at) else "masked"
                yield f"{name} beside {other}: {percent(found.rate(cell, at))} % ({why}: {rules[at]} {value:.2f})"


def alarms_table(found: Found) -> tuple[str, list[str]]:
    """False alarms by rule: healthy, over all innocent cells, and the cells that are above 5 % beyond chance."""
    rows, loud = [], []
    first = min(len(seen) for seen in found.hits.values())
    for at, name in enumerate(RULES):
        control = found.hits[()]
        innocent = [cell for cell in found.hits if found.innocent(cell, at)]
        # the same draws are behind every cell of a replication, so it is the replications that are independent
        each = np.mean([found.hits[cell][:first, at] for cell in innocent], axis=0)
        above = 0
        for cell in innocent:
            rate, count = found.rate(cell, at), len(found.of(cell))
            if rate > FALSE + 2 * np.sqrt(FALSE * (1 - FALSE) / count):
                above += 1
                value = found.limit[cell][at, 2]
                loud.append(f"{name} in {' + '.join(cell)}: {error(rate, count)} % (endless study {value:.3f})")
        healthy_rate = error(float(control[:, at].mean()), len(control))
        there = f"{100 * each.mean():.1f} ± {100 * each.std(ddof=1) / np.sqrt(len(each)):.1f}"
        rows.append([name, healthy_rate, str(len(innocent)), there, str(above)])
    header = ["measure", "healthy, %", "innocent cells", "accused there, %", "cells above 5 % beyond chance"]
    return table(header, rows), loud


def checks(replications: int, seed: int) -> Iterator[str]:
    """The mirror and Mantel's test, the stereotype and country skill, the mixture and whose."""
    passed, refused, floors, weights = [], [], [], []
    for number in range(replications):
        drawn = chance(np.random.default_rng([seed, 2, number]), Size())
        mirror = main_arm(Pathologies(**options_of(("mirror",))), drawn)
        row = next(one for one in structure_rows(drawn, mirror)["structure"] if one.respondent == "m")
        passed.append(row.p is not None and row.p <= 0.05)
        refused.append("no claim of structure" in row.why)
        found = main_rows(drawn, main_arm(Pathologies(**options_of(("stereotype",))), drawn))
        floors.append([RULES["country_skill"].verdict(found)[2]])
        weights.append([])
        for share in (0.2, 0.4, 0.6, 0.8):
            one = main_arm(Pathologies(**{**BASE, "stand_in": share}), drawn)
            weights[-1].append(RULES["whose"].verdict(main_rows(drawn, one))[2] - share)
    skill, off = np.array(floors), np.array(weights)
    count = len(skill)
    yield (
        f"Mirror: `structure` has p ≤ .05 in {error(float(np.mean(passed)), count)} %; its row refuses the claim "
        f"because of `deviation_agreement` in {error(float(np.mean(refused)), count)} %."
    )
    yield (
        f"Stereotype: `country_skill` over the regional mean with the own country in it is {skill[:, 0].mean():.3f} ± "
        f"{skill[:, 0].std() / np.sqrt(count):.3f}, at most 0 in {error(float((skill[:, 0] <= 0).mean()), count)} %."
    )
    yield (
        f"`whose` with .2, .4, .6 and .8 of the region's first country planted: mean error "
        f"{', '.join(f'{x:+.3f}' for x in off.mean(axis=0))}; within .05 in "
        f"{', '.join(percent(float(x)) for x in (np.abs(off) <= 0.05).mean(axis=0))} %."
    )


HEAD = """## Pathologies — `benchmarks/pathologies.py {arguments}`, {date}

{faults} pathologies alone and in {pairs} pairs, {count} replications of every cell ({count} of {count} found says at
least {least:.0f} %, one-sided, 95 %), {control} of the healthy respondent, and {more} more of the {unsettled} cells in
which a visible pathology was missed or an innocent measure accused in over 15 %; these are judged by the further ones
alone. The study: {places} countries and nobody, {items} items, {wordings} wordings x {orders} orders x {labels} label
scripts, {people} people a country; arms of {some} items x {replies} replies, Arabic, the observer, advice, published
scores. A line leaves room for what does not matter, so that a measure which another fault moves a little does not
accuse; where the fault moves it past its line even with endless people and wordings, that is *implied*, not false.
"""


WEAK = """
Masked pairs cancel on the very quantity that is measured: a pull, guesses or a stand-in take away the deviation that a
caricature adds, guesses the way that an overshoot adds; a collapse onto likeliest answers gives back the differences
that homogenising takes; beside a caricature's differences between countries a shift of wordings is small; a bias
towards the ends puts back the variance that a collapse takes. No line would find both, and the other of the two is
found. Those that are visible and below 80 % lack power: five wordings leave a t of four degrees of freedom, and flat
answers leave little for a slip or a piece of advice to move.
"""


def bullets(lines: Sequence[str]) -> str:
    """A list in Markdown."""
    return "\n".join(f"- {one}" for one in lines) or "- none"


def report(found: Found, lines: list[str], arguments: str) -> str:
    """The section of RESULTS.md."""
    alarms, loud = alarms_table(found)
    pairs = [cell for cell in found.hits if len(cell) == 2]
    count = len(found.hits[pairs[0]])
    excluded = [f"{' and '.join(sorted(pair))}: {why}" for pair, why in EXCLUDED.items()]
    head = HEAD.format(
        arguments=arguments, date=datetime.now(UTC).date(), faults=len(FAULTS), pairs=len(pairs), count=count,
        control=len(found.hits[()]), least=100 * 0.05 ** (1 / count), unsettled=len(found.more),
        more=max((len(rows) for rows in found.more.values()), default=0), places=C, items=ITEMS, wordings=WORDINGS,
        orders=len(ORDERS), labels=len(LABELS), people=PEOPLE, some=SOME, replies=REPLIES,
    )  # fmt: skip
    parts = {
        "Each alone, by the measure that is named for it": lines_table(found),
        "In pairs: how often the row's pathology is found beside the column's, %; (in brackets) masked": pairs_table(
            found
        ),
        "Not planted together": bullets(excluded),
        "Found in fewer than 80 %": bullets(sorted(weak_pairs(found))) + "\n" + WEAK.rstrip(),
        "False alarms: a measure beyond its line that nothing planted moves there; bar: at most 5 %": alarms,
        "Cells above 5 % by more than two Monte-Carlo errors": bullets(loud),
        "What the verdict asks for by name": bullets(lines),
    }
    return "\n".join([head, *(f"### {title}\n\n{part}\n" for title, part in parts.items())])


def main() -> None:
    """Simulate, print and perhaps append."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--replications", type=int, default=5)
    ask.add_argument("--control", type=int, default=20, help="replications of the healthy respondent")
    ask.add_argument("--more", type=int, default=0, help="further replications of cells that are unsettled")
    ask.add_argument("--checks", type=int, default=10)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--processes", type=int, default=2)
    ask.add_argument("--minutes", type=float, default=60.0, help="start no replication after so many")
    ask.add_argument("--keep", type=Path, help="a folder for the verdicts of each replication, to go on from")
    ask.add_argument("--append", action="store_true")
    told = ask.parse_args()
    until = time.time() + 60 * told.minutes
    found = simulated(told, until)
    lines = list(checks(told.checks, told.seed))
    arguments = " ".join(
        f"--{key} {getattr(told, key)}" for key in ("replications", "control", "more", "checks", "seed")
    )
    text = report(found, lines, arguments)
    print(text)
    if told.append:
        with RESULTS.open("a", encoding="utf-8") as out:
            out.write(f"\n{text}")


if __name__ == "__main__":
    main()
