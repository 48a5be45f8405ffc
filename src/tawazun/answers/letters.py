"""Letters that label options, in the order of each script, so that `B` is read where ب was shown, and the reverse.

Respondents that answer in another script than the question's name the same option by its place: the second letter of
one alphabet stands for the second of another. Digits do not: a `2` under letters may be a rating of its own.
"""

from collections.abc import Mapping, Sequence

# orders in which labels are given; the first of each script is the one that respondents use of their own accord
LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ABJAD = "ابجدهوزحطيكلمنسعفصقرشت"
KATAKANA = "アイウエオカキクケコサシスセソ"
STEMS = "甲乙丙丁戊己庚辛壬癸"
CONSONANTS = "कखगघङचछजझञ"
OWN = (LATIN, ABJAD, KATAKANA, STEMS, CONSONANTS)
# orders that are only read where they were shown, since other orders share their letters
OTHERS = (
    "ابتثجحخد",
    "イロハニホヘト",
    "あいうえおかきくけこ",
    "अबसद",
    "अआइईउऊ",
    "АБВГДЕЖЗ",
    "ΑΒΓΔΕΖΗΘ",
    "가나다라마바사아",
    "กขคงจฉช",
)


def twins(shown: Sequence[str]) -> Mapping[str, int]:
    """Letter of another script -> shown option, where the shown labels are the first letters of a known order.

    shown     labels as plain text, in the order shown; fewer than two, or labels of no known order, have no twins
    """
    row = tuple(label.upper() for label in shown)
    if len(row) < 2 or not any(row == tuple(order[: len(row)]) for order in (*OWN, *OTHERS)):
        return {}
    return {order[at]: at for order in OWN for at in range(min(len(row), len(order))) if row[0] not in order}
