"""Families by hand: small texts whose numbers can be counted, and every metric with its documentation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tawazun.audit.data import Batch, batch_of, family, family_names, measured
from tawazun.audit.data.characters import KINDS, characters
from tawazun.audit.data.languages import identified, identifier, primary_of
from tawazun.audit.data.lexicon import lexicon
from tawazun.audit.data.records import Sample
from tawazun.audit.data.segmenters import PIECE, pieces, segmented

LANGUAGES = ("ar", "en", "zh", "ja", "hi", "und")


def one(text: str, language: str, name: str) -> float:
    rows, _ = measured(batch_of([text], language), [family(name.partition(".")[0])])
    return float(rows[name][0])


@pytest.mark.parametrize("name", family_names())
def test_every_metric_is_documented_and_every_documented_one_comes_out(name: str) -> None:
    own = family(name)
    language = own.languages[0] if own.languages else "en"
    batch = batch_of(["one two. three", "四 五"], language)
    assert {f"{m.name}" for m in own.metrics if m.level == "row"} == set(own.rows(batch))
    assert {f"{m.name}" for m in own.metrics if m.level == "shard"} == set(own.shard(batch))
    assert all(metric.unit and metric.formula and metric.source and metric.length for metric in own.metrics)
    assert own.name == name


@given(st.lists(st.text(max_size=60), max_size=4), st.sampled_from(LANGUAGES))
@settings(max_examples=60)
def test_no_text_breaks_a_family(texts: list[str], language: str) -> None:
    batch = batch_of(texts, language)
    for name in family_names():
        if language in ("zh", "ja") and name in ("lexical", "diversity"):
            continue
        rows, _ = measured(batch, [family(name)])
        assert all(values.shape == (len(texts),) for values in rows.values())
        assert not any(np.isinf(values).any() for values in rows.values())


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_a_row_has_the_same_metrics_whatever_stands_beside_it(texts: list[str]) -> None:
    families = [family(name) for name in ("structure", "scripts")]
    together, _ = measured(batch_of(texts, "en"), families)
    for i, text in enumerate(texts):
        alone, _ = measured(batch_of([text], "en"), families)
        for name, values in alone.items():
            assert values[0] == pytest.approx(together[name][i], nan_ok=True), name


@pytest.mark.parametrize(
    ("text", "metric", "value"),
    [
        ("One two. Three 3.14 four! End", "sentences", 3),
        ("مرحبا بك؟ نعم。", "sentences", 2),
        ("...\n!!!\n", "sentences", 0),
        ("नमस्ते दुनिया। ठीक है।", "words", 4),
        ("it's 3 words", "words", 4),
        ("- one\n- two\nthree\n1. four", "list_share", 0.75),
        ("3.14 is pi\n2) two", "list_share", 0.5),
        ("x = 1;\nif a {\n}\nplain", "code_share", 0.75),
        ("see\n```\na\nb\n```\n", "code_share", 0.5),
        ("12 ab", "digit_share", 0.4),
        ("# A\n**b** <br> [c](d)", "markup_rate", 4000 / 21),
        ("🎉🎉ab", "emoji_rate", 500),
    ],
)
def test_structure_by_hand(text: str, metric: str, value: float) -> None:
    assert one(text, "en", f"structure.{metric}") == pytest.approx(value)


def test_the_ratio_of_answer_and_question() -> None:
    rows = (Sample("x", 1, "instruction", "ab", "abcdef", turns=2), Sample("x", 2, "text", "", "abc"))
    found, _ = measured(Batch(rows, "en"), [family("structure")])
    assert found["structure.response_ratio"][0] == 3
    assert math.isnan(found["structure.response_ratio"][1])


@given(st.text(max_size=200))
def test_every_character_has_one_kind(text: str) -> None:
    found = characters([text, ""])
    assert found.counts.shape == (2, len(KINDS))
    assert found.counts[0].sum() == len(text) and found.counts[1].sum() == 0


@pytest.mark.parametrize(
    ("text", "metric", "value"),
    [
        ("كَتَبَ", "diacritics", 1.0),
        ("كـــتب", "tatweel", 1000.0),
        ("والكتاب بيتهم قلم", "clitics", 2 / 3),
        ("ana 7abibi w enta 3arabi", "arabizi", 40.0),
        ("2023 b2b https://t.co/8igFPx1i26", "arabizi", 0.0),
        ("ازاي دلوقتي يعني", "dialect_egyptian", 200 / 3),
        ("برشا مزيان بيت كبير", "dialect_maghrebi", 50.0),
        ("تم بناء البيت من قبل المدير", "translationese", 100 / 3),
    ],
)
def test_arabic_by_hand(text: str, metric: str, value: float) -> None:
    assert one(text, "ar", f"arabic.{metric}") == pytest.approx(value)


def test_japanese_by_hand() -> None:
    text = "東京に行きました。カメラを買った。"
    assert one(text, "ja", "japanese.kanji_share") == pytest.approx(4 / 15)
    assert one(text, "ja", "japanese.katakana_share") == pytest.approx(3 / 15)
    assert one(text, "ja", "japanese.polite_share") == pytest.approx(0.5)
    assert one("拝見いたします。", "ja", "japanese.honorifics") == 2


def test_chinese_by_hand() -> None:
    assert one("他们一心一意地学习", "zh", "chinese.idioms") == pytest.approx(1000 / 9)
    assert one("學習時間", "zh", "chinese.traditional_share") == 1.0
    assert one("学习时间", "zh", "chinese.traditional_share") == 0.0
    assert one("天地天地", "zh", "chinese.character_entropy") == pytest.approx(1.0)


def test_hindi_by_hand() -> None:
    assert one("यह ok है", "hi", "hindi.latin_share") == pytest.approx(2 / 5)
    assert one("mera naam kya hai", "hi", "hindi.romanised") == pytest.approx(75)
    assert one("परंतु लेकिन यदि", "hi", "hindi.sanskrit_share") == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("text", "language", "local", "western"),
    [
        ("زرت مصر والسعودية ثم فرنسا", "ar", 2, 1),
        ("عيد الفطر في المدينة المنورة", "ar", 2, 0),
        ("春节我们吃饺子，圣诞吃火鸡", "zh", 2, 2),
        ("दिवाली पर मुंबई", "hi", 2, 0),
    ],
)
def test_culture_by_hand(text: str, language: str, local: int, western: int) -> None:
    batch = batch_of([text], language)
    rows, _ = measured(batch, [family("culture")])
    size = len(batch.words.ids) if language != "zh" else batch.characters.letters[0]
    assert rows["culture.local_rate"][0] * size / 1000 == pytest.approx(local)
    assert rows["culture.western_rate"][0] * size / 1000 == pytest.approx(western)


def test_own_names_count_beside_ours() -> None:
    batch = batch_of(["we met in wadi rum and gotham"], "en")
    own = Batch(batch.samples, "en", lexicon({"local places": "wadi rum", "western places": "gotham, metropolis"}))
    rows, _ = measured(own, [family("culture")])
    assert rows["culture.local_share"][0] == pytest.approx(0.5)
    assert math.isnan(measured(batch, [family("culture")])[0]["culture.local_share"][0])


def test_which_segmenter_cut_the_words_is_said() -> None:
    assert segmented(["a b"], "en").segmenter == "regex"
    assert segmented(["كَتَبَ"], "ar-EG").vocabulary == ["كتب"]
    assert segmented(["我们学习"], "zh").segmenter.partition(" ")[0] in ("jieba", "characters")
    assert segmented(["東京タワー"], "ja").segmenter.partition(" ")[0] in ("sudachipy", "characters")


def test_japanese_numbers_are_one_word() -> None:
    pytest.importorskip("sudachipy")
    assert "1951" in segmented(["1951年に締結された。"], "ja").vocabulary


def test_without_segmenters_characters_are_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tawazun.audit.data.segmenters.find_spec", lambda _: None)
    found = segmented(["我们学AI习", "東京 tower"], "zh")
    assert found.segmenter == "characters"
    assert found.lengths.tolist() == [5, 3]


@given(st.text(max_size=50), st.integers(1, 3))
def test_pieces_of_a_long_text_are_the_text(text: str, times: int) -> None:
    long = (text + "。x") * (times * PIECE // (len(text) + 2))
    parts = list(pieces(long))
    assert "".join(parts) == long and all(0 < len(part) <= PIECE for part in parts)


@pytest.mark.parametrize(
    ("text", "language", "script"),
    [
        ("これは日本語の文章です。今日はいい天気ですね。", "ja", "Hiragana"),
        ("今天天气很好，我们一起去公园散步吧，好不好", "zh", "Han"),
        ("تعتبر اللغة العربية من أكثر اللغات انتشارا في العالم", "ar", "Arabic"),
        ("The quick brown fox jumps over the lazy dog near the river", "en", "Latin"),
        ("यह हिंदी में लिखा हुआ एक साधारण वाक्य है जो जाँच के लिए है", "hi", "Devanagari"),
        ("🎉🎉🎉", "und", ""),
        ("", "und", ""),
    ],
)
def test_languages_are_identified(text: str, language: str, script: str) -> None:
    pytest.importorskip("py3langid")
    found = identified([text])[0]
    assert (found.language, found.script) == (language, script)


def test_without_a_library_the_script_speaks_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tawazun.audit.data.languages.find_spec", lambda _: None)
    monkeypatch.setattr("tawazun.audit.data.languages._model", lambda: None)
    assert identifier().startswith("script only")
    found = identified(["هذا نص عربي طويل بما يكفي", "plain English text"])
    assert [(one.language, one.sure) for one in found] == [("ar", False), ("und", False)]


@pytest.mark.parametrize(
    ("tag", "language"), [("ar-EG", "ar"), ("Arabic", "ar"), ("arb_Arab", "ar"), ("zh_CN", "zh"), ("", ""), ("x", "")]
)
def test_tags_name_a_language(tag: str, language: str) -> None:
    assert primary_of(tag) == language
