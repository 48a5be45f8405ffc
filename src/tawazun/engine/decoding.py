"""Many replies at once over what their prompts share: prompts are computed once, then every row grows by one token.

`tree`     keys and values of prompts are made by a tree of prefixes, laid out side by side in buffers with room for the
           reply; shorter prompts leave holes that a mask closes, and every token is told its true position
`prefix`   sliding windows, recurrent states: rows of one flow have prompts of equal length, so nothing is padded; what
           all of them begin with is computed by itself, and a prompt's samples start from copies of its own cache

Rows that are finished are carried along until there are enough of them to be worth a copy of the rest.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from tawazun.engine.forward import gathering
from tawazun.engine.model import LoadedModel
from tawazun.engine.prompting import prompted, roomy
from tawazun.engine.tree import LEAST
from tawazun.engine.writing import Page

WORTH = 0.75  # share of rows still open at which the others are dropped


class Flow(Protocol):
    """Rows that go through a model together, one token at a time."""

    logits: Tensor

    def step(self, tokens: Tensor) -> Tensor:
        """Logits (R, V) after one more token (R,) on each row."""
        ...

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows only."""
        ...


@torch.inference_mode()
def written(model: LoadedModel, prompts: Sequence[Sequence[int]], page: Page, longest: int) -> None:
    """Write every line of a page, line by line after its prompt.

    longest  most tokens after a prompt
    Errors   whatever the device raises when memory runs out
    """
    own = sorted({tuple(prompt) for prompt in prompts})
    at = {prompt: number for number, prompt in enumerate(own)}
    starts = torch.tensor([at[tuple(prompt)] for prompt in prompts], device=model.device)
    flow = _Padded(model, own, starts, longest) if model.sharing == "tree" else _Even(model, own, starts)
    rows, logits = list(range(len(prompts))), flow.logits
    while True:
        still = set(page.open())
        here = [place for place, row in enumerate(rows) if row in still]
        places = torch.tensor(here, device=model.device)
        tokens = torch.tensor(page.write([rows[k] for k in here], logits[places]), device=model.device)
        still = set(page.open())
        if not still:
            return
        now = torch.zeros(len(rows), dtype=torch.long, device=model.device)
        now[places] = tokens
        alive = [place for place, row in enumerate(rows) if row in still]
        if len(alive) <= WORTH * len(rows):
            chosen = torch.tensor(alive, device=model.device)
            flow.keep(chosen)
            rows, now = [rows[k] for k in alive], now[chosen]
        logits = flow.step(now)


def _stepped(model: LoadedModel, tokens: Tensor, cache: Any, **more: Any) -> Tensor:
    every = torch.arange(len(tokens), device=tokens.device)
    with gathering(model, every, torch.zeros_like(every)):
        out = model.module(input_ids=tokens[:, None], past_key_values=cache, use_cache=True, **more)
    logits: Tensor = out.logits
    return logits.reshape(-1, logits.shape[-1]).float()


class _Padded:
    """Rows with prompts of any length, for models of which every layer attends to everything before it."""

    def __init__(self, model: LoadedModel, prompts: Sequence[tuple[int, ...]], starts: Tensor, longest: int) -> None:
        self._model = model
        found = prompted(model, prompts)
        self.logits = found.logits[starts]
        self._lengths = found.lengths[starts]
        self._width = int(self._lengths.max())
        self._real = torch.arange(self._width, device=model.device)[None, :] < self._lengths[:, None]
        self._holes = not bool(self._real.all())
        self._cache: Any = roomy(found.layers, starts, longest)

    def step(self, tokens: Tensor) -> Tensor:
        more: dict[str, Any] = {"position_ids": self._lengths[:, None]}
        if self._holes:
            self._real = torch.cat([self._real, self._real.new_ones(len(tokens), 1)], dim=1)
            more["attention_mask"] = self._real.long()
        self._lengths = self._lengths + 1
        return _stepped(self._model, tokens, self._cache, **more)

    def keep(self, rows: Tensor) -> None:
        self._real, self._lengths = self._real[rows], self._lengths[rows]
        self._cache.reorder_cache(rows)


class _Even:
    """Rows with prompts of one length on the model's own cache, whatever it holds."""

    def __init__(self, model: LoadedModel, prompts: Sequence[tuple[int, ...]], starts: Tensor) -> None:
        self._model = model
        self._width = len(prompts[0])
        # sorted, so the first and the last differ where any do; the last token is left for its logits
        ends = zip(prompts[0][:-1], prompts[-1][:-1], strict=True)
        common = next((at for at, (one, other) in enumerate(ends) if one != other), self._width - 1)
        ids = torch.tensor([list(one) for one in prompts], device=model.device)
        cache, more = None, {}
        if common * (len(prompts) - 1) >= LEAST:
            cache = self._through(ids[:1, :common], None).past_key_values
            cache.reorder_cache(torch.zeros(len(prompts), dtype=torch.long, device=model.device))
            ids = ids[:, common:]
            more = {"attention_mask": self._ones(len(prompts))}
        out = self._through(ids, cache, **more)
        logits: Tensor = out.logits
        self.logits = logits.reshape(-1, logits.shape[-1]).float()[starts]
        self._cache = out.past_key_values
        self._cache.reorder_cache(starts)

    def _through(self, ids: Tensor, cache: Any, **more: Any) -> Any:
        every = torch.arange(len(ids), device=ids.device)
        with gathering(self._model, every, torch.full_like(every, ids.shape[1] - 1)):
            return self._model.module(input_ids=ids, past_key_values=cache, use_cache=True, **more)

    def _ones(self, rows: int) -> Tensor:
        return torch.ones(rows, self._width, dtype=torch.long, device=self._model.device)

    def step(self, tokens: Tensor) -> Tensor:
        self._width += 1
        return _stepped(self._model, tokens, self._cache, attention_mask=self._ones(len(tokens)))

    def keep(self, rows: Tensor) -> None:
        self._cache.reorder_cache(rows)
