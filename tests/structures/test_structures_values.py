"""The values: every broken contract is refused when the value is built, by name."""

import math
from dataclasses import FrozenInstanceError, replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from strategies import assets, clips, meshes, multiviews, seeds, skeletons, skins, sphere_views, unit_quaternions

from gen4d.errors import Gen4dError, InputError, ShapeError
from gen4d.structures import (
    Asset,
    Camera,
    Clip,
    Material,
    Mesh,
    Prompt,
    Skeleton,
    Skin,
    canonical_cameras,
    clean_text,
    face_normals,
    orbit_camera,
    vertex_normals,
)

TRIANGLE = torch.tensor([[0, 1, 2]])
ONE = torch.tensor([[0.0, 0.0, 0.0, 1.0]])


def cube() -> Mesh:
    """A closed unit cube, counter-clockwise from outside."""
    corners = torch.tensor([[x, y, z] for x in (0.0, 1.0) for y in (0.0, 1.0) for z in (0.0, 1.0)])
    quads = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    return Mesh(corners, torch.tensor([f for a, b, c, d in quads for f in ([a, b, c], [a, c, d])]))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"vertices": torch.full((3, 3), float("nan"))}, "finite"),
        ({"vertices": torch.zeros(0, 3)}, "must be positive"),
        ({"faces": torch.zeros(0, 3, dtype=torch.int64)}, "must be positive"),
        ({"faces": torch.tensor([[0, 1, 3]])}, "there are 3 vertices"),
        ({"faces": torch.tensor([[0, 1, -1]])}, "from -1"),
        ({"faces": torch.tensor([[0, 1, 2]], dtype=torch.int32)}, "dtype"),
        ({"uv": torch.zeros(2, 2)}, r"Mesh.uv"),
        ({"welded": torch.zeros(3)}, "Mesh.welded"),
        ({"colors": torch.full((3, 3), 255.0)}, "at most 1.0"),
    ],
)
def test_a_broken_mesh_is_refused(change: dict[str, torch.Tensor], says: str) -> None:
    with pytest.raises(ShapeError, match=says):
        replace(Mesh(torch.rand(3, 3), TRIANGLE), **change)  # pyright: ignore[reportArgumentType]


@given(meshes())
def test_a_mesh_is_frozen_and_bounded(mesh: Mesh) -> None:
    with pytest.raises(FrozenInstanceError):
        mesh.vertices = mesh.vertices  # pyright: ignore[reportAttributeAccessIssue]
    low, high = mesh.bounds
    assert bool((low <= mesh.vertices).all() and (mesh.vertices <= high).all())


def test_face_normals_of_a_cube_point_out_and_measure_area() -> None:
    mesh = cube()
    normals = face_normals(mesh.vertices, mesh.faces)
    outward = mesh.vertices[mesh.faces].mean(1) - 0.5
    assert bool(((normals * outward).sum(1) > 0).all())
    torch.testing.assert_close(normals.norm(dim=1).sum() / 2, torch.tensor(6.0))  # six unit squares
    torch.testing.assert_close(normals.sum(0), torch.zeros(3))  # a closed surface has no net area


def test_vertex_normals_ignore_seams() -> None:
    mesh = cube()
    torn = Mesh(mesh.vertices[mesh.faces.flatten()], torch.arange(36).reshape(12, 3), welded=mesh.faces.flatten())
    torch.testing.assert_close(vertex_normals(torn), vertex_normals(mesh)[mesh.faces.flatten()])


@given(meshes(), seeds)
def test_vertex_normals_turn_with_the_mesh(mesh: Mesh, seed: int) -> None:
    q, _ = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64))
    turn = q * torch.linalg.det(q)
    moved = replace(mesh, vertices=(mesh.vertices.double() @ turn.T).float())
    before, after = vertex_normals(mesh), vertex_normals(moved)
    total = torch.zeros_like(before)
    for corner in range(3):
        total = total.index_add(0, mesh.faces[:, corner], face_normals(mesh.vertices, mesh.faces))
    sure = total.norm(dim=1) > 1e-2  # where the faces around a vertex nearly cancel, its normal is anybody's guess
    torch.testing.assert_close(after[sure], (before.double() @ turn.T).float()[sure], atol=1e-3, rtol=0)


@given(multiviews(), st.sampled_from(["albedo", "alpha", "depth"]))
def test_views_out_of_range_are_refused(views: object, name: str) -> None:
    with pytest.raises(ShapeError, match=f"MultiView.{name}: largest"):
        replace(views, **{name: getattr(views, name) + 1.5})  # pyright: ignore[reportArgumentType]


def test_views_and_cameras_must_agree() -> None:
    with pytest.raises(ShapeError, match="6 cameras of 16 x 16 pixels"):
        replace(sphere_views(8), camera=canonical_cameras(16))


def test_sphere_views_are_a_sphere() -> None:
    """The closed form the pipeline tests stand on: every pixel's point lies on the sphere, along its normal."""
    views = sphere_views(32)
    pose, half_extent = views.camera.camera_to_world, views.camera.half_extent or 0
    steps = ((torch.arange(32) + 0.5) / 32 * 2 - 1) * half_extent
    for v in range(6):
        rows, columns = torch.where(views.alpha[v, ..., 0] > 0)
        distance = 0.5 - views.depth[v, rows, columns]
        point = steps[columns, None] * pose[v, :3, 0] - steps[rows, None] * pose[v, :3, 1] + distance * pose[v, :3, 2]
        torch.testing.assert_close(point, views.normal[v, rows, columns] * 0.5, atol=1e-5, rtol=0)


def test_a_camera_is_rigid_and_of_one_kind() -> None:
    pose = canonical_cameras(4).camera_to_world
    with pytest.raises(ShapeError, match="orthonormal"):
        Camera(pose * torch.tensor([1.0, 1.0, -1.0, 1.0]), 4, 4, half_extent=1.0)  # a mirror
    with pytest.raises(ShapeError, match="not both"):
        Camera(pose, 4, 4)
    with pytest.raises(ShapeError, match="positive"):
        Camera(pose, 0, 4, half_extent=1.0)


@given(st.floats(-math.pi, math.pi), st.floats(-1.4, 1.4), st.floats(0.1, 10))
def test_an_orbit_camera_sees_its_target_in_the_middle(azimuth: float, elevation: float, distance: float) -> None:
    target = torch.tensor([0.3, 0.6, -0.2])
    camera = orbit_camera(azimuth, elevation, distance=distance, fov=0.7, resolution=64, target=tuple(target.tolist()))  # pyright: ignore[reportArgumentType]
    local = torch.linalg.inv(camera.camera_to_world[0].double()) @ torch.cat([target, torch.ones(1)]).double()
    torch.testing.assert_close(local[:3].float(), torch.tensor([0.0, 0.0, -distance]), atol=1e-4, rtol=1e-4)
    assert camera.camera_to_world[0, 1, 1] > 0  # the picture is upright


def test_a_skeleton_is_one_tree() -> None:
    good = Skeleton(("a", "b"), torch.tensor([-1, 0]), torch.zeros(2, 3), ONE.repeat(2, 1), "prop")
    for parents in ([-1, -1], [0, 0], [-1, 1], [1, -1], [-1, 2]):
        with pytest.raises(ShapeError, match="only root"):
            replace(good, parents=torch.tensor(parents))
    with pytest.raises(ShapeError, match="name of its own"):
        replace(good, names=("a", "a"))
    with pytest.raises(ShapeError, match="length 1"):
        replace(good, rest_rotation=ONE.repeat(2, 1) * 2)


@given(skins(num_vertices=4, num_joints=3))
def test_skin_weights_are_a_partition(skin: Skin) -> None:
    with pytest.raises(ShapeError, match="sum to 1"):
        Skin(skin.joints, skin.weights * 0.9)
    with pytest.raises(ShapeError, match="unused slot"):
        Skin(skin.joints.clone().fill_(2), torch.tensor([[1.0, 0, 0, 0]]).repeat(4, 1))


@given(clips(num_joints=2))
def test_a_broken_clip_is_refused(clip: Clip) -> None:
    with pytest.raises(ShapeError, match="times must start at 0"):
        replace(clip, times=clip.times + 1)
    with pytest.raises(ShapeError, match="length 1"):
        replace(clip, rotation=clip.rotation * 1.1)
    with pytest.raises(ShapeError, match="moving_joint"):
        replace(clip, moving_joint=2)
    flipped = clip.rotation.clone()
    flipped[-1] *= -1
    with pytest.raises(ShapeError, match="change sign"):
        replace(clip, rotation=flipped)
    open_end = clip.rotation.clone()
    open_end[-1] = unit_quaternions(99, 2)
    with pytest.raises(ShapeError, match="last keyframe"):
        replace(clip, rotation=open_end)


@given(skeletons(), assets())
def test_an_asset_is_consistent(skeleton: Skeleton, asset: Asset) -> None:
    with pytest.raises(ShapeError, match="together or not at all"):
        replace(asset, skeleton=skeleton, skin=None)
    if asset.clips:
        with pytest.raises(ShapeError, match="name of its own"):
            replace(asset, clips=(asset.clips[0], asset.clips[0]))


def test_a_material_is_in_range() -> None:
    with pytest.raises(ShapeError, match="base_color"):
        Material(torch.full((2, 2, 4), 1.5))
    with pytest.raises(ShapeError, match="normal_map"):
        Material(torch.rand(2, 2, 4), normal_map=torch.rand(2, 2, 4))


@given(st.text())
def test_a_cleaned_prompt_is_one_plain_line_or_refused(text: str) -> None:
    try:
        cleaned = clean_text(text)
    except Gen4dError as error:
        assert isinstance(error, InputError)
        return
    assert cleaned and cleaned == " ".join(cleaned.split()) == clean_text(cleaned)
    assert cleaned.split() == text.split()


@pytest.mark.parametrize("text", ["", "  \n\t", "a" * 10_000, "a\x00plane", "a \x1b[31mplane", "\x7f"])
def test_an_unreadable_prompt_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="prompt"):
        clean_text(text)


def test_a_prompt_asks_for_something() -> None:
    with pytest.raises(InputError, match="words, a photo, or both"):
        Prompt()
    with pytest.raises(ShapeError, match=r"Prompt\.photo"):
        Prompt(photo=torch.rand(4, 4, 3))
