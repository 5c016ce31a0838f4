"""What the small networks of photos share: a normalised convolution, a residual block, and how weights are opened."""

from importlib import resources
from typing import TypeVar

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from gen4d.errors import CheckpointError

Net = TypeVar("Net", bound=nn.Module)


def with_shipped_weights(net: Net, file: str) -> Net:
    """A network with weights that ship beside this module, ready to be asked.

    Raises:
        CheckpointError: the weights are those of another network.
    """
    with resources.as_file(resources.files("gen4d.photo") / file) as path:
        state = {name: value.float() for name, value in load_file(path).items()}
    own = {name for name in net.state_dict() if not name.endswith("num_batches_tracked")}  # matters in training only
    if own != state.keys():
        raise CheckpointError(f"{file}: its weights are not those of {type(net).__name__}.")
    net.load_state_dict(state, strict=False)
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
