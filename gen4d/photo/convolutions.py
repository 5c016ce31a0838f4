"""Parts that the small networks of photos share: a normalised convolution, and a residual block of two."""

import torch
from torch import nn
from torch.nn import functional


class Residual(nn.Module):
    """Two 3 x 3 convolutions around which the input passes unchanged."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = convolution(width, width, 3), convolution(width, width, 3)

    def forward(self, state: torch.Tensor) -> torch.Tensor:
        """State (B, width, H, W) -> (B, width, H, W)."""
        return functional.relu(state + self.second(functional.relu(self.first(state))))


def convolution(source: int, target: int, size: int, stride: int = 1) -> nn.Sequential:
    """A convolution that keeps the size but for its stride, and the normalisation of its batch."""
    layer = nn.Conv2d(source, target, size, stride, size // 2, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(target))
