"""A judge whose verdicts are known exactly, with faults that can be switched on one at a time.

It reads marks in planted answers, `[q=7]` for quality and `[c=EGY]` for the country an answer speaks for, and the
country that is asked about from the item. An answer is worth its quality (0 to 10); under the rubric `fit`, one of
another country loses `COUNTRY` points. The better one of a pair wins; equals come out equal.

position_bias   -1..1   share of verdicts that go to what stands first (below 0: last) whatever it says
country_blind   0..1    share of the loss for another country that it does not see
noise           0..1    share of verdicts and grades that are drawn by lot
length_bias     0..10   points for every doubling of length over the other answer's (graded prompts: over 64 letters)
fails           0..1    share of replies that cannot be read
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields

from tawazun.answers import Outcome
from tawazun.cells import Ask
from tawazun.errors import BadStudy
from tawazun.respondents.records import Settings
from tawazun.respondents.replies import told
from tawazun.seeds import canonical_json, seed_for

MARKS = {"q": re.compile(r"\[q=(\d{1,2}(?:\.\d+)?)\]"), "c": re.compile(r"\[c=([\w-]{1,20})\]")}
COUNTRY = 5.0
USUAL_LENGTH = 64
UNREADABLE = {"en": "Both have their merits.", "ar": "لكل منهما مزاياه."}


@dataclass(frozen=True, slots=True)
class Faults:
    """Strengths of the faults, each off at 0."""

    position_bias: float = 0.0
    country_blind: float = 0.0
    noise: float = 0.0
    length_bias: float = 0.0
    fails: float = 0.0


def read_faults(options: Mapping[str, object], label: str) -> Faults:
    """The faults of a respondent's options. Errors: BadStudy for an unknown one or a strength out of its range."""
    names = [one.name for one in fields(Faults)]
    found: dict[str, float] = {}
    for name, value in options.items():
        if name not in names:
            raise BadStudy(f"respondent {label}: unknown option {name!r}; allowed: {', '.join(names)}")
        low, high = {"position_bias": (-1, 1), "length_bias": (0, 10)}.get(name, (0, 1))
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise BadStudy(f"respondent {label}: {name} is a number from {low} to {high}, not {value!r}")
        found[name] = float(value)
    return Faults(**found)


def marks(text: str) -> dict[str, str]:
    """The marks of a planted answer, the last of each kind: a graded prompt shows a reference before the answer."""
    return {name: found[-1] for name, mark in MARKS.items() if (found := mark.findall(text))}


class PlantedJudge:
    """Judges planted answers; its options say what is wrong with it."""

    batch = 4096
    free = True
    portable = "cpu"
    modes = ("logprob", "sample", "generate")

    def __init__(self, settings: Settings) -> None:
        """Reads the faults from `settings.options`."""
        self.faults = read_faults(settings.options, settings.name)
        switched = {name: value for name, value in asdict(self.faults).items() if value}
        self.identity: Mapping[str, str] = {"kind": "planted_judge", "options": canonical_json(switched)}

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> Iterator[Outcome]:
        """One outcome per ask; replies are read as a model's would be."""
        for ask in asks:
            pair = ask.question.kind == "one" and ask.question.options == 2
            texts = ask.shown.wording.options if pair else (ask.shown.wording.stem,)
            if not (pair or ask.question.kind == "number") or any("q" not in marks(text) for text in texts):
                yield Outcome(error="the planted judge reads pairs and answers with marks such as [q=7]")
            elif ask.framing.mode == "logprob":
                yield self._exact(ask)
            else:
                draws = [f"{study_seed}:{ask.ask}:{sample}:{ask.framing.decoding}" for sample in range(samples)]
                yield told(ask, [self._reply(ask, draw) for draw in draws])

    def worth(self, ask: Ask, text: str) -> float:
        """What an answer is worth to it, before length."""
        seen = marks(text)
        asked, own = ask.question.tagged("country"), seen.get("c", "")
        foreign = ask.framing.wording == "fit" and asked and own and own != asked
        return float(seen["q"]) - (COUNTRY * (1 - self.faults.country_blind) if foreign else 0.0)

    def _better(self, ask: Ask) -> tuple[float, float]:
        """Shares of verdicts for the two answers, canonical order, without bias, noise and failures."""
        one, other = ask.shown.wording.options
        lead = self.worth(ask, one) - self.worth(ask, other)
        lead += self.faults.length_bias * math.log2(len(one) / len(other))
        first = 0.5 if abs(lead) < 1e-9 else float(lead > 0)
        return first, 1 - first

    def _exact(self, ask: Ask) -> Outcome:
        """Shares of one verdict; what would not be read is mass outside the menu."""
        one, other = self._drawn(ask, ask.ask)
        kept = 1 - self.faults.fails
        return Outcome(p=(one * kept, other * kept), off_menu=self.faults.fails, refused=0.0, unread=0.0)

    def _drawn(self, ask: Ask, draw: str) -> tuple[float, float]:
        """One verdict as shares: 1 and 0, or equal shares for equals that nothing decides."""
        bias = self.faults.position_bias
        if _lot("position", draw) < abs(bias):
            favoured = ask.shown.order[0 if bias > 0 else -1]
            return (1.0, 0.0) if favoured == 0 else (0.0, 1.0)
        if _lot("noise", draw) < self.faults.noise:
            return (1.0, 0.0) if _lot("by lot", draw) < 0.5 else (0.0, 1.0)
        return self._better(ask)

    def _reply(self, ask: Ask, draw: str) -> str:
        if _lot("fails", draw) < self.faults.fails:
            return UNREADABLE[ask.framing.language.split("-")[0]]
        if ask.question.kind == "number":
            return self._grade(ask, draw)
        shares = self._drawn(ask, draw)
        at = 0 if _lot("verdict", draw) < shares[0] else 1
        return ask.shown.labels[ask.shown.order.index(at)] if ask.shown.labels else ask.shown.wording.options[at]

    def _grade(self, ask: Ask, draw: str) -> str:
        if _lot("noise", draw) < self.faults.noise:
            return str(int(11 * _lot("by lot", draw)))
        stem = ask.shown.wording.stem
        longer = math.log2(max(1, len(stem)) / USUAL_LENGTH) if self.faults.length_bias else 0.0
        value = self.worth(ask, stem) + self.faults.length_bias * longer
        return str(round(min(10.0, max(0.0, value))))


def _lot(*parts: str) -> float:
    """A number in [0, 1) that depends on its parts only."""
    return seed_for("planted-judge", *parts) / 2**63


RESPONDENT = PlantedJudge
