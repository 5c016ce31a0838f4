"""What the biped does near the ground: crouch and sit, which start and end standing and loop, and death."""

import math

import torch

from gen4d.context import Context
from gen4d.motion.beginning import start
from gen4d.motion.biped_parts import (
    LEG_JOINTS,
    SIDES,
    TRUNK,
    aim_arm,
    breathe,
    legs,
    look,
    plant,
    spread,
)
from gen4d.motion.body import Body
from gen4d.motion.config import MotionConfig
from gen4d.motion.floor import clear_floor
from gen4d.motion.kinematics import axis_angle
from gen4d.motion.legs import Step, leg_length, standing
from gen4d.motion.pose import Pose
from gen4d.motion.signals import TAU, X, Y, bump, keys, wave
from gen4d.structures import Clip

QUARTER = math.pi / 2
# Of the leg. A squat of 0.37 cost linear-blend skin at hips and knees an eighth of the body's volume.
SEAT_BACK, SQUAT = 0.85, 0.24


def crouch(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Squat down, stay low, stand up again."""
    pose, phase = start(body, 2.6, cfg)
    length = leg_length(pose, legs()[0])
    down = keys(phase, (0.04, 0.28, 0.70, 0.95), (0.0, 1.0, 1.0, 0.0))
    breathe(pose, phase, cfg, ctx, "crouch", calm=0.3)
    _squat(pose, phase, length, down)
    plant(pose, smoothing=12)
    return pose.clip("crouch", cfg.fps)


def sit(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Sit down on the floor behind the planted feet, look about, stand up again."""
    pose, phase = start(body, 5.0, cfg)
    length = leg_length(pose, legs()[0])
    down = keys(phase, (0.03, 0.30, 0.74, 0.97), (0.0, 1.0, 1.0, 0.0))
    breathe(pose, phase, cfg, ctx, "sit", calm=0.6)
    seat = body.carried_by(("hips",))
    # The rump, as far as it reaches below the hips joint; with no mesh to tell, an adult's.
    depth = float(pose.position["hips"][1] - seat[:, 1].min()) if len(seat) > 8 else 0.16 * length
    drop = float(pose.position["hips"][1]) - max(depth, 0.08 * length)
    pose.shift[:, 1] -= drop * down
    pose.shift[:, 2] -= SEAT_BACK * length * keys(phase, (0.03, 0.22, 0.80, 0.97), (0.0, 1.0, 1.0, 0.0))
    bend = keys(phase, (0.03, 0.17, 0.32, 0.72, 0.84, 0.97), (0.0, 1.0, 0.0, 0.0, 1.0, 0.0))
    pose.turn("hips", axis_angle(X, -0.58 * down + 0.38 * bend))
    spread(pose, TRUNK, X, 0.48 * down + 0.35 * bend)
    look(pose, 0.10 * down, 0.5 * down * torch.sin(TAU * (phase - 0.30) / 0.44).clamp(-1, 1))
    for side, sign in SIDES:
        aim_arm(pose, side, sign, down, (0.30, -0.62, 0.72), (-0.05, -0.25, 0.95))
        aim_arm(pose, side, sign, 0.9 * bend, (0.25, -0.35, 0.90), (0.0, 0.0, 1.0))
    clear_floor(pose, without=LEG_JOINTS)
    knees = torch.stack([torch.zeros_like(down), down, 1 - 0.6 * down], dim=1)
    plant(pose, smoothing=20, knees=knees)
    return pose.clip("sit", cfg.fps)


def death(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Knees give way, the body falls backwards and stays lying; it does not loop."""
    pose, phase = start(body, 2.4, cfg)
    length = leg_length(pose, legs()[0])
    breathe(pose, phase, cfg, ctx, "death", calm=0.0)
    hurt = keys(phase, (0.02, 0.14, 0.30), (0.0, 1.0, 0.0))
    knees_give = keys(phase, (0.10, 0.34), (0.0, 1.0)) - keys(phase, (0.36, 0.62), (0.0, 1.0))
    fall = keys(phase, (0.22, 0.62), (0.0, 1.0)) ** 1.6  # gravity: slow at first
    bounce = bump((phase - 0.60) / 0.16)
    pose.turn("hips", axis_angle(X, 0.15 * hurt - QUARTER * fall + 0.04 * bounce))
    spread(pose, TRUNK, X, 0.45 * hurt + 0.40 * knees_give - 0.05 * fall)
    look(pose, 0.35 * hurt + 0.25 * knees_give, torch.zeros_like(phase))
    pose.lean_to("head", axis_angle(Y, torch.full_like(phase, 0.45)), fall)
    pose.lean_to("neck", axis_angle(X, torch.zeros_like(phase)), fall)
    hips = float(pose.position["hips"][1])
    pose.shift[:, 1] -= 0.20 * length * knees_give + 0.85 * hips * fall
    pose.shift[:, 2] -= 1.02 * length * fall + 0.10 * length * knees_give
    for side, sign in SIDES:
        fling = keys(phase, (0.18, 0.42, 0.52, 0.66), (0.0, 1.0, 1.0, 0.0))
        aim_arm(pose, side, sign, fling, (0.70, -0.10, 0.70), (0.30, 0.30, 0.85))
        aim_arm(pose, side, sign, fall, (0.80, -0.58, -0.05), (0.72, -0.68, 0.05))
    clear_floor(pose, LEG_JOINTS, settle=fall**4)
    pitch = -math.radians(62) * keys(phase, (0.40, 0.70), (0.0, 1.0))
    steps = []
    for _ in legs():
        step = standing(len(phase))
        steps.append(Step(step.offset, pitch, pitch, step.heading))
    up = keys(phase, (0.2, 0.5), (0.0, 1.0))
    plant(pose, steps, smoothing=30, knees=torch.stack([0 * up, up, 1 - 0.9 * up], dim=1))
    return pose.clip("death", cfg.fps, loop=False)


def _squat(pose: Pose, phase: torch.Tensor, length: float, down: torch.Tensor) -> None:
    """Bend hips and knees deeply, arms ahead for balance."""
    pose.shift[:, 1] -= SQUAT * length * down
    pose.shift[:, 2] -= 0.14 * length * down
    pose.turn("hips", axis_angle(X, 0.36 * down))
    spread(pose, TRUNK, X, 0.25 * down)
    look(pose, 0.10 * down, 0.3 * down * wave(phase, 2, 0.2))
    for side, sign in SIDES:
        aim_arm(pose, side, sign, down, (0.25, -0.65, 0.72), (-0.15, 0.15, 0.97))
