"""What reading costs: short replies per CPU-second in each language that has a reader.

Asserts first that reading through the public entry point, where menus are kept between replies, equals reading each
reply against a menu made for it alone. The replies are of seven forms that models give to a multiple-choice question:
a bare label, a digit, a label behind an answer word, an option text, a sentence, a digit with its text, and a refusal.

    python benchmarks/readers.py [LANGUAGE ...]
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tawazun.answers import read_reply
from tawazun.answers.menus import make_menu
from tawazun.answers.readers import read

BAR = 20_000.0
ROUNDS, REPEATS = 5, 1_000


@dataclass(frozen=True)
class Mix:
    """Options of two questions, and replies: to the first with its letters, to the second with its digits."""

    first: tuple[str, ...]
    letters: tuple[str, ...]
    second: tuple[str, ...]
    digits: tuple[str, ...]
    to_letters: tuple[str, ...]
    to_digits: tuple[str, ...]


MIXES = {
    "en": Mix(
        ("Strongly agree", "Agree", "Neutral", "Disagree", "Strongly disagree"), tuple("ABCDE"),
        ("Very important", "Rather important", "Not very important", "Not at all important"), tuple("1234"),
        ("B", "Answer: B", "Strongly disagree.", "I would choose option B.",
         "As an AI, I do not have personal opinions."),
        ("2", "3 - Not very important"),
    ),
    "ar": Mix(
        ("أوافق بشدة", "أوافق", "محايد", "لا أوافق", "لا أوافق بشدة"), (*tuple("أبجد"), "هـ"),
        ("مهم جدًا", "مهم", "غير مهم", "غير مهم على الإطلاق"), tuple("١٢٣٤"),
        ("ب", "الإجابة: ب", "لا أوافق بشدة.", "سأختار الخيار ب.", "بصفتي نموذجًا لغويًا، ليس لدي آراء."),
        ("٢", "٣ - غير مهم"),
    ),
    "zh": Mix(
        ("非常同意", "同意", "中立", "不同意", "非常不同意"), tuple("ABCDE"),
        ("非常重要", "比较重要", "不太重要", "完全不重要"), tuple("1234"),
        ("B", "答案：B", "非常不同意。", "我会选择选项B。", "作为一个人工智能，我没有个人观点。"),
        ("2", "3 - 不太重要"),
    ),
    "ja": Mix(
        ("強く賛成", "賛成", "どちらともいえない", "反対", "強く反対"), tuple("アイウエオ"),
        ("非常に重要", "やや重要", "あまり重要でない", "全く重要でない"), tuple("1234"),
        ("イ", "答え：イ", "強く反対です。", "選択肢イを選びます。", "AIとして、個人的な意見は持っていません。"),
        ("2", "3 - あまり重要でない"),
    ),
    "hi": Mix(
        ("पूरी तरह सहमत", "सहमत", "तटस्थ", "असहमत", "पूरी तरह असहमत"), tuple("कखगघङ"),
        ("बहुत महत्वपूर्ण", "महत्वपूर्ण", "महत्वपूर्ण नहीं", "बिल्कुल महत्वपूर्ण नहीं"), tuple("१२३४"),
        ("ख", "उत्तर: ख", "पूरी तरह असहमत।", "मैं विकल्प ख चुनूँगा।",
         "एक एआई भाषा मॉडल के रूप में, मेरी कोई व्यक्तिगत राय नहीं है।"),
        ("२", "३ - महत्वपूर्ण नहीं"),
    ),
}  # fmt: skip


def rows(mix: Mix) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Reply, options and labels of every reply of a mix."""
    first = [(reply, mix.first, mix.letters) for reply in mix.to_letters]
    return [*first, *((reply, mix.second, mix.digits) for reply in mix.to_digits)]


def same(language: str) -> bool:
    """Whether kept menus change nothing, and every reply is read as an answer or a refusal."""
    for reply, options, labels in rows(MIXES[language]):
        alone = read(reply, make_menu(options, labels, language, "one", 1, None))
        if read_reply(reply, options, labels, language) != alone or alone.unread:
            print(f"{language}: {reply!r} is read as {alone}", file=sys.stderr)
            return False
    return True


def speed(language: str) -> float:
    """Short replies per CPU-second: the best of a few rounds, so that a busy machine does not count."""
    asked = rows(MIXES[language]) * REPEATS
    best = 0.0
    for _ in range(ROUNDS):
        start = time.process_time()
        for reply, options, labels in asked:
            read_reply(reply, options, labels, language)
        best = max(best, len(asked) / (time.process_time() - start))
    return best


def main(chosen: Sequence[str]) -> int:
    """Print the table; exit 1 when a reading differs or a bar is missed."""
    missed = False
    print(f"{'language':<10} {'replies per CPU-s':>18}")
    for language in chosen or MIXES:
        if not same(language):
            return 1
        found = speed(language)
        missed = missed or found < BAR
        print(f"{language:<10} {found:>18,.0f}", flush=True)
    print("bar missed" if missed else f"bar met: {BAR:,.0f}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
