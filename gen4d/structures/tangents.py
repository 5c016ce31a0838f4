"""Tangents for normal maps, written out because engines that derive them on their own disagree.

Source: Mikkelsen 2008, Simulation of Wrinkled Surfaces Revisited, whose weighting (corner angles, in the plane of the
vertex normal) this follows per vertex; glTF 2.0, 3.7.2.1: the bitangent is `cross(normal, tangent) * w` and points to
the image's top.
"""

import numpy as np


def vertex_tangents(vertices: np.ndarray, faces: np.ndarray, normals: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """One tangent a vertex.

    Where mirrored and unmirrored faces share a vertex, the larger angle decides its sign; unwrapped charts never do.

    Args:
        vertices: (V, 3) metres.
        faces: (F, 3) integers.
        normals: (V, 3) unit vectors.
        uv: (V, 2), origin top-left.

    Returns:
        tangents: (V, 4) float32: a unit vector perpendicular to the normal, along increasing u, and a sign; any
            perpendicular vector where the uv of all faces around is degenerate.
    """
    corners, coordinates = vertices[faces].astype(np.float64), uv[faces].astype(np.float64) * (1, -1)  # v upwards
    edge_1, edge_2 = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]  # (F, 3)
    uv_1, uv_2 = coordinates[:, 1] - coordinates[:, 0], coordinates[:, 2] - coordinates[:, 0]  # (F, 2)
    sign = np.sign(uv_1[:, 0] * uv_2[:, 1] - uv_2[:, 0] * uv_1[:, 1])  # (F,): -1 mirrored, 0 degenerate
    along_u = (edge_1 * uv_2[:, 1:] - edge_2 * uv_1[:, 1:]) * sign[:, None]  # (F, 3)
    total, signs = np.zeros((len(vertices), 3)), np.zeros(len(vertices))
    for corner in range(3):
        index = faces[:, corner]
        before, after = (corners[:, (corner + step) % 3] - corners[:, corner] for step in (2, 1))
        angle = np.arccos(np.clip(np.sum(_unit(before) * _unit(after), 1), -1, 1))
        np.add.at(total, index, _unit(_flattened(along_u, normals[index])) * angle[:, None])
        np.add.at(signs, index, sign * angle)
    tangents = _unit(_flattened(total, normals))
    lost = ~tangents.any(1)
    tangents[lost] = _unit(_flattened(np.eye(3)[np.abs(normals[lost]).argmin(1)], normals[lost]))
    return np.concatenate([tangents, np.where(signs < 0, -1.0, 1.0)[:, None]], 1).astype(np.float32)


def _flattened(vectors: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Vectors without their part along the normals. (N, 3)."""
    return vectors - normals * np.sum(vectors * normals, 1, keepdims=True)


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Unit vectors; zero where the length vanishes. (N, 3)."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 1e-20)
