"""How near a skeleton and its weights come to an artist's: distances, matches, weight differences.

Lengths are shares of the mesh's longest side (the unit box of MagicArticulate, Puppeteer and UniRig); distances are
plain Euclidean, not squared. Definitions as in: Xu et al., RigNet, SIGGRAPH 2020, section 5; Song et al., Puppeteer,
NeurIPS 2025, table 1 and its published evaluation script.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial import KDTree
from scipy.spatial.transform import Rotation

BONE_STEP = 0.005  # of the longest side: spacing of the samples along a bone, both ends kept
MATCH_TOLERANCE = 0.05  # of the longest side: farther apart than this, two joints are not the same
PRESENT = 1e-4  # a smaller weight is none
PREDICTED_FLOOR = 0.15  # of the row's largest weight: smaller predictions are dropped before scoring, as published
POSES = 10
MAX_TURN = np.radians(30.0)


@dataclass(frozen=True)
class SkeletonScores:
    """Fields:
    j2j, j2b, b2b: symmetric mean distances between joints, joints and bones, bones and bones.
    iou, precision, recall: of joints matched one to one within `MATCH_TOLERANCE`.
    iou_local, precision_local, recall_local: the same within half the local diameter at the artist's joint.
    """

    j2j: float
    j2b: float
    b2b: float
    iou: float
    precision: float
    recall: float
    iou_local: float
    precision_local: float
    recall_local: float


@dataclass(frozen=True)
class SkinScores:
    """Fields:
    precision, recall: of (vertex, joint) pairs with any weight, pooled over the mesh.
    l1: mean over vertices of the sum of absolute differences, 0 to 2.
    deformation_mean, deformation_max: vertex distance under the same random turns, over the longest side.
    """

    precision: float
    recall: float
    l1: float
    deformation_mean: float
    deformation_max: float


def score_skeleton(
    joints: np.ndarray, parents: np.ndarray, true_joints: np.ndarray, true_parents: np.ndarray, radius: np.ndarray
) -> SkeletonScores:
    """Compare two skeletons.

    Args:
        joints, true_joints: (J, 3), (G, 3), in units of the longest side.
        parents, true_parents: (J,), (G,), -1 for a root.
        radius: (G,) half the local diameter of the body at each true joint.
    """
    bones, true_bones = bone_samples(joints, parents), bone_samples(true_joints, true_parents)
    fixed = _matches(joints, true_joints, np.full(len(true_joints), MATCH_TOLERANCE))
    local = _matches(joints, true_joints, radius)
    counts = np.array([2 / (len(joints) + len(true_joints)), 1 / len(joints), 1 / len(true_joints)])
    return SkeletonScores(
        (_mean_distance(joints, true_joints) + _mean_distance(true_joints, joints)) / 2,
        (_mean_distance(joints, true_bones) + _mean_distance(true_joints, bones)) / 2,
        (_mean_distance(bones, true_bones) + _mean_distance(true_bones, bones)) / 2,
        *(float(value) for value in fixed * counts),
        *(float(value) for value in local * counts),
    )


def bone_samples(joints: np.ndarray, parents: np.ndarray) -> np.ndarray:
    """Points every `BONE_STEP` along each parent-child pair, both ends kept, (S, 3); a lone joint is its own sample."""
    rows = [joints[:1]]
    for joint, parent in zip(joints, parents, strict=True):
        if parent >= 0:
            count = max(2, int(np.ceil(np.linalg.norm(joint - joints[parent]) / BONE_STEP)) + 1)
            rows.append(np.linspace(joints[parent], joint, count))
    return np.concatenate(rows[1:] or rows)


def _mean_distance(points: np.ndarray, targets: np.ndarray) -> float:
    return float(np.mean(np.asarray(KDTree(targets).query(points)[0])))


def _matches(joints: np.ndarray, true_joints: np.ndarray, tolerance: np.ndarray) -> int:
    """How many pairs of the best one-to-one assignment lie within the true joint's tolerance."""
    distance = np.linalg.norm(joints[:, None] - true_joints[None], axis=2)
    too_far = distance > tolerance[None]
    rows, columns = linear_sum_assignment(np.where(too_far, 1e3 + distance, distance))  # 1e3: no match can cost so much
    return int((~too_far[rows, columns]).sum())


def score_skin(weights: np.ndarray, true_weights: np.ndarray, deformation: tuple[float, float]) -> SkinScores:
    """Compare weights on the same skeleton.

    Args:
        weights, true_weights: (V, J) non-negative. Predictions below `PREDICTED_FLOOR` of their row's largest are
            dropped and the rest renormalised; vertices whose true row does not sum to 1 within 0.01 are left out.
        deformation: mean and largest vertex distance, from `deformation_error`.
    """
    keep = painted(true_weights)
    predicted, true = sharpen(weights[keep]), true_weights[keep]
    both = ((predicted > PRESENT) & (true > PRESENT)).sum()
    return SkinScores(
        float(both / max((predicted > PRESENT).sum(), 1)),
        float(both / max((true > PRESENT).sum(), 1)),
        float(np.abs(predicted - true).sum(1).mean()) if keep.any() else 0.0,
        *deformation,
    )


def painted(true_weights: np.ndarray) -> np.ndarray:
    """The vertices whose true weights (V, J) say where they belong: they sum to 1 within 0.01, (V,) bool."""
    return np.abs(true_weights.sum(1) - 1) <= 1e-2


def sharpen(weights: np.ndarray) -> np.ndarray:
    """Drop what the published protocol drops and renormalise, (V, J)."""
    largest = weights.max(1, keepdims=True)
    kept = np.where((weights >= PREDICTED_FLOOR * largest) & (weights >= 1e-3), weights, 0.0)
    return kept / np.maximum(kept.sum(1, keepdims=True), 1e-12)


def deformation_error(
    vertices: np.ndarray,
    joints: np.ndarray,
    parents: np.ndarray,
    weights: np.ndarray,
    true_weights: np.ndarray,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Mean and largest vertex distance between two skins of one skeleton under the same random turns of every joint.

    Args:
        vertices: (V, 3), joints: (J, 3), in units of the longest side; parents before children. Vertices that are not
            `painted` are left out.
    """
    keep = painted(true_weights)
    if not keep.any():
        return 0.0, 0.0
    vertices, difference = vertices[keep], (weights - true_weights)[keep]
    means, largest = [], []
    for _ in range(POSES):
        axis = rng.normal(size=(len(joints), 3))
        axis /= np.linalg.norm(axis, axis=1, keepdims=True)
        turns = Rotation.from_rotvec(axis * rng.uniform(0, MAX_TURN, size=(len(joints), 1))).as_matrix()
        turns[parents < 0] = np.eye(3)
        moves = pose_matrices(joints, parents, turns)
        distance = np.linalg.norm(pose(vertices, difference, moves), axis=1)
        means.append(distance.mean())
        largest.append(distance.max())
    return float(np.mean(means)), float(np.max(largest))


def pose_matrices(joints: np.ndarray, parents: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """World maps of every joint when each turns about its own position, (J, 3, 4); parents before children."""
    moves = np.zeros((len(joints), 3, 4))
    for joint, parent in enumerate(parents):
        place = joints[joint]
        local = np.concatenate([turns[joint], (place - turns[joint] @ place)[:, None]], 1)
        if parent < 0:
            moves[joint] = local
        else:
            moves[joint, :, :3] = moves[parent, :, :3] @ local[:, :3]
            moves[joint, :, 3] = moves[parent, :, :3] @ local[:, 3] + moves[parent, :, 3]
    return moves


def pose(vertices: np.ndarray, weights: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """Linear blend skinning, (V, 3); linear in the weights, so a difference of skins gives the difference of poses."""
    blended = np.einsum("vj,jab->vab", weights, moves)
    return np.einsum("vab,vb->va", blended[..., :3], vertices) + blended[..., 3]
