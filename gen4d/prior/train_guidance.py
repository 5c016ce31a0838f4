"""Guidance distillation: a network that takes the guidance scale as an input learns what two calls of its teacher say.

Sampling then costs one call a step. What the teacher's two estimates differ in is known exactly, so the student needs
no clean truth beyond the items that are noised.
Source: Meng et al. 2022 (arXiv:2210.03142), stage one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from gen4d.errors import CheckpointError, ConfigError, NumericsError
from gen4d.prior.checkpoints import check_tensors, read_tensors, write_tensors
from gen4d.prior.modalities import PLANS, Modalities, Times, draw_times, noise_like, noised
from gen4d.prior.noise import denoising_loss
from gen4d.prior.train import Items
from gen4d.prior.training_state import restore_state, state_sizes, state_tensors
from gen4d.prior.uvit import MultiViewUViT

TAUGHT = ("text", "photo", "photo+text")  # what the condition may be; without one there is nothing to guide


@dataclass(frozen=True)
class GuidanceDistillation:
    """Hyper-parameters of one run; the rate warms up and then falls linearly to zero.

    Fields:
        scales: the lowest and highest guidance that is learned; 1 is none.
        guidance_from: time below which the teacher is not guided, as `ViewsConfig.guidance_from`.
    """

    steps: int = 300
    batch: int = 4
    learning_rate: float = 3e-4
    warmup: int = 20
    scales: tuple[float, float] = (1.0, 4.0)
    guidance_from: float = 0.5
    seed: int = 0


@dataclass(frozen=True)
class DistillationState:
    """What the loop yields: the step, its loss, and the loss of the teacher without guidance on the same items."""

    step: int
    loss: float
    unguided: float


class Distillation:
    """A live distillation: teacher, student, optimizer, and how far it is.

    Raises:
        ConfigError: the teacher takes a scale already.
    """

    def __init__(self, teacher: MultiViewUViT, cfg: GuidanceDistillation) -> None:
        if teacher.shape.guided:
            raise ConfigError(
                "guidance distillation: these weights take the guidance scale already; start from others."
            )
        torch.manual_seed(cfg.seed)  # for the new layer
        self.teacher, self.cfg, self.step = teacher, cfg, 0
        self.student = with_guidance(teacher).train().requires_grad_(True)
        self.optimizer = torch.optim.AdamW(
            self.student.parameters(), lr=cfg.learning_rate, betas=(0.9, 0.98), weight_decay=0.0
        )

    def save(self, path: Path) -> None:
        """Write everything a resumed run needs, whole or not at all.

        Raises:
            OutputError: the disk is full, or the folder cannot be written to.
        """
        write_tensors(state_tensors(self.student, self.optimizer), {"step": str(self.step)}, path)

    def load(self, path: Path) -> None:
        """Continue from a file `save` wrote.

        Raises:
            CheckpointError: it is damaged, or a key does not fit this network.
        """
        tensors, facts = read_tensors(path)
        if facts.keys() != {"step"}:
            raise CheckpointError(
                f"{path.name}: its header holds {facts or 'nothing'}; it is no state of a distillation."
            )
        check_tensors(path.name, tensors, state_sizes(self.student, tensors))
        restore_state(self.student, self.optimizer, tensors)
        self.step = int(facts["step"])


def distill_guidance(run: Distillation, items: Items) -> Iterator[DistillationState]:
    """Train a student on the device of its teacher until the planned steps are done; yields after every step.

    What a step draws follows from the seed and its number alone, so a resumed run is the uninterrupted one.

    Raises:
        NumericsError: a loss is not finite.
    """
    cfg, generator = run.cfg, torch.Generator()
    while run.step < cfg.steps:
        generator.manual_seed(cfg.seed * 1_000_003 + run.step)
        clean, times, noise, scales = _drawn(items, cfg, generator)
        state = noised(clean, times, noise)
        with torch.no_grad():
            wanted, plain = guided_views(run.teacher, state, times, scales, cfg.guidance_from)
        loss = _loss(run.student(state, times, scales).views, wanted, times)
        if not torch.isfinite(loss):
            raise NumericsError(f"guidance distillation step {run.step}: the loss is {loss.item()}.")
        for group in run.optimizer.param_groups:
            group["lr"] = cfg.learning_rate * min(1.0, (run.step + 1) / cfg.warmup) * (1 - run.step / cfg.steps)
        run.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(run.student.parameters(), 1.0)
        run.optimizer.step()
        run.step += 1
        yield DistillationState(run.step, loss.item(), _loss(plain, wanted, times).item())


def with_guidance(teacher: MultiViewUViT) -> MultiViewUViT:
    """A copy of a network that takes the guidance scale, which changes nothing until it has learned."""
    student = MultiViewUViT(replace(teacher.shape, guided=1)).requires_grad_(False)
    student.load_state_dict(teacher.state_dict(), strict=False)  # lacks `guidance_embed`, which adds zero
    return student.to(next(teacher.parameters()).device)


def guided_views(
    teacher: MultiViewUViT, state: Modalities, times: Times, scales: torch.Tensor, guidance_from: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """The teacher's views (B, 6, C, S, S) guided by scales (B,), and without guidance."""
    known = teacher(state, times).views
    nothing = torch.ones_like(times.photo)
    free = teacher(
        replace(state, words=torch.zeros_like(state.words)),
        Times(times.views, nothing, nothing, nothing),
    ).views
    scales = torch.where(times.views[:, 0] >= guidance_from, scales, 1.0)
    return free + scales.view(-1, 1, 1, 1, 1) * (known - free), known


def _drawn(
    items: Items, cfg: GuidanceDistillation, generator: torch.Generator
) -> tuple[Modalities, Times, Modalities, torch.Tensor]:
    """Clean items, times, noise and scales of one step."""
    rows = torch.tensor([row for row, (name, _) in enumerate(PLANS) if name in TAUGHT])
    plans = rows[torch.randint(len(rows), (cfg.batch,), generator=generator)]
    clean = items.draw("train", plans, generator)
    low, high = cfg.scales
    scales = low + (high - low) * torch.rand(cfg.batch, generator=generator)
    device = clean.views.device
    return clean, draw_times(plans, generator).to(device), noise_like(clean, generator).to(device), scales.to(device)


def _loss(made: torch.Tensor, wanted: torch.Tensor, times: Times) -> torch.Tensor:
    return denoising_loss(made.flatten(0, 1), wanted.flatten(0, 1), times.views.flatten())
