"""What a claim does not show, in sentences, and how much more an answer would need."""

from collections.abc import Iterator, Sequence
from math import ceil, log2

import polars as pl

from tawazun.claims.contrast import Contrast, Tested
from tawazun.claims.gathering import Gathered
from tawazun.claims.likeness import OWN, View
from tawazun.claims.matching import Target
from tawazun.claims.records import Levels, Need
from tawazun.claims.yardsticks import Side
from tawazun.measures.people import ASSUMED
from tawazun.stats.combined import clusters_needed, half_width
from tawazun.stats.resampling import t_interval

FEW_CLUSTERS = 5
# share of cells that not every side answered: said above the first, and no places above the second
LOST, MOST_LOST = 0.05, 0.10
ONE_WORDING = (
    'asked in one wording only: other words could turn it; ask in several, or say words = "fixed" and it is about '
    "these words only"
)


def general_limits(gathered: Gathered, view: View, labels: Sequence[str]) -> Iterator[str]:
    """What holds for every claim about these respondents."""
    yield "These are answers to survey questions, not behaviour, and they describe no individual."
    languages = {one.language for one in gathered.context.cubes[view.instrument].subjects}
    only = "the only language asked" if languages == {view.language} else "other languages may come out otherwise"
    yield f"It holds for answers in {view.language}; {only}."
    if view.persona not in ("none", "human"):
        yield "A persona was played: what the model answers by default is another question."
    drafts = _drafts(gathered, view, labels)
    if drafts:
        yield f"The wordings in {view.language} are drafts ({drafts}) that no native speaker has reviewed."


def one_wording(count: int, words: str) -> str:
    """Why nothing is decided: one wording, and the words are not declared fixed; empty when something may be."""
    return ONE_WORDING if count < 2 and words != "fixed" else ""


def source_limit(gathered: Gathered, target: Target, labels: Sequence[str]) -> str:
    """What to say when not every run was made with these people in view; empty when all were."""
    parts = {gathered.origin[label].name for label in labels}
    without = sorted(parts & set(gathered.without(target.side.source)))
    if not without:
        return ""
    names = " and ".join(without)
    return f"The study of {names} does not name the people of {target.side.source}: another run brings them."


def pair_limits(
    gathered: Gathered,
    view: View,
    target: Target,
    sides: Sequence[Side],
    found: Contrast,
    lost: float,
    delta: float | None = None,
) -> Iterator[str]:
    """What holds for a comparison of closeness; `delta` is the smallest effect of interest."""
    yield from general_limits(gathered, view, [one.name for one in sides if one.kind == "respondent"])
    if found.measure.scale is None:
        yield "The map is descriptive: distances on it are not shown to mean the same everywhere."
    if found.human_sd is None:
        yield f"The error of the human side is unknown for {target.side.source}: the interval leaves it out."
    if found.human_sd and ASSUMED in found.people:
        tie = target.side.item_correlation
        yield f"How much one person's answers hang together is not known here: a correlation of {tie:g} is assumed."
    if found.unit == "framings":
        yield "One wording only: the interval lets orders and labels vary, not the words of the questions."
    if 0 < found.clusters < FEW_CLUSTERS:
        half = found.half(gathered.level)
        wide = half is not None and half > (abs(found.value) if delta is None else delta)
        yield f"Only {found.clusters} {found.unit} carry the interval" + (", which is why it is wide." if wide else ".")
    if found.dropped:
        yield f"{found.dropped} item(s) are answered under one wording only and are left out."
    if lost > LOST:
        withheld = ": no places are given" if lost > MOST_LOST else ""
        yield f"{100 * lost:.0f} % of the cells were not answered by every side and are left out{withheld}."
    if abs(found.shift) > abs(found.value) / 2:
        taken = "the verdict takes it out" if found.sameness is not None else "that is not corrected"
        yield f"Sampling and wordings alone shift the difference by about {found.shift:.2g}; {taken}."
    if len(target.at) > 1:
        how = "each population by its own persona" if view.persona == OWN else "one persona against every population"
        yield f"It is a mean over {len(target.at)} populations ({how}): a single one may differ."


def _drafts(gathered: Gathered, view: View, labels: Sequence[str]) -> str:
    """Authors of draft wordings that these respondents were asked in; empty for recorded answers or reviewed texts."""
    asked = [gathered.origin[label] for label in labels]
    modes = {
        one.mode
        for one in gathered.context.cubes[view.instrument].subjects
        if one.respondent in labels and one.language == view.language
    }
    if modes == {"recorded"}:
        return ""
    for part in asked:
        questions = part.questions
        own = (pl.col("instrument") == view.instrument) & (pl.col("language") == view.language)
        if questions.filter(own & (pl.col("status") == "draft")).height:
            return view.instrument
    return ""


def needs_of(found: Contrast, test: Tested, delta: float | None, levels: Levels) -> Iterator[Need]:
    """What would bring the interval under the smallest effect of interest, and a test within reach."""
    if test.minimum_p is not None and test.minimum_p > levels.alpha:
        need = ceil(log2(1 / levels.alpha))
        yield Need("items", len(found.items), need, "for a sign-flip test that could reach alpha")
    if delta is None:
        return
    human = found.human_sd or 0.0
    alone = half_width([(human, float("inf"))], levels.level)
    if found.clusters and found.cluster_sd is not None:
        one = found.cluster_sd * found.clusters**0.5
        enough = None if alone >= delta else clusters_needed(one, human, width=delta, level=levels.level)
        yield Need(found.unit, found.clusters, enough, _reach(delta, alone, enough))
    elif found.unit == "replies" and found.cluster_sd is not None:
        yield _replies(found, delta, alone, levels)
    elif not found.clusters:
        yield Need("wordings", 1, None, "with more wordings there would be an interval; how many is not known yet")


def _replies(found: Contrast, delta: float, alone: float, levels: Levels) -> Need:
    """How many times as many replies would do."""
    if alone >= delta or found.cluster_sd is None:
        return Need("times the replies", 1, None, _reach(delta, alone, None))
    own = float(t_interval(0.0, [(found.cluster_sd, float("inf"))], levels.level)[1])
    times = max(1, ceil(own**2 / (delta**2 - alone**2)))
    return Need("times the replies", 1, times, _reach(delta, alone, times))


def _reach(delta: float, alone: float, need: int | None) -> str:
    if need is not None:
        return f"for an interval no wider than the smallest effect of interest on either side ({delta:.3g})"
    if alone >= delta:
        return f"cannot be reached by asking more: the people's error alone is {alone:.3g}, above {delta:.3g}"
    return "cannot be reached by any sensible number"
