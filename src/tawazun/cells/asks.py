"""The hashes that name what is asked.

ask   BLAKE2b-128 of the canonical JSON of (rendered question, framing, who answers), without the respondent
cell  BLAKE2b-128 of (ask, respondent_id)

The JSON is put together from two pieces that are each made once, so a million asks cost a hash each.
"""

from dataclasses import dataclass, replace

from tawazun.cells.framing import Framing
from tawazun.cells.prompts import Prompt, Shown, persona_text, prompts, shown
from tawazun.instruments import Instrument, Question
from tawazun.seeds import canonical_json, digest
from tawazun.version import PROMPT_VERSION


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing to ask: a question under a framing.

    ask     its hash
    shown   the question as laid out
    who     the sentence that says who answers
    """

    ask: str
    instrument: str
    question: Question
    framing: Framing
    shown: Shown
    who: str

    @property
    def prompts(self) -> tuple[Prompt, ...]:
        """Every prompt that this ask needs."""
        return prompts(self.shown, self.framing, self.who)


def cell_of(ask: str, respondent_id: str) -> str:
    """The hash of one ask put to one respondent."""
    return digest(f"{ask}:{respondent_id}")


def restated(ask: Ask, framing: Framing, who: str) -> Ask:
    """The same question laid out in the same way, put to somebody else: an ask of its own, hashed as an asker would.

    framing  differs from the ask's in persona, perspective or context only, as the layout stays
    """
    return replace(ask, ask=_hash(_framed(framing, who), canonical_json(ask.shown.identity)), framing=framing, who=who)


def _framed(framing: Framing, who: str) -> str:
    # `asdict` copies what is text already, at a sixth of the cost of a small run
    return canonical_json({name: getattr(framing, name) for name in Framing.__slots__} | {"who": who})


def _hash(framed: str, laid: str) -> str:
    return digest(f'{{"framing":{framed},"question":{laid},"version":{PROMPT_VERSION}}}')


class Asker:
    """Makes asks, keeping each piece of text it has already laid out."""

    def __init__(self, study_seed: int) -> None:
        """`study_seed` decides the shuffled orders and nothing else here."""
        self._seed = study_seed
        self._framings: dict[tuple[str, Framing], tuple[str, str]] = {}
        self._shown: dict[tuple[object, ...], tuple[str, Shown]] = {}

    def ask(self, instrument: Instrument, question: Question, framing: Framing) -> Ask:
        """The ask of a question under a framing. Errors: BadStudy when a text is missing."""
        framed, who = self._framing(instrument, framing)
        laid, view = self._laid(instrument, question, framing)
        return Ask(_hash(framed, laid), instrument.name, question, framing, view, who)

    def _framing(self, instrument: Instrument, framing: Framing) -> tuple[str, str]:
        key = (instrument.name, framing)
        found = self._framings.get(key)
        if found is None:
            who = persona_text(framing, instrument)
            found = self._framings[key] = _framed(framing, who), who
        return found

    def _laid(self, instrument: Instrument, question: Question, framing: Framing) -> tuple[str, Shown]:
        logprob = framing.mode == "logprob"
        layout = (framing.language, framing.wording, framing.order, framing.labels, framing.context)
        key = (instrument.name, question.id, *layout, logprob)
        if key not in self._shown:
            view = shown(instrument, question, framing, self._seed)
            self._shown[key] = canonical_json(view.identity), view
        return self._shown[key]
