"""How much an asset looks like the photo it was made from, seen by the photo's own camera."""

import math
from dataclasses import dataclass

import torch

from gen4d.photo.color import blur, resize, srgb_to_lab
from gen4d.render.rasterizer import rasterize
from gen4d.render.views import surface_colors
from gen4d.structures import Camera, Material, Mesh

SIZE = 256  # px a side at which the likeness is measured
SEARCH_SIZE = 64  # px a side at which cameras are tried
AZIMUTH_STEP_DEG = 15.0
ELEVATION_STEPS_DEG = (0.0, -12.0, 12.0)
COLOR_WEIGHT = 0.01  # of overlap that a Lab unit of colour difference outweighs; it tells front from back
DISTANCE_WEIGHT = 0.1  # of overlap that a radian away from the guess outweighs: outlines of round things say little
SUPERSAMPLE = 2
FAR = 4.0  # longest sides between the camera and the mesh; an orthographic camera only has to stand outside
ZOOM_STEP = 0.01  # of the frame: about a pixel at the rim
COLOR_BLUR = 8.0  # px of `SIZE`: details are not what the colours of two candidates are compared by


@dataclass(frozen=True)
class Likeness:
    """An asset beside its photo.

    Fields:
        iou: intersection over union of the two mattes.
        psnr: dB over sRGB where both mattes are solid.
        color_distance: mean Lab distance there of the blurred pictures.
        azimuth, elevation: of the camera, radians.
        picture: (S, S, 4) float32, the asset as that camera sees it, without light; white where alpha is 0.
    """

    iou: float
    psnr: float
    color_distance: float
    azimuth: float
    elevation: float
    picture: torch.Tensor


def measure_likeness(
    mesh: Mesh, material: Material | None, photo: torch.Tensor, azimuth: float, elevation: float
) -> Likeness:
    """Render an asset from a photo's side, framed as the photo is, and compare.

    Args:
        photo: (S, S, 4) float32, the framed subject.
        azimuth, elevation: of the photo's camera in the asset's frame, radians.
    """
    wanted = resize(photo, SIZE, SIZE)
    camera = _adjusted(
        mesh, framed_camera(mesh, wanted[..., 3], azimuth, elevation, SIZE * SUPERSAMPLE), wanted[..., 3]
    )
    raster = rasterize(mesh.vertices, mesh.faces, camera)
    hit = (raster.face_index >= 0)[..., None].float()
    colors = surface_colors(mesh, material, raster)
    fine = torch.cat([colors * hit, hit], -1)[0]
    pixels = fine.reshape(SIZE, SUPERSAMPLE, SIZE, SUPERSAMPLE, 4).mean((1, 3))
    alpha = pixels[..., 3:]
    rgb = torch.where(alpha > 0, pixels[..., :3] / alpha.clamp(min=1e-6), 1.0).clamp(0, 1)
    both = (alpha[..., 0] > 0.99) & (wanted[..., 3] > 0.99)
    return Likeness(
        iou=overlap(alpha[..., 0], wanted[..., 3]),
        psnr=_psnr(rgb[both], wanted[both][:, :3]),
        color_distance=_color_distance(rgb, wanted, both, COLOR_BLUR),
        azimuth=azimuth,
        elevation=elevation,
        picture=torch.cat([rgb, alpha], -1),
    )


def find_camera(
    mesh: Mesh,
    material: Material | None,
    photo: torch.Tensor,
    azimuth: float,
    elevation: float,
    reach: float = math.radians(30),
) -> tuple[float, float]:
    """Azimuth and elevation near a guess from which the mesh looks most like the photo, in outline and in colour.

    Args:
        photo: (S, S, 4) float32, the framed subject.
        reach: radians of azimuth at both sides of the guess that are searched; pi for all around.
    """
    wanted = resize(photo, SEARCH_SIZE, SEARCH_SIZE)
    steps = round(math.degrees(reach) / AZIMUTH_STEP_DEG)
    best, found = -math.inf, (azimuth, elevation)
    for step in range(-steps, steps + 1):
        for rise in ELEVATION_STEPS_DEG:
            side = azimuth + math.radians(step * AZIMUTH_STEP_DEG), elevation + math.radians(rise)
            score = _agreement(mesh, material, wanted, *side) - DISTANCE_WEIGHT * abs(side[0] - azimuth)
            if score > best + 1e-6:
                best, found = score, side
    return math.remainder(found[0], 2 * math.pi), found[1]


def _agreement(mesh: Mesh, material: Material | None, wanted: torch.Tensor, azimuth: float, elevation: float) -> float:
    """Overlap of the outlines less what the blurred colours differ by."""
    camera = framed_camera(mesh, wanted[..., 3], azimuth, elevation, len(wanted))
    raster = rasterize(mesh.vertices, mesh.faces, camera)
    hit = raster.face_index[0] >= 0
    colors = surface_colors(mesh, material, raster)[0].clamp(0, 1)
    both = hit & (wanted[..., 3] > 0.9)
    distance = _color_distance(colors, wanted, both, COLOR_BLUR * len(wanted) / SIZE)
    return overlap(hit.float(), wanted[..., 3]) - COLOR_WEIGHT * distance


def framed_camera(mesh: Mesh, alpha: torch.Tensor, azimuth: float, elevation: float, resolution: int) -> Camera:
    """An orthographic camera that sees the mesh where the photo shows the subject.

    Scale and place follow from the two outlines' boxes: centres agree, and so do the longer sides.

    Args:
        alpha: (S, S) float32, the framed photo's matte.
    """
    rotation = side_rotation(azimuth, elevation)
    seen = mesh.vertices @ rotation[:, :2]  # (V, 2): along image right and up
    low, high = seen.amin(0), seen.amax(0)
    rows, columns = (alpha > 0.5).nonzero().unbind(1)
    size = alpha.shape[0]
    x0, x1, y0, y1 = int(columns.min()), int(columns.max()) + 1, int(rows.min()), int(rows.max()) + 1
    share = max(x1 - x0, y1 - y0) / size
    half = float((high - low).max()) / share / 2
    offset = torch.tensor([(x0 + x1) / size - 1, 1 - (y0 + y1) / size]) * half
    centre = rotation[:, :2] @ ((low + high) / 2 - offset)
    pose = torch.eye(4)
    pose[:3, :3] = rotation
    depth = (mesh.vertices @ rotation[:, 2]).amax() + FAR * half
    pose[:3, 3] = centre + rotation[:, 2] * depth
    return Camera(pose[None], resolution, resolution, half_extent=half)


def _adjusted(mesh: Mesh, camera: Camera, wanted: torch.Tensor) -> Camera:
    """The camera moved and zoomed by a few pixels to where the outlines overlap best.

    A box hangs on single pixels: the tip of a whisker that the mesh lost would shift and scale all of it.
    """
    assert camera.half_extent is not None
    size = SIZE // 2
    small = resize(wanted[..., None], size, size)[..., 0]
    rotation, pixel = camera.camera_to_world[0, :3, :3], 2 * camera.half_extent / size
    best, found = -1.0, (0.0, 0.0, 1.0)
    for step in (1.0, 0.5):
        centre = found
        for move in ((0, 0, 0), (1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)):
            x, y, zoom = (
                c + m * step * unit for c, m, unit in zip(centre, move, (pixel, pixel, ZOOM_STEP), strict=True)
            )
            seen = rasterize(mesh.vertices, mesh.faces, _moved(camera, rotation, x, y, zoom, size))
            iou = overlap((seen.face_index[0] >= 0).float(), small)
            if iou > best + 1e-6:
                best, found = iou, (x, y, zoom)
    return _moved(camera, rotation, *found, camera.width)


def _moved(camera: Camera, rotation: torch.Tensor, x: float, y: float, zoom: float, size: int) -> Camera:
    """An orthographic camera shifted by metres in its image plane, its extent zoomed, at another resolution."""
    assert camera.half_extent is not None
    pose = camera.camera_to_world.clone()
    pose[0, :3, 3] += rotation[:, 0] * x + rotation[:, 1] * y
    return Camera(pose, size, size, half_extent=camera.half_extent * zoom)


def side_rotation(azimuth: float, elevation: float) -> torch.Tensor:
    """Columns: image right, image up and the direction to the camera, (3, 3)."""
    a, e = torch.tensor(azimuth), torch.tensor(elevation)
    zero = torch.zeros(())
    right = torch.stack([a.cos(), zero, -a.sin()])
    toward = torch.stack([a.sin() * e.cos(), e.sin(), a.cos() * e.cos()])
    return torch.stack([right, torch.linalg.cross(toward, right), toward], 1)


def overlap(first: torch.Tensor, second: torch.Tensor) -> float:
    """Soft intersection over union of two mattes; 1 for two empty ones."""
    union = float(torch.maximum(first, second).sum())
    return float(torch.minimum(first, second).sum()) / union if union > 0 else 1.0


def _psnr(first: torch.Tensor, second: torch.Tensor) -> float:
    """Peak signal to noise ratio in dB, at most 99; 0 where there is nothing to compare."""
    if not first.numel():
        return 0.0
    return min(99.0, -10 * math.log10(max(float((first - second).square().mean()), 1e-10)))


def _color_distance(rgb: torch.Tensor, wanted: torch.Tensor, both: torch.Tensor, sigma: float) -> float:
    """Mean Lab distance between colours blurred by sigma (px); 100 where there is nothing to compare."""
    if not both.any():
        return 100.0
    weight = both.float()[..., None]
    total = blur(weight, sigma).clamp(min=1e-6)
    smooth = [blur(image * weight, sigma) / total for image in (rgb, wanted[..., :3])]
    difference = srgb_to_lab(smooth[0].clamp(0, 1)) - srgb_to_lab(smooth[1].clamp(0, 1))
    return float(difference.norm(dim=-1)[both].mean())
