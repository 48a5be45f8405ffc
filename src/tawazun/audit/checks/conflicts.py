"""The same question with different right answers: at most one of them can be right."""

from collections import defaultdict

from tawazun.audit.records import Check, Finding, Outcome, found, not_applicable
from tawazun.audit.sheet import Item, Sheet, normal


def run(sheet: Sheet) -> Outcome:
    """Texts that carry more than one key, over both splits."""
    keyed = [one for one in sheet.items if one.right >= 0]
    if not keyed:
        return not_applicable("no item has a key")
    findings: list[Finding] = []
    counts = []
    for how, key in (
        ("stem and options equal letter by letter", lambda one: one.exact),
        (
            "equal without spacing, signs, case and marks",
            lambda one: (normal(one.stem), *map(normal, sorted(one.options))),
        ),
    ):
        groups: dict[tuple[str, ...], list[Item]] = defaultdict(list)
        for one in keyed:
            groups[key(one)].append(one)
        torn = [group for group in groups.values() if len({one.answer for one in group}) > 1]
        counts.append(len(torn))
        known = {one.items for one in findings}
        for group in torn:
            ids = tuple(one.id for one in group)
            if ids not in known:
                answers = " / ".join(sorted({one.answer for one in group}))
                findings.append(
                    Finding(
                        "conflict",
                        "error",
                        ids,
                        f"one question, {len(group)} keys: {answers}"[:200],
                        how,
                        float(len(group)),
                    )
                )
    return found(
        f"{counts[0]:,} questions carry more than one right answer, {counts[1]:,} when spacing, signs and marks are "
        "ignored",
        findings,
        conflicts=counts[0],
        conflicts_normalised=counts[1],
    )


CHECK = Check("conflicts", "one question with several right answers", run)
