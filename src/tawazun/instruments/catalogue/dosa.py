"""DOSA: which thing of an Indian state do these clues describe? Guessed in the respondent's own words.

Clues were written by people of the states, as in a game of taboo. The game allows a second guess after a wrong one;
here the first one counts. `original` and `expanded` are the set's own two lists.
There is no layout that reasons first: what is weighed on the way would count as guessed.
"""

import re
from pathlib import Path, PurePosixPath

from tawazun.data.rows import Row
from tawazun.data.sets import DataSet, Part
from tawazun.instruments.building import ExamBuilder, same_letters, slug
from tawazun.instruments.cards import Card
from tawazun.instruments.exams import Exam, Template
from tawazun.instruments.records import Instrument
from tawazun.source import Source

COLUMNS = ("clues", "artifact")
SMALL = ("of", "and")

FILES = DataSet(
    name="dosa",
    folder="dosa",
    where="https://github.com/microsoft/DOSA (data)",
    parts=(
        Part("original", ("*/original_artifacts.csv",)),
        Part("expanded", ("*/expanded_artifacts.csv",), needed=False),
    ),
)

CARD = Card(
    name="dosa",
    title="DOSA: things of Indian states, guessed from clues",
    source=Source(
        cite="Seth, A. et al. (2024). DOSA: A Dataset of Social Artifacts from Different Indian Geographical "
        "Subcultures. LREC-COLING 2024, arXiv 2403.14651",
        where=FILES.where,
        version="main; keep the commit of your copy",
        licence="as its repository says (not confirmed here)",
        terms="read its licence before use; texts are not shown in reports",
        redistribute="no",
    ),
    not_for="ranking states: a few dozen clues each, in English. A wrong guess is not always ignorance: names of "
    "dishes and customs have many spellings, and only those written in the file are accepted. Comparison with the "
    "paper, whose players have two guesses",
    files=FILES,
)

GAME = (
    "You are an agent who is well versed with the cultures of the world. You are playing a game of taboo with another "
    "agent who is also well- versed with the cultures of the world. You can only make two guesses to correctly guess "
    "this social artifact and you cannot ask any clarification questions. Social artifacts are objects that helps us "
    "connect and stay associated with the culture. These objects are known and have a significance to most people who "
    "consider themselves as a part of that culture and serve as way of identifying ourselves with the culture and the "
    "people in that culture."
)
TELL = (
    "I do not need to know your reasoning behind the answer. Just tell me the answer and nothing else. If you do not "
    "know the answer, say that you do not know the answer. Format your answer in the form of ANSWER: your_answer_here."
)

TEMPLATES = (
    Template("w1", "en", text="{stem}\n{instruction}"),
    Template(
        "published",
        "en",
        text=f"{GAME} {{stem}} {TELL}",
        instruction="",
        cue="ANSWER:",
        base="published",
        author="Seth et al. (2024)",
        source="DOSA, src/commercial/templates.py, first guess, the system message and the instruction in one",
        status="official",
    ),
)


def load_instrument(data: Path) -> Instrument:
    """The instrument, from a data folder. Errors: BadFile naming file, row and column."""
    builder = ExamBuilder("en", author="DOSA (Seth et al. 2024)", columns={"question": "clues", "answer": "artifact"})
    counted: dict[str, int] = {}
    for part in ("original", "expanded"):
        for row in FILES.rows(data, part, COLUMNS):
            _add(builder, row, part, counted)
    exam = Exam(metric="sem_b", groups=("state", "list"), clusters="state")
    return builder.instrument(exam, templates=TEMPLATES, **CARD.fields)


def _add(builder: ExamBuilder, row: Row, part: str, counted: dict[str, int]) -> None:
    folder = PurePosixPath(row.file).parent.name
    state = " ".join(word if word in SMALL else word.capitalize() for word in folder.replace("_", " ").split())
    artifact = row.text("artifact")
    name = slug(folder, part, artifact) or slug(folder, part, str(row.number))
    counted[name] = counted.get(name, 0) + 1
    item = name if counted[name] == 1 else f"{name}-{counted[name]}"
    if counted[name] > 1:
        builder.repair(item, row, "doubled_artifact", f"the artifact stands again; this row is {item}")
    clues = [line.strip() for line in row.text("clues").splitlines() if line.strip()]
    if any(same_letters(artifact) in same_letters(clue) for clue in clues):
        builder.repair(item, row, "told_in_clues", "left out: a clue says the answer")
        return
    listed = "\n".join(clues)
    stems = {
        "w1": f"Which object, dish, place, person or custom of {state}, India, do these clues describe?\n{listed}",
        "published": f"Your clues are: \n {listed}.\n\nName the object on the basis of the above clues from {state}.",
    }
    builder.open(row, item, stems, _accepted(artifact), tags=(f"state:{state}", f"list:{part}"))


def _accepted(artifact: str) -> dict[str, float]:
    """The artifact as it is written, and each of the names that a slash or brackets set apart."""
    names = [name.strip() for name in re.split(r"[/()]", artifact)]
    return dict.fromkeys([artifact, *(name for name in names if same_letters(name))], 1.0)
