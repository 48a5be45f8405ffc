"""How far answers move with the language while the country that is played stays the same, dialects included."""

from collections.abc import Iterator
from dataclasses import replace

from tawazun.estimates import Estimate
from tawazun.measures.arms import LANGUAGE, UNIT, arms, gap_rows, mean_gap, persona_gaps
from tawazun.measures.context import Context, Simple, faceted, row, several_settings
from tawazun.measures.cube import Cube


def compute(context: Context) -> Iterator[Estimate]:
    """Per respondent and pair of languages: one row per persona, and their mean over places."""
    for name, made in context.cubes.items():
        found = list(arms(made, LANGUAGE))
        if not found:
            yield from _alone(name, made)
        several = several_settings(made)
        for one in found:
            gaps = persona_gaps(context, made, one)
            first = one.first
            base = row("language_shift", name, first, (first.respondent, first.mode) in several)
            kind = "dialect" if len({level.split("-")[0] for level in one.levels}) == 1 else "language"
            base = replace(base, reference=one.levels[1], facet=faceted(base, kind))
            words = f"{one.levels[0]} against {one.levels[1]}, mean over items"
            for persona, gap in zip(one.personas, gaps, strict=True):
                yield from gap_rows(context, made, replace(base, persona=persona), gap, words)
            places = [gap for (s, _), gap in zip(one.members, gaps, strict=True) if made.subjects[s].place]
            if len(places) > 1:
                mean = replace(base, persona="", facet=faceted(base, f"mean over {len(places)} places"))
                yield from gap_rows(context, made, mean, mean_gap(places), f"{words} and places")


def _alone(name: str, made: Cube) -> Iterator[Estimate]:
    why = "one language only: ask with languages = ['en', 'ar'], and the same personas in both"
    for respondent in dict.fromkeys(one.respondent for one in made.subjects):
        yield Estimate("language_shift", respondent, name, unit=UNIT, why=why)


MEASURE = Simple(
    "language_shift",
    "Shift of the answers when only the language changes",
    UNIT,
    "Durmus et al. (2023), arXiv 2306.16388, on linguistic prompting; the distance as in js_similarity",
    compute,
)
