"""Our skeletons and weights beside those of artists, on a folder of rigged GLBs.

Skeletons are ours from the bare mesh, without twist joints. Weights are scored on the artist's own joints, so that they
can be compared one by one; beside ours stand two classical methods on the same joints: bone heat (Baran and Popovic
2007, c = 1) and geodesic voxel binding (Dionne and de Lasa 2013, inverse square), each as published and sharpened as
far as helped it most.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gen4d.context import Context
from gen4d.errors import Gen4dError
from gen4d.evaluate.pose_sheet import pose_row
from gen4d.evaluate.pose_sweep import SweepScores, sweep, sweep_weights
from gen4d.evaluate.rig_metrics import SkeletonScores, SkinScores, deformation_error, score_skeleton, score_skin
from gen4d.evaluate.rigged_files import ReferenceRig, carrying_joints, read_rigged
from gen4d.evaluate.skeleton_kinds import plan_of_rig
from gen4d.rig.config import RigConfig
from gen4d.rig.embedding import Embedding
from gen4d.rig.given import bones_from_joints
from gen4d.rig.orientation import settle_orientation, turn
from gen4d.rig.report import count_islands, joint_positions, left_right_error
from gen4d.rig.rigging import rig
from gen4d.rig.voxels import VoxelSolid, voxelise
from gen4d.rig.weight_net import load_weight_net
from gen4d.rig.weights import bind, bone_distances, bone_heat, inverse_power, weld_mesh
from gen4d.streams import Streams
from gen4d.structures import Skeleton, Skin

HELD_OUT = 5  # every fifth rig, by the hash of its id, is kept out of tuning
METHODS = ("gen4d", "heat", "heat sharp", "geodesic", "geodesic sharp")


@dataclass(frozen=True)
class RigResult:
    """One rig measured; `failure` holds the sentence where there was none to measure.

    Fields:
        plan, guessed: body plan the artist's skeleton has, and the one found from the mesh.
        inside: share of our joints inside the mesh.
        symmetry: largest distance of a left joint from its right partner's mirror image, over the height.
        islands: pieces of surface beyond one a shell and joint that a joint moves.
        turned: whether the mesh was taken to face elsewhere than +Z, and turned.
        seconds: processor time for orientation, skeleton and weights together.
        sweep, artist_sweep: how our rig and the artist's bear bending, where it was asked for.
    """

    id: str
    held_out: bool
    plan: str
    guessed: str = ""
    confidence: float = 0.0
    failure: str = ""
    skeleton: SkeletonScores | None = None
    skins: dict[str, SkinScores] | None = None
    inside: float = 0.0
    symmetry: float = 0.0
    islands: int = 0
    turned: bool = False
    seconds: float = 0.0
    sweep: SweepScores | None = None
    artist_sweep: SweepScores | None = None


def is_held_out(name: str) -> bool:
    """Whether the rig of this id belongs to the fifth that no tuning may look at."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % HELD_OUT == 0


def evaluate_rigs(
    folder: Path,
    cfg: RigConfig,
    *,
    held_out: bool | None = None,
    known_plan: bool = False,
    poses: Callable[[np.ndarray], None] | None = None,
) -> Iterator[RigResult]:
    """Rig every skinned GLB below a folder from its bare mesh and compare.

    Args:
        held_out: only the rigs kept out of tuning, only the others, or (None) all.
        known_plan: tell the plan instead of letting it be guessed.
        poses: takes a row of pictures of each rig in poses; where given, the pose sweep is measured too.
    """
    for path in sorted(folder.rglob("*.glb")):
        name = f"{path.parent.name}/{path.stem}"
        if held_out is not None and is_held_out(name) != held_out:
            continue
        reference = read_rigged(path)
        if reference is not None:
            yield evaluate_rig(reference, cfg, known_plan=known_plan, poses=poses)


def evaluate_rig(
    reference: ReferenceRig,
    cfg: RigConfig,
    *,
    known_plan: bool = False,
    hint: bool = True,
    poses: Callable[[np.ndarray], None] | None = None,
) -> RigResult:
    """Rig one mesh and compare skeleton and weights with the artist's."""
    result = RigResult(
        reference.id, is_held_out(reference.id), plan_of_rig(reference.id, reference.names, reference.joints)
    )
    ctx = Context(Streams(0))
    if known_plan:
        cfg = cfg.model_copy(update={"plan": result.plan})
    words = reference.id.rpartition("/")[2] if hint else ""
    start = time.process_time()
    try:
        turned = settle_orientation(reference.mesh, cfg, ctx, words)
        reference = _turned(reference, turned)
        skeleton, skin = rig(reference.mesh, cfg, ctx, words)
    except Gen4dError as error:
        return replace(result, failure=str(error))
    seconds = time.process_time() - start
    solid = voxelise(reference.mesh.vertices.numpy(), reference.mesh.faces.numpy(), cfg.resolution)
    joints, parents = _carrying(skeleton, skin)
    scale = _longest_side(reference)
    sweeps = artist_sweep = None
    if poses is not None:
        sweeps = sweep(reference.mesh, skeleton, skin)
        artist_sweep = sweep_weights(
            reference.mesh, reference.names, reference.joints, reference.parents, reference.weights.astype(np.float64)
        )
        poses(pose_row(reference.mesh, skeleton, skin, sweeps.worst_joint))
    world = joint_positions(skeleton)
    return replace(
        result,
        guessed=skeleton.plan,
        confidence=float(ctx.facts["rig.confidence"]),
        skeleton=score_skeleton(
            joints / scale, parents, reference.joints / scale, reference.parents, _radii(reference, solid) / scale
        ),
        skins=_skins(reference, solid),
        inside=float(solid.contains(joints).mean()),
        symmetry=left_right_error(skeleton, world) / max(float(np.ptp(reference.mesh.vertices.numpy()[:, 1])), 1e-9),
        islands=count_islands(reference.mesh, skin),
        turned=bool((turned != np.eye(3)).any()),
        seconds=seconds,
        sweep=sweeps,
        artist_sweep=artist_sweep,
    )


def _turned(reference: ReferenceRig, rotation: np.ndarray) -> ReferenceRig:
    """A rig as `gen4d rig` would stand it up, so that a file which faces elsewhere is measured as users meet it."""
    return replace(reference, mesh=turn(reference.mesh, rotation), joints=reference.joints @ rotation.T)


def _longest_side(reference: ReferenceRig) -> float:
    low, high = reference.mesh.bounds
    return max(float((high - low).max()), 1e-9)


def _carrying(skeleton: Skeleton, skin: Skin) -> tuple[np.ndarray, np.ndarray]:
    """World positions and parents of our joints, by the rule the artist's are chosen by."""
    world = skeleton.rest_translation.double().numpy().copy()
    parents = skeleton.parents.numpy()
    for joint, parent in enumerate(parents):
        if parent >= 0:
            world[joint] += world[parent]
    carries = np.zeros(len(parents), bool)
    carries[skin.joints[skin.weights > 0].unique().numpy()] = True
    kept = carrying_joints(parents, carries)
    renumber = {int(old): new for new, old in enumerate(kept)}
    return world[kept], np.array([renumber.get(int(parents[k]), -1) for k in kept])


def _radii(reference: ReferenceRig, solid: VoxelSolid) -> np.ndarray:
    """Half the local diameter at each true joint, (G,) metres: the largest ball that fits around it."""
    index = np.clip(np.rint(solid.to_grid(reference.joints)).astype(int), 0, np.array(solid.depth.shape) - 1)
    return np.maximum(solid.depth[tuple(index.T)].astype(np.float64), solid.size)


def _skins(reference: ReferenceRig, solid: VoxelSolid) -> dict[str, SkinScores]:
    """Our weights and the baselines' on the artist's joints."""
    bones = bones_from_joints(reference.names, reference.parents, reference.joints, solid)
    scale = _longest_side(reference)
    scores = {}
    for method, weights in weights_by_method(reference, bones, solid).items():
        rng = Streams(0).numpy("eval.poses", reference.id)  # the same poses for every method
        error = deformation_error(
            reference.mesh.vertices.double().numpy() / scale,
            reference.joints / scale,
            reference.parents,
            weights,
            reference.weights,
            rng,
        )
        scores[method] = score_skin(weights, reference.weights, error)
    return scores


def weights_by_method(reference: ReferenceRig, bones: Embedding, solid: VoxelSolid) -> dict[str, np.ndarray]:
    """Dense weights (V, J) of every method in `METHODS`; the baselines keep four joints a vertex as ours do."""
    welded, vertices, faces = weld_mesh(reference.mesh)
    distance = bone_distances(vertices, bones, solid)
    baselines: dict[str, Callable[[], np.ndarray]] = {
        "heat": lambda: bone_heat(vertices, faces, distance, 1.0),
        "heat sharp": lambda: bone_heat(vertices, faces, distance, 3.0),
        "geodesic": lambda: inverse_power(distance, 2.0),
        "geodesic sharp": lambda: inverse_power(distance, 8.0),
    }
    ours = bind(reference.mesh, bones, solid, load_weight_net())
    dense = np.zeros((len(welded), len(bones) + 1), np.float32)
    np.put_along_axis(dense, ours.joints.numpy(), 0.0, 1)
    np.add.at(dense, (np.arange(len(welded))[:, None], ours.joints.numpy()), ours.weights.numpy())
    result = {"gen4d": dense[:, 1:]}
    for name, make in baselines.items():
        weights = make()
        fourth = np.sort(weights, axis=1)[:, -4:][:, :1]
        weights = np.where(weights >= fourth, weights, 0.0)
        result[name] = (weights / weights.sum(1, keepdims=True))[welded]
    return result
