"""What is in a training set: its rows, their faults, and the metrics of its language, structure and culture."""

from tawazun.audit.data.batches import Batch, batch_of
from tawazun.audit.data.contrasts import Contrast, contrast
from tawazun.audit.data.findings import examples_of, findings_of, metrics_of
from tawazun.audit.data.measuring import (
    Choice,
    DataAudit,
    families_for,
    family,
    family_names,
    measured,
    raw_rows,
)
from tawazun.audit.data.passing import audit_rows
from tawazun.audit.data.reading import Raw, files_of, read_files
from tawazun.audit.data.records import Family, Fault, Metric, Sample

__all__ = [
    "Batch",
    "Choice",
    "Contrast",
    "DataAudit",
    "Family",
    "Fault",
    "Metric",
    "Raw",
    "Sample",
    "audit_rows",
    "batch_of",
    "contrast",
    "examples_of",
    "families_for",
    "family",
    "family_names",
    "files_of",
    "findings_of",
    "measured",
    "metrics_of",
    "raw_rows",
    "read_files",
]
