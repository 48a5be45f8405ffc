"""Whether a study is still the one that was frozen."""

from collections.abc import Sequence

import polars as pl

from tawazun.claims.freezing import drift_of
from tawazun.errors import StudyChanged
from tawazun.instruments import Instrument
from tawazun.seeds import digest_of
from tawazun.study import Study


def refuse_drift(
    study: Study, instruments: Sequence[Instrument], humans: pl.DataFrame, worded: Sequence[Instrument] = ()
) -> None:
    """Errors: StudyChanged naming what has changed since a study was frozen."""
    keys = drift_of(study, instruments, humans, worded).keys
    if keys:
        raise StudyChanged(
            f"{study.name}: the study was frozen and has changed since in {', '.join(keys[:6])}; restore it, or take "
            "[frozen] out and call the results exploratory"
        )


def frozen_state(study: Study) -> dict[str, str]:
    """What the manifest says about freezing."""
    if not study.frozen:
        return {"state": "not frozen: everything is exploratory"}
    return {
        "state": "frozen before answers and kept: the primary analysis is confirmatory, everything else exploratory",
        "primary": study.measure.primary,
        "digest": digest_of(study.model_dump(mode="json")["frozen"]),
    }
