"""The gates of reconstruction: six views of validation objects -> the exported GLB, against the true meshes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import torch

from gen4d.config import RunConfig
from gen4d.context import Context
from gen4d.data.objects import SourceObject
from gen4d.data.rendering import object_colors, render_object
from gen4d.errors import Gen4dError
from gen4d.evaluate.reconstruct_baseline import carved
from gen4d.evaluate.reconstruct_ceiling import painted_truth, shown_surface
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
CEILING = "what the views show"
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

    mesh: Mesh
    surface: Surface
    pictures: torch.Tensor
    views: MultiView


def evaluate_reconstruct(
    objects: Iterator[SourceObject], cfg: RunConfig, views_of: ViewsOf | None = None, *, alone: bool = False
) -> Iterator[list[ReconstructScore]]:
    """Score our reconstruction, its surface before the finish, the yardstick, and what the views show, by object.

    Args:
        views_of: makes the views to rebuild an object from, given its true ones; None for the true ones themselves.
        alone: leave out all but our own finished assets, which takes a third of the time.
    """
    ways = ((GEN4D, _asset),) if alone else ((GEN4D, _made), (YARDSTICK, _yardstick), (CEILING, _ceiling))
    for obj in objects:
        true = truth(obj, views_of)
        scores: list[ReconstructScore] = []
        for way, make in ways:
            try:
                scores += make(obj.id, true, cfg)
            except Gen4dError as error:
                scores.append(ReconstructScore(way, obj.id, failure=str(error)))
        yield scores


def truth(obj: SourceObject, views_of: ViewsOf | None = None) -> Truth:
    """Everything that is measured against, of one canonical object."""
    cameras = unseen_cameras()
    mesh = Mesh(torch.from_numpy(obj.vertices).float(), torch.from_numpy(obj.faces).contiguous())
    raster = rasterize(mesh.vertices, mesh.faces, cameras)
    pictures = on_white(object_colors(obj, raster), raster.face_index >= 0)
    views = render_object(obj)
    given = views_of(obj, views) if views_of else views
    return Truth(mesh, outer_surface(obj.vertices, obj.faces), pictures, given)


def _asset(object_id: str, true: Truth, cfg: RunConfig) -> Iterator[ReconstructScore]:
    yield next(_made(object_id, true, cfg))


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


def _ceiling(object_id: str, true: Truth, cfg: RunConfig) -> Iterator[ReconstructScore]:
    del cfg
    psnr, ssim = picture_errors(painted_truth(true.mesh, true.views), true.pictures)
    shape = shape_errors(shown_surface(true.views), true.surface)
    yield ReconstructScore(CEILING, object_id, shape, psnr=psnr, ssim=ssim)


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
