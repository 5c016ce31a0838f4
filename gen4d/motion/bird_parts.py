"""What all clips of the bird share: legs that stand on their toes, a steady head, a tail that balances."""

import math

import torch

from gen4d.context import Context
from gen4d.motion.bird_wings import fold_wings
from gen4d.motion.body import Body
from gen4d.motion.chains import numbered, run_wave, spread
from gen4d.motion.config import MotionConfig
from gen4d.motion.floor import lowest_points
from gen4d.motion.kinematics import axis_angle, quaternion_multiply
from gen4d.motion.legs import Leg, Step, low_pass, lower_to_reach, place_legs, standing
from gen4d.motion.mood import mood_of
from gen4d.motion.pose import Pose
from gen4d.motion.signals import X, Y, periodic_noise, wave

TRUNK = ("spine", "chest")
NECK = ("neck", "neck1")
BELOW_KNEE = 0.5  # weight of the joints from the knee down, of the skin that steps with them
LEAST_APART = 0.3  # of the hip's height: legs parted less cannot step past each other
STIFF = 0.25  # suppleness of legs that are one
KNEE_SLACK = 0.01  # of the leg
TAIL_LIFT = 1.3  # of the angle by which a tail dips: its feathers reach beyond its last joint
TAIL_HARMONICS = 2  # of a cycle: any quicker a rise of the tail shows as a jerk


def legs() -> list[Leg]:
    """Left and right leg; the knee bends forward, what looks like a knee bending back is the ankle."""
    return [Leg(f"{s}UpperLeg", f"{s}LowerLeg", f"{s}Foot", f"{s}Toes", 1.0) for s in ("left", "right")]


LEG_JOINTS = tuple(name for leg in legs() for name in leg.joints)


def live(pose: Pose, phase: torch.Tensor, cfg: MotionConfig, ctx: Context, name: str, *, calm: float = 1.0) -> None:
    """Breath, quick small turns of the head, a tail that balances; wings folded."""
    mood, length = mood_of(cfg), leg_height(pose)
    generator = ctx.streams.numpy(f"motion.bird.{name}")
    noise = [calm * mood.noise * periodic_noise(phase, generator) for _ in range(2)]
    breath = calm * (wave(phase, 2, 0.4) + 0.15 * wave(phase, 4, 0.1))
    pose.shift[:, 0] += 0.02 * length * noise[0]
    pose.shift[:, 1] += length * (-KNEE_SLACK - mood.crouch + 0.006 * breath)
    spread(pose, TRUNK, X, -0.012 * breath + math.radians(mood.lean_deg))
    carry_head(pose, math.radians(mood.nod_deg) + 0.03 * breath, 0.10 * noise[1])
    run_wave(pose, numbered(pose, "tail"), X, phase, 0.02 * calm, lag=0.1, beats=2)
    fold_wings(pose)


def leg_height(pose: Pose) -> float:
    """From the hip joint down to the ground, metres."""
    return max(float(pose.position["leftUpperLeg"][1]), 1e-3)


def legs_apart(body: Body) -> float:
    """How far up from the ground the two legs are apart, as a share of the hip's height; 1 where nothing ties them.

    A surface around a bird may hold both legs in one column, or have no legs but two bumps of the belly. Then faces
    join the skin of one shank or foot to the other's, low above the ground.
    """
    if body.mesh is None or body.skin is None:
        return 1.0
    pose = Pose(body, 1)
    joints, weights, faces = body.skin.joints.cpu(), body.skin.weights.cpu(), body.mesh.faces.cpu()
    ties = []
    for leg in legs():
        below_knee = torch.tensor([pose.index[name] for name in leg.joints[1:]])
        ties.append((weights * torch.isin(joints, below_knee)).sum(1)[faces].amax(1) > BELOW_KNEE)
    tied = body.mesh.vertices.cpu()[faces[ties[0] & ties[1]], 1]
    return min(float(tied.min()) / leg_height(pose), 1.0) if len(tied) else 1.0


def suppleness(body: Body) -> float:
    """How far legs may bend, as a share of their usual way: little where both are one, all where they are apart."""
    return max(min(legs_apart(body) / LEAST_APART, 1.0), STIFF)


def plant(pose: Pose, steps: list[Step] | None = None, *, smoothing: int = 4) -> None:
    """Lower the body until both feet reach their steps, and put them there; without steps they stand."""
    steps = steps or [standing(pose.num_frames) for _ in legs()]
    lower_to_reach(pose, legs(), steps, smoothing)
    _keep_tail_up(pose)
    place_legs(pose, legs(), steps)
    if legs_apart(pose.body) < LEAST_APART:  # the skin follows such legs by halves: what touches down is the body
        air = torch.stack([step.offset[:, 1] for step in steps]).amin(0).clamp(min=0.0)
        pose.shift[:, 1] += air - lowest_points(pose)


def _keep_tail_up(pose: Pose) -> None:
    """Raise a tail that would dip into the floor, rather than let it lift the body."""
    tail = numbered(pose, "tail")
    if not tail or not len(pose.body.points):
        return
    sunk = (-lowest_points(pose, only=tail)).clamp(min=0.0)
    reach = (pose.position[tail[-1]] - pose.position[tail[0]]).norm().clamp(min=1e-6)
    angle = TAIL_LIFT * torch.atan2(sunk, reach)
    smooth = low_pass(angle, TAIL_HARMONICS)
    pose.turn(tail[0], axis_angle(X, smooth + (angle - smooth).max()))


def tuck_legs(pose: Pose, share: torch.Tensor) -> None:
    """Draw the legs up under the tail, by a share (T,); legs that are one with the belly stay."""
    if legs_apart(pose.body) < LEAST_APART:
        return
    for leg in legs():
        pose.turn(leg.upper, axis_angle(X, 0.65 * share))
        pose.turn(leg.lower, axis_angle(X, 0.5 * share))
        pose.turn(leg.foot, axis_angle(X, 0.4 * share))


def carry_head(pose: Pose, nod: torch.Tensor, yaw: torch.Tensor) -> None:
    """Nod with the neck, keep the head level in the world but for its yaw and a little of the nod."""
    for name in NECK:
        pose.turn(name, quaternion_multiply(axis_angle(Y, 0.3 * yaw), axis_angle(X, 0.5 * nod)))
    facing = pose.world_turn(pose.skeleton.names[0])
    head = quaternion_multiply(axis_angle(Y, yaw), axis_angle(X, 0.35 * nod))
    pose.set_world_turn("head", quaternion_multiply(facing, head))
