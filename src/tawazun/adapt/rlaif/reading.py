"""From the texts that a trainer drew to groups: each reply read as in a study, in canonical option order."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tawazun.adapt.rlaif.records import REFUSED, UNREAD, Group, Posed
from tawazun.cells import Ask
from tawazun.errors import Failure
from tawazun.respondents.replies import told


@dataclass(frozen=True)
class GroupReader:
    """Reads the replies of a run.

    posed   the run's prompts by number; size: replies of a group
    """

    posed: Sequence[Posed]
    size: int
    _known: dict[tuple[str, str], int] = field(default_factory=dict, repr=False)

    def read(self, rows: Sequence[int], texts: Sequence[str], lengths: Sequence[int]) -> list[Group]:
        """Groups of a batch: replies stand in runs for the same prompt, by the prompt's number and not its text.

        rows    which prompt each reply is for; lengths: its tokens
        Errors  Failure where a run mixes prompts
        """
        made = []
        for at in range(0, len(rows), self.size):
            own = set(rows[at : at + self.size])
            if len(own) != 1 or at + self.size > len(rows):
                raise Failure(f"replies {at} to {at + self.size} of a batch do not all belong to one prompt")
            one = self.posed[own.pop()]
            said = tuple(texts[at : at + self.size])
            made.append(Group(one, said, self.options(one.ask, said), np.array(lengths[at : at + self.size])))
        return made

    def options(self, ask: Ask | None, texts: Sequence[str]) -> np.ndarray:
        """(G,) what each text chose; of an open prompt the number of the distinct text, `UNREAD` where it is empty."""
        if ask is None:
            number = {text: at for at, text in enumerate(dict.fromkeys(texts))}
            return np.array([number[text] if text.strip() else UNREAD for text in texts])
        return np.array([self._option(ask, text) for text in texts])

    def _option(self, ask: Ask, text: str) -> int:
        key = ask.ask, text
        if key not in self._known:
            found = told(ask, (text,))
            p = np.array(found.p or ())
            self._known[key] = int(p.argmax()) if p.sum() > 0 else REFUSED if found.refused else UNREAD
        return self._known[key]
