"""Our joint names in the words of other worlds: VRM, Mixamo, Unreal and Godot.

Sources: VRM 1.0, VRMC_vrm humanoid bones; the Mixamo skeleton as three.js and Unity name it, without the colon that
three.js drops; the Unreal Engine 5 mannequin; Godot 4, SkeletonProfileHumanoid.
"""

import re
from dataclasses import replace

from gen4d.rig.config import NamingName
from gen4d.rig.names import FINGERS, ROOT, SIDES
from gen4d.structures import Skeleton

MIXAMO_PREFIX = "mixamorig"
MIXAMO = {
    "hips": "Hips", "spine": "Spine", "chest": "Spine1", "upperChest": "Spine2", "neck": "Neck", "head": "Head",
    "Shoulder": "Shoulder", "UpperArm": "Arm", "LowerArm": "ForeArm", "Hand": "Hand",
    "UpperArmTwist": "ArmTwist", "LowerArmTwist": "ForeArmTwist",
    "UpperLeg": "UpLeg", "LowerLeg": "Leg", "Foot": "Foot", "Toes": "ToeBase",
}  # fmt: skip
UNREAL = {
    "hips": "pelvis", "spine": "spine_01", "chest": "spine_02", "upperChest": "spine_03", "neck": "neck_01",
    "head": "head", "Shoulder": "clavicle", "UpperArm": "upperarm", "LowerArm": "lowerarm", "Hand": "hand",
    "UpperArmTwist": "upperarm_twist_01", "LowerArmTwist": "lowerarm_twist_01",
    "UpperLeg": "thigh", "LowerLeg": "calf", "Foot": "foot", "Toes": "ball",
}  # fmt: skip
UNREAL_FINGERS = {"Thumb": "thumb", "Index": "index", "Middle": "middle", "Ring": "ring", "Little": "pinky"}
MIXAMO_FINGERS = {"Thumb": "Thumb", "Index": "Index", "Middle": "Middle", "Ring": "Ring", "Little": "Pinky"}
JOINTS_OF_FINGER = {
    "Metacarpal": 1, "Proximal": 1, "Intermediate": 2, "Distal": 3,
}  # fmt: skip
JOINTS_OF_THUMB = {"Metacarpal": 1, "Proximal": 2, "Distal": 3}


def rename_joints(skeleton: Skeleton, naming: NamingName) -> Skeleton:
    """The same skeleton under another world's names; joints that world does not know follow its style of writing."""
    if naming in ("gen4d", "vrm"):  # our bipeds are VRM humanoids already
        return skeleton
    is_biped = skeleton.plan == "biped"
    return replace(skeleton, names=tuple(_renamed(name, naming, is_biped) for name in skeleton.names))


def _renamed(name: str, naming: NamingName, is_biped: bool) -> str:
    side, part = _split(name)
    match naming:
        case "godot":
            return name[0].upper() + name[1:]
        case "mixamo":
            if name == ROOT:
                return "Root"
            known = MIXAMO.get(part) or _finger(part, "Hand{finger}{joint}", MIXAMO_FINGERS)
            part = known if is_biped and known else part[0].upper() + part[1:]
            return MIXAMO_PREFIX + side.capitalize() + part
        case _:
            known = UNREAL.get(part) or _finger(part, "{finger}_{joint:02d}", UNREAL_FINGERS)
            part = known if is_biped and known else _snake_case(part)
            return f"{part}_{side[0]}" if side else part


def _split(name: str) -> tuple[str, str]:
    """Side ("left", "right" or "") and the rest of a name."""
    return next(((side, name[len(side) :]) for side in SIDES if name.startswith(side)), ("", name))


def _finger(part: str, form: str, words: dict[str, str]) -> str:
    finger = next((finger for finger in FINGERS if part.startswith(finger)), "")
    joint = (JOINTS_OF_THUMB if finger == "Thumb" else JOINTS_OF_FINGER).get(part[len(finger) :])
    return form.format(finger=words[finger], joint=joint) if finger and joint else ""


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
