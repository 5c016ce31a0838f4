"""Clips of the rigid prop: idle (a hovering bob), hop, spin, turntable; nothing dips below the floor."""

import math

import torch

from gen4d.context import Context
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import axis_angle
from gen4d.motion.pose import Pose
from gen4d.motion.signals import TAU, bump, keys, phases, smooth_step, wave
from gen4d.structures import Clip, Skeleton

BODY = "body"
UP = (0.0, 1.0, 0.0)


def idle(skeleton: Skeleton, cfg: MotionConfig, ctx: Context) -> Clip:
    """Bob up and down over the floor and turn a little to and fro."""
    pose, phase, height = _start(skeleton, 3.0, cfg.fps)
    pose.shift[:, 1] = 0.05 * height * (0.5 - 0.5 * wave(phase)) + 0.004 * height * (1 - wave(phase, 2))
    pose.turn(BODY, axis_angle(UP, 0.07 * wave(phase, 1, 0.25) + 0.012 * wave(phase, 3, 0.1)))
    return pose.clip("idle", cfg.fps)


def hop(skeleton: Skeleton, cfg: MotionConfig, ctx: Context) -> Clip:
    """A hop, a smaller one after it, a pause; it turns a little in the air and comes back."""
    pose, phase, height = _start(skeleton, 1.6, cfg.fps)
    for start, end, size in ((0.08, 0.46, 1.0), (0.46, 0.66, 0.27), (0.66, 0.76, 0.07)):  # e^2 = 0.27, e = 0.52
        air = ((phase - start) / (end - start)).clamp(0, 1)
        pose.shift[:, 1] += 0.35 * height * size * 4 * air * (1 - air)
    turn = keys(phase, (0.08, 0.46, 0.66), (0.0, 0.35, 0.0))
    pose.turn(BODY, axis_angle(UP, turn))
    return pose.clip("hop", cfg.fps)


def spin(skeleton: Skeleton, cfg: MotionConfig, ctx: Context) -> Clip:
    """One whole turn about the vertical, with a slow start and end, lifted in the middle."""
    pose, phase, height = _start(skeleton, 2.0, cfg.fps)
    pose.turn(BODY, axis_angle(UP, TAU * smooth_step(phase)))
    pose.shift[:, 1] = 0.12 * height * bump(phase)
    return pose.clip("spin", cfg.fps)


def turntable(skeleton: Skeleton, cfg: MotionConfig, ctx: Context) -> Clip:
    """One whole turn at constant speed, for showing the object."""
    pose, phase, _ = _start(skeleton, 4.0, cfg.fps)
    pose.turn(BODY, axis_angle(UP, 2 * math.pi * phase))
    return pose.clip("turntable", cfg.fps)


CLIPS = {"idle": idle, "hop": hop, "spin": spin, "turntable": turntable}
DEFAULTS = ("idle", "hop", "spin")


def _start(skeleton: Skeleton, seconds: float, fps: int) -> tuple[Pose, torch.Tensor, float]:
    """An empty pose, each keyframe's phase, and the prop's height: its joint sits in the middle of it."""
    phase = phases(max(4, round(seconds * fps)))
    pose = Pose(skeleton, len(phase), moving_joint=BODY)
    return pose, phase, max(2 * float(pose.position[BODY][1]), 1e-3)
