"""From the likeliest next tokens that a server lists to the shares of labels, with what the list leaves out bounded."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tawazun.respondents.endpoint_faults import CellFailed, Malformed

SLACK = 1e-3  # listed probabilities may sum to this much more than 1: servers round
MARKS = " \t\r\n▁Ġ"
BROKEN = "\ufffd"


@dataclass(frozen=True, slots=True)
class Listed:
    """One listed token: its text (`raw` its bytes where a server gives them) and natural-log probability."""

    text: str
    logprob: float
    raw: bytes | None = None


@dataclass(frozen=True, slots=True)
class TopShares:
    """Shares of labels in the order shown.

    off       probability of none of them, as far as it is listed or left out
    missing   labels that the list does not have; each counts 0 and can have `omitted` at most
    omitted   probability of everything that the list leaves out
    """

    p: tuple[float, ...]
    off: float
    missing: tuple[str, ...]
    omitted: float


def read_top(labels: Sequence[str], listed: Sequence[Listed], most_omitted: float) -> TopShares:
    """Shares of labels of which each is one token, bare or with white space around it.

    Unit     probability
    Errors   Malformed for numbers that are no log-probabilities; CellFailed, with bounds, when the list leaves out a
             label and more than `most_omitted` probability, or when tokens are pieces of labels
    """
    begins = [(one, other) for one in labels for other in labels if one != other and other.startswith(one)]
    if begins:
        raise CellFailed(
            f"label {begins[0][0]!r} begins label {begins[0][1]!r}, which one token cannot tell apart: use other labels"
        )
    tokens = _distinct(listed)
    mass = [math.exp(one.logprob) for one in tokens]
    total = math.fsum(mass)
    if total > 1 + SLACK:
        raise Malformed(f"the probabilities of the listed tokens sum to {total:.4f}")
    found = dict.fromkeys(labels, 0.0)
    seen: set[str] = set()
    pieces = 0.0
    for one, share in zip(tokens, mass, strict=True):
        text = one.text.strip(MARKS)
        if text in found:
            found[text] += share
            seen.add(text)
        elif _is_piece(one, labels):
            pieces += share
    omitted = max(0.0, 1.0 - total)
    missing = tuple(label for label in labels if label not in seen)
    if pieces > most_omitted:
        raise CellFailed(f"the server's tokens are pieces of labels (probability {pieces:.3g}): use other labels")
    if missing and omitted > most_omitted:
        raise CellFailed(
            f"{_named(missing)} not among the {len(tokens)} likeliest tokens: between 0 and "
            f"{omitted:.3g} each ({_bounds(labels, found, omitted)}); more than {most_omitted:g} is left out"
        )
    p = tuple(found[label] for label in labels)
    inside = math.fsum(p)
    if inside > 1:
        return TopShares(tuple(one / inside for one in p), 0.0, missing, omitted)
    return TopShares(p, 1.0 - inside, missing, omitted)


def _distinct(listed: Sequence[Listed]) -> list[Listed]:
    """Each token once, checked. Two tokens may share their text (two spellings); the same line twice is one line."""
    if not listed:
        raise Malformed("no token is listed")
    for one in listed:
        if math.isnan(one.logprob) or one.logprob > SLACK:
            raise Malformed(f"{one.logprob} is no log-probability")
    return list(dict.fromkeys(listed))


def _is_piece(one: Listed, labels: Sequence[str]) -> bool:
    """Whether a token is the beginning of a label, in letters or in bytes."""
    text = one.text.strip(MARKS)
    if one.raw is not None:
        raw = one.raw.strip()
        return bool(raw) and any(label.encode().startswith(raw) for label in labels)
    if BROKEN in text:
        return any(not label.isascii() for label in labels)
    return bool(text) and any(label.startswith(text) for label in labels)


def _named(labels: Sequence[str]) -> str:
    return f"label {labels[0]} is" if len(labels) == 1 else f"labels {', '.join(labels)} are"


def _bounds(labels: Sequence[str], found: dict[str, float], omitted: float) -> str:
    return ", ".join(f"{label} {found[label]:.3g}-{found[label] + omitted:.3g}" for label in labels)
