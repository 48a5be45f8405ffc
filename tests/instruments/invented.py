"""Small files of the published schema of benchmarks, with sentences made up for these tests."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import polars as pl

from tests.instruments.invented_practice import PRACTICE


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def lines(rows: Sequence[Mapping[str, object]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


MMLU = {
    "ID": 1,
    "Source": "x",
    "Country": "Jordan",
    "Group": "Humanities",
    "Subject": "History",
    "Level": "High",
    "Question": "ما لون البحر في القصة؟",
    "Context": "",
    "Answer Key": "B",
    "Option 1": "أحمر",
    "Option 2": "أزرق",
    "Option 3": "أصفر",
    "Option 4": None,
    "Option 5": None,
    "is_few_shot": 0,
}
CULTURE = {
    "worker_id": "Egypt-1",
    "sample_id": "1 | Breakfast",
    "sub_topic": "الافطار",
    "first_statement": "جلس سامي إلى المائدة صباحًا",
    "options": {
        "arabic_keys": ["أ", "ب", "ج"],
        "english_keys": ["A", "B", "C"],
        "text": ["أكل خبزًا", " أكل حجرًا", "أكل رملًا"],
    },
    "answer_key": {"arabic_answer_key": "أ", "english_answer_key": "A"},
    "relevant_to_this_country": "Yes",
    "relevant_to_other_countries": "No",
    "should_discard": "No",
    "country": "Egypt",
    "region": "Nile Valley",
}
PALMX = {
    "id": 7,
    "question": "أين يوضع الكتاب؟",
    "A": "في الرف",
    "B": "في النهر",
    "C": "في النار",
    "D": "في القدر",
    "answer": "A",
}
ARADICE = {"QID": 1, "Question": "شو اسم البيت؟", "Option A": "بيت", "Option B": "خيمة", "Option C": "سفينة"}
CIDAR = {"Question": "ما طعم العسل؟", "A": "مر", "B": "حلو", "C": "مالح", "D": "حامض", "answer": "ب"}


def _arabculture(folder: Path) -> None:
    (folder / "arabculture" / "Egypt").mkdir(parents=True)
    pl.DataFrame([CULTURE]).write_parquet(folder / "arabculture" / "Egypt" / "test-00000-of-00001.parquet")


# instrument -> what writes its files into a data folder; for sets that the shared data folder does not have
INVENTED: dict[str, Callable[[Path], None]] = {
    **PRACTICE,
    "arabculture": _arabculture,
    "arabicmmlu": lambda folder: put(folder / "arabicmmlu" / "All" / "test.jsonl", lines([MMLU])),
    "aradice_culture": lambda folder: put(folder / "aradice_culture" / "Egypt" / "test.jsonl", lines([ARADICE])),
    "cidar_mcq": lambda folder: put(folder / "cidar_mcq" / "train.jsonl", lines([CIDAR])),
    "palmx": lambda folder: put(folder / "palmx" / "test.jsonl", lines([PALMX])),
}
