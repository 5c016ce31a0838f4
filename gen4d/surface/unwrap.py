"""Mesh -> the same mesh with texture coordinates, cut along seams."""

import numpy as np
import torch
import xatlas

from gen4d.structures import Mesh
from gen4d.surface.overlap import overlapping_faces

PADDING = 3  # texels between charts, so that neither filtering nor the first mip levels mix them
APART = 2.0  # texels between the faces laid out beside the atlas; xatlas joins what touches to one chart


def unwrap(mesh: Mesh, texture_size: int) -> Mesh:
    """Cut the surface into charts and pack them; copies of a vertex along a seam share their welded id.

    Some charts come back folded over themselves. The faces folded over are cut out, to be charts of their own, and all
    is packed once more.

    Returns:
        mesh: with uv (origin top-left), welded ids and the normals of the vertices that were copied.

    Source: Young, xatlas (MIT), https://github.com/jpcy/xatlas
    """
    atlas = xatlas.Atlas()
    atlas.add_mesh(mesh.vertices.numpy(), mesh.faces.numpy().astype(np.uint32))
    source, faces, uv = _packed(atlas, texture_size)
    texels = uv.astype(np.float64) * texture_size
    folded = overlapping_faces(texels[faces])
    if len(folded):
        layout, cut = _cut_out(texels, faces, folded)
        atlas = xatlas.Atlas()
        atlas.add_uv_mesh(layout.astype(np.float32), cut.astype(np.uint32))
        source = np.concatenate([source, source[faces[folded].ravel()]])
        again, faces, uv = _packed(atlas, texture_size)
        source = source[again]
    copied = torch.from_numpy(source)
    welded = copied if mesh.welded is None else mesh.welded[copied]
    return Mesh(
        mesh.vertices[copied],
        torch.from_numpy(faces),
        normals=None if mesh.normals is None else mesh.normals[copied],
        uv=torch.from_numpy(np.clip(uv, 0, 1).astype(np.float32)),
        welded=welded,
    )


def _packed(atlas: xatlas.Atlas, texture_size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Source (V,) of every vertex, faces (F, 3) and uv (V, 2) of the one mesh in an atlas."""
    packing = xatlas.PackOptions()
    packing.resolution = texture_size
    packing.padding = PADDING
    packing.bilinear = True
    atlas.generate(xatlas.ChartOptions(), packing)
    source, faces, uv = atlas.get_mesh(0)
    return source.astype(np.int64), faces.astype(np.int64), uv


def _cut_out(texels: np.ndarray, faces: np.ndarray, folded: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Layout (V + 3K, 2) and faces (F, 3) with the K folded ones on corners of their own, in a row beside the rest."""
    own = texels[faces[folded]]  # (K, 3, 2)
    own = own - own.min(1, keepdims=True)
    width = own[:, :, 0].max(1) + APART
    own[:, :, 0] += (texels[:, 0].max() + APART + np.cumsum(width) - width)[:, None]
    cut = faces.copy()
    cut[folded] = len(texels) + np.arange(3 * len(folded)).reshape(-1, 3)
    return np.concatenate([texels, own.reshape(-1, 2)]), cut
