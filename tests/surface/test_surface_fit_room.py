"""How far a surface may sink: to just before a thin part's other side, and freely where there is none near."""

import numpy as np
import pytest
import trimesh

from gen4d.surface.fit import SINK, room_inward


def slab(thickness: float) -> tuple[np.ndarray, np.ndarray]:
    """A board of 1 x 1 m, its faces divided evenly."""
    mesh = trimesh.creation.box((1.0, thickness, 1.0)).subdivide_to_size(0.06)
    mesh.merge_vertices()
    return np.asarray(mesh.vertices), np.asarray(mesh.faces)


@pytest.mark.parametrize("thickness", [0.01, 0.03])
def test_the_two_sides_of_a_board_never_meet(thickness: float) -> None:
    vertices, faces = slab(thickness)
    inward, room = room_inward(vertices, faces)
    middle = np.abs(vertices[:, [0, 2]]).max(1) < 0.4
    np.testing.assert_allclose(inward[middle], -np.sign(vertices[middle, 1:2]) * [0.0, 1.0, 0.0], atol=1e-9)
    assert room[middle].max() < thickness / 2  # both may sink as far as they may, and do not touch
    # The nearest vertex that looks back is not always the one straight across; it is never nearer than that.
    np.testing.assert_allclose(room[middle], SINK * thickness, rtol=1e-6)


def test_a_thick_body_may_sink_freely() -> None:
    vertices, faces = slab(0.9)
    _, room = room_inward(vertices, faces)
    middle = (np.abs(vertices[:, 1]) > 0.44) & (np.abs(vertices[:, [0, 2]]).max(1) < 0.3)
    assert middle.sum() > 50 and np.isinf(room[middle]).all()
