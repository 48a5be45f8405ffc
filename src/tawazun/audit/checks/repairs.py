"""What the loader had to mend in the source's files: faults that a strict scorer elsewhere trips over."""

from collections import Counter

from tawazun.audit.records import Check, Finding, Outcome, found
from tawazun.audit.sheet import Sheet


def run(sheet: Sheet) -> Outcome:
    """Every repair, with its row."""
    findings = [
        Finding(
            f"repaired:{one.code}",
            "warning",
            (one.item,) if one.item else (),
            one.change,
            f"row {one.row} of the file" if one.row else "the file",
        )
        for one in sheet.instrument.repairs
    ]
    suspect = sheet.instrument.exam.suspect if sheet.instrument.exam else {}
    findings += [
        Finding(
            "suspected-key",
            "warning",
            (item,),
            "another key is suspected to be right; the score keeps the source's",
            "noted in the loader, with its source",
        )
        for item in suspect
    ]
    counts = Counter(one.code for one in findings)
    said = ", ".join(f"{code} {count}" for code, count in sorted(counts.items())) or "nothing had to be mended"
    return found(said, findings, **{code: float(count) for code, count in counts.items()})


CHECK = Check("repairs", "faults of the source's files that the loader mends", run)
