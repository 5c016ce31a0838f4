"""Outlines turned about their axis: sizes in closed form, no hoops, and the photo's outline kept."""

import numpy as np
import pytest
import trimesh

from gen4d.conventions import VIEW_HALF_EXTENT
from gen4d.puppet.config import PuppetConfig
from gen4d.puppet.revolve import best_axis, crossed, foot_axis, revolved
from gen4d.puppet.solid import Shape, puppet_solid

COUNT = 96
PIXEL = 2 * VIEW_HALF_EXTENT / COUNT
ROW, COLUMN = np.mgrid[:COUNT, :COUNT]


def solid(alpha: np.ndarray, shape: Shape) -> trimesh.Trimesh:
    mesh, legs = puppet_solid(alpha, shape, PuppetConfig(resolution=COUNT), legs=False)
    made = trimesh.Trimesh(mesh.vertices.numpy(), mesh.faces.numpy(), process=False)
    assert made.is_watertight and made.is_winding_consistent and legs == 0
    return made


def block(top: int, bottom: int, left: int, right: int) -> np.ndarray:
    return ((top <= ROW) & (bottom > ROW) & (left <= COLUMN) & (right > COLUMN)).astype(np.float64)


def test_a_can_is_a_cylinder() -> None:
    can = solid(block(20, 80, 34, 62), "round")
    radius, height = 14 * PIXEL, 60 * PIXEL
    assert can.volume == pytest.approx(np.pi * radius**2 * height, rel=0.06)
    assert can.extents == pytest.approx([2 * radius, height, 2 * radius], rel=0.06)


def test_an_axis_stands_where_most_turns_about_it() -> None:
    mushroom = np.maximum(block(20, 40, 30, 71), block(40, 80, 48, 53))
    leaning = np.maximum(mushroom, block(76, 80, 20, 48))  # a blade of grass beside it
    assert best_axis(mushroom - 0.5) == pytest.approx(50, abs=1)
    assert best_axis(leaning - 0.5) == pytest.approx(50, abs=1)
    branched = np.maximum(block(20, 80, 46, 51), block(30, 34, 46, 77))
    assert foot_axis(branched - 0.5) == pytest.approx(48, abs=1)


def test_what_stands_apart_makes_no_hoop() -> None:
    trunk, twigs = block(20, 80, 46, 51), np.maximum(block(30, 34, 20, 28), block(30, 34, 69, 77))
    square = np.maximum(trunk, twigs) - 0.5
    z = np.arange(-40.0, 41.0)
    field = revolved(square, 48.0, z)
    assert field[50, 48, 40] > 0 and field[50, 48, 40 + 10] < 0  # the trunk is round
    assert (field[32, :, 40 + 10 :] < 0).all() and (square[32, 22:26] > 0).all()


def test_copies_stand_about_the_trunk_and_inside_the_outline() -> None:
    tree = np.maximum(block(20, 80, 46, 51), block(30, 34, 46, 77))  # a branch at one side
    made = solid(tree, "crossed")
    apart = made.vertices[np.abs(made.vertices[:, 1] - (COUNT / 2 - 32) * PIXEL) < 2 * PIXEL]
    reach = 28 * PIXEL * np.sin(np.pi / 3)
    assert apart[:, 2].max() == pytest.approx(reach, rel=0.1)
    column = (made.vertices[:, 0] / PIXEL + COUNT / 2 - 0.5).round().astype(int).clip(0, COUNT - 1)
    row = (COUNT / 2 - 0.5 - made.vertices[:, 1] / PIXEL).round().astype(int).clip(0, COUNT - 1)
    near = np.maximum.reduce([np.roll(tree, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1)])
    assert (near[row, column] > 0).all()
    assert np.ptp(solid(tree, "creature").vertices[:, 2]) < 0.5 * np.ptp(made.vertices[:, 2])


def test_copies_leave_out_the_outline_as_it_is_seen() -> None:
    square = block(30, 34, 20, 77) - 0.5
    field = crossed(square, 48.0, np.arange(-30.0, 31.0), 1.0)
    assert field[32, 25, 30] < 0 and field[32, 48, 30] > 0
