"""What somebody scores who knows nothing: guessing, one label for all, the longest option, a fixed position.

Each is an answer sheet like a respondent's, so that it is marked by the same rule on the same items.
"""

from dataclasses import dataclass

import numpy as np

from tawazun.instruments import Question
from tawazun.measures.exams import Bench, Marking
from tawazun.stats.classification import best_shares


@dataclass(frozen=True, slots=True)
class Floor:
    """An answer sheet made without knowledge.

    name      as it stands after `floor:`
    choices   (Q, K); None for a guesser whose answers to the statements of one question hang together
    trivial   whether it may be called the best trivial baseline; not where it reads the key of the item itself
    """

    name: str
    method: str
    choices: np.ndarray | None
    trivial: bool = True


RANDOM = "random"
ONE_TRUE = "one-true"


def floors(bench: Bench, marking: Marking, language: str, wording: str) -> list[Floor]:
    """Every floor of a marking in a language; `wording` tells which option texts are measured."""
    exam, gold, there = bench.exam, marking.gold, bench.there
    chances = there / np.maximum(there.sum(axis=1, keepdims=True), 1)
    found = [Floor(RANDOM, "every option equally likely: expected score", chances)]
    peeks = "read off the key of these very items"
    found.append(Floor("majority", f"the commonest right option, {peeks}", _majority(bench, gold, "")))
    if exam.positive is not None:
        yes = np.array([_position(question, exam.positive) for question in bench.made.questions])
        found.append(Floor("always-yes", "the affirmative option to everything", _fixed(yes, there)))
    if dimension := exam.subject:
        words = f"the commonest right option of each {dimension}, {peeks}"
        found.append(Floor("group-majority", words, _majority(bench, gold, dimension), trivial=False))
        words = f"the commonest right option among the other items of its {dimension}, ties shared"
        found.append(Floor("others-majority", words, _others(bench, gold, dimension)))
    if any(bench.texts(language, wording)):
        longest = np.nan_to_num(best_shares(bench.lengths(language, wording)))
        found.append(Floor("longest", "the longest option text, ties shared", longest))
    for k in range(there.shape[1]):
        at = np.full(len(there), k)
        found.append(Floor(f"position-{k + 1}", f"option {k + 1} as the source lists them", _fixed(at, there)))
    if exam.bundle and exam.positive is not None:
        found.append(Floor(ONE_TRUE, "one statement of each question taken for true, at random: expected score", None))
    return found


def _position(question: Question, code: float) -> int:
    return question.codes.index(code) if code in question.codes else -1


def _fixed(at: np.ndarray, there: np.ndarray) -> np.ndarray:
    """(Q, K) the whole answer on one position; none where an item has no such option."""
    return np.where((np.arange(there.shape[1]) == at[:, None]) & there, 1.0, 0.0)


def _majority(bench: Bench, gold: np.ndarray, dimension: str) -> np.ndarray:
    """(Q, K) the commonest right option of each group of items, the first of those that tie."""
    names, own = bench.groups(dimension)
    votes = np.zeros((len(names), bench.there.shape[1]))
    np.add.at(votes, (own[gold >= 0], gold[gold >= 0]), 1.0)
    known = np.flatnonzero(votes.sum(axis=1))
    return np.where(np.isin(own, known)[:, None], _fixed(votes.argmax(axis=1)[own], bench.there), 0.0)


def _others(bench: Bench, gold: np.ndarray, dimension: str) -> np.ndarray:
    """(Q, K) the commonest right option of a group without the item itself; equal shares where nothing is left."""
    own = bench.groups(dimension)[1]
    marked = gold >= 0
    votes = np.zeros((int(own.max()) + 1, bench.there.shape[1]))
    np.add.at(votes, (own[marked], gold[marked]), 1.0)
    others = votes[own]
    others[np.flatnonzero(marked), gold[marked]] -= 1.0
    return np.nan_to_num(best_shares(np.where(bench.there, others, np.nan)))
