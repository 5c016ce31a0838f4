"""`gen4d animate`: a rigged, moving asset from a photo."""

from . import options
from .running import existing_file, read_photo, resolve_settings, running


def animate(
    photo: options.PhotoArgument,
    output: options.Output = None,
    mask: options.Mask = None,
    words: options.Words = None,
    plan: options.Plan = None,
    clips: options.Clips = None,
    height: options.Height = None,
    seed: options.Seed = None,
    preset: options.Preset = None,
    settings: options.Settings = None,
    negative: options.Negative = None,
    guidance: options.Guidance = None,
    steps: options.Steps = None,
    faces: options.Faces = None,
    texture_size: options.TextureSize = None,
    naming: options.Naming = None,
    target: options.Target = None,
    compress: options.Compress = None,
    lods: options.Lods = None,
    vrm: options.Vrm = None,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Make a moving 3D asset from a photo.

    Example: gen4d animate dog.jpg --plan quadruped
    """
    existing_file(photo, "a photo")
    cfg = resolve_settings(
        preset,
        settings,
        plan=plan,
        clips=clips,
        height=height,
        seed=seed,
        guidance=guidance,
        steps=steps,
        faces=faces,
        texture_size=texture_size,
        naming=naming,
        target=target,
        compress=compress,
        lods=lods,
        vrm=vrm,
    )
    with running("animate", cfg, threads=threads, quiet=quiet, as_json=as_json) as run:
        from gen4d import pipeline
        from gen4d.export.names import slug
        from gen4d.results import asset_destination

        name = slug(photo.stem)
        with asset_destination(output, name) as destination:
            prompt = read_photo(photo, mask, words, negative, run)
            run.deliver(pipeline.animate(prompt, cfg, run.ctx), name, destination)
