"""`gen4d text-to-3d`: a textured asset from words."""

from typing import Annotated

from typer import Argument, Option

from . import options
from .refine import check_resumable, deliver_refined
from .running import read_words, resolve_settings, running


def text_to_3d(
    prompt: Annotated[str, Argument(metavar="PROMPT", help="What to make, in a few words.")],
    output: options.Output = None,
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
    candidates: options.Candidates = None,
    faces: options.Faces = None,
    texture_size: options.TextureSize = None,
    normal_map: options.NormalMap = None,
    roughness: options.Roughness = None,
    metallic: options.Metallic = None,
    refine: Annotated[bool, Option("--refine", help="Refine it with the same words at the end.")] = False,
    resume: Annotated[bool, Option("--resume", help="With --refine: go on where it was interrupted.")] = False,
    target: options.Target = None,
    compress: options.Compress = None,
    lods: options.Lods = None,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Make a textured 3D asset from words.

    A public checkpoint (--prior hub: or dir:) draws pictures of the words; the shipped prior makes geometry of them.

    Example: gen4d text-to-3d "a paper plane"
    """
    cfg = resolve_settings(
        preset,
        settings,
        prior=prior,
        prior_pickle=allow_pickle or None,
        prior_half=half or None,
        prior_low_memory=low_memory,
        seed=seed,
        guidance=guidance,
        steps=steps,
        candidates=candidates,
        faces=faces,
        texture_size=texture_size,
        normal_map=normal_map,
        roughness=roughness,
        metallic=metallic,
        target=target,
        compress=compress,
        lods=lods,
    )
    with running("text-to-3d", cfg, threads=threads, quiet=quiet, as_json=as_json) as run:
        from gen4d import pipeline
        from gen4d.errors import ConfigError
        from gen4d.export.names import slug
        from gen4d.results import asset_destination

        if resume and not refine:
            raise ConfigError("--resume: only --refine leaves a state to resume from; give both.")
        words = read_words(prompt, negative)
        name = slug(words.text)
        with asset_destination(output, name) as destination:
            if resume:
                check_resumable(destination)
            asset = pipeline.text_to_3d(words, cfg, run.ctx)
            if refine:
                deliver_refined(asset, words, name, destination, run, resume=resume)
            else:
                run.deliver(asset, name, destination)
