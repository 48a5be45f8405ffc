"""Subsets of training sets that lie high or low on a component, beside random ones, and what training on them shows."""

from tawazun.audit.interventions.choosing import Chosen, Pool, chosen, random_draw, unmatched_sources
from tawazun.audit.interventions.effects import Effect, Effects, effects_of
from tawazun.audit.interventions.scoring import Carried, carried, contributions, row_values

__all__ = [
    "Carried",
    "Chosen",
    "Effect",
    "Effects",
    "Pool",
    "carried",
    "chosen",
    "contributions",
    "effects_of",
    "random_draw",
    "row_values",
    "unmatched_sources",
]
