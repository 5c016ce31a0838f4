"""`gen4d export-nerfstudio`: views and cameras as a nerfstudio dataset."""

from pathlib import Path
from typing import Annotated

from typer import Argument

from . import options


def export_nerfstudio(
    run: Annotated[Path, Argument(metavar="RUN", help="A file `gen4d views` wrote, or the folder it lies in.")],
    folder: Annotated[Path, Argument(metavar="DIR", help="The dataset's folder; new or empty.")],
    quiet: options.Quiet = False,
) -> None:
    """Write views and cameras as a nerfstudio dataset.

    Example: gen4d export-nerfstudio out/a-paper-plane plane-dataset
    """
    from gen4d.export.nerfstudio import write_nerfstudio
    from gen4d.structures.store import load_views

    paths = write_nerfstudio(load_views(run / "views.safetensors" if run.is_dir() else run), folder)
    if not quiet:
        for path in paths:
            print(path)
