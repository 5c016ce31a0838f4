"""The six views as sources of colour: where a surface point lies in them, and how far to trust what they show there."""

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage

from gen4d.conventions import CUBE_HALF_EXTENT
from gen4d.structures import Mesh, MultiView
from gen4d.surface.coverage import cover

DETAIL = 4  # the views are enlarged this many times with cubic interpolation before they are sampled linearly
VISIBILITY_SIZE = 512  # pixels a side of the depth buffers that decide visibility
FULL_ALPHA = 0.95  # below it a pixel may carry the background's white
THIN_ALPHA = 0.5  # the same for parts so thin that no pixel is full
BLUR_REACH = 3  # pixels; nearer to a full pixel, a partly covered one is its blurred edge and no part of its own
DEPTH_BIAS = 0.004  # metres; the mesh is that far from its own depth buffer by simplification alone
RIM = 1.5  # pixels beside an occluder within which a view's colours are mixed with the occluder's
RIM_TRUST = 0.02  # what is left of a view's weight there, so that it still beats no view at all
AGREEMENT = 0.02  # metres; a view that shows its surface that much nearer or farther speaks of another one
DISAGREEING_TRUST = 0.02  # what is left of its weight then, so that it still beats no view at all
SHARPNESS = 6  # power of the cosine in the blending weight: the best-facing view wins, without a hard seam
MIN_FACING = 0.08  # cosine below which one pixel smears over more than ten


@dataclass(frozen=True)
class ViewSource:
    """One view, ready to be sampled.

    Fields:
        right, up, toward: (3,) float32 unit vectors of the image and to the camera.
        half_extent: metres from the image centre to its edge.
        colors: (S, S, 3) float32 sRGB, enlarged, the subject's colours continued beyond its outline.
        top: (D, D) float32 metres towards the camera, of the mesh's visible surface; -inf where there is none.
        rim: (D, D) float32, the same after the nearest surfaces have grown by `RIM` pixels.
        pixel: metres a pixel of the view.
        lowest, highest: (R, R) float32 metres towards the camera: what the view itself says of the surface around each
            of its pixels, the subject's heights continued beyond its outline.
    """

    right: np.ndarray
    up: np.ndarray
    toward: np.ndarray
    half_extent: float
    colors: np.ndarray
    top: np.ndarray
    rim: np.ndarray
    pixel: float
    lowest: np.ndarray
    highest: np.ndarray


def view_sources(mesh: Mesh, views: MultiView) -> list[ViewSource]:
    """Prepare every view that shows anything. The cameras are orthographic and look at the origin."""
    assert views.camera.half_extent is not None  # canonical views; reconstruct has checked them
    vertices, faces = mesh.vertices.double().numpy(), mesh.faces.numpy()
    sources = []
    for index in range(len(views.camera)):
        albedo, alpha = views.albedo[index].cpu().numpy(), views.alpha[index, ..., 0].cpu().numpy()
        if not (alpha >= THIN_ALPHA).any():
            continue
        right, up, toward = views.camera.camera_to_world[index, :3, :3].cpu().numpy().T
        scale = VISIBILITY_SIZE / (2 * views.camera.half_extent)
        pixels = np.stack([vertices @ right, -(vertices @ up)], 1) * scale + VISIBILITY_SIZE / 2
        _, top = cover(pixels, vertices @ toward, faces, VISIBILITY_SIZE, VISIBILITY_SIZE)
        reach = 2 * round(RIM * VISIBILITY_SIZE / alpha.shape[0]) + 1
        top = top.astype(np.float32)
        rim = ndimage.maximum_filter(top, reach)
        pixel = 2 * views.camera.half_extent / alpha.shape[0]
        colors, said = _enlarged(albedo, alpha), _said_heights(views, index)
        sources.append(ViewSource(right, up, toward, views.camera.half_extent, colors, top, rim, pixel, *said))
    return sources


def agreement(source: ViewSource, places: np.ndarray) -> np.ndarray:
    """How far to trust a view's colours at points of the mesh, by the height it says the surface has there.

    Imagined views contradict each other. The mesh follows one of them; the others show the colours of a surface that is
    not there, which stain it.

    Args:
        places: (P, 3) float32.

    Returns:
        trust: (P,) float32 in (0, 1]; 1 where the view means this surface.
    """
    size = len(source.lowest)
    column = ((places @ source.right / source.half_extent + 1) / 2 * size).astype(np.int64).clip(0, size - 1)
    row = ((1 - places @ source.up / source.half_extent) / 2 * size).astype(np.int64).clip(0, size - 1)
    height = places @ source.toward
    gap = np.maximum(source.lowest[row, column] - height, height - source.highest[row, column]).clip(0)
    return np.maximum(np.exp(-np.square(gap / AGREEMENT)), DISAGREEING_TRUST).astype(np.float32)


def look_up(source: ViewSource, places: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Colour and trust of surface points in one view.

    Args:
        places, normals: (P, 3) float32.

    Returns:
        colors: (P, 3) float32; anything where the weight is 0.
        weights: (P,) float32 >= 0; 0 where the point is turned away or hidden.
    """
    facing = normals @ source.toward
    weights, colors = np.zeros(len(places), np.float32), np.zeros((len(places), 3), np.float32)
    ahead = np.flatnonzero(facing > MIN_FACING)
    if not len(ahead):
        return colors, weights
    points, facing = places[ahead], facing[ahead]
    x = (points @ source.right / source.half_extent + 1) / 2  # 0 at the image's left edge, 1 at its right
    y = (1 - points @ source.up / source.half_extent) / 2
    height = points @ source.toward
    column = (x * VISIBILITY_SIZE).astype(np.int64).clip(0, VISIBILITY_SIZE - 1)
    row = (y * VISIBILITY_SIZE).astype(np.int64).clip(0, VISIBILITY_SIZE - 1)
    slope = np.sqrt(np.maximum(1 - facing**2, 0)) / facing  # metres of height a metre of image
    cell = 2 * source.half_extent / VISIBILITY_SIZE
    visible = height > source.top[row, column] - DEPTH_BIAS - cell * slope
    beside = source.rim[row, column] > height + 2 * source.pixel + 2 * RIM * source.pixel * slope
    weights[ahead] = visible * facing**SHARPNESS * np.where(beside, RIM_TRUST, 1)
    size = source.colors.shape[0]
    maps = (x * size - 0.5).astype(np.float32)[None], (y * size - 0.5).astype(np.float32)[None]
    colors[ahead] = _remap(source.colors, *maps)
    return colors, weights


def _remap(image: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Bilinear lookup of (1, P) pixel positions: (P, 3)."""
    width = 2**14  # cv2.remap takes at most 2^15 columns
    rest = np.zeros((1, -x.shape[1] % width), x.dtype)
    x, y = (np.concatenate([a, rest], 1).reshape(-1, width) for a in (x, y))
    rows = [cv2.remap(image, x[i : i + width], y[i : i + width], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for i in range(0, len(x), width)]  # fmt: skip
    flat = np.concatenate(rows).reshape(-1, 3)
    return flat[: len(flat) - rest.shape[1]]


def _said_heights(views: MultiView, index: int) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest height that a view shows around each pixel; a step between pixels is no contradiction."""
    solid = views.alpha[index, ..., 0].cpu().numpy() >= THIN_ALPHA
    height = CUBE_HALF_EXTENT * (1 - 2 * views.depth[index, ..., 0].cpu().numpy())
    nearest = ndimage.distance_transform_edt(~solid, return_distances=False, return_indices=True)
    height = height[tuple(nearest)].astype(np.float32)
    return ndimage.minimum_filter(height, 3), ndimage.maximum_filter(height, 3)


def _enlarged(albedo: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Continue the subject's colours over the background, then enlarge without ringing."""
    full = alpha >= FULL_ALPHA
    thin = (alpha >= THIN_ALPHA) & ~ndimage.binary_dilation(full, np.ones((3, 3), bool), iterations=BLUR_REACH)
    nearest = ndimage.distance_transform_edt(~(full | thin), return_distances=False, return_indices=True)
    image = np.ascontiguousarray(albedo[tuple(nearest)])
    size = (image.shape[1] * DETAIL, image.shape[0] * DETAIL)
    low = cv2.resize(cv2.erode(image, np.ones((3, 3))), size, interpolation=cv2.INTER_LINEAR)
    high = cv2.resize(cv2.dilate(image, np.ones((3, 3))), size, interpolation=cv2.INTER_LINEAR)
    return np.clip(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), low, high)
