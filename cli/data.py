"""`gen4d data`: build the training shards from sources, and the training archive from shards."""

from pathlib import Path
from typing import Annotated

from typer import Option, Typer

app = Typer(help="Build the training data.", rich_markup_mode=None, no_args_is_help=True)

Out = Annotated[Path, Option("--out", metavar="PATH", help="Where to write.")]


@app.command()
def build(
    out: Out,
    quaternius: Annotated[Path, Option(metavar="FOLDER", help="Unpacked Quaternius packs, one folder a pack.")],
    sweethome3d: Annotated[Path, Option(metavar="FOLDER", help="The .sh3f catalogues of sweethome3d-furniture.")],
    per_maker: Annotated[int, Option(min=0, help="Instances of each parametric maker.")] = 11,
    sources: Annotated[str, Option(help="Which sources, comma-separated.")] = "quaternius,sweethome3d,makers",
) -> None:
    """Load, pose, caption and render every object into shards; resumes after an interruption.

    Example: gen4d data build --out shards --quaternius packs --sweethome3d furniture
    """
    import torch

    from gen4d.data.build import build as build_shards
    from gen4d.data.build import open_sources
    from gen4d.data.sources.sweethome3d import unpack
    from gen4d.errors import ConfigError

    torch.set_num_threads(1)  # rendering is one kernel; a second process is worth more than a second thread
    unpacked = out / "sweethome3d"
    unpack(sweethome3d, unpacked)
    known = open_sources(quaternius, unpacked, per_maker)
    for name in sources.split(","):
        if name not in known:
            raise ConfigError(f"--sources: got '{name}', allowed are {', '.join(known)}.")
        print(name, build_shards(known[name], name, out))


@app.command()
def archive(
    shards: Annotated[Path, Option(metavar="FOLDER", help="What `gen4d data build` wrote.")],
    autoencoder: Annotated[Path, Option(metavar="FILE", help="Weights of the view autoencoder.")],
    out: Out,
    variants: Annotated[int, Option(min=1, max=3, help="1 objects, 2 and mirror images, 3 and hue shifts.")] = 3,
    threads: Annotated[int, Option(min=1)] = 2,
) -> None:
    """Encode the shards into the one file a training reads.

    Example: gen4d data archive --shards shards --autoencoder ae.safetensors --out archive.safetensors
    """
    import torch

    from gen4d.data.archive import build_archive
    from gen4d.data.shards import read_shards
    from gen4d.prior.autoencoder import AutoencoderShape, ViewAutoencoder
    from gen4d.prior.embedded import load_network
    from gen4d.prior.text import MiniLmEncoder

    torch.set_num_threads(threads)
    network = load_network(autoencoder, ViewAutoencoder, AutoencoderShape)
    print(build_archive(read_shards(shards), network, MiniLmEncoder(), out, variants=variants))
