"""Whether what is said was fixed before there were answers, and if not, why: in the words that are printed."""

from collections.abc import Iterable

from tawazun.claims.freezing import recorded_arms
from tawazun.claims.gathering import Gathered

NOT_FROZEN = "Exploratory: it was not fixed with `tawazun freeze` before there were answers."


def why_exploratory(gathered: Gathered, labels: Iterable[str], claim: str) -> str:
    """Why a claim about these respondents is exploratory; empty when it was frozen before the answers of all of them.

    claim   its digest
    """
    labels = tuple(labels)
    parts = {gathered.origin[label].name for label in labels}
    if not all(claim in gathered.drifts[name].claims for name in parts):
        return NOT_FROZEN
    return seen_before(gathered, labels)


def seen_before(gathered: Gathered, labels: Iterable[str]) -> str:
    """Why the answers of these respondents could have been seen before the study was frozen; empty when not."""
    own = list(dict.fromkeys(labels))
    for name in dict.fromkeys(gathered.origin[label].name for label in own):
        if late := gathered.drifts[name].late:
            return f"Exploratory: {name} was {late}."
    origins = ((label, gathered.origin[label]) for label in own)
    if names := [x for x, part in origins if x.removesuffix(f" @{part.name}") in recorded_arms(part.study)]:
        shown = " and ".join(names)
        return f"Exploratory: the answers of {shown} are recorded ones, which were there before anything was frozen."
    return ""
