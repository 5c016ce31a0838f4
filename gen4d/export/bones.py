"""Names of humanoid bones in other people's words, and the VRM block that says which bone is which.

Our own names are VRM 1.0's. A table has a word for every bone of a humanoid; other bones (tails, ears, extras), and all
bones of other body plans, keep theirs. Files that were written under any of these names are humanoids too.
Source: VRM 1.0 specification, humanoid.md; Godot, class SkeletonProfileHumanoid; Mixamo's exported rigs, with the colon
that three.js drops when it loads them; the mannequin of Unreal Engine.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from gen4d.export.config import Naming
from gen4d.export.gltf import JsonObject, JsonValue
from gen4d.export.names import safe_name
from gen4d.structures import Skeleton

VRM_EXTENSION = "VRMC_vrm"
VRM_REQUIRED = frozenset(
    {
        "hips", "spine", "head",
        *(side + part for side in ("left", "right") for part in (
            "UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot"
        )),
    }
)  # fmt: skip
# Everybody may use the asset as its maker allows; the strictest reading of every optional permission is VRM's default.
VRM_LICENSE = "https://vrm.dev/licenses/1.0/"

_FINGERS = {"Thumb": ("Metacarpal", "Proximal", "Distal")} | {
    finger: ("Proximal", "Intermediate", "Distal") for finger in ("Index", "Middle", "Ring", "Little")
}
_MIXAMO_TRUNK = {
    "hips": "Hips", "spine": "Spine", "chest": "Spine1", "upperChest": "Spine2", "neck": "Neck", "head": "Head"
}  # fmt: skip
_MIXAMO_LIMBS = {
    "Shoulder": "Shoulder", "UpperArm": "Arm", "LowerArm": "ForeArm", "Hand": "Hand",
    "UpperLeg": "UpLeg", "LowerLeg": "Leg", "Foot": "Foot", "Toes": "ToeBase",
}  # fmt: skip
_UNREAL_TRUNK = {
    "root": "root", "hips": "pelvis", "spine": "spine_01", "chest": "spine_02", "upperChest": "spine_03",
    "neck": "neck_01", "head": "head",
}  # fmt: skip
_UNREAL_LIMBS = {
    "Shoulder": "clavicle", "UpperArm": "upperarm", "LowerArm": "lowerarm", "Hand": "hand", "UpperLeg": "thigh",
    "LowerLeg": "calf", "Foot": "foot", "Toes": "ball", "UpperArmTwist": "upperarm_twist_01",
    "LowerArmTwist": "lowerarm_twist_01",
}  # fmt: skip


def _finger_bones() -> list[tuple[str, str, int]]:
    return [(finger, part, number) for finger, parts in _FINGERS.items() for number, part in enumerate(parts, 1)]


def _mixamo() -> dict[str, str]:
    names = dict(_MIXAMO_TRUNK)
    for side, word in (("left", "Left"), ("right", "Right")):
        names |= {side + ours: word + theirs for ours, theirs in _MIXAMO_LIMBS.items()}
        for finger, part, number in _finger_bones():
            names[side + finger + part] = f"{word}Hand{'Pinky' if finger == 'Little' else finger}{number}"
    return {ours: f"mixamorig:{theirs}" for ours, theirs in names.items()}


def _unreal() -> dict[str, str]:
    names = dict(_UNREAL_TRUNK)
    for side, letter in (("left", "l"), ("right", "r")):
        names |= {side + ours: f"{theirs}_{letter}" for ours, theirs in _UNREAL_LIMBS.items()}
        for finger, part, number in _finger_bones():
            word = "pinky" if finger == "Little" else finger.lower()
            names[side + finger + part] = f"{word}_{number:02d}_{letter}"
    return names


def _vrm_words() -> list[str]:
    limbs = [*_MIXAMO_LIMBS, *(finger + part for finger, part, _ in _finger_bones())]
    return [*_MIXAMO_TRUNK, *(side + limb for side in ("left", "right") for limb in limbs)]


HUMAN_BONES = tuple(_vrm_words())
BONE_NAMES: Mapping[Naming, Mapping[str, str]] = MappingProxyType(
    {
        "vrm": MappingProxyType({}),
        "mixamo": MappingProxyType(_mixamo()),
        "unreal": MappingProxyType(_unreal()),
        "godot": MappingProxyType({name: name[0].upper() + name[1:] for name in ("root", *HUMAN_BONES)}),
    }
)
BONE_WORDS = frozenset(word for words in BONE_NAMES.values() for word in words.values())


def human_bones(skeleton: Skeleton) -> dict[str, int]:
    """Our name of each humanoid bone -> its joint, whichever naming the skeleton is under; empty for no humanoid.

    Case and punctuation do not count, since programs rewrite both: `mixamorig:Hips`, `mixamorigHips`, `mixamorig_Hips`.
    """
    joints = {_folded(name): joint for joint, name in enumerate(skeleton.names)}
    for words in BONE_NAMES.values():
        folded = {bone: _folded(words.get(bone, bone)) for bone in HUMAN_BONES}
        found = {bone: joints[word] for bone, word in folded.items() if word in joints}
        if found.keys() >= VRM_REQUIRED:
            return found
    return {}


def is_humanoid(skeleton: Skeleton) -> bool:
    """Whether the skeleton has every bone that VRM demands of a humanoid, under any naming we know."""
    return bool(human_bones(skeleton))


def bone_names(skeleton: Skeleton, naming: Naming) -> tuple[str, ...]:
    """The skeleton's names in another system; with `auto`, and where it is no humanoid, its own."""
    bones = {} if naming == "auto" else human_bones(skeleton)
    if naming == "auto" or not bones:
        return skeleton.names
    words = BONE_NAMES[naming]
    bone_of_joint = {joint: bone for bone, joint in bones.items()}
    own = (bone_of_joint.get(joint, name) for joint, name in enumerate(skeleton.names))
    return tuple(words.get(name, name) for name in own)


def vrm_block(skeleton: Skeleton, first_joint: int, meta: JsonObject) -> JsonObject:
    """The VRMC_vrm object of a humanoid.

    Args:
        skeleton: under any naming, whatever names its nodes are written with.
        first_joint: node of joint 0.
        meta: whose it is and what may be done with it; see `vrm_meta`.
    """
    bones: dict[str, JsonValue] = {bone: {"node": first_joint + joint} for bone, joint in human_bones(skeleton).items()}
    return {"specVersion": "1.0", "meta": meta, "humanoid": {"humanBones": bones}}


def vrm_meta(title: str, author: str) -> JsonObject:
    """The meta object of an asset of our own."""
    return {"name": title, "authors": [author], "licenseUrl": VRM_LICENSE}


def bone_name(text: str, fallback: str = "Bone") -> str:
    """A name no engine rewrites, but for words of a naming system, which keep its punctuation."""
    return text if text in BONE_WORDS else safe_name(text, fallback)


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
