"""What two respondents must have in common before one may be called closer than the other.

A difference in mode, replies per cell, wordings, orders, labels, placement, decoding, languages or prompt texts is a
difference in the question, not in the respondent. It is named, and nothing is ranked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from tawazun.claims.gathering import FRAMED, Gathered
from tawazun.errors import Refused
from tawazun.measures.cube import FRAMING, Cube

OWN = "own"
# framing factors that are not part of a treatment, with how a reader calls them
FACTORS = {"wording": "wordings", "order": "orders", "labels": "label scripts", "placement": "placement"}
# numbers of replies a cell within so much of each other are alike: their noise differs by a tenth
SAME_REPLIES = 1.1


@dataclass(frozen=True)
class View:
    """Under which factors respondents are looked at: `persona` is `own` when each population's place is played.

    mode, setting   empty when the respondents differ in them, which is refused before anything is computed
    """

    instrument: str
    persona: str
    perspective: str
    language: str
    mode: str
    setting: str

    @property
    def words(self) -> str:
        """`as no persona, in en` and the like, for a line of text."""
        who = {"none": "no persona", OWN: "each population by its own persona"}.get(self.persona, f"as {self.persona}")
        observer = ", as an observer" if self.perspective == "observer" else ""
        return f"{who}{observer}, in {self.language}"


def refuse_other_languages(made: Cube, labels: Sequence[str]) -> None:
    """Refuse respondents that were asked in different languages. Errors: Refused naming the two and their languages."""
    asked = {x: _words({one.language for one in made.subjects if one.respondent == x}) for x in labels}
    first = labels[0]
    for other in labels[1:]:
        if asked[other] != asked[first]:
            raise Refused(_unlike(first, other, "languages", made.instrument.name, (asked[first], asked[other])))


def refuse_unlike(gathered: Gathered, view: View, labels: Sequence[str]) -> None:
    """Refuse respondents that were not asked in the same way. Errors: Refused naming the two and what differs."""
    made = gathered.context.cubes[view.instrument]
    first = labels[0]
    base = _signature(gathered, made, first, view)
    for other in labels[1:]:
        found = _signature(gathered, made, other, view)
        for what in base:
            if base[what] != found[what]:
                raise Refused(_unlike(first, other, what, view.instrument, (base[what], found[what])))
    _refuse_other_texts(gathered, view, labels)


def unlike_replies(made: Cube, subjects: Mapping[str, Sequence[int]], *, freed: bool) -> str:
    """What to say of respondents with other numbers of replies in a cell; empty when they are alike.

    Fewer replies look farther from everybody, so such respondents are only compared where noise can be taken out: on a
    measure that has such a scale (`freed`), with framings to leave out in turn.

    made       answers restricted to the cells that all of them have
    Errors     Refused naming the two and their numbers
    """
    numbers = {label: _per_cell(made, own) for label, own in subjects.items()}
    first, *others = numbers
    for other in others:
        if _alike(numbers[first], numbers[other]):
            continue
        shown = " against ".join(_replies(numbers[label]) for label in (first, other))
        if not freed or any(len(_asked(made, s)) < 2 for own in subjects.values() for s in own):
            raise Refused(
                f"{first} and {other} differ in replies per cell ({shown}): fewer replies look farther from everybody, "
                "so they are not ranked; ask both as often, or in several wordings and by js_similarity, w1_similarity "
                "or js_divergence"
            )
        return (
            f"{first} and {other} have {shown} a cell: the difference is partly noise, and the verdict rests on what "
            "is left without it."
        )
    return ""


def _per_cell(made: Cube, subjects: Sequence[int]) -> float:
    """Replies in a cell, by their noise (harmonic mean); inf for exact probabilities, NaN where unknown."""
    own = list(subjects)
    there = ~np.isnan(made.value[own]) | ~np.isnan(made.p[own]).all(axis=-1)
    inverse = 1 / made.replies[own][there]
    return float(1 / inverse.mean()) if inverse.any() else np.inf


def _alike(one: float, other: float) -> bool:
    if np.isnan(one) or np.isnan(other) or np.isinf(one) or np.isinf(other):
        return bool(one == other or (np.isnan(one) and np.isnan(other)))
    return max(one, other) <= SAME_REPLIES * min(one, other)


def _replies(number: float) -> str:
    if np.isnan(number):
        return "an unknown number of replies"
    return "exact probabilities" if np.isinf(number) else f"{number:.3g} replies"


def wordings_of(made: Cube, subjects: Iterable[int]) -> int:
    """Distinct wordings under which subjects have an answer."""
    at = FRAMING.index("wording")
    return len({made.framings[f][at] for s in subjects for f in _asked(made, s)})


def _signature(gathered: Gathered, made: Cube, label: str, view: View) -> dict[str, str]:
    """What was asked of a respondent, as words."""
    own = [
        s
        for s, one in enumerate(made.subjects)
        if (one.respondent, one.perspective, one.language) == (label, view.perspective, view.language)
        and view.mode in ("", one.mode)
        and view.setting in ("", one.setting)
    ]
    subjects = [made.subjects[s] for s in own]
    found = {
        "mode": _words({one.mode for one in subjects}),
        "decoding": _words({one.setting for one in subjects}),
    }
    for factor, name in FACTORS.items():
        at = FRAMING.index(factor)
        found[name] = _words({made.framings[f][at] for s in own for f in _asked(made, s)})
    if {one.mode for one in subjects} != {"recorded"}:
        found["prompt version"] = str(gathered.origin[label].manifest.get("prompt_version", "unknown"))
    return found


def _asked(made: Cube, subject: int) -> np.ndarray:
    """Framings under which a subject has any answer."""
    there = ~np.isnan(made.value[subject]) | ~np.isnan(made.p[subject]).all(axis=-1)
    return np.flatnonzero(there.any(axis=-1))


def _unlike(first: str, other: str, what: str, instrument: str, levels: tuple[str, str]) -> str:
    return (
        f"{first} and {other} differ in {what} on {instrument} ({levels[0]} against {levels[1]}): they are not ranked; "
        "ask both in the same way, or narrow the comparison to what they share"
    )


def _words(levels: set[str]) -> str:
    return ", ".join(sorted(levels)) or "nothing"


def _refuse_other_texts(gathered: Gathered, view: View, labels: Sequence[str]) -> None:
    """The same framing must have been the same prompt: an ask names the rendered text."""
    own = gathered.answers.filter(
        (pl.col("instrument") == view.instrument)
        & pl.col("respondent").is_in(list(labels))
        & (pl.col("language") == view.language)
    )
    texts = own.group_by(*FRAMED).agg(pl.col("ask").n_unique().alias("asks"), pl.col("respondent").unique())
    differing = texts.filter(pl.col("asks") > 1).sort("question", "wording")
    if differing.height:
        row = differing.row(0, named=True)
        raise Refused(
            f"{' and '.join(sorted(row['respondent']))} were asked {row['question']} in other words under the same "
            f"name {row['wording']}/{row['language']}: the instrument or a seed has changed between the runs; "
            "they are not ranked"
        )
