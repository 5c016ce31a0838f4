"""Clips played one after another as one: poses blend, travel and turns are carried on."""

import math
from dataclasses import replace

import torch

from gen4d.context import Context
from gen4d.motion.body import Body
from gen4d.motion.clips import clips_of_skeleton
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import (
    clip_joint_to_world,
    make_continuous,
    quaternion_multiply,
    quaternion_rotate,
    rest_joint_to_world,
)
from gen4d.motion.root_motion import ground_speed
from gen4d.motion.words import Act, EncodeText, read_motion
from gen4d.structures import Clip

BLEND = 0.30  # seconds from one clip into the next


def motion_from_words(text: str, body: Body, cfg: MotionConfig, ctx: Context, encode: EncodeText | None = None) -> Clip:
    """Make the clip 'motion' that a text describes; it travels on the root and does not loop.

    Raises:
        InputError: the text names no movement.
    """
    known, _ = clips_of_skeleton(body.skeleton)
    acts = read_motion(text, tuple(known), ctx, encode)
    parts = [_play(act, body, cfg, ctx) for act in acts]
    ctx.note("motion.words", ", ".join(act.clip for act in acts))
    return chain_clips(parts, body, cfg.fps)


def _play(act: Act, body: Body, cfg: MotionConfig, ctx: Context) -> Clip:
    """One act as a clip that travels on the root."""
    pace = min(max(cfg.speed * act.pace, 0.2), 4.0)
    own = cfg.model_copy(update={"speed": pace, "style": act.style or cfg.style})
    known, _ = clips_of_skeleton(body.skeleton)
    clip = at_pace(known[act.clip](body, own, ctx), cfg.fps)
    clip = mirror_clip(clip, body) if act.is_mirrored else clip
    if act.rounds > 1 and clip.loop:
        clip = repeat_clip(clip, act.rounds)
    return clip


def at_pace(clip: Clip, fps: int) -> Clip:
    """The clip with every so-many-th keyframe, if it has a multiple of the keyframes a second asked for."""
    every = round((len(clip.times) - 1) / float(clip.times[-1]) / fps)
    if every < 2:
        return clip
    last = (len(clip.times) - 1) // every * every
    kept = torch.arange(0, last + 1, every)
    if last < len(clip.times) - 1:  # an odd one more: the end is kept, and the pace is a little off
        kept = torch.cat([kept, torch.tensor([len(clip.times) - 1])])
    times = torch.arange(len(kept), dtype=torch.float32) / fps
    rotation = make_continuous(clip.rotation[kept])
    return replace(clip, times=times, rotation=rotation, root_translation=clip.root_translation[kept])


def repeat_clip(clip: Clip, rounds: int) -> Clip:
    """A loop played several times in a row."""
    count = len(clip.times) - 1
    index = torch.arange(rounds * count + 1) % count
    step = float(clip.times[-1]) / count
    times = torch.arange(rounds * count + 1, dtype=torch.float32) * step
    rotation = make_continuous(clip.rotation[index])
    return replace(clip, times=times, rotation=rotation, root_translation=clip.root_translation[index], loop=False)


def mirror_clip(clip: Clip, body: Body) -> Clip:
    """The clip with left and right exchanged; for skeletons whose joints rest unturned."""
    names = list(body.skeleton.names)
    swap = {"left": "right", "right": "left"}
    other = []
    for name in names:
        side = next((s for s in swap if name.startswith(s)), None)
        twin = name if side is None else swap[side] + name.removeprefix(side)
        other.append(names.index(twin) if twin in names else names.index(name))
    flip = torch.tensor([1.0, -1.0, -1.0, 1.0])  # a turn seen in the mirror of the x axis
    middle = float(body.skeleton.rest_translation[clip.moving_joint, 0])
    place = clip.root_translation.clone()
    place[:, 0] = 2 * middle - place[:, 0]
    return replace(clip, rotation=make_continuous(clip.rotation[:, other] * flip), root_translation=place)


def chain_clips(parts: list[Clip], body: Body, fps: int) -> Clip:
    """One clip from several; each begins where, and facing as, the one before ended.

    Over `BLEND` seconds the poses are mixed and the ground slows down or speeds up; the root travels all the while.
    """
    count = max(2, round(BLEND * fps))
    root_turn = parts[0].rotation[0, 0].double()
    root_place = torch.zeros(3, dtype=torch.float64)
    rotations: list[torch.Tensor] = []
    places: list[torch.Tensor] = []
    ways: list[torch.Tensor] = []
    for number, part in enumerate(parts):
        rotation, place = part.rotation.double().clone(), part.root_translation.double().clone()
        yaw = quaternion_multiply(root_turn.expand(len(rotation), 4), rotation[:, 0])
        step = torch.zeros(len(rotation), 3, dtype=torch.float64)
        step[1:, 2] = ground_speed(part) * part.times.double().diff()
        if number:  # from standing into a gait and back, the ground takes the blend to change its pace
            before = ground_speed(parts[number - 1]) / fps
            share = _ease(count)
            step[:count, 2] = torch.lerp(torch.full_like(share, before), step[1:2, 2].expand(count), share)
            step[0] = 0  # the first frame is the last one of the clip before
        way = root_place + quaternion_rotate(yaw, step).cumsum(0)
        rotation[:, 0] = yaw
        if number:
            rotation, place = _blend_in(rotations[-1][-1], places[-1][-1], rotation, place, count)
            rotation[:, 0] = yaw
        rotations.append(rotation if number == 0 else rotation[1:])
        places.append(place if number == 0 else place[1:])
        ways.append(way if number == 0 else way[1:])
        root_turn, root_place = yaw[-1], way[-1]
    rotation, place, way = torch.cat(rotations), torch.cat(places), torch.cat(ways)
    joints = body.skeleton.rest_translation.double().repeat(len(rotation), 1, 1)
    joints[:, parts[0].moving_joint] = place
    joints[:, 0] += way
    times = torch.arange(len(rotation), dtype=torch.float32) / fps
    carrier = parts[0].moving_joint
    rotation = make_continuous(rotation).float()
    clip = Clip("motion", times, rotation, place.float(), carrier, False, joint_translation=joints.float())
    sunk = _sunk(clip, body)  # mixed poses may dip into the floor
    joints[:, carrier, 1] += sunk
    place[:, 1] += sunk
    return replace(clip, root_translation=place.float(), joint_translation=joints.float())


def _sunk(clip: Clip, body: Body) -> torch.Tensor:
    """How deep the skin is under the floor in each frame, (T,) metres; 0 where no mesh tells."""
    if not len(body.points):
        return torch.zeros(len(clip.times), dtype=torch.float64)
    bind = clip_joint_to_world(clip, body.skeleton) @ torch.linalg.inv(rest_joint_to_world(body.skeleton))
    return (-(bind[:, :, 1].flatten(1) @ body.spread_weights).amin(1)).clamp(min=0.0)


def _blend_in(
    last_rotation: torch.Tensor, last_place: torch.Tensor, rotation: torch.Tensor, place: torch.Tensor, count: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Let the first frames of a clip grow out of the last pose before it."""
    count = min(count, len(rotation))
    share = _ease(count)
    here = torch.where(
        (rotation[:count] * last_rotation).sum(-1, keepdim=True) < 0, -rotation[:count], rotation[:count]
    )
    mixed = torch.lerp(last_rotation.expand_as(here), here, share[:, None, None])
    rotation[:count] = torch.nn.functional.normalize(mixed, dim=-1)
    place[:count] = torch.lerp(last_place.expand(count, 3), place[:count], share[:, None])
    return rotation, place


def _ease(count: int) -> torch.Tensor:
    """From 0 to 1 over a number of frames, flat at both ends, (count,)."""
    return 0.5 - 0.5 * torch.cos(math.pi * torch.arange(count, dtype=torch.float64) / max(count - 1, 1))
