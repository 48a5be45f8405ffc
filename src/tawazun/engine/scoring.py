"""Log-probabilities of chosen tokens.

Both functions take every prompt of a request at once and say only what is wanted of them, so that how prompts share
work is nobody else's business.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from tawazun.engine.forward import in_batches, logits_at
from tawazun.engine.model import LoadedModel
from tawazun.engine.packing import Owners
from tawazun.engine.sharing import through
from tawazun.engine.tree import grow
from tawazun.errors import RespondentFailed


def score_next(
    model: LoadedModel, prompts: Sequence[Sequence[int]], wanted: Sequence[Sequence[int]]
) -> list[np.ndarray]:
    """Log-probabilities of tokens that may follow each prompt, under the softmax over the whole vocabulary.

    Shapes   wanted[i] are tokens after prompts[i]; returns float32 arrays of the same lengths, in order
    Unit     natural logarithm of a probability; NaN for every token of a prompt whose logits are not numbers
    Errors   RespondentFailed for an empty or too long prompt, or when one prompt does not fit in memory
    """
    spots = [(len(prompt) - 1,) for prompt in prompts]
    flat = _score(model, prompts, spots, [[tokens] for tokens in wanted])
    return np.split(flat, np.cumsum([len(tokens) for tokens in wanted])[:-1]) if len(prompts) else []


def score_continuations(
    model: LoadedModel, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]
) -> np.ndarray:
    """Log-probability of each prompt's continuation, summed over its tokens.

    The tokens of prompt and continuation must come from tokenising the two as one text.

    Shapes   N prompts, N continuations of at least one token; returns (N,) float32
    Unit     natural logarithm of a probability; NaN where logits are not numbers
    Errors   as `score_next`; RespondentFailed for an empty continuation
    """
    if not all(len(continuation) for continuation in continuations):
        raise RespondentFailed("a continuation without tokens cannot be scored")
    sequences: list[list[int]] = []
    spots: list[range] = []
    wanted: list[list[list[int]]] = []
    places: list[list[tuple[int, int, int]]] = []
    rows: dict[tuple[int, ...], dict[tuple[int, ...], int]] = {}
    for prompt, after in zip(prompts, continuations, strict=True):
        rows.setdefault(tuple(prompt), {})[tuple(after[:-1])] = -1
    for prompt, begun in rows.items():
        for longest in _assign(begun, len(sequences), apart=model.sharing == "alone"):
            sequences.append([*prompt, *longest])
            spots.append(range(len(prompt) - 1, len(sequences[-1])))
            wanted.append([[] for _ in spots[-1]])
    for prompt, after in zip(prompts, continuations, strict=True):
        row = rows[tuple(prompt)][tuple(after[:-1])]
        places.append([(row, depth, len(wanted[row][depth])) for depth in range(len(after))])
        for depth, token in enumerate(after):
            wanted[row][depth].append(token)
    flat = _score(model, sequences, spots, wanted).astype(np.float64)
    first = _starts(wanted)
    cells = [first[row][depth] + at for place in places for row, depth, at in place]
    begin = np.cumsum([0, *map(len, continuations)])[:-1]
    return np.add.reduceat(flat[cells], begin).astype(np.float32) if len(begin) else np.zeros(0, np.float32)


def _assign(begun: dict[tuple[int, ...], int], first: int, *, apart: bool) -> list[tuple[int, ...]]:
    """Give each beginning the number of a row that contains it, counted from `first`; returns the rows' beginnings.

    Continuations of one prompt share rows: only beginnings that no other one extends need their own. With `apart` all
    have their own, because a longer row may change the last bits of what stands before.
    """
    longest: list[tuple[int, ...]] = []
    for one in sorted(begun, reverse=True):
        if apart or not longest or longest[-1][: len(one)] != one:
            longest.append(one)
        begun[one] = first + len(longest) - 1
    return longest


def _starts(wanted: Sequence[Sequence[Sequence[int]]]) -> list[list[int]]:
    """Where the scores of each spot of each sequence begin, when all are laid end to end."""
    starts, at = [], 0
    for spots in wanted:
        own = []
        for tokens in spots:
            own.append(at)
            at += len(tokens)
        starts.append(own)
    return starts


def _score(
    model: LoadedModel,
    sequences: Sequence[Sequence[int]],
    spots: Sequence[Sequence[int]],
    wanted: Sequence[Sequence[Sequence[int]]],
) -> np.ndarray:
    """Scores of wanted[i][k] tokens after position spots[i][k] of sequences[i], end to end."""
    check_lengths(model, [len(one) for one in sequences])
    if model.sharing == "alone":
        own = [_alone(model, one, where, tokens) for one, where, tokens in zip(sequences, spots, wanted, strict=True)]
        return np.concatenate(own) if own else np.zeros(0, np.float32)
    flat = np.full(sum(len(tokens) for own in wanted for tokens in own), np.nan, dtype=np.float32)
    if not len(flat):
        return flat
    first = _starts(wanted)

    def emit(logits: Tensor, places: list[Owners]) -> None:
        cells = [at for own in places for i, k in own for at in range(first[i][k], first[i][k] + len(wanted[i][k]))]
        flat[cells] = picked(logits, [[token for i, k in own for token in wanted[i][k]] for own in places])

    vocabulary = int(model.module.config.get_text_config().vocab_size)
    levels = {"tree": 8, "prefix": 2}.get(model.sharing, 1)
    through(
        model,
        grow(sequences, spots, levels=levels),
        lambda deep: max(1, model.room.logits // (vocabulary * deep)),
        emit,
    )
    return flat


def _alone(
    model: LoadedModel, sequence: Sequence[int], spots: Sequence[int], wanted: Sequence[Sequence[int]]
) -> np.ndarray:
    scores: list[np.ndarray] = in_batches(
        [len(sequence)], model.room, 1, lambda batch: [picked(logits_at(model, [sequence], [spots]), wanted)]
    )
    return scores[0]


def check_lengths(model: LoadedModel, lengths: Sequence[int]) -> None:
    """Refuse sequences that a model cannot take. Errors: RespondentFailed."""
    if lengths and min(lengths) < 1:
        raise RespondentFailed("a prompt without tokens cannot be scored")
    if model.context is not None and lengths and max(lengths) > model.context:
        raise RespondentFailed(f"a prompt of {max(lengths)} tokens is longer than the model's {model.context}")


@torch.inference_mode()
def picked(logits: Tensor, wanted: Sequence[Sequence[int]]) -> np.ndarray:
    """Log-softmax of a few cells of each row, end to end; rows whose normaliser is not finite are NaN."""
    cells = [(row, token) for row, tokens in enumerate(wanted) for token in tokens]
    rows, tokens = torch.tensor(cells, dtype=torch.long, device=logits.device).reshape(-1, 2).T
    normaliser = torch.logsumexp(logits, dim=-1)
    normaliser = torch.where(torch.isfinite(normaliser), normaliser, torch.nan)
    found: np.ndarray = (logits[rows, tokens] - normaliser[rows]).cpu().numpy().astype(np.float32)
    return found
