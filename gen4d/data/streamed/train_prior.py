"""A whole run: the autoencoder learns first, then records become latents and the prior learns, until a given time.

The folder of the run has a file `until`, seconds since 1970; it is read again at every step, so that a run on a lent
machine can be shortened or prolonged while it goes. The averaged weights are kept at every report, in several files,
since what comes back from such a machine may be limited in size.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from gen4d.data.streamed.sheet import save_sheet
from gen4d.data.streamed.store import Store
from gen4d.data.streamed.train_autoencoder import reconstruction_gates, train_on_stream
from gen4d.errors import InputError
from gen4d.prior.autoencoder import AutoencoderShape
from gen4d.prior.modalities import Modalities, draw_plans, draw_times, noise_like
from gen4d.prior.network_files import save_network
from gen4d.prior.text import TEXT_TOKENS, TEXT_WIDTH
from gen4d.prior.train import PriorTraining, Trainer, validation_losses
from gen4d.prior.uvit import UViTShape

PARTS = 5  # files of weights, 12 MB each
TAKE_EVERY, SETTLE_EVERY = 50, 250  # steps
AUTOENCODER_REPORT = 500  # steps
DECAY = 0.4  # share of the prior's time, at the end, over which the learning rate falls to zero
FIRST_REPORT = 30.0  # seconds after the prior began
VALIDATION_BATCH = 48
PRIOR = PriorTraining(batch=384, learning_rate=8e-4, warmup=300, ema=0.9985)

Say = Callable[..., None]


@dataclass(frozen=True)
class StreamedRun:
    """What one run does.

    Fields:
        capacity: most records taken in, by the device's memory.
        first_records: how many to wait for before anything is learned.
        autoencoder_minutes, autoencoder_batch: its time, and views a step.
        report_seconds: between two reports of the prior.
        compile: let torch compile the network's blocks, which delays the first step by 50 s.
    """

    capacity: int = 60_000
    first_records: int = 1500
    autoencoder: AutoencoderShape = field(default_factory=AutoencoderShape)
    autoencoder_minutes: float = 5.0
    autoencoder_batch: int = 192
    uvit: UViTShape = field(default_factory=UViTShape)
    prior: PriorTraining = PRIOR
    report_seconds: float = 100.0
    compile: bool = False


def train_streamed(run: StreamedRun, records: Path, out: Path, device: torch.device) -> None:
    """Train until the time in `out/until`; writes log.jsonl, weights, sheet.jpg, and `done` at the end.

    Args:
        records: where renderers put their files.

    Raises:
        InputError: `out/until` is missing or no number.
        NumericsError: a loss is NaN or infinite.
    """
    began = time.time()
    seconds_left(out)
    if device.type == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
        torch.backends.cudnn.benchmark = True
    with (out / "log.jsonl").open("a") as log:

        def say(**line: object) -> None:
            log.write(json.dumps({"s": round(time.time() - began, 1)} | line) + "\n")
            log.flush()

        store = Store(records, device, run.capacity)
        while store.take() < run.first_records:
            time.sleep(1)
        say(records=len(store.rows))
        _train_autoencoder(run, store, out, say)
        _train_prior(run, store, out, say)
    (out / "done").touch()


def seconds_left(out: Path) -> float:
    """Seconds until the time in `out/until`.

    Raises:
        InputError: the file is missing or holds no number.
    """
    try:
        return float((out / "until").read_text()) - time.time()
    except (OSError, ValueError) as error:
        raise InputError(f"{out.name}/until: it must hold when to stop, in seconds since 1970 ({error}).") from error


def training_speed(
    shape: UViTShape, batch: int, steps: int, device: torch.device, *, compile: bool
) -> tuple[float, float]:
    """Samples a second over the second half of some steps on random items, and the most GiB of GPU memory."""
    trainer = _trainer(shape, PriorTraining(batch=batch), device, compile=compile)
    generator, latent = torch.Generator(device).manual_seed(0), (shape.latent_channels, *2 * (shape.latent_size,))

    def normal(*size: int) -> torch.Tensor:
        return torch.randn(batch, *size, generator=generator, device=device)

    clean = Modalities(
        normal(6, *latent), normal(*latent), normal(TEXT_WIDTH), normal(TEXT_TOKENS - 1, TEXT_WIDTH), normal(3)
    )
    start = time.monotonic()
    for step in range(steps):
        if step == steps // 2:
            start = time.monotonic()
        plans = draw_plans(batch, generator)
        trainer.update(clean, draw_times(plans, generator), noise_like(clean, generator), 1.0)
    rate = batch * (steps - steps // 2) / (time.monotonic() - start)
    return rate, torch.cuda.max_memory_allocated() / 2**30 if device.type == "cuda" else 0.0


def _train_autoencoder(run: StreamedRun, store: Store, out: Path, say: Say) -> None:
    """Train, measure and keep the autoencoder; from then on the store holds latents."""
    state = None
    for state in train_on_stream(store, run.autoencoder, run.autoencoder_minutes, run.autoencoder_batch):
        if state.step % AUTOENCODER_REPORT == 0 or not state.losses:
            say(autoencoder=state.step, records=len(store.rows), **state.losses)
    assert state is not None
    say(gates=reconstruction_gates(state.average, store))
    save_network(state.average, run.autoencoder.as_metadata(), out / "autoencoder.safetensors")
    store.encode_all(state.average)
    store.take(limit=100_000)
    store.settle()
    say(encoded=len(store.rows), texts=len(store.tokens), validation=len(store.split_rows["validation"]))


def _train_prior(run: StreamedRun, store: Store, out: Path, say: Say) -> None:
    """Train the prior; at every report its averaged weights and a sheet of samples are kept."""
    trainer = _trainer(run.uvit, run.prior, store.device, compile=run.compile)
    generator = torch.Generator(store.device).manual_seed(1)
    whole, start, recent = seconds_left(out), time.time(), []
    next_report = start + FIRST_REPORT

    def report(**line: object) -> None:
        network = trainer.averaged().to(store.device)
        losses = validation_losses(network, store, store.device, count=VALIDATION_BATCH)
        say(step=trainer.step, samples=trainer.samples, records=len(store.rows), **line, validation=losses)
        _keep(trainer, out)
        save_sheet(network, store, out / "sheet.jpg")

    while (left := seconds_left(out)) > 0:
        plans = draw_plans(run.prior.batch, generator)
        clean = store.draw("train", plans, generator)
        times, noise = draw_times(plans, generator), noise_like(clean, generator)
        recent.append(trainer.update(clean, times, noise, min(1.0, left / (DECAY * whole))))
        if trainer.step % TAKE_EVERY == 0:
            store.take(6)
        if trainer.step % SETTLE_EVERY == 0:
            store.settle()
        if time.time() > next_report:
            next_report = time.time() + run.report_seconds
            rate = trainer.samples / (time.time() - start)
            report(rate=round(rate, 1), loss=round(float(np.mean(recent)), 4), left=round(left))
            recent = []
    store.settle()
    report()


def _trainer(shape: UViTShape, cfg: PriorTraining, device: torch.device, *, compile: bool) -> Trainer:
    trainer = Trainer(shape, cfg, device)
    if compile:  # the trunk alone, whose shapes never change
        trainer.model.trunk = torch.compile(trainer.model.trunk)
    return trainer


def _keep(trainer: Trainer, out: Path) -> None:
    """Averaged weights as bfloat16 in files of about equal size; the shape and the step are in their headers."""
    files: list[dict[str, torch.Tensor]] = [{} for _ in range(PARTS)]
    sizes = [0] * PARTS
    for name, value in sorted(trainer.average.items(), key=lambda item: -item[1].numel()):
        smallest = sizes.index(min(sizes))
        files[smallest][name] = value.to(torch.bfloat16).contiguous().cpu()
        sizes[smallest] += value.numel()
    facts = {**trainer.model.shape.as_metadata(), "step": trainer.step, "samples": trainer.samples}
    for number, tensors in enumerate(files):
        partial = out / "part.partial"
        save_file(tensors, partial, {name: str(value) for name, value in facts.items()})
        partial.replace(out / f"uvit-{number}.safetensors")
