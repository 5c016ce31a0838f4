"""A plant and the ground: a tree falls over, bounces and lies; a bush presses no deeper into the ground than it may."""

import math

import torch

from gen4d.motion.beginning import start
from gen4d.motion.body import Body
from gen4d.motion.chains import numbered
from gen4d.motion.config import MotionConfig
from gen4d.motion.floor import lowest_points
from gen4d.motion.kinematics import axis_angle
from gen4d.motion.pose import Pose
from gen4d.motion.signals import TAU, X, smooth_step
from gen4d.structures import Clip

MOST_SUNK = 0.03  # of the height: wide plants that would press deeper into the ground move less
TRIED = 96  # angles at which a falling plant's rest is looked for
LEAST_FALL, LEAST_DROP = math.radians(50), 0.25  # how far it must turn, and its middle sink, to be said to fall
CROWN = 0.2  # of the height: what touches the ground from there on up is no foot
FIRST_TILT = 0.03  # radians from which it falls by itself
BOUNCE, BOUNCES = 0.22, 3  # share of the speed that a blow on the ground gives back
STEP = 2e-3  # of the time in which a small tilt grows to e times itself
SECONDS, CREAK, FALL = 3.2, 0.4, 1.2  # of the clip, until it tips, and from there until it strikes
TRAIL, WHIP = 0.10, 0.06  # radians by which the crown stays behind in the fall, and swings on as it strikes
DIES, SWINGS = 5.0, 2.2  # how fast that swinging dies out, 1 / s, and how often it goes to and fro, hertz


def topple(body: Body, cfg: MotionConfig) -> Clip | None:
    """Tip ahead about the foot of the trunk, ever quicker, bounce, lie still; None for a shape that does not topple."""
    angle = _angle_at_rest(body)
    if angle is None:
        return None
    pose, phase = start(body, SECONDS, cfg)
    time = SECONDS * phase
    trunk = numbered(pose, "trunk")
    pose.turn(trunk[0], axis_angle(X, FIRST_TILT * smooth_step(time / CREAK) + _fallen(angle, time - CREAK)))
    falling = ((time - CREAK) / FALL).clamp(0, 1) ** 3
    since = (time - CREAK - FALL).clamp(min=0.0)
    bend = torch.exp(-DIES * since) * (
        WHIP * torch.sin(TAU * SWINGS * since) - TRAIL * falling * torch.cos(TAU * SWINGS * since)
    )
    for name in trunk[1:]:
        pose.turn(name, axis_angle(X, bend / (len(trunk) - 1)))
    lift = -lowest_points(pose)
    pose.shift[:, 1] += lift - lift[0]
    return pose.clip("death", cfg.fps, loop=False)


def within_ground(pose: Pose, most: float = MOST_SUNK) -> None:
    """Make all turns smaller where the skin would press deeper into the ground than `most`, of the height."""
    if not len(pose.body.points):
        return
    own = float(pose.body.points[:, 1].min())
    for _ in range(2):  # a turn half as large sinks about half as deep
        sunk = float((own - lowest_points(pose)).max())
        if sunk <= most * pose.body.height:
            return
        share = torch.full((pose.num_frames,), 1 - most * pose.body.height / sunk, dtype=torch.float64)
        rest = torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=torch.float64)
        for name in pose.skeleton.names[1:]:
            pose.lean_to(name, rest, share)


def _angle_at_rest(body: Body) -> float | None:
    """Radians from upright to where a toppled plant lies, its middle lowest over the ground; None if it stays up.

    The middle of the skin stands in for the centre of mass.
    """
    if len(body.points) < 8:
        return math.pi / 2
    angles = torch.linspace(0, 0.5 * math.pi, TRIED, dtype=torch.float64)
    y, z = body.points[:, 1], body.points[:, 2]
    turned = y * torch.cos(angles)[:, None] - z * torch.sin(angles)[:, None]  # (A, P) heights
    high = turned.mean(1) - turned.amin(1)
    lowest = int(high.argmin())
    if float(angles[lowest]) < LEAST_FALL or float(high[lowest]) > (1 - LEAST_DROP) * float(high[0]):
        return None
    on_crown = y[turned.argmin(1)] > CROWN * body.height  # a felled tree lies on its crown and its foot
    both = float(angles[int(on_crown.double().argmax())]) if bool(on_crown.any()) else 0.0
    return both if both >= LEAST_FALL else float(angles[lowest])


def _fallen(angle: float, seconds: torch.Tensor) -> torch.Tensor:
    """Tilt beyond the first, (T,) radians, of a rigid body that falls from upright onto the ground and bounces.

    Its acceleration is the sine of its tilt, in a unit of time that makes the fall last `FALL` seconds.

    Args:
        angle: at which it strikes the ground.
        seconds: (T,) since it began to fall; 0 before.
    """
    tilt, speed, strikes, fallen = FIRST_TILT, FIRST_TILT, 0, 0
    way = []
    while strikes <= BOUNCES:
        way.append(tilt)
        speed += STEP * math.sin(tilt)
        tilt += STEP * speed
        if tilt >= angle:
            strikes, fallen = strikes + 1, fallen or len(way)
            tilt, speed = angle, -BOUNCE * speed
    path = torch.tensor([*way, angle], dtype=torch.float64) - FIRST_TILT
    place = (seconds.clamp(min=0.0) / FALL * fallen).clamp(max=len(way))
    low = place.long().clamp(max=len(way) - 1)
    return torch.lerp(path[low], path[low + 1], place - low)
