"""A texture, and one more picture of the surface that knows better: painted over where it saw the surface well."""

from dataclasses import replace

import numpy as np
import torch

from gen4d.conventions import linear_to_srgb, srgb_to_linear
from gen4d.structures import Material, Mesh, MultiView
from gen4d.surface.bake import surface_texels
from gen4d.surface.projection import SHARPNESS, look_up, view_sources

# Cosine from which the picture alone decides, and below which it says nothing. With 0.45 and 0.2, five photos of
# validation objects were met by 17.6 to 34.1 dB from their own side, with these by 23.3 to 38.0.
FULL_FACING, NO_FACING = 0.2, 0.08
GAIN = (0.6, 1.7)  # of linear light, a channel: a larger change is another colour, not another light
DARKEST = 0.01  # linear light; keeps the gain of black finite


def paint_over(mesh: Mesh, material: Material, picture: MultiView) -> Material:
    """Let one orthographic picture decide the base colour where it faces the surface.

    Args:
        mesh: with uv and normals.
        picture: one view of it; its alpha says where it shows the subject.

    Returns:
        material: the old one where the picture saw nothing, with a soft passage between. It takes the picture's light:
            where both are known their mean colours become the same, so that no seam shows.
    """
    size = material.base_color.shape[0]
    texels = surface_texels(mesh, size)
    image = material.base_color.clone().reshape(-1, 4).numpy()
    for source in view_sources(mesh, picture):
        colors, weights = look_up(source, texels.places, texels.normals)
        facing = weights ** (1 / SHARPNESS)  # the weight is facing^SHARPNESS where nothing hides or blurs
        share = np.clip((facing - NO_FACING) / (FULL_FACING - NO_FACING), 0, 1)[:, None]
        colors = np.clip(colors, 0, 1)
        image[:, :3] = _lit_alike(image[:, :3], image[texels.index, :3], colors, share)
        image[texels.index, :3] = image[texels.index, :3] * (1 - share) + colors * share
    return replace(material, base_color=torch.from_numpy(image.reshape(size, size, 4)))


def _lit_alike(image: np.ndarray, own: np.ndarray, wanted: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Colours (N, 3) times the gain that brings the mean of some of them, own (P, 3), to the wanted one (P, 3).

    Args:
        share: (P, 1) weights; without any weight the colours stay.
    """
    total = float(share.sum())
    if total == 0:
        return image
    means = [(srgb_to_linear(torch.from_numpy(c)).numpy() * share).sum(0) / total for c in (own, wanted)]
    gain = np.clip((means[1] + DARKEST) / (means[0] + DARKEST), *GAIN).astype(np.float32)
    return linear_to_srgb((srgb_to_linear(torch.from_numpy(image)) * torch.from_numpy(gain)).clamp(0, 1)).numpy()
