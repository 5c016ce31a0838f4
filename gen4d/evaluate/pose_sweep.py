"""How a skin bears bending: volume lost and triangles turned inside out over a standard sweep of poses."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from gen4d.evaluate.rig_metrics import pose, pose_matrices
from gen4d.rig.report import joint_positions
from gen4d.structures import Mesh, Skeleton, Skin

TURN = np.radians(45.0)  # of one joint at a time, about each axis, both ways
TINY = 1e-9  # of the mean area: a triangle this small has no side that could be seen


@dataclass(frozen=True)
class SweepScores:
    """Fields:
    volume_change: largest |V - V0| / V0 over the poses.
    flipped: largest share of triangles that face away from where their joint carried them.
    flipped_mean: mean of that share over the poses.
    worst_joint: the joint whose turn flips most, "" where none does.
    """

    volume_change: float
    flipped: float
    flipped_mean: float
    worst_joint: str


def sweep(mesh: Mesh, skeleton: Skeleton, skin: Skin) -> SweepScores:
    """Turn every joint that carries vertices by 45 degrees about x, y and z, both ways, and measure each pose."""
    joints, parents = joint_positions(skeleton), skeleton.parents.numpy()
    vertices, faces = mesh.vertices.double().numpy(), mesh.faces.numpy()
    weights = np.zeros((len(vertices), len(parents)))
    np.add.at(weights, (np.arange(len(vertices))[:, None], skin.joints.numpy()), skin.weights.double().numpy())
    owner = weights[faces].sum(1).argmax(1)  # the joint that carries most of each triangle
    rest = _normals(vertices, faces)
    area = np.linalg.norm(rest, axis=1)
    seen = area > TINY * area.mean()
    rest_volume = _volume(vertices, faces)
    changes, shares, names = [], [], []
    for joint in np.flatnonzero((parents >= 0) & (weights.sum(0) > 0)):
        for axis in range(3):
            for sign in (1, -1):
                turns = np.tile(np.eye(3), (len(parents), 1, 1))
                turns[joint] = Rotation.from_rotvec(sign * TURN * np.eye(3)[axis]).as_matrix()
                moves = pose_matrices(joints, parents, turns)
                posed = pose(vertices, weights, moves)
                carried = np.einsum("fab,fb->fa", moves[owner][..., :3], rest)
                turned = (np.einsum("fa,fa->f", carried, _normals(posed, faces)) < 0) & seen
                shares.append(float(turned.sum() / max(seen.sum(), 1)))
                changes.append(abs(_volume(posed, faces) - rest_volume) / max(abs(rest_volume), 1e-12))
                names.append(skeleton.names[joint])
    if not shares:
        return SweepScores(0.0, 0.0, 0.0, "")
    worst = int(np.argmax(shares))
    return SweepScores(
        float(max(changes)), shares[worst], float(np.mean(shares)), names[worst] if shares[worst] else ""
    )


def _normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Face normals, twice the area long, (F, 3)."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return np.cross(b - a, c - a)


def _volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    """Signed volume; for open meshes that of the cone to the centre."""
    a, b, c = (vertices[faces[:, k]] - vertices.mean(0) for k in range(3))
    return float(np.einsum("fa,fa->f", a, np.cross(b, c)).sum() / 6)
