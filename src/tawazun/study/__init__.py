"""Studies: what is asked, of whom, and what is measured, as one strict TOML file."""

from tawazun.study.files import (
    asked_digest,
    changed_keys,
    expand_personas,
    load_study,
    read_toml,
    register_own,
    study_from,
    study_toml,
)
from tawazun.study.records import (
    ITEM_CORRELATION,
    AskKeys,
    GateKeys,
    MeasureKeys,
    PopulationKeys,
    RespondentKeys,
    Study,
)

__all__ = [
    "ITEM_CORRELATION",
    "AskKeys",
    "GateKeys",
    "MeasureKeys",
    "PopulationKeys",
    "RespondentKeys",
    "Study",
    "asked_digest",
    "changed_keys",
    "expand_personas",
    "load_study",
    "read_toml",
    "register_own",
    "study_from",
    "study_toml",
]
