"""Feet that are known to stand are made to stand: each contact gets one place, and the leg follows."""

import torch
from torch.nn.functional import avg_pool1d, pad

from gen4d.motion.floor import lowest_points
from gen4d.motion.kinematics import frame, matrix_to_quaternion, quaternion_rotate, two_bone_ik
from gen4d.motion.loose import hangs_on
from gen4d.motion.pose import Pose

EASE = 6  # frames before and after a contact in which a foot finds its place
MIN_CONTACT = 3  # frames; shorter touches are noise


def pin_feet(pose: Pose, contacts: dict[str, torch.Tensor]) -> None:
    """Hold feet where they stand.

    Args:
        contacts: foot joint -> (T,) bool, frames in which it stands. Feet the body lacks are left out.
    """
    for foot, standing in contacts.items():
        stem = foot.removesuffix("Foot")
        chain = (stem + "UpperLeg", stem + "LowerLeg", foot)
        if is_whole(pose, chain):
            _pin(pose, chain, _runs(standing))
            _seat_sole(pose, chain, stem + "Toes", standing)


def is_whole(pose: Pose, chain: tuple[str, str, str]) -> bool:
    """Whether a leg's three joints are there, and hang on each other."""
    if not all(pose.has(name) for name in chain):
        return False
    upper, lower, foot = (pose.index[name] for name in chain)
    return hangs_on(pose.skeleton, lower, upper) and hangs_on(pose.skeleton, foot, lower)


def _runs(standing: torch.Tensor) -> list[tuple[int, int]]:
    """First frame and frame after the last of every contact that lasts."""
    edges = torch.diff(torch.nn.functional.pad(standing.int(), (1, 1)))
    firsts, lasts = torch.nonzero(edges == 1).ravel().tolist(), torch.nonzero(edges == -1).ravel().tolist()
    return [(first, last) for first, last in zip(firsts, lasts, strict=True) if last - first >= MIN_CONTACT]


def _pin(pose: Pose, chain: tuple[str, str, str], runs: list[tuple[int, int]]) -> None:
    foot = chain[2]
    ankle = pose.world_position(foot)
    rest_height = float(pose.position[foot][1])
    wanted = ankle.clone()
    wanted[:, 1] = wanted[:, 1].clamp(min=0.6 * rest_height)  # an ankle never goes through the floor
    correction = wanted - ankle
    weight = torch.zeros(pose.num_frames, dtype=torch.float64)
    for first, last in runs:
        middle = ankle[first:last].mean(0)
        middle[1] = rest_height
        lead = range(max(0, first - EASE), min(pose.num_frames, last + EASE))
        for frame_index in lead:
            away = max(first - frame_index, frame_index - last + 1, 0)
            share = 1 - _smooth(away / (EASE + 1))
            if share > float(weight[frame_index]):
                inside = min(max(frame_index, first), last - 1)
                goal = middle - ankle[inside]
                goal = goal if away == 0 else goal * share
                correction[frame_index] = (middle - ankle[frame_index]) if away == 0 else goal
                weight[frame_index] = share
    reach(pose, chain, ankle + correction)


def _seat_sole(pose: Pose, chain: tuple[str, str, str], toes: str, standing: torch.Tensor) -> None:
    """Lift a foot whose sole dips below the floor as it rolls; one that stands (T,) is let down to it as well."""
    lowest = lowest_points(pose, only=(chain[2], toes))
    share = avg_pool1d(pad(standing.double()[None], (EASE // 2, EASE // 2), "replicate"), EASE + 1, 1)[0]
    target = pose.world_position(chain[2]).clone()
    target[:, 1] += torch.where(lowest < 0, -lowest, -share * lowest)
    reach(pose, chain, target)


def _smooth(share: float) -> float:
    return share * share * (3 - 2 * share)


def reach(pose: Pose, chain: tuple[str, str, str], target: torch.Tensor) -> None:
    """Bring a foot to (T, 3) by hip and knee, keeping the knee's side and the foot's own attitude."""
    upper, lower, foot = chain
    attitude = pose.world_turn(foot)
    hip, knee, ankle = (pose.world_position(name) for name in chain)
    line = torch.nn.functional.normalize(ankle - hip, dim=-1)
    bend = (knee - hip) - ((knee - hip) * line).sum(-1, keepdim=True) * line
    ahead = quaternion_rotate(pose.world_turn(upper), torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64))
    length = (pose.position[lower] - pose.position[upper]).norm()
    pole = torch.where(bend.norm(dim=-1, keepdim=True) > 0.03 * length, bend, ahead)
    shank = (pose.position[foot] - pose.position[lower]).norm()
    new_knee, new_ankle = two_bone_ik(hip, target, length, shank, pole)
    for name, before, after in ((upper, knee - hip, new_knee - hip), (lower, ankle - knee, new_ankle - new_knee)):
        hinge = torch.linalg.cross(new_ankle - hip, pole)
        old_hinge = torch.linalg.cross(ankle - hip, pole)
        turn = matrix_to_quaternion(frame(after, hinge) @ frame(before, old_hinge).transpose(-1, -2))
        pose.turn_in_world(name, turn)
        if name == upper:  # the shank has been carried along: its direction before the second turn
            knee, ankle = pose.world_position(lower), pose.world_position(foot)
    pose.set_world_turn(foot, attitude)
