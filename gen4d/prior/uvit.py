"""The denoiser: a U-ViT (Bao et al. 2023, arXiv:2209.12152) with joint attention over the tokens of six views.

Everything is a token: the time, the words, the photo, and the latent patches of the views. Blocks of the first half
hand their output to the mirrored block of the second half through long skips (concatenate, then a linear layer). Three
additions to the paper: positions factorise into patch and view embeddings; queries and keys are normalised, which keeps
attention stable at the learning rates a short training needs; and the time and what is given are also added to every
view token, because a short training is slow to find them by attention alone. What is given passes through the draft
(`draft.py`), a regression fitted before and frozen, whose estimate of the latents is a condition and fades out of the
output as t^2. A modality that is not given is left out of the sequence, so guidance needs no null token and a missing
photo costs nothing.
"""

import math
from dataclasses import asdict, dataclass

import torch
from torch import nn
from torch.nn import functional

from gen4d.prior.draft import VIEWS, Draft, DraftShape
from gen4d.prior.text import TEXT_TOKENS, TEXT_WIDTH

DRAFT_POWER = 2  # the draft fades as t^2: at small times the noisy latents say more than what is given


@dataclass(frozen=True)
class UViTShape:
    """Sizes of the network; `depth` counts the blocks without the middle one and is even."""

    width: int = 256
    depth: int = 8
    heads: int = 4
    patch: int = 4
    latent_channels: int = 12
    latent_size: int = 16
    draft_components: int = 256
    draft_width: int = 512

    @property
    def draft(self) -> DraftShape:
        """Sizes of the draft inside."""
        return DraftShape(
            components=self.draft_components,
            width=self.draft_width,
            latent_channels=self.latent_channels,
            latent_size=self.latent_size,
        )

    @property
    def patches(self) -> int:
        """Tokens a view."""
        return (self.latent_size // self.patch) ** 2

    def as_metadata(self) -> dict[str, int]:
        """Plain numbers for a checkpoint's header."""
        return asdict(self)


class Attention(nn.Module):
    """Multi-head self-attention with normalised queries and keys."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.q_norm = nn.RMSNorm(width // heads, eps=1e-6)
        self.k_norm = nn.RMSNorm(width // heads, eps=1e-6)
        self.proj = nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b, n, d = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4)  # (B, heads, N, d) each
        mixed = functional.scaled_dot_product_attention(self.q_norm(q), self.k_norm(k), v)
        return self.proj(mixed.transpose(1, 2).reshape(b, n, d))


class Mlp(nn.Module):
    """Two layers with a GELU between."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc2(functional.gelu(self.fc1(x)))


class Block(nn.Module):
    """Pre-norm transformer block; with `skip`, it first merges the mirrored block's output."""

    def __init__(self, width: int, heads: int, *, skip: bool) -> None:
        super().__init__()
        self.skip_linear = nn.Linear(2 * width, width) if skip else None
        self.norm1 = nn.LayerNorm(width)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = Mlp(width)

    def forward(self, x: torch.Tensor, skip: torch.Tensor | None = None) -> torch.Tensor:
        if self.skip_linear is not None and skip is not None:
            x = self.skip_linear(torch.cat([x, skip], -1))
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class MultiViewUViT(nn.Module):
    """Noisy view latents, and whatever is known, -> clean view latents (x-prediction)."""

    def __init__(self, shape: UViTShape) -> None:
        super().__init__()
        self.shape = shape
        width, patch_numbers = shape.width, shape.latent_channels * shape.patch**2
        self.time_embed = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.text_embed = nn.Linear(TEXT_WIDTH, width)
        self.time_to_all = nn.Linear(width, width)
        self.text_to_all = nn.Linear(TEXT_WIDTH, width)
        self.draft_embed = nn.Linear(patch_numbers, width)
        self.draft_to_all = nn.Linear(shape.draft.width, width)
        self.cell_embed = nn.Linear(shape.draft.coarse_width, width)
        self.patch_embed = nn.Linear(patch_numbers, width)
        self.photo_embed = nn.Linear(patch_numbers, width)
        self.text_position = nn.Parameter(torch.zeros(1, TEXT_TOKENS, width))
        self.photo_position = nn.Parameter(torch.zeros(1, shape.patches, width))
        self.patch_position = nn.Parameter(torch.zeros(1, 1, shape.patches, width))
        self.view_embed = nn.Parameter(torch.zeros(1, VIEWS, 1, width))
        half = shape.depth // 2
        self.in_blocks = nn.ModuleList(Block(width, shape.heads, skip=False) for _ in range(half))
        self.mid_block = Block(width, shape.heads, skip=False)
        self.out_blocks = nn.ModuleList(Block(width, shape.heads, skip=True) for _ in range(half))
        self.norm = nn.LayerNorm(width)
        self.decoder_pred = nn.Linear(width, patch_numbers)
        self.final_layer = nn.Conv2d(shape.latent_channels, shape.latent_channels, 3, padding=1)
        self.apply(_initialise)
        for layer in (self.time_to_all, self.text_to_all, self.draft_embed, self.draft_to_all, self.cell_embed):
            nn.init.zeros_(layer.weight)
        for parameter in (self.text_position, self.photo_position, self.patch_position, self.view_embed):
            nn.init.trunc_normal_(parameter, std=0.02)
        self.draft = Draft(shape.draft).requires_grad_(False).eval()

    def train(self, mode: bool = True) -> "MultiViewUViT":
        """As a module's; the draft stays as it was fitted."""
        super().train(mode)
        self.draft.eval()
        return self

    def forward(
        self,
        noisy: torch.Tensor,
        time: torch.Tensor,
        text: torch.Tensor | None = None,
        photo: torch.Tensor | None = None,
        jitter: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Predict the clean latents.

        Args:
            noisy: (B, 6, C, S, S) latents at `time`.
            time: (B,) in [0, 1]; 0 is clean, 1 is noise.
            text: (B, TEXT_TOKENS, TEXT_WIDTH) features, or None where there are no words.
            photo: (B, C, S, S) latents of the photo, or None.
            jitter: (B, K) unit noise for the draft's coefficients, in training only; see `train_draft.measure_gap`.

        Returns:
            x0_hat: (B, 6, C, S, S).
        """
        b, shape = len(noisy), self.shape
        tokens = self.patch_embed(_patchify(noisy.flatten(0, 1), shape.patch)).view(b, VIEWS, shape.patches, -1)
        tokens = (tokens + self.patch_position + self.view_embed).flatten(1, 2)  # (B, 6 L, D)
        moment = self.time_embed(timestep_embedding(time, shape.width))[:, None]  # (B, 1, D)
        tokens = tokens + self.time_to_all(moment)
        estimate = self.draft(None if text is None else text[:, 0], photo, b)
        coefficients = estimate.coefficients if jitter is None else estimate.coefficients + self.draft.gap * jitter
        draft = self.draft.latents(coefficients)
        tokens = tokens + self.draft_embed(_patchify(draft.flatten(0, 1), shape.patch)).view(tokens.shape)
        tokens = tokens + self.draft_to_all(estimate.vector)[:, None]
        known = [moment]
        if text is not None:
            known.append(self.text_embed(text) + self.text_position)
            tokens = tokens + self.text_to_all(text[:, :1])
        if photo is not None and estimate.cells is not None:
            side = shape.latent_size // shape.patch
            cells = functional.interpolate(estimate.cells, size=(side, side)).flatten(2).transpose(1, 2)
            seen = self.photo_embed(_patchify(photo, shape.patch)) + self.cell_embed(cells)
            known.append(seen + self.photo_position)
        x = torch.cat([*known, tokens], 1)
        skips = []
        for block in self.in_blocks:
            x = block(x)
            skips.append(x)
        x = self.mid_block(x)
        for block in self.out_blocks:
            x = block(x, skips.pop())
        patches = self.decoder_pred(self.norm(x[:, -tokens.shape[1] :]))  # (B, 6 L, patch numbers)
        latents = _unpatchify(patches.reshape(b * VIEWS, shape.patches, -1), shape.patch, shape.latent_channels)
        x0_hat = self.final_layer(latents).view(noisy.shape)
        return x0_hat + time.view(-1, 1, 1, 1, 1) ** DRAFT_POWER * draft


def timestep_embedding(time: torch.Tensor, width: int) -> torch.Tensor:
    """Sinusoids (B, width) of times in [0, 1]: cosines first, frequencies from 1000 down to 0.1 rad."""
    frequencies = torch.exp(-math.log(1e4) * torch.arange(width // 2, device=time.device) / (width // 2))
    angles = 1000 * time[:, None] * frequencies
    return torch.cat([angles.cos(), angles.sin()], -1)


def _patchify(latents: torch.Tensor, patch: int) -> torch.Tensor:
    """(B, C, S, S) -> (B, (S/p)^2, p p C), channels last inside a patch."""
    b, c, s, _ = latents.shape
    grid = latents.view(b, c, s // patch, patch, s // patch, patch)
    return grid.permute(0, 2, 4, 3, 5, 1).reshape(b, (s // patch) ** 2, patch * patch * c)


def _unpatchify(patches: torch.Tensor, patch: int, channels: int) -> torch.Tensor:
    """Inverse of `_patchify`."""
    b, count, _ = patches.shape
    side = math.isqrt(count)
    grid = patches.view(b, side, side, patch, patch, channels)
    return grid.permute(0, 5, 1, 3, 2, 4).reshape(b, channels, side * patch, side * patch)


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
