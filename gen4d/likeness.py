"""How much an asset looks like the photo it was made from, seen by the photo's own camera."""

import math
from dataclasses import dataclass

import torch

from gen4d.photo.color import blur, resize, srgb_to_lab
from gen4d.render.rasterizer import rasterize
from gen4d.render.views import surface_colors
from gen4d.structures import Camera, Material, Mesh
from gen4d.viewpoint import Viewpoint, flattened

SIZE = 256  # px a side at which the likeness is measured
SEARCH_SIZE = 64  # px a side at which cameras are tried
AZIMUTH_STEP_DEG = 15.0
ELEVATION_STEPS_DEG = (0.0, -12.0, 12.0)
USUAL_DISTANCE, NEAREST, FARTHEST = 2.0, 1.1, 8.0  # longest sides; at the farthest rays are nearly parallel
FINER_STEPS = ((6.0, 1.35), (3.0, 1.15))  # degrees of a turn and factors of the distance, one after the other
MOST_MOVES = 4  # of each size
ELEVATION_REACH, STEEPEST = math.radians(25), math.radians(80)
COLOR_WEIGHT = 0.01  # of overlap that a Lab unit of colour difference outweighs; it tells front from back
AWAY_WEIGHT = 0.1  # of overlap that a radian away from the guess outweighs: outlines of round things say little
SUPERSAMPLE = 2
FAR = 4.0  # longest sides between the camera and the mesh; an orthographic camera only has to stand outside
ZOOM_STEP = 0.01  # of the frame: about a pixel at the rim
COLOR_BLUR = 8.0  # px of `SIZE`: details are not what the colours of two candidates are compared by


@dataclass(frozen=True)
class Likeness:
    """An asset beside its photo.

    Fields:
        iou: intersection over union with the outline of the photo's matte, where it is half and more. No solid has a
            pixel that is half there: the soft matte of what is six pixels wide overlaps its own outline by 0.86 only.
        psnr: dB over sRGB where both mattes are solid.
        color_distance: mean Lab distance there of the blurred pictures.
        viewpoint: of the camera.
        picture: (S, S, 4) float32, the asset as that camera sees it, without light; white where alpha is 0.
    """

    iou: float
    psnr: float
    color_distance: float
    viewpoint: Viewpoint
    picture: torch.Tensor


def measure_likeness(mesh: Mesh, material: Material | None, photo: torch.Tensor, viewpoint: Viewpoint) -> Likeness:
    """Render an asset from a photo's side, framed as the photo is, and compare.

    Args:
        photo: (S, S, 4) float32, the framed subject.
        viewpoint: of the photo's camera in the asset's frame.
    """
    wanted = resize(photo, SIZE, SIZE)
    outline = _shrunk((resize(photo[..., 3:], SIZE * SUPERSAMPLE, SIZE * SUPERSAMPLE) > 0.5).float())
    flat = flattened(mesh, viewpoint)
    camera = _adjusted(flat, framed_camera(flat, wanted[..., 3], viewpoint, SIZE * SUPERSAMPLE), wanted[..., 3])
    raster = rasterize(flat.vertices, flat.faces, camera)
    hit = (raster.face_index >= 0)[..., None].float()
    colors = surface_colors(mesh, material, raster)
    pixels = _shrunk(torch.cat([colors * hit, hit], -1)[0])
    alpha = pixels[..., 3:]
    rgb = torch.where(alpha > 0, pixels[..., :3] / alpha.clamp(min=1e-6), 1.0).clamp(0, 1)
    both = (alpha[..., 0] > 0.99) & (wanted[..., 3] > 0.99)
    return Likeness(
        iou=overlap(alpha, outline),
        psnr=_psnr(rgb[both], wanted[both][:, :3]),
        color_distance=_color_distance(rgb, wanted, both, COLOR_BLUR),
        viewpoint=viewpoint,
        picture=torch.cat([rgb, alpha], -1),
    )


def _shrunk(fine: torch.Tensor) -> torch.Tensor:
    """The mean of every `SUPERSAMPLE` x `SUPERSAMPLE` pixels of a picture (.., .., C)."""
    return fine.reshape(SIZE, SUPERSAMPLE, SIZE, SUPERSAMPLE, fine.shape[-1]).mean((1, 3))


def find_camera(
    mesh: Mesh,
    material: Material | None,
    photo: torch.Tensor,
    azimuth: float,
    elevation: float,
    reach: float = math.radians(30),
) -> Viewpoint:
    """The viewpoint near a guess from which the mesh looks most like the photo, in outline and in colour.

    All around at a photo's usual distance first, in steps; then smaller moves from the best, nearer and farther too.

    Args:
        photo: (S, S, 4) float32, the framed subject.
        azimuth, elevation: the guess, radians.
        reach: radians of azimuth at both sides of the guess that are searched; pi for all around.
    """
    wanted = resize(photo, SEARCH_SIZE, SEARCH_SIZE)

    def score(tried: Viewpoint) -> float:
        return _agreement(mesh, material, wanted, tried) - AWAY_WEIGHT * abs(tried.azimuth - azimuth)

    def allowed(tried: Viewpoint) -> bool:
        near = abs(tried.azimuth - azimuth) <= reach + 1e-6 and abs(tried.elevation - elevation) <= ELEVATION_REACH
        return near and abs(tried.elevation) < STEEPEST and NEAREST <= tried.distance <= FARTHEST

    steps = round(math.degrees(reach) / AZIMUTH_STEP_DEG)
    found = max(
        (
            Viewpoint(azimuth + math.radians(AZIMUTH_STEP_DEG * turn), elevation + math.radians(rise), USUAL_DISTANCE)
            for turn in range(-steps, steps + 1)
            for rise in ELEVATION_STEPS_DEG
        ),
        key=score,
    )
    best = score(found)
    for turn_deg, factor in FINER_STEPS:
        for _ in range(MOST_MOVES):
            scored = [(score(move), move) for move in _moves(found, math.radians(turn_deg), factor) if allowed(move)]
            highest, move = max(scored, default=(best, found))
            if highest <= best + 1e-6:
                break
            best, found = highest, move
    return found._replace(azimuth=math.remainder(found.azimuth, 2 * math.pi))


def _moves(place: Viewpoint, turn: float, factor: float) -> list[Viewpoint]:
    """Viewpoints a step beside, above, below, behind and before another."""
    azimuth, elevation, distance = place
    return [
        *(place._replace(azimuth=azimuth + step) for step in (turn, -turn)),
        *(place._replace(elevation=elevation + step) for step in (turn, -turn)),
        *(place._replace(distance=d) for d in (distance * factor, distance / factor)),
    ]


def _agreement(mesh: Mesh, material: Material | None, wanted: torch.Tensor, viewpoint: Viewpoint) -> float:
    """Overlap of the outlines less what the blurred colours differ by."""
    flat = flattened(mesh, viewpoint)
    camera = framed_camera(flat, wanted[..., 3], viewpoint, len(wanted))
    raster = rasterize(flat.vertices, flat.faces, camera)
    hit = raster.face_index[0] >= 0
    colors = surface_colors(mesh, material, raster)[0].clamp(0, 1)
    both = hit & (wanted[..., 3] > 0.9)
    distance = _color_distance(colors, wanted, both, COLOR_BLUR * len(wanted) / SIZE)
    return overlap(hit.float(), wanted[..., 3]) - COLOR_WEIGHT * distance


def framed_camera(mesh: Mesh, alpha: torch.Tensor, viewpoint: Viewpoint, resolution: int) -> Camera:
    """An orthographic camera that sees the mesh where the photo shows the subject.

    Scale and place follow from the two outlines' boxes: centres agree, and so do the longer sides.

    Args:
        mesh: as `flattened` makes it, for a camera whose rays are not parallel.
        alpha: (S, S) float32, the framed photo's matte.
    """
    rotation = viewpoint.rotation
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
