"""The azimuth network: a small convolutional network that says from which side a framed subject is seen.

It answers with a probability of each of `BINS` sides, so that front and back of a thing that looks alike from both are
two answers and not the mean of them.
"""

import math
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from gen4d.photo.convolutions import Residual, convolution

SIDE = 48  # px a side of what it sees: a larger picture teaches more slowly, and sides show in the large
PATCH = 4  # px a side of what the first layer sees as one place
WIDTHS = (40, 80, 160)  # channels at 1/4, 1/8 and 1/16 of the picture's size
DEPTHS = (1, 2, 2)  # residual blocks there
BINS = 36  # sides told apart, ten degrees each; the first one's middle is azimuth 0, the second's ten degrees


class AzimuthNet(nn.Module):
    """Framed subjects -> logits of the `BINS` sides they are seen from."""

    def __init__(self) -> None:
        super().__init__()
        self.shrink = nn.ModuleList(
            [convolution(4, WIDTHS[0], 5, PATCH), *(convolution(a, b, 3, 2) for a, b in pairwise(WIDTHS))]
        )
        self.stages = nn.ModuleList(
            nn.Sequential(*(Residual(width) for _ in range(depth))) for width, depth in zip(WIDTHS, DEPTHS, strict=True)
        )
        places = math.ceil(SIDE / (PATCH * 2 ** (len(WIDTHS) - 1))) ** 2
        self.last = nn.Linear(WIDTHS[-1] * places, BINS)

    def forward(self, subjects: torch.Tensor) -> torch.Tensor:
        """Subjects (B, 4, SIDE, SIDE), sRGB and matte in [0, 1], straight alpha -> logits (B, BINS)."""
        colors, matte = subjects[:, :3], subjects[:, 3:]
        state = torch.cat([(colors * 2 - 1) * matte, matte * 2 - 1], 1).contiguous(memory_format=torch.channels_last)
        for shrink, stage in zip(self.shrink, self.stages, strict=True):
            state = stage(functional.relu(shrink(state)))
        return self.last(functional.dropout(state.flatten(1), 0.2, self.training))
