"""`gen4d data`: build the training shards from sources, look at them, and encode them into the training archive."""

import os
import sys
from pathlib import Path
from time import monotonic
from typing import Annotated

from typer import Argument, Exit, Option, Typer

app = Typer(help="Build the training data.", rich_markup_mode=None, no_args_is_help=True)

Out = Annotated[Path, Option("--out", metavar="PATH", help="Where to write.")]
Shards = Annotated[Path, Argument(metavar="DIR", help="What `gen4d data build` wrote.")]
Given = Option(metavar="PATH", help="Files of this source that are here already; fetched where a registry has them.")


@app.command()
def build(
    out: Out,
    sources: Annotated[
        str, Option(help="Which sources, comma-separated.")
    ] = "makers,quaternius,sweethome3d,anny,zeroad",
    quaternius: Annotated[Path | None, Given] = None,
    sweethome3d: Annotated[Path | None, Given] = None,
    zeroad: Annotated[Path | None, Given] = None,
    limit: Annotated[int | None, Option(min=1, help="Objects a source at most.")] = None,
    views: Annotated[int, Option(min=32, max=512, help="Pixels of a view and of a photo.")] = 128,
    workers: Annotated[int, Option(min=1, max=64, help="Processes that render.")] = 1,
    per_maker: Annotated[int, Option(min=0, help="Instances of each parametric maker.")] = 12,
    people: Annotated[int, Option(min=0, help="Sampled humans of the source anny.")] = 200,
) -> None:
    """Fetch, load, pose, screen, caption and render every object into shards; resumes after an interruption.

    A source whose files are missing is reported and left out; the exit code is then 1.

    Example: gen4d data build --out shards --quaternius packs --sources makers,quaternius,sweethome3d
    """
    from gen4d.data.build import build as build_shards
    from gen4d.data.build import start_worker
    from gen4d.data.duplicates import mark_duplicates
    from gen4d.data.open_sources import SOURCES, SourceFiles, open_source
    from gen4d.data.summary import write_index
    from gen4d.errors import ConfigError, InputError, MissingDependency

    names = [name.strip() for name in sources.split(",")]
    if unknown := [name for name in names if name not in SOURCES]:
        raise ConfigError(f"--sources: got '{unknown[0]}', allowed are {', '.join(SOURCES)}.")
    start_worker()
    start = monotonic()
    given = {"quaternius": quaternius, "sweethome3d": sweethome3d, "zeroad": zeroad}
    folders = {name: path for name, path in given.items() if path is not None}
    files = SourceFiles(out / "packages", folders, per_maker, people)
    failed = []
    for name in names:
        try:
            objects = open_source(name, files)
            counts = build_shards(name, objects, out, limit=limit, resolution=views, workers=workers)
        except (InputError, MissingDependency) as error:
            print(f"{name}: left out. {error}", file=sys.stderr)
            failed.append(name)
            continue
        except KeyboardInterrupt:
            print("interrupted; finished shards stay, and the same command goes on.", file=sys.stderr)
            raise Exit(130) from None
        print(f"{name}: {counts['written']} written, {counts['rejected']} rejected")
    print("near-duplicates:", mark_duplicates(out))
    write_index(out)
    used = sum(os.times()[:4]) / 60  # of this process and of those that have ended
    print(f"minutes: {(monotonic() - start) / 60:.1f}, of processor time: {used:.1f}, rendering processes: {workers}")
    if failed:
        raise Exit(1)


@app.command()
def show(
    folder: Shards,
    out: Annotated[Path | None, Option(help="The page; inside DIR if not given.")] = None,
    sample: Annotated[int | None, Option(min=1, help="So many random objects only, in one picture too.")] = None,
) -> None:
    """Write a browsable contact sheet: pictures, captions, source, licence, rig flag of every object.

    Example: gen4d data show shards --sample 100
    """
    from gen4d.data.show import write_sheet

    print(write_sheet(folder, out or folder / "show", sample))


@app.command()
def stats(folder: Shards) -> None:
    """Print counts by source, category and licence, rigs, caption words, and what was rejected and why.

    Example: gen4d data stats shards
    """
    from gen4d.data.summary import statistics

    print(statistics(folder))


@app.command()
def card(folder: Shards, out: Annotated[Path, Option(metavar="FILE")] = Path("docs/dataset.md")) -> None:
    """Write the dataset card from the shards.

    Example: gen4d data card shards --out docs/dataset.md
    """
    from gen4d.data.card import dataset_card

    out.write_text(dataset_card(folder), "utf-8")
    print(out)


@app.command()
def pack(
    shards: Annotated[Path, Option(metavar="DIR", help="What `gen4d data build` wrote; it says what is fit to learn.")],
    out: Annotated[Path, Option("--out", metavar="FOLDER", help="Gets NAME.safetensors a source, and splits.json.")],
    sources: Annotated[str, Option(help="Which sources, comma-separated.")] = "quaternius,sweethome3d,anny,zeroad",
    quaternius: Annotated[Path | None, Given] = None,
    sweethome3d: Annotated[Path | None, Given] = None,
    zeroad: Annotated[Path | None, Given] = None,
    people: Annotated[int, Option(min=0, help="Sampled humans of the source anny.")] = 200,
) -> None:
    """Pack the sources' geometry for `python -m gen4d.data.streamed`, which renders it anew beside a training.

    A source that is packed already stays. Makers' objects are not packed: the renderers make their own.

    Example: gen4d data pack --shards shards --quaternius packs --out packed
    """
    from gen4d.data.open_sources import SOURCES, SourceFiles, open_source
    from gen4d.data.pack_sources import pack_source, write_splits
    from gen4d.errors import ConfigError

    names = [name.strip() for name in sources.split(",")]
    if unknown := [name for name in names if name not in SOURCES or name == "makers"]:
        allowed = ", ".join(name for name in SOURCES if name != "makers")
        raise ConfigError(f"--sources: got '{unknown[0]}', allowed are {allowed}.")
    given = {"quaternius": quaternius, "sweethome3d": sweethome3d, "zeroad": zeroad}
    folders = {name: path for name, path in given.items() if path is not None}
    files = SourceFiles(shards / "packages", folders, people=people)
    splits = write_splits(shards, out)
    for name in names:
        print(f"{name}: {pack_source(name, open_source(name, files), splits, out)} written", flush=True)


@app.command()
def archive(
    shards: Annotated[Path, Option(metavar="DIR", help="What `gen4d data build` wrote.")],
    autoencoder: Annotated[Path, Option(metavar="FILE", help="Weights of the view autoencoder.")],
    out: Out,
    variants: Annotated[int, Option(min=1, max=3, help="1 objects, 2 and mirror images, 3 and hue shifts.")] = 1,
    photos: Annotated[int, Option(min=1, max=8, help="Photos of each object.")] = 2,
    licences: Annotated[str, Option(help="Prefixes of the licences to take, comma-separated.")] = "CC0,CC-BY,Apache",
    every: Annotated[int, Option(min=1, help="Every so many-th object only; estimates the size of the whole.")] = 1,
    threads: Annotated[int, Option(min=1)] = 2,
) -> None:
    """Encode the shards into the one compressed file a training reads, with torch, numpy and safetensors alone.

    Example: gen4d data archive --shards shards --autoencoder ae.safetensors --out archive.safetensors
    """
    import torch

    from gen4d.data.archive import build_archive
    from gen4d.prior.autoencoder import AutoencoderShape, ViewAutoencoder
    from gen4d.prior.network_files import load_network
    from gen4d.prior.text import MiniLmEncoder

    torch.set_num_threads(threads)
    network = load_network(autoencoder, ViewAutoencoder, AutoencoderShape)
    taken = tuple(licences.split(","))
    counts = build_archive(
        shards, network, MiniLmEncoder(), out, variants=variants, photos=photos, licences=taken, every=every
    )
    for name, count in counts.items():
        print(f"{name}: {count}" + (" MiB" if isinstance(count, float) else ""))
