"""How far answers move with the decoding alone: JS distance between settings (temperature, top-p), over personas."""

from collections.abc import Iterator
from dataclasses import replace

from tawazun.estimates import Estimate
from tawazun.measures.arms import SETTING, UNIT, Arms, Gap, arms, gap_rows, mean_gap, persona_gaps
from tawazun.measures.context import Context, Simple, faceted, row
from tawazun.measures.cube import Cube, Subject


def compute(context: Context) -> Iterator[Estimate]:
    """Per respondent, language, perspective and mode: the mean over pairs of settings, and each pair."""
    for name, made in context.cubes.items():
        groups: dict[tuple[str, ...], list[tuple[Arms, Gap]]] = {}
        for found in arms(made, SETTING):
            pair = (found, mean_gap(persona_gaps(context, made, found)))
            groups.setdefault(SETTING.fixed(found.first), []).append(pair)
        for pairs in groups.values():
            yield from _group(context, made, name, pairs)
        yield from _alone(name, made, groups)


def _group(context: Context, made: Cube, name: str, pairs: list[tuple[Arms, Gap]]) -> Iterator[Estimate]:
    base = replace(row("decoding_effect", name, pairs[0][0].first, False), persona="")
    count = len(pairs[0][0].personas)
    whole = replace(base, facet=f"mean over {len(pairs)} pairs of settings")
    words = f"mean over items, pairs of settings and {count} personas"
    yield from gap_rows(context, made, whole, mean_gap([gap for _, gap in pairs]), words)
    if len(pairs) > 1:
        for found, gap in pairs:
            one = replace(base, facet=faceted(base, " against ".join(found.levels)))
            yield from gap_rows(context, made, one, gap, f"mean over items and {count} personas")


def _alone(name: str, made: Cube, groups: dict[tuple[str, ...], list[tuple[Arms, Gap]]]) -> Iterator[Estimate]:
    """One row without a value per respondent, language, perspective and mode that has a single setting."""
    seen: dict[tuple[str, ...], Subject] = {}
    for subject in made.subjects:
        if SETTING.fixed(subject) not in groups:
            seen.setdefault(SETTING.fixed(subject), subject)
    for subject in seen.values():
        exact = "exact probabilities have no decoding" if subject.mode == "logprob" else ""
        why = exact or "one decoding only: ask with mode = 'sample' and several settings in ask.decoding"
        yield replace(row("decoding_effect", name, subject, False), persona="", unit=UNIT, why=why)


MEASURE = Simple(
    "decoding_effect",
    "Shift of the answers when only the decoding changes",
    UNIT,
    "Masoud et al. (2023), arXiv 2309.12342, hyper-parameter comparison; the distance as in js_similarity",
    compute,
)
