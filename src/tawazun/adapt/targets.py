"""What a search is to reach: index scores of some people, or their answers to chosen items.

Constants of index formulas are free (Hofstede & Minkov 2013), so a model's index value means nothing by itself. What is
added to it is decided here, before the search, from the untuned model, and never changes during it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tawazun.adapt.recipe import Recipe
from tawazun.adapt.recipe_keys import ObjectiveKeys, TargetKeys
from tawazun.catalogue import unknown
from tawazun.errors import BadStudy, UnknownName
from tawazun.instruments import Index, Instrument, Question
from tawazun.places import group, place
from tawazun.populations import Population, load_populations
from tawazun.populations.imported import ImportSettings, import_populations
from tawazun.source import Source

FEWEST = 2  # places of an anchoring panel


@dataclass(frozen=True)
class Target:
    """The people of one place, as a search sees them.

    name     of the population, or `by hand/PLACE`
    scores   index -> score, constants as their source has them; empty for targets of items alone
    shares   item -> shares in canonical order; empty where the source has ready scores alone
    source   where they come from; None for scores by hand
    """

    name: str
    place: str
    scores: Mapping[str, float]
    shares: Mapping[str, tuple[float, ...]]
    source: Source | None


@dataclass(frozen=True, eq=False)
class Constants:
    """What is added to the model's index values. `values` has one number per dimension of the objective."""

    policy: str
    values: np.ndarray
    panel: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The policy with its numbers, in one line."""
        numbers = ", ".join(f"{value:+.1f}" for value in self.values)
        over = f" over {len(self.panel)} places" if self.panel else ""
        return f"constants={self.policy}{over}{': ' if numbers else ''}{numbers}"


def load_targets(
    recipe: Recipe, instrument: Instrument, data: Path | None, folder: Path = Path()
) -> tuple[Target, ...]:
    """The targets of a recipe, each with everything that its objective needs.

    folder   where files of the user's own populations are seen from
    Errors   BadStudy for people of another instrument, missing dimensions or items, naming them; those of
             `load_populations`
    """
    keys = recipe.target
    if keys.scores:
        found = [_by_hand(keys, keys.scores, keys.place, instrument)]
    else:
        found = [
            target_of(one, instrument) for spec in keys.populations for one in people_of(recipe, spec, data, folder)
        ]
    if twice := [one.place for one in found if [other.place for other in found].count(one.place) > 1]:
        raise BadStudy(f"target: {twice[0]} stands twice")
    for one in found:
        check_target(one, recipe, instrument)
    return tuple(found)


def target_of(population: Population, instrument: Instrument) -> Target:
    """A population as a target: its ready scores, or those that its answers come to by the instrument's formulas."""
    if population.instrument != instrument.name:
        raise BadStudy(
            f"target: {population.name} answered {population.instrument!r}, the objective is about {instrument.name!r}"
        )
    means = {one.item: one.value for one in population.answers if one.value is not None}
    scores = {index.name: means[index.name] for index in instrument.indices if index.name in means}
    for index in instrument.indices:
        if index.name not in scores and all(item in means for item in index.terms):
            points = sum(weight * means[item] for item, weight in index.terms.items())
            scores[index.name] = points + index.constant
    shares = {one.item: one.p for one in population.answers if one.p is not None}
    return Target(population.name, population.place, scores, shares, population.source)


def _by_hand(keys: TargetKeys, given: Mapping[str, float], code: str, instrument: Instrument) -> Target:
    names = {index.name.casefold(): index.name for index in instrument.indices}
    for name in given:
        if name.casefold() not in names:
            listed = ", ".join(names.values()) or "none"
            raise BadStudy(f"target.scores: {instrument.name} has no index {name!r}; it has {listed}")
    scores = {names[name.casefold()]: float(score) for name, score in given.items()}
    return Target(f"by hand/{code}", place(code).code, scores, {}, None)


def dimensions_of(recipe: Recipe, instrument: Instrument) -> tuple[Index, ...]:
    """The indices that count, in the instrument's order. Errors: BadStudy."""
    names = {index.name.casefold(): index for index in instrument.indices}
    if recipe.objective.loss != "index":
        return ()
    if not names:
        raise BadStudy(f'objective: {instrument.name} has no indices; use loss = "js_divergence" or "w1" on its items')
    for name in recipe.target.dimensions:
        if name.casefold() not in names:
            raise BadStudy(f"target.dimensions: {unknown('index', name, [one.name for one in names.values()])}")
    wanted = {name.casefold() for name in recipe.target.dimensions}
    return tuple(index for name, index in names.items() if not wanted or name in wanted)


def fit_items(recipe: Recipe, instrument: Instrument) -> tuple[Question, ...]:
    """The questions of the fit, in the instrument's order: no item on rights unless the recipe gives a reason.

    Errors   BadStudy for an unknown item, one without options, or an index that would lose an item
    """
    keys = recipe.objective
    needed = {item for index in dimensions_of(recipe, instrument) for item in index.terms}
    named = [_question(item, instrument).id for item in keys.items]
    if lost := sorted(needed - set(named)) if named and needed else []:
        raise BadStudy(
            f"objective.items: the indices need {', '.join(lost)} too; leave indices out with target.dimensions"
        )
    wanted = set(named) or needed
    about_rights = [one.id for one in instrument.questions if one.id in wanted and "rights" in one.tags]
    if about_rights and not keys.rights:
        if needed & set(about_rights):
            raise BadStudy(
                f"objective: {', '.join(about_rights)} of the indices are about rights and belong to no objective; "
                "give a reason in objective.rights, or leave their indices out with target.dimensions"
            )
        wanted -= set(about_rights)
    found = tuple(one for one in instrument.questions if one.id in wanted)
    for one in found:
        if not one.cells:
            raise BadStudy(f"objective.items: {one.id} is a question of kind {one.kind!r}, which has no options")
        if keys.loss == "w1" and not one.ordinal:
            raise BadStudy(f"objective.items: {one.id} has no ordered options, which w1 needs; use js_divergence")
    if not found:
        raise BadStudy("objective.items: nothing is left to fit (all items are about rights)")
    return found


def _question(item: str, instrument: Instrument) -> Question:
    found = instrument.question(item.removeprefix(f"{instrument.name}:"))
    if found is None:
        raise BadStudy(f"objective.items: no item {item!r} in {instrument.name}")
    return found


def check_target(target: Target, recipe: Recipe, instrument: Instrument) -> None:
    """Refuse a target that lacks what the objective needs. Errors: BadStudy naming it."""
    indices = dimensions_of(recipe, instrument)
    lost = [index.name for index in indices if not _finite(target.scores.get(index.name))]
    if lost:
        raise BadStudy(
            f"target: {target.name} has no score for {', '.join(lost)}; name the others in target.dimensions, "
            "or choose other people"
        )
    if indices:
        return
    without = [one.id for one in fit_items(recipe, instrument) if one.id not in target.shares]
    if without:
        raise BadStudy(f"target: {target.name} has no shares for {', '.join(without[:8])}; leave them out of the fit")


def _finite(value: float | None) -> bool:
    return value is not None and bool(np.isfinite(value))


def source_targets(
    recipe: Recipe, instrument: Instrument, data: Path | None, folder: Path = Path()
) -> tuple[Target, ...]:
    """Everybody in the sources of the targets: whence anchors and panels come. Empty for scores by hand."""
    names = dict.fromkeys(spec.partition("/")[0] for spec in recipe.target.populations)
    return tuple(target_of(one, instrument) for name in names for one in people_of(recipe, name, data, folder))


def people_of(recipe: Recipe, spec: str, data: Path | None, folder: Path) -> Sequence[Population]:
    """Populations of one entry, from the user's own file or a source on offer. Errors: as those of a study."""
    own = {one.name: one for one in recipe.population}
    name, _, code = spec.partition("/")
    if name not in own:
        return load_populations(spec, data=data)
    found = import_populations(ImportSettings(**{**own[name].model_dump(), "folder": folder}), data)
    wanted = set(group(code).members if code.startswith("group:") else [code]) - {""}
    kept = [one for one in found if not wanted or one.place in wanted]
    if not kept:
        raise BadStudy(f"target.populations: {spec} has no answers in {own[name].file}")
    return kept


def panel_of(keys: ObjectiveKeys, everybody: Sequence[Target], targets: Sequence[Target]) -> tuple[Target, ...]:
    """The places whose personas anchor the constants, never the targets. Errors: BadStudy, UnknownName."""
    own = {one.place for one in targets}
    known = {one.place: one for one in everybody}
    codes = [place(code).code for code in keys.panel]
    for code in codes:
        if code not in known:
            raise UnknownName(f"objective.panel: the targets' source has nobody of {code}")
        if code in own:
            raise BadStudy(f"objective.panel: {code} is a target; a search must not be anchored on its answer")
        if codes.count(code) > 1:
            raise BadStudy(f"objective.panel: {code} stands twice")
    chosen = [known[code] for code in codes] or [one for one in everybody if one.place not in own]
    if len(chosen) < FEWEST:
        raise BadStudy(
            f"objective.constants: an anchor needs {FEWEST} places or more with human scores, there are {len(chosen)}; "
            'use "fixed" or "relative"'
        )
    return tuple(chosen)


def anchored(model: np.ndarray, people: np.ndarray, panel: Sequence[str]) -> Constants:
    """Constants from a panel: the mean of human - model over its places.

    Shapes   model, people: (places, dimensions); a place with a missing score counts for no dimension
    Errors   BadStudy when fewer than two places are left
    """
    whole = np.isfinite(model).all(axis=1) & np.isfinite(people).all(axis=1)
    if whole.sum() < FEWEST:
        raise BadStudy(f"objective.constants: only {int(whole.sum())} places of the panel have all scores")
    kept = tuple(code for code, ok in zip(panel, whole, strict=True) if ok)
    return Constants("anchor", (people - model)[whole].mean(axis=0), kept)


def scores_of(targets: Sequence[Target], indices: Sequence[Index]) -> np.ndarray:
    """(targets, dimensions) human scores, NaN where there is none."""
    rows = [[one.scores.get(index.name, np.nan) for index in indices] for one in targets]
    return np.array(rows, dtype=np.float64).reshape(len(targets), len(indices))


def reference_of(
    recipe: Recipe, everybody: Sequence[Target], instrument: Instrument, indices: Sequence[Index]
) -> Target:
    """The people of the reference persona. Errors: BadStudy when nobody's scores are known for it."""
    keys = recipe.target
    if keys.reference_scores:
        code = keys.reference.partition("?")[0]
        found = _by_hand(keys, keys.reference_scores, code, instrument)
    else:
        known = {one.place: one for one in everybody}
        if keys.reference not in known:
            raise BadStudy(
                f"target.reference: no scores of {keys.reference!r}; name a place of the targets' source, or give "
                "reference_scores"
            )
        found = known[keys.reference]
    if lost := [index.name for index in indices if not _finite(found.scores.get(index.name))]:
        raise BadStudy(f"target.reference: {found.name} has no score for {', '.join(lost)}")
    return found
