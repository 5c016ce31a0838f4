"""`gen4d reconstruct`: a textured asset from six views in a file."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import options
from .running import existing_file, read_photo, resolve_settings, running


def reconstruct(
    views: Annotated[Path, Argument(metavar="VIEWS.safetensors", help="A file `gen4d views` wrote.")],
    output: options.Output = None,
    photo: Annotated[Path | None, Option(metavar="PHOTO", help="The photo the views were imagined from.")] = None,
    mask: options.Mask = None,
    quality: Annotated[
        str | None, Option("--quality", "--preset", metavar="NAME", help="draft, standard or high.")
    ] = None,
    settings: options.Settings = None,
    faces: options.Faces = None,
    texture_size: options.TextureSize = None,
    normal_map: options.NormalMap = None,
    roughness: options.Roughness = None,
    metallic: options.Metallic = None,
    lods: options.Lods = None,
    symmetry: Annotated[str | None, Option(metavar="WHEN", help="Left and right alike: auto, on or off.")] = None,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Turn six views into a textured asset.

    Example: gen4d reconstruct views.safetensors -o plane.glb
    """
    existing_file(views, "a file of views")
    if photo is not None:
        existing_file(photo, "a photo")
    cfg = resolve_settings(
        quality,
        settings,
        faces=faces,
        texture_size=texture_size,
        normal_map=normal_map,
        roughness=roughness,
        metallic=metallic,
        lods=lods,
        symmetry=symmetry,
    )
    with running("reconstruct", cfg, threads=threads, quiet=quiet, as_json=as_json) as run:
        from gen4d import pipeline
        from gen4d.export.names import slug
        from gen4d.results import asset_destination
        from gen4d.structures.store import load_views

        name = slug(views.stem)
        with asset_destination(output, name) as destination:
            imagined = load_views(views)
            subject = None if photo is None else read_photo(photo, mask, None, None, run).photo
            asset = pipeline.give_looks(pipeline.build(imagined, cfg, run.ctx, photo=subject), "", cfg, run.ctx)
            run.deliver(asset, name, destination)
