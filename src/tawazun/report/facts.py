"""What was asked and of whom, and what the run does not know."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from tawazun.report.material import Material
from tawazun.report.rounding import count_text
from tawazun.report.words import Words
from tawazun.study import RespondentKeys

NAMED = 8


@dataclass(frozen=True)
class Fact:
    """A line of the list of what was asked: a name, the facts, and details on demand."""

    name: str
    text: str
    detail: tuple[str, ...] = ()


def asked(material: Material) -> list[Fact]:
    """The lines of the list, in reading order."""
    words = material.words
    answers = material.answers
    failed = int(answers["error"].is_not_null().sum())
    cells = words.count("count.cell", answers.height)
    if failed:
        cells = words.plain("fact.failed", cells=cells, failed=count_text(failed))
    made = [
        Fact(words.plain("fact.instruments"), words.listed(_instruments(material))),
        Fact(words.plain("fact.respondents"), words.listed([one.name for one in material.study.respondent], NAMED),
             tuple(_respondent(material, one) for one in material.study.respondent)),
        Fact(words.plain("fact.personas"), *_personas(material)),
        Fact(words.plain("fact.languages"), words.listed(_languages(material))),
        Fact(words.plain("fact.framings"), _framings(material)),
        Fact(words.plain("fact.mode"), "; ".join(_known(words, f"mode.{x}", x) for x in _unique(answers, "mode"))),
        Fact(words.plain("fact.people"), words.listed(_people(material))),
        Fact(words.plain("fact.cells"), cells),
    ]  # fmt: skip
    return [one for one in made if one.text]


def _known(words: Words, key: str, otherwise: str) -> str:
    """The text of a key, or the word itself where a catalogue has grown past the page's texts."""
    return words.plain(key) if words.has(key) else otherwise


def _unique(table: pl.DataFrame, column: str) -> list[str]:
    return [value for value in table[column].unique(maintain_order=True).to_list() if value]


def _languages(material: Material) -> list[str]:
    return [material.names.language(tag) for tag in _unique(material.answers, "language")]


def _instruments(material: Material) -> list[str]:
    counted = material.answers.group_by("instrument").agg(pl.col("question").n_unique())
    items = dict(counted.iter_rows())
    words = material.words
    return [
        words.plain(
            "fact.instrument",
            title=words.isolated(material.instrument_title(name)),
            items=words.count("count.item", items[name]),
        )
        for name in material.instruments
        if name in items
    ]  # fmt: skip


def _respondent(material: Material, one: RespondentKeys) -> str:
    words = material.words
    about = _known(words, f"kind.{one.kind}", one.kind)
    parts = [about, one.model, one.revision and words.plain("fact.revision", revision=one.revision), one.adapter]
    if one.file:
        parts.append(one.file)
    parts += [f"{key}={value}" for key, value in one.options.items()]
    return f"{one.name}: {', '.join(part for part in parts if part)}"


def _personas(material: Material) -> tuple[str, tuple[str, ...]]:
    words = material.words
    found = _unique(material.answers, "persona")
    plain = [words.plain(f"fact.{one}") for one in found if one in ("none", "human")]
    played = [one for one in found if one not in ("none", "human")]
    names = []
    for one in played:
        code, _, attributes = one.partition("?")
        names.append(material.names.place(code) + (f" ({attributes.replace('&', ', ')})" if attributes else ""))
    if len(names) > NAMED:
        return words.listed([*plain, words.count("count.place", len(names))]), (", ".join(names),)
    return words.listed([*plain, *names], NAMED + 2), ()


def _framings(material: Material) -> str:
    """The factors of what this run asked; of recorded answers only the wordings are told."""
    words = material.words
    own = material.answers.filter(pl.col("mode") != "recorded")
    recorded = material.answers.filter(pl.col("mode") == "recorded")
    parts = []
    if own.height:
        parts.append(words.count("count.wording", own["wording"].n_unique()))
        for column in ("order", "labels", "placement"):
            if found := _unique(own, column):
                parts.append(words.plain(f"fact.{column}", names=words.listed(_factors(words, column, found))))
        if set(own["mode"].unique()) & {"sample", "generate"}:
            parts.append(words.plain("fact.samples", n=material.study.ask.samples))
    if recorded.height:
        count = words.count("count.wording", recorded["wording"].n_unique())
        parts.append(words.plain("fact.recorded", wordings=count))
    return "; ".join(parts)


def _factors(words: Words, column: str, found: list[str]) -> list[str]:
    """Levels of a factor, in words where there are some."""
    return [_known(words, f"factor.{column}_{one}", one) for one in found]


def _people(material: Material) -> list[str]:
    counted = material.humans.group_by("source", maintain_order=True).agg(pl.col("population").n_unique())
    return [
        material.words.plain("fact.people_of", source=source, people=material.words.count("count.people", n))
        for source, n in counted.iter_rows()
    ]


def unknowns(material: Material) -> list[str]:
    """What the run cannot say, one sentence each; what an instrument may not be used for comes with the instrument."""
    words = material.words
    found = []
    silent = [n for n, one in material.human_sources.items() if one.get("human_error") == "none"]
    if silent:
        found.append(words.plain("unknown.human_error", sources=words.listed(silent)))
    found += _wordings(material)
    if drafts := _drafts(material):
        found.append(words.plain("unknown.drafts", languages=words.listed(drafts)))
    if absent := _absent(material):
        found.append(words.plain("unknown.absent", places=words.listed(absent, NAMED)))
    if "recorded" in _unique(material.answers, "mode"):
        labels = material.answers.filter(pl.col("mode") == "recorded")["respondent"].unique(maintain_order=True)
        found.append(words.plain("unknown.recorded", respondents=words.listed(labels.to_list())))
    if any(
        "uncorrected for sampling noise" in str(row["method"]) for row in material.measures.get("js_similarity", [])
    ):
        found.append(words.plain("unknown.uncorrected"))
    if not material.study.frozen or material.late:
        found.append(words.plain("unknown.exploratory"))
    return found


def _wordings(material: Material) -> list[str]:
    counts = material.answers.group_by("respondent", "instrument", maintain_order=True).agg(
        pl.col("wording").n_unique()
    )
    single = [(respondent, instrument) for respondent, instrument, n in counts.iter_rows() if n == 1]
    names = list(dict.fromkeys(material.instrument_title(instrument) for _, instrument in single))
    if not names:
        return []
    who = list(dict.fromkeys(respondent for respondent, _ in single))
    words = material.words
    return [words.plain("unknown.one_wording", respondents=words.listed(who), instruments=words.listed(names))]


def _drafts(material: Material) -> list[str]:
    asked = material.answers.filter(pl.col("mode") != "recorded").select("instrument", "language", "wording").unique()
    drafts = material.questions.filter(pl.col("status") == "draft")
    used = drafts.join(asked, on=["instrument", "language", "wording"], how="semi")
    return [material.names.language(tag) for tag in sorted(used["language"].unique().to_list())]


def _absent(material: Material) -> list[str]:
    """Places that are played but have no people in this run."""
    there = {place for place, _ in material.places.values()}
    played = [one.partition("?")[0] for one in _unique(material.answers, "persona") if one not in ("none", "human")]
    return [material.names.place(code) for code in dict.fromkeys(played) if code not in there] if there else []


@dataclass(frozen=True)
class SourceCard:
    """A source as the page shows it."""

    title: str
    name: str
    kind: str
    cite: str
    where: str
    link: str
    version: str
    licence: str
    terms: str
    redistribute: str
    not_for: str
    universe: tuple[tuple[str, str], ...]
    human_error: str


def source_cards(material: Material) -> list[SourceCard]:
    """Every source, instruments first; only web addresses become links."""
    return [_card(material, one) for one in material.sources]


def _card(material: Material, one: Any) -> SourceCard:
    words = material.words
    where = str(one.get("where", ""))
    universe = one.get("universe") or {}
    parts = [
        (words.plain(f"universe.{key}"), str(value))
        for key in ("who", "ages", "languages", "excluded", "dates", "mode")
        if (value := universe.get(key))
    ]
    if one.get("kind") == "population" and not universe.get("excluded"):
        parts.append((words.plain("universe.excluded"), words.plain("universe.unsaid")))
    error = str(one.get("human_error", ""))
    return SourceCard(
        str(one.get("title") or one.get("name", "")), str(one.get("name", "")), str(one.get("kind", "")),
        str(one.get("cite", "")), where, where if where.startswith(("https://", "http://")) else "",
        str(one.get("version", "")), str(one.get("licence", "")), str(one.get("terms", "")),
        words.plain(f"redistribute.{one.get('redistribute', 'no')}"), str(one.get("not_for", "")), tuple(parts),
        words.plain(f"human_error.{error}") if error else "",
    )  # fmt: skip
