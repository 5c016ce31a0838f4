"""Small image operations shared by the mattes, on channel-last tensors."""

import kornia
import torch


def srgb_to_lab(rgb: torch.Tensor) -> torch.Tensor:
    """CIE Lab (D65) of an sRGB picture; (H, W, 3) in, (H, W, 3) out, L in [0, 100]."""
    return kornia.color.rgb_to_lab(rgb.movedim(-1, 0)[None])[0].movedim(0, -1)


def blur(image: torch.Tensor, sigma: float) -> torch.Tensor:
    """Gaussian blur of (H, W, C); sigma in pixels, the kernel never wider than the picture."""
    height, width = image.shape[:2]
    size = [min(2 * round(3 * sigma) + 1, 2 * ((side - 1) // 2) + 1) for side in (height, width)]
    chw = image.movedim(-1, 0)[None]
    return kornia.filters.gaussian_blur2d(chw, (size[0], size[1]), (sigma, sigma))[0].movedim(0, -1)


def resize(image: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Bilinear resize of (H, W, C), antialiased when it shrinks."""
    if image.shape[:2] == (height, width):
        return image
    chw = image.movedim(-1, 0)[None]
    shrinks = height < image.shape[0] or width < image.shape[1]
    out = torch.nn.functional.interpolate(chw, (height, width), mode="bilinear", antialias=shrinks)
    return out[0].movedim(0, -1)
