"""A model with more pieces: its tokenizer extended, new embeddings the mean of the old pieces they are made of.

The result is an ordinary `transformers` folder. Old ids and old vectors stay as they were, so a text without new pieces
is read to the bit as before. Tied heads stay tied; an untied head gets means of its own rows.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from tawazun.adapt.corpora.pieces import Pieces, learn_pieces
from tawazun.errors import BadFile, BadStudy, WriteFailed


@dataclass(frozen=True, slots=True)
class Fertility:
    """How a tokenizer cuts some texts.

    tokens    tokens for each word (parted by spaces)
    unbroken  share of words that are one token
    words     in all
    """

    tokens: float
    unbroken: float
    words: int


@dataclass(frozen=True, slots=True)
class Extension:
    """What an extension came to: new pieces, embedding rows, whether the head is tied, fertility by language."""

    pieces: int
    rows: int
    tied: bool
    before: Mapping[str, Fertility]
    after: Mapping[str, Fertility]

    def record(self) -> dict[str, object]:
        """As a plain dictionary, for the lineage."""
        return asdict(self)


def fertility(tokenizer: Any, texts: Iterable[str]) -> Fertility:
    """How a tokenizer cuts some texts. Errors: BadStudy for texts without words."""
    tokens = words = whole = 0
    for text in texts:
        own = text.split()
        words += len(own)
        tokens += len(tokenizer(text, add_special_tokens=False)["input_ids"])
        # a word is cut as it is after a space
        cut = tokenizer([f" {word}" for word in own], add_special_tokens=False)["input_ids"] if own else []
        whole += sum(len(ids) == 1 for ids in cut)
    if not words:
        raise BadStudy("vocabulary: the texts for fertility have no words")
    return Fertility(tokens / words, whole / words, words)


def extend_vocabulary(
    model: str | Path, texts: Iterable[str], out: Path, *, count: int, samples: Mapping[str, Sequence[str]]
) -> Extension:
    """Write to `out` the model of a folder with `count` new pieces learnt from a corpus.

    samples  language -> texts by which fertility is told before and after; the original language should be among them
    Errors   BadStudy when nothing can be learnt; Refused for another kind of tokenizer; BadFile where the new
             tokenizer does not keep the old ids
    """
    if count < 1:
        raise BadStudy(f"vocabulary: at least one new piece, not {count}")
    tokenizer = AutoTokenizer.from_pretrained(model)
    pieces = learn_pieces(tokenizer, texts, count)
    if not pieces.added:
        raise BadStudy("vocabulary: the corpus has no neighbouring pieces that stand together twice; give more text")
    before = {language: fertility(tokenizer, own) for language, own in samples.items()}
    grown: Any = AutoModelForCausalLM.from_pretrained(model, dtype="auto")
    made = _spelled(tokenizer, pieces)
    ids = made["model"]["vocab"]
    parts = {ids[new]: [ids[old] for old in olds] for new, olds in pieces.added.items()}
    _grow(grown, parts)
    try:
        grown.save_pretrained(out)
        tokenizer.save_pretrained(out)
        (out / "tokenizer.json").write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
    except OSError as error:
        raise WriteFailed(f"{out.name} could not be written ({error.strerror or error})") from error
    new = AutoTokenizer.from_pretrained(out)
    _check(tokenizer, new, ids, pieces)
    after = {language: fertility(new, own) for language, own in samples.items()}
    rows = grown.get_input_embeddings().weight.shape[0]
    return Extension(len(pieces.added), rows, _tied(grown), before, after)


def _spelled(tokenizer: Any, pieces: Pieces) -> dict[str, Any]:
    """The tokenizer's own file with the new pieces; old ids stay."""
    made: dict[str, Any] = json.loads(tokenizer.backend_tokenizer.to_str())
    vocabulary, merges = made["model"]["vocab"], made["model"]["merges"]
    # added tokens join the vocabulary under their ids, or loading would give these to new pieces
    vocabulary.update({one["content"]: one["id"] for one in made["added_tokens"]})
    following = max(vocabulary.values()) + 1
    vocabulary.update({piece: following + i for i, piece in enumerate(pieces.added)})
    as_text = bool(merges) and isinstance(merges[0], str)
    merges += [" ".join(pair) if as_text else list(pair) for pair in pieces.merges]
    return made


def _grow(model: Any, parts: Mapping[int, Sequence[int]]) -> None:
    """Rows for new ids: the mean of the rows of their old pieces, in the embeddings and in a head of its own."""
    rows = max(parts) + 1
    if rows > model.get_input_embeddings().weight.shape[0]:
        model.resize_token_embeddings(rows, mean_resizing=False)
    weights = [model.get_input_embeddings().weight]
    if not _tied(model) and model.get_output_embeddings() is not None:
        weights.append(model.get_output_embeddings().weight)
    with torch.no_grad():
        for weight in weights:
            for new, olds in parts.items():
                weight[new] = weight[torch.tensor(olds)].float().mean(dim=0).to(weight.dtype)
        bias: Any = getattr(model.get_output_embeddings(), "bias", None)
        for new, olds in parts.items() if bias is not None else ():
            bias[new] = bias[torch.tensor(olds)].mean()


def _tied(model: Any) -> bool:
    head = model.get_output_embeddings()
    return head is not None and head.weight is model.get_input_embeddings().weight


def _check(old: Any, new: Any, ids: Mapping[str, int], pieces: Pieces) -> None:
    """The saved tokenizer has every old piece under its old id, and the new ones. Errors: BadFile naming one."""
    there = new.get_vocab()
    moved = [piece for piece, number in old.get_vocab().items() if there.get(piece) != number]
    lost = [piece for piece in pieces.added if there.get(piece) != ids[piece]]
    if moved or lost:
        raise BadFile(
            f"vocabulary: the piece {(moved or lost)[0]!r} has another id after saving; this tokenizer cannot grow"
        )
