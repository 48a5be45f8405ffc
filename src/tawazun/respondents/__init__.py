"""Respondents: local models, recorded answers, the planted one, and the uniform floor."""

from dataclasses import replace

from tawazun.catalogue import load, names
from tawazun.respondents.records import Early, Partly, Recorded, RecordedCell, Respondent, Settings, respondent_id
from tawazun.respondents.steered import find_steering, steered
from tawazun.respondents.steering import Steering, Voice, read_steering, write_steering

FOLDER = "tawazun.respondents.catalogue"


def respondent_kinds() -> list[str]:
    """Kinds of respondent on offer."""
    return names(FOLDER)


def make_respondent(settings: Settings) -> Respondent | Recorded:
    """The respondent of one `[[respondent]]`: calls `RESPONDENT(settings)` of its kind's file.

    An `adapter` with a `steering.json` steers any kind by words; others are the kind's own business.
    """
    kind = load(FOLDER, settings.kind, "RESPONDENT")
    if folder := find_steering(settings):
        return steered(kind(replace(settings, adapter="")), folder, settings)
    made: Respondent | Recorded = kind(settings)
    return made


__all__ = [
    "Early",
    "Partly",
    "Recorded",
    "RecordedCell",
    "Respondent",
    "Settings",
    "Steering",
    "Voice",
    "make_respondent",
    "read_steering",
    "respondent_id",
    "respondent_kinds",
    "write_steering",
]
