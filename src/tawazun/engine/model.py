"""What a loaded model is to the rest of the package: tokens in, numbers out, and the facts that name it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import torch

from tawazun.engine.chat import MARK
from tawazun.engine.virtual import VirtualTokens
from tawazun.errors import BadFile

Sharing = Literal["tree", "prefix", "none", "alone"]
Position = Literal["before", "persona", "after"]


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which model to load, and how.

    path         a folder, or the name of a repository of the Hub
    revision     branch, tag or commit of that repository; empty = its main branch, resolved to a commit
    dtype        `float32`, `float16`, `bfloat16`; `int8` = the weights of linear layers in 8 bits, everything else as
                 in `auto`; `auto` = float32 on a CPU, else what the file was saved in
    device       `cpu`, `cuda`, `cuda:1`; `auto` = cuda where there is one
    adapter      folder or repository of a PEFT weight adapter or soft prompt, or folder of a soft prompt of ours;
                 empty = none
    remote_code  run Python files that come with the model; only ever on request
    stable       compute every sequence by itself, so that no bit of a score depends on what else is asked
    """

    path: str
    revision: str = ""
    dtype: str = "auto"
    device: str = "auto"
    adapter: str = ""
    remote_code: bool = False
    stable: bool = False


@dataclass(slots=True)
class Room:
    """How much fits on the device at once.

    tokens  per forward pass; halved when memory runs out, never raised
    logits  made in one pass (positions x vocabulary); 256 MB in float32 unless there is more memory
    """

    tokens: int
    logits: int = 1 << 26


@dataclass(frozen=True, slots=True)
class Standing:
    """A soft prompt that stands in every prompt.

    position  `before` everything, in the `persona`'s place, or `after` the question
    tokens    the numbers of its virtual tokens
    mark      the token that a text has in their place; -1 for `before`, which no text shows
    note      what a reader should know about it; may be empty
    """

    position: Position
    tokens: tuple[int, ...]
    mark: int = -1
    note: str = ""


@dataclass(frozen=True)
class LoadedModel:
    """A causal language model ready to be asked.

    module     the transformers model, in evaluation mode
    tokenizer  its tokenizer
    facts      what can move an answer: revision, weights, config, tokenizer, template, dtype, adapter, stops
    device     where it stands
    context    most positions it takes; None when it has no such limit
    stops      tokens that end a reply
    room       how much fits in one forward pass
    sharing    how sequences share what they have in common: `tree`, `prefix`, `none` (padded batches of whole
               sequences), or `alone` (every sequence by itself: bit for bit the same in any company)
    standing   the soft prompt it was loaded with
    virtual    vectors behind token numbers past the vocabulary; `None` makes its own
    """

    module: Any
    tokenizer: Any
    facts: Mapping[str, str]
    device: torch.device
    context: int | None
    stops: tuple[int, ...]
    room: Room = field(compare=False)
    sharing: Sharing = "none"
    standing: Standing | None = None
    virtual: VirtualTokens = field(default=None, compare=False)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        """One store of vectors for a module, however many records speak of it."""
        if self.virtual is None:
            object.__setattr__(self, "virtual", VirtualTokens(self.module))

    def shared_by(self, sharing: Sharing) -> "LoadedModel":
        """The same model, sharing in another way."""
        return replace(self, sharing=sharing)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Tokens of each text as it stands; special tokens are read where they are spelled, none is added.

        The mark of a standing soft prompt becomes its virtual tokens.

        Errors   BadFile for a token that the model has no vector for
        """
        if not texts:
            return []
        read = self.tokenizer(list(texts), add_special_tokens=False, return_attention_mask=False)
        self._check_known(max((max(ids) for ids in read["input_ids"] if ids), default=0), read["input_ids"])
        if self.standing is None:
            return [list(ids) for ids in read["input_ids"]]
        return [filled(ids, self.standing.mark, self.standing.tokens) for ids in read["input_ids"]]

    def _check_known(self, highest: int, read: Sequence[Sequence[int]]) -> None:
        """Tokens added to a tokenizer and not to its model would be looked up past the end of its table."""
        rows = int(self.module.config.get_text_config().vocab_size)
        if highest < rows:
            return
        mark = self.tokenizer.convert_tokens_to_ids(MARK)
        unknown = next((token for ids in read for token in ids if token >= rows and token != mark), None)
        if unknown is not None:
            text = self.tokenizer.convert_ids_to_tokens(unknown)
            raise BadFile(
                f"the tokenizer knows a token that the model lacks: {text!r} is number {unknown}, the model has {rows}"
            )

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens, without special ones."""
        text: str = self.tokenizer.decode(list(tokens), skip_special_tokens=True)
        return text

    @cached_property
    def opening(self) -> tuple[int, ...]:
        """Special tokens that the tokenizer puts before a plain text (a beginning-of-text token, or nothing)."""
        bare = self.encode(["a"])[0]
        full = list(self.tokenizer("a", return_attention_mask=False)["input_ids"])
        starts = [at for at in range(len(full) - len(bare) + 1) if full[at : at + len(bare)] == bare]
        return tuple(full[: starts[0]]) if starts else ()

    @cached_property
    def added(self) -> frozenset[int]:
        """Tokens that are cut out of a text before anything else is tokenised, so that text splits cleanly at them."""
        return frozenset(self.tokenizer.added_tokens_decoder)


def filled(tokens: Sequence[int], mark: int, virtual: Sequence[int]) -> list[int]:
    """Tokens with every `mark` replaced by virtual ones."""
    if mark not in tokens:
        return list(tokens)
    return [one for token in tokens for one in (virtual if token == mark else (token,))]
