"""The view autoencoder: 128 x 128 x 8 maps of one view <-> 16 x 16 x 16 latents.

A linear map of every 8 x 8 patch, which starts as the principal components of the training patches, plus convolutional
branches that start at zero. So it is useful after seconds of training instead of hours: on the same two cores a purely
convolutional network of this size still drew no normals at all after 800 steps. Nothing in it sees a whole view, so it
can train on crops.
"""

from dataclasses import asdict, dataclass

import torch
from torch import nn
from torch.nn import functional

from gen4d.structures import MultiView, canonical_cameras

MAP_CHANNELS = 8  # albedo 3, alpha 1, depth 1, normal 3
DOWNSAMPLING = 8
LAST_WIDTH = 24  # channels at the full resolution
ALPHA_THRESHOLD = 0.5  # below it a decoded pixel is background: its colour, depth and normal mean nothing


@dataclass(frozen=True)
class AutoencoderShape:
    """Sizes of the network: widths at 1/2, 1/4 and 1/8 of the resolution, residual blocks of encoder and decoder, and
    those of the decoder at the full resolution.
    """

    fine_width: int = 64
    middle_width: int = 128
    coarse_width: int = 192
    latent_channels: int = 16
    encoder_blocks: int = 2
    decoder_blocks: int = 3
    last_blocks: int = 0

    def as_metadata(self) -> dict[str, int]:
        """Plain numbers for a checkpoint's header."""
        return asdict(self)


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions around an identity; starts as the identity, so it needs no normalisation.

    Group normalisation would see other statistics on a crop than on a whole view.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        for parameter in self.second.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.second(functional.silu(self.first(functional.silu(x))))


class ViewAutoencoder(nn.Module):
    """Encoder and decoder of one view; latents leave it normalised to zero mean and unit variance a channel."""

    latent_mean: torch.Tensor
    latent_std: torch.Tensor

    def __init__(self, shape: AutoencoderShape) -> None:
        super().__init__()
        self.shape = shape
        fine, middle, coarse = shape.fine_width, shape.middle_width, shape.coarse_width
        self.encoder = nn.Sequential(
            nn.PixelUnshuffle(2),
            nn.Conv2d(MAP_CHANNELS * 4, fine, 3, padding=1),
            ResidualBlock(fine),
            nn.Conv2d(fine, middle, 4, stride=2, padding=1),
            ResidualBlock(middle),
            nn.Conv2d(middle, coarse, 4, stride=2, padding=1),
            *[ResidualBlock(coarse) for _ in range(shape.encoder_blocks)],
            nn.Conv2d(coarse, shape.latent_channels, 1),
        )
        self.encoder_linear = nn.Conv2d(MAP_CHANNELS, shape.latent_channels, DOWNSAMPLING, stride=DOWNSAMPLING)
        self.decoder_linear = nn.ConvTranspose2d(shape.latent_channels, MAP_CHANNELS, DOWNSAMPLING, stride=DOWNSAMPLING)
        self.decoder = nn.Sequential(
            nn.Conv2d(shape.latent_channels, coarse, 3, padding=1),
            *[ResidualBlock(coarse) for _ in range(shape.decoder_blocks)],
            nn.Conv2d(coarse, middle * 4, 1),
            nn.PixelShuffle(2),
            *[ResidualBlock(middle) for _ in range(shape.decoder_blocks - 1)],
            nn.Conv2d(middle, fine * 4, 1),
            nn.PixelShuffle(2),
            *[ResidualBlock(fine) for _ in range(shape.decoder_blocks - 1)],
            nn.Conv2d(fine, LAST_WIDTH * 4, 1),
            nn.PixelShuffle(2),  # (B, LAST_WIDTH, H, W)
            # One place, whatever it holds, so that weights without blocks here fit a network that has some.
            nn.Sequential(*[ResidualBlock(LAST_WIDTH) for _ in range(shape.last_blocks)], nn.SiLU()),
            nn.Conv2d(LAST_WIDTH, MAP_CHANNELS, 3, padding=1),
        )
        for branch in (self.encoder, self.decoder):
            for parameter in branch[-1].parameters():
                nn.init.zeros_(parameter)
        self.register_buffer("latent_mean", torch.zeros(shape.latent_channels))
        self.register_buffer("latent_std", torch.ones(shape.latent_channels))

    def raw_encode(self, maps: torch.Tensor) -> torch.Tensor:
        """Latents before their normalisation."""
        return self.encoder_linear(maps) + self.encoder(maps)

    def raw_decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Maps from latents before their normalisation."""
        return self.decoder_linear(latents) + self.decoder(latents)

    def encode(self, maps: torch.Tensor) -> torch.Tensor:
        """Maps (B, 8, H, W) in [-1, 1] -> normalised latents (B, C, H/8, W/8)."""
        return (self.raw_encode(maps) - self.latent_mean[:, None, None]) / self.latent_std[:, None, None]

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Normalised latents (B, C, h, w) -> maps (B, 8, 8h, 8w), roughly in [-1, 1]."""
        return self.raw_decode(latents * self.latent_std[:, None, None] + self.latent_mean[:, None, None])


def views_to_maps(views: MultiView) -> torch.Tensor:
    """(N, 8, H, W) float32 in [-1, 1], in the order albedo, alpha, depth, normal."""
    maps = torch.cat([views.albedo * 2 - 1, views.alpha * 2 - 1, views.depth * 2 - 1, views.normal], -1)
    return maps.permute(0, 3, 1, 2).contiguous()


def maps_to_views(maps: torch.Tensor) -> MultiView:
    """Decoded maps of the six canonical views (6, 8, H, W) -> valid views: in range, unit normals, clear ground."""
    channels = maps.permute(0, 2, 3, 1).float()
    alpha = ((channels[..., 3:4] + 1) / 2).clamp(0, 1)
    inside = alpha > ALPHA_THRESHOLD
    unit = functional.normalize(channels[..., 5:8], dim=-1)
    return MultiView(
        albedo=torch.where(inside, ((channels[..., 0:3] + 1) / 2).clamp(0, 1), 1.0),
        alpha=torch.where(inside, alpha, 0.0),
        depth=torch.where(inside, ((channels[..., 4:5] + 1) / 2).clamp(0, 1), 1.0),
        normal=torch.where(inside, unit, 0.0),
        camera=canonical_cameras(maps.shape[-1]),
    )
