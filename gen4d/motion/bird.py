"""Gaits and flight of the bird: it walks with a bobbing head, hops, flies, glides; and the table of all its clips."""

import itertools
import math

import torch

from gen4d.context import Context
from gen4d.motion import bird_acts as acts
from gen4d.motion.beginning import gait_fps, start
from gen4d.motion.bird_parts import (
    LEAST_APART,
    NECK,
    carry_head,
    leg_height,
    legs,
    legs_apart,
    live,
    plant,
    suppleness,
    tuck_legs,
)
from gen4d.motion.bird_wings import SIDES, beat_wings
from gen4d.motion.body import Body
from gen4d.motion.chains import numbered, spread
from gen4d.motion.config import MotionConfig
from gen4d.motion.floor import lowest_points
from gen4d.motion.kinematics import axis_angle, rest_joint_to_world
from gen4d.motion.legs import Step, standing
from gen4d.motion.mood import mood_of, tempo
from gen4d.motion.pose import Pose, calm_start
from gen4d.motion.signals import TAU, X, Y, Z, bump, keys, phases, stepping, wave
from gen4d.structures import Clip, Skeleton

GRAVITY = 9.81
FLAP_SHIFT = 0.22  # of a beat by which the outer wing lags behind
FLIGHT_HEIGHT = 1.2  # body heights above the ground
WALK_FROUDE, WALK_STRIDE, WALK_DUTY = 0.20, 1.35, 0.62  # (Gatesy and Biewener, Bipedal locomotion, 1991)
LEAST_WING = 0.2  # of the height: shorter ones carry nobody
ON_WINGS = ("fly", "glide")
MIN_CYCLE = 16  # keyframes: a small bird steps quicker than fewer can show
FINE_CYCLE = 32  # keyframes from which the head's quick thrust can be shown
HOP = (0.6, 1.6, 0.5)  # seconds, stride and rise in leg heights
WALKING_HOP, RUNNING_HOP = (0.45, 0.5, 0.3), (0.45, 1.2, 0.5)  # of legs that are one
RUN_FROUDE, RUN_STRIDE, RUN_DUTY = 0.80, 2.0, 0.40


def walk(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Walk in place; the head is held still in space and thrust ahead twice a cycle. Legs that are one hop instead."""
    if legs_apart(body) < LEAST_APART:
        return _hop_along("walk", *WALKING_HOP, body, cfg, ctx)
    return _locomote("walk", WALK_FROUDE, WALK_STRIDE, WALK_DUTY, body, cfg, ctx)


def run(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Run in place with a short flight. Legs that are one hop instead."""
    if legs_apart(body) < LEAST_APART:
        return _hop_along("run", *RUNNING_HOP, body, cfg, ctx)
    return _locomote("run", RUN_FROUDE, RUN_STRIDE, RUN_DUTY, body, cfg, ctx)


def hop(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Hop ahead on both feet, in place; the ground passes while the bird is in the air."""
    return _hop_along("hop", *HOP, body, cfg, ctx)


def _hop_along(
    name: str, seconds: float, stride: float, rise: float, body: Body, cfg: MotionConfig, ctx: Context
) -> Clip:
    """One hop; stride and rise in leg heights. Legs that are one with each other or with the belly are kept stiff."""
    fps = gait_fps(seconds, cfg)
    pose, phase = start(body, seconds, cfg.model_copy(update={"fps": fps}))
    length, supple = leg_height(pose), suppleness(body)
    duty, way = 0.5 * supple**0.5, stride * length
    forward, swing = stepping(phase, duty, way)
    live(pose, phase, cfg, ctx, name, calm=0.3)
    height = rise * length * mood_of(cfg).bounce * 4 * swing * (1 - swing)
    pose.shift[:, 1] += height - 0.10 * supple * length * bump(phase / duty)
    pose.turn("hips", axis_angle(X, 0.10 * supple * bump(swing) * wave(phase, 1, 0.1)))  # what stands stands still
    carry_head(pose, 0.05 * wave(phase, 1, 0.2), 0 * phase)
    if legs_apart(body) < LEAST_APART:  # legs that cannot swing: the body goes back with the ground, as one
        pose.shift[:, 2] += forward
        pose.shift[:, 1] += height - lowest_points(pose)
    else:
        steps = []
        for _ in legs():
            step = standing(len(phase))
            step.offset[:, 1] = height + 0.12 * supple * length * bump(swing)
            step.offset[:, 2] = forward
            pitch = 0.5 * supple * keys(phase % 1.0, (0.6 * duty, duty, 0.4 + 0.6 * duty, 0.92), (0.0, 0.7, 0.8, 0.0))
            steps.append(Step(step.offset, pitch, pitch * bump(swing), step.heading))
        plant(pose, steps)
    speed = way * fps / (len(phase) - 1)
    return calm_start(pose.clip(name, fps, speed), body.skeleton)


def fly(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Fly in place: wings beat down stretched and up half folded, the body answers."""
    pose, phase = start(body, 0.9, cfg)
    size = mood_of(cfg).swing
    beat = wave(phase, 2, 0.0) + 0.14 * wave(phase, 4, 0.2)
    late = wave(phase, 2, FLAP_SHIFT)
    _airborne(pose, phase, body)
    pose.shift[:, 1] += 0.05 * body.height * -wave(phase, 2, 0.30)
    beat_wings(pose, 0.10 + 0.75 * size * beat, 0.55 * size * late, 0.10 - 0.18 * wave(phase, 2, 0.75))
    _stretch(pose, 0.20 + 0.03 * wave(phase, 2, 0.3))
    return calm_start(pose.clip("fly", cfg.fps, _airspeed(body)), body.skeleton)


def glide(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Glide on spread wings, rocking a little."""
    pose, phase = start(body, 3.0, cfg)
    _airborne(pose, phase, body)
    pose.turn("hips", axis_angle(Z, 0.10 * wave(phase, 1, 0.1)))
    beat_wings(pose, 0.14 + 0.04 * wave(phase, 2, 0.2), 0.06 + 0.05 * wave(phase, 2, 0.35), 0.12 + 0.02 * wave(phase))
    _stretch(pose, 0.12 + 0.02 * wave(phase, 1, 0.3))
    return pose.clip("glide", cfg.fps, _airspeed(body))


CLIPS = {
    "idle": acts.idle,
    "walk": walk,
    "run": run,
    "hop": hop,
    "fly": fly,
    "glide": glide,
    "jump": acts.jump,
    "turn": acts.turn,
    "look": acts.look,
    "eat": acts.peck,
    "attack": acts.attack,
    "hit": acts.hit,
    "sit": acts.sit,
    "death": acts.death,
}
DEFAULTS = ("idle", "walk", "fly", "hop")


def wing_share(skeleton: Skeleton) -> float:
    """Length of the longer wing, bone by bone, as a share of the skeleton's height; 0 without wings."""
    place = rest_joint_to_world(skeleton)[:, :3, 3]
    height = max(float(place[:, 1].max() - place[:, 1].min()), 1e-6)
    lengths = []
    for side, _ in SIDES:
        line = [place[i] for i, name in enumerate(skeleton.names) if name.startswith(f"{side}Wing")]
        lengths.append(sum(float((b - a).norm()) for a, b in itertools.pairwise(line)))
    return max(lengths) / height


def _locomote(
    name: str, froude: float, stride: float, duty: float, body: Body, cfg: MotionConfig, ctx: Context
) -> Clip:
    """One cycle on two legs."""
    pace, mood = tempo(cfg), mood_of(cfg)
    length = leg_height(Pose(body, 2))
    speed = pace * math.sqrt(froude * GRAVITY * length)
    way = stride * length * pace**0.4
    fps = gait_fps(way / speed, cfg)
    phase = phases(max(MIN_CYCLE, round(way / speed * fps)))
    pose = Pose(body, len(phase))
    speed = way * fps / (len(phase) - 1)
    quick = min(max((len(phase) - 1 - MIN_CYCLE) / (FINE_CYCLE - MIN_CYCLE), 0.0), 1.0)
    live(pose, phase, cfg, ctx, name, calm=0.3)
    over_left = wave(phase, 1, duty / 2)
    pose.shift[:, 0] += 0.04 * length * mood.swing * over_left
    pose.turn("hips", axis_angle(Z, 0.06 * mood.swing * over_left))
    pose.turn("hips", axis_angle(Y, -0.05 * mood.swing * wave(phase)))
    # Held still in space while the body moves on, then thrust ahead: twice a cycle (Frost, 1978).
    thrust = torch.sin(TAU * 2 * phase) + 0.35 * quick * torch.sin(TAU * 4 * phase)  # slow back, quick ahead
    carry_head(pose, 0.14 * min(mood.bounce, 1.3) * thrust, 0 * phase)
    for joint in numbered(pose, "tail")[:1]:
        pose.turn(joint, axis_angle(Y, 0.05 * wave(phase, 1, 0.2)))
    steps = []
    for number in range(2):
        own = (phase + 0.5 * number) % 1.0
        forward, swing = stepping(own, duty, way)
        step = standing(len(phase))
        step.offset[:, 0] = -0.15 * abs(float(pose.position["leftToes"][0])) * (1 if number == 0 else -1)
        step.offset[:, 1] = 0.12 * length * bump(swing)
        step.offset[:, 2] = forward
        pitch = keys(own, (0.5 * duty, duty, (1 + duty) / 2, 1.0), (0.0, 0.3, 0.5, 0.0))
        steps.append(Step(step.offset, pitch, pitch * bump(swing), step.heading))
    plant(pose, steps)
    return calm_start(pose.clip(name, fps, speed), body.skeleton)


def _airborne(pose: Pose, phase: torch.Tensor, body: Body) -> None:
    """Lift the body off the ground, level it, tuck the legs."""
    pose.shift[:, 1] = FLIGHT_HEIGHT * body.height + 0 * phase
    tuck_legs(pose, torch.ones_like(phase))
    for name in numbered(pose, "tail")[:1]:
        pose.turn(name, axis_angle(X, 0.05 * wave(phase, 1, 0.4)))


def _stretch(pose: Pose, angle: torch.Tensor) -> None:
    """Lean the body into the air and hold the head level."""
    pose.turn("hips", axis_angle(X, angle))
    spread(pose, NECK, X, 0.3 * angle)
    pose.set_world_turn("head", axis_angle(X, 0.2 * angle))


def _airspeed(body: Body) -> float:
    """Metres a second; grows with the root of the size, as flight speed does (Pennycuick, 1989)."""
    return 9.0 * math.sqrt(body.height)
