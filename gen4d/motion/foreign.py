"""Clips for rigs that others made: our clips are made on a stand-in with our joints and carried over to theirs."""

from dataclasses import replace

import torch

from gen4d.context import Context
from gen4d.errors import InputError
from gen4d.motion.body import Body, make_body
from gen4d.motion.clips import clips_of_plan, finish_clip, make_clips
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import clip_joint_to_world, matrix_to_quaternion, rest_joint_to_world
from gen4d.motion.loose import carry_loose_joints
from gen4d.motion.match import Match, match_skeleton
from gen4d.motion.pose import CARRIERS, Pose
from gen4d.motion.root_motion import let_travel
from gen4d.motion.sequence import motion_from_words
from gen4d.motion.words import EncodeText
from gen4d.structures import Clip, Mesh, Skeleton, Skin

SPINES = {
    "biped": ("hips", "spine", "chest", "upperChest", "neck", "head"),
    "quadruped": ("hips", "spine", "spine1", "chest", "neck", "neck1", "head"),
}
LIMBS = {
    "biped": {"": ("UpperLeg", "LowerLeg", "Foot", "Toes"), "arm": ("Shoulder", "UpperArm", "LowerArm", "Hand")},
    "quadruped": {end: tuple(end + p for p in ("UpperLeg", "LowerLeg", "Foot", "Toes")) for end in ("Front", "Hind")},
}
TOES_AHEAD = 0.16  # of the leg, where a rig has no toe joint


def is_ours(skeleton: Skeleton) -> bool:
    """Whether a skeleton has the names our clips are written for."""
    known, _ = clips_of_plan(skeleton.plan)
    first = {"biped": "upperChest", "quadruped": "chest", "bird": "leftWing1"}.get(skeleton.plan)
    carried = len(skeleton) > 1 and skeleton.names[1] in CARRIERS
    return bool(known) and carried and (first is None or first in skeleton.names)


def ours_by_match(skeleton: Skeleton) -> Skeleton:
    """The same skeleton with our plan and, where they are recognised, our joint names.

    Raises:
        InputError: neither a biped nor a quadruped can be recognised.
    """
    match = match_skeleton(skeleton)
    plan = "quadruped" if match.is_four_legged else "biped"
    if "hips" not in match.joints or len([n for n in match.joints if n.endswith("UpperLeg")]) < 2:
        raise InputError(
            "animate: this rig's joints cannot be recognised as a biped's or a quadruped's; name them as Mixamo, VRM "
            "or Unreal do, or let gen4d rig the bare mesh."
        )
    names = list(skeleton.names)
    for name, index in match.joints.items():
        names[index] = name
    spine = SPINES[plan]
    for number, index in enumerate(match.spine[1:-1], start=1):
        names[index] = spine[min(round(number * (len(spine) - 1) / max(len(match.spine) - 1, 1)), len(spine) - 2)]
    for number, index in enumerate(match.tail, start=1):
        names[index] = f"tail{number}"
    unique = [name if names.index(name) == i else f"{name}_{i}" for i, name in enumerate(names)]
    return replace(skeleton, names=tuple(unique), plan=plan)


def make_clips_for_any(skeleton: Skeleton, cfg: MotionConfig, ctx: Context, mesh: Mesh, skin: Skin) -> tuple[Clip, ...]:
    """Our clips on any rig: directly where it has our joints, else through a stand-in.

    Raises:
        InputError: the rig is neither ours nor a recognisable biped or quadruped.
        ConfigError: a clip its body plan does not have.
    """
    if is_ours(skeleton):
        return make_clips(skeleton, cfg, ctx, mesh, skin)
    renamed = ours_by_match(skeleton)
    body = _stand_in_body(skeleton, renamed, mesh, skin)
    told = make_clips(body.skeleton, cfg.model_copy(update={"root_motion": False}), ctx, body=body)
    carried = (_carried_over(clip, body.skeleton, renamed) for clip in told)
    clips = tuple(finish_clip(clip, renamed, cfg, mesh, skin) for clip in carried)
    return let_travel(clips, renamed, ctx) if cfg.root_motion else clips


def motion_for_any(
    skeleton: Skeleton,
    cfg: MotionConfig,
    ctx: Context,
    mesh: Mesh,
    skin: Skin,
    encode: EncodeText | None = None,
) -> Clip:
    """The clip the config's words describe, on any rig; see `motion_from_words` and `make_clips_for_any`.

    Raises:
        InputError: the words name no movement, or the rig cannot be recognised.
    """
    if is_ours(skeleton):
        told = motion_from_words(cfg.words, make_body(skeleton, mesh, skin), cfg, ctx, encode)
        return finish_clip(told, skeleton, cfg, mesh, skin)
    renamed = ours_by_match(skeleton)
    body = _stand_in_body(skeleton, renamed, mesh, skin)
    told = motion_from_words(cfg.words, body, cfg, ctx, encode)
    return finish_clip(_carried_over(told, body.skeleton, renamed), renamed, cfg, mesh, skin)


def _stand_in_body(skeleton: Skeleton, renamed: Skeleton, mesh: Mesh, skin: Skin) -> Body:
    """The stand-in with the rig's own skin on it, so that its soles touch the ground where the rig's do."""
    stand_in = _stand_in(skeleton, match_skeleton(skeleton), renamed.plan)
    carriers: list[int] = []
    for joint, name in enumerate(renamed.names):
        parent = int(renamed.parents[joint])
        above = carriers[parent] if parent >= 0 else 0
        carriers.append(stand_in.names.index(name) if name in stand_in.names[1:] else above)
    return make_body(stand_in, mesh, Skin(torch.tensor(carriers)[skin.joints.cpu()], skin.weights.cpu()))


def _carried_over(clip: Clip, stand_in: Skeleton, renamed: Skeleton) -> Clip:
    """A stand-in's clip on the rig it stands for: every joint the two share turns alike in the world."""
    world = clip_joint_to_world(clip, stand_in)
    pose = Pose(make_body(renamed), len(clip.times))
    for name in renamed.names:  # parents first; the stand-in rests unturned
        if name in stand_in.names[1:]:
            pose.set_world_turn(name, matrix_to_quaternion(world[:, stand_in.names.index(name), :3, :3]))
    hips = stand_in.names.index("hips")
    pose.shift = world[:, hips, :3, 3] - rest_joint_to_world(stand_in)[hips, :3, 3]
    carried = pose.clip(clip.name, round((len(clip.times) - 1) / float(clip.times[-1])), clip.speed, loop=clip.loop)
    return carry_loose_joints(carried, renamed)


def _stand_in(skeleton: Skeleton, match: Match, plan: str) -> Skeleton:
    """A skeleton with all joints of our plan where the foreign one has them, guessed where it has none."""
    place = rest_joint_to_world(skeleton)[:, :3, 3]
    at: dict[str, torch.Tensor] = {name: place[index] for name, index in match.joints.items()}
    spine = SPINES[plan]
    chain = place[list(match.spine)] if len(match.spine) > 1 else torch.stack([at["hips"], place[place[:, 1].argmax()]])
    for number, name in enumerate(spine):
        share = number / (len(spine) - 1) * (len(chain) - 1)
        low = min(int(share), len(chain) - 2)
        at.setdefault(name, torch.lerp(chain[low], chain[low + 1], share - low))
    parents = dict(zip(spine, ("root", *spine[:-1]), strict=True))
    for end, parts in LIMBS[plan].items():
        carrier = {"": "hips", "arm": "upperChest", "Hind": "hips", "Front": "chest"}[end]
        for side, sign in (("left", 1.0), ("right", -1.0)):
            _guess_limb(at, side, sign, parts, carrier)
            for part, parent in zip(parts, (carrier, *(side + p for p in parts[:-1])), strict=True):
                parents[side + part] = parent
    names = ("root", *parents)
    world = torch.stack([torch.zeros(3, dtype=torch.float64), *(at[name].double() for name in parents)])
    up = [-1, *(names.index(parent) for parent in parents.values())]
    translation = world - world[[max(p, 0) for p in up]]
    translation[0] = 0
    identity = torch.tensor([0.0, 0.0, 0.0, 1.0]).repeat(len(names), 1)
    return Skeleton(names, torch.tensor(up), translation.float(), identity, plan)


def _guess_limb(at: dict[str, torch.Tensor], side: str, sign: float, parts: tuple[str, ...], carrier: str) -> None:
    """Fill in the joints of a limb that the rig lacks, from those before them."""
    before = at[carrier]
    size = float(at["head"][1] - at["hips"][1]) if "Arm" in parts[1] else max(float(at["hips"][1]), 1e-3)
    for number, part in enumerate(parts):
        name = side + part
        if name not in at:
            if part.endswith("Toes"):
                step = torch.tensor([0.0, -0.75 * float(before[1]), TOES_AHEAD * size])
            elif "Leg" in part or part.endswith("Foot"):
                step = torch.tensor([0.1 * sign * size * (number == 0), -0.45 * float(before[1]), 0.0])
            else:
                step = torch.tensor([0.25 * sign * size, 0.0, 0.0])
            at[name] = before + step
        before = at[name]
