"""A coloured mesh -> the maps of a `MultiView`, antialiased by supersampling."""

import torch

from gen4d.conventions import CUBE_HALF_EXTENT, VIEW_DISTANCE
from gen4d.render.rasterizer import Raster, rasterize
from gen4d.render.shading import interpolate, sample_texture
from gen4d.structures import Material, Mesh, MultiView, canonical_cameras, face_normals, vertex_normals


def render_views(
    mesh: Mesh, material: Material | None = None, *, resolution: int = 128, supersample: int = 2, flat: bool = False
) -> MultiView:
    """Render the six canonical views of a mesh that fits the canonical cube.

    Args:
        flat: True for the normals of faces, False for smooth vertex normals.
    """
    camera = canonical_cameras(resolution * supersample)
    raster = rasterize(mesh.vertices, mesh.faces, camera)
    return views_from_raster(mesh, raster, surface_colors(mesh, material, raster), supersample, flat=flat)


def surface_colors(mesh: Mesh, material: Material | None, raster: Raster) -> torch.Tensor:
    """Unlit sRGB colours of what a raster sees, (N, H, W, 3); 0 where no face is hit, grey where no colour is known."""
    hit = raster.face_index >= 0
    if material is not None and mesh.uv is not None:
        colors = sample_texture(material.base_color[..., :3], interpolate(raster, mesh.faces, mesh.uv))
    elif mesh.colors is not None:
        colors = interpolate(raster, mesh.faces, mesh.colors)
    else:
        colors = torch.full((*hit.shape, 3), 0.8)
    return colors * hit[..., None]


def views_from_raster(mesh: Mesh, raster: Raster, colors: torch.Tensor, supersample: int, *, flat: bool) -> MultiView:
    """Average a fine raster of the six canonical cameras down to the maps of a `MultiView`.

    Args:
        colors: (6, S, S, 3) sRGB at the raster's own resolution, 0 where no face is hit.
    """
    hit = (raster.face_index >= 0)[..., None].float()
    if flat:
        normals = torch.nn.functional.normalize(face_normals(mesh.vertices, mesh.faces), dim=1)
        normals = normals[raster.face_index.clamp(min=0)] * hit
    else:
        attributes = mesh.normals if mesh.normals is not None else vertex_normals(mesh)
        normals = interpolate(raster, mesh.faces, attributes)
    depth = (raster.depth - (VIEW_DISTANCE - CUBE_HALF_EXTENT))[..., None] / (2 * CUBE_HALF_EXTENT)
    alpha = _shrink(hit, supersample)
    weight = 1 / alpha.clamp(min=1e-6)  # averages run over the hit subpixels only
    covered = alpha > 0
    unit = torch.nn.functional.normalize(_shrink(normals * hit, supersample), dim=-1)
    return MultiView(
        albedo=torch.where(covered, (_shrink(colors * hit, supersample) * weight).clamp(0, 1), 1.0),
        alpha=alpha,
        depth=torch.where(covered, (_shrink(depth * hit, supersample) * weight).clamp(0, 1), 1.0),
        normal=torch.where(covered, unit, 0.0),
        camera=canonical_cameras(raster.face_index.shape[1] // supersample),
    )


def _shrink(image: torch.Tensor, factor: int) -> torch.Tensor:
    """Average factor x factor blocks of (N, H, W, C)."""
    if factor == 1:
        return image
    n, h, w, c = image.shape
    return image.reshape(n, h // factor, factor, w // factor, factor, c).mean((2, 4))
