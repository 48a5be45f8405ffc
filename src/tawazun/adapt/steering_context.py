"""Steering by a text before the question: answers that people gave to other items, or a description of a country.

Human answers stay here: a respondent gets the finished text. No text may give away what is measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tawazun.adapt.steering import DRAFT
from tawazun.adapt.steering_leaks import Leaks, Measured
from tawazun.adapt.steering_words import words
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument, Question, Wording
from tawazun.places import place
from tawazun.populations import Population
from tawazun.respondents.steering import Steering, Voice
from tawazun.seeds import stream

Told = Literal["sampled", "modal", "shares"]
TOLD: tuple[Told, ...] = ("sampled", "modal", "shares")
LISTED = 8
MEISTER = (
    "Meister, Guestrin & Hashimoto (2024), Benchmarking distributional alignment of large language models, "
    "arXiv 2411.05403: people's answers to other questions as examples"
)


@dataclass(frozen=True)
class Shots:
    """What in-context examples are to be.

    count    how many items are shown
    told     `sampled`: one person's answer, drawn from the people's shares; `modal`: the commonest one; `shares`: the
             share of every option
    wording  the wording in which they are shown
    rights   why items on rights may be shown; without a reason they are not
    """

    count: int
    told: Told = "sampled"
    wording: str = "w1"
    rights: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be shown."""
        if self.count < 1:
            raise BadStudy(f"steering: examples are 1 or more, not {self.count}")
        if self.told not in TOLD:
            raise BadStudy(f"steering: examples are told as one of {', '.join(TOLD)}, not {self.told!r}")


def examples_steering(
    people: Population,
    instrument: Instrument,
    measured: Measured,
    shots: Shots,
    languages: Sequence[str],
    *,
    seed: int,
) -> Steering:
    """In-context examples: what a place's people answered to items that are not measured, in the language of the ask.

    instrument  what the people answered
    measured    what the study measures: instruments, this one or others, with ids of their items
    seed        draws the items and, for `sampled`, each answer; both are the same in every language
    Errors      BadStudy where too few items are left, saying why the others went
    """
    if people.instrument != instrument.name:
        raise BadStudy(f"steering: {people.name} answered {people.instrument!r}, not {instrument.name!r}")
    pool, gone = _pool(people, instrument, measured, shots, languages)
    if len(pool) < shots.count:
        why = "; ".join(f"{reason}: {len(items)}" for reason, items in gone.items()) or "it has no more"
        raise BadStudy(
            f"steering: {people.name} has {len(pool)} items that can be examples, not {shots.count} (left out: {why})"
        )
    rng = stream("examples", seed, people.place)
    chosen = [pool[i] for i in sorted(rng.permutation(len(pool))[: shots.count])]
    told = {one.id: _told(people, one, shots.told, seed) for one in chosen}
    context = {language: _text(people, chosen, told, shots, language) for language in languages}
    notes = (
        DRAFT,
        f"{shots.count} examples ({shots.told}) from {people.name}, seed {seed}: {', '.join(one.id for one in chosen)}",
        *(f"left out, {reason}: {_listed(items)}" for reason, items in gone.items()),
        *((f"items on rights may be examples: {shots.rights}",) if shots.rights else ()),
    )
    title = f"{shots.count} answers of people of {place(people.place).english} to other questions"
    sources = (people.source.cite, MEISTER)
    return Steering("examples", title, (Voice(context=context),), "everybody", sources, notes)


def description_steering(code: str, texts: Mapping[str, str], measured: Measured, *, source: str) -> Steering:
    """A description of a country in the user's words before each question.

    texts    language -> the description
    source   where it comes from, printed with every result
    Errors   BadStudy for an empty text, one without a source, or one that gives a measured item away
    """
    leaks = Leaks(measured)
    if not texts or not source.strip():
        raise BadStudy("steering: a description needs texts by language and its source")
    context = {}
    for language, text in texts.items():
        name = place(code).called(language)
        if not text.strip() or name is None:
            raise BadStudy(f"steering: {code} has no {'name' if name is None else 'description'} in {language!r}")
        if leak := leaks.found(text):
            raise BadStudy(f"steering: the description in {language!r} gives away {leak.words}")
        context[language] = f"{words(language).about.format(place=name.name)} {text.strip()}"
    title = f"a description of {place(code).english} before each question"
    return Steering("description", title, (Voice(context=context),), "everybody", (source,), (DRAFT,))


def _pool(
    people: Population, instrument: Instrument, measured: Measured, shots: Shots, languages: Sequence[str]
) -> tuple[list[Question], dict[str, list[str]]]:
    """Items that can be examples, and the others by the reason why not."""
    leaks = Leaks(measured)
    pool: list[Question] = []
    gone: dict[str, list[str]] = {}
    for one in instrument.questions:
        texts = [one.worded(language, shots.wording) for language in languages]
        answer = people.answer(one.id)
        if one.kind != "one" or answer is None or answer.p is None:
            reason = "without shares of single answers"
        elif same := leaks.same(instrument.name, one):
            reason = "measured" if same == f"{instrument.name}:{one.id}" else "measured in another frame"
        elif not all(texts):
            reason = f"without a text in the wording {shots.wording}"
        elif "rights" in one.tags and not shots.rights:
            reason = "about rights"
        elif any(leaks.found(_shown(text)) for text in texts if text):
            reason = "near-duplicate of a measured item"
        else:
            pool.append(one)
            continue
        gone.setdefault(reason, []).append(one.id)
    return pool, gone


def _shown(text: Wording) -> str:
    return " ".join((text.stem, *text.options))


def _told(people: Population, question: Question, told: Told, seed: int) -> tuple[tuple[int, float], ...]:
    """Options that are told of, with their shares: one of them, or all, commonest first."""
    answer = people.answer(question.id)
    p = np.array(answer.p if answer and answer.p else (), dtype=np.float64)
    p = p / p.sum()
    if told == "sampled":
        drawn = stream("example", seed, people.place, question.id).random()
        at = min(int(np.searchsorted(np.cumsum(p), drawn, side="right")), p.size - 1)
        return ((at, float(p[at])),)
    ranked = sorted(range(p.size), key=lambda k: (-p[k], k))
    return tuple((k, float(p[k])) for k in (ranked[:1] if told == "modal" else ranked))


def _text(
    people: Population,
    chosen: Sequence[Question],
    told: Mapping[str, Sequence[tuple[int, float]]],
    shots: Shots,
    language: str,
) -> str:
    own = words(language)
    name = place(people.place).called(language)
    if name is None:
        raise BadStudy(f"steering: {people.place} has no reviewed name in the language {language!r}")
    heads = {"sampled": own.heard, "modal": own.modal, "shares": own.shared}
    blocks = [heads[shots.told].format(place=name.name)]
    for one in chosen:
        text = one.worded(language, shots.wording)
        assert text is not None
        said = [text.options[k] for k, _ in told[one.id]]
        if shots.told == "shares":
            said = [f"{text.options[k]} {share:.0%}" for k, share in told[one.id]]
        blocks.append(f"{own.question} {text.stem}\n{own.answer} {', '.join(said)}")
    return "\n\n".join(blocks)


def _listed(items: Sequence[str]) -> str:
    more = f" and {len(items) - LISTED} more" if len(items) > LISTED else ""
    return ", ".join(items[:LISTED]) + more
