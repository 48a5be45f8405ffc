"""What a respondent that knows the planted world should answer: exact Bayes answers for every persona and language.

Without a country the answer is a prior mixture of the peoples, which depends on the language: mostly western in
English, half western and two fifths Arab-like in Arabic. With a country it is `lam` of that country's people and the
rest the same default: lam = .97 for known countries, .5 for weak ones and 0 for countries never heard of, real
countries among them.
"""

from functools import cache

import numpy as np

from tawazun.atlas.world import Floats, Role, role_of, uniform_hash, world
from tawazun.errors import BadStudy, UnknownName
from tawazun.instruments import instrument
from tawazun.places.catalogue.atlas import REGIONS

LAM: dict[Role, float] = {"known": 0.97, "weak": 0.5, "unknown": 0.0}
# language -> region -> share of the default that its countries have together (known and weak ones, equally)
PRIORS: dict[str, dict[str, float]] = {
    "en": {"west": 0.85, "arab": 0.03, "south": 0.04, "east": 0.05, "isles": 0.03},
    "ar": {"west": 0.50, "arab": 0.40, "south": 0.04, "east": 0.03, "isles": 0.03},
}
FACT_SHARE = 0.97  # probability that the right option of a fact gets
LEFT_OUT = 0.1  # share of (item, country) pairs that training never shows


def prior(language: str) -> Floats:
    """Weights of the thirty countries in the default of a language.

    Returns  (P,) summing to 1; 0 for countries never heard of.
    Unit     share.
    Errors   BadStudy for a language that the planted world does not speak.
    """
    regions = PRIORS.get(language.split("-")[0])
    if regions is None:
        raise BadStudy(f"the planted world speaks {', '.join(PRIORS)}, not {language!r}")
    here = world()
    weights = np.zeros(len(here.places))
    for region in REGIONS:
        own = [i for i, r in enumerate(here.regions) if r == region and here.roles[i] != "unknown"]
        weights[own] = regions[region] / len(own)
    return weights


@cache
def default_shares(language: str) -> Floats:
    """Answers without a country: (I, 5), 0 beyond an item's options. Not to be written to."""
    shares = np.tensordot(prior(language), world().shares, axes=1)
    shares.setflags(write=False)
    return shares


def persona_place(persona: str) -> str:
    """The place code of a persona as a study spells it; empty for `none` and `human`. Attributes are not looked at."""
    return "" if persona in ("none", "human") else persona.partition("?")[0]


def persona_weight(place: str) -> float:
    """Share of the country's own people in the answer of its persona: 0 for a place outside the planted world."""
    return LAM[role_of(place)] if place in world().places else 0.0


@cache
def persona_shares(persona: str, language: str) -> Floats:
    """Answers under a persona: (I, 5), 0 beyond an item's options. Not to be written to."""
    place, default = persona_place(persona), default_shares(language)
    lam = persona_weight(place)
    if lam == 0.0:
        return default
    shares = lam * world().shares[world().row(place)] + (1.0 - lam) * default
    shares.setflags(write=False)
    return shares


def respondent_truth(item: str, persona: str, language: str) -> Floats:
    """What the planted model should answer.

    Returns  (K,) shares in canonical order, summing to 1.
    Unit     share.
    Errors   UnknownName for an item, BadStudy for a language outside the planted world.
    """
    here = world()
    column = here.column(item)
    return persona_shares(persona, language)[column, : here.cells[column]].copy()


def exam_truth(item: str) -> Floats:
    """What the planted model should answer to an item of `atlas_facts`.

    Returns  (K,) shares in canonical order: `FACT_SHARE` for the right option, the rest shared equally.
    Unit     share.
    Errors   UnknownName for an item the exam does not have.
    """
    exam = instrument("atlas_facts")
    if item not in exam.gold:
        raise UnknownName(f"{item!r} is not an item of the atlas_facts instrument; it has f01 to f{len(exam.gold)}")
    question = exam.question(item)
    codes = question.codes if question else ()
    shares = np.full(len(codes), (1.0 - FACT_SHARE) / (len(codes) - 1))
    shares[codes.index(exam.gold[item])] = FACT_SHARE
    return shares


def left_out(item: str, place: str) -> bool:
    """Whether training never shows this item with this country."""
    return uniform_hash("atlas-left-out", item, place) < LEFT_OUT
