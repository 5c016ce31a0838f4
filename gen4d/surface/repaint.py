"""A texture, and one more picture of the surface that knows better: painted over where it saw the surface well."""

from dataclasses import replace

import numpy as np
import torch

from gen4d.structures import Material, Mesh, MultiView
from gen4d.surface.bake import surface_texels
from gen4d.surface.projection import SHARPNESS, look_up, view_sources

FULL_FACING, NO_FACING = 0.45, 0.2  # cosine from which the picture alone decides, and below which it says nothing


def paint_over(mesh: Mesh, material: Material, picture: MultiView) -> Material:
    """Let one orthographic picture decide the base colour where it faces the surface.

    Args:
        mesh: with uv and normals.
        picture: one view of it; its alpha says where it shows the subject.

    Returns:
        material: the old one where the picture saw nothing, with a soft passage between.
    """
    size = material.base_color.shape[0]
    texels = surface_texels(mesh, size)
    image = material.base_color.clone().reshape(-1, 4).numpy()
    for source in view_sources(mesh, picture):
        colors, weights = look_up(source, texels.places, texels.normals)
        facing = weights ** (1 / SHARPNESS)  # the weight is facing^SHARPNESS where nothing hides or blurs
        share = np.clip((facing - NO_FACING) / (FULL_FACING - NO_FACING), 0, 1)[:, None]
        image[texels.index, :3] = image[texels.index, :3] * (1 - share) + np.clip(colors, 0, 1) * share
    return replace(material, base_color=torch.from_numpy(image.reshape(size, size, 4)))
