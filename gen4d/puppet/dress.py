"""The photo as texture: one chart for the side the photo saw, one for the side behind it."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from scipy import ndimage

from gen4d.conventions import VIEW_HALF_EXTENT
from gen4d.structures import Material, Mesh, vertex_normals

MARGIN = 6  # texels around a chart that continue its colours
FULL_ALPHA = 0.97  # below it a pixel's colour may still carry the background
RIM = 1.5  # px of the framed photo: this close to the outline, colours are taken from further inside
BACK_SCALE = 0.5  # of the front's texels a side that the back gets at least
FILL_SIGMA = 2.0  # texels; softens the streaks where colours continue outwards


@dataclass(frozen=True)
class Chart:
    """Where a picture lies in the texture: texels = (frame in [0, 1] - origin) * scale + place.

    Fields:
        left, top: of the subject's box, in [0, 1] of the frame.
        scale: texels across the whole frame.
        column, row: place of the box's corner, in texels.
    """

    left: float
    top: float
    scale: float
    column: float
    row: float


def dress(mesh: Mesh, front: torch.Tensor, back: torch.Tensor | None, texture_size: int) -> tuple[Mesh, Material]:
    """Give a puppet its texture.

    Args:
        mesh: closed, in the camera's axes.
        front: (S, S, 4) float32, the framed photo that it was inflated from.
        back: the same from behind, in the same frame and mirrored (its left is the front's left); None: the front's
            own colours, mirrored.
        texture_size: texels a side.

    Returns:
        mesh: with uv, normals and welded ids.
        material: its base colour; texels beside the subject continue its colours.
    """
    box = _box(front[..., 3].numpy())
    charts = _layout(box, texture_size)
    image = np.zeros((texture_size, texture_size, 3), np.float32)
    pictures = (front, front if back is None else back)
    for chart, picture in zip(charts, pictures, strict=True):
        _paint(image, chart, box, continued(picture.numpy()))
    opaque = np.ones((*image.shape[:2], 1), np.float32)
    textured = _with_charts(mesh, charts, texture_size)
    return textured, Material(torch.from_numpy(np.concatenate([image.clip(0, 1), opaque], 2)))


def continued(picture: np.ndarray) -> np.ndarray:
    """Colours (S, S, 3) of a framed photo (S, S, 4), continued over its outline from safely inside."""
    alpha = picture[..., 3]
    inner = ndimage.distance_transform_edt(alpha >= FULL_ALPHA)
    # A hair or a wire has no inside: there the pixel that lies deepest will do.
    deepest = (inner == ndimage.maximum_filter(inner, 5)) & (alpha >= 0.5)
    sure = (inner > RIM) | (deepest & (inner <= 2 * RIM)) & (inner > 0)
    if not sure.any():
        sure = alpha >= min(0.5, float(alpha.max()))
    distance, nearest = ndimage.distance_transform_edt(~sure, return_indices=True)
    colors = picture[..., :3][tuple(nearest)]
    soft = cv2.GaussianBlur(colors, (0, 0), FILL_SIGMA)
    blend = np.clip((distance - 2 * RIM) / 4, 0, 1)[..., None]
    return colors * (1 - blend) + soft * blend


def turned(mesh: Mesh, azimuth: float) -> Mesh:
    """Turn a mesh from the camera's axes into the world's, the camera standing at an azimuth (radians; 0 is +Z)."""
    sin, cos = float(np.sin(azimuth)), float(np.cos(azimuth))
    rotation = torch.tensor([[cos, 0.0, sin], [0.0, 1.0, 0.0], [-sin, 0.0, cos]]).round(decimals=7)
    normals = None if mesh.normals is None else mesh.normals @ rotation.T
    return replace(mesh, vertices=mesh.vertices @ rotation.T, normals=normals)


def _box(alpha: np.ndarray) -> tuple[float, float, float, float]:
    """Left, top, width and height of the subject, in [0, 1] of the frame."""
    rows, columns = np.flatnonzero((alpha > 0).any(1)), np.flatnonzero((alpha > 0).any(0))
    size = alpha.shape[0]
    left, top = columns[0] / size, rows[0] / size
    return left, top, (columns[-1] + 1) / size - left, (rows[-1] + 1) / size - top


def _layout(box: tuple[float, float, float, float], size: int) -> tuple[Chart, Chart]:
    """Front and back one beside the other, or one above the other, whichever leaves them larger."""
    left, top, width, height = box
    space = size - 4 * MARGIN
    beside = min(space / (width * (1 + BACK_SCALE)), (size - 2 * MARGIN) / height)
    above = min(space / (height * (1 + BACK_SCALE)), (size - 2 * MARGIN) / width)
    scale = max(beside, above)
    if beside >= above:
        back = min(scale, (space - width * scale) / width)
        place = (width * scale + 3 * MARGIN, MARGIN)
    else:
        back = min(scale, (space - height * scale) / height)
        place = (MARGIN, height * scale + 3 * MARGIN)
    return Chart(left, top, scale, MARGIN, MARGIN), Chart(left, top, back, *place)


def _paint(image: np.ndarray, chart: Chart, box: tuple[float, float, float, float], colors: np.ndarray) -> None:
    """Resample one picture into its place; what is not painted yet beside it takes its colours too."""
    size, source = image.shape[0], colors.shape[0]
    shrink = source / chart.scale  # source pixels a texel
    if shrink > 1:
        colors = cv2.GaussianBlur(colors, (0, 0), 0.45 * shrink)
    row0, column0 = (max(0, int(place - MARGIN)) for place in (chart.row, chart.column))
    row1 = min(size, int(np.ceil(chart.row + box[3] * chart.scale + MARGIN)))
    column1 = min(size, int(np.ceil(chart.column + box[2] * chart.scale + MARGIN)))
    columns = ((np.arange(column0, column1) + 0.5 - chart.column) / chart.scale + chart.left) * source - 0.5
    rows = ((np.arange(row0, row1) + 0.5 - chart.row) / chart.scale + chart.top) * source - 0.5
    x, y = np.meshgrid(columns.astype(np.float32), rows.astype(np.float32))
    image[row0:row1, column0:column1] = cv2.remap(
        np.ascontiguousarray(colors), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def _with_charts(mesh: Mesh, charts: tuple[Chart, Chart], size: int) -> Mesh:
    """Faces turned to the camera go to the first chart, the others to the second."""
    vertices, faces = mesh.vertices.numpy(), mesh.faces.numpy()
    a, b, c = vertices[faces].transpose(1, 0, 2).astype(np.float64)
    behind = np.cross(b - a, c - a)[:, 2] < 0
    key = faces + behind[:, None] * len(vertices)
    used, compact = np.unique(key, return_inverse=True)
    source, side = used % len(vertices), used // len(vertices)
    frame = np.stack([vertices[source, 0], -vertices[source, 1]], 1) / (2 * VIEW_HALF_EXTENT) + 0.5
    uv = np.empty((len(used), 2), np.float32)
    for number, chart in enumerate(charts):
        chosen = side == number
        offset = np.array([chart.left, chart.top]), np.array([chart.column, chart.row])
        uv[chosen] = ((frame[chosen] - offset[0]) * chart.scale + offset[1]) / size
    welded = torch.from_numpy(source.astype(np.int64))
    return Mesh(
        mesh.vertices[welded],
        torch.from_numpy(compact.reshape(-1, 3).astype(np.int64)),
        normals=vertex_normals(mesh)[welded],
        uv=torch.from_numpy(uv.clip(0, 1)),
        welded=welded,
    )
