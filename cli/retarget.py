"""`gen4d retarget`: any motion on any of our rigs."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import options
from .running import existing_file, resolve_settings, running


def retarget(
    rigged: Annotated[Path, Argument(metavar="RIGGED.glb", help="A rigged GLB, ours or anybody's.")],
    motion: Annotated[Path, Argument(metavar="MOTION", help="A BVH file, or a GLB with clips.")],
    output: options.Output = None,
    root_motion: Annotated[bool, Option("--root-motion", help="Travel on the root joint instead of in place.")] = False,
    fps: Annotated[int | None, Option(metavar="N", help="Keyframes a second.")] = None,
    settings: options.Settings = None,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Play a motion on a rig.

    Joints are matched by themselves, and feet stay where they stand.

    Example: gen4d retarget knight.glb walk.bvh -o knight-walks.glb
    """
    existing_file(rigged, "a rigged GLB")
    existing_file(motion, "a BVH file or a GLB with clips")
    cfg = resolve_settings(None, settings, root_motion=root_motion or None, fps=fps)
    with running("retarget", cfg, threads=threads, quiet=quiet, as_json=as_json) as run:
        from gen4d import from_file
        from gen4d.errors import InputError
        from gen4d.export.names import slug
        from gen4d.export.read import load_asset
        from gen4d.results import asset_destination

        name = slug(rigged.stem)
        with asset_destination(output, name) as destination:
            asset, _ = load_asset(rigged)
            if asset.skeleton is None:
                raise InputError(f"{rigged}: it has no skeleton; rig it first, with gen4d rig.")
            run.deliver(from_file.add_motion(asset, motion, cfg, run.ctx), name, destination)
