"""A source object -> "photos" of it: lit perspective pictures from random sides, with the true matte and camera."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.nn import functional

from gen4d.conventions import VIEW_HALF_EXTENT, linear_to_srgb, srgb_to_linear
from gen4d.data.damage import backgrounds, damaged
from gen4d.data.objects import SourceObject
from gen4d.data.rendering import object_colors
from gen4d.render.rasterizer import Raster, project, rasterize
from gen4d.render.shading import mix
from gen4d.structures import Camera, Mesh, face_normals, orbit_camera

PHOTOS = 8  # an object
ANY_SIDE_SHARE = 0.25  # of photos are taken from any side; the rest within `FRONT_AZIMUTH_DEG` of the front
FRONT_AZIMUTH_DEG = 75.0
ELEVATION_DEG = (-10.0, 40.0)
FOCAL_MM = (24.0, 85.0)  # of a 36 mm wide film
FILM_MM = 36.0
SUPERSAMPLE = 2
SHADOW_SIZE = 256  # px of the shadow map
SHADOW_BIAS = 0.012  # m; the unit cube over SHADOW_SIZE texels, seen at a grazing angle
CAMERA_FIELDS = ("azimuth", "elevation", "distance", "focal_px", "center_x_px", "center_y_px")


@dataclass(frozen=True)
class Photos:
    """P photos of one object.

    Fields:
        pictures: (P, H, W, 3) uint8 sRGB, with background and damage.
        mattes: (P, H, W) uint8, the true share of a pixel that the object covers.
        cameras: (P, 6) float32, see `CAMERA_FIELDS`; radians, metres in the canonical cube, pixels.
    """

    pictures: np.ndarray
    mattes: np.ndarray
    cameras: np.ndarray


def photo_camera(fields: np.ndarray, resolution: int) -> Camera:
    """The perspective camera of one row of `Photos.cameras`."""
    azimuth, elevation, distance, focal, x, y = (float(value) for value in fields)
    camera = orbit_camera(azimuth, elevation, distance=distance, fov=1.0, resolution=resolution, target=(0.0, 0.0, 0.0))
    intrinsics = torch.tensor([[focal, 0.0, x], [0.0, focal, y], [0.0, 0.0, 1.0]])[None]
    return replace(camera, intrinsics=intrinsics)


def render_photos(obj: SourceObject, rng: np.random.Generator, *, count: int = PHOTOS, resolution: int = 128) -> Photos:
    """Photograph a canonical object, framed as `photo.subject` frames the subject of a photo."""
    mesh = Mesh(torch.from_numpy(obj.vertices).float(), torch.from_numpy(obj.faces).contiguous())
    fields = np.stack([_framed(_random_view(rng), mesh, resolution) for _ in range(count)])
    fine = fields * np.array([1, 1, 1, SUPERSAMPLE, SUPERSAMPLE, SUPERSAMPLE])
    cameras = [photo_camera(row, resolution * SUPERSAMPLE) for row in fine]
    camera = replace(
        cameras[0],
        camera_to_world=torch.cat([c.camera_to_world for c in cameras]),
        intrinsics=torch.cat([c.intrinsics for c in cameras if c.intrinsics is not None]),
    )
    raster = rasterize(mesh.vertices, mesh.faces, camera)
    lit = _lit(obj, mesh, raster, camera, rng)
    hit = (raster.face_index >= 0)[..., None].float()
    pixels = torch.cat([lit, hit], -1)
    # Strided pictures are added: a mean over two dimensions between others is several times slower.
    corners = [(row, column) for row in range(SUPERSAMPLE) for column in range(SUPERSAMPLE)]
    pixels = torch.stack([pixels[:, row::SUPERSAMPLE, column::SUPERSAMPLE] for row, column in corners]).mean(0)
    matte = pixels[..., 3:]
    behind = torch.from_numpy(np.stack([backgrounds(matte[i, ..., 0].numpy(), rng) for i in range(count)]))
    pictures = pixels[..., :3] + behind * (1 - matte)  # colours are premultiplied by the average above
    return Photos(
        pictures=damaged(pictures, rng),
        mattes=(matte[..., 0] * 255 + 0.5).byte().numpy(),
        cameras=fields.astype(np.float32),
    )


def _random_view(rng: np.random.Generator) -> tuple[float, float, float]:
    """Azimuth and elevation in radians, focal length as a multiple of the film's width."""
    front = np.deg2rad(FRONT_AZIMUTH_DEG)
    any_side = rng.random() < ANY_SIDE_SHARE
    azimuth = rng.uniform(-np.pi, np.pi) if any_side else rng.uniform(-front, front)
    return azimuth, np.deg2rad(rng.uniform(*ELEVATION_DEG)), rng.uniform(*FOCAL_MM) / FILM_MM


def _framed(view: tuple[float, float, float], mesh: Mesh, resolution: int) -> np.ndarray:
    """Camera fields that make the subject's longest side fill 1/1.1 of the frame, as in the canonical views."""
    azimuth, elevation, focal = view
    distance = max(1.5 * focal, 1.0)  # the object fills the film, and the camera stays outside the unit cube
    fields = np.array([azimuth, elevation, distance, focal * resolution, resolution / 2, resolution / 2])
    pixels = project(mesh.vertices, photo_camera(fields, resolution)).pixels[0][mesh.faces.unique()]
    low, high = pixels.amin(0), pixels.amax(0)
    zoom = float(resolution / (2 * VIEW_HALF_EXTENT) / (high - low).max())
    center = (resolution / 2 - zoom * ((low + high) / 2 - resolution / 2)).numpy()
    return np.array([azimuth, elevation, distance, focal * resolution * zoom, *center])


def _lit(obj: SourceObject, mesh: Mesh, raster: Raster, camera: Camera, rng: np.random.Generator) -> torch.Tensor:
    """Lit sRGB colours (P, H, W, 3): a sky, a key lamp that casts shadows, a weaker lamp without any; 0 off the object.

    Only the K pixels that see the object are shaded; on the mean they are a quarter of the picture.
    """
    hit = (raster.face_index >= 0).nonzero(as_tuple=True)
    photo, face = hit[0], raster.face_index[hit]
    normals = functional.normalize(face_normals(mesh.vertices, mesh.faces), dim=1)[face]
    eye = camera.camera_to_world[photo, :3, 2]
    normals = torch.where(((normals * eye).sum(1) < 0)[:, None], -normals, normals)  # (K, 3)
    points = mix(mesh.vertices[mesh.faces[face]], raster.barycentric[hit])  # (K, 3)
    ambient = torch.from_numpy(rng.uniform(0.3, 0.8, (len(camera), 1))).float()[photo]
    strength = torch.from_numpy(rng.uniform(0.2, 0.9, (len(camera), 1))).float()[photo]
    tint = torch.from_numpy(rng.normal(1.0, 0.06, (len(camera), 3))).float()[photo]
    key, fill = _light_direction(rng), _light_direction(rng)
    shade = ambient * (0.75 + 0.25 * normals[:, 1:2])
    shade = shade + strength * tint * _diffuse(normals, key) * _visible(points, mesh, key)
    shade = shade + 0.3 * strength * _diffuse(normals, fill)
    albedo = srgb_to_linear(object_colors(obj, raster)[hit])
    lit = linear_to_srgb((albedo * shade).clamp(0, 1))
    return lit.new_zeros(*raster.face_index.shape, 3).index_put(hit, lit)


def _light_direction(rng: np.random.Generator) -> torch.Tensor:
    """A unit vector (3,) towards a lamp, mostly from above and from the front."""
    toward = torch.from_numpy(rng.normal(size=3) + np.array([0.0, 1.2, 1.0])).float()
    return functional.normalize(toward, dim=0)


def _diffuse(normals: torch.Tensor, light: torch.Tensor) -> torch.Tensor:
    return (normals * light).sum(-1, keepdim=True).clamp(min=0)


def _visible(points: torch.Tensor, mesh: Mesh, light: torch.Tensor) -> torch.Tensor:
    """1 where surface points (K, 3) see a distant lamp, else 0, (K, 1); by a shadow map."""
    x, y, z = light.tolist()
    toward = orbit_camera(
        float(np.arctan2(x, z)),
        float(np.arcsin(np.clip(y, -0.999, 0.999))),  # the pole has no up direction
        distance=2.0,
        fov=1.0,
        resolution=SHADOW_SIZE,
        target=(0.0, 0.0, 0.0),
    )
    camera = Camera(toward.camera_to_world, SHADOW_SIZE, SHADOW_SIZE, half_extent=0.9)  # half the cube's diagonal
    depth = rasterize(mesh.vertices, mesh.faces, camera).depth[0]
    seen = project(points, camera)
    column, row = seen.pixels[0].long().clamp(0, SHADOW_SIZE - 1).unbind(1)
    nearest = depth[row, column]
    return ((nearest == 0) | (seen.depth[0] < nearest + SHADOW_BIAS)).float()[:, None]
