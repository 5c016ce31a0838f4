"""Pictures that a public checkpoint draws before the flow begins: words become a photo, a photo gets other sides."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from gen4d.config import RunConfig
from gen4d.context import Context
from gen4d.errors import InputError
from gen4d.photo.subject import load_side, load_subject
from gen4d.prior.config import CheckpointPrior
from gen4d.prior.hub.drawing import DrawSettings, draw_words
from gen4d.prior.hub.loading import Loading
from gen4d.prior.hub.opening import find_checkpoint, open_photo_prior, open_pipeline
from gen4d.prior.hub.unidiffuser import caption
from gen4d.render.preview import save_png
from gen4d.report import stage
from gen4d.structures import Prompt

# The scales the demonstrations of each were published with.
GUIDANCE = {
    "StableDiffusionPipeline": 7.5,
    "StableDiffusion3Pipeline": 7.0,
    "UniDiffuserPipeline": 8.0,
    "MVDreamPipeline": 7.0,
    "ImageDreamPipeline": 5.0,
    "Zero123PlusPipeline": 4.0,
}
BACKGROUND = "one object, whole, on a plain white background"  # so that it can be cut out
SIDES = ("right", "back", "left")  # what a multiview network draws after the front


def with_pictures(prompt: Prompt, cfg: RunConfig, ctx: Context) -> tuple[Prompt, dict[str, str]]:
    """A prompt with what a public checkpoint adds to it, and where that is from; as it was without one.

    Words alone become a photo, and photos of the sides where the checkpoint draws four; a photo gets photos of its
    sides, or, from UniDiffuser, words where there were none.

    Raises:
        InputError: the checkpoint must not or cannot be loaded, or is for words where a photo is given, or the reverse.
        MissingDependency: the extra for public checkpoints is not installed.
        CheckpointError: damaged files.
        NumericsError: an estimate is not finite.
    """
    if not isinstance(cfg.prior, CheckpointPrior):
        return prompt, {}
    given = cfg.prior
    loading = Loading(given.allow_pickle, given.half, given.low_memory)
    with stage("pictures", ctx):
        checkpoint = find_checkpoint(given.checkpoint, loading, ctx)
        ctx.note("pictures.licence", checkpoint.licence)
        scale = GUIDANCE[checkpoint.kind] if given.drawing_guidance is None else given.drawing_guidance
        settings = DrawSettings(given.drawing_steps, scale, lambda share: ctx.progress("pictures", share))
        generator = ctx.streams.torch("pictures.noise")
        if prompt.photo is None:
            prior = open_pipeline(checkpoint, ctx, loading)
            words = prompt.text if checkpoint.kind == "MVDreamPipeline" else f"{prompt.text}, {BACKGROUND}"
            drawn = draw_words(prior, words, prompt.negative, settings, generator)
            prompt = _seen(prompt, drawn, cfg, ctx)
        elif checkpoint.kind == "UniDiffuserPipeline":
            if not prompt.text:
                shown = prompt.photo[..., :3] * prompt.photo[..., 3:] + 1 - prompt.photo[..., 3:]
                said = caption(open_pipeline(checkpoint, ctx, loading).pipeline, shown, generator)
                ctx.note("pictures.caption", said)
                prompt = replace(prompt, text=said)
        else:
            sides = open_photo_prior(checkpoint, ctx, loading).sides(
                prompt.photo, prompt.text, prompt.negative, settings, generator
            )
            prompt = _with_sides(prompt, sides, cfg, ctx)
    return prompt, {"pictured_by": checkpoint.id, "pictured_by_licence": checkpoint.licence}


def _seen(prompt: Prompt, drawn: torch.Tensor, cfg: RunConfig, ctx: Context) -> Prompt:
    """A prompt with drawn pictures (V, P, P, 3) as its photos: the front, then sides where there are more."""
    with TemporaryDirectory() as folder:
        subject = load_subject(_saved(drawn[0], Path(folder)), None, cfg.photo, ctx)
    prompt = replace(prompt, photo=subject.picture, whole=subject.whole, person=subject.person)
    return _with_sides(prompt, dict(zip(SIDES, drawn[1:], strict=False)), cfg, ctx)


def _with_sides(prompt: Prompt, sides: dict[str, torch.Tensor], cfg: RunConfig, ctx: Context) -> Prompt:
    """A prompt with drawn pictures (P, P, 3) of other sides, where it has none of its own and a subject is found."""
    found = {}
    with TemporaryDirectory() as folder:
        for side, picture in sides.items():
            if getattr(prompt, f"photo_{side}") is not None:
                continue
            try:
                found[f"photo_{side}"] = load_side(_saved(picture, Path(folder)), cfg.photo, ctx)
            except InputError as error:
                ctx.warn(f"pictures: nothing could be cut out of the drawn picture of the {side} ({error})")
    return replace(prompt, **found)


def _saved(picture: torch.Tensor, folder: Path) -> Path:
    """A picture in a file, which is how photos are read."""
    path = folder / "drawn.png"
    save_png(picture, path)
    return path
