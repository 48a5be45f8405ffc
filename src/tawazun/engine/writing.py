"""Replies being written, one line each: which token comes next, and when a line is finished.

Nothing here computes with a model; both ways of generating (`tawazun.engine.decoding` and the library's own) ask the
same `Page`. Each line has its own random stream, so a draw depends on its seed and its own logits alone. Tokens that
are forced (the end of a thought that used up its budget) take no draw.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from tawazun.answers.thoughts import with_thought
from tawazun.engine.model import LoadedModel

Until = Callable[[str], bool]
LOOK_EVERY = 4  # tokens of a reply between two looks at whether it may stop
TAIL = 24  # tokens in which the end of a thought is looked for
UNFINISHED = "\ufffd"  # what a half-written character decodes to


@dataclass(frozen=True, slots=True)
class Thoughts:
    """Reasoning before a reply; the prompt ends where a thought has been opened.

    budget   tokens that may be drawn before the thought is closed by force
    close    the text that closes a thought
    closing  the tokens that are forced then
    """

    budget: int
    close: str
    closing: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn.

    max_new_tokens  where a reply is cut; reasoning before it is counted apart
    temperature     0 = always the most probable token
    top_p           keep the fewest tokens that hold this much probability
    thoughts        reasoning before the reply, with its budget; None = what is drawn is the reply
    """

    max_new_tokens: int
    temperature: float
    top_p: float
    thoughts: Thoughts | None = None

    @property
    def longest(self) -> int:
        """Most tokens after a prompt."""
        before = 0 if self.thoughts is None else self.thoughts.budget + len(self.thoughts.closing)
        return before + self.max_new_tokens


@dataclass(slots=True)
class _Line:
    """One reply: `said` since it began, `thought` before it, tokens that are forced next, and how many may be drawn."""

    stream: np.random.Generator
    until: Until | None
    left: int
    thinking: bool
    thought: list[int] = field(default_factory=list)
    said: list[int] = field(default_factory=list)
    head: str = ""
    forced: list[int] = field(default_factory=list)
    finished: bool = False
    broken: bool = False


class Page:
    """The lines of one batch, in the order of their seeds."""

    def __init__(
        self, model: LoadedModel, sampling: Sampling, seeds: Sequence[int], untils: Sequence[Until | None]
    ) -> None:
        """Nothing is written yet."""
        self._model = model
        self._sampling = sampling
        thoughts = sampling.thoughts
        left = sampling.max_new_tokens if thoughts is None else thoughts.budget
        self._lines = [
            _Line(np.random.default_rng(seed), until, left, thoughts is not None)
            for seed, until in zip(seeds, untils, strict=True)
        ]
        if thoughts is not None and not thoughts.budget:
            for line in self._lines:
                line.forced = list(thoughts.closing)

    def open(self) -> list[int]:
        """Lines that are still being written."""
        return [row for row, line in enumerate(self._lines) if not line.finished]

    def write(self, rows: Sequence[int], logits: Tensor) -> list[int]:
        """One more token on each of these lines, which are all open; returns the tokens.

        Shapes   logits (R, V) in any float type; a line whose logits are not numbers is broken and finished
        """
        lines = [self._lines[row] for row in rows]
        bad = ~torch.isfinite(torch.logsumexp(logits.float(), dim=-1))
        wide = torch.where(bad[:, None], torch.zeros_like(logits), logits).double()
        if self._sampling.temperature == 0:
            chosen = wide.argmax(dim=-1)
        else:
            draws = torch.tensor([0.0 if one.forced else one.stream.random() for one in lines], dtype=torch.float64)
            chosen = pick(wide / self._sampling.temperature, self._sampling.top_p, draws.to(logits.device))
        tokens: list[int] = chosen.tolist()
        for at, (line, ill) in enumerate(zip(lines, bad.tolist(), strict=True)):
            if ill:
                line.broken = line.finished = True
            elif line.forced:
                tokens[at] = line.forced.pop(0)
                self._forced(line)
            elif tokens[at] in self._model.stops:
                line.finished = True
            elif line.thinking:
                self._think(line, tokens[at])
            else:
                self._say(line, tokens[at])
        return tokens

    def texts(self) -> list[str | None]:
        """What every line says, with its thought where there was one; None for a broken line."""
        return [None if line.broken else self._text(line) for line in self._lines]

    def _text(self, line: _Line) -> str:
        reply = line.head + self._model.decode(line.said)
        return reply if self._sampling.thoughts is None else with_thought(self._thought(line), reply)

    def _thought(self, line: _Line) -> str:
        """The text of a thought up to its end, which is not in it where special tokens mark it."""
        assert self._sampling.thoughts is not None
        return self._model.decode(line.thought).partition(self._sampling.thoughts.close)[0]

    def _spelled(self, tokens: Sequence[int]) -> str:
        """The text of tokens, special ones too: the end of a thought may be one."""
        text: str = self._model.tokenizer.decode(list(tokens), skip_special_tokens=False)
        return text

    def _think(self, line: _Line, token: int) -> None:
        thoughts = self._sampling.thoughts
        assert thoughts is not None
        line.thought.append(token)
        line.left -= 1
        _, closed, head = self._spelled(line.thought[-TAIL:]).partition(thoughts.close)
        if closed:
            self._begin(line, head)
        elif not line.left:
            line.forced = list(thoughts.closing)

    def _forced(self, line: _Line) -> None:
        if not line.forced:
            self._begin(line, "")

    def _begin(self, line: _Line, head: str) -> None:
        """The reply begins; `head` is what of it came with the last token of the thought."""
        line.thinking, line.head, line.left = False, head, self._sampling.max_new_tokens

    def _say(self, line: _Line, token: int) -> None:
        line.said.append(token)
        line.left -= 1
        line.finished = not line.left
        if line.until is None or line.finished or len(line.said) % LOOK_EVERY:
            return
        text = line.head + self._model.decode(line.said)
        line.finished = not text.endswith(UNFINISHED) and line.until(text)


def pick(logits: Tensor, top_p: float, draws: Tensor) -> Tensor:
    """The token of each row at which the running sum of probabilities passes the row's draw.

    Shapes   logits (B, V), draws (B,) in [0, 1); returns (B,) token numbers
    Source   inverse transform sampling; the cut at `top_p` after Holtzman et al. (2020), "The Curious Case of Neural
             Text Degeneration", ICLR, section 3.1: the smallest set whose probability reaches p
    """
    p = torch.softmax(logits, dim=-1)
    if top_p < 1:
        ordered, tokens = p.sort(dim=-1, descending=True, stable=True)
        before = ordered.cumsum(dim=-1) - ordered
        kept = torch.where((before < top_p) | (before == 0), ordered, torch.zeros_like(ordered))
        p = torch.zeros_like(p).scatter(1, tokens, kept)
    running = p.cumsum(dim=-1)
    whole = running[:, -1:].contiguous()
    passed = torch.searchsorted(running, draws[:, None] * whole, right=True)
    last = torch.searchsorted(running, whole)  # never past the last token with a chance
    return torch.minimum(passed, last).squeeze(1)
