"""Secondary motion: tails, ears, hair and hanging chains swing after the body, baked into the clip.

Every bone's tip is a mass on a damped spring whose free end is where the clip would put the tip. That is a linear
filter, x'' + 2 zeta omega x' + omega^2 x = omega^2 p, so a loop's steady state is found exactly in the frequency
domain: it closes by construction, with no rounds of simulation to settle.
"""

import itertools
import math
from collections.abc import Iterable
from dataclasses import replace

import torch
from torch.nn.functional import normalize

from gen4d.motion.kinematics import (
    make_continuous,
    quaternion_between,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    rest_joint_to_world,
)
from gen4d.motion.match import split_name
from gen4d.structures import Clip, Skeleton

SPRINGY = {
    "tail", "ear", "antenna", "feeler", "hair", "ponytail", "pigtail", "braid", "bangs", "beard", "extra", "cape",
    "cloak", "skirt", "cloth", "scarf", "ribbon", "tassel", "strap", "chain", "rope",
}  # fmt: skip
CREATURES = ("biped", "quadruped", "bird", "insect", "spider")  # a fish swims and a snake crawls with what would swing
STIFF = {"bird": {"tail"}}  # quills, not flesh: they give a little, all of them together
DAMPING = 0.6  # of the critical: muscle and skin, not a pendulum; at 0.45 tails rang on after every step
FREQUENCY_HZ, AT_LENGTH = 2.4, 0.25  # of a chain as long as this share of the body's height; shorter ones swing faster
FREQUENCY_RANGE_HZ = (1.5, 7.0)
MAX_SWING = math.radians(38)  # of a whole chain, softly; more, and a tail stands upright after a jump
MAX_STIFF_SWING = math.radians(6)
SETTLE = 2.0  # seconds held before and after a clip that does not loop; what rings dies out in them
CLEARANCE = 0.02  # of the height: lower than this a swinging tip is not let sink further


def add_springs(clip: Clip, skeleton: Skeleton, still: Iterable[str] = ()) -> Clip:
    """The clip with its springy chains swinging; the same clip where the skeleton has none, or is no creature.

    Args:
        still: names of joints that keep what the clip gives them.
    """
    held = frozenset(still)
    bones = {joint: tip for joint, tip in spring_bones(skeleton).items() if skeleton.names[joint] not in held}
    if not bones or len(clip.times) < 4:
        return clip
    seconds = float(clip.times[-1]) / (len(clip.times) - 1)
    rest = rest_joint_to_world(skeleton)[:, :3, 3]
    height = max(float(rest[:, 1].max()), 1e-6)
    local = clip.rotation.double().clone()
    translation = skeleton.rest_translation.double().repeat(len(clip.times), 1, 1)
    translation[:, clip.moving_joint] = clip.root_translation.double()
    if clip.joint_translation is not None:
        translation = clip.joint_translation.double().clone()
        translation[:, 0] -= translation[:, 0].clone()  # a steady walk drags nothing behind; only changes do
    turns: list[torch.Tensor] = []
    places: list[torch.Tensor] = []
    for joint, parent in enumerate(skeleton.parents.tolist()):
        if parent < 0:
            turns.append(local[:, joint])
            places.append(translation[:, joint])
            continue
        place = places[parent] + quaternion_rotate(turns[parent], translation[:, joint])
        turn = quaternion_multiply(turns[parent], local[:, joint])
        if joint in bones:
            bone = quaternion_rotate(turn, bones[joint])
            chain = _chain(joint, bones, skeleton)
            omega = 2 * math.pi * _frequency(sum(float(bones[j].norm()) for j in chain) / height)
            swing = MAX_STIFF_SWING if _is_stiff(skeleton, joint) else MAX_SWING
            tip = _followed(place + bone, omega, seconds, clip.loop)
            tip[:, 1] = torch.maximum(tip[:, 1], (place + bone)[:, 1].clamp(max=CLEARANCE * height))
            turn = quaternion_multiply(_soft_turn(bone, tip - place, swing / len(chain)), turn)
            local[:, joint] = quaternion_multiply(quaternion_conjugate(turns[parent]), turn)
            if clip.loop:
                local[-1, joint] = local[0, joint]
        turns.append(turn)
        places.append(place)
    return replace(clip, rotation=make_continuous(local).float())


def spring_bones(skeleton: Skeleton) -> dict[int, torch.Tensor]:
    """Joints that swing, by their names -> where their bone's tip is, (3,) float64 in the joint's own frame."""
    if skeleton.plan not in CREATURES:
        return {}
    springy = [joint for joint, name in enumerate(skeleton.names) if SPRINGY & set(split_name(name)[1])]
    parents = skeleton.parents.tolist()
    world = rest_joint_to_world(skeleton)
    bones = {}
    for joint in springy:
        children = [child for child in springy if parents[child] == joint]
        ahead = world[children, :3, 3].mean(0) if children else 2 * world[joint, :3, 3] - world[parents[joint], :3, 3]
        tip = world[joint, :3, :3].T @ (ahead - world[joint, :3, 3])
        if joint and float(tip.norm()) > 1e-6:
            bones[joint] = tip
    return bones


def _is_stiff(skeleton: Skeleton, joint: int) -> bool:
    return bool(STIFF.get(skeleton.plan, set()) & set(split_name(skeleton.names[joint])[1]))


def _chain(joint: int, bones: dict[int, torch.Tensor], skeleton: Skeleton) -> list[int]:
    """The springy joints of a joint's chain from its root to its tip: the whole chain swings at one pace."""
    parents = skeleton.parents.tolist()
    line = list(itertools.takewhile(lambda j: j in bones, _upward(joint, parents)))
    end = joint
    while below := [j for j in bones if parents[j] == end]:
        end = below[0]
        line.append(end)
    return line


def _upward(joint: int, parents: list[int]) -> Iterable[int]:
    while joint >= 0:
        yield joint
        joint = parents[joint]


def _frequency(length: float) -> float:
    """Hertz of a chain whose length is this share of the body's height: a pendulum's, sqrt(1 / length)."""
    low, high = FREQUENCY_RANGE_HZ
    return min(max(FREQUENCY_HZ * math.sqrt(AT_LENGTH / length), low), high)


def _followed(path: torch.Tensor, omega: float, seconds: float, loop: bool) -> torch.Tensor:
    """Where a mass on a damped spring goes whose free end takes a path (T, 3); one that loops repeats its first."""
    hold = 0 if loop else round(SETTLE / seconds)
    period = path[:-1] if loop else torch.cat([path[:1].expand(hold, 3), path, path[-1:].expand(hold, 3)])
    w = 2 * math.pi * torch.fft.rfftfreq(len(period), seconds, dtype=torch.float64)
    response = omega**2 / (omega**2 - w**2 + 2j * DAMPING * omega * w)
    moved = torch.fft.irfft(torch.fft.rfft(period, dim=0) * response[:, None], n=len(period), dim=0)
    return torch.cat([moved, moved[:1]]) if loop else moved[hold : hold + len(path)]


def _soft_turn(bone: torch.Tensor, wanted: torch.Tensor, most: float) -> torch.Tensor:
    """The turn (T, 4) from a bone towards a direction, all of it made smaller until no frame turns `most` radians.

    Holding each frame back by itself would make a square wave of a quick swing, whose corners jerk.
    """
    full = quaternion_between(bone, wanted)
    half = torch.atan2(full[:, :3].norm(dim=-1), full[:, 3])
    peak = 2 * half.amax().clamp(min=1e-9)
    held = half * (most / peak * torch.tanh(peak / most))
    axis = normalize(full[:, :3], dim=-1)
    return torch.cat([torch.sin(held)[:, None] * axis, torch.cos(held)[:, None]], dim=1)
