"""Zero123++: six views around an object in one tall picture, from a photo of it.

A noised photo goes through the network first, and the views' attention reads what each layer made of it. The photo's
CLIP vector is added to the (empty) words, by an amount of its own at each place.
Source: Shi et al. 2023 (arXiv:2310.15110) and the published folders `zero123plus-v1.1` and `-v1.2`.
"""

from dataclasses import dataclass
from typing import Any

import torch

from gen4d.prior.hub.attention import ReferenceAttention
from gen4d.prior.hub.conversions import VpNetwork

ROWS, COLUMNS = 3, 2
VIEW_SIZE = 320  # px
AZIMUTHS_DEG = (30, 90, 150, 210, 270, 330)  # of the views, row by row, from the photo's own; towards its right
RIGHT, LEFT = 1, 4  # the views at a quarter turn
LATENT_SHIFT, LATENT_SCALE, PICTURE_SCALE = 0.22, 0.75, 1.6  # of the tall picture, in latents and in pixels
GREY = 127 / 255  # behind the subject, in photos and in views


def read_references(network: Any) -> None:
    """Let a diffusers U-Net's attention over its own tokens also read those of a reference."""
    places = network.attn_processors
    network.set_attn_processor({p: ReferenceAttention(p if ".attn1." in p else None) for p in places})


@dataclass(frozen=True)
class ReferencePhoto:
    """Zero123++ with a photo; see `Denoiser`. It denoises tall pictures, (B, 1, C, 3 S, 2 S).

    Fields:
        network: its module after `read_references`.
        features: (1, L, D), words with the photo's vector added.
        reference: (1, C, s, s) latents of the photo, not scaled; of a mid-grey picture where there is none.
        noise: like it, what it is noised with.
    """

    network: VpNetwork
    features: torch.Tensor
    reference: torch.Tensor
    noise: torch.Tensor

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Estimate the clean latents."""
        words = self.features.repeat(len(noisy), 1, 1)
        t = time.view(-1, 1, 1, 1).to(self.reference)
        norm = ((1 - t) ** 2 + t**2).sqrt()
        photo = ((1 - t) * self.reference + t * self.noise) / norm  # on the network's process at the views' own time

        def say(z: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
            memory: dict[str, torch.Tensor] = {}
            told = {"encoder_hidden_states": words}
            self.network.module(
                photo.to(words.dtype), step, **told, cross_attention_kwargs={"memory": memory, "writing": True}
            )
            return self.network.module(
                z.to(words.dtype), step, **told, cross_attention_kwargs={"memory": memory}
            ).sample

        return self.network.x0(say, noisy, time)


def decode_tall(vae: Any, latents: torch.Tensor) -> torch.Tensor:
    """Latents (1, C, 3 S, 2 S) -> six pictures (6, 3, P, P) in [-1, 1], in the order of `AZIMUTHS_DEG`."""
    plain = latents / LATENT_SCALE + LATENT_SHIFT
    tall = vae.decode((plain / vae.config.scaling_factor).to(vae.dtype)).sample[0] * PICTURE_SCALE
    return torch.cat([part for row in tall.chunk(ROWS, 1) for part in row[None].chunk(COLUMNS, 3)])
