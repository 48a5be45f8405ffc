"""Local copies of data sets: where they lie, and whether they are what they should be."""

import os
from pathlib import Path

from tawazun.errors import BadFile

VARIABLE = "TAWAZUN_DATA"


def data_folder(given: str | Path | None) -> Path | None:
    """The folder with local copies of data sets: as given, else `TAWAZUN_DATA`, else None.

    Errors   BadFile when a folder was named and is not there.
    """
    named = given or os.environ.get(VARIABLE)
    if not named:
        return None
    folder = Path(named)
    if not folder.is_dir():
        origin = "--data" if given else VARIABLE
        raise BadFile(f"{origin}: no folder {named}")
    return folder
