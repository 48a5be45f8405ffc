"""The page of an audited training set: what it is, what is wrong with it, and which rows its numbers come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl
from markupsafe import Markup

from tawazun.audit.data.countries import arab_states
from tawazun.audit.data.profiles import Difference, Profile, cut_differently, differences, profiles
from tawazun.places import place
from tawazun.report.documents import document
from tawazun.report.naming import RTL
from tawazun.report.rounding import fixed, shown
from tawazun.report.set_pictures import Drawn, forest, plane, shares, spread
from tawazun.report.set_sentences import language_name, leads, rest, worst_fault
from tawazun.runs.audit_folder import AuditFolder

SHADES, MOST_COUNTRIES, SMALLEST_CELL = 6, 15, 10
LANGUAGES_SHOWN = 6
GRAVITY = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True)
class Components:
    """Scores of sets on components: `components.parquet` and `loadings.parquet` of `tawazun audit components`."""

    scores: pl.DataFrame
    loadings: pl.DataFrame


@dataclass(frozen=True)
class Cell:
    """Mentions of a country in rows of one language; `shade` 0 is fewest, -1 none."""

    text: str
    shade: int


@dataclass(frozen=True)
class Country:
    """One line of the heat map; the last cell is over all languages."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Line:
    """One metric: its numbers, where rows lie, and the same of other sets."""

    profile: Profile
    mean: str
    sd: str
    picture: Markup | str
    others: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True)
class Family:
    """Metrics of one family of one language."""

    language: str
    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class End:
    """Rows at one end of a metric; `tied` rows share its extreme value."""

    end: str
    tied: int
    examples: tuple[Mapping[str, object], ...]


@dataclass(frozen=True)
class Ended:
    """Both ends of one metric of one language."""

    language: str
    metric: str
    unit: str
    ends: tuple[End, ...]


@dataclass(frozen=True)
class Part:
    """One component: what it is made of, the sets at its ends, and rows at the ends of what loads most on it.

    loading   of the metric of rows whose ends are shown; a metric of whole shards has no rows to show
    """

    title: str
    made_of: str
    sets: tuple[str, str]
    loading: str
    ended: Ended | None


@dataclass(frozen=True)
class Plane:
    """Components of one language: the plane of the first two, and what each is made of."""

    language: str
    drawn: Drawn | None
    parts: tuple[Part, ...]
    here: bool = field(default=False)


def set_page(folder: AuditFolder, others: Sequence[AuditFolder] = (), components: Components | None = None) -> str:
    """The page as one HTML text that loads nothing. Texts of rows stand on it only where the audit kept them."""
    found = profiles(folder)
    ended = _ended(folder, found)
    against = _named_apart(folder, others)
    differing = {name: differences(folder, other) for name, other in against.items()}
    counts = {kind: folder.counts(kind) for kind in ("language", "script", "shape")}
    names = {code: language_name(code) for code in counts["language"]}
    states, others_named, spoken = _countries(folder)
    return document(
        "set.html.jinja",
        styles=("style.css", "set.css"),
        folder=folder,
        leads=leads(folder, found, differing),
        worst=worst_fault(folder),
        findings=sorted(folder.findings.iter_rows(named=True), key=lambda one: GRAVITY[one["severity"]]),
        language_bar=shares(counts["language"], names, "Languages by rows"),
        script_bar=shares(counts["script"], {}, "Scripts by rows"),
        shapes=counts["shape"],
        states=states, others_named=others_named, smaller=rest(folder), spoken=[language_name(one) for one in spoken],
        families=_families(found, {name: profiles(other) for name, other in against.items()}, differing),
        against=list(against),
        forests={name: drawn for name, several in differing.items() if (drawn := forest(several, name))},
        by_chance={name: 0.05 * sum(one.low is not None for one in several) for name, several in differing.items()},
        warnings=[one for other in others for one in cut_differently(folder, other)],
        ended=ended, withheld=_withheld(folder),
        planes=_planes(components, folder, ended) if components else [],
        language_name=language_name, rtl=RTL, few=SMALLEST_CELL,
    )  # fmt: skip


def _named_apart(folder: AuditFolder, others: Sequence[AuditFolder]) -> dict[str, AuditFolder]:
    """Other sets by name, numbered where two have the same."""
    found: dict[str, AuditFolder] = {}
    for other in others:
        name, number = other.name, 2
        while name in found or name == folder.name:
            name, number = f"{other.name} ({number})", number + 1
        found[name] = other
    return found


def _countries(folder: AuditFolder) -> tuple[list[Country], list[Country], list[str]]:
    """The Arab states with their zeros, the other countries with most mentions, and the languages that were read."""
    named = {language: folder.counts(f"{language}:countries") for language in folder.counts("language")}
    looked = {check.partition(":")[0] for check, _ in folder.values if check.endswith(":culture")}
    spoken = [language for language in named if language in looked][:LANGUAGES_SHOWN]
    if not spoken:
        return [], [], []
    totals: dict[str, int] = {}
    for language in spoken:
        for code, count in named[language].items():
            totals[code] = totals.get(code, 0) + count
    states = sorted(arab_states(), key=lambda code: (-totals.get(code, 0), code))
    others = sorted(set(totals) - set(states), key=lambda code: (-totals[code], code))[:MOST_COUNTRIES]
    most = max(totals.values(), default=0)
    small = folder.manifest.get("terms", "yes") != "yes"

    def line(code: str) -> Country:
        values = [named[language].get(code, 0) for language in spoken]
        shown_values = values if len(spoken) == 1 else [*values, totals.get(code, 0)]
        return Country(place(code).english, tuple(_cell(value, most, small) for value in shown_values))

    return [line(code) for code in states], [line(code) for code in others], spoken


def _cell(count: int, most: int, small: bool) -> Cell:
    if not count:
        return Cell("0", -1)
    if small and count < SMALLEST_CELL:
        return Cell(f"< {SMALLEST_CELL}", 0)
    return Cell(f"{count:,}", min(SHADES - 1, int(SHADES * (count / (most + 1)) ** 0.5)))


def _families(
    found: Sequence[Profile],
    theirs: Mapping[str, Sequence[Profile]],
    differing: Mapping[str, Sequence[Difference]],
) -> list[Family]:
    others = [{one.key: one for one in several} for several in theirs.values()]
    gaps = [{one.here.key: one for one in several} for several in differing.values()]
    grouped: dict[tuple[str, str], list[Line]] = {}
    for one in found:
        beside = [known[one.key] for known in others if one.key in known]
        line = Line(one, shown(one.mean, one.low, one.high).text, shown(one.sd).value if one.sd == one.sd else "—",
                    spread(one, beside), tuple(_beside(known.get(one.key)) for known in gaps))  # fmt: skip
        grouped.setdefault((one.language, one.family), []).append(line)
    return [Family(language, family, tuple(lines)) for (language, family), lines in grouped.items()]


def _beside(gap: Difference | None) -> tuple[str, str, bool]:
    """Mean there, difference with its interval, and whether that leaves out 0."""
    if gap is None:
        return "—", "—", False
    return shown(gap.there.mean).value, shown(gap.value, gap.low, gap.high).text, gap.clear


def _withheld(folder: AuditFolder) -> str:
    """Why no text of a row is shown; empty where texts are."""
    terms = folder.manifest.get("terms", "")
    if terms == "yes" or not folder.examples.height:
        return ""
    return f"the terms of the set ({terms}) do not let its texts be shown, so rows are named by file and number"


def _ended(folder: AuditFolder, found: Sequence[Profile]) -> list[Ended]:
    """Ends of every metric whose rows differ."""
    if not folder.examples.height:
        return []
    units = {(one.language, f"{one.family}.{one.name}"): one.about["unit"] for one in found}
    grouped: dict[tuple[str, str], dict[str, list[Mapping[str, object]]]] = {}
    for row in folder.examples.iter_rows(named=True):
        grouped.setdefault((row["language"], row["metric"]), {}).setdefault(row["end"], []).append(row)
    made = []
    for (language, metric), ends in grouped.items():
        low, high = ends.get("low", []), ends.get("high", [])
        if not low or not high or low[0]["value"] == high[0]["value"] or (language, metric) not in units:
            continue
        both = tuple(End(name, int(str(rows[0]["tied"])), tuple({**row, "shown": shown(row["value"]).value}  # type: ignore[arg-type]
                     for row in rows)) for name, rows in (("most", high), ("least", low)))  # fmt: skip
        made.append(Ended(language, metric, units[language, metric], both))
    return made


def _planes(components: Components, folder: AuditFolder, ended: Sequence[Ended]) -> list[Plane]:
    made = []
    shown_ends = {(one.language, one.metric): one for one in ended}
    for language in components.scores["language"].unique(maintain_order=True).to_list():
        own = components.scores.filter(pl.col("language") == language)
        loaded = components.loadings.filter(pl.col("language") == language)
        numbers = sorted(loaded["component"].unique().to_list())
        titles = {k: str(loaded.filter(pl.col("component") == k)["name"][0]) for k in numbers}
        parts = tuple(
            _part(f"{k}: {titles[k]}", loaded.filter(pl.col("component") == k), own.filter(pl.col("component") == k),
                  {metric: one for (spoken, metric), one in shown_ends.items() if spoken == language})
            for k in numbers
        )  # fmt: skip
        drawn = None
        if len(numbers) > 1:
            wide = own.pivot("component", index=["dataset", "shard"], values="score", maintain_order=True)
            points = [(str(one["dataset"]), one["shard"] == 0, float(one[f"{numbers[0]}"]), float(one[f"{numbers[1]}"]))
                      for one in wide.iter_rows(named=True)]  # fmt: skip
            drawn = plane(points, (titles[numbers[0]], titles[numbers[1]]), language_name(language))
        stem = folder.name.partition(".")[0]
        made.append(Plane(language, drawn, parts, stem in own["dataset"].to_list()))
    return made


def _part(title: str, loaded: pl.DataFrame, scores: pl.DataFrame, ended: Mapping[str, Ended]) -> Part:
    """One component. `ended`: rows at both ends of metrics of its language."""
    whole = scores.filter(pl.col("shard") == 0).sort("score")
    told = [f"{one['dataset']} ({fixed(one['score'], 1)})" for one in whole.iter_rows(named=True)]
    top = next((one for one in _clear(loaded).iter_rows(named=True) if one["metric"] in ended), None)
    sets = ", ".join(told[:-4:-1]), ", ".join(told[:3])
    if top is None:
        return Part(title, _made_of(loaded), sets, "", None)
    return Part(title, _made_of(loaded), sets, fixed(top["loading"], 2), ended[top["metric"]])


def _clear(loaded: pl.DataFrame) -> pl.DataFrame:
    """Loadings whose interval leaves out 0, the largest first."""
    return loaded.filter((pl.col("low") > 0) | (pl.col("high") < 0)).sort(pl.col("loading").abs(), descending=True)


def _made_of(loaded: pl.DataFrame) -> str:
    """The metrics with the largest loadings whose interval leaves out 0."""
    parts = [f"{one['metric']} {fixed(one['loading'], 2)} [{fixed(one['low'], 2)}, {fixed(one['high'], 2)}]"
             for one in _clear(loaded).head(6).iter_rows(named=True)]  # fmt: skip
    return ", ".join(parts) or "no metric's loading leaves out 0"
