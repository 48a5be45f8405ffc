"""Who is set against whom: targets among the people, views of a respondent, and the cells that all sides share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tawazun.catalogue import unknown
from tawazun.claims.gathering import Gathered
from tawazun.claims.likeness import OWN, View, refuse_other_languages, refuse_unlike
from tawazun.errors import BadStudy, Refused, UnknownName
from tawazun.measures.cube import Cube, Subject
from tawazun.measures.people import People
from tawazun.places import group

# keys by which a claim or a command narrows what it looks at; empty = must be the only one
NARROW = ("instrument", "persona", "perspective", "language", "mode", "setting")


@dataclass(frozen=True)
class Target:
    """Populations of one source that a respondent is measured against; over several, closeness is averaged.

    name   as spelled: `wvs-7/EGY`, `wvs-7/group:arab-league@2023-05`, `wvs-7`
    at     positions of its populations in `side`
    """

    name: str
    side: People
    at: tuple[int, ...]

    @property
    def instrument(self) -> str:
        """The instrument its people answered."""
        return self.side.instrument

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its populations."""
        return tuple(self.side.names[c] for c in self.at)


def find_target(gathered: Gathered, spec: str) -> Target:
    """The target of a spelling. Errors: UnknownName with what the runs hold; BadStudy for a group without people."""
    source, _, where = spec.partition("/")
    sides = [side for found in gathered.context.people.values() for side in found if side.source == source]
    if not sides:
        held = sorted({side.source for found in gathered.context.people.values() for side in found})
        raise UnknownName(_absent("population", spec, held, "sources"))
    side = sides[0]
    if not where:
        return Target(spec, side, tuple(range(len(side.names))))
    if where.startswith("group:"):
        members = group(where).members
        at = tuple(c for c, place in enumerate(side.places) if place in members)
        if not at:
            raise BadStudy(f"{spec}: the runs hold no people of this group")
        return Target(spec, side, at)
    if spec not in side.names:
        raise UnknownName(_absent("population", spec, list(side.names), "populations"))
    return Target(spec, side, (side.names.index(spec),))


def every_target(gathered: Gathered) -> list[Target]:
    """Each population of the runs as a target of its own."""
    sides = [side for found in gathered.context.people.values() for side in found]
    return [Target(name, side, (c,)) for side in sides for c, name in enumerate(side.names)]


def check_respondent(gathered: Gathered, label: str) -> str:
    """The label itself when the runs have it. Errors: UnknownName."""
    if label not in gathered.respondents:
        raise UnknownName(_absent("respondent", label, list(gathered.respondents), "respondents"))
    return label


def views(gathered: Gathered, target: Target, labels: Sequence[str], narrow: Mapping[str, str]) -> list[View]:
    """Every view under which all these respondents can be set against a target.

    Where they answered in different modes or decodings, the view leaves those empty, and `shared_cells` refuses it by
    name instead of passing it over.

    narrow   values of `NARROW` that are asked for; empty or absent ones are open
    """
    made = gathered.context.cubes.get(target.instrument)
    if made is None or narrow.get("instrument", "") not in ("", target.instrument):
        return []
    if not {one.respondent for one in made.subjects} >= set(labels):
        return []
    if not narrow.get("language"):
        refuse_other_languages(made, labels)
    places = {target.side.places[c] for c in target.at}
    per_label = [_kinds(made, label, places, narrow) for label in labels]
    found = []
    for kind, ways in per_label[0].items():
        if not all(kind in other for other in per_label):
            continue
        if all(other[kind] == ways for other in per_label):
            found += [replace(kind, mode=mode, setting=setting) for mode, setting in sorted(ways)]
        else:
            found.append(kind)
    return found


def one_view(gathered: Gathered, target: Target, labels: Sequence[str], narrow: Mapping[str, str]) -> View:
    """The one view that a claim is about. Errors: BadStudy when there is none, or several and none was named."""
    found = views(gathered, target, labels, narrow)
    if not found:
        asked = ", ".join(f"{key} = {value!r}" for key, value in narrow.items() if value) or "any persona or language"
        raise BadStudy(
            f"no answers of {' and '.join(labels)} on {target.instrument} with {asked} that can be set against "
            f"{target.name}"
        )
    for key in ("persona", "perspective", "language", "mode", "setting"):
        offered = list(dict.fromkeys(str(getattr(view, key)) for view in found))
        if len(offered) > 1:
            raise BadStudy(f"the runs hold more than one {key}: name the one that is meant ({', '.join(offered)})")
    return found[0]


def subjects_of(made: Cube, label: str, view: View, target: Target) -> tuple[int, ...]:
    """Positions of a respondent's subjects, one per population of the target. Errors: BadStudy when one is missing."""
    at = {
        one.persona: s
        for s, one in enumerate(made.subjects)
        if one.respondent == label and _fits(one.perspective, one.language, one.mode, one.setting, view)
    }
    found = []
    for c in target.at:
        persona = target.side.places[c] if view.persona == OWN else view.persona
        if persona not in at:
            raise BadStudy(f"{label} was never asked as {persona} ({view.language}) on {view.instrument}")
        found.append(at[persona])
    return tuple(found)


def shared_cells(
    gathered: Gathered, view: View, target: Target, labels: Sequence[str]
) -> tuple[Cube, dict[str, tuple[int, ...]], float]:
    """The answers that all these respondents have in common, who their subjects are, and the share of cells lost.

    Errors   Refused when they were not asked in the same way, or share no cell
    """
    refuse_unlike(gathered, view, labels)
    made = gathered.context.cubes[view.instrument]
    own = {label: subjects_of(made, label, view, target) for label in labels}
    p, value = made.p.copy(), made.value.copy()
    kept = lost = 0
    for subjects in zip(*own.values(), strict=True):
        there = np.array([_there(made, s) for s in subjects])
        both = np.asarray(there.all(axis=0))
        kept += int(both.sum())
        lost += int(there.any(axis=0).sum()) - int(both.sum())
        for s in subjects:
            p[s] = np.where(both[..., None], p[s], np.nan)
            value[s] = np.where(both, value[s], np.nan)
    if not kept:
        raise Refused(f"{' and '.join(labels)} share no answered cell on {view.instrument} ({view.words})")
    return replace(made, p=p, value=value), own, lost / (kept + lost)


def _there(made: Cube, subject: int) -> np.ndarray:
    """(F, Q) cells with an answer."""
    found: np.ndarray = ~np.isnan(made.value[subject]) | ~np.isnan(made.p[subject]).all(axis=-1)
    return found


def _kinds(made: Cube, label: str, places: set[str], narrow: Mapping[str, str]) -> dict[View, set[tuple[str, str]]]:
    """Views of one respondent without mode and decoding -> the modes and decodings it has for them.

    Its subjects without a place, each place by itself, and `own` where every place of the target is played.
    """
    found: dict[View, set[tuple[str, str]]] = {}
    playing: dict[View, dict[str, set[tuple[str, str]]]] = {}
    for one in made.subjects:
        if one.respondent != label or not _wanted(one, narrow):
            continue
        view = View(made.instrument.name, one.persona, one.perspective, one.language, "", "")
        found.setdefault(view, set()).add((one.mode, one.setting))
        if one.persona in places:
            own = playing.setdefault(replace(view, persona=OWN), {})
            own.setdefault(one.persona, set()).add((one.mode, one.setting))
    whole = {view: set.intersection(*each.values()) for view, each in playing.items() if set(each) == places}
    persona = narrow.get("persona", "")
    return {view: ways for view, ways in (whole | found).items() if persona in ("", view.persona)}


def _wanted(one: Subject, narrow: Mapping[str, str]) -> bool:
    return all(narrow.get(key, "") in ("", getattr(one, key)) for key in ("perspective", "language", "mode", "setting"))


def _fits(perspective: str, language: str, mode: str, setting: str, view: View) -> bool:
    same = (perspective, language) == (view.perspective, view.language)
    return same and view.mode in ("", mode) and view.setting in ("", setting)


def _absent(kind: str, name: str, held: list[str], plural: str) -> str:
    """One line for a name that the runs do not hold."""
    return unknown(kind, name, held).replace("On offer:", f"The runs hold the {plural}:")
