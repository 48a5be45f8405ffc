"""Rankings of places on an index: the groups of subjects that are ranked, and what they share."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, row
from tawazun.measures.cube import Cube
from tawazun.measures.indexing import index_matrix, matched_place, subject_values
from tawazun.measures.people import People, index_values
from tawazun.measures.spread import Replicates

ROUND = 6
FEWEST = 3


@dataclass(frozen=True)
class Ranking:
    """One set of places ranked by a respondent and by people.

    base     an estimate with the respondent, language … filled in
    places   C codes, in order
    model    (C, I) index points; human: (C, I); NaN where absent
    values   replicates of the item means of each place's subject
    indices  names of the I indices
    """

    base: Estimate
    made: Cube
    places: tuple[str, ...]
    model: np.ndarray
    human: np.ndarray
    values: tuple[Replicates, ...]
    indices: tuple[str, ...]

    def known(self, index: int) -> np.ndarray:
        """(C,) places for which both sides have this index."""
        return np.isfinite(self.model[:, index]) & np.isfinite(self.human[:, index])


def rankings(context: Context, measure: str) -> Iterator[Ranking]:
    """Every ranking: per respondent, places played in one language, and native languages without a persona."""
    for name, made in context.cubes.items():
        if not made.instrument.indices:
            continue
        values = subject_values(context, made)
        matrix = index_matrix(made, values)
        for base, members in _groups(context, measure, made):
            for side in context.people[name]:
                found = _ranking(context, made, (base, members), (values, matrix), side)
                if found is not None:
                    yield found


def _groups(context: Context, measure: str, made: Cube) -> Iterator[tuple[Estimate, list[int]]]:
    groups: dict[tuple[str, ...], list[int]] = {}
    for s, one in enumerate(made.subjects):
        native = not one.place
        if native and one.language not in context.keys.language_places:
            continue
        if one.place and one.persona != one.place:
            continue
        language = "" if native else one.language
        key = (one.respondent, one.perspective, language, one.mode, one.setting, one.persona if native else "places")
        groups.setdefault(key, []).append(s)
    settings = {(key[0], key[4]) for key in groups}
    for group, members in groups.items():
        several = len({s for r, s in settings if r == group[0]}) > 1
        base = row(measure, made.instrument.name, made.subjects[members[0]], several)
        yield _labelled(base, group), members


def _labelled(base: Estimate, key: tuple[str, ...]) -> Estimate:
    facet = ";".join(part for part in (base.facet, "places by persona" if key[2] else "places by language") if part)
    return replace(base, persona="" if key[2] else base.persona, language=key[2], facet=facet)


def _ranking(
    context: Context,
    made: Cube,
    group: tuple[Estimate, list[int]],
    model: tuple[list[Replicates], np.ndarray],
    side: People,
) -> Ranking | None:
    base, members = group
    human = index_values(side, made.instrument, made.questions)
    if not human:
        return None
    names = tuple(index.name for index in made.instrument.indices)
    kept = [(s, side.where(matched_place(context, made, s))) for s in members]
    matched = [(s, c) for s, c in kept if c is not None]
    return Ranking(
        replace(base, population=side.source, source=side.source, unit="tau-b"),
        made,
        tuple(side.places[c] for _, c in matched),
        np.array([model[1][s] for s, _ in matched]).reshape(len(matched), len(names)),
        np.array([[human[n][c] if n in human else np.nan for n in names] for _, c in matched]).reshape(
            len(matched), len(names)
        ),
        tuple(model[0][s] for s, _ in matched),
        names,
    )
