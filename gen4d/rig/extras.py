"""What a template leaves over: ears, horns, wings and tails become chains that hang off the nearest joint."""

from dataclasses import dataclass

import numpy as np

from gen4d.rig.embedding import Bone, Embedding, chain, mirror_embedding
from gen4d.rig.graph import along, path_lengths
from gen4d.rig.limbs import Frame, Limb, core_of, find_limbs, measure_frame
from gen4d.rig.names import MAX_EXTRAS, MAX_TAIL, mirror_name
from gen4d.rig.voxels import VoxelSolid

CORE = 0.45  # of the greatest depth
MIN_LENGTH = 0.10  # of the longest side; a shorter bump bends with what carries it
EXPLAINED = 0.45  # of a limb's length: a bone that comes this near to its tip already moves it
BONE_LENGTH = 0.09  # of the longest side
MAX_BONES = 3
PAIR_TOLERANCE = 0.06  # of the longest side: tips this near to each other's mirror image are a pair
ON_PLANE = 0.05  # of the longest side: a tip this near to the symmetry plane has no partner


@dataclass(frozen=True)
class Extra:
    """A limb no bone explains: the name its joints get and the bone it hangs off."""

    stem: str
    parent: str
    limb: Limb


def add_extras(bones: Embedding, solid: VoxelSolid, plan: str) -> Embedding:
    """The bones and, behind them, chains for every limb that none of them moves; pairs are mirrored.

    Other plans name their parts themselves, and get none.
    """
    if plan not in ("biped", "quadruped", "bird"):
        return bones
    frame = measure_frame(solid)
    longest = float(frame.size.max())
    limbs = find_limbs(frame, core_of(solid, CORE), MIN_LENGTH * longest)
    free = [limb for limb in limbs if not _explained(limb, bones, solid)]
    result = dict(bones)
    for extra in _named(free, bones, frame):
        path = extra.limb.path
        count = int(np.clip(round(float(path_lengths(path)[-1]) / (BONE_LENGTH * longest)), 1, MAX_BONES))
        if extra.stem == "tail":
            count = min(count + 1, MAX_TAIL)
        points = [solid.to_world(along(path, s)) for s in np.linspace(0, 1, count + 1)]
        names = tuple(f"{extra.stem}{i + 1}" for i in range(count))
        if any(name in result for name in names):
            continue
        added = chain(names, extra.parent, points)
        result |= added
        if mirror_name(names[0]) != names[0]:
            result |= mirror_embedding(added, frame.plane_x)
    return result


def _explained(limb: Limb, bones: Embedding, solid: VoxelSolid) -> bool:
    """Whether a bone runs into the limb or ends near its tip."""
    tip = solid.to_world(limb.tip)
    reach = EXPLAINED * limb.length * solid.size
    return min(_distance(tip, bone) for bone in bones.values()) < max(reach, 2.5 * solid.size)


def _distance(point: np.ndarray, bone: Bone) -> float:
    step = bone.tail - bone.head
    share = np.clip((point - bone.head) @ step / max(float(step @ step), 1e-18), 0, 1)
    return float(np.linalg.norm(point - bone.head - share * step))


def _named(limbs: list[Limb], bones: Embedding, frame: Frame) -> list[Extra]:
    """Names for limbs on the side x > center with a partner, and for limbs on the plane; the rest are left alone."""
    longest = float(frame.size.max())
    found: list[Extra] = []
    used: set[str] = set()
    for limb in limbs:
        out = limb.tip[0] - frame.center
        is_middle = abs(out) < ON_PLANE * longest
        mirrored = limb.tip * [-1.0, 1.0, 1.0] + [2 * frame.center, 0.0, 0.0]
        paired = any(np.linalg.norm(other.tip - mirrored) < PAIR_TOLERANCE * longest for other in limbs)
        if not is_middle and (out < 0 or not paired):
            continue
        base = frame.solid.to_world(limb.base)
        parent = min(bones, key=lambda name, p=base: _distance(p, bones[name]))
        stem = _stem(limb, parent, frame, bones, is_middle=is_middle, used=used)
        if stem and len(used) < MAX_EXTRAS:
            used.add(stem)
            found.append(Extra(stem, "head" if stem in ("leftEar", "leftHorn") else parent, limb))
    return found


def _stem(limb: Limb, parent: str, frame: Frame, bones: Embedding, *, is_middle: bool, used: set[str]) -> str:
    """What a limb is called, by the bone it grows from and where it points; "" for a second of its kind."""
    step = limb.tip - limb.base
    if is_middle:
        is_behind = step[2] < -0.3 * float(np.linalg.norm(step)) and parent in ("hips", "spine")
        if is_behind and "tail1" not in bones and "tail" not in used:
            return "tail"
        return next((f"extra{k}_" for k in range(1, MAX_EXTRAS + 1) if f"extra{k}_" not in used), "")
    if parent in ("head", "neck", "neck1"):
        choices = ("leftEar", "leftHorn") if step[1] > 0 else ("leftExtra1_",)
    elif parent in ("chest", "upperChest", "spine", "spine1", "body") and "leftWing1" not in bones:
        choices = ("leftWing", "leftExtra1_")
    else:
        choices = tuple(f"leftExtra{k}_" for k in range(1, MAX_EXTRAS + 1))
    return next((stem for stem in choices if stem not in used), "")
