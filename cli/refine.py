"""`gen4d refine`: an asset, pulled towards what a prior expects of words."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from . import options
from .running import Run, existing_file, read_words, resolve_settings, running

if TYPE_CHECKING:
    from gen4d.results import Destination
    from gen4d.structures import Asset, MultiView, Prompt

GuidanceName = Annotated[str | None, Option("--guidance", metavar="NAME", help="redraw, sds, recon, vsd, ism or csd.")]


def refine(
    file: Annotated[Path, Argument(metavar="ASSET.glb", help="An asset with one texture.")],
    prompt: Annotated[str, Option("--prompt", metavar="TEXT", help="What it should look like, in a few words.")],
    output: options.Output = None,
    prior: options.Prior = None,
    guidance: GuidanceName = None,
    steps: Annotated[int | None, Option(metavar="N", help="Steps, of each round if redrawing.")] = None,
    allow_pickle: options.AllowPickle = False,
    half: options.Half = False,
    low_memory: options.LowMemory = None,
    resume: Annotated[bool, Option("--resume", help="Go on where an interrupted run stopped; same result.")] = False,
    seed: options.Seed = None,
    negative: options.Negative = None,
    settings: options.Settings = None,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Refine an asset by a prior. A mesh that words made is made anew; any other mesh, rig and clips stay as they are.

    While it runs, a preview and the state lie beside the output; both are gone at the end.

    Example: gen4d refine chair.glb --prompt "a wooden chair" -o better.glb
    """
    existing_file(file, "a GLB")
    cfg = resolve_settings(
        None,
        settings,
        seed=seed,
        refine_prior=prior,
        refine_guidance=guidance,
        refine_steps=steps,
        allow_pickle=allow_pickle or None,
        half=half or None,
        low_memory=low_memory,
    )
    with running("refine", cfg, threads=threads, quiet=quiet, as_json=as_json) as run:
        from gen4d.export.names import slug
        from gen4d.refine import load_refinable
        from gen4d.results import asset_destination

        words = read_words(prompt, negative)
        name = slug(file.stem)
        with asset_destination(output, name) as destination:
            asset = load_refinable(file)
            deliver_refined(asset, words, name, destination, run, resume=resume)


def deliver_refined(
    asset: "Asset", words: "Prompt", name: str, destination: "Destination", run: Run, *, resume: bool = False
) -> None:
    """Refine an asset, with its state and a preview beside the output while it runs, and deliver it."""
    import torch

    from gen4d.refine import refine as refine_asset
    from gen4d.render.preview import save_png
    from gen4d.report import stage

    state, preview = (_beside(destination, ending) for ending in ("safetensors", "png"))

    def show(views: "MultiView") -> None:
        save_png(torch.cat(list(views.albedo), 1), preview)

    with stage("refine", run.ctx):
        refined = refine_asset(asset, words, run.cfg.refine, run.ctx, state=state, resume=resume, preview=show)
    run.deliver(refined.asset, name, destination)
    state.unlink(missing_ok=True)
    preview.unlink(missing_ok=True)


def check_resumable(destination: "Destination") -> None:
    """Refuse to resume what was not begun, before the long work that comes first.

    Raises:
        InputError: no state lies beside the output.
    """
    from gen4d.errors import InputError

    state = _beside(destination, "safetensors")
    if not state.exists():
        raise InputError(f"{state}: there is no state to resume from; run without --resume.")


def _beside(destination: "Destination", ending: str) -> Path:
    """Where refining keeps its state or preview while it runs."""
    place = destination.folder or destination.files["asset"].with_suffix("")
    return place.with_name(f"{place.name}.refine.{ending}")
