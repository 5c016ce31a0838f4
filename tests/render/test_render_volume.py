"""Ray marching against closed forms, gradients, and the rasteriser's idea of where pixels look."""

import math

import pytest
import torch

from gen4d.errors import ShapeError
from gen4d.render.rasterizer import project
from gen4d.render.volume import GridField, camera_rays, render_volume
from gen4d.structures import Camera, canonical_cameras, orbit_camera

LOW, HIGH = torch.full((3,), -0.4, dtype=torch.float64), torch.full((3,), 0.4, dtype=torch.float64)


def grid(density: torch.Tensor, color: torch.Tensor | None = None) -> GridField:
    color = torch.ones(*density.shape, 1, dtype=torch.float64) if color is None else color
    return GridField(density, color, LOW, HIGH)


def perspective(size: int = 9) -> Camera:
    return orbit_camera(0.4, 0.3, distance=2.0, fov=0.5, resolution=size, target=(0.0, 0.0, 0.0))


def test_fog_of_one_density_lets_through_what_beer_and_lambert_say() -> None:
    sigma = 3.0
    fog = grid(torch.full((2, 2, 2), sigma, dtype=torch.float64))
    front = render_volume(fog, canonical_cameras(11), 7)
    assert float(front.alpha[0, 5, 5]) == pytest.approx(1 - math.exp(-sigma * 0.8), abs=1e-9)
    assert float(front.alpha[0, 0, 0]) == 0  # beside the box
    assert torch.allclose(front.color, front.alpha)
    through = render_volume(fog, orbit_camera(0, 0, distance=2.0, fov=0.5, resolution=9, target=(0, 0, 0)), 7)
    slant = math.hypot(1, 2 * math.tan(0.25) * 2 / 9)  # the ray two pixels right of the middle leaves by the far wall
    assert float(through.alpha[0, 4, 6]) == pytest.approx(1 - math.exp(-sigma * 0.8 * slant), abs=1e-6)


def test_mean_depth_of_fog_converges_to_its_integral() -> None:
    sigma, length = 5.0, 0.8
    fog = grid(torch.full((2, 2, 2), sigma, dtype=torch.float64))
    images = render_volume(fog, canonical_cameras(3), 400)
    entry = 1.0 - 0.4
    integral = entry * (1 - math.exp(-sigma * length)) + (1 - (1 + sigma * length) * math.exp(-sigma * length)) / sigma
    assert float(images.depth[0, 1, 1]) == pytest.approx(integral, abs=1e-5)


def test_the_nearer_of_two_slabs_hides_its_share_of_the_farther() -> None:
    density = torch.full((2, 2, 2), 2.0, dtype=torch.float64)
    color = torch.zeros(2, 2, 2, 2, dtype=torch.float64)
    color[:, :, 1, 0], color[:, :, 0, 1] = 1, 1  # one colour towards +Z, another towards -Z, blending between
    front = render_volume(grid(density, color), canonical_cameras(3), 500).color[:, 1, 1]
    assert float(front[0, 0] - front[0, 1]) > 0.2
    assert torch.allclose(front[0], front[2].flip(0))  # from behind the colours change places
    # Closed form of the front view: the colour falls linearly from 1 to 0 over the depth.
    s, length = 2.0, 0.8
    seen = 1 - (1 - math.exp(-s * length)) / (s * length)
    assert float(front[0, 0]) == pytest.approx(seen, abs=1e-5)


@pytest.mark.parametrize("camera", [canonical_cameras(3), perspective(4)], ids=["orthographic", "perspective"])
def test_gradients_pass_gradcheck(camera: Camera) -> None:
    generator = torch.Generator().manual_seed(0)
    density = torch.rand(3, 4, 2, generator=generator, dtype=torch.float64).requires_grad_()
    color = torch.rand(3, 4, 2, 2, generator=generator, dtype=torch.float64).requires_grad_()

    def images(density: torch.Tensor, color: torch.Tensor) -> tuple[torch.Tensor, ...]:
        drawn = render_volume(grid(density, color), camera, 5)
        return drawn.color, drawn.alpha, drawn.depth

    assert torch.autograd.gradcheck(images, (density, color))


@pytest.mark.parametrize("camera", [canonical_cameras(6), perspective(7)], ids=["orthographic", "perspective"])
def test_rays_meet_the_pixels_they_belong_to(camera: Camera) -> None:
    origins, directions = camera_rays(camera, torch.float64)
    depth = 1.7
    points = (origins + depth * directions).reshape(len(camera), -1, 3)
    projection = project(points, camera)
    y, x = torch.meshgrid(torch.arange(camera.height) + 0.5, torch.arange(camera.width) + 0.5, indexing="ij")
    expected = torch.stack([x, y], -1).reshape(-1, 2).double().expand(len(camera), -1, -1)
    torch.testing.assert_close(projection.pixels, expected, atol=1e-4, rtol=0)  # poses are float32
    torch.testing.assert_close(projection.depth, torch.full_like(projection.depth, depth), atol=1e-5, rtol=0)


def test_the_grid_has_its_axes_in_order_and_chunks_change_nothing() -> None:
    density = torch.zeros(5, 5, 5, dtype=torch.float64)
    density[4, 2, 2] = 50  # a blob towards +X
    alpha = render_volume(grid(density), canonical_cameras(16), 32).alpha[..., 0]
    assert alpha[0, :, 8:].sum() > 100 * alpha[0, :, :8].sum()  # right in front
    assert alpha[2, :, :8].sum() > 100 * alpha[2, :, 8:].sum()  # left from behind
    again = render_volume(grid(density), canonical_cameras(16), 32, rays_at_once=37).alpha[..., 0]
    assert torch.equal(alpha, again)


def test_drawn_samples_agree_with_even_ones_in_the_mean() -> None:
    density = torch.rand(6, 6, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 4
    camera = canonical_cameras(4)
    even = render_volume(grid(density), camera, 200).alpha
    generator = torch.Generator().manual_seed(0)
    drawn = torch.stack([render_volume(grid(density), camera, 20, generator=generator).alpha for _ in range(40)])
    torch.testing.assert_close(drawn.mean(0), even, atol=0.01, rtol=0)
    assert not torch.equal(drawn[0], drawn[1])


def test_grids_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError, match="GridField"):
        GridField(torch.zeros(2, 2, 2), torch.zeros(2, 2, 3, 1), LOW, HIGH)
    with pytest.raises(ShapeError, match="high"):
        GridField(torch.zeros(2, 2, 2), torch.zeros(2, 2, 2, 1), HIGH, LOW)
