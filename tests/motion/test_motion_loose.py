"""Feet that hang on the root go with the legs they belong to."""

import torch

from gen4d.motion.kinematics import axis_angle, clip_joint_to_world
from gen4d.motion.loose import carry_loose_joints, loose_joints
from gen4d.structures import Clip, Skeleton

NAMES = ("root", "hips", "leftUpperLeg", "leftLowerLeg", "leftFoot", "leftToes")
WHOLE, LOOSE = [-1, 0, 1, 2, 3, 4], [-1, 0, 1, 2, 0, 4]
AT = torch.tensor([[0.0, 0, 0], [0, 1, 0], [0.1, 0.9, 0], [0.1, 0.5, 0.05], [0.1, 0.1, 0], [0.1, 0, 0.15]])


def _leg(parents: list[int]) -> Skeleton:
    steps = AT - AT[[max(parent, 0) for parent in parents]]
    return Skeleton(NAMES, torch.tensor(parents), steps, torch.tensor([0.0, 0, 0, 1]).repeat(6, 1), "biped")


def _bent(skeleton: Skeleton, turn_foot: bool) -> Clip:
    rotation = torch.tensor([0.0, 0, 0, 1]).repeat(2, 6, 1)
    rotation[1, 2] = axis_angle((1.0, 0.0, 0.0), torch.tensor(-0.7))
    rotation[1, 3] = axis_angle((1.0, 0.0, 0.0), torch.tensor(1.1))
    if turn_foot:  # a loose foot is turned in the world by itself, as the shank turns a whole one
        rotation[1, 4] = axis_angle((1.0, 0.0, 0.0), torch.tensor(0.4))
    place = skeleton.rest_translation[1] + torch.tensor([[0.0, 0.0, 0.0], [0.0, -0.1, 0.2]])
    return Clip("step", torch.tensor([0.0, 1.0]), rotation, place, 1, False)


def test_a_loose_foot_goes_where_a_whole_leg_would_carry_it() -> None:
    whole, loose = _leg(WHOLE), _leg(LOOSE)
    assert loose_joints(loose) == {4: 3} and not loose_joints(whole)
    expected = clip_joint_to_world(_bent(whole, turn_foot=False), whole)
    carried = carry_loose_joints(_bent(loose, turn_foot=True), loose)
    assert torch.allclose(clip_joint_to_world(carried, loose), expected, atol=1e-6)


def test_a_whole_leg_keeps_its_clip() -> None:
    clip = _bent(_leg(WHOLE), turn_foot=False)
    assert carry_loose_joints(clip, _leg(WHOLE)) is clip
