"""Linear layers in eight bits for sampling on a CPU: faster, not exact; `tests/bench/bench_uvit.py` measures both.

Weights are rounded once, each output channel to its own scale; inputs on the fly, each token to its own scale, so that
what an item becomes depends neither on the other items of its batch nor on the other tokens of its sequence.
"""

import copy

import torch
from torch import nn

from gen4d.errors import ConfigError

WEIGHT_MAX = 127
# oneDNN's fast kernels take unsigned inputs, and without the VNNI instructions they add two products in 16 bits:
# 2 * 127 * 127 fits, 2 * 255 * 127 saturates (measured on AVX2: 13 % error of a random layer instead of 1.5 %).
INPUT_MAX, INPUT_ZERO = 63, 64
SMALLEST = 1e-12  # keeps the scale of an all-zero token or channel from being zero


class Int8Linear(nn.Module):
    """y = x W^T + b for inference, with W and x rounded to eight and seven bits and products summed in integers."""

    scale: torch.Tensor
    zero: torch.Tensor

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach().float()
        scale = weight.abs().amax(1).clamp(min=SMALLEST) / WEIGHT_MAX
        self.register_buffer("scale", scale)
        self.register_buffer("zero", torch.zeros(len(scale), dtype=torch.int64))
        self.bias = None if linear.bias is None else nn.Parameter(linear.bias.detach().float(), requires_grad=False)
        rounded = (weight / scale[:, None]).round().to(torch.int8)
        self.packed = torch.ops.onednn.qlinear_prepack(rounded, None)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows = x.flatten(0, -2)
        step = rows.abs().amax(1, keepdim=True).clamp(min=SMALLEST) / INPUT_MAX
        codes = (rows / step).round_().add_(INPUT_ZERO).to(torch.uint8)
        y = torch.ops.onednn.qlinear_pointwise(
            codes, 1.0, INPUT_ZERO, self.packed, self.scale, self.zero, None, 1.0, 0, torch.float32, "none", [], ""
        )
        y = y * step if self.bias is None else torch.addcmul(self.bias, y, step)
        return y.view(*x.shape[:-1], -1)


def quantized(network: nn.Module) -> nn.Module:
    """A copy of a network, for inference on a CPU, whose linear layers work in eight bits; the rest stays as it is.

    Raises:
        ConfigError: this build of torch or the network's device has no eight-bit linear layers.
    """
    if "onednn" not in torch.backends.quantized.supported_engines:
        raise ConfigError(
            "int8: this build of torch has no oneDNN, which the eight-bit layers need; sample in float32."
        )
    if any(parameter.device.type != "cpu" for parameter in network.parameters()):
        raise ConfigError(
            "int8: the network is on an accelerator, eight-bit layers work on the CPU; use bfloat16 there."
        )
    network = copy.deepcopy(network).eval().requires_grad_(False)
    _replace(network)
    return network


def _replace(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.Linear):
            setattr(module, name, Int8Linear(child))
        else:
            _replace(child)
