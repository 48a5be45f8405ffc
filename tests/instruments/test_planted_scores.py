"""Practice benchmarks from their own files to the scores table: recorded respondents whose score is counted by hand."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from tawazun import api
from tawazun.cli.commands import app


def put(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def scored(folder: Path, name: str, answers: Sequence[Sequence[object]], ask: str = "") -> pl.DataFrame:
    """The scores of one recorded respondent on a benchmark under `folder/data`."""
    put(folder / "said.csv", answers)
    study = folder / "study.toml"
    study.write_text(
        f'version = 1\nname = "planted"\n[[respondent]]\nname = "rec"\nkind = "recorded"\nfile = "said.csv"\n'
        f'fill = {{ instrument = "{name}" }}\n[ask]\ninstruments = ["{name}"]\n{ask}\n[gates]\nrefusal_rate = 1.0\n',
        encoding="utf-8",
    )
    return api.run(api.load_study(study), folder / "run", folder=folder, data=folder / "data").scores


def value(scores: pl.DataFrame, measure: str, facet: str = "", respondent: str = "rec", group: str = "") -> float:
    prompt = "" if respondent.startswith("floor") else "prompt=w1 digits 0-shot"
    wanted = ";".join(part for part in (prompt, facet) if part)
    own = scores.filter(measure=measure, respondent=respondent, group=group, facet=wanted, reference="")
    assert own.height == 1 and own["interpretable"][0] is not False, own
    found: float = own["value"][0]
    return found


def test_culturalbench_hard_is_scored_by_question_beside_both_chances(tmp_path: Path) -> None:
    head = ["data_idx", "question_idx", "prompt_question", "prompt_option", "answer", "country"]
    keys = [(q, s, s == q % 4) for q in range(6) for s in range(4)]
    rows = [
        [4 * q + s, q, f"Question {q}?", f"way {s}", str(true), "Egypt" if q < 3 else "India"] for q, s, true in keys
    ]
    put(tmp_path / "data" / "culturalbench" / "CulturalBench-Hard.csv", [head, *rows])
    # four questions right, one that calls everything false, one that calls everything true
    said = [[f"q{q}-{s + 1}", {2: "False", 3: "True"}.get(q, str(true))] for q, s, true in keys]
    scores = scored(tmp_path, "culturalbench_hard", [["question", "text"], *said])
    assert value(scores, "accuracy") == pytest.approx(4 / 6)
    assert value(scores, "accuracy", "statements") == pytest.approx((16 + 3 + 1) / 24)
    assert value(scores, "accuracy", respondent="floor:random") == pytest.approx(1 / 16)
    assert value(scores, "accuracy", respondent="floor:one-true") == pytest.approx(1 / 4)
    assert value(scores, "accuracy", group="country:Egypt") == pytest.approx(2 / 3)


def test_normad_has_macro_f1_and_the_recall_of_each_label(tmp_path: Path) -> None:
    head = "ID,Country,Background,Axis,Subaxis,Value,Rule-of-Thumb,Story,Explanation,Gold Label".split(",")
    keys = [
        ("yes", "Yes"),
        ("yes", "Yes"),
        ("yes", "No"),
        ("no", "No"),
        ("no", "Yes"),
        ("neutral", "I refuse to answer."),
    ]
    rows = [[i, "egypt", "b", "a", "s", "v", "r", f"story {i}", "e", gold] for i, (gold, _) in enumerate(keys)]
    put(tmp_path / "data" / "normad" / "normad_etiquette_final_data_neutral_fixed.csv", [head, *rows])
    said = [[f"normad-{i}", text] for i, (_, text) in enumerate(keys)]
    scores = scored(tmp_path, "normad", [["question", "text"], *said])
    assert value(scores, "accuracy", "refused") == pytest.approx(1 / 6)
    assert value(scores, "accuracy") == pytest.approx(3 / 6)
    for label, recall in (("Yes", 2 / 3), ("No", 1 / 2), ("Neutral", 0.0)):
        assert value(scores, "macro_f1", f"recall of {label}") == pytest.approx(recall)
    assert value(scores, "macro_f1") == pytest.approx((2 * 2 / (3 + 3) + 2 * 1 / (2 + 2) + 0) / 3)


def test_blend_is_scored_as_its_authors_do_and_over_first_words(tmp_path: Path) -> None:
    def item(question: str, given: dict[str, int], **idks: int) -> dict[str, object]:
        told = [{"answers": [text], "en_answers": [text], "count": count} for text, count in given.items()]
        silent = {"idk": 0, "no-answer": 0, "not-applicable": 0, **idks}
        return {"question": "؟", "en_question": question, "annotations": told, "idks": silent}

    items = {
        "a1": item("What is drunk?", {"coffee": 4, "tea": 1}),
        "a2": item("Which sport?", {"football": 3, "swimming": 2}),
        "a3": item("Left out?", {"x1": 2}, **{"no-answer": 2, "not-applicable": 1}),
        "a4": item("Which month?", {"May": 2, "June": 2}, idk=1),
    }
    path = tmp_path / "data" / "blend" / "annotations" / "Algeria_data.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(items), encoding="utf-8")
    said = [
        ["Algeria-a1", "They drink tea."],
        ["Algeria-a2", "Well, " + "word " * 25 + "football"],
        ["Algeria-a4", "No idea"],
    ]
    scores = scored(tmp_path, "blend_saq", [["question", "text"], *said])
    assert value(scores, "sem_b") == pytest.approx(2 / 3)
    assert value(scores, "sem_w") == pytest.approx((1 / 4 + 1) / 3)
    assert value(scores, "sem_b", "first 20 words") == pytest.approx(1 / 3)
    assert value(scores, "sem_w", "first 20 words") == pytest.approx((1 / 4) / 3)
    assert value(scores, "sem_b", group="region:Algeria") == pytest.approx(2 / 3)


def test_dosa_counts_the_first_guess_and_every_written_name(tmp_path: Path) -> None:
    rows = [
        ["clues", "artifact"],
        ["flat and sour", "dosa"],
        ["worn at weddings", "sari / saree"],
        ["a drum", "mridangam"],
    ]
    put(tmp_path / "data" / "dosa" / "tamil_nadu" / "original_artifacts.csv", rows)
    guesses = {"dosa": "ANSWER: Dosa", "sari-saree": "It is a saree.", "mridangam": "ANSWER: tabla"}
    said = [[f"tamil_nadu-original-{name}", text] for name, text in guesses.items()]
    scores = scored(tmp_path, "dosa", [["question", "text"], *said])
    assert value(scores, "sem_b") == pytest.approx(2 / 3)
    assert value(scores, "sem_b", group="state:Tamil Nadu") == pytest.approx(2 / 3)


LETTERS = "ABCD"
TEXTS = ("واحد", "اثنان", "ثالث", "رابع")


def plain(number: int, stem: str = "سؤال") -> dict[str, object]:
    return {"question": f"{stem} {number}؟", **{k: f"{text}{number}" for k, text in zip(LETTERS, TEXTS, strict=True)}}


def test_arabicmmlu_counts_an_unread_reply_as_wrong_and_scores_by_level(tmp_path: Path) -> None:
    head = (
        "ID,Source,Country,Group,Subject,Level,Question,Context,Answer Key,Option 1,Option 2,Option 3,Option 4,Option 5"
    )
    places = [("Humanities", "History", "High"), ("STEM", "Physics", "Univ")]
    rows = [
        [n, "x", "Egypt", *places[n % 2], f"سؤال {n}؟", "", LETTERS[n % 3], *(f"{t}{n}" for t in TEXTS[:3]), "", ""]
        for n in range(12)
    ]
    put(tmp_path / "data" / "arabicmmlu" / "All" / "test.csv", [head.split(","), *rows])
    # History: all right but one that nobody can read; Physics: every other one wrong
    said = [f"الإجابة الصحيحة هي {n % 3 + 1}." if n % 4 != 3 else f"{(n + 1) % 3 + 1}" for n in range(12)]
    said[0] = "لا أعرف"
    names = ["history-high", "physics-univ"]
    scores = scored(
        tmp_path, "arabicmmlu", [["question", "text"], *([f"{names[n % 2]}-{n}", said[n]] for n in range(12))]
    )
    assert value(scores, "accuracy") == pytest.approx(8 / 12)
    assert value(scores, "accuracy", "unread") == pytest.approx(1 / 12)
    assert value(scores, "accuracy", group="level:High") == pytest.approx(5 / 6)
    assert value(scores, "accuracy", group="subject:Physics") == pytest.approx(3 / 6)
    assert value(scores, "accuracy", respondent="floor:random") == pytest.approx(1 / 3)
    assert value(scores, "accuracy", respondent="floor:position-1") == pytest.approx(4 / 12)


@pytest.mark.parametrize(("name", "file"), [("palmx", "palmx/test.jsonl"), ("cidar_mcq", "cidar_mcq/train.csv")])
def test_four_options_are_scored_by_letter_and_by_text(tmp_path: Path, name: str, file: str) -> None:
    keys = ("أبجد" if name == "cidar_mcq" else LETTERS) * 2
    rows = [{"id": n, **plain(n), "answer": keys[n]} for n in range(8)]
    if name == "cidar_mcq":
        head = ["Question", *LETTERS, "answer"]
        put(tmp_path / "data" / file, [head, *([r["question"], *(r[k] for k in head[1:])] for r in rows)])
    else:
        (tmp_path / "data" / "palmx").mkdir(parents=True)
        (tmp_path / "data" / file).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    item = "cidar" if name == "cidar_mcq" else "test"
    # by text where it is right, by number, and the first option twice where the third and fourth are right
    said = [f"الجواب: {TEXTS[n % 4]}{n}" if n < 4 else str(n % 4 + 1) if n < 6 else "1" for n in range(8)]
    scores = scored(tmp_path, name, [["question", "text"], *([f"{item}-{n}", said[n]] for n in range(8))])
    assert value(scores, "accuracy") == pytest.approx(6 / 8)
    assert value(scores, "permutation_consistency", "right option shown at 3") == pytest.approx(1 / 2)
    assert value(scores, "permutation_consistency", "picks shown at 1") == pytest.approx(4 / 8)


def test_arabculture_leaves_out_what_is_discarded_and_scores_each_setting_of_the_place(tmp_path: Path) -> None:
    def row(n: int, country: str, region: str) -> dict[str, object]:
        texts = {
            "arabic_keys": ["أ", "ب", "ج"],
            "english_keys": ["A", "B", "C"],
            "text": [f"{t}{n}" for t in TEXTS[:3]],
        }
        return {
            "worker_id": f"{country}-1",
            "sample_id": f"{n} | Food",
            "first_statement": f"جملة {n}",
            "options": texts,
            "answer_key": {"arabic_answer_key": "أبج"[n % 3], "english_answer_key": "ABC"[n % 3]},
            "relevant_to_other_countries": "No" if n % 2 else "Yes",
            "should_discard": "Yes" if n == 5 else "No",
            "country": country,
            "region": region,
        }

    for country, region, numbers in (("Egypt", "Nile Valley", (0, 1, 2)), ("Jordan", "Levant", (3, 4, 5))):
        file = tmp_path / "data" / "arabculture" / country / "test-00000-of-00001.parquet"
        file.parent.mkdir(parents=True)
        pl.DataFrame([row(n, country, region) for n in numbers]).write_parquet(file)
    ids = {n: f"{'Egypt' if n < 3 else 'Jordan'}-1-{n}-Food" for n in range(5)}
    # without the place always the first option; told the country, always right
    said = [[ids[n], w, "1" if w == "w1" else str(n % 3 + 1)] for n in ids for w in ("w1", "w1-country")]
    ask = 'wordings = ["w1", "w1-country"]'
    scores = scored(tmp_path, "arabculture", [["question", "wording", "text"], *said], ask)
    assert value(scores, "accuracy") == pytest.approx(2 / 5)
    assert value(scores, "accuracy", group="country:Jordan") == pytest.approx(1 / 2)
    assert value(scores, "accuracy", group="only_here:yes") == pytest.approx(1 / 2)
    told = scores.filter(measure="accuracy", respondent="rec", group="", facet="prompt=w1-country digits 0-shot")
    assert told["value"].to_list() == [1.0] and told["n"].to_list() == [5.0]


def test_always_the_first_option_is_no_way_to_score_on_aradice_culture(tmp_path: Path) -> None:
    rows = [[n, f"شو {n}؟", f"صح{n}", f"ثاني{n}", f"ثالث{n}"] for n in range(60)]
    put(
        tmp_path / "data" / "aradice_culture" / "Egypt.csv",
        [["QID", "Question", "Option A", "Option B", "Option C"], *rows],
    )
    for name, answer in (("right", "صح{}"), ("first", "1"), ("second", "ثاني{}")):
        said = [[f"egypt-{n}", answer.format(n)] for n in range(60)]
        (tmp_path / name).mkdir()
        (tmp_path / name / "data").symlink_to(tmp_path / "data")
        scores = scored(tmp_path / name, "aradice_culture", [["question", "text"], *said])
        floor = value(scores, "accuracy", respondent="floor:position-1")
        assert 0.15 < floor < 0.55
        assert value(scores, "accuracy") == pytest.approx({"right": 1.0, "first": floor, "second": 0.0}[name])


def test_include_leaves_out_what_is_agnostic_and_global_mmlu_asks_the_same_in_every_language(tmp_path: Path) -> None:
    options = [f"option_{letter}" for letter in "abcd"]
    features = ["Culture", "Region explicit", "Agnostic", "Region implicit"]
    exams = [
        {"language": "Arabic", "country": "Jordan", "domain": "Arts", "subject": "History", "level": "Academic"}
        | {"regional_feature": features[n % 4], "question": f"سؤال {n}؟", "answer": n % 4}
        | {name: f"{text}{n}" for name, text in zip(options, TEXTS, strict=True)}
        for n in range(8)
    ]
    file = tmp_path / "data" / "include_base_44" / "Arabic" / "test-00000-of-00001.parquet"
    file.parent.mkdir(parents=True)
    pl.DataFrame(exams).write_parquet(file)
    said = [[f"test-jordan-history-{n + 1}", text] for n, text in enumerate(["1", "2", "4", "1", "2", "1"])]
    scores = scored(tmp_path, "include_culture_ar", [["question", "text"], *said])
    assert value(scores, "accuracy") == pytest.approx(5 / 6)
    assert value(scores, "accuracy", group="feature:region implicit") == pytest.approx(1 / 2)

    for language in ("en", "ar"):
        sensitive = [
            {"sample_id": f"religions/test/{n}", "subject": "religions", "subject_category": "Humanities"}
            | {"question": f"{language} {n}?", "answer": LETTERS[n], "region": "['Asia']"}
            | {"cultural_sensitivity_label": "CA" if n == 3 else "CS"}
            | {name: f"{language} {name} {n}" for name in options}
            for n in range(4)
        ]
        file = tmp_path / "data" / "global_mmlu" / language / "test-00000-of-00001.parquet"
        file.parent.mkdir(parents=True)
        pl.DataFrame(sensitive).write_parquet(file)
    both = [
        [f"religions/test/{n}", lang, str(n + 1) if lang == "en" else "1"] for n in range(3) for lang in ("en", "ar")
    ]
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "data").symlink_to(tmp_path / "data")
    head = ["question", "language", "text"]
    scores = scored(tmp_path / "more", "global_mmlu_culture", [head, *both], 'languages = ["en", "ar"]')
    assert value(scores.filter(language="en"), "accuracy") == 1.0
    assert value(scores.filter(language="ar"), "accuracy") == pytest.approx(1 / 3)


def test_palm_has_no_score_without_a_judge_and_a_judges_grades_by_country(tmp_path: Path) -> None:
    rows = [
        {
            "id": n,
            "country": ["Jordan", "Egypt"][n % 2],
            "topic": "Food",
            "instruction": f"صف {n}.",
            "output": f"هو {n}.",
        }
        for n in range(6)
    ]
    (tmp_path / "data" / "palm").mkdir(parents=True)
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "data" / "palm" / "test.jsonl").write_text(lines, encoding="utf-8")
    scores = scored(tmp_path, "palm", [["question", "text"], *([f"palm-{n}", f"طبق [q={n}]"] for n in range(6))])
    open_ = scores.filter(pl.col("measure").is_in(["sem_b", "sem_w"]))
    assert open_["value"].null_count() == open_.height == 2
    assert open_["why"].str.contains("for a judge").all()
    out = ["--out", f"{tmp_path / 'new' / 'g.jsonl'}", "--data", f"{tmp_path / 'data'}"]
    graded = CliRunner().invoke(app, ["judge", "grades", f"{tmp_path / 'run'}", *out])
    assert graded.exit_code == 0, graded.output
    study = tmp_path / "judge.toml"
    study.write_text(
        'version = 1\nname = "judge"\n[[respondent]]\nname = "rec"\nkind = "planted_judge"\n[ask]\n'
        'instruments = ["grades:new/g.jsonl"]\nwordings = ["fit"]\nlanguages = ["ar"]\nmode = "generate"\n',
        encoding="utf-8",
    )
    scores = api.run(api.load_study(study), tmp_path / "judged", folder=tmp_path).scores
    grades = scores.filter(pl.col("measure") == "judge_grade", pl.col("group") == "system:rec")
    mean = {facet.rpartition("left out")[2]: value for facet, value in grades.select("facet", "value").rows()}
    assert mean[""] == pytest.approx(2.5)
    assert mean[";country:JOR"] == pytest.approx(2.0) and mean[";country:EGY"] == pytest.approx(3.0)
    whole = grades.filter(pl.col("facet").str.ends_with("failed=left out"))
    assert 0 < whole["low"].item() < 2.5 < whole["high"].item() < 10
    assert grades.filter(pl.col("facet").str.ends_with(";failed"))["value"].item() == 0.0


def test_open_prompts_for_a_judge_are_answered_whatever_their_language(tmp_path: Path) -> None:
    rows = [{"id": n, "label": "generic", "query": f"صف {n}؟"} for n in range(3)]
    (tmp_path / "data" / "vicuna_arabic").mkdir(parents=True)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (tmp_path / "data" / "vicuna_arabic" / "vicuna_ar80.jsonl").write_text(lines, encoding="utf-8")
    scores = scored(tmp_path, "vicuna_arabic", [["question", "text"], *([f"vicuna-{n}", "جواب"] for n in range(3))])
    assert scores["interpretable"].all() and set(scores["language"]) == {"", "ar"}
    shown = CliRunner().invoke(app, ["run", f"{tmp_path / 'study.toml'}", "--out", f"{tmp_path / 'told'}",
                                     "--data", f"{tmp_path / 'data'}"])  # fmt: skip
    assert "for a judge: tawazun judge grades" in shown.output and "no group" not in shown.output
