"""How a question is asked: everything that is a factor of the experiment and not the question itself."""

import re
from dataclasses import dataclass
from typing import Literal

from tawazun.cells.persona import Persona
from tawazun.errors import BadStudy

Perspective = Literal["self", "persona", "observer"]
PERSPECTIVES: tuple[Perspective, ...] = ("self", "persona", "observer")
MODES = ("logprob", "sample", "generate", "recorded")


STOP_AT_ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Decoding:
    """How replies are drawn; `text` is the canonical spelling that goes into the ask.

    max_tokens  where a reply is cut; reasoning before it is counted apart
    reasoning   tokens that a model may think before its reply, then the thought is closed; 0 = it is told not to think
    stop        `answer` = a reply ends where its answer can be read and what usually follows would not change it; a
                later word can still overturn it in rare cases, so this is another decoding. Empty = whole replies
    """

    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = 64
    seed: int = 0
    reasoning: int = 0
    stop: str = ""

    def __post_init__(self) -> None:
        """Refuse settings that no sampler takes."""
        if not 0 <= self.temperature <= 10:
            raise BadStudy(f"decoding: temperature is between 0 and 10, not {self.temperature}")
        if not 0 <= self.top_p <= 1:
            raise BadStudy(f"decoding: top_p is between 0 and 1, not {self.top_p}")
        if self.max_tokens < 1:
            raise BadStudy(f"decoding: max_tokens is at least 1, not {self.max_tokens}")
        if not 0 <= self.reasoning <= 1_000_000:
            raise BadStudy(f"decoding: reasoning is a number of tokens, 0 for none, not {self.reasoning}")
        if self.stop not in ("", STOP_AT_ANSWER):
            raise BadStudy(f'decoding: stop is "{STOP_AT_ANSWER}" or left out, not {self.stop!r}')

    @property
    def text(self) -> str:
        """`t=1,p=1,max=64,seed=0`; with reasoning and stop, `t=1,p=1,max=64,think=512,stop=answer,seed=0`."""
        think = f",think={self.reasoning}" if self.reasoning else ""
        stop = f",stop={self.stop}" if self.stop else ""
        return f"t={self.temperature:g},p={self.top_p:g},max={self.max_tokens}{think}{stop},seed={self.seed}"

    def only_drawn(self, who: str) -> "Decoding":
        """Itself, for a respondent that cannot look into a reply while it is written. Errors: BadStudy."""
        if self.reasoning or self.stop:
            asked = "reasoning" if self.reasoning else "stop"
            raise BadStudy(f'ask.decoding: {asked} needs a model on this machine (kind "hf"); {who} takes none')
        return self


def parse_decoding(text: str) -> Decoding:
    """The decoding of its canonical spelling. Errors: BadStudy for another spelling."""
    found = dict(part.partition("=")[::2] for part in text.split(","))
    if not {"max", "p", "seed", "t"} <= found.keys() <= {"max", "p", "seed", "t", "think", "stop"}:
        raise BadStudy(f"decoding: {text!r} is not of the form t=1,p=1,max=64,seed=0")
    drawn = float(found["t"]), float(found["p"]), int(found["max"]), int(found["seed"])
    return Decoding(*drawn, int(found.get("think", 0)), found.get("stop", ""))


@dataclass(frozen=True, slots=True)
class Framing:
    """One level of every factor.

    order       `forward`, `reversed`, `rotate-1` …, `shuffle-1` …
    labels      name of a label script, `text` or `cloze`
    placement   where the persona stands: `system` or `user`
    context     empty, `shots=K` or `shots=up-to-K` for worked examples of the instrument's own, or the text itself
                (written by adapt)
    decoding    `readout` for log-probabilities, else `Decoding.text`
    """

    persona: str
    perspective: Perspective
    language: str
    wording: str
    order: str = "forward"
    labels: str = "letters"
    placement: Literal["system", "user"] = "system"
    context: str = ""
    decoding: str = "readout"
    mode: str = "logprob"


SHOTS = re.compile(r"shots=(up-to-)?([0-9]{1,3})")
UP_TO = re.compile(r"up to ([1-9][0-9]{0,2})")
SHOTS_ALLOWED = (
    'a number of worked examples from 0 to 999, or "up to K" for the first K of each topic where some have fewer'
)


def shots_text(level: int | str) -> str:
    """The context that stands for worked examples: `shots=5`, `shots=up-to-5`; empty for none.

    level    their number, as a number or in digits, or `up to K`
    Errors   BadStudy for anything else
    """
    word = str(level).strip()
    if most := UP_TO.fullmatch(word):
        return f"shots=up-to-{most[1]}"
    if not (word.isdecimal() and word.isascii() and int(word) <= 999):
        raise BadStudy(f"shots: {SHOTS_ALLOWED}, not {level!r}")
    return f"shots={int(word)}" if int(word) else ""


def shots_of(context: str) -> int:
    """How many worked examples a context asks for, or how many at most; 0 for a text."""
    found = SHOTS.fullmatch(context)
    return int(found[2]) if found else 0


def shots_words(context: str) -> str:
    """A context's worked examples as they stand in a facet: `0-shot`, `5-shot`, `up-to-5-shot`; empty for a text."""
    found = SHOTS.fullmatch(context)
    return f"{found[1] or ''}{found[2]}-shot" if found else "" if context else "0-shot"


def at_most(context: str) -> bool:
    """Whether fewer worked examples than the context's number will do."""
    found = SHOTS.fullmatch(context)
    return bool(found and found[1])


def perspective_fits(persona: Persona, perspective: str) -> bool:
    """Whether a perspective makes sense: no persona speaks for itself; a place is played or observed."""
    return perspective == "self" if not persona.place else perspective in ("persona", "observer")
