"""Gaits of the quadruped: walk, trot, gallop; and the table of all its clips.

Phase 0 of a gait is the touch-down of the left hind foot. Duty factors after Hildebrand, The quadrupedal gaits of
vertebrates, BioScience 1989: the walk is a lateral sequence, the trot pairs diagonals, the gallop gathers and flies.
"""

import math
from dataclasses import dataclass

import torch

from gen4d.context import Context
from gen4d.motion import quadruped_acts as acts
from gen4d.motion import quadruped_low as low
from gen4d.motion.beginning import gait_fps
from gen4d.motion.body import Body
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import axis_angle
from gen4d.motion.legs import Leg, Step, leg_length, lower_to_reach
from gen4d.motion.mood import mood_of, tempo
from gen4d.motion.pose import Pose, calm_start
from gen4d.motion.quadruped_parts import (
    KNEE_SLACK,
    SPINE,
    back_length,
    carry_head,
    legs,
    lift_tail,
    plant,
    shortest_leg,
    spread,
    wag,
)
from gen4d.motion.signals import X, Y, Z, bump, keys, periodic_noise, phases, stepping, wave
from gen4d.structures import Clip

GRAVITY = 9.81
# Of the leg's slope, what an upright foot leans. On a horse, a wolf and a cow the volume a walk loses falls from .138,
# .119, .137 to .120, .103, .131. At 1 the wolf jerked at the seam, .12 where .05 is the limit.
LEAN = 0.5
USUAL_FOOT = 0.4  # of the leg, from ankle to toes: longer ones, a frog's, would be thrown up behind the body
STRIDE_EXPONENT = 0.4  # strides grow with speed to this power (Heglund and Taylor, 1988)


@dataclass(frozen=True)
class Gait:
    """A four-legged gait; angles in degrees.

    Fields:
        froude, stride, duty, lift: as for two legs (squared speed over gravity times leg length; leg lengths; share).
        longest: stride in back lengths beyond which hind feet would step on front feet.
        touch_down: phases of left hind, right hind, left front, right front.
        toe_off, fold: pitch of the foot at lift-off and at its largest in swing.
        sway, bob: half swings of the body sideways and up, in leg lengths; bob beyond what the legs already cause.
        pitch: half swing of the whole body about the transverse axis; the spine bends against it.
        bend: half swing of the spine's sideways bend.
        nod: half swing of the neck.
        tail: half swing of each tail bone.
    """

    froude: float
    stride: float
    longest: float
    duty: float
    lift: float
    touch_down: tuple[float, float, float, float]
    toe_off: float
    fold: float
    sway: float
    bob: float
    pitch: float
    bend: float
    nod: float
    tail: float


WALK = Gait(0.13, 1.25, 1.6, 0.66, 0.10, (0.0, 0.5, 0.25, 0.75), 14.0, 48.0, 0.020, 0.0, 0.0, 4.0, 3.5, 7.0)
TROT = Gait(0.60, 1.90, 1.6, 0.46, 0.18, (0.0, 0.5, 0.5, 0.0), 22.0, 70.0, 0.008, 0.030, 0.0, 2.0, 1.5, 5.0)
GALLOP = Gait(1.5, 2.25, 3.2, 0.27, 0.20, (0.0, 0.10, 0.42, 0.54), 30.0, 74.0, 0.004, 0.045, 6.0, 0.5, 3.0, 4.0)


def walk(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """A lateral-sequence walk in place."""
    return _locomote("walk", WALK, body, cfg, ctx)


def trot(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """A trot in place: diagonal legs together, a short flight between."""
    return _locomote("trot", TROT, body, cfg, ctx)


def gallop(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """A transverse gallop in place: hind feet, front feet, then a gathered flight; the back bends and stretches."""
    return _locomote("gallop", GALLOP, body, cfg, ctx)


CLIPS = {
    "idle": acts.idle,
    "walk": walk,
    "trot": trot,
    "gallop": gallop,
    "jump": acts.jump,
    "turn": acts.turn,
    "look": acts.look_about,
    "attack": acts.attack,
    "hit": acts.hit,
    "sit": low.sit,
    "lie": low.lie,
    "wave": acts.give_paw,
    "eat": acts.eat,
    "shake": acts.shake,
    "death": low.death,
}
DEFAULTS = ("idle", "walk", "trot")


def _locomote(name: str, gait: Gait, body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """One cycle of a gait: steps, body, reach, then spine, head, tail and legs."""
    mood, pace = mood_of(cfg), tempo(cfg)
    rest = Pose(body, 2)
    length = shortest_leg(rest)
    wanted = gait.stride * length * pace**STRIDE_EXPONENT
    stride = min(wanted, gait.longest * back_length(rest))
    speed = pace * math.sqrt(gait.froude * GRAVITY * length) * stride / wanted
    fps = gait_fps(stride / speed, cfg)
    phase = phases(max(6, round(stride / speed * fps)))
    pose = Pose(body, len(phase))
    stride = speed * (len(phase) - 1) / fps  # the cycle is a whole number of frames; the speed stays exact
    steps = [_step(gait, phase - start, stride, rest, leg) for start, leg in zip(gait.touch_down, legs(), strict=True)]
    generator = ctx.streams.numpy(f"motion.quadruped.{name}")
    noise = [mood.noise * periodic_noise(phase, generator) for _ in range(4)]

    over_left = wave(phase, 1, gait.duty / 2) + 0.10 * wave(phase, 3, 0.3)
    twist = wave(phase, 1, 0.02) + 0.08 * wave(phase, 3, 0.2)
    bend = mood.swing * math.radians(gait.bend)
    pose.shift[:, 0] = length * (gait.sway * over_left + 0.002 * noise[0])
    if gait.pitch:
        _rock(pose, gait, phase, length * mood.bounce)
    else:
        pose.shift[:, 1] = length * mood.bounce * gait.bob * (wave(phase, 2, gait.duty + 0.5) - 1)
    pose.shift[:, 1] -= length * (KNEE_SLACK + mood.crouch)
    pose.turn("hips", axis_angle(X, 0.010 * wave(phase, 2, 0.2) + 0.003 * noise[1]))
    pose.turn("hips", axis_angle(Z, 0.6 * bend * over_left))
    pose.turn("hips", axis_angle(Y, -bend * twist))
    spread(pose, SPINE, Y, 2.0 * bend * wave(phase, 1, 0.06))
    spread(pose, SPINE, Z, -1.1 * bend * wave(phase, 1, gait.duty / 2 + 0.06))
    lower_to_reach(pose, legs(), steps)
    beat = 1 if gait.pitch else 2
    nod = math.radians(gait.nod) * (wave(phase, beat, 0.30) + 0.15 * wave(phase, 2 * beat, 0.1)) + 0.006 * noise[2]
    carry_head(pose, math.radians(mood.nod_deg) + nod, -0.5 * bend * wave(phase, 1, 0.15) + 0.006 * noise[3])
    lift_tail(pose)
    wag(pose, phase, mood.swing * math.radians(gait.tail), 1)
    plant(pose, steps)
    return calm_start(pose.clip(name, fps, speed), body.skeleton)


def _rock(pose: Pose, gait: Gait, phase: torch.Tensor, length: float) -> None:
    """The rocking of a gallop: the rump rises as the front feet land; the back stretches as the hind feet push."""
    hind = (gait.touch_down[0] + gait.touch_down[1]) / 2 + gait.duty / 2  # phase of the hind legs' mid-stance
    rock = math.radians(gait.pitch) * wave(phase, 1, hind + 0.45)
    pose.turn("hips", axis_angle(X, rock))
    pose.shift[:, 1] = length * gait.bob * (wave(phase, 1, hind + 0.62) - 1)
    stretch = 2.2 * math.radians(gait.pitch) * (wave(phase, 1, hind - 0.12) + 0.15 * wave(phase, 2, 0.2))
    spread(pose, SPINE, X, -0.6 * rock - 0.8 * stretch)  # negative bends the chest up: stretched out
    pose.turn("hips", axis_angle(X, 0.5 * stretch))
    pose.shift[:, 1] += 0.5 * back_length(pose) * torch.sin(0.5 * rock)


def _step(gait: Gait, phase: torch.Tensor, stride: float, rest: Pose, leg: Leg) -> Step:
    """One foot: rolled over the toes at lift-off, folded back in swing.

    While it stands, a sole lies still; what stands on its toes, as the long foot of a horse does, leans with the leg.
    Held upright, it would leave the whole stride to thigh and shank, and the body would crouch.
    """
    length = shortest_leg(rest)
    own = phase % 1.0
    forward, swing = stepping(own, gait.duty, stride)
    flat = (1 - _uprightness(rest, leg)) * _foot_length(rest, leg) / leg_length(rest, leg)
    short = min(1.0, USUAL_FOOT / max(flat, 1e-6))  # a long foot folds less
    off, fold = short * math.radians(gait.toe_off), short * math.radians(gait.fold)
    middle = (1 + gait.duty) / 2  # a swing is a few keyframes long: any quicker fold shows as a jerk
    pitch = keys(own, (0.5 * gait.duty, gait.duty, middle, 1.0), (0.0, off, fold, 0.0))
    offset = torch.zeros(len(own), 3, dtype=torch.float64)
    offset[:, 1] = gait.lift * length * bump(swing)
    lean = -LEAN * _uprightness(rest, leg) * torch.atan(forward / leg_length(rest, leg))
    sole = rest.body.soles[leg.foot]
    offset[:, 2] = forward + sole.roll(pitch) - sole.roll(pitch + lean)  # it leans over toes that stay, without rolling
    return Step(offset, pitch + lean, pitch * bump(swing), torch.zeros_like(own))


def _foot_length(rest: Pose, leg: Leg) -> float:
    """From heel to toe joint, metres."""
    return float((rest.position[leg.foot] - rest.position[leg.toes]).norm().clamp(min=1e-6))


def _uprightness(rest: Pose, leg: Leg) -> float:
    """How far a foot stands on its toes: 0 for a sole on the ground, 1 for an upright one."""
    foot = rest.position[leg.foot] - rest.position[leg.toes]
    return float((foot[1] / foot.norm().clamp(min=1e-9)).clamp(min=0.0)) ** 2
