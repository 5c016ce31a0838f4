"""Insects and spiders: a thorax with three or four pairs of legs, a head before it, an abdomen behind it."""

import numpy as np

from gen4d.context import Context
from gen4d.rig.embedding import Bone, Embedding, chain, mirror_embedding, pull_inside, symmetrise
from gen4d.rig.graph import along
from gen4d.rig.limbs import Frame, Limb, bend_of, core_of, find_limbs, measure_frame
from gen4d.rig.names import LEG_PAIRS
from gen4d.rig.voxels import VoxelSolid

MIN_LIMB = 0.08  # of the longest side
CORE = 0.6
ANTENNA_NEAR_PLANE = 0.35  # of the half width: legs spread farther
SYMMETRY_TOLERANCE = 0.12  # of the longest side
WING_UP = 0.55  # of the height: wings end above it, legs below
USUAL_SPREAD = {"insect": (0.5, 0.0, -0.55), "spider": (0.75, 0.25, -0.25, -0.75)}  # of the half length, per pair
HEAD, THORAX, ABDOMEN = 0.82, 0.58, (0.42, 0.20)  # shares of the core's length from behind


def fit_insect(solid: VoxelSolid, ctx: Context) -> Embedding:
    """Fit six legs, and wings and antennae where they stick out; faces +Z, feet down."""
    return _fit("insect", solid, ctx)


def fit_spider(solid: VoxelSolid, ctx: Context) -> Embedding:
    """Fit eight legs; faces +Z, feet down."""
    return _fit("spider", solid, ctx)


def _fit(plan: str, solid: VoxelSolid, ctx: Context) -> Embedding:
    frame = measure_frame(solid)
    core = core_of(solid, CORE)
    bones = _trunk(frame, core)
    limbs = find_limbs(frame, core, MIN_LIMB * float(frame.size.max()))
    legs = {side: _legs_of_side(frame, plan, limbs, side) for side in (1, -1)}
    wanted = len(LEG_PAIRS[plan])
    found = {side: len(paths) == wanted for side, paths in legs.items()}
    if not any(found.values()):
        ctx.warn(
            f"rig: {wanted} separate legs on a side were not found, so some sit at usual places; "
            f"if the subject is no {plan}, name its body plan with --plan."
        )
    better = max((1, -1), key=lambda side: (found[side], len(legs[side])))
    for side in (1, -1):
        paths = legs[side] if found[side] or side == better else [_mirrored(p, frame) for p in legs[better]]
        bones |= _legs(frame, plan, paths, side)
    if plan == "insect":
        bones |= _wings_and_antennae(frame, limbs, bones)
    tolerance = SYMMETRY_TOLERANCE * float(frame.size.max()) * solid.size
    return pull_inside(symmetrise(bones, frame.plane_x, tolerance), solid)


def _trunk(frame: Frame, core: np.ndarray) -> Embedding:
    """Thorax, head and abdomen along the core, from behind to the front."""
    index = np.argwhere(core)
    low, high = float(index[:, 2].min()), float(index[:, 2].max())
    nose = float(max(high, frame.low[2] + 0.9 * (high - frame.low[2])))

    def at(share: float) -> np.ndarray:
        z = low + share * (nose - low)
        near = index[np.abs(index[:, 2] - z) <= max(1.0, 0.06 * (nose - low))]
        y = near[:, 1].mean() if len(near) else index[:, 1].mean()
        return frame.solid.to_world(np.array([frame.center, y, z]))

    bones = {"thorax": Bone("root", at(THORAX), at(HEAD)), "head": Bone("thorax", at(HEAD), at(1.0))}
    return bones | chain(("abdomen1", "abdomen2"), "thorax", [at(ABDOMEN[0]), at(ABDOMEN[1]), at(0.0)])


def _legs_of_side(frame: Frame, plan: str, limbs: list[Limb], side: int) -> list[np.ndarray]:
    """Middle lines of the legs on one side, front to back; usual places are filled in where there are too few."""
    half = frame.size[0] / 2
    legs = [
        limb
        for limb in limbs
        if side * (limb.tip[0] - frame.center) > ANTENNA_NEAR_PLANE * half
        and limb.tip[1] < frame.low[1] + WING_UP * frame.size[1]
    ]
    legs = sorted(legs, key=lambda limb: limb.tip[1])[: len(LEG_PAIRS[plan])]
    return [limb.path for limb in sorted(legs, key=lambda limb: -limb.tip[2])]


def _mirrored(path: np.ndarray, frame: Frame) -> np.ndarray:
    return path * [-1.0, 1.0, 1.0] + [2 * frame.center, 0.0, 0.0]


def _legs(frame: Frame, plan: str, paths: list[np.ndarray], side: int) -> Embedding:
    """Three bones a leg: at the body, at the knee, at the foot."""
    pairs = LEG_PAIRS[plan]
    prefix = "left" if side > 0 else "right"
    if len(paths) != len(pairs):
        paths = _completed(frame, plan, paths, side)
    bones: Embedding = {}
    for pair, path in zip(pairs, paths, strict=True):
        knee = bend_of(path, 0.2, 0.65, 0.4)
        below = path[int(knee * (len(path) - 1)) :]
        foot = knee + (1 - knee) * (bend_of(below, 0.3, 0.75, 0.55) if len(below) > 2 else 0.55)
        points = [frame.solid.to_world(along(path, share)) for share in (0.0, knee, foot, 1.0)]
        bones |= chain(tuple(f"{prefix}{pair}{part}" for part in ("UpperLeg", "LowerLeg", "Foot")), "thorax", points)
    return bones


def _completed(frame: Frame, plan: str, paths: list[np.ndarray], side: int) -> list[np.ndarray]:
    """Put the legs found where they fit best among the usual places, and usual ones into the gaps."""
    middle = (frame.low + frame.high) / 2
    usual = []
    for share in USUAL_SPREAD[plan]:
        out = np.array([frame.center + side * frame.size[0] / 2, frame.low[1], middle[2] + share * frame.size[2] / 2])
        knee = np.array([frame.center + side * frame.size[0] * 0.3, middle[1], (out[2] + middle[2]) / 2])
        base = np.array([frame.center + side * 0.1 * frame.size[0], middle[1], middle[2] + 0.3 * (out[2] - middle[2])])
        usual.append(np.concatenate([np.linspace(base, knee, 8), np.linspace(knee, out, 8)[1:]]))
    free = list(range(len(usual)))
    for path in paths[: len(usual)]:
        nearest = min(free, key=lambda k, p=path: abs(usual[k][-1][2] - p[-1][2]))
        usual[nearest] = path
        free.remove(nearest)
    return usual


def _wings_and_antennae(frame: Frame, limbs: list[Limb], bones: Embedding) -> Embedding:
    """Chains for what points up and out (wings) or forward near the plane (antennae), on both sides alike."""
    head_z = frame.solid.to_grid(bones["head"].head)[2]
    half = frame.size[0] / 2
    found: Embedding = {}
    for stem, parent, parts in (("Wing", "thorax", 3), ("Antenna", "head", 2)):
        for limb in limbs:
            out = limb.tip[0] - frame.center
            is_front = limb.tip[2] > head_z and limb.base[2] > head_z - 0.1 * frame.size[2]
            high = limb.tip[1] >= frame.low[1] + WING_UP * frame.size[1]
            fits = is_front and high if stem == "Antenna" else high and not is_front and abs(out) > 0.3 * half
            if not fits or out <= 0 or f"left{stem}1" in found:
                continue
            points = [frame.solid.to_world(along(limb.path, s)) for s in np.linspace(0, 1, parts + 1)]
            left = chain(tuple(f"left{stem}{i + 1}" for i in range(parts)), parent, points)
            found |= left | mirror_embedding(left, frame.plane_x)
    return found
