"""The 80 Vicuna prompts in Arabic, as AceGPT used them: open questions whose answers a judge grades."""

from pathlib import Path

from tawazun.data.sets import DataSet, Part
from tawazun.instruments.cards import Card
from tawazun.instruments.records import Instrument, Question, Wording
from tawazun.source import Source

AUTHOR = "AceGPT (translated by GPT-4, refined by native speakers)"

FILES = DataSet(
    name="vicuna_arabic",
    folder="vicuna_arabic",
    where="https://github.com/FreedomIntelligence/AceGPT (history before 1e8f508, eval/)",
    parts=(Part("all", ("vicuna_ar80.jsonl", "*.jsonl", "*.json")),),
)

CARD = Card(
    name="vicuna_arabic",
    title="Vicuna-80 in Arabic: open prompts for a judge",
    source=Source(
        cite="Chiang, W.-L. et al. (2023), Vicuna; Arabic by Huang, H. et al. (2024), AceGPT, NAACL, arXiv 2309.12053",
        where=FILES.where,
        version="as removed by commit 1e8f508",
        licence="Apache-2.0 (the repository's)",
        terms="as its repository says; translated by a proprietary model, whose own terms may apply",
        redistribute="aggregates",
    ),
    not_for="culture: the prompts were written for English speakers and translated. Its scores are a judge's, so read "
    "them beside that judge's agreement with people",
    files=FILES,
)


def load_instrument(data: Path) -> Instrument:
    """The instrument, from a data folder. Errors: BadFile naming file, row and column."""
    questions: dict[str, Question] = {}
    for row in FILES.rows(data, "all", ("id", "label", "query")):
        item = f"vicuna-{row.text('id')}"
        if item in questions:
            raise row.fault("id", f"{row.text('id')!r} stands twice")
        wording = Wording("w1", "ar", row.text("query"), (), author=AUTHOR, status="official")
        questions[item] = Question(item, "text", (), (wording,), tags=(f"topic:{row.text('label')}",))
    return Instrument(questions=tuple(questions.values()), tags=("no-persona",), **CARD.fields)  # type: ignore[arg-type]
