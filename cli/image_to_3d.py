"""`gen4d image-to-3d`: a textured asset from a photo."""

from . import options
from .running import existing_file, existing_sides, read_photo, resolve_settings, running


def image_to_3d(
    photo: options.PhotoArgument,
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
    target: options.Target = None,
    compress: options.Compress = None,
    lods: options.Lods = None,
    report: options.ReportPage = False,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Make a textured 3D asset from a photo.

    A public checkpoint (--prior hub: or dir:) adds pictures of the sides, or words, to the photo.

    Example: gen4d image-to-3d chair.png
    """
    existing_file(photo, "a photo")
    cfg = resolve_settings(
        preset,
        settings,
        subject=subject,
        azimuth=azimuth,
        elevation=elevation,
        way=way,
        prior=prior,
        prior_pickle=allow_pickle or None,
        prior_half=half or None,
        prior_low_memory=low_memory,
        seed=seed,
        guidance=guidance,
        steps=steps,
        faces=faces,
        texture_size=texture_size,
        normal_map=normal_map,
        roughness=roughness,
        metallic=metallic,
        target=target,
        compress=compress,
        lods=lods,
    )
    sides = existing_sides(back=photo_back, left=photo_left, right=photo_right)
    with running("image-to-3d", cfg, threads=threads, quiet=quiet, as_json=as_json, page=report) as run:
        from gen4d import pipeline
        from gen4d.export.names import slug
        from gen4d.results import asset_destination

        name = slug(photo.stem)
        with asset_destination(output, name) as destination:
            prompt = read_photo(photo, mask, words, negative, run, sides)
            run.deliver(pipeline.image_to_3d(prompt, cfg, run.ctx), name, destination)
