"""Parts of a matte, each at its depth -> one closed mesh."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from scipy import ndimage
from skimage import measure

from gen4d.conventions import VIEW_HALF_EXTENT
from gen4d.errors import InputError
from gen4d.puppet.config import PuppetConfig
from gen4d.puppet.inflate import flattened, inflate, limited, local_half_width, signed_distance
from gen4d.puppet.legs import Leg, find_legs, upper_end
from gen4d.puppet.revolve import best_axis, crossed, foot_axis, revolved
from gen4d.structures import Mesh

Shape = Literal["creature", "thing", "flat", "round", "crossed"]
CLEARANCE = 1.12  # a near leg's middle lies this many of its half-depths off the middle plane, so that twins part
OUTSIDE = 0.85  # of the body's half-depth that a leg's outer side reaches
ROW_SIGMA = 2.0  # rows; softens the steps between rows whose depths a side matte gives
NUDGE = 0.02  # of a cell's field; keeps the surface off the nodes, where marching cubes makes slivers


@dataclass(frozen=True)
class Layer:
    """One part of the subject.

    Fields:
        square: (N, N) float64, squared half-depth, negative outside the part.
        depth: of the part's middle plane, towards the camera; (N, 1) where it differs from row to row.
    """

    square: np.ndarray
    depth: np.ndarray | float


def puppet_solid(
    alpha: np.ndarray, shape: Shape, cfg: PuppetConfig, *, legs: bool, depths: np.ndarray | None = None
) -> tuple[Mesh, int]:
    """Inflate a framed matte.

    Args:
        alpha: (N, N) float in [0, 1], the frame of half-extent `VIEW_HALF_EXTENT`, row 0 on top.
        shape: what gives the depth: its parts' widths, for `thing` with flat faces; for `round` the outline turned
            about its axis, and for `crossed` copies of it about its axis.
        legs: the matte shows a four-legged animal from its side: give it its legs left and right of the middle plane.
        depths: (N, N) float, the framed matte of a photo of its side, whose left end is nearer to the camera; it gives
            each height its depth. None: the depth follows the width.

    Returns:
        mesh: closed and manifold, in the camera's axes: x to the right, y up, z to the camera; no texture yet.
        legs: how many legs it stands on; 0 where none were looked for or found.

    Raises:
        InputError: the matte shows nothing, or only what is thinner than its pixels.
    """
    check_matte(alpha)
    layers, count = _layers(alpha, shape, cfg, find_legs(alpha > 0.5) if legs else [])
    if depths is not None:
        layers = [_as_deep_as(layer, alpha, depths) for layer in layers]
    return _closed_mesh(layers, 2 * VIEW_HALF_EXTENT / alpha.shape[0], shape), count


def check_matte(alpha: np.ndarray) -> None:
    """Refuse a framed matte that shows nothing a solid could be made of.

    Raises:
        InputError: it is empty, or nowhere as wide as a pixel of it.
    """
    if not (alpha > 0.5).any() or not (signed_distance(alpha) > 0).any():
        raise InputError(
            "photo: the subject is nowhere solid or wider than a grid cell; give a mask of it with --mask, or raise "
            "puppet.resolution."
        )


def _layers(alpha: np.ndarray, shape: Shape, cfg: PuppetConfig, legs: list[Leg]) -> tuple[list[Layer], int]:
    """The body, and the legs at both sides of it."""
    pixel = 2 * VIEW_HALF_EXTENT / alpha.shape[0]
    limit = {
        "creature": cfg.max_half_depth,
        "thing": cfg.max_half_depth_things,
        "flat": cfg.flat_half_depth,
        "round": cfg.max_half_depth,
        "crossed": cfg.max_half_depth,
    }[shape]
    body = alpha * ~np.logical_or.reduce([leg.mask for leg in legs]) if legs else alpha
    layers = [Layer(_thickness(body, pixel, shape, limit, cfg), 0.0)]
    body_half = np.sqrt(layers[0].square.clip(min=0))
    for leg in legs:
        whole = upper_end(leg, alpha > 0.5)
        square = limited(inflate(alpha * whole, pixel) * cfg.roundness**2, limit)
        half = float(np.sqrt(np.percentile(square[leg.mask], 90).clip(min=0)))
        depth = max(CLEARANCE * half, OUTSIDE * float(body_half[whole].max()) - half)
        layers += [Layer(square, side * depth) for side in leg.sides]
    return layers, sum(len(leg.sides) for leg in legs)


def _thickness(alpha: np.ndarray, pixel: float, shape: Shape, limit: float, cfg: PuppetConfig) -> np.ndarray:
    """Squared half-depth (N, N) of a part: round for what is grown, with flat faces for what is made."""
    membrane = inflate(alpha, pixel)
    if shape == "thing":
        return flattened(membrane, local_half_width(alpha, pixel), limit) * cfg.roundness**2
    return limited(membrane * cfg.roundness**2, limit)


def _as_deep_as(layer: Layer, alpha: np.ndarray, depths: np.ndarray) -> Layer:
    """Stretch a layer's depth, row by row, to what a matte of the side shows at the same height."""
    count, pixel = alpha.shape[0], 2 * VIEW_HALF_EXTENT / alpha.shape[0]
    rows, side_rows = (np.flatnonzero((matte > 0.5).any(1)) for matte in (alpha, depths))
    scale = len(rows) / max(len(side_rows), 1)
    places = (np.arange(count) - rows[0]) / scale + side_rows[0]
    ends = np.array([(c[0], c[-1] + 1) if len(c := np.flatnonzero(row > 0.5)) else (np.nan,) * 2 for row in depths])
    known = np.isfinite(ends[:, 0])
    near, far = (np.interp(places, np.flatnonzero(known), ends[known, end]) * scale * pixel for end in (0, 1))
    middle = ndimage.gaussian_filter1d((near + far) / 2, ROW_SIGMA)
    half = ndimage.gaussian_filter1d((far - near) / 2, ROW_SIGMA)
    own = np.sqrt(layer.square.max(1).clip(min=pixel**2))
    centre = (middle[rows].min() + middle[rows].max()) / 2
    return Layer(layer.square * ((half / own) ** 2)[:, None], (centre - middle)[:, None])


def _closed_mesh(layers: list[Layer], pixel: float, shape: Shape) -> Mesh:
    """The surface around the union of all layers, by marching cubes on their cells."""
    far = max(float(np.abs(layer.depth).max()) + float(np.sqrt(layer.square.max().clip(min=0))) for layer in layers)
    covered = np.logical_or.reduce([layer.square > 0 for layer in layers])
    rows, columns = np.flatnonzero(covered.any(1)), np.flatnonzero(covered.any(0))
    axis = None
    if shape in ("round", "crossed"):
        axis = (best_axis if shape == "round" else foot_axis)(layers[0].square)
        far = max(far, max(axis - columns[0], columns[-1] - axis) * pixel)
    steps = int(np.ceil(far / pixel)) + 2
    z = np.arange(-steps, steps + 1) * pixel
    top, left = max(rows[0] - 2, 0), max(columns[0] - 2, 0)
    window = (slice(top, rows[-1] + 3), slice(left, columns[-1] + 3))
    field = np.full((*covered[window].shape, len(z)), -np.inf, np.float32)
    for layer in layers:
        middle = np.broadcast_to(layer.depth, layer.square.shape)[window][..., None]
        field = np.maximum(field, layer.square[window][..., None] - (z - middle) ** 2, dtype=np.float32)
    if axis is not None:
        square, axis = layers[0].square[window], axis - left
        field = np.maximum(field, revolved(square, axis, z / pixel))
        if shape == "crossed":
            field = np.maximum(field, crossed(square, axis, z / pixel, pixel))
    field = np.pad(field, 1, constant_values=float(field.min()))
    nudge = NUDGE * pixel**2
    field = np.where(np.abs(field) < nudge, np.where(field < 0, -nudge, nudge), field)
    points, faces, _, _ = measure.marching_cubes(field, 0.0, gradient_direction="descent")
    row, column, layer_index = points.T - 1.0
    half = pixel * covered.shape[0] / 2
    vertices = np.stack(
        [
            (column + left + 0.5) * pixel - half,
            half - (row + top + 0.5) * pixel,
            z[0] + layer_index * pixel,
        ],
        1,
    )
    # Rows run down and y runs up: one axis is mirrored, and two are swapped, so the winding comes out as it went in.
    return _outward(vertices.astype(np.float32), faces.astype(np.int64))


def _outward(vertices: np.ndarray, faces: np.ndarray) -> Mesh:
    """Wind a closed mesh counter-clockwise from outside, told from the sign of its volume."""
    a, b, c = vertices[faces].transpose(1, 0, 2).astype(np.float64)
    if float(np.einsum("fi,fi->", a, np.cross(b, c))) < 0:
        faces = faces[:, ::-1].copy()
    return Mesh(torch.from_numpy(vertices), torch.from_numpy(faces))
