"""Log-probabilities that remember how they came about, for what is tuned by gradient descent."""

from collections.abc import Sequence

import torch
from torch import Tensor

from tawazun.engine.forward import gathering
from tawazun.engine.model import LoadedModel
from tawazun.engine.scoring import check_lengths
from tawazun.errors import RespondentFailed


def score_with_gradient(
    model: LoadedModel, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]
) -> Tensor:
    """Log-probability of each prompt's continuation as `score_continuations` gives it, with its gradient.

    The gradient goes to virtual tokens that are held (`LoadedModel.virtual`); weights have none. Everything goes
    through in one pass and its activations stay until the caller lets go: split what does not fit.

    Shapes   N prompts, N continuations of at least one token; returns (N,) float32 on the model's device
    Unit     natural logarithm of a probability; NaN where logits are not numbers
    Errors   RespondentFailed for an empty or too long prompt or an empty continuation
    """
    if not all(len(after) for after in continuations):
        raise RespondentFailed("a continuation without tokens cannot be scored")
    pairs = list(zip(prompts, continuations, strict=True))
    rows: dict[tuple[int, ...], int] = {}
    for prompt, after in pairs:
        rows.setdefault((*prompt, *after[:-1]), len(rows))
    check_lengths(model, [len(prompt) for prompt in prompts] + [len(row) for row in rows])
    if not pairs:
        return torch.zeros(0, device=model.device)
    places = [
        (rows[(*prompt, *after[:-1])], len(prompt) - 1 + depth)
        for prompt, after in pairs
        for depth in range(len(after))
    ]
    spots = {place: number for number, place in enumerate(dict.fromkeys(places))}
    logs = _logs(model, list(rows), list(spots))
    device = model.device
    at = torch.tensor([spots[place] for place in places], device=device)
    tokens = torch.tensor([token for _, after in pairs for token in after], device=device)
    owner = torch.tensor([i for i, (_, after) in enumerate(pairs) for _ in after], device=device)
    return torch.zeros(len(pairs), device=device).index_add(0, owner, logs[at, tokens])


def _logs(model: LoadedModel, rows: Sequence[Sequence[int]], spots: Sequence[tuple[int, int]]) -> Tensor:
    """(S, V) log-probabilities after places (row, column)."""
    width = max(len(row) for row in rows)
    with torch.enable_grad():
        ids = torch.tensor([[*row, *[0] * (width - len(row))] for row in rows], device=model.device)
        where = torch.tensor(spots, device=model.device).T
        with gathering(model, where[0], where[1]):
            logits = model.module(input_ids=ids, use_cache=False).logits
        return torch.log_softmax(logits.reshape(-1, logits.shape[-1]).float(), dim=-1)
