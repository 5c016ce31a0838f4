"""Legs that stand out sideways, as insects have them: the last bone keeps its attitude, so its tip is pinned."""

import math
from dataclasses import dataclass
from statistics import median

import torch

from gen4d.motion.floor import lowest_points
from gen4d.motion.kinematics import (
    axis_angle,
    frame,
    matrix_to_quaternion,
    quaternion_multiply,
    quaternion_rotate,
    two_bone_ik,
)
from gen4d.motion.pose import Pose
from gen4d.motion.signals import Y

UPWARD = torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64)
MAX_REACH = 0.985  # of the two upper bones
MIN_ROOM = 0.1  # of the reach: legs modelled straight step that far all the same
MAX_DRAWN = 0.2  # of the way from hip to foot: how far a walking foot is drawn in
MAX_GAP, MAX_SUNK = 0.25, 1e-3  # of the reach
PARTS = ("UpperLeg", "LowerLeg", "Foot")


@dataclass(frozen=True)
class CrawlerLeg:
    """One leg: the joint names from hip to foot, and which of two alternating groups it steps with."""

    side: str
    pair: str
    group: int

    @property
    def joints(self) -> tuple[str, str, str]:
        stem = self.side + self.pair
        return stem + PARTS[0], stem + PARTS[1], stem + PARTS[2]

    @property
    def sign(self) -> float:
        return 1.0 if self.side == "left" else -1.0


def crawler_legs(pairs: tuple[str, ...]) -> list[CrawlerLeg]:
    """All legs, front to back; neighbours and opposites step in turn: the tripod of six legs, the tetrapod of eight."""
    return [
        CrawlerLeg(side, pair, (number + (side == "right")) % 2)
        for number, pair in enumerate(pairs)
        for side in ("left", "right")
    ]


def reach_of(pose: Pose, legs: list[CrawlerLeg]) -> float:
    """How far a typical foot stands from the middle, metres: the length that strides scale with."""
    feet = torch.stack([pose.position[leg.joints[2]] for leg in legs])
    hips = torch.stack([pose.position[leg.joints[0]] for leg in legs])
    return max(float((feet - hips).norm(dim=1).median()), 1e-3)


def gait_stance(pose: Pose, leg: CrawlerLeg, stride: float, duty: float) -> torch.Tensor:
    """How far from its place at rest a foot stands while it walks, so that it has room for a stride; (3,) metres.

    Legs are often modelled stretched out; walking, they are drawn in towards their hips, by `MAX_DRAWN` at most.
    """
    hip, _, foot = (pose.position[name] for name in leg.joints)
    most = MAX_DRAWN * float((foot - hip).norm())
    ahead, half, length = float(foot[2] - hip[2]), stride * duty / 2, _usable_length(pose, leg)
    wanted = math.sqrt(max(length**2 - float((foot - hip)[:2].square().sum()), 0.0)) - half  # how far ahead it may be
    along = math.copysign(min(max(abs(ahead) - max(wanted, 0.0), 0.0), most, abs(ahead)), -ahead)
    height, out = float(hip[1] - foot[1]), float((foot - hip)[0])
    room = math.sqrt(max(length**2 - height**2 - (abs(ahead + along) + half) ** 2, 0.0))
    across = math.copysign(min(max(abs(out) - room, 0.0), most, abs(out)), -out)
    return torch.tensor([across, 0.0, along], dtype=torch.float64)


def longest_stride(pose: Pose, legs: list[CrawlerLeg], stances: list[torch.Tensor], duty: float) -> float:
    """Metres the ground may pass in a cycle so that every standing foot stays within its leg's reach.

    Args:
        stances: (3,) metres each, where a foot stands beside its place at rest.
    """
    rooms = []
    for leg, stance in zip(legs, stances, strict=True):
        hip, _, foot = (pose.position[name] for name in leg.joints)
        foot = foot + stance
        across = float((foot - hip)[:2].norm())
        ahead = math.sqrt(max(_usable_length(pose, leg) ** 2 - across**2, 0.0))
        rooms.append(ahead - abs(float(foot[2] - hip[2])))
    return 2 * max(min(rooms), MIN_ROOM * reach_of(pose, legs)) / duty


def _usable_length(pose: Pose, leg: CrawlerLeg) -> float:
    """Metres from hip to foot that the two upper bones reach."""
    hip, knee, foot = (pose.position[name] for name in leg.joints)
    return MAX_REACH * float((knee - hip).norm() + (foot - knee).norm())


def place_crawler_legs(pose: Pose, legs: list[CrawlerLeg], offsets: list[torch.Tensor]) -> None:
    """Put every foot at its offset (T, 3) from its place on the ground; a body that would sink is raised first.

    Feet that hang a little above the ground at rest are set down on it; legs that hang far above it, as those of an
    insect modelled in flight, stay so.
    """
    gaps = [_gap(pose, leg) for leg in legs]
    reach = reach_of(pose, legs)
    down = [torch.tensor([0.0, -gap if gap < MAX_GAP * reach else 0.0, 0.0], dtype=torch.float64) for gap in gaps]
    feet = tuple(leg.joints[2] for leg in legs)
    for _ in range(3):
        for leg, offset, lower in zip(legs, offsets, down, strict=True):
            place_crawler_leg(pose, leg, offset + lower)
        sunk = (-lowest_points(pose, without=feet)).clamp(min=0.0)
        if float(sunk.max()) < MAX_SUNK * reach:
            break
        pose.shift[:, 1] += sunk


def hang_in_the_air(pose: Pose, legs: list[CrawlerLeg]) -> bool:
    """Whether most feet are far above the ground at rest, as in an insect modelled in flight."""
    return median(_gap(pose, leg) for leg in legs) > MAX_GAP * reach_of(pose, legs)


def _gap(pose: Pose, leg: CrawlerLeg) -> float:
    """How high the tip of a foot hangs above the ground at rest, metres; 0 where no mesh tells."""
    tip = pose.body.carried_by((leg.joints[2],))
    return float(tip[:, 1].min()) if len(tip) > 3 else 0.0


def place_crawler_leg(pose: Pose, leg: CrawlerLeg, offset: torch.Tensor, heading: torch.Tensor | None = None) -> None:
    """Move a foot by an offset (T, 3) from where it stands at rest, turned by a heading (T,) about the origin."""
    hip_name, knee_name, foot_name = leg.joints
    rest_hip, rest_knee, rest_foot = (pose.position[name] for name in leg.joints)
    yaw = axis_angle(Y, torch.zeros(pose.num_frames, dtype=torch.float64) if heading is None else heading)
    target = quaternion_rotate(yaw, rest_foot + offset)
    hip = pose.world_position(hip_name)
    upper, lower = (rest_knee - rest_hip).norm(), (rest_foot - rest_knee).norm()
    rest_line = rest_foot - rest_hip
    rest_pole = _pole(rest_hip, rest_knee, rest_foot)
    pole = quaternion_rotate(yaw, rest_pole)
    knee, foot = two_bone_ik(hip, target, upper, lower, pole)
    rest_hinge = torch.linalg.cross(rest_line, rest_pole)
    hinge = torch.linalg.cross(foot - hip, pole)
    for name, rest_bone, bone in (
        (hip_name, rest_knee - rest_hip, knee - hip),
        (knee_name, rest_foot - rest_knee, foot - knee),
    ):
        turn = frame(bone, hinge) @ frame(rest_bone, rest_hinge).transpose(-1, -2)
        pose.set_world_turn(name, matrix_to_quaternion(turn))
    pose.set_world_turn(foot_name, yaw)


def tilt_foot(pose: Pose, leg: CrawlerLeg, axis: tuple[float, float, float], angle: torch.Tensor) -> None:
    """Turn a lifted foot further in the world."""
    foot = leg.joints[2]
    pose.set_world_turn(foot, quaternion_multiply(axis_angle(axis, angle), pose.world_turn(foot)))


def _pole(hip: torch.Tensor, knee: torch.Tensor, foot: torch.Tensor) -> torch.Tensor:
    """Where the knee points to at rest: away from the line from hip to foot, or up where the leg is straight."""
    line = torch.nn.functional.normalize(foot - hip, dim=0)
    off = (knee - hip) - ((knee - hip) @ line) * line
    if float(off.norm()) > 0.05 * float((foot - hip).norm()):
        return torch.nn.functional.normalize(off, dim=0)
    return UPWARD
