"""The plan network looks several times, and neither mirror images nor turned grids change what it says."""

import numpy as np

from gen4d.rig.plan_net import (
    GRID,
    LOOK_RESOLUTION,
    LOOKS,
    WRONG,
    axis_rotations,
    fill_net_grid,
    load_plan_net,
    net_looks,
    plan_probabilities,
    turned,
)
from gen4d.rig.voxels import voxelise


def _looks(mesh) -> np.ndarray:
    return net_looks(voxelise(mesh.vertices.numpy(), mesh.faces.numpy(), LOOK_RESOLUTION))


def test_a_mirror_image_is_the_same_to_the_network(creatures) -> None:
    looks, net, upright = _looks(creatures["dog"]), load_plan_net(), axis_rotations()[:1]
    there = plan_probabilities(looks, net, upright)
    assert there.shape == (1, WRONG + 1) and np.allclose(there.sum(1), 1)
    assert np.allclose(plan_probabilities(looks[:, ::-1].copy(), net, upright), there, atol=1e-6)


def test_turning_the_grids_permutes_the_poses(creatures) -> None:
    looks, net, rotations = _looks(creatures["dog"]), load_plan_net(), axis_rotations()
    some = rotations[[0, 5, 11, 17]]
    moved = np.stack([turned(look, rotations[9]) for look in looks])
    back = plan_probabilities(moved, net, some @ rotations[9].T)
    assert np.allclose(back, plan_probabilities(looks, net, some), atol=1e-6)


def test_the_looks_agree_by_their_geometric_mean(creatures) -> None:
    looks, net = _looks(creatures["human_t"]), load_plan_net()
    each = [plan_probabilities(look[None], net, axis_rotations()[:1])[0] for look in looks]
    mean = np.exp(np.mean(np.log(each), 0))
    assert np.allclose(plan_probabilities(looks, net, axis_rotations()[:1])[0], mean / mean.sum(), atol=1e-6)


def test_a_look_may_leave_a_margin_and_be_shifted() -> None:
    block = np.ones((96, 48, 48), bool)
    for scale, shift in LOOKS:
        filled = np.argwhere(fill_net_grid(block, scale, shift))
        extent = np.ptp(filled, axis=0) + 1
        assert abs(extent[0] - scale * GRID) <= 2 and abs(extent[1] - scale * GRID / 2) <= 2
        middle = (filled.min(0) + filled.max(0)) / 2 - (GRID - 1) / 2
        assert np.abs(middle - shift).max() <= 0.5
