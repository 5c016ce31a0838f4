"""Conventions: the canonical cameras against design.md's words, and colour round trips."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gen4d.conventions import (
    CUBE_HALF_EXTENT,
    VIEW_AXES,
    VIEW_DISTANCE,
    VIEW_HALF_EXTENT,
    VIEW_NAMES,
    canonical_camera_to_world,
    linear_to_srgb,
    srgb_to_linear,
)

X, Y, Z = torch.eye(3)
# (image right, image up, camera stands at), as design.md section 5 puts it into words.
WORDS = {
    "front": (X, Y, Z),
    "right": (-Z, Y, X),
    "back": (-X, Y, -Z),
    "left": (Z, Y, -X),
    "top": (X, -Z, Y),
    "bottom": (X, Z, -Y),
}


@pytest.mark.parametrize("name", VIEW_NAMES)
def test_each_view_looks_as_the_design_says(name: str) -> None:
    pose = canonical_camera_to_world()[VIEW_NAMES.index(name)]
    right, up, stand = WORDS[name]
    assert torch.equal(pose[:3, 0], right)
    assert torch.equal(pose[:3, 1], up)
    assert torch.equal(pose[:3, 2], stand)  # a camera looks along its own -Z
    assert torch.equal(pose[:3, 3], stand * VIEW_DISTANCE)


def test_views_are_right_handed_and_opposite_in_pairs() -> None:
    rotation = canonical_camera_to_world()[:, :3, :3]
    assert torch.equal(torch.linalg.det(rotation), torch.ones(6))
    stands = torch.tensor([axes[2] for axes in VIEW_AXES])
    assert torch.equal(stands.sum(0), torch.zeros(3))
    assert len(torch.unique(stands, dim=0)) == len(VIEW_NAMES)


def test_the_cube_fits_the_views() -> None:
    assert CUBE_HALF_EXTENT < VIEW_HALF_EXTENT < VIEW_DISTANCE - CUBE_HALF_EXTENT + VIEW_HALF_EXTENT


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=16))
def test_colour_round_trips(values: list[float]) -> None:
    colour = torch.tensor(values)
    torch.testing.assert_close(linear_to_srgb(srgb_to_linear(colour)), colour, atol=2e-6, rtol=0)
    torch.testing.assert_close(srgb_to_linear(linear_to_srgb(colour)), colour, atol=2e-6, rtol=0)


def test_colour_meets_the_standard_and_is_monotonic() -> None:
    # IEC 61966-2-1: sRGB 0.5 is 0.21404 linear; the ends stay.
    known = srgb_to_linear(torch.tensor([0.0, 0.5, 1.0]))
    torch.testing.assert_close(known, torch.tensor([0.0, 0.2140411, 1.0]), atol=1e-6, rtol=0)
    ramp = srgb_to_linear(torch.linspace(0, 1, 1001))
    assert bool((ramp.diff() > 0).all())


def test_colour_gradients_are_finite_down_to_black() -> None:
    for convert in (srgb_to_linear, linear_to_srgb):
        colour = torch.tensor([0.0, 0.001, 0.04, 0.5, 1.0], requires_grad=True)
        convert(colour).sum().backward()
        assert colour.grad is not None
        assert bool(torch.isfinite(colour.grad).all())
        assert bool((colour.grad > 0).all())
