"""Files of the published schema of benchmarks of everyday practice, with sentences made up for these tests."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

EASY = {
    "data_idx": 0,
    "question_idx": 0,
    "prompt_question": "What do guests in Freedonia bring along?",
    "prompt_option_a": "A pebble",
    "prompt_option_b": "A song",
    "prompt_option_c": "A kite",
    "prompt_option_d": "Nothing",
    "answer": "B",
    "country": "Freedonia",
}
HARD = [
    {
        "data_idx": k,
        "question_idx": 0,
        "prompt_question": EASY["prompt_question"],
        "prompt_option": EASY[f"prompt_option_{letter}"],
        "answer": letter == "b",
        "country": "Freedonia",
    }
    for k, letter in enumerate("abcd")
]
NORM = {
    "ID": 4,
    "Country": "upper_volta",
    "Background": "Hats are worn indoors.",
    "Axis": "Etiquette",
    "Subaxis": "visiting",
    "Value": "Respect for hats",
    "Rule-of-Thumb": "A guest keeps the hat on.",
    "Story": "Lia came in and put her hat on the floor. The host looked away.",
    "Explanation": "The rule says otherwise.",
    "Gold Label": "no",
}
DRINK = {
    "question": "ماذا يشرب الناس في القرية؟",
    "en_question": "What do people in your country drink in the village?",
    "annotations": [
        {"answers": ["الزنجبيل", "زنجبيل"], "en_answers": ["ginger tea"], "count": 3},
        {"answers": ["ماء"], "en_answers": ["water", "Water"], "count": 1},
        {"answers": ["زَنجبيل"], "en_answers": [], "count": 1},
    ],
    "idks": {"idk": 0, "no-answer": 1, "not-applicable": 0},
}
CHOICE = {
    "MCQID": "Vi-en-01_1",
    "ID": "Vi-en-01",
    "country": "Algeria",
    "prompt": "What is kept on the roof in Algeria? Without any explanation, choose only one from the given alphabet "
    'choices(e.g., A, B, C). Provide as JSON format: {"answer_choice":""}\n\nA. bees\nB. hats\n\nAnswer:',
    "choices": '{"A": "bees", "B": "hats", "C": "kites", "D": "salt"}',
    "choice_countries": '{"A": "Algeria", "B": "Iran", "C": "dummy", "D": "UK"}',
    "answer_idx": "A",
}
PALM = {
    "id": 3,
    "country": "Jordan",
    "topic": "Food",
    "language_variety": "MSA",
    "instruction": "صف طبقًا من القصة.",
    "output": "هو طبق من الحجارة الملونة.",
    "correct_answer_key": None,
    "question_type": "open-ended",
}
EXAM = {
    "language": "Arabic",
    "country": "Jordan",
    "domain": "Arts & Humanities",
    "subject": "History",
    "regional_feature": "Culture",
    "level": "Academic",
    "question": "من بنى البرج في القصة؟",
    "option_a": "النجار",
    "option_b": "الملك",
    "option_c": "الراعي",
    "option_d": "البحار",
    "answer": 1,
}
SENSITIVE = {
    "sample_id": "history/test/7",
    "subject": "history",
    "subject_category": "Humanities",
    "question": "Who built the tower in the tale?",
    "option_a": "The smith",
    "option_b": "The king",
    "option_c": "The herder",
    "option_d": "The sailor",
    "answer": "B",
    "required_knowledge": "['cultural']",
    "time_sensitive": "['No']",
    "reference": "[]",
    "culture": "['Western Culture']",
    "region": "['North America']",
    "country": "['United States of America (USA)']",
    "cultural_sensitivity_label": "CS",
    "is_annotated": True,
}


def put_json(path: Path, held: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(held, ensure_ascii=False), encoding="utf-8")


def put_table(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pl.DataFrame(rows, infer_schema_length=None)
    table.write_parquet(path) if path.suffix == ".parquet" else table.write_csv(path)


def put_dosa(folder: Path) -> None:
    path = folder / "dosa" / "west_sylvania" / "original_artifacts.csv"
    put_table(path, [{"clues": "it is round\nit is thrown at weddings", "artifact": "gol/golu"}])


def put_include(folder: Path, language: str) -> None:
    put_table(folder / "include_base_44" / language / "test-00000-of-00001.parquet", [EXAM])


# instrument -> what writes its files into a data folder
PRACTICE: dict[str, Callable[[Path], None]] = {
    "culturalbench_easy": lambda folder: put_table(folder / "culturalbench" / "CulturalBench-Easy.csv", [EASY]),
    "culturalbench_hard": lambda folder: put_table(folder / "culturalbench" / "CulturalBench-Hard.csv", HARD),
    "normad": lambda folder: put_table(folder / "normad" / "normad_etiquette_final_data.csv", [NORM]),
    "blend_saq": lambda folder: put_json(folder / "blend" / "annotations" / "UK_data.json", {"Vi-en-01": DRINK}),
    "blend_saq_ar": lambda folder: put_json(
        folder / "blend" / "annotations" / "Algeria_data.json", {"Vi-en-01": DRINK}
    ),
    "blend_saq_zh": lambda folder: put_json(folder / "blend" / "annotations" / "China_data.json", {"Vi-en-01": DRINK}),
    "blend_mcq": lambda folder: put_table(folder / "blend" / "mc_questions_file.csv", [CHOICE]),
    "dosa": put_dosa,
    "palm": lambda folder: put_table(folder / "palm" / "data" / "test-00000-of-00001.parquet", [PALM]),
    "include_culture_ar": lambda folder: put_include(folder, "Arabic"),
    "include_culture_hi": lambda folder: put_include(folder, "Hindi"),
    "include_culture_ja": lambda folder: put_include(folder, "Japanese"),
    "include_culture_zh": lambda folder: put_include(folder, "Chinese"),
    "global_mmlu_culture": lambda folder: put_table(
        folder / "global_mmlu" / "en" / "test-00000-of-00001.parquet", [SENSITIVE]
    ),
}
