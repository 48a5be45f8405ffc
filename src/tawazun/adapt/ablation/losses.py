"""Loss of a loaded model on texts of the original language, text by text, so that models are paired over texts."""

from itertools import islice
from pathlib import Path
from typing import Any

import torch

from tawazun.adapt.corpora.sources import CorpusKeys, open_source
from tawazun.adapt.training.losses import corpus_texts

TEXTS = 200
CONTEXT = 512


def text_by_text(module: Any, tokenizer: Any, keys: CorpusKeys, folder: Path) -> list[float | None]:
    """Nats a token of each of a source's first texts; None for one of fewer than two tokens.

    Errors   BadFile and BadStudy for a source that cannot be read
    """
    was = module.training
    module.eval()
    found = [_loss(module, tokenizer, text) for text in islice(corpus_texts(open_source(keys, folder)), TEXTS)]
    module.train(was)
    return found


def _loss(module: Any, tokenizer: Any, text: str) -> float | None:
    ids = tokenizer(text, add_special_tokens=False)["input_ids"][:CONTEXT]
    if len(ids) < 2:
        return None
    row = torch.tensor([ids], device=next(module.parameters()).device)
    with torch.no_grad():
        return float(module(row, labels=row, use_cache=False).loss)
