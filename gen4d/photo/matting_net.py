"""The matting network: which pixels of a picture are its main subject, a U-Net on a backbone that knows photographs."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from gen4d.photo.convolutions import Residual
from gen4d.photo.efficientnet import CHANNELS, EfficientNetLite0

PATCH = 2  # px a side of what the last layer paints at once
WIDTHS = (16, 32, 48, 80, 128)  # channels of the way up, at 1/2, 1/4, 1/8, 1/16 and 1/32 of the picture's size


class MattingNet(nn.Module):
    """Picture -> logit of each pixel being the main subject.

    At the coarsest scale the picture's mean is added everywhere, for "main" is a word about the whole picture.
    """

    def __init__(self) -> None:
        super().__init__()
        self.backbone = EfficientNetLite0()
        self.lateral = nn.ModuleList(nn.Conv2d(a, b, 1) for a, b in zip(CHANNELS, WIDTHS, strict=True))
        self.whole = nn.Linear(WIDTHS[-1], WIDTHS[-1])
        self.narrow = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in pairwise(WIDTHS))
        self.grow = nn.ModuleList(Residual(width) for width in WIDTHS)
        self.last = nn.Conv2d(WIDTHS[0], PATCH**2, 3, padding=1)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Pictures (B, 3, H, W), sRGB in [0, 1], sides multiples of the backbone's stride -> logits (B, 1, H, W)."""
        scales = [lateral(scale) for lateral, scale in zip(self.lateral, self.backbone(pictures), strict=True)]
        state = self.grow[-1](scales[-1] + self.whole(scales[-1].mean((2, 3)))[..., None, None])
        for level in reversed(range(len(WIDTHS) - 1)):
            skip = scales[level]
            wider = functional.interpolate(
                self.narrow[level](state), size=skip.shape[2:], mode="bilinear", align_corners=False
            )
            state = self.grow[level](skip + wider)
        return functional.pixel_shuffle(self.last(state), PATCH)
