"""What the U-ViTs and the DiT share: blocks, the way through them with long skips, times as sinusoids, and patches.

Source: Bao et al. 2023, "All are Worth Words: A ViT Backbone for Diffusion Models" (arXiv:2209.12152), and the layout
of the project baofff/U-ViT (MIT), whose names the state dicts keep.
"""

import math
from collections.abc import Iterable

import torch
from torch import nn
from torch.nn import functional

MLP_RATIO = 4
INIT_STD = 0.02
LONGEST_PERIOD = 1e4  # of the time sinusoids, in units of the network's time


class Attention(nn.Module):
    """Multi-head self-attention, its inputs from one matrix without a bias; queries and keys may be normalised."""

    def __init__(self, width: int, heads: int, *, qk_norm: bool = False) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.q_norm = nn.RMSNorm(width // heads, eps=1e-6) if qk_norm else nn.Identity()
        self.k_norm = nn.RMSNorm(width // heads, eps=1e-6) if qk_norm else nn.Identity()
        self.proj = nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b, n, d = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4)  # (B, heads, N, d) each
        # Under autocast the norms give float32, which would rule out the fused kernels.
        mixed = functional.scaled_dot_product_attention(self.q_norm(q).to(v), self.k_norm(k).to(v), v)
        return self.proj(mixed.transpose(1, 2).reshape(b, n, d))


class Mlp(nn.Module):
    """Two layers with an exact GELU between."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, MLP_RATIO * width)
        self.fc2 = nn.Linear(MLP_RATIO * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc2(functional.gelu(self.fc1(x)))


class Block(nn.Module):
    """Pre-norm transformer block; with `skip`, it first merges the mirrored block's output."""

    def __init__(self, width: int, heads: int, *, skip: bool = False, qk_norm: bool = False) -> None:
        super().__init__()
        self.skip_linear = nn.Linear(2 * width, width) if skip else None
        self.norm1 = nn.LayerNorm(width)
        self.attn = Attention(width, heads, qk_norm=qk_norm)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = Mlp(width)

    def forward(self, x: torch.Tensor, skip: torch.Tensor | None = None) -> torch.Tensor:
        if self.skip_linear is not None and skip is not None:
            x = self.skip_linear(torch.cat([x, skip], -1))
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


def through_blocks(
    x: torch.Tensor, in_blocks: Iterable[nn.Module], mid_block: nn.Module, out_blocks: Iterable[nn.Module]
) -> torch.Tensor:
    """Tokens (B, N, D) through all blocks; each of the first half hands its output to its mirror in the second."""
    skips = []
    for block in in_blocks:
        x = block(x)
        skips.append(x)
    x = mid_block(x)
    for block in out_blocks:
        x = block(x, skips.pop())
    return x


def timestep_embedding(time: torch.Tensor, width: int) -> torch.Tensor:
    """Sinusoids (B, width) of times (B,): cosines first, frequencies from 1 down to 1e-4 radians a unit.

    They are float32 whatever the network's precision: bfloat16 cannot tell the times 998 and 1000 apart.
    """
    half = width // 2
    frequencies = torch.exp(-math.log(LONGEST_PERIOD) * torch.arange(half, device=time.device) / half)
    angles = time[:, None].float() * frequencies
    return torch.cat([angles.cos(), angles.sin()], -1)


def unpatchify(patches: torch.Tensor, channels: int) -> torch.Tensor:
    """(B, L, p p C), channels last inside a patch -> (B, C, S, S)."""
    b, count, numbers = patches.shape
    side, patch = math.isqrt(count), math.isqrt(numbers // channels)
    grid = patches.view(b, side, side, patch, patch, channels)
    return grid.permute(0, 5, 1, 3, 2, 4).reshape(b, channels, side * patch, side * patch)


def initialise(module: nn.Module) -> None:
    """Draw the weights of a linear layer as the paper does; convolutions and embeddings keep torch's own."""
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=INIT_STD)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
