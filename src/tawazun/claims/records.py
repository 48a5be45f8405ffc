"""A claim as it stands in a file, and what comes back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tawazun.claims.gathering import Gathered
from tawazun.claims.verdicts import Evidence, Ruling, Verdict
from tawazun.seeds import digest_of


class ClaimKeys(BaseModel):
    """What every claim file may say.

    claim            the sentence that is claimed, in words
    kind             which test it becomes; `tawazun list claims` names them
    smallest_effect  smallest effect of interest in the unit of the measure; else the study's, else from the people
    alpha, level     of tests and intervals; else the study's
    family           how many claims are tested together: alpha and 1 - level are divided by it
    words            `fixed` when the claim is about the words that were used and no others; else the study's
    persona …        narrow what is looked at; needed when the runs hold more than one
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    claim: str = Field(min_length=1)
    kind: str
    smallest_effect: float | None = Field(default=None, gt=0)
    alpha: float | None = Field(default=None, gt=0, lt=0.5)
    level: float | None = Field(default=None, gt=0.5, lt=1)
    family: int = Field(default=1, ge=1)
    words: Literal["drawn", "fixed"] | None = None
    instrument: str = ""
    persona: str = ""
    perspective: str = ""
    language: str = ""
    mode: str = ""
    setting: str = ""

    @property
    def narrow(self) -> dict[str, str]:
        """The keys that narrow what is looked at."""
        return {
            key: getattr(self, key) for key in ("instrument", "persona", "perspective", "language", "mode", "setting")
        }

    @property
    def digest(self) -> str:
        """Hash of everything that the test depends on; the sentence is part of it."""
        return digest_of(self.model_dump(mode="json"))


@dataclass(frozen=True)
class Need:
    """How many more of something an answer needs.

    have   there are; need: for the interval to be no wider than the smallest effect, or for a test to be possible;
           None when no number of them does it
    """

    unit: str
    have: int
    need: int | None
    why: str


@dataclass(frozen=True)
class Found:
    """What a kind of claim computes before the common part is added.

    evidence       turned so that above 0 speaks for the claim
    ruling         by the rules of `verdicts`
    unit, method   of the estimate; short: the unit in a sentence
    origin         where the smallest effect of interest came from
    respondents    labels that the claim is about; instrument, language: what they were asked
    facts          further numbers by name, for print and JSON
    needs, limits  see `Finding`
    subject        the start of the quotable sentence: what is compared, on what
    """

    evidence: Evidence
    ruling: Ruling
    unit: str
    short: str
    method: str
    origin: str
    respondents: tuple[str, ...]
    instrument: str
    language: str
    subject: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[Need, ...] = ()
    limits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """The answer to a claim.

    verdict          supported, refuted or undecided; reason: why, in one sentence
    value, low, high the effect, turned so that above 0 speaks for the claim, with its interval at `level`
    p, p_against     one-sided, before `family` is divided into alpha; minimum_p: the smallest these data allow
    alpha            after the division by the family
    smallest_effect  and where it came from
    needs            how many more of something an answer would need
    limits           what the claim does not show
    exploratory      not fixed by `tawazun freeze` before there were answers
    sentence         one quotable sentence with its numbers
    """

    claim: str
    kind: str
    verdict: Verdict
    reason: str
    value: float | None
    low: float | None
    high: float | None
    level: float
    unit: str
    p: float | None
    p_against: float | None
    minimum_p: float | None
    alpha: float
    family: int
    smallest_effect: float | None
    smallest_effect_from: str
    method: str
    facts: Mapping[str, Any]
    needs: tuple[Need, ...]
    limits: tuple[str, ...]
    exploratory: bool
    sentence: str
    respondents: tuple[str, ...]
    runs: tuple[str, ...]


@dataclass(frozen=True)
class Levels:
    """Error rates of one claim after its family has been divided in."""

    alpha: float
    level: float


@dataclass(frozen=True)
class Kind:
    """A kind of claim; a catalogue part exposes one as `KIND`.

    title   what it asks, in one line
    keys    the record its file is read into
    judge   computes it
    """

    name: str
    title: str
    keys: type[ClaimKeys]
    judge: Callable[[Gathered, Any, Levels], Found]
