"""The U-ViT as its authors published it, with their state-dict keys, so that their checkpoints load as they are.

Time, condition and image patches are all tokens of one sequence; blocks of the first half hand their output to the
mirrored block of the second half through long skips. The network predicts the noise of a variance-preserving process;
`paper_noise.py` turns that into our `Denoiser`. The product's own six-view network is `uvit.py`.

Source: Bao et al. 2023, "All are Worth Words: A ViT Backbone for Diffusion Models" (arXiv:2209.12152), and the layout
of the project baofff/U-ViT (MIT).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn

from gen4d.errors import ShapeError
from gen4d.prior.transformer import INIT_STD, Block, initialise, through_blocks, timestep_embedding, unpatchify


@dataclass(frozen=True)
class PaperShape:
    """Sizes of a U-ViT.

    Fields:
        image_size: pixels, or latent cells, a side.
        depth: blocks without the middle one; even.
        classes: labels of a class-conditional network, the null class included; 0 is unconditional.
        context_tokens, context_width: the text features of a text-conditional network; 0 is none.
        time_mlp: two layers over the time sinusoids; no published network has them.
        final_conv: the 3 x 3 convolution over the finished image; the published H networks have none.
        long_skips: False is the paper's ablation.
    """

    image_size: int
    channels: int
    patch: int
    width: int
    depth: int
    heads: int
    classes: int = 0
    context_tokens: int = 0
    context_width: int = 0
    time_mlp: bool = False
    final_conv: bool = True
    long_skips: bool = True

    @property
    def extras(self) -> int:
        """Tokens in front of the patches: the time, and the label or the text."""
        return 1 + (self.classes > 0) + self.context_tokens

    @property
    def patches(self) -> int:
        """Tokens of the image."""
        return (self.image_size // self.patch) ** 2


class PatchEmbed(nn.Module):
    """Image -> tokens (B, L, D), row by row, as a convolution that never overlaps."""

    def __init__(self, channels: int, patch: int, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(channels, width, patch, stride=patch)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.proj(image).flatten(2).transpose(1, 2)


class PaperUViT(nn.Module):
    """Noisy images, their time, and a label or a text, -> the noise in them."""

    def __init__(self, shape: PaperShape) -> None:
        super().__init__()
        self.shape = shape
        width, half = shape.width, shape.depth // 2
        self.patch_embed = PatchEmbed(shape.channels, shape.patch, width)
        self.time_embed = _time_mlp(width) if shape.time_mlp else nn.Identity()
        if shape.classes:
            self.label_emb = nn.Embedding(shape.classes, width)
        if shape.context_tokens:
            self.context_embed = nn.Linear(shape.context_width, width)
        self.pos_embed = nn.Parameter(torch.zeros(1, shape.extras + shape.patches, width))
        self.in_blocks = nn.ModuleList(Block(width, shape.heads) for _ in range(half))
        self.mid_block = Block(width, shape.heads)
        self.out_blocks = nn.ModuleList(Block(width, shape.heads, skip=shape.long_skips) for _ in range(half))
        self.norm = nn.LayerNorm(width)
        self.decoder_pred = nn.Linear(width, shape.patch**2 * shape.channels)
        self.final_layer = (
            nn.Conv2d(shape.channels, shape.channels, 3, padding=1) if shape.final_conv else nn.Identity()
        )
        self.apply(initialise)
        nn.init.trunc_normal_(self.pos_embed, std=INIT_STD)

    def forward(
        self,
        noisy: torch.Tensor,
        time: torch.Tensor,
        labels: torch.Tensor | None = None,
        context: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Predict the noise.

        Args:
            noisy: (B, C, S, S) images of a variance-preserving process.
            time: (B,) in the network's own unit, which spans about 0 to 1000.
            labels: (B,) int64, for a class-conditional network.
            context: (B, tokens, features), for a text-conditional network.

        Returns:
            noise: (B, C, S, S).

        Raises:
            ShapeError: the image has another size than the network, or its condition is missing or too much.
        """
        self._check(noisy, labels, context)
        tokens = [*self._conditions(time, labels, context), self.patch_embed(noisy)]
        x = torch.cat(tokens, 1) + self.pos_embed  # (B, extras + L, D)
        x = through_blocks(x, self.in_blocks, self.mid_block, self.out_blocks)
        patches = self.decoder_pred(self.norm(x))[:, self.shape.extras :]  # (B, L, p p C)
        return self.final_layer(unpatchify(patches, self.shape.channels))

    def _conditions(
        self, time: torch.Tensor, labels: torch.Tensor | None, context: torch.Tensor | None
    ) -> Iterator[torch.Tensor]:
        """The tokens in front of the patches: a label comes before the time, a text after it."""
        if labels is not None:
            yield self.label_emb(labels)[:, None]
        sinusoids = timestep_embedding(time, self.shape.width).to(self.pos_embed.dtype)
        yield self.time_embed(sinusoids)[:, None]
        if context is not None:
            yield self.context_embed(context)

    def _check(self, noisy: torch.Tensor, labels: torch.Tensor | None, context: torch.Tensor | None) -> None:
        shape = self.shape
        size = (shape.channels, shape.image_size, shape.image_size)
        if noisy.shape[1:] != size:
            raise ShapeError(f"PaperUViT.noisy: got shape {tuple(noisy.shape)}, expected (B, *{size}).")
        if (labels is not None) != (shape.classes > 0):
            wanted = f"(B,) labels below {shape.classes}" if shape.classes else "no labels"
            raise ShapeError(f"PaperUViT.labels: this network takes {wanted}.")
        features = (shape.context_tokens, shape.context_width)
        if (None if context is None else tuple(context.shape[1:])) != (features if shape.context_tokens else None):
            wanted = f"text features (B, {features[0]}, {features[1]})" if shape.context_tokens else "no text features"
            raise ShapeError(f"PaperUViT.context: this network takes {wanted}.")


def _time_mlp(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, 4 * width), nn.SiLU(), nn.Linear(4 * width, width))
