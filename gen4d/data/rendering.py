"""A source object -> the eight-channel maps of its six canonical views, packed as bytes."""

import numpy as np
import torch

from gen4d.data.objects import NO_TEXTURE, SourceObject
from gen4d.render.rasterizer import Raster, rasterize
from gen4d.render.shading import mix, sample_texture
from gen4d.render.views import views_from_raster
from gen4d.structures import Mesh, MultiView, canonical_cameras

CUTOUT_HOLES = 0.15  # share of see-through texels above which a texture is a cut-out


def render_object(obj: SourceObject, *, resolution: int = 128, supersample: int = 2) -> MultiView:
    """Render the six canonical views of an object that is already canonical. Normals are those of the faces."""
    mesh = Mesh(torch.from_numpy(obj.vertices).float(), torch.from_numpy(obj.faces).contiguous())
    raster = rasterize(mesh.vertices, mesh.faces, canonical_cameras(resolution * supersample))
    return views_from_raster(_facing(mesh, raster), raster, object_colors(obj, raster), supersample, flat=True)


def object_colors(obj: SourceObject, raster: Raster) -> torch.Tensor:
    """Unlit sRGB colours (N, H, W, 3) of what a raster of the object sees; 0 where no face is hit."""
    hit = (raster.face_index >= 0).nonzero(as_tuple=True)
    face = raster.face_index[hit]
    weights = raster.barycentric[hit]  # (P, 3)
    colors = mix(torch.from_numpy(obj.corner_colors)[face], weights)
    uv = mix(torch.from_numpy(obj.corner_uv)[face], weights)
    which = torch.from_numpy(obj.texture_index)[face]
    for index, texture in enumerate(obj.textures):
        chosen = which == index
        if bool(chosen.any()):
            image = torch.from_numpy(texture[..., :3].astype(np.float32) / 255)
            colors[chosen] = colors[chosen] * sample_texture(image, uv[chosen])
    return colors.new_zeros(*raster.face_index.shape, 3).index_put(hit, colors)


def cutout_share(obj: SourceObject) -> float:
    """Share of faces whose texture is mostly see-through; such leaf cards cannot be rendered as solids."""
    holes = np.array([(texture[..., 3] < 128).mean() > CUTOUT_HOLES for texture in obj.textures], bool)
    textured = obj.texture_index[obj.texture_index != NO_TEXTURE]
    return float(holes[textured].sum() / len(obj.faces))


def pack(views: MultiView) -> np.ndarray:
    """(6, H, W, 8) uint8: albedo, alpha, depth, normal mapped from [-1, 1]."""
    maps = torch.cat([views.albedo, views.alpha, views.depth, (views.normal + 1) / 2], -1)
    return (maps * 255 + 0.5).clamp(0, 255).byte().numpy()


def pack_depth(views: MultiView) -> np.ndarray:
    """(6, H, W) uint16: depth over the unit cube; eight bits would step by a 255th of the object."""
    return (views.depth[..., 0].double() * 65535 + 0.5).clamp(0, 65535).numpy().astype(np.uint16)


def _facing(mesh: Mesh, raster: Raster) -> Mesh:
    """Turn the faces that are seen from behind more often than from the front, so that normals point to the camera."""
    camera = canonical_cameras(1)
    toward = camera.camera_to_world[:, :3, 2]  # (6, 3)
    a, b, c = mesh.vertices[mesh.faces].unbind(1)
    normals = torch.linalg.cross(b - a, c - a)
    view, row, column = (raster.face_index >= 0).nonzero(as_tuple=True)
    face = raster.face_index[view, row, column]
    vote = (normals[face] * toward[view]).sum(1).sign()
    votes = torch.zeros(len(mesh.faces)).index_add(0, face, vote)
    flipped = torch.where((votes < 0)[:, None], mesh.faces.flip(1), mesh.faces)
    return Mesh(mesh.vertices, flipped)
