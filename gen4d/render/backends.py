"""Other programs' z-buffers in place of ours: they say which face a pixel sees, and everything else stays our own.

Barycentrics, depth and gradients come from the same torch code whatever finds the faces, so backends can differ only
where two faces meet a pixel's centre at one depth. Neither package is a dependency; each is imported when opened.

Source: nvdiffrast's `dr.rasterize` (https://nvlabs.github.io/nvdiffrast) and PyTorch3D's `rasterize_meshes`
(https://pytorch3d.readthedocs.io/en/latest/modules/renderer/mesh/rasterize_meshes.html), by their documentation.
"""

from typing import Literal

import torch

from gen4d.errors import ConfigError, MissingDependency
from gen4d.render.rasterizer import NEAR, Projection, Visibility

Backend = Literal["own", "nvdiffrast", "pytorch3d"]


def open_visibility(backend: Backend) -> Visibility | None:
    """What `rasterize` takes as `visibility`; None for our own kernel.

    Raises:
        ConfigError: there is no such backend.
        MissingDependency: its package is not installed, or it needs a GPU that is not there.
    """
    match backend:
        case "own":
            return None
        case "nvdiffrast":
            return _nvdiffrast()
        case "pytorch3d":
            return _pytorch3d()
        case _:
            raise ConfigError(f"render.backend: got '{backend}', allowed are own, nvdiffrast, pytorch3d.")


def _nvdiffrast() -> Visibility:
    try:
        import nvdiffrast.torch as dr  # pyright: ignore[reportMissingImports]  # an extra
    except ImportError as error:
        raise MissingDependency("nvdiffrast: it is not installed; see https://nvlabs.github.io/nvdiffrast.") from error
    context = dr.RasterizeCudaContext()

    def visible(projection: Projection, faces: torch.Tensor, width: int, height: int) -> torch.Tensor:
        clip = _clip_space(projection, width, height)
        drawn, _ = dr.rasterize(context, clip.contiguous(), faces.int().contiguous(), resolution=[height, width])
        return drawn[..., 3].round().long() - 1  # the face's number plus one, 0 for none

    return visible


def _pytorch3d() -> Visibility:
    try:
        from pytorch3d.renderer.mesh.rasterize_meshes import (  # pyright: ignore[reportMissingImports]  # an extra
            rasterize_meshes,
        )
        from pytorch3d.structures import Meshes  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise MissingDependency("pytorch3d: it is not installed; build it as its INSTALL.md says.") from error

    def visible(projection: Projection, faces: torch.Tensor, width: int, height: int) -> torch.Tensor:
        pixels, side = projection.pixels.detach().float(), min(width, height)
        x, y = (width - 2 * pixels[..., 0]) / side, (height - 2 * pixels[..., 1]) / side  # +X left, +Y up
        depth = projection.depth.detach().float()
        if not projection.perspective:  # it draws nothing behind z = 0, which orthographic cameras of ours do
            depth = depth - depth.min() + 1
        count = len(depth)
        meshes = Meshes(verts=list(torch.stack([x, y, depth], -1)), faces=[faces] * count)
        found = rasterize_meshes(
            meshes,
            image_size=(height, width),
            blur_radius=0.0,
            faces_per_pixel=1,
            perspective_correct=projection.perspective,
            z_clip_value=NEAR if projection.perspective else None,
        )[0][..., 0]
        first = torch.arange(count, device=found.device)[:, None, None] * len(
            faces
        )  # faces are numbered over all views
        return torch.where(found >= 0, found - first, -1)

    return visible


def _clip_space(projection: Projection, width: int, height: int) -> torch.Tensor:
    """(N, V, 4) float32 with y downwards, so that their first row is ours, and z growing from -w to w with depth."""
    image, depth = projection.image.detach(), projection.depth.detach()
    x, y, w = image.unbind(-1)
    if projection.perspective:
        near, far = NEAR, max(float(depth.max()), 2 * NEAR) * 1.01
        z = depth * (far + near) / (far - near) - 2 * far * near / (far - near)
    else:
        low, high = float(depth.min()), float(depth.max())
        z = (2 * depth - low - high) / max(high - low, 1e-6) * 0.99  # 1e-6 m: a flat mesh seen head-on
    return torch.stack([2 * x / width - w, 2 * y / height - w, z, w], -1).float()
