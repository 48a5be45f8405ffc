"""A value survey as populations: weighted distributions of every country, each country-year with equal weight.

n counts interviews with an answer, n_eff those that would say as much with equal weights: in one country-year Kish's
(sum w)^2 / sum w^2, over Y country-years Y^2 / sum(1 / n_eff), because they are averaged as equals. deff = n / n_eff
is the cost of unequal weights and unequal years only: clustering of interviews is not in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tawazun.instruments import Instrument, Question, instrument
from tawazun.populations.absent import absences
from tawazun.populations.halves import SEED, as_halves, random_halves
from tawazun.populations.interviews import Interviews, Layout, read_interviews, table_in
from tawazun.populations.records import HumanAnswer, Population, Request, Universe
from tawazun.populations.shares import moments
from tawazun.populations.tallies import LEAST, tally
from tawazun.source import Source

UNEQUAL_WEIGHTS = "n_eff counts unequal weights only; clustering of interviews is not in it"


@dataclass(frozen=True)
class ValueSurvey:
    """A population source that reads one survey file of the user's.

    universe  whom the survey speaks for; the years of a place are filled in from the file
    why       why a place that a reader looks for is not there
    """

    name: str
    instrument: str
    source: Source
    layout: Layout
    universe: Universe
    why: str

    def load(self, request: Request) -> Sequence[Population]:
        """One population per place with answers. Errors: BadFile and BadAnswers naming file, column and row."""
        found = read_interviews(table_in(request.data, self.layout), self.layout)
        asked = instrument(self.instrument, request.data)
        made = (self._population(found, asked, place, request.halves) for place in self._wanted(found, request))
        return tuple(one for one in made if one.answers)

    def absent(self, request: Request) -> dict[str, str]:
        """Asked places (else members of the Arab League) without answers, with the reason."""
        found = read_interviews(table_in(request.data, self.layout), self.layout)
        there = {one.place for one in self.load(replace(request, places=(), halves=0))}
        few = {place: f"fewer than {LEAST} interviews with an answer" for place in found.places if place not in there}
        known = {**few, **found.absent}
        if request.places:
            known = {place: why for place, why in known.items() if place in request.places}
        return absences(request.places, there, self.why, known)

    def interviews(self, request: Request) -> Interviews:
        """The interviews themselves, for a refit of the map or a test of a composite."""
        return read_interviews(table_in(request.data, self.layout), self.layout)

    def _wanted(self, found: Interviews, request: Request) -> list[str]:
        return [place for place in found.places if not request.places or place in request.places]

    def _population(self, found: Interviews, asked: Instrument, place: str, times: int) -> Population:
        own = _one_place(found, place)
        labels = [f"{place} {year}" for _, year in own.groups]
        first = random_halves([labels[g] for g in own.group], times=times, seed=SEED, name=self.name)
        answers, notes, silent = [], list(found.notes.get(place, ())), {}
        for item in own.asked:
            question = asked.question(item)
            assert question is not None
            answer, missing = _answer(own, question, first)
            if answer is None:
                notes.append(f"no answers to {item}" if missing == 1 else f"fewer than {LEAST} answers to {item}")
            else:
                answers.append(answer)
                silent[item] = missing
        years = found.years[place]
        return Population(
            name=f"{self.name}/{place}",
            place=place,
            instrument=self.instrument,
            holds="distributions",
            answers=tuple(sorted(answers, key=lambda one: [q.id for q in asked.questions].index(one.item))),
            source=self.source,
            human_error="sampled",
            universe=replace(self.universe, dates=", ".join(map(str, years)) or self.universe.dates),
            note="; ".join((*_whole(own, place, found.places), *notes, *_silence(silent), UNEQUAL_WEIGHTS)),
        )


def _one_place(found: Interviews, place: str) -> Interviews:
    kept = [g for g, (name, _) in enumerate(found.groups) if name == place]
    rows = np.isin(found.group, kept)
    return replace(
        found,
        groups=tuple(found.groups[g] for g in kept),
        group=np.searchsorted(kept, found.group[rows]),
        weight=found.weight[rows],
        values={item: values[rows] for item, values in found.values.items()},
    )


def _answer(own: Interviews, question: Question, first: np.ndarray) -> tuple[HumanAnswer | None, float]:
    """The answer of one place to one item, and the share of people without one where it was asked."""
    kind, values = own.asked[question.id].kind, own.values[question.id]
    cells = question.cells if kind in ("option", "pair") else 0
    groups = len(own.groups)
    whole = tally(values, cells, question.codes, own.group, groups, own.weight)
    used = np.flatnonzero(whole.n >= LEAST)
    everyone = np.bincount(own.group, minlength=groups)
    if not len(used):
        return None, 1.0 if not whole.n.any() else 0.0
    shares = whole.shares[used].mean(axis=0)
    n = float(whole.n[used].sum())
    n_eff = min(n, len(used) ** 2 / float((1 / whole.n_eff[used]).sum()))
    halves = _halves(own, values, cells, question, first, used)
    silent = 1 - float(whole.n[used].sum() / everyone[used].sum())
    spread = float(whole.square[used].mean())
    if kind == "value":
        mean = float(shares[0])
        return HumanAnswer(question.id, None, mean, _sd(spread, mean), n, n_eff, n / n_eff, halves), silent
    p = tuple(np.clip(shares, 0.0, 1.0).tolist())
    value, sd = moments(question, p)
    if kind == "mentions" and value is not None:
        sd = _sd(spread, value)
    return HumanAnswer(question.id, p, value, sd, n, n_eff, n / n_eff, halves), silent


def _sd(square: float, mean: float) -> float:
    return float(np.sqrt(max(square - mean**2, 0.0)))


def _halves(
    own: Interviews, values: np.ndarray, cells: int, question: Question, first: np.ndarray, used: np.ndarray
) -> tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]:
    """The item in every split; nothing when a half of a country-year that counts has too few answers in any split."""
    groups, pairs = len(own.groups), []
    for half in first:
        slot = own.group * 2 + np.where(half, 0, 1)
        found = tally(values, cells, question.codes, slot, groups * 2, own.weight)
        if (found.n.reshape(groups, 2)[used] < LEAST).any():
            return ()
        pairs.append(found.shares.reshape(groups, 2, -1)[used].mean(axis=0))
    return as_halves(np.array(pairs)) if pairs else ()


def _whole(own: Interviews, place: str, places: Sequence[str]) -> tuple[str, ...]:
    years = [year for _, year in own.groups]
    notes = [f"country-years {', '.join(map(str, years))} averaged with equal weight"] if len(years) > 1 else []
    if place == "GBR" and "GB-NIR" in places:
        notes.append("the United Kingdom without Northern Ireland")
    return tuple(notes)


def _silence(silent: dict[str, float]) -> tuple[str, ...]:
    if not silent or max(silent.values()) < 0.05:
        return ()
    most = max(silent, key=lambda item: silent[item])
    return (f"no answer from up to {silent[most]:.1%} of the people ({most})",)
