"""Training of the multiview prior, on any device, resumable.

The loop yields its state; the caller saves, prints and stops. The learning rate warms up, stays, and falls linearly to
zero over the last part of the planned time, so that a run can be planned in minutes on a machine of unknown speed.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Protocol

import torch
from torch.optim.swa_utils import get_ema_multi_avg_fn

from gen4d.errors import CheckpointError, ConfigError, NumericsError
from gen4d.prior.checkpoints import check_tensors, read_tensors, write_tensors
from gen4d.prior.modalities import PLANS, Modalities, Times, draw_plans, draw_times, noise_like, noised
from gen4d.prior.noise import counted, denoising_loss
from gen4d.prior.parallel import ALONE, Processes, own, placed, spread, whole
from gen4d.prior.training_state import restore_state, state_sizes, state_tensors
from gen4d.prior.uvit import MultiViewUViT, UViTShape

# Views are what is asked for; the other modalities are small and soon learned.
PHOTO_WEIGHT, SENTENCE_WEIGHT, POSE_WEIGHT = 0.15, 0.1, 0.05


@dataclass(frozen=True)
class PriorTraining:
    """Hyper-parameters of one run.

    Fields:
        minutes: planned wall-clock time over all resumed runs.
        steps: the same in steps, which then decide alone: so planned, a run gives the same bits however often it stops.
        batch: items a step, of all processes together.
        decay: share of the time, at the end, over which the learning rate falls to zero.
        ema: decay of the averaged weights, approached as (1 + age) / (10 + age).
        average_age: steps that the averaged weights stand for at the start; 0 forgets random weights at once, many
            thousands keep the weights that a run continues.
    """

    minutes: float = 60.0
    steps: int | None = None
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

    def __init__(
        self,
        shape: UViTShape,
        cfg: PriorTraining,
        device: torch.device,
        processes: Processes = ALONE,
        *,
        compile: bool = False,
    ) -> None:
        torch.manual_seed(cfg.seed)
        self.cfg, self.device, self.processes = cfg, device, processes
        self.model = MultiViewUViT(shape).to(device)
        self.spread = spread(self.model, [*self.model.in_blocks, *self.model.out_blocks], processes)
        if compile:  # the trunk alone, whose shapes never change
            self.model.trunk = torch.compile(self.model.trunk)
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
        """One optimizer step at a share of the full learning rate; returns the loss over all processes' items.

        Args:
            clean, times, noise: this process's items; every process has as many.

        Raises:
            NumericsError: the loss is not finite.
        """
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            predicted = self.spread(noised(clean, times, noise), times)
        share = modality_loss(predicted, clean, times, self.processes.total(modality_counts(times)))
        loss = self.processes.total(share).item()
        if not math.isfinite(loss):
            raise NumericsError(f"prior training step {self.step}: the loss is {loss}.")
        for group in self.optimizer.param_groups:
            group["lr"] = self.cfg.learning_rate * rate * min(1.0, (self.step + 1) / self.cfg.warmup)
        self.optimizer.zero_grad()
        (share * self.processes.count).backward()  # the processes' gradients are averaged, their shares add up
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        age = self.step + self.cfg.average_age
        decay = min(self.cfg.ema, (1 + age) / (10 + age))
        with torch.no_grad():
            averages, live = map(own, self.average.values()), map(own, self.model.parameters())
            get_ema_multi_avg_fn(decay)(list(averages), list(live), self.step)
        self.step += 1
        self.samples += len(clean.views) * self.processes.count
        return loss

    @torch.no_grad()
    def start_from(self, network: MultiViewUViT) -> None:
        """Take over the weights of a network of the same shape, for the live and the averaged network."""
        given = network.state_dict()
        for name, parameter in self.model.named_parameters():
            parameter.copy_(placed(given[name], parameter))
            self.average[name].copy_(parameter)

    def averaged(self) -> MultiViewUViT:
        """A network on the CPU with the averaged weights, for sampling; every process must ask."""
        network = MultiViewUViT(self.model.shape)
        network.load_state_dict({name: whole(value).cpu() for name, value in self.average.items()})
        return network.eval()

    def save(self, path: Path) -> None:
        """Write everything a resumed run needs, whole or not at all; every process must ask, the first one writes."""
        tensors = {f"average.{name}": whole(value) for name, value in self.average.items()}
        tensors |= state_tensors(self.model, self.optimizer)
        if not self.processes.first:
            return
        progress = {"step": self.step, "samples": self.samples, "seconds": self.seconds}
        write_tensors(tensors, {name: str(value) for name, value in progress.items()}, path)

    def load(self, path: Path) -> None:
        """Continue from a file `save` wrote.

        Raises:
            CheckpointError: it is damaged, or a key does not fit this network.
        """
        tensors, facts = read_tensors(path)
        if facts.keys() != {"step", "samples", "seconds"}:
            raise CheckpointError(f"{path.name}: its header holds {facts or 'nothing'}; it is no state of a training.")
        averages = {f"average.{name}": value.shape for name, value in self.average.items()}
        check_tensors(path.name, tensors, averages | state_sizes(self.model, tensors))
        restore_state(self.model, self.optimizer, tensors)
        with torch.no_grad():
            for name, value in self.average.items():
                value.copy_(placed(tensors[f"average.{name}"], value))
        self.step, self.samples = int(facts["step"]), int(facts["samples"])
        self.seconds = float(facts["seconds"])


def modality_counts(times: Times) -> torch.Tensor:
    """How many views, photos, sentences and poses (4,) of a batch its loss counts."""
    return torch.stack([counted(time) for time in (times.views, times.photo, times.sentence, times.pose)])


def modality_loss(predicted: Modalities, clean: Modalities, times: Times, counts: torch.Tensor) -> torch.Tensor:
    """Weighted denoising losses of what is not given; every view counts by its own time.

    Args:
        counts: `modality_counts` of the whole batch, of which these items may be some.
    """
    flat = (predicted.views.float().flatten(0, 1), clean.views.flatten(0, 1), times.views.flatten())
    views = denoising_loss(*flat, counts[0])
    photo = denoising_loss(predicted.photo.float(), clean.photo, times.photo, counts[1])
    sentence = denoising_loss(predicted.sentence.float(), clean.sentence, times.sentence, counts[2])
    pose = denoising_loss(predicted.pose.float(), clean.pose, times.pose, counts[3])
    return views + PHOTO_WEIGHT * photo + SENTENCE_WEIGHT * sentence + POSE_WEIGHT * pose


@dataclass(frozen=True)
class TrainState:
    """What the loop yields after each step."""

    trainer: Trainer
    loss: float


def train(trainer: Trainer, items: Items) -> Iterator[TrainState]:
    """Train until the planned minutes or steps are used up; yields after every step.

    What a step draws follows from the seed and its number alone, and rates from the plan: planned in steps, a run that
    was stopped and resumed is the uninterrupted one, bit for bit.

    Raises:
        ConfigError: the processes cannot share the batch evenly.
        NumericsError: a loss is not finite.
    """
    cfg, device, processes = trainer.cfg, trainer.device, trainer.processes
    if cfg.batch % processes.count:
        raise ConfigError(f"--batch: {cfg.batch} items cannot be shared evenly among {processes.count} processes.")
    generator = torch.Generator()
    last = monotonic()
    while (spent := processes.agreed(_spent(trainer), device)) < 1:
        generator.manual_seed(cfg.seed * 1_000_003 + trainer.step)
        plans = draw_plans(cfg.batch, generator)
        clean = items.draw("train", plans, generator)
        times, noise = draw_times(plans, generator), noise_like(clean, generator)
        mine = (processes.part_of(clean).to(device), processes.part_of(times).to(device))
        rate = min(1.0, (1 - spent) / cfg.decay)
        loss = trainer.update(*mine, processes.part_of(noise).to(device), rate)
        now = monotonic()
        trainer.seconds += now - last
        last = now
        yield TrainState(trainer, loss)


def _spent(trainer: Trainer) -> float:
    """The share of the plan that is over."""
    cfg = trainer.cfg
    return trainer.seconds / (60 * cfg.minutes) if cfg.steps is None else trainer.step / cfg.steps


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
