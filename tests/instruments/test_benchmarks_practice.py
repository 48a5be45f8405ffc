"""Benchmarks of everyday practice: real files give the counts, invented files of the published schema the rest."""

import json
import zipfile
from collections import Counter
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tawazun.cells import Asker, Framing, shots_text
from tawazun.cli.commands import app
from tawazun.errors import BadFile, BadStudy
from tawazun.instruments import Instrument, Question, instrument, instrument_card
from tawazun.instruments.catalogue._blend import folded_words
from tawazun.measures.exams_open import accepted_answers, answer_words, points
from tests.instruments.invented_practice import (
    CHOICE,
    DRINK,
    EASY,
    EXAM,
    HARD,
    NORM,
    PALM,
    PRACTICE,
    SENSITIVE,
    put_dosa,
    put_json,
    put_table,
)
from tests.measures import exam_toys as toys

OURS = [*PRACTICE, "care_ar", "care_ja", "care_zh", "jcommonsense_morality"]


def asked(one: Instrument, question: Question, wording: str = "w1", language: str = "en", **change: str) -> str:
    framing = replace(Framing("none", "self", language, wording), **change)  # type: ignore[arg-type]
    return Asker(0).ask(one, question, framing).prompts[0].messages[0][1]


def made(name: str, folder: Path) -> Instrument:
    PRACTICE[name](folder)
    return instrument(name, folder)


def easy(folder: Path, rows: list[dict[str, Any]]) -> Instrument:
    put_table(folder / "culturalbench" / "CulturalBench-Easy.csv", rows)
    return instrument("culturalbench_easy", folder)


def hard(folder: Path, rows: list[dict[str, Any]], name: str = "CulturalBench-Hard.csv") -> Instrument:
    put_table(folder / "culturalbench" / name, rows)
    return instrument("culturalbench_hard", folder)


def norms(folder: Path, rows: list[dict[str, Any]], name: str = "normad_etiquette_final_data.csv") -> Instrument:
    put_table(folder / "normad" / name, rows)
    return instrument("normad", folder)


@pytest.mark.parametrize("language", ["ar", "zh", "ja"])
def test_care_has_its_counts(language: str, data_folder: Path) -> None:
    one = instrument(f"care_{language}", data_folder)
    assert len(one.questions) == len(one.references) == 150 and one.languages == (language,)
    assert set(Counter(question.tagged("type") for question in one.questions).values()) == {30}
    assert one.exam is not None and one.exam.metric == "judge" and not one.gold
    file = {"ar": "Arabic", "zh": "Chinese", "ja": "Japanese"}[language]
    rows = json.loads((data_folder / "care" / f"{file}-test.json").read_text(encoding="utf-8"))
    for row, question in zip(rows, one.questions, strict=True):
        assert asked(one, question, language=language, mode="sample") == row["question"].strip()
        assert one.references[question.id] == {row["answer"].strip(): 1.0}


def test_a_changed_copy_of_care_is_refused(data_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "care").mkdir()
    content = (data_folder / "care" / "Japanese-test.json").read_bytes()
    (tmp_path / "care" / "Japanese-test.json").write_bytes(content + b"\n")
    with pytest.raises(BadFile, match=r"care/Japanese-test.json: checksum .* at commit d614cfe"):
        instrument("care_ja", tmp_path)


def test_jcommonsense_morality_has_its_counts(data_folder: Path) -> None:
    one = instrument("jcommonsense_morality", data_folder)
    assert len(one.questions) == 1996 and Counter(one.gold.values()) == {1.0: 1058, 2.0: 938}
    assert one.languages == ("ja",) and one.exam is not None and one.exam.metric == "macro_f1"
    text = asked(one, one.questions[0], language="ja", labels="ja-letters")
    assert text.count("\nア. 許容できる\nイ. 間違っている\n") == 1 and text.endswith(
        "選択肢の記号を一つだけ答えてください。"
    )
    with pytest.raises(BadStudy, match="no development split"):
        asked(one, one.questions[0], language="ja", context=shots_text(1))


def test_sentences_of_jcommonsense_morality_are_resampled_by_pair(data_folder: Path) -> None:
    one = instrument("jcommonsense_morality", data_folder)
    pairs: dict[str, list[str]] = {}
    for question in one.questions:
        pairs.setdefault(question.tagged("pair"), []).append(question.wordings[0].stem)
    assert len(pairs) == 998 and {len(both) for both in pairs.values()} == {2}
    alike = [SequenceMatcher(None, *both).ratio() >= 0.4 for both in pairs.values()]
    assert sum(alike) == 981
    assert one.exam is not None and one.exam.clusters == "pair" and one.exam.subject == ""


def test_statements_of_culturalbench_make_questions_and_both_floors_stand_beside_them(tmp_path: Path) -> None:
    second = [{**row, "data_idx": 4 + k, "question_idx": 1, "country": "Sylvania"} for k, row in enumerate(HARD)]
    one = hard(tmp_path, HARD + second)
    assert [question.id for question in one.questions[:5]] == ["q0-1", "q0-2", "q0-3", "q0-4", "q1-1"]
    assert [one.gold[f"q0-{k}"] for k in (1, 2, 3, 4)] == [2.0, 1.0, 2.0, 2.0]
    denier = toys.scores("accuracy", one, toys.choosing(one, lambda question: 1))
    knower = toys.scores("accuracy", one, toys.choosing(one, toys.right(one)))

    def value(rows: list[Any], respondent: str, *facets: str) -> float | None:
        found = [
            row.value
            for row in rows
            if row.respondent == respondent and not row.group and row.facet.split(";")[-1] in facets
        ]
        assert len(found) == 1, (respondent, found)
        return found[0]

    assert value(knower, "model", "norm=none") == 1.0
    assert value(denier, "model", "norm=none") == 0.0 and value(denier, "model", "statements") == 0.75
    assert value(denier, "floor:random", "") == 0.0625 and value(denier, "floor:one-true", "") == 0.25
    assert value(denier, "floor:majority", "") == 0.0 and value(denier, "floor:majority", "statements") == 0.75


def test_culturalbench_is_laid_out_as_published(tmp_path: Path) -> None:
    one, first = easy(tmp_path, [EASY]), EASY["prompt_question"]
    assert asked(one, one.questions[0], "harness") == f"{first}\nA. A pebble\nB. A song\nC. A kite\nD. Nothing"
    assert f"Question: {first}\nA. A pebble" in asked(one, one.questions[0], "published")
    assert one.gold == {"q0": 2.0} and one.questions[0].tagged("country") == "Freedonia"
    other = hard(tmp_path, HARD)
    assert asked(other, other.questions[0], "published", labels="text") == (
        f"Question: {first}\nAnswer: A pebble\nIs this answer true or false for this question? "
        "You must choose either True or False."
    )
    assert asked(other, other.questions[0], "harness", labels="cloze") == f"{first}\nA pebble"


def test_a_question_that_is_not_whole_is_left_out_and_one_that_contradicts_itself_is_named(tmp_path: Path) -> None:
    empty = [{**row, "question_idx": 1, "prompt_option": "" if row["data_idx"] == 2 else "x"} for row in HARD]
    three = [{**row, "question_idx": 2} for row in HARD[:3]]
    one = hard(tmp_path, HARD + empty + three)
    assert len(one.questions) == 4
    assert [(r.item, r.code) for r in one.repairs] == [("q1", "statements"), ("q2", "statements")]
    put = {**HARD[3], "country": "Sylvania"}
    with pytest.raises(BadFile, match=r"Hard.csv line 5, row 4, column country: it differs from that of line 2, row 1"):
        hard(tmp_path / "other", [*HARD[:3], put])
    typed = hard(tmp_path / "typed", HARD, "CulturalBench-Hard.parquet")
    assert typed.gold == {f"q0-{k}": one.gold[f"q0-{k}"] for k in (1, 2, 3, 4)}


def test_normad_tells_as_much_as_its_level_says(tmp_path: Path) -> None:
    one = norms(tmp_path, [NORM])
    texts = {level: asked(one, one.questions[0], level) for level in ("w1", "w1-country", "w1-value", "w1-rule")}
    assert [("Upper Volta" in text) for text in texts.values()] == [False, True, True, False]
    assert [(str(NORM["Value"]) in text) for text in texts.values()] == [False, False, True, False]
    assert [(str(NORM["Rule-of-Thumb"]) in text) for text in texts.values()] == [False, False, False, True]
    assert all(str(NORM["Story"]) in text and str(NORM["Explanation"]) not in text for text in texts.values())
    assert one.wording_ids("en") == (*texts, *(level.replace("w1", "cot") for level in texts))


def test_a_neutral_story_is_told_with_the_country_of_the_rule(tmp_path: Path) -> None:
    neutral = {**NORM, "ID": 5, "Gold Label": "neutral", "Country": "freedonia"}
    paired = [{**NORM, "Other Country": ""}, {**neutral, "Other Country": "sylvania"}]
    one = norms(tmp_path / "first", paired)
    assert [question.tagged("country") for question in one.questions] == ["Upper Volta", "Sylvania"]
    assert [(r.item, r.code) for r in one.repairs] == [("normad-5", "country_of_the_rule")]
    turned = norms(tmp_path / "second", paired, "normad_etiquette_final_data_neutral_fixed.csv")
    assert [question.tagged("country") for question in turned.questions] == ["Upper Volta", "Freedonia"]
    assert turned.repairs == ()
    unsaid = norms(tmp_path / "third", [neutral])
    assert [r.code for r in unsaid.repairs] == ["country_of_the_story"]


def test_the_macro_f1_of_normad_finds_a_yes_sayer(tmp_path: Path) -> None:
    rows = [
        {**NORM, "ID": k, "Gold Label": label, "Story": f"Story {k}."}
        for k, label in enumerate(("yes", "yes", "no", "neutral"))
    ]
    one = norms(tmp_path, rows)
    found = toys.scores("macro_f1", one, toys.choosing(one, lambda question: 0))
    by_facet = {row.facet.split(";")[-1]: row.value for row in found if row.respondent == "model" and not row.group}
    assert by_facet["norm=none"] == pytest.approx(2 / 9)
    assert (by_facet["recall of Yes"], by_facet["recall of Neutral"]) == (1.0, 0.0)


def test_blend_weighs_answers_by_people_and_leaves_out_what_its_authors_do(tmp_path: Path) -> None:
    silent = {**DRINK, "idks": {"idk": 0, "no-answer": 1, "not-applicable": 2}}
    unknowing = {**DRINK, "idks": {"idk": 5}}
    nobody = {**DRINK, "annotations": []}
    held = {"Vi-en-01": DRINK, "Vi-en-02": silent, "Vi-en-03": unknowing, "Vi-en-04": nobody}
    for region in ("Algeria", "UK"):
        put_json(tmp_path / "blend" / "annotations" / f"{region}_data.json", held)
    put_table(
        tmp_path / "blend" / "questions" / "UK_questions.csv",
        [{"ID": "Vi-en-01", "Topic": "Food", "Source": "x", "Question": "q", "Translation": "q"}],
    )
    one = instrument("blend_saq", tmp_path)
    assert [question.id for question in one.questions] == ["Algeria-Vi-en-01", "UK-Vi-en-01"]
    assert one.references["UK-Vi-en-01"] == {"ginger tea": 3.0, "water": 1.0}
    assert Counter(r.code for r in one.repairs) == {"not_scored": 6, "place_named": 2}
    assert asked(one, one.questions[1], "published", mode="sample") == (
        "Read the following question and provide a single answer without any explanations.\n\n"
        "Question: What do people in the UK drink in the village?"
    )
    assert asked(one, one.questions[1], "pers-3", mode="sample").startswith("You are a person from UK who is")
    assert [question.tagged("topic") for question in one.questions] == ["Food", "Food"]
    local = instrument("blend_saq_ar", tmp_path)
    assert local.references == {"Algeria-Vi-en-01": {"الزنجبيل": 3.0, "ginger tea": 3.0, "ماء": 1.0, "water": 1.0}}
    accepted = accepted_answers(local.references["Algeria-Vi-en-01"])
    assert points(answer_words("يشربون الزنجبيل"), accepted, weighted=True) == 1.0
    assert points(answer_words("الماء"), accepted, weighted=True) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    "pair", [("القراءة", "قراءه"), ("شايٌ", "الشاى"), ("Café", "cafe"), ("rice.", "RICE"), ("أرز", "ارز")]
)
def test_spellings_that_are_scored_as_one_answer_are_kept_once(pair: tuple[str, str]) -> None:
    """Otherwise the scorer would add the people behind them up."""
    assert answer_words(pair[0]) == answer_words(pair[1])
    assert folded_words(pair[0]) == folded_words(pair[1])


def test_blend_takes_lists_as_the_hub_has_them(tmp_path: Path) -> None:
    put_json(tmp_path / "blend" / "data" / "annotations_hf" / "China_data.json", [{"ID": "Vi-en-01", **DRINK}])
    assert [q.id for q in instrument("blend_saq_zh", tmp_path).questions] == ["China-Vi-en-01"]
    with pytest.raises(BadFile, match="blend_saq_ar needs blend/annotations"):
        instrument("blend_saq_ar", tmp_path)


def test_five_variants_of_a_question_of_blend_are_asked_whatever_their_order(tmp_path: Path) -> None:
    rows = [{**CHOICE, "MCQID": f"Vi-en-01_{k}"} for k in range(12)]
    put_table(tmp_path / "a" / "blend" / "mc_questions_file.csv", rows)
    put_table(tmp_path / "b" / "blend" / "mc_questions_file.csv", rows[::-1])
    one, other = (instrument("blend_mcq", tmp_path / name) for name in "ab")
    assert len(one.questions) == 5 and set(one.questions) == set(other.questions)
    assert [r.change.split(":")[0] for r in one.repairs] == ["7 rows are left out"]
    assert asked(one, one.questions[0], "published").startswith(
        str(CHOICE["prompt"]).partition("\n\n")[0] + "\n\nA. bees"
    )
    assert set(one.gold.values()) == {1.0} and one.questions[0].tagged("question") == "Vi-en-01"


def test_dosa_accepts_each_written_name_and_leaves_out_what_is_told(tmp_path: Path) -> None:
    put_dosa(tmp_path)
    told = {"clues": "the gol is thrown\nit is round", "artifact": "Gol"}
    put_table(tmp_path / "dosa" / "freedonia" / "expanded_artifacts.csv", [told, {**told, "clues": "it is thrown"}])
    one = instrument("dosa", tmp_path)
    assert one.references == {
        "west_sylvania-original-gol-golu": {"gol/golu": 1.0, "gol": 1.0, "golu": 1.0},
        "freedonia-expanded-gol-2": {"Gol": 1.0},
    }
    assert [(r.item, r.code) for r in one.repairs] == [
        ("freedonia-expanded-gol", "told_in_clues"),
        ("freedonia-expanded-gol-2", "doubled_artifact"),
    ]
    text = asked(one, one.questions[0], "published", mode="sample")
    assert "it is round\nit is thrown at weddings." in text and "above clues from West Sylvania." in text
    assert "West Sylvania" in asked(one, one.questions[0], mode="sample")


def test_palm_reads_its_test_split_alone_and_is_never_for_training(tmp_path: Path) -> None:
    put_table(tmp_path / "palm" / "data" / "train-00000-of-00001.parquet", [{**PALM, "id": 9}])
    with pytest.raises(BadFile, match="palm needs palm/test"):
        instrument("palm", tmp_path)
    one = made("palm", tmp_path)
    assert [question.id for question in one.questions] == ["palm-3"] and one.examples == ()
    assert one.references == {"palm-3": {PALM["output"]: 1.0}}
    assert "never for training" in one.source.terms and "training of any kind" in one.not_for
    assert asked(one, one.questions[0], language="ar", mode="sample") == PALM["instruction"]


def test_include_leaves_out_what_is_true_everywhere(tmp_path: Path) -> None:
    rows = [
        EXAM,
        {**EXAM, "regional_feature": "Agnostic"},
        {**EXAM, "regional_feature": "Region-explicit", "answer": 3},
    ]
    put_table(tmp_path / "include_base_44" / "Arabic" / "test-00000-of-00001.parquet", rows)
    shown = {**EXAM, "question": "من رسم الخريطة في القصة؟"}
    put_table(tmp_path / "include_base_44" / "Arabic" / "validation-00000-of-00001.parquet", [shown])
    one = instrument("include_culture_ar", tmp_path)
    assert [(q.id, q.tagged("feature"), one.gold[q.id]) for q in one.questions] == [
        ("test-jordan-history-1", "culture", 2.0),
        ("test-jordan-history-2", "region explicit", 4.0),
    ]
    assert [(r.code, r.change[0]) for r in one.repairs] == [("agnostic", "1")]
    text = asked(one, one.questions[0], "harness", "ar", context=shots_text(1))
    assert text.startswith("The following is multiple-choice question about Arts & Humanities.\n\nمن رسم")
    assert text.count("Answer: B") == 1 and text.endswith("\nD. البحار")


def test_global_mmlu_asks_the_same_items_in_every_language_that_is_there(tmp_path: Path) -> None:
    root = tmp_path / "global_mmlu"
    second = {**SENSITIVE, "sample_id": "history/test/8"}
    everywhere = {**SENSITIVE, "sample_id": "history/test/9", "cultural_sensitivity_label": "CA"}
    put_table(root / "en" / "test-00000-of-00001.parquet", [SENSITIVE, second, everywhere])
    words = {"question": "من بنى البرج؟", "option_a": "حداد", "option_b": "ملك", "option_c": "راع", "option_d": "بحار"}
    put_table(root / "ar" / "test-00000-of-00001.parquet", [{**SENSITIVE, **words}])
    for language in ("en", "ar"):
        shown = {**SENSITIVE, "sample_id": "history/dev/1", "question": f"Who? ({language})"}
        put_table(root / language / "dev-00000-of-00001.parquet", [shown])
    one = instrument("global_mmlu_culture", tmp_path)
    assert one.languages == ("ar", "en") and [q.id for q in one.questions] == ["history/test/7"]
    assert [(r.code, r.change[:10]) for r in one.repairs] == [("not_in_every_language", "1 items in")]
    question = one.questions[0]
    assert [question.tagged(d) for d in ("category", "region", "culture")] == [
        "Humanities",
        "North America",
        "Western Culture",
    ]
    assert "من بنى البرج؟\nA. حداد\nB. ملك" in asked(one, question, "harness", "ar")
    assert asked(one, question, "harness", "en", context=shots_text(1)).startswith("Who? (en)\nA. The smith")
    put_table(tmp_path / "b" / "global_mmlu" / "en" / "test.csv", [SENSITIVE])
    put_table(tmp_path / "b" / "global_mmlu" / "ar" / "test.csv", [{**SENSITIVE, "answer": "C"}])
    why = r"ar/test.csv line 2, row 1, column answer: the key is C here and B in global_mmlu/en/test.csv line 2, row 1"
    with pytest.raises(BadFile, match=why):
        instrument("global_mmlu_culture", tmp_path / "b")


BENCH, NORMS = "culturalbench/CulturalBench-Easy.csv", "normad/normad_etiquette_final_data.csv"
VARIANTS, EXAMS = "blend/mc_questions_file.csv", "include_base_44/Arabic/test-0.parquet"


@pytest.mark.parametrize(
    ("name", "path", "row", "change", "why"),
    [
        ("culturalbench_easy", BENCH, EASY, {"answer": "E"}, "answer: the key 'E' is none of its 4"),
        ("culturalbench_easy", BENCH, EASY, {"country": ""}, "country: it is empty"),
        ("normad", NORMS, NORM, {"Gold Label": "unsure"}, "Gold Label: the key 'unsure' is none of yes, no, neutral"),
        ("normad", NORMS, NORM, {"Story": " "}, "Story: it is empty"),
        ("blend_mcq", VARIANTS, CHOICE, {"answer_idx": "F"}, "answer_idx: the key 'F' is none of its 4"),
        ("blend_mcq", VARIANTS, CHOICE, {"choices": "{"}, "choices: it is not JSON"),
        ("blend_mcq", VARIANTS, CHOICE, {"choices": '{"B": "x", "A": "y"}'}, "choices: a record of the options"),
        ("blend_mcq", VARIANTS, CHOICE, {"prompt": "What?"}, "prompt: it does not go on with"),
        ("palm", "palm/test.parquet", PALM, {"output": None}, "output: a text is needed, not nothing"),
        ("include_culture_ar", EXAMS, EXAM, {"answer": 4}, "answer: 4 is none of its 4 options"),
        ("include_culture_ar", EXAMS, EXAM, {"regional_feature": "x"}, "regional_feature: 'x' is none of"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named(
    tmp_path: Path, name: str, path: str, row: dict[str, Any], change: dict[str, Any], why: str
) -> None:
    put_table(tmp_path / path, [{**row, **change}])
    with pytest.raises(BadFile, match=rf"{path} (line 2, )?row 1, column {why}"):
        instrument(name, tmp_path)


def test_a_bad_record_of_blend_is_named(tmp_path: Path) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"annotations": "x"}, "annotations: a list of records"),
        ({"annotations": [{"en_answers": ["a"], "count": "many"}]}, "annotations: a count of annotators"),
        ({"idks": []}, "idks: a record of counts"),
    ]
    for at, (change, why) in enumerate(wrong):
        put_json(tmp_path / str(at) / "blend" / "annotations" / "UK_data.json", {"Vi-en-01": {**DRINK, **change}})
        with pytest.raises(BadFile, match=f"UK_data.json row 1, column {why}"):
            instrument("blend_saq", tmp_path / str(at))


@pytest.mark.parametrize("name", OURS)
def test_every_set_says_what_it_is_before_its_files_are_there(name: str, tmp_path: Path) -> None:
    card = instrument_card(name)
    assert card is not None and card.name == card.files.name == name
    assert all((card.title, card.source.cite, card.source.licence, card.source.terms, card.not_for))
    with pytest.raises(BadFile, match=rf"{name} needs \w+/"):
        instrument(name, tmp_path)


def test_a_locked_zip_is_refused_and_the_unpacked_folder_is_taken(tmp_path: Path) -> None:
    source = tmp_path / "unpacked" / "normad_etiquette_final_data.csv"
    put_table(source, [NORM])
    pack = tmp_path / "datasets.zip"
    with zipfile.ZipFile(pack, "w") as archive:
        archive.write(source, "datasets/normad_etiquette_final_data.csv")
    raw = bytearray(pack.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + at] |= 1
    pack.write_bytes(raw)
    words = ["fetch", "normad", "--data", str(tmp_path / "data"), "--json", "--from"]
    error = CliRunner().invoke(app, [*words, str(pack)]).exception
    assert isinstance(error, BadFile) and "is encrypted; unpack it yourself and give the folder" in str(error)
    found = json.loads(CliRunner().invoke(app, [*words, str(tmp_path / "unpacked")]).stdout)
    assert (found["questions"], found["files"]) == (1, ["normad/normad_etiquette_final_data.csv"])
