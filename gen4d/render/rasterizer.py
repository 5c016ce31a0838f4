"""Which triangle every pixel sees: a z-buffer kernel for visibility, barycentrics in torch so that gradients flow.

The kernel is compiled by numba on first use and cached. Its plain twin, `rasterize_reference`, tests every pixel
against every face; both decide with the same float64 edge functions, so they agree exactly.
"""

from dataclasses import dataclass

import numba
import numpy as np
import torch

from gen4d.errors import ShapeError
from gen4d.structures.camera import Camera

NEAR = 1e-3  # metres; a perspective face with a vertex nearer than this is not drawn
DEGENERATE_AREA = 1e-12  # px^2; below it a face has no inside


@dataclass(frozen=True)
class Raster:
    """What N cameras see.

    Fields:
        face_index: (N, H, W) int64, -1 where no face is hit.
        barycentric: (N, H, W, 3) float32, perspective-correct, differentiable in the vertices; 0 where no face is hit.
        depth: (N, H, W) float32, metres along the viewing direction, differentiable; 0 where no face is hit.
    """

    face_index: torch.Tensor
    barycentric: torch.Tensor
    depth: torch.Tensor


@dataclass(frozen=True)
class Projection:
    """Vertices in image space: pixels (N, V, 2), metres along the viewing direction (N, V), and the kind of camera."""

    pixels: torch.Tensor
    depth: torch.Tensor
    perspective: bool


def project(vertices: torch.Tensor, camera: Camera) -> Projection:
    """Project world points.

    Args:
        vertices: (V, 3), the same for all cameras, or (N, V, 3).
    """
    world_to_camera = torch.linalg.inv(camera.camera_to_world.to(vertices.dtype))
    points = vertices if vertices.ndim == 3 else vertices.expand(len(camera), -1, -1)
    if points.shape[0] != len(camera):
        raise ShapeError(f"project: {points.shape[0]} sets of vertices for {len(camera)} cameras.")
    local = points @ world_to_camera[:, :3, :3].transpose(1, 2) + world_to_camera[:, None, :3, 3]  # (N, V, 3)
    depth = -local[..., 2]
    if camera.intrinsics is None:
        assert camera.half_extent is not None
        scale = camera.width / (2 * camera.half_extent)
        x = camera.width / 2 + scale * local[..., 0]
        y = camera.height / 2 - scale * local[..., 1]
        return Projection(torch.stack([x, y], -1), depth, perspective=False)
    k = camera.intrinsics.to(vertices.dtype)
    safe = depth.clamp(min=NEAR)
    x = k[:, 0, 2, None] + k[:, 0, 0, None] * local[..., 0] / safe
    y = k[:, 1, 2, None] - k[:, 1, 1, None] * local[..., 1] / safe
    return Projection(torch.stack([x, y], -1), depth, perspective=True)


def rasterize(vertices: torch.Tensor, faces: torch.Tensor, camera: Camera) -> Raster:
    """Find the nearest face at every pixel centre.

    Args:
        vertices: (V, 3) or (N, V, 3) float, world metres.
        faces: (F, 3) int64. Both sides are drawn.

    Returns:
        raster: see `Raster`.
    """
    projection = project(vertices, camera)
    pixels, order, usable = _kernel_inputs(projection)
    face_index = np.empty((len(camera), camera.height, camera.width), np.int64)
    _z_buffer(pixels, order, usable, faces.detach().cpu().numpy(), face_index)
    return _interpolation(projection, faces, torch.from_numpy(face_index).to(vertices.device))


def rasterize_reference(vertices: torch.Tensor, faces: torch.Tensor, camera: Camera) -> Raster:
    """The plain twin of `rasterize`: every pixel against every face, in numpy. Slow; for tests."""
    projection = project(vertices, camera)
    pixels, order, usable = _kernel_inputs(projection)
    grid = np.stack(np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5), -1)  # (H, W, 2)
    found = np.full((len(camera), camera.height, camera.width), -1, np.int64)
    for n in range(len(camera)):
        best = np.full(found.shape[1:], np.inf)
        for f, (i, j, k) in enumerate(faces.numpy()):
            (ax, ay), (bx, by), (cx, cy) = pixels[n, i], pixels[n, j], pixels[n, k]
            area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
            if abs(area) < DEGENERATE_AREA or not (usable[n, i] and usable[n, j] and usable[n, k]):
                continue
            x, y = grid[..., 0], grid[..., 1]
            u = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
            v = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
            w = 1.0 - u - v
            depth = u * order[n, i] + v * order[n, j] + w * order[n, k]
            hit = (u >= 0) & (v >= 0) & (w >= 0) & (depth < best)
            best[hit] = depth[hit]
            found[n][hit] = f
    return _interpolation(projection, faces, torch.from_numpy(found))


def _kernel_inputs(projection: Projection) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Float64 pixels, a key affine on the screen that grows with depth, and which vertices lie before the camera."""
    depth = projection.depth.detach().double().cpu()
    order = -1 / depth.clamp(min=NEAR) if projection.perspective else depth
    usable = depth >= NEAR if projection.perspective else torch.ones_like(depth, dtype=torch.bool)
    return projection.pixels.detach().double().cpu().numpy(), order.numpy(), usable.numpy()


@numba.njit(cache=True)
def _z_buffer(pixels, order, usable, faces, face_index):  # pragma: no cover - compiled
    views, height, width = face_index.shape
    best = np.empty((height, width), np.float64)
    for n in range(views):
        best[:] = np.inf
        face_index[n] = -1
        for f in range(faces.shape[0]):
            i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
            if not (usable[n, i] and usable[n, j] and usable[n, k]):
                continue
            ax, ay = pixels[n, i, 0], pixels[n, i, 1]
            bx, by = pixels[n, j, 0], pixels[n, j, 1]
            cx, cy = pixels[n, k, 0], pixels[n, k, 1]
            area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
            if abs(area) < DEGENERATE_AREA:
                continue
            # Pixel centres lie at +0.5: the first one inside the box is ceil(min - 0.5).
            x0 = max(0, int(np.ceil(max(min(ax, bx, cx), -1.0) - 0.5)))
            x1 = min(width - 1, int(np.floor(min(max(ax, bx, cx), width + 1.0) - 0.5)))
            y0 = max(0, int(np.ceil(max(min(ay, by, cy), -1.0) - 0.5)))
            y1 = min(height - 1, int(np.floor(min(max(ay, by, cy), height + 1.0) - 0.5)))
            for py in range(y0, y1 + 1):
                y = py + 0.5
                for px in range(x0, x1 + 1):
                    x = px + 0.5
                    u = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
                    v = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
                    w = 1.0 - u - v
                    if u >= 0 and v >= 0 and w >= 0:
                        depth = u * order[n, i] + v * order[n, j] + w * order[n, k]
                        if depth < best[py, px]:
                            best[py, px] = depth
                            face_index[n, py, px] = f


def _interpolation(projection: Projection, faces: torch.Tensor, face_index: torch.Tensor) -> Raster:
    """Barycentrics and depth at the hit pixels, in torch, so that gradients reach the vertices."""
    hit = (face_index >= 0).nonzero()  # (P, 3): view, row, column
    view, row, column = hit.unbind(1)
    corners = faces[face_index[view, row, column]]  # (P, 3)
    xy = projection.pixels[view[:, None], corners]  # (P, 3, 2)
    z = projection.depth[view[:, None], corners]  # (P, 3)
    point = torch.stack([column, row], -1).to(xy.dtype) + 0.5
    a, b, c = (xy - point[:, None]).unbind(1)  # (P, 2) each
    u, v, w = _cross(b, c), _cross(c, a), _cross(a, b)
    weights = torch.stack([u, v, w], -1) / (u + v + w)[:, None]
    if projection.perspective:  # screen-space weights are affine in 1/z, not in z
        weights = weights / z.clamp(min=NEAR)
        weights = weights / weights.sum(1, keepdim=True)
    barycentric = weights.new_zeros(*face_index.shape, 3).index_put((view, row, column), weights)
    depth = weights.new_zeros(face_index.shape).index_put((view, row, column), (weights * z).sum(1))
    return Raster(face_index, barycentric, depth)


def _cross(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
