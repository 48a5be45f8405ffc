"""Out-of-sample projection of item values onto a fixed plane, such as the Inglehart-Welzel map."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np


class PlaneConstants(Protocol):
    """What a projection of I items needs; `instruments.Projection` is one."""

    @property
    def centre(self) -> Sequence[float]:
        """(I,) means that the plane was fitted with."""
        ...

    @property
    def scale(self) -> Sequence[float]:
        """(I,) standard deviations that the plane was fitted with, all above 0."""
        ...

    @property
    def weights(self) -> Sequence[Sequence[float]]:
        """(I, 2) component weights."""
        ...

    @property
    def stretch(self) -> Sequence[float]:
        """(2,) factor of each axis."""
        ...

    @property
    def shift(self) -> Sequence[float]:
        """(2,) offset of each axis."""
        ...


def project(values: np.ndarray, constants: PlaneConstants) -> np.ndarray:
    """Points on the plane: z = (values - centre) / scale, then (z @ weights) * stretch + shift.

    The constants are fixed, so a point does not depend on which other points are projected with it, and the point of
    an average is the average of the points.

    Shapes   values: (..., I), the items in the order of the constants; NaN = missing
    Returns  (..., 2); NaN on both axes where an item is missing, for a missing item has no neutral value
    Unit     map units: those of the plane's own human points
    Errors   ValueError for another number of items, or for an infinite value
    Source   Tao, Viberg, Baker & Kizilcec (2024), PNAS Nexus 3(9), pgae346: scoring of a rotated two-component
             solution out of sample.
    """
    centre, scale, weights = (np.asarray(a, float) for a in (constants.centre, constants.scale, constants.weights))
    values = np.asarray(values, float)
    if values.ndim == 0 or values.shape[-1] != centre.size:
        raise ValueError(f"need {centre.size} item values on the last axis, got an array of shape {values.shape}")
    if np.isinf(values).any():
        raise ValueError("item values must be finite (NaN for a missing one), got an infinite one")
    turned: np.ndarray = ((values - centre) / scale) @ weights
    points = turned * np.asarray(constants.stretch) + np.asarray(constants.shift)
    points[np.isnan(values).any(axis=-1)] = np.nan
    return points
