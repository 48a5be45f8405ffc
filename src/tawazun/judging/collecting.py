"""Files to be judged, made of the replies that runs got to open questions (kind `text`).

Which answer of a pair stands first in the file is drawn by lot, so that neither side of a pair is a system.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import polars as pl

from tawazun.answers.thoughts import without_thought
from tawazun.catalogue import unknown
from tawazun.errors import BadFile, UnknownName
from tawazun.instruments import Instrument, Question
from tawazun.instruments.judged import MODEL, REFERENCE
from tawazun.places import find_place, places
from tawazun.runs import Run
from tawazun.seeds import digest_of, seed_for

Made = dict[str, object]
# what two systems must share for their replies to be compared; samples and seeds are matched in turn
FRAMED = ("persona", "perspective", "language", "wording", "placement", "context")
SAME = ("instrument", "question", *FRAMED)


@dataclass(frozen=True, slots=True)
class Side:
    """One system: a respondent of a run. `name` is what the file calls it, `respondent` empty when it has only one."""

    run: Run
    instruments: Sequence[Instrument]
    respondent: str = ""

    def label(self) -> str:
        """The respondent. Errors: UnknownName for one that the run does not have, BadFile when it must be named."""
        held = sorted(self.run.answers["respondent"].unique())
        if not self.respondent and len(held) != 1:
            raise BadFile(f"{self.run.path}: the run has {len(held)} respondents; write RUN:RESPONDENT ({held})")
        if self.respondent and self.respondent not in held:
            raise UnknownName(unknown("respondent", self.respondent, held))
        return self.respondent or str(held[0])


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply to an open question; `known` is the accepted answer that most people gave, where there is one."""

    question: Question
    prompt: str
    text: str
    place: str
    known: str


def collect_pairs(sides: Sequence[Side], *, seed: int = 0) -> tuple[list[Made], dict[str, int]]:
    """Rows of a `pairs:` file: every two systems' replies to the same prompt; of one system, its replies in turn.

    Returns  the rows, and how many replies or pairs were left out: `empty` replies, `same` texts on both sides,
             `alone` without a partner
    Errors   BadFile when nothing is left; UnknownName for a respondent nobody has
    """
    replies, left = _collected(sides)
    rows = []
    for first, second in _partners(replies):
        rows += list(_paired(first, second, replies, left, seed))
    if not rows:
        raise BadFile(f"no two replies to one prompt: {_listed(left)}")
    return rows, left


def collect_grades(sides: Sequence[Side], *, reference: Side | None = None) -> tuple[list[Made], dict[str, int]]:
    """Rows of a `grades:` file: every reply; with a reference, every one that it answered too, and its own answers.

    Errors   BadFile when nothing is left; UnknownName for a respondent nobody has
    """
    replies, left = _collected([*sides, *([reference] if reference else [])])
    standard = _name(reference, [*sides, reference]) if reference else ""
    beside = replies.pop(standard) if reference else {}
    rows: list[Made] = []
    used: dict[str, None] = {}
    for system, own in replies.items():
        for key, reply in own.items():
            if reference and key not in beside:
                left["alone"] += 1
                continue
            used[key] = None
            role = {"pair": key, "role": MODEL} if reference else {}
            rows.append({"id": _id(key, system), **_common(reply), "answer": reply.text, "system": system, **role})
    for key in used if reference else ():
        other = beside[key]
        role = {"system": standard, "pair": key, "role": REFERENCE}
        rows.append({"id": _id(key, REFERENCE), **_common(other), "answer": other.text, **role})
    if not rows:
        raise BadFile(f"no reply to an open question: {_listed(left)}")
    return rows, left


def _listed(left: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in left.items())


def _id(*parts: str) -> str:
    return digest_of(list(parts))[:12]


def _name(side: Side, sides: Sequence[Side]) -> str:
    """The respondent's label, with the run's folder where two runs have one of that name."""
    labels = [one.label() for one in sides]
    own = side.label()
    return own if labels.count(own) == 1 else f"{side.run.path.name}:{own}"


def _collected(sides: Sequence[Side]) -> tuple[dict[str, dict[str, Reply]], dict[str, int]]:
    """System -> (prompt and sample -> reply)."""
    left = {"empty": 0, "same": 0, "alone": 0}
    found: dict[str, dict[str, Reply]] = {}
    for side in sides:
        name = _name(side, sides)
        if name in found:
            raise BadFile(f"{name} stands twice among the systems")
        found[name] = dict(_replies(side, left))
        if not found[name]:
            raise BadFile(f"{side.run.path}: {name} has no reply to an open question (kind text)")
    return found, left


def _replies(side: Side, left: dict[str, int]) -> Iterator[tuple[str, Reply]]:
    open_ = {one.name: one for one in side.instruments if any(q.kind == "text" for q in one.questions)}
    taken: Counter[str] = Counter()
    own = (pl.col("respondent") == side.label()) & pl.col("instrument").is_in(list(open_)) & pl.col("error").is_null()
    for row in side.run.answers.filter(own).iter_rows(named=True):
        instrument = open_[row["instrument"]]
        question = instrument.question(row["question"])
        if question is None or question.kind != "text":
            continue
        template = instrument.template(row["language"], row["wording"])
        worded = question.worded(row["language"], template.base if template else row["wording"])
        place = _id(*(str(row[name]) for name in SAME))
        accepted = instrument.references.get(question.id, {})
        known = max(accepted, key=lambda text: accepted[text], default="")
        for text in map(without_thought, row["text"] or ()):
            taken[place] += 1
            if worded is None or not text.strip():
                left["empty"] += 1
                continue
            key = f"{place}-{taken[place]}"
            yield key, Reply(question, worded.stem, text.strip(), _framed(row), known)


def _framed(row: Mapping[str, object]) -> str:
    return "; ".join(f"{name} {row[name]}" for name in FRAMED if row[name])


def _common(reply: Reply) -> Made:
    found: Made = {"prompt": reply.prompt, "item": reply.question.id, "asked": reply.place}
    for dimension in ("topic", "dialect"):
        if text := reply.question.tagged(dimension):
            found[dimension] = text
    if country := reply.question.tagged("country"):
        # benchmarks name countries and regions as they like; only a place that is known can stand in a rubric
        there = places().get(country) or find_place(country)
        found["country" if there else "region"] = there.code if there else country
    return {**found, "reference": reply.known} if reply.known else found


def _partners(replies: Mapping[str, Mapping[str, Reply]]) -> list[tuple[str, str]]:
    names = list(replies)
    return list(combinations(names, 2)) if len(names) > 1 else [(names[0], names[0])]


def _paired(
    first: str, second: str, replies: Mapping[str, Mapping[str, Reply]], left: dict[str, int], seed: int
) -> Iterator[Made]:
    own, other = replies[first], replies[second]
    if first == second:
        places: dict[str, list[str]] = {}
        for key in own:
            places.setdefault(key.rpartition("-")[0], []).append(key)
        matched = [two for keys in places.values() for two in list(pairwise(keys))[::2]]
        left["alone"] += len(own) - 2 * len(matched)
    else:
        matched = [(key, key) for key in own if key in other]
        left["alone"] += len(own) + len(other) - 2 * len(matched)
    for key, partner in matched:
        sides = [(first, own[key].text), (second, other[partner].text)]
        if sides[0][1] == sides[1][1]:
            left["same"] += 1
            continue
        if seed_for("judging-side", seed, key, first, second) % 2:
            sides.reverse()
        (system_1, answer_1), (system_2, answer_2) = sides
        yield {
            "id": _id(key, first, second),
            **_common(own[key]),
            "answer_1": answer_1,
            "answer_2": answer_2,
            "system_1": system_1,
            "system_2": system_2,
        }
