"""What refused and unread replies could have made of a difference in closeness, had they been answers.

Who is silent about an item is not who speaks, so nothing is filled in: the first side is put at its farthest and the
second at its nearest, and the other way round (`measures.bounds`, item by item). A respondent that refuses where it
would have been wrong looks closer than it is; between these ends lies everything that its silence could hide.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tawazun.claims.matching import Target
from tawazun.claims.yardsticks import Closeness, Side, Yardstick
from tawazun.measures.bounds import lost_shares, silent
from tawazun.measures.cube import Cube
from tawazun.measures.maps import AXES, on_map
from tawazun.measures.people import People
from tawazun.stats.refusals import js_bounds, w1_bounds


@dataclass(frozen=True)
class Reach:
    """How far a side's closeness could lie, item by item, means over the populations of a target; more is closer.

    far, near   (J,) over the items of a contrast; both are the closeness itself where nothing was lost
    lost        share of replies refused or unread, over these items
    """

    far: np.ndarray
    near: np.ndarray
    lost: float


def reach_of(
    measure: Yardstick,
    made: Cube,
    side: Side,
    subjects: Sequence[int],
    closenesses: Sequence[Closeness],
    target: Target,
    kept: np.ndarray,
) -> Reach:
    """The reach of one side.

    subjects      one per population of the target; ignored for people and floors
    closenesses   of this side, one per population; kept: items that enter
    """
    whole = np.array([one.whole[kept] for one in closenesses])
    if side.kind != "respondent":
        return Reach(whole.mean(axis=0), whole.mean(axis=0), 0.0)
    rates = lost_shares(made)
    ends, lost = [], []
    for subject, c, own in zip(subjects, target.at, whole, strict=True):
        rate = rates[subject]
        if not np.nan_to_num(rate).any():
            ends.append((own, own))
            continue
        far, near, share = _bounds(measure, made, (subject, rates), target.side, c)
        if measure.scale is not None:
            far, near, share = far[kept], near[kept], share[kept]
        # what was not observed stays as it is, and the ends hold the closeness itself
        ends.append((np.fmin(far, own), np.fmax(near, own)))
        lost.append(float(np.nan_to_num(share).mean()))
    far, near = (np.mean([pair[k] for pair in ends], axis=0) for k in (0, 1))
    return Reach(far, near, float(np.sum(lost)) / len(target.at))


def _bounds(
    measure: Yardstick, made: Cube, who: tuple[int, np.ndarray], side: People, c: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(farthest, nearest, share lost) of one subject: (items,), or one column for the map."""
    mine = silent(made, *who)
    if measure.scale is None:
        return _on_map(made, (mine.low, mine.high), mine.rate, np.array([side.ready[axis][c] for axis in AXES]))
    at = np.flatnonzero(measure.scale.items(made))
    said, rate, human, codes = mine.said[at], mine.rate[at], side.p[c][at], made.tight_codes[at]
    known = ~(np.isnan(said).any(axis=-1) | np.isnan(human).any(axis=-1))
    far, near = np.full(len(at), np.nan), np.full(len(at), np.nan)
    said, lost, human, codes = said[known], rate[known], human[known], codes[known]
    answered = np.divide(said, 1 - lost[:, None], out=np.full_like(said, np.nan), where=lost[:, None] < 1)
    if measure.bits:
        cells = np.array([max(made.questions[q].cells, 1) for q in at[known]])
        least, most = (np.clip(part, 0.0, 1.0) for part in js_bounds(answered, human, lost, cells))
        if measure.name == "js_similarity":
            near[known], far[known] = 1 - np.sqrt(least), 1 - np.sqrt(most)
        else:
            near[known], far[known] = -least, -most
    else:
        length = np.maximum(codes.max(axis=-1) - codes.min(axis=-1), 1e-12)
        least, most = w1_bounds(answered, human, lost, codes)
        near[known], far[known] = 1 - least / length, 1 - most / length
    return far, near, rate


def _on_map(
    made: Cube, values: tuple[np.ndarray, np.ndarray], rate: np.ndarray, point: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ends of the distance to a point over the rectangle that holds every place the silent could have put a subject."""
    projection = made.instrument.projection
    assert projection is not None
    at = np.array([next(i for i, q in enumerate(made.questions) if q.id == item) for item in projection.items])
    place = on_map(projection)
    origin = place(np.zeros((1, len(at))))
    slopes = place(np.eye(len(at))) - origin
    low, high = (value[at, None] for value in values)
    ends = np.stack([low * slopes, high * slopes])
    left, right = (origin[0] + part.sum(axis=0) for part in (ends.min(axis=0), ends.max(axis=0)))
    near = np.linalg.norm(point - np.clip(point, left, right))
    far = np.linalg.norm(np.maximum(np.abs(point - left), np.abs(point - right)))
    return np.array([-far]), np.array([-near]), np.array([np.nanmean(rate[at])])


def moved_apart(first: Reach, second: Reach) -> tuple[np.ndarray, np.ndarray] | None:
    """(J,) differences with the first side at its farthest and the second at its nearest, and turned; None if alike."""
    if not (first.lost or second.lost):
        return None
    return first.far - second.near, first.near - second.far


def silence_words(names: Sequence[str], reaches: Sequence[Reach], ends: tuple[float, float], short: str) -> str:
    """The limit that is printed wherever replies were lost."""
    each = " and ".join(
        f"{100 * one.lost:.2g} % of the replies of {name}" for name, one in zip(names, reaches, strict=True) if one.lost
    )
    return (
        f"{each} were refused or could not be read: had they been answers, the difference could be anything from "
        f"{ends[0]:.3g} to {ends[1]:.3g} {short}."
    )
