"""The stage: six views -> a closed surface."""

import logging

import torch

from gen4d.context import Context
from gen4d.conventions import VIEW_NAMES
from gen4d.errors import InputError
from gen4d.reconstruct.agreement import agree
from gen4d.reconstruct.config import ReconstructConfig
from gen4d.reconstruct.extract import extract
from gen4d.reconstruct.fusion import DistanceGrid, fuse
from gen4d.reconstruct.heights import HeightView, height_views
from gen4d.reconstruct.symmetry import mirror_likeness, symmetrised
from gen4d.structures import Mesh, MultiView

MANY_OVERRULED = 0.15  # of the pixels; true views stay below 0.05

logger = logging.getLogger(__name__)


def reconstruct(views: MultiView, photo: torch.Tensor | None, cfg: ReconstructConfig, ctx: Context) -> Mesh:
    """Fuse six canonical views into one closed mesh.

    Args:
        views: the six canonical views.
        photo: (H, W, 4) float32; not used yet, the views already carry what the prior took from it.

    Returns:
        mesh: dense, closed, in the canonical cube; `surface.finish` makes an asset of it.

    Raises:
        InputError: the views are not the canonical six, or hold no subject.
    """
    del photo
    mesh = extract(fuse_views(views, cfg, ctx))
    logger.info("reconstruct: %d faces", len(mesh.faces))
    return mesh


def fuse_views(views: MultiView, cfg: ReconstructConfig, ctx: Context) -> DistanceGrid:
    """What six canonical views agree on, as signed distances; `extract` makes a mesh of them.

    Raises:
        InputError: the views are not the canonical six, or hold no subject.
    """
    heights = height_views(views)
    _tell_of_empty_views(heights, ctx)
    if _is_symmetric(views, noisy=any(view.noise for view in heights), cfg=cfg):
        heights = height_views(symmetrised(views))
        ctx.note("reconstruct.symmetric", 1)
    consensus = agree(heights, cfg)
    ctx.note("reconstruct.overruled_pixels", consensus.overruled)
    ctx.note("reconstruct.depth_bias", consensus.risen)
    ctx.note("reconstruct.disagreement_pixels", round(consensus.disagreement, 2))
    if consensus.overruled > MANY_OVERRULED:
        ctx.warn(
            f"reconstruct: the views contradict each other in {100 * consensus.overruled:.0f} % of their pixels, and "
            "the shape follows the majority; another seed or prompt may agree better."
        )
    return fuse(consensus, cfg.resolution)


def _is_symmetric(views: MultiView, *, noisy: bool, cfg: ReconstructConfig) -> bool:
    if cfg.symmetry == "auto":
        return mirror_likeness(views).symmetric(noisy=noisy)
    return cfg.symmetry == "on"


def _tell_of_empty_views(heights: list[HeightView], ctx: Context) -> None:
    """Warn of views without a subject, and refuse two opposite ones: nothing else bounds the shape along their axis.

    Raises:
        InputError: both views along an axis are empty.
    """
    empty = [name for name, view in zip(VIEW_NAMES, heights, strict=True) if not view.subject.any()]
    for axis in range(3):
        pair = [name for name, view in zip(VIEW_NAMES, heights, strict=True) if view.axis == axis]
        if all(name in empty for name in pair):
            raise InputError(
                f"reconstruct: the {pair[0]} and the {pair[1]} view are both empty; at least one of the two must show "
                "the subject; try another seed."
            )
    if empty:
        ctx.warn(f"reconstruct: no subject in the {', '.join(empty)} view; the other views decide alone.")
