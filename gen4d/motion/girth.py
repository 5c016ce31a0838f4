"""How thick limbs are, measured on the skin, and how far that lets a joint fold before a limb goes into itself."""

import math

import torch

from gen4d.motion.pose import Pose

# Of the shorter bone: how far from the joint the two bones' skin may touch. Where two tubes of radius r meet at an
# interior angle a, their skin touches up to r / tan(a / 2) from the joint.
TOUCHING = 0.6
MOST_OF_REST = 0.85  # of the angle at rest: a limb that rests folded may fold on
FEWEST = 6  # skin points along a bone, fewer tell nothing


def girth(pose: Pose, joint: str, child: str) -> float:
    """Metres from a bone to the skin it carries most of, half-way in the mean; 0 where there is none."""
    body, head = pose.body, pose.position[joint]
    bone = pose.position[child] - head
    length = bone.norm().clamp(min=1e-9)
    points = body.carried_by((joint, f"{joint}Twist")) - head
    along = points @ (bone / length)
    beside = (along > 0) & (along < length)
    if int(beside.sum()) < FEWEST:
        return 0.0
    return float(torch.linalg.cross(points, (bone / length).expand_as(points)).norm(dim=1)[beside].median())


def least_angle(pose: Pose, before: str, joint: str, after: str, *, touching: float = TOUCHING) -> float:
    """Radians between two bones at their joint, nearer than which their skin folds into itself; 0 without a skin.

    Args:
        touching: share of the shorter bone along which its skin may touch the other's.
    """
    first, second = (pose.position[name] - pose.position[joint] for name in (before, after))
    thick = [size for size in (girth(pose, before, joint), girth(pose, joint, after)) if size]
    if not thick:
        return 0.0
    size = min(thick)  # a bird's thigh is as thick as its body, its shank is a stick
    length = float(torch.minimum(first.norm(), second.norm()).clamp(min=1e-9))
    rest = math.acos(max(-1.0, min(1.0, float(torch.cosine_similarity(first, second, dim=0)))))
    return min(2 * math.atan(size / (touching * length)), MOST_OF_REST * rest)
