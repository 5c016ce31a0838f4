"""From a name to an opened checkpoint: found, judged by its files, and only then loaded."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from gen4d.context import Context
from gen4d.errors import CheckpointError, InputError, MissingDependency
from gen4d.prior.hub.adapters import HubPrior
from gen4d.prior.hub.checkpoint import SUPPORTED, Checkpoint, check_checkpoint, read_checkpoint
from gen4d.prior.hub.download import PIP, fetch
from gen4d.prior.hub.loading import Loading, computing_device
from gen4d.prior.hub.multiview_unet import load_multiview
from gen4d.prior.hub.photo import ImageDream, PhotoPrior, Zero123Plus
from gen4d.prior.hub.reference import read_references

PLAIN = Loading()
TILE = 256  # px a side of the parts in which large pictures are decoded, a quarter of them shared with the next
# Small parts that stay on the GPU with offload: parts come when their forward is called, which is not how these are
# used, and what a gradient passes must not leave before it comes back.
STAYING = ("image_encoder", "text_decoder")
TROUBLE = (OSError, ValueError, RuntimeError, TypeError, AttributeError, ImportError, KeyError)  # of foreign files


def find_checkpoint(place: str, loading: Loading, ctx: Context) -> Checkpoint:
    """A checkpoint's files, checked; nothing of them is loaded.

    Args:
        place: `hub:OWNER/NAME`, perhaps with `@REVISION`, or `dir:FOLDER`.

    Raises:
        InputError: there is no such checkpoint, or it must not or cannot be loaded here.
        MissingDependency: an extra for public checkpoints is not installed.
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
        folder, name = fetch(repository, revision or None, allow_pickle=loading.allow_pickle)
    checkpoint = read_checkpoint(folder, name)
    check_checkpoint(checkpoint, loading, computing_device(ctx))
    return checkpoint


def open_pipeline(checkpoint: Checkpoint, ctx: Context, loading: Loading = PLAIN) -> HubPrior:
    """Load a checkpoint that draws from words.

    Raises:
        InputError: it draws from photos only.
        MissingDependency: diffusers is not installed.
        CheckpointError: the files do not fit together.
    """
    if not checkpoint.draws_words:
        raise InputError(_other_way(checkpoint, "a photo", "image-to-3d PHOTO"))
    pipeline = _loaded(checkpoint, ctx, loading)
    network = getattr(pipeline, SUPPORTED[checkpoint.kind])
    return HubPrior(
        pipeline,
        checkpoint.kind,
        network,
        resolution=network.config.sample_size * pipeline.vae_scale_factor,
        id=checkpoint.id,
        licence=checkpoint.licence,
        device=computing_device(ctx),
        one_by_one=loading.one_by_one,
    )


def open_photo_prior(checkpoint: Checkpoint, ctx: Context, loading: Loading = PLAIN) -> PhotoPrior:
    """Load a checkpoint that draws other sides of what a photo shows.

    Raises:
        InputError: it draws from words only.
        MissingDependency: diffusers is not installed.
        CheckpointError: the files do not fit together.
    """
    if not checkpoint.draws_sides:
        raise InputError(_other_way(checkpoint, "words", "text-to-3d PROMPT"))
    transformers, folder, device = _transformers(checkpoint), checkpoint.folder, computing_device(ctx)
    pipeline = _loaded(checkpoint, ctx, loading)
    options, read = _options(loading), transformers.CLIPImageProcessor.from_pretrained
    try:
        if checkpoint.kind == "Zero123PlusPipeline":
            encoder = transformers.CLIPVisionModelWithProjection.from_pretrained(folder / "vision_encoder", **options)
            return Zero123Plus(
                pipeline,
                _ready(encoder, device, loading),
                device,
                checkpoint.id,
                checkpoint.licence,
                clip_processor=read(folder / "feature_extractor_clip"),
                vae_processor=read(folder / "feature_extractor_vae"),
                ramp=torch.tensor(checkpoint.facts["ramping_coefficients"], dtype=torch.float32),
            )
        encoder = transformers.CLIPVisionModel.from_pretrained(folder / "image_encoder", **options)
        return ImageDream(
            pipeline,
            _ready(encoder, device, loading),
            device,
            checkpoint.id,
            checkpoint.licence,
            processor=read(folder / "feature_extractor"),
        )
    except TROUBLE as error:
        raise CheckpointError(_unfit(checkpoint, error)) from error


def _loaded(checkpoint: Checkpoint, ctx: Context, loading: Loading) -> Any:
    """A checkpoint's pipeline, of diffusers' own class or one put together of its parts, where it computes."""
    try:
        import diffusers  # pyright: ignore[reportMissingImports] - the extra
    except ImportError as error:
        raise MissingDependency(f"{checkpoint.id}: diffusers is needed; run {PIP}.") from error
    builders = {
        "StableDiffusionPipeline": diffusers.StableDiffusionPipeline,
        "StableDiffusion3Pipeline": diffusers.StableDiffusion3Pipeline,
        "UniDiffuserPipeline": diffusers.UniDiffuserPipeline,
    }
    if "int8" in loading.low_memory and checkpoint.kind not in builders:
        raise InputError(
            f"{checkpoint.id}: int8 is for pipelines of diffusers itself, and a {checkpoint.kind} is put together "
            "here; use --half and --low-memory offload,slices,tiles."
        )
    diffusers.utils.logging.disable_progress_bar()  # the program has its own
    _transformers(checkpoint).utils.logging.disable_progress_bar()
    try:
        if checkpoint.kind in builders:
            absent: dict[str, Any] = {part: None for part in checkpoint.absent}
            if checkpoint.kind == "StableDiffusionPipeline":  # it judges pictures, and none is ever shown here
                absent |= {"safety_checker": None, "requires_safety_checker": False}
            if "int8" in loading.low_memory:
                absent["quantization_config"] = _in_eight_bits(checkpoint, diffusers)
            pipeline = builders[checkpoint.kind].from_pretrained(checkpoint.folder, **_options(loading), **absent)
        else:
            pipeline = _assembled(checkpoint, diffusers, loading)
    except TROUBLE as error:
        raise CheckpointError(_unfit(checkpoint, error)) from error
    return _placed(pipeline, computing_device(ctx), loading)


def _placed(pipeline: Any, device: torch.device, loading: Loading) -> Any:
    """A pipeline that computes on a device, its parts in evaluation mode, with the ways to need less memory."""
    for part in pipeline.components.values():
        if isinstance(part, nn.Module):
            part.eval().requires_grad_(False)
    pipeline.vae.enable_slicing()  # one picture after the other
    if "tiles" in loading.low_memory:
        pipeline.vae.enable_tiling()
        pipeline.vae.tile_sample_min_size = TILE
        pipeline.vae.tile_latent_min_size = TILE // pipeline.vae_scale_factor
    if "offload" not in loading.low_memory:
        return pipeline.to(device)
    parts = pipeline.model_cpu_offload_seq.split("->")
    pipeline.model_cpu_offload_seq = "->".join(part for part in parts if part not in STAYING)
    pipeline._exclude_from_cpu_offload = [*STAYING]
    pipeline.enable_model_cpu_offload(device=device)
    return pipeline


def _in_eight_bits(checkpoint: Checkpoint, diffusers: Any) -> Any:
    """What tells diffusers to keep the matrices of the network and of the readers of words in eight bits.

    Source: Dettmers et al. 2022, LLM.int8() (arXiv:2208.07339), through bitsandbytes.
    """
    parts = [SUPPORTED[checkpoint.kind], *(part for part in checkpoint.sizes if part.startswith("text_encoder"))]
    own = diffusers.BitsAndBytesConfig(load_in_8bit=True)
    theirs = _transformers(checkpoint).BitsAndBytesConfig(load_in_8bit=True)
    mapping = {part: theirs if part.startswith("text_encoder") else own for part in parts}
    return diffusers.PipelineQuantizationConfig(quant_mapping=mapping)


def _assembled(checkpoint: Checkpoint, diffusers: Any, loading: Loading) -> Any:
    """Stable Diffusion's pipeline with the network of a checkpoint whose class diffusers does not have."""
    folder, transformers, options = checkpoint.folder, _transformers(checkpoint), _options(loading)
    if checkpoint.kind == "Zero123PlusPipeline":
        network = diffusers.UNet2DConditionModel.from_pretrained(folder / "unet", **options)
        read_references(network)
    else:
        allowed = loading.allow_pickle
        network, resampler = load_multiview(folder / "unet", checkpoint.id, loading.dtype, allow_pickle=allowed)
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


def _options(loading: Loading) -> dict[str, Any]:
    options: dict[str, Any] = {"local_files_only": True, "use_safetensors": None if loading.allow_pickle else True}
    return options if loading.dtype == torch.float32 else options | {"torch_dtype": loading.dtype}


def _transformers(checkpoint: Checkpoint) -> Any:
    try:
        import transformers  # pyright: ignore[reportMissingImports] - the extra
    except ImportError as error:
        raise MissingDependency(f"{checkpoint.id}: transformers is needed; run {PIP}.") from error
    return transformers


def _ready(encoder: nn.Module, device: torch.device, loading: Loading) -> nn.Module:
    """An encoder of pictures; with offload it stays in main memory, since it is needed once, for a second."""
    apart = torch.device("cpu") if "offload" in loading.low_memory else device
    return encoder.to(apart).eval().requires_grad_(False)


def _other_way(checkpoint: Checkpoint, source: str, command: str) -> str:
    return f"{checkpoint.id}: a {checkpoint.kind} draws from {source}; use it with gen4d {command} --prior."


def _unfit(checkpoint: Checkpoint, error: Exception) -> str:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    return f"{checkpoint.id}: it cannot be loaded ({reason})."
