"""Clips of the biped: idle, walk, run, jump, wave.

Phase 0 of a gait is the touch-down of the left foot. Angles are radians inside; the named constants are degrees because
the gait literature gives them so (Perry and Burnfield, Gait Analysis, 2010; Novacheck, The biomechanics of running,
1998).
"""

import math
from dataclasses import dataclass

import torch

from gen4d.context import Context
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import (
    axis_angle,
    quaternion_between,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
)
from gen4d.motion.legs import Leg, Step, leg_length, lower_to_reach, place_leg, standing
from gen4d.motion.pose import Pose
from gen4d.motion.signals import TAU, bump, keys, periodic_noise, phases, stepping, wave
from gen4d.structures import Clip, Skeleton

GRAVITY = 9.81
X, Y, Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
SIDES = (("left", 1.0), ("right", -1.0))
HANG_RANGE_DEG = (9.0, 40.0)  # how far hanging arms stand off the body
RESTING_ELBOW_DEG = 14.0
MIN_LIFT = 0.03  # of the head's height: short legs still lift their feet visibly
KNEE_SLACK = 0.004  # of the leg: a standing body is this much lower than in the rest pose, so that knees are not locked


@dataclass(frozen=True)
class Gait:
    """A two-legged gait; angles in degrees.

    Fields:
        froude: squared speed over (gravity times leg length); animals of all sizes walk near 0.2 and run above 0.5
            (Alexander, Optimization and gaits in the locomotion of vertebrates, 1989).
        stride: metres a whole cycle travels, in leg lengths.
        duty: share of the cycle a foot stands.
        lift: height of the toes in mid-swing, in leg lengths.
        heel_strike, toe_off, swing_pitch: pitch of the foot at touch-down, lift-off and its largest.
        lean: of the trunk, forward.
        hip_yaw, hip_list: half swings of the pelvis.
        sway: half width of the sideways motion, in leg lengths.
        arm_swing, arm_bias, elbow: half swing, mean and flexion of the arms.
        bounce: extra height in flight, in leg lengths.
        trail: how far the middle of the stance lies behind the rest place, in leg lengths; feet reach farther back, on
            the toes, than ahead.
    """

    froude: float
    stride: float
    duty: float
    lift: float
    heel_strike: float
    toe_off: float
    swing_pitch: float
    lean: float
    hip_yaw: float
    hip_list: float
    sway: float
    arm_swing: float
    arm_bias: float
    elbow: float
    bounce: float
    trail: float


WALK = Gait(0.18, 1.34, 0.61, 0.05, 14.0, 40.0, 52.0, 2.5, 7.0, 3.0, 0.022, 20.0, 2.0, 20.0, 0.0, 0.07)
RUN = Gait(0.95, 2.30, 0.36, 0.20, 4.0, 42.0, 78.0, 9.0, 9.0, 3.5, 0.012, 34.0, -6.0, 85.0, 0.07, 0.10)


def legs() -> list[Leg]:
    """Left and right leg; knees bend forward."""
    return [Leg(f"{s}UpperLeg", f"{s}LowerLeg", f"{s}Foot", f"{s}Toes", 1.0) for s in ("left", "right")]


def idle(skeleton: Skeleton, cfg: MotionConfig, ctx: Context) -> Clip:
    """Standing: breath, a slow shift of weight, a head that looks about."""
    pose, phase = _start(skeleton, 4.0, cfg.fps)
    _stand(pose, phase, ctx, "idle")
    return pose.clip("idle", cfg.fps)


def walk(skeleton: Skeleton, cfg: MotionConfig, ctx: Context) -> Clip:
    """Walking in place; the ground passes at the clip's speed."""
    return _locomote("walk", WALK, skeleton, cfg, ctx)


def run(skeleton: Skeleton, cfg: MotionConfig, ctx: Context) -> Clip:
    """Running in place, with a flight between the steps."""
    return _locomote("run", RUN, skeleton, cfg, ctx)


def jump(skeleton: Skeleton, cfg: MotionConfig, ctx: Context) -> Clip:
    """A jump on the spot: crouch, push, flight, landing."""
    pose, phase = _start(skeleton, 1.7, cfg.fps)
    both = legs()
    length = leg_length(pose, both[0])
    take_off, landing = 0.36, 0.64
    flight = (landing - take_off) * 1.7
    height = min(GRAVITY * flight**2 / 8, 0.55 * length)  # what the time in the air allows
    air = ((phase - take_off) / (landing - take_off)).clamp(0, 1)
    rise = height * 4 * air * (1 - air)
    crouch = keys(phase, (0.0, 0.24, take_off, 0.5, landing, 0.74, 0.97), (0.0, -0.24, 0.03, -0.02, 0.02, -0.20, 0.0))
    pitch = math.radians(35) * (keys(phase, (0.27, take_off), (0.0, 1.0)) - keys(phase, (0.5, landing), (0.0, 1.0)))
    steps = []
    for _ in both:
        offset = torch.zeros(len(phase), 3, dtype=torch.float64)
        offset[:, 1] = rise + 0.10 * length * bump(air)
        steps.append(Step(offset, pitch, torch.zeros_like(pitch)))
    pose.shift[:, 1] = rise + length * (crouch - KNEE_SLACK)
    lean = keys(phase, (0.0, 0.24, take_off, landing, 0.74, 0.97), (0.0, 0.42, -0.05, 0.05, 0.34, 0.0))
    pose.shift[:, 2] = -0.25 * length * lean
    pose.turn("hips", axis_angle(X, 0.6 * lean))
    _spread(pose, ("spine", "chest", "upperChest"), X, 0.5 * lean)
    lower_to_reach(pose, both, steps, smoothing=12)
    swing = keys(phase, (0.0, 0.24, 0.42, 0.6, 0.76, 1.0), (0.0, -0.75, 2.0, 1.2, 0.1, 0.0))
    for side, sign in SIDES:
        _hang_arm(pose, side, sign, swing, math.radians(RESTING_ELBOW_DEG) + 0.35 * bump(phase))
    _look(pose, 0.25 * lean, torch.zeros_like(phase))
    for leg, step in zip(both, steps, strict=True):
        place_leg(pose, leg, step)
    return pose.clip("jump", cfg.fps)


def wave_hand(skeleton: Skeleton, cfg: MotionConfig, ctx: Context) -> Clip:
    """Raise the right arm, wave three times, lower it."""
    pose, phase = _start(skeleton, 3.0, cfg.fps)
    raised = keys(phase, (0.04, 0.24, 0.76, 0.97), (0.0, 1.0, 1.0, 0.0))
    _stand(pose, phase, ctx, "wave", arms=("left",))
    beat = raised * torch.sin(TAU * 3 * ((phase - 0.24) / 0.52).clamp(0, 1))
    spread = math.radians(_hang_angle(pose, "right", -1.0))
    upper = _direction(-1.0, spread + raised * (math.radians(100) - spread), 0.18 * raised)
    lower = _direction(-1.0, spread + raised * (math.radians(168) - spread) - 0.42 * beat, 0.20 + 0.1 * raised)
    _point_arm(pose, "right", upper, lower)
    _turn_both(pose, ("rightHand",), Z, 0.25 * beat)
    pose.turn("rightShoulder", axis_angle(Z, -0.16 * raised))
    return pose.clip("wave", cfg.fps)


CLIPS = {"idle": idle, "walk": walk, "run": run, "jump": jump, "wave": wave_hand}
DEFAULTS = ("idle", "walk", "run", "wave")


def _start(skeleton: Skeleton, seconds: float, fps: int) -> tuple[Pose, torch.Tensor]:
    """An empty pose over a whole number of frames, and each keyframe's phase."""
    phase = phases(max(4, round(seconds * fps)))
    return Pose(skeleton, len(phase)), phase


def _stand(pose: Pose, phase: torch.Tensor, ctx: Context, name: str, arms: tuple[str, ...] = ("left", "right")) -> None:
    """Both feet planted, breath and weight shift above them."""
    both = legs()
    length = leg_length(pose, both[0])
    generator = ctx.streams.numpy(f"motion.biped.{name}")
    breath = wave(phase, 1, 0.45) + 0.15 * wave(phase, 2, 0.1)
    drift = wave(phase, 1, 0.2) + 0.35 * periodic_noise(phase, generator)
    pose.shift[:, 0] = 0.018 * length * drift
    pose.shift[:, 1] = length * (-KNEE_SLACK + 0.003 * breath)
    pose.turn("hips", axis_angle(Z, 0.014 * drift))
    pose.turn("hips", axis_angle(Y, 0.02 * periodic_noise(phase, generator)))
    _spread(pose, ("spine", "chest"), Z, -0.016 * drift)
    _spread(pose, ("chest", "upperChest"), X, -0.022 * breath)
    _look(pose, 0.03 * breath, 0.10 * wave(phase, 1, 0.65) + 0.05 * periodic_noise(phase, generator))
    steps = [standing(len(phase)) for _ in both]
    lower_to_reach(pose, both, steps)
    for side, sign in SIDES:
        pose.turn(f"{side}Shoulder", axis_angle(Z, sign * 0.02 * (breath - 1)))
        if side in arms:
            swing = 0.02 * wave(phase, 1, 0.6) + 0.02 * periodic_noise(phase, generator)
            _hang_arm(pose, side, sign, swing, math.radians(RESTING_ELBOW_DEG) + 0.03 * breath)
    for leg, step in zip(both, steps, strict=True):
        place_leg(pose, leg, step)


def _locomote(name: str, gait: Gait, skeleton: Skeleton, cfg: MotionConfig, ctx: Context) -> Clip:
    """One cycle of a gait, from the feet up: steps, pelvis, reach, trunk, arms, head."""
    length = leg_length(Pose(skeleton, 2), legs()[0])
    speed = math.sqrt(gait.froude * GRAVITY * length)
    pose, phase = _start(skeleton, gait.stride * length / speed, cfg.fps)
    stride = speed * (len(phase) - 1) / cfg.fps  # the cycle is a whole number of frames; the speed stays exact
    both = legs()
    lift = max(gait.lift * length, MIN_LIFT * float(pose.position["head"][1]))
    steps = [_step(gait, phase + 0.5 * (i == 1), stride, length, lift) for i in range(2)]
    generator = ctx.streams.numpy(f"motion.biped.{name}")
    noise = [periodic_noise(phase, generator) for _ in range(4)]

    left_stance = gait.duty / 2  # phase of the left foot's mid-stance
    over_left = wave(phase, 1, left_stance) + 0.12 * wave(phase, 3, 3 * left_stance)
    twist = wave(phase, 1, 0.02) + 0.10 * wave(phase, 3, 0.1)
    pose.shift[:, 0] = length * (gait.sway * over_left + 0.002 * noise[0])
    rise = wave(phase, 2, 2 * left_stance + 0.5) if gait.bounce else torch.zeros_like(phase)  # run: lowest in stance
    pose.shift[:, 1] = length * (gait.bounce * 0.5 * (rise - 1) - KNEE_SLACK)
    lean = math.radians(gait.lean) * (1 + 0.25 * wave(phase, 2, 0.1)) + 0.004 * noise[1]
    pose.turn("hips", axis_angle(X, 0.5 * lean))
    pose.turn("hips", axis_angle(Z, math.radians(gait.hip_list) * over_left))
    pose.turn("hips", axis_angle(Y, -math.radians(gait.hip_yaw) * twist))
    lower_to_reach(pose, both, steps)

    counter = 1.7 * math.radians(gait.hip_yaw) * wave(phase, 1, 0.05) + 0.006 * noise[2]
    _spread(pose, ("spine", "chest", "upperChest"), Y, counter)
    _spread(pose, ("spine", "chest"), Z, -0.8 * math.radians(gait.hip_list) * wave(phase, 1, left_stance + 0.04))
    _spread(pose, ("spine", "chest", "upperChest"), X, 0.6 * lean)
    for side, sign in SIDES:
        own = wave(phase, 1, 0.03) * sign + 0.08 * wave(phase, 2, 0.2)  # lags the leg a little
        swing = math.radians(gait.arm_bias) - math.radians(gait.arm_swing) * own
        elbow = math.radians(gait.elbow) * (1 - 0.30 * sign * wave(phase, 1, 0.10)) + 0.02 * noise[3]
        _hang_arm(pose, side, sign, swing, elbow)
    _look(pose, 0.25 * lean + 0.010 * wave(phase, 2, 0.3), -0.02 * twist)
    for leg, step in zip(both, steps, strict=True):
        place_leg(pose, leg, step)
    return pose.clip(name, cfg.fps, speed)


def _step(gait: Gait, phase: torch.Tensor, stride: float, length: float, lift: float) -> Step:
    """One foot of a gait: flat between heel strike and heel rise, rolled over the toes at lift-off, lifted in swing."""
    own = phase % 1.0
    forward, swing = stepping(own, gait.duty, stride)
    strike, off, top = (math.radians(a) for a in (-gait.heel_strike, gait.toe_off, gait.swing_pitch))
    flat, rise, peak = 0.16 * gait.duty, 0.45 * gait.duty, gait.duty + 0.25 * (1 - gait.duty)
    pitch = keys(own, (0.0, flat, rise, gait.duty, peak, 1.0), (strike, 0.0, 0.0, off, top, strike))
    offset = torch.zeros(len(own), 3, dtype=torch.float64)
    offset[:, 1] = lift * torch.sin(math.pi * swing) ** 1.3
    offset[:, 2] = forward - gait.trail * length
    return Step(offset, pitch, pitch.clamp(max=0.0))


def _look(pose: Pose, nod: torch.Tensor, yaw: torch.Tensor) -> None:
    """Keep the head level whatever the trunk does, then nod and turn it; half of the way in the neck."""
    neck = quaternion_multiply(axis_angle(Y, 0.5 * yaw), axis_angle(X, 0.5 * nod))
    level = pose.world_turn("upperChest")
    half = level + torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=torch.float64)  # halfway back to upright
    half = half / half.norm(dim=-1, keepdim=True)
    pose.set_world_turn("neck", quaternion_multiply(half, neck))
    pose.set_world_turn("head", quaternion_multiply(axis_angle(Y, yaw), axis_angle(X, nod)))


def _spread(pose: Pose, names: tuple[str, ...], axis: tuple[float, float, float], angle: torch.Tensor) -> None:
    """Share an angle among several joints of a chain."""
    _turn_both(pose, names, axis, angle / len(names))


def _turn_both(pose: Pose, names: tuple[str, ...], axis: tuple[float, float, float], angle: torch.Tensor) -> None:
    for name in names:
        pose.turn(name, axis_angle(axis, angle))


def _hang_angle(pose: Pose, side: str, sign: float) -> float:
    """Degrees between a hanging arm and the vertical, so that the hand passes beside the hip."""
    shoulder, hand = pose.position[f"{side}UpperArm"], pose.position[f"{side}Hand"]
    reach = float((hand - shoulder).norm())
    hip_width = 2.2 * abs(float(pose.position[f"{side}UpperLeg"][0] - pose.position["hips"][0]))
    beside = hip_width - abs(float(shoulder[0] - pose.position["hips"][0]))
    needed = math.degrees(math.asin(min(max(beside / max(reach, 1e-6), -1.0), 1.0)))
    rest = math.degrees(math.atan2(sign * float(hand[0] - shoulder[0]), -float(hand[1] - shoulder[1])))
    if 0 <= rest < HANG_RANGE_DEG[1]:  # the rest pose already hangs: it shows how close to the body the arms may come
        needed = max(needed, rest)
    return min(max(needed, HANG_RANGE_DEG[0]), HANG_RANGE_DEG[1])


def _direction(sign: float, abduction: torch.Tensor | float, forward: torch.Tensor) -> torch.Tensor:
    """Unit directions (T, 3) of an arm raised sideways by `abduction` from hanging, then swung forward about x."""
    spread = torch.as_tensor(abduction, dtype=torch.float64).expand_as(forward)
    x, down = sign * torch.sin(spread), torch.cos(spread)
    return torch.stack([x, -down * torch.cos(forward), down.abs() * torch.sin(forward)], dim=-1)


def _hang_arm(pose: Pose, side: str, sign: float, swing: torch.Tensor, elbow: torch.Tensor) -> None:
    """Let an arm hang, swing it forward by `swing` and bend its elbow, (T,) radians each."""
    abduction = math.radians(_hang_angle(pose, side, sign))
    upper = _direction(sign, abduction, swing)
    lower = _direction(sign, 0.75 * abduction, swing + elbow)
    _point_arm(pose, side, upper, lower)


def _point_arm(pose: Pose, side: str, upper: torch.Tensor, lower: torch.Tensor) -> None:
    """Point upper arm and forearm along directions (T, 3) given in the frame of the trunk.

    Each bone takes the shortest turn from where its parent carries it, which leaves the least twist in the skin.
    """
    shoulder, elbow, hand = (pose.position[side + part] for part in ("UpperArm", "LowerArm", "Hand"))
    first = quaternion_between((elbow - shoulder).expand_as(upper), upper)
    pose.turn(f"{side}UpperArm", first)
    wanted = quaternion_rotate(quaternion_conjugate(first), lower)
    pose.turn(f"{side}LowerArm", quaternion_between((hand - elbow).expand_as(lower), wanted))
