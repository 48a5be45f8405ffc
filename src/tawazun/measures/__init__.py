"""Measures: from answers and people to estimates. No measure asks a model, and no number comes without its terms."""

from tawazun.measures.registry import find_measure, measure_answers, measure_names

__all__ = ["find_measure", "measure_answers", "measure_names"]
