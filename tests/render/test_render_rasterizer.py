"""The z-buffer kernel against its plain twin, closed forms and gradients."""

import math

import pytest
import torch

from gen4d.render.rasterizer import rasterize, rasterize_reference
from gen4d.render.shading import sample_texture
from gen4d.render.views import render_views
from gen4d.structures import Camera, Mesh, canonical_cameras, orbit_camera


def triangle_soup(count: int, seed: int, size: float = 0.4) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    centres = torch.rand(count, 1, 3, generator=generator) - 0.5
    vertices = (centres + size * (torch.rand(count, 3, 3, generator=generator) - 0.5)).reshape(-1, 3)
    return vertices, torch.arange(3 * count).reshape(-1, 3)


def box() -> Mesh:
    corners = torch.tensor([[x, y, z] for x in (-0.5, 0.5) for y in (-0.25, 0.25) for z in (-0.125, 0.125)])
    faces = [
        [0, 1, 3],
        [0, 3, 2],
        [4, 6, 7],
        [4, 7, 5],
        [0, 4, 5],
        [0, 5, 1],
        [2, 3, 7],
        [2, 7, 6],
        [0, 2, 6],
        [0, 6, 4],
    ]
    faces += [[1, 5, 7], [1, 7, 3]]
    return Mesh(corners, torch.tensor(faces))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["orthographic", "perspective"])
def test_kernel_equals_reference(seed: int, kind: str) -> None:
    vertices, faces = triangle_soup(40, seed)
    camera = (
        canonical_cameras(24)
        if kind == "orthographic"
        else orbit_camera(0.7 * seed, 0.3, distance=1.6, fov=0.8, resolution=32, target=(0.0, 0.0, 0.0))
    )
    fast, plain = rasterize(vertices, faces, camera), rasterize_reference(vertices, faces, camera)
    assert torch.equal(fast.face_index, plain.face_index)
    assert torch.equal(fast.barycentric, plain.barycentric)
    assert (fast.face_index >= 0).any()


def test_barycentrics_rebuild_the_point_a_perspective_pixel_sees() -> None:
    vertices, faces = triangle_soup(30, 5)
    camera = orbit_camera(0.4, 0.2, distance=2.0, fov=0.7, resolution=40, target=(0.0, 0.0, 0.0))
    raster = rasterize(vertices, faces, camera)
    hit = (raster.face_index >= 0).nonzero(as_tuple=True)
    points = (vertices[faces[raster.face_index[hit]]] * raster.barycentric[hit][..., None]).sum(1)
    world_to_camera = torch.linalg.inv(camera.camera_to_world[0])
    local = points @ world_to_camera[:3, :3].T + world_to_camera[:3, 3]
    focal = 20 / math.tan(0.35)
    column = 20 + focal * local[:, 0] / -local[:, 2]
    row = 20 - focal * local[:, 1] / -local[:, 2]
    torch.testing.assert_close(column, hit[2] + 0.5, atol=1e-3, rtol=0)  # worst seen 6e-5 px in float32
    torch.testing.assert_close(row, hit[1] + 0.5, atol=1e-3, rtol=0)
    torch.testing.assert_close(-local[:, 2], raster.depth[hit], atol=1e-5, rtol=0)


def test_depth_gradients_pass_gradcheck() -> None:
    vertices, faces = triangle_soup(6, 1, size=0.8)
    ortho = canonical_cameras(8)
    persp = orbit_camera(0.3, 0.4, distance=2.0, fov=0.7, resolution=10, target=(0.0, 0.0, 0.0))
    for camera in (ortho, persp):

        def outputs(v: torch.Tensor, camera: Camera = camera) -> tuple[torch.Tensor, torch.Tensor]:
            raster = rasterize(v, faces, camera)
            return raster.depth, raster.barycentric

        assert torch.autograd.gradcheck(outputs, (vertices.double().requires_grad_(),), atol=1e-6)


def test_views_of_a_box_match_its_closed_form() -> None:
    views = render_views(box(), resolution=128, flat=True)
    pixel = 1.1 / 128
    areas = views.alpha.sum((1, 2, 3)) * pixel**2
    expected = torch.tensor([0.5, 0.125, 0.5, 0.125, 0.25, 0.25])  # w*h, d*h, w*h, d*h, w*d, w*d
    torch.testing.assert_close(areas, expected, atol=0.01, rtol=0)
    centre = views.depth[:, 64, 64, 0]
    torch.testing.assert_close(centre, torch.tensor([0.375, 0.0, 0.375, 0.0, 0.25, 0.25]), atol=1e-5, rtol=0)
    toward = torch.tensor([[0, 0, 1], [1, 0, 0], [0, 0, -1], [-1, 0, 0], [0, 1, 0], [0, -1, 0]]).float()
    torch.testing.assert_close(views.normal[:, 64, 64], toward)


def test_view_axes_put_each_corner_where_the_conventions_say() -> None:
    """A small triangle near +X +Y +Z appears right-top in front, left-top on the right, right-bottom from above."""
    spot = torch.tensor([[0.45, 0.45, 0.45], [0.30, 0.45, 0.30], [0.45, 0.30, 0.30]])
    alpha = render_views(Mesh(spot, torch.tensor([[0, 1, 2]])), resolution=32).alpha[..., 0]

    def quadrant(view: int) -> tuple[bool, bool]:
        rows, columns = alpha[view].nonzero(as_tuple=True)
        return bool(columns.float().mean() > 16), bool(rows.float().mean() < 16)  # (is right, is up)

    assert [quadrant(v) for v in range(6)] == [
        (True, True),  # front: right = +X, up = +Y
        (False, True),  # right: right = -Z
        (False, True),  # back: right = -X
        (True, True),  # left: right = +Z
        (True, False),  # top: right = +X, up = -Z
        (True, True),  # bottom: right = +X, up = +Z
    ]


def test_texture_lookup_hits_texel_centres_and_blends_between() -> None:
    image = torch.arange(12.0).reshape(3, 4, 1)
    uv = torch.stack(torch.meshgrid((torch.arange(4) + 0.5) / 4, (torch.arange(3) + 0.5) / 3, indexing="xy"), -1)
    torch.testing.assert_close(sample_texture(image, uv), image)
    torch.testing.assert_close(sample_texture(image, torch.tensor([[0.25, 0.5 / 3]])), torch.tensor([[0.5]]))
