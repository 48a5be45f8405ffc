"""The page of an audited training set, written into its folder, as often as there is something to hold it against."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tawazun.report.set_page import Components, set_page
from tawazun.runs.audit_folder import AuditFolder, read_audit, read_table
from tawazun.runs.writing import write_text

SCORES = ("language", "dataset", "shard", "component", "score")
LOADINGS = ("language", "component", "name", "metric", "loading", "low", "high")


@dataclass(frozen=True)
class Beside:
    """What a page holds its set against: other audited sets, and the components of several."""

    others: tuple[AuditFolder, ...] = ()
    components: Components | None = None


def read_beside(against: Sequence[Path] = (), components: Path | None = None) -> Beside:
    """Audit folders of other sets, and a folder of `tawazun audit components`. Errors: BadFile for anything else."""
    others = tuple(read_audit(one) for one in against)
    if components is None:
        return Beside(others)
    tables = (("components.parquet", SCORES), ("loadings.parquet", LOADINGS))
    return Beside(others, Components(*(read_table(components / name, columns) for name, columns in tables)))


def write_audit_page(folder: Path, beside: Beside = Beside()) -> Path:
    """Write `report.html` of an audit, and say where it is. Errors: BadFile for no audit; WriteFailed."""
    own = read_audit(folder)
    page = folder / "report.html"
    write_text(page, set_page(own, beside.others, beside.components))
    return page
