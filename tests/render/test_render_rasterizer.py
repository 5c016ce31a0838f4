"""The z-buffer kernel against its plain twin, closed forms and gradients."""

import math

import pytest
import torch

from gen4d.render.rasterizer import NEAR, project, rasterize, rasterize_reference
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


@pytest.mark.parametrize("seed", range(6))
def test_kernel_equals_reference_from_within_the_soup(seed: int) -> None:
    """The camera stands among the faces: many of them cross its plane, some lie behind it."""
    vertices, faces = triangle_soup(60, seed, size=1.5)
    camera = orbit_camera(0.7 * seed, 0.3, distance=0.05, fov=1.4, resolution=32, target=(0.0, 0.0, 0.0))
    depth = project(vertices, camera).depth[0][faces]
    crossing = (depth.amin(1) < NEAR) & (depth.amax(1) > NEAR)
    fast, plain = rasterize(vertices, faces, camera), rasterize_reference(vertices, faces, camera)
    assert torch.equal(fast.face_index, plain.face_index)
    assert crossing[fast.face_index[fast.face_index >= 0]].float().mean() > 0.2
    hit = fast.face_index >= 0
    assert bool((fast.barycentric[hit] >= -1e-4).all()) and bool((fast.depth[hit] > 0).all())


def test_floor_that_reaches_behind_the_camera_is_seen_up_to_the_horizon() -> None:
    """Closed form: a pixel at an angle below the horizon sees the floor at height / tan(angle)."""
    height, size = 0.8, 64
    floor = torch.tensor([[-90.0, -height, 90.0], [90.0, -height, 90.0], [0.0, -height, -300.0]])
    pose = torch.eye(4)[None]
    focal = size / 2  # 90 degrees
    intrinsics = torch.tensor([[[focal, 0, size / 2], [0, focal, size / 2], [0, 0, 1.0]]])
    raster = rasterize(floor, torch.tensor([[0, 1, 2]]), Camera(pose, size, size, intrinsics=intrinsics))
    rows = torch.arange(size) + 0.5 - size / 2
    expected = torch.where(rows > 0, height * focal / rows, 0.0)
    torch.testing.assert_close(raster.depth[0, :, size // 2], expected, rtol=1e-4, atol=0)
    assert bool((raster.face_index[0, size // 2 :] == 0).all()) and bool((raster.face_index[0, : size // 2] < 0).all())


def test_depth_gradients_of_crossing_faces_pass_gradcheck() -> None:
    vertices, faces = triangle_soup(8, 3, size=1.5)
    camera = orbit_camera(0.4, 0.3, distance=0.05, fov=1.2, resolution=8, target=(0.0, 0.0, 0.0))

    def depth(v: torch.Tensor) -> torch.Tensor:
        return rasterize(v, faces, camera).depth

    assert (rasterize(vertices, faces, camera).face_index >= 0).any()
    assert torch.autograd.gradcheck(depth, (vertices.double().requires_grad_(),), atol=1e-5)


def test_a_closed_mesh_leaves_no_pixel_between_its_faces() -> None:
    """Edges that run exactly through pixel centres belong to at least one of their two faces."""
    grid = torch.stack(torch.meshgrid(torch.arange(9.0), torch.arange(9.0), indexing="ij"), -1).reshape(-1, 2)
    vertices = torch.cat([(grid - 4) / 8, torch.zeros(81, 1)], 1)
    corner = (torch.arange(8)[:, None] * 9 + torch.arange(8)).reshape(-1, 1)
    faces = torch.cat([corner + torch.tensor([0, 9, 10]), corner + torch.tensor([0, 10, 1])])
    camera = Camera(torch.eye(4)[None], 9, 9, half_extent=9 / 16)  # pixel centres on the grid's own vertices
    assert bool((rasterize(vertices, faces, camera).face_index >= 0).all())


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
