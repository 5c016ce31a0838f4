"""Box dolls: a skeleton from a table of joints and one rigid box a bone, so that skinning adds no error of its own."""

import numpy as np
import torch

from gen4d.motion.kinematics import quaternion_conjugate, quaternion_multiply, quaternion_rotate
from gen4d.structures import Mesh, Skeleton, Skin

Joints = dict[str, tuple[str, tuple[float, float, float]]]  # name -> parent, world position

MIDDLE: Joints = {
    "hips": ("root", (0, 0.95, 0)),
    "spine": ("hips", (0, 1.05, 0)),
    "chest": ("spine", (0, 1.18, 0)),
    "upperChest": ("chest", (0, 1.30, 0)),
    "neck": ("upperChest", (0, 1.47, 0)),
    "head": ("neck", (0, 1.54, 0)),
}
LIMBS: Joints = {
    "leftShoulder": ("upperChest", (0.04, 1.42, 0)),
    "leftUpperArm": ("leftShoulder", (0.17, 1.42, 0)),
    "leftLowerArm": ("leftUpperArm", (0.44, 1.42, 0)),
    "leftHand": ("leftLowerArm", (0.68, 1.42, 0)),
    "leftUpperLeg": ("hips", (0.09, 0.90, 0)),
    "leftLowerLeg": ("leftUpperLeg", (0.09, 0.50, 0.01)),
    "leftFoot": ("leftLowerLeg", (0.09, 0.08, 0)),
    "leftToes": ("leftFoot", (0.09, 0.02, 0.12)),
}
DOG_MIDDLE: Joints = {
    "hips": ("root", (0, 0.55, -0.35)),
    "spine": ("hips", (0, 0.56, -0.17)),
    "spine1": ("spine", (0, 0.56, 0.0)),
    "chest": ("spine1", (0, 0.56, 0.2)),
    "neck": ("chest", (0, 0.60, 0.40)),
    "neck1": ("neck", (0, 0.67, 0.48)),
    "head": ("neck1", (0, 0.75, 0.55)),
    "tail1": ("hips", (0, 0.58, -0.45)),
    "tail2": ("tail1", (0, 0.57, -0.60)),
}
DOG_LIMBS: Joints = {
    f"left{end}{part}": (f"left{end}{before}" if before else parent, (0.1, y, z + dz))
    for end, parent, z in (("Hind", "hips", -0.35), ("Front", "chest", 0.33))
    for before, part, y, dz in (
        ("", "UpperLeg", 0.50, 0.0),
        ("UpperLeg", "LowerLeg", 0.32, 0.02 if end == "Hind" else -0.02),
        ("LowerLeg", "Foot", 0.14, -0.03 if end == "Hind" else 0.0),
        ("Foot", "Toes", 0.03, 0.0),
    )
}


def mirrored(joints: Joints) -> Joints:
    """The joints of the left as those of the right."""
    return {
        name.replace("left", "right"): (parent.replace("left", "right"), (-x, y, z))
        for name, (parent, (x, y, z)) in joints.items()
    }


def build_skeleton(joints: Joints, plan: str, rest: dict[str, torch.Tensor] | None = None) -> Skeleton:
    """A skeleton from world positions; `rest` gives world rest rotations (4,), identity where absent."""
    names = ("root", *joints)
    parents = [-1] + [names.index(parent) for parent, _ in joints.values()]
    world = torch.tensor([(0.0, 0.0, 0.0)] + [place for _, place in joints.values()], dtype=torch.float64)
    identity = torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=torch.float64)
    turns = torch.stack([(rest or {}).get(name, identity) for name in names])
    up = torch.tensor(parents).clamp(min=0)
    back = quaternion_conjugate(turns[up])
    translation = quaternion_rotate(back, world - world[up])
    rotation = quaternion_multiply(back, turns)
    rotation[0], translation[0] = turns[0], 0.0
    return Skeleton(names, torch.tensor(parents), translation.float(), rotation.float(), plan)


def box_doll(joints: Joints, plan: str, thickness: float = 0.02) -> tuple[Skeleton, Skin, Mesh]:
    """One box a bone from the joint to its child, or a little on at the end of a chain; feet get soles on the floor."""
    skeleton = build_skeleton(joints, plan)
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
    quads = np.array([(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)])
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    vertices, triangles, owner = [], [], []
    for number, (name, (_, place)) in enumerate(joints.items(), start=1):
        head = np.array(place, dtype=float)
        children = [np.array(p) for parent, p in joints.values() if parent == name]
        tail = children[0] if children else head + np.array([0, 0, 0.06])
        low, high = np.minimum(head, tail) - thickness, np.maximum(head, tail) + thickness
        if name.endswith("Toes") or (name.endswith("Foot") and plan == "biped"):
            low[1] = 0.0
            low[2] += thickness if name.endswith("Toes") else -0.03  # the toe box begins at its joint; a heel behind
            high[2] -= 2 * thickness if name.endswith("Foot") else 0.0
        vertices.append((low + high) / 2 + corners * (high - low) / 2)
        triangles.append(faces + 8 * (number - 1))
        owner += [number] * 8
    bound = torch.zeros(len(owner), 4, dtype=torch.int64)
    bound[:, 0] = torch.tensor(owner)
    weights = torch.zeros(len(owner), 4)
    weights[:, 0] = 1
    mesh = Mesh(torch.tensor(np.concatenate(vertices), dtype=torch.float32), torch.tensor(np.concatenate(triangles)))
    return skeleton, Skin(bound, weights), mesh


def make_dolls() -> dict[str, tuple[Skeleton, Skin, Mesh]]:
    """One doll a body plan."""
    return {
        "biped": box_doll({**MIDDLE, **LIMBS, **mirrored(LIMBS)}, "biped"),
        "quadruped": box_doll({**DOG_MIDDLE, **DOG_LIMBS, **mirrored(DOG_LIMBS)}, "quadruped"),
        "prop": box_doll({"body": ("root", (0, 0.5, 0))}, "prop", thickness=0.5),
    }
