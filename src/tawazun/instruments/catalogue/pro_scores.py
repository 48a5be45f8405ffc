"""pro_scores: share of people, or of answers a model gave for them, who are for something, on WVS/EVS questions.

A pro-score is (for) / (for + against), with the middle of a scale left out; a value between 0 and 1 and all that is
known of an item. Ids are the variables of the joint WVS/EVS data set, read from the user's copy of the recorded set;
no texts, so nothing can be asked. The variable's first letter is its topic.
"""

from pathlib import Path

import polars as pl

from tawazun.errors import BadFile
from tawazun.instruments.records import Instrument, Question
from tawazun.source import Source

FILES = ("values_recorded/ground_truth_per_language.csv", "values_recorded/all_lang_model_responses_with_scores.csv")
TOPICS = {
    "a": "life", "b": "environment", "c": "work", "d": "family", "e": "politics-and-society",
    "f": "religion-and-morals", "g": "nation", "h": "security", "x": "person", "y": "composites",
}  # fmt: skip
RIGHTS = frozenset({"f118", "f120", "d059", "d060"})

SOURCE = Source(
    cite="Rystrøm, J., Kirk, H. R. & Hale, S. (2025). Multilingual != Multicultural, arXiv 2502.16534; human shares "
    "from EVS/WVS (2022), Joint EVS/WVS 2017-2022 Dataset",
    where="https://github.com/jhrystrom/multicultural-alignment",
    version="f550348",
    licence="MIT (answers of models and shares); the surveys have terms of their own",
    terms="non-profit use of the surveys; cite both; figures only",
    redistribute="aggregates",
)


def load_instrument(data: Path) -> Instrument:
    """The instrument, with the items of the recorded set in a data folder. Errors: BadFile."""
    ids = sorted({item for file in FILES for item in _ids(data, file)})
    if not ids:
        raise BadFile(f"{FILES[0]}: the column question_key names no item")
    return Instrument(
        name="pro_scores",
        title="Pro-scores on WVS/EVS questions, for recorded answers",
        questions=tuple(_question(item) for item in ids),
        source=SOURCE,
        not_for="asking: it has no texts. Levels of one item against another, because what counts as for differs by "
        "item; distributions, because the middle of each scale was dropped before the shares were made",
        tags=("values", "no-texts"),
    )


def _ids(data: Path, file: str) -> set[str]:
    """Items of one table; some are only in the people's, some only in the models'."""
    path = data / file
    if not path.is_file():
        raise BadFile(f"pro_scores needs {file}, which is not in {data}")
    try:
        keys = pl.read_csv(path, columns=["question_key"], infer_schema=False)["question_key"]
    except pl.exceptions.PolarsError as error:
        raise BadFile(f"{path}: cannot be read ({str(error).splitlines()[0]}); it has a column question_key") from error
    return {key.strip().casefold() for key in keys.drop_nulls()}


def _question(item: str) -> Question:
    tags = (TOPICS.get(item[0], "other"), *(("rights",) if item.split("_")[0] in RIGHTS else ()))
    return Question(item, "score", (0.0, 1.0), tags=tags, title=f"WVS/EVS variable {item.upper()}")
