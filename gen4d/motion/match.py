"""Which joint of a foreign skeleton is which of ours: by the names of the usual conventions, then by topology.

Known are the names of Mixamo, CMU and other BVH files, Rokoko, VRM, Unreal, Unity, Godot, Blender's Rigify, 3ds Max
Biped, and of game packs; whatever is left is found by shape: legs reach down, arms to the sides, the head up.
"""

import itertools
import re
from dataclasses import dataclass

import torch

from gen4d.motion.kinematics import rest_joint_to_world
from gen4d.structures import Skeleton

PREFIX = re.compile(
    r"^(mixamorig\d*|armature|bip\d*|j_bip|j_sec|def|org|ctrl|ccbase|valvebiped|bn|b|c|jnt|skel)[:_.\- ]+"
)
SIDE_WORDS = {"left": "left", "l": "left", "lft": "left", "right": "right", "r": "right", "rgt": "right"}

# Part of a limb -> the words that name it, without side and numbers.
PARTS: dict[str, tuple[str, ...]] = {
    "Collar": ("clavicle", "collar", "collarbone"),
    "Shoulder": ("shoulder", "shoulderblade", "scapula"),
    "UpperArm": ("upperarm", "uparm", "arm", "humerus", "shldr", "upperarmbend", "bicep"),
    "LowerArm": ("forearm", "lowerarm", "lowarm", "elbow", "radius", "forearmbend"),
    "Hand": ("hand", "wrist", "palm", "palmr"),
    "UpperLeg": ("upperleg", "upleg", "thigh", "femur", "thighbend", "hip", "upperthigh"),
    "LowerLeg": ("lowerleg", "lowleg", "leg", "shin", "calf", "knee", "tibia", "midleg", "shank"),
    "Foot": ("foot", "ankle", "paw", "hoof"),
    "Toes": ("toebase", "toe", "toes", "ball", "toe0"),
}
MIDDLE = {"hips": ("hips", "hip", "pelvis", "cog"), "neck": ("neck",), "head": ("head",)}
LEG_PARTS = ("UpperLeg", "LowerLeg", "Foot", "Toes")
ARM_PARTS = ("Shoulder", "UpperArm", "LowerArm", "Hand")


@dataclass(frozen=True)
class Match:
    """What a foreign skeleton's joints are.

    Fields:
        joints: our name -> index of the foreign joint.
        spine: indices from the hips to the head.
        tail: indices from the root of the tail to its tip, perhaps none.
        is_four_legged: front and hind legs were found.
    """

    joints: dict[str, int]
    spine: tuple[int, ...]
    tail: tuple[int, ...]
    is_four_legged: bool


def match_skeleton(skeleton: Skeleton) -> Match:
    """Find hips, spine, head, limbs and tail of any skeleton; what is not found is absent from the result."""
    words = [split_name(name) for name in skeleton.names]
    parents = skeleton.parents.tolist()
    four = sum(bool(side) and _is_front(rest) for side, rest in words) >= 2
    joints = _four_legs(words) if four else _two_legs_by_name(words)
    tail = tuple(i for i, (_, rest) in enumerate(words) if rest[:1] == ["tail"] or rest[:1] == ["tai"])
    for name, spoken in MIDDLE.items():
        found = [i for i, (side, rest) in enumerate(words) if not side and _plain(rest) in spoken]
        if found:
            joints.setdefault(name, found[0])
    if not four and not ({"leftUpperLeg", "rightUpperLeg"} <= joints.keys()):
        joints = _by_shape(skeleton) | joints
    tops = [joints[name] for name in joints if name.endswith("UpperLeg") and "Front" not in name]
    if "hips" not in joints and tops:  # where the legs meet
        joints["hips"] = _meeting(parents, tops)
    if "head" not in joints and "hips" in joints:
        joints.setdefault("head", _highest(skeleton, joints))
    spine = _path(parents, joints.get("hips"), joints.get("head"))
    return Match(joints, spine, tail, four)


def split_name(name: str) -> tuple[str, list[str]]:
    """A joint's side ("left", "right" or "") and its other words: `mixamorig:LeftUpLeg` -> left, up leg."""
    bare = name.rsplit(":", maxsplit=1)[-1].rsplit("|", maxsplit=1)[-1]
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", re.sub(r"([A-Z])([A-Z][a-z])", r"\1 \2", bare)).lower()
    spaced = PREFIX.sub("", spaced.strip())
    words = [word for word in re.split(r"[\s_.\-]+", spaced) if word]
    split = [piece for word in words for piece in re.findall(r"[a-z]+|\d+", word)]
    side = next((SIDE_WORDS[word] for word in split if word in SIDE_WORDS), "")
    rest = [word for word in split if word not in SIDE_WORDS]
    if not side and rest and len(rest[0]) > 3 and rest[0][0] in "lr" and _part_of(rest[0][1:]):  # lthigh, rshldr
        side, rest = SIDE_WORDS[rest[0][0]], [rest[0][1:], *rest[1:]]
    return side, rest


def _plain(words: list[str]) -> str:
    """The words as one, without numbers and what rigs add to any bone."""
    return "".join(word for word in words if not word.isdigit() and word not in ("def", "bind", "jnt", "joint", "bone"))


def _part_of(word: str) -> str | None:
    return next((part for part, spoken in PARTS.items() if word in spoken), None)


def _two_legs_by_name(words: list[tuple[str, list[str]]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, (side, rest) in enumerate(words):
        part = _part_of(_plain(rest)) if side else None
        if part is None or {"ik", "pole", "target", "twist", "roll", "end", "nub", "site"} & set(rest):
            continue
        found.setdefault(side + part, index)
    for side in ("left", "right"):
        # Shoulder, elbow, wrist: the files that name joints instead of bones.
        if f"{side}UpperArm" not in found and f"{side}Shoulder" in found and f"{side}LowerArm" in found:
            found[f"{side}UpperArm"] = found.pop(f"{side}Shoulder")
        collar = found.pop(f"{side}Collar", None)
        if collar is not None:
            found.setdefault(f"{side}Shoulder", collar)
    return found


def _four_legs(words: list[tuple[str, list[str]]]) -> dict[str, int]:
    """Front and hind legs; of each, the joints in the order of the skeleton are the leg from the top down."""
    found: dict[str, int] = {}
    for side in ("left", "right"):
        for end, is_end in (("Front", _is_front), ("Hind", _is_hind)):
            ours = [
                i
                for i, (its_side, rest) in enumerate(words)
                if its_side == side and is_end(rest) and not {"pole", "target", "shoulder"} & set(rest)
            ]
            chain = [i for i in ours if "ik" not in words[i][1]]
            if len(chain) >= 2:  # a leg that breaks off goes on with the handle that carries its foot
                chain += [i for i in ours if "ik" in words[i][1]][:1]
            for part, index in zip(LEG_PARTS, chain, strict=False):
                found[side + end + part] = index
    return found


def _is_front(words: list[str]) -> bool:
    """Whether a joint belongs to a front leg; a forearm does not."""
    return "front" in words or ("fore" in words and bool({"leg", "foot", "paw", "limb"} & set(words)))


def _is_hind(words: list[str]) -> bool:
    return bool({"back", "hind", "rear"} & set(words))


def _by_shape(skeleton: Skeleton) -> dict[str, int]:
    """Legs, arms and head of an upright body by where its ends lie: down, to the sides, up."""
    parents = skeleton.parents.tolist()
    place = rest_joint_to_world(skeleton)[:, :3, 3]
    low, high = place.amin(0), place.amax(0)
    height = max(float(high[1] - low[1]), 1e-9)
    middle = float(place[0, 0])
    leaves = [i for i in range(len(parents)) if i not in parents]
    found: dict[str, int] = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        ours = [i for i in leaves if sign * (float(place[i, 0]) - middle) > 0.01 * height]
        lowest = [i for i in ours if float(place[i, 1] - low[1]) < 0.2 * height]
        widest = [i for i in ours if float(place[i, 1] - low[1]) > 0.3 * height]
        if lowest:
            chain = _limb(parents, place, min(lowest, key=lambda i: float(place[i, 1])), middle, sign)
            leg = _evenly(chain, place, (0.0, 0.47, 0.92))
            if len(leg) == 3:  # hip, knee and ankle: a fin that hangs down is no leg
                found |= dict(zip((side + part for part in LEG_PARTS), leg, strict=False))
        if widest:
            chain = _limb(parents, place, max(widest, key=lambda i: sign * float(place[i, 0])), middle, sign)
            names = [side + part for part in ("UpperArm", "LowerArm", "Hand")]
            found |= dict(zip(names, _evenly(chain, place, (0.0, 0.45, 0.85)), strict=False))
    return found


def _limb(parents: list[int], place: torch.Tensor, leaf: int, middle: float, sign: float) -> list[int]:
    """From the first joint clearly on one side down to a leaf."""
    chain = [leaf]
    while parents[chain[-1]] >= 0 and sign * (float(place[parents[chain[-1]], 0]) - middle) > 1e-3:
        chain.append(parents[chain[-1]])
    return chain[::-1]


def _evenly(chain: list[int], place: torch.Tensor, shares: tuple[float, ...]) -> list[int]:
    """The joints nearest to given shares of a chain's length, each used once."""
    steps = torch.stack([(place[b] - place[a]).norm() for a, b in itertools.pairwise(chain)] or [torch.tensor(0.0)])
    along = [0.0, *(steps.cumsum(0) / steps.sum().clamp(min=1e-9)).tolist()][: len(chain)]
    chosen: list[int] = []
    for share in shares:
        rest = [k for k in range(len(chain)) if chain[k] not in chosen and (not chosen or k > chain.index(chosen[-1]))]
        if rest:
            chosen.append(chain[min(rest, key=lambda k: abs(along[k] - share))])
    return chosen


def _meeting(parents: list[int], joints: list[int]) -> int:
    """The nearest joint all given ones hang on."""
    lines = []
    for joint in joints:
        line = [parents[joint]]
        while line[-1] >= 0:
            line.append(parents[line[-1]])
        lines.append(line)
    return next((joint for joint in lines[0] if all(joint in line for line in lines[1:])), 0)


def _highest(skeleton: Skeleton, joints: dict[str, int]) -> int:
    taken = set(joints.values())
    place = rest_joint_to_world(skeleton)[:, 1, 3]
    return max((i for i in range(len(skeleton)) if i not in taken or i == 0), key=lambda i: float(place[i]))


def _path(parents: list[int], start: int | None, end: int | None) -> tuple[int, ...]:
    """Joints from one to another below it, or only the two where they are in different branches."""
    if start is None or end is None:
        return tuple(i for i in (start, end) if i is not None)
    line = [end]
    while line[-1] >= 0 and line[-1] != start:
        line.append(parents[line[-1]])
    return tuple(line[::-1]) if line[-1] == start else (start, end)
