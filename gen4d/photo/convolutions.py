"""What the small networks of photos share: a normalised convolution, a residual block, and how weights are opened."""

from importlib import resources
from typing import TypeVar

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

Net = TypeVar("Net", bound=nn.Module)


def with_shipped_weights(net: Net, file: str) -> Net:
    """A network with weights that ship beside this module, ready to be asked."""
    with resources.as_file(resources.files("gen4d.photo") / file) as path:
        state = {name: value.float() for name, value in load_file(path).items()}
    net.load_state_dict(state, strict=False)  # what is missing are the counters of batches seen in training
    return net.eval()


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
