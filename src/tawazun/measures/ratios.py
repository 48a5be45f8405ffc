"""Intervals of ratios of sums over a panel, whose denominator is as uncertain as its numerator.

A ratio with an uncertain denominator is skewed: symmetric bounds hold too little of it above and too much below. All
ratios are kept that the two sums allow (Fieller). The parts' half-widths are joined as in every other interval.
"""

import numpy as np

from tawazun.measures.averages import REPLY_WORDS
from tawazun.measures.panels import Panel
from tawazun.measures.spread import BROKEN, FEW, Interval, Part, left_out
from tawazun.stats.gap_errors import NO_ERRORS, GapErrors, gap_errors, gap_ratio_interval

HUMAN_WORDS = "humans by delta method, their noise taken out"
UNBOUNDED = "no interval: the people's differences are too near their noise to divide by"


def people_errors(panel: Panel, form: np.ndarray) -> GapErrors | None:
    """What sampled people leave in the sums of a panel; None where their number is unknown."""
    if not panel.human_known:
        return None
    return gap_errors(panel.model, panel.human, np.where(panel.there, panel.n_eff, np.inf), form)


def sampled(panel: Panel) -> bool:
    """Whether one framing was asked of every place, so that only its replies vary."""
    return not len(panel.each) and not panel.noisy and bool(np.isfinite(panel.replies[panel.there]).all())


def reply_errors(panel: Panel, form: np.ndarray) -> GapErrors | None:
    """What drawn replies leave in the same sums, sides exchanged; None where framings vary or none is known."""
    if not sampled(panel):
        return None
    return gap_errors(panel.human, panel.model, np.where(panel.there, panel.replies, np.inf), form)


def model_part(panel: Panel, jack: np.ndarray | None, replied: np.ndarray | None) -> Part | None:
    """What framings (G, J), else the replies' variances (J,), contribute to J statistics of a panel."""
    part = None if jack is None else left_out(jack, panel.unit)
    return (np.sqrt(replied), np.inf, REPLY_WORDS) if part is None and replied is not None else part


def ratio_bounds(above: float, below: float, part: Part | None, errors: GapErrors | None, level: float) -> Interval:
    """Bounds of above / below.

    part     standard error of `above` from framings or replies, (1,)
    errors   what the people leave in both sums; None where their number is unknown
    """
    if part is None:
        return Interval(None, None, None, "", FEW)
    sd, df, words = float(part[0][0]), part[1], part[2]
    if not np.isfinite([above, below, sd]).all():
        return Interval(None, None, None, "", BROKEN)
    low, high = gap_ratio_interval(above, below, sd, df, errors or NO_ERRORS, level)
    if not (np.isfinite(low) and np.isfinite(high)):
        return Interval(None, None, None, "", UNBOUNDED)
    side = "excludes human error" if errors is None else HUMAN_WORDS
    return Interval(low, high, level, f"{words}; {side}; bounds of a ratio by Fieller", "")
