"""What can be wrong with the planted respondent: each fault a dial that is off at 0, and what it does to shares.

Everything here is arrays over the items of `atlas` (I, 5), 0 beyond an item's options, and knows no prompt, so that a
simulation and the respondent share one definition. A region is one of the groups `group:atlas-…@1`; its mean is taken
over the countries that the respondent has heard of.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache

import numpy as np

from tawazun import atlas
from tawazun.atlas.world import Floats
from tawazun.errors import BadStudy
from tawazun.instruments import instrument

FAVOURITE = "B"
HOME = "en"
# formats whose highest option is agreement
AGREEING = ("format:agreement-5", "format:agreement-4", "format:yes-no")
LIMITS: dict[str, tuple[float, float]] = {
    "default_pull": (0, 1),
    "language_pull": (0, 1),
    "overshoot": (0, 10),
    "homogenise": (0, 1),
    "hearsay": (0, 1),
    "mirror": (0, 1),
    "caricature": (0, 10),
    "stand_in": (0, 1),
    "order_bias": (-1, 1),
    "label_bias": (0, 1),
    "wording_sensitivity": (0, 10),
    "wording_noise": (0, 10),
    "acquiescence": (0, 10),
    "advice_lift": (-10, 10),
    "guess": (0, 1),
    "central": (0, 1),
    "dispersion_collapse": (0, 1),
    "refuse": (0, 1),
    "refuse_value": (0, 1),
    "low_mass": (0, 1),
    "unread": (0, 1),
    "mismatch": (0, 1),
    "recite": (0, 1),
}


@dataclass(frozen=True, slots=True)
class Pathologies:
    """What is wrong with the respondent; nothing by default.

    default_pull         share of the way that a persona stays behind, at the default
    language_pull        share of the way that it stays behind besides, in any language but English
    overshoot            1 goes past the people by as much as the way from the default to them (as far as shares can go)
    homogenise           share of a country's deviation from its region's mean that is lost
    hearsay              share of it that is lost besides, when a country is told of and not played
    mirror               1 turns that deviation round, .5 removes it
    caricature           1 doubles that deviation (as far as shares can go)
    stand_in             share of a persona's answer that is the answer of its region's first country
    order_bias           probability of taking the first option shown, or the last one when negative
    label_bias           probability of taking the option with the label `favourite`
    wording_sensitivity  log-odds between the two ends of the scale, times a normal draw per wording, language and item
    wording_noise        the same with a draw per persona too
    acquiescence         log-odds between the two ends towards agreement, whatever an item's direction
    advice_lift          log-odds between the two ends towards the highest option, where an item is put as advice
    guess                probability of taking any option, each equally often
    central              probability of taking the middle option, or one of the two middle ones
    dispersion_collapse  probability of giving the likeliest answer instead of a drawn one
    refuse               probability of refusing at random
    refuse_value         probability of refusing where the answer would have been the highest option, falling to 0
                         at the lowest
    low_mass             probability outside the menu (a reply that names no option)
    unread               probability that a reply names no option where the read-out would have
    mismatch             probability that a reply names another option than the read-out would have drawn
    recite               probability that a reply gives the published figure where one is asked for, instead of an
                         invented one
    favourite            the label that `label_bias` takes
    """

    default_pull: float = 0.0
    language_pull: float = 0.0
    overshoot: float = 0.0
    homogenise: float = 0.0
    hearsay: float = 0.0
    mirror: float = 0.0
    caricature: float = 0.0
    stand_in: float = 0.0
    order_bias: float = 0.0
    label_bias: float = 0.0
    wording_sensitivity: float = 0.0
    wording_noise: float = 0.0
    acquiescence: float = 0.0
    advice_lift: float = 0.0
    guess: float = 0.0
    central: float = 0.0
    dispersion_collapse: float = 0.0
    refuse: float = 0.0
    refuse_value: float = 0.0
    low_mass: float = 0.0
    unread: float = 0.0
    mismatch: float = 0.0
    recite: float = 0.0
    favourite: str = FAVOURITE


def read_pathologies(options: Mapping[str, object], name: str) -> Pathologies:
    """Pathologies of a study's `options`. Errors: BadStudy for an unknown name or a strength out of range."""
    allowed = [one.name for one in fields(Pathologies)]
    strengths: dict[str, float] = {}
    favourite = options.get("favourite", FAVOURITE)
    if not isinstance(favourite, str) or not favourite:
        raise BadStudy(f"respondent {name!r}: option favourite is a label such as 'B', not {favourite!r}")
    for key, value in options.items():
        where = f"respondent {name!r}: option {key}"
        if key not in allowed:
            raise BadStudy(f"{where} is unknown; allowed: {', '.join(allowed)}")
        if key == "favourite":
            continue
        low, high = LIMITS[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise BadStudy(f"{where} is a number from {low:g} to {high:g}, not {value!r}")
        strengths[key] = float(value)
    return Pathologies(favourite=favourite, **strengths)


# ---- who is played


def _heard(place: str) -> list[str]:
    """The countries of a place's region that the respondent has heard of, in the order of the world."""
    here = atlas.world()
    region = here.regions[here.row(place)]
    own = [p for p, r in zip(here.places, here.regions, strict=True) if r == region]
    return [p for p in own if atlas.persona_weight(p) > 0]


@cache
def region_mean(place: str, language: str) -> Floats:
    """Mean answer of the personas of a place's region that the respondent has heard of: (I, 5)."""
    return np.asarray(np.mean([atlas.persona_shares(p, language) for p in _heard(place)], axis=0))


def stand_in_of(place: str) -> str:
    """The country that answers for a place's whole region."""
    return _heard(place)[0]


def stretched(mean: Floats, own: Floats, factor: float) -> Floats:
    """`mean + factor * (own - mean)`, each item as far as its shares stay at or above 0.

    Shapes   (I, 5) each; rows sum to 1.
    Returns  (I, 5) shares.
    Unit     share.
    """
    move = factor * (own - mean)
    room = np.where(move < 0, mean / np.maximum(-move, 1e-300), np.inf).min(axis=1)
    return np.maximum(mean + move * np.minimum(1.0, room)[:, None], 0.0)


def played(faults: Pathologies, place: str, perspective: str, language: str) -> Floats:
    """What is answered as a person of a place (empty: nobody's), after the faults that depend on who is played.

    Returns  (I, 5) shares; nobody's answers and those for a country never heard of have none of these faults.
    """
    shares = atlas.persona_shares(place or "none", language)
    if not place or atlas.persona_weight(place) == 0:
        return shares
    factor = (1 - faults.homogenise) * (1 - 2 * faults.mirror) * (1 + faults.caricature)
    if perspective == "observer":
        factor *= 1 - faults.hearsay
    if factor != 1.0:
        shares = stretched(region_mean(place, language), shares, factor)
    if faults.stand_in:
        first = atlas.persona_shares(stand_in_of(place), language)
        shares = (1 - faults.stand_in) * shares + faults.stand_in * first
    default = atlas.default_shares(language)
    if faults.overshoot:
        shares = stretched(default, shares, 1 + faults.overshoot)
    pull = 1 - (1 - faults.default_pull) * (1 - (faults.language_pull if language != HOME else 0.0))
    return (1 - pull) * shares + pull * default if pull else shares


# ---- how an item is put


@cache
def scale() -> Floats:
    """(I, 5) where each option stands between the two ends of its scale, -.5 to .5; 0 beyond an item's options."""
    cells = atlas.world().cells[:, None]
    at = np.arange(5)
    return np.where(at < cells, at / (cells - 1) - 0.5, 0.0)


@cache
def agreeing() -> Floats:
    """(I,) 1 for items whose highest option is agreement."""
    questions = instrument("atlas").questions
    return np.array([float(any(tag in AGREEING for tag in one.tags)) for one in questions])


def tilted(shares: Floats, strength: Floats) -> Floats:
    """Shares with log-odds added between the lowest and the highest option, evenly along the scale.

    Shapes   shares: (..., I, 5); strength: (..., I).
    Returns  (..., I, 5) shares.
    Unit     share; log-odds.
    """
    lifted = shares * np.exp(strength[..., None] * scale())
    # an item without strength stays as it is to the last digit
    return np.where(strength[..., None] == 0, shares, lifted / lifted.sum(axis=-1, keepdims=True))


def put(faults: Pathologies, shares: Floats, draws: Floats, own_draws: Floats, *, advice: bool = False) -> Floats:
    """Shares after the faults that depend on how an item is put, and after the habits of answering.

    Shapes   shares: (..., I, 5); draws, own_draws: (..., I) normal draws of the wording, and of wording and persona.
    Returns  (..., I, 5) shares.
    Unit     share.
    """
    lift = faults.acquiescence * agreeing() + (faults.advice_lift if advice else 0.0)
    strength = lift + faults.wording_sensitivity * draws + faults.wording_noise * own_draws
    return settled(faults, tilted(shares, strength) if np.any(strength) else shares)


# ---- how it is answered


@cache
def middle() -> Floats:
    """(I, 5) equal shares of the middle options; 0 for items with two options, which have no middle."""
    out = np.zeros((len(atlas.world().cells), 5))
    for line, count in zip(out, atlas.world().cells, strict=True):
        if count > 2:
            line[(count - 1) // 2 : count // 2 + 1] = 1.0
    return out / np.maximum(out.sum(axis=-1, keepdims=True), 1.0)


@cache
def equal() -> Floats:
    """(I, 5) equal shares of all options."""
    cells = atlas.world().cells[:, None]
    return np.where(np.arange(5) < cells, 1 / cells, 0.0)


def collapsed(faults: Pathologies, shares: Floats) -> Floats:
    """Shares with `dispersion_collapse` of them moved onto the likeliest option: (..., K)."""
    likeliest = np.arange(shares.shape[-1]) == shares.argmax(axis=-1)[..., None]
    return np.asarray((1 - faults.dispersion_collapse) * shares + faults.dispersion_collapse * likeliest)


def settled(faults: Pathologies, shares: Floats) -> Floats:
    """Shares after guessing, leaning to the middle and giving the likeliest answer: (..., I, 5)."""
    if faults.guess:
        shares = (1 - faults.guess) * shares + faults.guess * equal()
    if faults.central:
        lean = faults.central * middle().sum(axis=-1, keepdims=True)
        shares = (1 - lean) * shares + faults.central * middle()
    return collapsed(faults, shares) if faults.dispersion_collapse else shares


def leaned(shares: Floats, onto: Floats, weight: float) -> Floats:
    """Shares with `weight` of them moved onto one option each, marked 1 in `onto`; items with none marked stay."""
    there = onto.any(axis=-1, keepdims=True)
    return np.where(there, (1 - weight) * shares + weight * onto, shares)


def kept(faults: Pathologies, shares: Floats) -> Floats:
    """Shares that are still given after refusals: (..., I, 5), summing to 1 less what is refused."""
    stays = 1 - faults.refuse_value * np.clip(scale() + 0.5, 0.0, 1.0)
    return (1 - faults.refuse) * shares * stays
