"""A bird's wings: folded along the body, or spread as far as its surface lets them, and beating."""

import torch

from gen4d.motion.body import Body
from gen4d.motion.kinematics import axis_angle, frame, matrix_to_quaternion
from gen4d.motion.pose import Pose
from gen4d.motion.signals import Z
from gen4d.motion.strain import strain

SIDES = (("left", 1.0), ("right", -1.0))
WING = ("Wing1", "Wing2", "Wing3")
WING_JOINTS = tuple(side + part for side, _ in SIDES for part in WING)
SPREAD_SHARE = 0.6  # of a wing's length to the side at rest: more, and the wing was modelled spread
FLUTTER = 1.5  # how fast a wing with little room opens with its lift
PROBES = 21  # shares of the way from folded to spread at which the skin is looked at
PROBED_LIFTS = (0.6, -0.4)  # radians, about as far as wings beat
MAX_SWELL, MAX_TORN = 0.08, 0.06  # of the volume and of the skin's area: as far as wings may open a flank
REST = torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=torch.float64)


def is_spread(pose: Pose) -> bool:
    """Whether the wings were modelled spread."""
    along = _along(pose, "left")
    return float(along[0]) > SPREAD_SHARE * float(along.norm())


def fold_wings(pose: Pose) -> None:
    """Lay spread wings along the body; folded ones stay as they are."""
    if not is_spread(pose):
        return
    for side, sign in SIDES:
        goal = torch.tensor([0.22 * sign, -0.30, -0.93], dtype=torch.float64)
        face = torch.tensor([sign, 0.25, 0.0], dtype=torch.float64)
        _aim_wing(pose, side, goal.expand(pose.num_frames, 3), face.expand(pose.num_frames, 3))


def beat_wings(pose: Pose, lift: torch.Tensor, tip: torch.Tensor, sweep: torch.Tensor) -> None:
    """Spread both wings, raised by `lift`, the outer parts by `tip` more, swept back by `sweep`, (T,) radians.

    Wings that cannot be told from the flank open only as far as `wing_room` says, and flutter between there and rest.
    """
    room = wing_room(pose.body)
    _spread_wings(pose, lift, room * tip, sweep)
    flutter = 0.5 + 0.5 * torch.tanh(FLUTTER * lift)
    held = 1 - room * (torch.ones_like(lift) if room == 1.0 else flutter)
    for side, _ in SIDES:
        pose.lean_to(f"{side}Wing1", REST, held)


def wing_room(body: Body) -> float:
    """How far wings open before the skin tears, as a share of the way from rest to spread; 1 where nothing tears.

    A surface around a bird with folded wings does not say where a wing ends. Opened all the same, the flank follows as
    a web: on three such birds one to nine per cent of the skin are drawn to more than `TORN` times their area where the
    wing is a fifth open, a third to nearly all where it is spread. Wings that are shells of their own, or were spread
    at rest, draw next to none.
    """
    pose = Pose(body, PROBES)
    if body.mesh is None or is_spread(pose):
        return 1.0
    share = torch.linspace(0, 1, PROBES, dtype=torch.float64)
    fits = torch.ones(PROBES, dtype=torch.bool)
    for lift in PROBED_LIFTS:
        pose = Pose(body, PROBES)
        _spread_wings(pose, torch.full_like(share, lift), 0 * share, 0 * share)
        for side, _ in SIDES:
            pose.lean_to(f"{side}Wing1", REST, 1 - share)
        swell, torn = strain(body, pose.joint_to_world(), WING_JOINTS)
        fits &= (swell.abs() <= MAX_SWELL) & (torn <= MAX_TORN)
    return float(share[int(fits.cumprod(0).sum()) - 1])


def _spread_wings(pose: Pose, lift: torch.Tensor, tip: torch.Tensor, sweep: torch.Tensor) -> None:
    """Spread both wings all the way; see `beat_wings`."""
    for side, sign in SIDES:
        across = torch.cos(lift) * torch.cos(sweep)
        goal = torch.stack([sign * across, torch.sin(lift), -torch.cos(lift) * torch.sin(sweep)], 1)
        face = torch.stack([-sign * torch.sin(lift), torch.cos(lift), 0 * lift], 1)
        _aim_wing(pose, side, goal, face)
        pose.turn(f"{side}Wing2", axis_angle(Z, 0.5 * sign * tip))
        pose.turn(f"{side}Wing3", axis_angle(Z, 0.6 * sign * tip))


def _aim_wing(pose: Pose, side: str, goal: torch.Tensor, face: torch.Tensor) -> None:
    """Point a whole wing along `goal` (T, 3) with its upper face towards `face` (T, 3), in the frame of the trunk."""
    along, normal = _along(pose, side), _wing_normal(pose, side)
    hinge, rest_hinge = torch.linalg.cross(goal, face), torch.linalg.cross(along, normal)
    turn = frame(goal, hinge) @ frame(along, rest_hinge).transpose(-1, -2)
    share = torch.ones(pose.num_frames, dtype=torch.float64)
    pose.lean_to(f"{side}Wing1", matrix_to_quaternion(turn), share)


def _along(pose: Pose, side: str) -> torch.Tensor:
    """From the root of a wing to its last joint at rest, (3,)."""
    return pose.position[f"{side}Wing3"] - pose.position[f"{side}Wing1"]


def _wing_normal(pose: Pose, side: str) -> torch.Tensor:
    """Unit normal of a wing's upper face at rest, (3,): across its thinnest extent, upwards or away from the body."""
    sign = 1.0 if side == "left" else -1.0
    usual = torch.tensor([0.0, 1.0, 0.0] if is_spread(pose) else [sign, 0.2, 0.0], dtype=torch.float64)
    points = pose.body.carried_by(tuple(side + part for part in WING))
    if len(points) < 8:
        return usual
    thin = torch.linalg.svd(points - points.mean(0), full_matrices=False)[2][2]
    return thin if float(thin @ usual) > 0 else -thin
