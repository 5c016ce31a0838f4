"""`gen4d train`: the view autoencoder, the prior, and the folder of weights that ships."""

import json
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import Annotated

from typer import Option, Typer

app = Typer(help="Train the networks.", rich_markup_mode=None, no_args_is_help=True)

Out = Annotated[Path, Option("--out", metavar="PATH", help="Where to write.")]
Threads = Annotated[int, Option(min=1, help="On a busy two-core machine one thread can be faster than two.")]
LOG_EVERY = 100  # steps


@app.command()
def autoencoder(
    shards: Annotated[Path, Option(metavar="FOLDER", help="What `gen4d data build` wrote.")],
    out: Out,
    steps: Annotated[int | None, Option(min=1, help="Unset: 3000, or 900 of the decoder alone.")] = None,
    batch: Annotated[int | None, Option(min=1, help="Unset: 16 crops, or 8 whole views of the decoder alone.")] = None,
    learning_rate: Annotated[float | None, Option(help="Unset: 1e-3, or 1e-4 of the decoder alone.")] = None,
    start: Annotated[Path | None, Option(metavar="FILE", help="Continue from these weights.")] = None,
    decoder_only: Annotated[
        bool, Option(help="Tune the decoder alone; latents stay what a prior learned. Without --start: ours.")
    ] = False,
    last_blocks: Annotated[int, Option(min=0, help="Of a tuned decoder, at the full resolution.")] = 1,
    threads: Threads = 1,
) -> None:
    """Train the view autoencoder; prints the losses and writes bfloat16 weights.

    Example: gen4d train autoencoder --shards shards --out ae.safetensors
    """
    from dataclasses import replace

    import torch

    from gen4d.data.shards import StoredMaps, places, read_maps
    from gen4d.prior.autoencoder import AutoencoderShape, ViewAutoencoder
    from gen4d.prior.network_files import load_network, save_network
    from gen4d.prior.train_autoencoder import AutoencoderTraining, measure_latents, train_autoencoder
    from gen4d.prior.tune_decoder import DecoderTuning, tune_decoder, with_last_blocks
    from gen4d.prior.weights import weights_folder

    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    asked = {"steps": steps, "batch": batch, "learning_rate": learning_rate}
    said = {name: value for name, value in asked.items() if value is not None}
    if decoder_only and start is None:
        start = weights_folder() / "autoencoder.safetensors"
    model = None if start is None else load_network(start, ViewAutoencoder, AutoencoderShape)
    if decoder_only:
        assert model is not None
        model = with_last_blocks(model, max(last_blocks, model.shape.last_blocks))
        maps = StoredMaps([place for place in places(shards) if place.record.split == "train"])
        states = tune_decoder(maps, model, replace(DecoderTuning(), **said))
    else:
        maps = read_maps(shards, "train")
        shape = AutoencoderShape() if model is None else model.shape
        states = train_autoencoder(maps, shape, replace(AutoencoderTraining(), **said), model)
    for state in states:
        model = state.model
        if (state.step + 1) % LOG_EVERY == 0:
            print(json.dumps({"step": state.step + 1} | {k: round(v, 4) for k, v in state.losses.items()}), flush=True)
            save_network(model, model.shape.as_metadata(), out)
    assert model is not None
    if not isinstance(maps, StoredMaps):
        measure_latents(model, maps)
    save_network(model, model.shape.as_metadata(), out)


@app.command()
def prior(
    archive: Annotated[Path, Option(metavar="FILE", help="What `gen4d data archive` wrote.")],
    out: Annotated[
        Path, Option("--out", metavar="FOLDER", help="Gets state, weights and log; resumes from its state.")
    ],
    minutes: Annotated[float, Option(min=0.01, help="Planned time over all resumed runs.")] = 60.0,
    steps: Annotated[
        int | None, Option(min=1, help="Plan steps instead: the same bits however often it stops.")
    ] = None,
    batch: Annotated[int, Option(min=1, help="Items a step, of all processes together.")] = 32,
    learning_rate: Annotated[float, Option(min=0.0)] = 8e-4,
    preset: Annotated[str, Option(metavar="NAME", help="Size of the network: nano or small.")] = "nano",
    device: Annotated[str, Option()] = "cpu",
    seed: Annotated[int, Option()] = 0,
    save_every: Annotated[int, Option(min=1, help="Steps between two saved states.")] = 500,
    sharded: Annotated[bool, Option("--sharded", help="Share the network out among torchrun's processes.")] = False,
    compile: Annotated[bool, Option("--compile", help="Let torch compile the blocks; the first step waits.")] = False,
    threads: Threads = 1,
) -> None:
    """Train the multiview U-ViT from an archive; resumes where it stopped.

    Several processes share every batch: torchrun --nproc-per-node 2 --no-python gen4d train prior ...

    Example: gen4d train prior --archive archive.safetensors --out runs/nano --minutes 60
    """
    import torch

    from gen4d.errors import ConfigError
    from gen4d.prior.archive import Archive
    from gen4d.prior.network_files import save_network
    from gen4d.prior.parallel import joined
    from gen4d.prior.train import PriorTraining, Trainer, train, validation_losses
    from gen4d.prior.uvit import SHAPES

    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    if preset not in SHAPES:
        raise ConfigError(f"--preset: got '{preset}', allowed are {', '.join(SHAPES)}.")
    cfg = PriorTraining(minutes=minutes, steps=steps, batch=batch, learning_rate=learning_rate, seed=seed)
    shape, state_path = SHAPES[preset], out / "state.safetensors"
    with joined(device, sharded=sharded) as (processes, own):
        data = Archive(archive, own)
        trainer = Trainer(shape, cfg, own, processes, compile=compile)
        out.mkdir(parents=True, exist_ok=True)
        if state_path.exists():
            trainer.load(state_path)

        def keep(recent: list[float]) -> None:
            trainer.save(state_path)
            network = trainer.averaged()
            if not processes.first:
                return
            save_network(network, shape.as_metadata(), out / "uvit.safetensors")
            line = {"step": trainer.step, "samples": trainer.samples, "minutes": round(trainer.seconds / 60, 2)}
            line |= {"loss": round(sum(recent) / len(recent), 4)}
            line |= {"validation": validation_losses(network.to(own), data, own)}
            print(json.dumps(line), flush=True)
            with (out / "log.jsonl").open("a") as log:
                log.write(json.dumps(line) + "\n")

        states = train(trainer, data)
        while recent := [state.loss for state in islice(states, save_every)]:
            keep(recent)


@app.command()
def guidance(
    archive: Annotated[Path, Option(metavar="FILE", help="What `gen4d data archive` wrote.")],
    out: Annotated[
        Path,
        Option("--out", metavar="FOLDER", help="Gets weights that take the guidance scale; resumes from its state."),
    ],
    weights: Annotated[Path | None, Option(metavar="FOLDER", help="Whose guidance is learned; unset: ours.")] = None,
    steps: Annotated[int, Option(min=1)] = 300,
    batch: Annotated[int, Option(min=1)] = 4,
    learning_rate: Annotated[float, Option(min=0.0)] = 3e-4,
    save_every: Annotated[int, Option(min=1, help="Steps between two saved states.")] = 20,
    device: Annotated[str, Option()] = "cpu",
    threads: Threads = 1,
) -> None:
    """Teach the prior to be guided in one call instead of two; the folder then serves as `prior.path`.

    Stopped and started again with the same options, it goes on where it last saved.

    Example: gen4d train guidance --archive archive.safetensors --out guided
    """
    import torch

    from gen4d.data.release import with_denoiser
    from gen4d.prior.archive import Archive
    from gen4d.prior.network_files import load_network
    from gen4d.prior.train_guidance import Distillation, GuidanceDistillation, distill_guidance
    from gen4d.prior.uvit import MultiViewUViT, UViTShape
    from gen4d.prior.weights import weights_folder

    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    start = weights or weights_folder()
    teacher = load_network(start / "uvit.safetensors", MultiViewUViT, UViTShape).to(device)
    run = Distillation(teacher, GuidanceDistillation(steps=steps, batch=batch, learning_rate=learning_rate))
    data = Archive(archive, torch.device(device))
    out.mkdir(parents=True, exist_ok=True)
    state_path = out / "state.safetensors"
    if state_path.exists():
        run.load(state_path)
    states = distill_guidance(run, data)
    while recent := list(islice(states, save_every)):
        run.save(state_path)
        line = {"step": run.step, "loss": fmean(state.loss for state in recent)}
        line |= {"teacher without guidance": fmean(state.unguided for state in recent)}
        print(json.dumps(line), flush=True)
        with_denoiser(start, run.student, out)


@app.command()
def ship(
    run: Annotated[Path, Option(metavar="FOLDER", help="Of `gen4d train prior`.")],
    autoencoder: Annotated[Path, Option(metavar="FILE")],
    shards: Annotated[Path, Option(metavar="FOLDER", help="What the weights learned from, for their concepts.")],
    out: Annotated[Path, Option("--out", metavar="FOLDER")],
    name: Annotated[str, Option(help="Id of the prior, for provenance.")],
) -> None:
    """Gather a folder of weights with checksums, known concepts and attributions.

    Example: gen4d train ship --run runs/nano --autoencoder ae.safetensors --shards shards --out weights --name nano-1
    """
    from gen4d.data.release import gather

    print(json.dumps(gather(run, autoencoder, shards, out, name)))
