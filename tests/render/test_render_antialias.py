"""Silhouette gradients: areas and their derivatives in closed form, gradcheck, and nothing moved within a surface."""

import math

import pytest
import torch
import trimesh

from gen4d.render.antialias import antialias
from gen4d.render.rasterizer import rasterize
from gen4d.structures import Camera, canonical_cameras, orbit_camera

FRONT = Camera(torch.eye(4)[None], 20, 20, half_extent=1.0)  # a pixel is 0.1 m
SQUARE = torch.tensor([[0, 1, 2], [0, 2, 3]])


def square(half: float, shift: float = 0.0) -> torch.Tensor:
    corners = [[-half, -half, 0], [half, -half, 0], [half, half, 0], [-half, half, 0]]
    return torch.tensor(corners, dtype=torch.float64) + torch.tensor([shift, 0.0, 0.0], dtype=torch.float64)


def coverage(vertices: torch.Tensor, faces: torch.Tensor, camera: Camera) -> torch.Tensor:
    raster = rasterize(vertices, faces, camera)
    hit = (raster.face_index >= 0)[..., None].to(vertices.dtype)
    return antialias(hit, raster, vertices, faces, camera)


@pytest.mark.parametrize("shift", [0.0, 0.013, 0.05, 0.087])
def test_an_upright_square_covers_its_area_and_moves_it_with_its_side(shift: float) -> None:
    vertices = square(0.52, shift).requires_grad_()
    area = coverage(vertices, SQUARE, FRONT)[0, 10].sum()  # one row of pixels
    assert float(area.detach()) == pytest.approx(1.04 / 0.1, abs=1e-9)
    (gradient,) = torch.autograd.grad(area, vertices)
    assert float(gradient[[1, 2], 0].sum()) == pytest.approx(10)  # pixels a metre of the right side
    assert float(gradient[[0, 3], 0].sum()) == pytest.approx(-10)
    assert float(gradient[:, 2].abs().max()) == 0


def test_a_ball_grows_by_its_circumference() -> None:
    shape = trimesh.creation.icosphere(4, 0.6)
    faces = torch.tensor(shape.faces)
    unit = torch.tensor(shape.vertices, dtype=torch.float64) / 0.6
    radius = torch.tensor(0.6, dtype=torch.float64, requires_grad=True)
    camera = Camera(torch.eye(4)[None], 64, 64, half_extent=1.0)
    area = coverage(unit * radius, faces, camera).sum() * (2 / 64) ** 2
    assert float(area.detach()) == pytest.approx(math.pi * 0.36, rel=5e-3)
    (gradient,) = torch.autograd.grad(area, radius)
    assert float(gradient) == pytest.approx(2 * math.pi * 0.6, rel=0.05)


@pytest.mark.parametrize("kind", ["orthographic", "perspective"])
def test_gradients_pass_gradcheck(kind: str) -> None:
    camera = canonical_cameras(9)
    if kind == "perspective":
        camera = orbit_camera(0.4, 0.3, distance=2.0, fov=0.7, resolution=14, target=(0.0, 0.0, 0.0))
    shape = trimesh.creation.box((0.6, 0.43, 0.51))
    turn = trimesh.transformations.euler_matrix(0.4, 0.9, 0.2)[:3, :3]  # no face is seen edge-on
    vertices, faces = torch.tensor(shape.vertices @ turn.T, dtype=torch.float64), torch.tensor(shape.faces)
    raster = rasterize(vertices, faces, camera)
    colors = torch.rand(*raster.face_index.shape, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    def drawn(moved: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
        return antialias(image, raster, moved, faces, camera)

    assert torch.autograd.gradcheck(drawn, (vertices.requires_grad_(), colors.requires_grad_()), atol=1e-6)


def test_edges_within_a_surface_change_nothing() -> None:
    shape = trimesh.creation.icosphere(2, 0.5)
    vertices, faces = torch.tensor(shape.vertices, dtype=torch.float64), torch.tensor(shape.faces)
    raster = rasterize(vertices, faces, FRONT)
    noise = torch.rand(*raster.face_index.shape, 1, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    changed = (antialias(noise, raster, vertices, faces, FRONT) != noise)[0, ..., 0]
    hit = (raster.face_index[0] >= 0).float()
    around = (
        torch.nn.functional.max_pool2d(hit[None, None], 3, 1, 1)[0, 0]
        != -torch.nn.functional.max_pool2d(-hit[None, None], 3, 1, 1)[0, 0]
    )
    assert bool(changed.any()) and not bool((changed & ~around).any())


def test_an_outline_behind_another_surface_stays_hidden() -> None:
    """A small square wholly behind a large one changes nothing; in front of it, only its own outline does."""
    large, small = square(0.9), square(0.33)
    for height, visible in ((-0.5, False), (0.5, True)):
        vertices = torch.cat([large, small + torch.tensor([0, 0, height], dtype=torch.float64)])
        faces = torch.cat([SQUARE, SQUARE + 4])
        raster = rasterize(vertices, faces, FRONT)
        image = (raster.face_index >= 2)[..., None].double() + (raster.face_index >= 0)[..., None].double()
        vertices.requires_grad_()
        (gradient,) = torch.autograd.grad(antialias(image, raster, vertices, faces, FRONT)[0, 10].sum(), vertices)
        assert float(gradient[[1, 2], 0].sum()) == pytest.approx(10)
        assert float(gradient[[5, 6], 0].sum()) == pytest.approx(10 if visible else 0)
