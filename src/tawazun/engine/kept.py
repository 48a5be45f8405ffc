"""Beginnings that are computed once and asked again and again: the questions of a search whose candidates come after.

Nothing writes to what is kept. Endings of one beginning share rows, as branches of one parent do in
`tawazun.engine.sharing`, so a whole population goes through beside the keys and values of its question.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tawazun.engine.forward import in_batches
from tawazun.engine.model import LoadedModel
from tawazun.engine.packing import Owners, rows_of
from tawazun.engine.scoring import check_lengths, picked
from tawazun.engine.sharing import Parents, advanced, onward
from tawazun.engine.tree import Branch
from tawazun.errors import RespondentFailed


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a beginning is kept: in which block of rows, and in which of them."""

    block: int
    row: int


class Kept:
    """Beginnings of prompts whose keys and values stay, for models whose layers attend to all that stands before."""

    def __init__(self, model: LoadedModel, beginnings: Sequence[Sequence[int]]) -> None:
        """Computes each distinct beginning once.

        Errors   RespondentFailed for a model that cannot share in that way, or for a beginning without tokens
        """
        if not can_keep(model):
            raise RespondentFailed("this model cannot go on from a kept beginning")
        check_lengths(model, [len(one) for one in beginnings])
        self._model = model
        distinct = list(dict.fromkeys(tuple(one) for one in beginnings))
        self._lengths = [len(one) for one in beginnings]
        self._blocks: list[Parents] = []
        places = dict(zip(distinct, self._computed(distinct), strict=True))
        self._places = [places[tuple(one)] for one in beginnings]

    @torch.inference_mode()
    def score_next(
        self, endings: Sequence[tuple[int, Sequence[int]]], wanted: Sequence[Sequence[int]]
    ) -> list[np.ndarray]:
        """Log-probabilities of tokens that may follow each (number of a beginning, ending).

        Shapes   as `tawazun.engine.score_next` of the beginnings and endings put together
        """
        check_lengths(self._model, [self._lengths[number] + len(after) for number, after in endings])
        if not all(len(after) for _, after in endings):
            raise RespondentFailed("an ending without tokens cannot be scored")
        found: list[np.ndarray] = [np.zeros(0, np.float32)] * len(endings)
        for number, block in enumerate(self._blocks):
            by_row: dict[int, list[int]] = {}
            for i, (beginning, _) in enumerate(endings):
                place = self._places[beginning]
                if place.block == number:
                    by_row.setdefault(place.row, []).append(i)
            self._through(block, by_row, endings, wanted, found)
        return found

    def _through(
        self,
        block: Parents,
        by_row: dict[int, list[int]],
        endings: Sequence[tuple[int, Sequence[int]]],
        wanted: Sequence[Sequence[int]],
        found: list[np.ndarray],
    ) -> None:
        rows = []
        for row, own in by_row.items():
            branches = [
                Branch(list(endings[i][1]), self._lengths[endings[i][0]], spots={len(endings[i][1]) - 1: [(i, 0)]})
                for i in own
            ]
            rows += rows_of(branches, row)

        def emit(logits: Tensor, owners: list[Owners]) -> None:
            numbers = [own[0][0] for own in owners]
            scores = picked(logits, [wanted[i] for i in numbers])
            ends = np.cumsum([len(wanted[i]) for i in numbers])
            for i, part in zip(numbers, np.split(scores, ends[:-1]), strict=True):
                found[i] = part

        if rows:
            onward(self._model, rows, block, emit)

    @torch.inference_mode()
    def _computed(self, distinct: Sequence[tuple[int, ...]]) -> list[_Place]:
        def work(batch: list[int]) -> list[_Place]:
            own = [(0, Branch(list(distinct[i]), 0)) for i in batch]
            _, parents = advanced(self._model, own, None)
            self._blocks.append(parents)
            return [_Place(len(self._blocks) - 1, row) for row in range(len(batch))]

        return in_batches([len(one) for one in distinct], self._model.room, len(distinct), work)


def can_keep(model: LoadedModel) -> bool:
    """Whether a model's beginnings can be kept: every layer attends to everything before it."""
    return model.sharing == "tree"
