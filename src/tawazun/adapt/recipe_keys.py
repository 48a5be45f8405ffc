"""The sections of a recipe of a soft prompt as strict records: an unknown key is an error."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from tawazun.adapt.search.optimiser import find_method, optimiser_names, read_settings
from tawazun.catalogue import unknown
from tawazun.errors import BadStudy, TawazunError

Position = Literal["before", "persona", "after"]
Loss = Literal["index", "js_divergence", "w1"]
Constants = Literal["anchor", "fixed", "relative"]
SpaceName = Literal["full", "text", "random", "anchors", "persona"]
GRADIENT = "gradient"
CONTROL = "random_search"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class TargetKeys(_Strict):
    """`[target]`: the people to come closer to.

    populations  `SOURCE/PLACE` or `SOURCE/group:NAME`; several are several targets
    scores       index -> score by hand, instead of populations; then `place` says whose they are
    reference    the persona that a relative target is measured from (`objective.constants = "relative"`), and in
                 whose place scores by hand stand for `reference_scores`
    dimensions   indices that count; all of the instrument's when empty
    """

    populations: list[str] = []
    scores: Mapping[str, float] = {}
    place: str = ""
    reference: str = ""
    reference_scores: Mapping[str, float] = {}
    dimensions: list[str] = []

    @model_validator(mode="after")
    def _one_kind(self) -> "TargetKeys":
        if bool(self.populations) == bool(self.scores):
            raise ValueError("give either populations or scores")
        if self.scores and not self.place:
            raise ValueError("scores by hand need place = the code of the place they belong to")
        if self.reference_scores and not (self.scores and self.reference):
            raise ValueError("reference_scores go with scores and a reference")
        return self


class ObjectiveKeys(_Strict):
    """`[objective]`: what is made small.

    loss         `index`: weighted mean |d - t| over index scores; `js_divergence`, `w1`: weighted mean distance between
                 the shares of options over items
    items        items of the fit; for `index` those of the indices when empty; all others are held out
    weights      index (or item) -> weight; 1 where none is given
    regulariser  weight of the mean squared distance from the start, in standard deviations of the embedding table
    readout      `expected`: from option probabilities; `sampled`: from `samples` replies a question
    constants    what is added to the model's indices, decided before the search: `anchor` = mean of human - model over
                 a panel of personas asked untuned; `fixed` = `fixed_constants`; `relative` = what makes the untuned
                 persona `target.reference` hit its own people
    panel        places of the anchoring panel; all places of the target's source but the targets when empty
    rights       why items on rights may be part of the objective; without a reason they are not
    """

    loss: Loss = "index"
    instrument: str = Field(min_length=1)
    items: list[str] = []
    weights: Mapping[str, float] = {}
    regulariser: float = Field(default=0.0, ge=0)
    readout: Literal["expected", "sampled"] = "expected"
    samples: int = Field(default=5, ge=1)
    constants: Constants = "anchor"
    fixed_constants: Mapping[str, float] = {}
    panel: list[str] = []
    rights: str = ""

    @field_validator("weights")
    @classmethod
    def _weights(cls, value: Mapping[str, float]) -> Mapping[str, float]:
        if any(not 0 <= weight < float("inf") for weight in value.values()):
            raise ValueError("a weight is a number from 0")
        return value

    @model_validator(mode="after")
    def _fits(self) -> "ObjectiveKeys":
        if self.fixed_constants and self.constants != "fixed":
            raise ValueError('fixed_constants go with constants = "fixed"')
        if self.rights and not self.rights.strip():
            raise ValueError("rights: say why items on rights may be part of the objective")
        if len(set(self.items)) < len(self.items):
            raise ValueError("an item stands twice in items; give it a weight")
        if self.panel and (self.loss != "index" or self.constants != "anchor"):
            raise ValueError('panel goes with loss = "index" and constants = "anchor"')
        if self.loss != "index" and not self.items:
            raise ValueError(f'loss = "{self.loss}" needs items = the items of the fit; the others are held out')
        return self


class SearchKeys(_Strict):
    """`[search]`: where is looked, how long, and how often.

    optimiser    a name of the catalogue of optimisers, or `gradient`
    evaluations  candidates scored; a gradient step counts as two (forward and backward)
    population   candidates at once, for optimisers that have one; 0 = their own default
    stale        generations without a better best before an early stop; 0 for none. Random search, the control,
                 never stops early
    space        `anchors`, `text`, `persona` (both: offsets a text's vectors), `random` (a random subspace through
                 the text), `full`
    tokens       virtual tokens; of `persona` as many as its text has
    components   directions per token (`anchors`), or of the whole prompt (`random`; 0 elsewhere)
    text         what the prompt starts from; of `persona` the target's own persona sentence when empty
    anchors      place codes or groups; all places of the target's source when empty, never the target
    scale        spread of a random subspace, in standard deviations of the embedding table
    position     `before` everything (PEFT), in the `persona`'s place, or `after` the question
    shared       several targets: one shared prompt and an offset for each, searched together
    """

    optimiser: str = "de_pbest_1"
    evaluations: int = Field(default=640, ge=1)
    population: int = Field(default=0, ge=0)
    stale: int = Field(default=0, ge=0)
    options: Mapping[str, Any] = {}
    space: SpaceName = "anchors"
    tokens: int = Field(default=1, ge=1)
    components: int = Field(default=16, ge=0)
    text: str = ""
    anchors: list[str] = []
    scale: float = Field(default=1.0, gt=0)
    position: Position = "persona"
    shared: bool = False
    seeds: list[int] = Field(default=[0, 1, 2], min_length=1)

    @model_validator(mode="after")
    def _known(self) -> "SearchKeys":
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("a seed stands twice in seeds")
        if lowest := [one for one in self.seeds if one < 0]:
            raise ValueError(f"seeds are whole numbers from 0, not {lowest[0]}")
        if self.space in ("text", "random", "full") and not self.text.strip():
            raise ValueError(f'space = "{self.space}" needs text = what the prompt starts from')
        if self.space in ("anchors", "random") and not self.components:
            raise ValueError(f'space = "{self.space}" needs components from 1')
        try:
            self.settings()
        except TawazunError as error:
            raise ValueError(str(error)) from error
        return self

    def settings(self, optimiser: str = "") -> dict[str, Any]:
        """Options of an optimiser: the recipe's own for its own, and the population for those that have one."""
        name = optimiser or self.optimiser
        if name == GRADIENT:
            return dict(self.options) if name == self.optimiser else {}
        if name not in optimiser_names():
            raise BadStudy(unknown("optimiser", name, [*optimiser_names(), GRADIENT]))
        found = dict(self.options) if name == self.optimiser else {}
        if self.population and "candidates" in find_method(name).settings.__dataclass_fields__:
            found.setdefault("candidates", self.population)
        read_settings(name, found)
        return found


class TableKeys(_Strict):
    """`[table]`: what the honest table compares, on what nobody was fitted to.

    arms         what stands beside the search, of `tawazun.adapt.table_arms.ARMS`; all of them when empty
    wordings, orders, languages   levels that the fit did not see; empty: all that the instrument has
    aside        items that choose the near country and are shown as examples, and are in no column; every third of
                 those that are held out when empty
    group        places whose personas must not drift; six of the target's source when empty
    instruments  other instruments, with the sources of their people in `populations`
    knowledge, trust   benchmarks with a key that must not get worse by more than `margin`
    harmful      instruments of requests that are to be refused, by as much as before
    recall       instrument of published figures, such as hofstede_recall: agreement beyond what is known by heart
    """

    arms: list[str] = []
    wordings: list[str] = []
    orders: list[str] = []
    languages: list[str] = []
    aside: list[str] = []
    group: list[str] = []
    instruments: list[str] = []
    populations: list[str] = []
    knowledge: list[str] = []
    trust: list[str] = []
    harmful: list[str] = []
    recall: str = ""
    margin: float = Field(default=0.02, gt=0, lt=1)
