"""Conversions to PyTorch3D and trimesh: there and back, and what the other side would draw."""

from dataclasses import replace

import numpy as np
import pytest
import pytorch3d_stand_in as stand_in
import torch
import trimesh
from PIL import Image

from gen4d.errors import InputError, MissingDependency
from gen4d.export.to_pytorch3d import from_pytorch3d, from_pytorch3d_cameras, to_pytorch3d, to_pytorch3d_cameras
from gen4d.export.to_trimesh import from_trimesh, to_trimesh
from gen4d.render.rasterizer import project
from gen4d.structures import Camera, Material, Mesh, canonical_cameras, orbit_camera, vertex_normals


def box(*, textured: bool = True) -> tuple[Mesh, Material]:
    """A box whose faces have corners of their own, as an unwrapped mesh has, and a texture that is nowhere the same."""
    shape = trimesh.creation.box((0.8, 0.5, 0.6))
    faces = np.asarray(shape.faces)
    vertices = torch.from_numpy(np.asarray(shape.vertices)[faces.ravel()].astype(np.float32))
    generator = torch.Generator().manual_seed(0)
    mesh = Mesh(
        vertices,
        torch.arange(len(vertices)).reshape(-1, 3),
        uv=torch.rand(len(vertices), 2, generator=generator) if textured else None,
        welded=torch.from_numpy(faces.ravel().copy()),
        colors=None if textured else torch.from_numpy(faces.ravel()[:, None] / 10 * np.ones(3)).float(),
    )
    image = (torch.rand(8, 4, 4, generator=generator) * 255).round() / 255
    image[..., 3] = 1
    return replace(mesh, normals=vertex_normals(mesh)), Material(image, roughness=0.25, metallic=0.5)


def corner_rows(mesh: Mesh) -> torch.Tensor:
    """Everything the corners of all faces know, in the faces' order."""
    known = [mesh.vertices] + [values for values in (mesh.uv, mesh.colors) if values is not None]
    return torch.cat(known, 1)[mesh.faces]


@pytest.mark.parametrize("textured", [True, False])
def test_pytorch3d_there_and_back(monkeypatch: pytest.MonkeyPatch, textured: bool) -> None:
    stand_in.install(monkeypatch)
    mesh, material = box(textured=textured)
    meshes = to_pytorch3d(mesh, material)
    assert len(meshes.verts_list()[0]) == 8  # seams are joined
    back, looks = from_pytorch3d(meshes)
    torch.testing.assert_close(corner_rows(back), corner_rows(mesh), atol=1e-6, rtol=0)
    assert (looks is not None) == textured
    if looks is not None:
        assert torch.equal(looks.base_color, material.base_color)
        assert back.welded is not None and len(torch.unique(back.welded)) == 8


def test_pytorch3d_counts_texture_rows_from_the_bottom(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in.install(monkeypatch)
    mesh, material = box()
    assert mesh.uv is not None
    top_left = replace(mesh, uv=torch.zeros_like(mesh.uv))
    assert to_pytorch3d(top_left, material).textures.verts_uvs_list()[0][0].tolist() == [0, 1]


@pytest.mark.parametrize("kind", ["perspective", "orthographic"])
def test_pytorch3d_cameras_see_every_point_at_our_pixel(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    stand_in.install(monkeypatch)
    camera = canonical_cameras(48)
    if kind == "perspective":
        camera = orbit_camera(0.7, -0.4, distance=2.0, fov=0.6, resolution=40, target=(0.1, 0.2, -0.1))
        assert camera.intrinsics is not None
        shifted = camera.intrinsics.clone()
        shifted[:, 0, 2] += 3
        camera = Camera(camera.camera_to_world, 50, 40, intrinsics=shifted)
    points = torch.rand(20, 3, generator=torch.Generator().manual_seed(1)) - 0.5
    theirs = to_pytorch3d_cameras(camera)
    torch.testing.assert_close(
        theirs.transform_points_screen(points), project(points, camera).pixels, atol=1e-4, rtol=0
    )
    back = from_pytorch3d_cameras(theirs)
    torch.testing.assert_close(back.camera_to_world, camera.camera_to_world, atol=1e-6, rtol=0)
    assert (back.width, back.height) == (camera.width, camera.height)
    torch.testing.assert_close(project(points, back).pixels, project(points, camera).pixels, atol=1e-4, rtol=0)


def test_pytorch3d_in_other_forms_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in.install(monkeypatch)
    theirs = to_pytorch3d_cameras(canonical_cameras(8))
    theirs.in_ndc = lambda: True
    with pytest.raises(InputError, match="in_ndc"):
        from_pytorch3d_cameras(theirs)
    meshes = to_pytorch3d(*box())
    meshes.textures = object()
    with pytest.raises(InputError, match="TexturesUV"):
        from_pytorch3d(meshes)


def test_without_pytorch3d_the_message_says_what_to_do() -> None:
    try:
        import pytorch3d  # noqa: F401
    except ImportError:
        with pytest.raises(MissingDependency, match="pytorch3d"):
            to_pytorch3d(*box())


@pytest.mark.parametrize("textured", [True, False])
def test_trimesh_there_and_back(textured: bool) -> None:
    mesh, material = box(textured=textured)
    shape = to_trimesh(mesh, material)
    assert shape.vertices.shape == (36, 3)
    back, looks = from_trimesh(shape)
    torch.testing.assert_close(corner_rows(back), corner_rows(mesh), atol=2e-3 if not textured else 1e-6, rtol=0)
    assert back.welded is not None and len(torch.unique(back.welded)) == 8
    assert (looks is not None) == textured
    if looks is not None:
        torch.testing.assert_close(looks.base_color, material.base_color)
        assert (looks.roughness, looks.metallic) == (0.25, 0.5)


def test_trimesh_keeps_the_maps_of_a_pbr_material() -> None:
    mesh, material = box()
    generator = torch.Generator().manual_seed(3)
    orm, bumps = ((torch.rand(4, 4, 3, generator=generator) * 255).round() / 255 for _ in range(2))
    full = replace(material, occlusion_roughness_metallic=orm, normal_map=bumps)
    _, looks = from_trimesh(to_trimesh(mesh, full))
    assert looks is not None and looks.occlusion_roughness_metallic is not None and looks.normal_map is not None
    torch.testing.assert_close(looks.occlusion_roughness_metallic, orm)
    torch.testing.assert_close(looks.normal_map, bumps)


def test_trimesh_draws_the_texture_the_same_way_up() -> None:
    """trimesh's own lookup of our corners gives our colours."""
    mesh, material = box()
    assert mesh.uv is not None
    centres = torch.tensor([[0.125, 0.0625], [0.875, 0.9375], [0.625, 0.3125]])  # texel centres of the 8 x 4 image
    mesh = replace(mesh, uv=centres[torch.arange(len(mesh.uv)) % 3])
    assert mesh.uv is not None
    found = np.asarray(to_trimesh(mesh, material).visual.to_color().vertex_colors)[:3, :3] / 255
    rows, columns = (centres[:, 1] * 8).long(), (centres[:, 0] * 4).long()
    np.testing.assert_allclose(found, material.base_color[rows, columns, :3].numpy(), atol=1 / 255)


def test_simple_trimesh_materials_are_read() -> None:
    mesh, _ = box()
    shape = to_trimesh(mesh, Material(torch.ones(1, 1, 4)))
    picture = Image.fromarray(np.full((2, 2, 3), 51, np.uint8))
    shape.visual.material = trimesh.visual.material.SimpleMaterial(image=picture)
    _, looks = from_trimesh(shape)
    assert looks is not None
    assert looks.base_color[0, 0].tolist() == pytest.approx([0.2, 0.2, 0.2, 1.0])
