"""Photos of validation objects -> how near the shapes made from them are to the true ones, beside the baselines.

The shards' own photos are framed by their true mattes, so that what is measured is the way from a framed subject on. A
shape is compared as its six views see it, in the canonical cube, facing where it was made to face: one that is turned
wrongly scores as badly as it would look.
"""

import math
import time
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from gen4d.config import RunConfig
from gen4d.context import Context
from gen4d.conventions import CUBE_HALF_EXTENT
from gen4d.data.archive import cut_out
from gen4d.data.shards import StoredObject, places
from gen4d.evaluate.held_out import held_out
from gen4d.evaluate.prior_baselines import TrainingPhotos, described_photos, extruded
from gen4d.from_photo import Pictured, surface_from_photo
from gen4d.photo_guess import PhotoGuess, guess_of
from gen4d.prior.autoencoder import maps_to_views
from gen4d.prior.embedded import Prior
from gen4d.prior.imagine import imagine_views
from gen4d.prior.train_autoencoder import to_maps
from gen4d.puppet.choice import LIMIT, f_score
from gen4d.render.views import render_views
from gen4d.streams import Streams
from gen4d.structures import Mesh, MultiView, Prompt

CELL = 0.01  # of the longest side: points are thinned to one a cell, so that no view counts twice
SOLID = 0.5


@dataclass(frozen=True)
class PhotoShape:
    """What became of one photo.

    Fields:
        object_id, caption: of the object.
        kind, way: what it was taken for (creature, thing, foreshortened), and the way that was taken (views, puppet).
        f_views, f_puppet: F-scores of the shapes both ways make, in [0, 1].
        f_retrieved: of the training object whose photo looks most like it.
        f_extruded: of the photo's outline extruded and turned as far as the photo was read to be.
        azimuth_read, azimuth_found: degrees from the true azimuth, of what was read and of the camera in the end.
        sureness: of the reading.
        elevation_read: degrees from the true elevation; elevation_true: degrees above the horizon.
        iou: of the outlines, as the views were imagined.
        seconds: that the way taken and the other one took together.
    """

    object_id: str
    caption: str
    kind: str
    way: str
    f_views: float
    f_puppet: float
    f_retrieved: float
    f_extruded: float
    azimuth_read: float
    azimuth_found: float
    sureness: float
    elevation_read: float
    elevation_true: float
    iou: float
    seconds: float

    @property
    def f_taken(self) -> float:
        """F-score of the way that was taken."""
        return self.f_views if self.way == "views" else self.f_puppet


def evaluate_photo_shapes(
    shards: Path, prior: Prior, cfg: RunConfig, *, limit: int, photo: int = 0, done: Container[str] = ()
) -> Iterator[PhotoShape]:
    """Make shapes from a photo of each of some validation objects, in an order that follows from their ids.

    Args:
        photo: which of an object's photos is given.
        done: ids of objects that need no score.

    Raises:
        InputError: there are no validation objects.
    """
    stored = places(shards)
    wanted = [place for place in held_out(shards, stored, "photo_shapes")[:limit] if place.record.id not in done]
    if not wanted:
        return
    trained = [place for place in stored if place.record.split != "validation"]
    known = TrainingPhotos(trained, described_photos(trained))
    for place in wanted:
        yield _evaluate(place.read(), prior, cfg, photo, known)


def _evaluate(stored: StoredObject, prior: Prior, cfg: RunConfig, photo: int, known: TrainingPhotos) -> PhotoShape:
    rows = slice(photo, photo + 1)
    picture = cut_out(stored.pictures[rows], stored.mattes[rows])[0]
    prompt = Prompt(photo=torch.from_numpy(picture.astype(np.float32) / 255))
    start = time.perf_counter()
    ctx = Context(Streams(cfg.seed))
    views = imagine_views(prompt, prior, cfg.views, ctx)
    guess = guess_of(prompt, prior, cfg, ctx)
    taken = surface_from_photo(prompt, views, guess, cfg, ctx)
    other = _made_by("puppet" if taken.way == "views" else "views", prompt, views, guess, cfg)
    seconds = time.perf_counter() - start
    made = {shape.way: shape for shape in (taken, other)}
    true_points = _points_of_maps(stored.maps)
    scores = {way: shape_score(shape.mesh, true_points) for way, shape in made.items()}
    true_azimuth, true_elevation = (float(angle) for angle in stored.cameras[photo][:2])
    return PhotoShape(
        object_id=stored.record.id,
        caption=stored.record.captions[0],
        kind=str(ctx.facts["photo.kind"]),
        way=taken.way,
        f_views=scores["views"],
        f_puppet=scores["puppet"],
        f_retrieved=f_score(_points_of_maps(known.maps(known.by_photo(picture))), true_points, LIMIT),
        f_extruded=f_score(turned_to_cube(view_points(extruded(picture)), guess.azimuth), true_points, LIMIT),
        azimuth_read=_degrees_apart(guess.azimuth, true_azimuth),
        azimuth_found=_degrees_apart(made["views"].likeness.viewpoint.azimuth, true_azimuth),
        sureness=guess.sureness,
        elevation_read=_degrees_apart(guess.elevation, true_elevation),
        elevation_true=math.degrees(true_elevation),
        iou=float(ctx.facts["photo.views_iou"]),
        seconds=seconds,
    )


def _made_by(way: str, prompt: Prompt, views: MultiView, guess: PhotoGuess, cfg: RunConfig) -> Pictured:
    photo = cfg.photo.model_copy(update={"way": way})
    given = views if way == "views" else None
    return surface_from_photo(prompt, given, guess, cfg.model_copy(update={"photo": photo}), Context(Streams(cfg.seed)))


def shape_score(mesh: Mesh, true_points: np.ndarray) -> float:
    """F-score of a mesh of any size and place against points (P, 3) of the true shape, within `LIMIT`."""
    low, high = mesh.bounds
    canonical = replace(mesh, vertices=(mesh.vertices - (low + high) / 2) / float((high - low).max()))
    return f_score(view_points(render_views(canonical, flat=True)), true_points, LIMIT)


def _points_of_maps(maps: np.ndarray) -> np.ndarray:
    """What packed true views (6, S, S, 8) uint8 see of a surface."""
    return view_points(maps_to_views(to_maps(maps)))


def turned_to_cube(points: np.ndarray, azimuth: float) -> np.ndarray:
    """Points (P, 3) that face a camera at an azimuth, turned to where their subject faces and fitted to the cube."""
    sine, cosine = math.sin(azimuth), math.cos(azimuth)
    turned = points @ np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]])
    low, high = turned.min(0), turned.max(0)
    return (turned - (low + high) / 2) / (high - low).max()


def view_points(views: MultiView) -> np.ndarray:
    """What six canonical views see of a surface, thinned; (P, 3) float64, metres in the canonical cube."""
    size, camera = views.alpha.shape[1], views.camera
    assert camera.half_extent is not None
    steps = ((torch.arange(size) + 0.5) / size * 2 - 1) * camera.half_extent
    found = []
    for alpha, depth, pose in zip(views.alpha[..., 0], views.depth[..., 0], camera.camera_to_world, strict=True):
        row, column = (alpha > SOLID).nonzero().unbind(1)
        place = torch.stack([steps[column], -steps[row], CUBE_HALF_EXTENT - depth[row, column]], 1)
        found.append(place @ pose[:3, :3].T)
    points = torch.cat(found).double().numpy()
    cells = np.floor((points + 1) / CELL).astype(np.int64) @ np.array([1, 1000, 1_000_000])
    _, first = np.unique(cells, return_index=True)
    return points[first]


def _degrees_apart(first: float, second: float) -> float:
    return abs(math.degrees(math.remainder(first - second, 2 * math.pi)))


def shape_table(results: list[PhotoShape]) -> str:
    """Means by kind as a Markdown table, and the azimuths below it."""
    rows = [
        "| photos of | objects | taken | views | puppet | nearest training photo | outline extruded |"
        " better of the two | by the views |"
    ]
    rows.append("|---" * 9 + "|")
    for kind in ("thing", "creature", "profile", "foreshortened", "all"):
        own = [r for r in results if kind in (r.kind, "all")]
        if own:
            best = np.mean([max(r.f_views, r.f_puppet) for r in own])
            names = ("f_taken", "f_views", "f_puppet", "f_retrieved", "f_extruded")
            means = [np.mean([getattr(r, name) for r in own]) for name in names]
            share = np.mean([r.way == "views" for r in own])
            scores = " | ".join(f"{mean:.3f}" for mean in means)
            rows.append(f"| {kind} | {len(own)} | {scores} | {best:.3f} | {share:.0%} |")
    for name, said in (("azimuth_read", "azimuth read"), ("azimuth_found", "azimuth of the camera found")):
        errors = np.array([getattr(r, name) for r in results])
        middle, near = np.median(errors), (errors <= 30).mean()
        rows.append(f"\n{said}: off by {middle:.1f} degrees in the median, {near:.0%} within 30")
    off = np.array([r.elevation_read for r in results])
    level = np.array([abs(r.elevation_true) for r in results])
    rows.append(
        f"\nelevation read: off by {np.median(off):.1f} degrees in the median, {(off <= 10).mean():.0%} within 10"
        f" (were all photos taken level: {np.median(level):.1f}, {(level <= 10).mean():.0%})"
    )
    rows.append(f"\nboth ways together: {np.median([r.seconds for r in results]):.1f} s in the median")
    return "\n".join(rows)
