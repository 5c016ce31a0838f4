"""Which triangle every pixel sees: a z-buffer kernel for visibility, barycentrics in torch so that gradients flow.

Vertices are kept in homogeneous pixels, so that a face which crosses the plane of the camera is clipped there without
being cut: the part of it behind the camera fails the inside test of its own accord. The kernel is compiled by numba on
first use and cached. Its plain twin, `rasterize_reference`, cuts such faces at the near plane and tests every pixel
against every piece.

Source: Olano and Greer 1997, Triangle Scan Conversion using 2D Homogeneous Coordinates.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numba
import numpy as np
import torch

from gen4d.errors import ShapeError
from gen4d.structures.camera import Camera

NEAR = 1e-3  # metres; what is nearer to a perspective camera is not drawn
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
    """Vertices in the images of N cameras.

    Fields:
        image: (N, V, 3) homogeneous pixels (x w, y w, w); w is the depth, or 1 for orthographic cameras.
        depth: (N, V) metres along the viewing direction; negative behind the camera.
        perspective: the kind of the cameras.
    """

    image: torch.Tensor
    depth: torch.Tensor
    perspective: bool

    @property
    def pixels(self) -> torch.Tensor:
        """(N, V, 2) pixels; of vertices behind `NEAR` as if they lay there."""
        w = self.image[..., 2:]
        return self.image[..., :2] / (w.clamp(min=NEAR) if self.perspective else w)


class Visibility(Protocol):
    """Anything that finds the nearest face at every pixel centre; see `backends`."""

    def __call__(self, projection: Projection, faces: torch.Tensor, width: int, height: int) -> torch.Tensor:
        """The faces (N, H, W) int64, -1 where none is hit, for faces (F, 3) int64."""
        ...


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
        return Projection(torch.stack([x, y, torch.ones_like(x)], -1), depth, perspective=False)
    k = camera.intrinsics.to(vertices.dtype)
    x = k[:, 0, 2, None] * depth + k[:, 0, 0, None] * local[..., 0]
    y = k[:, 1, 2, None] * depth - k[:, 1, 1, None] * local[..., 1]
    return Projection(torch.stack([x, y, depth], -1), depth, perspective=True)


def rasterize(
    vertices: torch.Tensor, faces: torch.Tensor, camera: Camera, visibility: Visibility | None = None
) -> Raster:
    """Find the nearest face at every pixel centre; what lies nearer than `NEAR` to a perspective camera is cut away.

    Args:
        vertices: (V, 3) or (N, V, 3) float, world metres.
        faces: (F, 3) int64. Both sides are drawn.
        visibility: another z-buffer; None for the kernel here.

    Returns:
        raster: see `Raster`.
    """
    projection = project(vertices, camera)
    if visibility is not None:
        found = visibility(projection, faces, camera.width, camera.height)
        return _interpolation(projection, faces, found.to(vertices.device))
    image, depth = _kernel_inputs(projection)
    face_index = np.empty((len(camera), camera.height, camera.width), np.int64)
    _z_buffer(image, depth, faces.detach().cpu().numpy(), projection.perspective, face_index)
    return _interpolation(projection, faces, torch.from_numpy(face_index).to(vertices.device))


def rasterize_reference(vertices: torch.Tensor, faces: torch.Tensor, camera: Camera) -> Raster:
    """The plain twin of `rasterize`: every pixel against every face cut at `NEAR`, in numpy. Slow; for tests."""
    projection = project(vertices, camera)
    image, depth = _kernel_inputs(projection)
    x, y = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)  # (H, W) each
    found = np.full((len(camera), camera.height, camera.width), -1, np.int64)
    for n in range(len(camera)):
        best = np.full(found.shape[1:], np.inf)
        for f, corners in enumerate(faces.numpy()):
            polygon = [np.append(image[n, i], depth[n, i]) for i in corners]  # (x w, y w, w, z) each
            polygon = _cut_at_near(polygon) if projection.perspective else polygon
            for second, third in pairwise(polygon[1:]):
                piece = np.stack([polygon[0], second, third])
                (ax, ay), (bx, by), (cx, cy) = piece[:, :2] / piece[:, 2:3]
                area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
                if abs(area) < DEGENERATE_AREA:
                    continue
                u = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
                v = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
                w = 1.0 - u - v
                key = -1 / piece[:, 3] if projection.perspective else piece[:, 3]  # affine on the screen
                height = u * key[0] + v * key[1] + w * key[2]
                hit = (u >= 0) & (v >= 0) & (w >= 0) & (height < best)
                best[hit] = height[hit]
                found[n][hit] = f
    return _interpolation(projection, faces, torch.from_numpy(found))


def _cut_at_near(polygon: list[np.ndarray]) -> list[np.ndarray]:
    """The part of a convex polygon of (x w, y w, w, z) corners whose depth z is at least `NEAR`."""
    kept = []
    for start, end in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if start[3] >= NEAR:
            kept.append(start)
        if (start[3] >= NEAR) != (end[3] >= NEAR):
            kept.append(start + (end - start) * (NEAR - start[3]) / (end[3] - start[3]))
    return kept


def _kernel_inputs(projection: Projection) -> tuple[np.ndarray, np.ndarray]:
    """Homogeneous pixels and depth in float64."""
    return projection.image.detach().double().cpu().numpy(), projection.depth.detach().double().cpu().numpy()


@numba.njit(cache=True)
def _z_buffer(image, depth, faces, perspective, face_index):  # pragma: no cover - compiled
    views, height, width = face_index.shape
    best = np.empty((height, width), np.float64)
    for n in range(views):
        best[:] = np.inf
        face_index[n] = -1
        for f in range(faces.shape[0]):
            i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
            ax, ay, aw = image[n, i, 0], image[n, i, 1], image[n, i, 2]
            bx, by, bw = image[n, j, 0], image[n, j, 1], image[n, j, 2]
            cx, cy, cw = image[n, k, 0], image[n, k, 1], image[n, k, 2]
            if perspective and aw < NEAR and bw < NEAR and cw < NEAR:
                continue
            # Edge functions, linear in the pixel (x, y, 1). A shared edge gives its two faces exactly opposite numbers,
            # so no pixel falls between them.
            ux, uy, u1 = by * cw - bw * cy, bw * cx - bx * cw, bx * cy - by * cx
            vx, vy, v1 = cy * aw - cw * ay, cw * ax - cx * aw, cx * ay - cy * ax
            wx, wy, w1 = ay * bw - aw * by, aw * bx - ax * bw, ax * by - ay * bx
            area = ax * ux + ay * uy + aw * u1  # of the face on the screen, times its three w
            if abs(area) <= DEGENERATE_AREA * abs(aw * bw * cw):
                continue
            if area < 0:
                ux, uy, u1, vx, vy, v1, wx, wy, w1 = -ux, -uy, -u1, -vx, -vy, -v1, -wx, -wy, -w1
            left, right, top, bottom = np.inf, -np.inf, np.inf, -np.inf
            for corner in range(3):
                start, end = faces[f, corner], faces[f, (corner + 1) % 3]
                sx, sy, sw = image[n, start, 0], image[n, start, 1], image[n, start, 2]
                ex, ey, ew = image[n, end, 0], image[n, end, 1], image[n, end, 2]
                if not perspective or sw >= NEAR:
                    left, right = min(left, sx / sw), max(right, sx / sw)
                    top, bottom = min(top, sy / sw), max(bottom, sy / sw)
                if perspective and (sw >= NEAR) != (ew >= NEAR):  # where the edge meets the near plane
                    t = (NEAR - sw) / (ew - sw)
                    mx, my = (sx + t * (ex - sx)) / NEAR, (sy + t * (ey - sy)) / NEAR
                    left, right = min(left, mx), max(right, mx)
                    top, bottom = min(top, my), max(bottom, my)
            # Pixel centres lie at +0.5: the first one inside the box is ceil(min - 0.5).
            x0 = max(0, int(np.ceil(min(max(left, -1.0), width + 1.0) - 0.5)))
            x1 = min(width - 1, int(np.floor(min(max(right, -1.0), width + 1.0) - 0.5)))
            y0 = max(0, int(np.ceil(min(max(top, -1.0), height + 1.0) - 0.5)))
            y1 = min(height - 1, int(np.floor(min(max(bottom, -1.0), height + 1.0) - 0.5)))
            za, zb, zc = depth[n, i], depth[n, j], depth[n, k]
            for py in range(y0, y1 + 1):
                y = py + 0.5
                for px in range(x0, x1 + 1):
                    x = px + 0.5
                    u = ux * x + uy * y + u1
                    v = vx * x + vy * y + v1
                    w = wx * x + wy * y + w1
                    if u >= 0 and v >= 0 and w >= 0 and u + v + w > 0:
                        z = (u * za + v * zb + w * zc) / (u + v + w)
                        if z < best[py, px] and (z >= NEAR or not perspective):
                            best[py, px] = z
                            face_index[n, py, px] = f


def _interpolation(projection: Projection, faces: torch.Tensor, face_index: torch.Tensor) -> Raster:
    """Barycentrics and depth at the hit pixels, in torch, so that gradients reach the vertices."""
    hit = (face_index >= 0).nonzero()  # (P, 3): view, row, column
    view, row, column = hit.unbind(1)
    corners = faces[face_index[view, row, column]]  # (P, 3)
    image = projection.image[view[:, None], corners]  # (P, 3, 3)
    point = torch.stack([column, row], -1).to(image.dtype) + 0.5
    weights = weights_at(image, point)
    barycentric = weights.new_zeros(*face_index.shape, 3).index_put((view, row, column), weights)
    distance = (weights * projection.depth[view[:, None], corners]).sum(1)
    depth = weights.new_zeros(face_index.shape).index_put((view, row, column), distance)
    return Raster(face_index, barycentric, depth)


def weights_at(image: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """Perspective-correct barycentrics (P, 3) of pixels (P, 2) on faces with `Projection.image` corners (P, 3, 3)."""
    # Relative to the pixel, so that float32 cancels nothing large. Homogeneous areas are already perspective-correct.
    a, b, c = (image[..., :2] - points[:, None] * image[..., 2:]).unbind(1)  # (P, 2) each
    u, v, w = _cross(b, c), _cross(c, a), _cross(a, b)
    return torch.stack([u, v, w], -1) / (u + v + w)[:, None]


def _cross(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
