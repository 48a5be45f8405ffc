"""Practice benchmarks from their own files to the scores table: recorded respondents whose score is counted by hand."""

import csv
import json
from pathlib import Path

import polars as pl
import pytest

from tawazun import api


def put(path: Path, rows: list[list[object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def scored(folder: Path, name: str, answers: list[list[object]]) -> pl.DataFrame:
    """The scores of one recorded respondent on a benchmark under `folder/data`."""
    put(folder / "said.csv", answers)
    study = folder / "study.toml"
    study.write_text(
        f'version = 1\nname = "planted"\n[[respondent]]\nname = "rec"\nkind = "recorded"\nfile = "said.csv"\n'
        f'fill = {{ instrument = "{name}" }}\n[ask]\ninstruments = ["{name}"]\n[gates]\nrefusal_rate = 1.0\n',
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
