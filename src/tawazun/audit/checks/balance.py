"""How often each key is right: over all items, and group by group, where knowing the group may be enough."""

from collections import Counter

from scipy.stats import chisquare

from tawazun.audit.records import Check, Finding, Outcome, found, not_applicable
from tawazun.audit.sheet import Sheet

LOPSIDED = 0.9  # a group whose commonest key is right this often can be answered without reading
FEWEST = 10


def run(sheet: Sheet) -> Outcome:
    """Labels where every item has the same options, positions of the key elsewhere."""
    keyed = sheet.keyed
    if not keyed:
        return not_applicable("no item has a key")
    name = (lambda one: one.answer) if sheet.fixed else (lambda one: f"option {one.right + 1}")
    counts = Counter(name(one) for one in keyed)
    shown = ", ".join(f"{key} {count:,}" for key, count in counts.most_common(8))
    findings = []
    if sheet.fixed:
        for group, items in sorted(sheet.grouped(keyed).items()):
            own = Counter(name(one) for one in items)
            key, count = own.most_common(1)[0]
            if len(items) >= FEWEST and count / len(items) >= LOPSIDED:
                text = f"{group}: {key} is right for {count} of {len(items)} items"
                ids = tuple(one.id for one in items)
                findings.append(
                    Finding(
                        "lopsided",
                        "warning",
                        ids,
                        text,
                        f"share of the commonest key ≥ {LOPSIDED:g}",
                        count / len(items),
                    )
                )
    expected = _expected(sheet)
    facts = {f"key {key}": float(count) for key, count in counts.items()}
    if sheet.fixed and len(counts) > 1:
        facts["p of equal keys"] = float(chisquare(list(counts.values())).pvalue)
    return found(f"right keys: {shown} (of {len(keyed):,} items; {expected})", findings, **facts)


def _expected(sheet: Sheet) -> str:
    sizes = sorted({len(one.options) for one in sheet.keyed})
    return f"{sizes[0]} options" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]} options"


CHECK = Check("balance", "how often each key is right", run)
