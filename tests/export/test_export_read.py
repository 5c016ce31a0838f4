"""What the writer wrote comes back equal, and any other mesh file becomes a mesh or one clear sentence."""

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from glb_factory import bending_tube, box_mesh, checker_texture, colored_box, textured_box
from glb_surgery import edit_json
from hypothesis import given, settings
from hypothesis import strategies as st

from gen4d.errors import Gen4dError, InputError
from gen4d.export import parse
from gen4d.export.glb import glb_bytes, write_glb
from gen4d.export.read import load_mesh, read_asset
from gen4d.structures import Asset, Material, Mesh, Skin


def _written(asset: Asset, folder: Path) -> Path:
    path = folder / "asset.glb"
    write_glb(asset, path)
    return path


def _same_partition(a: torch.Tensor | None, b: torch.Tensor | None) -> bool:
    assert a is not None and b is not None
    return bool(((a[:, None] == a[None]) == (b[:, None] == b[None])).all())


def test_textured_asset_comes_back_equal(tmp_path: Path) -> None:
    asset = textured_box()
    back = read_asset(_written(asset, tmp_path))
    assert back.name == asset.name and back.provenance == asset.provenance
    assert torch.equal(back.mesh.vertices, asset.mesh.vertices) and torch.equal(back.mesh.faces, asset.mesh.faces)
    assert back.mesh.uv is not None and asset.mesh.uv is not None and torch.equal(back.mesh.uv, asset.mesh.uv)
    assert back.mesh.normals is not None and asset.mesh.normals is not None
    assert torch.allclose(back.mesh.normals, asset.mesh.normals, atol=1e-7)
    assert _same_partition(back.mesh.welded, asset.mesh.welded)
    assert torch.equal(back.material.base_color, asset.material.base_color)
    assert back.material.roughness == asset.material.roughness and back.material.metallic == asset.material.metallic


def test_vertex_colors_come_back(tmp_path: Path) -> None:
    asset = colored_box()
    back = read_asset(_written(asset, tmp_path))
    assert back.mesh.colors is not None and asset.mesh.colors is not None
    assert torch.allclose(back.mesh.colors, asset.mesh.colors, atol=1e-6)


def test_material_textures_and_alpha_come_back(tmp_path: Path) -> None:
    texture = checker_texture()
    texture[:8, :8, 3] = 0.0
    orm = checker_texture(32)[..., :3].contiguous()
    material = Material(texture, occlusion_roughness_metallic=orm, double_sided=True)
    back = read_asset(_written(replace(textured_box(), material=material), tmp_path)).material
    assert torch.equal(back.base_color, texture) and back.double_sided
    assert back.occlusion_roughness_metallic is not None and torch.equal(back.occlusion_roughness_metallic, orm)


def test_rig_and_clips_come_back(tmp_path: Path) -> None:
    asset = bending_tube()
    back = read_asset(_written(asset, tmp_path))
    assert asset.skeleton is not None and back.skeleton is not None and asset.skin is not None and back.skin is not None
    assert back.skeleton.names == asset.skeleton.names and back.skeleton.plan == asset.skeleton.plan
    assert torch.equal(back.skeleton.parents, asset.skeleton.parents)
    assert torch.equal(back.skeleton.rest_translation, asset.skeleton.rest_translation)
    assert torch.allclose(back.skeleton.rest_rotation, asset.skeleton.rest_rotation, atol=1e-7)
    assert torch.allclose(_dense(back.skin, 3), _dense(asset.skin, 3), atol=1e-6)
    for clip, expected in zip(back.clips, asset.clips, strict=True):
        assert (clip.name, clip.loop, clip.speed) == (expected.name, expected.loop, expected.speed)
        assert clip.moving_joint == expected.moving_joint
        assert torch.equal(clip.times, expected.times)
        assert torch.equal(clip.root_translation, expected.root_translation)
        assert torch.allclose(clip.rotation, expected.rotation, atol=2e-7)


@pytest.mark.parametrize("make", [textured_box, colored_box, bending_tube])
def test_reading_and_writing_again_gives_the_same_bytes(tmp_path: Path, make: type[Asset]) -> None:
    path = _written(make("again"), tmp_path)  # type: ignore[call-arg]  # factories take the name first, as Asset does
    assert glb_bytes(read_asset(path)) == path.read_bytes()


def _dense(skin: Skin, num_joints: int) -> torch.Tensor:
    return torch.zeros(len(skin.joints), num_joints).scatter_add(1, skin.joints, skin.weights)


@pytest.mark.parametrize("kind", ["obj", "ply", "stl", "off", "glb", "gltf"])
def test_box_is_read_from_every_format(tmp_path: Path, kind: str) -> None:
    box = box_mesh(2.0)
    scene = trimesh.Scene(trimesh.Trimesh(box.vertices.numpy(), box.faces.numpy(), process=False))
    path = tmp_path / f"box.{kind}"
    if kind == "gltf":
        for name, data in trimesh.exchange.gltf.export_gltf(scene).items():
            (tmp_path / ("box.gltf" if name == "model.gltf" else name)).write_bytes(data)
    else:
        scene.to_mesh().export(path)
    mesh, _ = load_mesh(path)
    assert len(mesh.faces) == 12
    corners = mesh.vertices[mesh.faces].double()  # (F, 3, 3)
    volume = torch.linalg.det(corners).sum() / 6
    assert abs(volume.item() - 8.0) < 1e-5, "closed, the right size, and turned outwards"
    welded = torch.arange(len(mesh.vertices)) if mesh.welded is None else mesh.welded
    assert len(welded.unique()) == 8


def test_one_texture_keeps_its_uv(tmp_path: Path) -> None:
    asset = textured_box()
    mesh, material = load_mesh(_written(asset, tmp_path))
    assert mesh.uv is not None and asset.mesh.uv is not None and torch.equal(mesh.uv, asset.mesh.uv)
    assert material is not None and torch.equal(material.base_color, asset.material.base_color)


def test_obj_texture_keeps_its_orientation(tmp_path: Path) -> None:
    box, texture = box_mesh(), checker_texture()
    image = trimesh.visual.texture.SimpleMaterial(image=parse.Image.fromarray((texture.numpy() * 255).astype(np.uint8)))
    assert box.uv is not None
    visual = trimesh.visual.TextureVisuals(box.uv.numpy() * [1, -1] + [0, 1], material=image)
    trimesh.Trimesh(box.vertices.numpy(), box.faces.numpy(), visual=visual, process=False).export(tmp_path / "box.obj")
    mesh, material = load_mesh(tmp_path / "box.obj")
    assert mesh.uv is not None and material is not None
    assert torch.equal(material.base_color, texture)
    order = torch.cdist(mesh.vertices, box.vertices) + torch.cdist(mesh.uv, box.uv)
    assert order.min(1).values.max() < 1e-5, "every (place, uv) pair is one of the original's"


def test_two_plain_materials_become_vertex_colors(tmp_path: Path) -> None:
    boxes = []
    for place, color in ((0.0, [255, 0, 0, 255]), (3.0, [0, 0, 255, 255])):
        box = trimesh.creation.box()
        box.apply_translation([place, 0, 0])
        box.visual = trimesh.visual.TextureVisuals(
            material=trimesh.visual.material.PBRMaterial(baseColorFactor=color, doubleSided=True)
        )
        boxes.append(box)
    trimesh.Scene(boxes).export(tmp_path / "two.glb")
    mesh, material = load_mesh(tmp_path / "two.glb")
    assert mesh.colors is not None and mesh.uv is None and material is not None and material.double_sided
    left = mesh.vertices[:, 0] < 1.5
    assert torch.allclose(mesh.colors[left], torch.tensor([1.0, 0, 0]))
    assert torch.allclose(mesh.colors[~left], torch.tensor([0, 0, 1.0]))


def test_plain_factor_is_decoded_from_linear_light(tmp_path: Path) -> None:
    color = torch.tensor([[[0.02, 0.5, 0.9, 1.0]]])
    asset = Asset("plain", replace(box_mesh(), uv=None), Material(color))
    _, material = load_mesh(_written(asset, tmp_path))
    assert material is not None and torch.allclose(material.base_color, color, atol=1e-6)


def test_face_colors_survive(tmp_path: Path) -> None:
    box = trimesh.creation.box()
    box.visual.face_colors = np.array([[20 * f, 10, 200, 255] for f in range(12)], np.uint8)
    box.export(tmp_path / "box.ply")
    mesh, _ = load_mesh(tmp_path / "box.ply")
    assert mesh.colors is not None and mesh.welded is not None
    per_face = mesh.colors[mesh.faces]  # (F, 3 corners, 3)
    expected = torch.tensor([[20 * f, 10, 200] for f in range(12)]) / 255
    assert torch.allclose(per_face, expected[:, None].expand(-1, 3, -1), atol=1e-6)


def test_mirrored_node_turns_no_face_inside_out(tmp_path: Path) -> None:
    scene = trimesh.Scene()
    scene.add_geometry(trimesh.creation.box(), transform=np.diag([-2.0, 1.0, 1.0, 1.0]))
    scene.export(tmp_path / "mirrored.glb")
    mesh, _ = load_mesh(tmp_path / "mirrored.glb")
    assert abs(torch.linalg.det(mesh.vertices[mesh.faces].double()).sum().item() / 6 - 2.0) < 1e-5


def test_draco_is_read(tmp_path: Path) -> None:
    pytest.importorskip("DracoPy", reason="optional package")
    ball = trimesh.creation.icosphere(subdivisions=2)
    (tmp_path / "ball.glb").write_bytes(ball.export(file_type="glb", extension_draco=True))
    assert b"KHR_draco_mesh_compression" in (tmp_path / "ball.glb").read_bytes()
    mesh, _ = load_mesh(tmp_path / "ball.glb")
    assert len(mesh.faces) == len(ball.faces)
    assert (mesh.vertices.norm(dim=1) - 1).abs().max() < 1e-3


def test_skinned_mesh_is_taken_in_its_bind_pose(tmp_path: Path) -> None:
    """Joints posed away from the bind pose change nothing; the root joint's scale and quarter turn do."""
    path = _written(bending_tube(), tmp_path)
    expected = load_mesh(path)[0].vertices

    def edit(document: dict) -> None:
        nodes = {node["name"]: node for node in document["nodes"]}
        nodes["Upper"]["rotation"] = [0.5, 0.5, 0.5, 0.5]
        nodes["bending_tube"] |= {"scale": [2, 2, 2], "rotation": [-(0.5**0.5), 0, 0, 0.5**0.5]}

    edit_json(path, edit)
    mesh = load_mesh(path)[0]
    turned = 2 * torch.stack([expected[:, 0], expected[:, 2], -expected[:, 1]], 1)
    assert torch.allclose(mesh.vertices, turned, atol=1e-6)


BAD_FILES = {
    "empty.glb": b"",
    "short.glb": b"glTF\x02\x00\x00\x00",
    "text.glb": b"this is no glb file at all, but a text",
    "text.gltf": b"{]",
    "old.gltf": b'{"asset": {"version": "1.0"}}',
    "list.gltf": b"[1, 2]",
    "hollow.gltf": b'{"asset": {"version": "2.0"}}',
    "cycle.gltf": b'{"asset":{"version":"2.0"},"scenes":[{"nodes":[0]}],"nodes":[{"children":[1]},{"children":[0]}]}',
    "remote.gltf": b'{"asset":{"version":"2.0"},"buffers":[{"uri":"https://example.com/a.bin","byteLength":4}]}',
    "beside.gltf": b'{"asset":{"version":"2.0"},"buffers":[{"uri":"nowhere.bin","byteLength":4}]}',
    "needs.gltf": b'{"asset":{"version":"2.0"},"extensionsRequired":["EXT_meshopt_compression"]}',
    "words.obj": b"hello\nworld\n",
    "points.obj": b"v 0 0 0\nv 1 0 0\nv 0 1 0\n",
    "nan.obj": b"v nan 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
    "range.obj": b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n",
    "range.off": b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 7\n",
    "negative.off": b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 -1\n",
    "short.off": b"OFF\n8 12 0\n0 0 0\n",
    "short.ply": b"ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\n",
    "points.ply": b"ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\n"
    b"end_header\n0 0 0\n",
    "short.stl": b"\0" * 80 + struct.pack("<I", 1000) + b"\0" * 50,
    "words.stl": b"solid nothing\nendsolid nothing\n",
    "picture.png": b"\x89PNG",
    "mesh": b"",
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file_gives_one_clear_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(BAD_FILES[name])
    with pytest.raises(InputError) as caught:
        load_mesh(path)
    message = str(caught.value)
    assert str(path.parent) in message and message.endswith((".", ")")) and "\n" not in message
    if path.suffix in (".glb", ".gltf"):
        with pytest.raises(InputError):
            read_asset(path)


def test_missing_file_and_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_mesh(tmp_path / "absent.glb")
    with pytest.raises(InputError, match="no such file"):
        load_mesh(tmp_path / "absent.obj")
    (tmp_path / "folder.glb").mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        load_mesh(tmp_path / "folder.glb")


@pytest.mark.parametrize("name", ["huge.glb", "huge.stl"])
def test_huge_file_is_refused_by_its_size(tmp_path: Path, name: str) -> None:
    with (tmp_path / name).open("wb") as stream:
        stream.truncate(parse.MAX_FILE_BYTES + 1)  # a sparse file: no disk is used
    with pytest.raises(InputError, match="at most 500 MB"):
        load_mesh(tmp_path / name)


def test_index_out_of_range_in_glb_is_refused(tmp_path: Path) -> None:
    path = _written(textured_box(), tmp_path)
    edit_json(path, lambda document: document["accessors"][0].update(count=20))
    with pytest.raises(InputError, match="vertex 23, but there are 20"):
        load_mesh(path)
    with pytest.raises(InputError):
        read_asset(path)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_glb_never_escapes_our_errors(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Cut the file anywhere, or overwrite a few bytes: it is read, or refused with one of our errors."""
    path = tmp_path_factory.getbasetemp() / "damaged.glb"
    content = bytearray(GOOD)
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content))
    for read in (load_mesh, read_asset):
        try:
            read(path)
        except Gen4dError as error:
            assert error.exit_code == 2


GOOD = glb_bytes(bending_tube())


def test_mesh_without_attributes_is_merged(tmp_path: Path) -> None:
    trimesh.creation.box().export(tmp_path / "box.stl")
    mesh, material = load_mesh(tmp_path / "box.stl")
    assert isinstance(mesh, Mesh) and len(mesh.vertices) == 8 and mesh.welded is None and material is None
