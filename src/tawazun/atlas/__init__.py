"""The planted world: fictional peoples whose answers are known exactly, and what a model of them should answer.

It exists to calibrate: an instrument that cannot find what was planted here finds nothing anywhere. Names, values and
facts are invented.
"""

from pathlib import Path

from tawazun.atlas.beliefs import (
    default_shares,
    exam_truth,
    left_out,
    persona_place,
    persona_shares,
    persona_weight,
    prior,
    respondent_truth,
)
from tawazun.atlas.people import Humans, humans, tally
from tawazun.atlas.world import DIMENSIONS, UNKNOWN, WEAK, World, role_of, truth, world


def model_folder() -> Path:
    """The folder of the shipped planted model, ready for `from_pretrained`."""
    return Path(__file__).resolve().parent / "planted_model"


__all__ = [
    "DIMENSIONS",
    "UNKNOWN",
    "WEAK",
    "Humans",
    "World",
    "default_shares",
    "exam_truth",
    "humans",
    "left_out",
    "model_folder",
    "persona_place",
    "persona_shares",
    "persona_weight",
    "prior",
    "respondent_truth",
    "role_of",
    "tally",
    "truth",
    "world",
]
