"""Clips of the fish: a wave runs down the body, sideways, or up and down where the tail fin lies flat as a whale's."""

import math

import torch

from gen4d.context import Context
from gen4d.motion.beginning import start
from gen4d.motion.body import Body
from gen4d.motion.chains import run_wave, spread
from gen4d.motion.config import MotionConfig
from gen4d.motion.floor import clear_floor, hover
from gen4d.motion.kinematics import axis_angle
from gen4d.motion.mood import mood_of, tempo
from gen4d.motion.pose import Pose, calm_start
from gen4d.motion.signals import TAU, X, Y, Z, bump, keys, periodic_noise, wave
from gen4d.structures import Clip

CHAIN = ("spine1", "spine2", "spine3", "tailFin")
LAG = 0.13  # of a beat, from one joint to the next: about one wave along the body (Videler, Fish Swimming, 1993)
BODY_LENGTHS_A_BEAT = 0.65  # stride length of a fish (Videler and Wardle, 1991)


def idle(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Hover: a slow beat of the tail, rowing fins, a little rise and fall."""
    pose, phase = start(body, 3.0, cfg)
    noise = periodic_noise(phase, ctx.streams.numpy("motion.fish.idle"))
    _swim(pose, phase, 0.07 * mood_of(cfg).swing, beats=2)
    _row(pose, phase, 0.30, beats=2)
    pose.shift[:, 1] = 0.03 * body.height * (wave(phase, 1, 0.3) + 0.2 * noise)
    pose.turn("body", axis_angle(Z, 0.03 * noise))
    hover(pose)
    return pose.clip("idle", cfg.fps)


def swim(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Swim straight ahead, two beats of the tail."""
    return _travel("swim", 0.14, 1.2, body, cfg, ctx)


def dart(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Swim fast: short, strong beats, the fins laid back."""
    return _travel("dart", 0.19, 0.9, body, cfg, ctx)


def turn(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """A quarter turn to the left with a bend of the whole body; it ends a quarter turned, on the root joint."""
    pose, phase = start(body, 1.4, cfg)
    pose.turn("root", axis_angle(Y, math.pi / 2 * keys(phase, (0.12, 0.85), (0.0, 1.0))))
    bend = keys(phase, (0.0, 0.28, 0.55, 0.78, 1.0), (0.0, 1.0, -0.5, 0.15, 0.0))
    pose.turn("head", axis_angle(Y, 0.35 * bend))
    spread(pose, CHAIN, Y, -1.1 * bend)
    pose.turn("body", axis_angle(Z, -0.25 * bump(phase)))
    _row(pose, phase, 0.35, beats=2)
    hover(pose)
    return pose.clip("turn", cfg.fps, loop=False)


def attack(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Coil into an S, dash ahead, snap, drift back."""
    pose, phase = start(body, 1.5, cfg, still=0.12)
    coil = keys(phase, (0.02, 0.30, 0.40), (0.0, 1.0, 0.0))
    dash = keys(phase, (0.32, 0.46, 0.55, 0.98), (0.0, 1.0, 1.0, 0.0))
    pose.shift[:, 2] = _length(pose) * (0.45 * dash - 0.12 * coil)
    for name, share in zip(CHAIN, (0.25, -0.45, -0.5, 0.5), strict=True):
        pose.turn(name, axis_angle(Y, share * coil))
    _swim(pose, phase, 0.22 * bump((phase - 0.32) / 0.3), beats=6)
    pose.turn("head", axis_angle(X, -0.30 * bump((phase - 0.36) / 0.16)))
    hover(pose)
    return pose.clip("attack", cfg.fps)


def hit(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Knocked aside: the body bends away from the blow, rolls and rights itself."""
    pose, phase = start(body, 1.2, cfg, still=0.12)
    blow = keys(phase, (0.02, 0.18, 0.95), (0.0, 1.0, 0.0))
    pose.shift[:, 0] = -0.18 * _length(pose) * blow
    pose.turn("body", axis_angle(Z, 0.55 * blow))
    pose.turn("head", axis_angle(Y, -0.4 * blow))
    spread(pose, CHAIN, Y, 0.9 * blow)
    _swim(pose, phase, 0.15 * bump((phase - 0.3) / 0.65), beats=4)
    hover(pose)
    return pose.clip("hit", cfg.fps)


def look(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Turn the front of the body to the left and to the right while hovering."""
    pose, phase = start(body, 3.0, cfg)
    yaw = keys(phase, (0.04, 0.22, 0.40, 0.62, 0.80, 0.97), (0.0, 1.0, 1.0, -1.0, -1.0, 0.0))
    pose.turn("body", axis_angle(Y, 0.30 * yaw))
    pose.turn("head", axis_angle(Y, 0.35 * yaw))
    spread(pose, CHAIN, Y, -0.45 * yaw)
    _swim(pose, phase, 0.05, beats=3)
    _row(pose, phase, 0.3, beats=3)
    hover(pose)
    return pose.clip("look", cfg.fps)


def death(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """A last shiver, then it rolls belly up and goes limp; it does not loop."""
    pose, phase = start(body, 3.0, cfg)
    limp = keys(phase, (0.15, 0.7), (0.0, 1.0))
    _swim(pose, phase, 0.18 * bump(phase / 0.4), beats=9)
    pose.turn("body", axis_angle(Z, math.pi * 0.97 * limp + 0.06 * limp * torch.sin(TAU * 2 * phase)))
    pose.turn("head", axis_angle(X, 0.12 * limp))
    spread(pose, CHAIN, X, -0.30 * limp)
    clear_floor(pose)
    return pose.clip("death", cfg.fps, loop=False)


CLIPS = {
    "idle": idle,
    "swim": swim,
    "dart": dart,
    "turn": turn,
    "look": look,
    "attack": attack,
    "hit": hit,
    "death": death,
}
DEFAULTS = ("idle", "swim", "dart")


def _travel(name: str, amplitude: float, seconds: float, body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Two beats of the tail at full speed; distance follows from the beats."""
    pose, phase = start(body, seconds, cfg)
    size = amplitude * mood_of(cfg).swing * tempo(cfg) ** 0.3
    _swim(pose, phase, size, beats=2)
    _row(pose, phase, 0.12, beats=2)
    pose.turn("body", axis_angle(Z, 0.04 * wave(phase, 2, 0.2)))
    pose.shift[:, 1] = 0.012 * body.height * wave(phase, 1, 0.1)
    hover(pose)
    speed = 2 * BODY_LENGTHS_A_BEAT * _length(pose) * cfg.fps / (len(phase) - 1)
    return calm_start(pose.clip(name, cfg.fps, speed), body.skeleton)


def _swim(pose: Pose, phase: torch.Tensor, amplitude: torch.Tensor | float, *, beats: int) -> None:
    """The travelling wave: the head yaws a little against the tail, amplitudes grow towards the fin."""
    axis = X if _is_fluke(pose) else Y
    run_wave(pose, CHAIN, axis, phase, amplitude, lag=LAG, beats=beats, growth=0.55, start=0.18)
    pose.turn("head", axis_angle(axis, 0.35 * amplitude * wave(phase, beats, 0.05)))
    pose.turn("body", axis_angle(axis, -0.55 * amplitude * wave(phase, beats, 0.0)))


def _row(pose: Pose, phase: torch.Tensor, amplitude: float, *, beats: int) -> None:
    """Pectoral fins beat a quarter of a beat apart from their own twist; the dorsal fin ripples."""
    for name, sign in (("leftFin", 1.0), ("rightFin", -1.0)):
        pose.turn(name, axis_angle(Z, sign * amplitude * (wave(phase, beats, 0.1) + 0.15 * wave(phase, 2 * beats))))
        pose.turn(name, axis_angle(X, 0.5 * amplitude * wave(phase, beats, 0.35)))
    pose.turn("dorsalFin", axis_angle(Z, 0.2 * amplitude * wave(phase, beats, 0.3)))


def _is_fluke(pose: Pose) -> bool:
    """Whether the tail fin is wider than it is high."""
    fin = pose.body.carried_by(("tailFin",))
    if len(fin) < 8:
        return False
    size = fin.amax(0) - fin.amin(0)
    return float(size[0]) > 1.5 * float(size[1])


def _length(pose: Pose) -> float:
    """From the tail fin's joint to the head's, metres."""
    return max(float((pose.position["head"] - pose.position["tailFin"]).norm()), 1e-3)
