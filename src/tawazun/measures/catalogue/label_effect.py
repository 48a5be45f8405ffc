"""How far an answer moves when only the labels of the options change: JS distance between label scripts, over items."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.arms import NO_OPTIONS, UNIT, framing_gaps, gap_rows
from tawazun.measures.context import Context, Simple, rows


def compute(context: Context) -> Iterator[Estimate]:
    """One row per subject."""
    for name, made in context.cubes.items():
        for base, found in zip(rows("label_effect", name, made), framing_gaps(context, made, "labels"), strict=True):
            if np.isnan(found.distance).all():
                why = "one label script only: ask with labels = ['letters', 'digits']"
                yield replace(base, unit=UNIT, why=why if made.distributed.any() else NO_OPTIONS)
                continue
            yield from gap_rows(context, made, base, found, "mean over items and pairs of label scripts")


MEASURE = Simple(
    "label_effect",
    "Shift of the answers when only the labels of the options change",
    UNIT,
    "Dominguez-Olmedo et al. (2023) on label bias; the distance as in js_similarity",
    compute,
)
