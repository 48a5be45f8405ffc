"""What may be said of one respondent on one benchmark: the score, the best floor, whether they are told apart.

One sentence per prompt and mode, in the study's order. No sentence compares two prompts.
"""

from collections.abc import Iterator

from markupsafe import Markup

from tawazun.report.exam_names import floor_text, measure_text, mode_text, prompt_text
from tawazun.report.exams import Bench, Line, Mark
from tawazun.report.material import Material
from tawazun.report.rounding import fixed, known
from tawazun.report.sentences import number

MOST = 4


def scores(material: Material, bench: Bench, respondent: str) -> Iterator[Markup]:
    """A sentence per readable line with the headline measure; what is beyond a few is counted."""
    lines = readable(bench, respondent)
    for line in lines[:MOST]:
        yield score(material, bench, line)
    if len(lines) > MOST:
        yield material.words("exam.more_lines", n=len(lines) - MOST)


def readable(bench: Bench, respondent: str) -> list[Line]:
    """The lines of a respondent with a score that no gate withholds."""
    return [
        line
        for line in bench.of(respondent)
        if (mark := line.marks.get(bench.metric)) and known(mark.row["value"]) and not mark.closed
    ]


def score(material: Material, bench: Bench, line: Line) -> Markup:
    """The score of one line against the best floor."""
    words, mark = material.words, line.marks[bench.metric]
    sentence = words(
        "exam.score",
        respondent=line.subject.respondent,
        title=material.instrument_title(bench.instrument),
        measure=measure_text(words, bench.metric),
        value=number(material, mark.shown, mark.why),
        asked="; ".join(part for part in (_played(material, line), prompt_text(words, line)) if part),
        mode=mode_text(words, line.mode),
    )
    return sentence + " " + _against(material, mark)


def _played(material: Material, line: Line) -> str:
    """Language, and persona where anybody is played."""
    one = line.subject
    language = material.names.language(one.language) if one.language else ""
    played = material.names.persona(one) if one.persona not in ("", "none") else ""
    return ", ".join(part for part in (language, played, one.setting) if part)


def _against(material: Material, mark: Mark) -> Markup:
    words, gap = material.words, mark.gap
    if gap is None or mark.floor_value is None or mark.above is None:
        return words("exam.told.alone")
    return words(
        f"exam.told.{mark.told}",
        floor=floor_text(words, mark.floor),
        value=fixed(mark.floor_value, mark.shown.decimals),
        gap=number(material, gap, str(mark.above["why"]) or words.plain("exam.nothing_varied")),
        why=str(mark.above["why"]) or words.plain("exam.nothing_varied"),
    )
