"""`gen4d convert`: a GLB in another format."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from . import options
from .running import existing_file


def convert(
    file: Annotated[Path, typer.Argument(metavar="FILE.glb", help="A GLB or glTF file, ours or anybody's.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="OUT", help="Ends in .gltf, .glb, .obj, .ply, .stl or .usdz.")
    ],
    clip: Annotated[
        str | None, typer.Option(metavar="NAME", help="The clip that USDZ plays, which has one timeline.")
    ] = None,
    quiet: options.Quiet = False,
) -> None:
    """Write a GLB in another format.

    What that format cannot carry is said.

    Example: gen4d convert dog.glb -o dog.usdz --clip walk
    """
    existing_file(file, "a GLB file")
    from gen4d.export.convert import convert_file

    paths, warnings = convert_file(file, output, clip)
    if not quiet:
        for warning in warnings:
            print(f"warning: {warning}.", file=sys.stderr)
        for path in paths:
            print(path)
