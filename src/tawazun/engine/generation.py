"""Replies to prompts. Each row has its own random stream, so a draw depends on prompt and seed alone.

What prompts and samples share is computed once where a model's cache can do that (`tawazun.engine.decoding`). Where it
cannot, and where scores must not move by a bit in any company, the library's own loop is taken: rows of equal prompt
length together (nothing is padded, so every architecture's own cache is right), or one row at a time.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from transformers import (
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
)

from tawazun.engine.decoding import written
from tawazun.engine.forward import in_batches
from tawazun.engine.model import LoadedModel
from tawazun.engine.scoring import check_lengths
from tawazun.engine.writing import Page, Sampling, Until

KEPT_ON_CPU = 1 << 29  # bytes of keys and values that replies of one batch may hold
KEPT_ON_GPU = 0.3  # the same, as a share of the memory that is free
MOST_ROWS = {"cpu": 128, "cuda": 1024}
STEP_LOGITS = 1 << 26  # logits of one step (rows x vocabulary); a draw takes several times as many, in float64

Texts = list[str | None]


def generate(
    model: LoadedModel,
    prompts: Sequence[Sequence[int]],
    sampling: Sampling,
    seeds: Sequence[int],
    until: Sequence[Until | None] | None = None,
) -> Texts:
    """A reply to each prompt, in order; None where the model's numbers were not numbers.

    seeds    one per prompt; the same prompt and seed give the same reply whatever else is asked
    until    one per prompt or None: takes the reply so far (without its thought) and says whether it may stop there
    Returns  texts; with `sampling.thoughts`, reasoning and reply as `tawazun.answers.thoughts.with_thought` keeps them
    Errors   RespondentFailed for an empty prompt, one without room for a reply, or too little memory for one row
    """
    check_lengths(model, [len(prompt) + sampling.longest for prompt in prompts if len(prompt)])
    check_lengths(model, [len(prompt) for prompt in prompts])
    untils = [None] * len(prompts) if until is None else list(until)
    shared = model.sharing in ("tree", "prefix")
    # siblings side by side, so that what they share is found in one batch
    order = sorted(range(len(prompts)), key=lambda i: (len(prompts[i]) if model.sharing != "tree" else 0, *prompts[i]))

    def work(rows: list[int]) -> Texts:
        said: dict[int, str | None] = {}
        for part in _at_once(model, rows, prompts):
            page = Page(model, sampling, [seeds[i] for i in part], [untils[i] for i in part])
            (written if shared else _by_library)(model, [prompts[i] for i in part], page, sampling.longest)
            said.update(zip(part, page.texts(), strict=True))
        return [said[i] for i in rows]

    texts: Texts = [None] * len(prompts)
    for group in [order] if model.sharing == "tree" else _equal(order, prompts):
        lengths = [len(prompts[i]) + sampling.longest for i in group]
        for i, text in zip(group, _batched(model, group, lengths, work), strict=True):
            texts[i] = text
    return texts


def _equal(order: Sequence[int], prompts: Sequence[Sequence[int]]) -> list[list[int]]:
    """Rows with prompts of one length, in the order given."""
    groups: dict[int, list[int]] = {}
    for i in order:
        groups.setdefault(len(prompts[i]), []).append(i)
    return list(groups.values())


def _batched(
    model: LoadedModel, rows: Sequence[int], lengths: Sequence[int], work: Callable[[list[int]], Texts]
) -> Texts:
    """`work` on batches of rows, each as many as the device can hold to their end."""
    if model.sharing in ("none", "alone"):
        most = len(rows) if model.sharing == "none" else 1
        return in_batches(lengths, model.room, most, lambda batch: work([rows[k] for k in batch]))
    vocabulary = int(model.module.config.get_text_config().vocab_size)
    most = max(1, min(MOST_ROWS[model.device.type], STEP_LOGITS // vocabulary))
    # a step computes one token a row, so far more rows fit than whole sequences would
    scale = max(1, _kept_tokens(model) // model.room.tokens)
    rough = [max(1, _rounded(length) // scale) for length in lengths]
    return in_batches(rough, model.room, most, lambda batch: work([rows[k] for k in batch]))


def _at_once(model: LoadedModel, rows: list[int], prompts: Sequence[Sequence[int]]) -> list[list[int]]:
    """Rows split where their prompts would be too many for one pass of whole prompts (`prefix` only)."""
    if model.sharing != "prefix":
        return [rows]
    most = max(1, model.room.tokens // len(prompts[rows[0]]))
    own: dict[tuple[int, ...], list[int]] = {}
    for i in rows:
        own.setdefault(tuple(prompts[i]), []).append(i)
    groups = list(own.values())
    return [[i for one in groups[at : at + most] for i in one] for at in range(0, len(groups), most)]


def _rounded(length: int) -> int:
    """A length rounded up by at most an eighth, so that rows in one order stay in it where they are about as long."""
    step = max(16, 1 << max(0, length.bit_length() - 3))
    return -(-length // step) * step


def _kept_tokens(model: LoadedModel) -> int:
    """Tokens of which the keys and values may be held at once."""
    config = model.module.config.get_text_config()

    def number(name: str, usual: int) -> int:
        found = getattr(config, name, None)
        return found if isinstance(found, int) and found > 0 else usual

    heads = number("num_attention_heads", 1)
    width = number("head_dim", number("hidden_size", heads) // heads)
    each = 2 * number("num_hidden_layers", 1) * number("num_key_value_heads", heads) * width
    each *= model.module.dtype.itemsize
    if model.device.type == "cpu":
        return KEPT_ON_CPU // each
    free, _ = torch.cuda.mem_get_info(model.device)
    return int(KEPT_ON_GPU * free) // each


@torch.inference_mode()
def _by_library(model: LoadedModel, prompts: Sequence[Sequence[int]], page: Page, longest: int) -> None:
    """Write a page with the library's own loop and cache; prompts are of one length."""
    ids = torch.tensor([list(prompt) for prompt in prompts], device=model.device)
    model.module.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        generation_config=GenerationConfig(max_new_tokens=longest, do_sample=False, pad_token_id=0),
        logits_processor=LogitsProcessorList([_Decided(page)]),
        stopping_criteria=StoppingCriteriaList([_Finished(page)]),
    )


class _Decided(LogitsProcessor):
    """Leaves the token that the page has written a chance, and no other."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        rows = self._page.open()
        tokens = torch.zeros(len(scores), dtype=torch.long, device=scores.device)
        tokens[rows] = torch.tensor(self._page.write(rows, scores[rows]), device=scores.device)
        return torch.full_like(scores, -torch.inf).scatter_(1, tokens[:, None], 0.0)


class _Finished(StoppingCriteria):
    """Whether a line of the page is finished."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def __call__(self, input_ids: Tensor, scores: Tensor, **more: object) -> Tensor:
        done = torch.ones(len(input_ids), dtype=torch.bool, device=input_ids.device)
        done[self._page.open()] = False
        return done
