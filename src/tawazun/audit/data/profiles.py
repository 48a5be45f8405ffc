"""The metrics of an audited set with their intervals, and how they differ from those of another audited set."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import stats

from tawazun.runs.audit_folder import AuditFolder

NORMAL = 1.959963984540054
SHARES = (5, 25, 50, 75, 95)
PLACES = "countries"


@dataclass(frozen=True, slots=True)
class Profile:
    """One metric of one language of a set.

    about        `Metric` fields: `unit`, `formula`, `source`, `length`, `level`
    low, high    95 % interval of the mean: over rows, taken for independent; of a shard metric over whole shards
                 (Student's t), none for fewer than two
    sd           between rows, or between whole shards
    n            rows with a value, or whole shards
    percentiles  5, 25, 50, 75, 95 over rows; empty for a shard metric
    """

    language: str
    family: str
    name: str
    about: Mapping[str, str]
    mean: float
    low: float | None
    high: float | None
    sd: float
    n: int
    percentiles: tuple[float, ...] = ()

    @property
    def key(self) -> tuple[str, str, str]:
        """What the same metric of another set is found by."""
        return self.language, self.family, self.name

    @property
    def by_row(self) -> bool:
        """Whether it is a metric of rows."""
        return self.about["level"] == "row"


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric of a set against the same of another.

    value        mean here - mean there, in the metric's unit; low, high: its 95 % interval (Welch), None without one
    effect       value over the pooled standard deviation of rows (of shards for a shard metric); NaN without spread
    effect_low, effect_high   its 95 % interval
    """

    here: Profile
    there: Profile
    value: float
    low: float | None
    high: float | None
    effect: float
    effect_low: float | None
    effect_high: float | None

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def profiles(folder: AuditFolder) -> list[Profile]:
    """Every metric that has a value, by language (most rows first), family and metric as their makers order them."""
    return [
        made
        for language in folder.counts("language")
        for family, metrics in folder.manifest["metrics"].items()
        for about in metrics
        if (made := _profile(folder, language, family, about)) is not None
    ]


def _profile(folder: AuditFolder, language: str, family: str, about: Mapping[str, str]) -> Profile | None:
    check, name = f"{language}:{family}", about["name"]
    mean = folder.values.get((check, name))
    if mean is None:
        return None
    if about["level"] != "row":
        return _over_shards(folder, language, family, about, mean)
    sd, n = folder.values.get((check, f"{name}:sd"), math.nan), int(folder.values.get((check, f"{name}:n"), 0))
    half = NORMAL * sd / math.sqrt(n) if n > 1 else None
    shares = tuple(
        folder.values[check, f"{name}:p{one}"] for one in SHARES if (check, f"{name}:p{one}") in folder.values
    )
    low, high = (mean - half, mean + half) if half is not None else (None, None)
    return Profile(language, family, name, about, mean, low, high, sd, n, shares if len(shares) == len(SHARES) else ())


def _over_shards(folder: AuditFolder, language: str, family: str, about: Mapping[str, str], mean: float) -> Profile:
    column = f"{family}.{about['name']}"
    whole = folder.shards.filter((pl.col("language") == language) & pl.col("whole"))
    values = whole[column].drop_nulls().to_numpy() if column in whole.columns else np.zeros(0)
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return Profile(language, family, about["name"], about, mean, None, None, math.nan, len(values))
    sd = float(values.std(ddof=1))
    half = float(stats.t.ppf(0.975, len(values) - 1)) * sd / math.sqrt(len(values))
    return Profile(language, family, about["name"], about, mean, mean - half, mean + half, sd, len(values))


def differences(here: AuditFolder, there: AuditFolder) -> list[Difference]:
    """Every metric that both sets have in one language, the largest effects first, those without one last."""
    known = {one.key: one for one in profiles(there)}
    made = [_difference(one, known[one.key]) for one in profiles(here) if one.key in known]
    return sorted(made, key=lambda one: (math.isnan(one.effect), -abs(one.effect) if one.effect == one.effect else 0.0))


def _difference(here: Profile, there: Profile) -> Difference:
    value = here.mean - there.mean
    n, m = here.n, there.n
    if min(n, m) < 2 or math.isnan(here.sd) or math.isnan(there.sd):
        return Difference(here, there, value, None, None, math.nan, None, None)
    parts = here.sd**2 / n, there.sd**2 / m
    error = math.sqrt(sum(parts))
    free = sum(parts) ** 2 / (parts[0] ** 2 / (n - 1) + parts[1] ** 2 / (m - 1)) if error else 1.0
    half = float(stats.t.ppf(0.975, free)) * error
    pooled = math.sqrt(((n - 1) * here.sd**2 + (m - 1) * there.sd**2) / (n + m - 2))
    if not pooled:
        return Difference(here, there, value, value - half, value + half, math.nan, None, None)
    # Hedges & Olkin (1985), equation 5.15: large-sample variance of a standardised difference
    effect = value / pooled
    spread = NORMAL * math.sqrt((n + m) / (n * m) + effect**2 / (2 * (n + m)))
    return Difference(here, there, value, value - half, value + half, effect, effect - spread, effect + spread)


def cut_differently(here: AuditFolder, there: AuditFolder) -> Iterator[str]:
    """Sentences on languages whose words the two audits cut in different ways, which no metric of words survives."""
    ours, theirs = here.manifest["tools"], there.manifest["tools"]
    for key in sorted(set(ours) & set(theirs)):
        if key.startswith("words:") and ours[key] != theirs[key]:
            language = key.partition(":")[2]
            yield (
                f"words of {language} were cut by {ours[key]} here and by {theirs[key]} in {there.name}: their metrics "
                "of words differ for that alone"
            )
