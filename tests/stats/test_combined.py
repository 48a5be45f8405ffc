"""Tests and bounds of errors made of several parts agree with each other, and with Student where there is one part."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from tawazun.stats.combined import clusters_needed, half_width, one_sided_p
from tawazun.stats.resampling import t_interval

sds = st.floats(0.01, 2.0)


@given(st.floats(-3, 3), sds, st.integers(1, 30))
def test_one_part_is_student(estimate: float, sd: float, df: int) -> None:
    found = one_sided_p(estimate, [(sd, df)], null=0.0, alternative="greater")
    assert found == pytest.approx(student.sf(estimate / sd, df), abs=1e-9)


@given(st.floats(-3, 3), sds, sds, st.integers(1, 30), st.floats(0.51, 0.99))
def test_a_bound_excludes_the_null_exactly_when_p_is_small(
    estimate: float, sd: float, fixed: float, df: int, level: float
) -> None:
    parts = [(sd, df), (fixed, np.inf)]
    low, high = t_interval(estimate, parts, level)
    above = one_sided_p(estimate, parts, null=0.0, alternative="greater")
    below = one_sided_p(estimate, parts, null=0.0, alternative="less")
    alpha = (1 - level) / 2
    if abs(above - alpha) > 1e-9:
        assert (low > 0) == (above < alpha)
    if abs(below - alpha) > 1e-9:
        assert (high < 0) == (below < alpha)
    assert above + below == pytest.approx(1.0)


def test_without_error_there_is_certainty_or_none() -> None:
    exact = [(0.0, 4), (0.0, np.inf)]
    assert [one_sided_p(x, exact, null=0.0, alternative="greater") for x in (1.0, 0.0, -1.0)] == [0.0, 0.5, 1.0]


@given(sds, st.floats(0, 1), st.floats(0.05, 1.0))
def test_the_number_of_clusters_is_the_smallest_that_does(sd: float, fixed: float, width: float) -> None:
    found = clusters_needed(sd, fixed, width=width, level=0.95)
    if found is None:
        assert half_width([(fixed, np.inf)], 0.95) > width * 0.99
        return
    assert half_width([(sd / found**0.5, found - 1), (fixed, np.inf)], 0.95) <= width
    if found > 2:
        assert half_width([(sd / (found - 1) ** 0.5, found - 2), (fixed, np.inf)], 0.95) > width


@pytest.mark.parametrize(
    "call",
    [
        lambda: one_sided_p(1.0, [(1.0, 3)], null=0.0, alternative="two-sided"),  # type: ignore[arg-type]
        lambda: one_sided_p(1.0, [], null=0.0, alternative="greater"),
        lambda: one_sided_p(1.0, [(-1.0, 3)], null=0.0, alternative="greater"),
        lambda: clusters_needed(-1.0, 0.0, width=1.0, level=0.95),
        lambda: clusters_needed(1.0, 0.0, width=0.0, level=0.95),
        lambda: clusters_needed(1.0, 0.0, width=1.0, level=1.5),
        lambda: clusters_needed(1.0, 0.0, width=1.0, level=0.95, fewest=1),
    ],
)
def test_what_makes_no_sense_is_refused(call: object) -> None:
    with pytest.raises(ValueError):
        call()  # type: ignore[operator]
