"""From a name to an opened checkpoint: found, judged by its files, and only then loaded."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from gen4d.context import Context
from gen4d.errors import CheckpointError, InputError, MissingDependency
from gen4d.prior.hub.adapters import HubPrior
from gen4d.prior.hub.checkpoint import SUPPORTED, Checkpoint, available_memory, check_checkpoint, read_checkpoint
from gen4d.prior.hub.download import PIP, fetch
from gen4d.prior.hub.multiview_unet import load_multiview
from gen4d.prior.hub.photo import ImageDream, PhotoPrior, Zero123Plus
from gen4d.prior.hub.reference import read_references

TROUBLE = (OSError, ValueError, RuntimeError, TypeError, AttributeError, ImportError, KeyError)  # of foreign files


def find_checkpoint(place: str, *, allow_pickle: bool, half: bool = False) -> Checkpoint:
    """A checkpoint's files, checked; nothing of them is loaded.

    Args:
        place: `hub:OWNER/NAME`, perhaps with `@REVISION`, or `dir:FOLDER`.
        half: it will be loaded in half precision.

    Raises:
        InputError: there is no such checkpoint, or it must not or cannot be loaded here.
        MissingDependency: the extra for public checkpoints is not installed.
        CheckpointError: damaged files.
    """
    kind, _, name = place.partition(":")
    if kind == "dir":
        folder = Path(name)
        if not folder.is_dir():
            raise InputError(f"{place}: this is no folder; give one with a prior of ours or a diffusers pipeline.")
        name = f"dir:{folder.resolve().name}"  # it goes into assets, where nobody's folders belong
    else:
        repository, _, revision = name.partition("@")
        folder, name = fetch(repository, revision or None, allow_pickle=allow_pickle)
    checkpoint = read_checkpoint(folder, name)
    check_checkpoint(checkpoint, available=available_memory(), allow_pickle=allow_pickle, half=half)
    return checkpoint


def open_pipeline(checkpoint: Checkpoint, ctx: Context, *, allow_pickle: bool = False, half: bool = False) -> HubPrior:
    """Load a checkpoint that draws from words.

    Raises:
        InputError: it draws from photos only.
        MissingDependency: diffusers is not installed.
        CheckpointError: the files do not fit together.
    """
    if not checkpoint.draws_words:
        raise InputError(
            f"{checkpoint.id}: a {checkpoint.kind} draws from a photo; use it with gen4d image-to-3d PHOTO --prior."
        )
    pipeline = _loaded(checkpoint, ctx, allow_pickle=allow_pickle, half=half)
    network = getattr(pipeline, SUPPORTED[checkpoint.kind])
    resolution = network.config.sample_size * pipeline.vae_scale_factor
    return HubPrior(pipeline, checkpoint.kind, network, resolution, checkpoint.id, checkpoint.licence)


def open_photo_prior(
    checkpoint: Checkpoint, ctx: Context, *, allow_pickle: bool = False, half: bool = False
) -> PhotoPrior:
    """Load a checkpoint that draws other sides of what a photo shows.

    Raises:
        InputError: it draws from words only.
        MissingDependency: diffusers is not installed.
        CheckpointError: the files do not fit together.
    """
    if not checkpoint.draws_sides:
        raise InputError(
            f"{checkpoint.id}: a {checkpoint.kind} draws from words; use it with gen4d text-to-3d PROMPT --prior."
        )
    pipeline = _loaded(checkpoint, ctx, allow_pickle=allow_pickle, half=half)
    transformers = _transformers(checkpoint)
    folder, options = checkpoint.folder, _options(allow_pickle, half)
    try:
        if checkpoint.kind == "Zero123PlusPipeline":
            encoder = transformers.CLIPVisionModelWithProjection.from_pretrained(folder / "vision_encoder", **options)
            read = transformers.CLIPImageProcessor.from_pretrained
            prior = Zero123Plus(
                pipeline,
                _ready(encoder, ctx),
                read(folder / "feature_extractor_clip"),
                read(folder / "feature_extractor_vae"),
                torch.tensor(checkpoint.facts["ramping_coefficients"], dtype=torch.float32),
                checkpoint.id,
                checkpoint.licence,
            )
        else:
            encoder = transformers.CLIPVisionModel.from_pretrained(folder / "image_encoder", **options)
            processor = transformers.CLIPImageProcessor.from_pretrained(folder / "feature_extractor")
            prior = ImageDream(pipeline, _ready(encoder, ctx), processor, checkpoint.id, checkpoint.licence)
    except TROUBLE as error:
        raise CheckpointError(f"{checkpoint.id}: it cannot be loaded ({_first_line(error)}).") from error
    return prior


def _loaded(checkpoint: Checkpoint, ctx: Context, *, allow_pickle: bool, half: bool) -> Any:
    """A checkpoint's pipeline, of diffusers' own class or one put together of its parts."""
    try:
        import diffusers  # pyright: ignore[reportMissingImports] - the extra
    except ImportError as error:
        raise MissingDependency(f"{checkpoint.id}: diffusers is needed; run {PIP}.") from error
    builders = {
        "StableDiffusionPipeline": diffusers.StableDiffusionPipeline,
        "StableDiffusion3Pipeline": diffusers.StableDiffusion3Pipeline,
        "UniDiffuserPipeline": diffusers.UniDiffuserPipeline,
    }
    diffusers.utils.logging.disable_progress_bar()  # the program has its own
    _transformers(checkpoint).utils.logging.disable_progress_bar()
    options = _options(allow_pickle, half)
    absent: dict[str, Any] = {part: None for part in checkpoint.absent}
    if checkpoint.kind == "StableDiffusionPipeline":  # it judges pictures, and none is ever shown here
        absent |= {"safety_checker": None, "requires_safety_checker": False}
    try:
        if checkpoint.kind in builders:
            pipeline = builders[checkpoint.kind].from_pretrained(checkpoint.folder, **options, **absent)
        else:
            pipeline = _assembled(checkpoint, diffusers, options, allow_pickle=allow_pickle)
    except TROUBLE as error:
        raise CheckpointError(f"{checkpoint.id}: it cannot be loaded ({_first_line(error)}).") from error
    pipeline = pipeline.to(ctx.device)
    pipeline.vae.enable_slicing()  # one picture after the other
    for part in pipeline.components.values():
        if isinstance(part, nn.Module):
            part.eval().requires_grad_(False)
    return pipeline


def _assembled(checkpoint: Checkpoint, diffusers: Any, options: dict[str, Any], *, allow_pickle: bool) -> Any:
    """Stable Diffusion's pipeline with the network of a checkpoint whose class diffusers does not have."""
    folder, transformers = checkpoint.folder, _transformers(checkpoint)
    if checkpoint.kind == "Zero123PlusPipeline":
        network = diffusers.UNet2DConditionModel.from_pretrained(folder / "unet", **options)
        read_references(network)
    else:
        dtype = options.get("torch_dtype", torch.float32)
        network, resampler = load_multiview(folder / "unet", checkpoint.id, dtype, allow_pickle=allow_pickle)
        network.resampler = resampler
    return diffusers.StableDiffusionPipeline(
        vae=diffusers.AutoencoderKL.from_pretrained(folder / "vae", **options),
        text_encoder=transformers.CLIPTextModel.from_pretrained(folder / "text_encoder", **options),
        tokenizer=transformers.CLIPTokenizer.from_pretrained(folder / "tokenizer"),
        unet=network,
        # Of a scheduler only the noise process is used, which all of them hold alike.
        scheduler=diffusers.DDIMScheduler.from_pretrained(folder / "scheduler"),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _options(allow_pickle: bool, half: bool) -> dict[str, Any]:
    options: dict[str, Any] = {"local_files_only": True, "use_safetensors": None if allow_pickle else True}
    return options | {"torch_dtype": torch.bfloat16} if half else options


def _transformers(checkpoint: Checkpoint) -> Any:
    try:
        import transformers  # pyright: ignore[reportMissingImports] - the extra
    except ImportError as error:
        raise MissingDependency(f"{checkpoint.id}: transformers is needed; run {PIP}.") from error
    return transformers


def _ready(encoder: nn.Module, ctx: Context) -> nn.Module:
    return encoder.to(ctx.device).eval().requires_grad_(False)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
