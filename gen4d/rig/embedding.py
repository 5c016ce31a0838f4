"""A template fitted into a solid: where each named bone begins and ends."""

from dataclasses import dataclass

import numpy as np
import torch

from gen4d.rig.names import ROOT, mirror_name
from gen4d.rig.voxels import VoxelSolid
from gen4d.structures import Skeleton


@dataclass(frozen=True)
class Bone:
    """A joint and the stretch of limb that follows it.

    Fields:
        parent: name of the parent bone, or "root".
        head: (3,) metres, world position of the joint.
        tail: (3,) metres, where the limb it moves ends; the next joint in a chain.
    """

    parent: str
    head: np.ndarray
    tail: np.ndarray


Embedding = dict[str, Bone]  # by name, parents before children; the root joint is implied


def to_skeleton(bones: Embedding, plan: str) -> Skeleton:
    """Joints at the bones' heads under one root joint at the origin; rest rotations are identity."""
    names = (ROOT, *bones)
    index = {name: i for i, name in enumerate(names)}
    parents = torch.tensor([-1] + [index[bone.parent] for bone in bones.values()])
    world = torch.tensor(np.stack([np.zeros(3)] + [bone.head for bone in bones.values()]))
    translation = world - world[parents.clamp(min=0)]
    rotation = torch.tensor([0.0, 0.0, 0.0, 1.0]).repeat(len(names), 1)
    return Skeleton(names, parents, translation.float(), rotation, plan)


def chain(names: tuple[str, ...], parent: str, points: list[np.ndarray]) -> Embedding:
    """Bones one after the other through world positions; one point more than names."""
    parents = (parent, *names[:-1])
    return {n: Bone(p, points[i], points[i + 1]) for i, (n, p) in enumerate(zip(names, parents, strict=True))}


def keep_apart(bones: Embedding, least: float) -> Embedding:
    """Joints that lie in their parent joint, as in scraps of a mesh, moved down from it by `least` metres.

    A bone without length points nowhere, and clips that aim limbs would divide by it.
    """
    result: Embedding = {}
    down = np.array([0.0, -least, 0.0])
    for name, bone in bones.items():
        head, tail = bone.head, bone.tail
        if bone.parent in result and np.linalg.norm(head - result[bone.parent].head) < least / 2:
            head = result[bone.parent].head + down
        if np.linalg.norm(tail - head) < least / 2:
            tail = head + down
        result[name] = Bone(bone.parent, head, tail)
    return result


def mirror_points(points: np.ndarray, plane_x: float) -> np.ndarray:
    """Reflect world positions (..., 3) in the plane x = plane_x."""
    return np.asarray(points) * [-1.0, 1.0, 1.0] + [2.0 * plane_x, 0.0, 0.0]


def mirror_embedding(bones: Embedding, plane_x: float) -> Embedding:
    """The bones of the other side."""
    result: Embedding = {}
    for name, bone in bones.items():
        head, tail = mirror_points(np.stack([bone.head, bone.tail]), plane_x)
        result[mirror_name(name)] = Bone(mirror_name(bone.parent), head, tail)
    return result


def symmetrise(bones: Embedding, plane_x: float, tolerance: float) -> Embedding:
    """Make left and right mirror images where they already nearly are, and put middle bones on the plane.

    Args:
        tolerance: metres; a bone farther than this from its partner's mirror image belongs to a pose that is not
            symmetric, and its side keeps its own positions.
    """

    def points(name: str) -> np.ndarray:
        return np.stack([bones[name].head, bones[name].tail])

    def limb(name: str) -> str:  # a limb is mirrored whole or not at all
        while mirror_name(bones[name].parent) != bones[name].parent:
            name = bones[name].parent
        return max(name, mirror_name(name))

    error: dict[str, float] = {}
    for name in bones:
        if (other := mirror_name(name)) in bones and other != name:
            gap = np.abs(points(name) - mirror_points(points(other), plane_x)).max()
            error[limb(name)] = max(error.get(limb(name), 0.0), float(gap))
    result: Embedding = {}
    for name, bone in bones.items():
        other = mirror_name(name)
        ends = points(name)
        if other == name or (other in bones and error[limb(name)] <= tolerance):
            ends = (ends + mirror_points(points(other), plane_x)) / 2
        result[name] = Bone(bone.parent, ends[0], ends[1])
    return result


def even_sides(bones: Embedding, solid: VoxelSolid, tolerance: float) -> Embedding:
    """Partners that are nearly mirror images made so exactly, where both then lie inside the solid.

    Joints that were pulled inside, or looked for hand by hand, end up to a voxel apart. The mean is taken, or where it
    lies outside on a side, the one side's place for both, or the other's.

    Args:
        tolerance: metres; what is farther apart belongs to a pose that is not symmetric, and stays.
    """
    pairs = [(name, other) for name in bones if name.startswith("left") and (other := mirror_name(name)) in bones]
    if not pairs:
        return bones
    plane_x = float(np.median([(bones[left].head[0] + bones[right].head[0]) / 2 for left, right in pairs]))

    def settled(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        across = mirror_points(right, plane_x)
        if np.linalg.norm(left - across) <= tolerance:
            for place in ((left + across) / 2, left, across):
                both = np.stack([place, mirror_points(place, plane_x)])
                if solid.contains(both).all():
                    return both[0], both[1]
        return left, right

    result = dict(bones)
    for left, right in pairs:
        heads = settled(bones[left].head, bones[right].head)
        tails = settled(bones[left].tail, bones[right].tail)  # a tail that is the next joint's head goes with it
        for side, name in enumerate((left, right)):
            result[name] = Bone(bones[name].parent, heads[side], tails[side])
    return result


def pull_inside(bones: Embedding, solid: VoxelSolid) -> Embedding:
    """Move every bone end that lies outside the solid to the nearest occupied voxel, left and right alike."""
    occupied = solid.to_world(np.argwhere(solid.occupied))

    def nearest(point: np.ndarray) -> np.ndarray:
        if solid.contains(point):
            return point
        return occupied[((occupied - point) ** 2).sum(1).argmin()]

    moved = {name: Bone(bone.parent, nearest(bone.head), nearest(bone.tail)) for name, bone in bones.items()}
    return moved
