"""Legs that come in pieces: game rigs often hang feet on the root and draw the leg after them with constraints.

A GLB has no constraints, so such feet would stay behind when a clip moves the leg; here they go with its end.
"""

import itertools
from dataclasses import replace

import torch

from gen4d.motion.kinematics import clip_joint_to_world, rest_joint_to_world
from gen4d.structures import Clip, Skeleton

PARTS = ("UpperLeg", "LowerLeg", "Foot", "Toes")


def carry_loose_joints(clip: Clip, skeleton: Skeleton) -> Clip:
    """The clip with every loose part of a leg carried by the part before it; the same clip where all legs are whole.

    Args:
        skeleton: with our names of the legs' joints.
    """
    loose = loose_joints(skeleton)
    if not loose:
        return clip
    places = clip.joint_translation
    if places is None:
        places = skeleton.rest_translation.repeat(len(clip.times), 1, 1)
        places[:, clip.moving_joint] = clip.root_translation
    rest = rest_joint_to_world(skeleton)
    for joint, carrier in loose.items():  # from the thigh down, so that a carrier has its place
        clip = replace(clip, joint_translation=places)
        world = clip_joint_to_world(clip, skeleton)
        carried = world[:, carrier] @ torch.linalg.inv(rest[carrier]) @ rest[joint]
        parent = torch.linalg.inv(world[:, int(skeleton.parents[joint])])
        places = places.clone()
        places[:, joint] = (parent @ carried)[:, :3, 3].to(places)
    return replace(clip, joint_translation=places)


def loose_joints(skeleton: Skeleton) -> dict[int, int]:
    """Parts of legs that do not hang on the part before them -> that part, from the thigh down."""
    index = {name: joint for joint, name in enumerate(skeleton.names)}
    stems = [name.removesuffix(PARTS[0]) for name in skeleton.names if name.endswith(PARTS[0])]
    pairs = [(index.get(stem + a), index.get(stem + b)) for stem in stems for a, b in itertools.pairwise(PARTS)]
    return {b: a for a, b in pairs if a is not None and b is not None and not hangs_on(skeleton, b, a)}


def hangs_on(skeleton: Skeleton, joint: int, carrier: int) -> bool:
    """Whether a joint is somewhere below another."""
    while joint >= 0 and joint != carrier:
        joint = int(skeleton.parents[joint])
    return joint == carrier
