"""How a question is asked: everything that is a factor of the experiment and not the question itself."""

import re
from dataclasses import dataclass
from typing import Literal

from tawazun.cells.persona import Persona
from tawazun.errors import BadStudy

Perspective = Literal["self", "persona", "observer"]
PERSPECTIVES: tuple[Perspective, ...] = ("self", "persona", "observer")
MODES = ("logprob", "sample", "generate", "recorded")


@dataclass(frozen=True, slots=True)
class Decoding:
    """How replies are drawn; `text` is the canonical spelling that goes into the ask."""

    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse settings that no sampler takes."""
        if not 0 <= self.temperature <= 10:
            raise BadStudy(f"decoding: temperature is between 0 and 10, not {self.temperature}")
        if not 0 <= self.top_p <= 1:
            raise BadStudy(f"decoding: top_p is between 0 and 1, not {self.top_p}")
        if self.max_tokens < 1:
            raise BadStudy(f"decoding: max_tokens is at least 1, not {self.max_tokens}")

    @property
    def text(self) -> str:
        """`t=1,p=1,max=64,seed=0`."""
        return f"t={self.temperature:g},p={self.top_p:g},max={self.max_tokens},seed={self.seed}"


def parse_decoding(text: str) -> Decoding:
    """The decoding of its canonical spelling. Errors: BadStudy for another spelling."""
    found = dict(part.partition("=")[::2] for part in text.split(","))
    if sorted(found) != ["max", "p", "seed", "t"]:
        raise BadStudy(f"decoding: {text!r} is not of the form t=1,p=1,max=64,seed=0")
    return Decoding(float(found["t"]), float(found["p"]), int(found["max"]), int(found["seed"]))


@dataclass(frozen=True, slots=True)
class Framing:
    """One level of every factor.

    order       `forward`, `reversed`, `rotate-1` …, `shuffle-1` …
    labels      name of a label script, `text` or `cloze`
    placement   where the persona stands: `system` or `user`
    context     empty, `shots=K` for worked examples of the instrument's own, or the text itself (written by adapt)
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


SHOTS = re.compile(r"shots=([0-9]{1,3})")


def shots_text(count: int) -> str:
    """The context that stands for `count` worked examples; empty for none."""
    return f"shots={count}" if count else ""


def shots_of(context: str) -> int:
    """How many worked examples a context asks for; 0 for a text."""
    found = SHOTS.fullmatch(context)
    return int(found[1]) if found else 0


def perspective_fits(persona: Persona, perspective: str) -> bool:
    """Whether a perspective makes sense: no persona speaks for itself; a place is played or observed."""
    return perspective == "self" if not persona.place else perspective in ("persona", "observer")
