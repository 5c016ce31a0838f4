"""The pose in which a VRM file's nodes rest: upright legs, arms along X, feet along Z, soles on the ground.

Only the nodes rest in it. The bind pose stays the one the weights were made for, so that clips deform the mesh as they
do in any other file.
Source: VRM 1.0 specification, tpose.md, definitions 1.1 to 1.8.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from gen4d.export.bones import human_bones
from gen4d.export.skin import joint_to_world
from gen4d.structures import Asset, Skeleton

FINGERS = ("Index", "Middle", "Ring", "Little")
SHORTEST_BONE = 1e-6  # metres; a bone without a length has no direction
DOWN = (0.0, -1.0, 0.0)
AHEAD = None  # as steep as it is, but along +Z


def t_posed(asset: Asset) -> Skeleton:
    """The skeleton of a humanoid with its joints in the T-pose; shoulders, trunk and head stay as they are.

    Every bone takes the shortest way to its direction, so that palms which hang beside the thighs look down. The hips
    are then moved up or down until the lowest vertex is at height 0.
    """
    skeleton = asset.skeleton
    assert skeleton is not None
    frames = joint_to_world(
        skeleton.parents.numpy(), skeleton.rest_translation.double().numpy(), skeleton.rest_rotation.double().numpy()
    )  # (J, 4, 4)
    bones = human_bones(skeleton)
    wanted = dict(_wanted(bones, frames[:, :3, 3]))
    turns: list[Rotation] = []  # of each joint's frame, away from where it is now
    local = skeleton.rest_rotation.double().numpy().copy()
    for joint, parent in enumerate(skeleton.parents.tolist()):
        inherited = turns[parent] if parent >= 0 else Rotation.identity()
        turns.append(inherited)
        if joint in wanted and parent >= 0:
            now, target = inherited.apply(wanted[joint][0]), wanted[joint][1]
            turns[joint] = _shortest_turn(now, _ahead(now) if target is AHEAD else np.array(target)) * inherited
            frame = Rotation.from_matrix(frames[parent, :3, :3])
            turned = frame.inv() * inherited.inv() * turns[joint] * frame
            local[joint] = (turned * Rotation.from_quat(local[joint])).as_quat()
    posed = replace(skeleton, rest_rotation=torch.from_numpy(local).float())
    return _grounded(asset, posed, np.linalg.inv(frames), bones["hips"])


def _wanted(
    bones: dict[str, int], places: np.ndarray
) -> Iterator[tuple[int, tuple[np.ndarray, tuple[float, float, float] | None]]]:
    """Joints of bones that have a direction: the one they have now, and the one of the T-pose."""
    for bone, tip, target in _chains():
        if bone in bones and tip in bones:
            now = places[bones[tip]] - places[bones[bone]]
            if np.linalg.norm(now) > SHORTEST_BONE:
                yield bones[bone], (now, target)


def _chains() -> Iterator[tuple[str, str, tuple[float, float, float] | None]]:
    """Bone, the bone it points to, and its direction in the T-pose."""
    for side, sign in (("left", 1.0), ("right", -1.0)):
        along, slanting = (sign, 0.0, 0.0), (sign, 0.0, 1.0)
        for bone, tip in (("UpperArm", "LowerArm"), ("LowerArm", "Hand"), ("Hand", "MiddleProximal")):
            yield side + bone, side + tip, along
        for finger in FINGERS:
            yield f"{side}{finger}Proximal", f"{side}{finger}Intermediate", along
            yield f"{side}{finger}Intermediate", f"{side}{finger}Distal", along
        yield side + "ThumbMetacarpal", side + "ThumbProximal", slanting
        yield side + "ThumbProximal", side + "ThumbDistal", slanting
        yield side + "UpperLeg", side + "LowerLeg", DOWN
        yield side + "LowerLeg", side + "Foot", DOWN
        yield side + "Foot", side + "Toes", AHEAD


def _ahead(direction: np.ndarray) -> np.ndarray:
    """The same steepness, along +Z."""
    return np.array([0.0, direction[1], max(np.hypot(direction[0], direction[2]), SHORTEST_BONE)])


def _shortest_turn(start: np.ndarray, end: np.ndarray) -> Rotation:
    """The rotation by the smallest angle that takes one direction to another; half a turn goes about Z."""
    start, end = start / np.linalg.norm(start), end / np.linalg.norm(end)
    axis, cosine = np.cross(start, end), float(start @ end)
    sine = float(np.linalg.norm(axis))
    if sine < 1e-9:  # parallel, or opposite: an arm that points to the other side
        return Rotation.identity() if cosine > 0 else Rotation.from_rotvec([0.0, 0.0, np.pi])
    return Rotation.from_rotvec(axis / sine * np.arctan2(sine, cosine))


def _grounded(asset: Asset, posed: Skeleton, inverse_bind: np.ndarray, hips: int) -> Skeleton:
    """The skeleton with its hips as high as its lowest vertex demands.

    Args:
        inverse_bind: (J, 4, 4) of the pose the skin was made for.
    """
    assert asset.skin is not None
    frames = joint_to_world(
        posed.parents.numpy(), posed.rest_translation.double().numpy(), posed.rest_rotation.double().numpy()
    )
    rows = (frames @ inverse_bind)[:, 1]  # (J, 4): all that heights need
    points = np.c_[asset.mesh.vertices.double().numpy(), np.ones(len(asset.mesh.vertices))]
    heights = np.einsum("vk,vkj,vj->v", asset.skin.weights.double().numpy(), rows[asset.skin.joints.numpy()], points)
    parent = int(posed.parents[hips])
    up = np.array([0.0, -float(heights.min()), 0.0])
    places = posed.rest_translation.clone()
    places[hips] += torch.from_numpy(frames[parent, :3, :3].T @ up if parent >= 0 else up).float()
    return replace(posed, rest_translation=places)
