"""Numbers are printed as far as their uncertainty carries, and no farther."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.report.rounding import count_text, fixed, p_text, places, shown

FINITE = st.floats(-1e6, 1e6, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "low", "high", "text"),
    [
        (0.97312, 0.96911, 0.97713, "0.9731 [0.9691, 0.9771]"),
        (0.5, 0.4, 0.6, "0.50 [0.40, 0.60]"),
        (-98.62, -110.4, -86.8, "−99 [−110, −87]"),
        (1234.5, 900.0, 1600.0, "1234 [900, 1600]"),
        (-0.0004, -0.3, 0.3, "0.00 [−0.30, 0.30]"),
        (0.8, 0.8, 0.8, "0.800 [0.800, 0.800]"),
        (2.7123, None, None, "2.71"),
        (0.0, None, None, "0.00"),
        (0.3, math.nan, 0.4, "0.300"),
    ],
)
def test_two_digits_of_the_half_width(value: float, low: float | None, high: float | None, text: str) -> None:
    assert shown(value, low, high).text == text


def test_shares_as_percentages() -> None:
    assert shown(0.1234, 0.10, 0.15, scale=100).text == "12.3 [10.0, 15.0]"


@given(FINITE, st.floats(1e-3, 1e5))
def test_rounding_moves_no_bound_by_more_than_a_twentieth_of_the_half_width(value: float, half: float) -> None:
    printed = shown(value, value - half, value + half)
    assert 0 <= printed.decimals <= 6
    back = [float(text.replace("−", "-")) for text in (printed.value, printed.low, printed.high)]
    error = 0.5 if printed.decimals == 0 else half * 0.0501
    assert all(abs(x - y) <= error + 1e-9 for x, y in zip(back, (value, value - half, value + half), strict=True))


@given(FINITE, st.integers(0, 6))
def test_zero_has_no_sign(value: float, decimals: int) -> None:
    text = fixed(value, decimals)
    assert "-" not in text
    assert not (text.startswith("−") and float(text[1:]) == 0)


@pytest.mark.parametrize(("p", "text"), [(0.0123, "= 0.012"), (0.5, "= 0.50"), (0.00002, "< 0.0001"), (1.0, "= 1.00")])
def test_p_values(p: float, text: str) -> None:
    assert p_text(p) == text


def test_places_and_counts() -> None:
    assert places(0.1853, None, None) == 3
    assert count_text(11520) == "11,520"
