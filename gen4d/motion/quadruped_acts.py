"""What the quadruped does on its feet on the spot: idle, jump, turn, look, attack, hit, give a paw, eat, shake.

All but the turn start and end standing, and loop.
"""

import math

import torch

from gen4d.context import Context
from gen4d.motion.beginning import start
from gen4d.motion.body import Body
from gen4d.motion.config import MotionConfig
from gen4d.motion.floor import clear_floor
from gen4d.motion.kinematics import axis_angle
from gen4d.motion.legs import Step, beats_of_turn, standing
from gen4d.motion.mood import mood_of
from gen4d.motion.pose import Pose
from gen4d.motion.quadruped_measures import (
    LEFT_FRONT,
    LEFT_HIND,
    RIGHT_FRONT,
    RIGHT_HIND,
    head_dip,
)
from gen4d.motion.quadruped_parts import (
    LEG_JOINTS,
    NECK,
    SPINE,
    TAIL,
    back_length,
    breathe,
    carry_head,
    legs,
    lift_tail,
    plant,
    shortest_leg,
    spread,
    wag,
)
from gen4d.motion.signals import TAU, X, Y, Z, bump, keys, wave
from gen4d.structures import Clip

GRAVITY = 9.81
QUARTER = math.pi / 2
NECK_DIP = 1.1  # radians a feeding neck sinks by; further, a short one folds the head into the chest
HEAD_DIP = 0.85  # radians the muzzle points down by: it feeds ahead of the feet
TURN_BEAT = 0.4  # seconds
DEEPEST_BOW = 0.15  # of the leg: how far the chest comes down to it


def idle(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Standing: breath, a shift of weight, a head that looks about, a lazy tail."""
    pose, phase = start(body, 4.0, cfg)
    breathe(pose, phase, cfg, ctx, "idle")
    lift_tail(pose)
    wag(pose, phase, mood_of(cfg).swing * math.radians(6.0), 1)
    plant(pose)
    return pose.clip("idle", cfg.fps)


def jump(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """A leap on the spot: crouch, front feet off first, flight, front feet down first."""
    pose, phase = start(body, 1.5, cfg, still=0.12)
    length, back = shortest_leg(pose), back_length(pose)
    breathe(pose, phase, cfg, ctx, "jump", calm=0.0)
    flight = 0.27 * 1.5
    height = min(GRAVITY * flight**2 / 8, 0.6 * length) * mood_of(cfg).bounce
    windows = {"Hind": (0.38, 0.70), "Front": (0.32, 0.62)}
    air = {end: ((phase - first) / (last - first)).clamp(0, 1) for end, (first, last) in windows.items()}
    rise = {end: height * 4 * share * (1 - share) for end, share in air.items()}
    crouched = keys(phase, (0.02, 0.18, 0.36, 0.64, 0.78, 0.97), (0.0, -0.17, 0.02, 0.0, -0.13, 0.0))
    tilt = torch.atan2(rise["Front"] - rise["Hind"], torch.full_like(phase, back)) + 0.14 * (
        keys(phase, (0.18, 0.36, 0.48), (0.0, 1.0, 0.0)) - keys(phase, (0.50, 0.62, 0.74), (0.0, 1.0, 0.0))
    )
    pose.shift[:, 1] += rise["Hind"] + length * crouched
    pose.turn("hips", axis_angle(X, -tilt))
    spread(pose, SPINE, X, 0.35 * bump(phase / 0.36) - 0.25 * bump((phase - 0.3) / 0.4))
    carry_head(
        pose, 0.35 * keys(phase, (0.02, 0.22, 0.40), (0.0, 1.0, 0.0)) - 0.2 * bump((phase - 0.3) / 0.4), 0 * phase
    )
    lift_tail(pose)
    steps = []
    for leg in legs():
        end = "Hind" if "Hind" in leg.foot else "Front"
        step = standing(len(phase))
        tucked = bump(air[end])
        step.offset[:, 1] = rise[end] + 0.07 * length * tucked
        step.offset[:, 2] = length * (-0.07 if end == "Hind" else 0.04) * tucked
        fold = 0.7 * tucked
        steps.append(Step(step.offset, fold, 0.6 * fold, step.heading))
    plant(pose, steps, smoothing=12)
    return pose.clip("jump", cfg.fps)


def turn(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """A quarter turn to the left on the spot, in small diagonal steps; it ends a quarter turned, on the root joint."""
    beats = beats_of_turn(Pose(body, 1), [leg.toes for leg in legs()], QUARTER)
    pose, phase = start(body, max(2.0, TURN_BEAT * beats), cfg)
    length = shortest_leg(pose)
    pose.turn("root", axis_angle(Y, QUARTER * keys(phase, (0.08, 0.92), (0.0, 1.0))))
    breathe(pose, phase, cfg, ctx, "turn", calm=0.0)
    ahead = keys(phase, (0.02, 0.25), (0.0, 1.0)) - keys(phase, (0.65, 0.97), (0.0, 1.0))
    spread(pose, SPINE, Y, 0.30 * ahead)
    carry_head(pose, 0.05 * bump(phase), 0.45 * ahead)
    lift_tail(pose)
    wag(pose, phase, 0.06, 1)
    swing = 0.42 / beats
    # First the feet that the others move towards, or those would step into them.
    pairs = {RIGHT_HIND: 0, LEFT_FRONT: 0, LEFT_HIND: 1, RIGHT_FRONT: 1}
    steps = []
    for number in range(4):
        heading, lift = torch.zeros_like(phase), torch.zeros_like(phase)
        for beat in range(beats):  # small steps, the diagonals in turn
            first = 0.08 + swing * (2 * beat + pairs[number])
            heading = heading + QUARTER / beats * keys(phase, (first, first + swing), (0.0, 1.0))
            lift = lift + bump((phase - first) / swing)
        step = standing(len(phase))
        step.offset[:, 1] = 0.09 * length * lift
        steps.append(Step(step.offset, 0.45 * lift, 0.3 * lift, heading))
    plant(pose, steps, smoothing=12)
    return pose.clip("turn", cfg.fps, loop=False)


def look_about(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Raise the head, look to the left, to the right, and ahead again."""
    pose, phase = start(body, 3.4, cfg)
    breathe(pose, phase, cfg, ctx, "look", calm=0.4)
    yaw = keys(phase, (0.04, 0.20, 0.42, 0.62, 0.80, 0.96), (0.0, 1.0, 1.0, -1.0, -1.0, 0.0))
    alert = keys(phase, (0.02, 0.15, 0.85, 0.98), (0.0, 1.0, 1.0, 0.0))
    spread(pose, SPINE, Y, 0.10 * yaw)
    carry_head(pose, -0.14 * alert, 0.85 * yaw)
    lift_tail(pose)
    wag(pose, phase, math.radians(4.0), 1)
    plant(pose)
    return pose.clip("look", cfg.fps)


def attack(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Draw back and down, lunge with the head, snap, draw back."""
    pose, phase = start(body, 1.4, cfg, still=0.12)
    length = shortest_leg(pose)
    breathe(pose, phase, cfg, ctx, "attack", calm=0.0)
    coil = keys(phase, (0.02, 0.28, 0.40), (0.0, 1.0, 0.0))
    lunge = keys(phase, (0.30, 0.43, 0.52, 0.85), (0.0, 1.0, 1.0, 0.0))
    pose.shift[:, 1] -= length * (0.16 * coil + 0.07 * lunge)
    pose.shift[:, 2] += length * (0.26 * lunge - 0.18 * coil)
    pose.turn("hips", axis_angle(X, -0.05 * coil + 0.06 * lunge))
    spread(pose, SPINE, X, 0.16 * coil - 0.10 * lunge)
    for name in NECK:
        pose.turn(name, axis_angle(X, -0.25 * coil + 0.30 * lunge))
    snap = keys(phase, (0.34, 0.42, 0.47), (0.0, -0.35, 0.30)) - 0.30 * keys(phase, (0.50, 0.80), (0.0, 1.0))
    pose.turn("head", axis_angle(X, snap - 0.15 * lunge))
    pose.turn("head", axis_angle(Z, 0.22 * bump((phase - 0.44) / 0.3) * wave(phase, 6)))
    lift_tail(pose)
    wag(pose, phase, 0.05, 2)
    plant(pose, smoothing=14)
    return pose.clip("attack", cfg.fps)


def hit(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Struck from the front left: head thrown aside, the body sinks away, then recovery."""
    pose, phase = start(body, 1.1, cfg, still=0.12)
    length = shortest_leg(pose)
    breathe(pose, phase, cfg, ctx, "hit", calm=0.0)
    blow = keys(phase, (0.02, 0.16, 0.36, 0.95), (0.0, 1.0, 0.6, 0.0))
    after = keys(phase, (0.08, 0.30, 0.48, 0.97), (0.0, 1.0, 0.6, 0.0))
    pose.shift[:, 0] -= 0.08 * length * blow
    pose.shift[:, 1] -= length * (0.06 * blow + 0.10 * after)
    pose.shift[:, 2] -= 0.14 * length * blow
    pose.turn("hips", axis_angle(Z, 0.07 * blow))
    spread(pose, SPINE, Y, -0.28 * blow)
    carry_head(pose, -0.30 * blow + 0.40 * after, -0.75 * blow)
    lift_tail(pose, 0.10 * length * after)
    wag(pose, phase, 0.10 * blow, 2)
    plant(pose, smoothing=14)
    return pose.clip("hit", cfg.fps)


def give_paw(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Raise the right front foot and wave it, the weight on the other three."""
    pose, phase = start(body, 2.6, cfg)
    length = shortest_leg(pose)
    raised = keys(phase, (0.06, 0.26, 0.74, 0.95), (0.0, 1.0, 1.0, 0.0))
    beat = raised * torch.sin(TAU * 3 * ((phase - 0.26) / 0.48).clamp(0, 1))
    breathe(pose, phase, cfg, ctx, "wave", calm=0.5)
    pose.shift[:, 0] += 0.10 * length * raised
    pose.shift[:, 2] -= 0.08 * length * raised
    spread(pose, SPINE, Z, -0.05 * raised)
    carry_head(pose, -0.05 * raised, 0.15 * raised)
    lift_tail(pose)
    wag(pose, phase, math.radians(8.0), 3)
    steps = [standing(len(phase)) for _ in range(4)]
    paw = steps[RIGHT_FRONT]
    paw.offset[:, 1] = length * (0.46 * raised + 0.10 * beat)
    paw.offset[:, 2] = length * 0.34 * raised
    steps[RIGHT_FRONT] = Step(paw.offset, 0.35 * raised - 0.35 * beat, 0.3 * raised - 0.4 * beat, paw.heading)
    plant(pose, steps, smoothing=12)
    return pose.clip("wave", cfg.fps)


def eat(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Lower the head to the ground, feed, raise it again."""
    pose, phase = start(body, 4.0, cfg)
    length = shortest_leg(pose)
    breathe(pose, phase, cfg, ctx, "eat", calm=0.4)
    down = keys(phase, (0.05, 0.28, 0.74, 0.95), (0.0, 1.0, 1.0, 0.0))
    bites = down * (0.5 - 0.5 * wave(phase, 7))
    head, neck = pose.position["head"], pose.position["neck"]
    reach = max(float((head - neck).norm()), 1e-3)
    slope = math.asin(min(max(float(head[1] - neck[1]) / reach, -1.0), 1.0))
    drop = float(head[1]) - (0.22 + 0.12) * length
    dip = min(max(slope - math.asin(max(math.sin(slope) - drop / reach, -1.0)), 0.0), NECK_DIP)
    left = drop - reach * (math.sin(slope) - math.sin(slope - dip))  # what the neck is too short for, the body bows
    bow = math.asin(min(max(left, 0.0), DEEPEST_BOW * length) / max(back_length(pose), length))
    pose.shift[:, 1] -= 0.12 * length * down
    pose.turn("hips", axis_angle(X, bow * down))
    for name in NECK:
        pose.turn(name, axis_angle(X, down * 0.5 * dip + 0.05 * bites))
    pose.turn("head", axis_angle(X, (min(dip + bow, HEAD_DIP) - dip - bow) * down + 0.14 * bites))
    lift_tail(pose)
    wag(pose, phase, math.radians(6.0), 2)
    lowest = head_dip(pose)
    for name in NECK:  # what would reach into the ground stays above it
        pose.turn(name, axis_angle(X, -0.5 * (lowest / reach).clamp(0, 1)))
    clear_floor(pose, LEG_JOINTS + TAIL)
    plant(pose, smoothing=12)
    return pose.clip("eat", cfg.fps)


def shake(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Shake itself as a wet dog does: the roll runs from the head to the tail."""
    pose, phase = start(body, 1.8, cfg)
    breathe(pose, phase, cfg, ctx, "shake", calm=0.2)
    envelope = bump((phase - 0.05) / 0.9)
    chain = ("head", "neck1", "neck", "chest", "spine1", "spine", "hips")
    for number, (name, size) in enumerate(zip(chain, (0.30, 0.18, 0.14, 0.16, 0.06, 0.05, 0.05), strict=True)):
        late = bump((phase - 0.05 - 0.02 * number) / 0.86)
        pose.turn(name, axis_angle(Z, size * envelope * late * torch.sin(TAU * (6 * phase - 0.10 * number))))
    lift_tail(pose)
    wag(pose, phase, 0.28 * envelope, 6)
    plant(pose, smoothing=14)
    return pose.clip("shake", cfg.fps)
