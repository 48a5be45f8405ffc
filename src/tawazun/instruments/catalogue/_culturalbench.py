"""What the two forms of CulturalBench share: their files, their source, and what is known against them."""

from tawazun.data.rows import Row
from tawazun.data.sets import DataSet, Part
from tawazun.instruments.exams import Published
from tawazun.source import Source

AUTHOR = "CulturalBench (Chiu et al. 2024)"
EVALUATORS = "as two public evaluators give the paper's prompt; the paper itself was not read here"
REVISION = "996d62a"
WHERE = "https://huggingface.co/datasets/kellycyy/CulturalBench"
FORMS = {"easy": "CulturalBench-Easy", "hard": "CulturalBench-Hard"}

SOURCE = Source(
    cite="Chiu, Y. Y. et al. (2024). CulturalBench: a Robust, Diverse and Challenging Benchmark on Measuring the (Lack "
    "of) Cultural Knowledge of LLMs. arXiv 2410.02677v1",
    where=WHERE,
    version=REVISION,
    licence="CC BY 4.0",
    terms="name the source; its release has 1,227 questions, a later paper reports on 1,696",
    redistribute="yes",
)
SMALL_CELLS = (
    "ranking countries: there are about 27 questions on each, so at 50 % a country's score is known to about 19 points "
    "either way"
)
ABSTRACT = "Chiu et al. (2024), abstract of the first version"
PEOPLE = Published("people", "accuracy", 0.926, "questions with four options", ABSTRACT)


def files(form: str) -> DataSet:
    """The set, read for one of its two forms; fetching either brings both."""
    parts = tuple(
        Part("test" if name == form else name, (f"{stem}.csv", f"{stem}*"), needed=name == form)
        for name, stem in FORMS.items()
    )
    return DataSet(
        name=f"culturalbench_{form}",
        folder="culturalbench",
        where=WHERE,
        repo="kellycyy/CulturalBench",
        revision=REVISION,
        parts=parts,
    )


def truth(row: Row, column: str) -> bool:
    """A truth value, as a file of rows or of texts has it. Errors: BadFile."""
    value = row.fields.get(column)
    if isinstance(value, bool):
        return value
    found = row.text(column).casefold()
    if found not in ("true", "false", "1", "0"):
        raise row.fault(column, f"{found[:40]!r} is neither True nor False")
    return found in ("true", "1")
