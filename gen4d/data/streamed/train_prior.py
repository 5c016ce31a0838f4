"""A whole run: the autoencoder learns first, then records become latents and the prior learns, until a given time.

The folder of the run has a file `until`, seconds since 1970; it is read again at every step, so that a run on a lent
machine can be shortened or prolonged while it goes. The averaged weights are kept at every report, in several files,
since what comes back from such a machine may be limited in size; beside them the whole state, from which the same
command continues after an interruption. A run may also start from weights: then their autoencoder stays as it is, and
the prior goes on from theirs.
"""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from gen4d.data.streamed.sheet import PROMPTS, save_sheet
from gen4d.data.streamed.store import Store
from gen4d.data.streamed.train_autoencoder import reconstruction_gates, train_on_stream
from gen4d.data.streamed.weights import (
    AUTOENCODER,
    read_autoencoder,
    read_prior,
    write_autoencoder,
    write_parts,
)
from gen4d.errors import InputError
from gen4d.prior.autoencoder import AutoencoderShape
from gen4d.prior.modalities import Modalities, draw_plans, draw_times, noise_like
from gen4d.prior.parallel import ALONE, Processes
from gen4d.prior.text import TEXT_TOKENS, TEXT_WIDTH
from gen4d.prior.train import PriorTraining, Trainer, validation_losses
from gen4d.prior.uvit import UViTShape

STATE = "state.safetensors"
TAKE_EVERY, SETTLE_EVERY = 20, 250  # steps; fourteen renderers finish five files in 20 steps
AUTOENCODER_REPORT = 500  # steps
FIRST_REPORT = 30.0  # seconds after the prior began
PROCESS_SEED = 1_000_003  # apart enough that no two processes draw alike at any start
PRIOR = PriorTraining(batch=384, learning_rate=8e-4, warmup=300, ema=0.9985, decay=0.4)
# From weights: their learning rate had come down to zero, so it rises to less, at once, and falls all the time.
CONTINUED = PriorTraining(batch=384, learning_rate=3e-4, warmup=100, ema=0.9985, decay=1.0, average_age=10_000)

Say = Callable[..., None]


@dataclass(frozen=True)
class StreamedRun:
    """What one run does.

    Fields:
        capacity: most records taken in, by the device's memory.
        first_records: how many to wait for before anything is learned.
        autoencoder_minutes, autoencoder_batch: its time, and views a step.
        start: a folder of weights, or a finished run, to continue from; `uvit` is then what its files say.
        report_seconds: between two reports of the prior.
        report_items: validation items a batch of a report, of which the sheet shows as many as there are prompts.
        compile: let torch compile the network's blocks, which delays the first step by 50 s.
    """

    capacity: int = 60_000
    first_records: int = 1500
    autoencoder: AutoencoderShape = field(default_factory=AutoencoderShape)
    autoencoder_minutes: float = 5.0
    autoencoder_batch: int = 192
    uvit: UViTShape = field(default_factory=UViTShape)
    prior: PriorTraining = PRIOR
    start: Path | None = None
    report_seconds: float = 100.0
    report_items: int = 48
    compile: bool = False


def train_streamed(
    run: StreamedRun, records: Path, out: Path, device: torch.device, processes: Processes = ALONE
) -> None:
    """Train until the time in `out/until`; writes log.jsonl, weights, sheet.jpg, and `done` at the end.

    Run again after an interruption it takes the autoencoder that is there and the state of the last report, and waits
    for new records.

    Args:
        records: where renderers put their files; each of several processes takes its own share of them.
        processes: the first trains the autoencoder, measures and writes; the prior learns in all.

    Raises:
        InputError: `out/until` is missing or no number.
        CheckpointError: the weights to start from cannot be loaded.
        NumericsError: a loss is NaN or infinite.
    """
    began = time.time()
    seconds_left(out)
    (out / "done").unlink(missing_ok=True)
    if device.type == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
        torch.backends.cudnn.benchmark = True
    with (out / "log.jsonl").open("a") as log:

        def say(**line: object) -> None:
            if processes.first:
                log.write(json.dumps({"s": round(time.time() - began, 1)} | line) + "\n")
                log.flush()

        store = Store(records, device, run.capacity, (processes.rank, processes.count))
        trainer = _trainer(run, device, processes)
        if processes.first and run.start is not None and not (out / AUTOENCODER).exists():
            shutil.copyfile(run.start / AUTOENCODER, out / AUTOENCODER)
        processes.wait()
        known = bool(processes.agreed((out / AUTOENCODER).exists(), device))
        if known:
            store.encode_all(read_autoencoder(out, device))
        if (out / STATE).exists():
            trainer.load(out / STATE)
        while store.take() * processes.count < run.first_records:
            time.sleep(1)
        say(records=len(store.rows), step=trainer.step)
        if processes.first and not known:
            _train_autoencoder(run, store, out, say)
        processes.wait()
        if not processes.first and not known:
            store.encode_all(read_autoencoder(out, device))
        store.take(limit=100_000)
        store.settle()
        say(encoded=len(store.rows), texts=len(store.tokens), validation=len(store.split_rows["validation"]))
        _train_prior(run, trainer, store, out, say)
    if processes.first:
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
    trainer = _trainer(StreamedRun(uvit=shape, prior=PriorTraining(batch=batch), compile=compile), device)
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
    write_autoencoder(state.average, out)
    store.encode_all(state.average)


def _train_prior(run: StreamedRun, trainer: Trainer, store: Store, out: Path, say: Say) -> None:
    """Train the prior; at every report its state, its averaged weights and a sheet of samples are kept."""
    # Every start and every process draws other items: a continued run does not see the first ones again.
    processes = trainer.processes
    generator = torch.Generator(store.device).manual_seed(1 + trainer.step + PROCESS_SEED * processes.rank)
    last = start = time.monotonic()
    before, recent, next_report = trainer.samples, [], start + FIRST_REPORT

    def report(**line: object) -> None:
        network = trainer.averaged().to(store.device)
        trainer.save(out / STATE)
        if not processes.first:
            return
        losses = validation_losses(network, store, store.device, count=run.report_items)
        say(step=trainer.step, samples=trainer.samples, records=len(store.rows), **line, validation=losses)
        write_parts(network, out, step=trainer.step, samples=trainer.samples)
        save_sheet(network, store, out / "sheet.jpg", PROMPTS[: run.report_items])

    if trainer.step or run.start is not None:
        report()  # what the given weights are worth on these records
    while (left := processes.agreed(seconds_left(out), store.device)) > 0:
        plans = draw_plans(run.prior.batch // processes.count, generator)
        clean = store.draw("train", plans, generator)
        times, noise = draw_times(plans, generator), noise_like(clean, generator)
        spent = 1 - left / (trainer.seconds + left)  # of the time planned, were it to end as `until` says now
        recent.append(trainer.update(clean, times, noise, min(1.0, (1 - spent) / run.prior.decay)))
        now = time.monotonic()
        trainer.seconds, last = trainer.seconds + now - last, now
        if trainer.step % TAKE_EVERY == 0:
            store.take(6)
        if trainer.step % SETTLE_EVERY == 0:
            store.settle()
        if processes.agreed(now, store.device) > next_report:
            next_report = now + run.report_seconds
            rate = (trainer.samples - before) / (now - start)
            report(rate=round(rate, 1), loss=round(float(np.mean(recent)), 4), left=round(left))
            recent = []
    store.settle()
    report()


def _trainer(run: StreamedRun, device: torch.device, processes: Processes = ALONE) -> Trainer:
    """With the weights the run starts from, or random ones.

    Raises:
        CheckpointError: the weights cannot be loaded.
    """
    given = None if run.start is None else read_prior(run.start)
    shape = run.uvit if given is None else given.shape
    trainer = Trainer(shape, run.prior, device, processes, compile=run.compile)
    if given is not None:
        trainer.start_from(given)
    return trainer
