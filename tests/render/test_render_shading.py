"""Texture filtering: levels that keep the mean, lookups between them, footprints in closed form, gradients."""

import math

import pytest
import torch

from gen4d.render.rasterizer import rasterize
from gen4d.render.shading import mipmaps, sample_mipmaps, sample_texture, uv_footprint
from gen4d.structures import Camera


def checks(size: int = 64) -> torch.Tensor:
    """A board of single black and white texels."""
    row, column = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    return ((row + column) % 2).double()[..., None]


def test_every_level_halves_the_sides_and_keeps_the_mean() -> None:
    image = torch.rand(8, 32, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    levels = mipmaps(image)
    assert [tuple(level.shape) for level in levels] == [(8, 32, 3), (4, 16, 3), (2, 8, 3), (1, 4, 3)]
    for level in levels:
        torch.testing.assert_close(level.mean((0, 1)), image.mean((0, 1)))


def test_small_pixels_read_the_image_and_large_ones_its_mean() -> None:
    image = checks()
    uv = torch.rand(50, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    levels = mipmaps(image)
    for footprint in (0.0, 0.3, 1.0):
        torch.testing.assert_close(sample_mipmaps(levels, uv, torch.full((50,), footprint)), sample_texture(image, uv))
    torch.testing.assert_close(sample_mipmaps(levels, uv, torch.full((50,), 1e9)), torch.full((50, 1), 0.5).double())
    halfway = sample_mipmaps(levels, uv, torch.full((50,), math.sqrt(2)).double())
    torch.testing.assert_close(halfway, (sample_texture(levels[0], uv) + sample_texture(levels[1], uv)) / 2)


def floor(tilt: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, Camera]:
    """A square metre with one texture over it, tilted before a perspective camera two metres away."""
    corners = torch.tensor([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]], dtype=torch.float64)
    c, s = math.cos(tilt), math.sin(tilt)
    vertices = torch.stack([corners[:, 0], corners[:, 1] * c, -2 + corners[:, 1] * s], 1)
    intrinsics = torch.tensor([[[64.0, 0, 32], [0, 64.0, 32], [0, 0, 1]]])
    camera = Camera(torch.eye(4)[None], 64, 64, intrinsics=intrinsics)
    return vertices, torch.tensor([[0, 1, 2], [0, 2, 3]]), corners + 0.5, camera


def test_footprint_is_the_pixels_size_on_the_surface() -> None:
    vertices, faces, uv, camera = floor(0.0)
    raster = rasterize(vertices, faces, camera)
    found = uv_footprint(raster, vertices, faces, camera, uv)
    hit = raster.face_index >= 0
    assert float(found[~hit].abs().max()) == 0
    torch.testing.assert_close(found[hit], torch.full_like(found[hit], 2 / 64))
    vertices, faces, uv, camera = floor(1.0)
    raster = rasterize(vertices, faces, camera)
    middle = uv_footprint(raster, vertices, faces, camera, uv)[0, 32, 32]
    assert float(middle) == pytest.approx(2 / 64 / math.cos(1.0), rel=0.05)  # stretched by the tilt


def test_a_fine_board_seen_from_afar_turns_grey_instead_of_noisy() -> None:
    vertices, faces, uv, camera = floor(1.2)
    raster = rasterize(vertices, faces, camera)
    hit = raster.face_index >= 0
    image = checks(256)
    points = (uv[faces[raster.face_index[hit]]] * raster.barycentric[hit][..., None]).sum(1)
    texels = uv_footprint(raster, vertices, faces, camera, uv)[hit] * 256
    filtered, plain = sample_mipmaps(mipmaps(image), points, texels), sample_texture(image, points)
    assert float((filtered - 0.5).abs().max()) < 0.01
    assert float((plain - 0.5).abs().mean()) > 0.1


def test_gradients_reach_image_and_coordinates() -> None:
    generator = torch.Generator().manual_seed(2)
    image = torch.rand(4, 8, 2, generator=generator, dtype=torch.float64).requires_grad_()
    uv = (0.2 + 0.6 * torch.rand(5, 2, generator=generator, dtype=torch.float64)).requires_grad_()
    footprint = torch.tensor([0.5, 1.3, 2.2, 3.7, 9.0], dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda i, c: sample_mipmaps(mipmaps(i), c, footprint), (image, uv))
