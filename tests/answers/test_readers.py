"""Readers: hard cases as tables, and what must hold for any string whatever."""

import re
import runpy
import time
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tawazun.answers import Reading, read_reply, settled
from tawazun.answers.letters import OWN
from tawazun.answers.menus import make_menu
from tawazun.answers.readers import read as read_with
from tawazun.answers.words import NEUTRAL, words_for
from tawazun.errors import BadStudy
from tests.answers import cases_ar, cases_chat, cases_en, cases_hi, cases_ja, cases_zh

TABLES: dict[str, Any] = {"en": cases_en, "ar": cases_ar, "zh": cases_zh, "ja": cases_ja, "hi": cases_hi}
CASES = [
    (language, *case) for language, made in TABLES.items()
    for case in (*made.ONE, *made.MANY, *made.NUMBERS, *made.HOSTILE)
]  # fmt: skip


def read(language: str, menu: str, reply: str) -> Reading:
    options, labels, kind, pick, bounds = TABLES[language].MENUS[menu]
    return read_reply(reply, options, labels, language, kind, pick, bounds=bounds)


def said(reading: Reading) -> object:
    """What a table writes for a reading."""
    if reading.refused or reading.unread:
        return "refused" if reading.refused else "unread"
    if reading.number is not None:
        return reading.number
    return reading.chosen


@pytest.mark.parametrize(("language", "menu", "reply", "expected"), CASES)
def test_hard_case(language: str, menu: str, reply: str, expected: object) -> None:
    one = TABLES[language].MENUS[menu][2] == "one"
    reading = read(language, menu, reply)
    assert said(reading) == ((expected,) if one and isinstance(expected, int) else expected), reading.why
    assert reading.why


@pytest.mark.parametrize("language", cases_chat.CHAT)
def test_replies_of_chat_models(language: str) -> None:
    wrong = []
    for menu, reply, expected in cases_chat.CHAT[language]:
        options, labels = cases_chat.MENUS[language][menu]
        found = said(read_reply(reply, options, labels, language))
        if found != ((expected,) if isinstance(expected, int) else expected):
            wrong.append((reply, found, expected))
    assert len(cases_chat.CHAT[language]) >= 70 and not wrong


def test_an_option_that_says_maybe_is_read_where_there_is_one() -> None:
    options = ("Yes", "Maybe", "No")
    assert read_reply("Maybe, it depends.", options, (), "en").chosen == (1,)
    assert read_reply("ربما، لا أدري.", ("نعم", "ربما", "لا"), (), "ar").chosen == (1,)
    assert read_reply("It might be B.", ("Cairo", "Amman"), ("A", "B"), "en").unread
    assert read_reply("Perhaps B.", ("Cairo", "Amman"), ("A", "B"), "en").chosen == (1,)


def test_the_tables_are_as_long_as_they_should_be() -> None:
    for language, least in {"en": 60, "ar": 60, "zh": 25, "ja": 25, "hi": 25}.items():
        assert sum(case[0] == language for case in CASES) >= least + 30
    assert len(CASES) == len({(language, menu, reply) for language, menu, reply, _ in CASES})


# fragments that replies are made of, so that random ones come near the rules
FRAGMENTS = {
    "en": (
        "A", "B", "(C)", "a", "I", "1", "2.", "3/4", "7", "the", "answer is", "Answer:", "I choose", "not", "never",
        "or", "and", "because", "maybe", ",", ".", "\n", "?", ":", "-", "option", "question", "from", "to", "agree",
        "strongly", "Disagree", "very important", "Not at all important", "important", "As an AI", "I cannot answer",
        "<think>", "</think>", '{"answer": "B"}', "**", "first", "second", "if", "between", "=", "means",
        "final answer", "none", "None of these", "independence", "hard work", "kindness", "yes", "%", "-1",
        "one", "people", "\n\n",
    ),
    "ar": (
        "أ", "ب", "(ج)", "د", "هـ", "و", "١", "٢.", "٣/٤", "٧", "الإجابة:", "الجواب هو", "أختار", "لا", "ليس", "غير",
        "أو", "لأن", "ربما", "،", ".", "\n", "؟", ":", "الخيار", "السؤال", "من", "إلى", "أوافق", "بشدة", "لا أوافق",
        "مهم جدًا", "مهم", "بصفتي نموذجا لغويا", "لا أستطيع الإجابة", "الطاعة", "الخيال", "والطاعة", "الكرم", "نعم",
        "صحيح", "خطأ", "بلاد", "الناس", "ولا", "بل", "أولا", "ثانيا", "جدا", "بـ", "د. محمد", "\n\n",
    ),
    "zh": (
        "A", "Ｂ", "（C）", "甲", "①", "2", "３/4", "7", "答案是", "答案：", "我选", "不", "不是", "没有", "或", "和",
        "因为", "可能", "，", "。",
        "\n", "？", "：", "、", "选项", "问题", "从", "到", "同意", "非常", "不同意", "重要", "非常重要",
        "作为一个人工智能", "我无法回答",
        "但是", "因此", "正确", "不正确", "是", "否", "对于", "的", "吗", "最终答案", "都不是", "首先", "其次",
        "大家", "\n\n",
    ),
    "ja": (
        "A", "Ｂ", "（C）", "ア", "①", "2", "３/4", "7", "答えは", "答え：", "です", "を選びます", "ない",
        "ではありません", "ではなく", "または", "と", "か",
        "ので", "おそらく", "、", "。", "\n", "？", "：", "選択肢", "質問", "から", "そう思う", "そう思わない",
        "重要", "非常に重要", "AIとして",
        "回答できません", "しかし", "したがって", "正しい", "正しくない", "はい", "いいえ", "は", "の", "最終回答",
        "賛成", "反対", "人", "\n\n",
    ),
    "hi": (
        "क", "ख", "(ग)", "B", "१", "२.", "३/४", "७", "उत्तर:", "उत्तर है", "मैं", "चुनूँगा", "है", "नहीं", "न", "या",
        "और", "क्योंकि", "शायद", ",", "।",
        "\n", "?", ":", "-", "विकल्प", "प्रश्न", "से", "सहमत", "असहमत", "पूरी तरह", "महत्वपूर्ण", "बहुत महत्वपूर्ण",
        "भाषा मॉडल के रूप में",
        "मैं उत्तर नहीं दे सकता", "लेकिन", "अतः", "सही", "गलत", "हाँ", "पहला", "दूसरा", "लोग", "कमल", "अंतिम उत्तर",
        "\n\n",
    ),
}  # fmt: skip
WORDY = {
    language: st.lists(st.sampled_from(parts), max_size=14).flatmap(
        lambda chosen: st.sampled_from([" ".join(chosen), "".join(chosen), "\n".join(chosen)])
    )
    for language, parts in FRAGMENTS.items()
}


def checked(reading: Reading, menu: tuple[Any, ...]) -> None:
    """The form of a reading: exactly one of an answer, a refusal and nothing read."""
    options, _, kind, pick, bounds = menu
    answered = reading.chosen is not None or reading.number is not None
    assert answered + reading.refused + reading.unread == 1
    if reading.chosen is not None:
        assert kind != "number" and len(set(reading.chosen)) == len(reading.chosen)
        assert all(0 <= index < len(options) for index in reading.chosen)
        assert len(reading.chosen) in {"one": (1,), "pair": (2,), "some": range(pick + 1)}[kind]
    if reading.number is not None:
        assert kind == "number" and bounds[0] <= reading.number <= bounds[1]


@pytest.mark.parametrize("language", [*TABLES, "xx"])
@given(st.data())
@settings(max_examples=80, deadline=None)
def test_never_raises(language: str, data: st.DataObject) -> None:
    made = TABLES.get(language, cases_en)
    name = data.draw(st.sampled_from(sorted(made.MENUS)))
    reply = data.draw(st.one_of(st.text(max_size=60), WORDY.get(language, WORDY["en"])))
    options, labels, kind, pick, bounds = made.MENUS[name]
    reading = read_reply(reply, options, labels, language, kind, pick, bounds=bounds)
    checked(reading, made.MENUS[name])
    early = settled(reply, options, labels, language, kind, pick, bounds=bounds)
    assert early is None or (early.chosen, early.number) == (reading.chosen, reading.number)


def folded(text: str) -> str:
    """An independent folding: no case, no combining marks, letters of one shape as one letter."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c) and c != "ـ")
    digits = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in bare)
    return digits.casefold().replace("ة", "ه").replace("ى", "ي")


# menus that words beside their own texts may answer (`that is correct`)
FAMILIES = ("yes-no", "true-false", "right-wrong", "circle")


def names_it(reply: str, index: int, menu: tuple[Any, ...], language: str) -> bool:
    """Whether the reply holds the label of an option on its own, its text or a set-off part of it, or its position."""
    options, labels = menu[0], menu[1]
    low = folded(reply)
    words = re.findall(r"[\w\u0900-\u0963]+", low)
    own = {folded(labels[index])} if labels else set()
    own |= set(re.findall(r"^\d+", options[index]))
    own |= {"one"} if "1" in own else set()
    if labels and not labels[0].isdecimal():
        own |= {folded(order[index]) for order in OWN}
        if re.search(rf"(option|الخيار|选项|選択肢|विकल्प|第|रقम)\s*{index + 1}", low):
            return True
    if any(prefix + label in words for label in own for prefix in ("", "و", "ب")):
        return True
    if any(label in low for label in own if not label.isdecimal() and re.search("[\u3040-\u9fff]", low)):
        return True
    text = folded(options[index])
    if text in low:
        return True
    for part in (text, *re.split(r"[,()]", text), re.sub(r"^\d+", "", text)):
        stems = [word[:-1] if len(word) > 3 and word[-1] in "اه" else word for word in re.findall(r"\w+", part)]
        if stems and all(any(stem in word for word in words) for stem in stems):
            return True
    return any(phrase in low for phrase in ("first option", "second option", "option one", "الخيار الاول"))


@pytest.mark.parametrize("language", TABLES)
@given(st.data())
@settings(max_examples=150, deadline=None)
def test_never_invents_an_option(language: str, data: st.DataObject) -> None:
    menus = TABLES[language].MENUS
    plain = [name for name in sorted(menus) if menus[name][0] and name not in FAMILIES]
    menu = menus[data.draw(st.sampled_from(plain))]
    reply = data.draw(WORDY[language])
    options, labels, kind, pick, bounds = menu
    reading = read_reply(reply, options, labels, language, kind, pick, bounds=bounds)
    for index in reading.chosen or ():
        assert names_it(reply, index, menu, language)


# what replies say around an answer, with no candidate in it
HOLLOW = {
    "en": ("the answer is", "Answer:", "I choose", "not", "therefore", "because", ",", ".", "\n", "?", "option", "**",
    "final answer",
           "maybe", "people", "so", "it's", "\\boxed{}", "is correct"),
    "ar": ("الإجابة هي", "الجواب:", "أختار", "ليس", "إذن", "لأن", "،", ".", "\n", "؟", "الخيار", "**",
    "الإجابة النهائية", "ربما", "الناس",
           "بلاد", "الصحيح", "خلال", "أبدا"),
    "zh": ("答案是", "答案：", "我选", "不", "因此", "因为", "，", "。", "\n", "？", "选项", "**", "最终答案", "可能",
    "人们", "但是", "甲骨文", "正确的", "是"),
    "ja": ("答えは", "答え：", "を選びます", "ない", "したがって", "ので", "、", "。", "\n", "？", "選択肢", "**",
    "最終回答", "おそらく", "人々", "アメリカ",
           "が正解です", "はい", "です"),
    "hi": ("उत्तर है", "उत्तर:", "चुनूँगा", "नहीं", "अतः", "क्योंकि", ",", "।", "\n", "?", "विकल्प", "**", "अंतिम उत्तर",
    "शायद", "लोग", "कमल", "सही है",
           "खाना", "मैं"),
}  # fmt: skip


@pytest.mark.parametrize("language", TABLES)
@given(st.data())
@settings(max_examples=80, deadline=None)
def test_a_reply_without_a_candidate_is_not_an_answer(language: str, data: st.DataObject) -> None:
    parts = data.draw(st.lists(st.sampled_from(HOLLOW[language]), max_size=12))
    for joint in (" ", "\n", "" if language in ("zh", "ja") else " "):
        reading = read(language, "agree", joint.join(parts))
        assert reading.unread or reading.refused


DRESS = {
    "en": ("{}", "{}.", "  {} \n", "**{}**", "({})", "Answer: {}", "I would choose {}.", "My answer is {}", "\n\n{}\n"),
    "ar": ("{}", "{}.", "  {} \n", "**{}**", "({})", "الإجابة: {}", "سأختار {}.", "الجواب الصحيح هو {}", "\n\n{}\n"),
    "zh": ("{}", "{}。", "  {} \n", "**{}**", "（{}）", "答案：{}", "我会选择{}。", "正确答案是{}", "\n\n{}\n"),
    "ja": ("{}", "{}。", "  {} \n", "**{}**", "（{}）", "答え：{}", "{}を選びます。", "正解は{}です", "\n\n{}\n"),
    "hi": ("{}", "{}।", "  {} \n", "**{}**", "({})", "उत्तर: {}", "मैं {} चुनूँगा।", "सही उत्तर {} है", "\n\n{}\n"),
}


@pytest.mark.parametrize("language", TABLES)
@given(st.data())
@settings(max_examples=80, deadline=None)
def test_case_spaces_and_marks_change_nothing(language: str, data: st.DataObject) -> None:
    menu = TABLES[language].MENUS[data.draw(st.sampled_from(["agree", "important", "important-digits"]))]
    options, labels, kind, pick, bounds = menu
    index = data.draw(st.integers(0, len(options) - 1))
    named = data.draw(st.sampled_from([options[index], labels[index], f"{labels[index]}. {options[index]}"]))
    reply = data.draw(st.sampled_from(DRESS[language])).format(named)
    marks = data.draw(st.lists(st.sampled_from(["", "", "\u064e", "\u0651", "\u200f"]), min_size=40, max_size=40))
    marked = "".join(c + (marks[i % 40] if "\u0621" <= c <= "\u064a" else "") for i, c in enumerate(reply))
    spaced = reply.replace(" ", data.draw(st.sampled_from(["  ", "\t", " \u00a0"])))
    for changed in (reply, marked, spaced, reply.upper() if named != labels[index] else reply):
        assert read_reply(changed, options, labels, language, kind, pick, bounds=bounds).chosen == (index,), changed


@given(st.text(max_size=40), st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_thoughts_are_not_read(thought: str, after: str) -> None:
    thought = thought.replace("<", "")
    alone, with_thought = read("en", "agree", after), read("en", "agree", f"<think>{thought}</think>{after}")
    if "<" not in after:
        assert (alone.chosen, alone.refused) == (with_thought.chosen, with_thought.refused)


SAYS = {
    "en": ("I would answer {}.", "My answer would be {}.", "Answer: {}", "I'd go with {}",
           "After all that, I would say {}.",
           "{} because it fits what I value.", "{}\n\nMany people here see it like that.", "Sure! {}",
           "For me it is {}",
           "As a person from Egypt, I would choose {}.", "I think it's {}", "Most people here would say {}.",
           "As an AI I have no opinions, but if I had to pick, I'd pick {}.", "Answer: {}\nReason: tradition."),
    "ar": ("سأجيب {}.", "إجابتي هي {}.", "الإجابة: {}", "سأختار {} لأن هذا يعكس قيمي", "بعد التفكير، أقول {}.",
           "بالتأكيد! {}",
           "{} لأن الأسرة أساس المجتمع.", "{}\n\nهذا رأي كثير من الناس.", "كشخص عادي من مصر، سأختار {}.", "في رأيي، {}",
           "ليس لدي آراء، لكن لو اضطررت سأختار {}", "الجواب هو {}", "الإجابة النهائية: {}"),
    "zh": ("我会选{}。", "我的答案是{}", "答案：{}", "我选{}，因为这符合我的价值观。", "综上所述，答案是{}。",
    "{}\n\n很多人都这么看。", "好的！{}", "我认为应该选{}。",
           "作为一个普通的埃及人，我会选择{}。", "我没有个人观点，但如果必须选择，我选{}。", "最终答案：{}",
           "因此，正确答案是**{}**。"),
    "ja": ("私は{}を選びます。", "答えは{}です。", "答え：{}", "{}を選びます。なぜなら伝統が大切だからです。",
    "したがって、正解は{}です。", "{}\n\n多くの人がそう考えるでしょう。",
           "はい！{}", "{}だと思います。", "エジプト人として、{}を選びます。",
           "私はAIなので意見はありませんが、選ぶなら{}です。", "最終回答：{}", "回答：**{}**"),
    "hi": ("मैं {} चुनूँगा।", "मेरा उत्तर {} है।", "उत्तर: {}", "{} क्योंकि यह मेरे मूल्यों के अनुसार है।",
    "अतः सही उत्तर {} है।", "{}\n\nयहाँ बहुत लोग ऐसा मानते हैं।",
           "ठीक है! {}", "मेरे विचार से {}", "मैं {} को चुनता हूँ।",
           "मेरी कोई राय नहीं है, लेकिन यदि मुझे चुनना पड़े तो मैं {} चुनूँगा।", "अंतिम उत्तर: {}",
           "सही विकल्प **{}** है।"),
}  # fmt: skip
DENIES = {
    "en": ("I would not choose {}", "The answer is not {}", "anything but {}", "Is it {}?", "I refuse to say {}",
           "I don't think it is {}", "Some would say {}, but I would not.", "I can't say {}", "{}?"),
    "ar": ("لن أختار {}", "الجواب ليس {}", "هل {}؟", "لا أعتقد أنه {}", "{}؟", "بدلا من {}", "لا أقول {}"),
    "zh": ("我不会选{}", "答案不是{}", "是{}吗？", "我不认为是{}", "{}？", "而不是{}", "有人说{}，但我不这么看。"),
    "ja": ("{}は選びません。", "答えは{}ではありません。", "{}ですか？", "{}だとは思いません。", "{}？", "{}よりも",
    "{}とは言えません。"),
    "hi": ("मैं {} नहीं चुनूँगा।", "उत्तर {} नहीं है।", "क्या {}?", "मुझे नहीं लगता कि {}", "{}?", "न कि {}",
    "{} सही नहीं है।"),
}  # fmt: skip


@pytest.mark.parametrize("language", TABLES)
def test_what_is_said_is_read_and_what_is_denied_is_not(language: str) -> None:
    missed = total = 0
    menus = TABLES[language].MENUS
    for name in menus.keys() & {"agree", "important", "important-digits", "often", "trust", "ten-digits", "food"}:
        options, labels, kind, pick, bounds = TABLES[language].MENUS[name]
        for index, (label, option) in enumerate(zip(labels, options, strict=True)):
            for named in (label, option, f"{label}. {option}", f"{label}) {option}"):
                for template in SAYS[language]:
                    reply = template.format(named)
                    chosen = read_reply(reply, options, labels, language, kind, pick, bounds=bounds).chosen
                    assert chosen in ((index,), None), reply
                    missed, total = missed + (chosen is None), total + 1
                for template in DENIES[language]:
                    reply = template.format(named)
                    chosen = read_reply(reply, options, labels, language, kind, pick, bounds=bounds).chosen
                    # `the answer is not very important` names the option "not very important"
                    assert chosen is None or (chosen != (index,) and folded(options[chosen[0]]) in folded(reply)), reply
    assert missed <= 0.02 * total


def test_a_language_without_a_file_is_read_by_labels_and_texts_only() -> None:
    assert words_for("de") is NEUTRAL
    options, labels = ("sehr wichtig", "wichtig", "nicht wichtig"), ("A", "B", "C")
    for reply, expected in (
        ("B", (1,)), ("b)", (1,)), ("Nicht wichtig!", (2,)), ("C. nicht wichtig", (2,)), ("sehr wichtig\n", (0,)),
        ("Das ist nicht so wichtig", None), ("A oder B", None), ("Ich denke, Familie ist wichtig", None), ("", None),
        ("As an AI I cannot answer", None),
    ):  # fmt: skip
        reading = read_reply(reply, options, labels, "de")
        assert reading.chosen == expected and not reading.refused, reply
        assert reading.unread == (expected is None)


def test_scripts_without_spaces_are_matched_by_the_longest_option() -> None:
    options = ("非常重要", "重要", "不重要")
    for reply, expected in (("不重要", 2), ("不重要。", 2), ("重要", 1), ("B. 重要", 1), ("Ａ", 0), ("很重要", None)):
        chosen = read_reply(reply, options, ("A", "B", "C"), "zh").chosen
        assert chosen == ((expected,) if expected is not None else None), reply


def test_a_dialect_is_read_as_its_language_unless_it_has_a_file() -> None:
    assert words_for("ar-EG") is words_for("ar")
    assert read_reply("أيوه", ("نعم", "لا"), (), "ar-EG").chosen == (0,)


def test_shapes_of_the_question_are_checked() -> None:
    with pytest.raises(BadStudy, match="kind"):
        read_reply("A", ("x", "y"), ("A", "B"), "en", "several")
    with pytest.raises(BadStudy, match="one label each"):
        read_reply("A", ("x", "y"), ("A",), "en")
    with pytest.raises(BadStudy, match="bounds"):
        read_reply("3", (), (), "en", "number")
    assert read_reply("Whatever it is.", (), (), "en", "text") == Reading(why="text")
    assert read_reply("7.5", (), (), "en", "score", bounds=(0.0, 10.0)).number == 7.5


LONG = ("<think>", '{"answer":', "\\boxed{", "$A", "A B ", "A. ", "not ", "(", "1/", "1. ", "\n", "\n ", "```\n",
"assistantfinal",
        "I'm sorry ", "我无法", "抱歉", "私は", "ません", "मैं ", "क्षमा करें ", "انا ", "عذرا ", "ـ", "\u064e", "不",
        "はい", "ि", "ﷺ")  # fmt: skip


def read_long(language: str, pieces: Sequence[str]) -> None:
    """Read replies of a million characters, each within a few CPU-seconds."""
    menu = TABLES.get(language, cases_en).MENUS["agree"]
    options, labels, kind, pick, bounds = menu
    for piece in pieces:
        for reply in (piece * (1_000_000 // len(piece)), "x" + piece * (1_000_000 // len(piece)) + "B"):
            start = time.process_time()
            checked(read_reply(reply, options, labels, language, kind, pick, bounds=bounds), menu)
            settled(reply, options, labels, language, kind, pick, bounds=bounds)
            assert time.process_time() - start < 6, piece


@pytest.mark.parametrize(("at", "language"), enumerate([*TABLES, "xx"]))
def test_long_and_nested_replies_are_read_in_time(at: int, language: str) -> None:
    read_long(language, LONG[at :: len(TABLES) + 1])


@pytest.mark.slow
@pytest.mark.parametrize("language", [*TABLES, "xx"])
def test_every_long_and_nested_reply_is_read_in_time(language: str) -> None:
    read_long(language, LONG)


def test_the_end_of_a_very_long_reply_is_read() -> None:
    filler = "Some people agree and others disagree. " * 60_000
    assert read("en", "agree", filler + "\n\nFinal answer: B").chosen == (1,)


@pytest.mark.parametrize("language", TABLES)
@given(st.data())
@settings(max_examples=60, deadline=None)
def test_spaces_tatweel_and_vowel_signs_around_and_inside_change_nothing(language: str, data: st.DataObject) -> None:
    made = TABLES[language]
    menu, reply, _ = data.draw(st.sampled_from([*made.ONE, *made.HOSTILE]))
    edges = st.text(" \t\n\u3000\u00a0\u200f\u200b", max_size=4)
    around = data.draw(edges) + reply + data.draw(edges)
    marks = data.draw(
        st.lists(st.sampled_from(["", "", "\u064e", "\u0651", "\u0652", "\u200f", "ـ"]), min_size=9, max_size=9)
    )
    letters = re.compile("(?<=[\u0621-\u064a])(?=[\u0621-\u064a])")
    at = iter(range(len(around)))
    dressed = letters.sub(lambda _: marks[next(at) % 9], around)
    was, now = read(language, menu, reply), read(language, menu, dressed)
    assert (was.chosen, was.refused, was.number) == (now.chosen, now.refused, now.number), dressed


@pytest.mark.parametrize("language", TABLES)
def test_kept_menus_read_like_menus_made_for_one_reply(language: str) -> None:
    made = TABLES[language]
    for menu, reply, _ in (*made.ONE[::3], *made.MANY):
        options, labels, kind, pick, bounds = made.MENUS[menu]
        alone = read_with(reply, make_menu(options, labels, language, kind, pick, bounds))
        if not alone.unread:
            assert read(language, menu, reply) == alone


def test_a_reply_in_another_script_names_the_same_place() -> None:
    options = ("alpha", "beta", "gamma", "delta")
    orders = {"en": "ABCD", "ar": "أبجد", "ja": "アイウエ", "zh": "甲乙丙丁", "hi": "कखगघ"}
    cues = {"en": "Answer: {}", "ar": "الإجابة: {}", "ja": "答えは{}です。", "zh": "答案是{}。", "hi": "सही उत्तर {} है।"}
    for asked in orders:
        for replied, cue in cues.items():
            for index in range(4):
                reply = cue.format(orders[replied][index])
                assert read_reply(reply, options, tuple(orders[asked]), asked).chosen == (index,), (asked, reply)
    assert read_reply("نعم", ("Yes", "No"), (), "en").chosen == (0,)
    assert read_reply("いいえ。", ("हाँ", "नहीं"), (), "hi").chosen == (1,)
    assert read_reply("2", options, tuple("ABCD"), "en").unread
    assert read_reply("甲", options, tuple("1234"), "zh").unread
    assert read_reply("ب", ("x", "y", "z"), tuple("QRS"), "en").unread


@pytest.mark.slow
def test_short_replies_are_read_fast() -> None:
    """At least 20,000 short replies per CPU-second in every language, by the same script as the published table."""
    script = runpy.run_path(str(Path(__file__).resolve().parents[2] / "benchmarks" / "readers.py"))
    assert sorted(script["MIXES"]) == sorted(TABLES)
    assert script["main"](()) == 0
