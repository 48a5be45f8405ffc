"""Steering by another country: the nearest people, and a far country as a placebo.

Who is near is read off human answers to items that are *not* measured, so that the choice is no peek at the test.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tawazun.adapt.steering import persona_steering
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument
from tawazun.places import place
from tawazun.populations import Population
from tawazun.respondents.steering import Steering
from tawazun.seeds import stream
from tawazun.stats.distances import js_distance

FEWEST = 3  # items behind a distance of shares; a map or a set of indices may have two
LISTED = 3
DURMUS = (
    "Durmus et al. (2023), Towards measuring the representation of subjective global opinions in language models, "
    "arXiv 2306.16388: similarity of countries' answers by the Jensen-Shannon distance"
)


@dataclass(frozen=True)
class Neighbour:
    """A people seen from the target's.

    distance  of shares: mean Jensen-Shannon distance over items; of ready scores: mean |difference| in standard
              deviations over the places of the source
    items     how many items are behind it
    """

    place: str
    distance: float
    items: int


@dataclass(frozen=True)
class Nearness:
    """All peoples of a source by their distance from the target's, nearest first, and how that was found."""

    target: str
    found: tuple[Neighbour, ...]
    unit: str
    source: str
    left_out: tuple[str, ...]

    @property
    def words(self) -> str:
        """How the distances were found, in one line."""
        fewest, most = min(one.items for one in self.found), max(one.items for one in self.found)
        counted = f"{most}" if fewest == most else f"{fewest} to {most}"
        without = f", without {len(self.left_out)} that are measured" if self.left_out else ""
        return f"{self.unit} over {counted} items of {self.source}{without}"


def nearness(target: str, people: Sequence[Population], instrument: Instrument, measured: Collection[str]) -> Nearness:
    """How far every people of a source is from the target's, on items that are not measured.

    people       populations of one source, the target's among them
    instrument   what they answered
    measured     ids of its items that the study measures; ready scores made of one of them are left out too
    Errors       BadStudy where the target has no answers, or too few items or places are left
    """
    code = place(target).code
    names = sorted({one.name.rpartition("/")[0] for one in people})
    if len(names) != 1:
        raise BadStudy(f"steering: nearness needs the people of one source, not of {', '.join(names) or 'none'}")
    if strange := sorted({one.instrument for one in people} - {instrument.name}):
        raise BadStudy(f"steering: {names[0]} answered {strange[0]!r}, not {instrument.name!r}")
    own = next((one for one in people if one.place == code), None)
    if own is None:
        raise BadStudy(f"steering: {names[0]} has nobody of {code}: say by hand who is near")
    banned = _measured(instrument, measured)
    ready = own.holds != "distributions"
    rows = {one.place: _answers(one, banned, ready) for one in people}
    left_out = tuple(sorted({a.item for a in own.answers} & banned))
    found = _scaled(code, rows) if ready else _shared(code, rows)
    if not found:
        raise BadStudy(
            f"steering: {names[0]} has no place with {2 if ready else FEWEST} items or more in common with {code} that "
            f"are not measured ({len(left_out)} are); take the people of another source"
        )
    unit = "mean |difference| in standard deviations" if ready else "mean Jensen-Shannon distance"
    return Nearness(code, tuple(sorted(found, key=lambda one: (one.distance, one.place))), unit, names[0], left_out)


def near_steering(
    near: Nearness, languages: Sequence[str], instruments: Sequence[Instrument] = (), *, among: Collection[str] = ()
) -> Steering:
    """The persona of the nearest people, in place of the target's own.

    among    places that may be chosen; all of the source that have a name in the languages when empty
    Errors   BadStudy where none is left
    """
    choice = _offered(near, languages, among)
    found = choice[0]
    others = ", ".join(f"{one.place} {one.distance:.3f}" for one in choice[1 : 1 + LISTED]) or "nobody"
    notes = (
        f"near country of {near.target}: {found.place} at {found.distance:.3f} ({near.words}); next: {others}",
        *_skipped(near, choice),
    )
    made = persona_steering(found.place, languages, instruments)
    title = f"a person of {place(found.place).english}, the people nearest to those of {place(near.target).english}"
    return replace(made, kind="near", title=title, sources=(DURMUS,), notes=(*made.notes, *notes))


def placebo_steering(
    near: Nearness, languages: Sequence[str], seed: int, instruments: Sequence[Instrument] = ()
) -> Steering:
    """The persona of a wrong country: drawn by the seed from the half of the places that is farther from the target.

    What it gains is what any persona gains. Errors: BadStudy where fewer than two places are left.
    """
    choice = _offered(near, languages, ())
    if len(choice) < 2:
        raise BadStudy(f"steering: a placebo for {near.target} needs two other places or more, there are {len(choice)}")
    far = choice[len(choice) // 2 :]
    found = far[int(stream("placebo", seed, near.target).integers(len(far)))]
    rank = choice.index(found) + 1
    notes = (
        f"placebo for {near.target}: {found.place} at {found.distance:.3f}, place {rank} of {len(choice)} from the "
        f"nearest ({near.words}); drawn with seed {seed} from the {len(far)} farther ones, the nearest of which is at "
        f"{far[0].distance:.3f}",
    )
    made = persona_steering(found.place, languages, instruments)
    title = f"a person of {place(found.place).english}, a country far from {place(near.target).english} (placebo)"
    return replace(made, kind="placebo", title=title, sources=(DURMUS,), notes=(*made.notes, *notes))


def _offered(near: Nearness, languages: Sequence[str], among: Collection[str]) -> list[Neighbour]:
    codes = {place(one).code for one in among}
    choice = [one for one in near.found if not codes or one.place in codes]
    named = [one for one in choice if all(place(one.place).called(language) for language in languages)]
    if not named:
        raise BadStudy(f"steering: no place near {near.target} has a name in {', '.join(languages)}")
    return named


def _skipped(near: Nearness, choice: Sequence[Neighbour]) -> list[str]:
    lost = [one.place for one in near.found if one not in choice and one.distance < choice[0].distance]
    return [f"nearer, but not offered or without a name in a language: {', '.join(lost)}"] if lost else []


def _measured(instrument: Instrument, measured: Collection[str]) -> set[str]:
    """Ids that say something of a measured item: itself, its indices, and the map where it is drawn on."""
    own = set()
    for item in measured:
        question = instrument.question(item)
        own.add(question.id if question else item)
    banned = own | {index.name for index in instrument.indices if own & set(index.terms)}
    if instrument.projection and own & set(instrument.projection.items):
        banned |= {"map_x", "map_y"}
    return banned


def _answers(one: Population, banned: Collection[str], ready: bool) -> dict[str, np.ndarray]:
    kept = [a for a in one.answers if a.item not in banned]
    if ready:
        return {a.item: np.array([a.value]) for a in kept if a.value is not None}
    return {a.item: np.array(a.p) for a in kept if a.p is not None and abs(sum(a.p) - 1) < 1e-6}


def _shared(code: str, rows: dict[str, dict[str, np.ndarray]]) -> list[Neighbour]:
    found = []
    for other, answers in rows.items():
        common = [item for item in rows[code] if item in answers and answers[item].size == rows[code][item].size]
        if other != code and len(common) >= FEWEST:
            distances = js_distance(*(_stacked([one[item] for item in common]) for one in (rows[code], answers)))
            found.append(Neighbour(other, float(distances.mean()), len(common)))
    return found


def _stacked(shares: Sequence[np.ndarray]) -> np.ndarray:
    """Shares of items in rows, 0 beyond an item's options."""
    made = np.zeros((len(shares), max(one.size for one in shares)))
    for row, one in zip(made, shares, strict=True):
        row[: one.size] = one
    return made


def _scaled(code: str, rows: dict[str, dict[str, np.ndarray]]) -> list[Neighbour]:
    spreads = {}
    for item in rows[code]:
        values = [float(answers[item][0]) for answers in rows.values() if item in answers]
        spreads[item] = float(np.std(values))
    found = []
    for other, answers in rows.items():
        common = [item for item in rows[code] if item in answers and spreads[item] > 0]
        if other != code and len(common) >= 2:
            gaps = [abs(float(answers[item][0] - rows[code][item][0])) / spreads[item] for item in common]
            found.append(Neighbour(other, float(np.mean(gaps)), len(common)))
    return found
