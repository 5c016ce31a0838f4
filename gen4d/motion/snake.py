"""Clips of the snake: the body follows the path of its head along a serpenoid curve (Hirose, 1993)."""

import math

import torch

from gen4d.context import Context
from gen4d.motion.beginning import start
from gen4d.motion.body import Body
from gen4d.motion.config import MotionConfig
from gen4d.motion.floor import clear_floor
from gen4d.motion.kinematics import axis_angle, quaternion_multiply
from gen4d.motion.mood import mood_of
from gen4d.motion.pose import Pose, calm_start
from gen4d.motion.signals import TAU, X, Y, Z, bump, keys, periodic_noise, wave
from gen4d.structures import Clip

FRONT = ("front1", "front2", "front3", "neck")
TAIL = ("tail1", "tail2", "tail3", "tail4", "tail5")
WAVES = 1.35  # along the body
WINDING = 0.62  # radians: steepest angle of the body against its course
COILED, STRETCHED = 0.65, 0.92  # of the tail's length, from its root to its tip: a coil, and bends that may still wind
COIL_TURN, COIL_SWAY, COIL_PUSH = 0.16, 0.14, 0.03  # radians, radians a joint, of the length
DROOP = math.radians(40)  # what each upper joint of a raised front sinks by
FINE = 256  # samples of the curve a wave


def idle(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Rest with the body in gentle bends, the head slightly raised and searching."""
    pose, phase = start(body, 4.0, cfg)
    noise = [periodic_noise(phase, ctx.streams.numpy(f"motion.snake.idle{i}")) for i in range(2)]
    _wind(pose, torch.zeros_like(phase), 0.35)
    _raise_front(pose, 0.22 + 0.05 * wave(phase, 1, 0.3))
    pose.turn("neck", axis_angle(Y, 0.16 * wave(phase, 1, 0.1) + 0.05 * noise[0]))
    pose.turn("head", axis_angle(Y, 0.12 * wave(phase, 1, 0.2) + 0.05 * noise[1]))
    pose.turn("tail5", axis_angle(Y, 0.15 * wave(phase, 2, 0.2)))
    clear_floor(pose)
    return pose.clip("idle", cfg.fps)


def slither(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Lateral undulation: every part of the body passes where the head has passed."""
    return _travel("slither", WINDING, 2.0, body, cfg)


def rush(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """The same in a hurry, in flatter bends."""
    return _travel("rush", 0.75 * WINDING, 0.9, body, cfg)


def look(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Raise the front of the body and turn the head to both sides."""
    pose, phase = start(body, 3.4, cfg)
    up = keys(phase, (0.03, 0.18, 0.85, 0.97), (0.0, 1.0, 1.0, 0.0))
    yaw = keys(phase, (0.10, 0.26, 0.42, 0.62, 0.78, 0.92), (0.0, 1.0, 1.0, -1.0, -1.0, 0.0))
    _wind(pose, torch.zeros_like(phase), 0.35)
    _raise_front(pose, 0.22 + 0.35 * up)
    for name in ("front3", "neck", "head"):
        pose.turn(name, axis_angle(Y, 0.32 * yaw))
    clear_floor(pose)
    return pose.clip("look", cfg.fps)


def rear_up(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Rear up high and sway, as a cobra does, then sink again."""
    pose, phase = start(body, 4.0, cfg)
    up = keys(phase, (0.03, 0.28, 0.74, 0.97), (0.0, 1.0, 1.0, 0.0))
    _wind(pose, torch.zeros_like(phase), 0.35)
    _raise_front(pose, 0.22 + 0.95 * up)
    for number, name in enumerate((*FRONT, "head")):
        pose.turn(name, axis_angle(Z, 0.10 * up * torch.sin(TAU * (2 * phase - 0.08 * number))))
    clear_floor(pose)
    return pose.clip("rear", cfg.fps)


def attack(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Draw the front into an S, strike, recoil."""
    pose, phase = start(body, 1.6, cfg, still=0.12)
    coil = keys(phase, (0.02, 0.36, 0.46), (0.0, 1.0, 0.0))
    strike = keys(phase, (0.38, 0.48, 0.54, 0.80), (0.0, 1.0, 1.0, 0.0))
    _wind(pose, torch.zeros_like(phase), 0.35)
    _raise_front(pose, 0.22 + 0.75 * coil + 0.10 * strike)
    for name, share in zip(FRONT, (0.55, -0.75, -0.45, 0.65), strict=True):
        pose.turn(name, axis_angle(Y, share * coil))
    pose.turn("head", axis_angle(X, -0.30 * bump((phase - 0.40) / 0.18)))
    pose.shift[:, 2] += 0.10 * _length(pose) * (strike - 0.6 * coil)
    clear_floor(pose)
    return pose.clip("attack", cfg.fps)


def hit(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Flinch: the front whips aside and comes back."""
    pose, phase = start(body, 1.2, cfg, still=0.12)
    blow = keys(phase, (0.02, 0.18, 0.95), (0.0, 1.0, 0.0))
    _wind(pose, torch.zeros_like(phase), 0.35)
    _raise_front(pose, 0.22 + 0.25 * blow)
    for number, name in enumerate((*FRONT, "head")):
        late = keys(phase, (0.02 + 0.03 * number, 0.18 + 0.03 * number, 0.95), (0.0, 1.0, 0.0))
        pose.turn(name, axis_angle(Y, -0.28 * late))
    clear_floor(pose)
    return pose.clip("hit", cfg.fps)


def turn(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """A quarter turn to the left, the head first; it ends a quarter turned, on the root joint."""
    pose, phase = start(body, 2.4, cfg)
    pose.turn("root", axis_angle(Y, math.pi / 2 * keys(phase, (0.15, 0.95), (0.0, 1.0))))
    _wind(pose, torch.zeros_like(phase), 0.35)
    _raise_front(pose, torch.full_like(phase, 0.22))
    ahead = keys(phase, (0.0, 0.3, 0.6, 1.0), (0.0, 1.0, 0.7, 0.0))
    for name in (*FRONT, "head"):
        pose.turn(name, axis_angle(Y, 0.22 * ahead))
    for name in TAIL:
        pose.turn(name, axis_angle(Y, -0.16 * _straightness(pose) * ahead))
    clear_floor(pose)
    return pose.clip("turn", cfg.fps, loop=False)


def death(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Writhe, roll over on the side, lie still; a coil stays as it lies, and the front sinks down. It does not loop."""
    pose, phase = start(body, 2.8, cfg)
    writhe = bump(phase / 0.7)
    limp = keys(phase, (0.30, 0.75), (0.0, 1.0))
    _wind(pose, 1.5 * keys(phase, (0.0, 0.7), (0.0, 1.0)), 0.35 + 0.35 * writhe)
    _raise_front(pose, 0.22 * (1 - limp) + 0.3 * bump(phase / 0.5))
    pose.turn("body", axis_angle(Z, 0.48 * math.pi * limp * _straightness(pose)))
    _drop_front(pose, limp)
    clear_floor(pose, settle=torch.ones_like(phase))
    return pose.clip("death", cfg.fps, loop=False)


CLIPS = {
    "idle": idle,
    "slither": slither,
    "rush": rush,
    "rear": rear_up,
    "turn": turn,
    "look": look,
    "attack": attack,
    "hit": hit,
    "death": death,
}
DEFAULTS = ("idle", "slither", "attack")


def _travel(name: str, winding: float, seconds: float, body: Body, cfg: MotionConfig) -> Clip:
    """One wave passes along the body while it travels one wavelength."""
    pose, phase = start(body, seconds, cfg)
    mood = mood_of(cfg)
    bends = winding * min(mood.swing, 1.3)
    _wind(pose, phase, bends)
    _raise_front(pose, 0.10 + 0.03 * wave(phase, 2, 0.2))
    _rock_coil(pose, phase, (1 - _straightness(pose)) * mood.swing)
    curve = _curve(_straightness(pose) * bends)
    clear_floor(pose)
    wavelength = _length(pose) / WAVES
    speed = wavelength * float(curve[-1, 1]) * cfg.fps / (len(phase) - 1)
    return calm_start(pose.clip(name, cfg.fps, speed), body.skeleton)


def _rock_coil(pose: Pose, phase: torch.Tensor, amount: float) -> None:
    """What a coil does instead of winding: it works its way ahead, turning from side to side under a swaying front."""
    course = COIL_TURN * amount * wave(phase)
    pose.turn("body", axis_angle(Y, course))
    for number, name in enumerate(FRONT):
        sway = -COIL_SWAY * amount * wave(phase, 1, 0.12 * (number + 1))
        pose.turn(name, axis_angle(Y, sway))
        course = course + sway
    pose.turn("head", axis_angle(Y, -course))  # it keeps looking ahead
    pose.shift[:, 2] += COIL_PUSH * amount * _length(pose) * wave(phase, 2, 0.25)


def _wind(pose: Pose, phase: torch.Tensor, winding: torch.Tensor | float) -> None:
    """Lay the body along a serpenoid curve that has advanced by `phase` (T,) wavelengths.

    The angle of the body at arc length s, in wavelengths from the carrying joint, is `winding * sin(2 pi (s + phase))`.
    """
    length = _length(pose)
    winding = _straightness(pose) * winding
    for name in ("body", *FRONT, "head", *TAIL):
        here = pose.position[name]
        # A joint turns what lies beyond it, so a bone takes the course at its own middle.
        along = float(here[2] - pose.position["body"][2]) / length * WAVES
        ahead = 0.5 * WAVES / 10 * (1 if name in (*FRONT, "head", "body") else -1)
        course = _flatness(pose, name) * winding * torch.sin(TAU * (along + ahead + phase))
        pose.set_world_turn(name, _facing(pose, axis_angle(Y, course)))
    steepest = float(torch.as_tensor(winding).max())
    curve = _curve(steepest) * (length / WAVES)
    at = (phase % 1.0) * FINE
    index = at.floor().long().clamp(max=FINE - 1)
    place = torch.lerp(curve[index], curve[index + 1], (at - index)[:, None])
    pose.shift[:, 0] += place[:, 0] - curve[:-1, 0].mean()
    pose.shift[:, 2] += place[:, 1] - curve[-1, 1] * (phase % 1.0)


def _straightness(pose: Pose) -> float:
    """1 for a body that lies stretched, 0 for a coil, whose turns would go through each other if they wound."""
    line = torch.stack([pose.position[name] for name in ("body", *TAIL)])
    share = float((line[-1] - line[0]).norm() / line.diff(dim=0).norm(dim=1).sum().clamp(min=1e-9))
    return min(max((share - COILED) / (STRETCHED - COILED), 0.0), 1.0)


def _facing(pose: Pose, turn: torch.Tensor) -> torch.Tensor:
    """A turn about the vertical on top of the root's own."""
    return quaternion_multiply(pose.world_turn(pose.skeleton.names[0]), turn)


def _flatness(pose: Pose, name: str) -> float:
    """How level the bone at a joint lies at rest, in [0, 1]: what stands upright does not wind."""
    parent = pose.skeleton.names[int(pose.skeleton.parents[pose.index[name]])]
    children = [other for other, joint in pose.index.items() if int(pose.skeleton.parents[joint]) == pose.index[name]]
    near = pose.position[children[0]] if children else 2 * pose.position[name] - pose.position[parent]
    bone = near - pose.position[name]
    return float(bone[[0, 2]].norm() / bone.norm().clamp(min=1e-9))


def _curve(winding: float) -> torch.Tensor:
    """Sideways and forward way along one wavelength of the curve, (FINE + 1, 2), in wavelengths of arc length."""
    middle = (torch.arange(FINE, dtype=torch.float64) + 0.5) / FINE
    angle = winding * torch.sin(TAU * middle)
    steps = torch.stack([torch.sin(angle), torch.cos(angle)], 1) / FINE
    return torch.cat([torch.zeros(1, 2, dtype=torch.float64), steps.cumsum(0)])


def _raise_front(pose: Pose, angle: torch.Tensor | float) -> None:
    """Bend the front upwards by an angle (T,) in all, and the head level again."""
    angle = torch.as_tensor(angle, dtype=torch.float64).expand(pose.num_frames)
    for name in FRONT[1:]:
        pose.turn(name, axis_angle(X, -angle / 3))
    pose.turn("head", axis_angle(X, angle))


def _drop_front(pose: Pose, share: torch.Tensor) -> None:
    """Let a raised front hang down over what it stands on, by a share (T,); the coil under it stays."""
    for name in FRONT[2:]:
        pose.turn(name, axis_angle(X, DROOP * (1 - _flatness(pose, FRONT[2])) * share))


def _length(pose: Pose) -> float:
    """Along z from the last tail joint to the head, metres."""
    return max(float(pose.position["head"][2] - pose.position["tail5"][2]), 1e-3)
