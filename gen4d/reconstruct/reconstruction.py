"""The stage: six views -> a closed surface."""

import logging

import torch

from gen4d.context import Context
from gen4d.reconstruct.agreement import agree
from gen4d.reconstruct.config import ReconstructConfig
from gen4d.reconstruct.extract import extract
from gen4d.reconstruct.fusion import fuse
from gen4d.reconstruct.heights import height_views
from gen4d.reconstruct.symmetry import mirror_likeness, symmetrised
from gen4d.structures import Mesh, MultiView

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
    heights = height_views(views)
    if _is_symmetric(views, noisy=any(view.noise for view in heights), cfg=cfg):
        heights = height_views(symmetrised(views))
        ctx.note("reconstruct.symmetric", 1)
    consensus = agree(heights, cfg)
    ctx.note("reconstruct.overruled_pixels", consensus.overruled)
    ctx.note("reconstruct.depth_bias", consensus.risen)
    mesh = extract(fuse(consensus, cfg.resolution))
    logger.info("reconstruct: %d faces, %.2f %% of pixels overruled", len(mesh.faces), 100 * consensus.overruled)
    return mesh


def _is_symmetric(views: MultiView, *, noisy: bool, cfg: ReconstructConfig) -> bool:
    if cfg.symmetry == "auto":
        return mirror_likeness(views).symmetric(noisy=noisy)
    return cfg.symmetry == "on"
