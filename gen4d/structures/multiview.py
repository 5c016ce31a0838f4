"""Several aligned pictures of one object: colour, matte, depth and normals."""

from dataclasses import dataclass, replace

import torch

from gen4d.errors import ShapeError
from gen4d.shapes import check_tensor
from gen4d.structures.camera import Camera

NORMAL_TOLERANCE = 1e-3


@dataclass(frozen=True)
class MultiView:
    """N views of one object.

    Fields:
        albedo: (N, H, W, 3) float32, sRGB in [0, 1], without light; 1 (white) where alpha is 0.
        alpha: (N, H, W, 1) float32 in [0, 1].
        depth: (N, H, W, 1) float32 in [0, 1] across the unit cube: 0 at its near face, 1 at its far face and where
            alpha is 0.
        normal: (N, H, W, 3) float32, world space, unit length where alpha is 1, zero where alpha is 0.
        camera: N cameras of the same image size.
    """

    albedo: torch.Tensor
    alpha: torch.Tensor
    depth: torch.Tensor
    normal: torch.Tensor
    camera: Camera

    def __post_init__(self) -> None:
        sizes: dict[str, int] = {}
        check_tensor("MultiView.albedo", self.albedo, ("N", "H", "W", 3), torch.float32, sizes, low=0.0, high=1.0)
        check_tensor("MultiView.alpha", self.alpha, ("N", "H", "W", 1), torch.float32, sizes, low=0.0, high=1.0)
        check_tensor("MultiView.depth", self.depth, ("N", "H", "W", 1), torch.float32, sizes, low=0.0, high=1.0)
        limit = 1.0 + NORMAL_TOLERANCE
        check_tensor("MultiView.normal", self.normal, ("N", "H", "W", 3), torch.float32, sizes, low=-limit, high=limit)
        if (len(self.camera), self.camera.height, self.camera.width) != tuple(self.albedo.shape[:3]):
            raise ShapeError(
                f"MultiView.camera: {len(self.camera)} cameras of {self.camera.height} x {self.camera.width} pixels "
                f"do not fit images of shape {tuple(self.albedo.shape)}."
            )

    def to(self, device: torch.device | str) -> "MultiView":
        """The same views on another device."""
        moved = {k: getattr(self, k).to(device) for k in ("albedo", "alpha", "depth", "normal", "camera")}
        return replace(self, **moved)
