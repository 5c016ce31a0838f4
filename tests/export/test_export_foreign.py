"""Features of the format that other exporters use and ours does not: they are read for what they mean."""

import base64
import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from glb_factory import bending_tube, box_mesh, checker_texture, textured_box
from glb_surgery import edit_json, join_glb, split_glb
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from gen4d.export.glb import write_glb
from gen4d.export.gltf import GltfBuilder
from gen4d.export.materials import png_bytes, to_bytes
from gen4d.export.parse import open_gltf
from gen4d.export.parts import Part
from gen4d.export.read import load_asset, load_mesh, read_asset
from gen4d.export.skin import rotation_matrices


def _box_file(folder: Path) -> Path:
    write_glb(textured_box(), folder / "box.glb")
    return folder / "box.glb"


@given(st.integers(0, 2**32 - 1))
def test_rotation_matrices_agree_with_scipy(seed: int) -> None:
    quaternions = np.random.default_rng(seed).normal(size=(8, 4))
    assert np.allclose(rotation_matrices(quaternions), Rotation.from_quat(quaternions).as_matrix(), atol=1e-12)


def test_builder_aligns_and_reads_back(tmp_path: Path) -> None:
    gltf = GltfBuilder({"generator": "test"})
    gltf.add_bytes(b"abc")
    values = np.arange(6, dtype=np.float32).reshape(2, 3) / 7
    index = gltf.add_accessor(values, "VEC3", bounds=True)
    (tmp_path / "a.glb").write_bytes(gltf.to_glb())
    file = open_gltf(tmp_path / "a.glb")
    assert file.items("bufferViews")[1]["byteOffset"] == 4
    assert np.array_equal(file.accessor(index), values)
    assert np.array_equal(np.float32(file.items("accessors")[index]["max"]), values.max(0))


@pytest.mark.parametrize(
    ("component", "dtype", "scale"), [(5120, "i1", 127), (5121, "u1", 255), (5122, "<i2", 32767), (5123, "<u2", 65535)]
)
def test_normalized_integers_become_fractions(tmp_path: Path, component: int, dtype: str, scale: int) -> None:
    values = np.array([[0, scale], [scale, scale // 2]], dtype)
    accessor = {"bufferView": 0, "componentType": component, "count": 2, "type": "VEC2", "normalized": True}
    document = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": 8}],
        "bufferViews": [{"buffer": 0, "byteLength": values.nbytes}],
        "accessors": [accessor],
    }
    (tmp_path / "a.glb").write_bytes(join_glb(document, values.tobytes().ljust(8, b"\0")))
    expected = [[0, 1], [1, (scale // 2) / scale]]
    assert np.allclose(open_gltf(tmp_path / "a.glb").accessor(0), expected, atol=1e-7)


def test_interleaved_and_sparse_accessors(tmp_path: Path) -> None:
    """Two interleaved float pairs; then element 1 of the second overwritten by a sparse list."""
    binary = struct.pack("<8f", 1, 2, 10, 20, 3, 4, 30, 40) + struct.pack("<I2f", 1, -5, -6)
    second = {"bufferView": 0, "byteOffset": 8, "componentType": 5126, "count": 2, "type": "VEC2"}
    sparse = {"count": 1, "indices": {"bufferView": 1, "componentType": 5125}, "values": {"bufferView": 2}}
    document = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": len(binary)}],
        "bufferViews": [
            {"buffer": 0, "byteLength": 32, "byteStride": 16},
            {"buffer": 0, "byteOffset": 32, "byteLength": 4},
            {"buffer": 0, "byteOffset": 36, "byteLength": 8},
        ],
        "accessors": [{**second, "byteOffset": 0}, second, {**second, "sparse": sparse}],
    }
    (tmp_path / "a.glb").write_bytes(join_glb(document, binary))
    file = open_gltf(tmp_path / "a.glb")
    assert file.accessor(0).tolist() == [[1, 2], [3, 4]]
    assert file.accessor(1).tolist() == [[10, 20], [30, 40]]
    assert file.accessor(2).tolist() == [[10, 20], [-5, -6]]


@pytest.mark.parametrize(
    ("mode", "expected"), [(5, [[0, 1, 2], [1, 3, 2], [2, 3, 4]]), (6, [[1, 2, 0], [2, 3, 0], [3, 4, 0]])]
)
def test_strips_and_fans_become_triangles(tmp_path: Path, mode: int, expected: list[list[int]]) -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 2, 0]], np.float32)
    gltf = GltfBuilder({"generator": "test"})
    primitive = {"attributes": {"POSITION": gltf.add_accessor(points, "VEC3", bounds=True)}, "mode": mode}
    gltf.add("meshes", {"primitives": [primitive]})
    gltf.add("scenes", {"nodes": [gltf.add("nodes", {"mesh": 0})]})
    (tmp_path / "a.glb").write_bytes(gltf.to_glb())
    assert load_mesh(tmp_path / "a.glb")[0].faces.tolist() == expected


def test_texture_transform_moves_uv(tmp_path: Path) -> None:
    """A quarter turn counter-clockwise: the KHR_texture_transform text turns uv by offset * rotation * scale."""
    path = _box_file(tmp_path)
    expected = load_mesh(path)[0].uv
    assert expected is not None

    def transform(document: dict) -> None:
        texture = document["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"]
        texture["extensions"] = {
            "KHR_texture_transform": {"offset": [0.25, 0.5], "rotation": np.pi / 2, "scale": [2, 3]}
        }

    edit_json(path, transform)
    uv = load_mesh(path)[0].uv
    assert uv is not None
    turned = torch.stack([3 * expected[:, 1] + 0.25, -2 * expected[:, 0] + 0.5], 1)
    assert torch.allclose(uv, turned, atol=1e-5)


def test_metal_rough_texture_is_scaled_and_its_red_is_not_occlusion(tmp_path: Path) -> None:
    path = _box_file(tmp_path)
    document, binary = split_glb(path.read_bytes())
    png = png_bytes(to_bytes(checker_texture(8)[..., :3]))
    document["bufferViews"].append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(png)})
    binary += png + bytes(-len(png) % 4)
    document["buffers"][0]["byteLength"] = len(binary)
    document["images"].append({"bufferView": len(document["bufferViews"]) - 1, "mimeType": "image/png"})
    document["textures"].append({"source": 1})
    rough = document["materials"][0]["pbrMetallicRoughness"]
    rough |= {"metallicRoughnessTexture": {"index": 1}, "roughnessFactor": 0.5, "metallicFactor": 1.0}
    path.write_bytes(join_glb(document, bytes(binary)))
    _, material = load_mesh(path)
    assert material is not None and material.occlusion_roughness_metallic is not None
    expected = checker_texture(8)[..., :3] * torch.tensor([0.0, 0.5, 1.0]) + torch.tensor([1.0, 0.0, 0.0])
    assert (material.occlusion_roughness_metallic - expected).abs().max() <= 0.5 / 255 + 1e-6


def test_tilted_root_joint_does_not_tilt_the_mesh(tmp_path: Path) -> None:
    """As where a file was saved in the middle of a clip; a node that contradicts the joint in scale does not count."""
    path = tmp_path / "tube.glb"
    write_glb(bending_tube(), path)
    expected = load_mesh(path)[0].vertices
    tilt = [float(np.sin(0.2)), 0.0, 0.0, float(np.cos(0.2))]
    edit_json(path, lambda document: document["nodes"][2].update(rotation=tilt))
    assert torch.allclose(load_mesh(path)[0].vertices, expected, atol=1e-6)
    edit_json(path, lambda document: document["nodes"][1].update(scale=[100, 100, 100]))
    turned = expected.double() @ torch.from_numpy(rotation_matrices(np.array(tilt))).T
    assert torch.allclose(load_mesh(path)[0].vertices.double(), turned, atol=1e-5)


@given(st.integers(0, 2**32 - 1))
def test_moving_a_part_keeps_normals_on_its_faces(seed: int) -> None:
    """Under any affine map, mirroring ones too, the normal stays perpendicular to its face and on its outer side."""
    rng = np.random.default_rng(seed)
    matrix = np.eye(4)
    matrix[:3] = rng.normal(size=(3, 4))
    box = box_mesh()
    corners = box.vertices.numpy()[box.faces.numpy()].astype(np.float64)  # (F, 3, 3)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    part = Part(corners.reshape(-1, 3), np.arange(36).reshape(-1, 3), np.repeat(normals, 3, 0)).moved(matrix)
    moved = part.vertices[part.faces]
    faced = np.cross(moved[:, 1] - moved[:, 0], moved[:, 2] - moved[:, 0])
    assert part.normals is not None
    assert np.allclose(part.normals[part.faces[:, 0]], faced, atol=1e-9)


def test_clip_saved_with_the_other_sign_still_rests(tmp_path: Path) -> None:
    """q and -q are one rotation: a joint that keeps minus its rest rotation gets no channel."""
    tube = bending_tube()
    clip = tube.clips[1]
    flipped = replace(clip, rotation=-clip.rotation)
    write_glb(replace(tube, clips=(flipped,)), tmp_path / "a.glb")
    document, _ = split_glb((tmp_path / "a.glb").read_bytes())
    assert [channel["target"]["path"] for channel in document["animations"][0]["channels"]] == ["translation"]
    assert torch.allclose(read_asset(tmp_path / "a.glb").clips[0].rotation, clip.rotation, atol=1e-6)


def test_gltf_with_files_beside_it_and_embedded_ones(tmp_path: Path) -> None:
    document, binary = split_glb(_box_file(tmp_path).read_bytes())
    expected = load_mesh(tmp_path / "box.glb")[0].vertices
    (tmp_path / "a folder.bin").write_bytes(binary)
    for uri in ("a%20folder.bin", "data:application/octet-stream;base64," + base64.b64encode(binary).decode()):
        document["buffers"][0]["uri"] = uri
        (tmp_path / "box.gltf").write_text(json.dumps(document))
        assert torch.equal(load_mesh(tmp_path / "box.gltf")[0].vertices, expected)


def test_maps_of_another_program_are_kept_and_the_rest_is_told(tmp_path: Path) -> None:
    bumps = (torch.rand(32, 32, 3, generator=torch.Generator().manual_seed(1)) * 255).round() / 255
    box = textured_box()
    box = replace(box, material=replace(box.material, occlusion_roughness_metallic=bumps.flip(0), normal_map=bumps))
    write_glb(box, tmp_path / "a.glb")
    edit_json(tmp_path / "a.glb", lambda document: document["asset"].update(generator="another"))
    read, notes = load_asset(tmp_path / "a.glb")
    assert not notes and read.material.normal_map is not None
    assert torch.equal(read.material.normal_map, bumps)
    assert torch.equal(read.material.occlusion_roughness_metallic, bumps.flip(0))
    shine = {"emissiveFactor": [1, 0, 0], "alphaMode": "BLEND", "extensions": {"KHR_materials_unlit": {}}}
    edit_json(tmp_path / "a.glb", lambda document: document["materials"][0].update(shine))
    _, notes = load_asset(tmp_path / "a.glb")
    assert [any(word in note for note in notes) for word in ("gives off", "sees through", "unlit")] == [True] * 3
