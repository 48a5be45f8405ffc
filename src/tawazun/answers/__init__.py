"""Answers: one distribution per cell with its losses, and the readers that turn replies into options."""

from tawazun.answers.readers import Reading, read_reply
from tawazun.answers.records import FILTERED, SCHEMA, TOLERANCE, Outcome, check, table_of
from tawazun.answers.settling import settled
from tawazun.answers.uniform import uniform_outcome

__all__ = [
    "FILTERED",
    "SCHEMA",
    "TOLERANCE",
    "Outcome",
    "Reading",
    "check",
    "read_reply",
    "settled",
    "table_of",
    "uniform_outcome",
]
