"""Items of other tools' logs as answers to our questions: which question an item is, and what was answered to it.

An item that our own task or export asked says so itself. Any other is found by its text (in any wording, as a whole or
as a line of the prompt), or by its id where the log keeps no text. Its options are found by their texts, so that a
shuffled item comes back in its own order; where the log keeps letters only, the key must agree with ours.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tawazun.answers import Outcome, check
from tawazun.cells import LABELS, Framing
from tawazun.data.logs import Log, Logged
from tawazun.errors import BadAnswers
from tawazun.instruments import Instrument, Question, Wording
from tawazun.instruments.building import same_letters
from tawazun.respondents.records import RecordedCell
from tawazun.respondents.replies import Layout, pooled

FIELDS = ("persona", "perspective", "language", "wording", "order", "labels", "placement", "context")
SHORTEST = 8  # letters; a shorter line of a prompt is not taken for a question


@dataclass(frozen=True, slots=True)
class Match:
    """A question of an instrument, the wording that was found, and the canonical option of each shown one."""

    instrument: Instrument
    question: Question
    wording: Wording | None
    order: tuple[int, ...]


class Matcher:
    """Finds the questions of some instruments in logs; each question is given to one item only."""

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        """Index every text of every instrument."""
        self._named = {one.name: one for one in instruments}
        self._stems: dict[str, list[tuple[Instrument, Question, Wording]]] = {}
        self._taken: set[tuple[str, str]] = set()
        for one in instruments:
            for question in one.questions:
                for wording in question.wordings:
                    self._stems.setdefault(same_letters(wording.stem), []).append((one, question, wording))

    def find(self, item: Logged) -> Match | None:
        """The question that an item is, or None. Where several fit, the first with the same key that is still free."""
        found = self._own(item) if item.ours else None
        if found is None:
            fitting = [one for one in self._candidates(item) if self._free(one)]
            fitting.sort(key=lambda one: not agrees(one, item))
            found = fitting[0] if fitting else None
        if found is not None:
            self._taken.add((found.instrument.name, found.question.id))
        return found

    def _free(self, one: Match) -> bool:
        return (one.instrument.name, one.question.id) not in self._taken

    def _own(self, item: Logged) -> Match | None:
        """The question that our own task names. Errors: BadAnswers where it is not what it says."""
        instrument = self._named.get(str(item.ours.get("instrument", "")))
        question = instrument.question(str(item.ours.get("question", ""))) if instrument else None
        if instrument is None or question is None:
            return None
        order = item.ours.get("positions", [])
        whole = isinstance(order, list) and sorted(order) == list(range(question.options))
        if not whole or any(not isinstance(item.ours.get(name), str) for name in FIELDS):
            raise BadAnswers(f"{item.spot}: what our task left about {question.id} is damaged")
        wording = question.worded(str(item.ours["language"]), str(item.ours["text"])) if "text" in item.ours else None
        return Match(instrument, question, wording, tuple(order))

    def _candidates(self, item: Logged) -> Iterator[Match]:
        for text in _texts(item):
            for instrument, question, wording in self._stems.get(text, ()):
                yield from _options(instrument, question, wording, item)
        if not item.stem:
            for instrument in self._named.values():
                if (named := instrument.question(item.item)) is not None:
                    for wording in named.wordings:
                        yield from _options(instrument, named, wording, item)


def _texts(item: Logged) -> Iterator[str]:
    """Texts under which an item may be known, the likeliest first."""
    yield same_letters(item.stem)
    for text in (item.stem, *item.lines):
        for line in reversed(text.splitlines()):
            for part in (line, line.partition(":")[2]):
                if len(key := same_letters(part)) >= SHORTEST:
                    yield key


def _options(instrument: Instrument, question: Question, wording: Wording, item: Logged) -> Iterator[Match]:
    """The match of an item's options with a question's, if they are the same."""
    if question.kind != "one":
        if not item.options and not question.options:
            yield Match(instrument, question, wording, ())
        return
    own = [same_letters(text) or text for text in wording.options]
    shown = [same_letters(text) or text for text in item.options]
    if not shown:
        yield Match(instrument, question, wording, tuple(range(len(own))))
    elif sorted(own) == sorted(shown) and len(set(own)) == len(own):
        yield Match(instrument, question, wording, tuple(own.index(text) for text in shown))
    elif len(own) == len(shown) and not item.marks and _bare(item.options):
        match = Match(instrument, question, wording, tuple(range(len(own))))
        if item.gold is not None and agrees(match, item):
            yield match


def _bare(options: Sequence[str]) -> bool:
    """Whether what stands for options are labels whose texts the log does not keep."""
    return any(tuple(options) == labels[: len(options)] for labels in LABELS.values())


def agrees(match: Match, item: Logged) -> bool:
    """Whether the log's key is ours; true where either has none."""
    ours = match.instrument.gold.get(match.question.id)
    if ours is None or item.gold is None:
        return True
    return match.order[item.gold] == match.question.codes.index(ours)


def cells_of(log: Log, matches: Sequence[tuple[Logged, Match]]) -> Iterator[RecordedCell]:
    """The answers of a log to the questions that were found in it. Errors: BadAnswers naming the sample or row."""
    shuffled = any(match.order != tuple(range(len(match.order))) for _, match in matches)
    for item, match in matches:
        framing = _framing(log, item, match, shuffled)
        outcome = check(_outcome(item, match, framing), match.question, item.spot)
        yield RecordedCell(match.instrument.name, match.question.id, framing, outcome)


def _framing(log: Log, item: Logged, match: Match, shuffled: bool) -> Framing:
    """Where an answer stands: as our own task asked, else the wording that was found, inside another's task."""
    if item.ours:
        level = {name: str(item.ours[name]) for name in FIELDS}
        return Framing(**level, decoding="recorded", mode="recorded")  # type: ignore[arg-type]
    wording = match.wording
    return Framing(
        persona="none",
        perspective="self",
        language=wording.language if wording else "en",
        wording=wording.id if wording else "w1",
        labels=script_of(item),
        placement="user",
        context=f"{log.tool} {log.task}{' shuffled' if shuffled else ''}",
        decoding="recorded",
        mode="recorded",
    )


def script_of(item: Logged) -> str:
    """The label script of an item; `text` or `cloze` where its options were answered by their texts."""
    marks = item.marks or (item.options if _bare(item.options) else ())
    if not marks:
        return "text" if item.listed else "cloze"
    return next((name for name, labels in LABELS.items() if marks == labels[: len(marks)]), "text")


def _outcome(item: Logged, match: Match, framing: Framing) -> Outcome:
    question = match.question
    if item.error or (item.loglik is None and not item.replies):
        return Outcome(error=item.error or "the log has no reply")
    if item.loglik is not None:
        return likely(item.loglik, match.order, item.spot)
    labels = _labels(item, framing, len(match.order))
    options = item.options or (match.wording.options if match.wording else ())
    return pooled(question, Layout(framing.language, options, labels, match.order), item.replies)


def _labels(item: Logged, framing: Framing, count: int) -> tuple[str, ...]:
    if not count or not item.ours:
        return item.marks
    return LABELS.get(framing.labels, ())[:count]


def likely(loglik: Sequence[float], order: Sequence[int], spot: str) -> Outcome:
    """The outcome of log-likelihoods of shown options: shares of the options among themselves; the rest is unknown.

    Errors   BadAnswers where none of them is likely at all
    """
    if len(loglik) != len(order):
        raise BadAnswers(f"{spot}: {len(loglik)} log-likelihoods for {len(order)} options")
    placed = np.empty(len(order))
    placed[list(order)] = loglik
    if not np.isfinite(placed.max()):
        raise BadAnswers(f"{spot}: no option has a likelihood above 0")
    mass = np.exp(placed - placed.max())
    return Outcome(p=tuple((mass / mass.sum()).tolist()), loglik=tuple(placed.tolist()))


def disagreeing(matches: Sequence[tuple[Logged, Match]]) -> list[Logged]:
    """Items whose key in the log is not ours."""
    return [item for item, match in matches if not agrees(match, item)]


def unmatched_words(log: Log, missing: Sequence[Logged], names: Mapping[str, object] | Sequence[str]) -> str:
    """One line on items that are in no instrument."""
    spots = ", ".join(item.item for item in missing[:3])
    return (
        f"{log.file}: {len(missing)} of {len(log.items)} items ({spots}{' …' if len(missing) > 3 else ''}) are no "
        f"question of {', '.join(names)}, by id or by text"
    )
