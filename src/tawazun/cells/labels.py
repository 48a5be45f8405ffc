"""Label scripts for options, and the two ways to do without labels.

`text`    options are listed without labels, and the answer is an option's text
`cloze`   options are not shown at all: what is asked is how likely each text is as a continuation
"""

import re
from string import ascii_uppercase

from tawazun.errors import BadStudy

LABELS: dict[str, tuple[str, ...]] = {
    "letters": (*ascii_uppercase, *(f"A{letter}" for letter in ascii_uppercase)),
    "digits": tuple(str(n) for n in range(1, 53)),
    "ar-letters": tuple(re.split(r"\s", "أ ب ج د هـ و ز ح ط ي ك ل م ن س ع ف ص ق ر ش ت ث خ ذ ض")),
    "zh-letters": tuple("甲乙丙丁戊己庚辛壬癸"),
    "ja-letters": tuple("アイウエオカキクケコサシスセソタチツテト"),
    "hi-letters": tuple("क ख ग घ ङ च छ ज झ ञ ट ठ ड ढ ण".split()),
    "ar-digits": tuple("".join("٠١٢٣٤٥٦٧٨٩"[int(d)] for d in str(n)) for n in range(1, 53)),
}
UNLABELLED = ("text", "cloze")


def labels_for(script: str, count: int) -> tuple[str, ...]:
    """The first `count` labels of a script, none for `text` and `cloze`.

    Errors   BadStudy for an unknown script or too many options.
    """
    if script in UNLABELLED:
        return ()
    if script not in LABELS:
        raise BadStudy(f"labels: unknown script {script!r}; allowed: {', '.join((*LABELS, *UNLABELLED))}")
    if count > len(LABELS[script]):
        raise BadStudy(f"labels: {script!r} has {len(LABELS[script])} labels, {count} options need more")
    return LABELS[script][:count]
