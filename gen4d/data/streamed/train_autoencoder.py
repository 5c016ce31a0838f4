"""The view autoencoder learns from whole views while records still come in."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch.nn import functional
from torch.optim.swa_utils import get_ema_multi_avg_fn

from gen4d.data.streamed.store import Store
from gen4d.errors import NumericsError
from gen4d.prior.autoencoder import AutoencoderShape, ViewAutoencoder
from gen4d.prior.train_autoencoder import (
    LATENT_NOISE,
    LATENT_PENALTY,
    reconstruction_losses,
    start_from_components,
    to_maps,
)

LEARNING_RATE, WARMUP = 1.2e-3, 200
DECAY = 0.6  # share of the time, at the end, over which the learning rate falls to zero
EMA = 0.999
# Squares count large errors of colours and depth, which absolute errors forgive; both have their minimum at 0.
SQUARE_WEIGHT = 2.0
TAKE_EVERY, YIELD_EVERY = 10, 100  # steps
MEASURED_BATCHES = 20  # from which the latents' mean and deviation are taken
GATE_FILES, GATE_RECORDS = 40, 4  # views of so many records of so many files are measured


@dataclass(frozen=True)
class AutoencoderState:
    """What the loop yields: the step, its loss by term (none at the end), and the live averaged network."""

    step: int
    losses: dict[str, float]
    average: ViewAutoencoder


def train_on_stream(store: Store, shape: AutoencoderShape, minutes: float, batch: int) -> Iterator[AutoencoderState]:
    """Train for some minutes on whatever is in the store; the last state yielded has its latents normalised.

    Raises:
        NumericsError: a loss is NaN or infinite.
    """
    torch.manual_seed(0)
    device, start = store.device, time.monotonic()
    generator = torch.Generator(device).manual_seed(0)
    model = ViewAutoencoder(shape)
    start_from_components(model, store.pixels(batch, generator).cpu())
    model = model.to(device)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch has it, its stubs do not
    average = ViewAutoencoder(shape).to(device).requires_grad_(False)
    average.load_state_dict(model.state_dict())
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.99), weight_decay=1e-4, fused=True
    )
    step = 0
    while (spent := (time.monotonic() - start) / (60 * minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, (step + 1) / WARMUP) * min(1.0, (1 - spent) / DECAY)
        if step % TAKE_EVERY == 0:
            store.take(2)
        losses = _losses(model, store.pixels(batch, generator), generator)
        total = torch.stack(list(losses.values())).sum()
        if not torch.isfinite(total):
            raise NumericsError(f"autoencoder step {step}: the loss is not finite ({losses}).")
        optimizer.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        decay = min(EMA, (1 + step) / (10 + step))
        with torch.no_grad():
            get_ema_multi_avg_fn(decay)(list(average.parameters()), list(model.parameters()), step)
        step += 1
        if step % YIELD_EVERY == 0:
            yield AutoencoderState(step, {name: round(value.item(), 5) for name, value in losses.items()}, average)
    generator.manual_seed(7)
    with torch.no_grad():
        raw = torch.cat([average.raw_encode(store.pixels(batch, generator)) for _ in range(MEASURED_BATCHES)])
    average.latent_mean.copy_(raw.mean((0, 2, 3)))
    average.latent_std.copy_(raw.std((0, 2, 3)))
    yield AutoencoderState(step, {}, average.eval())


@torch.no_grad()
def reconstruction_gates(model: ViewAutoencoder, store: Store) -> dict[str, float]:
    """Errors of records' views through an autoencoder: iou, psnr (dB), depth (of the cube), normal_deg (median)."""
    scores = dict.fromkeys(("iou", "psnr", "depth", "normal_deg"), 0.0)
    views = torch.cat([maps[:GATE_RECORDS].flatten(0, 1) for maps in store.maps[:GATE_FILES]])
    for part in views.split(64):
        target = to_maps(part)
        output = model.decode(model.encode(target))
        solid, made = target[:, 3:4] > 0, output[:, 3:4] > 0
        inside, pixels = solid & made, (solid & made).flatten(1).sum(1).clamp(min=1)

        def inside_mean(
            error: torch.Tensor, inside: torch.Tensor = inside, pixels: torch.Tensor = pixels
        ) -> torch.Tensor:
            return (error * inside).flatten(1).sum(1) / (error.shape[1] * pixels)

        error = (output - target) / 2
        union = (solid | made).flatten(1).sum(1).clamp(min=1)
        cosine = functional.cosine_similarity(output[:, 5:], target[:, 5:], dim=1)[:, None].clamp(-1, 1)
        scores["iou"] += (inside.flatten(1).sum(1) / union).sum().item()
        scores["psnr"] += (-10 * torch.log10(inside_mean(error[:, :3].square()) + 1e-6)).sum().item()
        scores["depth"] += inside_mean(error[:, 4:5].abs()).sum().item()
        scores["normal_deg"] += torch.rad2deg(cosine.acos())[inside].median().item() * len(part)
    return {name: round(value / len(views), 4) for name, value in scores.items()}


def _losses(model: ViewAutoencoder, target: torch.Tensor, generator: torch.Generator) -> dict[str, torch.Tensor]:
    """Loss terms of maps (B, 8, H, W)."""
    device = target.device
    with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
        latents = model.encode(target)
        output = model.decode(latents + LATENT_NOISE * torch.randn(latents.shape, generator=generator, device=device))
    output = output.float()
    inside = (target[:, 3:4] > 0) & (target[:, 4:5].abs() > 0.01)  # a photo's depth is 0: unknown
    squared = (output - target).square()[:, :5]
    return reconstruction_losses(output, target) | {
        "latent": LATENT_PENALTY * latents.float().square().mean(),
        "square": SQUARE_WEIGHT * (squared * (inside + 0.1)).mean(),
    }
