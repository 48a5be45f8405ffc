"""What a reward model is worth on held-out pairs: accuracy, calibration, length, countries, beside what needs no model.

Two floors stand beside its accuracy: length alone (the side that won more often in training) and the answer that won
more often in training wherever it stood. Pairs of one prompt are not independent: intervals are over prompts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tawazun.adapt.preferences.sets import Preference
from tawazun.adapt.reward.rows import RewardSet
from tawazun.estimates import Estimate, scores_table
from tawazun.seeds import stream
from tawazun.stats.classification import share_interval
from tawazun.stats.rank_correlation import spearman
from tawazun.stats.raters import spearman_interval

if TYPE_CHECKING:
    from tawazun.adapt.reward.keys import RewardRecipe
    from tawazun.adapt.reward.scoring import RewardModel

LEVEL = 0.95
DRAWS = 500
TIED = 1e-12


@dataclass(frozen=True)
class Held:
    """Held-out pairs as a reward model sees them.

    rewards  (N, 2) of the chosen and the rejected answer
    sure     (N,) probability it gives the chosen one
    lengths  (N, 2) characters
    """

    pairs: Sequence[Preference]
    rewards: np.ndarray
    sure: np.ndarray
    lengths: np.ndarray

    @property
    def right(self) -> np.ndarray:
        """(N,) 1 where the chosen answer has the higher reward, a half where both have the same."""
        return wins(self.rewards[:, 0] - self.rewards[:, 1])

    @property
    def prompts(self) -> np.ndarray:
        """(N,) a number for each prompt."""
        return np.unique([one.asked for one in self.pairs], return_inverse=True)[1]


def wins(lead: np.ndarray) -> np.ndarray:
    """1 for a lead, 0 for less, a half for none."""
    return np.where(np.abs(lead) <= TIED, 0.5, (lead > 0).astype(float))


def judge(
    model: "RewardModel", recipe: "RewardRecipe", train: RewardSet, held_out: RewardSet, file: str
) -> dict[str, pl.DataFrame]:
    """Tables of the folder: `findings` (as a scores table), `reliability`, `held_out` (pair by pair).

    file   what the held-out rows are called
    """
    from tawazun.adapt.reward.scoring import better

    pairs = held_out.pairs
    raws = [model.raw([(one.prompt, text(one)) for one in pairs]) for text in (_chosen, _rejected)]
    rewards = np.column_stack([model.rewards(raw) for raw in raws])
    lengths = np.array([[len(one.chosen), len(one.rejected)] for one in pairs], dtype=float)
    held = Held(pairs, rewards, better(raws[0], raws[1], model.facts), lengths)
    bins = reliability(held.sure, recipe.reward.bins)
    rows = list(findings(held, train, recipe.name, file, recipe.reward.bins, recipe.reward.alike))
    return {"findings": scores_table(rows), "reliability": bins, "held_out": pair_table(held)}


def _chosen(pair: Preference) -> str:
    return pair.chosen


def _rejected(pair: Preference) -> str:
    return pair.rejected


def findings(held: Held, train: RewardSet, who: str, file: str, bins: int, alike: float) -> Iterator[Estimate]:
    """Rows of the scores table, measures `reward_…`. bins, alike: of `[reward]`."""
    row = Estimate("reward_accuracy", who, f"pairs:{file}", unit="share of pairs")
    words = "held-out pairs whose chosen answer has the higher reward; a tie counts half"
    yield accuracy(row, held.right, held.prompts, words)
    yield from _countries(row, held, words)
    yield from _floors(row, held, train)
    yield from _calibration(row, held, bins)
    yield from _length(row, held, alike)


def accuracy(row: Estimate, right: np.ndarray, prompts: np.ndarray, words: str) -> Estimate:
    """A share of pairs with its interval over prompts."""
    n = len(right)
    row = replace(row, n=float(n), method=f"{words}; interval over prompts")
    if not n:
        return replace(row, why="no such pair")
    value, groups = float(right.mean()), np.unique(prompts)
    row = replace(row, value=value)
    count = len(groups)
    if count < 2:
        return row.because("no interval: one prompt does not vary")
    sums = np.array([(right[prompts == g] - value).sum() for g in groups])
    error = float(np.sqrt(count / (count - 1) * np.square(sums).sum()) / n)
    low, high = share_interval(value, error, count - 1, count, LEVEL)
    return replace(row, low=low, high=high, level=LEVEL)


def _countries(row: Estimate, held: Held, words: str) -> Iterator[Estimate]:
    own = np.array([one.country for one in held.pairs], dtype=object)
    for code in sorted({*own.tolist()} - {""}):
        there = own == code
        yield accuracy(replace(row, group=f"country:{code}"), held.right[there], held.prompts[there], words)


def _floors(row: Estimate, held: Held, train: RewardSet) -> Iterator[Estimate]:
    before = np.array([[len(one.chosen), len(one.rejected)] for one in train.pairs], dtype=float).reshape(-1, 2)
    longer = 1.0 if wins(before[:, 0] - before[:, 1]).mean() >= 0.5 else -1.0
    by_length = wins(longer * (held.lengths[:, 0] - held.lengths[:, 1]))
    side = "longer" if longer > 0 else "shorter"
    words = f"the {side} answer is taken, as won more often in training"
    yield accuracy(replace(row, respondent="floor:length"), by_length, held.prompts, words)
    won: dict[str, list[float]] = {}
    for one in train.pairs:
        won.setdefault(one.chosen, []).append(1.0)
        won.setdefault(one.rejected, []).append(0.0)
    share = {text: float(np.mean(own)) for text, own in won.items()}
    lead = np.array([share.get(one.chosen, 0.5) - share.get(one.rejected, 0.5) for one in held.pairs])
    words = "the answer that won more often in training is taken, a coin where neither was seen"
    yield accuracy(replace(row, respondent="floor:majority"), wins(lead), held.prompts, words)


# ---- calibration


def calibration_error(sure: np.ndarray, right: np.ndarray, bins: int) -> float:
    """Expected calibration error: mean over pairs of the distance of their bin's confidence from its share of hits.

    Shapes   sure: (N,) probability of the answer that is held to be better, in [1/2, 1]; right: (N,) 0 to 1
    Returns  [0, 1]; NaN for no pairs
    Unit     probability
    Source   Naeini et al. (2015), AAAI; Guo et al. (2017), ICML, eq. 3, with equal bins from 1/2 to 1

    >>> float(calibration_error(np.array([0.9, 0.9, 0.6, 0.6]), np.array([1.0, 1.0, 1.0, 0.0]), 5))
    0.1
    """
    if not len(sure):
        return float("nan")
    at = _bin(sure, bins)
    gaps = [abs(float((sure[at == b] - right[at == b]).sum())) for b in range(bins)]
    return round(sum(gaps) / len(sure), 12)


def _bin(sure: np.ndarray, bins: int) -> np.ndarray:
    return np.minimum(((sure - 0.5) * 2 * bins).astype(int), bins - 1)


def _calibration(row: Estimate, held: Held, bins: int) -> Iterator[Estimate]:
    sure, right = confidence(held.sure)
    row = replace(row, measure="reward_calibration_error", unit="probability", n=float(len(sure)))
    value = calibration_error(sure, right, bins)
    draw = stream("calibration", row.instrument, len(sure))
    drawn = draw.integers(len(sure), size=(DRAWS, len(sure)))
    low, high = np.quantile([calibration_error(sure[own], right[own], bins) for own in drawn], [0.025, 0.975])
    words = f"{bins} equal bins of confidence; percentile bootstrap of pairs, whose mean is above the value itself"
    yield replace(row, value=value, low=min(float(low), value), high=max(float(high), value), level=LEVEL, method=words)
    # few pairs make even a calibrated model look off: what it would show
    chance = [calibration_error(sure, (draw.random(len(sure)) < sure).astype(float), bins) for _ in range(DRAWS)]
    words = f"mean of {DRAWS} draws in which every confidence is exactly right"
    yield replace(row, respondent="floor:calibrated", value=float(np.mean(chance)), method=words)


def confidence(sure: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From the probability of the chosen answer to that of the preferred one, and whether that is the chosen one."""
    return np.maximum(sure, 1 - sure), np.where(np.abs(sure - 0.5) <= TIED, 0.5, (sure > 0.5).astype(float))


def reliability(sure: np.ndarray, bins: int) -> pl.DataFrame:
    """The reliability table: bins of confidence, mean confidence, share of hits with its interval, number of pairs."""
    own, right = confidence(sure)
    at = _bin(own, bins)
    rows = []
    for number in range(bins):
        there = at == number
        n = int(there.sum())
        hits = float(right[there].mean()) if n else None
        error = float(np.sqrt(hits * (1 - hits) / (n - 1))) if hits is not None and n > 1 else float("nan")
        low, high = share_interval(hits, error, max(1, n - 1), n, LEVEL) if hits is not None else (None, None)
        rows.append(
            {
                "from": 0.5 + number / bins / 2,
                "to": 0.5 + (number + 1) / bins / 2,
                "confidence": float(own[there].mean()) if n else None,
                "right": hits,
                "low": None if low is None or np.isnan(low) else low,
                "high": None if high is None or np.isnan(high) else high,
                "n": n,
            }
        )
    return pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.Float64) | {"n": pl.Int64})


# ---- length


def _length(row: Estimate, held: Held, alike: float) -> Iterator[Estimate]:
    lead, by = held.rewards[:, 0] - held.rewards[:, 1], held.lengths[:, 0] - held.lengths[:, 1]
    own = replace(row, measure="reward_length_correlation", unit="Spearman's correlation", n=float(len(lead)))
    own = replace(own, method="difference of rewards of a pair against difference of lengths, pairs independent")
    r = float(spearman(lead, by)) if len(lead) > 1 else float("nan")
    if np.isfinite(r):
        low, high = spearman_interval(r, len(lead), LEVEL)
        own = replace(own, value=r)
        yield replace(own, low=low, high=high, level=LEVEL) if np.isfinite(low) else own.because("no interval")
    else:
        yield replace(own, why="fewer than two pairs, or all answers have one length or one reward")
    yield from _longer(row, held)
    same = held.lengths.max(axis=1) <= (1 + alike) * held.lengths.min(axis=1)
    words = f"pairs of which the longer answer has at most {alike:.0%} more characters"
    yield accuracy(replace(row, facet="alike in length"), held.right[same], held.prompts[same], words)


def _longer(row: Estimate, held: Held) -> Iterator[Estimate]:
    """How often the longer answer has the higher reward, beside how often it was the chosen one."""
    differ = held.lengths[:, 0] != held.lengths[:, 1]
    by, lead = (
        np.sign(held.lengths[:, 0] - held.lengths[:, 1])[differ],
        held.rewards[differ, 0] - held.rewards[differ, 1],
    )
    row = replace(row, measure="reward_longer")
    words = "pairs of different lengths whose longer answer has the higher reward; a tie counts half"
    yield accuracy(row, wins(by * lead), held.prompts[differ], words)
    words = "pairs of different lengths whose longer answer is the chosen one"
    yield accuracy(replace(row, respondent="floor:verdicts"), wins(by), held.prompts[differ], words)


def pair_table(held: Held) -> pl.DataFrame:
    """One row a pair."""
    return pl.DataFrame(
        {
            "id": [one.id for one in held.pairs],
            "country": [one.country for one in held.pairs],
            "chosen": held.rewards[:, 0],
            "rejected": held.rewards[:, 1],
            "sure": held.sure,
            "chosen_length": held.lengths[:, 0],
            "rejected_length": held.lengths[:, 1],
        }
    )
