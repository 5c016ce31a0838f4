"""Clips of the plant: it sways, stands in the wind, shakes, recoils, bobs and wilts; the foot of the trunk stays.

Only what topples, `plant_fall`, leaves its place; `within_ground` holds back what would press a wide plant into it.
"""

from collections.abc import Callable
from dataclasses import replace

import torch

from gen4d.context import Context
from gen4d.motion.beginning import start
from gen4d.motion.body import Body
from gen4d.motion.chains import numbered
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import axis_angle
from gen4d.motion.mood import mood_of
from gen4d.motion.plant_fall import topple, within_ground
from gen4d.motion.pose import Pose
from gen4d.motion.signals import TAU, X, Y, Z, bump, keys, periodic_noise, wave
from gen4d.structures import Clip

TRUNK_LAG, BRANCH_LAG = 0.05, 0.09  # of a cycle, from one bone to the next
LIMP_SUNK = 0.10  # of the height: what has no strength left is raised by so much, where it is too wide to sink ahead
GOLDEN = 0.618  # spreads the phases of the branches without a pattern


def idle(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """A light air."""
    return _wind("idle", 0.022, 0.0, 5.0, body, cfg, ctx)


def wind(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """A steady wind from the right: leaning, with gusts and quick branches."""
    return _wind("wind", 0.055, 0.16, 3.2, body, cfg, ctx)


def storm(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """A storm: deep bends that spring back."""
    return _wind("storm", 0.10, 0.34, 1.9, body, cfg, ctx)


def shake(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Shaken at the trunk; the branches follow late and wide."""
    pose, phase = start(body, 1.6, cfg)
    strength = bump(phase)
    for number, name in enumerate(_swaying(pose)):
        pose.turn(name, axis_angle(Z, 0.035 * strength * torch.sin(TAU * (6 * phase - 0.06 * number))))
    _branches(pose, lambda late: 0.12 * strength * torch.sin(TAU * (6 * phase - late)), 0.12)
    within_ground(pose)
    return pose.clip("shake", cfg.fps)


def hit(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Struck from the left: it bends away and rings out."""
    pose, phase = start(body, 2.2, cfg, still=0.12)
    ring = keys(phase, (0.0, 0.06), (0.0, 1.0)) * torch.exp(-5 * phase) * (1 - keys(phase, (0.7, 1.0), (0.0, 1.0)))
    for number, name in enumerate(_swaying(pose)):
        pose.turn(name, axis_angle(Z, 0.14 * ring * torch.cos(TAU * (4 * phase - 0.03 * number))))
    _branches(pose, lambda late: 0.22 * ring * torch.sin(TAU * (4 * phase - late)), 0.12)
    within_ground(pose)
    return pose.clip("hit", cfg.fps)


def dance(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Bob from side to side to a beat, the top twisting against the foot."""
    pose, phase = start(body, 2.0, cfg)
    size = mood_of(cfg).swing
    for number, name in enumerate(_swaying(pose)):
        sway = torch.sin(TAU * (2 * phase - 0.08 * number)) + 0.12 * torch.sin(TAU * 6 * phase)
        pose.turn(name, axis_angle(Z, 0.10 * size * sway))
        pose.turn(name, axis_angle(Y, 0.10 * size * torch.sin(TAU * (phase - 0.05 * number))))
        pose.turn(name, axis_angle(X, 0.04 * size * wave(phase, 4, 0.1)))
    _branches(pose, lambda late: 0.16 * size * torch.sin(TAU * (2 * phase - late)), 0.15)
    within_ground(pose)
    return pose.clip("dance", cfg.fps)


def wilt(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Lose all strength: the top sinks forward and the branches hang; it does not loop."""
    pose, phase = start(body, 3.0, cfg)
    limp = keys(phase, (0.08, 0.9), (0.0, 1.0))
    for number, name in enumerate(_swaying(pose)):
        pose.turn(name, axis_angle(X, (0.03 + 0.13 * number) * limp))
        pose.turn(name, axis_angle(Z, 0.04 * limp * torch.sin(TAU * 1.5 * phase)))
    for chain in _branch_chains(pose):
        axis = _droop_axis(pose, chain)
        for name in chain:
            pose.turn(name, axis_angle(axis, 0.40 * limp))
    within_ground(pose, LIMP_SUNK)
    return pose.clip("wilt", cfg.fps, loop=False)


def death(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Fall over, if it is of a shape that topples; a bush or a flower bed wilts."""
    return topple(body, cfg) or replace(wilt(body, cfg, ctx), name="death")


CLIPS = {
    "idle": idle,
    "wind": wind,
    "storm": storm,
    "shake": shake,
    "dance": dance,
    "hit": hit,
    "wilt": wilt,
    "death": death,
}
DEFAULTS = ("idle", "wind", "shake")


def _wind(name: str, sway: float, lean: float, seconds: float, body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Sway about a mean lean, the top later than the foot, the branches quicker than the trunk."""
    pose, phase = start(body, seconds, cfg)
    generator = ctx.streams.numpy(f"motion.plant.{name}")
    gust = 1 + 0.35 * periodic_noise(phase, generator)
    size = mood_of(cfg).swing
    trunk = _swaying(pose)
    for number, joint in enumerate(trunk):
        share = (0.4 + 0.4 * number) / max(len(trunk), 1)  # a trunk is stiffest at its foot
        late = number * TRUNK_LAG
        across = wave(phase, 1, late) + 0.25 * wave(phase, 2, 2 * late + 0.2) + 0.10 * wave(phase, 3, late)
        pose.turn(joint, axis_angle(Z, share * (2 * size * sway * gust * across - lean * gust)))
        pose.turn(joint, axis_angle(X, share * 1.2 * size * sway * wave(phase, 1, late + 0.25)))
    _branches(pose, lambda late: size * sway * gust * torch.sin(TAU * (3 * phase - late)), BRANCH_LAG)
    within_ground(pose)
    return pose.clip(name, cfg.fps)


def _swaying(pose: Pose) -> tuple[str, ...]:
    """The trunk's joints but the first, which carries the foot: tilted, its far edge would go into the ground."""
    trunk = numbered(pose, "trunk")
    return trunk[1:] or trunk


def _branches(pose: Pose, swing: Callable[[float], torch.Tensor], lag: float) -> None:
    """Swing every branch, each with a phase of its own, each bone later than the one before."""
    for number, chain in enumerate(_branch_chains(pose)):
        axis = _droop_axis(pose, chain)
        for place, name in enumerate(chain):
            pose.turn(name, axis_angle(axis, swing(GOLDEN * number + lag * place)))


def _branch_chains(pose: Pose) -> list[tuple[str, ...]]:
    chains = (numbered(pose, f"branch{number}_") for number in range(1, 11))
    return [chain for chain in chains if chain]


def _droop_axis(pose: Pose, chain: tuple[str, ...]) -> tuple[float, float, float]:
    """The level axis about which a branch sinks by a positive angle."""
    parent = pose.skeleton.names[int(pose.skeleton.parents[pose.index[chain[0]]])]
    out = pose.position[chain[-1]] - pose.position[parent]
    out = out if float(out[[0, 2]].norm()) > 1e-6 else torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64)
    flat = torch.nn.functional.normalize(out[[0, 2]], dim=0)
    return float(flat[1]), 0.0, -float(flat[0])
