"""Twist joints take the share of an arm's turn that docs/rigs.md gives them."""

import math

import torch
from torch.nn.functional import normalize

from gen4d.motion.kinematics import axis_angle, quaternion_multiply
from gen4d.motion.twist import drive_twists, part_of_twist
from gen4d.structures import Clip, Skeleton

NAMES = ("root", "leftUpperArm", "leftUpperArmTwist", "leftLowerArm", "leftLowerArmTwist", "leftHand")
X, Y = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)


def _arm() -> Skeleton:
    steps = torch.tensor([[0, 0, 0], [0.2, 1.4, 0], [0, 0, 0], [0.3, 0, 0], [0.12, 0, 0], [0.25, 0, 0]])
    return Skeleton(NAMES, torch.tensor([-1, 0, 1, 1, 3, 3]), steps, torch.tensor([0.0, 0, 0, 1]).repeat(6, 1), "biped")


def _clip(joint: str, turn: torch.Tensor) -> Clip:
    rotation = torch.tensor([0.0, 0, 0, 1]).repeat(2, 6, 1)
    rotation[1, NAMES.index(joint)] = turn.float()
    return Clip("c", torch.tensor([0.0, 1.0]), rotation, torch.zeros(2, 3), 0, False)


def test_the_wrists_turn_is_halved_at_the_forearm_and_the_arms_taken_back_by_half() -> None:
    angle = torch.tensor(math.radians(80), dtype=torch.float64)
    bend = axis_angle(Y, torch.tensor(0.5, dtype=torch.float64))  # a swing is no business of the twist joints
    hand = drive_twists(_clip("leftHand", quaternion_multiply(bend, axis_angle(X, angle))), _arm())
    assert torch.allclose(hand.rotation[1, 4].double(), axis_angle(X, angle / 2), atol=1e-6)
    assert torch.equal(hand.rotation[1, 2], torch.tensor([0.0, 0, 0, 1]))
    upper = drive_twists(_clip("leftUpperArm", quaternion_multiply(bend, axis_angle(X, angle))), _arm())
    assert torch.allclose(upper.rotation[1, 2].double(), axis_angle(X, -angle / 2), atol=1e-6)


def test_twist_is_the_same_for_a_quaternion_and_its_negative_and_none_for_a_swing() -> None:
    generator = torch.Generator().manual_seed(0)
    turn = normalize(torch.randn(50, 4, generator=generator, dtype=torch.float64), dim=1)
    axis = torch.tensor([0.3, -0.5, 0.8], dtype=torch.float64)
    assert torch.allclose(part_of_twist(turn, axis, 0.5), part_of_twist(-turn, axis, 0.5))
    whole = part_of_twist(turn, axis, 1.0)
    swing = quaternion_multiply(turn, whole * torch.tensor([-1.0, -1, -1, 1]))
    assert float((swing[:, :3] @ normalize(axis, dim=0)).abs().max()) < 1e-9


def test_a_skeleton_without_twist_joints_keeps_its_clip() -> None:
    still = torch.tensor([0.0, 0.0, 0.0, 1.0])
    bare = Skeleton(NAMES[:2], torch.tensor([-1, 0]), torch.zeros(2, 3), still.repeat(2, 1), "biped")
    clip = Clip("c", torch.tensor([0.0, 1.0]), still.repeat(2, 2, 1), torch.zeros(2, 3), 0, False)
    assert drive_twists(clip, bare) is clip
