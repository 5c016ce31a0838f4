"""What the bird does on the spot, from idling to dying."""

import math

import torch

from gen4d.context import Context
from gen4d.motion.beginning import start
from gen4d.motion.bird_parts import (
    LEG_JOINTS,
    NECK,
    TRUNK,
    carry_head,
    leg_height,
    legs,
    live,
    plant,
    suppleness,
)
from gen4d.motion.bird_wings import SIDES, beat_wings
from gen4d.motion.body import Body
from gen4d.motion.chains import numbered
from gen4d.motion.config import MotionConfig
from gen4d.motion.floor import clear_floor
from gen4d.motion.kinematics import axis_angle
from gen4d.motion.legs import Step, standing
from gen4d.motion.mood import mood_of
from gen4d.motion.pose import Pose
from gen4d.motion.signals import TAU, X, Y, Z, bump, keys
from gen4d.structures import Clip


def idle(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Stand and look about in the quick jerks of a bird."""
    pose, phase = start(body, 4.0, cfg)
    live(pose, phase, cfg, ctx, "idle")
    glance = keys(phase, (0.10, 0.14, 0.34, 0.38, 0.58, 0.62, 0.84, 0.88), (0.0, 0.5, 0.5, -0.35, -0.35, 0.6, 0.6, 0.0))
    pose.turn("head", axis_angle(Y, glance))
    pose.turn("head", axis_angle(Z, 0.25 * glance))
    plant(pose)
    return pose.clip("idle", cfg.fps)


def jump(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Leap straight up with one beat of the wings, and land."""
    pose, phase = start(body, 1.4, cfg, still=0.12)
    length = leg_height(pose)
    air = ((phase - 0.30) / 0.40).clamp(0, 1)
    rise = 1.1 * length * mood_of(cfg).bounce * 4 * air * (1 - air)
    live(pose, phase, cfg, ctx, "jump", calm=0.0)
    supple = suppleness(body)
    squat = supple * keys(phase, (0.02, 0.22, 0.32, 0.68, 0.80, 0.97), (0.0, -0.3, 0.0, 0.0, -0.2, 0.0))
    pose.shift[:, 1] += rise + length * squat
    open_share = bump((phase - 0.20) / 0.60)
    _open_wings(pose, open_share, 0.8 * open_share * torch.sin(TAU * 2 * ((phase - 0.2) / 0.6).clamp(0, 1)))
    steps = []
    for _ in legs():
        step = standing(len(phase))
        step.offset[:, 1] = rise + 0.08 * supple * length * bump(air)
        steps.append(Step(step.offset, 0.5 * supple * bump(air), 0.3 * supple * bump(air), step.heading))
    plant(pose, steps, smoothing=14)
    return pose.clip("jump", cfg.fps)


def peck(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Bend down and peck at the ground, twice."""
    pose, phase = start(body, 2.4, cfg)
    length = leg_height(pose)
    down = keys(phase, (0.05, 0.28, 0.72, 0.95), (0.0, 1.0, 1.0, 0.0))
    tap = down * (bump((phase - 0.30) / 0.18) + bump((phase - 0.52) / 0.18))
    live(pose, phase, cfg, ctx, "peck", calm=0.3)
    pose.turn("hips", axis_angle(X, 0.55 * down))
    pose.shift[:, 1] -= 0.16 * length * down
    pose.shift[:, 2] -= 0.10 * length * down
    for name in NECK:
        pose.turn(name, axis_angle(X, 0.40 * down + 0.22 * tap))
    pose.turn("head", axis_angle(X, 0.45 * down + 0.20 * tap))
    for name in numbered(pose, "tail")[:1]:
        pose.turn(name, axis_angle(X, -0.15 * down))
    clear_floor(pose, LEG_JOINTS)
    plant(pose, smoothing=12)
    return pose.clip("eat", cfg.fps)


def look(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Stretch the neck, look to the left and to the right."""
    pose, phase = start(body, 3.0, cfg)
    live(pose, phase, cfg, ctx, "look", calm=0.4)
    yaw = keys(phase, (0.05, 0.13, 0.42, 0.54, 0.84, 0.94), (0.0, 1.0, 1.0, -1.0, -1.0, 0.0))
    carry_head(pose, -0.12 * bump(phase), 0.95 * yaw)
    plant(pose)
    return pose.clip("look", cfg.fps)


def turn(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """A quarter turn to the left in four small steps; it ends a quarter turned, on the root joint."""
    pose, phase = start(body, 1.4, cfg)
    length, quarter = leg_height(pose), math.pi / 2
    pose.turn("root", axis_angle(Y, quarter * keys(phase, (0.08, 0.92), (0.0, 1.0))))
    live(pose, phase, cfg, ctx, "turn", calm=0.0)
    carry_head(pose, 0 * phase, 0.5 * (keys(phase, (0.0, 0.2), (0.0, 1.0)) - keys(phase, (0.6, 0.95), (0.0, 1.0))))
    steps = []
    for number in range(2):
        heading, lift = torch.zeros_like(phase), torch.zeros_like(phase)
        for beat in range(2):
            first = 0.06 + 0.44 * beat + 0.22 * number
            heading = heading + quarter / 2 * keys(phase, (first, first + 0.22), (0.0, 1.0))
            lift = lift + bump((phase - first) / 0.22)
        step = standing(len(phase))
        step.offset[:, 1] = 0.15 * length * lift
        steps.append(Step(step.offset, 0.5 * lift, 0.3 * lift, heading))
    plant(pose, steps, smoothing=12)
    return pose.clip("turn", cfg.fps, loop=False)


def attack(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Draw up with opened wings, then strike ahead with the beak."""
    pose, phase = start(body, 1.3, cfg, still=0.12)
    length = leg_height(pose)
    rear = keys(phase, (0.02, 0.30, 0.42), (0.0, 1.0, 0.0))
    strike = keys(phase, (0.34, 0.46, 0.54, 0.88), (0.0, 1.0, 1.0, 0.0))
    live(pose, phase, cfg, ctx, "attack", calm=0.0)
    pose.turn("hips", axis_angle(X, -0.25 * rear + 0.30 * strike))
    pose.shift[:, 2] += length * (0.14 * strike - 0.10 * rear)
    pose.shift[:, 1] -= 0.08 * length * strike
    for name in NECK:
        pose.turn(name, axis_angle(X, -0.30 * rear + 0.35 * strike))
    _open_wings(pose, keys(phase, (0.02, 0.28, 0.62, 0.95), (0.0, 1.0, 1.0, 0.0)), 0.5 * rear - 0.2 * strike)
    plant(pose, smoothing=12)
    return pose.clip("attack", cfg.fps)


def hit(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Flinch back with a flutter."""
    pose, phase = start(body, 1.1, cfg, still=0.12)
    length = leg_height(pose)
    blow = keys(phase, (0.02, 0.18, 0.95), (0.0, 1.0, 0.0))
    live(pose, phase, cfg, ctx, "hit", calm=0.0)
    pose.shift[:, 1] -= 0.12 * length * blow
    pose.shift[:, 2] -= 0.16 * length * blow
    pose.turn("hips", axis_angle(X, -0.20 * blow))
    carry_head(pose, -0.4 * blow, -0.5 * blow)
    _open_wings(pose, 0.7 * bump(phase), 0.3 * torch.sin(TAU * 3 * phase) * bump(phase))
    plant(pose, smoothing=12)
    return pose.clip("hit", cfg.fps)


def sit(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Settle down on the belly as on a nest, and get up again."""
    pose, phase = start(body, 4.0, cfg)
    down = keys(phase, (0.05, 0.28, 0.74, 0.95), (0.0, 1.0, 1.0, 0.0))
    live(pose, phase, cfg, ctx, "sit")
    belly = body.carried_by(("hips", *TRUNK))
    gap = float(belly[:, 1].min()) if len(belly) > 8 else 0.6 * leg_height(pose)
    down = suppleness(body) * down
    pose.shift[:, 1] -= 0.97 * max(gap, 0.0) * down
    pose.turn("hips", axis_angle(Z, 0.05 * down * torch.sin(TAU * 3 * phase)))
    clear_floor(pose, LEG_JOINTS)
    steps = [Step(s.offset, -0.8 * down, 0 * down, s.heading) for s in (standing(len(phase)) for _ in legs())]
    plant(pose, steps, smoothing=12)
    return pose.clip("sit", cfg.fps)


def death(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Stagger, topple to the right side, lie still; it does not loop."""
    pose, phase = start(body, 2.0, cfg)
    stagger = bump(phase / 0.35)
    fall = keys(phase, (0.20, 0.62), (0.0, 1.0)) ** 1.5
    live(pose, phase, cfg, ctx, "death", calm=0.0)
    plant(pose)
    pose.turn("hips", axis_angle(Z, 0.12 * stagger * torch.sin(TAU * 5 * phase) + 0.48 * math.pi * fall))
    for name in NECK:
        pose.turn(name, axis_angle(X, 0.25 * fall))
    for leg in legs():
        pose.turn(leg.upper, axis_angle(X, -0.5 * fall))
        pose.turn(leg.lower, axis_angle(X, 0.7 * fall))
    lower_side = pose.world_position("rightFoot")  # it falls about the foot it stands on
    pose.shift[:, 0] -= lower_side[:, 0] - lower_side[0, 0]
    pose.shift[:, 2] -= lower_side[:, 2] - lower_side[0, 2]
    clear_floor(pose, settle=fall**3, toppling=fall)
    return pose.clip("death", cfg.fps, loop=False)


def _open_wings(pose: Pose, share: torch.Tensor, lift: torch.Tensor) -> None:
    """Unfold the wings by a share (T,) and raise them by `lift` (T,) radians."""
    folded = {side: pose.local_turn(f"{side}Wing1").clone() for side, _ in SIDES}
    beat_wings(pose, lift, 0.4 * lift, torch.full_like(lift, 0.2))
    for side, _ in SIDES:
        pose.lean_to(f"{side}Wing1", folded[side], 1 - share)
