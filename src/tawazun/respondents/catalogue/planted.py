"""A respondent whose answers are known exactly, with faults that can be switched on one at a time.

It answers the instruments `atlas` and `atlas_facts` in English and Arabic as `tawazun.atlas` says it should. Its
options are pathologies, each a strength and each off at 0. Three choices a reader may question: a region is one of
the groups `group:atlas-…@1`, and its mean is taken over the countries that the respondent has heard of; a persona's
attributes, the perspective and in-context examples do not move an answer; and as it knows its own refusals, it shows
them in a read-out too, where a real model would only show mass outside the menu.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache

import numpy as np

from tawazun import atlas
from tawazun.answers import Outcome
from tawazun.cells import Ask
from tawazun.errors import BadStudy
from tawazun.instruments import Question
from tawazun.respondents.records import Settings
from tawazun.seeds import canonical_json, seed_for

Shares = tuple[float, ...]
REFUSALS = {"en": "I would rather not answer that.", "ar": "أفضّل ألا أجيب عن هذا."}
STRAYS = {"en": "That depends on the day.", "ar": "يتوقف ذلك على اليوم."}
FAVOURITE = "B"
# formats whose highest option is agreement
AGREEING = ("format:agreement-5", "format:agreement-4", "format:yes-no")
LIMITS: dict[str, tuple[float, float]] = {
    "default_pull": (0, 1),
    "homogenise": (0, 1),
    "mirror": (0, 1),
    "caricature": (0, 10),
    "order_bias": (-1, 1),
    "label_bias": (0, 1),
    "wording_sensitivity": (0, 10),
    "acquiescence": (0, 10),
    "dispersion_collapse": (0, 1),
    "refuse": (0, 1),
    "refuse_value": (0, 1),
    "low_mass": (0, 1),
    "mismatch": (0, 1),
}


@dataclass(frozen=True, slots=True)
class Pathologies:
    """What is wrong with the respondent; nothing by default.

    default_pull         share of the way that a persona stays behind, at the default
    homogenise           share of a country's deviation from its region's mean that is lost
    mirror               1 turns that deviation round, .5 removes it
    caricature           1 doubles that deviation (as far as shares can go)
    order_bias           probability of taking the first option shown, or the last one when negative
    label_bias           probability of taking the option with the label `favourite`
    wording_sensitivity  log-odds between the two ends of the scale, times a normal draw per wording, language and item
    acquiescence         log-odds between the two ends towards agreement, whatever an item's direction
    dispersion_collapse  probability of giving the likeliest answer instead of a drawn one
    refuse               probability of refusing at random
    refuse_value         probability of refusing where the answer would have been the highest option, falling to 0
                         at the lowest
    low_mass             probability outside the menu (a reply that names no option)
    mismatch             probability that a reply names another option than the read-out would have drawn
    favourite            the label that `label_bias` takes
    """

    default_pull: float = 0.0
    homogenise: float = 0.0
    mirror: float = 0.0
    caricature: float = 0.0
    order_bias: float = 0.0
    label_bias: float = 0.0
    wording_sensitivity: float = 0.0
    acquiescence: float = 0.0
    dispersion_collapse: float = 0.0
    refuse: float = 0.0
    refuse_value: float = 0.0
    low_mass: float = 0.0
    mismatch: float = 0.0
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


@cache
def region_mean(place: str, language: str) -> np.ndarray:
    """Mean answer of the personas of a place's region that the respondent has heard of: (I, 5)."""
    here = atlas.world()
    region = here.regions[here.row(place)]
    known = [p for p, r, role in zip(here.places, here.regions, here.roles, strict=True) if r == region != role]
    members = [p for p in known if atlas.persona_weight(p) > 0]
    return np.mean([atlas.persona_shares(p, language) for p in members], axis=0)


def stretched(mean: np.ndarray, own: np.ndarray, factor: float) -> np.ndarray:
    """`mean + factor * (own - mean)`, each item as far as its shares stay at or above 0.

    Shapes   (I, 5) each; rows sum to 1.
    Returns  (I, 5) shares.
    Unit     share.
    """
    move = factor * (own - mean)
    room = np.where(move < 0, mean / np.maximum(-move, 1e-300), np.inf).min(axis=1)
    return np.maximum(mean + move * np.minimum(1.0, room)[:, None], 0.0)


def tilted(p: Shares, strength: float) -> Shares:
    """Shares with `strength` log-odds added between the lowest and the highest option, evenly along the scale."""
    top = len(p) - 1
    lifted = [share * math.exp(strength * (k / top - 0.5)) for k, share in enumerate(p)]
    total = sum(lifted)
    return tuple(share / total for share in lifted)


def mixed(p: Shares, option: int, weight: float) -> Shares:
    """Shares with `weight` of them moved onto one option."""
    return tuple((1 - weight) * share + (weight if k == option else 0.0) for k, share in enumerate(p))


@cache
def _sampler(decoding: str) -> tuple[float, float]:
    """Temperature and top-p of a decoding's text; (1, 1) for a read-out."""
    found = dict(part.split("=", 1) for part in decoding.split(",") if "=" in part)
    return float(found.get("t", 1.0)), float(found.get("p", 1.0))


def decoded(p: Shares, decoding: str) -> Shares:
    """Shares after temperature and top-p; temperature 0 takes the likeliest option."""
    temperature, top = _sampler(decoding)
    if temperature == 1.0 and top >= 1.0:
        return p
    if temperature == 0.0 or top == 0.0:
        best = max(range(len(p)), key=lambda k: p[k])
        return tuple(float(k == best) for k in range(len(p)))
    warm = [share ** (1.0 / temperature) for share in p]
    kept, reached = set(), 0.0
    for k in sorted(range(len(p)), key=lambda k: -warm[k]):
        kept.add(k)
        reached += warm[k] / sum(warm)
        if reached >= top:
            break
    total = sum(warm[k] for k in kept)
    return tuple(warm[k] / total if k in kept else 0.0 for k in range(len(p)))


class Planted:
    """Knows the planted world; its options say what is wrong with it."""

    batch = 4096
    modes = ("logprob", "sample", "generate")

    def __init__(self, settings: Settings) -> None:
        """Reads the pathologies from `settings.options`."""
        self.faults = read_pathologies(settings.options, settings.name)
        switched = {key: value for key, value in asdict(self.faults).items() if value and key != "favourite"}
        if self.faults.label_bias:
            switched["favourite"] = self.faults.favourite
        self.identity: Mapping[str, str] = {"kind": "planted", "world": "1", "options": canonical_json(switched)}
        self._tables: dict[tuple[str, str], np.ndarray] = {}
        self._items: dict[tuple[str, str, str, str], Shares] = {}

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> Iterator[Outcome]:
        """One outcome per ask: exact shares for a read-out, else counts over `samples` replies with their texts."""
        for ask in asks:
            if ask.instrument not in ("atlas", "atlas_facts"):
                yield Outcome(error=f"the planted respondent knows atlas and atlas_facts, not {ask.instrument}")
            elif ask.framing.mode == "logprob":
                yield self._exact(ask)
            else:
                yield self._drawn(ask, samples, study_seed)

    def _table(self, persona: str, language: str) -> np.ndarray:
        """Answers of a persona to all items, after the faults that depend on who is played."""
        place, faults = atlas.persona_place(persona), self.faults
        key = (place, language)
        if key not in self._tables:
            shares = atlas.persona_shares(place or "none", language)
            factor = (1 - faults.homogenise) * (1 - 2 * faults.mirror) * (1 + faults.caricature)
            if place and atlas.persona_weight(place) > 0:
                if factor != 1.0:
                    shares = stretched(region_mean(place, language), shares, factor)
                if faults.default_pull:
                    default = atlas.default_shares(language)
                    shares = (1 - faults.default_pull) * shares + faults.default_pull * default
            self._tables[key] = shares
        return self._tables[key]

    def _shares(self, ask: Ask) -> Shares:
        """What would be answered, in canonical order, before anything that depends on the layout."""
        framing, question, faults = ask.framing, ask.question, self.faults
        key = (question.id, framing.persona, framing.language, framing.wording)
        if key not in self._items:
            if ask.instrument == "atlas_facts":
                p: Shares = tuple(atlas.exam_truth(question.id).tolist())
            else:
                table = self._table(framing.persona, framing.language.split("-")[0])
                p = tuple(table[atlas.world().column(question.id), : question.cells].tolist())
                p = self._worded(p, question, framing.language, framing.wording)
            if faults.dispersion_collapse:
                p = mixed(p, max(range(len(p)), key=lambda k: p[k]), faults.dispersion_collapse)
            self._items[key] = p
        return self._items[key]

    def _worded(self, p: Shares, question: Question, language: str, wording: str) -> Shares:
        faults = self.faults
        if faults.wording_sensitivity:
            draw = np.random.default_rng(seed_for("planted-wording", question.id, language, wording)).standard_normal()
            p = tilted(p, faults.wording_sensitivity * float(draw))
        if faults.acquiescence and any(tag in AGREEING for tag in question.tags):
            p = tilted(p, faults.acquiescence)
        return p

    def _laid_out(self, ask: Ask, p: Shares) -> Shares:
        """Shares after the faults that depend on where and under which label an option stands."""
        faults, order, labels = self.faults, ask.shown.order, ask.shown.labels
        if faults.order_bias:
            p = mixed(p, order[0] if faults.order_bias > 0 else order[-1], abs(faults.order_bias))
        if faults.label_bias and faults.favourite in labels:
            p = mixed(p, order[labels.index(faults.favourite)], faults.label_bias)
        return p

    def _lost(self, p: Shares) -> tuple[Shares, float, float]:
        """Shares that are left, refusals, and mass outside the menu."""
        faults, refused = self.faults, 0.0
        if faults.refuse or faults.refuse_value:
            top = len(p) - 1
            given = [(1 - faults.refuse) * (1 - faults.refuse_value * k / top) for k in range(len(p))]
            left = tuple(share * stays for share, stays in zip(p, given, strict=True))
            refused, p = max(0.0, sum(p) - sum(left)), left
        if faults.low_mass:
            off = faults.low_mass * sum(p)
            return tuple(share * (1 - faults.low_mass) for share in p), refused, off
        return p, refused, 0.0

    def _exact(self, ask: Ask) -> Outcome:
        p, refused, off = self._lost(self._laid_out(ask, self._shares(ask)))
        return Outcome(p=p, off_menu=off, refused=refused, unread=0.0)

    def _drawn(self, ask: Ask, samples: int, study_seed: int) -> Outcome:
        p, refused, _ = self._lost(decoded(self._laid_out(ask, self._shares(ask)), ask.framing.decoding))
        options, counts, texts = len(p), [0] * (len(p) + 2), []
        for sample in range(samples):
            at = _category(p, refused, seed_for(study_seed, ask.ask, sample) / 2**63)
            if at < options and self.faults.mismatch:
                at = self._slipped(at, options, seed_for(study_seed, ask.ask, sample, "mismatch") / 2**63)
            counts[at] += 1
            texts.append(_text(ask, at))
        shares = [count / samples for count in counts]
        return Outcome(
            p=tuple(shares[:options]), refused=shares[options], unread=shares[options + 1], n=samples, text=tuple(texts)
        )

    def _slipped(self, at: int, options: int, u: float) -> int:
        """Another option than `at`, at the rate of the mismatch, each other one equally often."""
        rate = self.faults.mismatch
        if u >= rate:
            return at
        return (at + 1 + int(u / rate * (options - 1))) % options


def _category(p: Shares, refused: float, u: float) -> int:
    """Index of the option that a number in [0, 1) falls on; K for a refusal, K + 1 for a reply outside the menu."""
    reached = 0.0
    for at, share in enumerate((*p, refused)):
        reached += share
        if u < reached:
            return at
    # the shares' rounding must not turn an answer into a reply outside the menu
    return len(p) + 1 if reached < 1 - 1e-9 else max(k for k, share in enumerate((*p, refused)) if share > 0)


def _text(ask: Ask, at: int) -> str:
    """The reply that means option `at`; the label alone when sampled, with the option's text when generated."""
    language = ask.framing.language.split("-")[0]
    if at >= ask.question.cells:
        return (REFUSALS if at == ask.question.cells else STRAYS)[language]
    position = ask.shown.order.index(at)
    label = ask.shown.labels[position]
    return label if ask.framing.mode == "sample" else f"{label}. {ask.shown.wording.options[at]}"


RESPONDENT = Planted
