"""Texts that are broken: nothing there, options that are no choice, letters of a wrong encoding, hidden signs."""

import re
from collections import Counter
from collections.abc import Sequence

from tawazun.audit.records import Check, Finding, Outcome, found
from tawazun.audit.sheet import Item, Sheet, normal

_MOJIBAKE = re.compile(r"\ufffd|(?:[ÃØÙâ][\u0080-\u00bf€™œž]){2,}")
_HIDDEN = re.compile(r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u200b\u202a-\u202e\u2066-\u2069\ufeff]")
# what stands where a table or a script had nothing to say
_NOTHING = frozenset(
    "n/a n.a. n.a #n/a #ref! #value! nan null nil undefined tbd tba todo xxx placeholder [empty] [image] <na> 不适用"
    " 缺失 欠損 غير_متوفر".split()
)
_LABELS = ("abcdefghij", "أبجدهوزحطي", "アイウエオカキクケコ", "甲乙丙丁戊己庚辛壬癸", "कखगघङचछजझञ")
FAULTS = {
    "empty-stem": ("error", "the question is empty"),
    "empty-option": ("error", "an option is empty"),
    "irregular-option": ("warning", "an option is no answer: a sign, a gap of a table, or its own label"),
    "same-options": ("error", "two options say the same"),
    "no-key": ("warning", "no option is marked as right"),
    "encoding": ("error", "letters of a wrong encoding"),
    "hidden-signs": ("note", "control or direction signs that are not seen"),
}


def run(sheet: Sheet) -> Outcome:
    """Every item of both splits."""
    findings = [
        Finding(code, FAULTS[code][0], (one.id,), FAULTS[code][1], "looked at letter by letter")  # type: ignore[arg-type]
        for one in sheet.items
        for code in _faults(one)
    ]
    findings += [Finding("row", "error", (), fault, "the row could not be read as an item") for fault in sheet.faults]
    usual = Counter(len(one.options) for one in sheet.items).most_common(1)[0][0] if sheet.items else 0
    odd = [one for one in sheet.items if len(one.options) != usual]
    if odd and usual:
        text = f"{len(odd)} of {len(sheet.items)} items have another number of options than {usual}"
        findings.append(Finding("option-count", "note", tuple(one.id for one in odd), text, "counted", float(len(odd))))
    counts = Counter(one.code for one in findings)
    said = ", ".join(f"{code} {count}" for code, count in counts.most_common()) or "every text can be read"
    return found(said, findings, **{code: float(count) for code, count in counts.items()})


def _faults(one: Item) -> list[str]:
    plain = [normal(option) or option.strip() for option in one.options]
    texts = "\n".join((one.stem, *one.options))
    tests = {
        "empty-stem": not one.stem.strip(),
        "empty-option": any(not option.strip() for option in one.options),
        "irregular-option": _irregular(one.options),
        "same-options": len(set(plain)) < len(plain),
        "no-key": bool(one.options) and one.right < 0,
        "encoding": bool(_MOJIBAKE.search(texts)),
        "hidden-signs": bool(_HIDDEN.search(texts)),
    }
    return [code for code, there in tests.items() if there]


def _irregular(options: Sequence[str]) -> bool:
    """Whether an option says nothing (`N/A`, `???`, `-`) or only its label (`B`), among options that say something.

    Options that are all signs (`+`, `-`) are a menu of signs; options that are all labels are what lost its texts.
    """
    said = [option.strip() for option in options if option.strip()]
    signs = [not any(letter.isalnum() for letter in option) for option in said]
    gaps = ["_".join(option.casefold().split()) in _NOTHING for option in said]
    labels = any(tuple(option.casefold() for option in options) == tuple(own[: len(options)]) for own in _LABELS)
    return (any(signs) and not all(signs)) or any(gaps) or (labels and len(options) > 1)


CHECK = Check("texts", "texts that cannot be what was meant", run)
