"""Instruments: questions in several wordings and languages, their scoring, and what they may not be used for."""

from tawazun.instruments.cards import Card
from tawazun.instruments.exams import Exam, Published, Repair, Template
from tawazun.instruments.records import (
    Descriptor,
    Index,
    Instrument,
    Projection,
    Question,
    Wording,
    pair_codes,
    shared_wordings,
)
from tawazun.instruments.registry import instrument, instrument_card, instrument_names

__all__ = [
    "Card",
    "Descriptor",
    "Exam",
    "Index",
    "Instrument",
    "Projection",
    "Published",
    "Question",
    "Repair",
    "Template",
    "Wording",
    "instrument",
    "instrument_card",
    "instrument_names",
    "pair_codes",
    "shared_wordings",
]
