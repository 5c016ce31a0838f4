"""Inflation: closed forms of a limb and a disk, the outline to a fraction of a pixel, the limit on depth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen4d.puppet.inflate import flattened, inflate, limited, local_half_width, signed_distance


def soft_disk(size: int, radius: float) -> np.ndarray:
    """An antialiased disk in the middle."""
    place = np.arange(size) + 0.5 - size / 2
    return np.clip(radius - np.hypot(place[:, None], place[None, :]) + 0.5, 0, 1)


@pytest.mark.parametrize("half_width", [6, 12])
def test_a_long_limb_is_round(half_width: int) -> None:
    alpha = np.zeros((4 * half_width, 400))
    alpha[half_width : 3 * half_width] = 1
    middle = inflate(alpha, 0.5)[:, 200]  # half a unit a pixel
    want = (half_width**2 - (np.arange(4 * half_width) + 0.5 - 2 * half_width) ** 2) * 0.25
    inside = alpha[:, 200] > 0
    np.testing.assert_allclose(middle[inside], want[inside], atol=0.1 * want.max())
    assert (middle[~inside] < 0).all()


def test_a_disk_is_an_ellipsoid() -> None:
    half = np.sqrt(inflate(soft_disk(96, 30.0), 1.0).max())
    assert half == pytest.approx(30 / np.sqrt(2), rel=0.03)  # -Laplace(u) = 2 on a disk: u = (R^2 - r^2) / 2


@given(radius=st.floats(6, 30))
@settings(max_examples=15, deadline=None)
def test_the_outline_is_met_to_a_fraction_of_a_pixel(radius: float) -> None:
    distance = signed_distance(soft_disk(80, radius))
    place = np.arange(80) + 0.5 - 40
    true = radius - np.hypot(place[:, None], place[None, :])
    near = np.abs(true) < 0.8
    assert np.abs(distance - true)[near].max() < 0.25


def test_nothing_inside_is_negative_everywhere() -> None:
    assert (inflate(np.zeros((20, 20)), 1.0) < 0).all()


def test_limited_keeps_the_slope_and_stays_below() -> None:
    u = np.array([-3.0, -1e-6, 0.0, 1e-6, 1.0, 100.0])
    bent = limited(u, 0.5)
    np.testing.assert_allclose(bent[:3], u[:3])
    assert bent[3] == pytest.approx(1e-6, rel=1e-4) and bent[-1] <= 0.25 and (np.diff(bent) >= 0).all()


@pytest.mark.parametrize("half_width", [6, 14])
def test_a_rod_made_by_hand_is_as_deep_as_wide_and_flat(half_width: int) -> None:
    alpha = np.zeros((4 * half_width, 200))
    alpha[half_width : 3 * half_width] = 1
    width = local_half_width(alpha, 0.5)
    assert width[2 * half_width, 100] == pytest.approx(0.5 * half_width, rel=0.15)
    u = inflate(alpha, 0.5)
    square = flattened(u, width, 100.0)
    face = np.sqrt(square[2 * half_width, 100])
    assert face == pytest.approx(0.5 * half_width, rel=0.15)
    quarter = np.sqrt(square[round(1.4 * half_width), 100])  # where a round rod has 0.8 of its depth
    assert quarter > 0.85 * face and quarter > np.sqrt(u[round(1.4 * half_width), 100])
    assert ((square > 0) == (u > 0)).all()


def test_parts_of_a_thing_are_as_deep_as_they_are_wide() -> None:
    alpha = np.zeros((120, 120))
    alpha[20:60, 10:110] = alpha[60:110, 20:28] = alpha[60:110, 92:100] = 1  # a table's front
    width = local_half_width(alpha, 1.0)
    assert width[40, 60] == pytest.approx(20, rel=0.15) and width[90, 24] == pytest.approx(4, rel=0.2)
    assert np.sqrt(flattened(inflate(alpha, 1.0), width, 12.0).max()) <= 12
