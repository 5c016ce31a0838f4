"""`gen4d rig`: a skeleton, weights and clips for any mesh."""

from pathlib import Path
from typing import Annotated

from typer import Argument

from . import options
from .running import existing_file, resolve_settings, running


def rig(
    mesh: Annotated[Path, Argument(metavar="MESH", help="OBJ, PLY, STL, OFF, GLB or glTF.")],
    output: options.Output = None,
    plan: options.Plan = None,
    up: options.Up = None,
    front: options.Front = None,
    joints: options.Joints = None,
    keep_skin: options.KeepSkin = None,
    naming: options.Naming = None,
    report: options.RigReport = None,
    clips: options.Clips = None,
    height: options.Height = None,
    preset: options.Preset = None,
    settings: options.Settings = None,
    target: options.Target = None,
    compress: options.Compress = None,
    lods: options.Lods = None,
    vrm: options.Vrm = None,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Give any mesh a skeleton and clips.

    Example: gen4d rig knight.obj -o knight.glb --plan biped
    """
    existing_file(mesh, "a mesh")
    cfg = resolve_settings(
        preset,
        settings,
        plan=plan,
        up=up,
        front=front,
        naming=naming,
        keep_skin=keep_skin,
        clips=clips,
        height=height,
        target=target,
        compress=compress,
        lods=lods,
        vrm=vrm,
    )
    with running("rig", cfg, threads=threads, quiet=quiet, as_json=as_json) as run:
        from gen4d import from_file
        from gen4d.evaluate.rig_report import write_rig_report
        from gen4d.export.names import slug
        from gen4d.results import asset_destination, check_place

        name = slug(mesh.stem)
        if report is not None:
            check_place(report, ".json", "report")
        with asset_destination(output, name) as destination:
            asset = from_file.rig_file(mesh, cfg, run.ctx, joints=joints)
            run.deliver(asset, name, destination)
            if report is not None:
                write_rig_report(asset, report, run.ctx)
