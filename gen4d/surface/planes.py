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
LEAST_CREASE = 0.3  # chord between the unit normals of a crease's two sides, 17 degrees
LEVEL = 0.25  # pixels between what two pixels of one face say of each other's height
ROWS_BACK, COLUMNS_BACK = np.repeat([-1, 0, 1], 3), np.tile([-1, 0, 1], 3)  # where the nine neighbours lie
OWN = 4  # of the nine, the pixel itself
MIN_GAIN = 2.0  # of nine neighbours; a pixel whose surroundings have no more of their kind than it has is not mixed
ONE_SIDE = 0.3  # chord between unit normals, standard deviation, within which views speak of one side of a crease
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
        height: (H, W) float64 metres from the origin towards the camera, unmixed.
        roughness: pixels between a pixel's own height and what the normals of it and the one beside it say; the median.
    """

    axes: np.ndarray
    half_extent: float
    trusted: np.ndarray
    normal: np.ndarray
    height: np.ndarray
    roughness: float

    @property
    def pixel(self) -> float:
        """Metres a pixel."""
        return 2 * self.half_extent / len(self.trusted)


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
        pixel = 2 * views.camera.half_extent / len(alpha)
        normal, level = unmixed(normal, height, trusted, axes, pixel)
        roughness = _roughness(normal @ axes.T, height / pixel, trusted)
        prepared.append(NormalView(axes, views.camera.half_extent, trusted, normal, level, roughness))
    return prepared


def _roughness(normal: np.ndarray, height: np.ndarray, trusted: np.ndarray) -> float:
    """See `NormalView`; for normals (H, W, 3) in the camera's frame and heights (H, W) in pixels."""
    across, up, toward = np.moveaxis(normal, 2, 0)
    gentle = trusted & (toward > MIN_FACING)
    away = np.where(gentle, toward, 1) * 2
    surprises = []
    for slope, axis in ((-across / away, 1), (up / away, 0)):  # rows run down
        here, there = (np.take(slope, k, axis) for k in _steps(slope.shape[axis]))
        low, high = (np.take(height, k, axis) for k in _steps(slope.shape[axis]))
        first, second = (np.take(gentle, k, axis) for k in _steps(slope.shape[axis]))
        surprises.append(np.abs(high - low - here - there)[first & second])
    pooled = np.concatenate(surprises)
    return float(np.median(pooled)) if len(pooled) else 0.0


def _steps(count: int) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(count - 1), np.arange(1, count)


def no_planes(count: int) -> Planes:
    """Planes of faces that no view sees."""
    return Planes(np.zeros((count, 3)), np.zeros(count), np.zeros(count), np.full(count, np.nan))


def unmixed(
    normal: np.ndarray, height: np.ndarray, trusted: np.ndarray, axes: np.ndarray, pixel: float
) -> tuple[np.ndarray, np.ndarray]:
    """Give each pixel that averages the two sides of a crease the plane of the neighbour that is most like its own.

    Such a pixel has few of its kind around it; beside it lie pixels that have many, and it lies between two of those.
    Where the surface bends evenly every pixel has as many and keeps its own; so does a bevel a pixel wide along an
    outline, with nothing on its other side.

    Args:
        normal: (H, W, 3) float64 unit vectors; height: (H, W) float64 metres; trusted: (H, W) bool.
        axes, pixel: as in `NormalView`.

    Returns:
        normal, height: of the one plane that every trusted pixel shows; others pass unchanged.
    """
    near, there = _around(normal), _around(trusted)  # (H, W, 9, 3), (H, W, 9)
    across, up, toward = np.moveaxis(normal @ axes.T, 2, 0)
    steep = np.maximum(toward, MIN_FACING)
    rise = _around(across / steep) * COLUMNS_BACK - _around(up / steep) * ROWS_BACK  # rows run down
    continued = _around(height) + pixel * rise  # (H, W, 9), what each neighbour's plane says of this pixel
    gap = (continued - height[:, :, None]) * steep[:, :, None] / pixel
    apart = ((near - normal[:, :, None]) ** 2).sum(3)
    kind = np.exp(-apart / (2 * ALIKE**2) - gap**2 / (2 * LEVEL**2))
    offered = _around((there * kind).sum(2) * trusted)
    offered[..., OWN] += MIN_GAIN
    # Of two sides alike in number the one nearer to the mixed plane had the larger share.
    best = (offered - 1e-3 * (apart + np.minimum(gap**2, 100))).argmax(2)[..., None]  # (H, W, 1)
    chosen, beyond = (np.take_along_axis(near, k[..., None], 2)[:, :, 0] for k in (best, 2 * OWN - best))
    width = ((chosen - beyond) ** 2).sum(2)
    between = np.maximum(((normal - chosen) ** 2).sum(2), ((normal - beyond) ** 2).sum(2)) < width
    between &= width > LEAST_CREASE**2  # an even bend has normals on both sides too
    mixed = trusted & between & np.take_along_axis(there, 2 * OWN - best, 2)[:, :, 0]
    raised = np.take_along_axis(continued, best, 2)[:, :, 0]
    return np.where(mixed[..., None], chosen, normal), np.where(mixed, raised, height)


def _around(image: np.ndarray) -> np.ndarray:
    """The 3 x 3 neighbours of every pixel, (H, W, 9, ...); zero beyond the image."""
    rows, columns = image.shape[:2]
    padded = np.pad(image, [(1, 1), (1, 1)] + [(0, 0)] * (image.ndim - 2))
    return np.stack([padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3)], 2)


def seen_planes(middles: np.ndarray, normals: np.ndarray, views: list[NormalView]) -> Planes:
    """Ask every view about faces, and average what those say that see the same side of a crease.

    Args:
        middles, normals: (F, 3) float64, of the faces as they lie now.
    """
    answers = [_answer(view, middles, normals) for view in views]
    seen, away, share, rival = (np.stack(parts) for parts in zip(*answers, strict=True))  # (N, F, 3), (N, F) each
    # Beside a crease two views may each see another side of it; the mean of both would be a chamfer.
    alike = share * np.exp(-((seen - normals) ** 2).sum(2) / (2 * ONE_SIDE**2))
    side = np.take_along_axis(seen, alike.argmax(0)[None, :, None], 0)  # (1, F, 3)
    share = share * np.exp(-((seen - side) ** 2).sum(2) / (2 * ONE_SIDE**2))
    total, weight = (share[..., None] * seen).sum(0), share.sum(0)
    length = np.maximum(np.linalg.norm(total, axis=1, keepdims=True), MIN_WEIGHT)
    known = weight > MIN_WEIGHT
    # Views that disagree add up to a short vector, which is trusted less.
    agreement = length[:, 0] / np.maximum(weight, MIN_WEIGHT)
    mean, square = (rival * np.stack([away, away**2])).sum(1) / np.maximum(rival.sum(0), MIN_WEIGHT)
    return Planes(
        np.where(known[:, None], total / length, 0),
        np.where(known, (share * away).sum(0) / np.maximum(weight, MIN_WEIGHT), 0),
        np.where(known, np.minimum(weight, 1) * agreement, 0),
        np.where((rival > 0).sum(0) > 1, np.sqrt(np.maximum(square - mean**2, 0)), np.nan),
    )


def _answer(
    view: NormalView, middles: np.ndarray, normals: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What one view says of faces: the normals (F, 3) of their planes, the metres (F,) to these along them, and the
    view's weight (F,) among those that see the face, and among all that may mean its surface."""
    size = len(view.trusted)
    x, y = view.axes[:2] @ middles.T
    column = ((x / view.half_extent + 1) / 2 * size).astype(np.int64).clip(0, size - 1)
    row = ((1 - y / view.half_extent) / 2 * size).astype(np.int64).clip(0, size - 1)
    seen = view.normal[row, column]
    facing = seen @ view.axes[2]
    right, up = ((column + 0.5) / size * 2 - 1) * view.half_extent, (1 - (row + 0.5) / size * 2) * view.half_extent
    there = np.stack([right, up, view.height[row, column]], 1)
    away = ((there @ view.axes - middles) * seen).sum(1)  # along the seen normal
    # A thin part's far side lies near too; a face that looks away from the camera is none of its own.
    shown = view.trusted[row, column] & (facing > MIN_FACING) & ((normals * seen).sum(1) > 0)
    share, rival = (
        np.where(shown & (np.abs(away) < reach * view.pixel), facing**SHARPNESS, 0) for reach in (REACH, RIVAL_REACH)
    )
    return seen, away, share, rival
