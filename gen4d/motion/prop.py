"""Clips of the rigid prop: it bobs, hops, spins, sways, shakes and falls; nothing dips below the floor."""

import math

import torch

from gen4d.context import Context
from gen4d.motion.beginning import start
from gen4d.motion.body import Body
from gen4d.motion.config import MotionConfig
from gen4d.motion.floor import clear_floor
from gen4d.motion.kinematics import axis_angle
from gen4d.motion.mood import mood_of
from gen4d.motion.pose import calm_start
from gen4d.motion.signals import TAU, X, Y, Z, bump, keys, smooth_step, wave
from gen4d.structures import Clip

BODY = "body"
CALM = 0.05  # jump of the velocity at the seam, over the mean speed, that may stay


def idle(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Bob up and down over the floor and turn a little to and fro."""
    pose, phase = start(body, 3.0, cfg)
    size = mood_of(cfg).bounce * body.height
    pose.shift[:, 1] = 0.05 * size * (0.5 - 0.5 * wave(phase)) + 0.004 * size * (1 - wave(phase, 2))
    pose.turn(BODY, axis_angle(Y, 0.07 * wave(phase, 1, 0.25) + 0.012 * wave(phase, 3, 0.1)))
    return pose.clip("idle", cfg.fps)


def hop(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """A hop, a smaller one after it, a pause; it turns a little in the air and comes back."""
    pose, phase = start(body, 1.6, cfg)
    for first, last, size in ((0.08, 0.46, 1.0), (0.46, 0.66, 0.27), (0.66, 0.76, 0.07)):  # e^2 = 0.27, e = 0.52
        air = ((phase - first) / (last - first)).clamp(0, 1)
        pose.shift[:, 1] += 0.35 * mood_of(cfg).bounce * body.height * size * 4 * air * (1 - air)
    pose.turn(BODY, axis_angle(Y, keys(phase, (0.08, 0.46, 0.66), (0.0, 0.35, 0.0))))
    return pose.clip("hop", cfg.fps)


def spin(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """One whole turn about the vertical, with a slow start and end, lifted in the middle."""
    pose, phase = start(body, 2.0, cfg)
    pose.turn(BODY, axis_angle(Y, TAU * smooth_step(phase)))
    pose.shift[:, 1] = 0.12 * mood_of(cfg).bounce * body.height * bump(phase)
    return pose.clip("spin", cfg.fps)


def turntable(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """One whole turn at constant speed, for showing the object."""
    pose, phase = start(body, 4.0, cfg)
    pose.turn(BODY, axis_angle(Y, TAU * phase))
    return pose.clip("turntable", cfg.fps)


def sway(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Rock from side to side over its lower edges, as a bottle that was pushed."""
    pose, phase = start(body, 2.4, cfg)
    angle = 0.12 * mood_of(cfg).swing * (torch.sin(TAU * 2 * phase) + 0.10 * torch.sin(TAU * 6 * phase))
    pose.turn(BODY, axis_angle(Z, angle))
    clear_floor(pose, settle=torch.ones_like(phase))
    return calm_start(pose.clip("sway", cfg.fps), body.skeleton, CALM)  # a broad foot knocks as it stands upright


def shake(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Rattle on the spot, ever stronger, then stop."""
    pose, phase = start(body, 1.4, cfg)
    strength = keys(phase, (0.05, 0.6, 0.9), (0.0, 1.0, 0.0))
    pose.turn(BODY, axis_angle(Y, 0.10 * strength * torch.sin(TAU * 9 * phase)))
    pose.turn(BODY, axis_angle(Z, 0.05 * strength * torch.sin(TAU * 7 * phase)))
    pose.turn(BODY, axis_angle(X, 0.03 * strength * torch.sin(TAU * 8 * phase)))
    clear_floor(pose, settle=torch.ones_like(phase))
    return pose.clip("shake", cfg.fps)


def fall(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Tip over backwards about its rear edge, bounce once, lie still; it does not loop."""
    pose, phase = start(body, 1.6, cfg)
    tipped = keys(phase, (0.05, 0.62), (0.0, 1.0)) ** 2 - 0.07 * bump((phase - 0.60) / 0.18)
    pose.turn(BODY, axis_angle(X, -math.pi / 2 * tipped))
    pose.shift[:, 2] = -0.5 * body.height * torch.sin(math.pi / 2 * tipped)
    clear_floor(pose, settle=torch.ones_like(phase))
    return pose.clip("fall", cfg.fps, loop=False)


CLIPS = {
    "idle": idle,
    "hop": hop,
    "spin": spin,
    "turntable": turntable,
    "sway": sway,
    "shake": shake,
    "fall": fall,
}
DEFAULTS = ("idle", "hop", "spin")
