"""Gaits of the biped: walk and run; and the table of all its clips.

Phase 0 of a gait is the touch-down of the left foot. Angles are radians inside; the named constants are degrees because
the gait literature gives them so (Perry and Burnfield, Gait Analysis, 2010; Novacheck, The biomechanics of running,
1998).
"""

import math
from dataclasses import dataclass

import torch

from gen4d.context import Context
from gen4d.motion import biped_acts as acts
from gen4d.motion import biped_low as low
from gen4d.motion.biped_parts import KNEE_SLACK, SIDES, TRUNK, hang_arm, legs, look, plant, spread
from gen4d.motion.body import Body
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import axis_angle
from gen4d.motion.legs import Step, leg_length, lower_to_reach
from gen4d.motion.mood import mood_of, tempo
from gen4d.motion.pose import Pose, calm_start
from gen4d.motion.signals import X, Y, Z, keys, periodic_noise, phases, stepping, wave
from gen4d.structures import Clip

GRAVITY = 9.81
MIN_LIFT = 0.03  # of the head's height: short legs still lift their feet visibly
STRIDE_EXPONENT = 0.45  # strides grow with speed to this power, cadence does the rest (Grieve and Gear, 1966)


@dataclass(frozen=True)
class Gait:
    """A two-legged gait; angles in degrees.

    Fields:
        froude: squared speed over (gravity times leg length); animals of all sizes walk near 0.2 and run above 0.5
            (Alexander, Optimization and gaits in the locomotion of vertebrates, 1989).
        stride: metres a whole cycle travels, in leg lengths.
        duty: share of the cycle a foot stands.
        lift: air under the sole in mid-swing, in leg lengths.
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


WALK = Gait(0.18, 1.34, 0.61, 0.04, 14.0, 38.0, 52.0, 2.5, 7.0, 3.0, 0.022, 20.0, 2.0, 20.0, 0.0, 0.07)
RUN = Gait(0.95, 2.30, 0.36, 0.15, 4.0, 42.0, 78.0, 9.0, 9.0, 3.5, 0.012, 34.0, -6.0, 85.0, 0.07, 0.10)


def walk(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Walking in place; the ground passes at the clip's speed."""
    return _locomote("walk", WALK, body, cfg, ctx)


def run(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Running in place, with a flight between the steps."""
    return _locomote("run", RUN, body, cfg, ctx)


CLIPS = {
    "idle": acts.idle,
    "walk": walk,
    "run": run,
    "jump": acts.jump,
    "turn": acts.turn,
    "look": acts.look_about,
    "attack": acts.attack,
    "kick": acts.kick,
    "hit": acts.hit,
    "crouch": low.crouch,
    "sit": low.sit,
    "wave": acts.wave_hand,
    "bow": acts.bow,
    "cheer": acts.cheer,
    "dance": acts.dance,
    "death": low.death,
}
DEFAULTS = ("idle", "walk", "run", "wave")


def _locomote(name: str, gait: Gait, body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """One cycle of a gait, from the feet up: steps, pelvis, reach, trunk, arms, head."""
    mood, pace = mood_of(cfg), tempo(cfg)
    length = leg_length(Pose(body, 2), legs()[0])
    speed = pace * math.sqrt(gait.froude * GRAVITY * length)
    stride = gait.stride * length * pace**STRIDE_EXPONENT
    phase = phases(max(6, round(stride / speed * cfg.fps)))
    pose = Pose(body, len(phase))
    stride = speed * (len(phase) - 1) / cfg.fps  # the cycle is a whole number of frames; the speed stays exact
    lift = max(gait.lift * length, MIN_LIFT * float(pose.position["head"][1])) * mood.bounce**0.5
    steps = [_step(gait, phase + 0.5 * (i == 1), stride, length, lift) for i in range(2)]
    generator = ctx.streams.numpy(f"motion.biped.{name}")
    noise = [mood.noise * periodic_noise(phase, generator) for _ in range(4)]
    swing = mood.swing

    left_stance = gait.duty / 2  # phase of the left foot's mid-stance
    over_left = wave(phase, 1, left_stance) + 0.12 * wave(phase, 3, 3 * left_stance)
    twist = wave(phase, 1, 0.02) + 0.10 * wave(phase, 3, 0.1)
    pose.shift[:, 0] = length * (gait.sway * swing * over_left + 0.002 * noise[0])
    rise = wave(phase, 2, 2 * left_stance + 0.5) if gait.bounce else torch.zeros_like(phase)  # run: lowest in stance
    pose.shift[:, 1] = length * (mood.bounce * gait.bounce * 0.5 * (rise - 1) - KNEE_SLACK - mood.crouch)
    lean = math.radians(gait.lean + mood.lean_deg) * (1 + 0.25 * wave(phase, 2, 0.1)) + 0.004 * noise[1]
    pose.turn("hips", axis_angle(X, 0.5 * lean))
    pose.turn("hips", axis_angle(Z, swing * math.radians(gait.hip_list) * over_left))
    pose.turn("hips", axis_angle(Y, -swing * math.radians(gait.hip_yaw) * twist))
    lower_to_reach(pose, legs(), steps)

    counter = 1.7 * swing * math.radians(gait.hip_yaw) * wave(phase, 1, 0.05) + 0.006 * noise[2]
    spread(pose, TRUNK, Y, counter)
    spread(pose, ("spine", "chest"), Z, -0.8 * math.radians(gait.hip_list) * wave(phase, 1, left_stance + 0.04))
    spread(pose, TRUNK, X, 0.6 * lean)
    for side, sign in SIDES:
        own = wave(phase, 1, 0.03) * sign + 0.08 * wave(phase, 2, 0.2)  # lags the leg a little
        forward = math.radians(gait.arm_bias) - swing * math.radians(gait.arm_swing) * own
        elbow = math.radians(gait.elbow) * (1 - 0.30 * sign * wave(phase, 1, 0.10)) + 0.02 * noise[3]
        hang_arm(pose, side, sign, forward, elbow)
    look(pose, math.radians(mood.nod_deg) + 0.25 * lean + 0.010 * wave(phase, 2, 0.3), -0.02 * twist)
    plant(pose, steps)
    return calm_start(pose.clip(name, cfg.fps, speed), body.skeleton)


def _step(gait: Gait, phase: torch.Tensor, stride: float, length: float, lift: float) -> Step:
    """One foot of a gait: flat between heel strike and heel rise, rolled over the toes at lift-off, lifted in swing."""
    own = phase % 1.0
    forward, swing = stepping(own, gait.duty, stride)
    strike, off, top = (math.radians(a) for a in (-gait.heel_strike, gait.toe_off, gait.swing_pitch))
    flat, rise, peak = 0.18 * gait.duty, 0.42 * gait.duty, gait.duty + 0.25 * (1 - gait.duty)
    pitch = keys(own, (0.0, flat, rise, gait.duty, peak, 1.0), (strike, 0.0, 0.0, off, top, strike))
    offset = torch.zeros(len(own), 3, dtype=torch.float64)
    offset[:, 1] = lift * torch.sin(math.pi * swing) ** 1.3
    offset[:, 2] = forward - gait.trail * length
    return Step(offset, pitch, pitch.clamp(max=0.0), torch.zeros_like(own))
