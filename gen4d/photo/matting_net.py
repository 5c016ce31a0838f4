"""The matting network: a small convolutional U-Net that says which pixels of a picture are its main subject."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from gen4d.photo.convolutions import Residual, convolution
from gen4d.photo.cues import CUES

PATCH = 4  # px a side of what the first layer sees as one place, and of what the last one paints
WIDTHS = (24, 48, 80, 112)  # channels at 1/4, 1/8, 1/16 and 1/32 of the picture's size
DEPTHS = (1, 2, 3, 2)  # residual blocks there
STRIDE = 32  # px: sides of the picture are multiples of it


class MattingNet(nn.Module):
    """Picture -> logit of each pixel being the main subject.

    At the coarsest scale the picture's mean is added everywhere, for "main" is a word about the whole picture.
    """

    def __init__(self) -> None:
        super().__init__()
        first = convolution(5 + CUES, WIDTHS[0], 5, PATCH)  # colour, cues, and how far right and down a pixel is
        self.shrink = nn.ModuleList([first, *(convolution(a, b, 3, 2) for a, b in pairwise(WIDTHS))])
        self.stages = nn.ModuleList(
            nn.Sequential(*(Residual(width) for _ in range(depth))) for width, depth in zip(WIDTHS, DEPTHS, strict=True)
        )
        self.whole = nn.Linear(WIDTHS[-1], WIDTHS[-1])
        self.lateral = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in pairwise(WIDTHS))
        self.grow = nn.ModuleList(Residual(width) for width in WIDTHS[:-1])
        self.last = nn.Conv2d(WIDTHS[0], PATCH**2, 3, padding=1)

    def forward(self, pictures: torch.Tensor, cues: torch.Tensor) -> torch.Tensor:
        """Pictures (B, 3, H, W) sRGB and cues (B, CUES, H, W), sides multiples of `STRIDE` -> logits (B, 1, H, W)."""
        batch, _, height, width = pictures.shape
        y = torch.linspace(-1, 1, height, device=pictures.device).view(1, 1, -1, 1).expand(batch, 1, height, width)
        x = torch.linspace(-1, 1, width, device=pictures.device).view(1, 1, 1, -1).expand(batch, 1, height, width)
        state = torch.cat([pictures * 4 - 2, cues * 4 - 1, y, x], 1)  # (B, 8, H, W)
        state = state.contiguous(memory_format=torch.channels_last)
        scales = []
        for shrink, stage in zip(self.shrink, self.stages, strict=True):
            state = stage(functional.relu(shrink(state)))
            scales.append(state)
        state = state + self.whole(state.mean((2, 3)))[..., None, None]
        for level in reversed(range(len(WIDTHS) - 1)):
            skip = scales[level]
            wider = self.lateral[level](state)
            state = skip + functional.interpolate(wider, size=skip.shape[2:], mode="bilinear", align_corners=False)
            state = self.grow[level](state)
        return functional.pixel_shuffle(self.last(state), PATCH)
