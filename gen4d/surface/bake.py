"""Views -> one base-colour texture: blend by facing, fill what no view saw, pad the seams."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage, spatial

from gen4d.structures import Mesh, MultiView
from gen4d.surface.coverage import barycentric, cover
from gen4d.surface.projection import ViewSource, look_up, view_sources

MARGIN = 2  # texels around each chart that continue its faces, so that filtering sees no edge at a seam
BATCH = 1 << 20  # texels blended at once; bounds the memory at 4096 x 4096
MIN_WEIGHT = 1e-9  # a texel with less was seen by no view
MAX_SEEN = 200_000  # seen texels that lend their colour to unseen ones; more would not change it visibly
LENDERS = 6


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
    """The texels that carry surface: flat indices (P,), places and unit normals (P, 3), and which are in a chart proper."""

    index: np.ndarray
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
        colors[~seen] = _borrow(texels, colors, seen)
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
    return Texels(row * size + column, places, normals, face_index[row, column] >= 0)


def _blend(texels: Texels, sources: list[ViewSource]) -> tuple[np.ndarray, np.ndarray]:
    """Weighted mean colour (P, 3) over the views and the sum of the weights (P,)."""
    total = np.zeros((len(texels.index), 3), np.float32)
    weight = np.zeros(len(texels.index), np.float32)
    for start in range(0, len(weight), BATCH):
        part = slice(start, start + BATCH)
        for source in sources:
            colors, weights = look_up(source, texels.places[part], texels.normals[part])
            total[part] += colors * weights[:, None]
            weight[part] += weights
    return total / np.maximum(weight, MIN_WEIGHT)[:, None], weight


def _borrow(texels: Texels, colors: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Colours for the unseen texels from the nearest seen ones in space, (P, 3)."""
    lenders = np.flatnonzero(seen & texels.inside)
    lenders = lenders if len(lenders) else np.flatnonzero(seen)
    lenders = lenders[:: len(lenders) // MAX_SEEN + 1]
    count = min(LENDERS, len(lenders))
    tree = spatial.cKDTree(texels.places[lenders])
    distance, index = tree.query(texels.places[~seen], k=[*range(1, count + 1)])
    closeness = 1 / (distance + 1e-3)  # 1 mm keeps a lender at the very place from dividing by zero
    closeness /= closeness.sum(1, keepdims=True)
    return np.einsum("pk,pkc->pc", closeness, colors[lenders][index])
