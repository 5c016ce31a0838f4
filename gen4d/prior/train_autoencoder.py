"""Training of the view autoencoder on crops of the rendered maps."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from gen4d.errors import NumericsError
from gen4d.prior.autoencoder import AutoencoderShape, ViewAutoencoder
from gen4d.streams import Streams

CROP = 64  # px; four crops cost what one whole view costs, and show four objects instead of one
PHOTO_SHARE = 0.15  # of crops lose their geometry, because a photo is encoded as a view without any
PHOTO_GEOMETRY = 128  # the byte for depth and normal "unknown": 0 in [-1, 1]
LATENT_NOISE = 0.1  # standard deviation added to latents, so that the decoder forgives what a prior gets wrong
LATENT_PENALTY = 3e-3  # keeps latents from growing to drown that noise


@dataclass(frozen=True)
class AutoencoderTraining:
    """Hyper-parameters; the schedule is warm-up, then cosine to zero over `steps`."""

    steps: int = 3000
    batch: int = 16
    learning_rate: float = 1e-3
    warmup: int = 100
    seed: int = 0


@dataclass(frozen=True)
class AutoencoderState:
    """What the loop yields: the step, its loss by term, and the live model."""

    step: int
    losses: dict[str, float]
    model: ViewAutoencoder


def train_autoencoder(
    maps: np.ndarray,
    shape: AutoencoderShape,
    cfg: AutoencoderTraining,
    model: ViewAutoencoder | None = None,
) -> Iterator[AutoencoderState]:
    """Train on random foreground crops; yields after every step.

    Args:
        maps: (N, 6, H, W, 8) uint8 as the shards hold them.
        model: continue this one, or None to start anew.

    Raises:
        NumericsError: a loss is NaN or infinite.
    """
    streams = Streams(cfg.seed)
    torch.manual_seed(streams.key("autoencoder.init"))
    if model is None:
        model = ViewAutoencoder(shape)
        start_from_components(model, crops(maps, 1024, streams.numpy("autoencoder.components")))
    model.requires_grad_(True)
    trained = list(model.parameters())
    optimizer = torch.optim.AdamW(trained, lr=cfg.learning_rate, betas=(0.9, 0.98), weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min(1, (step + 1) / cfg.warmup) * (0.5 + 0.5 * np.cos(np.pi * min(1, step / cfg.steps))) + 1e-3,
    )
    rng = streams.numpy("autoencoder.crops")
    noise = streams.torch("autoencoder.noise")
    for step in range(cfg.steps):
        target = crops(maps, cfg.batch, rng).to(memory_format=torch.channels_last)
        latents = model.encode(target)
        noisy = latents + LATENT_NOISE * torch.randn(latents.shape, generator=noise)
        losses = reconstruction_losses(model.decode(noisy), target)
        losses["latent"] = LATENT_PENALTY * latents.square().mean()
        total = torch.stack(list(losses.values())).sum()
        if not torch.isfinite(total):
            raise NumericsError(f"autoencoder step {step}: the loss is not finite ({losses}).")
        optimizer.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        schedule.step()
        yield AutoencoderState(step, {name: value.item() for name, value in losses.items()}, model)


def reconstruction_losses(output: torch.Tensor, target: torch.Tensor) -> dict[str, torch.Tensor]:
    """L1 terms of (B, 8, H, W) maps: the matte everywhere, the other maps mostly inside it."""
    inside = (target[:, 3:4] > 0).float()
    weight = 0.1 + inside  # the background's constants are easy, and cleared after decoding
    weight = weight / weight.mean()
    error = (output - target).abs()
    return {
        "albedo": 2.0 * (error[:, 0:3] * weight).mean(),
        "alpha": error[:, 3:4].mean(),
        "depth": 2.0 * (error[:, 4:5] * weight).mean(),
        # Squared: most components of a normal are 0, so an L1 would first settle on that median.
        "normal": 1.5 * (error[:, 5:8].square() * weight).mean(),
        "edges": 0.5 * _edges(output - target),
    }


def crops(maps: np.ndarray, count: int, rng: np.random.Generator) -> torch.Tensor:
    """Random crops (count, 8, CROP, CROP) in [-1, 1], centred on a foreground pixel nine times in ten."""
    size = maps.shape[2]
    out = np.empty((count, CROP, CROP, maps.shape[-1]), np.uint8)
    for i in range(count):
        view = maps[rng.integers(len(maps)), rng.integers(6)]
        rows, columns = np.nonzero(view[::4, ::4, 3] > 127)
        if len(rows) and rng.random() < 0.9:
            pick = rng.integers(len(rows))
            row, column = rows[pick] * 4, columns[pick] * 4
        else:
            row, column = rng.integers(size, size=2)
        # Latent cells are 8 px: crops stay on that grid, so that padding is the only difference from a whole view.
        top = int(np.clip((row - CROP // 2 + rng.integers(-16, 17)) // 8 * 8, 0, size - CROP))
        left = int(np.clip((column - CROP // 2 + rng.integers(-16, 17)) // 8 * 8, 0, size - CROP))
        out[i] = view[top : top + CROP, left : left + CROP]
        if rng.random() < PHOTO_SHARE:
            out[i, ..., 4:] = PHOTO_GEOMETRY
    return torch.from_numpy(out).permute(0, 3, 1, 2).float() / 127.5 - 1


def start_from_components(model: ViewAutoencoder, samples: torch.Tensor) -> None:
    """Set the linear branches to the principal components of the 8 x 8 patches of sample maps, whitened."""
    size = model.encoder_linear.kernel_size[0]
    patches = functional.unfold(samples, size, stride=size).transpose(1, 2).flatten(0, 1)  # (P, 8 * 64)
    patches = patches[patches.std(1) > 0.02]
    mean = patches.mean(0)
    centered = (patches - mean).double()
    # The covariance's eigenvectors are the patches' right singular vectors, for a hundredth of the work.
    variance, vectors = torch.linalg.eigh(centered.T @ centered / len(patches))
    count = model.shape.latent_channels
    components = vectors.T.flip(0)[:count].float()
    deviation = variance.flip(0)[:count].clamp(min=1e-12).sqrt().float()
    encode = components[:count] / deviation[:, None]
    with torch.no_grad():
        model.encoder_linear.weight.copy_(encode.view(model.encoder_linear.weight.shape))
        assert model.encoder_linear.bias is not None and model.decoder_linear.bias is not None
        model.encoder_linear.bias.copy_(-(encode @ mean))
        model.decoder_linear.weight.copy_(
            (components[:count] * deviation[:, None]).view(model.decoder_linear.weight.shape)
        )
        model.decoder_linear.bias.copy_(mean.view(-1, size, size).mean((1, 2)))


def measure_latents(model: ViewAutoencoder, maps: np.ndarray) -> None:
    """Set the model's latent mean and deviation from up to 256 objects of the training set."""
    rows = np.linspace(0, len(maps) - 1, min(256, len(maps))).astype(int)
    with torch.no_grad():
        raw = torch.cat([model.raw_encode(to_maps(maps[row])) for row in rows])
    model.latent_mean.copy_(raw.mean((0, 2, 3)))
    model.latent_std.copy_(raw.std((0, 2, 3)))


def to_maps(views: np.ndarray | torch.Tensor) -> torch.Tensor:
    """(N, H, W, 8) uint8 -> (N, 8, H, W) float32 in [-1, 1], channels last in memory."""
    return torch.as_tensor(views).permute(0, 3, 1, 2).float() / 127.5 - 1


def _edges(error: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference of neighbouring errors: punishes blur, which a plain L1 forgives."""
    return functional.l1_loss(error[..., 1:], error[..., :-1]) + functional.l1_loss(
        error[..., 1:, :], error[..., :-1, :]
    )
