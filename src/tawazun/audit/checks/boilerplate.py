"""One text under many subjects: a translator's or generator's stock sentence where questions should be."""

from collections import Counter, defaultdict

from tawazun.audit.records import Check, Finding, Outcome, found, not_applicable
from tawazun.audit.sheet import Item, Sheet, normal, words

SUBJECTS = 3
TIMES = 5
PREFIX = 4
SHARE = 0.3


def run(sheet: Sheet) -> Outcome:
    """Stems that stand in many groups, and groups whose items begin alike."""
    groups = sheet.grouped(sheet.items)
    if len(groups) < SUBJECTS:
        return not_applicable("items are not sorted into three subjects or more")
    stems: dict[str, list[Item]] = defaultdict(list)
    for one in sheet.items:
        stems[normal(one.stem)].append(one)
    findings = []
    for same in stems.values():
        subjects = {one.groups.get(sheet.dimension, "") for one in same}
        if len(subjects) >= SUBJECTS and len(same) >= TIMES:
            text = f"one text stands {len(same)} times under {len(subjects)} subjects"
            ids = tuple(one.id for one in same)
            findings.append(
                Finding("boilerplate", "error", ids, text, "equal without spacing, signs and marks", float(len(same)))
            )
    for group, items in sorted(groups.items()):
        starts = Counter(" ".join(words(one.stem)[:PREFIX]) for one in items if len(words(one.stem)) > PREFIX)
        if starts and len(items) >= 20:
            start, count = starts.most_common(1)[0]
            if count / len(items) >= SHARE:
                text = f"{group}: {count} of {len(items)} items begin with the same {PREFIX} words"
                ids = tuple(one.id for one in items if " ".join(words(one.stem)[:PREFIX]) == start)
                findings.append(Finding("same-beginning", "note", ids, text, f"share ≥ {SHARE:g}", count / len(items)))
    return found(f"{len(findings)} stock texts or stock beginnings in {len(groups)} subjects", findings)


CHECK = Check("boilerplate", "stock texts repeated across subjects", run)
