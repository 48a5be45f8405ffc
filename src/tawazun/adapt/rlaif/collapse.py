"""The collapse watch: a policy whose answers become all alike is stopped, and its best checkpoint before that is kept.

Two signs, each held against the first steps of the run's first round as a running mean: entropy of the policy's tokens,
and how many different answers a group has.
"""

from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Bounds:
    """When a run has collapsed.

    entropy, distinct   least share of the start's value that is left; 0 turns a sign off
    window              steps of a running mean; the first ones are the start
    """

    entropy: float = 0.3
    distinct: float = 0.5
    window: int = 5


@dataclass(slots=True)
class CollapseWatch:
    """Sees every step of a run; can be made again from `state`.

    start   sign -> value over the first window; empty until then
    """

    bounds: Bounds
    start: dict[str, float] = field(default_factory=dict)
    _recent: dict[str, deque[float]] = field(default_factory=dict)

    def see(self, entropy: float, distinct: float) -> str:
        """Take in a step. Returns why the run has collapsed, or an empty text."""
        for name, value in (("entropy", entropy), ("distinct", distinct)):
            recent = self._recent.setdefault(name, deque(maxlen=self.bounds.window))
            recent.append(value)
            if len(recent) == self.bounds.window:
                self.start.setdefault(name, sum(recent) / len(recent))
        return self._collapsed()

    @property
    def state(self) -> dict[str, object]:
        """Everything that a later process needs to go on."""
        return {"start": dict(self.start), "recent": {name: list(own) for name, own in self._recent.items()}}

    @staticmethod
    def of(bounds: Bounds, state: dict[str, dict]) -> "CollapseWatch":
        """The watch that `state` was taken from."""
        recent = {name: deque(own, maxlen=bounds.window) for name, own in state["recent"].items()}
        return CollapseWatch(bounds, dict(state["start"]), recent)

    def _collapsed(self) -> str:
        for name, words in (("entropy", "entropy of the replies"), ("distinct", "different answers in a group")):
            least, start = getattr(self.bounds, name), self.start.get(name)
            if not least or start is None or start <= 0 or len(self._recent[name]) < self.bounds.window:
                continue
            now = sum(self._recent[name]) / len(self._recent[name])
            if now < least * start:
                return f"{words} fell from {start:.3g} to {now:.3g}, under {least:.0%} of the start"
        return ""
