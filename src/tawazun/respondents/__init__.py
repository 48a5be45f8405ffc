"""Respondents: local models, recorded answers, the planted one, and the uniform floor."""

from tawazun.catalogue import load, names
from tawazun.respondents.records import Early, Partly, Recorded, RecordedCell, Respondent, Settings, respondent_id

FOLDER = "tawazun.respondents.catalogue"


def respondent_kinds() -> list[str]:
    """Kinds of respondent on offer."""
    return names(FOLDER)


def make_respondent(settings: Settings) -> Respondent | Recorded:
    """The respondent of one `[[respondent]]`: calls `RESPONDENT(settings)` of its kind's file."""
    made: Respondent | Recorded = load(FOLDER, settings.kind, "RESPONDENT")(settings)
    return made


__all__ = [
    "Early",
    "Partly",
    "Recorded",
    "RecordedCell",
    "Respondent",
    "Settings",
    "make_respondent",
    "respondent_id",
    "respondent_kinds",
]
