"""A solid that views agree on, made to fill the outline of the photo: what the photo looks past is cut away, and what
it shows beyond the solid is grown.

Moving vertices alone brings an outline onto another where both have the same parts. A part that the views lack would
be torn out of its neighbours, and one that they have too many would be folded into them.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy import ndimage, sparse
from scipy.sparse import linalg

from gen4d.fit_to_photo import Warp, subject_mask
from gen4d.reconstruct.fusion import DistanceGrid
from gen4d.render.rasterizer import project, rasterize
from gen4d.render.shading import interpolate
from gen4d.structures import Mesh

SLACK = 1.5  # px of `STRETCH_SIZE` that the solid may pass the outline by; fine steps of the warp draw it in
JOINT = 3  # px that a grown part reaches into the solid, so that both are one
AROUND = np.ones((3, 3), bool)
FALLBACK = 1e-4  # weight of the nearest known depth beside that of the neighbours; decides where none of them is known
THICK_SHARE = 0.9  # of the solid's pixels that are thinner than a grown part may become
SOFTEN = 0.6  # cells; joins what was grown with the rest


@dataclass(frozen=True)
class PhotoSolid:
    """A solid beside a photo.

    Fields:
        grid: the solid's signed distances.
        cut, grown: pixels of the outline where the solid was cut away and where it was grown, as shares of the photo's.
    """

    grid: DistanceGrid
    cut: float
    grown: float


def fill_outline(grid: DistanceGrid, mesh: Mesh, photo: torch.Tensor, warp: Warp) -> PhotoSolid:
    """Cut a solid to a photo's outline and grow what the outline shows beyond it.

    A grown part lies as deep as the solid beside it, goes straight up or down from there, and is as thick as it is
    wide, as an inflated outline is.

    Args:
        grid: signed distances of the solid, whose surface is `mesh`.
        photo: (S, S, 4) float32, the framed subject.
        warp: brings the mesh's parts to where the photo shows them.
    """
    wanted = subject_mask(photo).numpy()
    depths = _depths(mesh, warp)
    lacking = ndimage.binary_opening(wanted & ~depths.seen, AROUND)
    beyond = ndimage.distance_transform_edt(~wanted)
    inside = ndimage.distance_transform_edt(wanted)
    outline = np.where(wanted, 0.5 - inside, beyond - 0.5)  # px, positive outside
    nodes = _Nodes.of(grid, warp)
    limit = float(np.abs(grid.values).max())
    values = np.maximum(grid.values.ravel(), np.clip((nodes.look_up(outline) - SLACK) * warp.pixel, -limit, limit))
    if lacking.any():
        around = lacking | (ndimage.binary_dilation(lacking, AROUND, JOINT) & wanted)
        middle = _spread(depths.middle, depths.seen & ~around, around, warp)
        thick = float(np.quantile(depths.half[depths.seen], THICK_SHARE))
        half = np.minimum(_roundness(wanted, inside) * warp.pixel, thick)
        part = np.maximum(
            np.abs(nodes.depth - nodes.look_up(middle)) - nodes.look_up(half), nodes.look_up(outline) * warp.pixel
        )
        part = np.where(nodes.look_up(around.astype(float)) > 0.5, np.clip(part, -limit, limit), limit)
        values = np.minimum(values, part)
    changed = values.reshape(grid.values.shape) != grid.values
    near = ndimage.binary_dilation(changed, iterations=2)
    soft = ndimage.gaussian_filter(values.reshape(grid.values.shape), SOFTEN)
    values = np.where(near, soft, grid.values).astype(np.float32)
    cut = depths.seen & (beyond > SLACK)
    return PhotoSolid(replace(grid, values=values), *(float(p.sum() / wanted.sum()) for p in (cut, lacking)))


@dataclass(frozen=True)
class _Depths:
    """The mesh by the photo's parallel rays, all (S, S): whether hit, and the middle and half of what lies between the
    first and the last hit, metres towards the camera."""

    seen: np.ndarray
    middle: np.ndarray
    half: np.ndarray


def _depths(mesh: Mesh, warp: Warp) -> _Depths:
    toward = warp.camera.camera_to_world[0, :3, 2]
    vertices = warp.flat(mesh.vertices)
    depth = vertices @ toward
    mirrored = vertices - 2 * depth[:, None] * toward  # the last hit becomes the first
    front, back = (rasterize(points, mesh.faces, warp.camera) for points in (vertices, mirrored))
    first, last = (interpolate(raster, mesh.faces, depth[:, None])[0, ..., 0].numpy() for raster in (front, back))
    return _Depths((front.face_index[0] >= 0).numpy(), (first + last) / 2, (first - last) / 2)


@dataclass(frozen=True)
class _Nodes:
    """Where the photo's rays meet the nodes of a grid: rows and columns (2, R^3) px, depth (R^3,) metres."""

    places: np.ndarray
    depth: np.ndarray

    @classmethod
    def of(cls, grid: DistanceGrid, warp: Warp) -> "_Nodes":
        steps = (torch.arange(len(grid.values)) + 0.5) * grid.spacing - grid.half_extent
        nodes = torch.stack(torch.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
        flat = warp.flat(nodes)
        columns, rows = project(flat, warp.camera).pixels[0].numpy().T
        return cls(np.stack([rows, columns]) - 0.5, (flat @ warp.camera.camera_to_world[0, :3, 2]).numpy())

    def look_up(self, image: np.ndarray) -> np.ndarray:
        return ndimage.map_coordinates(image, self.places, order=1, mode="nearest")


def _spread(values: np.ndarray, known: np.ndarray, region: np.ndarray, warp: Warp) -> np.ndarray:
    """Depths (S, S) spread harmonically from where they are known into a region, along the world's vertical."""
    if not known.any():
        return values
    rise = math.tan(warp.viewpoint.elevation) * warp.pixel * np.arange(len(values))[:, None]
    level = values + rise
    nearest = ndimage.distance_transform_edt(~known, return_distances=False, return_indices=True)
    index = np.full(region.shape, -1)
    count = int(region.sum())
    index[region] = np.arange(count)
    diagonal = np.full(count, FALLBACK)
    right = FALLBACK * level[nearest[0], nearest[1]][region]
    pairs = []
    for axis in (0, 1):
        for step in (1, -1):
            other = np.roll(index, step, axis)[region]
            fixed = np.roll(known & ~region, step, axis)[region]
            diagonal += (other >= 0) | fixed
            right += np.where(fixed, np.roll(level, step, axis)[region], 0.0)
            joined = other >= 0
            pairs.append((np.flatnonzero(joined), other[joined]))
    rows, columns = (np.concatenate(part) for part in zip(*pairs, strict=True))
    matrix = sparse.csr_matrix((np.full(len(rows), -1.0), (rows, columns)), (count, count)) + sparse.diags(diagonal)
    result = level.copy()
    result[region] = linalg.spsolve(matrix.tocsc(), right)
    return result - rise


def _roundness(mask: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Half the thickness of a round body with this outline, (S, S) px: spheres about the middles of its parts.

    Args:
        inside: (S, S) px, distance to the outside.
    """
    half = np.zeros(mask.shape)
    for radius in range(1, int(inside.max()) + 1):
        away = ndimage.distance_transform_edt(inside < radius)
        half = np.maximum(half, np.sqrt(np.maximum(radius**2 - away**2, 0)))
    return np.where(mask, half, 0.0)
