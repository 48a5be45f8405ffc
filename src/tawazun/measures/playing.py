"""The places that one respondent played in one arm, side by side, for comparisons of countries within a model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import row, several_settings
from tawazun.measures.cube import Cube
from tawazun.measures.spread import Replicates


@dataclass(frozen=True)
class Played:
    """One respondent's places under one language, perspective, mode and decoding.

    base       an estimate with these filled in; subjects and places: C, in order, none of them with attributes
    """

    base: Estimate
    made: Cube
    subjects: tuple[int, ...]
    places: tuple[str, ...]


def played(measure: str, name: str, made: Cube) -> Iterator[Played]:
    """Every arm of every respondent; arms in which nobody of a place is played have no places."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for s, one in enumerate(made.subjects):
        if one.place and one.persona != one.place:
            continue
        perspective = one.perspective if one.place else ""
        groups.setdefault((one.respondent, one.language, one.mode, one.setting, perspective), []).append(s)
    several = several_settings(made)
    for key, members in groups.items():
        if not key[-1] and any(other[:-1] == key[:-1] and other[-1] for other in groups):
            continue
        first = made.subjects[members[0]]
        base = replace(row(measure, name, first, (first.respondent, first.mode) in several), persona="")
        places = members if key[-1] else []
        yield Played(base, made, tuple(places), tuple(made.subjects[s].place for s in places))


def together(parts: Sequence[Replicates]) -> Replicates | None:
    """Replicates of several subjects as one, (…, C, Q); None when they were asked under different numbers of clusters.

    Clusters are left out of all subjects at once, because a wording's shift is shared by the places it is put to.
    """
    if not parts or len({len(one.jack) for one in parts}) != 1 or len({one.unit for one in parts}) != 1:
        return None
    drawn = min(len(one.drawn) for one in parts)
    return Replicates(
        np.stack([one.whole for one in parts]),
        np.stack([one.jack for one in parts], axis=1),
        np.stack([one.each for one in parts], axis=1),
        np.stack([one.drawn[:drawn] for one in parts], axis=1),
        parts[0].unit,
    )
