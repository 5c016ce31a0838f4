"""Prompt -> six views, through the prior."""

import torch

from gen4d.context import Context
from gen4d.errors import InputError
from gen4d.prior.autoencoder import MAP_CHANNELS, maps_to_views
from gen4d.prior.conditioned import Conditioned
from gen4d.prior.config import ViewsConfig
from gen4d.prior.embedded import Prior
from gen4d.prior.guidance import Guided
from gen4d.prior.modalities import VIEWS
from gen4d.prior.sampler import sample_dpmpp_2m, sample_euler, sample_heun, schedule
from gen4d.structures import MultiView, Prompt

VIEW_SIZE = 128  # px, what the autoencoder was trained on


def imagine_views(prompt: Prompt, prior: Prior, cfg: ViewsConfig, ctx: Context) -> MultiView:
    """Draw the six canonical views of what a prompt describes.

    The negative prompt, where given, takes the place of "no words" in guidance.

    Returns:
        views: six views of 128 x 128 px.

    Raises:
        NumericsError: the network's estimate is not finite.
    """
    text = _encode(prompt.text, prior, ctx)
    negative = _encode(prompt.negative, prior, ctx)
    photo = None if prompt.photo is None else encode_photo(prompt.photo, prior)
    if prompt.text:
        _report_distance(prompt.text, prior, cfg, ctx)
    network = prior.denoiser
    denoiser = Guided(
        conditional=Conditioned(network, text, photo),
        unconditional=Conditioned(network, negative),
        scale=cfg.guidance_scale,
        interval=(cfg.guidance_from, 1.0),
        rescale=cfg.guidance_rescale,
    )
    shape = network.shape
    size = (1, VIEWS, shape.latent_channels, shape.latent_size, shape.latent_size)
    noise = torch.randn(size, generator=ctx.streams.torch("prior.noise")).to(ctx.device)
    solver = {"dpmpp_2m": sample_dpmpp_2m, "heun": sample_heun, "euler": sample_euler}[cfg.solver]
    with torch.inference_mode():
        latents = noise
        for step, state in enumerate(solver(denoiser, noise, schedule(cfg.steps, cfg.time_shift))):
            latents = state
            ctx.progress("views", (step + 1) / cfg.steps)
        maps = prior.autoencoder.decode(latents[0])
    return maps_to_views(maps.cpu().clone())


def encode_photo(photo: torch.Tensor, prior: Prior) -> torch.Tensor:
    """Latents (1, C, S, S) of a photo (H, W, 4): a view whose geometry is unknown, which is 0 in [-1, 1].

    Raises:
        InputError: the photo is not square.
    """
    if photo.shape[0] != photo.shape[1]:
        raise InputError(f"photo: it is {photo.shape[1]} x {photo.shape[0]} px; a framed photo must be square.")
    picture = photo.permute(2, 0, 1)[None].to(next(prior.denoiser.parameters()).device)
    # Colours are white where alpha is 0, so averaging them plainly matches how training photos were made.
    picture = torch.nn.functional.interpolate(picture, size=(VIEW_SIZE, VIEW_SIZE), mode="area")
    maps = picture.new_zeros(1, MAP_CHANNELS, VIEW_SIZE, VIEW_SIZE)
    maps[:, :4] = picture * 2 - 1
    with torch.inference_mode():
        return prior.autoencoder.encode(maps)


def _encode(text: str, prior: Prior, ctx: Context) -> torch.Tensor | None:
    """Token features of a text, None for no words."""
    return prior.text_encoder.encode([text]).tokens.to(ctx.device) if text else None


def _report_distance(text: str, prior: Prior, cfg: ViewsConfig, ctx: Context) -> None:
    """Note how near a prompt is to what was learned, and say so when it is far."""
    nearest = prior.concepts.nearest(prior.text_encoder.encode([text]))
    caption, similarity = nearest[0]
    ctx.note("views.nearest_concept", caption)
    ctx.note("views.similarity", round(similarity, 3))
    if similarity < cfg.min_similarity:
        known = ", ".join(f"'{name}' ({value:.2f})" for name, value in nearest)
        ctx.warn(f"'{text}' is far from everything the prior learned; the closest known concepts are {known}.")
