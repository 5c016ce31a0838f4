"""Training of the multiview prior, on any device, resumable.

The loop yields its state; the caller saves, prints and stops. The learning rate warms up, stays, and falls linearly to
zero over the last part of the planned time, so that a run can be planned in minutes on a machine of unknown speed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Protocol

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch.optim.swa_utils import get_ema_multi_avg_fn

from gen4d.errors import CheckpointError, NumericsError
from gen4d.prior.modalities import PLANS, Modalities, Times, draw_plans, draw_times, noise_like, noised
from gen4d.prior.noise import denoising_loss
from gen4d.prior.uvit import MultiViewUViT, UViTShape

# Views are what is asked for; the other modalities are small and soon learned.
PHOTO_WEIGHT, SENTENCE_WEIGHT, POSE_WEIGHT = 0.15, 0.1, 0.05


@dataclass(frozen=True)
class PriorTraining:
    """Hyper-parameters of one run.

    Fields:
        minutes: planned wall-clock time over all resumed runs.
        decay: share of the time, at the end, over which the learning rate falls to zero.
        ema: decay of the averaged weights, approached as (1 + age) / (10 + age).
        average_age: steps that the averaged weights stand for at the start; 0 forgets random weights at once, many
            thousands keep the weights that a run continues.
    """

    minutes: float = 60.0
    batch: int = 32
    learning_rate: float = 8e-4
    weight_decay: float = 0.01
    warmup: int = 200
    decay: float = 0.35
    ema: float = 0.995
    average_age: int = 0
    seed: int = 0


class Items(Protocol):
    """Where training items come from."""

    def draw(self, split: str, plans: torch.Tensor, generator: torch.Generator) -> Modalities:
        """Clean items (B, ...) of "train" or "validation" for training plans (B,)."""
        ...


class Trainer:
    """The live state of a training: network, averaged network, optimizer, and how far it is."""

    def __init__(self, shape: UViTShape, cfg: PriorTraining, device: torch.device) -> None:
        torch.manual_seed(cfg.seed)
        self.cfg, self.device = cfg, device
        self.model = MultiViewUViT(shape).to(device)
        self.average = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=cfg.learning_rate,
            betas=(0.9, 0.98),
            weight_decay=cfg.weight_decay,
            fused=True,
        )
        self.step, self.samples, self.seconds = 0, 0, 0.0

    def update(self, clean: Modalities, times: Times, noise: Modalities, rate: float) -> float:
        """One optimizer step at a share of the full learning rate; returns the loss.

        Raises:
            NumericsError: the loss is not finite.
        """
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            predicted = self.model(noised(clean, times, noise), times)
        loss = modality_loss(predicted, clean, times)
        if not torch.isfinite(loss):
            raise NumericsError(f"prior training step {self.step}: the loss is {loss.item()}.")
        for group in self.optimizer.param_groups:
            group["lr"] = self.cfg.learning_rate * rate * min(1.0, (self.step + 1) / self.cfg.warmup)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        age = self.step + self.cfg.average_age
        decay = min(self.cfg.ema, (1 + age) / (10 + age))
        with torch.no_grad():
            get_ema_multi_avg_fn(decay)(list(self.average.values()), list(self.model.parameters()), self.step)
        self.step += 1
        self.samples += len(clean.views)
        return loss.item()

    @torch.no_grad()
    def start_from(self, network: MultiViewUViT) -> None:
        """Take over the weights of a network of the same shape, for the live and the averaged network."""
        self.model.load_state_dict(network.state_dict())
        for name, parameter in self.model.named_parameters():
            self.average[name].copy_(parameter)

    def averaged(self) -> MultiViewUViT:
        """A network on the CPU with the averaged weights, for sampling."""
        network = MultiViewUViT(self.model.shape)
        network.load_state_dict({name: value.cpu() for name, value in self.average.items()})
        return network.eval()

    def save(self, path: Path) -> None:
        """Write everything a resumed run needs, whole or not at all."""
        tensors = {f"average.{name}": value for name, value in self.average.items()}
        for name, parameter in self.model.named_parameters():
            tensors[f"model.{name}"] = parameter.detach()
            tensors |= {f"{key}.{name}": value for key, value in self.optimizer.state.get(parameter, {}).items()}
        progress = {"step": self.step, "samples": self.samples, "seconds": self.seconds}
        partial = path.with_suffix(".partial")
        save_file({k: v.contiguous() for k, v in tensors.items()}, partial, {k: str(v) for k, v in progress.items()})
        partial.replace(path)

    def load(self, path: Path) -> None:
        """Continue from a file `save` wrote.

        Raises:
            CheckpointError: it belongs to another architecture.
        """
        tensors = load_file(path)
        try:
            for name, parameter in self.model.named_parameters():
                with torch.no_grad():
                    parameter.copy_(tensors[f"model.{name}"])
                    self.average[name].copy_(tensors[f"average.{name}"])
                if f"step.{name}" in tensors:
                    moments = {m: tensors[f"{m}.{name}"].to(self.device) for m in ("exp_avg", "exp_avg_sq")}
                    self.optimizer.state[parameter] = {"step": tensors[f"step.{name}"], **moments}
        except (KeyError, RuntimeError) as error:
            raise CheckpointError(f"{path.name}: it does not fit this architecture ({error}).") from error
        with safe_open(path, "pt") as opened:
            progress = opened.metadata()
        self.step, self.samples = int(progress["step"]), int(progress["samples"])
        self.seconds = float(progress["seconds"])


def modality_loss(predicted: Modalities, clean: Modalities, times: Times) -> torch.Tensor:
    """Weighted denoising losses of what is not given; every view counts by its own time."""
    views = denoising_loss(predicted.views.float().flatten(0, 1), clean.views.flatten(0, 1), times.views.flatten())
    photo = denoising_loss(predicted.photo.float(), clean.photo, times.photo)
    sentence = denoising_loss(predicted.sentence.float(), clean.sentence, times.sentence)
    pose = denoising_loss(predicted.pose.float(), clean.pose, times.pose)
    return views + PHOTO_WEIGHT * photo + SENTENCE_WEIGHT * sentence + POSE_WEIGHT * pose


@dataclass(frozen=True)
class TrainState:
    """What the loop yields after each step."""

    trainer: Trainer
    loss: float


def train(trainer: Trainer, items: Items, generator: torch.Generator | None = None) -> Iterator[TrainState]:
    """Train until the planned minutes are used up; yields after every step.

    Args:
        generator: for all draws, on the device of the items; by default on the CPU, seeded by where the run stands.
    """
    if generator is None:
        generator = torch.Generator().manual_seed(trainer.cfg.seed * 1_000_003 + trainer.step)
    last = monotonic()
    while (spent := trainer.seconds / (60 * trainer.cfg.minutes)) < 1:
        plans = draw_plans(trainer.cfg.batch, generator)
        clean = items.draw("train", plans, generator)
        times, noise = draw_times(plans, generator), noise_like(clean, generator)
        rate = min(1.0, (1 - spent) / trainer.cfg.decay)
        device = trainer.device
        loss = trainer.update(clean.to(device), times.to(device), noise.to(device), rate)
        now = monotonic()
        trainer.seconds += now - last
        last = now
        yield TrainState(trainer, loss)


@torch.no_grad()
def validation_losses(
    network: MultiViewUViT, items: Items, device: torch.device, batches: int = 6, count: int = 32
) -> dict[str, float]:
    """Denoising loss of the views on validation items by what is given, the same draws every time."""
    losses = {}
    for row, (name, _) in enumerate(PLANS[:2]):
        generator, total = torch.Generator(device).manual_seed(1), 0.0
        for _ in range(batches):
            plans = torch.full((count,), row, device=device)
            clean = items.draw("validation", plans, generator)
            times = draw_times(plans, generator)
            with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
                predicted = network(noised(clean, times, noise_like(clean, generator)), times)
            flat = (predicted.views.float().flatten(0, 1), clean.views.flatten(0, 1), times.views.flatten())
            total += denoising_loss(*flat).item()
        losses[name] = round(total / batches, 4)
    return losses
