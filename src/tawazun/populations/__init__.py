"""Populations: weighted human distributions with their own error, or ready scores, by place."""

from tawazun.populations.records import (
    HUMANS,
    HumanAnswer,
    Population,
    PopulationSource,
    Request,
    Universe,
    humans_table,
)
from tawazun.populations.registry import load_populations, population_names, population_source

__all__ = [
    "HUMANS",
    "HumanAnswer",
    "Population",
    "PopulationSource",
    "Request",
    "Universe",
    "humans_table",
    "load_populations",
    "population_names",
    "population_source",
]
