"""A folder of pictures with true mattes -> how well the cut-out finds their subjects, and whether it knows."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from gen4d.errors import InputError
from gen4d.evaluate.photos import MASK_ENDING, boundary_f, pictures_of
from gen4d.likeness import overlap
from gen4d.photo.color import resize
from gen4d.photo.config import PhotoConfig
from gen4d.photo.load import read_photo
from gen4d.photo.matte import find_matte

WRONG_IOU = 0.8  # below it a part of the subject is lost or something else is taken with it
GOOD_IOU = 0.9
TILE = 160  # px of a picture on the sheet
MATTE_HEADER = f"{'picture':36} {'matte':8} {'sure':>5} {'IoU':>6} {'F':>6} {'s':>6}"


@dataclass(frozen=True)
class MatteResult:
    """What was cut out of one picture.

    Fields:
        name: file name; its part before the first "_" is the kind of picture.
        method: of the matte, or `refused`.
        confidence: of the matte.
        iou, boundary: against the true matte; 0 where refused.
        seconds: to find it.
        tiles: (2 * T, T, 3) float32: the picture, and what was cut out of it on pink.
    """

    name: str
    method: str
    confidence: float
    iou: float
    boundary: float
    seconds: float
    tiles: torch.Tensor


def evaluate_mattes(folder: Path, cfg: PhotoConfig) -> Iterator[MatteResult]:
    """Cut the subject out of every picture that has a true matte beside it, NAME_mask.png.

    Raises:
        InputError: the folder holds no such picture.
    """
    known = [path for path in pictures_of(folder) if path.with_name(path.stem + MASK_ENDING + ".png").is_file()]
    if not known:
        raise InputError(f"{folder}: no picture has its true matte NAME{MASK_ENDING}.png beside it.")
    for path in known:
        yield _evaluate(path, cfg)


def _evaluate(path: Path, cfg: PhotoConfig) -> MatteResult:
    photo = read_photo(path, cfg.photo_size)
    mask = read_photo(path.with_name(path.stem + MASK_ENDING + ".png"), cfg.photo_size, "mask")
    true = resize(mask[..., :1], *photo.shape[:2])[..., 0]
    started = time.perf_counter()
    try:
        found = find_matte(photo, None, cfg)
    except InputError:
        seconds = time.perf_counter() - started
        return MatteResult(path.name, "refused", 0.0, 0.0, 0.0, seconds, _tiles(photo, torch.zeros_like(true)))
    seconds = time.perf_counter() - started
    edge = boundary_f(found.alpha.numpy() > 0.5, true.numpy() > 0.5)
    score = overlap(found.alpha, true)
    return MatteResult(path.name, found.method, found.confidence, score, edge, seconds, _tiles(photo, found.alpha))


def _tiles(photo: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
    tiles = torch.ones(2, TILE, TILE, 3)
    scale = TILE / max(alpha.shape)
    height, width = (max(1, round(side * scale)) for side in alpha.shape)
    pink = torch.tensor([1.0, 0.2, 0.9])
    matte = alpha[..., None]
    for tile, picture in zip(tiles, (photo[..., :3], photo[..., :3] * matte + pink * (1 - matte)), strict=True):
        tile[:height, :width] = resize(picture, height, width).clamp(0, 1)
    return torch.cat([tiles[0], tiles[1]])


def matte_row(result: MatteResult) -> str:
    """One line of the table."""
    return (
        f"{result.name[:36]:36} {result.method:8} {result.confidence:5.2f} {result.iou:6.3f} {result.boundary:6.3f} "
        f"{result.seconds:6.2f}"
    )


def matte_summary(results: list[MatteResult], warned_below: float) -> list[dict[str, float | str]]:
    """Figures by kind of picture, and of all.

    Args:
        warned_below: confidence under which a matte is warned about.

    Returns:
        rows: kind, pictures, mean and median IoU, mean boundary F, shares of good and of wrong mattes, how many are
            wrong without a warning, how many right ones are warned about, and seconds.
    """
    kinds = sorted({result.name.split("_")[0] for result in results})
    rows: list[dict[str, float | str]] = []
    for kind in [*kinds, "all"]:
        own = [r for r in results if kind in (r.name.split("_")[0], "all")]
        iou, sure = np.array([r.iou for r in own]), np.array([r.confidence >= warned_below for r in own])
        rows.append(
            {
                "kind": kind,
                "pictures": len(own),
                "iou_mean": float(iou.mean()),
                "iou_median": float(np.median(iou)),
                "boundary_mean": float(np.mean([r.boundary for r in own])),
                "good": float((iou >= GOOD_IOU).mean()),
                "wrong": float((iou < WRONG_IOU).mean()),
                "wrong_unwarned": int(((iou < WRONG_IOU) & sure).sum()),
                "right_warned": int(((iou >= WRONG_IOU) & ~sure).sum()),
                "seconds_mean": float(np.mean([r.seconds for r in own])),
            }
        )
    return rows


def matte_table(rows: list[dict[str, float | str]]) -> str:
    """The summary, one kind a line."""
    names = list(rows[0])
    lines = ["  ".join(f"{name:>10}" if name != "kind" else f"{name:12}" for name in names)]
    for row in rows:
        cells = [
            f"{v:12}" if isinstance(v, str) else f"{v:>{max(10, len(k))}.{0 if isinstance(v, int) else 3}f}"
            for k, v in row.items()
        ]
        lines.append("  ".join(cells))
    return "\n".join(lines)


def matte_sheet(results: list[MatteResult], columns: int = 12) -> torch.Tensor:
    """All pictures (H, W, 3) with what was cut out below each, the worst first."""
    tiles = [r.tiles for r in sorted(results, key=lambda r: r.iou)]
    tiles += [torch.ones_like(tiles[0])] * (-len(tiles) % columns)
    return torch.cat([torch.cat(tiles[i : i + columns], 1) for i in range(0, len(tiles), columns)])
