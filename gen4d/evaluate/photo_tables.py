"""What `gen4d eval photo` prints and draws."""

import numpy as np
import torch

from gen4d.evaluate.photos import PhotoResult

PHOTO_HEADER = (
    f"{'picture':32} {'way':7} {'IoU':>6} {'PSNR':>6} {'matte':8} {'sure':>5} {'m.IoU':>6} {'m.F':>6} {'s':>6}"
)
GOOD_IOU, GOOD_PSNR = 0.92, 22.0  # the likeness promised for every accepted photo
SHEET_COLUMNS = 3


def photo_row(result: PhotoResult) -> str:
    """One line of the table."""
    if result.refused:
        return f"{result.name[:32]:32} refused: {result.refused}"
    known = [f"{value:6.3f}" if value is not None else f"{'':6}" for value in (result.matte_iou, result.boundary)]
    fault = f"  {result.faults} faults" if result.faults else ""
    return (
        f"{result.name[:32]:32} {result.way:7} {result.iou:6.3f} {result.psnr:6.1f} {result.matte:8} "
        f"{result.matte_confidence:5.2f} {known[0]} {known[1]} {result.seconds:6.1f}{fault}"
    )


def photo_summary(results: list[PhotoResult]) -> dict[str, float]:
    """The figures of a whole folder; shares in [0, 1], NaN where nothing was measured."""
    made = [r for r in results if not r.refused]
    mattes = [r for r in made if r.matte_iou is not None]
    return {
        "pictures": len(results),
        "valid": float(np.mean([r.valid for r in results])),
        "refused": float(np.mean([bool(r.refused) for r in results])),
        "puppets": _mean([r.way == "puppet" for r in made]),
        "iou_median": _median([r.iou for r in made]),
        "iou_worst": min((r.iou for r in made), default=float("nan")),
        "iou_good": _mean([r.iou >= GOOD_IOU for r in made]),
        "psnr_median": _median([r.psnr for r in made]),
        "psnr_worst": min((r.psnr for r in made), default=float("nan")),
        "psnr_good": _mean([r.psnr >= GOOD_PSNR for r in made]),
        "matte_iou_mean": _mean([r.matte_iou for r in mattes if r.matte_iou is not None]),
        "matte_iou_median": _median([r.matte_iou for r in mattes if r.matte_iou is not None]),
        "boundary_mean": _mean([r.boundary for r in mattes if r.boundary is not None]),
        "seconds_median": _median([r.seconds for r in made]),
    }


def summary_lines(results: list[PhotoResult]) -> str:
    """The summary, one figure a line."""
    return "\n".join(f"{name:18} {value:.3f}" for name, value in photo_summary(results).items())


def contact_sheet(results: list[PhotoResult]) -> torch.Tensor:
    """All tiles (H, W, 3), several pictures a row: photo, subject, asset from the photo's side, and turned by 55."""
    tiles = [result.tiles for result in results]
    tiles += [torch.ones_like(tiles[0])] * (-len(tiles) % SHEET_COLUMNS)
    rows = [torch.cat(tiles[i : i + SHEET_COLUMNS], 1) for i in range(0, len(tiles), SHEET_COLUMNS)]
    return torch.cat(rows, 0)


def _mean(values: list[bool] | list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def _median(values: list[float]) -> float:
    return float(np.median(values)) if values else float("nan")
