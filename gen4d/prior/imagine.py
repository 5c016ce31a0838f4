"""Prompt -> six views, through the prior."""

from collections.abc import Collection
from dataclasses import replace

import torch

from gen4d.context import Context
from gen4d.conventions import VIEW_NAMES
from gen4d.errors import InputError
from gen4d.prior.autoencoder import MAP_CHANNELS, maps_to_views, views_to_maps
from gen4d.prior.candidates import fit
from gen4d.prior.conditioned import Conditioned
from gen4d.prior.config import ViewsConfig
from gen4d.prior.denoiser import Denoiser
from gen4d.prior.embedded import Prior
from gen4d.prior.guidance import Guided
from gen4d.prior.modalities import VIEWS, pose_numbers
from gen4d.prior.sampler import sample_dpmpp_2m, sample_euler, sample_heun, schedule
from gen4d.structures import MultiView, Prompt

VIEW_SIZE = 128  # px, what the autoencoder was trained on


def imagine_views(
    prompt: Prompt, prior: Prior, cfg: ViewsConfig, ctx: Context, *, pose: tuple[float, float] | None = None
) -> MultiView:
    """Draw the six canonical views of what a prompt describes.

    From words alone several candidates are drawn, and the one that fits them best is taken; a photo leaves less open.
    The negative prompt, where given, takes the place of "no words" in guidance.

    Args:
        pose: azimuth and elevation, in radians, that the prompt's photo was taken from, or None to leave it open.

    Returns:
        views: six views of 128 x 128 px.

    Raises:
        InputError: the photo is not square.
        NumericsError: the network's estimate is not finite.
    """
    known = _told(prompt, prior, cfg, ctx, pose)
    candidates = cfg.candidates if prompt.photo is None else 1
    return maps_to_views(_drawn(known, _told_not(prompt, prior, ctx), prior, cfg, ctx, candidates))


def complete_views(
    given: MultiView, keep: Collection[str], prompt: Prompt | None, prior: Prior, cfg: ViewsConfig, ctx: Context
) -> MultiView:
    """Keep some of six views and draw the others to go with them.

    Guidance strengthens the words and the photo only: the kept views are known to both of its estimates.

    Args:
        given: six canonical views of 128 x 128 px; those that are not kept are not looked at.
        keep: one to five of `conventions.VIEW_NAMES`.
        prompt: what it is, or None where the views say enough.

    Returns:
        views: the kept ones untouched, and new ones.

    Raises:
        InputError: a name is no view's, none or all are kept, or the views have another size.
        NumericsError: the network's estimate is not finite.
    """
    rows = _rows_of(keep)
    if given.alpha.shape[:3] != (VIEWS, VIEW_SIZE, VIEW_SIZE):
        count, height, width = given.alpha.shape[:3]
        raise InputError(
            f"views: got {count} of {width} x {height} px; six of {VIEW_SIZE} x {VIEW_SIZE} px can be completed."
        )
    with torch.inference_mode():
        latents = prior.autoencoder.encode(views_to_maps(given).to(ctx.device))[None]
    told = Conditioned(prior.denoiser) if prompt is None else _told(prompt, prior, cfg, ctx, None)
    told_not = Conditioned(prior.denoiser) if prompt is None else _told_not(prompt, prior, ctx)
    told, told_not = (replace(known, views=latents, known=rows) for known in (told, told_not))
    quiet = cfg if prompt is not None else cfg.model_copy(update={"guidance_scale": 1.0})
    drawn = maps_to_views(_drawn(told, told_not, prior, quiet, ctx))
    kept = torch.zeros(VIEWS, dtype=torch.bool).index_fill(0, torch.tensor(rows), True)[:, None, None, None]
    names = ("albedo", "alpha", "depth", "normal")
    return replace(drawn, **{n: torch.where(kept, getattr(given, n).cpu(), getattr(drawn, n)) for n in names})


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


def _told(
    prompt: Prompt, prior: Prior, cfg: ViewsConfig, ctx: Context, pose: tuple[float, float] | None
) -> Conditioned:
    """The network with all a prompt says built in."""
    if prompt.text:
        _report_distance(prompt.text, prior, cfg, ctx)
    photo = None if prompt.photo is None else encode_photo(prompt.photo, prior)
    numbers = None
    if photo is not None and pose is not None:
        azimuth, elevation = torch.tensor(pose, device=ctx.device)[:, None]
        numbers = pose_numbers(azimuth, elevation)
    return Conditioned(prior.denoiser, _encode(prompt.text, prior, ctx), photo, numbers)


def _told_not(prompt: Prompt, prior: Prior, ctx: Context) -> Conditioned:
    """What guidance leads away from: the negative words, or nothing."""
    return Conditioned(prior.denoiser, _encode(prompt.negative, prior, ctx))


def _drawn(
    known: Conditioned, free: Conditioned, prior: Prior, cfg: ViewsConfig, ctx: Context, candidates: int = 1
) -> torch.Tensor:
    """Sample maps (6, 8, H, W) from noise, those of the candidate that fits best."""
    denoiser = _guided(known, free, cfg)
    shape = prior.denoiser.shape
    size = (1, VIEWS, shape.latent_channels, shape.latent_size, shape.latent_size)

    def noise(name: str, item: int) -> torch.Tensor:
        return torch.randn(size, generator=ctx.streams.torch(name, item)).to(ctx.device)

    solver = {"dpmpp_2m": sample_dpmpp_2m, "heun": sample_heun, "euler": sample_euler}[cfg.solver]
    times = schedule(cfg.steps, cfg.time_shift)
    with torch.inference_mode():
        drawn = []
        for number in range(candidates):
            for step, latents in enumerate(solver(denoiser, noise("prior.noise", number), times), 1):
                ctx.progress("views", (number + step / cfg.steps) / candidates)
                if step == cfg.steps:
                    drawn.append(latents)
        best = drawn[0]
        if candidates > 1:
            best = max(drawn, key=lambda latents: fit(latents, known, noise("prior.fit", 0)))
        maps = prior.autoencoder.decode(best[0])
    return maps.cpu().clone()


def _guided(known: Conditioned, free: Conditioned, cfg: ViewsConfig) -> Denoiser:
    """A denoiser that is led away from `free`: two calls a step, or one of a network that learned the difference."""
    if known.network.shape.guided and free.text is None and cfg.guidance_rescale == 0:
        return replace(known, guidance=cfg.guidance_scale)
    return Guided(
        conditional=known,
        unconditional=free,
        scale=cfg.guidance_scale,
        interval=(cfg.guidance_from, 1.0),
        rescale=cfg.guidance_rescale,
    )


def _rows_of(keep: Collection[str]) -> tuple[int, ...]:
    """Numbers of named views."""
    for name in keep:
        if name not in VIEW_NAMES:
            raise InputError(f"views: '{name}' is no view; there are {', '.join(VIEW_NAMES)}.")
    rows = tuple(row for row, name in enumerate(VIEW_NAMES) if name in keep)
    if not 0 < len(rows) < VIEWS:
        raise InputError(f"views: {len(rows)} of {VIEWS} are kept; keep at least one, and leave at least one to draw.")
    return rows


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
