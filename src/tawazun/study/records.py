"""A study file as a strict record: an unknown key is an error, and everything that can move a number is in it."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from tawazun.cells import Decoding
from tawazun.cells.framing import SHOTS_ALLOWED, UP_TO

OneOrMany = str | list[str]
Shots = int | str
MODES = ("logprob", "sample", "generate")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RespondentKeys(_Strict):
    """`[[respondent]]`: who is asked. `name` is a label; every other key is part of who it is.

    instruments   which of the study's instruments it is asked; all of them when empty
    """

    name: str = Field(min_length=1)
    kind: str
    instruments: list[str] = []
    model: str = ""
    revision: str = ""
    adapter: str = ""
    file: str = ""
    columns: Mapping[str, str] = {}
    values: Mapping[str, Mapping[str, str]] = {}
    where: Mapping[str, Any] = {}
    fill: Mapping[str, str | float | int] = {}
    base_url: str = ""
    key_env: str = ""
    dtype: str = "auto"
    device: str = "auto"
    remote_code: bool = False
    options: Mapping[str, Any] = {}

    @property
    def answered_before(self) -> bool:
        """Whether its answers were there before the study: recorded ones, and other tools' logs."""
        return self.kind in ("recorded", "log")

    @field_validator("name")
    @classmethod
    def _not_reserved(cls, name: str) -> str:
        if name.startswith(("floor:", "ceiling:")):
            raise ValueError("names that begin with floor: or ceiling: are reserved")
        return name


class PopulationKeys(_Strict):
    """`[[population]]`: a user's own human data (shares, ready values, or persons with weights)."""

    name: str
    file: str
    instrument: str
    columns: Mapping[str, str] = {}
    values: Mapping[str, Mapping[str, str]] = {}
    where: Mapping[str, Any] = {}
    fill: Mapping[str, str | float | int] = {}
    microdata: bool = False
    missing: list[str | float | int] = []
    weight: str = ""
    cite: str = ""
    licence: str = ""
    terms: str = ""
    redistribute: Literal["yes", "aggregates", "no"] = "aggregates"
    universe: Mapping[str, str] = {}


class PlaceKeys(_Strict):
    """`[[place]]`: a place of the user's own, with an `x-` code and names by language."""

    code: str = Field(pattern=r"^x-[a-z0-9-]+$")
    names: Mapping[str, str]
    aliases: list[str] = []


class GroupKeys(_Strict):
    """`[[group]]`: a dated group of the user's own."""

    id: str = Field(pattern=r"^group:[a-z0-9-]+@[0-9][0-9-]*$")
    title: str = ""
    members: list[str] = Field(min_length=1)


class AskKeys(_Strict):
    """`[ask]`: every factor of the experiment. Editing any of it makes new asks.

    mode   `logprob`, `sample` or `generate`, or a list of them: everything is then asked in each mode
    shots  worked examples of an instrument's own development split before each item: a number, or `up to K` where
           topics may have fewer; a list is a factor
    """

    instruments: list[str] = Field(min_length=1)
    items: list[str] = []
    personas: list[str] = ["none"]
    perspectives: list[Literal["self", "persona", "observer"]] = ["self", "persona"]
    languages: list[str] = ["en"]
    wordings: int | OneOrMany = 1
    orders: list[str] = ["forward"]
    labels: list[str] = ["letters"]
    placement: list[Literal["system", "user"]] = ["system"]
    mode: OneOrMany = "logprob"
    samples: int = Field(default=1, ge=1)
    decoding: list[Mapping[str, float | int | str]] = [{}]
    shots: Shots | list[Shots] = 0
    seeds: list[int] = [0]
    texts: list[str] = []

    @field_validator("placement", "decoding", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return value if isinstance(value, list) else [value]

    @field_validator(
        "instruments", "items", "personas", "perspectives", "languages", "wordings", "orders", "labels", "placement",
        "seeds", "texts",
    )  # fmt: skip
    @classmethod
    def _once(cls, value: Any, info: ValidationInfo) -> Any:
        levels = value if isinstance(value, list) else [value]
        if not levels and info.field_name not in ("items", "texts"):
            raise ValueError("at least one is needed; leave the key out for its default")
        if twice := [level for level in levels if levels.count(level) > 1]:
            raise ValueError(f"{twice[0]!r} stands twice: every cell is asked once")
        return value

    @field_validator("shots")
    @classmethod
    def _shots(cls, value: Shots | list[Shots]) -> Shots | list[Shots]:
        levels = value if isinstance(value, list) else [value]
        whole = [isinstance(level, int) and 0 <= level <= 999 for level in levels]
        known = all(ok or UP_TO.fullmatch(str(level)) for ok, level in zip(whole, levels, strict=True))
        if not levels or len(set(levels)) != len(levels) or not known:
            raise ValueError(f"{SHOTS_ALLOWED}; or a list of them, each once")
        return value

    @field_validator("mode")
    @classmethod
    def _modes(cls, value: OneOrMany) -> OneOrMany:
        wanted = [value] if isinstance(value, str) else value
        if not wanted or len(set(wanted)) != len(wanted) or set(wanted) - set(MODES):
            raise ValueError(f"one of {', '.join(MODES)}, or a list of them, each once")
        return wanted[0] if len(wanted) == 1 else value

    @field_validator("decoding")
    @classmethod
    def _known(cls, value: list[Mapping[str, float | int | str]]) -> list[Mapping[str, float | int | str]]:
        if not value:
            raise ValueError("at least one setting is needed; leave the key out for its default")
        allowed = {"temperature", "top_p", "max_tokens", "reasoning", "stop"}
        for one in value:
            if extra := set(one) - allowed:
                raise ValueError(f"unknown key {sorted(extra)[0]!r}; allowed: {', '.join(sorted(allowed))}")
            if wrong := [key for key, held in one.items() if isinstance(held, str) != (key == "stop")]:
                raise ValueError(
                    f"{wrong[0]} is {'a word' if wrong[0] == 'stop' else 'a number'}, not {one[wrong[0]]!r}"
                )
        if any(value.count(one) > 1 for one in value):
            raise ValueError("a setting stands twice: every cell is asked once")
        return value

    @property
    def modes(self) -> tuple[str, ...]:
        """The modes in which everything is asked, in order."""
        return (self.mode,) if isinstance(self.mode, str) else tuple(self.mode)

    def decodings(self, mode: str) -> tuple[str, ...]:
        """Canonical decodings of a mode: one `readout` for `logprob`, else one per setting and seed."""
        if mode == "logprob":
            return ("readout",)
        made = [Decoding(**one, seed=seed) for one in self.decoding for seed in self.seeds]  # type: ignore[arg-type]
        return tuple(one.text for one in made)


ITEM_CORRELATION = 0.1
"""Mean size of the correlation of two arbitrary answers of a person: .10 over a million pairs of human variables
(Greenberg 2025, spencergreenberg.com/2025/01/the-crud-factor; Orben & Lakens 2020 on what it means). Items of one
topic correlate .2 to .4 (Piedmont 2014): a study of such a battery declares its own."""


class MeasureKeys(_Strict):
    """`[measure]`: what is computed. Editing it never invalidates answers.

    language_places   place that a language stands for when nobody is played: `ar = "x-hofstede-arab"`
    constants         policy for the free constants of linear indices: `none`, `anchor` (mean over the panel of
                      matched places of human minus model), or `fixed` with `fixed_constants`
    item_correlation  how much a person's answers to two items go together, where a source has no microdata to tell;
                      enters the error of every average over items
    undefined_rank    what a constant ranking counts as: `undefined`, or `minus-one` to reproduce a paper's habit
    estimates         scores that a source calls estimates
    non_national      samples that do not stand for their country, where a source has no other
    halves            how often to split the people of microdata in two, for ceilings and for their error; 0 for never
    words             `drawn` from those that might have been used, or `fixed`: verdicts from one wording are then about
                      these words only
    primary           the one measure that the study stands or falls by; `freeze` needs it
    smallest_effect   smallest effect of interest, in the unit of the primary measure
    """

    populations: list[str] = []
    reference: str = ""
    groups: list[str] = []
    measures: list[str] = []
    draws: int = Field(default=1000, ge=100, le=100_000)
    level: float = Field(default=0.95, gt=0.5, lt=1)
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    estimates: bool = False
    non_national: bool = False
    halves: int = Field(default=20, ge=0, le=1000)
    language_places: Mapping[str, str] = {}
    constants: Literal["none", "fixed", "anchor"] = "none"
    fixed_constants: Mapping[str, float] = {}
    undefined_rank: Literal["undefined", "minus-one"] = "undefined"
    item_correlation: float = Field(default=ITEM_CORRELATION, ge=0, le=1)
    words: Literal["drawn", "fixed"] = "drawn"
    primary: str = ""
    smallest_effect: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _fixed_needs_values(self) -> "MeasureKeys":
        if (self.constants == "fixed") != bool(self.fixed_constants):
            raise ValueError('constants = "fixed" goes with a table fixed_constants, and only then')
        return self


class GateKeys(_Strict):
    """`[gates]`: when the measurement itself is too weak to be read. Findings are never gated away."""

    allowed_mass: float = Field(default=0.9, ge=0, le=1)
    refusal_rate: float = Field(default=0.1, ge=0, le=1)
    unread_rate: float = Field(default=0.1, ge=0, le=1)
    mismatch_rate: float = Field(default=0.1, ge=0, le=1)
    framings: int = Field(default=1, ge=1)
    replies: int = Field(default=1, ge=1)
    half_width: float | None = Field(default=None, gt=0)


class Study(_Strict):
    """A whole study, resolved: every default written out."""

    version: Literal[1] = 1
    name: str = Field(min_length=1)
    seed: int = 0
    respondent: list[RespondentKeys] = Field(min_length=1)
    population: list[PopulationKeys] = []
    place: list[PlaceKeys] = []
    group: list[GroupKeys] = []
    ask: AskKeys
    measure: MeasureKeys = MeasureKeys()
    gates: GateKeys = GateKeys()
    frozen: Mapping[str, Any] = {}
