"""The six canonical views as height maps over the world's coordinate planes.

All six views look along world axes, so a view is a function of two world coordinates and fusing it into a grid needs no
projection at all: its maps are turned until their two axes run along increasing world coordinates, and then broadcast.
"""

from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage, special

from gen4d.conventions import CUBE_HALF_EXTENT, VIEW_AXES, VIEW_HALF_EXTENT, canonical_camera_to_world
from gen4d.errors import InputError
from gen4d.structures import MultiView

POSE_TOLERANCE = 1e-4
SUBJECT_ALPHA = 0.5  # a pixel shows the subject if at least this much of it is covered
FULL_ALPHA = 0.95  # below it a blurry prior mixes the background into the pixel's depth
MIN_SUBJECT_PIXELS = 12  # fewer in all six views together cannot be told from noise
MAX_SLOPE = 1.5  # heights are continued past an edge along at most this slope; steeper ones are better seen elsewhere
SILHOUETTE_BLUR = 0.6  # pixels; takes the staircase out of coarsely antialiased masks
PIXEL_SPREAD = 12**-0.5  # standard deviation of a box one pixel wide, which antialiasing convolves the mask with
JUMP = 3.0  # pixels of height within one pixel of image from which on two surfaces are assumed


@dataclass(frozen=True)
class HeightView:
    """One view, indexed by its two other world axes in increasing order.

    Fields:
        axis, sign: the camera stands on `sign` times the world axis (0 x, 1 y, 2 z) and looks at the origin.
        alpha: (H, W) float32, covered share of each pixel.
        height: (H, W) float32, metres from the origin towards the camera; continued beyond the silhouette.
        facing: (H, W) float32 in [0, 1], cosine between the normal and the direction to the camera.
        pixel: metres a pixel.
    """

    axis: int
    sign: int
    alpha: np.ndarray
    height: np.ndarray
    facing: np.ndarray
    pixel: float

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
    return [_height_view(views, index) for index in range(len(VIEW_AXES))]


def silhouette_distance(alpha: np.ndarray, pixel: float) -> np.ndarray:
    """Signed distance to the contour of an antialiased mask, positive outside, valid within two pixels of it.

    A straight edge blurred by a Gaussian is an error function of the distance, which is inverted here; so the contour is
    found to a small part of a pixel.

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


def _height_view(views: MultiView, index: int) -> HeightView:
    right, up, toward = (np.array(a) for a in VIEW_AXES[index])
    axis = int(np.abs(toward).argmax())
    sign = int(toward[axis])

    def turned(image: torch.Tensor) -> np.ndarray:
        """Rows and columns of one channel along increasing world coordinates."""
        array = image.detach().cpu().numpy().astype(np.float32)[::-1]  # now rows run up
        array = array[::-1] if up.sum() < 0 else array
        array = array[:, ::-1] if right.sum() < 0 else array
        return np.ascontiguousarray(array.T if np.abs(right).argmax() < np.abs(up).argmax() else array)

    normal = np.stack([turned(views.normal[index, ..., c]) for c in range(3)], -1)  # (H, W, 3)
    alpha = turned(views.alpha[index, ..., 0])
    height = CUBE_HALF_EXTENT - turned(views.depth[index, ..., 0]) * (2 * CUBE_HALF_EXTENT)
    pixel = 2 * VIEW_HALF_EXTENT / views.camera.width
    normal = normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-3)  # blurred normals are short
    facing = np.abs(normal[..., axis])  # the back of a one-sided sheet carries its front's normal
    first, second = (a for a in range(3) if a != axis)
    steepness = np.maximum(facing, 1 / (10 * MAX_SLOPE))
    slope = np.stack([-normal[..., first], -normal[..., second]], -1) / steepness[..., None]  # (H, W, 2)
    if (alpha >= SUBJECT_ALPHA).any():
        height = _split_mixed_pixels(height, slope, pixel)
        height, facing = _continue_outward(alpha, height, facing, slope, pixel)
    return HeightView(axis, sign, alpha, height, facing, pixel)


def _split_mixed_pixels(height: np.ndarray, slope: np.ndarray, pixel: float) -> np.ndarray:
    """Give a pixel that averages a near and a far surface the height of the one that fills most of it.

    Such pixels lie well between the heights around them, much further apart than the pixel's own slope explains. Left
    alone they become ledges half-way down every wall that only one view sees (the inside of a cup).
    """
    low, high = ndimage.minimum_filter(height, 3), ndimage.maximum_filter(height, 3)
    explained = 2 * np.abs(slope).sum(-1) * pixel  # height range of a plane over the 3 x 3 pixels
    between = (high - height > pixel) & (height - low > pixel) & (high - low > 2 * explained + JUMP * pixel)
    return np.where(between, np.where(high - height <= height - low, high, low), height)


def _continue_outward(
    alpha: np.ndarray, height: np.ndarray, facing: np.ndarray, slope: np.ndarray, pixel: float
) -> tuple[np.ndarray, np.ndarray]:
    """Replace height and facing where the pixel is not fully the subject by the plane of the nearest full pixel.

    A partly covered pixel keeps its own height where that is close to the plane.
    """
    subject = alpha >= SUBJECT_ALPHA
    full = alpha >= FULL_ALPHA
    lonely = subject & ~ndimage.binary_dilation(full, np.ones((3, 3), bool), iterations=2)  # thin parts
    trusted = full | lonely
    nearest = ndimage.distance_transform_edt(~trusted, return_distances=False, return_indices=True)
    i, j = nearest
    step = np.stack(np.indices(alpha.shape) - nearest, -1) * pixel  # (H, W, 2) metres
    drop = (np.clip(slope[i, j], -MAX_SLOPE, MAX_SLOPE) * step).sum(-1)
    plane = height[i, j] + np.clip(drop, -2 * pixel, 2 * pixel)  # beyond two pixels the silhouette carves anyway
    own = trusted | (subject & (np.abs(height - plane) < 2 * pixel))
    return np.where(own, height, plane).astype(np.float32), np.where(trusted, facing, facing[i, j])
