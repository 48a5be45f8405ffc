"""Open answers against accepted ones: whether a reply holds an answer that people gave.

An answer is held when its words stand in the reply one after the other; in scripts without spaces a character counts as
a word, so that holding is being part of the text. Folded away on both sides: case, punctuation, accents, Arabic vowel
signs, tatweel, forms of alef, and the Arabic article with its conjunctions. Words are not brought to a lemma, so
inflected forms are missed unless people gave them too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from tawazun.answers.lexicon import tokens
from tawazun.answers.plain import plain, spoken
from tawazun.estimates import Estimate
from tawazun.measures.context import Context, faceted, rows
from tawazun.measures.exams import Bench, prompt_kinds
from tawazun.measures.exams_tallies import Tally, error_of, over_orders, ratio_tally, with_error

# a longer reply holds more answers by chance
CAP_WORDS, CAP_CHARACTERS = 20, 40
FOR_JUDGES = "the accepted answers are whole texts, for a judge to compare with: tawazun judge grades RUN --out FILE"
COMMONEST = "floor:commonest-answer"
ARTICLE = re.compile(r"^(?:[وفبك]?ال|لل)(?=\w{3})")
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """One way to score open answers: whether one is held (`sem_b`), or how many people gave it (`sem_w`)."""

    measure: str
    weighted: bool


@lru_cache(maxsize=65_536)
def answer_words(text: str) -> Words:
    """The words of a text with everything folded away that two spellings of one answer may differ in."""
    found = [token.casefold() for token in tokens(plain(spoken(text))) if token[0].isalnum()]
    return tuple(ARTICLE.sub("", word) for word in found)


def capped(words: Words) -> Words:
    """The first words of a reply; of a script without spaces, the first characters."""
    limit = CAP_CHARACTERS if len(words) and np.mean([len(word) for word in words]) < 1.5 else CAP_WORDS
    return words[:limit]


def holds(reply: Words, answer: Words) -> bool:
    """Whether the words of an answer stand in a reply one after the other."""
    width = len(answer)
    return width > 0 and any(reply[at : at + width] == answer for at in range(len(reply) - width + 1))


def points(reply: Words, accepted: Mapping[Words, float], weighted: bool) -> float:
    """1 for an accepted answer; weighted: the share of the commonest answer's givers who gave the one that is held."""
    found = max((weight for answer, weight in accepted.items() if holds(reply, answer)), default=0.0)
    if not weighted:
        return float(found > 0)
    return found / max(accepted.values())


def accepted_answers(references: Mapping[str, float]) -> dict[Words, float]:
    """Accepted answers by their words; the weights of those that differ in spelling only are added."""
    found: dict[Words, float] = {}
    for text, weight in references.items():
        words = answer_words(text)
        if words and weight > 0:
            found[words] = found.get(words, 0.0) + weight
    return found


def open_rows(context: Context, kind: Open) -> Iterator[Estimate]:
    """Per subject and prompt: over whole replies, over their beginnings, by group; beside the commonest answer.

    Where the accepted answers are texts for a judge, no reply holds one word for word, and there is no score.
    """
    for name, made in context.cubes.items():
        exam, instrument = made.instrument.exam, made.instrument
        accepted = {q.id: accepted_answers(instrument.references.get(q.id, {})) for q in made.questions}
        accepted = {item: answers for item, answers in accepted.items() if answers}
        if exam is None or not accepted:
            continue
        if exam.judged:
            yield from (replace(row, why=FOR_JUDGES) for row in rows(kind.measure, name, made))
            continue
        bench = Bench(made, exam)
        key = [accepted.get(question.id, {}) for question in made.questions]
        for subject, base in enumerate(rows(kind.measure, name, made)):
            row = replace(base, unit="share of points")
            if made.texts is None or not any(made.texts[subject].ravel()):
                yield replace(row, why="no replies were kept: ask in sample or generate")
                continue
            yield from _subject(context, kind, bench, (subject, row), key)
        yield from _floor(kind, bench, key)


def _subject(
    context: Context, kind: Open, bench: Bench, who: tuple[int, Estimate], key: Sequence[Mapping[Words, float]]
) -> Iterator[Estimate]:
    subject, base = who
    assert bench.made.texts is not None
    for prompt, at in prompt_kinds(bench.made, subject):
        replies = bench.made.texts[subject, at]
        for facet, cut in (("", False), (f"first {CAP_WORDS} words", True)):
            tally = ratio_tally(bench, over_orders(_marked(kind, replies, key, cut)))
            tally = replace(tally, left=sum(bool(one) for one in key) - len(tally.items))
            faced = ";".join(part for part in (faceted(base, f"prompt={prompt.words}"), facet) if part)
            words = "replies that hold an accepted answer"
            words += ", weighed by how many gave it" if kind.weighted else ""
            row = replace(base, facet=faced, method=words)
            yield _estimate(context, row, tally, bench.exam.over)
            for dimension in bench.exam.groups if not cut else ():
                names = bench.groups(dimension)[0]
                for group in np.unique(tally.groups(dimension)):
                    own = tally.only(tally.groups(dimension) == group)
                    yield _estimate(context, replace(row, group=f"{dimension}:{names[group]}"), own)


def _marked(kind: Open, replies: np.ndarray, key: Sequence[Mapping[Words, float]], cut: bool) -> np.ndarray:
    """(O, Q) mean points of the replies of each cell, NaN where there is none or nothing is accepted."""
    found = np.full(replies.shape, np.nan)
    for (o, q), texts in np.ndenumerate(replies):
        if texts and key[q]:
            said = [answer_words(text) for text in texts]
            found[o, q] = np.mean([points(capped(one) if cut else one, key[q], kind.weighted) for one in said])
    return found


def _floor(kind: Open, bench: Bench, key: Sequence[Mapping[Words, float]]) -> Iterator[Estimate]:
    """The one accepted answer that would score most if it were the reply to everything."""
    marked = [one for one in key if one]
    given: dict[Words, float] = {}
    for one in marked:
        for answer in one:
            given[answer] = given.get(answer, 0.0) + points(answer, one, kind.weighted)
    best = max(given, key=lambda answer: given[answer])
    value = float(np.mean([points(best, one, kind.weighted) for one in marked]))
    yield Estimate(
        kind.measure, COMMONEST, bench.made.instrument.name, value=value, n=float(len(marked)), unit="share of points",
        method="one answer to everything, the one that scores most, read off the accepted answers themselves",
        why="computed from the accepted answers alone: nothing was asked",
    )  # fmt: skip


def _estimate(context: Context, row: Estimate, tally: Tally, over: str = "") -> Estimate:
    if not len(tally.items):
        return replace(row, why="no reply to an item that has accepted answers")
    words = "; ".join(part for part in (row.method, f"mean over each {over}, equal weights" if over else "") if part)
    error = error_of(tally, tally.bench.exam.clusters, over)
    return with_error(replace(row, method=words), tally, tally.averaged(over), error, context.keys.level)
