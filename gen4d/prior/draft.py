"""The draft: what is given (words, a photo, both, nothing) -> the mean of the view latents that go with it.

A regression network, not a generative one: its estimate is blurred where the answer is open, but it is right about
size, outline and colour, and it trains some twenty times more samples a second than the denoiser. The denoiser takes
the estimate, and the vector behind it, as its condition, so that a short training need not find them by attention. The
estimate is a mean plus principal components of the training latents. Two more heads read the same vector: the words
that would describe the photo, and the side it was taken from.
"""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from gen4d.prior.text import TEXT_WIDTH

VIEWS = 6
POSE_NUMBERS = 3  # sine and cosine of the azimuth, and the elevation in radians


@dataclass(frozen=True)
class DraftShape:
    """Sizes of the network: principal components, width of the vector, widths at 16, 8 and 4 cells of the photo."""

    components: int = 256
    width: int = 512
    fine_width: int = 96
    middle_width: int = 160
    coarse_width: int = 256
    latent_channels: int = 12
    latent_size: int = 16

    @property
    def latents(self) -> int:
        """Numbers in the latents of six views."""
        return VIEWS * self.latent_channels * self.latent_size**2


@dataclass(frozen=True)
class DraftEstimate:
    """What the draft says.

    Fields:
        coefficients: (B, K) of the principal components.
        vector: (B, width), what all heads read.
        cells: (B, coarse_width, 4, 4) features of the photo, None without one.
    """

    coefficients: torch.Tensor
    vector: torch.Tensor
    cells: torch.Tensor | None


class ConvBlock(nn.Module):
    """Two normalised 3 x 3 convolutions around an identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(8, width), nn.GroupNorm(8, width)
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv1(functional.silu(self.norm1(x)))
        return x + self.conv2(functional.silu(self.norm2(y)))


class Draft(nn.Module):
    """Regression of view latents on words and photo; see the module."""

    mean: torch.Tensor
    basis: torch.Tensor
    gap: torch.Tensor

    def __init__(self, shape: DraftShape) -> None:
        super().__init__()
        self.shape = shape
        fine, middle, coarse = shape.fine_width, shape.middle_width, shape.coarse_width
        self.photo_cells = nn.Sequential(
            nn.Conv2d(shape.latent_channels, fine, 3, padding=1),
            ConvBlock(fine),
            nn.Conv2d(fine, middle, 3, stride=2, padding=1),
            ConvBlock(middle),
            nn.Conv2d(middle, coarse, 3, stride=2, padding=1),
            ConvBlock(coarse),
        )
        cells = (shape.latent_size // 4) ** 2
        self.photo_vector = nn.Linear(coarse * cells, shape.width)
        self.text_vector = nn.Linear(TEXT_WIDTH, shape.width)
        self.given = nn.Parameter(torch.zeros(2, shape.width))  # that there is a photo; that there are words
        self.mix = nn.Sequential(
            nn.LayerNorm(shape.width), nn.SiLU(), nn.Dropout(0.2), nn.Linear(shape.width, shape.width)
        )
        self.head_norm = nn.LayerNorm(shape.width)
        self.coefficients = nn.Linear(shape.width, shape.components)
        self.words = nn.Linear(shape.width, TEXT_WIDTH)
        self.pose = nn.Linear(shape.width, POSE_NUMBERS)
        self.register_buffer("mean", torch.zeros(shape.latents))
        self.register_buffer("basis", torch.zeros(shape.components, shape.latents))
        self.register_buffer("gap", torch.zeros(shape.components))

    def forward(self, text: torch.Tensor | None, photo: torch.Tensor | None, batch: int = 1) -> DraftEstimate:
        """Estimate from a sentence vector (B, TEXT_WIDTH), photo latents (B, C, S, S), both, or nothing (`batch`)."""
        vector, cells = self.given.new_zeros(batch, self.shape.width), None
        if photo is not None:
            cells = self.photo_cells(photo)
            vector = self.photo_vector(functional.silu(cells).flatten(1)) + self.given[0]
        if text is not None:
            vector = vector + self.text_vector(text) + self.given[1]
        vector = self.head_norm(vector + self.mix(vector))
        return DraftEstimate(self.coefficients(vector), vector, cells)

    def latents(self, coefficients: torch.Tensor) -> torch.Tensor:
        """View latents (B, 6, C, S, S) of coefficients (B, K)."""
        shape = self.shape
        flat = self.mean + coefficients @ self.basis
        return flat.view(-1, VIEWS, shape.latent_channels, shape.latent_size, shape.latent_size)
