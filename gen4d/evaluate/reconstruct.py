"""The gates of reconstruction: six views of validation objects -> the exported GLB, against the true meshes."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np
import torch

from gen4d.config import RunConfig
from gen4d.context import Context
from gen4d.data.objects import SourceObject
from gen4d.data.rendering import object_colors, render_object
from gen4d.errors import Gen4dError
from gen4d.evaluate.reconstruct_baseline import carved
from gen4d.evaluate.reconstruct_metrics import (
    ShapeErrors,
    Soundness,
    Surface,
    on_white,
    outer_surface,
    picture_errors,
    shape_errors,
    soundness,
    unseen_cameras,
)
from gen4d.export.glb import write_glb
from gen4d.export.read import read_asset
from gen4d.reconstruct.reconstruction import reconstruct
from gen4d.render.rasterizer import rasterize
from gen4d.render.views import surface_colors
from gen4d.report import peak_memory
from gen4d.streams import Streams
from gen4d.structures import Asset, Material, Mesh, MultiView
from gen4d.surface.finishing import finish

GEN4D, RAW, YARDSTICK = "gen4d", "before the finish", "yardstick: carved grid"
ViewsOf = Callable[[SourceObject, MultiView], MultiView]


@dataclass(frozen=True)
class ReconstructScore:
    """One way of making a mesh, on one object.

    Fields:
        psnr, ssim: of eight unseen perspective pictures, unlit, before white.
        seconds: of processor time, by part.
        memory: bytes, the process's peak so far.
        failure: the error's sentence; then all errors are None.
    """

    way: str
    object_id: str
    shape: ShapeErrors | None = None
    sound: Soundness | None = None
    psnr: float = 0.0
    ssim: float = 0.0
    faces: int = 0
    seconds: dict[str, float] | None = None
    memory: int = 0
    failure: str = ""


@dataclass(frozen=True)
class Truth:
    """A true object: its mesh, surface, unseen pictures, and the views to rebuild it from."""

    surface: Surface
    pictures: torch.Tensor
    views: MultiView


def evaluate_reconstruct(
    objects: Iterator[SourceObject], cfg: RunConfig, views_of: ViewsOf | None = None
) -> Iterator[ReconstructScore]:
    """Score our reconstruction, its surface before the finish, and the yardstick on canonical objects.

    Args:
        views_of: makes the views to rebuild an object from, given its true ones; None for the true ones themselves.
    """
    for obj in objects:
        true = truth(obj, views_of)
        for way, make in ((GEN4D, _made), (YARDSTICK, _yardstick)):
            try:
                yield from make(obj.id, true, cfg)
            except Gen4dError as error:
                yield ReconstructScore(way, obj.id, failure=str(error))


def truth(obj: SourceObject, views_of: ViewsOf | None = None) -> Truth:
    """Everything that is measured against, of one canonical object."""
    cameras = unseen_cameras()
    mesh = Mesh(torch.from_numpy(obj.vertices).float(), torch.from_numpy(obj.faces).contiguous())
    raster = rasterize(mesh.vertices, mesh.faces, cameras)
    pictures = on_white(object_colors(obj, raster), raster.face_index >= 0)
    views = render_object(obj)
    return Truth(outer_surface(obj.vertices, obj.faces), pictures, views_of(obj, views) if views_of else views)


def _made(object_id: str, true: Truth, cfg: RunConfig) -> Iterator[ReconstructScore]:
    ctx = Context(Streams(cfg.seed))
    start = process_time()
    raw = reconstruct(true.views, None, cfg.reconstruct, ctx)
    fused = process_time()
    mesh, material = finish(raw, true.views, cfg.surface, ctx)
    finished = process_time()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "asset.glb"
        write_glb(Asset("asset", mesh, material), path)
        written = process_time()
        asset = read_asset(path)
    parts = {
        name: float(ctx.facts[f"surface.{name}_processor_seconds"]) for name in ("fit", "simplify", "unwrap", "bake")
    }
    seconds = {"reconstruct": fused - start, "surface": finished - fused, **parts, "export": written - finished}
    yield _score(GEN4D, object_id, asset.mesh, asset.material, true, seconds)
    yield _score(RAW, object_id, raw, None, true, {"reconstruct": fused - start})


def _yardstick(object_id: str, true: Truth, cfg: RunConfig) -> Iterator[ReconstructScore]:
    del cfg
    start = process_time()
    mesh = carved(true.views)
    yield _score(YARDSTICK, object_id, mesh, None, true, {"reconstruct": process_time() - start})


def _score(
    way: str, object_id: str, mesh: Mesh, material: Material | None, true: Truth, seconds: dict[str, float]
) -> ReconstructScore:
    surface = outer_surface(mesh.vertices.numpy(), mesh.faces.numpy())
    raster = rasterize(mesh.vertices, mesh.faces, unseen_cameras())
    psnr, ssim = picture_errors(on_white(surface_colors(mesh, material, raster), raster.face_index >= 0), true.pictures)
    size = 1024 if material is None else material.base_color.shape[0]
    return ReconstructScore(
        way,
        object_id,
        shape_errors(surface, true.surface),
        soundness(mesh, surface, size),
        psnr,
        ssim,
        len(mesh.faces),
        seconds,
        peak_memory(),
    )


def score_row(score: ReconstructScore) -> str:
    """One line about one object."""
    if score.shape is None or score.sound is None:
        return f"{score.object_id}: {score.failure}"
    shape, seconds = score.shape, score.seconds or {}
    return (
        f"{score.object_id}: F@0.01 {shape.f1:.3f}, F@0.02 {shape.f2:.3f}, normals {shape.normals:.3f}, "
        f"PSNR {score.psnr:.1f} dB, SSIM {score.ssim:.3f}, IoU {shape.volume_iou:.3f}, {score.faces} faces, "
        f"{'closed' if score.sound.manifold else 'NOT CLOSED'}, {sum(_stages(seconds).values()):.1f} s"
    )


def score_table(scores: list[ReconstructScore]) -> str:
    """Means by way as a Markdown table, then the spread and the seconds of ours."""
    rows = ["| from six views | objects | failed | Chamfer | F@0.01 | F@0.02 | F@0.05 | worst tenth F@0.01 | normals |"
            " volume IoU | PSNR | SSIM | watertight | manifold | faces |", "|---" * 15 + "|"]  # fmt: skip
    for way in dict.fromkeys(score.way for score in scores):
        own = [score for score in scores if score.way == way]
        good = [s for s in own if s.shape is not None and s.sound is not None]
        if not good:
            rows.append(f"| {way} | {len(own)} | {len(own)} |" + " |" * 12)
            continue
        shapes = [asdict(s.shape) for s in good if s.shape is not None]
        mean = {name: float(np.mean([shape[name] for shape in shapes])) for name in shapes[0]}
        worst = float(np.quantile([shape["f1"] for shape in shapes], 0.1))
        sounds = [s.sound for s in good if s.sound is not None]
        pictures = "| |" if way == RAW else f"| {np.mean([s.psnr for s in good]):.1f} dB | {_mean(good, 'ssim'):.3f} |"
        rows.append(
            f"| {way} | {len(own)} | {len(own) - len(good)} | {mean['chamfer']:.4f} | {mean['f1']:.3f} |"
            f" {mean['f2']:.3f} | {mean['f5']:.3f} | {worst:.3f} | {mean['normals']:.3f} | {mean['volume_iou']:.3f} "
            f"{pictures} {100 * np.mean([s.watertight for s in sounds]):.0f} % |"
            f" {100 * np.mean([s.manifold for s in sounds]):.0f} % | {_mean(good, 'faces'):.0f} |"
        )
    return "\n".join([*rows, *_notes([s for s in scores if s.way == GEN4D and s.sound is not None])])


def _notes(scores: list[ReconstructScore]) -> list[str]:
    if not scores:
        return []
    parts = list(dict.fromkeys(name for s in scores for name in s.seconds or {}))
    times = {name: [(s.seconds or {}).get(name, 0.0) for s in scores] for name in parts}
    totals = [sum(_stages(s.seconds or {}).values()) for s in scores]
    sounds = [s.sound for s in scores if s.sound is not None]
    return [
        "",
        "processor seconds: " + ", ".join(f"{name} {np.mean(values):.2f}" for name, values in times.items())
        + f"; in all {np.mean(totals):.2f}, at most {max(totals):.2f}; "
        f"peak memory {max(s.memory for s in scores) / 1e6:.0f} MB",
        f"faces seen from behind {100 * np.mean([s.back_facing for s in sounds]):.3f} % of the pixels, "
        f"overlapping texels {100 * np.mean([s.uv_overlap for s in sounds]):.3f} %",
    ]  # fmt: skip


def _stages(seconds: dict[str, float]) -> dict[str, float]:
    """The parts that add up: those of the surface are part of it."""
    return {name: seconds[name] for name in ("reconstruct", "surface", "export") if name in seconds}


def _mean(scores: list[ReconstructScore], name: str) -> float:
    return float(np.mean([getattr(score, name) for score in scores]))
