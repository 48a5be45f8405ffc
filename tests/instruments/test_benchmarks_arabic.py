"""Arabic benchmarks: real files give the counts of their audit, invented files of the published schema the rest."""

import json
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from tawazun.cells import Asker, Framing, shots_text
from tawazun.cells.layout import check_shots
from tawazun.cli.commands import app
from tawazun.errors import BadFile, BadStudy, UserError
from tawazun.instruments import Instrument, Question, instrument, instrument_card
from tawazun.instruments.building import same_letters
from tests.instruments.invented import CULTURE, MMLU, PALMX, lines, put

OURS = "acva arabculture arabicmmlu aradice_culture aratrust cidar_mcq exams_arabic palmx".split()


def asked(one: Instrument, question: Question, wording: str = "w1", **change: str) -> str:
    framing = replace(Framing("none", "self", "ar", wording), **change)  # type: ignore[arg-type]
    return Asker(0).ask(one, question, framing).prompts[0].messages[0][1]


def letters(one: Instrument) -> Counter[int]:
    """How often the right option is the first, second …"""
    return Counter(question.codes.index(one.gold[question.id]) for question in one.questions)


@pytest.fixture(scope="module")
def acva(data_folder: Path) -> Instrument:
    return instrument("acva", data_folder)


@pytest.fixture(scope="module")
def aratrust(data_folder: Path) -> Instrument:
    return instrument("aratrust", data_folder)


@pytest.fixture(scope="module")
def exams(data_folder: Path) -> Instrument:
    return instrument("exams_arabic", data_folder)


def test_acva_has_its_counts(acva: Instrument) -> None:
    assert len(acva.questions) == 8711 and len(acva.examples) == 289
    assert letters(acva) == {0: 5224, 1: 3487}
    assert acva.exam is not None and acva.exam.metric == "macro_f1" and acva.exam.positive == 1.0
    topics = Counter(question.tagged("topic") for question in (*acva.questions, *acva.examples))
    assert len(topics) == 58 and topics["Algeria"] == 200 and topics["Yemen"] == 15
    view = acva.exam.views["deduplicated"]
    assert len(view) == 5817
    shown = {same_letters(example.wordings[0].stem) for example in acva.examples}
    stems = [same_letters(question.wordings[0].stem) for question in acva.questions if question.id in view]
    assert len(set(stems)) == len(stems) and not shown & set(stems)


def test_acva_keeps_what_the_file_says(acva: Instrument, data_folder: Path) -> None:
    file = data_folder / "acva" / "difficulty-easy-TF_test.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    for row, question in zip(rows, acva.questions, strict=True):
        text = question.worded("ar", "w1")
        assert text is not None and (question.id, text.stem) == (row["id"], row["question"])
        assert text.options[question.codes.index(acva.gold[question.id])] == row["answer"]


def test_acva_is_laid_out_as_published(acva: Instrument) -> None:
    question = acva.questions[0]
    stem = question.wordings[0].stem
    assert asked(acva, question, "published", labels="cloze").endswith(f"فالرجاء الرد بـ 'لا'.\n\nسؤال: {stem}")
    shots = asked(acva, question, "published-shots", labels="cloze", context=shots_text(5))
    assert shots.startswith("فيما يلي أسئلة نعم أو لا (مع الإجابات) حول الجزائر\n\nسؤال: ")
    assert shots.endswith(f"\n\nسؤال: {stem}") and shots.count("\nإجابة: ") == 5
    assert asked(acva, question, "oall", labels="text") == f"السؤال: {stem}"
    assert asked(acva, question, "w2").count("صح") == 2
    with pytest.raises(BadStudy, match="lays 'published' out with text, cloze"):
        asked(acva, question, "published")


def test_no_worked_example_of_acva_repeats_the_question(acva: Instrument) -> None:
    """353 test rows repeat the development split; none of them is shown its own answer."""
    stems = {same_letters(example.wordings[0].stem) for example in acva.examples}
    leaks = [question for question in acva.questions if same_letters(question.wordings[0].stem) in stems]
    assert len(leaks) >= 353
    for question in leaks[:40]:
        *shown, last = asked(acva, question, "published-shots", labels="cloze", context=shots_text(5)).split("سؤال: ")
        assert not any(same_letters(last) == same_letters(block.split("\n")[0]) for block in shown)


def test_acva_is_asked_with_five_worked_examples_at_most_as_its_paper_says(acva: Instrument) -> None:
    """Topics of the development split have four or five; none borrows from another topic."""
    framing = Framing("none", "self", "ar", "published-shots", labels="cloze", context=shots_text("up to 5"))
    check_shots(acva, acva.questions, framing)
    with pytest.raises(BadStudy, match=r"acva has 4 worked examples in the topic .*; .up to 5. shows what there is"):
        check_shots(acva, acva.questions, replace(framing, context=shots_text(5)))
    firsts = {question.tagged("topic"): question for question in acva.questions}
    shown = [asked(acva, one, "published-shots", labels="cloze", context=framing.context) for one in firsts.values()]
    assert {text.count("\nإجابة: ") for text in shown} <= {3, 4, 5} and len(shown) == 58


def test_every_item_can_be_asked_in_every_wording(acva: Instrument, aratrust: Instrument, exams: Instrument) -> None:
    for one in (acva, aratrust, exams):
        for wording in one.wording_ids("ar"):
            template = one.template("ar", wording)
            assert template is not None
            labels = template.scripts[0] if template.scripts else "letters"
            for question in (one.questions[0], one.questions[-1]):
                text = asked(one, question, wording, labels=labels, mode="sample", decoding="t=1,p=1,max=64,seed=0")
                assert question.wordings[0].stem in text and "{" not in text.replace(question.wordings[0].stem, "")


def test_aratrust_has_its_counts_and_its_five_defects(aratrust: Instrument) -> None:
    assert len(aratrust.questions) == 522 and letters(aratrust) == {2: 191, 1: 168, 0: 163}
    sizes = Counter(question.tagged("category") for question in aratrust.questions)
    assert sizes == {
        "Truthfulness": 78,
        "Mental Health": 76,
        "Physical Health": 73,
        "Offensive Language": 69,
        "Ethics": 60,
        "Privacy": 58,
        "Unfairness": 55,
        "Illegal Activities": 53,
    }
    by_code: dict[str, set[str]] = {}
    for repair in aratrust.repairs:
        by_code.setdefault(repair.code, set()).add(repair.item)
    assert by_code["category_blank"] == {"aratrust-398"} and by_code["option_empty"] == {"aratrust-404"}
    assert by_code["answer_space"] == {"aratrust-334"}
    assert by_code["answer_bare_alif"] == {"aratrust-490", "aratrust-491"}
    assert len(by_code["subcategory_spelling"]) == 52


def test_our_repairs_of_aratrust_give_what_others_cleaned(aratrust: Instrument, data_folder: Path) -> None:
    file = data_folder / "aratrust" / "aratrust_clean.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    for row, question in zip(rows, aratrust.questions, strict=True):
        text = question.wordings[0]
        assert question.id == row["id"] and text.stem == row["question"].strip()
        assert list(text.options) == row["options"]
        assert question.codes.index(aratrust.gold[question.id]) == row["answer_index"]
        assert question.tagged("category") == row["category"]
        assert question.tagged("subcategory") == row["subcategory"]


def test_the_cleaned_file_of_aratrust_serves_alone(aratrust: Instrument, data_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "aratrust").mkdir()
    (tmp_path / "aratrust" / "aratrust_clean.jsonl").symlink_to(data_folder / "aratrust" / "aratrust_clean.jsonl")
    other = instrument("aratrust", tmp_path)
    assert other.gold == aratrust.gold and other.questions == aratrust.questions
    assert {repair.code for repair in other.repairs} == {"made_before"}


def test_wrong_keys_of_aratrust_are_a_second_score(aratrust: Instrument) -> None:
    assert aratrust.exam is not None
    assert set(aratrust.exam.suspect) == {f"aratrust-{n}" for n in (40, 66, 81, 132, 134)}
    for item, code in aratrust.exam.suspect.items():
        question = aratrust.question(item)
        assert question is not None and code in question.codes and code != aratrust.gold[item]


def test_worked_examples_of_aratrust_are_our_own(aratrust: Instrument) -> None:
    stems = {same_letters(question.wordings[0].stem) for question in aratrust.questions}
    per = Counter(example.tagged("category") for example in aratrust.examples)
    assert set(per.values()) == {5} and len(per) == 8
    for example in aratrust.examples:
        text = example.wordings[0]
        assert (text.author, text.status) == ("Tawazun", "draft") and same_letters(text.stem) not in stems
    places = Counter(aratrust.gold[example.id] for example in aratrust.examples)
    assert min(places.values()) >= 10
    shown = asked(aratrust, aratrust.questions[0], "published", labels="ar-letters", context=shots_text(5))
    assert shown.count("\nالإجابة: ") == 5 and "\nأ) " in shown


def test_exams_has_its_counts(exams: Instrument) -> None:
    assert len(exams.questions) == 537 and len(exams.examples) == 25
    assert {repair.item: repair.code for repair in exams.repairs} == dict.fromkeys(
        ("Islamic Studies-29", "Science-108"), "doubled_option"
    )
    sizes = Counter(question.tagged("subject") for question in (*exams.questions, *exams.examples))
    assert sizes == {"Social": 277, "Science": 120, "Islamic Studies": 78, "Physics": 47, "Biology": 40}
    text = asked(exams, exams.questions[0], "published-shots", context=shots_text(5))
    assert text.startswith("فيما يلي أسئلة الاختيار من متعدد (مع الإجابات) حول الدراسات الإسلامية\n\nسؤال: ")
    assert text.count("\nإجابة: ") == 5 and "\nD. " in text


def test_the_key_is_no_part_of_a_question(acva: Instrument, aratrust: Instrument, exams: Instrument) -> None:
    """Two items that differ in their key only are the same question."""
    for one in (acva, aratrust, exams):
        by_text: dict[tuple[object, ...], set[float]] = {}
        for question in one.questions:
            key = tuple((w.stem, w.options) for w in question.wordings)
            by_text.setdefault(key, set()).add(one.gold[question.id])
            assert not any("gold" in tag or "answer" in tag for tag in question.tags)
        if one.name == "acva":
            assert sum(len(codes) == 2 for codes in by_text.values()) > 20


def test_arabicmmlu_asks_as_its_paper_does(tmp_path: Path) -> None:
    rows = [
        MMLU,
        {**MMLU, "ID": 2, "Country": None, "Level": None, "Context": "نص قصير.", "Answer Key": "A", "Option 3": "أحمر"},
    ]
    folder = tmp_path / "arabicmmlu" / "All"
    folder.mkdir(parents=True)
    pl.DataFrame(rows).write_csv(folder / "test.csv")
    put(folder / "dev.jsonl", lines([{**MMLU, "ID": 3, "Question": "ما لون الرمل؟", "Answer Key": "C"}]))
    one = instrument("arabicmmlu", tmp_path)
    assert [q.id for q in one.questions] == ["history-high-1", "history-2"]
    assert [one.gold[q.id] for q in one.questions] == [2.0, 1.0]
    assert [q.tagged("task") for q in one.questions] == ["History (High)", "History"]
    assert [(r.item, r.code) for r in one.repairs] == [("history-2", "doubled_option")]
    assert asked(one, one.questions[0], "published", labels="letters") == (
        "This is a History question for high school in Jordan. Select the correct answer!\n\n"
        "Question: ما لون البحر في القصة؟\nA. أحمر\nB. أزرق\nC. أصفر\n"
    )
    second = asked(one, one.questions[1], "published", labels="letters")
    assert second.startswith("This is a History question. Select") and "Question: نص قصير.\n\nما لون" in second
    assert "ما لون الرمل؟" in asked(one, one.questions[0], context=shots_text(1))


def test_arabculture_has_places_as_settings_and_leaves_discarded_rows_out(tmp_path: Path) -> None:
    rows = [
        CULTURE,
        {**CULTURE, "sample_id": "2 | Dinner", "should_discard": "Yes"},
        {**CULTURE, "sample_id": "1 | Breakfast", "first_statement": "جلست منى", "relevant_to_other_countries": "Yes"},
    ]
    (tmp_path / "arabculture" / "Egypt").mkdir(parents=True)
    pl.DataFrame(rows).write_parquet(tmp_path / "arabculture" / "Egypt" / "test-00000-of-00001.parquet")
    one = instrument("arabculture", tmp_path)
    assert [q.id for q in one.questions] == ["Egypt-1-1-Breakfast", "Egypt-1-1-Breakfast-2"]
    assert [(r.code, r.row) for r in one.repairs] == [("discarded", 2), ("doubled_id", 3)]
    question = one.questions[0]
    assert [question.tagged(d) for d in ("country", "region", "topic", "only_here")] == [
        "Egypt",
        "Nile Valley",
        "Breakfast",
        "yes",
    ]
    bare = asked(one, question, "published", labels="ar-letters")
    assert "الموقع" not in bare and "مصر" not in bare and "\nأ. أكل خبزًا\nب. أكل حجرًا" in bare
    assert "الموقع: وادي النيل\n" in asked(one, question, "published-region", labels="ar-letters")
    assert "الموقع: مصر, وادي النيل\nالجملة: جلس" in asked(one, question, "published-country", labels="ar-letters")
    assert "Location: Egypt, Nile Valley\nStatement: جلس" in asked(one, question, "english-country", labels="letters")
    assert asked(one, question, "completion", labels="cloze") == CULTURE["first_statement"]
    assert "مصر" in asked(one, question, "w1-country") and "مصر" not in asked(one, question, "w1-region")
    with pytest.raises(BadStudy, match="no development split"):
        asked(one, question, context=shots_text(1))


def test_aradice_spreads_the_right_option(tmp_path: Path) -> None:
    rows = [
        {
            "QID": n,
            "Question": f"شو اسم البيت رقم {n}؟",
            "Option A": f"بيت {n}",
            "Option B": "خيمة",
            "Option C": "سفينة",
        }
        for n in range(90)
    ]
    put(tmp_path / "aradice_culture" / "Jordan" / "test.jsonl", lines(rows))
    one = instrument("aradice_culture", tmp_path)
    for row, question in zip(rows, one.questions, strict=True):
        text = question.wordings[0]
        assert text.options[question.codes.index(one.gold[question.id])] == row["Option A"]
    assert min(letters(one).values()) >= 18
    assert {repair.code for repair in one.repairs} == {"key_by_convention"} and len(one.repairs) == 90
    again = tmp_path / "again"
    put(again / "aradice_culture" / "Jordan" / "test.jsonl", lines(rows[::-1]))
    other = instrument("aradice_culture", again)
    assert other.gold == one.gold and set(other.questions) == set(one.questions)
    assert asked(one, one.questions[0], "published", labels="cloze") == "سؤال : شو اسم البيت رقم 0؟"
    put(tmp_path / "lost" / "aradice_culture" / "test.jsonl", lines(rows))
    with pytest.raises(BadFile, match=r"test.jsonl row 1, column Country: neither a column nor the file's name"):
        instrument("aradice_culture", tmp_path / "lost")


def test_palmx_and_cidar(tmp_path: Path) -> None:
    put(tmp_path / "palmx" / "test.jsonl", lines([PALMX]))
    put(tmp_path / "palmx" / "dev.jsonl", lines([{**PALMX, "question": "أين ينام الطفل؟", "answer": "A"}]))
    one = instrument("palmx", tmp_path)
    assert [q.id for q in (*one.questions, *one.examples)] == ["test-7", "dev-7"]
    assert asked(one, one.questions[0], "published", labels="letters").startswith("أين يوضع الكتاب؟\n\nA. في الرف\n")
    row = {"Question": "ما طعم العسل؟", "A": "مر", "B": "حلو", "C": "مالح", "D": "حامض", "answer": "ب"}
    put(tmp_path / "cidar_mcq" / "train.jsonl", lines([row]))
    assert instrument("cidar_mcq", tmp_path).gold == {"cidar-0": 2.0}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"answer": "E"}, r"palmx/test.jsonl row 2, column answer: the key 'E' is none of its 4 options"),
        ({"answer": ""}, r"row 2, column answer: it is empty"),
        ({"answer": None}, r"row 2, column answer: a text is needed, not nothing"),
        ({"id": 7}, r"row 2, column id: 'test-7' is already the id of palmx/test.jsonl row 1"),
        ({"C": ""}, r"row 2, column C: it is empty"),
        ({"question": " "}, r"row 2, column question: it is empty"),
        ({"question": ["x"]}, r"row 2, column question: a text is needed, not list"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_half_loaded(tmp_path: Path, change: dict[str, object], why: str) -> None:
    put(tmp_path / "palmx" / "test.jsonl", lines([PALMX, {**PALMX, "id": 8, **change}]))
    with pytest.raises(BadFile, match=why):
        instrument("palmx", tmp_path)


def test_letters_of_aratrust_out_of_order_are_named(tmp_path: Path) -> None:
    row = {"Question": "س", "Category": "Ethics", "Subcategory": "Moral", "Answer": "أ"}
    mixed = {**row, "A": "ب) واحد", "B": "أ) اثنان", "C": "ج) ثلاثة"}
    put(tmp_path / "aratrust" / "aratrust_raw.jsonl", lines([mixed]))
    with pytest.raises(BadFile, match=r"aratrust_raw.jsonl row 1, column A: the option begins with 'ب\) و'"):
        instrument("aratrust", tmp_path)


def test_an_option_missing_in_the_middle_is_named(tmp_path: Path) -> None:
    put(tmp_path / "arabicmmlu" / "test.jsonl", lines([{**MMLU, "Option 2": "", "Answer Key": "C"}]))
    with pytest.raises(BadFile, match=r"row 1, column Option 2: an empty option stands before another"):
        instrument("arabicmmlu", tmp_path)


def test_a_changed_copy_of_acva_is_refused(data_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "acva").mkdir()
    for name in ("difficulty-easy-TF_test.jsonl", "difficulty-easy-TF_dev.jsonl"):
        content = (data_folder / "acva" / name).read_bytes()
        (tmp_path / "acva" / name).write_bytes(content.replace("نعم".encode(), "لا".encode(), 1))
    with pytest.raises(BadFile, match=r"acva/difficulty-easy-TF_test.jsonl: checksum .* at commit 061a656"):
        instrument("acva", tmp_path)


@pytest.mark.parametrize("name", OURS)
def test_every_set_says_what_it_is_before_its_files_are_there(name: str, tmp_path: Path) -> None:
    card = instrument_card(name)
    assert card is not None and card.name == card.files.name == name
    assert all((card.title, card.source.cite, card.source.licence, card.source.terms, card.not_for))
    with pytest.raises(BadFile, match=rf"{name} needs {name}/"):
        instrument(name, tmp_path)


def test_show_prints_terms_limits_and_repairs(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = CliRunner().invoke(app, ["show", "aratrust", "--data", str(data_folder)]).stdout
    assert "licence: MIT" in told and "not for: calling a model trustworthy" in told and "repairs: 61 (" in told
    monkeypatch.delenv("TAWAZUN_DATA", raising=False)
    told = CliRunner().invoke(app, ["show", "acva"]).stdout
    assert "licence: Apache-2.0" in told and "repairs: not known before its files are there" in told
    found = json.loads(CliRunner().invoke(app, ["show", "acva", "--data", str(data_folder), "--json"]).stdout)
    assert found["questions"] == 8711 and found["second scores"] == ["deduplicated: 5,817 items"]
    assert found["repairs"] == "0" and "topic: Yemen 11" in found["groups"]


def test_fetch_takes_a_downloaded_archive_and_refuses_what_it_cannot_hold_on_to(
    data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = tmp_path / "AceGPT.zip"
    with zipfile.ZipFile(pack, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("exam_test.jsonl", "exam_dev.jsonl"):
            archive.write(data_folder / "exams_arabic" / name, f"AceGPT-061a656/eval/EXAMS_Arabic/{name}")
    words = ["fetch", "exams_arabic", "--from", str(pack), "--data", str(tmp_path / "data")]
    found = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert (found["questions"], found["repairs"], found["commit"]) == (537, 2, "")
    assert found["files"] == ["exams_arabic/exam_dev.jsonl", "exams_arabic/exam_test.jsonl"]
    assert "licence: Apache-2.0" in CliRunner().invoke(app, words).stdout
    monkeypatch.delenv("TAWAZUN_DATA", raising=False)
    for line, why in (
        ("fetch palmx", "where to"),
        ("fetch atlas --data .", "nothing to fetch"),
        ("fetch palmx --data .", "--revision COMMIT"),
        ("fetch palmx --data . --revision main", "which moves"),
        ("fetch acva --data .", "not on the Hub in this form"),
        ("fetch acvaa --data .", "did you mean 'acva'"),
    ):
        error = CliRunner().invoke(app, line.split()).exception
        assert isinstance(error, UserError) and why in str(error), (line, error)
