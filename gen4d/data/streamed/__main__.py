"""Train on a stream of fresh renderings, on one machine with a GPU: several renderers and one trainer, each a process.

    python -m gen4d.data.streamed render --packed A.safetensors B.safetensors --out RECORDS --worker 0 --workers 15
    python -m gen4d.data.streamed train --records RECORDS --out RUN --autoencoder-minutes 5
    python -m gen4d.data.streamed train --records RECORDS --out RUN --from-weights gen4d/prior/weights
    python -m gen4d.data.streamed join --run RUN
    python -m gen4d.data.streamed bench --batches 256 384

RUN has a file `until`: when to stop, in seconds since 1970. `--from-weights` goes on from weights that ship, or from a
RUN: their autoencoder stays, the prior continues with a short warm-up and a rate that falls to the end. The same
command again continues an interrupted run. `torchrun --nproc-per-node N -m gen4d.data.streamed train ...` trains in N
processes, each on its share of the records. Renderers run until they are ended. Needs torch, numpy, safetensors, scipy,
numba, kornia, Pillow and tokenizers, and nothing else gen4d may use elsewhere.
"""

import argparse
import json
import logging
import sys
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError

from gen4d.data.build import start_worker
from gen4d.data.packed import read_packed
from gen4d.data.streamed.render import render_files
from gen4d.data.streamed.train_prior import CONTINUED, PRIOR, StreamedRun, train_streamed, training_speed
from gen4d.data.streamed.weights import join_parts
from gen4d.errors import ConfigError, Gen4dError
from gen4d.prior.parallel import joined
from gen4d.prior.text import MiniLmEncoder
from gen4d.prior.uvit import UViTShape

logger = logging.getLogger("gen4d.data.streamed")


def main() -> None:
    """Parse the command line and run one of the programs."""
    logging.basicConfig(level=logging.INFO)
    args = _parser().parse_args()
    try:
        args.run(args)
    except (Gen4dError, OSError, SafetensorError) as error:  # of a full disk safetensors says so in a type of its own
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; the same command goes on from the last report.\n")
        raise SystemExit(130) from None


def _render(args: argparse.Namespace) -> None:
    start_worker()
    splits = json.loads(args.splits.read_text("utf-8")) if args.splits else {}
    things = [obj for path in args.packed for obj in read_packed(path) if splits.get(obj.id) != "dropped"]
    args.out.mkdir(parents=True, exist_ok=True)
    parts = {"worker": args.worker, "workers": args.workers, "seed": args.seed, "records": args.records}
    files = render_files(things, MiniLmEncoder(), args.out, splits=splits, **parts)
    for number, path in enumerate(files, 1):
        logger.info("%s", path.name)
        if number == args.files:
            break


def _train(args: argparse.Namespace) -> None:
    torch.set_num_threads(1)  # the renderers have the cores
    if args.from_weights and (args.width or args.depth):
        raise ConfigError("--width, --depth: they were given with --from-weights, whose files say the network's size.")
    plain = CONTINUED if args.from_weights else PRIOR
    prior = replace(plain, batch=args.batch or plain.batch, learning_rate=args.learning_rate or plain.learning_rate)
    run = StreamedRun(
        capacity=args.capacity,
        first_records=args.first_records,
        autoencoder_minutes=args.autoencoder_minutes,
        autoencoder_batch=args.autoencoder_batch,
        uvit=_shape(args),
        prior=prior,
        start=args.from_weights,
        report_seconds=args.report_seconds,
        report_items=args.report_items,
        compile=args.compile,
    )
    with joined(args.device, sharded=args.sharded) as (processes, device):
        train_streamed(run, args.records, args.out, device, processes)


def _join(args: argparse.Namespace) -> None:
    logger.info("%s", join_parts(args.run_folder))


def _bench(args: argparse.Namespace) -> None:
    for batch in args.batches:
        rate, memory = training_speed(_shape(args), batch, args.steps, torch.device(args.device), compile=args.compile)
        logger.info("batch %d: %.0f samples a second, %.1f GiB", batch, rate, memory)


def _shape(args: argparse.Namespace) -> UViTShape:
    plain = UViTShape()
    width = args.width or plain.width
    return UViTShape(width=width, depth=args.depth or plain.depth, heads=width // 64)


def _parser() -> argparse.ArgumentParser:
    plain = StreamedRun()
    parser = argparse.ArgumentParser(
        prog="python -m gen4d.data.streamed", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    modes = parser.add_subparsers(required=True)

    renderer = modes.add_parser("render", help="write files of records until ended")
    renderer.set_defaults(run=_render)
    renderer.add_argument("--packed", type=Path, nargs="*", default=[], help="what `data.packed.write_packed` wrote")
    renderer.add_argument("--splits", type=Path, help='JSON of ids: "train", "validation" or "dropped"')
    renderer.add_argument("--out", type=Path, required=True)
    renderer.add_argument("--worker", type=int, required=True, help="number of this renderer, from 0")
    renderer.add_argument("--workers", type=int, required=True, help="how many renderers there are")
    renderer.add_argument("--seed", type=int, default=1)
    renderer.add_argument("--records", type=int, default=24, help="in a file")
    renderer.add_argument("--files", type=int, help="stop after so many")

    trainer = modes.add_parser("train", help="train the autoencoder, then the prior")
    trainer.set_defaults(run=_train)
    trainer.add_argument("--records", type=Path, required=True, help="where the renderers write")
    trainer.add_argument("--out", type=Path, required=True, help="has a file `until`: when to stop, seconds since 1970")
    trainer.add_argument("--capacity", type=int, default=plain.capacity, help="most records taken in")
    trainer.add_argument("--first-records", type=int, default=plain.first_records, help="to wait for at the start")
    trainer.add_argument("--autoencoder-minutes", type=float, default=plain.autoencoder_minutes)
    trainer.add_argument("--autoencoder-batch", type=int, default=plain.autoencoder_batch)
    trainer.add_argument("--from-weights", type=Path, metavar="DIR", help="weights, or a run, to continue from")
    trainer.add_argument("--batch", type=int, help=f"items a step (default: {PRIOR.batch})")
    rates = f"{PRIOR.learning_rate}, from weights {CONTINUED.learning_rate}"
    trainer.add_argument("--learning-rate", type=float, help=f"the highest (default: {rates})")
    trainer.add_argument("--sharded", action="store_true", help="share the network out among torchrun's processes")
    trainer.add_argument("--report-seconds", type=float, default=plain.report_seconds)
    trainer.add_argument("--report-items", type=int, default=plain.report_items, help="fewer where there is no GPU")

    joiner = modes.add_parser("join", help="make a run's parts one file, as `gen4d train ship` takes it")
    joiner.set_defaults(run=_join)
    joiner.add_argument("--run", type=Path, required=True, dest="run_folder")

    timer = modes.add_parser("bench", help="samples a second and memory of the prior's training")
    timer.set_defaults(run=_bench)
    timer.add_argument("--batches", type=int, nargs="+", default=[plain.prior.batch])
    timer.add_argument("--steps", type=int, default=30)

    for mode in (trainer, timer):
        mode.add_argument("--device", default="cuda")
        mode.add_argument("--width", type=int, help=f"of the network (default: {plain.uvit.width})")
        mode.add_argument("--depth", type=int, help=f"its blocks (default: {plain.uvit.depth})")
        mode.add_argument("--compile", action="store_true", help="let torch compile the blocks")
    return parser


if __name__ == "__main__":
    main()
