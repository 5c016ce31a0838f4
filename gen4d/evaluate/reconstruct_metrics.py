"""How near a reconstructed mesh is to the true one: distances, normals, volume, unseen pictures, soundness.

True objects are often open, hollow or full of inner walls. So both meshes are compared as they look from outside: their
points are what the cameras of a dense sphere see, and their volume is what no such camera sees through.
"""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial import cKDTree
from skimage.metrics import structural_similarity

from gen4d.render.rasterizer import rasterize
from gen4d.structures import Camera, Mesh, face_normals, is_closed, orbit_camera
from gen4d.surface.coverage import cover

POINTS = 120_000  # of each surface; nearest ones then lie about 0.003 apart on the largest objects
CELL = 0.004  # m; points are even to this
SPHERE_PIXELS = 320
SPHERE_EXTENT = 0.9  # m; the cube's diagonal fits
VOXELS = 64  # a side, of the canonical cube
DEPTH_SLACK = 0.006  # m; what half a voxel and the pixels' steps explain
UNSEEN_PIXELS, UNSEEN_FOV, UNSEEN_DISTANCE = 256, 0.42, 3.0
UNSEEN_DEG = ((35, 20), (80, -15), (125, 30), (170, 55), (215, 10), (260, -35), (305, 40), (350, -10))
SUPERSAMPLE = 2
MIN_MSE = 1e-10  # protects the logarithm; 100 dB


@dataclass(frozen=True)
class Surface:
    """What is seen of a mesh from outside.

    Fields:
        points, normals: (P, 3) float64, even over the seen surface.
        solid: (R, R, R) bool voxels of the canonical cube that no camera sees through.
        back_facing: share of the pixels of those cameras that see a face from behind.
    """

    points: np.ndarray
    normals: np.ndarray
    solid: np.ndarray
    back_facing: float


@dataclass(frozen=True)
class ShapeErrors:
    """Errors of a shape; lengths in longest sides.

    Fields:
        chamfer: mean of the two mean distances.
        f1, f2, f5: F-scores at 0.01, 0.02 and 0.05.
        normals: mean absolute cosine between the normals of nearest points, both ways.
        volume_iou: of what no camera sees through.
    """

    chamfer: float
    f1: float
    f2: float
    f5: float
    normals: float
    volume_iou: float


@dataclass(frozen=True)
class Soundness:
    """What engines need of a mesh.

    Fields:
        watertight: every edge has two faces that run along it in opposite directions.
        manifold: watertight, and the faces around every vertex hang together.
        back_facing: share of the pixels around it that see a face from behind.
        uv_overlap: share of the covered texels that more than one face covers.
    """

    watertight: bool
    manifold: bool
    back_facing: float
    uv_overlap: float


def outer_surface(vertices: np.ndarray, faces: np.ndarray) -> Surface:
    """What a dense sphere of orthographic cameras sees of a mesh in the canonical cube.

    Args:
        vertices: (V, 3); faces: (F, 3) int64.
    """
    mesh = Mesh(torch.from_numpy(np.asarray(vertices, np.float32)), torch.from_numpy(np.ascontiguousarray(faces)))
    cameras = _sphere()
    normals = torch.nn.functional.normalize(face_normals(mesh.vertices.double(), mesh.faces), dim=1).numpy()
    grid = (np.arange(VOXELS) + 0.5) / VOXELS - 0.5
    voxels = np.stack(np.meshgrid(grid, grid, grid, indexing="ij"), -1).reshape(-1, 3)
    solid = np.ones(len(voxels), bool)
    seen, turned, behind, total = [], [], 0, 0
    corners = mesh.vertices.double().numpy()[mesh.faces.numpy()]  # (F, 3, 3)
    for index in range(len(cameras)):
        camera = Camera(cameras.camera_to_world[index : index + 1], SPHERE_PIXELS, SPHERE_PIXELS, SPHERE_EXTENT)
        raster = rasterize(mesh.vertices, mesh.faces, camera)
        hit = raster.face_index[0] >= 0
        face, weights = raster.face_index[0][hit].numpy(), raster.barycentric[0][hit].double().numpy()
        seen.append(np.einsum("pc,pci->pi", weights, corners[face]))
        turned.append(normals[face])
        right, up, toward = camera.camera_to_world[0, :3, :3].double().numpy().T
        behind += int((normals[face] @ toward < -1e-3).sum())
        total += len(face)
        reach = np.where(hit.numpy(), 2 - raster.depth[0].double().numpy(), -np.inf)  # towards the camera
        column = ((voxels @ right / SPHERE_EXTENT + 1) / 2 * SPHERE_PIXELS).astype(int)
        row = ((1 - voxels @ up / SPHERE_EXTENT) / 2 * SPHERE_PIXELS).astype(int)
        solid &= voxels @ toward <= reach[row, column] + DEPTH_SLACK
    points, facing = thinned(np.concatenate(seen), np.concatenate(turned))
    return Surface(points, facing, solid.reshape((VOXELS,) * 3), behind / max(1, total))


def thinned(points: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most `POINTS` points (P, 3) with their normals, one a cell, so that places many cameras see count once."""
    order = np.random.default_rng(0).permutation(len(points))
    cells = np.floor((points[order] + 1) / CELL).astype(np.int64)
    _, first = np.unique(cells @ np.array([1, 1 << 20, 1 << 40]), return_index=True)
    keep = order[np.sort(first)[:POINTS]]
    return points[keep], normals[keep]


def shape_errors(made: Surface, true: Surface) -> ShapeErrors:
    """Compare two surfaces both ways."""
    there, nearest_made = cKDTree(made.points).query(true.points)
    back, nearest_true = cKDTree(true.points).query(made.points)
    cosines = [
        np.abs((true.normals * made.normals[nearest_made]).sum(1)).mean(),
        np.abs((made.normals * true.normals[nearest_true]).sum(1)).mean(),
    ]
    scores = [_f_score(there, back, limit) for limit in (0.01, 0.02, 0.05)]
    union = int((made.solid | true.solid).sum())
    return ShapeErrors(
        float((there.mean() + back.mean()) / 2),
        *scores,
        normals=float(np.mean(cosines)),
        volume_iou=float((made.solid & true.solid).sum() / max(1, union)),
    )


def unseen_cameras() -> Camera:
    """Eight perspective cameras around the cube, none of them along a world axis; supersampled."""
    size = UNSEEN_PIXELS * SUPERSAMPLE
    single = [
        orbit_camera(
            float(np.radians(azimuth)),
            float(np.radians(elevation)),
            distance=UNSEEN_DISTANCE,
            fov=UNSEEN_FOV,
            resolution=size,
            target=(0.0, 0.0, 0.0),
        )
        for azimuth, elevation in UNSEEN_DEG
    ]
    intrinsics = [camera.intrinsics for camera in single if camera.intrinsics is not None]
    return Camera(torch.cat([c.camera_to_world for c in single]), size, size, intrinsics=torch.cat(intrinsics))


def on_white(colors: torch.Tensor, hit: torch.Tensor) -> torch.Tensor:
    """Supersampled colours (N, S, S, 3), 0 where nothing is hit, as pictures (N, H, H, 3) before white."""
    full = torch.where(hit[..., None], colors, 1.0)
    return torch.nn.functional.avg_pool2d(full.movedim(-1, 1), SUPERSAMPLE).movedim(1, -1).clamp(0, 1)


def picture_errors(made: torch.Tensor, true: torch.Tensor) -> tuple[float, float]:
    """PSNR in dB over all pixels of all pictures (N, H, W, 3), and the mean SSIM."""
    mse = float((made.double() - true.double()).square().mean())
    pairs = zip(made.numpy(), true.numpy(), strict=True)
    ssim = [structural_similarity(a, b, channel_axis=-1, data_range=1.0) for a, b in pairs]
    return float(-10 * np.log10(max(mse, MIN_MSE))), float(np.mean(ssim))


def soundness(mesh: Mesh, surface: Surface, texture_size: int) -> Soundness:
    """Check the topology of a mesh whose seam copies share a welded id, and its texture coordinates."""
    faces = (mesh.faces if mesh.welded is None else mesh.welded[mesh.faces]).numpy()
    watertight = is_closed(mesh)
    overlap = 0.0 if mesh.uv is None else _uv_overlap(mesh, texture_size)
    return Soundness(watertight, watertight and _vertices_are_manifold(faces), surface.back_facing, overlap)


def _f_score(there: np.ndarray, back: np.ndarray, limit: float) -> float:
    recall, precision = float((there < limit).mean()), float((back < limit).mean())
    return 2 * recall * precision / max(recall + precision, 1e-9)


def _sphere() -> Camera:
    """Orthographic cameras on a Fibonacci sphere, 2 m from the origin."""
    index = np.arange(32)
    height = 1 - 2 * (index + 0.5) / len(index)
    poses = [
        orbit_camera(float(azimuth), float(np.arcsin(h)), distance=2.0, fov=1.0, resolution=8, target=(0.0, 0.0, 0.0))
        for azimuth, h in zip(index * 2.399963, height, strict=True)  # the golden angle
    ]
    return Camera(torch.cat([p.camera_to_world for p in poses]), SPHERE_PIXELS, SPHERE_PIXELS, SPHERE_EXTENT)


def _vertices_are_manifold(faces: np.ndarray) -> bool:
    """In a watertight mesh: around every vertex its half-edges form one cycle."""
    count = int(faces.max()) + 1
    following = {}
    for a, b, c in faces.tolist():
        for vertex, left, right in ((a, b, c), (b, c, a), (c, a, b)):
            following[vertex * count + left] = right
    degree = np.bincount(faces.ravel(), minlength=count)
    first = {key // count: key for key in following}
    for vertex, key in first.items():
        at, steps = key % count, 0
        while True:
            at, steps = following[vertex * count + at], steps + 1
            if at == key % count:
                break
        if steps != degree[vertex]:
            return False
    return True


def _uv_overlap(mesh: Mesh, size: int) -> float:
    """Share of covered texel centres that a second, other face covers too: the first and the last face differ."""
    assert mesh.uv is not None
    points, faces = mesh.uv.double().numpy() * size, mesh.faces.numpy()
    centre = points[faces].mean(1)
    order = np.arange(len(faces), dtype=float)
    flat = np.arange(faces.size).reshape(-1, 3)  # every face with corners of its own, so that it has one height
    corners = points[faces] * (1 - 1e-6) + centre[:, None] * 1e-6  # texels on a shared edge belong to one of the two
    low, _ = cover(corners.reshape(-1, 2), np.repeat(-order, 3), flat, size, size)
    high, _ = cover(corners.reshape(-1, 2), np.repeat(order, 3), flat, size, size)
    return float((low != high).sum() / max(1, (low >= 0).sum()))
