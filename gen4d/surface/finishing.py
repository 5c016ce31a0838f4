"""The stage: a raw surface -> a clean, unwrapped, textured mesh."""

import logging
from dataclasses import replace

from gen4d.context import Context
from gen4d.structures import Material, Mesh, MultiView, vertex_normals
from gen4d.surface.bake import bake
from gen4d.surface.clean import remove_loose_pieces, smooth
from gen4d.surface.config import SurfaceConfig
from gen4d.surface.simplify import simplify
from gen4d.surface.unwrap import unwrap

logger = logging.getLogger(__name__)


def finish(mesh: Mesh, views: MultiView, cfg: SurfaceConfig, ctx: Context) -> tuple[Mesh, Material]:
    """Clean, simplify, unwrap and colour a raw surface.

    Args:
        mesh: closed, in the frame of the views.
        views: the canonical views whose albedo becomes the texture.

    Returns:
        mesh: with normals, uv and welded ids; at most `cfg.faces` triangles.
        material: with the base colour; no light is baked, for the views carry none.
    """
    mesh = smooth(remove_loose_pieces(mesh, cfg.floater_share), cfg.smoothing)
    mesh = simplify(mesh, cfg.faces)
    ctx.progress("surface", 0.3)
    mesh = unwrap(replace(mesh, normals=vertex_normals(mesh)), cfg.texture_size)
    ctx.progress("surface", 0.6)
    baked = bake(mesh, views, cfg.texture_size)
    ctx.note("surface.faces", len(mesh.faces))
    ctx.note("surface.unseen_texels", baked.unseen)
    ctx.progress("surface", 1.0)
    logger.info("surface: %d faces, %.1f %% of the texels unseen", len(mesh.faces), 100 * baked.unseen)
    return mesh, Material(baked.image)
