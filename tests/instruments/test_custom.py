"""A user's own benchmark: keys in every script, hostile files, and nothing that is guessed."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.cells import Asker, Framing, shots_text
from tawazun.errors import BadFile, UserError
from tawazun.instruments import Instrument
from tawazun.instruments.custom import load_custom
from tests.instruments.invented import lines, put

DRINKS = ["tea", "milk", "juice", "water"]


def loaded(folder: Path, rows: list[dict[str, Any]], name: str = "own.jsonl") -> Instrument:
    put(folder / name, lines([{"question": f"Drink {k}?", **row} for k, row in enumerate(rows)]))
    return load_custom(folder / name).instrument


def table(folder: Path, text: str) -> Instrument:
    put(folder / "own.csv", text)
    return load_custom(folder / "own.csv").instrument


def refused(folder: Path, rows: list[dict[str, Any]], why: str) -> None:
    with pytest.raises(BadFile, match=why):
        loaded(folder, rows)


@pytest.mark.parametrize(
    ("key", "at"),
    [
        ("juice", 3), ("JUICE", 3), ("C", 3), ("c", 3), ("(C)", 3), ("C.", 3), ("Ｃ", 3), ("3", 3), (3, 3), ("٣", 3),
        ("۳", 3), ("३", 3), ("３", 3), ("③", 3), ("أ", 1), ("ا", 1), ("ب)", 2), ("ج", 3), ("د", 4), ("丙", 3),
        ("ウ", 3), ("ｳ", 3), ("う", 3), ("ग", 3), ("स", 3), ("अ", 1), ("Г", 4),
    ],
)  # fmt: skip
def test_a_key_is_read_in_every_script(tmp_path: Path, key: object, at: int) -> None:
    rows = [{"options": DRINKS, "answer": key}, {"options": DRINKS, "answer": 4}]
    assert loaded(tmp_path, rows).gold == {"row-1": float(at), "row-2": 4.0}


@pytest.mark.parametrize("key", ["E", "ه", "5", "0", "٩", "coffee", "tea or milk", "-1", "戊", "1.5", "A B"])
def test_a_key_that_is_no_option_is_named(tmp_path: Path, key: str) -> None:
    refused(tmp_path, [{"options": DRINKS, "answer": key}], r"own.jsonl row 1, column answer: the key .* none of its 4")


def test_a_key_that_means_two_options_is_not_guessed(tmp_path: Path) -> None:
    numbers = {"options": ["3", "1", "2"], "answer": "1"}
    assert loaded(tmp_path, [numbers, {"options": DRINKS, "answer": "tea"}]).gold == {"row-1": 2.0, "row-2": 1.0}
    why = r"row 1, column answer: '1' is the text of option 2 and the label of option 1; write the right option's text"
    refused(tmp_path, [numbers, {"options": DRINKS, "answer": "A"}], why)
    same = {"options": ["1", "2"], "answer": "2"}
    assert loaded(tmp_path, [same, {"options": DRINKS, "answer": "A"}]).gold == {"row-1": 2.0, "row-2": 1.0}


def test_labels_in_options_come_off_and_shuffled_ones_are_refused(tmp_path: Path) -> None:
    one = loaded(tmp_path, [{"options": ["أ) شاي", "ب) لبن"], "answer": "ب", "language": "ar"}])
    assert one.questions[0].wordings[0].options == ("شاي", "لبن") and one.gold == {"row-1": 2.0}
    assert [repair.code for repair in one.repairs] == ["option_prefix"]
    whole = {"options": ["(A) tea", "(B) milk"], "answer": "(B) milk"}
    assert loaded(tmp_path, [whole, {**whole, "answer": "milk"}]).gold == {"row-1": 2.0, "row-2": 2.0}
    why = r"row 1, column options: option 1 is labelled B: out of order, so a key's letter would be another's"
    refused(tmp_path, [{"options": ["B) tea", "A) milk"], "answer": "A"}], why)


@pytest.mark.parametrize(
    "options", [["1.5 km", "2.5 km"], ["1 - 5", "2 - 6"], ["1:30", "2:30"], ["A-level", "B-level"], ["a", "b"]]
)
def test_what_only_looks_like_a_label_stays(tmp_path: Path, options: list[str]) -> None:
    one = loaded(tmp_path, [{"options": options, "answer": options[1]}])
    assert list(one.questions[0].wordings[0].options) == options and not one.repairs


def test_options_come_in_lists_records_and_columns(tmp_path: Path) -> None:
    for options in (
        {"A": "tea", "B": "milk"},
        {"label": ["A", "B"], "text": ["tea", "milk"]},
        {"text": ["tea", "milk"]},
        '["tea", "milk"]',
    ):
        one = loaded(tmp_path, [{"choices": options, "answer": "B"}])
        assert one.questions[0].wordings[0].options == ("tea", "milk") and one.gold == {"row-1": 2.0}
    for wrong in ({"B": "tea", "A": "milk"}, {"label": ["A"], "text": ["tea", "milk"]}, {"A": "tea", "C": "milk"}):
        refused(tmp_path, [{"options": wrong, "answer": "A"}], r"row 1, column options: a record of options has them")
    refused(tmp_path, [{"options": "tea|milk", "answer": "A"}], r"row 1, column options: a list is needed, not str")
    refused(tmp_path, [{"options": ["tea", "tea"], "answer": "A"}], r"row 1, column options: option 2 .* stands twice")
    refused(tmp_path, [{"options": ["tea"], "answer": "A"}], r"two options or more, not 1")


def test_a_csv_with_options_a_to_d(tmp_path: Path) -> None:
    one = table(tmp_path, "id,question,A,B,C,D,answer,topic\nx,Which?,tea,milk,,,B,food\ny,What?,1,2,3,4,D,food\n")
    assert [(q.id, q.cells, one.gold[q.id]) for q in one.questions] == [("x", 2, 2.0), ("y", 4, 4.0)]
    assert one.exam is not None and one.exam.groups == ("topic",) and one.exam.clusters == "topic"
    with pytest.raises(BadFile, match=r"line 2, row 1, column C: the file has D and no C, so a letter"):
        table(tmp_path, "question,A,B,D,answer\nWhich?,tea,milk,salt,C\n")
    with pytest.raises(BadFile, match=r"line 2, row 1, column options: option 2 is empty"):
        table(tmp_path, "question,A,B,C,answer\nWhich?,tea,,salt,C\n")


@pytest.mark.parametrize(
    ("words", "pair"),
    [
        ((True, False), ("true", "false")),
        (("True", "FALSE"), ("true", "false")),
        (("نعم", "لا"), ("نعم", "لا")),
        (("صحيح", "خطأ"), ("صحيح", "خطأ")),
        (("صح", "خطأ"), ("صح", "خطأ")),
        (("是", "否"), ("是", "否")),
        (("はい", "いいえ"), ("はい", "いいえ")),
        (("हाँ", "नहीं"), ("हाँ", "नहीं")),
        (("yes", "false"), ("true", "false")),
    ],
)
def test_statements_have_the_same_two_options_whatever_their_key(
    tmp_path: Path, words: tuple[object, object], pair: tuple[str, str]
) -> None:
    one = loaded(tmp_path, [{"answer": words[0]}, {"answer": words[1]}, {"answer": words[0]}])
    assert {question.wordings[0].options for question in one.questions} == {pair}
    assert list(one.gold.values()) == [1.0, 2.0, 1.0]
    assert one.exam is not None and (one.exam.metric, one.exam.positive) == ("macro_f1", 1.0)


def test_the_affirmative_option_is_found_where_it_stands(tmp_path: Path) -> None:
    one = loaded(tmp_path, [{"options": ["no", "yes"], "answer": "yes"}, {"options": ["no", "yes"], "answer": "no"}])
    assert one.exam is not None and (one.exam.metric, one.exam.positive) == ("macro_f1", 2.0)
    mixed = loaded(tmp_path, [{"options": ["no", "yes"], "answer": "yes"}, {"options": DRINKS, "answer": "tea"}])
    assert mixed.exam is not None and (mixed.exam.metric, mixed.exam.positive) == ("accuracy", None)


def test_open_questions_keep_how_many_people_gave_an_answer(tmp_path: Path) -> None:
    one = loaded(tmp_path, [{"answer": ["tea", "tea", "milk"]}, {"answer": {"tea": 4, "milk": 1}}, {"answer": "yes"}])
    assert one.references == {
        "row-1": {"tea": 2.0, "milk": 1.0},
        "row-2": {"tea": 4.0, "milk": 1.0},
        "row-3": {"yes": 1.0},
    }
    assert one.exam is not None and one.exam.metric == "sem_b"
    judged = loaded(tmp_path, [{"topic": "food"}, {"topic": "food"}])
    assert judged.exam is not None and judged.exam.metric == "judge" and not judged.references
    refused(tmp_path, [{"answer": {"tea": "many"}}], r"row 1, column answer: 'tea' was given by 'many' people")


def test_splits_make_worked_examples(tmp_path: Path) -> None:
    choice = {"options": DRINKS, "answer": "B", "topic": "food"}
    one = loaded(tmp_path, [{**choice, "split": split} for split in ("Test", "dev", "train", "", "validation")])
    assert [q.id for q in one.questions] == ["row-1", "row-4"]
    assert [q.id for q in one.examples] == ["row-2", "row-3", "row-5"]
    text = Asker(0).ask(one, one.questions[0], Framing("none", "self", "en", "w1", context=shots_text(2)))
    assert text.prompts[0].messages[0][1].count("Answer: B") == 2
    refused(tmp_path, [{**choice, "split": "holdout"}], r"row 1, column split: 'holdout'; allowed: test, eval")
    refused(tmp_path, [{**choice, "split": "dev"}], r"own.jsonl: every row is a worked example")


def test_a_file_is_one_language_and_says_which(tmp_path: Path) -> None:
    arabic = {"question": "ما لون البحر؟", "options": ["أزرق", "أحمر"], "answer": "أزرق"}
    assert loaded(tmp_path, [{**arabic, "language": "ar"}, arabic]).languages == ("ar",)
    refused(
        tmp_path, [{**arabic, "language": "ar"}, {**arabic, "language": "en"}], r"one language, this one has ar, en"
    )
    refused(tmp_path, [arabic], r"the column 'language' is missing, and the questions do not look English")
    refused(tmp_path, [{**arabic, "language": "Arabic"}], r"a code such as ar, ar-EG or zh is needed, not 'Arabic'")
    accented = {"question": "Où est le café préféré de ma mère?", "options": ["ici", "là"], "answer": "ici"}
    assert loaded(tmp_path, [accented]).languages == ("en",)


def test_ids_are_unique_and_missing_columns_are_named(tmp_path: Path) -> None:
    choice = {"options": DRINKS, "answer": "B"}
    why = r"own.jsonl row 2, column id: 'x' is already the id of .*own.jsonl row 1"
    refused(tmp_path, [{**choice, "id": "x"}, {**choice, "id": "x"}], why)
    refused(tmp_path, [{**choice, "id": "row-2"}, choice], r"row 2, column id: 'row-2' is already the id")
    refused(tmp_path, [{"options": DRINKS}], r"row 1, column answer: a text is needed, not nothing")
    refused(tmp_path, [{**choice, "question": " "}], r"row 1, column question: it is empty")
    with pytest.raises(BadFile, match=r"own.csv: the column 'question' is missing; the file has id, text"):
        table(tmp_path, "id,text,answer\n1,x,y\n")


def test_mixed_encodings_and_endless_lines_are_named(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes("question,A,B,answer\nما?,شاي,لبن,A\n".encode() + "q,café,x,A\n".encode("latin-1"))
    with pytest.raises(BadFile, match=r"own.csv line 3, row 2, column A: not UTF-8"):
        load_custom(path)
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps({"question": "x" * 10_000_000, "answer": "y"}))
    with pytest.raises(BadFile, match=r"own.jsonl row 1: the line is longer than 4 MB"):
        load_custom(path)


def test_an_audit_reads_on_and_names_each_row(tmp_path: Path) -> None:
    rows = [{"options": DRINKS, "answer": "B"}, {"options": DRINKS, "answer": "Z"}, {"options": "x", "answer": "A"}]
    put(tmp_path / "own.jsonl", lines([{"question": f"Drink {k}?", **row} for k, row in enumerate(rows)]))
    read = load_custom(tmp_path / "own.jsonl", lenient=True)
    assert list(read.instrument.gold) == ["row-1"]
    assert ["row 2, column answer" in read.faults[0], "row 3, column options" in read.faults[1]] == [True, True]


anything = st.one_of(st.none(), st.booleans(), st.integers(-3, 9), st.text(max_size=8), st.sampled_from(DRINKS))
fields = st.dictionaries(
    st.sampled_from(["question", "options", "answer", "A", "B", "C", "id", "split", "language", "topic"]),
    st.one_of(anything, st.lists(anything, max_size=4), st.dictionaries(st.sampled_from("ABC"), anything, max_size=3)),
)


@given(st.lists(fields, min_size=1, max_size=4))
def test_any_file_is_a_benchmark_or_one_clear_line(rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "own.jsonl"
        path.write_text(lines(rows), encoding="utf-8", errors="surrogatepass")
        try:
            one = load_custom(path).instrument
        except UserError as error:
            assert "\n" not in str(error)
        else:
            assert all(one.gold[q.id] in q.codes for q in one.questions if q.codes)


def test_a_row_without_options_where_others_have_some_says_that_it_is_open(tmp_path: Path) -> None:
    choice = {"options": DRINKS, "answer": "B"}
    why = r"row 2, column options: it has none, and others have; write kind = open"
    for bare in ({"answer": "coffee"}, {"answer": True}, {"options": [], "answer": "B"}):
        refused(tmp_path, [choice, bare], why)
    one = loaded(tmp_path, [choice, {"answer": "coffee", "kind": "Open"}])
    assert [q.kind for q in one.questions] == ["one", "text"] and one.references == {"row-2": {"coffee": 1.0}}
    refused(tmp_path, [{**choice, "kind": "open"}], r"row 1, column kind: an open question has no options, this one")
    refused(tmp_path, [{**choice, "kind": "essay"}], r"row 1, column kind: 'essay'; allowed: open, choice")


@pytest.mark.parametrize("key", ["B", "t", "F", "1", 0, "(c)", "ب"])
def test_a_label_without_options_is_no_text(tmp_path: Path, key: object) -> None:
    refused(tmp_path, [{"answer": "tea"}, {"answer": key}], r"row 2, column answer: .* looks like an option's label")
    assert loaded(tmp_path, [{"answer": key, "kind": "open"}]).references == {"row-1": {str(key): 1.0}}


def test_among_statements_a_key_that_is_no_verdict_is_named(tmp_path: Path) -> None:
    for wrong in ("yess", None, "maybe"):
        rows = [{"answer": "yes"}, {"answer": "no"}, {"answer": wrong}]
        refused(tmp_path, rows, r"row 3, column answer: .*; most rows have one of no, yes")


def test_a_file_of_texts_blames_the_row_that_has_another_key(tmp_path: Path) -> None:
    numbers = {"options": ["3", "1", "2"], "answer": "1"}
    refused(tmp_path, [numbers, {"options": DRINKS, "answer": "tee"}], r"row 2, column answer: the key 'tee' is none")


@pytest.mark.parametrize(
    "header",
    [
        " question , A, B ,answer", "question,a,b,answer", "question,choice_1,choice_2,answer",
        "Question,Option A,Option B,Answer",
        "question,optionA,optionB,answer", "question,option_a,option_b,ANSWER", "question,opt1,opt2,answer",
        "question,أ,ب,answer", "question,Choice-1,Choice-2,answer",
    ],
)  # fmt: skip
def test_columns_of_options_may_be_spelled_in_many_ways(tmp_path: Path, header: str) -> None:
    one = table(tmp_path, f"{header}\nWhich?,tea,milk,milk\nWhat?,salt,rice,salt\n")
    assert [q.wordings[0].options for q in one.questions] == [("tea", "milk"), ("salt", "rice")]
    assert list(one.gold.values()) == [2.0, 1.0]


def test_columns_that_nothing_reads_are_named(tmp_path: Path) -> None:
    for header, why in (
        ("question,A,B,anwser", r"own.csv: unknown column 'anwser'; did you mean 'answer'\?"),
        ("question,option,x,answer", r"unknown column 'option'; did you mean 'options'\?"),
        ("question,answer_1,answer_2,answer", r"line 2, row 1, column answer_1: it looks like one of several options"),
        ("question,A, A,answer", r"line 2, row 1, column A: the column stands twice"),
    ):
        with pytest.raises(BadFile, match=why):
            table(tmp_path, f"{header}\nWhich?,tea,milk,tea\n")
    with pytest.raises(BadFile, match=r"options stand in two sets of columns"):
        table(tmp_path, "question,A,B,option_1,option_2,answer\nWhich?,tea,milk,x,y,A\n")


def test_numbers_are_read_where_they_cannot_count_from_nought(tmp_path: Path) -> None:
    rows = [{"options": DRINKS, "answer": key} for key in (1, 2)]
    why = r"row 1, column answer: '1' may be option 1 or 2, as no key is that of a last option; write"
    refused(tmp_path, rows, why)
    assert list(loaded(tmp_path, [*rows, {"options": DRINKS, "answer": "4"}]).gold.values()) == [1.0, 2.0, 4.0]
    marked = {"options": ["1) tea", "2) milk"], "answer": "1"}
    assert loaded(tmp_path, [marked]).gold == {"row-1": 1.0}
    assert list(table(tmp_path, "question,option_1,option_2,answer\nWhich?,tea,milk,1\n").gold.values()) == [1.0]


def test_a_letter_of_another_script_is_read_where_it_can_mean_one_option(tmp_path: Path) -> None:
    head = "question,A,B,C,D,E,answer,language\nكم؟,o1,o2,o3,o4,o5"
    assert list(table(tmp_path, f"{head},ب,ar\n").gold.values()) == [2.0]
    with pytest.raises(BadFile, match=r"line 2, row 1, column answer: 'ج' may be option 3 or 5; write the right"):
        table(tmp_path, f"{head},ج,ar\n")
    for stray in "ВБ丙":
        with pytest.raises(BadFile, match=r"is none of its 5 options \(their labels are A, B, C, D, E\)"):
            table(tmp_path, f"{head},{stray},ar\n")
    refused(tmp_path, [{"options": DRINKS, "answer": "В"}], r"'В' may be option 2 or 3")
    russian = {"question": "Что пьют?", "options": ["чай", "сок", "вода"], "answer": "В", "language": "ru"}
    assert loaded(tmp_path, [russian]).gold == {"row-1": 3.0}
    hijai = {"options": ["أ) شاي", "ب) لبن", "ت) ماء"], "answer": "ت", "language": "ar"}
    assert loaded(tmp_path, [hijai]).gold == {"row-1": 3.0}


@pytest.mark.parametrize(
    ("language", "pair"),
    [
        ("ar", ("نعم", "لا")),
        ("ar-EG", ("نعم", "لا")),
        ("zh", ("是", "否")),
        ("ja", ("はい", "いいえ")),
        ("en", ("true", "false")),
    ],
)
def test_verdicts_of_a_file_are_words_of_its_language(tmp_path: Path, language: str, pair: tuple[str, str]) -> None:
    for keys in ((True, False), ("true", "false")):
        one = loaded(tmp_path, [{"answer": key, "language": language} for key in keys])
        assert {q.wordings[0].options for q in one.questions} == {pair} and list(one.gold.values()) == [1.0, 2.0]
    refused(
        tmp_path, [{"answer": True, "language": "fi"}], r"row 1, column answer: 'true' has no pair in this language"
    )


def test_texts_that_nobody_could_tell_apart_are_refused(tmp_path: Path) -> None:
    why = r"row 1, column options: option 2 \('tea'\) differs from another in capitals only"
    refused(tmp_path, [{"options": ["Tea", "tea"], "answer": "tea"}], why)
    for row in (
        {"options": ["tea\0", "milk"], "answer": "A"},
        {"answer": {"te\0a": 1}},
        {"topic": "\0", "answer": "tea"},
    ):
        refused(tmp_path, [row], r"row 1, column (options|answer|topic): a NUL character stands in it")


def test_the_rows_of_a_json_file_may_stand_beside_other_lists(tmp_path: Path) -> None:
    rows = [{"question": "Drink?", "options": DRINKS, "answer": "B"}]
    put(tmp_path / "own.json", json.dumps({"data": rows, "meta": [1, 2], "by": "us"}))
    assert load_custom(tmp_path / "own.json").instrument.gold == {"row-1": 2.0}
