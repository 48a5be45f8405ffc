"""Differential evolution best/1/bin: the best member plus one scaled difference, crossed with the parent.

Faster and greedier than rand/1/bin; bounds are kept by reflection, dither draws one F per generation.
"""

from functools import partial

from tawazun.adapt.search.evolution import DifferentialSettings, OneDifference, best_one
from tawazun.adapt.search.records import Method

OPTIMISER = Method(
    settings=DifferentialSettings,
    begin=partial(OneDifference, best_one),
    summary="differential evolution best/1/bin",
    source="Storn (1996), NAFIPS, 519-523; Price, Storn & Lampinen (2005), Differential Evolution, section 3.3",
)
