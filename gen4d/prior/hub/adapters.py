"""Pipelines of diffusers as denoisers of views that were asked for in words, each told from which side it is seen."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from gen4d.prior.denoiser import Denoiser
from gen4d.prior.hub.conversions import VpNetwork, times_of, x0_from_flow
from gen4d.prior.hub.multiview import SIDES, WORDS_OF_OBJECTS, MultiviewWords
from gen4d.prior.hub.unidiffuser import UniDiffuserWords, clip_vectors, encode_words, packed
from gen4d.prior.sampler import schedule

# DreamFusion's view words (Poole et al. 2022, section 3.2), in the order of `conventions.VIEW_NAMES`.
VIEW_WORDS = ("front view", "side view", "back view", "side view", "overhead view", "view from below")
ALL_VIEWS = (0, 1, 2, 3, 4, 5)
SD3_SHIFT = 3.0  # of its steps towards the noise (Esser et al. 2024, arXiv:2403.03206, section 5.3.2)


@dataclass(frozen=True)
class HubPrior:
    """An opened public checkpoint that draws from words.

    Fields:
        pipeline: of diffusers.
        kind: class of its pipeline, see `checkpoint.SUPPORTED`.
        network: the part of it that denoises, a module of diffusers.
        resolution: pixels a side that it was trained on.
        device: where it computes; its parts may wait elsewhere until their turn.
        one_by_one: whether views go through the network one after the other, which takes less memory.
    """

    pipeline: Any
    kind: str
    network: Any
    resolution: int
    id: str
    licence: str
    device: torch.device
    one_by_one: bool = False

    @property
    def drawn_views(self) -> tuple[int, ...]:
        """The canonical views it draws as one subject: four sides, or the front alone."""
        return tuple(range(SIDES)) if self.kind == "MVDreamPipeline" else (0,)

    @property
    def latent_size(self) -> tuple[int, int, int]:
        """Channels, height and width of one view's latents."""
        side, channels = self.network.config.sample_size, self._channels
        if self.kind == "UniDiffuserPipeline":
            channels = packed(torch.zeros(1, channels, side, side), torch.zeros(1, self._vector_width)).shape[1]
        return channels, side, side

    def encode(self, pictures: torch.Tensor) -> torch.Tensor:
        """Pictures (N, 3, H, W) in [-1, 1] -> latents (N, C, h, w) as the network wants them, differentiable."""
        vae = self.pipeline.vae
        size = (self.resolution, self.resolution)
        pictures = functional.interpolate(pictures.to(self.device), size=size, mode="bilinear", antialias=True)
        latents = vae.encode(pictures.to(vae.dtype)).latent_dist.mode()
        latents = (latents - _shift(vae)) * vae.config.scaling_factor
        if self.kind == "UniDiffuserPipeline":
            return packed(latents, clip_vectors(self.pipeline, pictures))
        return latents

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Latents (N, C, h, w) -> pictures (N, 3, P, P) in [-1, 1]."""
        vae = self.pipeline.vae
        plain = latents[:, : self._channels] / vae.config.scaling_factor + _shift(vae)
        return vae.decode(plain.to(self.device, vae.dtype)).sample.float()

    def words(self, text: str, views: tuple[int, ...] = ALL_VIEWS) -> Denoiser:
        """A denoiser of some of the six views with words; each view's own are added where there are any."""
        if self.one_by_one and self.kind != "MVDreamPipeline":
            return OneByOne(tuple(self._words(text, (view,)) for view in views))
        return self._words(text, views)

    def _words(self, text: str, views: tuple[int, ...]) -> Denoiser:
        texts = [_with_side(text, view, self.kind) for view in views]
        with torch.no_grad():
            match self.kind:
                case "StableDiffusion3Pipeline":
                    options = {"prompt_2": None, "prompt_3": None, "do_classifier_free_guidance": False}
                    features, _, pooled, _ = self.pipeline.encode_prompt(texts, device=self.device, **options)
                    return StableDiffusion3Words(self.network, features, pooled)
                case "UniDiffuserPipeline":
                    features = encode_words(self.pipeline, texts, self.device)
                    if not text:
                        # The same noise at every call: what is compared with and without words shares its chance.
                        chance = [torch.Generator().manual_seed(view) for view in views]
                        features = torch.stack([torch.randn(features.shape[1:], generator=g) for g in chance])
                        features = features.to(self.device, self.network.dtype)
                    return UniDiffuserWords(self._vp, features, bool(text), self._channels, self._vector_width)
                case "MVDreamPipeline":
                    return MultiviewWords(self._vp, encode_clip(self.pipeline, texts, self.device), views)
                case _:
                    return StableDiffusionWords(self._vp, encode_clip(self.pipeline, texts, self.device))

    def times(self, steps: int) -> list[float]:
        """Times to draw at, from its noisiest to 0."""
        if self.kind == "StableDiffusion3Pipeline":
            return schedule(steps, SD3_SHIFT)
        return times_of(self.pipeline.scheduler.alphas_cumprod, steps)

    @property
    def alphas_cumprod(self) -> torch.Tensor | None:
        """(N,) of its variance-preserving noise process; None where it is the straight one."""
        return None if self.kind == "StableDiffusion3Pipeline" else self.pipeline.scheduler.alphas_cumprod

    @property
    def _vp(self) -> VpNetwork:
        return vp_network(self.pipeline)

    @property
    def _channels(self) -> int:
        return self.pipeline.vae.config.latent_channels

    @property
    def _vector_width(self) -> int:
        return self.pipeline.image_encoder.config.projection_dim


@dataclass(frozen=True)
class StableDiffusionWords:
    """A U-Net of Stable Diffusion 1 or 2 with words for its views; see `Denoiser`.

    Fields:
        features: (V, L, D) of the words.
    """

    network: VpNetwork
    features: torch.Tensor

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Estimate the clean latents."""
        words = self.features.repeat(len(noisy), 1, 1)

        def say(z: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
            return self.network.module(z.to(words.dtype), step, encoder_hidden_states=words).sample

        return self.network.x0(say, noisy, time)


@dataclass(frozen=True)
class StableDiffusion3Words:
    """A transformer of Stable Diffusion 3 with words for its views; see `Denoiser`. Its process is ours.

    Fields:
        features: (V, L, D) of the words; pooled: (V, P).
    """

    network: nn.Module
    features: torch.Tensor
    pooled: torch.Tensor

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Estimate the clean latents."""
        x, each = noisy.flatten(0, 1), time.repeat_interleave(noisy.shape[1])
        said = self.network(
            hidden_states=x.to(self.features.dtype),
            timestep=1000 * each,
            encoder_hidden_states=self.features.repeat(len(noisy), 1, 1),
            pooled_projections=self.pooled.repeat(len(noisy), 1),
        ).sample.to(x.dtype)
        return x0_from_flow(said, x, each.view(-1, 1, 1, 1)).view(noisy.shape)


@dataclass(frozen=True)
class OneByOne:
    """Denoisers of one view each as one of them all, which asks them in turn; see `Denoiser`."""

    views: tuple[Denoiser, ...]

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Estimate the clean latents, a view at a time."""
        parts = zip(self.views, noisy.split(1, dim=1), strict=True)
        return torch.cat([view.x0(part, time) for view, part in parts], 1)


def encode_clip(pipeline: Any, texts: list[str], device: torch.device) -> torch.Tensor:
    """Features (N, L, D) of texts by a Stable Diffusion pipeline's own encoder."""
    return pipeline.encode_prompt(texts, device, 1, False)[0]


def vp_network(pipeline: Any) -> VpNetwork:
    """The network of a pipeline with the noise process of its scheduler."""
    kind = "epsilon" if type(pipeline).__name__ == "UniDiffuserPipeline" else pipeline.scheduler.config.prediction_type
    return VpNetwork(pipeline.unet, pipeline.scheduler.alphas_cumprod, kind)


def _with_side(text: str, view: int, kind: str) -> str:
    """Words for one view; a multiview network knows the sides by their cameras."""
    if not text:
        return ""
    if kind == "MVDreamPipeline" and view < SIDES:
        return text + WORDS_OF_OBJECTS
    return f"{text}, {VIEW_WORDS[view]}"


def _shift(vae: Any) -> float:
    return getattr(vae.config, "shift_factor", None) or 0.0
