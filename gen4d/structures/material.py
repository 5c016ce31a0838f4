"""The surface's looks: metal-rough textures."""

from dataclasses import dataclass

import torch

from gen4d.shapes import check_tensor


@dataclass(frozen=True)
class Material:
    """A glTF metal-rough material.

    Fields:
        base_color: (H, W, 4) float32, sRGB in [0, 1] with alpha.
        occlusion_roughness_metallic: (H, W, 3) float32, linear in [0, 1], or None: then the two factors hold.
        normal_map: (H, W, 3) float32 in [0, 1], tangent space, or None.
        roughness, metallic: factors in [0, 1].
        double_sided: only for open shells.
    """

    base_color: torch.Tensor
    occlusion_roughness_metallic: torch.Tensor | None = None
    normal_map: torch.Tensor | None = None
    roughness: float = 0.8
    metallic: float = 0.0
    double_sided: bool = False

    def __post_init__(self) -> None:
        check_tensor("Material.base_color", self.base_color, ("H", "W", 4), torch.float32, {}, low=0.0, high=1.0)
        for name in ("occlusion_roughness_metallic", "normal_map"):
            if (image := getattr(self, name)) is not None:
                check_tensor(f"Material.{name}", image, ("H", "W", 3), torch.float32, {}, low=0.0, high=1.0)
