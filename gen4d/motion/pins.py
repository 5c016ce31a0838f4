"""Feet that are known to stand are made to stand: each contact gets one place, and the leg follows."""

import torch
from torch.nn.functional import normalize

from gen4d.motion.floor import envelope, lowest_points
from gen4d.motion.kinematics import frame, matrix_to_quaternion, quaternion_rotate, two_bone_ik
from gen4d.motion.loose import hangs_on
from gen4d.motion.pose import Pose

EASE = 6  # frames before and after a contact in which a foot finds its place
MIN_CONTACT = 2  # frames; shorter touches are noise, and a galloping foot stands no longer at 24 a second
CLEAR = 0.005  # of the height: how high at least a foot swings that moves by SLIDE of the height from frame to frame
SLIDE = 0.004
LEAST_TWIST = 0.2
LONGEST = 0.995  # of a straight leg: how far a standing one may stretch


def pin_feet(
    pose: Pose,
    contacts: dict[str, torch.Tensor],
    way: torch.Tensor | None = None,
    stands_on: str = "Foot",
    *,
    flat: bool = False,
) -> None:
    """Hold feet where they stand; a body from which a standing leg cannot reach the floor comes down first.

    Args:
        contacts: foot joint -> (T,) bool, frames in which it stands. Feet the body lacks are left out.
        way: (3,) metres a loop travels in one round, so that a contact may go on through its seam; None: no loop.
        stands_on: "Foot" for soles that roll about the ankle, "Toes" for hooves and paws under a heel in the air.
        flat: lay the feet of a gait flat while they stand; one that sits down rests on its heels.
    """
    chains = {foot: _chain(foot) for foot in contacts if is_whole(pose, _chain(foot))}
    if not chains:
        return
    drop = torch.stack([_shortfall(pose, chain, contacts[foot]) for foot, chain in chains.items()]).amax(0)
    pose.shift[:, 1] -= envelope(drop, way is not None)
    for foot, chain in chains.items():
        if flat:
            _lay_flat(pose, _foot_joints(chain), contacts[foot], way)
        _pin(pose, chain, contacts[foot], way, foot.removesuffix("Foot") + stands_on)
        _seat_sole(pose, chain, contacts[foot], way)


def _chain(foot: str) -> tuple[str, str, str]:
    stem = foot.removesuffix("Foot")
    return stem + "UpperLeg", stem + "LowerLeg", foot


def _foot_joints(chain: tuple[str, str, str]) -> tuple[str, str]:
    return chain[2], chain[2].removesuffix("Foot") + "Toes"


def _shortfall(pose: Pose, chain: tuple[str, str, str], standing: torch.Tensor) -> torch.Tensor:
    """How far the hip must come down for a standing foot's sole to reach the floor, (T,) metres."""
    upper, lower, foot = (pose.position[name] for name in chain)
    length = LONGEST * ((lower - upper).norm() + (foot - lower).norm())
    hip, ankle = pose.world_position(chain[0]), pose.world_position(chain[2])
    flat = (hip - ankle)[:, [0, 2]].square().sum(1)
    sole = lowest_points(pose, only=_foot_joints(chain))
    highest = ankle[:, 1] - sole + (length**2 - flat).clamp(min=0).sqrt()
    return torch.where(standing, (hip[:, 1] - highest).clamp(min=0.0), 0.0)


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


def _lay_flat(pose: Pose, joints: tuple[str, ...], standing: torch.Tensor, way: torch.Tensor | None) -> None:
    """Lay what stands flat on the floor, whichever way it points; held at one joint only, a sole that rolls slides."""
    share = envelope(standing.double(), way is not None)[:, None]
    for name in (name for name in joints if pose.has(name)):
        turn = pose.world_turn(name)
        upright = turn * torch.tensor([0.0, 1.0, 0.0, 1.0], dtype=turn.dtype)  # the twist about the vertical
        length = upright.norm(dim=1, keepdim=True)
        is_told = length > LEAST_TWIST  # a foot upside down has no heading
        flat = torch.where(is_told, upright / length.clamp(min=LEAST_TWIST), turn)
        pose.set_world_turn(name, normalize(torch.lerp(turn, flat, share), dim=1))


def _pin(
    pose: Pose, chain: tuple[str, str, str], standing: torch.Tensor, way: torch.Tensor | None, pinned: str
) -> None:
    pinned = pinned if pose.has(pinned) else chain[2]
    ankle, point = pose.world_position(chain[2]), pose.world_position(pinned)
    rest_height = float(pose.position[pinned][1])
    if way is None:
        reach(pose, chain, ankle + _correction(point, standing, rest_height))
        return
    count = len(point) - 1  # three rounds one after the other; the middle one knows what comes before and after
    rounds = torch.cat([point[:-1] - way, point[:-1], point + way])
    stands = torch.cat([standing[:-1], standing[:-1], standing])
    reach(pose, chain, ankle + _correction(rounds, stands, rest_height)[count : 2 * count + 1])


def _correction(point: torch.Tensor, standing: torch.Tensor, rest_height: float) -> torch.Tensor:
    """What brings a joint (T, 3) to one place a contact (T,), and gently there and away from it; (T, 3) metres."""
    wanted = point.clone()
    wanted[:, 1] = wanted[:, 1].clamp(min=0.6 * rest_height)  # it never goes through the floor
    correction = wanted - point
    weight = torch.zeros(len(point), dtype=torch.float64)
    for first, last in _runs(standing):
        middle = point[first:last].mean(0)
        middle[1] = rest_height
        for frame_index in range(max(0, first - EASE), min(len(point), last + EASE)):
            away = max(first - frame_index, frame_index - last + 1, 0)
            share = 1 - _smooth(away / (EASE + 1))
            if share > float(weight[frame_index]):
                inside = min(max(frame_index, first), last - 1)
                correction[frame_index] = (middle - point[inside]) * share
                weight[frame_index] = share
    return correction


def _seat_sole(pose: Pose, chain: tuple[str, str, str], standing: torch.Tensor, way: torch.Tensor | None) -> None:
    """Lift a foot whose sole dips below the floor as it rolls; one that stands (T,) is let down to it as well."""
    lowest = lowest_points(pose, only=_foot_joints(chain))
    share = envelope(standing.double(), way is not None)
    target = pose.world_position(chain[2]).clone()
    step = target[:, [0, 2]].diff(dim=0).norm(dim=1)
    moves = torch.maximum(torch.cat([step, step[-1:]]), torch.cat([step[:1], step])) / (SLIDE * pose.body.height)
    clear = CLEAR * pose.body.height * torch.where(standing, 0.0, moves.clamp(max=1.0))  # what moves does not touch
    target[:, 1] += torch.maximum((1 - share) * lowest, clear) - lowest
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
    old_hinge, hinge = torch.linalg.cross(ankle - hip, pole), torch.linalg.cross(new_ankle - hip, pole)
    turn = frame(new_knee - hip, hinge) @ frame(knee - hip, old_hinge).transpose(-1, -2)
    pose.turn_in_world(upper, matrix_to_quaternion(turn))
    carried = pose.world_position(foot) - pose.world_position(lower)  # the shank went with the thigh
    turn = frame(new_ankle - new_knee, hinge) @ frame(carried, hinge).transpose(-1, -2)
    pose.turn_in_world(lower, matrix_to_quaternion(turn))
    pose.set_world_turn(foot, attitude)
