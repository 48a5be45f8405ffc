"""The first screen in sentences: how close, to whom, how sure, compared with what — or why it cannot be said.

One finding per instrument and respondent; what is compared with people comes first, then benchmarks. A closed
gate withholds the sentence, not the table.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

import polars as pl
from markupsafe import Markup

from tawazun.report import exam_sentences, judge_sentences, sentences
from tawazun.report.closeness import Against, against, arms, measure_of
from tawazun.report.exams import bench, is_exam
from tawazun.report.material import Material, Row, is_floor, reason
from tawazun.report.reasons import reason_in
from tawazun.report.rounding import known
from tawazun.report.sentences import Statement
from tawazun.report.words import Words

Tone = Literal["said", "withheld", "unsaid", "floor"]
FLOOR_KIND = "uniform"
QUALITY = ("allowed_mass", "refusal_rate", "unread_rate", "order_effect")


@dataclass(frozen=True)
class Finding:
    """What may be said about one respondent on one instrument.

    tone    `said`; `withheld` when gates are closed; `unsaid` when there is nothing to compare with; `floor` when the
            respondent is answers at random itself
    lead    the sentence; more: those that follow from the same table
    """

    instrument: str
    respondent: str
    tone: Tone
    lead: Markup
    more: tuple[Markup, ...] = ()


def findings(material: Material) -> list[Finding]:
    """Every finding: instruments in the study's order, respondents likewise, answers at random last."""
    asked = material.answers.select("instrument", "respondent").unique().rows()
    kinds = {one.name: one.kind for one in material.study.respondent}
    order = sorted(kinds, key=lambda name: kinds[name] == FLOOR_KIND)
    found = [
        (kinds[respondent], finding(material, instrument, respondent))
        for instrument in sorted(material.instruments, key=lambda name: only_marked(material, name))
        for respondent in order
        if (instrument, respondent) in asked
    ]
    return [_as_floor(material, one) if kind == FLOOR_KIND else one for kind, one in found]


def only_marked(material: Material, instrument: str) -> bool:
    """Whether an instrument is a benchmark of this run and nothing of it is compared with people."""
    marked = is_exam(material, instrument) or bench(material, instrument) is not None
    return marked and instrument not in material.humans["instrument"].unique()


def _as_floor(material: Material, one: Finding) -> Finding:
    """Answers at random are what others are compared with: their sentences go under that one."""
    more = (one.lead, *one.more) if one.tone == "said" else ()
    return Finding(one.instrument, one.respondent, "floor", material.words("headline.is_floor"), more)


def finding(material: Material, instrument: str, respondent: str) -> Finding:
    """What may be said about one respondent on one instrument."""
    kinds: list[list[Statement]] = []
    closed: list[Against] = []
    measure = measure_of(material, instrument)
    if measure:
        records = [one for one in against(material, instrument, measure) if one.subject.respondent == respondent]
        closed = [one for one in records if not one.row["interpretable"]]
        readable = arms([one for one in records if one.row["interpretable"]])
        kinds.append(list(sentences.played(material, measure, readable)))
        kinds.append(list(sentences.unplayed(material, measure, readable)))
    kinds.append(list(sentences.map_means(material, instrument, respondent)))
    kinds.append(list(sentences.rankings(material, instrument, respondent)))
    said = [sentence for turn in zip_longest(*kinds, fillvalue=()) for each in turn for sentence in each]
    if marked := bench(material, instrument):
        said += exam_sentences.scores(material, marked, respondent)
    if judge_sentences.judges(material, instrument):
        said += judge_sentences.verdicts(material, instrument, respondent)
    if not said:
        return _nothing(material, instrument, respondent, [one.row for one in closed])
    if closed:
        subjects = len({one.subject for one in closed})
        why = _reasons(material.words, [one.row for one in closed])
        said.insert(1, material.words("headline.partly_closed", n=subjects, why=why))
    return Finding(instrument, respondent, "said", said[0], tuple(said[1:]))


def _nothing(material: Material, instrument: str, respondent: str, closed: Sequence[Row]) -> Finding:
    """Why nothing can be said."""
    words = material.words
    rows = [
        row
        for rows in material.measures.values()
        for row in rows
        if (row["instrument"], row["respondent"]) == (instrument, respondent)
        and not is_floor(row)
        and not known(row["value"])
        and row["measure"] not in QUALITY
    ]
    if failed := _failed(material, instrument, respondent):
        return Finding(instrument, respondent, "unsaid", failed)
    if judge_sentences.judges(material, instrument):
        return _unjudged(material, instrument, respondent)
    if only_marked(material, instrument):
        return _unmarked(material, instrument, respondent)
    stopped = [*closed, *(row for row in rows if not row["interpretable"])]
    if stopped:
        return Finding(instrument, respondent, "withheld", words("headline.closed", why=_reasons(words, stopped)))
    if instrument not in material.humans["instrument"].unique():
        return Finding(instrument, respondent, "unsaid", words("headline.no_people"))
    if not rows:
        return Finding(instrument, respondent, "unsaid", words("headline.not_measured"))
    return Finding(instrument, respondent, "unsaid", words("headline.nothing", why=_reasons(words, rows)))


def _failed(material: Material, instrument: str, respondent: str) -> Markup | None:
    """That no question came back at all, with the commonest reason; None where one did."""
    own = material.answers.filter((pl.col("instrument") == instrument) & (pl.col("respondent") == respondent))
    failed = own["error"].drop_nulls()
    if not own.height or len(failed) < own.height:
        return None
    why = str(failed.mode().sort()[0])
    return material.words("headline.failed", cells=material.words.count("count.cell", own.height), why=why)


def _unmarked(material: Material, instrument: str, respondent: str) -> Finding:
    """Why nothing can be said of a benchmark."""
    words, found = material.words, bench(material, instrument)
    lines = found.of(respondent) if found else []
    rows = [mark.row for line in lines if found and (mark := line.marks.get(found.metric))]
    if stopped := [row for row in rows if not row["interpretable"]]:
        return Finding(instrument, respondent, "withheld", words("headline.closed_score", why=_reasons(words, stopped)))
    if rows:
        return Finding(instrument, respondent, "unsaid", words("headline.not_scored", why=_reasons(words, rows)))
    judged = (material.instruments[instrument].get("exam") or {}).get("metric") == "judge"
    return Finding(instrument, respondent, "unsaid", words(f"headline.{'not_judged' if judged else 'not_marked'}"))


def _unjudged(material: Material, instrument: str, respondent: str) -> Finding:
    """Why nothing can be said of a judge."""
    if stopped := judge_sentences.closed(material, instrument, respondent):
        why = _reasons(material.words, stopped)
        return Finding(instrument, respondent, "withheld", material.words("headline.closed_judge", why=why))
    return Finding(instrument, respondent, "unsaid", material.words("headline.no_judge_measure"))


def _reasons(words: Words, rows: Sequence[Row]) -> str:
    """The two commonest reasons of some rows, each once; of rows that a gate stopped, what the gate said."""
    counted = Counter(reason(row) for row in rows if row["why"])
    # of the same reason for a place and for all, the place's says nothing more
    told = [why for why, _ in counted.most_common() if not any(why.endswith(f": {other}") for other in counted)]
    return reason_in(words, "; ".join(told[:2]))
