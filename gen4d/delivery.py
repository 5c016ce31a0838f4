"""Asset -> the files a user gets: the GLB, pictures of it as it was written, and the report."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from gen4d.config import RunConfig
from gen4d.context import Context
from gen4d.export.glb import write_glb
from gen4d.export.read import read_asset
from gen4d.render.preview import preview_frames, preview_sheet
from gen4d.report import run_report, stage
from gen4d.results import Destination, writing
from gen4d.structures import Asset

GIF_FRAME_MS = 66  # preview_frames gives 15 frames a second


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
    """
    with stage("export", ctx), writing(destination.files["asset"]):
        write_glb(asset, destination.staged("asset"))
    with stage("preview", ctx):
        exported = read_asset(destination.staged("asset"))
        _save_picture(preview_sheet(exported), destination, "preview")
        if exported.clips:
            shown = max(exported.clips, key=lambda clip: clip.speed)  # a walk tells more than an idle
            _save_animation(preview_frames(exported, shown.name), destination, "animation")
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
    with writing(destination.files["report"]):
        destination.staged("report").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return Delivery(destination.publish(), report)


def _save_picture(pixels: torch.Tensor | np.ndarray, destination: Destination, role: str) -> None:
    with writing(destination.files[role]):
        Image.fromarray(_bytes(pixels)).save(destination.staged(role))


def _save_animation(frames: torch.Tensor | np.ndarray, destination: Destination, role: str) -> None:
    """A looping GIF; one palette for all frames, so that colours do not flicker."""
    pictures = [Image.fromarray(frame) for frame in _bytes(frames)]
    palette = pictures[0].quantize(colors=255)
    first, *rest = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    with writing(destination.files[role]):
        first.save(
            destination.staged(role), save_all=True, append_images=rest, duration=GIF_FRAME_MS, loop=0, disposal=1
        )


def _bytes(pixels: torch.Tensor | np.ndarray) -> np.ndarray:
    """sRGB in [0, 1] or already uint8 -> uint8."""
    array = pixels.numpy(force=True) if isinstance(pixels, torch.Tensor) else pixels
    return array if array.dtype == np.uint8 else (array.clip(0, 1) * 255 + 0.5).astype(np.uint8)
