"""Where the right option stands: a key that keeps to one place rewards whoever likes that place."""

import numpy as np
from scipy.stats import chi2

from tawazun.audit.records import Check, Finding, Outcome, found, not_applicable
from tawazun.audit.sheet import Sheet
from tawazun.cells import labels_for

ALPHA = 0.001
APART = 0.05  # share of items by which a place must be right more often than chance before it matters


def run(sheet: Sheet) -> Outcome:
    """Counts of the key's position against what shuffled options would give, item sizes taken into account."""
    keyed = sheet.keyed
    if not keyed or sheet.fixed:
        return not_applicable("every item has the same options" if keyed else "no item has a key")
    width = max(len(one.options) for one in keyed)
    there = np.array([[1 / len(one.options) if k < len(one.options) else 0.0 for k in range(width)] for one in keyed])
    counts = np.bincount([one.right for one in keyed], minlength=width)
    expected, variance = there.sum(axis=0), (there * (1 - there)).sum(axis=0)
    # the last count follows from the others; positions hardly correlate beyond that
    statistic = float((np.square(counts - expected) / np.maximum(variance, 1e-9)).sum()) * (width - 1) / width
    p = float(chi2.sf(statistic, width - 1))
    gap = (counts - expected) / len(keyed)
    top = int(gap.argmax())
    letters = labels_for("ar-letters" if _arabic(sheet) else "letters", width)
    shown = ", ".join(f"{letters[k]} {count}" for k, count in enumerate(counts.tolist()))
    findings = []
    if counts.max() == len(keyed):
        text = f"the right option is always number {top + 1}: shuffle before asking"
        findings.append(Finding("key-position", "error", (), text, "one position holds every key", 1.0))
    elif p < ALPHA and gap[top] > APART:
        share, chance = counts[top] / len(keyed), expected[top] / len(keyed)
        text = f"the right option is number {top + 1} in {share:.0%} of items, {chance:.0%} by chance"
        findings.append(Finding("key-position", "warning", (), text, f"chi-square p = {p:.2g}", float(share)))
    facts = {f"position {k + 1}": float(count) for k, count in enumerate(counts)}
    return found(f"position of the right option: {shown} (p = {p:.2g} for shuffled options)", findings, p=p, **facts)


def _arabic(sheet: Sheet) -> bool:
    return any(one.startswith("ar") for one in sheet.instrument.languages)


CHECK = Check("positions", "a key that keeps to one place", run)
