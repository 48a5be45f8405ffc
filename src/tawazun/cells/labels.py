"""Label scripts for options."""

import re
from string import ascii_uppercase

from tawazun.errors import BadStudy

LABELS: dict[str, tuple[str, ...]] = {
    "letters": (*ascii_uppercase, *(f"A{letter}" for letter in ascii_uppercase)),
    "digits": tuple(str(n) for n in range(1, 53)),
    "ar-letters": tuple(re.split(r"\s", "أ ب ج د هـ و ز ح ط ي ك ل م ن س ع ف ص ق ر ش ت ث خ ذ ض")),
    "ar-digits": tuple("".join("٠١٢٣٤٥٦٧٨٩"[int(d)] for d in str(n)) for n in range(1, 53)),
}


def labels_for(script: str, count: int) -> tuple[str, ...]:
    """The first `count` labels of a script. Errors: BadStudy for an unknown script or too many options."""
    if script not in LABELS:
        raise BadStudy(f"labels: unknown script {script!r}; allowed: {', '.join(LABELS)}")
    if count > len(LABELS[script]):
        raise BadStudy(f"labels: {script!r} has {len(LABELS[script])} labels, {count} options need more")
    return LABELS[script][:count]
