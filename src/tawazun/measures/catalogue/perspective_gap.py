"""How far answers move with the perspective: speaking for oneself, playing a person of a place, or telling of others.

Persona and observer differ in the perspective alone. Self and the two others differ in who is played as well, because
nobody of a place speaks for themselves: those rows say so.
"""

from collections.abc import Iterator
from dataclasses import replace

from tawazun.estimates import Estimate
from tawazun.measures.arms import PERSPECTIVE, UNIT, Arms, arms, gap_rows, mean_gap, persona_gaps
from tawazun.measures.context import Context, Simple, faceted, row, several_settings
from tawazun.measures.cube import Cube

BOTH_CHANGE = "the persona changes with the perspective"


def compute(context: Context) -> Iterator[Estimate]:
    """Per respondent, language and pair of perspectives: one row per place, and their mean."""
    for name, made in context.cubes.items():
        found = [*arms(made, PERSPECTIVE), *_from_self(made)]
        if not found:
            yield from _alone(name, made)
        several = several_settings(made)
        for one in found:
            gaps = persona_gaps(context, made, one)
            first = one.first
            base = row("perspective_gap", name, first, (first.respondent, first.mode) in several)
            pair = " against ".join(one.levels)
            base = replace(base, perspective=one.levels[1], facet=faceted(base, pair))
            words = f"{pair}, mean over items" + (f"; {BOTH_CHANGE}" if one.levels[0] == "self" else "")
            for persona, gap in zip(one.personas, gaps, strict=True):
                yield from gap_rows(context, made, replace(base, persona=persona), gap, words)
            if len(gaps) > 1:
                mean = replace(base, persona="", facet=faceted(base, f"mean over {len(gaps)} places"))
                yield from gap_rows(context, made, mean, mean_gap(gaps), f"{words} and places")


def _from_self(made: Cube) -> Iterator[Arms]:
    """Nobody played against every place, per perspective of the latter."""
    selves = {PERSPECTIVE.fixed(one): s for s, one in enumerate(made.subjects) if one.persona == "none"}
    groups: dict[tuple[str, ...], list[int]] = {}
    for s, one in enumerate(made.subjects):
        if one.place and PERSPECTIVE.fixed(one) in selves:
            groups.setdefault((*PERSPECTIVE.fixed(one), one.perspective), []).append(s)
    for members in groups.values():
        first = made.subjects[members[0]]
        own = selves[PERSPECTIVE.fixed(first)]
        personas = tuple(made.subjects[s].persona for s in members)
        yield Arms(("self", first.perspective), first, personas, tuple((own, s) for s in members))


def _alone(name: str, made: Cube) -> Iterator[Estimate]:
    why = "one perspective only: ask with perspectives = ['self', 'persona', 'observer'], personas none and places"
    for respondent in dict.fromkeys(one.respondent for one in made.subjects):
        yield Estimate("perspective_gap", respondent, name, unit=UNIT, why=why)


MEASURE = Simple(
    "perspective_gap",
    "Shift of the answers between speaking for oneself, playing a person and telling of others",
    UNIT,
    "Tawazun: self, persona and observer are different constructs; the distance as in js_similarity",
    compute,
)
