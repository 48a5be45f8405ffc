"""Preference sets as training reads them: prompt, chosen, rejected, as TRL has them, with what is known of each row."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tawazun.data.rows import Row, read_rows
from tawazun.errors import BadFile, BadStudy
from tawazun.instruments.judged import said

ASKED = ("prompt", "instruction", "question", "query")
MANY = 20  # pairs from which one that never loses is no accident


@dataclass(frozen=True, slots=True)
class Preference:
    """One pair: messages of the prompt, and the two answers as texts.

    prompt    (role, text) turns; one turn of role `text` where the set is plain
    """

    id: str
    prompt: tuple[tuple[str, str], ...]
    chosen: str
    rejected: str
    country: str = ""
    language: str = ""

    @property
    def plain(self) -> bool:
        """Whether its texts go to a model as they are, without a chat template."""
        return self.prompt[0][0] == "text"

    @property
    def asked(self) -> str:
        """The prompt as one text, for telling prompts apart."""
        return "\n".join(text for _, text in self.prompt)

    def record(self) -> dict[str, Any]:
        """The pair as TRL's preference format."""
        if self.plain:
            return {"prompt": self.prompt[0][1], "chosen": self.chosen, "rejected": self.rejected}
        turns = [{"role": role, "content": text} for role, text in self.prompt]
        return {
            "prompt": turns,
            "chosen": _said_by("assistant", self.chosen),
            "rejected": _said_by("assistant", self.rejected),
        }


def _said_by(role: str, text: str) -> list[dict[str, str]]:
    return [{"role": role, "content": text}]


def read_preferences(path: Path) -> list[Preference]:
    """The pairs of a JSONL, JSON, CSV or Parquet file, plain or as messages.

    Errors   BadFile naming file, row and column: no such columns, an empty text, both answers the same, an id twice
    """
    found: dict[str, Preference] = {}
    rows = read_rows(path, ("chosen", "rejected"))
    column = next((name for name in ASKED if any(name in row.fields for row in rows)), "")
    if not column:
        raise BadFile(f"{path}: no column of prompts; one of {', '.join(ASKED)} is needed beside chosen and rejected")
    for row in rows:
        one = _preference(row, column)
        if one.id in found:
            raise row.fault("id", f"{one.id!r} stands twice")
        found[one.id] = one
    if len({one.plain for one in found.values()}) > 1:
        raise BadFile(f"{path}: some prompts are messages and some are texts; a set is one or the other")
    return list(found.values())


def _preference(row: Row, column: str) -> Preference:
    prompt = row.fields.get(column)
    if isinstance(prompt, list):
        turns = tuple(_turn(row, column, one) for one in prompt)
        if not turns:
            raise row.fault(column, "it has no turn")
        chosen, rejected = (_answer(row, name) for name in ("chosen", "rejected"))
    else:
        turns = (("text", row.text(column)),)
        chosen, rejected = row.text("chosen"), row.text("rejected")
    if chosen == rejected:
        raise row.fault("rejected", "it is the same as chosen: nothing can be preferred")
    item = said(row, "id") or f"row-{row.number}"
    return Preference(item, turns, chosen, rejected, said(row, "country"), said(row, "language"))


def _turn(row: Row, column: str, turn: Any) -> tuple[str, str]:
    if not isinstance(turn, Mapping) or not isinstance(turn.get("content"), str) or not turn.get("role"):
        raise row.fault(column, "a turn is a record with role and content")
    if not turn["content"].strip():
        raise row.fault(column, f"the turn of {turn['role']} is empty")
    return str(turn["role"]), turn["content"]


def _answer(row: Row, column: str) -> str:
    turns = row.fields.get(column)
    if not isinstance(turns, list) or len(turns) != 1:
        raise row.fault(column, "beside a prompt of messages, one message of the assistant is needed")
    return _turn(row, column, turns[0])[1]


def refuse_one_sided(pairs: Sequence[Preference], where: str, go_on: str = "") -> list[str]:
    """Refuse a set from which only one thing can be learnt; what is doubtful comes back as lines.

    go_on    why training goes on all the same; an empty set is refused whatever it says
    Errors   BadStudy: no pairs, one answer that wins every time, length that decides every time
    """
    if not pairs:
        raise BadStudy(f"{where}: no pairs, so nothing can be learnt from it")
    faults = list(_sides(pairs))
    if faults and not go_on.strip():
        raise BadStudy(f'{where}: one-sided: {faults[0]}; collect others, or say go_on = "a reason"')
    both = {(one.asked, one.chosen) for one in pairs} & {(one.asked, one.rejected) for one in pairs}
    if both:
        faults.append(f"{len(both)} answers win against one and lose against another answer to the same prompt")
    return faults


def _sides(pairs: Sequence[Preference]) -> Iterator[str]:
    if len(pairs) < MANY:
        return
    winners = {one.chosen for one in pairs}
    if len(winners) == 1:
        yield f"{next(iter(winners))[:40]!r} wins in all {len(pairs)} pairs"
    longer = [len(one.chosen) - len(one.rejected) for one in pairs]
    if all(by > 0 for by in longer) or all(by < 0 for by in longer):
        which = "longer" if longer[0] > 0 else "shorter"
        yield f"the {which} answer wins in all {len(pairs)} pairs, so length is all there is to learn"


def jsonl(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as JSONL text."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
