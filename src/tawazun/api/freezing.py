"""Before any answer: freeze a study, and say how likely it is to answer a question."""

from collections.abc import Sequence
from pathlib import Path

from tawazun.api.drift import recorded_files
from tawazun.api.finding import find_populations, instruments_of, worded_instruments
from tawazun.api.inferring import gather_runs
from tawazun.claims import load_claim
from tawazun.claims.freezing import frozen_table, refuse_frozen
from tawazun.claims.planning import Planned, foresee
from tawazun.claims.power import Power
from tawazun.data import data_folder
from tawazun.errors import BadStudy
from tawazun.measures import measure_names
from tawazun.populations import humans_table
from tawazun.runs import Run
from tawazun.study import load_study


def freeze(path: str | Path, *, claims: Sequence[str | Path] = (), data: str | Path | None = None) -> dict[str, object]:
    """The `[frozen]` table of a study file; nothing is written.

    Errors   Refused when it is frozen already; BadStudy without a primary measure or a smallest effect of interest
    """
    study, file = load_study(path), Path(path)
    refuse_frozen(study, file)
    if study.measure.primary not in measure_names():
        allowed = ", ".join(measure_names())
        raise BadStudy(f"measure.primary: {study.measure.primary!r} is no measure; allowed: {allowed}")
    where = data_folder(data)
    instruments = instruments_of(study, file.parent, where)
    people = humans_table(find_populations(study, file.parent, where))
    digests = {Path(one).name: load_claim(one).digest for one in claims}
    worded = worded_instruments(study, file.parent, where)
    return frozen_table(study, instruments, people, digests, worded, recorded_files(study, file.parent))


def power(
    path: str | Path,
    planned: Planned,
    *,
    pilot: Run | str | Path | None = None,
    data: str | Path | None = None,
) -> Power:
    """How likely a study file is to answer a question. Errors: BadStudy naming the number or spread that is missing."""
    study, file, where = load_study(path), Path(path), data_folder(data)
    gathered = None if pilot is None else gather_runs([pilot], data=data)
    people = humans_table(find_populations(study, file.parent, where))
    return foresee(study, instruments_of(study, file.parent, where), people, planned, gathered)
