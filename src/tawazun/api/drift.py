"""Whether a study is still the one that was frozen."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.claims.freezing import drift_of, frozen_digest, late_of, recorded_arms
from tawazun.data.logs import log_paths
from tawazun.data.tables import read_tables
from tawazun.errors import StudyChanged
from tawazun.instruments import Instrument
from tawazun.runs import RunFolder
from tawazun.seeds import digest_bytes
from tawazun.study import Study


def recorded_files(study: Study, folder: Path) -> dict[str, str]:
    """Label of a recorded respondent -> digest of its files. Errors: BadFile for one that cannot be read."""
    found = {}
    for one in study.respondent:
        if one.kind == "recorded" and one.file:
            _, paths = read_tables(folder, one.file)
            found[one.name] = digest_bytes(b"".join(path.read_bytes() for path in paths))
        elif one.kind == "log":
            paths = tuple(log_paths(folder, one.file, one.options))
            found[one.name] = digest_bytes(b"".join(path.read_bytes() for path in paths))
    return found


def keep_frozen(runfolder: RunFolder, study: Study) -> None:
    """Store what is frozen now, before the first answer of a folder; once there is one, what was stored stays."""
    if not runfolder.done():
        runfolder.write_json(".frozen", {"digest": frozen_digest(study), "recorded": recorded_arms(study)})


def refuse_drift(
    study: Study,
    instruments: Sequence[Instrument],
    humans: pl.DataFrame,
    worded: Sequence[Instrument] = (),
    files: Mapping[str, str] | None = None,
) -> None:
    """Errors: StudyChanged naming what has changed since a study was frozen."""
    keys = drift_of(study, instruments, humans, worded, files).keys
    if keys:
        raise StudyChanged(
            f"{study.name}: the study was frozen and has changed since in {', '.join(keys[:6])}; restore it, or take "
            "[frozen] out and call the results exploratory"
        )


def frozen_state(study: Study, stored: Mapping[str, Any]) -> dict[str, str]:
    """What the manifest says about freezing; `stored` is what the run folder kept at its first answer."""
    if not study.frozen:
        return {"state": "not frozen: everything is exploratory"}
    return {
        "state": _state(study, stored),
        "primary": study.measure.primary,
        "digest": frozen_digest(study),
    }


def _state(study: Study, stored: Mapping[str, Any]) -> str:
    if late := late_of(study, stored):
        return f"exploratory: {late}"
    recorded = recorded_arms(study)
    if len(recorded) == len(study.respondent):
        return "exploratory: frozen and kept, but every answer is a recorded one that was there before"
    apart = f" (not for {', '.join(recorded)}: recorded answers were there before)" if recorded else ""
    return (
        f"frozen before answers and kept{apart}: the primary analysis is confirmatory{apart and ' without them'}, "
        "everything else exploratory"
    )
