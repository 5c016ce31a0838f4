"""Training of the multiview prior from an archive, on any device, resumable.

The loop yields its state; the caller saves, prints and stops. The learning rate warms up, stays, and falls linearly to
zero over the last part of the planned time, so that a run can be planned in minutes on a machine of unknown speed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from gen4d.errors import CheckpointError, NumericsError
from gen4d.prior.archive import Archive, Batch
from gen4d.prior.noise import denoising_loss
from gen4d.prior.uvit import MultiViewUViT, UViTShape

# What a batch is given besides the noisy views, and how often: UniDiffuser's marginals and conditionals of one network.
MODES: tuple[tuple[str, float], ...] = (("text", 0.4), ("photo", 0.4), ("photo+text", 0.12), ("nothing", 0.08))


@dataclass(frozen=True)
class PriorTraining:
    """Hyper-parameters of one run.

    Fields:
        minutes: planned wall-clock time over all resumed runs.
        decay: share of the time, at the end, over which the learning rate falls to zero.
        ema: decay of the averaged weights, approached as (1 + step) / (10 + step).
    """

    minutes: float = 60.0
    batch: int = 32
    learning_rate: float = 8e-4
    weight_decay: float = 0.01
    warmup: int = 200
    decay: float = 0.35
    ema: float = 0.995
    seed: int = 0


class Trainer:
    """The live state of a training: network, averaged network, optimizer, and how far it is."""

    def __init__(self, shape: UViTShape, cfg: PriorTraining, device: torch.device) -> None:
        torch.manual_seed(cfg.seed)
        self.cfg, self.device = cfg, device
        self.model = MultiViewUViT(shape).to(device)
        self.average = {name: p.detach().clone() for name, p in self._learned()}
        self.optimizer = torch.optim.AdamW(
            [p for _, p in self._learned()],
            lr=cfg.learning_rate,
            betas=(0.9, 0.98),
            weight_decay=cfg.weight_decay,
            fused=True,
        )
        self.step, self.samples, self.seconds = 0, 0, 0.0

    def update(self, batch: Batch, jitter: torch.Tensor, rate: float) -> float:
        """One optimizer step; returns the loss.

        Args:
            jitter: (B, K) unit noise, see `MultiViewUViT.forward`.
            rate: share of the full learning rate.

        Raises:
            NumericsError: the loss is not finite.
        """
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            x0_hat = self.model(batch.noisy, batch.time, batch.text, batch.photo, jitter)
        loss = denoising_loss(x0_hat.float(), batch.latents, batch.time)
        if not torch.isfinite(loss):
            raise NumericsError(f"prior training step {self.step}: the loss is {loss.item()}.")
        for group in self.optimizer.param_groups:
            group["lr"] = self.cfg.learning_rate * rate * min(1.0, (self.step + 1) / self.cfg.warmup)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for _, p in self._learned()], 1.0)
        self.optimizer.step()
        decay = min(self.cfg.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for name, parameter in self._learned():
                self.average[name].lerp_(parameter, 1 - decay)
        self.step += 1
        self.samples += len(batch.latents)
        return loss.item()

    def averaged(self) -> MultiViewUViT:
        """A network with the averaged weights, for sampling."""
        network = MultiViewUViT(self.model.shape)
        values = self.model.state_dict() | self.average
        network.load_state_dict({name: value.cpu() for name, value in values.items()})
        return network.eval()

    def take_draft(self, path: Path) -> None:
        """Put a fitted draft (`gen4d train draft`) into the network.

        Raises:
            CheckpointError: it does not fit.
        """
        try:
            self.model.draft.load_state_dict({k: v.float().to(self.device) for k, v in load_file(path).items()})
        except (SafetensorError, RuntimeError, OSError) as error:
            raise CheckpointError(f"{path.name}: it is no draft of this architecture ({error}).") from error

    def save(self, path: Path) -> None:
        """Write everything a resumed run needs, whole or not at all."""
        tensors = {f"average.{name}": value for name, value in self.average.items()}
        tensors |= {f"model.draft.{name}": value for name, value in self.model.draft.state_dict().items()}
        for name, parameter in self._learned():
            tensors[f"model.{name}"] = parameter.detach()
            # A parameter whose modality has not been drawn yet has no moments.
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
            prefix = "model.draft."
            draft = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
            self.model.draft.load_state_dict(draft)
            for name, parameter in self._learned():
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

    def _learned(self) -> list[tuple[str, torch.nn.Parameter]]:
        """Named parameters that training changes; the draft's stay."""
        return [(name, p) for name, p in self.model.named_parameters() if p.requires_grad]


@dataclass(frozen=True)
class TrainState:
    """What the loop yields after each step."""

    trainer: Trainer
    mode: str
    loss: float


def train(trainer: Trainer, archive: Archive) -> Iterator[TrainState]:
    """Train until the planned minutes are used up; yields after every step."""
    names, shares = [name for name, _ in MODES], torch.tensor([share for _, share in MODES])
    generator = torch.Generator().manual_seed(trainer.cfg.seed * 1_000_003 + trainer.step)
    last = monotonic()
    while (spent := trainer.seconds / (60 * trainer.cfg.minutes)) < 1:
        mode = names[int(torch.multinomial(shares, 1, generator=generator))]
        rate = min(1.0, (1 - spent) / trainer.cfg.decay)
        batch = archive.batch("train", trainer.cfg.batch, mode, generator)
        jitter = torch.randn(trainer.cfg.batch, trainer.model.shape.draft.components, generator=generator)
        loss = trainer.update(batch, jitter.to(trainer.device), rate)
        now = monotonic()
        trainer.seconds += now - last
        last = now
        yield TrainState(trainer, mode, loss)


@torch.no_grad()
def validation_losses(trainer: Trainer, archive: Archive, batches: int = 6) -> dict[str, float]:
    """Denoising loss of the averaged weights on validation items by what is given, the same draws every time."""
    losses = {}
    for mode in ("text", "photo"):
        generator, total = torch.Generator().manual_seed(1), 0.0
        for _ in range(batches):
            batch = archive.batch("validation", 32, mode, generator)
            given = (batch.noisy, batch.time, batch.text, batch.photo)
            x0_hat = torch.func.functional_call(trainer.model, trainer.average, given)
            total += denoising_loss(x0_hat, batch.latents, batch.time).item()
        losses[mode] = total / batches
    return losses
