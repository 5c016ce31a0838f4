"""Twist joints: half of a forearm turns with the hand, and half of an upper arm stays with the shoulder.

glTF skins linearly, so a hand turned by half a circle would wring the wrist to a point. A joint in between that a clip
turns half as far spreads the turn over the limb; left alone it changes nothing.
"""

import numpy as np

from gen4d.rig.embedding import Bone, Embedding
from gen4d.rig.names import SIDES

SUFFIX = "Twist"
WRIST_HALF = (0.15, 0.70)  # of the forearm: from here to there the twist joint takes over
SHOULDER_HALF = (0.05, 0.60)  # of the upper arm: from here to there it gives way


def is_twist(name: str) -> bool:
    """Whether a joint is a twist joint."""
    return name.endswith(SUFFIX)


def add_twist(bones: Embedding) -> Embedding:
    """The same bones with twist joints behind them: half way down each forearm, at the shoulder of each upper arm."""
    result = dict(bones)
    for side in SIDES:
        upper, lower = bones.get(f"{side}UpperArm"), bones.get(f"{side}LowerArm")
        if upper is not None and lower is not None:
            result[f"{side}UpperArm{SUFFIX}"] = Bone(f"{side}UpperArm", upper.head, (upper.head + upper.tail) / 2)
            result[f"{side}LowerArm{SUFFIX}"] = Bone(f"{side}LowerArm", (lower.head + lower.tail) / 2, lower.tail)
    return result


def share_twist(weights: np.ndarray, vertices: np.ndarray, bones: Embedding) -> np.ndarray:
    """Split the weights of arm bones with their twist joints.

    Args:
        weights: (U, B) of the bones that are no twist joints, in the order of the embedding.
        vertices: (U, 3) metres.

    Returns:
        weights: (U, B + T), one column a bone of the embedding, twist joints included.
    """
    names = [name for name in bones if not is_twist(name)]
    column = {name: weights[:, i] for i, name in enumerate(names)}
    for name, bone in bones.items():
        if not is_twist(name):
            continue
        limb = bones[bone.parent]
        step = limb.tail - limb.head
        along = (vertices - limb.head) @ step / max(float(step @ step), 1e-18)
        start, end = WRIST_HALF if "Lower" in name else SHOULDER_HALF
        rise = np.clip((along - start) / (end - start), 0, 1)
        rise = rise * rise * (3 - 2 * rise)
        share = rise if "Lower" in name else 1 - rise
        column[name] = column[bone.parent] * share
        column[bone.parent] = column[bone.parent] * (1 - share)
    return np.stack([column[name] for name in bones], axis=1)
