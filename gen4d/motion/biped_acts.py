"""What the biped does on its feet on the spot, from idling to dancing.

All but the turn start and end standing, and loop.
"""

import math

import torch

from gen4d.context import Context
from gen4d.motion.beginning import start
from gen4d.motion.biped_parts import (
    KNEE_SLACK,
    RESTING_ELBOW_DEG,
    SIDES,
    TRUNK,
    aim_arm,
    breathe,
    direction,
    hang_angle,
    hang_arm,
    legs,
    look,
    plant,
    point_arm,
    spread,
)
from gen4d.motion.body import Body
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import axis_angle
from gen4d.motion.legs import Step, leg_length, standing
from gen4d.motion.mood import mood_of
from gen4d.motion.pose import calm_start
from gen4d.motion.signals import TAU, X, Y, Z, bump, keys, wave
from gen4d.structures import Clip

GRAVITY = 9.81
QUARTER = math.pi / 2


def idle(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Standing: breath, a slow shift of weight, a head that looks about."""
    pose, phase = start(body, 4.0, cfg)
    breathe(pose, phase, cfg, ctx, "idle")
    plant(pose)
    return pose.clip("idle", cfg.fps)


def jump(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """A jump on the spot: crouch, push, flight, landing."""
    pose, phase = start(body, 1.7, cfg)
    mood, length = mood_of(cfg), leg_length(pose, legs()[0])
    take_off, landing = 0.36, 0.64
    flight = (landing - take_off) * 1.7
    height = min(GRAVITY * flight**2 / 8, 0.55 * length) * mood.bounce  # what the time in the air allows
    air = ((phase - take_off) / (landing - take_off)).clamp(0, 1)
    rise = height * 4 * air * (1 - air)
    crouched = keys(phase, (0.0, 0.24, take_off, 0.5, landing, 0.74, 0.97), (0.0, -0.24, 0.03, -0.02, 0.02, -0.20, 0.0))
    pitch = math.radians(35) * (keys(phase, (0.27, take_off), (0.0, 1.0)) - keys(phase, (0.5, landing), (0.0, 1.0)))
    steps = []
    for _ in legs():
        step = standing(len(phase))
        step.offset[:, 1] = rise + 0.10 * length * bump(air)
        steps.append(Step(step.offset, pitch, torch.zeros_like(pitch), step.heading))
    pose.shift[:, 1] = rise + length * (crouched - KNEE_SLACK - mood.crouch)
    lean = keys(phase, (0.0, 0.24, take_off, landing, 0.74, 0.97), (0.0, 0.42, -0.05, 0.05, 0.34, 0.0))
    pose.shift[:, 2] = -0.25 * length * lean
    pose.turn("hips", axis_angle(X, 0.6 * lean))
    spread(pose, TRUNK, X, 0.5 * lean + math.radians(mood.lean_deg))
    swing = keys(phase, (0.0, 0.24, 0.42, 0.6, 0.76, 1.0), (0.0, -0.75, 2.0, 1.2, 0.1, 0.0))
    for side, sign in SIDES:
        hang_arm(pose, side, sign, swing, math.radians(RESTING_ELBOW_DEG) + 0.35 * bump(phase))
    look(pose, 0.25 * lean + math.radians(mood.nod_deg), torch.zeros_like(phase))
    plant(pose, steps, smoothing=12)
    return pose.clip("jump", cfg.fps)


def turn(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """A quarter turn to the left in four steps; it ends a quarter turned, on the root joint.

    The left foot leads, so that feet point apart on the way and no knee turns into the other.
    """
    pose, phase = start(body, 1.7, cfg)
    length = leg_length(pose, legs()[0])
    yaw = QUARTER * keys(phase, (0.10, 0.88), (0.0, 1.0))
    pose.turn("root", axis_angle(Y, yaw))
    breathe(pose, phase, cfg, ctx, "turn", calm=0.0)
    # Of left and right foot: from, to, share.
    windows = (((0.08, 0.28, 0.5), (0.48, 0.68, 1.0)), ((0.28, 0.48, 0.5), (0.68, 0.88, 1.0)))
    steps = []
    for swings in windows:
        heading, lift, before = torch.zeros_like(phase), torch.zeros_like(phase), 0.0
        for first, last, share in swings:
            heading = heading + QUARTER * (share - before) * keys(phase, (first, last), (0.0, 1.0))
            lift = lift + bump((phase - first) / (last - first))
            before = share
        step = standing(len(phase))
        step.offset[:, 1] = 0.08 * length * lift
        steps.append(Step(step.offset, 0.25 * lift, 0 * lift, heading))
    pose.shift[:, 0] += 0.03 * length * (keys(phase, (0.3, 0.4, 0.55, 0.65), (0.0, 1.0, 1.0, 0.0)) - bump(phase))
    pose.shift[:, 1] -= 0.02 * length * bump(phase)
    ahead = 0.45 * (keys(phase, (0.02, 0.25), (0.0, 1.0)) - keys(phase, (0.55, 0.95), (0.0, 1.0)))
    spread(pose, TRUNK, Y, 0.4 * ahead)
    look(pose, 0.05 * bump(phase), ahead)
    plant(pose, steps, smoothing=12)
    return pose.clip("turn", cfg.fps, loop=False)


def look_about(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Look to the left, to the right, and ahead again; the trunk follows a little."""
    pose, phase = start(body, 3.2, cfg)
    breathe(pose, phase, cfg, ctx, "look", calm=0.5)
    yaw = keys(phase, (0.04, 0.20, 0.42, 0.62, 0.80, 0.96), (0.0, 1.0, 1.0, -1.0, -1.0, 0.0))
    late = keys(phase, (0.08, 0.25, 0.46, 0.67, 0.83, 0.98), (0.0, 1.0, 1.0, -1.0, -1.0, 0.0))
    spread(pose, TRUNK, Y, 0.22 * late)
    look(pose, math.radians(mood_of(cfg).nod_deg) - 0.06 * yaw.abs(), 0.95 * yaw)
    plant(pose)
    return pose.clip("look", cfg.fps)


def attack(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """A straight punch with the right hand: wind up, strike with the whole trunk, guard, relax."""
    pose, phase = start(body, 1.3, cfg, still=0.12)
    length = leg_length(pose, legs()[0])
    breathe(pose, phase, cfg, ctx, "attack", calm=0.0)
    guard = keys(phase, (0.03, 0.22, 0.72, 0.97), (0.0, 1.0, 1.0, 0.0))
    strike = keys(phase, (0.30, 0.42, 0.50, 0.68), (0.0, 1.0, 1.0, 0.0))
    wind = keys(phase, (0.08, 0.28, 0.38), (0.0, 1.0, 0.0))
    twist = 0.75 * strike - 0.45 * wind
    pose.shift[:, 1] -= 0.06 * length * guard
    pose.shift[:, 2] += length * (0.11 * strike - 0.05 * wind)
    pose.turn("hips", axis_angle(Y, 0.4 * twist))
    spread(pose, TRUNK, Y, 0.6 * twist)
    spread(pose, TRUNK, X, 0.16 * guard + 0.10 * strike)
    look(pose, 0.12 * guard, torch.zeros_like(phase))
    aim_arm(pose, "left", 1.0, guard, (0.35, -0.75, 0.55), (-0.25, 0.75, 0.62))
    aim_arm(pose, "right", -1.0, guard, (0.50, -0.80, 0.05), (-0.10, 0.55, 0.83))
    aim_arm(pose, "right", -1.0, strike, (-0.12, -0.10, 1.0), (-0.30, 0.02, 1.0))
    plant(pose, smoothing=12)
    return pose.clip("attack", cfg.fps)


def kick(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """A kick to the front with the right foot, the weight on the left."""
    pose, phase = start(body, 1.4, cfg, still=0.12)
    length = leg_length(pose, legs()[0])
    breathe(pose, phase, cfg, ctx, "kick", calm=0.0)
    guard = keys(phase, (0.03, 0.22, 0.75, 0.97), (0.0, 1.0, 1.0, 0.0))
    weight = keys(phase, (0.02, 0.20, 0.76, 0.96), (0.0, 1.0, 1.0, 0.0))
    chamber = keys(phase, (0.18, 0.36, 0.62, 0.80), (0.0, 1.0, 1.0, 0.0))
    strike = keys(phase, (0.36, 0.46, 0.52, 0.64), (0.0, 1.0, 1.0, 0.0))
    foot = standing(len(phase))
    side = float(pose.position["leftUpperLeg"][0])
    foot.offset[:, 0] = 0.5 * side * chamber
    foot.offset[:, 1] = length * (0.28 * chamber + 0.28 * strike)
    foot.offset[:, 2] = length * (0.12 * chamber + 0.52 * strike)
    pitch = 0.7 * chamber - 0.85 * strike
    pose.shift[:, 0] += 0.85 * side * weight
    pose.shift[:, 1] -= 0.035 * length * weight
    pose.shift[:, 2] -= 0.03 * length * strike
    pose.turn("hips", axis_angle(X, -0.22 * strike))
    spread(pose, TRUNK, X, 0.12 * guard - 0.28 * strike)
    spread(pose, TRUNK, Y, 0.35 * strike)
    look(pose, 0.10 * guard, torch.zeros_like(phase))
    for name, sign in SIDES:
        aim_arm(pose, name, sign, guard, (0.45, -0.80, 0.30), (-0.12, 0.42, 0.90))
    plant(pose, [standing(len(phase)), Step(foot.offset, pitch, pitch, foot.heading)], smoothing=12)
    return pose.clip("kick", cfg.fps)


def hit(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Struck from the front: head and trunk snap back, arms fly up, then recovery."""
    pose, phase = start(body, 1.1, cfg, still=0.12)
    length = leg_length(pose, legs()[0])
    breathe(pose, phase, cfg, ctx, "hit", calm=0.0)
    blow = keys(phase, (0.02, 0.16, 0.34, 0.95), (0.0, 1.0, 0.7, 0.0))
    after = keys(phase, (0.06, 0.26, 0.45, 0.97), (0.0, 1.0, 0.6, 0.0))
    pose.shift[:, 1] -= length * (0.05 * blow + 0.05 * after)
    pose.shift[:, 2] -= 0.16 * length * blow
    pose.turn("hips", axis_angle(X, 0.18 * blow))
    pose.turn("hips", axis_angle(Y, -0.18 * blow))
    spread(pose, TRUNK, X, -0.30 * blow + 0.42 * after)
    spread(pose, TRUNK, Y, -0.30 * blow)
    look(pose, -0.55 * blow + 0.45 * after, -0.25 * blow)
    for side, sign in SIDES:
        aim_arm(pose, side, sign, 0.85 * after, (0.55, -0.65, 0.52), (-0.35, 0.55, 0.75))
    plant(pose, smoothing=12)
    return pose.clip("hit", cfg.fps)


def wave_hand(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Raise the right arm, wave three times, lower it."""
    pose, phase = start(body, 3.0, cfg)
    raised = keys(phase, (0.04, 0.24, 0.76, 0.97), (0.0, 1.0, 1.0, 0.0))
    breathe(pose, phase, cfg, ctx, "wave")
    beat = raised * torch.sin(TAU * 3 * ((phase - 0.24) / 0.52).clamp(0, 1))
    hang = hang_angle(pose, "right", -1.0)
    upper = direction(-1.0, hang + raised * (math.radians(100) - hang), 0.18 * raised)
    lower = direction(-1.0, hang + raised * (math.radians(168) - hang) - 0.42 * beat, 0.20 + 0.1 * raised)
    point_arm(pose, "right", upper, lower)
    pose.turn("rightHand", axis_angle(Z, 0.25 * beat))
    pose.turn("rightShoulder", axis_angle(Z, -0.16 * raised))
    plant(pose)
    return pose.clip("wave", cfg.fps)


def bow(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Bow deeply from the hips, hold, rise."""
    pose, phase = start(body, 2.6, cfg)
    length = leg_length(pose, legs()[0])
    breathe(pose, phase, cfg, ctx, "bow", calm=0.3)
    down = keys(phase, (0.05, 0.34, 0.62, 0.95), (0.0, 1.0, 1.0, 0.0))
    pose.turn("hips", axis_angle(X, 0.55 * down))
    pose.shift[:, 2] -= 0.14 * length * down
    spread(pose, TRUNK, X, 0.45 * down)
    look(pose, 0.75 * down, torch.zeros_like(phase))
    for side, sign in SIDES:
        aim_arm(pose, side, sign, down, (0.22, -0.90, 0.35), (0.10, -0.90, 0.42))
    plant(pose)
    return pose.clip("bow", cfg.fps)


def cheer(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Both arms up, pumping, with small bounces of the knees."""
    pose, phase = start(body, 2.4, cfg)
    length = leg_length(pose, legs()[0])
    breathe(pose, phase, cfg, ctx, "cheer", calm=0.3)
    up = keys(phase, (0.03, 0.22, 0.80, 0.97), (0.0, 1.0, 1.0, 0.0))
    beat = up * (0.5 - 0.5 * wave(phase, 5, 0.1))
    pose.shift[:, 1] -= length * 0.07 * beat
    spread(pose, TRUNK, X, -0.14 * up + 0.10 * beat)
    look(pose, -0.25 * up, 0.18 * up * wave(phase, 2, 0.3))
    for side, sign in SIDES:
        aim_arm(pose, side, sign, up, (0.75, 0.55, 0.20), (0.25, 0.95, 0.10))
        aim_arm(pose, side, sign, 0.6 * beat, (0.90, 0.15, 0.25), (0.10, 0.98, 0.15))
    plant(pose, smoothing=16)
    return pose.clip("cheer", cfg.fps)


def dance(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Four beats: hips from side to side, feet tapping in turn, arms swinging across."""
    pose, phase = start(body, 2.0, cfg)
    length, mood = leg_length(pose, legs()[0]), mood_of(cfg)
    breathe(pose, phase, cfg, ctx, "dance", calm=0.0)
    side_beat = torch.sin(TAU * 2 * phase) + 0.12 * torch.sin(TAU * 6 * phase)
    dip = 0.5 - 0.5 * wave(phase, 4, 0.0)
    pose.shift[:, 0] += 0.06 * length * mood.swing * side_beat
    pose.shift[:, 1] -= length * (0.03 + 0.045 * mood.bounce * dip)
    pose.turn("hips", axis_angle(Z, 0.14 * side_beat))
    pose.turn("hips", axis_angle(Y, 0.20 * wave(phase, 1, 0.2)))
    spread(pose, TRUNK, Z, -0.26 * side_beat)
    spread(pose, TRUNK, Y, -0.35 * wave(phase, 1, 0.25))
    look(pose, 0.12 * dip - 0.05, 0.25 * wave(phase, 1, 0.3))
    for side, sign in SIDES:
        up = 0.5 + 0.5 * sign * wave(phase, 2, 0.30)
        aim_arm(pose, side, sign, 0 * up + 1.0, (0.55, -0.75, 0.35), (0.10, 0.35, 0.90))
        aim_arm(pose, side, sign, up, (0.75, 0.10, 0.55), (0.15, 0.90, 0.35))
    steps = []
    for number in range(2):
        tap = (torch.sin(TAU * 2 * phase) * (1 if number else -1)).clamp(min=0) ** 2
        step = standing(len(phase))
        step.offset[:, 1] = 0.05 * length * tap
        steps.append(Step(step.offset, 0.35 * tap, 0 * tap, step.heading))
    plant(pose, steps, smoothing=16)
    return calm_start(pose.clip("dance", cfg.fps), body.skeleton)
