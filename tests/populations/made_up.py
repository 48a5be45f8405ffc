"""Files that only a user of a survey has, made up here in their exact shape: no answer in them is anybody's."""

import csv
from pathlib import Path

import numpy as np
import polars as pl

BRIDGES, RIVERS, CLOUDS, GOATS, PIPES = (
    f"Made-up question about {x}?" for x in "bridges rivers clouds goats pipes".split()
)

ROWS = (
    (
        BRIDGES,
        "defaultdict(<class 'list'>, {'Egypt': [0.1, 0.2, 0.3, 0.3, 0.1], 'S. Africa': [0.2, 0.2, 0.2, 0.2, 0.2], "
        "'India (Current national sample)': [0.4, 0.3, 0.2, 0.1, 0.0], 'India (Old national sample)': [1, 0, 0, 0, 0],"
        "'India (Non-national sample)': [0, 0, 0, 1.0, 0], 'Mali (Non-national sample)': [0.25, 0.25, 0.25, 0.25, 0]})",
        "['Very favorable', 'Somewhat favorable', 'Somewhat unfavorable', 'Very unfavorable', 'DK/Refused']",
        "GAS",
    ),
    (
        RIVERS,
        "defaultdict(<class 'list'>, {'Egypt': [0.5, 0.3, 0.13], 'Britain': [0.33, 0.33, 0.33], "
        "'India (Old national sample)': [0.2, 0.3, 0.5], 'Chile': [0.33, 0.33, 0.33], 'Kenya': [], 'Mali': [0, 0, 0]})",
        "['Better', 'Worse', 'Has not changed']",
        "GAS",
    ),
    (
        CLOUDS,
        "defaultdict(<class 'list'>, {'Egypt': [0.2, 0.1, 0.3, 0.1, 0.1, 0.1, 0.1], 'Northern Ireland': "
        "[0.1, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2], 'Great Britain': [0.1, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2]})",
        "['Not important at all', 1.0, 'Very important', 2.0, 3.0, \"Don't know\", 'Missing; Unknown']",
        "WVS",
    ),
    (
        GOATS,
        "defaultdict(<class 'list'>, {'Egypt': [0.6, 0.3, 0.1], 'Taiwan': [0.5, 0.25, 0.25], 'Taiwan ROC': "
        "[0.5, 0.25, 0.25]})",
        "['A goat', \"Nobody's goat\", 'Neither (VOL)']",
        "WVS",
    ),
    ("", "defaultdict(<class 'list'>, {'Egypt': [1.0]})", "['One']", "GAS"),
    (PIPES, "defaultdict(<class 'list'>, {'Egypt': [0.9, 0.1]})", "['Yes', 'DK/Refused']", "GAS"),
)  # fmt: skip


def written(folder: Path, rows=ROWS, name: str = "data.csv") -> Path:
    """A data folder with a table of these rows."""
    (folder / "globalopinionqa").mkdir(exist_ok=True)
    with (folder / "globalopinionqa" / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("question", "selections", "options", "source"), *rows])
    return folder


SCALES = {"Q46": 4, "Q57": 2, "Q45": 3, "Q209": 3, "Q164": 10, "Q182": 10, "Q184": 10, "Q254": 4, "Q154": 4}
IVS = {"A008": 4, "A165": 2, "E018": 3, "E025": 3, "F063": 10, "F118": 10, "F120": 10, "G006": 4, "Y002": 3}


def wave_7(n: int = 400, seed: int = 0) -> pl.DataFrame:
    """Interviews in the columns of the cross-national file: EGY not asked about Q182, one in ten silent on Q184."""
    rng = np.random.default_rng(seed)
    country = np.repeat(["EGY", "MAR", "NIR", "GBR"], n // 4)
    columns: dict[str, object] = {
        "version": ["made up"] * n,
        "A_WAVE": np.full(n, 7),
        "A_YEAR": np.where(country == "EGY", 2018, 2021),
        "B_COUNTRY_ALPHA": country,
        "D_INTERVIEW": np.arange(n) + 818070001,
        "W_WEIGHT": rng.uniform(0.3, 2.5, n).round(4),
        **{name: rng.integers(1, top + 1, n) for name, top in SCALES.items()},
        **{f"Q{number}": rng.integers(1, 3, n) for number in range(7, 18)},
    }
    first = np.asarray(columns["Q154"])
    columns["Q155"] = (first + rng.integers(0, 3, n)) % 4 + 1
    columns["Q182"] = np.where(country == "EGY", -4, columns["Q182"])
    columns["Q184"] = np.where(np.arange(n) % 10 == 0, -1, columns["Q184"])
    return pl.DataFrame(columns)


def trend(n: int = 600, seed: int = 0) -> pl.DataFrame:
    """Interviews in the columns of the merged trend file: two surveys of IND and USA, an old wave, EVS without Y003."""
    rng = np.random.default_rng(seed)
    place, year, wave = (np.repeat(part, n // 5) for part in (
        [356, 356, 840, 840, 356], [2006, 2012, 2006, 2017, 1995], [5, 6, 5, 7, 3]))  # fmt: skip
    columns: dict[str, object] = {
        "S001": np.where(year == 2017, 1, 2),
        "S002VS": wave,
        "S003": place,
        "S007_01": np.arange(n) + 1,
        "S020": year,
        "S017": rng.uniform(0.5, 1.5, n).round(4),
        **{name: rng.integers(1, top + 1, n) for name, top in IVS.items()},
        **{name: rng.integers(0, 2, n) for name in ("A029", "A039", "A040", "A042")},
    }
    parts = [np.asarray(columns[name]) for name in ("A029", "A039", "A040", "A042")]
    ready = parts[0] + parts[1] - parts[2] - parts[3]
    columns["Y003"] = np.where(year == 2017, -3, ready)
    return pl.DataFrame(columns)


def placed(tmp_path: Path, table: pl.DataFrame, survey: str = "wvs", name: str = "table.csv") -> Path:
    """A data folder with this table as the survey's file."""
    (tmp_path / survey).mkdir(parents=True, exist_ok=True)
    path = tmp_path / survey / name
    table.write_parquet(path) if name.endswith("parquet") else table.write_csv(path)
    return tmp_path


def user_files(folder: Path) -> Path:
    """A data folder with a made-up file of every survey that must be registered for."""
    return written(placed(placed(folder, wave_7()), trend(), "ivs"))
