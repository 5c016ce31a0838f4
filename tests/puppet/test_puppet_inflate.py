"""Inflation: closed forms of a limb and a disk, the outline to a fraction of a pixel, the limit on depth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen4d.puppet.inflate import inflate, limited, signed_distance


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
