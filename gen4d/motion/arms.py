"""Arms that stay out of the body: elbows fold as far as the arm's girth lets them, arms are held off what they meet."""

import torch
from torch.nn.functional import softplus

from gen4d.motion.floor import envelope, skin_points
from gen4d.motion.girth import girth, least_angle
from gen4d.motion.kinematics import quaternion_rotate, quaternion_to_rotation_vector, rotation_vector_to_quaternion
from gen4d.motion.pose import Pose

ELBOW_TOUCHING = 0.3  # of the forearm; see girth.TOUCHING: a raised guard needs less of a fold than a squat
OPENING = 20.0  # 1 / radian: how suddenly an elbow stops folding
GIRDLE = 0.25  # of the arm's turn
ARMPIT = 0.35  # of the upper arm: above it, arm and trunk are one
HAND = 1.3  # of the forearm: how far the arm reaches
FURTHEST, TRIED = 1.2, 25  # radians by which an arm is held off at most, and how many angles are tried
ALLOWED = 0.15  # of the arm's girth by which skin gives way
ARM = ("UpperArm", "UpperArmTwist", "LowerArm", "LowerArmTwist", "Hand")
HANGING = 0.5  # cosine of the angle from straight down, within which an arm hangs
LEAST_SUNK = 5e-4  # of the height
LEAST_ACROSS = 0.15  # sine of the angle from straight out, nearer than which there is no way out


def clear_arm(pose: Pose, side: str, sign: float, others: tuple[str, ...]) -> None:
    """Open an elbow that folds too far, then turn the arm about its shoulder, outwards, until it meets no other skin.

    Args:
        sign: 1 where the arm's side is +x, else -1.
        others: joints whose skin is in the way; the skin about the shoulder is not.
    """
    shoulder, elbow, hand = arm = (f"{side}UpperArm", f"{side}LowerArm", f"{side}Hand")
    share_with_girdle(pose, side)
    open_elbow(pose, arm)
    thick = (girth(pose, shoulder, elbow), girth(pose, elbow, hand))
    points = skin_points(pose, others)  # (T, N, 3)
    if not min(thick) or not points.shape[1]:
        return
    place = [pose.world_position(name) for name in arm]
    parent = pose.skeleton.names[int(pose.skeleton.parents[pose.index[shoulder]])]
    out = quaternion_rotate(pose.world_turn(parent), torch.tensor([sign, 0.0, 0.0], dtype=torch.float64))
    line = torch.nn.functional.normalize(place[1] - place[0], dim=1)
    axis = torch.linalg.cross(line, out)
    across = axis.norm(dim=1, keepdim=True)
    axis = axis / across.clamp(min=1e-9)
    allowed = max(ALLOWED * min(thick), _depth_at_rest(pose, arm, others, thick))
    met = (_depth(points, place, torch.zeros_like(axis), thick) > allowed) & (across[:, 0] > LEAST_ACROSS)
    if not bool(met.any()):
        return
    points, some = points[met], [joint[met] for joint in place]
    angles = torch.linspace(0.0, FURTHEST, TRIED, dtype=torch.float64)
    deep = torch.stack([_depth(points, some, axis[met] * angle, thick) for angle in angles], 1)  # (t, A)
    angle = torch.zeros_like(across[:, 0])
    angle[met] = _first_clear(deep, angles, allowed)
    is_closed = float((angle[0] - angle[-1]).abs()) < 1e-6
    pose.turn_in_world(shoulder, rotation_vector_to_quaternion(axis * envelope(angle, is_closed)[:, None]))


def lift_arm(pose: Pose, side: str, sign: float) -> None:
    """Turn an arm that hangs into the floor about its shoulder, outwards, until its skin is clear of it.

    A short body's hands hang as low as its feet: it had rather raise its arms than its feet off the ground. Arms of a
    body that lies keep their place.
    """
    joints = tuple(side + part for part in ARM)
    points = skin_points(pose, joints)
    if not points.shape[1]:
        return
    shoulder, hand = pose.world_position(f"{side}UpperArm"), pose.world_position(f"{side}Hand")
    line = torch.nn.functional.normalize(hand - shoulder, dim=1)
    out = torch.tensor([sign, 0.0, 0.0], dtype=torch.float64)
    axis = torch.linalg.cross(line, quaternion_rotate(pose.world_turn(pose.skeleton.names[0]), out))
    sunk = points[..., 1].amin(1) < -LEAST_SUNK * pose.body.height
    met = sunk & (line[:, 1] < -HANGING) & (axis.norm(dim=1) > LEAST_ACROSS)
    if not bool(met.any()):
        return
    axis = torch.nn.functional.normalize(axis, dim=1)
    angles = torch.linspace(0.0, FURTHEST, TRIED, dtype=torch.float64)
    away = (points - shoulder[:, None])[met]
    turns = rotation_vector_to_quaternion(axis[met, None] * angles[:, None])  # (t, A, 4)
    turned = quaternion_rotate(turns[:, :, None], away[:, None])[..., 1]  # (t, A, N)
    deep = -(turned.amin(2) + shoulder[met, 1:2])
    angle = torch.zeros(pose.num_frames, dtype=torch.float64)
    angle[met] = _first_clear(deep, angles, 0.0)
    is_closed = float((angle[0] - angle[-1]).abs()) < 1e-6
    pose.turn_in_world(f"{side}UpperArm", rotation_vector_to_quaternion(axis * envelope(angle, is_closed)[:, None]))


def open_elbow(pose: Pose, arm: tuple[str, str, str]) -> None:
    """Open an elbow, joints from shoulder to hand, where upper arm and forearm would be nearer than their skin lets."""
    least = least_angle(pose, *arm, touching=ELBOW_TOUCHING)
    if not least:
        return
    shoulder, elbow, hand = (pose.world_position(name) for name in arm)
    upper, lower = shoulder - elbow, hand - elbow
    hinge = torch.linalg.cross(upper, lower)
    between = torch.atan2(hinge.norm(dim=1), (upper * lower).sum(1))
    opened = softplus(least - between, beta=OPENING)[:, None]
    hinge = hinge / hinge.norm(dim=1, keepdim=True).clamp(min=1e-9)
    pose.turn_in_world(arm[1], rotation_vector_to_quaternion(hinge * opened))


def share_with_girdle(pose: Pose, side: str) -> None:
    """Let the shoulder girdle take its share of the way of the arm, which keeps its place in the body's frame.

    The skin then bends at two joints, not in one crease of the armpit.
    Source: Inman, Saunders and Abbott, Observations on the function of the shoulder joint, 1944.
    """
    arm, girdle = f"{side}UpperArm", f"{side}Shoulder"
    if not pose.has(girdle):
        return
    facing = pose.world_turn(arm)
    turned = quaternion_to_rotation_vector(pose.local_turn(arm))
    pose.turn(girdle, rotation_vector_to_quaternion(GIRDLE * turned))
    pose.set_world_turn(arm, facing)


def _depth(
    points: torch.Tensor, place: list[torch.Tensor], turn: torch.Tensor, thick: tuple[float, float]
) -> torch.Tensor:
    """How deep the deepest point (T, N, 3) is in an arm turned by vectors (T, 3) about its shoulder; (T,) metres."""
    turned = rotation_vector_to_quaternion(turn)
    elbow, hand = (place[0] + quaternion_rotate(turned, joint - place[0]) for joint in place[1:])
    upper = _inside(points, place[0], elbow, thick[0], ARMPIT)
    lower = _inside(points, elbow, elbow + HAND * (hand - elbow), thick[1], 0.0)
    return torch.maximum(upper, lower)


def _depth_at_rest(pose: Pose, arm: tuple[str, ...], others: tuple[str, ...], thick: tuple[float, float]) -> float:
    """The same in the rest pose, where arms may already lie against the body; metres."""
    place = [pose.position[name][None] for name in arm]
    points = pose.body.carried_by(others)[None]
    return float(_depth(points, place, torch.zeros(1, 3, dtype=torch.float64), thick))


def _inside(points: torch.Tensor, start: torch.Tensor, end: torch.Tensor, radius: float, first: float) -> torch.Tensor:
    """How deep the deepest point (T, N, 3) is in a tube between places (T, 3), from a share of it on; (T,) metres."""
    bone = (end - start)[:, None]
    along = ((points - start[:, None]) * bone).sum(-1) / bone.square().sum(-1).clamp(min=1e-12)
    away = (points - start[:, None] - along.clamp(0, 1)[..., None] * bone).norm(dim=-1)
    return torch.where(along > first, radius - away, -torch.inf).amax(1).clamp(min=0.0)


def _first_clear(deep: torch.Tensor, angles: torch.Tensor, allowed: float) -> torch.Tensor:
    """The least of the angles (A,) at which a depth (T, A) falls to what is allowed, between the tried ones; (T,).

    Where none is enough: the one of the least depth.
    """
    clear = deep <= allowed
    first = torch.where(clear.any(1), clear.double().argmax(1), deep.argmin(1))
    rows = torch.arange(len(deep))
    before = (first - 1).clamp(min=0)
    high, low = deep[rows, before], deep[rows, first]
    share = ((high - allowed) / (high - low).clamp(min=1e-9)).clamp(0, 1)
    return torch.lerp(angles[before], angles[first], share)
