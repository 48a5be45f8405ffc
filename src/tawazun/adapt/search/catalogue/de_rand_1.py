"""Differential evolution rand/1/bin: a random member plus one scaled difference, crossed with the parent.

Bounds are kept by reflection. Dither draws one F per generation, as SciPy does.
"""

from functools import partial

from tawazun.adapt.search.evolution import DifferentialSettings, OneDifference, rand_one
from tawazun.adapt.search.records import Method

OPTIMISER = Method(
    settings=DifferentialSettings,
    begin=partial(OneDifference, rand_one),
    summary="differential evolution rand/1/bin",
    source="Storn & Price (1997), J. Global Optimization 11, 341-359",
)
