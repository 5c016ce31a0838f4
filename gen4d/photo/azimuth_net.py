"""The azimuth network: says from which side a framed subject is seen.

It answers with a probability of each of `BINS` sides, so that front and back of a thing that looks alike from both are
two answers and not the mean of them.
"""

import torch
from torch import nn
from torch.nn import functional

from gen4d.photo.convolutions import convolution
from gen4d.photo.efficientnet import CHANNELS, EfficientNetLite0

SIDE = 96  # px a side of what it sees
BINS = 36  # sides told apart, ten degrees each; the first one's middle is azimuth 0, the second's ten degrees
BEHIND = 0.5  # brightness of what lies behind the subject
SCALES = ((3, 16), (4, 32))  # of the backbone's scales that are read: which one, and how many pixels one place covers
WIDTH = 96  # channels that are read of each
DROPPED = 0.2  # of what is read, in training


class AzimuthNet(nn.Module):
    """Framed subjects -> logits of the `BINS` sides they are seen from."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = EfficientNetLite0(channels=4)
        self.narrow = nn.ModuleList(convolution(CHANNELS[scale], WIDTH, 1) for scale, _ in SCALES)
        self.last = nn.Linear(WIDTH * sum((SIDE // pixels) ** 2 for _, pixels in SCALES), BINS)

    def forward(self, subjects: torch.Tensor) -> torch.Tensor:
        """Subjects (B, 4, SIDE, SIDE), sRGB and matte in [0, 1], straight alpha -> logits (B, BINS)."""
        colors, matte = subjects[:, :3], subjects[:, 3:]
        scales = self.backbone(torch.cat([torch.lerp(torch.full_like(colors, BEHIND), colors, matte), matte], 1))
        read = [narrow(scales[scale]).flatten(1) for narrow, (scale, _) in zip(self.narrow, SCALES, strict=True)]
        return self.last(functional.dropout(functional.relu(torch.cat(read, 1)), DROPPED, self.training))
