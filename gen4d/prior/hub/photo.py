"""Public checkpoints that draw the other sides of what a photo shows."""

from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch
from torch import nn

from gen4d.prior.guidance import Guided
from gen4d.prior.hub.adapters import encode_clip, vp_network
from gen4d.prior.hub.conversions import times_of
from gen4d.prior.hub.drawing import DrawSettings, follow
from gen4d.prior.hub.multiview import SIDES, MultiviewPhoto
from gen4d.prior.hub.reference import COLUMNS, GREY, LEFT, RIGHT, ROWS, VIEW_SIZE, ReferencePhoto, decode_tall


class PhotoPrior(Protocol):
    """What draws other sides of a photo's subject."""

    @property
    def id(self) -> str:
        """Of the checkpoint, with its revision."""
        ...

    @property
    def licence(self) -> str:
        """Its licence."""
        ...

    def sides(
        self, photo: torch.Tensor, text: str, negative: str, settings: DrawSettings, generator: torch.Generator
    ) -> dict[str, torch.Tensor]:
        """Pictures (H, W, 3) in [0, 1] of other sides: right, left, and back where it draws one.

        Args:
            photo: (H, W, 4) float32, sRGB in [0, 1] with straight alpha, the subject framed.
        """
        ...


@dataclass(frozen=True)
class ImageDream:
    """ImageDream: the photo is the front of four sides; see `PhotoPrior`.

    Fields:
        pipeline: Stable Diffusion's, with ImageDream's network and its resampler.
        encoder: CLIP's of pictures; processor: what prepares them for it.
        device: where it computes; its parts may wait elsewhere until their turn.
    """

    pipeline: Any
    encoder: nn.Module
    device: torch.device
    id: str
    licence: str
    processor: Any

    def sides(
        self, photo: torch.Tensor, text: str, negative: str, settings: DrawSettings, generator: torch.Generator
    ) -> dict[str, torch.Tensor]:
        """See `PhotoPrior`."""
        unet, scheduler, vae = self.pipeline.unet, self.pipeline.scheduler, self.pipeline.vae
        side = unet.config.sample_size
        with torch.no_grad():
            known, free = (self.told(photo if given else None, words) for given, words in ((1, text), (0, negative)))
            times = times_of(scheduler.alphas_cumprod, settings.steps)
            noise = torch.randn(1, SIDES, vae.config.latent_channels, side, side, generator=generator)
            guided = Guided(known, free, settings.guidance_scale)
            latents = follow(guided, noise.to(self.device), times, scheduler.alphas_cumprod, settings.progress)
            pictures = vae.decode((latents[0] / vae.config.scaling_factor).to(vae.dtype)).sample
        return {name: _picture(pictures[row]) for name, row in (("right", 1), ("back", 2), ("left", 3))}

    def told(self, photo: torch.Tensor | None, text: str) -> MultiviewPhoto:
        """The network with a photo on white and words built in; without one, nothing stands in its places."""
        unet, vae = self.pipeline.unet, self.pipeline.vae
        shown = torch.zeros(1, 3, 2, 2) if photo is None else _on(photo, 1.0)
        features = _read(self.encoder, _prepared(self.processor, shown), output_hidden_states=True).hidden_states[-2]
        side = unet.config.sample_size * self.pipeline.vae_scale_factor
        square = torch.nn.functional.interpolate(shown, size=(side, side), mode="bilinear", antialias=True)
        latents = vae.encode((square * 2 - 1).to(self.device, vae.dtype)).latent_dist.mode() * vae.config.scaling_factor
        if photo is None:
            features, latents = torch.zeros_like(features), torch.zeros_like(latents)
        resampler = unet.resampler  # not called through the network, so it is still where the network waits
        tokens = resampler(features.to(next(resampler.parameters()).device)).to(self.device)
        words = encode_clip(self.pipeline, [text], self.device)
        return MultiviewPhoto(vp_network(self.pipeline), words, tokens, latents)


@dataclass(frozen=True)
class Zero123Plus:
    """Zero123++: six views around a photo's subject, of which those at a quarter turn are its sides; see `PhotoPrior`.

    Fields:
        pipeline: Stable Diffusion's, its network reading references.
        encoder: CLIP's of pictures; clip_processor, vae_processor: what prepares photos for it and for the autoencoder.
        ramp: (L,) how much of the photo's vector goes to each place of the words.
        view_size: pixels a side of each view it draws.
        device: see `ImageDream`.
    """

    pipeline: Any
    encoder: nn.Module
    device: torch.device
    id: str
    licence: str
    clip_processor: Any
    vae_processor: Any
    ramp: torch.Tensor
    view_size: int = VIEW_SIZE

    def sides(
        self, photo: torch.Tensor, text: str, negative: str, settings: DrawSettings, generator: torch.Generator
    ) -> dict[str, torch.Tensor]:
        """See `PhotoPrior`; words beside the photo are not for this network."""
        views = self.views(photo, settings, generator)
        return {"right": _picture(views[RIGHT]), "left": _picture(views[LEFT])}

    def views(self, photo: torch.Tensor, settings: DrawSettings, generator: torch.Generator) -> torch.Tensor:
        """Six views (6, 3, P, P) in [-1, 1], in the order of `reference.AZIMUTHS_DEG`."""
        scheduler, vae = self.pipeline.scheduler, self.pipeline.vae
        side = self.view_size // self.pipeline.vae_scale_factor
        size = (1, 1, vae.config.latent_channels, ROWS * side, COLUMNS * side)
        with torch.no_grad():
            known = self.told(photo, generator)
            free = self.untold(known)
            times = times_of(scheduler.alphas_cumprod, settings.steps)
            tall = torch.randn(size, generator=generator).to(self.device)
            guided = Guided(known, free, settings.guidance_scale)
            latents = follow(guided, tall, times, scheduler.alphas_cumprod, settings.progress)
            return decode_tall(vae, latents[0]).float()

    def told(self, photo: torch.Tensor, generator: torch.Generator) -> ReferencePhoto:
        """The network with a photo on grey built in."""
        vae, shown = self.pipeline.vae, _on(photo, GREY)
        vector = _read(self.encoder, _prepared(self.clip_processor, shown)).image_embeds.to(self.device)
        words = encode_clip(self.pipeline, [""], self.device)
        features = words + vector[:, None] * self.ramp.to(vector)[None, :, None]
        reference = vae.encode(_prepared(self.vae_processor, shown).to(self.device, vae.dtype)).latent_dist.mode()
        noise = torch.randn(reference.shape, generator=generator).to(reference)
        return ReferencePhoto(vp_network(self.pipeline), features, reference, noise)

    def untold(self, known: ReferencePhoto) -> ReferencePhoto:
        """The same with mid-grey for a photo, and words that are empty."""
        vae, factor = self.pipeline.vae, self.pipeline.vae_scale_factor
        grey = torch.zeros(1, 3, *(side * factor for side in known.reference.shape[-2:]))
        reference = vae.encode(grey.to(self.device, vae.dtype)).latent_dist.mode()
        return replace(known, features=encode_clip(self.pipeline, [""], self.device), reference=reference)


def _on(photo: torch.Tensor, grey: float) -> torch.Tensor:
    """A photo (H, W, 4) on a plain background, (1, 3, H, W) in [0, 1]."""
    alpha = photo[..., 3:]
    return (photo[..., :3] * alpha + grey * (1 - alpha)).permute(2, 0, 1)[None]


def _prepared(processor: Any, picture: torch.Tensor) -> torch.Tensor:
    """A picture (1, 3, H, W) in [0, 1] as one of transformers' processors makes it, from eight bits as published."""
    from PIL import Image

    pixels = (picture[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().cpu().numpy()
    return processor(images=Image.fromarray(pixels), return_tensors="pt").pixel_values


def _read(encoder: nn.Module, pixels: torch.Tensor, **options: bool) -> Any:
    """What an encoder says of pixels (1, 3, H, W), wherever it waits."""
    weights = next(encoder.parameters())
    return encoder(pixels.to(weights), **options)


def _picture(drawn: torch.Tensor) -> torch.Tensor:
    """(3, P, P) in [-1, 1] -> (P, P, 3) in [0, 1]."""
    return (drawn.float() / 2 + 0.5).clamp(0, 1).permute(1, 2, 0).cpu()
