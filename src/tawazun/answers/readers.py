"""Readers: a reply in, the option that it names out — or that it refused, or that it could not be read. Never a guess.

A reader looks for candidates (options, labels, numbers) and for what each stands under: a last word (`final answer`),
an answer word (`answer: B`), a verb (`I would choose B`), a line of its own, or plain prose. The strongest kind wins;
two different candidates of the same kind, an alternative (`a 2, maybe even a 1`), a range, a question or a number
off the scale leave the reply unread. What is negated or only compared with (`not A`, `rather than A`) is no candidate.
A refusal is a refusal only where no answer follows it.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from tawazun.answers.hearsay import marked
from tawazun.answers.lexicon import Base, tokens
from tawazun.answers.menus import AMBIGUOUS, Menu, make_menu
from tawazun.answers.plain import spoken
from tawazun.answers.records import FILTERED
from tawazun.answers.several import several
from tawazun.answers.single import single
from tawazun.errors import BadStudy

KINDS = ("one", "some", "pair", "number", "text", "score")
# signs that change what the words between them say; a reply that has one is never read as a bare answer
_CAREFUL = frozenset("?؟/%٪~<>≈±+=^$@❌✗✘✖❎🚫")
_PAUSE = re.compile(r"[^\W\d],\s*[^\W\d]")
# keys of a JSON object that hold the answer
ANSWER_KEYS = frozenset(
    (
        "answer", "answers", "choice", "choices", "response", "selection", "selected", "option", "label", "rating",
        "score", "final_answer", "final answer", "الإجابة", "إجابة", "الجواب", "الاختيار", "الخيار", "答案", "回答",
        "选项", "选择", "答え", "解答", "正解", "選択",
        "उत्तर", "जवाब", "विकल्प", "final_choice", "answer_choice", "correct_answer", "final",
        "my_answer", "your_answer", "best_answer", "correct_option", "selected_option", "chosen_option",
        "best_option",
        "correct", "selected_answer", "chosen", "pick", "value", "result", "verdict", "decision", "judgment",
        "output",
        "reply", "vote", "letter", "number", "options", "ans", "الإجابة الصحيحة", "الإجابة_الصحيحة",
        "الإجابة النهائية", "الرد", "التقييم", "الدرجة", "正确答案", "最终答案", "评分", "判断", "结果", "正解",
        "回答番号",
        "最終回答", "評価", "判定", "選択肢", "सही उत्तर", "सही_उत्तर", "अंतिम उत्तर", "चयन", "चुनाव", "रेटिंग",
    )
)  # fmt: skip


_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("hi", re.compile("[\u0904-\u0939]")),
    ("ar", re.compile("[\u0621-\u064a]")),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply says.

    chosen   indices of the options as shown: one for `one`, two in order for `pair`, up to `pick` for `some`
             (none of them is an empty tuple); None when it names none
    number   the number of a `number` question
    refused  the respondent declines to answer
    unread   neither an answer nor a refusal can be read
    why      one word or two for people: `label`, `prose`, `several`, `off-scale`, `empty`, `refusal` …
    """

    chosen: tuple[int, ...] | None = None
    number: float | None = None
    refused: bool = False
    unread: bool = False
    why: str = ""


def read_reply(
    text: str,
    shown_options: Sequence[str],
    labels: Sequence[str],
    language: str,
    kind: str = "one",
    pick: int = 1,
    *,
    bounds: tuple[float, float] | None = None,
) -> Reading:
    """Read a reply to a question as it was shown.

    shown_options   option texts in the order shown; labels: theirs, in the same order (may be empty)
    language        BCP 47; `ar-EG` is read as `ar` unless it has its own file; others by labels and texts only.
                    What cannot be read so is read as the language of its script (Arabic, Chinese, Japanese, Hindi)
    pick            most options of a `some` question
    bounds          lowest and highest answer of a `number` or `score` question
    Returns         a Reading; any string whatever gives one, and nothing is raised for it
    Errors          BadStudy for a kind that does not exist, labels that do not fit the options, or missing bounds
    """
    options, marks = tuple(shown_options), tuple(labels)
    reading = read(text, menu_of(options, marks, language, kind, pick, bounds))
    if reading.unread and not text.isascii() and (other := _other_language(text, language)):
        again = read(text, menu_of(options, marks, other, kind, pick, bounds, language))
        return reading if again.unread else again
    return reading


def _other_language(text: str, language: str) -> str:
    """The language that a reply is written in by its script, where that is not the question's; else an empty word."""
    found = next((name for name, script in _SCRIPTS if script.search(text)), "")
    return "" if found == language.split("-")[0].lower() else found


@lru_cache(maxsize=16384)
def menu_of(
    options: tuple[str, ...],
    labels: tuple[str, ...],
    language: str,
    kind: str,
    pick: int,
    bounds: tuple[float, float] | None,
    asked: str = "",
) -> Menu:
    """The menu of a question for replies in a language, made once; see `read_reply` and `make_menu`."""
    if kind not in KINDS:
        raise BadStudy(f"a reply answers a question of kind {', '.join(KINDS)}, not {kind!r}")
    if labels and len(labels) != len(options):
        raise BadStudy(f"{len(options)} options were shown with {len(labels)} labels; give one label each, or none")
    if kind in ("number", "score") and bounds is None:
        raise BadStudy(f"a {kind} question is read with its bounds (lowest, highest)")
    return make_menu(options, labels, language, "number" if kind == "score" else kind, pick, bounds, asked)


def read(text: str, shown: Menu) -> Reading:
    """Read a reply against a menu that is made once for many replies."""
    said = spoken(text)
    if said.strip() == FILTERED:
        return Reading(refused=True, why="filtered")
    if "{" in said and (held := _json_answer(said)) is not None:
        said = held
    base = shown.base
    folded = base.folded(said)
    found = tokens(folded)
    keys = [base.key(token) for token in found]
    words = tuple(key for key in keys if key[0].isalnum() or (len(key) > 1 and key[0] == "-"))
    if not words:
        return Reading(unread=True, why="empty")
    if shown.kind == "text":
        return _refusal(folded, shown) or Reading(why="text")
    if shown.kind == "one" and words in shown.table and _CAREFUL.isdisjoint(folded) and _whole(folded, base):
        index = shown.table[words]
        return Reading((index,), why="label") if index != AMBIGUOUS else Reading(unread=True, why="ambiguous")
    if words in base.unsure and words not in shown.table:
        return Reading(unread=True, why="unsure")
    refusal = _refusal(folded, shown)
    heard = base.heard(folded)
    if shown.hedging:
        heard = marked(heard, base.hedges)
    if heard is not folded:
        found = tokens(heard)
        keys = [base.key(token) for token in found]
    if shown.kind in ("pair", "some"):
        chosen, why = several(found, keys, shown, refusal is not None)
        return Reading(chosen, why=why) if chosen is not None else refusal or Reading(unread=True, why=why)
    answer, why = single(found, keys, shown, refusal is not None)
    if answer is None:
        return Reading(unread=True, why=why) if refusal is None or why == "undecided" else refusal
    if refusal is not None and shown.yes_no and _opens_refusal(folded, shown):
        return refusal
    return Reading(number=answer, why=why) if shown.kind == "number" else Reading((int(answer),), why=why)


def _whole(folded: str, base: Base) -> bool:
    """Whether the words of a text are said without a pause, where a pause makes two answers of one (`不，是的`)."""
    return base.words.spaced or not _PAUSE.search(folded)


def _refusal(folded: str, shown: Menu) -> Reading | None:
    pattern = shown.base.refusal
    return Reading(refused=True, why="refusal") if pattern is not None and pattern.search(folded) else None


def _opens_refusal(folded: str, shown: Menu) -> bool:
    """Whether a refusal follows a bare `no`, which then says no to being asked."""
    found = shown.base.refusal.search(folded) if shown.base.refusal is not None else None
    head = tuple(key for key in shown.base.keys(folded[: found.start()]) if key[0].isalnum()) if found else ()
    return head in shown.base.no


def _json_answer(said: str) -> str | None:
    """The answer of a JSON object, as text: the value under the one key that says so; nothing where its only key says
    something else (`excluded`)."""
    start, end = said.find("{"), said.rfind("}")
    try:
        held = json.loads(said[start : end + 1])
    except (ValueError, RecursionError):
        return None
    if not isinstance(held, dict):
        return None
    values = [value for key, value in held.items() if str(key).strip().casefold() in ANSWER_KEYS]
    if not values and len(held) == 1 and not said[:start].strip("` \njsonJSON"):
        return ""
    if len(values) != 1:
        return None
    listed = values[0] if isinstance(values[0], list) else values
    if any(isinstance(one, bool) or not isinstance(one, str | int | float) for one in listed):
        return None
    return "\n".join(f"{one}" for one in listed)
