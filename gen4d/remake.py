"""Six views that were drawn again -> the asset that shows them: a new mesh, or the old one with other colours."""

from dataclasses import replace

import numpy as np
import torch

from gen4d.context import Context
from gen4d.distill.canonical import framing_of
from gen4d.reconstruct.config import ReconstructConfig
from gen4d.reconstruct.reconstruction import reconstruct
from gen4d.render.views import render_views
from gen4d.structures import Asset, Mesh, MultiView, vertex_normals
from gen4d.surface.bake import bake
from gen4d.surface.config import SurfaceConfig
from gen4d.surface.fill import diffuse
from gen4d.surface.finishing import finish
from gen4d.surface.ground import stand_on_ground
from gen4d.surface.looks import with_looks
from gen4d.surface.projection import agreement, look_up, view_sources

MIN_WEIGHT = 1e-9  # a vertex with less was seen by no view
INSIDE = 0.95  # alpha from which on a pixel's colour is the surface's alone
MIN_FACES = 100  # what a finished mesh may have at least


def views_of(asset: Asset, resolution: int) -> MultiView:
    """The six canonical views of an asset at rest."""
    framed = replace(asset.mesh, vertices=framing_of(asset.mesh.vertices)(asset.mesh.vertices))
    return render_views(framed, asset.material, resolution=resolution)


def agreed(views: MultiView, ctx: Context) -> MultiView:
    """The six views of the one surface that is nearest to what all of them show."""
    mesh = reconstruct(views, None, ReconstructConfig(), ctx)
    return render_views(with_colors(mesh, views), resolution=views.alpha.shape[1])


def with_colors(mesh: Mesh, views: MultiView) -> Mesh:
    """A dense mesh with the views' colours at its vertices, and smooth normals."""
    normals = vertex_normals(mesh)
    total, weight = np.zeros((len(normals), 3), np.float32), np.zeros(len(normals), np.float32)
    for source in view_sources(mesh, views):
        colors, weights = look_up(source, mesh.vertices.numpy(), normals.numpy())
        weights = weights * agreement(source, mesh.vertices.numpy())
        total += colors * weights[:, None]
        weight += weights
    seen = weight > MIN_WEIGHT
    colors = total / np.maximum(weight, MIN_WEIGHT)[:, None]
    if seen.any() and not seen.all():
        colors = diffuse(mesh.faces.numpy(), colors, seen, fallback=colors[seen].mean(0))
    return replace(mesh, colors=torch.from_numpy(colors.clip(0, 1).astype(np.float32)), normals=normals)


def remade(asset: Asset, views: MultiView, words: str, ctx: Context) -> Asset:
    """An asset without a skeleton, made anew from views: as many faces and texels, and as high, as it was."""
    size = 2 ** int(np.log2(max(asset.material.base_color.shape[:2])))
    finish_as = SurfaceConfig(faces=max(len(asset.mesh.faces), MIN_FACES), texture_size=size)
    mesh, material = finish(reconstruct(views, None, ReconstructConfig(), ctx), views, finish_as, ctx)
    low, high = asset.mesh.bounds
    mesh = stand_on_ground(mesh, float(high[1] - low[1]))
    return replace(asset, mesh=mesh, material=with_looks(material, words)[0])


def recolored(asset: Asset, before: MultiView, after: MultiView) -> Asset:
    """The same mesh, its texture changed by the difference of two sets of its views; its own details stay.

    Args:
        before, after: the views as the autoencoder shows them, so that what it blurs is in both and cancels.
    """
    mesh = asset.mesh
    framed = replace(mesh, vertices=framing_of(mesh.vertices)(mesh.vertices))
    framed = framed if framed.normals is not None else replace(framed, normals=vertex_normals(framed))
    inside = torch.minimum(before.alpha, after.alpha) >= INSIDE
    change = torch.where(inside, after.albedo - before.albedo, 0.0)
    size = len(asset.material.base_color)
    baked = bake(framed, replace(after, albedo=(change + 1) / 2), size).image  # (S, S, 4), one half: no change
    color = asset.material.base_color.clone()
    color[..., :3] = (color[..., :3] + 2 * baked[..., :3] - 1).clamp(0, 1)
    return replace(asset, material=replace(asset.material, base_color=color))


def held_to(shown: MultiView, drawn: MultiView) -> MultiView:
    """Drawn colours on the outlines, depths and normals that a mesh has; its own colours where nothing was drawn."""
    return replace(shown, albedo=torch.where((drawn.alpha > INSIDE) & (shown.alpha > 0), drawn.albedo, shown.albedo))


def made_from_words(asset: Asset) -> bool:
    """Whether a mesh came from views the prior drew and nothing else, so that drawing them again loses nothing."""
    facts = asset.provenance
    return asset.skeleton is None and "prior" in facts and "photo_way" not in facts
