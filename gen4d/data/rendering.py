"""A source object -> the eight-channel maps of its six canonical views, packed as bytes."""

from dataclasses import replace

import numpy as np
import torch

from gen4d.conventions import VIEW_HALF_EXTENT, linear_to_srgb, srgb_to_linear
from gen4d.data.objects import NO_TEXTURE, SourceObject
from gen4d.render.rasterizer import Raster, project, rasterize
from gen4d.render.shading import sample_texture
from gen4d.render.views import views_from_raster
from gen4d.structures import Camera, Mesh, MultiView, canonical_cameras, face_normals, orbit_camera

ANY_SIDE_SHARE = 0.35  # of photos are taken from any side; the rest from somewhere in front, as people do
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
    weights = raster.barycentric[hit][..., None]  # (P, 3, 1)
    colors = (torch.from_numpy(obj.corner_colors)[face] * weights).sum(1)
    uv = (torch.from_numpy(obj.corner_uv)[face] * weights).sum(1)
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


def render_photo(obj: SourceObject, rng: np.random.Generator, *, resolution: int = 128) -> np.ndarray:
    """A lit perspective picture of a canonical object from a random side, framed as `photo.subject` frames photos.

    Returns:
        photo: (H, W, 4) uint8 sRGB with alpha, white where alpha is 0.
    """
    azimuth = rng.uniform(-np.pi, np.pi) if rng.random() < ANY_SIDE_SHARE else rng.normal(0, np.deg2rad(45))
    elevation = np.deg2rad(rng.uniform(-5, 35))
    fov = np.deg2rad(rng.uniform(20, 50))
    camera = orbit_camera(
        float(azimuth),
        float(elevation),
        distance=float(0.75 / np.tan(fov / 2)),
        fov=float(fov),
        resolution=2 * resolution,
        target=(0.0, 0.0, 0.0),
    )
    mesh = Mesh(torch.from_numpy(obj.vertices).float(), torch.from_numpy(obj.faces).contiguous())
    camera = _framed(camera, mesh)
    raster = rasterize(mesh.vertices, mesh.faces, camera)
    hit = (raster.face_index >= 0)[..., None].float()
    eye = camera.camera_to_world[0, :3, 2]
    normals = torch.nn.functional.normalize(face_normals(mesh.vertices, mesh.faces), dim=1)
    normals = torch.where(((normals * eye).sum(1) < 0)[:, None], -normals, normals)[raster.face_index.clamp(min=0)]
    light = torch.from_numpy(rng.normal(size=3) + np.array([0.0, 1.0, 0.0])).float() + eye
    light = torch.nn.functional.normalize(light, dim=0)
    ambient = rng.uniform(0.35, 0.8)
    sky = 0.5 + 0.5 * normals[..., 1:2]
    diffuse = (normals * light).sum(-1, keepdim=True).clamp(min=0)
    shade = ambient * (0.7 + 0.3 * sky) + rng.uniform(0.3, 0.8) * diffuse
    lit = linear_to_srgb((srgb_to_linear(object_colors(obj, raster)) * shade).clamp(0, 1)) * hit
    pixels = torch.cat([lit, hit], -1)[0].reshape(resolution, 2, resolution, 2, 4).mean((1, 3))
    alpha = pixels[..., 3:]
    color = torch.where(alpha > 0, pixels[..., :3] / alpha.clamp(min=1e-6), 1.0)
    return (torch.cat([color, alpha], -1) * 255 + 0.5).clamp(0, 255).byte().numpy()


def _framed(camera: Camera, mesh: Mesh) -> Camera:
    """Shift and zoom a camera so that the subject's longest side fills 1/1.1 of the frame, as in the views."""
    assert camera.intrinsics is not None
    pixels = project(mesh.vertices, camera).pixels[0][mesh.faces.unique()]
    low, high = pixels.amin(0), pixels.amax(0)
    zoom = camera.width / (2 * VIEW_HALF_EXTENT) / (high - low).max()
    intrinsics = camera.intrinsics.clone()
    intrinsics[0, 0, 0] *= zoom
    intrinsics[0, 1, 1] *= zoom
    intrinsics[0, :2, 2] = camera.width / 2 - zoom * ((low + high) / 2 - camera.width / 2)
    return replace(camera, intrinsics=intrinsics)


def pack(views: MultiView) -> np.ndarray:
    """(6, H, W, 8) uint8: albedo, alpha, depth, normal mapped from [-1, 1]."""
    maps = torch.cat([views.albedo, views.alpha, views.depth, (views.normal + 1) / 2], -1)
    return (maps * 255 + 0.5).clamp(0, 255).byte().numpy()


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
