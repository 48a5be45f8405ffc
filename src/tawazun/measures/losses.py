"""Quality of the measurement itself: mass on the menu, refusals, unreadable replies."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, rows
from tawazun.measures.cube import Cube
from tawazun.measures.spread import interval, replicates


def loss_rows(
    context: Context, measure: str, observed: Callable[[Cube], np.ndarray], absent: str
) -> Iterator[Estimate]:
    """One row per subject: the mean over the cells in which a loss was observed, with a t interval over wordings.

    observed   (S, F, Q), NaN where it was not observed; absent: the reason when it never was
    """
    for name, made in context.cubes.items():
        array = observed(made)
        for subject, base in enumerate(rows(measure, name, made)):
            row = replace(base, unit="share")
            if np.isnan(array[subject]).all():
                yield replace(row, why=absent)
                continue
            reps = replicates(made, subject, array, None)
            seen = ~np.isnan(reps.whole)
            reps = reps.only(np.flatnonzero(seen))
            spread = interval(reps, lambda block: block.mean(axis=-1), context.keys.level, 0.0, (0.0, 1.0))
            yield replace(
                row,
                value=float(reps.whole.mean()),
                low=spread.low,
                high=spread.high,
                level=spread.level,
                n=float((~np.isnan(array[subject])).sum()),
                method="; ".join(m for m in ("mean over cells, items weighing the same", spread.method) if m),
                why=spread.why,
            )
