"""Asked items that stand among the worked examples: a few-shot prompt would hold their answers."""

from collections import defaultdict

from tawazun.audit.records import Check, Finding, Outcome, found, not_applicable
from tawazun.audit.sheet import Sheet, normal


def run(sheet: Sheet) -> Outcome:
    """Test items whose text repeats one of the development split."""
    shown = [one for one in sheet.items if one.split != "test"]
    if not shown:
        return not_applicable("there is no development split")
    exact: dict[str, list[str]] = defaultdict(list)
    loose: dict[str, list[str]] = defaultdict(list)
    for one in shown:
        exact[one.stem].append(one.id)
        loose[normal(one.stem)].append(one.id)
    findings, plain = [], 0
    for one in sheet.asked:
        same = exact.get(one.stem)
        plain += same is not None
        source = same or loose.get(normal(one.stem))
        if source:
            how = "stems equal letter by letter" if same else "stems equal without spacing, signs, case and marks"
            text = f"asked item repeats the worked example {source[0]}"
            findings.append(Finding("leak", "error", (one.id, *source), text, how))
    return found(
        f"{plain:,} of {len(sheet.asked):,} asked items repeat a worked example word for word, {len(findings):,} but "
        "for spacing and signs",
        findings,
        leaks=plain,
        leaks_normalised=len(findings),
    )


CHECK = Check("leaks", "asked items among the worked examples", run)
