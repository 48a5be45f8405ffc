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
    assert loaded(tmp_path, [{"options": DRINKS, "answer": key}]).gold == {"row-1": float(at)}


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
    with pytest.raises(BadFile, match=r"row 2, column C: the file has D and no C, so a letter would be another's"):
        table(tmp_path, "question,A,B,D,answer\nWhich?,tea,milk,salt,C\n")
    with pytest.raises(BadFile, match=r"row 2, column options: option 2 is empty"):
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
    with pytest.raises(BadFile, match=r"own.csv row 3, column A: not UTF-8"):
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
