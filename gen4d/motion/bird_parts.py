"""What all clips of the bird share: legs that stand on their toes, wings that fold and beat, a steady head."""

import math

import torch

from gen4d.context import Context
from gen4d.motion.chains import numbered, run_wave, spread
from gen4d.motion.config import MotionConfig
from gen4d.motion.floor import lowest_points
from gen4d.motion.kinematics import axis_angle, frame, matrix_to_quaternion, quaternion_multiply
from gen4d.motion.legs import Leg, Step, low_pass, lower_to_reach, place_legs, standing
from gen4d.motion.mood import mood_of
from gen4d.motion.pose import Pose
from gen4d.motion.signals import X, Y, Z, periodic_noise, wave

SIDES = (("left", 1.0), ("right", -1.0))
TRUNK = ("spine", "chest")
NECK = ("neck", "neck1")
WING = ("Wing1", "Wing2", "Wing3")
SPREAD_SHARE = 0.6  # of a wing's length to the side at rest: more, and the wing was modelled spread
KNEE_SLACK = 0.01  # of the leg
TAIL_LIFT = 1.3  # of the angle by which a tail dips: its feathers reach beyond its last joint
TAIL_HARMONICS = 2  # of a cycle: any quicker a rise of the tail shows as a jerk


def legs() -> list[Leg]:
    """Left and right leg; the knee bends forward, what looks like a knee bending back is the ankle."""
    return [Leg(f"{s}UpperLeg", f"{s}LowerLeg", f"{s}Foot", f"{s}Toes", 1.0) for s in ("left", "right")]


LEG_JOINTS = tuple(name for leg in legs() for name in leg.joints)


def live(pose: Pose, phase: torch.Tensor, cfg: MotionConfig, ctx: Context, name: str, *, calm: float = 1.0) -> None:
    """Breath, quick small turns of the head, a tail that balances; wings folded."""
    mood, length = mood_of(cfg), leg_height(pose)
    generator = ctx.streams.numpy(f"motion.bird.{name}")
    noise = [calm * mood.noise * periodic_noise(phase, generator) for _ in range(2)]
    breath = calm * (wave(phase, 2, 0.4) + 0.15 * wave(phase, 4, 0.1))
    pose.shift[:, 0] += 0.02 * length * noise[0]
    pose.shift[:, 1] += length * (-KNEE_SLACK - mood.crouch + 0.006 * breath)
    spread(pose, TRUNK, X, -0.012 * breath + math.radians(mood.lean_deg))
    carry_head(pose, math.radians(mood.nod_deg) + 0.03 * breath, 0.10 * noise[1])
    run_wave(pose, numbered(pose, "tail"), X, phase, 0.02 * calm, lag=0.1, beats=2)
    fold_wings(pose)


def leg_height(pose: Pose) -> float:
    """From the hip joint down to the ground, metres."""
    return max(float(pose.position["leftUpperLeg"][1]), 1e-3)


def plant(pose: Pose, steps: list[Step] | None = None, *, smoothing: int = 4) -> None:
    """Lower the body until both feet reach their steps, and put them there; without steps they stand."""
    steps = steps or [standing(pose.num_frames) for _ in legs()]
    lower_to_reach(pose, legs(), steps, smoothing)
    _keep_tail_up(pose)
    place_legs(pose, legs(), steps, lift_folded=True)  # short thighs over long shanks fold little


def _keep_tail_up(pose: Pose) -> None:
    """Raise a tail that would dip into the floor, rather than let it lift the body."""
    tail = numbered(pose, "tail")
    if not tail or not len(pose.body.points):
        return
    sunk = (-lowest_points(pose, only=tail)).clamp(min=0.0)
    reach = (pose.position[tail[-1]] - pose.position[tail[0]]).norm().clamp(min=1e-6)
    angle = TAIL_LIFT * torch.atan2(sunk, reach)
    smooth = low_pass(angle, TAIL_HARMONICS)
    pose.turn(tail[0], axis_angle(X, smooth + (angle - smooth).max()))


def tuck_legs(pose: Pose, share: torch.Tensor) -> None:
    """Draw the legs up under the tail, by a share (T,)."""
    for leg in legs():
        pose.turn(leg.upper, axis_angle(X, 0.9 * share))
        pose.turn(leg.lower, axis_angle(X, 0.5 * share))
        pose.turn(leg.foot, axis_angle(X, 0.4 * share))


def carry_head(pose: Pose, nod: torch.Tensor, yaw: torch.Tensor) -> None:
    """Nod with the neck, keep the head level in the world but for its yaw and a little of the nod."""
    for name in NECK:
        pose.turn(name, quaternion_multiply(axis_angle(Y, 0.3 * yaw), axis_angle(X, 0.5 * nod)))
    facing = pose.world_turn(pose.skeleton.names[0])
    head = quaternion_multiply(axis_angle(Y, yaw), axis_angle(X, 0.35 * nod))
    pose.set_world_turn("head", quaternion_multiply(facing, head))


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
    """Spread both wings, raised by `lift`, the outer parts by `tip` more, swept back by `sweep`, (T,) radians."""
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
