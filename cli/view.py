"""`gen4d view`: look at a GLB in the browser, offline."""

from pathlib import Path
from typing import Annotated

import typer

from . import options
from .running import existing_file


def view(
    file: Annotated[Path, typer.Argument(metavar="FILE.glb", help="A GLB file, ours or anybody's.")],
    html: Annotated[
        Path | None, typer.Option(metavar="OUT.html", help="Write one self-contained page instead of serving it.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes any free one.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in your browser.")] = True,
    quiet: options.Quiet = False,
) -> None:
    """Look at a GLB: orbit, clips, skeleton, wireframe.

    Example: gen4d view dog.glb --html dog.html
    """
    existing_file(file, "a GLB file")
    from gen4d.errors import InputError
    from gen4d.export.files import write_file
    from gen4d.export.parse import open_gltf
    from gen4d.export.viewer.page import single_page
    from gen4d.export.viewer.server import HOST, viewer_server

    if file.suffix.lower() != ".glb":
        raise InputError(f"{file}: the viewer shows .glb files; make one with `gen4d convert {file} -o FILE.glb`.")
    open_gltf(file)  # a damaged file is told here, not in the browser
    glb = file.read_bytes()
    if html is not None:
        write_file(html, single_page(file.stem, glb).encode())
        if not quiet:
            print(html)
        return
    server = viewer_server(file.stem, glb, port)
    address = f"http://{HOST}:{server.server_port}/"
    print(f"{address}  (Ctrl-C ends it)", flush=True)
    if browser:
        import webbrowser

        webbrowser.open(address)
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:  # how one leaves
            return
