"""Pinned feet: a leg reaches what it can, whatever its pose; a contact that goes on through a seam has one place."""

import itertools

import pytest
import torch

from gen4d.motion.body import make_body
from gen4d.motion.kinematics import axis_angle
from gen4d.motion.pins import pin_feet, reach
from gen4d.motion.pose import Pose

CHAIN = ("leftUpperLeg", "leftLowerLeg", "leftFoot")
FRAMES = 25


def _bent(dolls, seed: int) -> Pose:
    """Legs bent forward at hip and back at the knee, at random, in front of a body that leans."""
    skeleton, skin, mesh = dolls["biped"]
    pose = Pose(make_body(skeleton, mesh, skin), FRAMES)
    amount = torch.rand(4, FRAMES, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    pose.turn("hips", axis_angle((0.0, 1.0, 0.0), amount[3] - 0.5))
    pose.turn(CHAIN[0], axis_angle((1.0, 0.0, 0.0), -1.2 * amount[0]))
    pose.turn(CHAIN[0], axis_angle((0.0, 0.0, 1.0), 0.5 * amount[2] - 0.2))
    pose.turn(CHAIN[1], axis_angle((1.0, 0.0, 0.0), 0.2 + 1.5 * amount[1]))
    return pose


@pytest.mark.parametrize("seed", range(4))
def test_a_leg_reaches_far_targets_and_keeps_the_attitude_of_its_foot(dolls, seed: int) -> None:
    pose = _bent(dolls, seed)
    hip, attitude = pose.world_position(CHAIN[0]), pose.world_turn(CHAIN[2])
    length = sum(float((pose.position[b] - pose.position[a]).norm()) for a, b in itertools.pairwise(CHAIN))
    way = torch.randn(FRAMES, 3, generator=torch.Generator().manual_seed(seed + 9), dtype=torch.float64)
    way[:, 1] = -way[:, 1].abs() - 1
    target = hip + 0.8 * length * torch.nn.functional.normalize(way, dim=1)
    reach(pose, CHAIN, target)
    assert torch.allclose(pose.world_position(CHAIN[2]), target, atol=1e-6)
    assert torch.allclose((pose.world_turn(CHAIN[2]) * attitude).sum(-1).abs(), torch.ones(FRAMES).double(), atol=1e-9)


def test_a_contact_through_the_seam_of_a_loop_has_one_place(dolls) -> None:
    skeleton, skin, mesh = dolls["biped"]
    pose = Pose(make_body(skeleton, mesh, skin), FRAMES)
    phase = torch.linspace(0, 1, FRAMES, dtype=torch.float64)
    way = torch.tensor([0.0, 0.0, 0.6], dtype=torch.float64)
    pose.shift[:] = phase[:, None] * way
    pose.shift[:, 1] -= 0.05  # the leg has room to swing
    pose.turn(CHAIN[0], axis_angle((1.0, 0.0, 0.0), 0.3 * torch.sin(2 * torch.pi * phase)))
    standing = (phase < 0.21) | (phase > 0.79)
    pin_feet(pose, {"leftFoot": standing}, way)
    ankle = pose.world_position("leftFoot")
    before, after = ankle[phase > 0.79] - way, ankle[phase < 0.21]
    places = torch.cat([before, after])[:, [0, 2]]
    assert float((places - places.mean(0)).norm(dim=1).max()) < 1e-6
    assert torch.allclose(ankle[-1] - way, ankle[0], atol=1e-9)
