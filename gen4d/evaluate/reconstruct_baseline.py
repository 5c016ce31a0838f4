"""The yardstick of reconstruction: carve a grid by outlines and depth, march the cubes, colour by the best-facing view.

No smoothing, no simplification, no texture: what an afternoon's work reaches from the same six views.
"""

import numpy as np
import torch
from scipy import ndimage

from gen4d.conventions import CUBE_HALF_EXTENT, VIEW_AXES, VIEW_HALF_EXTENT
from gen4d.reconstruct.extract import extract
from gen4d.reconstruct.fusion import DistanceGrid
from gen4d.structures import Mesh, MultiView, vertex_normals

RESOLUTION = 128
SOLID = 0.5


def carved(views: MultiView) -> Mesh:
    """A mesh with vertex colours from the six canonical views.

    Raises:
        InputError: nothing is left after carving.
    """
    spacing = 2 * VIEW_HALF_EXTENT / RESOLUTION
    node = (np.arange(RESOLUTION) + 0.5) * spacing - VIEW_HALF_EXTENT
    places = np.stack(np.meshgrid(node, node, node, indexing="ij"), -1).reshape(-1, 3)
    distance = np.full(len(places), -np.inf)
    for index, axes in enumerate(VIEW_AXES):
        row, column = _pixel(places, axes, views.alpha.shape[1])
        alpha = views.alpha[index, ..., 0].numpy()
        height = CUBE_HALF_EXTENT - views.depth[index, ..., 0].numpy() * 2 * CUBE_HALF_EXTENT
        above = places @ np.array(axes[2]) - height[row, column]
        beside = (SOLID - alpha[row, column]) * spacing * 2
        np.maximum(distance, np.maximum(np.where(alpha[row, column] > SOLID, above, beside), beside), out=distance)
    values = np.clip(distance, -3 * spacing, 3 * spacing).reshape((RESOLUTION,) * 3).astype(np.float32)
    mesh = extract(DistanceGrid(ndimage.gaussian_filter(values, 0.5), spacing))
    return _colored(mesh, views)


def _colored(mesh: Mesh, views: MultiView) -> Mesh:
    vertices, normals = mesh.vertices.numpy(), vertex_normals(mesh).numpy()
    facing = np.stack([normals @ np.array(axes[2]) for axes in VIEW_AXES], 1)  # (V, 6)
    best, colors = facing.argmax(1), np.zeros_like(vertices)
    for index, axes in enumerate(VIEW_AXES):
        full = views.alpha[index, ..., 0].numpy() > 0.95
        if not full.any():
            continue
        nearest = ndimage.distance_transform_edt(~full, return_distances=False, return_indices=True)
        image = views.albedo[index].numpy()[tuple(nearest)]
        mine = best == index
        colors[mine] = image[_pixel(vertices[mine], axes, len(image))]
    return Mesh(mesh.vertices, mesh.faces, colors=torch.from_numpy(colors.astype(np.float32)))


def _pixel(places: np.ndarray, axes: tuple[tuple[float, ...], ...], size: int) -> tuple[np.ndarray, np.ndarray]:
    right, up, _ = (np.array(axis) for axis in axes)
    column = ((places @ right / VIEW_HALF_EXTENT + 1) / 2 * size).astype(int).clip(0, size - 1)
    row = ((1 - places @ up / VIEW_HALF_EXTENT) / 2 * size).astype(int).clip(0, size - 1)
    return row, column
