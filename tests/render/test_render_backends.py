"""Adapters of other z-buffers against stand-ins written from their documentation, since neither is installed here.

The stand-ins take what the packages take (clip space, or PyTorch3D's NDC) and test every pixel against every face.
"""

import sys
from types import ModuleType, SimpleNamespace

import pytest
import torch

from gen4d.errors import ConfigError, MissingDependency
from gen4d.render.backends import open_visibility
from gen4d.render.rasterizer import rasterize
from gen4d.structures import Camera, canonical_cameras, orbit_camera


def nearest(x, y, depth, faces, columns, rows):
    """Face ids (H, W), -1 for none, of projected corners at pixel centres; depth is affine on the screen."""
    best = torch.full(columns.shape, torch.inf, dtype=torch.float64)
    found = torch.full(columns.shape, -1)
    for f, (i, j, k) in enumerate(faces.long().tolist()):
        area = (x[j] - x[i]) * (y[k] - y[i]) - (y[j] - y[i]) * (x[k] - x[i])
        if abs(float(area)) < 1e-12:
            continue
        u = ((x[j] - columns) * (y[k] - rows) - (y[j] - rows) * (x[k] - columns)) / area
        v = ((x[k] - columns) * (y[i] - rows) - (y[k] - rows) * (x[i] - columns)) / area
        z = u * depth[i] + v * depth[j] + (1 - u - v) * depth[k]
        hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (z < best)
        best[hit], found[hit] = z[hit], f
    return found


def stand_in_nvdiffrast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clip space; row 0 at y = -1; z / w in [-1, 1], smaller is nearer; the fourth channel is the face plus one."""

    def rasterize_clip(context, pos, tri, resolution):
        assert pos.dtype == torch.float32 and tri.dtype == torch.int32
        height, width = resolution
        images = []
        for view in pos.double():
            ndc = view[:, :3] / view[:, 3:]
            assert float(ndc[:, 2].abs().max()) <= 1
            rows, columns = torch.meshgrid(
                (torch.arange(height).double() + 0.5) * 2 / height - 1,
                (torch.arange(width).double() + 0.5) * 2 / width - 1, indexing="ij",
            )  # fmt: skip
            ids = nearest(ndc[:, 0], ndc[:, 1], ndc[:, 2], tri, columns, rows) + 1
            images.append(torch.stack([torch.zeros_like(columns)] * 3 + [ids.double()], -1))
        return torch.stack(images).float(), None

    package, module = ModuleType("nvdiffrast"), ModuleType("nvdiffrast.torch")
    module.rasterize, module.RasterizeCudaContext = rasterize_clip, SimpleNamespace  # type: ignore[attr-defined]
    package.torch = module  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "nvdiffrast", package)
    monkeypatch.setitem(sys.modules, "nvdiffrast.torch", module)


def stand_in_pytorch3d(monkeypatch: pytest.MonkeyPatch) -> None:
    """NDC with +X left and +Y up, [-1, 1] over the shorter side; faces numbered over all meshes; z in metres."""

    def rasterize_meshes(meshes, image_size, blur_radius, faces_per_pixel, perspective_correct, z_clip_value):
        height, width = image_size
        side, images, first = min(height, width), [], 0
        rows, columns = torch.meshgrid(
            (height - 2 * (torch.arange(height).double() + 0.5)) / side,
            (width - 2 * (torch.arange(width).double() + 0.5)) / side, indexing="ij",
        )  # fmt: skip
        for verts, faces in zip(meshes.verts, meshes.faces, strict=True):
            assert float(verts[:, 2].min()) > 0
            z = -1 / verts[:, 2].double() if perspective_correct else verts[:, 2].double()
            ids = nearest(verts[:, 0].double(), verts[:, 1].double(), z, faces, columns, rows)
            images.append(torch.where(ids >= 0, ids + first, -1))
            first += len(faces)
        return torch.stack(images)[..., None], None, None, None

    names = ("pytorch3d", "pytorch3d.renderer", "pytorch3d.renderer.mesh", "pytorch3d.renderer.mesh.rasterize_meshes")
    modules = {name: ModuleType(name) for name in (*names, "pytorch3d.structures")}
    modules[names[-1]].rasterize_meshes = rasterize_meshes  # type: ignore[attr-defined]
    modules["pytorch3d.structures"].Meshes = SimpleNamespace  # type: ignore[attr-defined]
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.parametrize("install", [stand_in_nvdiffrast, stand_in_pytorch3d])
@pytest.mark.parametrize("kind", ["orthographic", "perspective"])
def test_a_backend_sees_what_our_kernel_sees(monkeypatch: pytest.MonkeyPatch, install, kind: str) -> None:
    install(monkeypatch)
    visibility = open_visibility("nvdiffrast" if install is stand_in_nvdiffrast else "pytorch3d")
    generator = torch.Generator().manual_seed(4)
    centres = torch.rand(20, 1, 3, generator=generator) - 0.5
    vertices = (centres + 0.9 * (torch.rand(20, 3, 3, generator=generator) - 0.5)).reshape(-1, 3)
    faces = torch.arange(60).reshape(-1, 3)
    camera = canonical_cameras(24)
    if kind == "perspective":
        square = orbit_camera(0.5, 0.3, distance=1.6, fov=0.8, resolution=24, target=(0.0, 0.0, 0.0))
        camera = Camera(square.camera_to_world, 32, 24, intrinsics=square.intrinsics)  # wider than high
    ours, theirs = rasterize(vertices, faces, camera), rasterize(vertices, faces, camera, visibility)
    assert (ours.face_index >= 0).float().mean() > 0.1
    assert torch.equal(ours.face_index, theirs.face_index)
    assert torch.equal(ours.depth, theirs.depth)


def test_absent_and_unknown_backends_are_named() -> None:
    assert open_visibility("own") is None
    with pytest.raises(ConfigError, match="opengl"):
        open_visibility("opengl")  # type: ignore[arg-type]
    for name in ("nvdiffrast", "pytorch3d"):
        try:
            __import__(name)
        except ImportError:
            with pytest.raises(MissingDependency, match=name):
                open_visibility(name)  # type: ignore[arg-type]
