"""Fine-tuning of the autoencoder's decoder alone, on whole views, by a loss that is near what is measured.

The encoder stays as it is, and with it everything a prior has learned about latents.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch
from torch.nn import functional

from gen4d.errors import NumericsError
from gen4d.prior.autoencoder import ViewAutoencoder
from gen4d.prior.train_autoencoder import AutoencoderState, reconstruction_losses, to_maps
from gen4d.streams import Streams

SMALLEST_ERROR = 1e-4  # squared; 40 dB: better colours than that count no more
EDGE_SHARPNESS = 4.0  # of the matte's term, per unit of a channel in [-1, 1]
SMALLEST_VIEW = 64  # px: a matte smaller than this is weighted as if it had so many


class Maps(Protocol):
    """Maps of objects, each (6, H, W, 8) uint8 as the shards hold them; they need not all be in memory."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> np.ndarray: ...


@dataclass(frozen=True)
class DecoderTuning:
    """Hyper-parameters; the rate warms up, then falls to zero as a cosine.

    Fields:
        batch: whole views a step.
        latent_noise: the most noise, as a deviation, that a view's latents get; each view has its own, down to none, so
            that clean latents are decoded sharply and imagined ones are still forgiven.
    """

    steps: int = 900
    batch: int = 8
    learning_rate: float = 1e-4
    warmup: int = 50
    latent_noise: float = 0.04
    seed: int = 0


def with_last_blocks(model: ViewAutoencoder, count: int) -> ViewAutoencoder:
    """A copy of a model with so many residual blocks at the full resolution, new ones starting as the identity."""
    grown = ViewAutoencoder(replace(model.shape, last_blocks=count))
    grown.load_state_dict(model.state_dict(), strict=False)  # lacks the new blocks only
    return grown


def tune_decoder(maps: Maps, model: ViewAutoencoder, cfg: DecoderTuning) -> Iterator[AutoencoderState]:
    """Train the decoder of a model, in place, on random views; yields after every step.

    Raises:
        NumericsError: a loss is NaN or infinite.
    """
    model.requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in stubs
    trained = [*model.decoder.parameters(), *model.decoder_linear.parameters()]
    for parameter in trained:
        parameter.requires_grad_(True)
    optimizer = torch.optim.AdamW(trained, lr=cfg.learning_rate, betas=(0.9, 0.98), weight_decay=1e-4)
    streams = Streams(cfg.seed)
    rng, noise = streams.numpy("decoder.views"), streams.torch("decoder.noise")
    for step in range(cfg.steps):
        target = to_maps(random_views(maps, cfg.batch, rng))
        with torch.no_grad():
            latents = model.encode(target)
            spread = cfg.latent_noise * torch.rand(cfg.batch, 1, 1, 1, generator=noise)
            latents = latents + spread * torch.randn(latents.shape, generator=noise)
        losses = tuning_losses(model.decode(latents), target)
        total = torch.stack(list(losses.values())).sum()
        if not torch.isfinite(total):
            raise NumericsError(f"decoder step {step}: the loss is not finite ({losses}).")
        for group in optimizer.param_groups:
            falling = 0.5 + 0.5 * np.cos(np.pi * step / cfg.steps)
            group["lr"] = cfg.learning_rate * min(1.0, (step + 1) / cfg.warmup) * falling
        optimizer.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        yield AutoencoderState(step, {name: value.item() for name, value in losses.items()}, model)


def tuning_losses(output: torch.Tensor, target: torch.Tensor) -> dict[str, torch.Tensor]:
    """Loss terms of (B, 8, H, W) maps: the usual ones, and two that count as the measures do, view by view.

    "decibels" is the logarithm of the squared colour error inside the matte, "outline" a smooth count of the pixels on
    the wrong side of the matte's threshold, in shares of its area.
    """
    solid = target[:, 3:4] > 0
    area = solid.flatten(1).sum(1).clamp(min=SMALLEST_VIEW)
    colour = ((output - target)[:, :3] / 2).square().mean(1, keepdim=True) * solid
    side = torch.where(solid, 1.0, -1.0)
    wrong = functional.softplus(-EDGE_SHARPNESS * side * output[:, 3:4]) / EDGE_SHARPNESS
    wrong = wrong * (side * output[:, 3:4] < 1)  # right by as much as the target is: enough
    return reconstruction_losses(output, target) | {
        "decibels": 0.06 * (colour.flatten(1).sum(1) / area + SMALLEST_ERROR).log().mean(),
        "outline": 0.5 * (wrong.flatten(1).sum(1) / area).mean(),
    }


def random_views(maps: Maps, count: int, rng: np.random.Generator) -> np.ndarray:
    """Random views (count, H, W, 8) uint8."""
    return np.stack([maps[int(rng.integers(len(maps)))][rng.integers(6)] for _ in range(count)])
