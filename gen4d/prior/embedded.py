"""The trained prior as one object: autoencoder, denoiser, text encoder, and the concepts it learned."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from gen4d.context import Context
from gen4d.errors import CheckpointError
from gen4d.prior.autoencoder import AutoencoderShape, ViewAutoencoder
from gen4d.prior.config import EmbeddedPrior, FolderPrior
from gen4d.prior.modalities import POSE_NUMBERS, VIEWS, Modalities, Times
from gen4d.prior.text import TEXT_TOKENS, TEXT_WIDTH, MiniLmEncoder, TextEncoder, TextFeatures
from gen4d.prior.uvit import MultiViewUViT, UViTShape
from gen4d.prior.weights import MANIFEST, WeightsCheck, check_weights, weights_folder

Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class Concepts:
    """What the training set named: N short captions and their pooled text vectors (N, 384)."""

    captions: tuple[str, ...]
    pooled: torch.Tensor

    def nearest(self, text: TextFeatures, count: int = 3) -> list[tuple[str, float]]:
        """The captions most like a text, with their cosine similarity, best first."""
        similarity = self.pooled @ text.pooled[0]
        values, rows = similarity.topk(min(count, len(self.captions)))
        return [(self.captions[row], value) for row, value in zip(rows.tolist(), values.tolist(), strict=True)]


@dataclass(frozen=True)
class Prior:
    """An opened prior.

    Fields:
        id, licence: for the provenance of what it makes.
    """

    autoencoder: ViewAutoencoder
    denoiser: MultiViewUViT
    text_encoder: TextEncoder
    concepts: Concepts
    id: str
    licence: str


@dataclass(frozen=True)
class Conditioned:
    """The network with what is known built in; see `denoiser.Denoiser`.

    Fields:
        text: (1 or B, TEXT_TOKENS, TEXT_WIDTH) features, or None where there are no words.
        photo: (1 or B, C, S, S) latents, or None.
        pose: (1 or B, 3) the photo's pose, see `modalities.pose_numbers`, or None.
        views: (1 or B, 6, C, S, S) latents of known views, or None; others are whatever is noisy.
        known: which of the views are known.
    """

    network: MultiViewUViT
    text: torch.Tensor | None = None
    photo: torch.Tensor | None = None
    pose: torch.Tensor | None = None
    views: torch.Tensor | None = None
    known: tuple[int, ...] = ()

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Estimate the clean latents; known views come back as they are."""
        return self.everything(noisy, time).views

    def everything(self, noisy: torch.Tensor, time: torch.Tensor) -> Modalities:
        """Estimate all modalities; those not given are their mean under what is given."""
        b, shape = len(noisy), self.network.shape

        def given(value: torch.Tensor | None, *size: int) -> tuple[torch.Tensor, torch.Tensor]:
            if value is None:
                return noisy.new_zeros(b, *size), noisy.new_ones(b)
            return value.to(noisy).expand(b, *size), noisy.new_zeros(b)

        text, text_time = given(self.text, TEXT_TOKENS, TEXT_WIDTH)
        photo, photo_time = given(self.photo, shape.latent_channels, shape.latent_size, shape.latent_size)
        pose, pose_time = given(self.pose, POSE_NUMBERS)
        times = time[:, None].expand(b, VIEWS).clone()
        if self.views is not None:
            noisy = noisy.clone()
            noisy[:, list(self.known)] = self.views.to(noisy)[:, list(self.known)].expand(b, -1, -1, -1, -1)
            times[:, list(self.known)] = 0.0
        state = Modalities(views=noisy, photo=photo, sentence=text[:, 0], words=text[:, 1:], pose=pose)
        estimate = self.network(state, Times(times, photo_time, text_time, pose_time))
        if self.views is not None:
            estimate.views[:, list(self.known)] = noisy[:, list(self.known)]
        return estimate


def open_prior(cfg: EmbeddedPrior | FolderPrior, ctx: Context) -> Prior:
    """Load a prior.

    Raises:
        CheckpointError: a file is missing, damaged, or of another architecture.
    """
    match cfg:
        case EmbeddedPrior():
            folder = weights_folder()
        case FolderPrior(path=folder):
            pass
    damaged = [check for check in check_weights(folder) if not check.ok]
    if damaged:
        raise CheckpointError(_damage(damaged[0]))
    facts = json.loads((folder / MANIFEST).read_text("utf-8"))["facts"]
    autoencoder = load_network(folder / "autoencoder.safetensors", ViewAutoencoder, AutoencoderShape)
    denoiser = load_network(folder / "uvit.safetensors", MultiViewUViT, UViTShape)
    return Prior(
        autoencoder=autoencoder.to(ctx.device),
        denoiser=denoiser.to(ctx.device),
        text_encoder=MiniLmEncoder(),
        concepts=_load_concepts(folder / "concepts.safetensors"),
        id=str(facts["id"]),
        licence=str(facts["licence"]),
    )


def save_network(network: nn.Module, shape: dict[str, int], path: Path) -> None:
    """Write a network's weights as bfloat16 with its sizes in the header."""
    tensors = {name: value.to(torch.bfloat16).contiguous() for name, value in network.state_dict().items()}
    save_file(tensors, path, {name: str(value) for name, value in shape.items()})


def load_network(
    path: Path,
    build: type[Network],
    shape: type[AutoencoderShape] | type[UViTShape],
) -> Network:
    """Build a network from the sizes in a file's header and load its weights as float32, ready for inference.

    Raises:
        CheckpointError: the file cannot be read or does not fit.
    """
    try:
        with safe_open(path, "pt") as opened:
            sizes = {name: int(value) for name, value in (opened.metadata() or {}).items()}
        network = build(shape(**sizes))  # type: ignore[call-arg]  # each network takes its own shape
        network.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    except (OSError, SafetensorError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path.name}: its weights cannot be loaded ({error}).") from error
    return network.eval().requires_grad_(False)


def save_concepts(captions: list[str], pooled: torch.Tensor, path: Path) -> None:
    """Write the learned concepts: captions in the header, vectors (N, 384) as bfloat16."""
    save_file({"pooled": pooled.to(torch.bfloat16)}, path, {"captions": "\n".join(captions)})


def _load_concepts(path: Path) -> Concepts:
    with safe_open(path, "pt") as opened:
        captions = (opened.metadata() or {}).get("captions", "").split("\n")
        return Concepts(tuple(captions), opened.get_tensor("pooled").float())


def _damage(check: WeightsCheck) -> str:
    return f"prior weights: {check.name} is {check.sentence}."
