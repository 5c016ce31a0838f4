"""Legs that stand where they should: feet steered by inverse kinematics, the body only as high as the legs reach."""

import math
from dataclasses import dataclass, replace

import torch

from gen4d.motion.body import RIGHT_AXIS
from gen4d.motion.floor import envelope, lowest_points
from gen4d.motion.girth import least_angle
from gen4d.motion.kinematics import (
    axis_angle,
    frame,
    matrix_to_quaternion,
    quaternion_multiply,
    quaternion_rotate,
    two_bone_ik,
)
from gen4d.motion.pose import Pose
from gen4d.motion.signals import smooth_step

UP_AXIS = (0.0, 1.0, 0.0)
AIRBORNE = 0.02  # of the thigh: feet higher than this carry nothing
MAX_SUNK, MAX_FOOT_SUNK, MAX_RAISED = 1e-3, 3e-4, 0.1  # of the leg
USABLE_REACH = 0.992  # of the straight leg; straighter knees snap
FOLDED = 0.33  # of the straight leg: a swinging foot comes no nearer to the hip, where a small way is a wide turn


UNLIKE = 1.05  # of the difference of thigh and shank, nearer than which no leg of two bones folds at all
LIFT_SOFT = 0.5  # of the room a folded leg leaves: from there a lift is drawn in, so that no knee stops with a snap
SWING_SOFT, SWING_REACH = 0.85, 0.97  # of the straight leg: where a swing is drawn in, and the most it ever reaches
ANKLE_ROUNDS, OPENING = 2, 20.0  # 1 / radian: how suddenly an ankle stops folding
BESIDE, FEWEST_BEATS, MOST_BEATS = 0.5, 3, 6  # of the angle between neighbouring feet: a step of a turning body
FOLDS = (1.0, 0.75, 0.5, 0.25, 0.0)  # shares of a swinging foot's pitch that are tried
LEAST_LIFT = 0.35  # of a step's lift, which a leg that is too thick to fold makes all the same
SWING_LIFT = 0.12  # of the leg: a foot so high swings freely


@dataclass(frozen=True)
class Leg:
    """Joint names from hip to toes and the direction the middle joint bends to (knees +z, elbows -z)."""

    upper: str
    lower: str
    foot: str
    toes: str
    bend: float

    @property
    def joints(self) -> tuple[str, str, str, str]:
        return self.upper, self.lower, self.foot, self.toes


@dataclass(frozen=True)
class Step:
    """Where one foot is over time.

    Fields:
        offset: (T, 3) metres from the foot's rest place on the ground; its height is the air under the sole.
        pitch: (T,) radians, positive lifts the heel, negative the toes; the sole rolls without slipping.
        toe_pitch: (T,) radians of the toes in the world.
        heading: (T,) radians about the vertical through the origin, to the left.
    """

    offset: torch.Tensor
    pitch: torch.Tensor
    toe_pitch: torch.Tensor
    heading: torch.Tensor


def standing(num_frames: int) -> Step:
    """A foot that stays where it is."""
    zeros = torch.zeros(num_frames, dtype=torch.float64)
    return Step(torch.zeros(num_frames, 3, dtype=torch.float64), zeros, zeros, zeros)


def beats_of_turn(pose: Pose, feet: list[str], angle: float) -> int:
    """How many steps each foot takes to turn by an angle on the spot without meeting the foot beside it."""
    places = torch.stack([pose.position[name] for name in feet])
    bearing = torch.atan2(places[:, 0], places[:, 2]).sort().values
    gap = torch.cat([bearing, bearing[:1] + 2 * math.pi]).diff().min()
    return min(max(math.ceil(angle / (BESIDE * max(float(gap), 1e-3))), FEWEST_BEATS), MOST_BEATS)


def leg_length(pose: Pose, leg: Leg) -> float:
    """From the upper joint's rest place down to the ground, metres."""
    return max(float(pose.position[leg.upper][1]), 1e-3)


def ankle_target(pose: Pose, leg: Leg, step: Step) -> torch.Tensor:
    """Where a step wants the ankle, (T, 3)."""
    ankle, toes, sole = pose.position[leg.foot], pose.position[leg.toes], pose.body.soles[leg.foot]
    height = sole.height(step.pitch, step.toe_pitch) + step.offset[:, 1]
    ahead = toes[2] + step.offset[:, 2] + sole.roll(step.pitch)
    toe_place = torch.stack([toes[0] + step.offset[:, 0], height, ahead], dim=1)
    place = toe_place + quaternion_rotate(axis_angle(RIGHT_AXIS, step.pitch), ankle - toes)
    return quaternion_rotate(axis_angle(UP_AXIS, step.heading), place)


def reachable_height(pose: Pose, legs: list[Leg], steps: list[Step]) -> torch.Tensor:
    """How far the body may rise before the first standing leg is straight, (T,) metres; may be negative.

    Feet in the air set no limit: a leg that swings wide is folded, or does not quite reach.
    """
    limits = []
    for leg, step in zip(legs, steps, strict=True):
        hip, ankle = pose.world_position(leg.upper), ankle_target(pose, leg, step)
        upper, lower = _lengths(pose, leg)
        flat = ((hip - ankle)[:, [0, 2]] ** 2).sum(1)
        reach = (USABLE_REACH * (upper + lower)) ** 2
        room = ankle[:, 1] + (reach - flat).clamp(min=0).sqrt() - hip[:, 1]
        limits.append(torch.where(step.offset[:, 1] > AIRBORNE * upper, torch.full_like(room, torch.inf), room))
    return torch.stack(limits).amin(0)


def lower_to_reach(pose: Pose, legs: list[Leg], steps: list[Step], smoothing: int = 4) -> None:
    """Lower the body just so far that every foot can be reached, smoothly over the cycle.

    The hips then rise and fall as an inverted pendulum does: highest where a leg stands upright under the body.
    """
    for _ in range(2):  # a second pass mends what turning the hips over moved legs left
        room = reachable_height(pose, legs, steps)
        wanted = room.clamp(max=0.0)
        smooth = low_pass(wanted, smoothing)
        pose.shift[:, 1] += smooth - (smooth - wanted).max().clamp(min=0.0)


def low_pass(values: torch.Tensor, harmonics: int) -> torch.Tensor:
    """Keep the mean and the first harmonics of a cycle whose last value repeats the first, (T,).

    A clip that does not close is run forth and back, so that its ends stay where they are.
    """
    is_closed = _is_closed(values)
    period = values[:-1] if is_closed else torch.cat([values, values.flip(0)])
    spectrum = torch.fft.rfft(period)
    spectrum[harmonics * (1 if is_closed else 2) + 1 :] = 0
    smooth = torch.fft.irfft(spectrum, n=len(period))
    return torch.cat([smooth, smooth[:1]]) if is_closed else smooth[: len(values)]


def _is_closed(values: torch.Tensor) -> bool:
    """Whether values (T,) over a clip end as they began."""
    return float((values[0] - values[-1]).abs()) < 1e-6


def place_legs(pose: Pose, legs: list[Leg], steps: list[Step], knees: torch.Tensor | None = None) -> None:
    """Put every foot where its step says; a body or a thigh that would sink into the floor is raised first.

    A body too low for its legs is raised as well: they fold no further than their own thickness lets them.
    """
    feet = tuple(name for leg in legs for name in (leg.foot, leg.toes))
    for _ in range(3):  # raising the body opens the knees, which lowers or lifts the thighs again
        pushed = [place_leg(pose, leg, step, knees) for leg, step in zip(legs, steps, strict=True)]
        sunk = (-lowest_points(pose, without=feet)).clamp(min=0.0)
        room = reachable_height(pose, legs, steps).clamp(min=0.0)  # rather a fold than feet off the ground
        sunk = torch.maximum(sunk, torch.minimum(torch.stack(pushed).amax(0), room))
        if float(sunk.max()) < MAX_SUNK * leg_length(pose, legs[0]):
            break
        pose.shift[:, 1] += envelope(sunk, _is_closed(sunk))
    for leg, step in zip(legs, steps, strict=True):  # the ankle's share of the skin may reach below the sole
        sunk = (-lowest_points(pose, only=(leg.foot, leg.toes))).clamp(min=0.0)
        if float(sunk.max()) > MAX_FOOT_SUNK * leg_length(pose, leg):
            sunk = sunk.clamp(max=MAX_RAISED * leg_length(pose, leg))  # more is a stray of the skin, not the ankle's
            raised = step.offset + torch.nn.functional.pad(sunk[:, None], (1, 1))
            place_leg(pose, leg, replace(step, offset=raised), knees)


def place_leg(pose: Pose, leg: Leg, step: Step, knees: torch.Tensor | None = None) -> torch.Tensor:
    """Turn the joints of a leg so that the foot is where its step says; the hip must have its final place.

    Args:
        knees: (T, 3) where the middle joint points to, for bodies that sit or lie; else straight ahead or back.

    Returns:
        pushed: (T,) metres by which the body would have to rise for the leg to fold no further than it can.
    """
    hip, nearest = pose.world_position(leg.upper), nearest_fold(pose, leg)
    step = folded_as_room_allows(pose, leg, step, hip, nearest)
    open_angle = least_angle(pose, leg.lower, leg.foot, leg.toes)
    target, pole, knee, ankle = bent_leg(pose, leg, step, hip, nearest, knees)
    airborne = _airborne(pose, leg, step)  # what stands would roll over its sole
    for _ in range(ANKLE_ROUNDS if open_angle else 0):  # another pitch is another place of the ankle
        opened = open_ankle(pose, leg, step, knee - ankle, open_angle)
        step = replace(step, pitch=torch.lerp(step.pitch, opened, airborne))
        target, pole, knee, ankle = bent_leg(pose, leg, step, hip, nearest, knees)
    heading = axis_angle(UP_AXIS, step.heading)
    rest_hip, rest_knee, rest_ankle = (pose.position[name] for name in leg.joints[:3])
    rest_pole = torch.linalg.cross(rest_ankle - rest_hip, torch.tensor([leg.bend, 0.0, 0.0], dtype=torch.float64))
    rest_hinge = torch.linalg.cross(rest_ankle - rest_hip, rest_pole)
    hinge = torch.linalg.cross(ankle - hip, pole)
    for name, rest_bone, bone in (
        (leg.upper, rest_knee - rest_hip, knee - hip),
        (leg.lower, rest_ankle - rest_knee, ankle - knee),
    ):
        turn = frame(bone, hinge) @ frame(rest_bone, rest_hinge).transpose(-1, -2)
        pose.set_world_turn(name, matrix_to_quaternion(turn))
    pose.set_world_turn(leg.foot, quaternion_multiply(heading, axis_angle(RIGHT_AXIS, step.pitch)))
    pose.set_world_turn(leg.toes, quaternion_multiply(heading, axis_angle(RIGHT_AXIS, step.toe_pitch)))
    flat = (target - hip)[:, [0, 2]].square().sum(1)
    pushed = target[:, 1] + (nearest**2 - flat).clamp(min=0.0).sqrt() - hip[:, 1]
    return pushed.clamp(min=0.0) * (1 - airborne)


def bent_leg(
    pose: Pose, leg: Leg, step: Step, hip: torch.Tensor, nearest: torch.Tensor, knees: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Where a step wants the ankle, where the knee points to, and the places of knee and ankle; (T, 3) each."""
    target = _within_swing(pose, leg, step, hip, _below_hip(pose, leg, step, hip, nearest))
    heading = axis_angle(UP_AXIS, step.heading)
    # Bent about the axis across the body, a leg has its plane wherever it swings, straight ahead and up as well.
    across = quaternion_rotate(heading, torch.tensor([leg.bend, 0.0, 0.0], dtype=torch.float64))
    pole = torch.linalg.cross(target - hip, across) if knees is None else quaternion_rotate(heading, knees)
    return target, pole, *two_bone_ik(hip, target, *_lengths(pose, leg), pole)


def folded_as_room_allows(pose: Pose, leg: Leg, step: Step, hip: torch.Tensor, nearest: torch.Tensor) -> Step:
    """The step with its foot folded back in swing only so far that the ankle stays below the hip, also as it lifts.

    A foot as long as the leg, folded back under a low belly, has its ankle at the hip, past which the leg would spin.
    """
    airborne = _airborne(pose, leg, step)
    swings = airborne > 0.5
    if not bool(swings.any()):
        return step
    tried = []
    for share in FOLDS:
        kept = 1 - (1 - share) * airborne
        folded = replace(step, pitch=step.pitch * kept, toe_pitch=step.toe_pitch * kept)
        grounded, highest = _under_hip(ankle_target(pose, leg, folded), step, hip, nearest)
        room = float((highest - grounded)[swings].amin())
        if room >= float(_least_lift(step)):
            return folded
        tried.append((room, folded))
    return max(tried, key=lambda one: one[0])[1]  # the first of equals: as the step was


def nearest_fold(pose: Pose, leg: Leg) -> torch.Tensor:
    """How near the ankle comes to the hip when a leg folds as far as it can, () metres."""
    upper, lower = _lengths(pose, leg)
    angle = least_angle(pose, leg.upper, leg.lower, leg.foot)
    folded = (upper**2 + lower**2 - 2 * upper * lower * math.cos(angle)).sqrt()
    return torch.stack([FOLDED * (upper + lower), UNLIKE * (upper - lower).abs(), folded]).amax()


def open_ankle(pose: Pose, leg: Leg, step: Step, shank: torch.Tensor, least: float) -> torch.Tensor:
    """Pitch (T,) of a foot kept as far from the shank (T, 3), from ankle to knee, as the least angle in radians."""
    shank = quaternion_rotate(axis_angle(UP_AXIS, -step.heading), shank)
    foot = pose.position[leg.toes] - pose.position[leg.foot]
    between = torch.atan2(-shank[:, 1], shank[:, 2]) - torch.atan2(-foot[1], foot[2]) - step.pitch
    between = torch.atan2(between.sin(), between.cos())  # signed: a foot folds forward or back
    folded = torch.nn.functional.softplus(least - between.abs(), beta=OPENING)
    return step.pitch - between.sign() * folded


def _airborne(pose: Pose, leg: Leg, step: Step) -> torch.Tensor:
    """How freely a foot swings, (T,) in [0, 1]."""
    return smooth_step(step.offset[:, 1] / (SWING_LIFT * leg_length(pose, leg)))


def _below_hip(pose: Pose, leg: Leg, step: Step, hip: torch.Tensor, nearest: torch.Tensor) -> torch.Tensor:
    """Where a step wants the ankle, (T, 3), but for a lift that would fold the leg further than legs fold."""
    target = ankle_target(pose, leg, step)
    grounded, highest = _under_hip(target, step, hip, nearest)
    lift = target[:, 1] - grounded
    room = torch.maximum(highest - grounded, _least_lift(step))
    soft = room * (LIFT_SOFT + (1 - LIFT_SOFT) * (1 - torch.exp(-(lift / room - LIFT_SOFT) / (1 - LIFT_SOFT))))
    height = grounded + torch.where(lift > LIFT_SOFT * room, soft, lift)
    return torch.stack([target[:, 0], height, target[:, 2]], dim=1)


def _under_hip(
    target: torch.Tensor, step: Step, hip: torch.Tensor, nearest: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The height of an ankle's target (T, 3) without the lift, and the highest to which the leg folds; (T,) metres."""
    flat = (target - hip)[:, [0, 2]].square().sum(1)
    highest = hip[:, 1] - (nearest**2 - flat).clamp(min=0.0).sqrt()
    return target[:, 1] - step.offset[:, 1].clamp(min=0.0), highest


def _least_lift(step: Step) -> torch.Tensor:
    """What a swinging foot rises at least, () metres; one that does not clear the ground drags."""
    return LEAST_LIFT * step.offset[:, 1].amax().clamp(min=1e-9)


def _within_swing(pose: Pose, leg: Leg, step: Step, hip: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Places (T, 3) of an ankle drawn softly towards the hip while it swings, so that no knee straightens with a snap.

    The way of a knee into its straight end grows without bound; what stands is held to the ground all the same.
    """
    length = sum(_lengths(pose, leg))
    line = target - hip
    distance = line.norm(dim=1, keepdim=True) / length
    room = SWING_REACH - SWING_SOFT
    soft = SWING_SOFT + room * (1 - torch.exp(-(distance - SWING_SOFT).clamp(min=0.0) / room))
    drawn = torch.where(
        distance > SWING_SOFT, torch.lerp(distance, soft, _airborne(pose, leg, step)[:, None]), distance
    )
    return hip + line * (drawn / distance.clamp(min=1e-9))


def _lengths(pose: Pose, leg: Leg) -> tuple[torch.Tensor, torch.Tensor]:
    """Lengths of thigh and shank, () each."""
    hip, knee, ankle = (pose.position[name] for name in leg.joints[:3])
    return (knee - hip).norm(), (ankle - knee).norm()
