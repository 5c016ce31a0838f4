"""A set of rigged GLBs whose skeletons are known because they were made: creatures of seven plans, and people.

    python -m gen4d.evaluate.rig_made OUT --each 6 --anny 6
    gen4d eval rig OUT

OUT/PLAN/NUMBER.glb: the file's name tells nothing, so that the plan is guessed from the shape. The joint network learns
from bipeds and quadrupeds of the same makers, from other random numbers, the plan network from all; joints of the other
plans no network learns.
Weights of the creatures follow a rule (the nearest limb, blended at its ends); they are no artist's, and nothing should
be concluded from scores of weights on them. People are of Anny, beyond those the networks learned from.
"""

import argparse
import logging
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from skimage import measure

from gen4d.data.rigs import anny_rigs
from gen4d.evaluate.rig_creatures import Creature, make_biped, make_quadruped
from gen4d.evaluate.rig_small_creatures import make_bird, make_fish, make_insect, make_snake, make_spider
from gen4d.evaluate.rig_squatters import make_squatter
from gen4d.export.glb import write_glb
from gen4d.rig.embedding import Bone, Embedding, to_skeleton
from gen4d.rig.names import ROOT, plan_joints
from gen4d.rig.weights import prune
from gen4d.streams import Streams
from gen4d.structures import Asset, Material, Mesh, Skin

logger = logging.getLogger(__name__)

CELLS = 72  # along the longest side
MARGIN = 4  # cells around the shape
ROUNDING = 0.015  # of the longest side: over which limbs melt into each other
BLEND = 0.02  # of the longest side: over which weights change from limb to limb
SEEN_PEOPLE = 48  # of Anny, as `rig_corpus` is told for the networks that ship
MAKERS: dict[str, tuple[str, Callable[[np.random.Generator], Creature]]] = {
    "biped": ("biped", make_biped),
    "quadruped": ("quadruped", make_quadruped),
    "squatting quadruped": ("quadruped", make_squatter),
    "bird": ("bird", make_bird),
    "fish": ("fish", make_fish),
    "snake": ("snake", make_snake),
    "insect": ("insect", make_insect),
    "spider": ("spider", make_spider),
}


def creature_rig(creature: Creature, plan: str) -> Asset:
    """A creature as a smooth mesh with its joints as skeleton, standing on y = 0, its longest side 1 m."""
    parents = {name: joint.parent for name, joint in plan_joints(plan).items() if name in creature.joints}
    vertices, faces = creature_mesh(creature)
    low, scale = vertices.min(0), 1 / np.ptp(vertices, axis=0).max()
    move = np.array([(vertices[:, 0].min() + vertices[:, 0].max()) / 2, low[1], vertices[:, 2].mean()])
    bones: Embedding = {}
    for name, above_it in parents.items():
        head, parent = creature.joints[name], above_it if above_it in parents else ROOT
        after = [creature.joints[other] for other, above in parents.items() if above == name]
        tail = after[0] if after else _limb_end(creature, head, creature.joints.get(parent, head))
        bones[name] = Bone(parent, (head - move) * scale, (tail - move) * scale)
    weights = creature_weights(creature, vertices, bones, move, scale)
    vertices = (vertices - move) * scale
    index, values = prune(weights)
    mesh = Mesh(torch.tensor(vertices, dtype=torch.float32), torch.from_numpy(faces))
    skin = Skin(torch.from_numpy(index), torch.from_numpy(values))
    material = Material(torch.full((1, 1, 4), 0.7))
    return Asset(plan, mesh, material, skeleton=to_skeleton(bones, plan), skin=skin)


def _limb_end(creature: Creature, head: np.ndarray, above: np.ndarray) -> np.ndarray:
    """Where the capsule that begins at a last joint ends; without one, half as far as its parent is."""
    ends = [b for a, b, *_ in creature.capsules if np.allclose(a, head)]
    return max(ends, key=lambda end: float(np.linalg.norm(end - head))) if ends else head + (head - above) / 2


def creature_mesh(creature: Creature) -> tuple[np.ndarray, np.ndarray]:
    """The surface of the capsules, melted into each other: vertices (V, 3) and faces (F, 3)."""
    a, b = (np.array([capsule[k] for capsule in creature.capsules]) for k in (0, 1))
    wide = np.array([max(capsule[2:4]) for capsule in creature.capsules])[:, None]
    low, high = (np.minimum(a, b) - wide).min(0), (np.maximum(a, b) + wide).max(0)
    size = float((high - low).max()) / CELLS
    origin = low - MARGIN * size
    shape = np.ceil((high - origin) / size).astype(int) + MARGIN
    axes = [origin[k] + size * np.arange(shape[k]) for k in range(3)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    rounding = ROUNDING * CELLS * size
    total = np.zeros(len(points))
    for distance in _capsule_distances(creature, points):
        total += np.exp(np.clip(-distance / rounding, -60, 60))
    field = (-rounding * np.log(np.maximum(total, 1e-26))).reshape(shape)  # 1e-26: far away, as `clip` says
    vertices, faces, _, _ = measure.marching_cubes(field, 0.0, gradient_direction="descent")
    return origin + size * vertices.astype(np.float64), faces.astype(np.int64)


def creature_weights(
    creature: Creature, points: np.ndarray, bones: Embedding, move: np.ndarray, scale: float
) -> np.ndarray:
    """Weights (V, B): each capsule belongs to the bone its middle is nearest to, each point to the capsules near it."""
    heads = np.stack([bone.head for bone in bones.values()]) / scale + move
    tails = np.stack([bone.tail for bone in bones.values()]) / scale + move
    middles = np.array([(a + b) / 2 for a, b, *_ in creature.capsules])
    reach = np.stack([_segment_distance(middles, a, b) for a, b in zip(heads, tails, strict=True)], 1)
    owner = reach.argmin(1)
    distance = np.stack(list(_capsule_distances(creature, points)), 1)
    near = np.exp(-np.clip((distance - distance.min(1, keepdims=True)) * scale / BLEND, 0, 60))
    weights = np.zeros((len(points), len(bones)))
    np.add.at(weights.T, owner, near.T)
    return weights / weights.sum(1, keepdims=True)


def _capsule_distances(creature: Creature, points: np.ndarray) -> list[np.ndarray]:
    """Signed distance of points (N, 3) to each capsule, (N,) each; negative inside."""
    result = []
    for a, b, radius_a, radius_b, flat in creature.capsules:
        step = b - a
        share = np.clip((points - a) @ step / max(float(step @ step), 1e-12), 0, 1)  # 1e-12: a ball
        away = points - a - share[:, None] * step
        away[:, 2] /= flat
        result.append(np.linalg.norm(away, axis=1) - (radius_a + share * (radius_b - radius_a)))
    return result


def _segment_distance(points: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Distance of points (N, 3) to one segment, (N,)."""
    step = b - a
    share = np.clip((points - a) @ step / max(float(step @ step), 1e-12), 0, 1)
    return np.linalg.norm(points - a - share[:, None] * step, axis=1)


def write_made(out: Path, each: int, people: int) -> int:
    """Write `each` creatures of every kind and sampled people; how many files there are."""
    written = 0
    for kind, (plan, maker) in MAKERS.items():
        (out / kind).mkdir(parents=True, exist_ok=True)
        for number in range(each):
            asset = creature_rig(maker(Streams(0).numpy("eval.made", f"{kind} {number}")), plan)
            write_glb(asset, out / kind / f"{number:04d}.glb")
            written += 1
    if people:
        (out / "biped person").mkdir(parents=True, exist_ok=True)
        for number, (_, asset) in enumerate(islice(anny_rigs(SEEN_PEOPLE + people), SEEN_PEOPLE, None)):
            write_glb(asset, out / "biped person" / f"{number:04d}.glb")
            written += 1
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--each", type=int, default=6, help="creatures of every kind")
    parser.add_argument("--anny", type=int, default=0, help="sampled people")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logger.info("%d files", write_made(given.out, given.each, given.anny))


if __name__ == "__main__":
    main()
