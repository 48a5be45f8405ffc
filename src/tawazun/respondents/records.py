"""What answers questions. A respondent sees personas and questions, never human answers or gold."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from tawazun.answers import Outcome
from tawazun.cells import Ask, Framing
from tawazun.instruments import Instrument
from tawazun.seeds import digest_of


@dataclass(frozen=True, slots=True)
class Settings:
    """One `[[respondent]]` of a study.

    name       a label, shown and never hashed
    columns    ours -> theirs, for recorded files
    values     our column -> {theirs -> ours}
    where      their column -> the value a row must have (or a list of values)
    fill       our column -> a constant
    options    settings of one kind of respondent (the planted one's pathologies …)
    folder     where relative paths start: the folder of the study file
    allow_hosts  hosts that a key may be sent to besides its provider's own, from the command line
    """

    name: str
    kind: str
    model: str = ""
    revision: str = ""
    adapter: str = ""
    file: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    where: Mapping[str, object] = field(default_factory=dict)
    fill: Mapping[str, object] = field(default_factory=dict)
    base_url: str = ""
    key_env: str = ""
    dtype: str = "auto"
    device: str = "auto"
    remote_code: bool = False
    options: Mapping[str, object] = field(default_factory=dict)
    folder: Path = Path()
    allow_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Partly:
    """Replies that came for an ask of which others failed: sample index -> text, and what became of the ask."""

    texts: Mapping[int, str]
    outcome: Outcome


# (which of the asks, what it came to), as soon as it came and before its turn
Early = Callable[[int, "Outcome | Partly | Sequence[str]"], None]


@runtime_checkable
class Respondent(Protocol):
    """Anything that can be asked.

    identity   every fact that can move an answer (kind, model, revision, weights …), never the label; a missing
               fact is an empty string
    batch      how many asks it likes at once
    modes      which of `logprob`, `sample`, `generate` it can do

    May have   free = True: it costs nothing to ask, so its answers are not cached by default
               replies(asks, wanted, study_seed): single replies by sample index, cached one by one; see `cache.memory`
               usage: what its requests came to in this session, name -> amount
               early: whom to tell of what came while an earlier ask is waited for, so that a kill loses none of it
               ahead: batches that are asked before the first is read; `answer` then begins at once and is read later
               rest(): lets go of what it holds (workers, their models) until it is asked again
               portable = "cpu" or "gpu": a worker elsewhere that has its files may answer in its place, on a GPU
               where there is one; file_facts(settings), a function of the kind: facts that files here decide
    """

    identity: Mapping[str, str]
    batch: int
    modes: tuple[str, ...]

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> Iterable[Outcome]:
        """One outcome per ask, in order; draws depend on (study seed, ask, sample index) only."""
        ...


@dataclass(frozen=True, slots=True)
class RecordedCell:
    """One recorded answer with where it stands: `framing.mode` is `recorded`."""

    instrument: str
    question: str
    framing: Framing
    outcome: Outcome


@runtime_checkable
class Recorded(Protocol):
    """Answers that were collected elsewhere; nothing is asked."""

    identity: Mapping[str, str]

    def cells(self, instruments: Sequence[Instrument]) -> Iterator[RecordedCell]:
        """Every recorded cell of these instruments, checked. Errors: BadAnswers naming file and row."""
        ...


def respondent_id(identity: Mapping[str, str]) -> str:
    """BLAKE2b-128 of every fact that can move an answer."""
    return digest_of(dict(identity))
