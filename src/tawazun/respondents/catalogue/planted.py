"""A respondent whose answers are known exactly, with faults that can be switched on one at a time.

It answers the instruments `atlas` and `atlas_facts` in English and Arabic as `tawazun.atlas` says it should, and items
of other instruments that carry the tag `twin:atlas.ITEM` (the same asked as advice) or `recalls:atlas` with `index:…`
and `place:…` (a published figure, of which it knows none). Its options are pathologies, each a strength and each off at
0: `tawazun.respondents.faults` lists them. Two choices a reader may question: a persona's attributes and in-context
examples do not move an answer, nor does the perspective unless `hearsay` is on; and as it knows its own refusals, it
shows them in a read-out too, where a real model would only show mass outside the menu.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache

import numpy as np

from tawazun import atlas
from tawazun.answers import Outcome
from tawazun.cells import Ask
from tawazun.instruments import Question, instrument
from tawazun.respondents.faults import collapsed, played, put, read_pathologies
from tawazun.respondents.records import Settings
from tawazun.seeds import canonical_json, seed_for

Shares = tuple[float, ...]
REFUSALS = {"en": "I would rather not answer that.", "ar": "أفضّل ألا أجيب عن هذا."}
STRAYS = {"en": "That depends on the day.", "ar": "يتوقف ذلك على اليوم."}


def _tag(question: Question, name: str) -> str:
    return next((tag.partition(":")[2] for tag in question.tags if tag.startswith(f"{name}:")), "")


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
    free = True
    portable = "cpu"
    modes = ("logprob", "sample", "generate")

    def __init__(self, settings: Settings) -> None:
        """Reads the pathologies from `settings.options`."""
        self.faults = read_pathologies(settings.options, settings.name)
        switched = {key: value for key, value in asdict(self.faults).items() if value and key != "favourite"}
        if self.faults.label_bias:
            switched["favourite"] = self.faults.favourite
        self.identity: Mapping[str, str] = {"kind": "planted", "world": "1", "options": canonical_json(switched)}
        self._tables: dict[tuple[str, str, str, str, bool], np.ndarray] = {}
        self._items: dict[tuple[str, ...], Shares] = {}

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> Iterator[Outcome]:
        """One outcome per ask: exact shares for a read-out, else counts over `samples` replies with their texts."""
        for ask in asks:
            if _tag(ask.question, "recalls") == "atlas" and ask.question.kind == "number":
                yield self._figure(ask, samples, study_seed)
            elif ask.instrument not in ("atlas", "atlas_facts") and not _twin(ask.question):
                yield Outcome(error=f"the planted respondent knows atlas and atlas_facts, not {ask.instrument}")
            elif ask.framing.mode == "logprob":
                yield self._exact(ask)
            else:
                yield self._drawn(ask, samples, study_seed)

    def _table(self, ask: Ask) -> np.ndarray:
        """Answers to all items under the ask's framing, before anything that depends on the layout: (I, 5)."""
        framing, advice = ask.framing, bool(_twin(ask.question))
        key = (framing.persona, framing.perspective, framing.language, framing.wording, advice)
        if key not in self._tables:
            language = framing.language.split("-")[0]
            shares = played(self.faults, atlas.persona_place(framing.persona), framing.perspective, language)
            draws = [self._draws(ask, own) for own in (False, True)]
            self._tables[key] = put(self.faults, shares, draws[0], draws[1], advice=advice)
        return self._tables[key]

    def _draws(self, ask: Ask, own: bool) -> np.ndarray:
        """Normal draws of the ask's wording for all items, and of the persona too when `own`; 0 when of no use."""
        framing, faults = ask.framing, self.faults
        items = atlas.world().items
        if not (faults.wording_noise if own else faults.wording_sensitivity):
            return np.zeros(len(items))
        # a twin is another wording of its item
        wording = f"{ask.instrument}/{framing.wording}" if _twin(ask.question) else framing.wording
        kind, last = ("planted-wording-noise", [framing.persona]) if own else ("planted-wording", [])
        seeds = (seed_for(kind, item, framing.language, wording, *last) for item in items)
        return np.array([np.random.default_rng(seed).standard_normal() for seed in seeds])

    def _shares(self, ask: Ask) -> Shares:
        """What would be answered, in canonical order, before anything that depends on the layout."""
        framing, question = ask.framing, ask.question
        key = (question.id, framing.persona, framing.perspective, framing.language, framing.wording, ask.instrument)
        if key not in self._items:
            if ask.instrument == "atlas_facts":
                p = collapsed(self.faults, atlas.exam_truth(question.id))
            else:
                p = self._table(ask)[atlas.world().column(_twin(question) or question.id), : question.cells]
            self._items[key] = tuple(p.tolist())
        return self._items[key]

    def _figure(self, ask: Ask, samples: int, study_seed: int) -> Outcome:
        """The published figure that is asked for, or an invented one, which is the same in every reply."""
        index, place = _tag(ask.question, "index"), _tag(ask.question, "place")
        low, high = ask.question.codes[0], ask.question.codes[-1]
        invented = low + (high - low) * seed_for("planted-figure", index, place) / 2**63
        known, replies = published(index, place), []
        for sample in range(samples):
            recited = seed_for(study_seed, ask.ask, sample, "figure") / 2**63 < self.faults.recite
            replies.append(round(known if recited else invented))
        return Outcome(
            value=float(np.mean(replies)), sd=float(np.std(replies)), n=samples, refused=0.0, unread=0.0,
            text=tuple(str(one) for one in replies),
        )  # fmt: skip

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
            if self.faults.unread and seed_for(study_seed, ask.ask, sample, "unread") / 2**63 < self.faults.unread:
                at = options + 1
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


def _twin(question: Question) -> str:
    """The item of `atlas` that an item asks for in another frame, or empty."""
    target, _, item = _tag(question, "twin").rpartition(".")
    return item if target == "atlas" else ""


@cache
def published(index: str, place: str) -> float:
    """The score of a country's people on an index of `atlas`, exactly. Errors: UnknownName."""
    here, survey = atlas.world(), instrument("atlas")
    terms = next(one for one in survey.indices if one.name == index).terms
    score = 0.0
    for item, weight in terms.items():
        question = survey.question(item)
        assert question is not None
        score += weight * float(here.shares[here.row(place), here.column(item), : question.cells] @ question.codes)
    return score


RESPONDENT = Planted
