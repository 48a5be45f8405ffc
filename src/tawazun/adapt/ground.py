"""Everything that a fit needs, found and checked once: the model, the asks, the people, the constants."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tawazun.adapt.objective import Objective, make_objective
from tawazun.adapt.recipe import Recipe
from tawazun.adapt.targets import (
    Constants,
    Target,
    anchored,
    dimensions_of,
    fit_items,
    load_targets,
    panel_of,
    reference_of,
    scores_of,
    source_targets,
)
from tawazun.cells import Ask
from tawazun.errors import BadStudy, Refused, RespondentFailed
from tawazun.instruments import Index, Instrument, Question
from tawazun.interview import make_plan
from tawazun.respondents import Settings, make_respondent
from tawazun.workers import Engine, Local

if TYPE_CHECKING:  # prompts steer any respondent, so torch is loaded where a model is opened only
    from tawazun.adapt.layout import Layout
    from tawazun.engine.model import LoadedModel
    from tawazun.respondents.catalogue.hf import HF

PROMPTS_AT_ONCE = 8192


@dataclass(frozen=True)
class Ground:
    """A recipe with everything it names.

    targets    in the order of the recipe; everybody: all places of their sources
    questions  of the fit; held_out: the instrument's other ones
    indices    dimensions of the objective; empty for losses over items
    asks       of the fit, framing by framing
    folder     where the recipe's relative paths start; engine: where candidates are scored
    """

    recipe: Recipe
    instrument: Instrument
    respondent: "HF"
    targets: tuple[Target, ...]
    everybody: tuple[Target, ...]
    questions: tuple[Question, ...]
    indices: tuple[Index, ...]
    asks: tuple[Ask, ...]
    folder: Path = Path()
    engine: Engine = field(default_factory=Local)
    _panel: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    @property
    def model(self) -> "LoadedModel":
        """The frozen model."""
        return self.respondent.reader.model

    @property
    def held_out(self) -> tuple[str, ...]:
        """Items of the instrument that no candidate is scored on."""
        own = {one.id for one in self.questions}
        return tuple(one.id for one in self.instrument.questions if one.id not in own)

    @property
    def rights(self) -> tuple[str, ...]:
        """Items on rights that the instrument has."""
        return tuple(one.id for one in self.instrument.questions if "rights" in one.tags)

    def layout(self, tokens: int, prompts: int) -> "Layout":
        """The asks laid out around a soft prompt of so many tokens, for `prompts` soft prompts at once or fewer."""
        from tawazun.adapt.layout import Layout, Place

        at_once = max(1, min(prompts, PROMPTS_AT_ONCE // len(self.asks)))
        return Layout(
            self.respondent.reader, self.asks, self.questions, Place(self.recipe.search.position, tokens, at_once)
        )

    def constants(self, target: Target) -> Constants:
        """What is added to the model's indices for one target; asks the untuned model where the policy needs it.

        Errors   BadStudy when the panel or the reference cannot be had; RespondentFailed for a persona without answers
        """
        keys = self.recipe.objective
        if not self.indices:
            return Constants("none", np.zeros(0))
        if keys.constants == "fixed":
            return Constants("fixed", self._fixed())
        if keys.constants == "relative":
            people = reference_of(self.recipe, self.everybody, self.instrument, self.indices)
            own = self._asked((self.recipe.target.reference,))
            return Constants("relative", (scores_of([people], self.indices) - own)[0], (people.place,))
        panel = panel_of(keys, self.everybody, [target])
        codes = tuple(one.place for one in panel)
        return anchored(self._asked(codes), scores_of(panel, self.indices), codes)

    def objective(self, target: Target, constants: Constants) -> Objective:
        """What candidates are scored against for a target. Errors: BadStudy."""
        keys = self.recipe.objective
        return make_objective(
            keys.loss, target, self.questions, self.indices, weights=keys.weights, constants=constants
        )

    def _fixed(self) -> np.ndarray:
        given = {name.casefold(): value for name, value in self.recipe.objective.fixed_constants.items()}
        names = [index.name.casefold() for index in self.indices]
        if strange := sorted(set(given) - {one.name.casefold() for one in self.instrument.indices}):
            raise BadStudy(f"objective.fixed_constants: {self.instrument.name} has no index {strange[0]!r}")
        return np.array([given.get(name, 0.0) for name in names])

    def _asked(self, personas: tuple[str, ...]) -> np.ndarray:
        """(personas, dimensions) index values of the untuned model under personas, each asked once."""
        new = tuple(one for one in personas if one not in self._panel)
        if new:
            study = self.recipe.study(personas=new, items=tuple(one.id for one in self.questions))
            asks = list(make_plan(study, [self.instrument]))
            for persona, values in zip(new, self._values(asks, new), strict=True):
                self._panel[persona] = values
        return np.array([self._panel[one] for one in personas])

    def _values(self, asks: Sequence[Ask], personas: Sequence[str]) -> np.ndarray:
        row, column = ({name: i for i, name in enumerate(own)} for own in (personas, [q.id for q in self.questions]))
        sums, count = np.zeros((len(personas), len(column))), np.zeros((len(personas), len(column)))
        waiting = iter(asks)
        while batch := list(islice(waiting, self.respondent.batch)):
            found = self.respondent.answer(batch, self.recipe.objective.samples, self.recipe.seed)
            for ask, outcome in zip(batch, found, strict=True):
                p = np.array(outcome.p if outcome.p is not None else [np.nan])
                if not p.sum() > 0:
                    why = outcome.error or "no readable answer"
                    raise RespondentFailed(f"{ask.framing.persona}, {ask.question.id}: {why}; choose another panel")
                at = row[ask.framing.persona], column[ask.question.id]
                sums[at] += p @ np.array(ask.question.codes) / p.sum()
                count[at] += 1
        means = sums / count
        own = np.array([index.constant for index in self.indices])
        weights = np.array([[index.terms.get(one.id, 0.0) for one in self.questions] for index in self.indices])
        return np.asarray(means @ weights.T + own)


def prepare(
    recipe: Recipe, instrument: Instrument, *, folder: Path, data: Path | None, remote_code: bool = False
) -> Ground:
    """Find and check everything that a recipe names; loads the model, asks nothing.

    folder   where the recipe's relative paths start; data: local copies of data sets
    Errors   Refused for a base that is no model on this machine; BadStudy and the like for everything else
    """
    refuse_base(recipe)
    questions = fit_items(recipe, instrument)
    targets = load_targets(recipe, instrument, data, folder)
    if recipe.search.shared and len(targets) < 2:
        raise BadStudy("search.shared: one shared prompt with offsets needs two targets or more")
    if (reference := recipe.target.reference.partition("?")[0]) in [one.place for one in targets]:
        raise BadStudy(f"target.reference: {reference} is a target; constants must not be fitted on its own answer")
    asks = tuple(make_plan(recipe.study(items=tuple(one.id for one in questions)), [instrument]))
    if any(one.question.kind == "some" for one in asks):
        raise BadStudy("objective.items: questions with several answers have no shares that sum to 1; leave them out")
    everybody = source_targets(recipe, instrument, data, folder)
    respondent = load_base(recipe, folder, remote_code=remote_code)
    indices = dimensions_of(recipe, instrument)
    return Ground(recipe, instrument, respondent, targets, everybody, questions, indices, asks, folder)


def refuse_base(recipe: Recipe) -> None:
    """A soft prompt needs vectors to go in and probabilities to come out, of a model without another adapter: a study
    takes one, so what was found on top of another could not be asked. Errors: Refused.
    """
    if recipe.base.kind != "hf":
        raise Refused(
            f'base.kind = "{recipe.base.kind}": a soft prompt needs the embeddings of a model on this machine '
            '(kind "hf"); steer this respondent by prompts instead: tawazun adapt prompts'
        )
    if recipe.base.adapter:
        raise Refused(
            f"base.adapter = {recipe.base.adapter!r}: a study takes one adapter, so a soft prompt found on top of "
            "another could not be asked; merge it into the weights, and name the merged model"
        )


def base_settings(recipe: Recipe, folder: Path) -> Settings:
    """What the frozen respondent of a recipe is made from."""
    return Settings(**recipe.base.model_dump(exclude={"instruments"}), folder=folder)


def load_base(recipe: Recipe, folder: Path, *, remote_code: bool = False) -> "HF":
    """The frozen respondent of a recipe. Errors: those of `load_model`; BadStudy for remote code nobody allowed."""
    from tawazun.respondents.catalogue.hf import HF

    refuse_base(recipe)
    if recipe.base.remote_code and not remote_code:
        raise BadStudy("base: remote_code = true also needs --trust-remote-code on the command line")
    made = make_respondent(base_settings(recipe, folder))
    assert isinstance(made, HF)
    return made
