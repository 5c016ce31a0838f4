"""Slices: the symmetry plane is found where it was put, runs are the longest."""

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from gen4d.rig.slices import half_widths, leg_gap, longest_run, middle_part, symmetry_plane
from gen4d.rig.voxels import voxelise


def test_symmetry_plane_ignores_a_small_thing_on_one_side() -> None:
    body = trimesh.creation.box((1.0, 1.0, 0.5)).apply_translation((3.0, 0, 0))
    bag = trimesh.creation.box((0.2, 0.2, 0.2)).apply_translation((3.6, 0, 0))
    both = trimesh.util.concatenate([body, bag])
    plane, overlap = symmetry_plane(voxelise(both.vertices, both.faces))
    assert plane == pytest.approx(3.0, abs=0.02)
    assert 0.9 < overlap < 1.0


@given(st.lists(st.booleans(), max_size=30))
def test_longest_run_equals_brute_force(bits: list[bool]) -> None:
    start, end = longest_run(np.array(bits, dtype=bool))
    runs = [j - i for i in range(len(bits)) for j in range(i + 1, len(bits) + 1) if all(bits[i:j])]
    assert end - start == max(runs, default=0)
    assert all(bits[start:end])


def test_middle_part_leaves_out_separate_legs() -> None:
    occupied = np.zeros((20, 12, 20), dtype=bool)
    occupied[5:9, 1:8, 8:12] = occupied[11:15, 1:8, 8:12] = True  # legs
    occupied[5:15, 8:11, 8:12] = True  # body
    solid = voxelise(*_box(), 32)
    solid = type(solid)(occupied, solid.depth, solid.origin, solid.size)
    middle = middle_part(solid, 9.5)
    assert not middle[:, :8].any() and middle[:, 8:11].any((0, 2)).all()
    assert half_widths(middle, 9.5)[9] == 5.0
    assert leg_gap(occupied, 9.5) == (1, 7) or leg_gap(occupied, 9.5)[0] == 1


def _box():
    box = trimesh.creation.box((1.0, 1.0, 1.0))
    return box.vertices, box.faces
