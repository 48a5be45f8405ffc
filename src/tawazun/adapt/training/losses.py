"""The loss on texts that are not trained on, before and after: what a language lost while another was learnt."""

import json
import math
from collections.abc import Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any, Literal

import torch

from tawazun.adapt.corpora.sources import CorpusKeys, CorpusSource, open_source
from tawazun.adapt.training.models import Opened
from tawazun.adapt.training.running import is_first
from tawazun.runs.writing import write_text

ROWS = 500


def tell_losses(
    texts: Sequence[tuple[CorpusKeys, Path]], opened: Opened, out: Path, side: Literal["before", "after"]
) -> None:
    """Put the losses of one side of a training into its folder; those that are there from before a kill stay."""
    file = out / f".losses-{side}.json"
    if not texts or (side == "before" and file.is_file()):
        return
    found = text_losses(opened.model, opened.tokenizer, texts, opened.keys.context)
    if is_first():
        write_text(file, json.dumps(found))


def read_losses(out: Path) -> list[dict[str, Any]]:
    """Losses before and after, source by source."""
    before, after = (json.loads((out / f".losses-{side}.json").read_text()) for side in ("before", "after"))
    return [
        {**{key: one[key] for key in ("source", "language", "tokens")},
         **{f"{key}_{side}": found[key] for side, found in (("before", one), ("after", two))
            for key in ("nats_per_token", "bits_per_letter")}}
        for one, two in zip(before, after, strict=True)
    ]  # fmt: skip


def text_losses(
    module: Any, tokenizer: Any, texts: Sequence[tuple[CorpusKeys, Path]], context: int
) -> list[dict[str, Any]]:
    """Loss of each source's first rows: nats a token, and bits a letter, which two tokenizers can be compared by.

    Errors   BadFile and BadStudy for a source that cannot be read
    """
    was = module.training
    module.eval()
    found = [_loss(module, tokenizer, open_source(keys, folder), context) for keys, folder in texts]
    module.train(was)
    return found


def _loss(module: Any, tokenizer: Any, source: CorpusSource, context: int) -> dict[str, Any]:
    device = next(module.parameters()).device
    nats, tokens, letters = 0.0, 0, 0
    for text in islice(corpus_texts(source), ROWS):
        ids = tokenizer(text, add_special_tokens=False)["input_ids"][:context]
        if len(ids) < 2:
            continue
        row = torch.tensor([ids], device=device)
        with torch.no_grad():
            loss = module(row, labels=row, use_cache=False).loss
        nats += float(loss) * (len(ids) - 1)
        tokens += len(ids) - 1
        letters += len(tokenizer.decode(ids[1:]))
    return {
        "source": source.keys.name,
        "language": source.keys.language,
        "tokens": tokens,
        "nats_per_token": nats / tokens if tokens else None,
        "bits_per_letter": nats / math.log(2) / letters if letters else None,
    }


def corpus_texts(source: CorpusSource) -> Iterator[str]:
    """Every text of a source, in order."""
    for number in count() if source.blocks is None else range(source.blocks):
        rows = source.block(number)
        if not rows and source.blocks is None:
            return
        yield from (row.text for row in rows)
