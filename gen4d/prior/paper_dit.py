"""The Diffusion Transformer, the backbone without long skips that a U-ViT is compared with.

Time and label do not enter as tokens: they shift and scale what every layer sees and gate what it adds. Patches,
attention and the number of blocks are those of `PaperUViT` of the same shape, so that a comparison is of the
conditioning and the skips alone.

Source: Peebles & Xie 2023, "Scalable Diffusion Models with Transformers" (arXiv:2212.09748), adaLN-Zero.
"""

import torch
from torch import nn
from torch.nn import functional

from gen4d.prior.paper_uvit import PaperShape, PatchEmbed
from gen4d.prior.transformer import INIT_STD, Attention, Mlp, initialise, timestep_embedding, unpatchify

NORM_EPS = 1e-6  # the authors' choice for norms without weights of their own


class DiTBlock(nn.Module):
    """Transformer block whose norms and residuals are modulated by a vector; it starts as the identity."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=NORM_EPS, elementwise_affine=False)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=NORM_EPS, elementwise_affine=False)
        self.mlp = Mlp(width)
        self.modulation = nn.Linear(width, 6 * width)

    def forward(self, x: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """x: (B, L, D) tokens; condition: (B, D)."""
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(functional.silu(condition))[:, None].chunk(6, -1)
        x = x + gate1 * self.attn(self.norm1(x) * (1 + scale1) + shift1)
        return x + gate2 * self.mlp(self.norm2(x) * (1 + scale2) + shift2)


class PaperDiT(nn.Module):
    """Noisy images, their time and a label -> what a `PaperUViT` predicts from them; text is not supported."""

    def __init__(self, shape: PaperShape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        self.patch_embed = PatchEmbed(shape.channels, shape.patch, width)
        self.time_embed = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.label_emb = nn.Embedding(max(shape.classes, 1), width)
        self.pos_embed = nn.Parameter(torch.zeros(1, shape.patches, width))
        self.norm = nn.LayerNorm(width, eps=NORM_EPS, elementwise_affine=False)
        self.modulation = nn.Linear(width, 2 * width)
        self.decoder_pred = nn.Linear(width, shape.patch**2 * shape.channels)
        blocks = [DiTBlock(width, shape.heads) for _ in range(shape.depth + 1)]
        self.blocks = nn.ModuleList(blocks)
        self.apply(initialise)
        nn.init.trunc_normal_(self.pos_embed, std=INIT_STD)
        for layer in (self.modulation, self.decoder_pred, *(block.modulation for block in blocks)):
            nn.init.zeros_(layer.weight)

    def forward(self, noisy: torch.Tensor, time: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """Predict.

        Args:
            noisy: (B, C, S, S).
            time: (B,), about 0 to 1000.
            labels: (B,) int64; None is class 0.

        Returns:
            prediction: (B, C, S, S).
        """
        labels = torch.zeros(len(noisy), dtype=torch.int64, device=noisy.device) if labels is None else labels
        condition = self.time_embed(timestep_embedding(time, self.shape.width)) + self.label_emb(labels)  # (B, D)
        x = self.patch_embed(noisy) + self.pos_embed
        for block in self.blocks:
            x = block(x, condition)
        shift, scale = self.modulation(functional.silu(condition))[:, None].chunk(2, -1)
        return unpatchify(self.decoder_pred(self.norm(x) * (1 + scale) + shift), self.shape.channels)
