"""UniDiffuser v1: one transformer for pictures, words, and each given the other.

It denoises a picture's latents and its CLIP vector together, so both are our latents: the vector is laid out in
channels of its own behind the others, padded with zeros. Words that are given have time 0; "no words" is noise at the
last time.
Source: Bao et al. 2023 (arXiv:2303.06555), section 4 and algorithm 1.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from gen4d.prior.hub.conversions import VpNetwork

DATA_TYPE = 1  # of version 1's pictures that were chosen for their looks
CAPTION_STEPS, CAPTION_GUIDANCE = 20, 7.0  # the paper's demonstration takes 50 steps; 20 of a fast solver do


def packed(latents: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
    """Latents (N, C, S, S) and vectors (N, D) -> (N, C + E, S, S), E just enough channels for the vector."""
    count, _, height, width = latents.shape
    extra = math.ceil(vectors.shape[1] / (height * width))
    padded = functional.pad(vectors, (0, extra * height * width - vectors.shape[1]))
    return torch.cat([latents, padded.view(count, extra, height, width)], 1)


def unpacked(together: torch.Tensor, channels: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The inverse of `packed`, for latents of so many channels and vectors of so many numbers."""
    return together[:, :channels], together[:, channels:].flatten(1)[:, :width]


def clip_vectors(pipeline: Any, pictures: torch.Tensor) -> torch.Tensor:
    """CLIP vectors (N, D) of pictures (N, 3, H, W) in [-1, 1], differentiable; square ones, so nothing is cropped."""
    processor, encoder = pipeline.clip_image_processor, pipeline.image_encoder
    size = encoder.config.image_size
    small = functional.interpolate(pictures / 2 + 0.5, size=(size, size), mode="bicubic", antialias=True)
    mean, spread = (torch.tensor(v).to(small).view(3, 1, 1) for v in (processor.image_mean, processor.image_std))
    return encoder(((small.clamp(0, 1) - mean) / spread).to(encoder.dtype)).image_embeds


@dataclass(frozen=True)
class UniDiffuserWords:
    """UniDiffuser with words for its views; see `Denoiser`. Latents are `packed`.

    Fields:
        features: (V, L, D) of the words, as its text decoder compresses them; where there are none, noise.
        known: whether there are words.
        channels, width: of latents, and of CLIP vectors.
    """

    network: VpNetwork
    features: torch.Tensor
    known: bool
    channels: int
    width: int

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Estimate the clean latents."""
        words = self.features.repeat(len(noisy), 1, 1)
        last = torch.full((len(words),), len(self.network.alphas_cumprod), device=words.device)

        def say(z: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
            latents, vectors = unpacked(z.to(words.dtype), self.channels, self.width)
            picture, vector, _ = self.network.module(
                latents,
                vectors[:, None],
                words,
                timestep_img=step,
                timestep_text=torch.zeros_like(last) if self.known else last,
                data_type=DATA_TYPE,
            )
            return packed(picture, vector[:, 0])

        return self._emptied(self.network.x0(say, noisy, time))

    def _emptied(self, clean: torch.Tensor) -> torch.Tensor:
        """With nothing in the padding, where nothing is to be learned."""
        flat = clean.flatten(0, 1)
        return packed(*unpacked(flat, self.channels, self.width)).view(clean.shape)


def encode_words(pipeline: Any, texts: list[str], device: torch.device) -> torch.Tensor:
    """Features (N, L, D) of texts as the network reads them."""
    embedded = pipeline.encode_prompt(texts, device, 1, False)[0]
    narrower = pipeline.text_intermediate_dim < pipeline.text_encoder_hidden_size
    return pipeline.text_decoder.encode(embedded) if narrower else embedded


def caption(pipeline: Any, picture: torch.Tensor, generator: torch.Generator) -> str:
    """Words for a picture (H, W, 3) float32, sRGB in [0, 1], by diffusers' own sampler."""
    from PIL import Image

    size = pipeline.unet.config.sample_size * pipeline.vae_scale_factor
    shown = Image.fromarray((picture.clamp(0, 1) * 255).round().byte().cpu().numpy()).resize((size, size))
    pipeline.set_progress_bar_config(disable=True)
    with torch.no_grad():
        said = pipeline(
            image=shown, num_inference_steps=CAPTION_STEPS, guidance_scale=CAPTION_GUIDANCE, generator=generator
        )
    return " ".join(str(said.text[0]).split())
