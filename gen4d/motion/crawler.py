"""Clips of insects and spiders: many legs in two alternating groups, feelers, wings that buzz."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from gen4d.context import Context
from gen4d.motion.beginning import gait_fps, start
from gen4d.motion.body import Body
from gen4d.motion.chains import numbered
from gen4d.motion.config import MotionConfig
from gen4d.motion.crawler_legs import (
    CrawlerLeg,
    crawler_legs,
    gait_stance,
    hang_in_the_air,
    longest_stride,
    place_crawler_leg,
    place_crawler_legs,
    reach_of,
    tilt_foot,
)
from gen4d.motion.floor import clear_floor
from gen4d.motion.kinematics import axis_angle
from gen4d.motion.legs import beats_of_turn
from gen4d.motion.mood import mood_of, tempo
from gen4d.motion.pose import Pose, calm_start
from gen4d.motion.signals import TAU, X, Y, Z, bump, keys, periodic_noise, phases, stepping, wave
from gen4d.structures import Clip

ClipMaker = Callable[[Body, MotionConfig, Context], Clip]
INSECT_PAIRS = ("Front", "Middle", "Hind")
SPIDER_PAIRS = ("Front", "FrontMiddle", "HindMiddle", "Hind")
CURL_FEET = 1.0  # of the way a dead one's feet go along with the bone they hang on
CURL, HANG = 0.42, 0.55  # how far a dead one's feet are drawn in, of their way to the body; under it, in reaches
FEELERS_DOWN = math.radians(75)
TURN_BEAT = 0.4  # seconds
WING_BEATS_A_SECOND = 9.0  # real ones buzz at a hundred and more, which 30 keyframes a second cannot show


@dataclass(frozen=True)
class Gait:
    """A gait of many legs: seconds a cycle, stride and lift in reaches of a leg, share of the cycle a foot stands."""

    seconds: float
    stride: float
    lift: float
    duty: float


WALK = Gait(0.80, 0.55, 0.20, 0.60)
RUN = Gait(0.46, 0.85, 0.22, 0.52)


def crawler_clips(pairs: tuple[str, ...]) -> dict[str, ClipMaker]:
    """The clips of a body with these pairs of legs, by name."""
    legs = crawler_legs(pairs)

    def idle(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
        """Stand, breathe with the abdomen, search with the feelers, shift a front foot."""
        pose, phase = start(body, 4.0, cfg)
        reach = reach_of(pose, legs)
        _live(pose, phase, cfg, ctx, "idle")
        tap = bump((phase - 0.55) / 0.14)
        offsets = {legs[0]: torch.stack([0 * tap, 0.25 * reach * tap, 0.10 * reach * tap], 1)}
        _stand(pose, legs, offsets)
        return pose.clip("idle", cfg.fps)

    def walk(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
        """Walk in place, half of the legs on the ground at any time."""
        return _travel("walk", WALK, legs, body, cfg, ctx)

    def run(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
        """The same in a hurry."""
        return _travel("run", RUN, legs, body, cfg, ctx)

    def turn(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
        """A quarter turn to the left in small steps; it ends a quarter turned, on the root joint."""
        rest, quarter = Pose(body, 1), math.pi / 2
        beats = beats_of_turn(rest, [leg.joints[2] for leg in legs], quarter)
        swing = 0.46 / beats
        pose, phase = start(body, TURN_BEAT * beats, cfg)
        reach = reach_of(pose, legs)
        headings, lifts = [torch.zeros_like(phase) for _ in range(2)], [torch.zeros_like(phase) for _ in range(2)]
        for group, beat in itertools.product(range(2), range(beats)):
            first = 0.04 + swing * (2 * beat + group)
            headings[group] = headings[group] + quarter / beats * keys(phase, (first, first + swing), (0.0, 1.0))
            lifts[group] = lifts[group] + bump((phase - first) / swing)
        pose.turn("root", axis_angle(Y, (headings[0] + headings[1]) / 2))  # over its feet, so that no leg is wrung
        _live(pose, phase, cfg, ctx, "turn")
        for leg in legs:
            lift = lifts[leg.group]
            offset = torch.stack([0 * lift, 0.15 * reach * lift, 0 * lift], 1)
            place_crawler_leg(pose, leg, offset, headings[leg.group])
        return pose.clip("turn", cfg.fps, loop=False)

    def look(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
        """Raise the front of the body and turn to the left and to the right over planted feet."""
        pose, phase = start(body, 3.0, cfg)
        _live(pose, phase, cfg, ctx, "look")
        yaw = keys(phase, (0.05, 0.22, 0.42, 0.62, 0.80, 0.95), (0.0, 1.0, 1.0, -1.0, -1.0, 0.0))
        up = keys(phase, (0.03, 0.16, 0.84, 0.97), (0.0, 1.0, 1.0, 0.0))
        pose.turn("thorax", axis_angle(X, -0.10 * up))
        pose.turn("thorax", axis_angle(Y, 0.22 * yaw))
        pose.turn("head", axis_angle(Y, 0.30 * yaw))
        _stand(pose, legs, {})
        return pose.clip("look", cfg.fps)

    def jump(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
        """Crouch, leap, land."""
        pose, phase = start(body, 1.2, cfg, still=0.12)
        reach = reach_of(pose, legs)
        air = ((phase - 0.34) / 0.34).clamp(0, 1)
        rise = 0.9 * reach * mood_of(cfg).bounce * 4 * air * (1 - air)
        squat = keys(phase, (0.03, 0.24, 0.36, 0.66, 0.78, 0.96), (0.0, -0.16, 0.05, 0.05, -0.14, 0.0))
        _live(pose, phase, cfg, ctx, "jump", calm=0.3)
        pose.shift[:, 1] += rise + reach * squat
        pose.turn("thorax", axis_angle(X, -0.18 * bump(phase / 0.5) + 0.10 * bump((phase - 0.5) / 0.4)))
        tuck = bump(air)
        offsets = {
            leg: torch.stack([-0.12 * leg.sign * reach * tuck, rise - 0.05 * reach * tuck, 0 * tuck], 1) for leg in legs
        }
        _stand(pose, legs, offsets)
        return pose.clip("jump", cfg.fps)

    def attack(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
        """Rear up with the front legs raised, then strike ahead and down."""
        pose, phase = start(body, 1.5, cfg, still=0.12)
        reach = reach_of(pose, legs)
        rear = keys(phase, (0.02, 0.32, 0.44), (0.0, 1.0, 0.0))
        strike = keys(phase, (0.36, 0.48, 0.55, 0.90), (0.0, 1.0, 1.0, 0.0))
        _live(pose, phase, cfg, ctx, "attack", calm=0.3)
        pose.turn("thorax", axis_angle(X, -0.30 * rear + 0.08 * strike))
        pose.turn("head", axis_angle(X, 0.15 * rear - 0.20 * strike))
        pose.turn("abdomen1", axis_angle(X, 0.20 * rear))
        pose.shift[:, 2] += reach * (0.16 * strike - 0.12 * rear)
        lifted = keys(phase, (0.02, 0.30, 0.40, 0.50), (0.0, 1.0, 1.0, 0.0))
        ahead = keys(phase, (0.36, 0.46, 0.62, 0.84), (0.0, 1.0, 1.0, 0.0))  # the feet step back, they do not slide
        lift = 0.75 * lifted + 0.20 * bump((phase - 0.60) / 0.26)
        offsets = {
            leg: torch.stack(
                [-0.15 * leg.sign * reach * ahead, reach * lift, reach * (0.15 * lifted + 0.12 * ahead)], 1
            )
            for leg in legs
            if leg.pair == pairs[0]
        }
        _stand(pose, legs, offsets)
        return pose.clip("attack", cfg.fps)

    def wave_leg(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
        """Raise the right front leg and wave it."""
        pose, phase = start(body, 2.4, cfg)
        reach = reach_of(pose, legs)
        up = keys(phase, (0.05, 0.25, 0.75, 0.95), (0.0, 1.0, 1.0, 0.0))
        beat = up * torch.sin(TAU * 3 * ((phase - 0.25) / 0.5).clamp(0, 1))
        _live(pose, phase, cfg, ctx, "wave", calm=0.5)
        pose.turn("thorax", axis_angle(X, -0.08 * up))
        leg = next(leg for leg in legs if leg.pair == pairs[0] and leg.side == "right")
        _stand(pose, legs, {leg: reach * torch.stack([0.25 * beat, 0.9 * up + 0.1 * beat, 0.15 * up], 1)})
        tilt_foot(pose, leg, Z, 0.8 * up + 0.4 * beat)
        return pose.clip("wave", cfg.fps)

    def hit(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
        """Flinch: the body drops and slides back over planted feet, then recovers."""
        pose, phase = start(body, 1.1, cfg, still=0.12)
        reach = reach_of(pose, legs)
        blow = keys(phase, (0.02, 0.16, 0.95), (0.0, 1.0, 0.0))
        _live(pose, phase, cfg, ctx, "hit", calm=0.3)
        pose.shift[:, 1] -= 0.10 * reach * blow
        pose.shift[:, 2] -= 0.20 * reach * blow
        pose.turn("thorax", axis_angle(X, -0.14 * blow))
        pose.turn("thorax", axis_angle(Z, 0.12 * blow))
        pose.turn("head", axis_angle(Y, -0.35 * blow))
        _stand(pose, legs, {})
        return pose.clip("hit", cfg.fps)

    def death(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
        """The legs give way, the body topples over onto its back, and the legs curl up; it does not loop."""
        pose, phase = start(body, 2.4, cfg)
        reach = reach_of(pose, legs)
        drop, flip = keys(phase, (0.10, 0.34), (0.0, 1.0)), keys(phase, (0.30, 0.62), (0.0, 1.0)) ** 1.3
        curl = keys(phase, (0.24, 0.80), (0.0, 1.0))
        _live(pose, phase, cfg, ctx, "death", calm=0.3)
        pose.shift[:, 1] -= 0.25 * reach * drop
        pose.turn("head", axis_angle(X, 0.25 * curl))
        for side in ("left", "right"):  # feelers that stood up would prop the head, once it lies on its back
            for feeler in numbered(pose, f"{side}Antenna")[:1]:
                pose.turn(feeler, axis_angle(X, FEELERS_DOWN * curl))
        shiver = 0.05 * reach * (1 - flip) * bump((phase - 0.08) / 0.4) * torch.sin(TAU * 9 * phase).abs()
        twitch = 0.06 * bump((phase - 0.66) / 0.12) + 0.04 * bump((phase - 0.80) / 0.12)
        for leg in legs:  # as if the body were still upright: turning it over carries the legs along
            hip, foot = pose.position[leg.joints[0]], pose.position[leg.joints[2]]
            offset = -(CURL * curl - twitch)[:, None] * (foot - pose.position["thorax"])
            hanging = hip[1] - HANG * reach - foot[1]  # the whole leg under the belly: over it, once on its back
            offset[:, 1] = shiver + curl * (pose.shift[:, 1] + hanging)
            place_crawler_leg(pose, leg, offset)
            straight = torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=torch.float64)
            pose.lean_to(leg.joints[2], straight, CURL_FEET * curl)  # feet that kept their attitude would be wrung
        pose.turn("thorax", axis_angle(Z, math.pi * flip))
        pose.shift[:, 0] -= 0.6 * reach * flip  # it rolls over its own legs
        clear_floor(pose, settle=flip**3, toppling=curl)
        return pose.clip("death", cfg.fps, loop=False)

    def fly(body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
        """Hover in the air on buzzing wings, the legs hanging."""
        fine = cfg.model_copy(update={"fps": 2 * cfg.fps})  # a beat is three keyframes at 30 a second
        pose, phase = start(body, 1.6, fine)
        reach = reach_of(pose, legs)
        pose.shift[:, 1] = reach * (1.6 + 0.12 * wave(phase, 1, 0.2)) + 0.1 * body.height
        pose.turn("thorax", axis_angle(X, 0.12 + 0.05 * wave(phase, 1, 0.4)))
        pose.turn("thorax", axis_angle(Z, 0.06 * wave(phase, 1, 0.1)))
        _live(pose, phase, cfg, ctx, "fly")
        _buzz(pose, phase, len(phase) - 1, fine, 0.85)
        for leg in legs:
            hang = 0.06 * wave(phase, 2, 0.1 * leg.group)
            pose.turn(leg.joints[0], axis_angle(Z, -leg.sign * (0.35 + hang)))
            pose.turn(leg.joints[1], axis_angle(Z, torch.full_like(phase, -0.25 * leg.sign)))
        return pose.clip("fly", fine.fps)

    clips: dict[str, ClipMaker] = {
        "idle": idle,
        "walk": walk,
        "run": run,
        "jump": jump,
        "turn": turn,
        "look": look,
        "attack": attack,
        "wave": wave_leg,
        "hit": hit,
        "death": death,
    }
    return clips | ({"fly": fly} if pairs == INSECT_PAIRS else {})


DEFAULTS = ("idle", "walk", "fly", "attack")
NEEDS = {"fly": ("leftWing1",)}  # any one of them


def _travel(name: str, gait: Gait, legs: list[CrawlerLeg], body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """One cycle: the two groups half a cycle apart, hind legs of a group a little ahead of the front ones."""
    pace, mood = tempo(cfg), mood_of(cfg)
    rest = Pose(body, 2)
    reach = reach_of(rest, legs)
    wanted = gait.stride * reach * pace**0.4
    stances = [gait_stance(rest, leg, wanted, gait.duty) for leg in legs]
    stride = min(wanted, longest_stride(rest, legs, stances, gait.duty))
    seconds = gait.seconds / pace**0.6
    fps = gait_fps(seconds, cfg)
    phase = phases(max(6, round(seconds * fps)))
    pose = Pose(body, len(phase))
    if hang_in_the_air(pose, legs):
        ctx.warn(f"motion: the feet hang in the air at rest, so '{name}' does not step; a body in flight has 'fly'.")
    _live(pose, phase, cfg, ctx, name)
    pose.shift[:, 1] += reach * 0.03 * mood.bounce * (wave(phase, 2, 0.3) - 1)
    pose.shift[:, 0] += 0.02 * reach * wave(phase, 1, 0.3)
    pose.turn("thorax", axis_angle(Y, 0.04 * mood.swing * wave(phase, 1, 0.05)))
    pose.turn("thorax", axis_angle(Z, 0.03 * mood.swing * wave(phase, 1, 0.3)))
    pose.turn("abdomen1", axis_angle(Y, -0.06 * mood.swing * wave(phase, 1, 0.15)))
    pairs = list(dict.fromkeys(leg.pair for leg in legs))
    offsets = []
    for leg, stance in zip(legs, stances, strict=True):
        late = 0.5 * leg.group + 0.05 * (len(pairs) - 1 - pairs.index(leg.pair))  # metachronal: from back to front
        forward, swing = stepping(phase - late, gait.duty, stride)
        lift = gait.lift * reach * torch.sin(math.pi * swing) ** 1.5
        offsets.append(stance + torch.stack([0.06 * leg.sign * lift, lift, forward], 1))
    place_crawler_legs(pose, legs, offsets)
    speed = stride * fps / (len(phase) - 1)
    return calm_start(pose.clip(name, fps, speed), body.skeleton)


def _stand(pose: Pose, legs: list[CrawlerLeg], offsets: dict[CrawlerLeg, torch.Tensor]) -> None:
    """All feet where they rest, but for those with an offset (T, 3)."""
    still = torch.zeros(pose.num_frames, 3, dtype=torch.float64)
    place_crawler_legs(pose, legs, [offsets.get(leg, still) for leg in legs])


def _live(pose: Pose, phase: torch.Tensor, cfg: MotionConfig, ctx: Context, name: str, calm: float = 1.0) -> None:
    """Breath in the abdomen, searching feelers and head, resting wings that twitch."""
    generator = ctx.streams.numpy(f"motion.crawler.{name}")
    noise = [calm * mood_of(cfg).noise * periodic_noise(phase, generator) for _ in range(3)]
    breath = calm * (wave(phase, 2, 0.3) + 0.2 * wave(phase, 4, 0.1))
    pose.turn("abdomen1", axis_angle(X, 0.025 * breath))
    pose.turn("abdomen2", axis_angle(X, 0.030 * breath))
    pose.turn("head", axis_angle(Y, 0.05 * noise[0]))
    pose.turn("head", axis_angle(X, 0.03 * noise[1]))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for number, joint in enumerate(numbered(pose, f"{side}Antenna")):
            swing = wave(phase, 2, 0.2 * number + 0.15 * sign) + 0.6 * noise[2]
            pose.turn(joint, axis_angle(Y, calm * sign * 0.10 * swing))
            pose.turn(joint, axis_angle(X, calm * 0.12 * wave(phase, 3, 0.3 * number + 0.3 * sign)))


def _buzz(pose: Pose, phase: torch.Tensor, num_frames: int, cfg: MotionConfig, size: float) -> None:
    """Beat the wings up and down a whole number of times."""
    beats = max(1, round(WING_BEATS_A_SECOND * num_frames / cfg.fps))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for number, joint in enumerate(numbered(pose, f"{side}Wing")):
            share = (1.0, 0.25, 0.15)[min(number, 2)]
            pose.turn(joint, axis_angle(Z, sign * share * size * (0.25 + wave(phase, beats, 0.06 * number))))
