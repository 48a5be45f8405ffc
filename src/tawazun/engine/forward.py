"""One forward pass, and how many sequences share it.

Sequences are padded on the right. A causal model never looks there, so neither a mask nor position numbers are needed
and every sequence gets the numbers it would get alone (loading checks that the model is causal). Hidden states are
gathered at the wanted positions *before* the output head, inside the model's own forward pass, so that whatever an
architecture does after its head (scaling, soft caps) still happens; logits of other positions are never made.
Half-precision models get their last matrix product in float32: bfloat16 logits near 20 come in steps of 1/8.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from tawazun.engine.model import LoadedModel, Room
from tawazun.errors import RespondentFailed

HEAD_ROWS = 8192  # vocabulary rows of a half-precision head that are turned to float32 at a time
PADDING = 0.25  # most padding of a batch, as a share of its real tokens

Result = TypeVar("Result")


@torch.inference_mode()
def logits_at(model: LoadedModel, sequences: Sequence[Sequence[int]], spots: Sequence[Sequence[int]]) -> Tensor:
    """Logits after chosen positions of each sequence.

    Shapes   B sequences; spots[b] are positions of sequence b; returns (sum of spots, V) in float32, in that order
    Unit     logits, before any normalisation
    Errors   whatever the device raises when memory runs out
    """
    width = max(len(one) for one in sequences)
    ids = torch.tensor([[*one, *[0] * (width - len(one))] for one in sequences], device=model.device)
    rows = torch.tensor([b for b, chosen in enumerate(spots) for _ in chosen], device=model.device)
    columns = torch.tensor([at for chosen in spots for at in chosen], device=model.device)
    with gathering(model, rows, columns):
        logits: Tensor = model.module(input_ids=ids, use_cache=False).logits
    return logits.reshape(-1, logits.shape[-1]).float()


@contextmanager
def gathering(model: LoadedModel, rows: Tensor, columns: Tensor) -> Iterator[None]:
    """Let the output head see only these places (row, column) of the batch that goes through inside.

    Shapes   rows, columns: (R,); the model's logits come out as (1, R, V)
    """
    head = model.module.get_output_embeddings()
    if head is None:
        after = model.module.register_forward_hook(_sliced(rows, columns))
        try:
            yield
        finally:
            after.remove()
        return

    def gather(module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        return (args[0][rows, columns].unsqueeze(0), *args[1:])

    def widen(module: nn.Module, args: tuple[Any, ...], out: Tensor) -> Tensor | None:
        half = type(module) is nn.Linear and module.weight.dtype in (torch.float16, torch.bfloat16)
        return _linear32(module, args[0]) if half and isinstance(module, nn.Linear) else None

    handles = [head.register_forward_pre_hook(gather), head.register_forward_hook(widen)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _sliced(rows: Tensor, columns: Tensor) -> Callable[[nn.Module, Any, Any], Any]:
    """For a model that hides its head: all logits are made, and the wanted ones are taken."""

    def take(module: nn.Module, args: Any, out: Any) -> Any:
        out.logits = out.logits[rows, columns].unsqueeze(0)
        return out

    return take


def _linear32(head: nn.Linear, hidden: Tensor) -> Tensor:
    """The product of half-precision numbers as float32 gives it: their products are exact there, only sums round."""
    if hidden.is_cuda and head.bias is None and not torch.is_grad_enabled() and hasattr(torch.ops.aten.mm, "dtype"):
        flat = torch.mm(hidden.reshape(-1, hidden.shape[-1]), head.weight.T, out_dtype=torch.float32)
        return flat.reshape(*hidden.shape[:-1], -1)
    wide = hidden.float()
    biases: Sequence[Tensor | None] = [None] * -(-head.weight.shape[0] // HEAD_ROWS)
    if head.bias is not None:
        biases = [part.float() for part in head.bias.split(HEAD_ROWS)]
    parts = zip(head.weight.split(HEAD_ROWS), biases, strict=True)
    return torch.cat([nn.functional.linear(wide, weight.float(), bias) for weight, bias in parts], dim=-1)


def in_batches(
    lengths: Sequence[int],
    room: Room,
    most: int,
    work: Callable[[list[int]], Sequence[Result]],
    *,
    held: int = 0,
    outermost: bool = True,
) -> list[Result]:
    """Do `work` on batches of items and return its results in the order of the items.

    lengths   tokens of each item; a batch holds items of similar length within `room.tokens`
    held      what else a row takes, in tokens
    most      most items of one batch
    outermost whether nothing around this call could make room; when not, a lack of memory is passed on
    Errors    RespondentFailed when a single item does not fit; until then the room is halved and the batch retried
    """
    done: dict[int, Result] = {}
    waiting = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    while waiting:
        longest = max(1, lengths[waiting[0]]) + held
        batch = _alike(waiting[: max(1, min(most, room.tokens // longest))], lengths)
        results: Sequence[Result] | None
        try:
            results = work(batch)
        except RuntimeError as error:
            if not _out_of_memory(error):
                raise
            if len(batch) == 1 and not outermost:
                raise
            if len(batch) == 1:
                raise RespondentFailed(
                    f"out of memory on one prompt of {longest} tokens: use a smaller model or a lower dtype"
                ) from error
            room.tokens = max(1, len(batch) * longest // 2)
            results = None
        if results is None:
            torch.cuda.empty_cache()  # after the error is gone, and with it what it held; does nothing without a GPU
            continue
        done.update(zip(batch, results, strict=True))
        waiting = waiting[len(batch) :]
    return [done[i] for i in range(len(lengths))]


def _alike(rows: list[int], lengths: Sequence[int]) -> list[int]:
    """The longest of some rows, as many as go together before padding is more than `PADDING` of what is real."""
    real = wasted = 0
    longest = lengths[rows[0]]
    for count, row in enumerate(rows):
        real += lengths[row]
        wasted += longest - lengths[row]
        if wasted > PADDING * real:
            return rows[:count]
    return rows


def _out_of_memory(error: RuntimeError) -> bool:
    text = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in text or "out of memory" in text
