"""How a number is printed: by its uncertainty, two significant digits of the interval's half-width.

Tables keep full precision; only the page rounds. A number without an interval gets three significant digits, which is
a habit and not a claim about its precision. The sign is a true minus, so that columns align and screen readers read it.
"""

import math
from dataclasses import dataclass

MOST = 6
BARE_DIGITS = 3
LEAST_P = 0.0001


@dataclass(frozen=True, slots=True)
class Shown:
    """A number as text, with its bounds when it has any; `decimals` are the places all three were rounded to."""

    value: str
    low: str
    high: str
    decimals: int

    @property
    def interval(self) -> str:
        """`[0.12, 0.34]`, or empty."""
        return f"[{self.low}, {self.high}]" if self.low else ""

    @property
    def text(self) -> str:
        """The number with its interval, where it has one."""
        return f"{self.value} {self.interval}".strip()


def known(number: float | None) -> bool:
    """Whether there is a finite number."""
    return number is not None and math.isfinite(number)


def places(value: float, low: float | None, high: float | None) -> int:
    """Decimal places for a number with these bounds.

    Returns  0 to 6: two significant digits of the half-width; three of the number when there is no width.
    Source   the convention of the GUM (JCGM 100:2008, 7.2.6): at most two significant digits of the uncertainty.

    >>> places(0.97312, 0.96911, 0.97713)
    4
    >>> places(-98.62, -110.4, -86.8)
    0
    >>> places(0.1853, None, None)
    3
    """
    if known(low) and known(high):
        half = (float(high or 0) - float(low or 0)) / 2
        if half > 1e-7 * max(1.0, abs(value)):
            return min(MOST, max(0, 1 - math.floor(math.log10(half))))
    if value == 0:
        return BARE_DIGITS - 1
    return min(MOST, max(0, BARE_DIGITS - 1 - math.floor(math.log10(abs(value)))))


def fixed(value: float, decimals: int) -> str:
    """The number with this many decimals and a true minus; never `−0.00`."""
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", "−")


def shown(value: float, low: float | None = None, high: float | None = None, *, scale: float = 1.0) -> Shown:
    """A number with its bounds, all rounded alike; `scale` 100 prints a share as a percentage."""
    bounded = known(low) and known(high)
    down = float(low or 0) * scale if bounded else None
    up = float(high or 0) * scale if bounded else None
    decimals = places(value * scale, down, up)
    return Shown(
        fixed(value * scale, decimals),
        fixed(down, decimals) if down is not None else "",
        fixed(up, decimals) if up is not None else "",
        decimals,
    )


def percent(value: float, low: float | None = None, high: float | None = None) -> Shown:
    """A share as a percentage of at most two decimals; what is not quite all or nothing never reads as that.

    >>> percent(0.99996936, 0.99996895, 0.99996977).text
    '> 99.99 [> 99.99, > 99.99]'
    >>> percent(1.0, 1.0, 1.0).text
    '100 [100, 100]'
    """
    fine = shown(value, low, high, scale=100)
    decimals = min(2, fine.decimals)
    texts = [_near_end(share, decimals) if share is not None else "" for share in (value, low, high)]
    bounded = bool(fine.low)
    return Shown(texts[0], texts[1] if bounded else "", texts[2] if bounded else "", decimals)


def _near_end(share: float, decimals: int) -> str:
    text, step = fixed(share * 100, decimals), 10**-decimals
    if share < 1 and float(text) >= 100:
        return f"> {fixed(100 - step, decimals)}"
    if share > 0 and float(text) == 0:
        return f"< {fixed(step, decimals)}"
    return text


def p_text(p: float) -> str:
    """A p value as text with its sign: `= 0.012`, `< 0.0001`.

    >>> p_text(0.0123)
    '= 0.012'
    """
    if p < LEAST_P:
        return f"< {LEAST_P}"
    return f"= {fixed(p, min(4, max(2, 1 - math.floor(math.log10(p)))))}"


def count_text(count: float) -> str:
    """A count with a comma between thousands.

    >>> count_text(11520.0)
    '11,520'
    """
    return f"{count:,.0f}"
