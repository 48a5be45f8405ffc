"""Reading an answer off a model's next tokens: which tokens stand for which option, and what their scores mean.

Three read-outs, tried in this order for each list of labels in its own context:

`token`   every label is exactly one more token after the prompt: probabilities at the last position
`label`   some spelling of a label is several tokens (`10`): probability that the reply begins with the label
`text`    labels cannot be told apart: the option texts are scored instead and shared out among themselves

Options without labels (`text`, `cloze`) are read by their texts. A label is looked for bare and after a space, and the
probabilities of the two spellings add up. A spelling counts only when it leaves the prompt's own tokens alone for
*every* label, so that no label gains by having one spelling more. Where one label begins another (`1`, `10`), the
shorter one keeps only what does not go on to the longer one. Texts are always tokenised whole, never in two pieces, and
count in one spelling: after a space, or bare where the prompt ends in white space or a chat template's reply begins.

Beside the shares, each option has one log-likelihood, of its label or text in that one spelling: the number that
evaluation harnesses report for the same continuation.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Tokens = tuple[int, ...]
Encode = Callable[[Sequence[str]], list[list[int]]]
SPELLINGS = ("", " ")


@dataclass(frozen=True, slots=True)
class Readout:
    """What to score after a prompt.

    kind       `token`, `label` or `text`
    keep       how many tokens of the prompt are kept; fewer than all only when option texts merge with its end
    sequences  what follows them, every spelling of every option
    owners     shown option of each sequence
    named      the sequence that is each option's continuation
    """

    kind: Literal["token", "label", "text"]
    keep: int
    sequences: tuple[Tokens, ...]
    owners: tuple[int, ...]
    named: tuple[int, ...]


def label_readout(
    encode: Encode, text: str, tokens: Sequence[int], labels: Sequence[str], *, chat: bool = False
) -> Readout | None:
    """The `token` or `label` read-out of a prompt's labels; None when labels cannot be told apart.

    chat   the prompt ends where a chat template lets the reply begin
    """
    if not labels:
        return None
    found = {space: _after(encode, text, tokens, [space + label for label in labels]) for space in SPELLINGS}
    owned = _owned([after for after in found.values() if after is not None])
    if not owned:
        return None
    single = all(len(one) == 1 for one in owned[0])
    usual = [after for space in _spellings(text, chat) if (after := found[space]) is not None]
    return Readout("token" if single else "label", len(tokens), *owned, _named(owned[0], usual))


def text_readout(
    encode: Encode, text: str, tokens: Sequence[int], options: Sequence[str], *, chat: bool = False
) -> Readout | None:
    """The `text` read-out of a prompt's options; None when two options are the same to the tokeniser."""
    for space in _spellings(text, chat):
        after = _after(encode, text, tokens, [space + option for option in options])
        if after is not None and (owned := _owned([after])):
            return Readout("text", len(tokens), *owned, _named(owned[0], [after]))
    full = encode([f"{text}{SPELLINGS[-1]}{option}" for option in options])
    keep = min(_common(tokens, one) for one in full)
    ends = [tuple(one[keep:]) for one in full]
    owned = _owned([ends])
    return Readout("text", keep, *owned, _named(owned[0], [ends])) if owned and keep and all(owned[0]) else None


def _spellings(text: str, chat: bool) -> tuple[str, ...]:
    """How an option may follow a prompt, the usual way first."""
    return SPELLINGS if chat or text[-1:].isspace() else SPELLINGS[::-1]


def _named(sequences: Sequence[Tokens], spelled: Sequence[Sequence[Tokens]]) -> tuple[int, ...]:
    """The sequence of each option in the first spelling that keeps all options apart."""
    usual = next(after for after in spelled if set(after) <= set(sequences))
    return tuple(sequences.index(one) for one in usual)


def _after(encode: Encode, text: str, tokens: Sequence[int], ends: Sequence[str]) -> list[Tokens] | None:
    """What each ending adds to the prompt's tokens; None when an ending changes them or adds nothing."""
    full = encode([text + end for end in ends])
    if any(len(one) <= len(tokens) or one[: len(tokens)] != list(tokens) for one in full):
        return None
    return [tuple(one[len(tokens) :]) for one in full]


def _owned(spellings: Sequence[Sequence[Tokens]]) -> tuple[tuple[Tokens, ...], tuple[int, ...]] | None:
    """Sequences without doubles and the option of each, of all spellings that keep the options apart, or None."""
    owner: dict[Tokens, int] = {}
    for after in spellings:
        apart = len(set(after)) == len(after) and all(
            owner.get(one, option) == option for option, one in enumerate(after)
        )
        if apart:
            owner.update((one, option) for option, one in enumerate(after))
    return (tuple(owner), tuple(owner.values())) if owner else None


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def shares(readout: Readout, scores: np.ndarray, options: int) -> tuple[np.ndarray, float | None]:
    """Probabilities of the shown options, and the probability of none of them.

    Shapes   scores: one log-probability per sequence of the read-out; returns (options,) and a float
    Returns  for `token` and `label`: p and 1 - sum(p); for `text`: p that sum to 1 and None, because the chance that
             a model spells out an option in full says nothing about what else it would have said
    Unit     probability
    """
    p, off = shares_of_many(readout, scores[None], options)
    return p[0], None if off is None else float(off[0])


def shares_of_many(readout: Readout, scores: np.ndarray, options: int) -> tuple[np.ndarray, np.ndarray | None]:
    """`shares` of one prompt under many models, or many soft prompts of one.

    Shapes   scores: (n, sequences); returns (n, options) and (n,), or None for `text`
    """
    sequences = readout.sequences
    scores = scores.astype(np.float64)
    shift = scores.max(axis=1, keepdims=True) if readout.kind == "text" else 0.0
    mass = np.exp(scores - shift)
    own = mass.copy()
    for i, longer in enumerate(sequences):
        begins = [j for j, one in enumerate(sequences) if len(one) < len(longer) and longer[: len(one)] == one]
        if begins:
            own[:, max(begins, key=lambda j: len(sequences[j]))] -= mass[:, i]
    p = np.zeros((len(scores), options))
    for i, owner in enumerate(readout.owners):
        p[:, owner] += np.maximum(own[:, i], 0.0)
    total = p.sum(axis=1, keepdims=True)
    if readout.kind == "text":
        return p / total, None
    over = total > 1
    return np.where(over, p / np.where(over, total, 1.0), p), np.where(over, 0.0, 1.0 - total)[:, 0]


def canonical(p: np.ndarray, order: Sequence[int]) -> np.ndarray:
    """Probabilities of shown options put in canonical order: `order[j]` is the canonical index of shown option j."""
    placed = np.empty_like(p)
    placed[list(order)] = p
    return placed


def likelihoods(readout: Readout, scores: np.ndarray, order: Sequence[int]) -> np.ndarray:
    """Log-likelihood of each option's continuation in canonical order. Unit: natural logarithm of a probability."""
    return canonical(scores[list(readout.named)].astype(np.float64), order)
