"""Virtual tokens: vectors that stand behind token numbers past a model's embedding table.

They are put in the place of what the embedding layer gives out for them, so a number past the table is to the model
what PEFT's `inputs_embeds` are, also where an architecture scales its embeddings. To everything else they are numbers
like any other: the prefix tree shares them, and a population of candidate prompts is a list of other numbers.

The vectors are looked up by row and never copied as a whole. They may require a gradient; see
`tawazun.engine.gradient`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from tawazun.errors import Refused, RespondentFailed

CLOSE = 1e-3  # largest difference, in standard deviations of the logits, between a token and its own vector


class VirtualTokens:
    """The vectors held for one model.

    first   the number of the first virtual token: one past the last row of the embedding table
    width   numbers in a vector
    """

    def __init__(self, module: Any) -> None:
        """Nothing is looked at or changed until vectors are held."""
        self._module = module
        self._table: nn.Module | None = None
        self._blocks: list[tuple[int, Tensor]] = []
        self._hooks: list[Any] = []
        self._places: tuple[Tensor, ...] = ()
        self._wanted = torch.zeros(0, dtype=torch.long)

    @property
    def first(self) -> int:
        """The number of the first virtual token. Errors: Refused when embeddings cannot be read."""
        return int(self._embedding().weight.shape[0])

    @property
    def width(self) -> int:
        """Numbers in a vector. Errors: Refused when embeddings cannot be read."""
        return int(self._embedding().weight.shape[1])

    @torch.inference_mode()
    def of(self, tokens: Sequence[int]) -> Tensor:
        """The vectors of real tokens, as the embedding layer gives them out: where a search may start.

        Shapes   N tokens; returns (N, width) in float32
        Errors   Refused when embeddings cannot be read
        """
        table = self._embedding()
        found: Tensor = table(torch.tensor(list(tokens), dtype=torch.long, device=table.weight.device))
        return found.float()

    @contextmanager
    def holding(self, vectors: Tensor) -> Iterator[range]:
        """Hold vectors for a while. See `hold`."""
        numbers = self.hold(vectors)
        try:
            yield numbers
        finally:
            self.release(numbers)

    def hold(self, vectors: Tensor) -> range:
        """Keep vectors behind new token numbers until they are released.

        The tensor itself is kept: what is later written into it is what the model reads.

        Shapes   vectors: (R, width), on any device when they need no gradient; returns their R numbers
        Errors   Refused when the model cannot take vectors; RespondentFailed for vectors of another width
        """
        table = self._embedding()
        if vectors.ndim != 2 or vectors.shape[1] != self.width or not len(vectors):
            raise RespondentFailed(
                f"vectors of shape {tuple(vectors.shape)} are no virtual tokens of this model: (any, {self.width})"
            )
        if vectors.device != table.weight.device:
            vectors = vectors.to(table.weight.device)
        if not self._hooks:
            self._attach(table)
        start = max([self.first, *(begin + len(block) for begin, block in self._blocks)])
        self._blocks.append((start, vectors))
        return range(start, start + len(vectors))

    def release(self, numbers: range) -> None:
        """Forget the vectors of these numbers; they mean nothing afterwards."""
        self._blocks = [(start, block) for start, block in self._blocks if start != numbers.start]
        if not self._blocks:
            self._detach()

    # ---- the embedding layer

    def _embedding(self) -> Any:
        if self._table is not None:
            return self._table
        name = type(self._module).__name__
        try:
            table = self._module.get_input_embeddings()
        except (AttributeError, NotImplementedError):
            table = None
        weight = getattr(table, "weight", None)
        if not isinstance(weight, Tensor) or weight.ndim != 2 or not weight.is_floating_point() or weight.is_meta:
            raise Refused(f"{name}: its embedding table cannot be read, so it takes no virtual tokens")
        if len(set(getattr(self._module, "hf_device_map", {}).values())) > 1:
            raise Refused(f"{name}: spread over several devices; virtual tokens need the model on one")
        self._table = table
        return table

    def _attach(self, table: Any) -> None:
        self._hooks = [
            table.register_forward_pre_hook(self._set_aside, with_kwargs=True),
            table.register_forward_hook(self._put_in),
        ]
        sound = False
        try:
            sound = self._tried(table)
        finally:
            if not sound:
                self._detach()
        if not sound:
            raise Refused(
                f"{type(self._module).__name__}: reads token numbers elsewhere than in its embedding table "
                "(such as embeddings of its layers), so it takes no virtual tokens"
            )

    def _detach(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    @torch.inference_mode()
    def _tried(self, table: Any) -> bool:
        """Whether the vector of a token, put in, gives what the token gives."""
        rows = table.weight.shape[0]
        for token in (min(7, rows - 1), rows // 2):
            expected = self._last([5 % rows, token, 6 % rows])
            self._blocks = [(rows, self.of([token]))]
            try:
                found = self._last([5 % rows, rows, 6 % rows])
            except (IndexError, RuntimeError, TypeError, ValueError, AttributeError, KeyError):
                return False
            finally:
                self._blocks = []
            gap = float((expected - found).abs().max())
            if bool(torch.isfinite(expected).all()) and not gap <= CLOSE * float(expected.std()):
                return False
        return True

    def _last(self, tokens: list[int]) -> Tensor:
        ids = torch.tensor([tokens], device=self._module.device)
        logits: Tensor = self._module(input_ids=ids, use_cache=False).logits
        return logits[0, -1].float()

    def _set_aside(self, table: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Before the look-up: remember virtual tokens, and let any real one stand for them."""
        values = [*args, *kwargs.values()]
        ids = next(value for value in values if isinstance(value, Tensor) and not value.is_floating_point())
        self._places = (ids >= table.weight.shape[0]).nonzero(as_tuple=True)
        if not len(self._places[0]):
            return args, kwargs
        self._wanted = ids[self._places]
        real = ids.masked_fill(ids >= table.weight.shape[0], 0)
        return (
            tuple(real if value is ids else value for value in args),
            {key: real if value is ids else value for key, value in kwargs.items()},
        )

    def _put_in(self, table: Any, args: Any, out: Tensor) -> Tensor | None:
        """After it: their vectors in their places."""
        if not len(self._places[0]):
            return None
        return out.index_put(self._places, self._rows(self._wanted, out))

    def _rows(self, wanted: Tensor, like: Tensor) -> Tensor:
        found = torch.zeros(len(wanted), like.shape[-1], dtype=like.dtype, device=like.device)
        left = len(wanted)
        for start, block in self._blocks:
            inside = ((wanted >= start) & (wanted < start + len(block))).nonzero(as_tuple=True)
            left -= len(inside[0])
            found = found.index_put(inside, block[wanted[inside] - start].to(like.dtype))
        if left:
            raise RespondentFailed(f"{left} virtual tokens of a prompt have no vectors (any more)")
        return found
