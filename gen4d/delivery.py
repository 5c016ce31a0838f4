"""Asset -> the files a user gets: the GLB, pictures of it as it was written, and the report."""

import json
from dataclasses import dataclass
from pathlib import Path

from gen4d.config import RunConfig
from gen4d.context import Context
from gen4d.export.bones import is_humanoid
from gen4d.export.config import ExportConfig
from gen4d.export.glb import write_glb
from gen4d.export.profiles import profile_of
from gen4d.export.read import load_asset
from gen4d.lods import make_lods
from gen4d.moving_pictures import clip_film
from gen4d.page import page_of_run
from gen4d.render.preview import preview_sheet, save_gif, save_png
from gen4d.report import run_report, stage
from gen4d.results import Destination, writing
from gen4d.structures import Asset, Clip


@dataclass(frozen=True)
class Delivery:
    """What was made: role -> path, and the report."""

    files: dict[str, Path]
    report: dict[str, object]


def deliver(asset: Asset, destination: Destination, cfg: RunConfig, ctx: Context, *, command: str) -> Delivery:
    """Write an asset, look at it as an engine would, report, and publish all of it at once.

    The previews are rendered from the written file, read back: what they show is what an engine gets.

    Raises:
        OutputError: the place cannot be written; then nothing is left behind.
        ConfigError: the export settings contradict each other, or ask for VRM of what is no humanoid.
        MissingDependency: the package for a compression is not installed.
    """
    export = _export_settings(asset, cfg, ctx)
    with stage("export", ctx):
        written = _write_levels(asset, destination, export)
    if written < len(export.lods):
        ctx.warn(
            f"only {written} of {len(export.lods)} coarser copies were made; the next would have too few triangles."
        )
    with stage("preview", ctx):
        exported, _ = load_asset(destination.staged("asset"))
        with writing(destination.files["preview"]):
            save_png(preview_sheet(exported), destination.staged("preview"))
        if exported.clips:
            film = clip_film(exported, _shown_clip(exported.clips))
            with writing(destination.files["animation"]):
                save_gif(film.frames, destination.staged("animation"), film.fps)
    report = run_report(
        ctx,
        command=command,
        name=asset.name,
        vertices=len(asset.mesh.vertices),
        faces=len(asset.mesh.faces),
        plan=asset.skeleton.plan if asset.skeleton else None,
        bones=len(asset.skeleton) if asset.skeleton else 0,
        clips=[clip.name for clip in asset.clips],
        provenance=asset.provenance,
        config=cfg.model_dump(mode="json"),
    )
    if ctx.run_folder is not None:
        previews = {"from four sides": destination.staged("preview"), "moving": destination.staged("animation")}
        page = page_of_run(asset, report, ctx.warnings, ctx.run_folder, previews)
        with writing(destination.files["page"]):
            destination.staged("page").write_text(page, encoding="utf-8")
    with writing(destination.files["report"]):
        destination.staged("report").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return Delivery(destination.publish(), report)


def _export_settings(asset: Asset, cfg: RunConfig, ctx: Context) -> ExportConfig:
    """The export settings, after their contradictions are told and before anything is written."""
    export = cfg.export
    profile_of(export)
    if export.lods and export.lod_style == "msft" and asset.skeleton is not None:
        ctx.warn("Babylon.js cannot open MSFT_lod with a skeleton; for it, leave export.lod_style at files.")
    asked = export.naming not in ("auto", "vrm") or export.target in ("unreal", "unity", "godot")
    if asked and asset.skeleton is not None and not is_humanoid(asset.skeleton):
        ctx.warn(f"the bones keep our own names: naming systems know humanoids, and this is a {asset.skeleton.plan}.")
    return export


def _write_levels(asset: Asset, destination: Destination, export: ExportConfig) -> int:
    """The GLB, and its coarser copies beside it or within; returns how many of those there are."""
    levels = make_lods(asset, export.lods)
    inside = levels if export.lod_style == "msft" else []
    with writing(destination.files["asset"]):
        write_glb(asset, destination.staged("asset"), export, inside)
    for number, level in enumerate(levels if not inside else [], 1):
        with writing(destination.files[f"lod{number}"]):
            write_glb(level, destination.staged(f"lod{number}"), export)
    return len(levels)


def _shown_clip(clips: tuple[Clip, ...]) -> Clip:
    """The clip a preview shows: the first that travels; else the last, since the first is idling."""
    return next((clip for clip in clips if clip.speed > 0), clips[-1])
