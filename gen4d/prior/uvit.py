"""The denoiser: a U-ViT (Bao et al. 2023, arXiv:2209.12152) with joint attention over the tokens of six views.

Everything is a token: the words, the photo, the side it was taken from, and the latent patches of the views. Blocks of
the first half hand their output to the mirrored block of the second half through long skips (concatenate, then a linear
layer). Three additions to the paper: positions factorise into patch and view embeddings; queries and keys are
normalised, which keeps attention stable at the learning rates a short training needs; and, since every modality has a
time of its own (see `modalities`), times are added to their tokens instead of being one.
"""

from dataclasses import asdict, dataclass

import torch
from torch import nn
from torch.nn import functional

from gen4d.prior.modalities import POSE_NUMBERS, VIEWS, Modalities, Times, unknown_as_zeros
from gen4d.prior.text import TEXT_TOKENS, TEXT_WIDTH
from gen4d.prior.transformer import INIT_STD, Block, initialise, through_blocks, timestep_embedding, unpatchify


@dataclass(frozen=True)
class UViTShape:
    """Sizes of the network; `depth` counts the blocks without the middle one and is even.

    Fields:
        guided: 1 where the guidance scale is an input, see `train_guidance`.
    """

    width: int = 384
    depth: int = 14
    heads: int = 6
    patch: int = 2
    latent_channels: int = 16
    latent_size: int = 16
    guided: int = 0

    @property
    def patches(self) -> int:
        """Tokens a view."""
        return (self.latent_size // self.patch) ** 2

    def as_metadata(self) -> dict[str, int]:
        """Plain numbers for a checkpoint's header."""
        return asdict(self)


NETWORK_TIME = 1000.0  # what time 1 is to the sinusoids, as in the paper
GUIDANCE_RANGE = 10.0  # brings guidance scales to the range of times, whose sinusoids they share

SHAPES = {
    "nano": UViTShape(width=256, depth=8, heads=4, patch=4),  # 10M parameters, 96 view tokens: what a CPU can train
    "small": UViTShape(),  # 30M parameters, 384 view tokens: what ships
}


class Perceptron(nn.Module):
    """Sinusoids of a number -> what it adds to tokens."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(functional.silu(self.first(x)))


class MultiViewUViT(nn.Module):
    """Noisy modalities and their times -> clean modalities (x-prediction)."""

    def __init__(self, shape: UViTShape) -> None:
        super().__init__()
        self.shape = shape
        width, patch_numbers = shape.width, shape.latent_channels * shape.patch**2
        self.time_embed = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.pose_embed = nn.Linear(POSE_NUMBERS, width)
        self.sentence_embed = nn.Linear(TEXT_WIDTH, width)
        self.sentence_to_views = nn.Linear(TEXT_WIDTH, width)
        self.words_embed = nn.Linear(TEXT_WIDTH, width)
        self.photo_embed = nn.Linear(patch_numbers, width)
        self.patch_embed = nn.Linear(patch_numbers, width)
        self.words_position = nn.Parameter(torch.zeros(1, TEXT_TOKENS - 1, width))
        self.photo_position = nn.Parameter(torch.zeros(1, shape.patches, width))
        self.patch_position = nn.Parameter(torch.zeros(1, 1, shape.patches, width))
        self.view_embed = nn.Parameter(torch.zeros(1, VIEWS, 1, width))
        half = shape.depth // 2
        self.in_blocks = nn.ModuleList(Block(width, shape.heads, qk_norm=True) for _ in range(half))
        self.mid_block = Block(width, shape.heads, qk_norm=True)
        self.out_blocks = nn.ModuleList(Block(width, shape.heads, skip=True, qk_norm=True) for _ in range(half))
        self.norm = nn.LayerNorm(width)
        self.decoder_pred = nn.Linear(width, patch_numbers)
        self.final_layer = nn.Conv2d(shape.latent_channels, shape.latent_channels, 3, padding=1)
        self.photo_pred = nn.Linear(width, patch_numbers)
        self.sentence_pred = nn.Linear(width, TEXT_WIDTH)
        self.pose_pred = nn.Linear(width, POSE_NUMBERS)
        self.guidance_embed = Perceptron(width) if shape.guided else None
        self.apply(initialise)
        if self.guidance_embed is not None:  # before it has learned, the network is the one without this input
            nn.init.zeros_(self.guidance_embed.last.weight)
        for parameter in (self.words_position, self.photo_position, self.patch_position, self.view_embed):
            nn.init.trunc_normal_(parameter, std=INIT_STD)

    def forward(self, state: Modalities, times: Times, guidance: torch.Tensor | None = None) -> Modalities:
        """Predict the clean modalities; the words come back as they were given.

        Args:
            guidance: (B,) scales that views are guided by, for a network that takes them; None leaves them alone.
        """
        state = unknown_as_zeros(state, times)
        shape, b = self.shape, len(state.views)
        stamps = torch.cat([times.pose[:, None], times.sentence[:, None], times.photo[:, None], times.views], 1)
        moments = self.time_embed(timestep_embedding(NETWORK_TIME * stamps.flatten(), shape.width)).view(
            b, -1, shape.width
        )
        pose = self.pose_embed(state.pose)[:, None] + moments[:, :1]
        sentence = self.sentence_embed(state.sentence)[:, None] + moments[:, 1:2]
        words = self.words_embed(state.words) + self.words_position
        photo = self.photo_embed(patchify(state.photo, shape.patch)) + self.photo_position + moments[:, 2:3]
        views = self.patch_embed(patchify(state.views.flatten(0, 1), shape.patch)).view(b, VIEWS, shape.patches, -1)
        views = views + self.patch_position + self.view_embed + moments[:, 3:, None]
        # A short training is slow to find what is named by attention alone.
        views = views + self.sentence_to_views(state.sentence)[:, None, None]
        if self.guidance_embed is not None and guidance is not None:
            scales = timestep_embedding(NETWORK_TIME / GUIDANCE_RANGE * guidance, shape.width)
            views = views + self.guidance_embed(scales)[:, None, None]
        parts = [pose, sentence, words, photo, views.flatten(1, 2)]
        x = self.trunk(torch.cat(parts, 1))
        pose, sentence, _, photo, views = x.split([part.shape[1] for part in parts], 1)
        patches = self.decoder_pred(views).reshape(b * VIEWS, shape.patches, -1)
        latents = self.final_layer(unpatchify(patches, shape.latent_channels))
        return Modalities(
            views=latents.view(state.views.shape),
            photo=unpatchify(self.photo_pred(photo), shape.latent_channels),
            sentence=self.sentence_pred(sentence[:, 0]),
            words=state.words,
            pose=self.pose_pred(pose[:, 0]),
        )

    def trunk(self, x: torch.Tensor) -> torch.Tensor:
        """All blocks with their long skips: tokens (B, N, D) -> normalised tokens (B, N, D)."""
        return self.norm(through_blocks(x, self.in_blocks, self.mid_block, self.out_blocks))


def patchify(latents: torch.Tensor, patch: int) -> torch.Tensor:
    """(B, C, S, S) -> (B, (S/p)^2, p p C), channels last inside a patch; `transformer.unpatchify` is the inverse."""
    b, c, s, _ = latents.shape
    grid = latents.view(b, c, s // patch, patch, s // patch, patch)
    return grid.permute(0, 2, 4, 3, 5, 1).reshape(b, (s // patch) ** 2, patch * patch * c)
