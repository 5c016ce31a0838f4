"""How fast training data is built and read.

    python tests/bench/bench_data.py
    python tests/bench/bench_data.py --archive ARCHIVE
    python tests/bench/bench_data.py --build SHARDS --quaternius PACKS --sweethome3d FOLDER --zeroad FOLDER --every 100

Rates and minutes are by processor time of this process, one thread, since other work shares the machine. `--build`
builds every n-th object of each source as `gen4d data build` does, and multiplies by how many objects SHARDS count: an
extrapolation. It holds no download, and no search for duplicates.
"""

import argparse
import zlib
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np
import torch

from gen4d.data.build import build
from gen4d.data.objects import canonical
from gen4d.data.open_sources import SOURCES, SourceFiles, made_objects, open_source
from gen4d.data.photos import PHOTOS, render_photos
from gen4d.data.records import read_lines
from gen4d.data.rendering import render_object
from gen4d.data.shards import shard_paths
from gen4d.errors import InputError, MissingDependency
from gen4d.prior.archive import Archive
from gen4d.prior.modalities import PLANS

OBJECTS = 60
BATCH, BATCHES = 64, 60


def main() -> None:
    """Print rates of rendering, of an archive's loader, or the minutes of a whole build, as asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archive", type=Path)
    parser.add_argument("--build", type=Path, metavar="SHARDS")
    parser.add_argument("--every", type=int, default=100)
    for name in ("quaternius", "sweethome3d", "zeroad"):
        parser.add_argument(f"--{name}", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.archive:
        loader_rate(args.archive)
    elif args.build:
        given = {name: path for name in SOURCES if (path := getattr(args, name, None))}
        build_minutes(args.build, given, args.every)
    else:
        rendering_rates()


def rendering_rates() -> None:
    """Objects a second for the six views and for the photos."""
    objects = [canonical(obj) for obj in islice(made_objects(1), OBJECTS)]
    render_object(objects[0])  # compiles the kernel
    start = process_time()
    for obj in objects:
        render_object(obj)
    print(f"six views: {OBJECTS / (process_time() - start):.1f} objects a second and core")
    start = process_time()
    for obj in objects:
        render_photos(obj, np.random.default_rng(0))
    print(f"{PHOTOS} photos: {OBJECTS / (process_time() - start):.1f} objects a second and core")


def loader_rate(path: Path) -> None:
    """Latent samples a second from an archive."""
    start = process_time()
    archive = Archive(path, torch.device("cpu"))
    print(f"archive of {len(archive.latents)} items, {path.stat().st_size / 2**20:.1f} MiB", end="; ")
    print(f"opened in {process_time() - start:.1f} s")
    generator = torch.Generator().manual_seed(0)
    plans = torch.arange(BATCH) % len(PLANS)
    start = process_time()
    for _ in range(BATCHES):
        archive.draw("train", plans, generator)
    print(f"loader: {BATCH * BATCHES / (process_time() - start):.0f} samples a second and core")


def build_minutes(shards: Path, given: dict[str, Path], every: int) -> None:
    """Seconds an object of each source, and the minutes of all on two cores."""
    render_object(canonical(next(made_objects(1))))  # compiles the kernel

    def others(key: str) -> bool:
        return zlib.crc32(key.encode()) % every != 0

    total = 0.0
    for name in SOURCES:
        with TemporaryDirectory() as folder:
            try:
                objects = open_source(name, SourceFiles(Path(folder) / "packages", given))
            except (InputError, MissingDependency) as error:
                print(f"{name}: not measured. {error}")
                continue
            start = process_time()
            for _ in objects(lambda _: True):  # what it costs to open a source
                pass
            opening = process_time() - start
            start = process_time()
            counts = build(name, lambda _, objects=objects: objects(others), Path(folder))
            taken = sum(counts.values())
            each = (process_time() - start - opening) / max(1, taken)
        whole = sum(
            len(read_lines(path.with_suffix(".jsonl"))) + len(read_lines(path.with_name(path.stem + ".rejected.jsonl")))
            for path in shard_paths(shards)
            if path.name.startswith(f"{name}-")
        )
        minutes = (opening + each * whole) / 60
        total += minutes
        print(f"{name}: {taken} of {whole} objects built, {each:.2f} s each; all of it {minutes:.1f} min of one core")
    print(f"extrapolated: {total:.0f} min of one core, {total / 2:.0f} min on two, where they share the work evenly")


if __name__ == "__main__":
    main()
