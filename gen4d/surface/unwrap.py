"""Mesh -> the same mesh with texture coordinates, cut along seams."""

import numpy as np
import torch
import xatlas

from gen4d.structures import Mesh

PADDING = 3  # texels between charts, so that neither filtering nor the first mip levels mix them


def unwrap(mesh: Mesh, texture_size: int) -> Mesh:
    """Cut the surface into charts and pack them; copies of a vertex along a seam share their welded id.

    Returns:
        mesh: with uv (origin top-left), welded ids and the normals of the vertices that were copied.

    Source: Young, xatlas (MIT), https://github.com/jpcy/xatlas
    """
    atlas = xatlas.Atlas()
    atlas.add_mesh(mesh.vertices.numpy(), mesh.faces.numpy().astype(np.uint32))
    packing = xatlas.PackOptions()
    packing.resolution = texture_size
    packing.padding = PADDING
    packing.bilinear = True
    atlas.generate(xatlas.ChartOptions(), packing)
    source, faces, uv = atlas.get_mesh(0)
    copied = torch.from_numpy(source.astype(np.int64))
    welded = copied if mesh.welded is None else mesh.welded[copied]
    return Mesh(
        mesh.vertices[copied],
        torch.from_numpy(faces.astype(np.int64)),
        normals=None if mesh.normals is None else mesh.normals[copied],
        uv=torch.from_numpy(np.clip(uv, 0, 1).astype(np.float32)),
        welded=welded,
    )
