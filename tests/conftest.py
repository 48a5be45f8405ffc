"""Shared fixtures: where real data is, and what a missing thing means."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# machines are shared and noisy: a property is judged by what it finds, never by the clock
settings.register_profile("tawazun", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.load_profile("tawazun")

# no test answers from what an earlier one left on this machine; those of the cache say where theirs lies
os.environ["TAWAZUN_CACHE"] = "off"

ROOT = Path(__file__).resolve().parent.parent
REQUIRED = {word for word in os.environ.get("TAWAZUN_REQUIRE", "").split(",") if word}


def missing(what: str, why: str) -> None:
    """Skip with a reason, or fail where the environment says that this thing must be there."""
    if what in REQUIRED:
        pytest.fail(f"{why} (TAWAZUN_REQUIRE names {what})")
    pytest.skip(why)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data sets, laid out as its own README says."""
    folder = Path(os.environ.get("TAWAZUN_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "README.md").is_file():
        missing("data", f"no data folder at {folder}; set TAWAZUN_DATA")
    return folder
