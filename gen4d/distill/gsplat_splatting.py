"""Gaussians in space -> images by gsplat's kernels, for many splats and large pictures on a GPU; an optional package.

Limits: gsplat needs a CUDA device. The call follows its documentation (`rasterization` of gsplat 1.4 and later) and is
tested against a stand-in that computes what is documented; it has not been run with the kernels themselves. They leave
out coverages below 1/255, which `splats.splat` keeps.
Source: Ye et al. 2024, gsplat (arXiv:2409.06765).
"""

import torch

from gen4d.distill.splats import BLUR, Splats, pixels_a_metre
from gen4d.errors import MissingDependency
from gen4d.structures import Camera

# Our cameras look along -Z with +Y up; gsplat's along +Z with +Y down.
TURNED = (1.0, -1.0, -1.0, 1.0)


def splat_by_gsplat(splats: Splats, camera: Camera) -> tuple[torch.Tensor, torch.Tensor]:
    """See `splats.Splatting`; the splats are on the GPU.

    Raises:
        MissingDependency: gsplat is not installed.
        ShapeError: see `splats.Splatting`.
    """
    try:
        from gsplat import rasterization  # pyright: ignore[reportMissingImports] - the extra
    except ImportError as error:
        raise MissingDependency("splats: gsplat is needed for them on a GPU; run pip install gen4d[gsplat].") from error
    scale = pixels_a_metre(splats, camera)
    world_to_camera = torch.linalg.inv(camera.camera_to_world.to(splats.means))
    intrinsics = torch.tensor([[scale, 0.0, camera.width / 2], [0.0, scale, camera.height / 2], [0.0, 0.0, 1.0]])
    seen, alpha, _ = rasterization(
        means=splats.means,
        quats=splats.rotations.roll(1, -1),  # wxyz
        scales=splats.scales,
        opacities=splats.opacities,
        colors=splats.features,
        viewmats=world_to_camera.new_tensor(TURNED)[:, None] * world_to_camera,
        Ks=intrinsics.to(splats.means).expand(len(camera), 3, 3),
        width=camera.width,
        height=camera.height,
        eps2d=BLUR,
        camera_model="ortho",
    )
    return seen, alpha
