"""The fixed plane: published unit vectors, affinity, and what it refuses."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tawazun.instruments import instrument
from tawazun.stats.projection import project


@dataclass(frozen=True)
class Plane:
    """Two items, one per axis, for results that can be done in the head."""

    centre: tuple[float, ...] = (1.0, 2.0)
    scale: tuple[float, ...] = (2.0, 4.0)
    weights: tuple[tuple[float, float], ...] = ((1.0, 0.0), (0.0, 1.0))
    stretch: tuple[float, float] = (10.0, 100.0)
    shift: tuple[float, float] = (0.5, -0.5)


# answers in the map's item order -> the point that the published R analysis gives
PUBLISHED = {
    (2, 2, 2, 1, 8, 8, 8, 3, 2, 1): (1.9708776837, 2.109577549),
    (3, 2, 1, 1, 8, 8, 8, 3, 2, 0): (1.1615774204, 2.2364509534),
}
VALUES = arrays(float, (3, 2), elements=st.floats(-50, 50))


@pytest.mark.parametrize(("answers", "point"), PUBLISHED.items())
def test_published_vectors_land_where_the_original_analysis_puts_them(
    answers: tuple[float, ...], point: tuple[float, float]
) -> None:
    constants = instrument("cultural_map").projection
    assert constants is not None
    assert project(np.array(answers), constants) == pytest.approx(point, abs=1e-3)


def test_by_hand() -> None:
    # z = ((3 - 1) / 2, (0 - 2) / 4) = (1, -0.5); stretched (10, -50); shifted (10.5, -50.5)
    assert project(np.array([3.0, 0.0]), Plane()) == pytest.approx([10.5, -50.5])


def test_the_centre_lands_on_the_shift_and_leading_axes_are_kept() -> None:
    points = project(np.broadcast_to([1.0, 2.0], (4, 3, 2)), Plane())
    assert points.shape == (4, 3, 2)
    assert np.allclose(points, [0.5, -0.5])


@given(VALUES, st.lists(st.floats(0, 1), min_size=3, max_size=3).filter(lambda w: sum(w) > 0.1))
def test_the_point_of_an_average_is_the_average_of_the_points(values: np.ndarray, raw: list[float]) -> None:
    weights = np.array(raw) / sum(raw)
    assert project(weights @ values, Plane()) == pytest.approx(weights @ project(values, Plane()), abs=1e-6)


@given(VALUES)
def test_a_point_does_not_depend_on_its_company(values: np.ndarray) -> None:
    together = project(values, Plane())
    assert all(np.array_equal(project(row, Plane()), point) for row, point in zip(values, together, strict=True))


@pytest.mark.parametrize("values", [np.array(1.0), np.ones(3), np.ones((2, 1))])
def test_another_number_of_items_is_refused(values: np.ndarray) -> None:
    with pytest.raises(ValueError, match="need 2 item values"):
        project(values, Plane())


def test_a_missing_item_has_no_point_and_leaves_the_others_alone() -> None:
    points = project(np.array([[1.0, 2.0], [1.0, np.nan]]), Plane())
    assert np.isnan(points[1]).all()
    assert points[0] == pytest.approx([0.5, -0.5])
    assert np.isnan(project(np.array([np.nan, 2.0]), Plane())).all()


def test_an_infinite_value_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        project(np.array([1.0, np.inf]), Plane())
