"""`gen4d animate`: a rigged, moving asset from a photo, a mesh or a rig."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import options
from .running import existing_file, existing_sides, read_photo, resolve_settings, running


def animate(
    source: Annotated[
        Path, Argument(metavar="PHOTO|MESH|RIGGED.glb", help="A picture of one subject, a mesh, or a rigged GLB.")
    ],
    output: options.Output = None,
    mask: options.Mask = None,
    subject: options.Subject = None,
    azimuth: options.Azimuth = None,
    elevation: options.Elevation = None,
    way: options.Way = None,
    photo_back: options.PhotoBack = None,
    photo_left: options.PhotoLeft = None,
    photo_right: options.PhotoRight = None,
    words: options.Words = None,
    prior: options.Prior = None,
    allow_pickle: options.AllowPickle = False,
    half: options.Half = False,
    low_memory: options.LowMemory = None,
    plan: options.Plan = None,
    clips: options.Clips = None,
    motion: Annotated[str | None, Option(metavar="TEXT", help="In words: 'trots, then sits'.")] = None,
    motion_file: Annotated[
        Path | None, Option("--motion-file", metavar="FILE", help="A BVH file, or a GLB with clips.")
    ] = None,
    video: Annotated[
        Path | None, Option("--video", metavar="FILE", help="A short film of one subject, MP4 or GIF, to move like.")
    ] = None,
    speed: Annotated[float | None, Option(metavar="S", help="How fast everything goes; 1 is usual.")] = None,
    style: Annotated[str | None, Option(metavar="NAME", help="A mood: happy, sad, tired, sneaky and more.")] = None,
    root_motion: Annotated[bool, Option("--root-motion", help="Travel on the root joint instead of in place.")] = False,
    fps: Annotated[int | None, Option(metavar="N", help="Keyframes a second.")] = None,
    height: options.Height = None,
    seed: options.Seed = None,
    preset: options.Preset = None,
    settings: options.Settings = None,
    negative: options.Negative = None,
    guidance: options.Guidance = None,
    steps: options.Steps = None,
    faces: options.Faces = None,
    texture_size: options.TextureSize = None,
    normal_map: options.NormalMap = None,
    roughness: options.Roughness = None,
    metallic: options.Metallic = None,
    naming: options.Naming = None,
    target: options.Target = None,
    compress: options.Compress = None,
    lods: options.Lods = None,
    vrm: options.Vrm = None,
    report: options.ReportPage = False,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Make a moving 3D asset from a photo, a mesh or a rig.

    A photo becomes a mesh first, a mesh gets a rig first, a rigged GLB keeps its rig and its clips.

    Example: gen4d animate dog.jpg --plan quadruped
    """
    existing_file(source, "a photo, a mesh or a rigged GLB")
    if motion_file is not None:
        existing_file(motion_file, "a BVH file or a GLB with clips")
    if video is not None:
        existing_file(video, "a film")
    cfg = resolve_settings(
        preset,
        settings,
        subject=subject,
        azimuth=azimuth,
        video_azimuth=None if video is None else azimuth,
        elevation=elevation,
        way=way,
        prior=prior,
        prior_pickle=allow_pickle or None,
        prior_half=half or None,
        prior_low_memory=low_memory,
        plan=plan,
        clips=clips,
        motion=motion,
        speed=speed,
        style=style,
        root_motion=root_motion or None,
        fps=fps,
        height=height,
        seed=seed,
        guidance=guidance,
        steps=steps,
        faces=faces,
        texture_size=texture_size,
        normal_map=normal_map,
        roughness=roughness,
        metallic=metallic,
        naming=naming,
        target=target,
        compress=compress,
        lods=lods,
        vrm=vrm,
    )
    sides = existing_sides(back=photo_back, left=photo_left, right=photo_right)
    with running("animate", cfg, threads=threads, quiet=quiet, as_json=as_json, page=report) as run:
        from gen4d import from_file, pipeline
        from gen4d.export.names import slug
        from gen4d.export.read import MESH_EXTENSIONS
        from gen4d.results import asset_destination

        name = slug(source.stem)
        with asset_destination(output, name) as destination:
            if source.suffix.lower() in MESH_EXTENSIONS:
                asset = from_file.animate_rigged(source, cfg, run.ctx) or from_file.rig_file(source, cfg, run.ctx)
            else:
                prompt = read_photo(source, mask, words, negative, run, sides)
                asset = pipeline.animate(prompt, cfg, run.ctx)
            if motion_file is not None:
                asset = from_file.add_motion(asset, motion_file, cfg, run.ctx)
            if video is not None:
                asset = from_file.add_video(asset, video, cfg, run.ctx)
            run.deliver(asset, name, destination)
