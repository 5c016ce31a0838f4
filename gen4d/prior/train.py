"""Training of the multiview prior from an archive, on any device, resumable.

The loop yields its state; the caller saves, prints and stops. The learning rate warms up, stays, and falls linearly to
zero over the last part of the planned time, so that a run can be planned in minutes on a machine of unknown speed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from gen4d.errors import CheckpointError, NumericsError
from gen4d.prior.noise import add_noise, denoising_loss, sample_times
from gen4d.prior.text import TEXT_WIDTH
from gen4d.prior.uvit import MultiViewUViT, UViTShape

RIDGE = 3e-4  # of the mean squared sentence vector; 3e-5 to 1e-3 gave 15 to 16 % of held-out variance, this the most
# What a batch is given besides the noisy views, and how often: UniDiffuser's marginals and conditionals of one network.
MODES: tuple[tuple[str, float], ...] = (("text", 0.5), ("photo", 0.2), ("photo+text", 0.2), ("nothing", 0.1))


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
        self.average = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=cfg.learning_rate, betas=(0.9, 0.98), weight_decay=cfg.weight_decay, fused=True
        )
        self.step, self.samples, self.seconds = 0, 0, 0.0

    def update(self, batch: "Batch", rate: float) -> float:
        """One optimizer step; returns the loss.

        Raises:
            NumericsError: the loss is not finite.
        """
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            x0_hat = self.model(batch.noisy, batch.time, batch.text, batch.photo)
        loss = denoising_loss(x0_hat.float(), batch.latents, batch.time)
        if not torch.isfinite(loss):
            raise NumericsError(f"prior training step {self.step}: the loss is {loss.item()}.")
        for group in self.optimizer.param_groups:
            group["lr"] = self.cfg.learning_rate * rate * min(1.0, (self.step + 1) / self.cfg.warmup)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        decay = min(self.cfg.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for average, parameter in zip(self.average.values(), self.model.parameters(), strict=True):
                average.lerp_(parameter, 1 - decay)
        self.step += 1
        self.samples += len(batch.latents)
        return loss.item()

    def averaged(self) -> MultiViewUViT:
        """A network with the averaged weights, for sampling."""
        network = MultiViewUViT(self.model.shape)
        network.load_state_dict({name: value.cpu() for name, value in self.average.items()})
        return network

    def start_from_regression(self, archive: "Archive") -> None:
        """Set the text draft to the ridge regression of the training latents, about their mean, on sentence vectors."""
        weight, bias = archive.regress_on_text()
        with torch.no_grad():
            for name, value in (("text_draft.weight", weight), ("text_draft.bias", bias)):
                self.model.get_parameter(name).copy_(value)
                self.average[name].copy_(value)

    def save(self, path: Path) -> None:
        """Write everything a resumed run needs, whole or not at all."""
        tensors = {f"average.{name}": value for name, value in self.average.items()}
        for name, parameter in self.model.named_parameters():
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


@dataclass(frozen=True)
class Batch:
    """One training batch on the device: clean and noisy latents (B, 6, C, S, S), times (B,), and what is given."""

    latents: torch.Tensor
    noisy: torch.Tensor
    time: torch.Tensor
    text: torch.Tensor | None
    photo: torch.Tensor | None


class Archive:
    """The training archive in memory, split into training and validation items."""

    def __init__(self, path: Path, device: torch.device) -> None:
        tensors = load_file(path)
        self.device = device
        self.latents, self.photos = tensors["latents"].to(device), tensors["photos"].to(device)
        self.text = tensors["text_tokens"].to(device)
        self.caption_rows, self.caption_starts = tensors["caption_rows"], tensors["caption_starts"]
        train = tensors["is_train"]
        self.rows = {"train": train.nonzero()[:, 0], "validation": (~train).nonzero()[:, 0]}
        self.weights = {split: tensors["weights"][rows] for split, rows in self.rows.items()}

    def batch(self, split: str, count: int, mode: str, generator: torch.Generator) -> Batch:
        """Draw a batch; everything random comes from the CPU generator."""
        pick = torch.multinomial(self.weights[split], count, replacement=True, generator=generator)
        rows = self.rows[split][pick]
        starts, ends = self.caption_starts[rows], self.caption_starts[rows + 1]
        offset = (torch.rand(count, generator=generator) * (ends - starts)).long()
        caption = self.caption_rows[starts + offset].to(self.device)
        which = torch.randint(self.photos.shape[1], (count,), generator=generator).to(self.device)
        time = sample_times(count, generator).to(self.device)
        rows = rows.to(self.device)
        latents = self.latents[rows].float()
        noise = torch.randn(latents.shape, generator=generator).to(self.device)
        return Batch(
            latents=latents,
            noisy=add_noise(latents, noise, time),
            time=time,
            text=self.text[caption].float() if "text" in mode else None,
            photo=self.photos[rows, which].float() if "photo" in mode else None,
        )

    def regress_on_text(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Weighted ridge regression of latents, about their mean, on the sentence token.

        Returns:
            weight: (6 C S S, TEXT_WIDTH); bias: (6 C S S,).
        """
        counts = self.caption_starts.diff()
        items = torch.repeat_interleave(torch.arange(len(counts)), counts)
        chosen = torch.zeros(len(counts), dtype=torch.bool).scatter(0, self.rows["train"], True)[items]
        share = torch.zeros(len(counts)).scatter(0, self.rows["train"], self.weights["train"]) / counts
        items, share = items[chosen], share[items[chosen]]
        x = self.text[self.caption_rows[chosen].to(self.device), 0].float().cpu() / TEXT_WIDTH**0.5  # unit vectors
        share = share / share.sum()
        mean = share @ x
        centred = x - mean
        cross = torch.zeros(TEXT_WIDTH, self.latents[0].numel())
        average = torch.zeros(self.latents[0].numel())
        for rows in torch.arange(len(items)).split(1024):  # all latents at once as float32 would take gigabytes
            y = self.latents[items[rows].to(self.device)].flatten(1).float().cpu()
            cross += (centred[rows] * share[rows, None]).T @ y
            average += share[rows] @ y
        cross -= torch.outer(share @ centred, average)
        gram = (centred * share[:, None]).T @ centred + RIDGE * torch.eye(TEXT_WIDTH)
        solution = torch.linalg.solve(gram, cross)  # (TEXT_WIDTH, 6 C S S)
        return solution.T / TEXT_WIDTH**0.5, -(mean @ solution)


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
        loss = trainer.update(archive.batch("train", trainer.cfg.batch, mode, generator), rate)
        now = monotonic()
        trainer.seconds += now - last
        last = now
        yield TrainState(trainer, mode, loss)


@torch.no_grad()
def validation_loss(trainer: Trainer, archive: Archive, batches: int = 8) -> float:
    """Denoising loss of the averaged weights on text-conditioned validation items, the same draws every time."""
    generator = torch.Generator().manual_seed(1)
    total = 0.0
    for _ in range(batches):
        batch = archive.batch("validation", 32, "text", generator)
        x0_hat = torch.func.functional_call(trainer.model, trainer.average, (batch.noisy, batch.time, batch.text, None))
        total += denoising_loss(x0_hat, batch.latents, batch.time).item()
    return total / batches
