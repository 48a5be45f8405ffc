"""Items that ask the same: letter by letter, or but for spacing, signs, case and marks."""

from collections import defaultdict

from tawazun.audit.records import Check, Finding, Outcome, found
from tawazun.audit.sheet import Item, Sheet, normal


def run(sheet: Sheet) -> Outcome:
    """Groups of items of either split with the same text."""
    exact: dict[tuple[str, ...], list[Item]] = defaultdict(list)
    loose: dict[tuple[str, ...], list[Item]] = defaultdict(list)
    for one in sheet.items:
        exact[one.exact].append(one)
        loose[(normal(one.stem), *sorted(normal(option) for option in one.options))].append(one)
    findings = [
        Finding(
            "duplicate",
            "warning",
            tuple(one.id for one in group),
            f"{len(group)} items with the same text",
            "stem and options equal letter by letter",
            float(len(group)),
        )
        for group in exact.values()
        if len(group) > 1
    ]
    findings += [
        Finding(
            "near-duplicate",
            "note",
            tuple(one.id for one in group),
            f"{len(group)} items that differ in spacing, signs, case or marks only",
            "stem and options equal once those are taken away",
            float(len(group)),
        )
        for group in loose.values()
        if len({one.exact for one in group}) > 1
    ]
    total = len(sheet.items)
    return found(
        f"{len(exact):,} unique of {total:,} items; {len(loose):,} when spacing, signs, case and marks are ignored",
        findings,
        items=total,
        unique=len(exact),
        unique_normalised=len(loose),
        redundant=total - len(exact),
        groups=sum(len(group) > 1 for group in exact.values()),
    )


CHECK = Check("duplicates", "items that stand twice", run)
