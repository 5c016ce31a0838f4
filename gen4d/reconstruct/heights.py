"""The six canonical views as height maps over the world's coordinate planes.

All six views look along world axes, so a view is a function of two world coordinates and fusing it into a grid needs no
projection at all: its maps are turned until their two axes run along increasing world coordinates, and then broadcast.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy import ndimage, special

from gen4d.conventions import CUBE_HALF_EXTENT, VIEW_AXES, VIEW_HALF_EXTENT, canonical_camera_to_world
from gen4d.errors import InputError
from gen4d.reconstruct.cleaning import (
    SUBJECT_ALPHA,
    background_surprise,
    continue_outward,
    keep_lines,
    split_mixed_pixels,
    without_background,
)
from gen4d.reconstruct.denoise import denoise
from gen4d.structures import MultiView

POSE_TOLERANCE = 1e-4
STEEPEST_SLOPE = 15.0  # slopes are cut off here, four degrees from edge-on
MIN_SUBJECT_PIXELS = 12  # fewer in all six views together cannot be told from noise
SILHOUETTE_BLUR = 0.6  # pixels; takes the staircase out of coarsely antialiased masks
PIXEL_SPREAD = 12**-0.5  # standard deviation of a box one pixel wide, which antialiasing convolves the mask with


@dataclass(frozen=True)
class HeightView:
    """One view, indexed by its two other world axes in increasing order.

    Fields:
        axis, sign: the camera stands on `sign` times the world axis (0 x, 1 y, 2 z) and looks at the origin.
        alpha: (H, W) float32, covered share of each pixel.
        height: (H, W) float32, metres from the origin towards the camera; continued beyond the silhouette.
        facing: (H, W) float32 in [0, 1], cosine between the normal and the direction to the camera.
        normal: (H, W, 3) float32, world space, unit length within the silhouette; as seen, never continued.
        pixel: metres a pixel.
        noise: metres by which depth and normals of the view disagree; 0 for true views.
    """

    axis: int
    sign: int
    alpha: np.ndarray
    height: np.ndarray
    facing: np.ndarray
    normal: np.ndarray
    pixel: float
    noise: float = 0.0

    @property
    def plane(self) -> tuple[int, int]:
        """The two world axes the maps run along."""
        first, second = (a for a in range(3) if a != self.axis)
        return first, second

    @property
    def subject(self) -> np.ndarray:
        """(H, W) bool: pixels that show the subject."""
        return self.alpha >= SUBJECT_ALPHA


def height_views(views: MultiView) -> list[HeightView]:
    """Turn the views and clean their depth where one pixel mixes two surfaces.

    Raises:
        InputError: the cameras are not the six canonical ones, or no view shows a subject.
    """
    _check_canonical(views)
    if int((views.alpha >= SUBJECT_ALPHA).sum()) < MIN_SUBJECT_PIXELS:
        raise InputError("reconstruct: no subject in the views, their alpha is empty; try another seed or prompt.")
    raw = [_raw_view(views, index) for index in range(len(VIEW_AXES))]
    surprises = [background_surprise(v.alpha, v.height, slope, v.pixel) for v, slope in raw]
    as_is, mended = (np.concatenate(s) for s in zip(*surprises, strict=True))
    mixed = len(as_is) > 0 and float(np.median(mended)) < float(np.median(as_is))
    return [_cleaned(view, slope, mixed) for view, slope in raw]


def silhouette_distance(alpha: np.ndarray, pixel: float) -> np.ndarray:
    """Signed distance to the contour of an antialiased mask, positive outside, valid within two pixels of it.

    A straight edge blurred by a Gaussian is an error function of the distance, which is inverted here; so the contour
    is found to a small part of a pixel.

    Args:
        alpha: (H, W) float32 in [0, 1].
        pixel: metres.
    """
    blurred = ndimage.gaussian_filter(alpha, SILHOUETTE_BLUR, mode="constant")
    spread = np.hypot(SILHOUETTE_BLUR, PIXEL_SPREAD) * pixel
    return (-spread * special.ndtri(np.clip(blurred, 0.002, 0.998))).astype(np.float32)


def _check_canonical(views: MultiView) -> None:
    camera, poses = views.camera, canonical_camera_to_world()
    if (
        camera.half_extent is None
        or len(camera) != len(poses)
        or camera.width != camera.height
        or abs(camera.half_extent - VIEW_HALF_EXTENT) > POSE_TOLERANCE
        or float((camera.camera_to_world.cpu() - poses).abs().max()) > POSE_TOLERANCE
    ):
        raise InputError(
            f"reconstruct: got {len(camera)} views of {camera.width} x {camera.height} px, "
            f"but it needs the six canonical orthographic views, square and with half-extent {VIEW_HALF_EXTENT}."
        )


def _raw_view(views: MultiView, index: int) -> tuple[HeightView, np.ndarray]:
    """One view turned to world axes, with its slopes (H, W, 2): change of height along rows and columns."""
    right, up, toward = (np.array(a) for a in VIEW_AXES[index])
    axis = int(np.abs(toward).argmax())
    first, second = (a for a in range(3) if a != axis)

    def turned(image: torch.Tensor) -> np.ndarray:
        """Rows and columns of one channel along increasing world coordinates."""
        array = image.detach().cpu().numpy().astype(np.float32)[::-1]  # now rows run up
        array = array[::-1] if up.sum() < 0 else array
        array = array[:, ::-1] if right.sum() < 0 else array
        return np.ascontiguousarray(array.T if np.abs(right).argmax() < np.abs(up).argmax() else array)

    normal = np.stack([turned(views.normal[index, ..., c]) for c in range(3)], -1)  # (H, W, 3)
    normal = normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-3)  # blurred normals are short
    toward_camera = normal[..., axis] * toward[axis]
    facing = np.abs(toward_camera)  # the back of a one-sided sheet carries its front's normal
    down = np.where(toward_camera < 0, -1, 1) * np.maximum(facing, 1 / STEEPEST_SLOPE)
    slope = -normal[..., [first, second]] / down[..., None]
    height = CUBE_HALF_EXTENT - turned(views.depth[index, ..., 0]) * (2 * CUBE_HALF_EXTENT)
    alpha = turned(views.alpha[index, ..., 0])
    pixel = 2 * VIEW_HALF_EXTENT / views.camera.width
    return HeightView(axis, int(toward[axis]), alpha, height, facing, normal, pixel), slope


def _cleaned(view: HeightView, slope: np.ndarray, mixed: bool) -> HeightView:
    """The view with one surface a pixel, smooth where its depth is noisy, and continued beyond its outline."""
    height = without_background(view.alpha, view.height) if mixed else view.height
    view = replace(view, alpha=keep_lines(view.alpha))
    if not view.subject.any():
        return view
    height = split_mixed_pixels(height, slope, view.pixel)
    height, noise = denoise(height, slope, view.subject, view.pixel)
    height, facing = continue_outward(view.alpha, height, view.facing, slope, view.pixel)
    return replace(view, height=height, facing=facing, noise=noise)
