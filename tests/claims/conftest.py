"""Finished runs that the tests of this room share: planted respondents, and the recorded answers of real models."""

from pathlib import Path
from typing import Any

import pytest

from tawazun import api
from tawazun.claims import Gathered
from tawazun.runs import Run
from tawazun.study import study_from
from tests.toys import write

REGION = "group:atlas-arab@1"
PEOPLE = f"atlas-1/{REGION}"
# wordings matter a little to all of them, each in its own strength, so that none is the copy of another
PLANTED: dict[str, dict[str, float]] = {
    "healthy": {"wording_sensitivity": 0.30},
    "twin": {"wording_sensitivity": 0.31},
    "pulled": {"wording_sensitivity": 0.32, "default_pull": 0.7},
    "mirror": {"wording_sensitivity": 0.33, "mirror": 1.0},
    "stereotype": {"wording_sensitivity": 0.34, "homogenise": 1.0},
    "absent": {"wording_sensitivity": 0.35, "low_mass": 0.5},
}

GPT = """
version = 1
name = "recorded models"
seed = 2024
{respondents}
[ask]
instruments = ["cultural_map"]
[measure]
populations = ["cultural_map-2022"]
measures = ["map_distance"]
"""
RECORDED = """
[[respondent]]
name = "{name} (recorded 2023)"
kind = "recorded"
file = "gpt_recorded.csv"
where = {{ model = "{model}" }}
fill = {{ instrument = "cultural_map", persona = "human", labels = "digits" }}
options = {{ wide = true }}
"""


def planted_table(labels: list[str] | None = None, **changes: Any) -> dict[str, Any]:
    """A study of planted respondents, as a table."""
    table: dict[str, Any] = {
        "name": "planted",
        "seed": 3,
        "respondent": [
            {"name": label, "kind": "planted", "options": PLANTED[label]} for label in labels or list(PLANTED)
        ],
        "ask": {"instruments": ["atlas"], "personas": [REGION], "wordings": 4},
        "measure": {"populations": [PEOPLE], "groups": [REGION], "measures": ["allowed_mass"]},
    }
    for key, value in changes.items():
        table[key] = {**table.get(key, {}), **value} if isinstance(value, dict) else value
    return table


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Every planted respondent under one design."""
    return api.run(study_from(planted_table(), "planted.toml"), tmp_path_factory.mktemp("claims") / "planted")


@pytest.fixture(scope="session")
def side_by_side(planted: Run) -> Gathered:
    """The planted run laid out."""
    return api.gather_runs([planted])


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """GPT-3.5-turbo and GPT-4 among the 107 countries, from the figures that ship."""
    from tawazun.studies import FOLDER

    folder = tmp_path_factory.mktemp("recorded")
    write(folder / "gpt_recorded.csv", (FOLDER / "gpt_recorded.csv").read_text())
    names = [("GPT-3.5-turbo", "gpt-3.5-turbo"), ("GPT-4", "gpt-4")]
    respondents = "".join(RECORDED.format(name=name, model=model) for name, model in names)
    study = write(folder / "gpt.toml", GPT.format(respondents=respondents))
    return api.run(api.load_study(study), folder / "gpt", folder=Path(folder))
