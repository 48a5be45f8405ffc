"""The personas of a group against the people of one source: what every measure of a whole region works on.

A panel belongs to one respondent, language, perspective, mode and decoding. It holds the places of the group that were
both played and surveyed, over the cells (place, item) that both sides have, so that the two sides are never compared
over different questions. Shifts that a framing gives to all places alike are no noise between places.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.averages import Average, averages
from tawazun.measures.context import Context, rows
from tawazun.measures.cube import Cube
from tawazun.measures.people import People
from tawazun.measures.spread import Interval, Part, drawn_again, joined, left_out
from tawazun.places import group
from tawazun.seeds import stream
from tawazun.stats.diversity import multinomial_noise
from tawazun.stats.resampling import bootstrap_sd, multinomial_draws

MOST_DRAWS = 200
ONE_REPLY = "one reply to one framing: differences between places would be noise alone"
NO_GROUP = "no group is declared: name one in measure.groups"
NO_PEOPLE = "no people of this source answered as distributions"


@dataclass(frozen=True)
class Panel:
    """C places of one group that a respondent played and a source surveyed.

    base       an estimate with respondent, language, group and source filled in
    subjects   (C,) subjects of the cube; populations: (C,) populations of the side; places: their codes
    items      (Q,) numbers of the questions
    model      (C, Q, K) averages over framings; human: (C, Q, K); both NaN where either side is missing
    each       (G, C, Q, K) means of each cluster of framings, jack: with one left out; G = 0 where framings do not vary
               or differ between the places
    noise      (C, Q) summed sampling variance of `model` between places; NaN where it cannot be had
    n_eff      (C, Q) people; NaN where unknown
    why        why there is no panel, else empty
    """

    base: Estimate
    made: Cube
    side: People | None
    subjects: tuple[int, ...]
    populations: tuple[int, ...]
    places: tuple[str, ...]
    items: np.ndarray
    model: np.ndarray
    human: np.ndarray
    each: np.ndarray
    jack: np.ndarray
    noise: np.ndarray
    replies: np.ndarray
    n_eff: np.ndarray
    unit: str
    why: str

    @property
    def there(self) -> np.ndarray:
        """(C, Q) cells that both sides have."""
        return ~np.isnan(self.model).any(axis=-1)

    @cached_property
    def human_known(self) -> bool:
        """Whether the number of people is known for every cell."""
        return not np.isnan(self.n_eff[self.there]).any()

    @cached_property
    def human_noise(self) -> np.ndarray:
        """(C, Q) summed sampling variance of the people's shares; 0 where their number is unknown."""
        return np.nan_to_num(multinomial_noise(self.human, self.n_eff))

    def lacking(self, fewest: int) -> str:
        """Why a measure that needs so many places cannot be had, or empty."""
        if self.why:
            return self.why
        if len(self.places) < fewest:
            return f"{len(self.places)} places of the group were both played and surveyed; this needs {fewest}"
        if not self.there.any():
            return "no item that the places share"
        return ""

    @property
    def noisy(self) -> str:
        """Why differences between places cannot be told from noise at all, or empty."""
        return ONE_REPLY if np.isnan(self.noise[self.there]).any() else ""


def panels(context: Context, measure: str) -> Iterator[Panel]:
    """Every panel: per respondent and arm, group and source. Where there is none, an empty one that says why."""
    for name in context.cubes:
        for one in context.once(("panels", name), lambda name=name: list(_panels(context, name))):  # type: ignore[misc]
            yield replace(one, base=replace(one.base, measure=measure))


def _panels(context: Context, name: str) -> Iterator[Panel]:
    made = context.cubes[name]
    sides = [side for side in context.people[name] if not np.isnan(side.p).all()]
    bases = rows("", name, made)
    blank: dict[str, Estimate] = {}
    for one, base in zip(made.subjects, bases, strict=True):
        blank.setdefault(one.respondent, replace(base, persona="", perspective="", language=""))
    if not context.keys.groups or not sides:
        yield from (_empty(made, base, NO_PEOPLE if context.keys.groups else NO_GROUP) for base in blank.values())
        return
    arms = _arms(made)
    # respondents innermost, so that what is drawn of the people serves all of them
    for region in context.keys.groups:
        members = group(region).members
        for side in sides:
            for respondent in dict.fromkeys(one.respondent for one in made.subjects):
                filled = {"group": region, "population": side.source, "source": side.source}
                own = [found for key, found in arms.items() if key[0] == respondent]
                played = [[s for s in found if made.subjects[s].place in members] for found in own]
                if not any(played):
                    why = "no place of the group was played"
                    yield _empty(made, replace(blank[respondent], **filled), why)  # type: ignore[arg-type]
                for found in filter(None, played):
                    base = replace(bases[found[0]], persona="", **filled)  # type: ignore[arg-type]
                    yield _panel(context, made, base, side, found)


def _arms(made: Cube) -> dict[tuple[str, ...], list[int]]:
    """Subjects that play a whole place, by respondent, perspective, language, mode and decoding."""
    found: dict[tuple[str, ...], list[int]] = {}
    for s, one in enumerate(made.subjects):
        if one.place and one.persona == one.place:
            found.setdefault((one.respondent, one.perspective, one.language, one.mode, one.setting), []).append(s)
    return found


def _empty(made: Cube, base: Estimate, why: str) -> Panel:
    none, cells = np.zeros((0, 0)), np.zeros((0, 0, 0))
    fields = (cells, cells, cells[None], cells[None], none, none, none)
    return Panel(base, made, None, (), (), (), np.zeros(0, dtype=int), *fields, "", why)


def _panel(context: Context, made: Cube, base: Estimate, side: People, members: Sequence[int]) -> Panel:
    found = averages(context, made)
    matched = [(s, c) for s in members if (c := side.where(made.subjects[s].place)) is not None]
    if not matched:
        return _empty(made, base, "no place of the group was both played and surveyed")
    subjects, populations = (tuple(part) for part in zip(*matched, strict=True))
    model, human = np.array([found[s].whole for s in subjects]), side.p[list(populations)]
    there = made.distributed & ~np.isnan(model).any(axis=-1) & ~np.isnan(human).any(axis=-1)
    # an answer to one of several wordings: its noise cannot be seen, so it cannot be told from a difference
    there &= ~np.array([np.isnan(found[s].jack).any(axis=(0, -1)) for s in subjects])
    items = np.flatnonzero(there.sum(axis=0) > 1)
    there = there[:, items]
    hide = np.where(there, 0.0, np.nan)[..., None]
    own = [found[s].only(items) for s in subjects]
    groups = {len(one.jack) for one in own}
    shape = (0, len(own), len(items), model.shape[-1])
    each = jack = np.zeros(shape)
    if len(groups) == 1 and groups != {0}:
        each, jack = (np.stack([getattr(one, part) for one in own], axis=1) + hide for part in ("each", "jack"))
    replies = np.array([one.replies for one in own])
    return Panel(
        base=base,
        made=made,
        side=side,
        subjects=subjects,
        populations=populations,
        places=tuple(made.subjects[s].place for s in subjects),
        items=items,
        model=model[:, items] + hide,
        human=human[:, items] + hide,
        each=each,
        jack=jack,
        noise=_noise(own, each, there, replies),
        replies=replies,
        n_eff=side.n_eff[list(populations)][:, items],
        unit=own[0].unit,
        why="",
    )


def _noise(own: Sequence[Average], each: np.ndarray, there: np.ndarray, replies: np.ndarray) -> np.ndarray:
    if len(each):
        count = there.sum(axis=0)
        centre = np.where(there[..., None], each, 0.0).sum(axis=1) / np.maximum(count, 1)[:, None]
        varied = (each - centre[:, None]).var(axis=0, ddof=1).sum(axis=-1) / len(each)
        # of each place's noise, 1 - 1/C is left in its deviation from a mean that contains it
        return np.asarray(varied * count / np.maximum(count - 1, 1))
    summed = np.array([one.variance.sum(axis=-1) for one in own])
    # a recorded share without a number of replies: taken as exact, and the row says that nothing varies
    return np.where(np.isnan(summed) & np.isnan(replies), 0.0, summed)


def human_draws(context: Context, panel: Panel) -> np.ndarray | None:
    """(D, C, Q, K) the people drawn again, NaN where the panel is; None when their number is unknown."""
    if panel.side is None or not panel.human_known:
        return None
    draws = min(context.keys.draws, MOST_DRAWS)
    name, source = panel.made.instrument.name, panel.side.source

    def drawn() -> np.ndarray:
        rng = stream("people", context.seed, name, source, *panel.places)
        sizes = np.where(panel.there, panel.n_eff, np.inf)
        return multinomial_draws(panel.human, sizes, draws, rng)

    return context.latest("human draws", (name, source, panel.populations, panel.human.tobytes()), drawn)


def reply_draws(context: Context, panel: Panel) -> np.ndarray | None:
    """(D, C, Q, K) the replies drawn again, where one framing was asked of every place; else None."""
    if len(panel.each) or panel.noisy or not np.isfinite(panel.replies[panel.there]).all():
        return None
    rng = stream("panel replies", context.seed, panel.made.instrument.name, panel.base.respondent, panel.base.language)
    sizes = np.where(panel.there, panel.replies, np.inf)
    return multinomial_draws(panel.model, sizes, min(context.keys.draws, MOST_DRAWS), rng)


def framing_part(panel: Panel, jack: np.ndarray | None, replied: np.ndarray | None) -> Part | None:
    """What framings (G, J), else replies (D, J), contribute to J statistics of a panel."""
    part = None if jack is None else left_out(jack, panel.unit)
    return drawn_again(replied) if part is None and replied is not None else part


def panel_intervals(
    context: Context,
    value: np.ndarray,
    part: Part | None,
    human: np.ndarray | None,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> list[Interval]:
    """Intervals of J statistics of a panel; human: (D, J) with people drawn again, None where that is unknown."""
    sd = np.full(len(value), np.nan) if human is None else bootstrap_sd(human)
    words = "" if human is None else f"humans by {len(human)} draws"
    return joined(value, part, sd, context.keys.level, bounds, words)
