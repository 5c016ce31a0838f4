"""What all clips of the quadruped share: four legs, breath, a head that keeps its attitude, a wagging tail."""

import math

import torch

from gen4d.context import Context
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import axis_angle, quaternion_multiply
from gen4d.motion.legs import Leg, Step, leg_length, lower_to_reach, place_legs, standing
from gen4d.motion.mood import mood_of
from gen4d.motion.pose import Pose
from gen4d.motion.signals import X, Y, Z, periodic_noise, wave

SPINE = ("spine", "spine1", "chest")
NECK = ("neck", "neck1")
TAIL = tuple(f"tail{i}" for i in range(1, 9))
TAIL_CLEARANCE = 0.15  # of the hips' height: how far a tail stays off the floor
TAIL_LAG = 0.09  # of a cycle, from one tail bone to the next
KNEE_SLACK = 0.012  # of the leg: how much lower than in the rest pose the body stands, so that no joint is locked


def legs() -> list[Leg]:
    """Left hind, right hind, left front, right front; stifles bend forward, elbows backward."""
    return [
        Leg(f"{side}{end}UpperLeg", f"{side}{end}LowerLeg", f"{side}{end}Foot", f"{side}{end}Toes", bend)
        for end, bend in (("Hind", 1.0), ("Front", -1.0))
        for side in ("left", "right")
    ]


LEG_JOINTS = tuple(name for leg in legs() for name in leg.joints)


def shortest_leg(pose: Pose) -> float:
    """Metres of the shorter pair of legs, which limits every stride."""
    return min(leg_length(pose, leg) for leg in legs())


def back_length(pose: Pose) -> float:
    """Metres from the hips ahead to the chest."""
    return max(abs(float(pose.position["chest"][2] - pose.position["hips"][2])), 1e-3)


def breathe(pose: Pose, phase: torch.Tensor, cfg: MotionConfig, ctx: Context, name: str, *, calm: float = 1.0) -> None:
    """Small life in a standing body; `calm` below 1 damps it."""
    mood, length = mood_of(cfg), leg_length(pose, legs()[0])
    generator = ctx.streams.numpy(f"motion.quadruped.{name}")
    noise = [mood.noise * periodic_noise(phase, generator) for _ in range(3)]
    breath = calm * (wave(phase, 2, 0.4) + 0.15 * wave(phase, 4, 0.1))
    drift = calm * (wave(phase, 1, 0.2) + 0.35 * noise[0])
    pose.shift[:, 0] += 0.014 * length * drift
    pose.shift[:, 1] += length * (-KNEE_SLACK - mood.crouch + 0.004 * breath)
    pose.turn("hips", axis_angle(Z, 0.010 * drift))
    spread(pose, SPINE, X, -0.012 * breath)
    yaw = calm * (0.16 * wave(phase, 1, 0.62) + 0.07 * noise[1])
    carry_head(pose, math.radians(mood.nod_deg) + 0.04 * breath + calm * 0.05 * noise[2], yaw)


def plant(pose: Pose, steps: list[Step] | None = None, *, smoothing: int = 4, reach: int = 4) -> None:
    """Lower the body until the last `reach` legs reach their steps, and put all feet there; else they stand."""
    four = legs()
    steps = steps or [standing(pose.num_frames) for _ in four]
    lower_to_reach(pose, four[-reach:], steps[-reach:], smoothing)
    place_legs(pose, four, steps)


def carry_head(pose: Pose, nod: torch.Tensor, yaw: torch.Tensor) -> None:
    """Nod with the neck and keep the head's own attitude in the world, but for its yaw and a little of the nod."""
    for name in NECK:
        pose.turn(name, quaternion_multiply(axis_angle(Y, 0.3 * yaw), axis_angle(X, 0.5 * nod)))
    facing = pose.world_turn(pose.skeleton.names[0])
    head = quaternion_multiply(axis_angle(Y, yaw), axis_angle(X, 0.35 * nod))
    pose.set_world_turn("head", quaternion_multiply(facing, head))


def lift_tail(pose: Pose, drop: torch.Tensor | float = 0.0) -> None:
    """Raise a hanging tail so that it stays off the floor when the hips sink by `drop` metres, () or (T,)."""
    names = [name for name in TAIL if pose.has(name)]
    if not names:
        return
    root, tip = pose.position[names[0]], pose.position[names[-1]]
    reach = 1.4 * max(float((tip - root).norm()), 1e-6)  # the last bone goes on beyond its joint
    below = math.atan2(float(root[1] - tip[1]), float(root[2] - tip[2]))  # angle under the horizontal
    room = float(root[1]) - torch.as_tensor(drop) - TAIL_CLEARANCE * float(pose.position["hips"][1])
    allowed = torch.asin((room / reach).clamp(-0.2, 1.0))
    pose.turn(names[0], axis_angle(X, (below - allowed).clamp(min=0.0).double().expand(pose.num_frames)))


def wag(pose: Pose, phase: torch.Tensor, amplitude: float | torch.Tensor, beats: int) -> None:
    """Swing the tail from side to side, each bone a little later than the one before."""
    for number, name in enumerate(TAIL):
        lag = number * TAIL_LAG
        pose.turn(name, axis_angle(Y, amplitude * (wave(phase, beats, lag) + 0.2 * wave(phase, 2 * beats, lag))))
        pose.turn(name, axis_angle(X, 0.15 * amplitude * (1 + wave(phase, 2 * beats, lag + 0.2))))  # up, off the floor


def spread(pose: Pose, names: tuple[str, ...], axis: tuple[float, float, float], angle: torch.Tensor) -> None:
    """Share an angle among several joints of a chain."""
    for name in names:
        pose.turn(name, axis_angle(axis, angle / len(names)))
