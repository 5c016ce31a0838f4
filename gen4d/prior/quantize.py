"""Linear layers in eight bits for sampling on a CPU: faster, not exact; `tests/bench/bench_uvit.py` measures both.

Weights are rounded once, each output channel to its own scale; inputs on the fly, each token to its own scale, so that
what an item becomes does not depend on the other items of its batch.
"""

import copy

import torch
from torch import nn

from gen4d.errors import ConfigError

# Without the VNNI instructions, oneDNN adds two products of an unsigned input and a weight in 16 bits: 2 * 180 * 91
# fits. Full eight bits saturate there (measured on AVX2: 13 % error of a random layer instead of 1.2 %).
INPUT_LEVELS, WEIGHT_MAX = 180, 91
# What merges the long skips and what makes the output: no residual adds to them, so their rounding stays whole. Left as
# they are, M/4 errs by 2.2 instead of 3.3 % and takes 4 % longer.
KEPT = ("skip_linear", "decoder_pred")
SMALLEST = 1e-12  # keeps the step of a constant token or an all-zero channel from being zero


class Int8Linear(nn.Module):
    """y = x W^T + b for inference, with W and x rounded to about seven bits and products summed in integers.

    Notation: a token x is low + step * codes, so y = step * (codes W^T) + low * (W 1) + b.
    """

    scale: torch.Tensor
    zero: torch.Tensor
    sums: torch.Tensor
    bias: torch.Tensor

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach().float()
        scale = weight.abs().amax(1).clamp(min=SMALLEST) / WEIGHT_MAX
        rounded = (weight / scale[:, None]).round().to(torch.int8)
        self.register_buffer("scale", scale)
        self.register_buffer("zero", torch.zeros(len(scale), dtype=torch.int64))
        self.register_buffer("sums", scale * rounded.sum(1))
        self.register_buffer("bias", torch.zeros_like(scale) if linear.bias is None else linear.bias.detach().float())
        self.packed = torch.ops.onednn.qlinear_prepack(rounded, None)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows = x.flatten(0, -2)
        low = rows.amin(1, keepdim=True)  # aminmax at once is fourteen times slower (torch 2.13, AVX2)
        step = (rows.amax(1, keepdim=True) - low).clamp(min=SMALLEST) / INPUT_LEVELS
        codes = ((rows - low) / step).round_().to(torch.uint8)
        y = torch.ops.onednn.qlinear_pointwise(
            codes, 1.0, 0, self.packed, self.scale, self.zero, None, 1.0, 0, torch.float32, "none", [], ""
        )
        y = torch.addcmul(self.bias, y, step).addcmul_(low, self.sums)
        return y.view(*x.shape[:-1], -1)


def quantized(network: nn.Module) -> nn.Module:
    """A copy of a network, for inference on a CPU, whose linear layers but `KEPT` work in eight bits.

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
            if name in KEPT:
                continue
            setattr(module, name, Int8Linear(child))
        else:
            _replace(child)
