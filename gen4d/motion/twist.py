"""Twist joints share the turn of an arm along its length, so that skin at wrist and shoulder does not pinch."""

from dataclasses import replace

import torch
from torch.nn.functional import normalize

from gen4d.motion.kinematics import make_continuous, quaternion_conjugate, quaternion_multiply
from gen4d.structures import Clip, Skeleton

SHARE = 0.5  # of the turn, at a joint that carries the skin half way along it
SIDES = ("left", "right")


def drive_twists(clip: Clip, skeleton: Skeleton) -> Clip:
    """The clip with `*LowerArmTwist` and `*UpperArmTwist` turned, as docs/rigs.md says; without them, the same clip.

    A forearm's twist joint takes half of the hand's turn about the forearm; an upper arm's, which lies at the shoulder,
    takes back half of the arm's own turn about its length.
    """
    index = {name: i for i, name in enumerate(skeleton.names)}
    rest = skeleton.rest_rotation.double()
    rotation = clip.rotation.double().clone()
    driven = False
    for side in SIDES:
        upper, upper_twist, lower, lower_twist, hand = (
            index.get(side + part) for part in ("UpperArm", "UpperArmTwist", "LowerArm", "LowerArmTwist", "Hand")
        )
        if lower_twist is not None and hand is not None:
            turn = quaternion_multiply(rotation[:, hand], quaternion_conjugate(rest[hand]))
            along = skeleton.rest_translation[hand].double()
            rotation[:, lower_twist] = quaternion_multiply(part_of_twist(turn, along, SHARE), rest[lower_twist])
            driven = True
        if upper_twist is not None and upper is not None and lower is not None:
            turn = quaternion_multiply(quaternion_conjugate(rest[upper]), rotation[:, upper])
            along = skeleton.rest_translation[lower].double()
            rotation[:, upper_twist] = quaternion_multiply(part_of_twist(turn, along, -SHARE), rest[upper_twist])
            driven = True
    return replace(clip, rotation=make_continuous(rotation).float()) if driven else clip


def part_of_twist(turn: torch.Tensor, axis: torch.Tensor, share: float) -> torch.Tensor:
    """A share of what rotations turn about an axis.

    The twist of the swing-twist decomposition; a half turn away from the axis has none.

    Args:
        turn: (T, 4) unit quaternions.
        axis: (3,) in the frame the rotations act in; of no length: no twist.

    Returns:
        (T, 4) unit quaternions.
    """
    axis = normalize(axis, dim=0)
    along = turn[:, :3] @ axis
    half_angle = torch.atan2(along * turn[:, 3].sign().add(0.5).sign(), turn[:, 3].abs())  # in [-90, 90] degrees
    angle = share * half_angle
    return torch.cat([torch.sin(angle)[:, None] * axis, torch.cos(angle)[:, None]], dim=1)
