"""Pipelines of diffusers as denoisers of six views: each view by itself, told from which side it is seen."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from gen4d.context import Context
from gen4d.errors import CheckpointError, MissingDependency
from gen4d.prior.hub.checkpoint import SUPPORTED, Checkpoint
from gen4d.prior.hub.conversions import match, x0_from_eps, x0_from_flow, x0_from_v
from gen4d.prior.hub.download import PIP

# DreamFusion's view words (Poole et al. 2022, section 3.2), in the order of `conventions.VIEW_NAMES`.
VIEW_WORDS = ("front view", "side view", "back view", "side view", "overhead view", "view from below")


@dataclass(frozen=True)
class HubPrior:
    """An opened public checkpoint.

    Fields:
        pipeline: of diffusers, on the context's device; its class is the checkpoint's kind.
        network: the part of it that denoises.
        resolution: pixels a side that it was trained on.
    """

    pipeline: Any
    kind: str
    network: nn.Module
    resolution: int
    id: str
    licence: str

    def encode(self, pictures: torch.Tensor) -> torch.Tensor:
        """Pictures (N, 3, H, W) in [-1, 1] -> latents (N, C, h, w) as the network wants them, differentiable."""
        vae = self.pipeline.vae
        size = (self.resolution, self.resolution)
        pictures = torch.nn.functional.interpolate(pictures, size=size, mode="bilinear", antialias=True)
        latents = vae.encode(pictures.to(vae.dtype)).latent_dist.mode()
        shift = getattr(vae.config, "shift_factor", None) or 0.0
        return (latents - shift) * vae.config.scaling_factor

    def words(self, text: str) -> "StableDiffusionWords | StableDiffusion3Words":
        """A denoiser with words; each view's own are added where there are any."""
        texts = [f"{text}, {side}" if text else "" for side in VIEW_WORDS]
        with torch.no_grad():
            encoded = self.pipeline.encode_prompt(texts, **_prompt_options(self.kind, self.pipeline.device))
        if self.kind == "StableDiffusion3Pipeline":
            return StableDiffusion3Words(self.network, encoded[0], encoded[2])
        scheduler = self.pipeline.scheduler
        return StableDiffusionWords(
            self.network, encoded[0], scheduler.alphas_cumprod, scheduler.config.prediction_type
        )


@dataclass(frozen=True)
class StableDiffusionWords:
    """A U-Net of Stable Diffusion 1 or 2 with words for six views; see `Denoiser`.

    Fields:
        features: (6, L, D) of the words.
        alphas_cumprod: (N,) of its noise process.
        prediction: epsilon, v_prediction or sample.
    """

    network: nn.Module
    features: torch.Tensor
    alphas_cumprod: torch.Tensor
    prediction: str

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Estimate the clean latents."""
        matched = match(time, self.alphas_cumprod)
        signal, noise, step, scale = (
            part.repeat_interleave(noisy.shape[1])
            for part in (matched.signal, matched.noise, matched.step, matched.scale)
        )
        signal, noise, scale = (part.view(-1, 1, 1, 1) for part in (signal, noise, scale))
        z = scale * noisy.flatten(0, 1)  # (6 B, C, S, S)
        words = self.features.repeat(len(noisy), 1, 1)
        said = self.network(z.to(words.dtype), step, encoder_hidden_states=words).sample.to(z.dtype)
        match self.prediction:
            case "epsilon":
                clean = x0_from_eps(said, z, signal, noise)
            case "v_prediction":
                clean = x0_from_v(said, z, signal, noise)
            case _:
                clean = said
        return clean.view(noisy.shape)


@dataclass(frozen=True)
class StableDiffusion3Words:
    """A transformer of Stable Diffusion 3 with words for six views; see `Denoiser`. Its process is ours.

    Fields:
        features: (6, L, D) of the words; pooled: (6, P).
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


def open_pipeline(checkpoint: Checkpoint, ctx: Context, *, allow_pickle: bool = False) -> HubPrior:
    """Load a checkpoint that was read and checked.

    Raises:
        MissingDependency: diffusers is not installed.
        CheckpointError: the files do not fit together.
    """
    try:
        import diffusers  # pyright: ignore[reportMissingImports] - the extra
    except ImportError as error:
        raise MissingDependency(f"{checkpoint.id}: diffusers is needed; run {PIP}.") from error
    builders = {
        "StableDiffusionPipeline": diffusers.StableDiffusionPipeline,
        "StableDiffusion3Pipeline": diffusers.StableDiffusion3Pipeline,
    }
    options: dict[str, Any] = {part: None for part in checkpoint.absent}
    options |= {"local_files_only": True, "use_safetensors": None if allow_pickle else True}
    if checkpoint.kind == "StableDiffusionPipeline":  # it judges pictures, and none is ever shown here
        options |= {"safety_checker": None, "requires_safety_checker": False}
    try:
        pipeline = builders[checkpoint.kind].from_pretrained(checkpoint.folder, **options)
    except (OSError, ValueError, RuntimeError, TypeError, AttributeError, ImportError) as error:
        raise CheckpointError(f"{checkpoint.id}: it cannot be loaded ({error}).") from error
    pipeline = pipeline.to(ctx.device)
    for part in pipeline.components.values():
        if isinstance(part, nn.Module):
            part.eval().requires_grad_(False)
    network = getattr(pipeline, SUPPORTED[checkpoint.kind])
    resolution = network.config.sample_size * pipeline.vae_scale_factor
    return HubPrior(pipeline, checkpoint.kind, network, resolution, checkpoint.id, checkpoint.licence)


def _prompt_options(kind: str, device: torch.device) -> dict[str, Any]:
    """What each class's `encode_prompt` wants besides the words."""
    if kind == "StableDiffusion3Pipeline":
        return {"prompt_2": None, "prompt_3": None, "device": device, "do_classifier_free_guidance": False}
    return {"device": device, "num_images_per_prompt": 1, "do_classifier_free_guidance": False}
