"""Pictures from words, by any public checkpoint, with our own sampler and our own randomness."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from gen4d.prior.denoiser import Denoiser
from gen4d.prior.guidance import Guided
from gen4d.prior.hub.adapters import HubPrior
from gen4d.prior.hub.conversions import match
from gen4d.prior.sampler import sample_dpmpp_2m


@dataclass(frozen=True)
class DrawSettings:
    """How pictures are drawn.

    Fields:
        steps: two network calls each.
        guidance_scale: `uncond + s (cond - uncond)`; 1 is off.
        progress: told the share that is done.
    """

    steps: int
    guidance_scale: float
    progress: Callable[[float], None] = lambda share: None


def draw_words(
    prior: HubPrior, text: str, negative: str, settings: DrawSettings, generator: torch.Generator
) -> torch.Tensor:
    """Pictures (V, P, P, 3) in [0, 1] of `prior.drawn_views`.

    Raises:
        NumericsError: an estimate is not finite.
    """
    views, times = prior.drawn_views, prior.times(settings.steps)
    noise = torch.randn(1, len(views), *prior.latent_size, generator=generator).to(prior.device)
    with torch.no_grad():
        guided = Guided(prior.words(text, views), prior.words(negative, views), settings.guidance_scale)
        latents = follow(guided, noise, times, prior.alphas_cumprod, settings.progress)
        pictures = prior.decode(latents[0])
    return (pictures / 2 + 0.5).clamp(0, 1).permute(0, 2, 3, 1).cpu()


def follow(
    denoiser: Denoiser,
    noise: torch.Tensor,
    times: list[float],
    alphas_cumprod: torch.Tensor | None,
    progress: Callable[[float], None] = lambda share: None,
) -> torch.Tensor:
    """Clean latents (B, V, C, H, W) from unit noise.

    Args:
        alphas_cumprod: (N,) of a variance-preserving process, whose noisiest step is not all noise in our terms: there
            unit noise stands for z, and ours is z / scale. None for the straight process.

    Raises:
        NumericsError: an estimate is not finite.
    """
    start = noise
    if alphas_cumprod is not None:
        start = noise / match(torch.tensor([times[0]], dtype=torch.float64), alphas_cumprod).scale.to(noise)
    latents = start
    for step, state in enumerate(sample_dpmpp_2m(denoiser, start, times)):
        latents = state
        progress((step + 1) / (len(times) - 1))
    return latents
