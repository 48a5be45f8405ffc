"""Pairs as tokens, as TRL makes them, and pairs that are longer than a model's context."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from tawazun.adapt.preferences.sets import Preference
from tawazun.errors import BadStudy


@contextmanager
def silent() -> Iterator[None]:
    """While TRL makes its rows: no bars of `datasets`, and no warnings about names that its next version drops."""
    from datasets import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    shown = not are_progress_bars_disabled()
    disable_progress_bars()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if shown:
            enable_progress_bars()


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of a prompt and of what follows it; the answers end with the end-of-text token."""

    prompt: tuple[int, ...]
    chosen: tuple[int, ...]
    rejected: tuple[int, ...]

    @property
    def longest(self) -> int:
        """Tokens of the prompt with the longer answer."""
        return len(self.prompt) + max(len(self.chosen), len(self.rejected))


def refuse_without_template(tokenizer: Any, pairs: Sequence[Preference], where: str) -> None:
    """Errors: BadStudy for pairs of messages and a model without a chat template."""
    if pairs and not pairs[0].plain and not getattr(tokenizer, "chat_template", None):
        raise BadStudy(
            f'{where}: its prompts are messages and the model has no chat template; export them with shape = "plain", '
            "or take a model with a template"
        )


def whole(tokenizer: Any, prompt: Sequence[tuple[str, str]], answer: str) -> list[int]:
    """Token ids of a prompt with an answer, as a reward model reads them."""
    if prompt[0][0] == "text":
        text = prompt[0][1] + answer
        return list(tokenizer(text if text.endswith(tokenizer.eos_token) else text + tokenizer.eos_token)["input_ids"])
    turns = [{"role": role, "content": text} for role, text in (*prompt, ("assistant", answer))]
    return list(tokenizer.apply_chat_template(turns, tokenize=True, return_dict=True)["input_ids"])


def encoded(tokenizer: Any, pair: Preference) -> Encoded:
    """A pair as ids; where prompt and answer part is where they stop being the same as the prompt alone."""
    if pair.plain:
        alone = list(tokenizer(pair.prompt[0][1])["input_ids"])
    else:
        turns = [{"role": role, "content": text} for role, text in pair.prompt]
        alone = list(
            tokenizer.apply_chat_template(turns, tokenize=True, add_generation_prompt=True, return_dict=True)[
                "input_ids"
            ]
        )
    both = [whole(tokenizer, pair.prompt, answer) for answer in (pair.chosen, pair.rejected)]
    size = min(_shared(alone, one) for one in both)
    return Encoded(tuple(alone[:size]), tuple(both[0][size:]), tuple(both[1][size:]))


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def fitting(
    tokenizer: Any, pairs: Sequence[Preference], context: int, too_long: Literal["refuse", "drop"], where: str
) -> tuple[list[Preference], int]:
    """Pairs that fit a context, and how many do not.

    Errors   BadStudy naming the first that does not, where they are not to be dropped, or where none is left
    """
    fits, gone = [], 0
    for one in pairs:
        size = encoded(tokenizer, one).longest
        if size <= context:
            fits.append(one)
            continue
        gone += 1
        if too_long == "refuse":
            raise BadStudy(
                f"{where}: {one.id} is {size} tokens long, train.context is {context}; raise it, or say "
                'too_long = "drop"'
            )
    if pairs and not fits:
        raise BadStudy(f"{where}: every pair is longer than train.context = {context}")
    return fits, gone
