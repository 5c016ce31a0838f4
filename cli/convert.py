"""`gen4d convert`: a GLB in another format, as another GLB, or as moving pictures."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from . import options
from .running import existing_file


def convert(
    file: Annotated[Path, typer.Argument(metavar="FILE.glb", help="A GLB or glTF file, ours or anybody's.")],
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT",
            help="Ends in .gltf, .glb, .obj, .ply, .stl, .usdz, .fbx, or in .png, .gif, .mp4 for pictures.",
        ),
    ],
    clip: Annotated[
        str | None, typer.Option(metavar="NAME", help="The clip of a USDZ; the only clip that is drawn.")
    ] = None,
    turntable: Annotated[bool, typer.Option("--turntable", help="Draw it turning, not its clips.")] = False,
    target: options.Target = None,
    naming: options.Naming = None,
    compress: Annotated[
        str | None, typer.Option(metavar="A,B", help="quantize, meshopt, webp, or none; unset: as the file is.")
    ] = None,
    vrm: Annotated[
        bool | None, typer.Option("--vrm/--no-vrm", help="The VRM 1.0 block; unset: as the file is.")
    ] = None,
    quiet: options.Quiet = False,
) -> None:
    """Write a GLB in another format or as moving pictures.

    What that format cannot carry is said. A picture is made of every clip: dog_walk.gif and so on.

    Example: gen4d convert dog.glb -o dog.usdz --clip walk
    """
    existing_file(file, "a GLB file")
    from gen4d.config import load_config
    from gen4d.errors import ConfigError

    asked = {"target": target, "naming": naming, "compress": "" if compress == "none" else compress, "vrm": vrm}
    asked = {f"export.{key}": value for key, value in asked.items() if value is not None}
    if asked and output.suffix.lower() != ".glb":
        raise ConfigError(f"{output}: --for, --naming, --compress and --vrm are for .glb files; leave them out.")
    cfg = load_config(None, asked).export
    cfg = cfg.model_validate({key.removeprefix("export."): getattr(cfg, key.removeprefix("export.")) for key in asked})
    warnings: tuple[str, ...] = ()
    if output.suffix.lower() in (".png", ".gif", ".mp4"):
        from gen4d.moving_pictures import write_pictures

        paths = write_pictures(file, output, clip, turntable=turntable)
    elif turntable:
        raise ConfigError(f"{output}: --turntable is for .gif and .mp4; leave it out.")
    else:
        from gen4d.export.convert import convert_file

        paths, warnings = convert_file(file, output, clip, cfg)
    if not quiet:
        for warning in warnings:
            print(f"warning: {warning}.", file=sys.stderr)
        for path in paths:
            print(path)
