"""Low-rank adapters on a frozen network, attached only while they are asked for.

Every linear layer W gains B A with A (r, in) random and B (out, r) zero, so an adapter starts as nothing. The
frozen weights are shared with the network, which is left as it was.
Source: Hu et al. 2021 (arXiv:2106.09685), section 4.1.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from gen4d.prior.denoiser import Denoiser


class Adapters(nn.Module):
    """One adapter a linear layer of a network.

    Args:
        network: any module; its parameters are neither copied nor changed.
        rank: of every adapter.
        generator: draws A.
    """

    def __init__(self, network: nn.Module, rank: int, generator: torch.Generator) -> None:
        super().__init__()
        # In a list, so that the network's own parameters do not become ours.
        self.layers = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
        downs, ups = [], []
        for layer in self.layers:
            down = torch.randn(rank, layer.in_features, generator=generator) / math.sqrt(layer.in_features)
            downs.append(nn.Parameter(down.to(layer.weight)))
            ups.append(nn.Parameter(torch.zeros(layer.out_features, rank).to(layer.weight)))
        self.down, self.up = nn.ParameterList(downs), nn.ParameterList(ups)

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Within, the network's linear layers add their adapters."""
        hooks = [
            layer.register_forward_hook(_adding(down, up))
            for layer, down, up in zip(self.layers, self.down, self.up, strict=True)
        ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()


@dataclass(frozen=True)
class Adapted:
    """A denoiser whose network has its adapters attached; see `Denoiser`."""

    denoiser: Denoiser
    adapters: Adapters

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Estimate the clean latents."""
        with self.adapters.attached():
            return self.denoiser.x0(noisy, time)


def _adding(
    down: torch.Tensor, up: torch.Tensor
) -> Callable[[nn.Module, tuple[torch.Tensor, ...], torch.Tensor], torch.Tensor]:
    def add(_layer: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
        return output + functional.linear(functional.linear(inputs[0], down), up)

    return add
