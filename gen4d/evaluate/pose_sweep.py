"""How a skin bears bending: volume lost and triangles turned inside out over a standard sweep of poses."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from gen4d.rig.report import joint_positions
from gen4d.structures import Mesh, Skeleton, Skin

TURN = np.radians(45.0)  # of one joint at a time, about each axis, both ways
NO_CHANGE = 1e-9  # of the volume: rounding
TINY = 1e-9  # of the mean area: a triangle this small has no side that could be seen


@dataclass(frozen=True)
class SweepScores:
    """Fields:
    volume_change: largest |V - V0| / V0 over the poses.
    flipped: largest share of triangles that face away from where their joint carried them.
    flipped_mean: mean of that share over the poses.
    worst_joint: the joint whose turn flips most, "" where none does.
    thinnest_joint: the joint whose turn changes the volume most.
    """

    volume_change: float
    flipped: float
    flipped_mean: float
    worst_joint: str
    thinnest_joint: str = ""


def sweep(mesh: Mesh, skeleton: Skeleton, skin: Skin) -> SweepScores:
    """Turn every joint that carries vertices by 45 degrees about x, y and z, both ways, and measure each pose.

    What hangs below the joint turns with it as one, so linear blend skinning comes to a single turn, of which every
    vertex takes the share of its weights that lies below.
    """
    parents = skeleton.parents.numpy()
    return sweep_weights(mesh, skeleton.names, joint_positions(skeleton), parents, dense_weights(skin, len(parents)))


def sweep_weights(
    mesh: Mesh, names: tuple[str, ...], joints: np.ndarray, parents: np.ndarray, weights: np.ndarray
) -> SweepScores:
    """The same for dense weights (V, J) on joints (J, 3); roots, whose parent is -1, are not turned."""
    vertices, faces = mesh.vertices.double().numpy(), mesh.faces.numpy()
    owner = weights[faces].sum(1).argmax(1)  # the joint that carries most of each triangle
    rest = _normals(vertices, faces)
    area = np.linalg.norm(rest, axis=1)
    seen = area > TINY * area.mean()
    rest_volume = _volume(vertices, faces)
    changes, shares, poses = [], [], []
    for joint in np.flatnonzero((parents >= 0) & (weights.sum(0) > 0)):
        below = subtree(parents, int(joint))
        share, carried = weights[:, below].sum(1), below[owner]
        for turn in standard_turns():
            posed = turned_joint(vertices, share, joints[joint], turn)
            ahead = np.where(carried[:, None], rest @ turn.T, rest)
            flipped = (np.einsum("fa,fa->f", ahead, _normals(posed, faces)) < 0) & seen
            shares.append(float(flipped.sum() / max(seen.sum(), 1)))
            changes.append(abs(_volume(posed, faces) - rest_volume) / max(abs(rest_volume), 1e-12))
            poses.append(names[joint])
    if not shares:
        return SweepScores(0.0, 0.0, 0.0, "", "")
    worst, thinnest = int(np.argmax(shares)), int(np.argmax(changes))
    return SweepScores(
        changes[thinnest],
        shares[worst],
        float(np.mean(shares)),
        poses[worst] if shares[worst] else "",
        poses[thinnest] if changes[thinnest] > NO_CHANGE else "",
    )


def standard_turns() -> np.ndarray:
    """The turns every joint makes, (6, 3, 3)."""
    vectors = np.concatenate([np.eye(3), -np.eye(3)]) * TURN
    return Rotation.from_rotvec(vectors).as_matrix()


def turned_joint(vertices: np.ndarray, share: np.ndarray, place: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Vertices (V, 3) when one joint turns and every vertex follows by its share (V,) of what hangs below."""
    return vertices + share[:, None] * ((vertices - place) @ (turn - np.eye(3)).T)


def subtree(parents: np.ndarray, top: int) -> np.ndarray:
    """Which joints hang below `top`, itself included, (J,) bool; parents before children."""
    below = np.zeros(len(parents), bool)
    below[top] = True
    for joint in range(top + 1, len(parents)):
        below[joint] = parents[joint] >= 0 and below[parents[joint]]
    return below


def dense_weights(skin: Skin, count: int) -> np.ndarray:
    """The weights of every joint, (V, `count`)."""
    weights = np.zeros((len(skin.weights), count))
    np.add.at(weights, (np.arange(len(weights))[:, None], skin.joints.numpy()), skin.weights.double().numpy())
    return weights


def _normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Face normals, twice the area long, (F, 3)."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return np.cross(b - a, c - a)


def _volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    """Signed volume; for open meshes that of the cone to the centre."""
    a, b, c = (vertices[faces[:, k]] - vertices.mean(0) for k in range(3))
    return float(np.einsum("fa,fa->f", a, np.cross(b, c)).sum() / 6)
