"""Views -> one base-colour texture: blend by facing and agreement, fill what no view saw, pad the seams."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage

from gen4d.structures import Mesh, MultiView
from gen4d.surface.coverage import barycentric, cover
from gen4d.surface.fill import diffuse
from gen4d.surface.projection import ViewSource, agreement, look_up, view_sources

MARGIN = 2  # texels around each chart that continue its faces, so that filtering sees no edge at a seam
BATCH = 1 << 20  # texels blended at once; bounds the memory at 4096 x 4096
KNOWN_TEXELS = 0.5  # texels' worth of colour from which on a vertex counts as seen
MIN_WEIGHT = 1e-9  # a texel with less was seen by no view


@dataclass(frozen=True)
class Baked:
    """A texture, and how much of the surface it had to invent.

    Fields:
        image: (S, S, 4) float32 sRGB.
        unseen: share of the charts' texels that no view saw.
    """

    image: torch.Tensor
    unseen: float


@dataclass(frozen=True)
class Texels:
    """The texels that carry surface.

    Fields:
        index: (P,) int64, row * size + column.
        face: (P,) int64.
        weights: (P, 3) float32, barycentric; a little beyond [0, 1] in the margin.
        places, normals: (P, 3) float32.
        inside: (P,) bool, False in the margin.
    """

    index: np.ndarray
    face: np.ndarray
    weights: np.ndarray
    places: np.ndarray
    normals: np.ndarray
    inside: np.ndarray


def bake(mesh: Mesh, views: MultiView, size: int) -> Baked:
    """Colour a texture from the views.

    Args:
        mesh: with uv and normals.
        views: orthographic views of it.
        size: texels a side.
    """
    texels = surface_texels(mesh, size)
    colors, weights = _blend(texels, view_sources(mesh, views))
    seen = weights > MIN_WEIGHT
    unseen = float(1 - seen[texels.inside].mean())
    if not seen.any():
        colors[:] = 0.8  # light grey; only a mesh that is not the views' own comes here
    elif not seen.all():
        colors[~seen] = _filled(mesh, texels, colors, seen)
    image = np.ones((size * size, 4), np.float32)
    image[texels.index, :3] = np.clip(colors, 0, 1)
    empty = np.ones(size * size, bool)
    empty[texels.index] = False
    row, column = ndimage.distance_transform_edt(empty.reshape(size, size), return_distances=False, return_indices=True)
    image = image.reshape(size, size, 4)[row, column]
    return Baked(torch.from_numpy(image), unseen)


def surface_texels(mesh: Mesh, size: int) -> Texels:
    """Find place and normal of every texel in a chart, and of a margin around it that continues the nearest face."""
    assert mesh.uv is not None and mesh.normals is not None
    uv, faces = mesh.uv.double().numpy() * size, mesh.faces.numpy()
    face_index, _ = cover(uv, np.zeros(len(uv)), faces, size, size)
    distance, nearest = ndimage.distance_transform_edt(face_index < 0, return_indices=True)
    row, column = np.nonzero(distance <= MARGIN)
    face = face_index[nearest[0][row, column], nearest[1][row, column]]
    centres = np.stack([column, row], 1) + 0.5
    corners = faces[face]  # (P, 3)
    weights = np.clip(barycentric(centres, uv[corners]), -MARGIN, 1 + MARGIN).astype(np.float32)
    places = np.einsum("pc,pci->pi", weights, mesh.vertices.numpy()[corners])
    normals = np.einsum("pc,pci->pi", np.clip(weights, 0, 1), mesh.normals.numpy()[corners])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return Texels(row * size + column, face, weights, places, normals, face_index[row, column] >= 0)


def _blend(texels: Texels, sources: list[ViewSource]) -> tuple[np.ndarray, np.ndarray]:
    """Weighted mean colour (P, 3) over the views and the sum of the weights (P,)."""
    total = np.zeros((len(texels.index), 3), np.float32)
    weight = np.zeros(len(texels.index), np.float32)
    for start in range(0, len(weight), BATCH):
        part = slice(start, start + BATCH)
        for source in sources:
            colors, weights = look_up(source, texels.places[part], texels.normals[part])
            weights = weights * agreement(source, texels.places[part])
            total[part] += colors * weights[:, None]
            weight[part] += weights
    return total / np.maximum(weight, MIN_WEIGHT)[:, None], weight


def _filled(mesh: Mesh, texels: Texels, colors: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Colours of the unseen texels, spread over the surface from the seen ones around them."""
    faces = mesh.faces.numpy() if mesh.welded is None else mesh.welded[mesh.faces].numpy()
    count = int(faces.max()) + 1
    corners, weights = faces[texels.face], np.clip(texels.weights, 0, 1)
    ids, share = corners[seen].ravel(), weights[seen].ravel()
    total = np.bincount(ids, share, count)
    sums = [np.bincount(ids, share * np.repeat(colors[seen, c], 3), count) for c in range(3)]
    known = total > KNOWN_TEXELS
    at_vertices = np.stack(sums, 1) / np.maximum(total, MIN_WEIGHT)[:, None]
    at_vertices = diffuse(faces, at_vertices, known, fallback=colors[seen].mean(0))
    weights = weights[~seen] / np.maximum(weights[~seen].sum(1, keepdims=True), MIN_WEIGHT)
    return np.einsum("pc,pci->pi", weights, at_vertices[corners[~seen]])
