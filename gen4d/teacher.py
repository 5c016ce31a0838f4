"""A prior as distillation needs it: an eye for views, and denoisers with and without the words."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from gen4d.context import Context
from gen4d.distill.config import RefineConfig
from gen4d.distill.guidance import Guidance
from gen4d.distill.ism import IntervalScore
from gen4d.distill.lens import DecoderLens, EncoderLens, Lens
from gen4d.distill.lora import Adapted, Adapters
from gen4d.distill.reconstruction import ReconstructionLoss
from gen4d.distill.sds import ScoreDistillation
from gen4d.distill.vsd import VariationalScore
from gen4d.errors import ConfigError
from gen4d.prior.autoencoder import maps_to_views, views_to_maps
from gen4d.prior.conditioned import Conditioned
from gen4d.prior.config import EmbeddedPrior, FolderPrior
from gen4d.prior.denoiser import Denoiser
from gen4d.prior.embedded import Prior, open_prior
from gen4d.prior.guidance import Guided
from gen4d.prior.hub.adapters import HubPrior
from gen4d.prior.hub.loading import Loading
from gen4d.prior.hub.opening import find_checkpoint, open_pipeline
from gen4d.prior.weights import MANIFEST
from gen4d.structures import MultiView, Prompt

RESOLUTION = 128  # px, of the views the embedded prior speaks of


@dataclass(frozen=True)
class Teacher:
    """What distillation learns from.

    Fields:
        lens: six views <-> latents.
        conditional, unconditional: with the words, and with the negative words or none.
        network: what adapters attach to.
        resolution: pixels a side of the views it was trained on.
        id, licence: for the provenance of what it makes.
        draw: latents (6, C, S, S) -> six views with geometry; None for a prior that knows pictures only.
    """

    lens: Lens
    conditional: Denoiser
    unconditional: Denoiser
    network: nn.Module
    resolution: int
    id: str
    licence: str
    draw: Callable[[torch.Tensor], MultiView] | None = None


def open_teacher(prompt: Prompt, cfg: RefineConfig, ctx: Context) -> Teacher:
    """Open the prior that a config names, and give it the words.

    Raises:
        ConfigError: a guidance that learns, with weights that it could not reach; options of public weights for ours.
        InputError: a folder that holds no prior, or a checkpoint that must not be loaded; before any long work.
        MissingDependency: the extra for public checkpoints is not installed.
        CheckpointError: damaged weights.
    """
    kind, _, place = cfg.prior.partition(":")
    if kind == "embedded" or (kind == "dir" and (Path(place) / MANIFEST).is_file()):
        if cfg.allow_pickle or cfg.half or cfg.low_memory:
            raise ConfigError(
                "refine: allow_pickle, half and low_memory are for public weights; name some with --prior, or leave "
                "them out."
            )
        own = EmbeddedPrior() if kind == "embedded" else FolderPrior(path=Path(place))
        return teacher_of(open_prior(own, ctx), prompt, ctx)
    loading = Loading(cfg.allow_pickle, cfg.half, cfg.low_memory)
    if cfg.guidance == "vsd" and loading.gpu_ways:
        raise ConfigError(
            "refine.low_memory: vsd trains adapters beside the network's weights, which offload and int8 take away; "
            "use slices, or sds, recon or ism."
        )
    checkpoint = find_checkpoint(cfg.prior, loading, ctx)
    ctx.note("refine.prior_licence", checkpoint.licence)
    return teacher_of_hub(open_pipeline(checkpoint, ctx, loading), prompt)


def teacher_of(prior: Prior, prompt: Prompt, ctx: Context) -> Teacher:
    """A prior of our own architecture as a teacher."""

    def to_maps(views: MultiView) -> torch.Tensor:
        return views_to_maps(views).to(ctx.device)

    def draw(latents: torch.Tensor) -> MultiView:
        return maps_to_views(prior.autoencoder.decode(latents).cpu())

    def words(text: str) -> torch.Tensor | None:
        return prior.text_encoder.encode([text]).tokens.to(ctx.device) if text else None

    return Teacher(
        lens=DecoderLens(prior.autoencoder.encode, prior.autoencoder.decode, to_maps),
        conditional=OneByOne(Conditioned(prior.denoiser, text=words(prompt.text))),
        unconditional=OneByOne(Conditioned(prior.denoiser, text=words(prompt.negative))),
        network=prior.denoiser,
        resolution=RESOLUTION,
        id=prior.id,
        licence=prior.licence,
        draw=draw,
    )


def teacher_of_hub(prior: HubPrior, prompt: Prompt) -> Teacher:
    """A public checkpoint as a teacher: it sees the colours of the views, on white as they are."""

    def encode(views: MultiView) -> torch.Tensor:
        return prior.encode((views.albedo * 2 - 1).permute(0, 3, 1, 2)).float()

    return Teacher(
        lens=EncoderLens(encode),
        conditional=prior.words(prompt.text),
        unconditional=prior.words(prompt.negative),
        network=prior.network,
        resolution=prior.resolution,
        id=prior.id,
        licence=prior.licence,
    )


@dataclass(frozen=True)
class OneByOne:
    """A denoiser whose words were encoded for one item, for batches of any size; see `Denoiser`."""

    denoiser: Denoiser

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Estimate the clean latents, an item at a time."""
        pairs = zip(noisy.split(1), time.split(1), strict=True)
        return torch.cat([self.denoiser.x0(item, moment) for item, moment in pairs])


def guided_by(teacher: Teacher, cfg: RefineConfig, guidance_from: float = 0.0) -> Guided:
    """The teacher's two denoisers as one, guided by the words at times above one."""
    return Guided(
        teacher.conditional,
        teacher.unconditional,
        cfg.guidance_scale,
        interval=(guidance_from, 1.0),
        rescale=cfg.guidance_rescale,
    )


def guidance_of(teacher: Teacher, cfg: RefineConfig, ctx: Context) -> tuple[Guidance, Adapted | None]:
    """The guidance a config names, and the adapters that learn along with it."""
    # Ours says nearly the same with and without guidance in the lower half, at twice the cost (decision 0009).
    guided = OneByOne(guided_by(teacher, cfg, 0.0 if teacher.draw is None else 0.5))
    match cfg.guidance:
        case "recon" | "csd":
            return ReconstructionLoss(guided), None
        case "sds":
            return ScoreDistillation(guided), None
        case "ism":
            return IntervalScore(guided, teacher.unconditional), None
        case "vsd":
            adapters = Adapters(teacher.network, cfg.lora_rank, ctx.streams.torch("refine.adapters"))
            learned = Adapted(teacher.conditional, adapters)
            return VariationalScore(guided, learned), learned
        case "redraw" | None:
            raise ConfigError(f"refine.guidance: {cfg.guidance} has no gradient; give sds, recon, vsd, ism or csd.")
