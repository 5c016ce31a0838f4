"""Artists' rigs -> what the joint and the weight network of `gen4d/rig` train on.

    python -m gen4d.evaluate.rig_corpus OUT --quaternius DIR --zeroad DIR --anny 48
    python -m gen4d.evaluate.train_rig_joints OUT/joints --out gen4d/rig/joint-net.safetensors
    python -m gen4d.evaluate.train_rig_weights OUT/weights --out gen4d/rig/weight-net.safetensors

OUT/joints gets one .npz a biped or quadruped whose joints `rig_labels` knows, OUT/weights one .glb a rig. What
`is_held_out` keeps back is in neither. People who share one skeleton are thinned.
"""

import argparse
import json
import logging
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from gen4d.data.rigs import anny_rigs, quaternius_rigs, write_rig, zeroad_rigs
from gen4d.evaluate.rig_labels import label_joints
from gen4d.evaluate.rig_variants import RigPoints
from gen4d.evaluate.rigs import is_held_out
from gen4d.evaluate.skeleton_kinds import plan_of_rig
from gen4d.export.names import slug
from gen4d.motion.kinematics import rest_joint_to_world
from gen4d.structures import Asset

logger = logging.getLogger(__name__)

POINTS = 30_000  # of a surface; enough to close the cells of the joint network's grid
SLOTS = 4  # joints a point
PEOPLE_OF_A_GAME = 6  # every sixth trains the joint network; all stand alike on one skeleton
WEIGHTED_PEOPLE_OF_A_GAME = 20  # the weight network draws every rig alike, so that many of a kind would outweigh others
WEIGHTED_PEOPLE = 8  # of the sampled ones


def points_of(asset: Asset, plan: str, rng: np.random.Generator) -> RigPoints | None:
    """A rig as points drawn evenly from its surface, or None where its joints bear no known names or it has no area."""
    if asset.skeleton is None or asset.skin is None:
        return None
    places = rest_joint_to_world(asset.skeleton)[:, :3, 3].double().numpy()
    vertices = asset.mesh.vertices.double().numpy()
    landmarks = label_joints(plan, asset.skeleton.names, places)
    if landmarks is not None and faces_back(landmarks, places):  # the sheep of 0 A.D.
        vertices, places = vertices * [-1, 1, -1], places * [-1, 1, -1]
        landmarks = label_joints(plan, asset.skeleton.names, places)
    corners = asset.mesh.faces.numpy()
    triangles = vertices[corners]  # (F, 3, 3)
    area = np.linalg.norm(np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]), axis=1)
    if landmarks is None or not area.sum() > 0:
        return None
    face = rng.choice(len(corners), POINTS, p=area / area.sum())
    share = rng.dirichlet(np.ones(3), POINTS)  # even over a triangle
    weights = np.zeros((POINTS, len(places)), np.float32)
    for corner in range(3):
        vertex = corners[face, corner]
        joints, values = asset.skin.joints.numpy()[vertex], asset.skin.weights.numpy()[vertex]
        np.add.at(weights, (np.arange(POINTS)[:, None], joints), share[:, corner, None] * values)
    strongest = np.argsort(-weights, 1, kind="stable")[:, :SLOTS]
    kept = np.take_along_axis(weights, strongest, 1)
    return RigPoints(
        plan=plan,
        points=np.einsum("nk,nkd->nd", share, triangles[face]).astype(np.float32),
        joints=strongest,
        weights=kept / kept.sum(1, keepdims=True),
        parents=asset.skeleton.parents.numpy(),
        places=places,
        landmarks=landmarks,
    )


def faces_back(landmarks: dict[str, list[int]], places: np.ndarray) -> bool:
    """Whether an animal's head lies farther back than its hips by more than it may in a pose that looks round."""
    if "head" not in landmarks or "hips" not in landmarks:
        return False
    step = places[landmarks["head"]].mean(0) - places[landmarks["hips"]].mean(0)
    return bool(step[2] < -0.5 * np.linalg.norm(step))


def write_points(rig: RigPoints, source: str, path: Path) -> None:
    """Write what `train_rig_joints.read_points` reads."""
    arrays = {name: getattr(rig, name) for name in ("points", "joints", "weights", "parents", "places")}
    np.savez_compressed(path, **arrays, plan=rig.plan, source=source, landmarks=json.dumps(rig.landmarks))


def build(out: Path, rigs: Iterator[tuple[str, Asset]], weighted: int) -> None:
    """Write the rigs of one source, every `weighted`th person of them also for the weight network.

    Args:
        rigs: id and asset; ids are SOURCE/NAME or quaternius/PACK/NAME.
    """
    people = 0
    for name, asset in rigs:
        source, _, rest = name.partition("/")
        if asset.skeleton is None or (source == "quaternius" and is_held_out(rest)):
            continue
        plan = plan_of_rig(rest, asset.skeleton.names) if source == "quaternius" else asset.skeleton.plan
        people += plan == "biped"
        if source == "quaternius":
            source = "quaternius modular" if "modular" in rest else "quaternius"  # many of one make
        if plan != "biped" or people % weighted == 0:
            (out / "weights" / source).mkdir(parents=True, exist_ok=True)
            write_rig(name, asset, out / "weights" / source)
        if source == "zeroad" and plan == "biped" and people % PEOPLE_OF_A_GAME:
            continue
        rig = points_of(asset, plan, np.random.default_rng(people))
        if rig is not None:
            write_points(rig, source, out / "joints" / f"{slug(name.replace('/', ' '))}.npz")
        elif plan in ("biped", "quadruped"):
            logger.info("%s: its joints bear no known names", name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--quaternius", type=Path)
    parser.add_argument("--zeroad", type=Path, help="the unpacked game data")
    parser.add_argument("--anny", type=int, default=0, help="sampled people")
    parser.add_argument("--limit", type=int, help="rigs a source, to try it out")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    (given.out / "joints").mkdir(parents=True, exist_ok=True)
    if given.quaternius is not None:
        build(given.out, islice(quaternius_rigs(given.quaternius), given.limit), 1)
    if given.zeroad is not None:
        build(given.out, islice(zeroad_rigs(given.zeroad), given.limit), WEIGHTED_PEOPLE_OF_A_GAME)
    build(given.out, islice(anny_rigs(given.anny), given.limit), WEIGHTED_PEOPLE)


if __name__ == "__main__":
    main()
