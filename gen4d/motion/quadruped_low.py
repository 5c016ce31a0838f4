"""What the quadruped does on the ground: sit and lie, which start and end standing and loop, and death."""

import math

import torch

from gen4d.context import Context
from gen4d.motion.beginning import start
from gen4d.motion.body import Body
from gen4d.motion.config import MotionConfig
from gen4d.motion.floor import clear_floor
from gen4d.motion.kinematics import axis_angle
from gen4d.motion.legs import Step, leg_length, lower_to_reach, standing
from gen4d.motion.pose import Pose
from gen4d.motion.quadruped_measures import (
    LEFT_FRONT,
    LEFT_HIND,
    RIGHT_FRONT,
    RIGHT_HIND,
    SOLE_UP,
    belly_height,
    folds_under,
    stretched,
    tuck,
)
from gen4d.motion.quadruped_parts import (
    LEG_JOINTS,
    NECK,
    TAIL,
    back_length,
    breathe,
    carry_head,
    legs,
    lift_tail,
    plant,
    shortest_leg,
    wag,
)
from gen4d.motion.signals import TAU, X, Y, Z, bump, keys
from gen4d.structures import Clip

QUARTER = math.pi / 2
FRONT = slice(LEFT_FRONT, None)  # legs
SIT_DROP = 0.42  # of the leg: how deep the rump sinks
BELLY_DOWN = 0.97  # of the air under it
MAX_SIT_TILT = math.radians(42)


def sit(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Sit down on the haunches, the hind feet tucked under the belly, look about, stand up again."""
    pose, phase = start(body, 4.5, cfg)
    length, back = leg_length(pose, legs()[0]), back_length(pose)
    down = keys(phase, (0.08, 0.27, 0.74, 0.92), (0.0, 1.0, 1.0, 0.0))  # the hind feet first, and last
    breathe(pose, phase, cfg, ctx, "sit")
    tilt = down * min(math.asin(min(SIT_DROP * length / back, 0.95)), MAX_SIT_TILT)
    _pivot_on_front(pose, tilt, back)
    for name in NECK:
        pose.turn(name, axis_angle(X, 0.45 * tilt))
    _level_tail(pose, down, back * torch.sin(tilt))
    wag(pose, phase, math.radians(9.0) * (0.4 + 0.6 * down), 3)
    clear_floor(pose, LEG_JOINTS + TAIL)
    steps = [standing(len(phase)) for _ in legs()]
    lower_to_reach(pose, legs()[FRONT], steps[FRONT], smoothing=12)  # where the hips come to is where hind feet go
    for number, late in ((LEFT_HIND, 0.0), (RIGHT_HIND, 0.04)):
        leg, step = legs()[number], steps[number]
        first, last = 0.04 + late, 0.82 - late
        tucked = keys(phase, (first, first + 0.14, last, last + 0.14), (0.0, 1.0, 1.0, 0.0))
        step.offset[:, 1] = 0.08 * length * (bump((phase - first) / 0.14) + bump((phase - last) / 0.14))
        way, pitch = tuck(pose, leg)
        step.offset[:, 2] = way * tucked
        steps[number] = Step(step.offset, pitch * down, 0 * down, step.heading)
    plant(pose, steps, smoothing=12, reach=2)
    return pose.clip("sit", cfg.fps)


def lie(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Lie down on the belly, forearms ahead and hind feet drawn in, rest, get up again.

    Hind legs too thick to fold under the belly are stretched out behind.
    """
    pose, phase = start(body, 6.0, cfg)
    down = keys(phase, (0.06, 0.30, 0.76, 0.97), (0.0, 1.0, 1.0, 0.0))
    breathe(pose, phase, cfg, ctx, "lie", calm=0.7)
    length = leg_length(pose, legs()[0])
    gap = belly_height(pose)
    front_first = keys(phase, (0.06, 0.26, 0.82, 0.97), (0.0, 1.0, 1.0, 0.0)) - down
    pose.shift[:, 1] -= BELLY_DOWN * gap * down
    pose.turn("hips", axis_angle(X, 0.25 * front_first))
    carry_head(pose, 0.06 * down, 0.35 * down * torch.sin(TAU * (phase - 0.28) / 0.48).clamp(-1, 1))
    lift_tail(pose, gap * down)
    wag(pose, phase, math.radians(5.0), 2)
    clear_floor(pose, LEG_JOINTS + TAIL)
    steps = []
    for number, leg in enumerate(legs()):
        late = 0.06 * (number in (RIGHT_HIND, LEFT_FRONT))  # the diagonals in turn
        ahead = keys(phase, (0.04 + late, 0.16 + late, 0.80 + late, 0.92 + late), (0.0, 1.0, 1.0, 0.0))
        step, pitch = standing(len(phase)), -1.2
        step.offset[:, 1] = 0.06 * length * (bump((phase - 0.04 - late) / 0.12) + bump((phase - 0.80 - late) / 0.12))
        toe_pitch, turned = 0.0, down
        if "Front" in leg.foot:  # forearms reach ahead on the floor, so that no elbow goes under it
            way = stretched(pose, leg, pitch, toe_pitch, 1.0)
        elif folds_under(pose, leg):
            way, pitch = tuck(pose, leg)
        else:
            pitch = toe_pitch = SOLE_UP
            turned = ahead  # a foot turns over in the air
            way = stretched(pose, leg, pitch, toe_pitch, -1.0)
        step.offset[:, 2] = way * ahead
        steps.append(Step(step.offset, pitch * turned, toe_pitch * turned, step.heading))
    plant(pose, steps, smoothing=14)
    return pose.clip("lie", cfg.fps)


def death(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """The legs give way, the body falls on its right side and stays lying; it does not loop."""
    pose, phase = start(body, 2.2, cfg)
    length = shortest_leg(pose)
    breathe(pose, phase, cfg, ctx, "death", calm=0.0)
    sink = keys(phase, (0.06, 0.36), (0.0, 1.0))
    roll = keys(phase, (0.24, 0.62), (0.0, 1.0)) ** 1.4
    settle = keys(phase, (0.50, 0.75), (0.0, 1.0))
    pose.shift[:, 1] -= 0.34 * length * sink * (1 - roll)
    lift_tail(pose)
    for name in NECK:
        pose.turn(name, axis_angle(X, 0.35 * bump(phase / 0.5) + 0.10 * settle))
        pose.turn(name, axis_angle(Y, -0.15 * settle))
    steps = [standing(len(phase)) for _ in range(4)]
    plant(pose, steps, smoothing=30)  # while it stands, the feet stay
    for leg, spread_out in zip(legs(), (0.25, -0.10, -0.30, 0.10), strict=True):
        # Lying, the legs are a little bent and reach away from the body as they hang at rest.
        pose.lean_to(leg.upper, axis_angle(X, torch.tensor(spread_out, dtype=torch.float64)), roll)
        bend = torch.tensor(0.25 if leg.bend > 0 else -0.25, dtype=torch.float64)
        pose.lean_to(leg.lower, axis_angle(X, bend), roll)
        pose.lean_to(leg.foot, axis_angle(X, -0.5 * bend), roll)
        pose.lean_to(leg.toes, axis_angle(X, 0.0 * bend), roll)
    pose.turn("hips", axis_angle(Z, (QUARTER - 0.06) * roll))
    lower_side = [pose.world_position(legs()[number].foot) for number in (RIGHT_HIND, RIGHT_FRONT)]
    slid = (lower_side[0] + lower_side[1]) / 2  # the body falls about the feet it stands on
    pose.shift[:, 0] -= slid[:, 0] - slid[0, 0]
    pose.shift[:, 2] -= slid[:, 2] - slid[0, 2]
    clear_floor(pose, settle=roll**3, toppling=roll)
    return pose.clip("death", cfg.fps, loop=False)


def _pivot_on_front(pose: Pose, tilt: torch.Tensor, back: float) -> None:
    """The rump sinks about the shoulders, which stay where they are."""
    pose.turn("hips", axis_angle(X, -tilt))
    pose.shift[:, 1] -= back * torch.sin(tilt)
    pose.shift[:, 2] += 0.8 * back * (1 - torch.cos(tilt))


def _level_tail(pose: Pose, down: torch.Tensor, drop: torch.Tensor) -> None:
    """Keep the tail's own attitude in the world while the body tilts, then raise it off the floor."""
    if pose.has("tail1"):
        upright = axis_angle(X, torch.zeros_like(down))
        pose.set_world_turn("tail1", upright)
        lift_tail(pose, drop)
