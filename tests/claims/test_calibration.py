"""Where there is nothing to find, hardly anything is found; where there is, as often as `power` said.

Three nulls are attacked: items that favour one side or the other by chance, wordings that shift every item at once, and
both with few wordings and people's error. The rule must hold at 5 % in each. The slow tests do the same with many more
replications and print what they found.
"""

from dataclasses import replace

import numpy as np
import pytest

from tawazun.claims import contrast as contrasts
from tawazun.claims.contrast import Contrast
from tawazun.claims.verdicts import Evidence, Ruling, directional, equivalent, not_better
from tawazun.stats.groups import group_test
from tawazun.stats.power import equivalence_verdict_power, sign_flip_bar, verdict_power
from tawazun.stats.resampling import t_interval
from tests.claims.making import made_contrast

ALPHA, LEVEL = 0.05, 0.95
NULLS = {
    "items by chance": {"items": 10, "wordings": 5, "item_sd": 0.1, "shared_sd": 0.0, "cell_sd": 0.02},
    "wordings shift all items": {"items": 10, "wordings": 5, "item_sd": 0.01, "shared_sd": 0.1, "cell_sd": 0.02},
    "few wordings, people, both": {
        "items": 8, "wordings": 2, "item_sd": 0.05, "shared_sd": 0.05, "cell_sd": 0.05, "human_sd": 0.05,
    },
}  # fmt: skip


def evidence(found: Contrast, delta: float | None) -> Evidence:
    test = contrasts.tested(found, 1, ["calibration"], draws=499)
    return Evidence(
        found.value, found.interval(LEVEL), found.interval(1 - 2 * ALPHA), test.p_for, test.p_against, test.minimum_p,
        delta,
    )  # fmt: skip


def rates(
    rule: object, count: int, delta: float | None, seed: int, effect: float = 0.0, **model: float
) -> dict[str, float]:
    """How often each verdict is reached."""
    rng = np.random.default_rng(seed)
    verdicts = []
    for _ in range(count):
        found = made_contrast(rng, effect=effect, fixed_items=False, **model)  # type: ignore[arg-type]
        ruling: Ruling = rule(evidence(found, delta), ALPHA)  # type: ignore[operator]
        verdicts.append(ruling.verdict)
    return {verdict: verdicts.count(verdict) / count for verdict in ("supported", "refuted", "undecided")}  # type: ignore[arg-type]


def limit(share: float, count: int) -> float:
    """A share with 2.6 Monte-Carlo errors: six shares are looked at, and one of them may stray beyond two."""
    return share + 2.6 * (share * (1 - share) / count) ** 0.5


@pytest.mark.parametrize("name", NULLS)
def test_nothing_to_find_is_hardly_ever_found(name: str, count: int = 1000) -> None:
    found = rates(directional, count, None, 11, **NULLS[name])
    assert found["supported"] <= limit(0.05, count) and found["refuted"] <= limit(0.05, count)


@pytest.mark.slow
@pytest.mark.parametrize("name", NULLS)
def test_nothing_to_find_is_hardly_ever_found_often(name: str) -> None:
    found = rates(directional, 10_000, None, 12, **NULLS[name])
    print(name, found)
    assert found["supported"] <= limit(0.05, 10_000) and found["refuted"] <= limit(0.05, 10_000)


def test_the_two_parts_of_the_rule_need_each_other(count: int = 300) -> None:
    """Sign flips alone fail where wordings shift all items, intervals alone where items favour one side by chance."""

    def alone(found: Contrast) -> tuple[bool, bool]:
        interval = found.interval(LEVEL)
        p = contrasts.tested(found, 1, ["alone"], draws=499).p_for
        return p is not None and p <= ALPHA, interval is not None and interval[0] > 0

    rng = np.random.default_rng(13)
    shifted, lucky = (
        [alone(made_contrast(rng, effect=0.0, fixed_items=False, **NULLS[name])) for _ in range(count)]  # type: ignore[arg-type]
        for name in ("wordings shift all items", "items by chance")
    )
    assert np.mean([flips for flips, _ in shifted]) > 0.2
    assert np.mean([interval for _, interval in lucky]) > 0.1


def test_a_difference_at_the_bound_is_hardly_ever_called_equivalent(count: int = 500) -> None:
    model = {"items": 10, "wordings": 5, "item_sd": 0.0, "shared_sd": 0.05, "cell_sd": 0.05}
    for rule in (equivalent, not_better):
        found = rates(rule, count, 0.1, 14, effect=0.1, **model)
        assert found["supported"] <= limit(0.05, count)
    assert rates(equivalent, count, 0.1, 15, effect=-0.1, **model)["supported"] <= limit(0.05, count)


def test_groups_of_models_keep_the_level(count: int = 300) -> None:
    rng, first = np.random.default_rng(16), np.arange(9) < 4
    wrong = 0
    for _ in range(count):
        made = group_test(rng.standard_normal(9), first, blocks=[""] * 9, limit=1000, seed=0)
        bounds = [t_interval(made.value, [(made.se, made.df)], level) for level in (LEVEL, 1 - 2 * ALPHA)]
        pairs = [(float(low), float(high)) for low, high in bounds]
        shown = Evidence(made.value, pairs[0], pairs[1], made.p_greater, made.p_less, made.minimum_p, None)
        wrong += directional(shown, ALPHA).verdict == "supported"
    assert wrong / count <= limit(0.05, count)


DESIGNS = [
    # effect, items, wordings, item_sd, shared_sd, human_sd, delta
    (0.08, 12, 5, 0.05, 0.04, 0.0, 0.0),
    (0.08, 12, 3, 0.02, 0.04, 0.02, 0.05),
    (0.10, 10, 10, 0.16, 0.06, 0.0, 0.04),
    (0.05, 12, 5, 0.05, 0.03, 0.02, 0.05),
    (0.05, 60, 5, 0.12, 0.03, 0.01, 0.02),
]


def power_error(design: tuple[float, ...], count: int, seed: int) -> float:
    """What `verdict_power` says minus what simulation finds."""
    effect, items, wordings, item_sd, shared_sd, human_sd, delta = design
    items, wordings = int(items), int(wordings)
    model = {"items": items, "wordings": wordings, "item_sd": item_sd, "shared_sd": shared_sd, "cell_sd": 0.03}
    rng = np.random.default_rng(seed)
    hits = 0
    for _ in range(count):
        found = made_contrast(rng, effect=effect, human_sd=human_sd, **model)  # type: ignore[arg-type]
        hits += directional(evidence(found, delta or None), ALPHA).verdict == "supported"
    sd = (shared_sd**2 + 0.03**2 / items) ** 0.5
    spread = (item_sd**2 + 0.03**2 / wordings) ** 0.5
    bar = max(delta, sign_flip_bar(spread, items, ALPHA))
    said = verdict_power(effect, sd=sd, clusters=wordings, fixed_sd=human_sd, bar=bar, level=LEVEL)
    return said - hits / count


@pytest.mark.parametrize("design", DESIGNS)
def test_power_is_what_simulation_finds(design: tuple[float, ...]) -> None:
    assert abs(power_error(design, 500, 17)) <= 0.05 + (0.25 / 500) ** 0.5


@pytest.mark.slow
@pytest.mark.parametrize("design", DESIGNS)
def test_power_is_within_five_points(design: tuple[float, ...]) -> None:
    error = power_error(design, 10_000, 18)
    print(design, f"{error:+.3f}")
    assert abs(error) <= 0.05


def test_power_of_equivalence_is_what_simulation_finds(count: int = 400) -> None:
    model = {"items": 10, "wordings": 6, "item_sd": 0.0, "shared_sd": 0.05, "cell_sd": 0.03, "human_sd": 0.01}
    found = rates(equivalent, count, 0.08, 19, **model)["supported"]
    sd = (0.05**2 + 0.03**2 / 10) ** 0.5
    said = equivalence_verdict_power(0.0, sd=sd, clusters=6, fixed_sd=0.01, bound=0.08, alpha=ALPHA)
    assert said == pytest.approx(found, abs=0.05 + (0.25 / count) ** 0.5)


def test_a_shift_by_sampling_takes_a_verdict_away() -> None:
    found = made_contrast(
        np.random.default_rng(20), effect=0.2, items=12, wordings=6, item_sd=0.02, shared_sd=0.01, cell_sd=0.01
    )
    assert directional(evidence(found, None), ALPHA).verdict == "supported"
    shifted = replace(evidence(found, None), shift=0.3)
    assert directional(shifted, ALPHA).verdict == "undecided"
