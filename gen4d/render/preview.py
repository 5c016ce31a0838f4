"""Pictures of a finished asset for people: four sides of it in a softly lit studio, and its clips in motion.

The studio is a handful of directional lights with shadow maps: a sky of many weak ones gives ambient occlusion and the
contact shadow on the ground, a cluster of strong ones beside the camera gives the key light with soft shadows.
Light is added in linear, pixels are averaged over 2 x 2 samples in linear, and colours are encoded as sRGB at the end.
"""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numba
import numpy as np
import torch
from PIL import Image

from gen4d.conventions import linear_to_srgb, srgb_to_linear
from gen4d.errors import ShapeError
from gen4d.render.rasterizer import rasterize
from gen4d.render.shading import mipmaps, sample_mipmaps, uv_footprint
from gen4d.structures import Asset, Camera, Material, Mesh, face_normals, orbit_camera, vertex_normals

SHEET_VIEWS_DEG = ((35.0, 14.0), (90.0, 6.0), (215.0, 14.0), (-35.0, 50.0))  # azimuth, elevation: see `preview_sheet`
CLIP_VIEW_DEG = (40.0, 12.0)
FOV = math.radians(28.0)  # a long portrait lens: little distortion
FILL = 0.84  # of the frame's half side that the subject may reach
SUPERSAMPLE = 2

SKY_RADIANCE, KEY_RADIANCE, BOUNCE_RADIANCE = 0.52, 0.72, 0.18  # irradiance each gives a surface that faces it
KEY_SPREAD = 0.16  # radians; the key is a soft box, not a point
KEY_PLACE = (-0.55, 0.75, 0.65)  # right, up and backward of the camera
RIM = 0.10  # linear light added at grazing angles, for a clean outline
BACKDROP = (0.80, 0.62)  # linear light of the backdrop at the middle and the corners of a picture
GROUND_HALF_EXTENT = 1.6  # of the subject's longest side
SHADOW_STRENGTH = 0.85


@dataclass(frozen=True)
class Quality:
    """How finely a studio is sampled: numbers of lights and sizes of their shadow maps and of the ground, in pixels."""

    sky_lights: int
    key_lights: int
    shadow_map: int
    ground: int


STILL = Quality(sky_lights=28, key_lights=6, shadow_map=256, ground=160)
MOVING = Quality(sky_lights=10, key_lights=3, shadow_map=128, ground=64)


@dataclass(frozen=True)
class Lights:
    """L directional lights with shadow maps.

    Fields:
        axes: (L, 3, 3) float32; rows: image right and up of the light's own picture, and the direction to the light.
        irradiance: (L,) float32, of a surface that faces the light.
        depth: (L, R, R) float32, distance of the nearest surface in the light's picture, infinity where there is none.
        centre: (3,) float32; half_extent: metres covered by a shadow map from its centre to its edge.
    """

    axes: torch.Tensor
    irradiance: torch.Tensor
    depth: torch.Tensor
    centre: torch.Tensor
    half_extent: float


def preview_sheet(asset: Asset, size: int = 512) -> torch.Tensor:
    """Four views in a 2 x 2 sheet: three-quarter front, right side, three-quarter back, three-quarter from above.

    Args:
        size: side of one view in pixels.

    Returns:
        sheet: (2 size, 2 size, 3) float32, sRGB in [0, 1].
    """
    mesh = asset.mesh
    sky = _sky(mesh, STILL)
    views = [
        _picture(mesh, asset.material, _framed(mesh.vertices[None], *angles, size), sky, STILL)
        for angles in SHEET_VIEWS_DEG
    ]
    return torch.cat([torch.cat(views[:2], 1), torch.cat(views[2:], 1)], 0)


def preview_frames(
    asset: Asset, posed_vertices: torch.Tensor, size: int = 320, *, posed_normals: torch.Tensor | None = None
) -> torch.Tensor:
    """The moving asset from a three-quarter view, the camera standing still.

    Args:
        posed_vertices: (T, V, 3) float32, the asset's vertices at T moments, skinned by the caller.
        posed_normals: (T, V, 3) float32 unit vectors, turned alike; None: smooth ones are computed at every moment.

    Returns:
        frames: (T, size, size, 3) float32, sRGB in [0, 1].

    Raises:
        ShapeError: the vertices or normals are not those of the asset.
    """
    if posed_vertices.ndim != 3 or posed_vertices.shape[1:] != asset.mesh.vertices.shape or not len(posed_vertices):
        raise ShapeError(
            f"preview_frames: posed_vertices has shape {tuple(posed_vertices.shape)}, "
            f"expected (T, {len(asset.mesh.vertices)}, 3) with at least one frame."
        )
    if posed_normals is not None and posed_normals.shape != posed_vertices.shape:
        raise ShapeError(
            f"preview_frames: posed_normals has shape {tuple(posed_normals.shape)}, "
            f"expected {tuple(posed_vertices.shape)}."
        )
    camera = _framed(posed_vertices, *CLIP_VIEW_DEG, size)
    ground_y = float(posed_vertices[..., 1].min())
    frames = []
    for index, vertices in enumerate(posed_vertices):
        mesh = replace(asset.mesh, vertices=vertices, normals=None if posed_normals is None else posed_normals[index])
        frames.append(_picture(mesh, asset.material, camera, _sky(mesh, MOVING), MOVING, ground_y))
    return torch.stack(frames)


def save_png(image: torch.Tensor, path: Path) -> None:
    """Write (H, W, 3) float32 sRGB as PNG; the same image gives the same bytes."""
    Image.fromarray(_bytes(image)).save(path, format="PNG", compress_level=6)


def save_gif(frames: torch.Tensor, path: Path, fps: int) -> None:
    """Write (T, H, W, 3) float32 sRGB as an endless GIF; the same frames give the same bytes.

    One palette serves all frames, so that still parts do not flicker. GIF counts time in 1/100 s: the frames' ends are
    rounded, not their lengths, so that the clip as a whole keeps its pace.
    """
    pictures = [Image.fromarray(frame) for frame in _bytes(frames)]
    strip = np.concatenate([np.asarray(picture) for picture in pictures[:: max(1, len(pictures) // 6)]])
    palette = Image.fromarray(strip).quantize(256, Image.Quantize.MEDIANCUT)
    first, *rest = [picture.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for picture in pictures]
    ends = [round(100 * (i + 1) / fps) for i in range(len(pictures))]
    durations = [10 * (end - start) for start, end in zip([0, *ends], ends, strict=False)]  # ms
    first.save(path, format="GIF", save_all=True, append_images=rest, duration=durations, loop=0, optimize=False)


def _framed(posed: torch.Tensor, azimuth_deg: float, elevation_deg: float, size: int) -> Camera:
    """A camera at the nearest place from which all of (T, V, 3) lies inside the frame, in its middle."""
    points = posed.reshape(-1, 3).double()
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    target, distance = (points.amin(0) + points.amax(0)) / 2, 1.0

    def camera() -> Camera:
        place = (float(target[0]), float(target[1]), float(target[2]))
        return orbit_camera(azimuth, elevation, distance=distance, fov=FOV, resolution=SUPERSAMPLE * size, target=place)

    axes = camera().camera_to_world[0, :3, :3].double()
    for _ in range(4):  # moving the target changes the perspective a little; four rounds settle it below a pixel
        local = (points - target) @ axes  # right, up, towards the camera
        reach = local[:, :2].abs().amax(1) / (FILL * math.tan(FOV / 2)) + local[:, 2]  # its frame edge passes the point
        distance = max(float(reach.max()), 1e-3)
        slopes = local[:, :2] / (distance - local[:, 2:])
        target = target + axes[:, :2] @ (slopes.amin(0) + slopes.amax(0)) / 2 * distance
    return camera()


def _picture(
    mesh: Mesh, material: Material, camera: Camera, sky: Lights, quality: Quality, ground_y: float | None = None
) -> torch.Tensor:
    """One studio picture, (size, size, 3) sRGB; the ground lies under the mesh unless its height is given."""
    ground_y = float(mesh.vertices[:, 1].min()) if ground_y is None else ground_y
    lights = _joined(sky, _key(mesh, camera, quality))
    raster = rasterize(mesh.vertices, mesh.faces, camera)
    hit = raster.face_index[0] >= 0  # (H, W)
    subject = torch.zeros(*hit.shape, 4)  # linear colour and coverage
    footprint = None
    if mesh.uv is not None:
        footprint = uv_footprint(raster, mesh.vertices, mesh.faces, camera, mesh.uv)[0][hit]
    face, weights = raster.face_index[0][hit], raster.barycentric[0][hit]
    subject[hit, :3] = _shaded(mesh, material, camera, lights, face, weights, footprint)
    subject[hit, 3] = 1
    subject = torch.nn.functional.avg_pool2d(subject.movedim(-1, 0)[None], SUPERSAMPLE)[0].movedim(0, -1)
    image = subject[..., :3] + (1 - subject[..., 3:]) * _backdrop(mesh, camera, lights, quality, ground_y)
    return linear_to_srgb(_shoulder(image)).clamp(0, 1)


def _shaded(
    mesh: Mesh,
    material: Material,
    camera: Camera,
    lights: Lights,
    face: torch.Tensor,
    weights: torch.Tensor,
    footprint: torch.Tensor | None,
) -> torch.Tensor:
    """Linear colours of P visible points, given by face (P,), barycentrics (P, 3) and their `uv_footprint` (P,)."""
    corners = mesh.faces[face]

    def at_points(values: torch.Tensor) -> torch.Tensor:
        return (values[corners] * weights[..., None]).sum(1)

    points = at_points(mesh.vertices)
    view = torch.nn.functional.normalize(camera.camera_to_world[0, :3, 3] - points, dim=1)
    normals = at_points(mesh.normals if mesh.normals is not None else vertex_normals(mesh))
    flat = face_normals(mesh.vertices, mesh.faces)[face]
    seen_from_behind = (flat * view).sum(1, keepdim=True) < 0
    normals = torch.nn.functional.normalize(torch.where(seen_from_behind, -normals, normals), dim=1)
    if mesh.uv is not None and footprint is not None:
        texture = material.base_color[..., :3]
        color = sample_mipmaps(mipmaps(texture), at_points(mesh.uv), footprint * max(texture.shape[:2]))
    else:
        color = (
            at_points(mesh.colors) if mesh.colors is not None else material.base_color[0, 0, :3].expand(len(face), 3)
        )
    bounce = BOUNCE_RADIANCE * (0.5 - 0.5 * normals[:, 1:2])
    rim = RIM * (1 - (normals * view).sum(1, keepdim=True).clamp(0, 1)) ** 4
    return srgb_to_linear(color) * (_irradiance(points, normals, lights)[:, None] + bounce) + rim


def _backdrop(mesh: Mesh, camera: Camera, lights: Lights, quality: Quality, ground_y: float) -> torch.Tensor:
    """The picture without its subject, (size, size, 1) linear grey: a light vignette, darkened by the subject's shadow.

    It is smooth, so it is not supersampled.
    """
    low, high = mesh.bounds
    half = GROUND_HALF_EXTENT * max(float((high - low).max()), 1e-6)
    centre = (low + high) / 2
    steps = torch.linspace(-half, half, quality.ground)
    z, x = torch.meshgrid(centre[2] + steps, centre[0] + steps, indexing="ij")
    points = torch.stack([x, torch.full_like(x, ground_y), z], -1).reshape(-1, 3)
    up = torch.tensor([0.0, 1.0, 0.0]).expand(len(points), 3)
    light = _irradiance(points, up, lights).reshape(quality.ground, quality.ground)
    open_light = float((lights.irradiance * lights.axes[:, 2, 1].clamp(min=0)).sum())
    distance = torch.hypot(x - centre[0], z - centre[2]) / half
    shadow = SHADOW_STRENGTH * (1 - light / open_light) * (1 - distance).clamp(0, 1) ** 0.5
    assert camera.intrinsics is not None  # made by `_framed`
    size, focal = camera.width // SUPERSAMPLE, float(camera.intrinsics[0, 0, 0]) / SUPERSAMPLE
    axis = torch.arange(size) + 0.5 - size / 2
    down, right = torch.meshgrid(axis, axis, indexing="ij")
    pose = camera.camera_to_world[0]
    rays = torch.stack([right, -down, torch.full_like(down, -focal)], -1) @ pose[:3, :3].T  # (H, W, 3)
    along = (ground_y - pose[1, 3]) / rays[..., 1].clamp(max=-1e-6)  # rays that rise never meet the ground
    met = pose[:3, 3] + along[..., None] * rays
    grid = torch.stack([met[..., 0] - centre[0], met[..., 2] - centre[2]], -1) / half
    smooth = torch.nn.functional.avg_pool2d(shadow[None, None], 3, 1, 1)
    cast = torch.nn.functional.grid_sample(smooth, grid[None], align_corners=True)[0, 0] * (rays[..., 1] < 0)
    middle, corner = BACKDROP
    vignette = middle + (corner - middle) * (right.square() + down.square()) / (size * size / 2)
    return (vignette * (1 - cast))[..., None]


def _sky(mesh: Mesh, quality: Quality) -> Lights:
    """Weak lights spread evenly over the upper hemisphere on a Fibonacci spiral."""
    index = torch.arange(quality.sky_lights)
    y = (index + 0.5) / quality.sky_lights
    radius, angle = (1 - y * y).sqrt(), index * math.pi * (3 - math.sqrt(5))
    directions = torch.stack([radius * torch.cos(angle), y, radius * torch.sin(angle)], -1)
    total = SKY_RADIANCE / float(y.sum())  # a surface that faces up gets SKY_RADIANCE
    return _lights(mesh, directions, torch.full((quality.sky_lights,), total), quality)


def _key(mesh: Mesh, camera: Camera, quality: Quality) -> Lights:
    """A cluster of lights over the photographer's left shoulder."""
    axes = camera.camera_to_world[0, :3, :3]
    main = torch.nn.functional.normalize(axes @ torch.tensor(KEY_PLACE), dim=0)
    index = torch.arange(quality.key_lights)
    radius, angle = KEY_SPREAD * (index / quality.key_lights).sqrt(), index * math.pi * (3 - math.sqrt(5))
    right = torch.nn.functional.normalize(torch.linalg.cross(axes[:, 1], main), dim=0)
    offsets = torch.cos(angle)[:, None] * right + torch.sin(angle)[:, None] * torch.linalg.cross(main, right)
    directions = torch.nn.functional.normalize(main + radius[:, None] * offsets, dim=1)
    return _lights(mesh, directions, torch.full((quality.key_lights,), KEY_RADIANCE / quality.key_lights), quality)


def _lights(mesh: Mesh, directions: torch.Tensor, irradiance: torch.Tensor, quality: Quality) -> Lights:
    """Directional lights (L, 3) of the given strengths, with the shadow maps that the mesh casts."""
    low, high = mesh.bounds
    centre = (low + high) / 2
    reach = max(float((mesh.vertices - centre).norm(dim=1).max()), 1e-6) * 1.02
    helper = torch.where(directions[:, 1:2].abs() < 0.9, torch.tensor([0.0, 1.0, 0.0]), torch.tensor([1.0, 0.0, 0.0]))
    right = torch.nn.functional.normalize(torch.linalg.cross(helper, directions), dim=1)
    axes = torch.stack([right, torch.linalg.cross(directions, right), directions], 1)  # (L, 3, 3)
    pose = torch.eye(4).repeat(len(directions), 1, 1)
    pose[:, :3, :3] = axes.transpose(1, 2)
    pose[:, :3, 3] = centre + 2 * reach * directions
    camera = Camera(pose, quality.shadow_map, quality.shadow_map, half_extent=reach)
    raster = rasterize(mesh.vertices, mesh.faces, camera)
    depth = torch.where(raster.face_index >= 0, raster.depth, torch.inf)
    return Lights(axes, irradiance, depth, centre, reach)


def _joined(first: Lights, second: Lights) -> Lights:
    """The lights of both; they belong to the same mesh."""
    names = ("axes", "irradiance", "depth")
    return replace(first, **{name: torch.cat([getattr(first, name), getattr(second, name)]) for name in names})


def _irradiance(points: torch.Tensor, normals: torch.Tensor, lights: Lights) -> torch.Tensor:
    """Direct light at points (P, 3) with normals (P, 3), shadows included; (P,)."""
    result = np.empty(len(points), np.float32)
    _gather_light(
        points.contiguous().numpy(),
        normals.contiguous().numpy(),
        lights.axes.contiguous().numpy(),
        lights.irradiance.numpy(),
        lights.depth.numpy(),
        lights.centre.numpy(),
        lights.half_extent,
        result,
    )
    return torch.from_numpy(result)


@numba.njit(cache=True)
def _gather_light(points, normals, axes, irradiance, depth, centre, reach, result):  # pragma: no cover - compiled
    """Sum the lights each point sees; a shadow map is asked at four texels, weighed bilinearly, for a soft edge."""
    count, size, _ = depth.shape
    texel = 2 * reach / size
    lift = 1.5 * texel  # along the normal: keeps a surface from shadowing itself
    for p in range(points.shape[0]):
        nx, ny, nz = normals[p]
        x, y, z = (
            points[p, 0] - centre[0] + lift * nx,
            points[p, 1] - centre[1] + lift * ny,
            points[p, 2] - centre[2] + lift * nz,
        )
        total = 0.0
        for light in range(count):
            a = axes[light]
            cosine = nx * a[2, 0] + ny * a[2, 1] + nz * a[2, 2]
            if cosine <= 0:
                continue
            column = (a[0, 0] * x + a[0, 1] * y + a[0, 2] * z + reach) / texel - 0.5
            row = (reach - a[1, 0] * x - a[1, 1] * y - a[1, 2] * z) / texel - 0.5
            away = 2 * reach - (a[2, 0] * x + a[2, 1] * y + a[2, 2] * z) - texel
            left, top = int(np.floor(column)), int(np.floor(row))
            fx, fy = column - left, row - top
            seen = 1.0
            for dy in range(2):
                for dx in range(2):
                    v, u = top + dy, left + dx
                    if 0 <= v < size and 0 <= u < size and depth[light, v, u] < away:
                        seen -= (fx if dx else 1 - fx) * (fy if dy else 1 - fy)
            total += irradiance[light] * cosine * seen
        result[p] = total


def _shoulder(linear: torch.Tensor) -> torch.Tensor:
    """Bend light above 0.75 towards 1, so that highlights keep their shape."""
    return torch.where(linear < 0.75, linear, 1 - 0.25 * torch.exp(-(linear - 0.75).clamp(min=0) / 0.25))


def _bytes(image: torch.Tensor) -> np.ndarray:
    return (image.clamp(0, 1) * 255 + 0.5).to(torch.uint8).numpy(force=True)
