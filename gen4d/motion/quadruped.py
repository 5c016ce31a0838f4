"""Clips of the quadruped: idle, walk, trot, sit.

Phase 0 of a gait is the touch-down of the left hind foot. Footfall phases and duty factors after Hildebrand, The
quadrupedal gaits of vertebrates, BioScience 1989: the walk is a lateral sequence, the trot pairs diagonals.
"""

import math
from dataclasses import dataclass

import torch

from gen4d.context import Context
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import axis_angle, quaternion_multiply
from gen4d.motion.legs import Leg, Step, leg_length, lower_to_reach, place_leg, standing
from gen4d.motion.pose import Pose
from gen4d.motion.signals import bump, keys, periodic_noise, phases, stepping, wave
from gen4d.structures import Clip, Skeleton

GRAVITY = 9.81
X, Y, Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
SPINE = ("spine", "spine1", "chest")
TAIL = ("tail1", "tail2", "tail3", "tail4")
TAIL_CLEARANCE = 0.15  # of the hips' height: how far a tail stays off the floor
TAIL_LAG = 0.09  # of a cycle, from one tail bone to the next
KNEE_SLACK = 0.012  # of the leg: how much lower than in the rest pose the body stands, so that no joint is locked


@dataclass(frozen=True)
class Gait:
    """A four-legged gait; angles in degrees.

    Fields:
        froude, stride, duty, lift: as for two legs (squared speed over gravity times leg length; leg lengths; share).
        touch_down: phases of left hind, right hind, left front, right front.
        toe_off, fold: pitch of the foot at lift-off and at its largest in swing.
        sway, bob: half swings of the body sideways and up, in leg lengths; bob beyond what the legs already cause.
        bend: half swing of the spine's sideways bend.
        nod: half swing of the neck.
        tail: half swing of each tail bone.
    """

    froude: float
    stride: float
    duty: float
    lift: float
    touch_down: tuple[float, float, float, float]
    toe_off: float
    fold: float
    sway: float
    bob: float
    bend: float
    nod: float
    tail: float


WALK = Gait(0.13, 1.25, 0.66, 0.12, (0.0, 0.5, 0.25, 0.75), 14.0, 48.0, 0.020, 0.0, 4.0, 3.5, 7.0)
TROT = Gait(0.60, 1.90, 0.46, 0.20, (0.0, 0.5, 0.5, 0.0), 22.0, 70.0, 0.008, 0.030, 2.0, 1.5, 5.0)


def legs() -> list[Leg]:
    """Left hind, right hind, left front, right front; stifles bend forward, elbows backward."""
    return [
        Leg(f"{side}{end}UpperLeg", f"{side}{end}LowerLeg", f"{side}{end}Foot", f"{side}{end}Toes", bend)
        for end, bend in (("Hind", 1.0), ("Front", -1.0))
        for side in ("left", "right")
    ]


def idle(skeleton: Skeleton, cfg: MotionConfig, ctx: Context) -> Clip:
    """Standing: breath, a shift of weight, a head that looks about, a lazy tail."""
    pose, phase = _start(skeleton, 4.0, cfg.fps)
    four = legs()
    _breathe(pose, phase, ctx, "idle")
    steps = [standing(len(phase)) for _ in four]
    lower_to_reach(pose, four, steps)
    pose.turn("tail1", axis_angle(X, torch.tensor(_tail_lift(pose), dtype=torch.float64)))
    _wag(pose, phase, math.radians(6.0), 1)
    for leg, step in zip(four, steps, strict=True):
        place_leg(pose, leg, step)
    return pose.clip("idle", cfg.fps)


def walk(skeleton: Skeleton, cfg: MotionConfig, ctx: Context) -> Clip:
    """A lateral-sequence walk in place."""
    return _locomote("walk", WALK, skeleton, cfg, ctx)


def trot(skeleton: Skeleton, cfg: MotionConfig, ctx: Context) -> Clip:
    """A trot in place: diagonal legs together, a short flight between."""
    return _locomote("trot", TROT, skeleton, cfg, ctx)


def sit(skeleton: Skeleton, cfg: MotionConfig, ctx: Context) -> Clip:
    """Sit down on the haunches, look about, stand up again; the feet stay where they are."""
    pose, phase = _start(skeleton, 4.5, cfg.fps)
    four = legs()
    length = leg_length(pose, four[0])
    back = float(pose.position["chest"][2] - pose.position["hips"][2])
    down = keys(phase, (0.05, 0.25, 0.75, 0.95), (0.0, 1.0, 1.0, 0.0))
    _breathe(pose, phase, ctx, "sit")
    tilt = down * min(math.asin(min(0.42 * length / max(back, 1e-6), 0.95)), math.radians(36))
    pose.turn("hips", axis_angle(X, -tilt))  # the rump sinks about the shoulders, which stay where they are
    pose.shift[:, 1] -= back * torch.sin(tilt)
    pose.shift[:, 2] += 0.8 * back * (1 - torch.cos(tilt))
    for name in ("neck", "neck1"):
        pose.turn(name, axis_angle(X, 0.45 * tilt))
    if pose.has("tail1"):
        drop = back * float(torch.sin(tilt.max()))
        pose.set_world_turn("tail1", axis_angle(X, (1 - down) * _tail_lift(pose) + down * _tail_lift(pose, drop)))
    steps = [standing(len(phase)) for _ in four]
    lower_to_reach(pose, four[2:], steps[2:], smoothing=12)
    _wag(pose, phase, math.radians(9.0) * (0.4 + 0.6 * down), 3)
    for leg, step in zip(four, steps, strict=True):
        place_leg(pose, leg, step)
    return pose.clip("sit", cfg.fps)


CLIPS = {"idle": idle, "walk": walk, "trot": trot, "sit": sit}
DEFAULTS = ("idle", "walk", "trot")


def _tail_lift(pose: Pose, drop: float = 0.0) -> float:
    """How far a tail must rise about its root to stay off the floor when the hips sink by `drop` metres; radians."""
    if not pose.has("tail1"):
        return 0.0
    root = pose.position["tail1"]
    tip = pose.position[max((name for name in TAIL if pose.has(name)), key=TAIL.index)]
    reach = 1.4 * float((tip - root).norm())  # the last bone goes on beyond its joint
    below = math.atan2(float(root[1] - tip[1]), float(root[2] - tip[2]))  # angle under the horizontal
    room = float(root[1]) - drop - TAIL_CLEARANCE * float(pose.position["hips"][1])
    return max(0.0, below - math.asin(min(max(room / max(reach, 1e-6), -0.2), 1.0)))


def _start(skeleton: Skeleton, seconds: float, fps: int) -> tuple[Pose, torch.Tensor]:
    """An empty pose over a whole number of frames, and each keyframe's phase."""
    phase = phases(max(4, round(seconds * fps)))
    return Pose(skeleton, len(phase)), phase


def _breathe(pose: Pose, phase: torch.Tensor, ctx: Context, name: str) -> None:
    """Small life in a standing body."""
    length = leg_length(pose, legs()[0])
    generator = ctx.streams.numpy(f"motion.quadruped.{name}")
    breath = wave(phase, 2, 0.4) + 0.15 * wave(phase, 4, 0.1)
    drift = wave(phase, 1, 0.2) + 0.35 * periodic_noise(phase, generator)
    pose.shift[:, 0] = 0.014 * length * drift
    pose.shift[:, 1] = length * (-KNEE_SLACK + 0.004 * breath)
    pose.turn("hips", axis_angle(Z, 0.010 * drift))
    _spread(pose, SPINE, X, -0.012 * breath)
    look = 0.16 * wave(phase, 1, 0.62) + 0.07 * periodic_noise(phase, generator)
    nod = 0.04 * breath + 0.05 * periodic_noise(phase, generator)
    _carry_head(pose, nod, look)


def _locomote(name: str, gait: Gait, skeleton: Skeleton, cfg: MotionConfig, ctx: Context) -> Clip:
    """One cycle of a gait: steps, body, reach, then spine, head, tail and legs."""
    four = legs()
    length = min(leg_length(Pose(skeleton, 2), leg) for leg in four)
    back = abs(float(Pose(skeleton, 2).position["chest"][2] - Pose(skeleton, 2).position["hips"][2]))
    stride = min(gait.stride * length, 1.6 * back)  # hind feet must not step on front feet
    speed = math.sqrt(gait.froude * GRAVITY * length) * stride / (gait.stride * length)
    pose, phase = _start(skeleton, stride / speed, cfg.fps)
    stride = speed * (len(phase) - 1) / cfg.fps  # the cycle is a whole number of frames; the speed stays exact
    steps = [_step(gait, phase - start, stride, length) for start in gait.touch_down]
    generator = ctx.streams.numpy(f"motion.quadruped.{name}")
    noise = [periodic_noise(phase, generator) for _ in range(4)]

    over_left = wave(phase, 1, gait.duty / 2) + 0.10 * wave(phase, 3, 0.3)
    pose.shift[:, 0] = length * (gait.sway * over_left + 0.002 * noise[0])
    pose.shift[:, 1] = length * (gait.bob * (wave(phase, 2, gait.duty + 0.5) - 1) - KNEE_SLACK)
    twist = wave(phase, 1, 0.02) + 0.08 * wave(phase, 3, 0.2)
    pose.turn("hips", axis_angle(X, 0.010 * wave(phase, 2, 0.2) + 0.003 * noise[1]))
    pose.turn("hips", axis_angle(Z, 0.6 * math.radians(gait.bend) * over_left))
    pose.turn("hips", axis_angle(Y, -math.radians(gait.bend) * twist))
    _spread(pose, SPINE, Y, 2.0 * math.radians(gait.bend) * wave(phase, 1, 0.06))
    _spread(pose, SPINE, Z, -1.1 * math.radians(gait.bend) * wave(phase, 1, gait.duty / 2 + 0.06))
    lower_to_reach(pose, four, steps)
    nod = math.radians(gait.nod) * (wave(phase, 2, 0.30) + 0.15 * wave(phase, 4, 0.1)) + 0.006 * noise[2]
    _carry_head(pose, nod, -0.5 * math.radians(gait.bend) * wave(phase, 1, 0.15) + 0.006 * noise[3])
    pose.turn("tail1", axis_angle(X, torch.tensor(_tail_lift(pose), dtype=torch.float64)))
    _wag(pose, phase, math.radians(gait.tail), 1)
    for leg, step in zip(four, steps, strict=True):
        place_leg(pose, leg, step)
    return pose.clip(name, cfg.fps, speed)


def _step(gait: Gait, phase: torch.Tensor, stride: float, length: float) -> Step:
    """One foot: upright while it stands, rolled over the toes at lift-off, folded back in swing."""
    own = phase % 1.0
    forward, swing = stepping(own, gait.duty, stride)
    off, fold = math.radians(gait.toe_off), math.radians(gait.fold)
    peak = gait.duty + 0.35 * (1 - gait.duty)
    pitch = keys(own, (0.62 * gait.duty, gait.duty, peak, 0.97), (0.0, off, fold, 0.0))
    offset = torch.zeros(len(own), 3, dtype=torch.float64)
    offset[:, 1] = gait.lift * length * torch.sin(math.pi * swing) ** 1.3
    offset[:, 2] = forward
    return Step(offset, pitch, pitch * bump(swing))


def _carry_head(pose: Pose, nod: torch.Tensor, yaw: torch.Tensor) -> None:
    """Nod with the neck and keep the head's own attitude in the world, but for its yaw and a little of the nod."""
    for name in ("neck", "neck1"):
        pose.turn(name, quaternion_multiply(axis_angle(Y, 0.3 * yaw), axis_angle(X, 0.5 * nod)))
    pose.set_world_turn("head", quaternion_multiply(axis_angle(Y, yaw), axis_angle(X, 0.35 * nod)))


def _wag(pose: Pose, phase: torch.Tensor, amplitude: float | torch.Tensor, beats: int) -> None:
    """Swing the tail from side to side, each bone a little later than the one before."""
    for number, name in enumerate(TAIL):
        lag = number * TAIL_LAG
        pose.turn(name, axis_angle(Y, amplitude * (wave(phase, beats, lag) + 0.2 * wave(phase, 2 * beats, lag))))
        pose.turn(name, axis_angle(X, 0.15 * amplitude * (1 + wave(phase, 2 * beats, lag + 0.2))))  # up, off the floor


def _spread(pose: Pose, names: tuple[str, ...], axis: tuple[float, float, float], angle: torch.Tensor) -> None:
    """Share an angle among several joints of a chain."""
    for name in names:
        pose.turn(name, axis_angle(axis, angle / len(names)))
