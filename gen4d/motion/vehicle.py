"""Clips of the vehicle: wheels roll as far as the ground passes, front wheels steer, turrets turn, rotors spin."""

import math
from dataclasses import replace

import torch

from gen4d.context import Context
from gen4d.motion.beginning import start
from gen4d.motion.body import Body
from gen4d.motion.config import MotionConfig
from gen4d.motion.floor import hover
from gen4d.motion.kinematics import axis_angle, clip_joint_to_world
from gen4d.motion.mood import mood_of, tempo
from gen4d.motion.pose import Pose
from gen4d.motion.signals import TAU, X, Y, Z, bump, keys, periodic_noise, phases, smooth_step, wave
from gen4d.structures import Clip

STEERED = ("leftFrontWheel", "rightFrontWheel", "frontWheel")
MAX_TURNS = 6  # of the reference wheel in one loop
MAX_TURN = math.radians(30)  # of a wheel between keyframes; quicker ones are keyed twice as finely
STEER = math.radians(28)
SPEED = 3.0  # body lengths a second
RIDE_SECONDS = 1.5  # a drive's loop lasts at least so long: a shorter one trembles
HEAVE, ROCK = 0.005, 0.008  # of the body's length, and radians: typical motion of the body over its wheels
SHAKE_HEAVE, SHAKE_ROLL = 0.0022, 0.0045  # the same of an engine that idles
UNSPRUNG = 0.2  # of that, where no wheels were found
DIVE = math.radians(2.2)  # by which the nose goes down in a hard stop, and up in a hard start
SQUAT, NOSE_DOWN = 0.35, 0.5  # of it, as long as it drives, or backs
LEAN = math.radians(2.0)  # outwards in a turn
CORRECTING, BACKING = 0.05, 0.3  # of the steering angle, to and fro, as it drives, or backs
CHANGE_SECONDS, SPRING_HZ, SPRING_DAMPING = 2.4, 1.5, 0.3  # of a start or a stop; the springs of a car


def idle(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Stand with the engine running: the body trembles on its springs over still wheels, the turret scans."""
    fine = cfg.model_copy(update={"fps": 2 * cfg.fps})  # the engine's beat is a dozen keyframes
    pose, phase = start(body, 2.0, fine)
    swell = 1 + 0.3 * wave(phase)
    beat, half = torch.sin(TAU * ENGINE_BEATS * phase), torch.sin(TAU * ENGINE_BEATS / 2 * phase)  # odd about the seam
    length, size = _length(pose), mood_of(cfg).noise * (1.0 if _wheels(pose) else UNSPRUNG)
    _on_springs(
        pose,
        heave=SHAKE_HEAVE * size * length * (1 + half * swell),
        pitch=0.4 * SHAKE_ROLL * size * half,
        roll=-SHAKE_ROLL * size * swell * beat,
    )
    pose.turn("turret", axis_angle(Y, 0.10 * torch.sin(TAU * phase)))
    _rotors(pose, phase, 6)
    hover(pose)  # by less than a hair, once: raised frame by frame, so small a motion would jerk
    return _with_wheels_down(pose.clip("idle", fine.fps), body)


def drive(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Drive ahead; every wheel turns a whole number of times in a loop."""
    return _roll("drive", 1.0, body, cfg, ctx)


def reverse(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Drive backwards, slower, the nose low and the wheels a little turned, to and fro."""
    return _roll("reverse", -0.4, body, cfg, ctx)


def pull_away(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Start to drive: the wheels turn ever quicker to the speed of `drive`, the tail squats and comes up; in place."""
    return _change_of_speed("start", 0.0, 1.0, body, cfg)


def brake(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Brake from the speed of `drive`: the wheels stop, the nose dives, rocks back and comes to rest; in place."""
    return _change_of_speed("brake", 1.0, 0.0, body, cfg)


def steer(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Turn the front wheels, or a rider's front wheel, to the left, to the right and straight again."""
    pose, phase = start(body, 2.4, cfg)
    angle = STEER * keys(phase, (0.04, 0.25, 0.40, 0.65, 0.78, 0.96), (0.0, 1.0, 1.0, -1.0, -1.0, 0.0))
    for name in STEERED:
        pose.turn(name, axis_angle(Y, angle))
    pose.turn("turret", axis_angle(Y, angle))
    _rotors(pose, phase, 8)
    return pose.clip("steer", cfg.fps)


def aim(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Turn the turret aside, raise the barrel, fire with a recoil of the body, come back."""
    pose, phase = start(body, 3.0, cfg)
    yaw = keys(phase, (0.04, 0.30, 0.66, 0.95), (0.0, 1.0, 1.0, 0.0))
    raised = keys(phase, (0.15, 0.36, 0.62, 0.90), (0.0, 1.0, 1.0, 0.0))
    recoil = keys(phase, (0.45, 0.47, 0.62), (0.0, 1.0, 0.0))
    pose.turn("turret", axis_angle(Y, 0.8 * yaw))
    pose.turn("barrel", axis_angle(X, -0.22 * raised - 0.05 * recoil))
    pose.shift[:, 2] -= 0.02 * _length(pose) * recoil
    _rotors(pose, phase, 12)
    return pose.clip("attack", cfg.fps)


def hit(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Pushed from the front: it rolls back a little with its wheels and forward again."""
    pose, phase = start(body, 1.4, cfg, still=0.12)
    back = -0.10 * _length(pose) * (keys(phase, (0.02, 0.22, 0.95), (0.0, 1.0, 0.0)))
    pose.shift[:, 2] = back
    for name, radius in _wheels(pose).items():
        pose.turn(name, axis_angle(X, back / radius))
    pose.turn("turret", axis_angle(Y, 0.12 * bump(phase) * torch.sin(TAU * 2 * phase)))
    return pose.clip("hit", cfg.fps)


def doors(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Open the doors, wait, close them."""
    pose, phase = start(body, 3.0, cfg)
    wide = keys(phase, (0.05, 0.30, 0.68, 0.93), (0.0, 1.0, 1.0, 0.0))
    for name, sign in (("leftDoor", -1.0), ("rightDoor", 1.0)):
        pose.turn(name, axis_angle(Y, sign * 1.0 * wide))
    return pose.clip("doors", cfg.fps)


def turn(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """A quarter turn to the left along an arc, the wheels steering and rolling; it ends turned, on the root joint."""
    pose, phase = start(body, 2.2, cfg)
    quarter, radius = math.pi / 2, 1.2 * _length(pose)
    yaw = quarter * keys(phase, (0.05, 0.95), (0.0, 1.0))
    pose.turn("root", axis_angle(Y, yaw))
    # The middle of the body runs along a circle; its place is given in the frame of the root, which turns.
    x, z = radius * (1 - torch.cos(yaw)), radius * torch.sin(yaw)  # the circle's middle lies to the left, +X
    pose.shift[:, 0] = torch.cos(yaw) * x - torch.sin(yaw) * z
    pose.shift[:, 2] = torch.sin(yaw) * x + torch.cos(yaw) * z
    for name, wheel in _wheels(pose).items():
        pose.turn(name, axis_angle(X, radius * yaw / wheel))
    for name in STEERED:
        pose.turn(name, axis_angle(Y, STEER * keys(phase, (0.0, 0.2, 0.75, 1.0), (0.0, 1.0, 1.0, 0.0))))
    lean = keys(phase, (0.08, 0.35, 0.70, 0.97), (0.0, 1.0, 1.0, 0.0))
    dive = bump((phase - 0.72) / 0.28) - 0.6 * bump(phase / 0.3)  # it squats as it starts and dives as it stops
    places = _on_springs(pose, roll=LEAN * lean, pitch=0.6 * DIVE * dive)
    return _with_wheels_at(pose.clip("turn", cfg.fps, loop=False), body, places)


CLIPS = {
    "idle": idle,
    "drive": drive,
    "reverse": reverse,
    "start": pull_away,
    "brake": brake,
    "steer": steer,
    "turn": turn,
    "attack": aim,
    "hit": hit,
    "doors": doors,
}
ENGINE_BEATS = 8  # in the two seconds of idling: quicker ones alias
DEFAULTS = ("idle", "drive", "turn")
NEEDS = {"steer": STEERED, "attack": ("turret",), "doors": ("leftDoor", "rightDoor")}  # any one of them


def _roll(name: str, course: float, body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """Wheels turn with the ground, the body rides on its springs; every wheel makes whole turns in a loop."""
    rest = Pose(body, 2)
    wheels = _wheels(rest)
    speed = abs(course) * SPEED * tempo(cfg) * _length(rest)
    if not wheels:
        pose, phase = start(body, 1.5, cfg)
        _rotors(pose, phase, 12)
        pose.turn("body", axis_angle(X, 0.01 * math.copysign(1.0, course) * (1 - wave(phase))))
        return pose.clip(name, cfg.fps, math.copysign(speed, course))
    largest = max(wheels.values())
    turns = min(range(1, MAX_TURNS + 1), key=lambda count: _slip(wheels, largest, count))
    turns *= max(1, math.ceil(RIDE_SECONDS * speed / (TAU * largest * turns)))
    distance = TAU * largest * turns
    quickest = speed / min(wheels.values()) / cfg.fps
    fps = 2 * cfg.fps if quickest > MAX_TURN else cfg.fps
    phase = phases(max(4, round(distance / speed * fps)))
    pose = Pose(body, len(phase))
    for wheel, radius in wheels.items():
        count = max(1, round(distance / (TAU * radius)))
        pose.turn(wheel, axis_angle(X, math.copysign(1.0, course) * TAU * count * phase))
    _rotors(pose, phase, 8)
    pose.turn("turret", axis_angle(Y, 0.03 * torch.sin(TAU * phase)))
    _ride(pose, phase, course, cfg, ctx, name)
    clip = pose.clip(name, fps, math.copysign(distance * fps / (len(phase) - 1), course))
    return _with_wheels_down(clip, body)


def _change_of_speed(name: str, before: float, after: float, body: Body, cfg: MotionConfig) -> Clip:
    """From one share of the speed of `drive` to another; the body answers as a mass on damped springs."""
    fine = cfg.model_copy(update={"fps": 2 * cfg.fps})
    pose, phase = start(body, CHANGE_SECONDS, fine)
    step = CHANGE_SECONDS / tempo(cfg) / (len(phase) - 1)
    share = before + (after - before) * smooth_step((phase - 0.05) / 0.5)
    pull = share.diff(prepend=share[:1]) / step
    pull = pull / pull.abs().max().clamp(min=1e-9)
    way = SPEED * tempo(cfg) * _length(pose) * step * torch.cumsum(share - 0.5 * share.diff(prepend=share[:1]), 0)
    for wheel, radius in _wheels(pose).items():
        pose.turn(wheel, axis_angle(X, (way - way[0]) / radius))
    _rotors(pose, phase, 8)
    omega = TAU * SPRING_HZ
    pitch, speed, answer = 0.0, 0.0, []
    for wanted in (-DIVE * pull).tolist():
        speed += step * (omega**2 * (wanted - pitch) - 2 * SPRING_DAMPING * omega * speed)
        pitch += step * speed
        answer.append(pitch)
    rest = 1 - keys(phase, (0.85, 1.0), (0.0, 1.0))
    places = _on_springs(pose, pitch=rest * torch.tensor(answer, dtype=torch.float64))
    return _with_wheels_at(pose.clip(name, fine.fps, loop=False), body, places)


def _ride(pose: Pose, phase: torch.Tensor, course: float, cfg: MotionConfig, ctx: Context, name: str) -> None:
    """Let the body heave, pitch and roll a little over its wheels, as springs do on a road, its tail or nose low."""
    generator = ctx.streams.numpy(f"motion.vehicle.{name}")
    heave, pitch, roll = (periodic_noise(phase, generator) * mood_of(cfg).noise for _ in range(3))
    wander = STEER * (CORRECTING if course > 0 else BACKING) * wave(phase, 1, 0.2)
    for wheel in STEERED:
        pose.turn(wheel, axis_angle(Y, wander))
    squat = -SQUAT if course > 0 else NOSE_DOWN
    _on_springs(
        pose,
        heave=HEAVE * _length(pose) * heave.clamp(min=-2.5, max=2.5),
        pitch=squat * DIVE + ROCK * pitch,
        roll=ROCK * roll,
    )


def _on_springs(
    pose: Pose,
    *,
    heave: torch.Tensor | float = 0.0,
    pitch: torch.Tensor | float = 0.0,
    roll: torch.Tensor | float = 0.0,
) -> dict[str, torch.Tensor]:
    """Move the body over its wheels, (T,) metres and radians; the wheels keep their turn.

    Returns:
        wheel -> the place (T, 3) where it stays, for `_with_wheels_at`.
    """
    places = {wheel: pose.world_position(wheel) for wheel in _wheels(pose)}
    turns = {wheel: pose.world_turn(wheel) for wheel in places}
    pose.shift[:, 1] += heave
    for axis, angle in ((X, pitch), (Z, roll)):
        pose.turn("body", axis_angle(axis, torch.as_tensor(angle, dtype=torch.float64).expand(pose.num_frames)))
    for wheel, turn in turns.items():
        pose.set_world_turn(wheel, turn)
    return places


def _with_wheels_down(clip: Clip, body: Body) -> Clip:
    """The clip with the wheels where they rest, whatever the body above them does."""
    rest = Pose(body, len(clip.times))
    return _with_wheels_at(clip, body, {wheel: rest.world_position(wheel) for wheel in _wheels(rest)})


def _with_wheels_at(clip: Clip, body: Body, places: dict[str, torch.Tensor]) -> Clip:
    """The clip with each wheel at its place (T, 3) in the world: it slides in the frame of the body above it."""
    skeleton = body.skeleton
    world = clip_joint_to_world(clip, skeleton)
    local = skeleton.rest_translation.repeat(len(clip.times), 1, 1)
    local[:, clip.moving_joint] = clip.root_translation
    for joint, name in enumerate(skeleton.names):
        if name in places:
            above = world[:, int(skeleton.parents[joint])]
            away = (places[name] - above[:, :3, 3])[:, None]
            local[:, joint] = (away @ above[:, :3, :3])[:, 0].float()
    if clip.loop:
        local[-1] = local[0]
    return replace(clip, joint_translation=local)


def _slip(wheels: dict[str, float], largest: float, turns: int) -> float:
    """Largest share by which a wheel that turns a whole number of times misses the ground's way."""
    ways = [largest * turns / radius for radius in wheels.values()]
    return max(abs(way - max(1, round(way))) / way for way in ways) + 0.01 * turns


def _wheels(pose: Pose) -> dict[str, float]:
    """Every wheel and its radius: its joint's height above the ground, metres."""
    return {name: max(float(pose.position[name][1]), 1e-3) for name in pose.index if name.endswith("Wheel")}


def _rotors(pose: Pose, phase: torch.Tensor, turns: int) -> None:
    """Spin propeller and rotor a whole number of times, by less than a quarter turn a frame."""
    turns = max(1, min(turns, (len(phase) - 1) // 5))
    pose.turn("propeller", axis_angle(Z, TAU * turns * phase))
    pose.turn("rotor", axis_angle(Y, TAU * turns * phase))


def _length(pose: Pose) -> float:
    """Of the body along z, metres."""
    points = pose.body.points if len(pose.body.points) else torch.stack(list(pose.position.values()))
    return max(float(points[:, 2].max() - points[:, 2].min()), 1e-3)
