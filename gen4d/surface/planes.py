"""What the views say of each face of a mesh: the plane it lies on.

Depth alone puts a surface to a part of a pixel; normals say how it is turned, to a few degrees, and that is what makes
a flat face flat and a crease sharp. Pixels on a crease mix two normals, so each takes that of the side it belongs to.
"""

from dataclasses import dataclass

import numpy as np

from gen4d.conventions import CUBE_HALF_EXTENT
from gen4d.structures import MultiView

FULL_ALPHA = 0.95  # below it a pixel's depth and normal may be mixed with the background
MIN_FACING = 0.25  # cosine; a surface seen more edge-on spreads over too many pixels' worth of depth
REACH = 1.5  # pixels of height by which a face may miss the surface of a view and still be taken for it
RIVAL_REACH = 4.0  # pixels of height within which views that differ are still taken to mean one surface
SHARPNESS = 2  # power of the cosine in the weight of a view
ALIKE = 0.15  # chord between unit normals of pixels on one face
MIN_GAIN = 1.0  # of nine neighbours; a pixel whose surroundings have no more of their kind than it has is not mixed
MIN_WEIGHT = 1e-6  # a face with less was seen by no view


@dataclass(frozen=True)
class Planes:
    """A plane for each of F faces.

    Fields:
        normals: (F, 3) float64 unit vectors; zero where no view sees the face.
        offsets: (F,) float64 metres, from the face's middle along the normal to the plane.
        weights: (F,) float64 in [0, 1], how well the face is seen.
        spreads: (F,) float64 metres, standard deviation of what several views say of the plane; NaN where one sees it.
    """

    normals: np.ndarray
    offsets: np.ndarray
    weights: np.ndarray
    spreads: np.ndarray


@dataclass(frozen=True)
class NormalView:
    """One view, ready to be asked.

    Fields:
        axes: (3, 3) float64; rows are the image's right and up and the direction to the camera.
        half_extent: metres from the image centre to its edge.
        trusted: (H, W) bool, pixels that show one surface of the subject.
        normal: (H, W, 3) float64 unit vectors, unmixed.
        height: (H, W) float64 metres from the origin towards the camera.
    """

    axes: np.ndarray
    half_extent: float
    trusted: np.ndarray
    normal: np.ndarray
    height: np.ndarray

    @property
    def pixel(self) -> float:
        """Metres a pixel."""
        return 2 * self.half_extent / len(self.trusted)

    def roughness(self) -> float:
        """Pixels between the height of a pixel and what the normals of it and the one beside it say; the median."""
        across, up, toward = np.moveaxis(self.normal @ self.axes.T, 2, 0)
        gentle = self.trusted & (toward > MIN_FACING)
        away = np.where(gentle, toward, 1) * 2
        height = self.height / self.pixel
        surprises = []
        for slope, axis in ((-across / away, 1), (up / away, 0)):  # rows run down
            here, there = (np.take(slope, k, axis) for k in _steps(slope.shape[axis]))
            low, high = (np.take(height, k, axis) for k in _steps(slope.shape[axis]))
            first, second = (np.take(gentle, k, axis) for k in _steps(slope.shape[axis]))
            surprises.append(np.abs(high - low - here - there)[first & second])
        pooled = np.concatenate(surprises)
        return float(np.median(pooled)) if len(pooled) else 0.0


def normal_views(views: MultiView) -> list[NormalView]:
    """Prepare every view that shows anything. The cameras are orthographic and look at the origin."""
    assert views.camera.half_extent is not None  # canonical views; reconstruct has checked them
    prepared = []
    for index in range(len(views.camera)):
        alpha = views.alpha[index, ..., 0].cpu().double().numpy()
        trusted = alpha >= FULL_ALPHA
        if not trusted.any():
            continue
        normal = views.normal[index].cpu().double().numpy()
        normal = normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-3)
        depth = views.depth[index, ..., 0].cpu().double().numpy()
        height = CUBE_HALF_EXTENT - depth * 2 * CUBE_HALF_EXTENT
        axes = views.camera.camera_to_world[index, :3, :3].cpu().double().numpy().T
        prepared.append(NormalView(axes, views.camera.half_extent, trusted, unmixed(normal, trusted), height))
    return prepared


def _steps(count: int) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(count - 1), np.arange(1, count)


def no_planes(count: int) -> Planes:
    """Planes of faces that no view sees."""
    return Planes(np.zeros((count, 3)), np.zeros(count), np.zeros(count), np.full(count, np.nan))


def unmixed(normal: np.ndarray, trusted: np.ndarray) -> np.ndarray:
    """Give each pixel that is unlike its surroundings the normal of the neighbour that is most like its own.

    A pixel that averages the two sides of a crease has few of its kind; beside it lie pixels that have many. Where the
    surface bends evenly every pixel has as many, and keeps its own.
    """
    near, there = _around(normal), _around(trusted)  # (H, W, 9, 3), (H, W, 9)
    apart = ((near - normal[:, :, None]) ** 2).sum(3)
    support = (there * np.exp(-apart / (2 * ALIKE**2))).sum(2) * trusted
    offered = _around(support)
    own = offered.shape[2] // 2
    offered[..., own] += MIN_GAIN
    # Of two sides alike in number the one nearer to the mixed normal had the larger share.
    best = (offered - 1e-3 * apart).argmax(2)
    chosen = np.take_along_axis(near, best[..., None, None], 2)[:, :, 0]
    return np.where(trusted[..., None], chosen, normal)


def _around(image: np.ndarray) -> np.ndarray:
    """The 3 x 3 neighbours of every pixel, (H, W, 9, ...); zero beyond the image."""
    rows, columns = image.shape[:2]
    padded = np.pad(image, [(1, 1), (1, 1)] + [(0, 0)] * (image.ndim - 2))
    return np.stack([padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3)], 2)


def seen_planes(middles: np.ndarray, normals: np.ndarray, views: list[NormalView]) -> Planes:
    """Ask every view about faces, and average what those say that see them.

    Args:
        middles, normals: (F, 3) float64, of the faces as they lie now.
    """
    total, weight = np.zeros((len(middles), 3)), np.zeros(len(middles))
    offset = np.zeros(len(middles))
    moments, voices = np.zeros((3, len(middles))), np.zeros(len(middles), int)
    for view in views:
        size = len(view.trusted)
        x, y = view.axes[:2] @ middles.T
        column = ((x / view.half_extent + 1) / 2 * size).astype(np.int64).clip(0, size - 1)
        row = ((1 - y / view.half_extent) / 2 * size).astype(np.int64).clip(0, size - 1)
        seen = view.normal[row, column]
        facing = seen @ view.axes[2]
        there = np.stack(
            [
                ((column + 0.5) / size * 2 - 1) * view.half_extent,
                (1 - (row + 0.5) / size * 2) * view.half_extent,
                view.height[row, column],
            ],
            1,
        )
        away = ((there @ view.axes - middles) * seen).sum(1)  # along the seen normal
        # A thin part's far side lies near too; a face that looks away from the camera is none of its own.
        shown = view.trusted[row, column] & (facing > MIN_FACING) & ((normals * seen).sum(1) > 0)
        fits = shown & (np.abs(away) < REACH * view.pixel)
        share = np.where(fits, facing**SHARPNESS, 0)
        rival = np.where(shown & (np.abs(away) < RIVAL_REACH * view.pixel), facing**SHARPNESS, 0)
        moments += rival * np.stack([np.ones_like(away), away, away**2])
        voices += rival > 0
        total += share[:, None] * seen
        offset += share * away
        weight += share
    length = np.maximum(np.linalg.norm(total, axis=1, keepdims=True), MIN_WEIGHT)
    known = weight > MIN_WEIGHT
    # Views that disagree add up to a short vector, which is trusted less.
    agreement = length[:, 0] / np.maximum(weight, MIN_WEIGHT)
    mean, square = moments[1:] / np.maximum(moments[0], MIN_WEIGHT)
    return Planes(
        np.where(known[:, None], total / length, 0),
        np.where(known, offset / np.maximum(weight, MIN_WEIGHT), 0),
        np.where(known, np.minimum(weight, 1) * agreement, 0),
        np.where(voices > 1, np.sqrt(np.maximum(square - mean**2, 0)), np.nan),
    )
