"""How a change of latents is felt by the views they were made from: two ways, one contract.

Latents are whitened, so a direction that is tiny in pictures can be large in them. Walking back through the encoder
(its transposed Jacobian) then favours changes of the picture that no eye would make: measured with our own
autoencoder, a red car turned green while its latents came nearer to the prior. The decoder carries a change of latents
to the change of picture that it means, and that is what the views then follow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch

from gen4d.structures import MultiView


class Lens(Protocol):
    """Sees views as latents, and says what a pull on latents asks of views."""

    def encode(self, views: MultiView) -> torch.Tensor:
        """Latents (6, C, S, S) of six views."""
        ...

    def aim(self, views: MultiView, latents: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
        """What views should come to where their latents are pulled by a gradient (6, C, S, S); held."""
        ...

    def miss(self, views: MultiView, aim: torch.Tensor, latents: torch.Tensor | None = None) -> torch.Tensor:
        """Half the squared distance () of views from an aim.

        At the views that the aim was taken from, its gradient is what the pull means to them; following it further
        uses an answer of the prior more than once.

        Args:
            latents: those of the views, where they are at hand with their graph.
        """
        ...


@dataclass(frozen=True)
class EncoderLens:
    """The chain rule through an encoder, as the papers have it: for latents whose decoder is too dear."""

    encoder: Callable[[MultiView], torch.Tensor]

    def encode(self, views: MultiView) -> torch.Tensor:
        """See `Lens`."""
        return self.encoder(views)

    def aim(self, views: MultiView, latents: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
        """See `Lens`."""
        del views
        return (latents - gradient).detach()

    def miss(self, views: MultiView, aim: torch.Tensor, latents: torch.Tensor | None = None) -> torch.Tensor:
        """See `Lens`."""
        return ((self.encoder(views) if latents is None else latents) - aim).square().sum() / 2


@dataclass(frozen=True)
class DecoderLens:
    """Differences of decoded pictures: decode(z) - decode(z - g) is what views should lose.

    What the autoencoder itself blurs is in both and cancels. For the reconstruction form the difference is that of the
    two pictures themselves (HiFA's image loss, Zhu et al. 2023, arXiv:2305.18766).

    Fields:
        encoder: maps (6, 8, R, R) -> latents; decoder: back.
        to_maps: views -> maps (6, 8, R, R) in [-1, 1].
    """

    encoder: Callable[[torch.Tensor], torch.Tensor]
    decoder: Callable[[torch.Tensor], torch.Tensor]
    to_maps: Callable[[MultiView], torch.Tensor]

    def encode(self, views: MultiView) -> torch.Tensor:
        """See `Lens`."""
        with torch.no_grad():
            return self.encoder(self.to_maps(views))

    def aim(self, views: MultiView, latents: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
        """See `Lens`."""
        with torch.no_grad():
            return self.to_maps(views) - (self.decoder(latents) - self.decoder(latents - gradient))

    def miss(self, views: MultiView, aim: torch.Tensor, latents: torch.Tensor | None = None) -> torch.Tensor:
        """See `Lens`."""
        del latents
        return (self.to_maps(views) - aim).square().sum() / 2
