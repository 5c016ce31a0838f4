"""A folder of pictures -> how valid, how like, how well cut out what `gen4d image-to-3d` makes of them is.

Everything is measured on the exported GLB, read back, from the photo's camera that the file's extras name.
"""

import math
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from scipy import ndimage

from gen4d import pipeline
from gen4d.config import RunConfig
from gen4d.context import Context
from gen4d.errors import InputError
from gen4d.export.glb import write_glb
from gen4d.export.read import load_asset
from gen4d.export.validate import check_glb
from gen4d.likeness import measure_likeness, overlap
from gen4d.photo.color import resize
from gen4d.photo.load import read_photo
from gen4d.photo.matte import find_matte
from gen4d.prior.embedded import Prior
from gen4d.streams import Streams
from gen4d.viewpoint import Viewpoint, distance_of

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
MASK_ENDING = "_mask"
BOUNDARY_TOLERANCE = 0.0075  # of the picture's diagonal, as in the DAVIS benchmark
TILE = 192  # px of a picture on the sheet


@dataclass(frozen=True)
class PhotoResult:
    """What became of one picture.

    Fields:
        name: file name.
        refused: the sentence it was refused with, or "".
        way: `views` or `puppet`, or "".
        faults: errors that the file's check found; 0 for a valid one.
        iou, psnr: likeness from the photo's camera; 0 where refused.
        matte, matte_confidence: method and certainty of the matte.
        matte_iou, boundary: against the true matte; None where it is not known.
        seconds: from the photo's file to the GLB.
        tiles: (T, 4 * T, 3) float32: photo, subject, asset from the photo's camera, asset from its other side.
    """

    name: str
    refused: str
    way: str
    faults: int
    iou: float
    psnr: float
    matte: str
    matte_confidence: float
    matte_iou: float | None
    boundary: float | None
    seconds: float
    tiles: torch.Tensor

    @property
    def valid(self) -> bool:
        """Whether it ended in a file without faults."""
        return not self.refused and not self.faults


def pictures_of(folder: Path) -> list[Path]:
    """The pictures of a folder, without the mattes beside them.

    Raises:
        InputError: it is no folder, or holds none.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: this is no folder; give one that holds pictures.")
    found = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in PICTURES]
    found = [path for path in found if not path.stem.endswith(MASK_ENDING)]
    if not found:
        raise InputError(f"{folder}: it holds no pictures; PNG, JPEG and WebP files are looked for.")
    return found


def evaluate_photo(path: Path, cfg: RunConfig, prior: Prior | None) -> PhotoResult:
    """Make an asset of one picture and measure it."""
    ctx = Context(Streams(cfg.seed))
    started = time.perf_counter()
    try:
        prompt = pipeline.photo_prompt(path, cfg, ctx)
        asset = pipeline.build_from_photo(prompt, prior, cfg, ctx)
    except InputError as error:
        return _refusal(path, str(error), time.perf_counter() - started, cfg)
    assert prompt.photo is not None
    with TemporaryDirectory() as place:
        file = Path(place) / "asset.glb"
        write_glb(asset, file, cfg.export)
        seconds = time.perf_counter() - started
        read, _ = load_asset(file)
        faults = sum(finding.severity == "error" for finding in check_glb(file))
    azimuth, elevation, fov = (float(asset.provenance[f"photo_{k}_deg"]) for k in ("azimuth", "elevation", "fov"))
    viewpoint = Viewpoint(math.radians(azimuth), math.radians(elevation), distance_of(fov))
    seen = measure_likeness(read.mesh, read.material, prompt.photo, viewpoint)
    other_side = Viewpoint(viewpoint.azimuth + math.radians(55), math.radians(15))
    beside = measure_likeness(read.mesh, read.material, prompt.photo, other_side)
    iou, boundary = _matte_scores(path, cfg)
    tiles = [_on_white(resize(p, TILE, TILE)) for p in (prompt.photo, seen.picture, beside.picture)]
    return PhotoResult(
        name=path.name,
        refused="",
        way=str(asset.provenance["photo_way"]),
        faults=faults,
        iou=seen.iou,
        psnr=seen.psnr,
        matte=str(ctx.facts["photo.matte"]),
        matte_confidence=float(ctx.facts["photo.matte_confidence"]),
        matte_iou=iou,
        boundary=boundary,
        seconds=seconds,
        tiles=torch.cat([_thumbnail(path, cfg), *tiles], 1),
    )


def boundary_f(found: np.ndarray, true: np.ndarray) -> float:
    """F-measure of the outlines of two masks, (H, W) bool, within `BOUNDARY_TOLERANCE`.

    Source: Perazzi et al., A Benchmark Dataset and Evaluation Methodology for Video Object Segmentation, CVPR 2016.
    """
    edges = [mask & ~ndimage.binary_erosion(mask, border_value=1) for mask in (found, true)]
    if not edges[0].any() or not edges[1].any():
        return float(not edges[0].any() and not edges[1].any())
    reach = max(1.0, BOUNDARY_TOLERANCE * math.hypot(*true.shape))
    distances = [ndimage.distance_transform_edt(~edge) for edge in edges]
    precision = float((distances[1][edges[0]] <= reach).mean())
    recall = float((distances[0][edges[1]] <= reach).mean())
    return 2 * precision * recall / max(precision + recall, 1e-9)


def _matte_scores(path: Path, cfg: RunConfig) -> tuple[float | None, float | None]:
    """IoU and boundary F of the matte found, where the true one lies beside the picture."""
    mask = path.with_name(path.stem + MASK_ENDING + ".png")
    if not mask.is_file():
        return None, None
    photo = read_photo(path, cfg.photo.photo_size)
    found = find_matte(photo, None, cfg.photo).alpha
    true = resize(read_photo(mask, cfg.photo.photo_size, "mask")[..., :1], *found.shape)[..., 0]
    return overlap(found, true), boundary_f(found.numpy() > 0.5, true.numpy() > 0.5)


def _refusal(path: Path, sentence: str, seconds: float, cfg: RunConfig) -> PhotoResult:
    try:
        tile = _thumbnail(path, cfg)
    except InputError:
        tile = torch.ones(TILE, TILE, 3)
    tiles = torch.cat([tile, torch.full((TILE, 3 * TILE, 3), 0.9)], 1)
    return PhotoResult(path.name, sentence, "", 0, 0.0, 0.0, "", 0.0, None, None, seconds, tiles)


def _thumbnail(path: Path, cfg: RunConfig) -> torch.Tensor:
    """A picture inside a white square of `TILE` pixels."""
    photo = read_photo(path, cfg.photo.photo_size)
    scale = TILE / max(photo.shape[:2])
    small = resize(photo, *(max(1, round(side * scale)) for side in photo.shape[:2]))
    tile = torch.ones(TILE, TILE, 3)
    top, left = ((TILE - side) // 2 for side in small.shape[:2])
    tile[top : top + small.shape[0], left : left + small.shape[1]] = _on_white(small)
    return tile


def _on_white(picture: torch.Tensor) -> torch.Tensor:
    return (picture[..., :3] * picture[..., 3:] + 1 - picture[..., 3:]).clamp(0, 1)
