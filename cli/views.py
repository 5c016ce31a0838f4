"""`gen4d views`: only the prior's six views, of words or of a photo."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import options
from .running import existing_file, read_photo, read_words, resolve_settings, running

PHOTO_ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".heic", ".avif"}


def views(
    subject: Annotated[str, Argument(metavar="PROMPT|PHOTO", help="Words, or the path of a picture.")],
    output: Annotated[Path | None, Option("-o", "--output", metavar="FILE.safetensors", help="Where to write.")] = None,
    mask: options.Mask = None,
    words: options.Words = None,
    seed: options.Seed = None,
    preset: options.Preset = None,
    settings: options.Settings = None,
    negative: options.Negative = None,
    guidance: options.Guidance = None,
    steps: options.Steps = None,
    candidates: options.Candidates = None,
    given: Annotated[
        Path | None,
        Option("--given", metavar="FILE.safetensors", help="Views to keep some of; the rest is drawn anew."),
    ] = None,
    keep: Annotated[
        str | None, Option(metavar="A,B", help="Which of --given: front, right, back, left, top, bottom.")
    ] = None,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Imagine only the six views.

    They are albedo, alpha, depth and normals from front, right, back, left, top and bottom, in one safetensors file.

    With --given and --keep some views of such a file stay, and the others are drawn to go with them.

    Example: gen4d views "a paper plane" -o views.safetensors
    """
    if (given is None) != (keep is None):
        from gen4d.errors import ConfigError

        raise ConfigError("views: --given FILE and --keep A,B belong together: which views of which file to keep.")
    if given is not None:
        existing_file(given, "a views file")
    is_photo = is_photo_path(subject)
    if is_photo:
        existing_file(Path(subject), "a photo, or a prompt in words")
    cfg = resolve_settings(preset, settings, seed=seed, guidance=guidance, steps=steps, candidates=candidates)
    with running("views", cfg, threads=threads, quiet=quiet, as_json=as_json) as run:
        from gen4d import pipeline
        from gen4d.export.names import slug
        from gen4d.prior.imagine import complete_views
        from gen4d.report import stage
        from gen4d.results import views_destination, writing
        from gen4d.structures.store import load_views, save

        words_only = None if is_photo else read_words(subject, negative)
        name = slug(Path(subject).stem if words_only is None else words_only.text)
        with views_destination(output, name) as destination:
            prompt = words_only or read_photo(Path(subject), mask, words, negative, run)
            old = None if given is None else load_views(given)
            prior = pipeline.load_prior(cfg, run.ctx)
            if old is None or keep is None:
                imagined = pipeline.imagine(prompt, prior, cfg, run.ctx)
            else:
                names = [name.strip() for name in keep.split(",")]
                with stage("views", run.ctx):
                    imagined = complete_views(old, names, prompt, prior, cfg.views, run.ctx)
            with writing(destination.files["views"]):
                save(imagined, destination.staged("views"))
            run.screen.result({"command": "views", "seed": cfg.seed}, destination.publish(), run.ctx.warnings)


def is_photo_path(subject: str) -> bool:
    """Whether an argument means a picture rather than words: a file is there, or it ends like a picture's name."""
    try:
        return Path(subject).suffix.lower() in PHOTO_ENDINGS or Path(subject).is_file()
    except (OSError, ValueError):  # a prompt too long, or with a character, that no file name can have
        return False
