"""The trained prior as one object: autoencoder, denoiser, text encoder, and the concepts it learned."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from gen4d.context import Context
from gen4d.errors import CheckpointError
from gen4d.prior.autoencoder import AutoencoderShape, ViewAutoencoder
from gen4d.prior.config import CheckpointPrior, EmbeddedPrior, FolderPrior
from gen4d.prior.network_files import load_network
from gen4d.prior.text import MiniLmEncoder, TextEncoder, TextFeatures
from gen4d.prior.uvit import MultiViewUViT, UViTShape
from gen4d.prior.weights import MANIFEST, WeightsCheck, check_weights, weights_folder


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


def open_prior(cfg: EmbeddedPrior | FolderPrior | CheckpointPrior, ctx: Context) -> Prior:
    """Load a prior; beside a public checkpoint, which draws pictures, the one that makes views of them.

    Raises:
        CheckpointError: a file is missing, damaged, or of another architecture.
    """
    match cfg:
        case EmbeddedPrior() | CheckpointPrior():
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


def save_concepts(captions: list[str], pooled: torch.Tensor, path: Path) -> None:
    """Write the learned concepts: captions in the header, vectors (N, 384) as bfloat16."""
    save_file({"pooled": pooled.to(torch.bfloat16)}, path, {"captions": "\n".join(captions)})


def _load_concepts(path: Path) -> Concepts:
    with safe_open(path, "pt") as opened:
        captions = (opened.metadata() or {}).get("captions", "").split("\n")
        return Concepts(tuple(captions), opened.get_tensor("pooled").float())


def _damage(check: WeightsCheck) -> str:
    return f"prior weights: {check.name} is {check.sentence}."
