"""The stage: a raw surface -> a clean, unwrapped, textured mesh."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from time import process_time

from gen4d.context import Context
from gen4d.structures import Material, Mesh, MultiView
from gen4d.surface.bake import bake
from gen4d.surface.clean import remove_loose_pieces
from gen4d.surface.config import SurfaceConfig
from gen4d.surface.creases import with_creases
from gen4d.surface.fit import fit
from gen4d.surface.normal_map import bake_normals
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
        material: with the base colour, and a normal map if asked for; no light is baked, for the views carry none.
    """
    with _part("fit", 0.3, ctx):
        mesh = fit(remove_loose_pieces(mesh, cfg.floater_share), views, cfg.smoothing)
    with _part("simplify", 0.4, ctx):
        dense, mesh = mesh, with_creases(simplify(mesh, cfg.faces))
    with _part("unwrap", 0.7, ctx):
        mesh = unwrap(mesh, cfg.texture_size)
    with _part("bake", 0.9, ctx):
        baked = bake(mesh, views, cfg.texture_size)
    with _part("normals", 1.0, ctx):
        normal_map = bake_normals(mesh, dense, cfg.texture_size) if cfg.normal_map else None
    ctx.note("surface.faces", len(mesh.faces))
    ctx.note("surface.unseen_texels", baked.unseen)
    logger.info("surface: %d faces, %.1f %% of the texels unseen", len(mesh.faces), 100 * baked.unseen)
    return mesh, Material(baked.image, normal_map=normal_map)


@contextmanager
def _part(name: str, fraction: float, ctx: Context) -> Iterator[None]:
    """Note one part's seconds of processor time, and tell how much of the stage is done after it."""
    start = process_time()
    yield
    ctx.note(f"surface.{name}_processor_seconds", round(process_time() - start, 3))
    ctx.progress("surface", fraction)
