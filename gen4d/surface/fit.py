"""A raw surface -> the surface whose faces lie on the planes the views show: flat where they are flat, creased where
they are creased, smooth where nothing better is known.

Each round blends what the views say of a face with what its neighbours are like, and moves the vertices onto the faces'
planes; a vertex between two planes comes to lie on their crease.
"""

import numpy as np
import torch
from scipy import sparse
from scipy.spatial import cKDTree

from gen4d.structures import Mesh, MultiView
from gen4d.surface.planes import NormalView, Planes, no_planes, normal_views, seen_planes

NORMAL_SIGMA = 0.35  # chord between unit normals beyond which faces do not smooth each other
VERTEX_STEPS = 2  # rounds in which vertices follow the normals, for each round of normals
UNFOLD_STEPS = 6  # at most; each halves the number of faces turned over
ASK_AGAIN = 3  # rounds after which the views are asked anew, since faces moved
HALF_TRUST = 0.3  # pixels of median miss at which views count half; true views miss by 0.1, imagined ones by 0.3 to 0.8
HALF_SPREAD = 0.45  # pixels of spread between views at which they count half; imagined ones spread by 0.4 to 1.0
HALF_SPREAD_SMOOTH = 1.0  # the same of smooth views, whose slats and layers, none of them wrong, spread by up to 0.6
ROUGH = 0.15  # pixels between heights and normals; rendered views come to 0.1, coded and imagined ones to 0.2 to 0.6
SPREAD_FALL = 6  # power; beyond it each view brings back the roughness that the middle of all is free of
PULL = 0.5  # share of the offset to its plane that a face makes up for in one round

THICK = 4.0  # mean edges; parts thicker than that never sink so far that their sides meet
TURN = 3.0  # mean edges that a turn of the normal by one radian counts for when looking for the other side
SINK = 0.4  # of the thickness, for each side; what is left keeps the sides apart through simplification


def smooth(mesh: Mesh, rounds: int) -> Mesh:
    """Take out stair-steps and noise, and keep creases: `fit` without any view."""
    return _fitted(mesh, [], rounds)


def fit(mesh: Mesh, views: MultiView, rounds: int) -> Mesh:
    """Fit a closed mesh to the normals and depths of views, and smooth it where they are silent or contradicted.

    True views lie within a tenth of a pixel of the surface that was carved from them, and are followed. Imagined ones
    miss it by half a pixel and more, for they disagree; their normals would bring that roughness back.

    Source: Zheng et al., Bilateral Normal Filtering for Mesh Denoising, TVCG 2011 (the weights of section 3.2); Sun
    et al., Fast and Effective Feature-Preserving Mesh Denoising, TVCG 2007 (the vertex update of equation 10); the
    planes enter both as the normals of Nehab et al., SIGGRAPH 2005, do.
    """
    return _fitted(mesh, normal_views(views), rounds)


def _fitted(mesh: Mesh, sources: list[NormalView], rounds: int) -> Mesh:
    if rounds == 0:
        return mesh
    vertices, faces = mesh.vertices.double().numpy(), mesh.faces.numpy()
    first, second = neighbours(faces)
    incident = sparse.csr_matrix(
        (np.ones(faces.size), (faces.ravel(), np.repeat(np.arange(len(faces)), 3))), (len(vertices), len(faces))
    )
    degree = np.maximum(np.asarray(incident.sum(1)), 1)  # (V, 1)
    planes, trust = no_planes(len(faces)), 0.0
    start, (inward, room) = vertices, room_inward(vertices, faces)
    for step in range(rounds):
        normals, areas = unit_normals(vertices, faces)
        if sources and step % ASK_AGAIN == 0:
            planes = seen_planes(vertices[faces].mean(1), normals, sources)
            trust = _trust(planes, areas, sources) if step == 0 else trust
        known = (trust * planes.weights)[:, None]
        alike = np.exp(-((normals[first] - normals[second]) ** 2).sum(1) / (2 * NORMAL_SIGMA**2))  # (E,)
        weights = sparse.coo_matrix((alike * areas[second], (first, second)), (len(faces),) * 2).tocsr()
        smoothed = _unit(weights @ normals + areas[:, None] * normals)
        normals = _unit(known * planes.normals + (1 - known) * smoothed)
        middles = vertices[faces].mean(1)
        reach = (normals * middles).sum(1) + PULL * trust * planes.offsets * planes.weights  # (F,) of each plane
        for _ in range(VERTEX_STEPS):
            # Sum over a vertex's faces of n (r - n . v); the part with v needs the sum of n n^T.
            outer = (normals[:, :, None] * normals[:, None, :]).reshape(-1, 9)
            matrix = (incident @ outer).reshape(-1, 3, 3)
            move = incident @ (normals * reach[:, None]) - np.einsum("vij,vj->vi", matrix, vertices)
            vertices = vertices + move / degree
            sunk = ((vertices - start) * inward).sum(1) - room
            vertices = vertices - np.maximum(sunk, 0)[:, None] * inward
            reach = 0.5 * reach + 0.5 * (normals * vertices[faces].mean(1)).sum(1)
    vertices = _unfolded(vertices, start, faces)
    return Mesh(torch.from_numpy(vertices.astype(np.float32)), mesh.faces)


def _unfolded(vertices: np.ndarray, start: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Move vertices of faces that have turned over since the start towards the middle of their neighbours."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    beside = sparse.coo_matrix((np.ones(len(edges)), edges.T), (len(vertices),) * 2).tocsr()  # closed: both ways
    degree = np.maximum(np.asarray(beside.sum(1)), 1)
    before, _ = unit_normals(start, faces)
    for _ in range(UNFOLD_STEPS):
        turned = (unit_normals(vertices, faces)[0] * before).sum(1) < 0
        if not turned.any():
            break
        moved = np.unique(faces[turned])
        vertices = vertices.copy()
        vertices[moved] = (vertices[moved] + (beside[moved] @ vertices) / degree[moved]) / 2
    return vertices


def room_inward(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far every vertex may sink before a thin part's two sides meet: inward unit normals (V, 3), metres (V,).

    What views show of a paper wing are two sides at one place. Pulled there, they would pass through each other.
    """
    normals, areas = unit_normals(vertices, faces)
    inward = np.zeros(vertices.shape)
    for corner in range(3):
        np.add.at(inward, faces[:, corner], -normals * areas[:, None])
    inward = _unit(inward)
    edge = float(np.sqrt(2 * areas.mean()))
    # In these six dimensions a near vertex that looks the same way is far off, one that looks the other way is near.
    tree = cKDTree(np.concatenate([vertices, -TURN * edge * inward], 1))
    here = np.concatenate([vertices, TURN * edge * inward], 1)
    distance, other = tree.query(here, distance_upper_bound=THICK * edge)
    met = np.isfinite(distance)
    room = np.full(len(vertices), np.inf)
    across = ((vertices[other[met]] - vertices[met]) * inward[met]).sum(1)
    room[met] = SINK * np.maximum(across, 0)
    return inward, room


def _trust(planes: Planes, areas: np.ndarray, views: list[NormalView]) -> float:
    """How far to follow the views, in [0, 1], from how far they miss the surface and one another."""
    seen = planes.weights > 0
    if not seen.any():
        return 0.0
    pixel = views[0].pixel
    rough = float(np.median([view.roughness for view in views])) > ROUGH
    half_spread = HALF_SPREAD if rough else HALF_SPREAD_SMOOTH
    several = ~np.isnan(planes.spreads)
    miss = _median(np.abs(planes.offsets[seen]), areas[seen]) / pixel
    spread = _median(planes.spreads[several], areas[several]) / pixel if several.any() else 0.0
    return float(1 / (1 + (miss / HALF_TRUST) ** 2) / (1 + (spread / half_spread) ** SPREAD_FALL))


def _median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return float(values[order[np.searchsorted(reached, reached[-1] / 2)]])


def unit_normals(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit normals (F, 3) and areas (F,) of faces."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    length = np.linalg.norm(normals, axis=1)
    return normals / np.maximum(length, 1e-20)[:, None], length / 2


def neighbours(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of faces that share an edge, both ways round: two (E,) arrays."""
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1)
    owner = np.tile(np.arange(len(faces)), 3)
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    edges, owner = edges[order], owner[order]
    same = (edges[1:] == edges[:-1]).all(1)
    first, second = owner[:-1][same], owner[1:][same]
    return np.concatenate([first, second]), np.concatenate([second, first])


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-20)
